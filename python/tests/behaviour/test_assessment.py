"""What an assessment hands out and writes."""

from __future__ import annotations

import json
import pickle

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio

import overcut as oc
from overcut import exceptions
from overcut.classes import CLASSES

from .conftest import CRS, dig, licence

pytestmark = pytest.mark.gdal


def test_tables_have_a_crs_and_units_in_their_names(case):
    for table in (case.by_licence, case.patches, case.fills, case.licences):
        assert isinstance(table, gpd.GeoDataFrame)
        assert table.crs == CRS
    numbers = [
        column
        for table in (case.by_licence, case.patches, case.totals, case.intervals)
        for column in table.select_dtypes("float").columns
    ]
    assert all(
        column.endswith(("_m3", "_m2", "_m", "_t", "_deg")) or column in ("x", "y", "strength") for column in numbers
    ), numbers


def test_tables_of_an_assessment_without_patches_have_the_same_columns(case, dems):
    empty = oc.assess(dems, [licence()], min_area_m2=1e6)
    assert list(empty.patches.columns) == list(case.patches.columns)
    assert {f"{each.word}_m3" for each in CLASSES} <= set(empty.patches.columns)
    assert (empty.patches.dtypes[["volume_m3", "interval"]] == case.patches.dtypes[["volume_m3", "interval"]]).all()


def test_classes_add_up_to_the_totals_and_to_the_patches(case):
    assert case.by_licence["cut_m3"].sum() == case.totals["cut_m3"].sum()
    sums = case.patch_classes.groupby("patch")["volume_m3"].sum()
    assert sums.to_dict() == case.patches.set_index("patch")["volume_m3"].to_dict()


def test_what_is_done_to_a_table_changes_nothing(case):
    case.by_licence["cut_m3"] = 0.0
    case.options["confidence"] = 0.0
    case.to_dict()["rows"].clear()
    assert case.by_licence["cut_m3"].sum() == 200.0
    assert case.options["confidence"] == 0.95
    assert case.to_dict()["rows"]


def test_the_words_of_the_classes_are_those_of_the_records(case):
    words = {each.word for each in CLASSES}
    assert {row["class"] for row in case.to_dict()["rows"]} <= words
    assert case.by_licence.set_index("class").loc["beyond_boundary", "class_zh"] == "越界"
    assert len(words) == len(CLASSES) == 11


def test_a_record_comes_back_as_it_was(case, tmp_path):
    path = case.to_json(tmp_path / "case.json")
    again = oc.read_assessment(path)
    assert again == case
    assert again.digest == case.digest
    assert repr(again) == repr(case)
    assert json.loads(path.read_text(encoding="utf-8"))["schema"] == 3
    with pytest.raises(exceptions.OutputError, match="holds no surfaces"):
        again.to_cog(tmp_path)


def test_an_assessment_can_be_sent_to_another_process(case):
    again = pickle.loads(pickle.dumps(case))
    assert again == case
    assert hash(again) == hash(case)
    assert case != "another thing"


def test_a_geopackage_holds_results_patches_and_licences(case, tmp_path):
    path = case.to_gpkg(tmp_path / "case.gpkg")
    layers = set(pyogrio.list_layers(path)[:, 0])
    assert {"licence_results", "patches", "licences"} <= layers
    patches = gpd.read_file(path, layer="patches")
    assert patches.crs == CRS
    assert patches.geometry.area.tolist() == [100.0]
    assert patches["volume_m3"].tolist() == [200.0]
    results = gpd.read_file(path, layer="licence_results")
    assert results["cut_certain_m3"].sum() == 200.0


def test_tables_open_in_a_spreadsheet(case, tmp_path):
    files = case.to_csv(tmp_path / "tables")
    assert {path.name for path in files} == {"rows.csv", "patches.csv", "intervals.csv"}
    rows = pd.read_csv(tmp_path / "tables" / "rows.csv", encoding="utf-8-sig")
    assert rows["cut_certain_m3"].sum() == 200.0
    assert (tmp_path / "tables" / "rows.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_rasters_are_written_in_the_pass_or_later_with_the_same_cells(dems, tmp_path, before, after):
    case = oc.assess(dems, [licence()], rasters=tmp_path / "pass")
    later = case.to_cog(tmp_path / "later")
    names = ["class_2021-05-01_2024-05-20.tif", "dod_2021-05-01_2024-05-20.tif", "standing_2021-05-01_2024-05-20.tif"]
    assert sorted(path.name for path in later) == names
    for name in names:
        with rasterio.open(tmp_path / "pass" / name) as one, rasterio.open(tmp_path / "later" / name) as other:
            assert one.crs == CRS
            assert np.array_equal(one.read(1), other.read(1))
    with rasterio.open(tmp_path / "pass" / "dod_2021-05-01_2024-05-20.tif") as dod:
        assert np.array_equal(dod.read(1), (after - before).astype("float32"))
    with rasterio.open(tmp_path / "pass" / "class_2021-05-01_2024-05-20.tif") as classes:
        found = classes.read(1)
        assert (found[15, 12], found[15, 17], found[0, 0]) == (1, 20, 0)


def test_rasters_of_surfaces_that_have_changed_are_refused(file_dems, files, after, tmp_path):
    case = oc.assess(file_dems, [licence()])
    from .conftest import write_raster

    write_raster(files / "2024.tif", dig(after, (30, 35), (30, 35), 5.0).astype("float32"))
    with pytest.raises(oc.OvercutError, match="changed"):
        case.to_cog(tmp_path / "rasters")
    assert not list(tmp_path.glob("rasters/*"))


def test_tables_can_be_written_by_geopandas(case, tmp_path):
    case.by_licence.to_file(tmp_path / "by_licence.gpkg")
    case.patches.to_file(tmp_path / "patches.gpkg")
    case.licences.to_file(tmp_path / "licences.gpkg")
    assert len(gpd.read_file(tmp_path / "by_licence.gpkg")) == len(case.by_licence)


def test_a_validity_in_the_far_future_is_kept(dems):
    case = oc.assess(dems, [licence(valid_to="9999-12-31")])
    assert str(case.licences.loc[0, "valid_to"].date()) == "9999-12-31"
