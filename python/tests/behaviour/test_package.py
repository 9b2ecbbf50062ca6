"""The package as such."""

from __future__ import annotations

import inspect
from pathlib import Path

import overcut as oc


def test_importing_it_loads_no_tables_geometries_or_other_gdal(run):
    code = (
        "import sys, overcut; print(sorted({'pandas', 'geopandas', 'shapely', 'pyogrio', 'rasterio', 'pyproj', 'tqdm'}"
        " & set(sys.modules)))"
    )
    done = run("-c", code)
    assert done.stdout.strip() == "[]", done.stderr


def test_everything_public_is_documented_and_typed():
    assert (Path(oc.__file__).parent / "py.typed").exists()
    for name in oc.__all__:
        thing = getattr(oc, name)
        assert inspect.getdoc(thing), name
        if inspect.isfunction(thing):
            assert inspect.signature(thing).return_annotation is not inspect.Signature.empty, name


def test_options_come_by_keyword_only():
    for function, data in ((oc.assess, 2), (oc.read_licences, 1), (oc.Dem, 1), (oc.Layer, 1)):
        parameters = list(inspect.signature(function).parameters.values())
        assert all(each.kind is each.KEYWORD_ONLY for each in parameters[data:]), function


def test_the_case_file_knows_every_option_of_assess():
    from overcut.case import _OPTIONS

    elsewhere = {"surfaces", "licences", "layers", "vertical_datum", "rasters", "overwrite", "progress"}
    assert set(inspect.signature(oc.assess).parameters) - elsewhere == set(_OPTIONS)


def test_versions_name_the_libraries_below():
    assert oc.versions()["overcut"] == oc.__version__
    assert oc.versions()["PROJ"].startswith("9.")
