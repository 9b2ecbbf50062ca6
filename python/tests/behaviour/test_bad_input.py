"""Bad input is refused with the right exception, which names the thing and the way out, and leaves no output behind."""

from __future__ import annotations

import json
import os
import stat

import numpy as np
import pytest
import shapely
from affine import Affine

import overcut as oc
from overcut import exceptions

from .conftest import CRS, NORTH, WEST, array_dem, licence, rectangle, write_raster

STATED = {"date": "2024-05-20", "sigma_m": 0.05, "vertical_datum": "1985"}


def refused(kind, *words):
    return pytest.raises(kind, match="(?s)" + ".*".join(words))


# Rasters.


def test_a_file_that_is_not_there(tmp_path):
    with refused(exceptions.RasterReadError, r"missing\.tif"):
        oc.Dem(tmp_path / "missing.tif", **STATED)


def test_a_file_that_is_no_raster(tmp_path):
    (tmp_path / "notes.tif").write_text("not a raster")
    with refused(exceptions.RasterReadError, r"notes\.tif", "raster"):
        oc.Dem(tmp_path / "notes.tif", **STATED)
    with refused(OSError, r"notes\.tif"):
        oc.info(tmp_path / "notes.tif")


def test_a_truncated_file_is_found_while_it_is_read(tmp_path, before):
    rough = before + np.random.default_rng(1).normal(0, 1, before.shape)
    path = write_raster(tmp_path / "cut.tif", rough.astype("float32"), compress="deflate", blockysize=4)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with refused(exceptions.RasterReadError, r"cut\.tif"):
        oc.assess([array_dem(before, "2021-05-01"), oc.Dem(path, **STATED)], [], rasters=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_several_bands_without_a_choice(tmp_path):
    path = write_raster(tmp_path / "rgb.tif", np.zeros((3, 4, 5), dtype="float32"))
    with refused(exceptions.RasterReadError, r"rgb\.tif", "3 bands", "band"):
        oc.Dem(path, **STATED)
    assert oc.Dem(path, band=2, **STATED).shape == (4, 5)
    with refused(exceptions.ParameterError, "3 bands", "band"):
        array_dem(np.zeros((3, 4, 5)), "2024-05-20")
    with refused(exceptions.RasterReadError, "band"):
        oc.Dem(path, band=4, **STATED)
    with refused(exceptions.ParameterError, "band is 0"):
        oc.Dem(path, band=0, **STATED)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_no_crs(tmp_path, before):
    path = write_raster(tmp_path / "nowhere.tif", before.astype("float32"), crs=None)
    with refused(exceptions.CrsError, r"nowhere\.tif", "crs"):
        oc.Dem(path, **STATED)
    assert oc.Dem(path, crs=CRS, **STATED).crs == CRS
    with refused(exceptions.CrsError, "crs"):
        dems = [array_dem(before, date, crs=None) for date in ("2021-05-01", "2024-05-20")]
        oc.assess(dems, [])


def test_a_geographic_crs(tmp_path, before):
    transform = Affine(1e-5, 0, 111.0, 0, -1e-5, 35.6)
    path = write_raster(tmp_path / "degrees.tif", before.astype("float32"), crs="EPSG:4490", transform=transform)
    with refused(exceptions.CrsError, r"degrees\.tif", "degrees", "reproject"):
        oc.Dem(path, **STATED)


def test_a_crs_that_is_none(before):
    with refused(exceptions.CrsError, "EPSG:999999"):
        array_dem(before, "2024-05-20", crs="EPSG:999999")
    with refused(exceptions.CrsError, "EPSG:4546"):
        array_dem(before, "2024-05-20", crs=object())


def test_a_rotated_raster(tmp_path, before):
    turned = Affine.translation(WEST, NORTH) * Affine.rotation(20) * Affine.scale(1, -1)
    path = write_raster(tmp_path / "turned.tif", before.astype("float32"), transform=turned)
    with refused(exceptions.RasterReadError, r"turned\.tif", "rotated"):
        oc.Dem(path, **STATED)
    for transform in (turned, turned.to_gdal()):
        with refused(exceptions.GridMismatchError, "turned"):
            array_dem(before, "2024-05-20", transform=transform)


def test_surfaces_that_do_not_overlap(before):
    elsewhere = array_dem(before, "2024-05-20", transform=(WEST + 5000, 1, 0, NORTH, 0, -1), name="east.tif")
    with refused(exceptions.NoOverlapError, r"east\.tif", "overlap"):
        oc.assess([array_dem(before, "2021-05-01"), elsewhere], [])


def test_surfaces_of_nodata_only(before):
    nothing = array_dem(before * np.nan, "2024-05-20", name="empty.tif")
    with refused(exceptions.NoOverlapError, r"empty\.tif", "nodata"):
        oc.assess([array_dem(before, "2021-05-01"), nothing], [])


@pytest.mark.parametrize(
    ("heights", "words"),
    [
        (np.zeros(5), "shape"),
        (np.array([["a", "b"]]), "type"),
        (np.zeros((2, 2), dtype=complex), "type"),
        (np.zeros((2, 2), dtype=bool), "type"),
        ([[1.0, 2.0]], "list"),
    ],
)
def test_heights_that_are_none(heights, words):
    with refused(exceptions.ParameterError, words):
        array_dem(heights, "2024-05-20")


def test_an_array_without_a_place(before):
    with refused(exceptions.ParameterError, "transform"):
        oc.Dem(before, crs=CRS, **STATED)
    with refused(exceptions.ParameterError, "Affine"):
        oc.Dem(before, crs=CRS, transform="here", **STATED)


# Dates, numbers, options.


def test_dates_missing_unreadable_equal_or_out_of_order(before, after):
    with refused(TypeError, "date"):
        oc.Dem(before)
    with refused(exceptions.DateError, "missing", "2021-05-01"):
        array_dem(before, None)
    for unclear in ("01/05/2021", "May 2021", 20210501, "2021-02-30"):
        with refused(exceptions.DateError, str(unclear)):
            array_dem(before, unclear)
    for earlier, later in (("2021-05-01", "2021-05-01"), ("2024-05-20", "2021-05-01")):
        with refused(exceptions.DateError, "does not come after", "order"):
            oc.assess([array_dem(before, earlier), array_dem(after, later)], [])


def test_one_surface_is_not_enough(dems):
    for too_few in ([], dems[:1], dems[0]):
        with refused(exceptions.ParameterError, "at least two"):
            oc.assess(too_few, [])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"confidence": 1.0}, "confidence is 1"),
        ({"confidence": "high"}, "confidence is 'high'"),
        ({"lod_m": -0.1}, "lod_m is -0.1"),
        ({"lod_m": float("nan")}, "lod_m is nan"),
        ({"connectivity": 6}, "connectivity is 6.*4 or 8"),
        ({"min_area_m2": -1}, "min_area_m2 is -1"),
        ({"elevation": "no"}, "elevation is `no`.*plan_only"),
        ({"grid": "best"}, "grid is `best`.*finest"),
        ({"grid": 2}, "grid is 2.*0 to 1"),
        ({"grid": None}, "grid is None"),
        ({"threads": 0}, "threads is 0"),
        ({"threads": 1.5}, "threads is 1.5"),
        ({"block_shape": (1, 2, 3)}, "block_shape"),
        ({"block_shape": 0}, "block_shape is 0"),
        ({"progress": "yes"}, "progress is 'yes'"),
        ({"layers": ["seam"]}, r"layers\[0\] is a str"),
    ],
)
def test_options_that_make_no_sense(dems, options, words):
    with pytest.raises(exceptions.ParameterError, match=words):
        oc.assess(dems, [licence()], **options)


def test_things_that_are_no_surfaces_or_licences(dems):
    with refused(exceptions.ParameterError, r"surfaces\[0\] is a str", "overcut.Dem"):
        oc.assess(["2021.tif", "2024.tif"], [])
    with refused(exceptions.ParameterError, "surfaces are a str"):
        oc.assess("2021.tif", [])
    with refused(exceptions.ParameterError, "not from a int"):
        oc.assess(dems, 5)
    with refused(exceptions.ParameterError, "hold a str"):
        oc.assess(dems, ["A"])
    with refused(exceptions.LicenceError, "FeatureCollection"):
        oc.assess(dems, rectangle((0, 5), (0, 5)).__geo_interface__ | {"crs": {"properties": {"name": CRS}}})


def test_layers_that_make_no_sense(before):
    for density in (0.0, -1.0, float("nan"), "heavy"):
        with refused(exceptions.ParameterError, "density_t_per_m3 of layer seam"):
            oc.Layer("seam", roof=1.0, floor=0.0, density_t_per_m3=density)
    with refused(exceptions.ParameterError, "name of a layer"):
        oc.Layer(" ", roof=1.0, floor=0.0)
    with refused(exceptions.ParameterError, "roof of layer seam"):
        oc.Layer("seam", roof=float("inf"), floor=0.0)
    with refused(exceptions.RasterReadError, r"roof\.tif"):
        oc.Layer("seam", roof="roof.tif", floor=0.0)


# Vertical datum.


def test_an_unknown_vertical_datum_is_refused_with_bands_and_allowed_in_plan(before, after):
    dems = [array_dem(before, "2021-05-01", vertical_datum=None), array_dem(after, "2024-05-20", vertical_datum=None)]
    with refused(exceptions.VerticalDatumError, "unknown", "vertical_datum", "plan"):
        oc.assess(dems, [licence()])
    assert len(oc.assess(dems, [licence()], elevation="plan_only").patches) == 1
    assert len(oc.assess(dems, [licence(floor_m=None, ceiling_m=None)]).patches) == 1


def test_different_vertical_datums_are_refused_even_if_one_is_stated_for_all(dems):
    with refused(exceptions.VerticalDatumError, "1956"):
        oc.assess(dems, [licence(vertical_datum="1956")], vertical_datum="1985")


# Licences.


def feature_table(polygons, **columns):
    from geopandas import GeoDataFrame

    rows = {"licence": [f"L{number}" for number in range(len(polygons))], **columns}
    return GeoDataFrame(rows, geometry=polygons, crs=CRS)


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_rings_that_bound_nothing(dems):
    bow_tie = [(WEST, NORTH), (WEST + 10, NORTH - 10), (WEST + 10, NORTH), (WEST, NORTH - 10)]
    line = [(WEST, NORTH), (WEST + 10, NORTH), (WEST + 5, NORTH)]
    nan = shapely.Polygon([(WEST, NORTH), (WEST + 10, float("nan")), (WEST + 10, NORTH - 10)])
    for ring, words in ((bow_tie, "crosses itself"), (line, "area"), (nan, "finite")):
        with refused(exceptions.LicenceError, "A", words):
            oc.assess(dems, [licence("A", ring)])


def test_an_unclosed_ring_of_a_file(dems, tmp_path):
    # Hand-made, because every library closes rings silently.
    import sqlite3

    path = tmp_path / "open.gpkg"
    feature_table([rectangle((0, 15), (0, 40))]).to_file(path, layer="licences")
    ring = [(WEST, NORTH), (WEST + 15, NORTH), (WEST + 15, NORTH - 40), (WEST, NORTH - 40)]
    import struct

    wkb = struct.pack("<BIII", 1, 3, 1, len(ring)) + b"".join(struct.pack("<dd", *corner) for corner in ring)
    header = b"GP" + struct.pack("<BBi", 0, 1, 0)
    with sqlite3.connect(path) as database:
        for (trigger,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            database.execute(f'drop trigger "{trigger}"')
        database.execute("update licences set geom = ?", (header + wkb,))
    database.close()
    with refused(exceptions.LicenceError, r"open\.gpkg", "not closed"):
        oc.assess(dems, path)


def test_geometries_that_are_no_polygons():
    with refused(exceptions.LicenceError, "LINESTRING", "Polygon"):
        oc.read_licences(feature_table([shapely.LineString([(0, 0), (1, 1)])]))
    with refused(exceptions.LicenceError, "row 1", "geometry"):
        oc.read_licences(feature_table([None]))
    with refused(exceptions.LicenceError, "licence A", "not a polygon"):
        oc.Licence("A", 5)
    with refused(exceptions.LicenceError, "licence A", "Point"):
        oc.Licence("A", shapely.Point(0, 0))


def test_duplicate_ids():
    with refused(exceptions.LicenceError, "licence id A occurs more than once", "parts"):
        oc.read_licences([licence("A"), licence("A")])


def test_bands_that_cannot_be(dems):
    with refused(exceptions.LicenceError, "licence A", "floor"):
        oc.assess(dems, [licence("A", floor_m=150.0, ceiling_m=50.0)])
    with refused(exceptions.LicenceError, "licence A", "one end"):
        licence("A", floor_m=None)
    with refused(exceptions.ParameterError, "floor_m of licence A is 'deep'"):
        licence("A", floor_m="deep")
    with refused(exceptions.LicenceError, "ceiling_m"):
        oc.read_licences(feature_table([rectangle((0, 5), (0, 5))], floor_m=[50.0]))


def test_validity_that_ends_before_it_starts(dems):
    with refused(exceptions.LicenceError, "licence A", "2030-01-01", "2020-01-01"):
        oc.assess(dems, [licence("A", valid_from="2030-01-01", valid_to="2020-01-01")])
    with refused(exceptions.DateError, "valid_to of licence A", "soon"):
        licence("A", valid_to="soon")


def test_swapped_coordinates(dems):
    swapped = shapely.Polygon([(y, x) for x, y in rectangle((0, 15), (0, 40)).exterior.coords])
    with refused(exceptions.LicenceError, "L0", "exchanged"):
        oc.assess(dems, feature_table([swapped]))


def test_a_table_without_crs_or_id_column():
    table = feature_table([rectangle((0, 5), (0, 5))])
    with refused(exceptions.CrsError, "no CRS", "crs='EPSG"):
        oc.read_licences(table.set_crs(None, allow_override=True))
    with refused(exceptions.CrsError, "no CRS", "crs='EPSG"):
        oc.read_licences(table.__geo_interface__)
    with refused(exceptions.LicenceError, "licence", "name", "fields"):
        oc.read_licences(table.rename(columns={"licence": "name"}))
    with refused(exceptions.LicenceError, "permit"):
        oc.read_licences(table, fields={"permit": "name"})
    with refused(exceptions.LicenceError, "no licence"):
        oc.read_licences(table.iloc[:0])


def test_licence_files_that_cannot_be_read(tmp_path, files):
    with refused(exceptions.LicenceReadError, r"none\.gpkg"):
        oc.read_licences(tmp_path / "none.gpkg")
    (tmp_path / "text.gpkg").write_text("no")
    with refused(OSError, r"text\.gpkg"):
        oc.read_licences(tmp_path / "text.gpkg")
    with refused(exceptions.LicenceError, r"licences\.gpkg", "parts", "licences"):
        oc.read_licences(files / "licences.gpkg", layer="parts")
    (tmp_path / "no crs.json").write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    with refused(exceptions.LicenceError, r"no crs\.json"):
        oc.read_licences(tmp_path / "no crs.json")


def test_licences_in_a_crs_that_nothing_connects(dems):
    old = feature_table([rectangle((0, 15), (0, 40))]).set_crs("EPSG:2381", allow_override=True)  # Xian 1980
    with refused(exceptions.CrsError, "Xian 1980", "CGCS2000"):
        oc.assess(dems, old)


# Outputs.


def test_outputs_that_exist_are_not_touched(case, tmp_path):
    for name, write in (("a.json", case.to_json), ("a.gpkg", case.to_gpkg)):
        (tmp_path / name).write_text("precious")
        with refused(exceptions.OutputError, name.replace(".", r"\."), "overwrite"):
            write(tmp_path / name)
        assert (tmp_path / name).read_text() == "precious"
        write(tmp_path / name, overwrite=True)
        assert (tmp_path / name).stat().st_size > 1000
    case.to_csv(tmp_path)
    with refused(exceptions.OutputError, r"\.csv", "overwrite"):
        case.to_csv(tmp_path)
    case.to_cog(tmp_path / "rasters")
    with refused(exceptions.OutputError, r"\.tif", "overwrite"):
        case.to_cog(tmp_path / "rasters")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder that one may not write to")
def test_outputs_where_nothing_may_be_written(case, tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        for write, path in ((case.to_json, tmp_path / "a.json"), (case.to_gpkg, tmp_path / "a.gpkg")):
            with refused(exceptions.OutputError, path.name):
                write(path)
        assert not any(tmp_path.iterdir())
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_outputs_below_a_file(case, tmp_path):
    (tmp_path / "file").write_text("")
    for write in (case.to_json, case.to_gpkg, case.to_csv, case.to_cog):
        with refused(exceptions.OutputError, "file"):
            write(tmp_path / "file" / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk(case):
    with refused(exceptions.OutputError, "/dev/full"):
        case.to_json("/dev/full/a.json")


def test_records_that_are_none(tmp_path, case):
    (tmp_path / "a.json").write_text("{}")
    with refused(exceptions.FileReadError, r"a\.json"):
        oc.read_assessment(tmp_path / "a.json")
    with refused(OSError, r"b\.json"):
        oc.read_assessment(tmp_path / "b.json")
    record = case.to_dict() | {"schema": 99}
    (tmp_path / "c.json").write_text(json.dumps(record))
    with refused(exceptions.FileReadError, r"c\.json", "99"):
        oc.read_assessment(tmp_path / "c.json")


# The exceptions themselves.


def test_every_exception_is_ours_and_a_builtin_that_one_would_guess():
    for name in exceptions.__all__:
        kind = getattr(exceptions, name)
        assert issubclass(kind, oc.OvercutError)
        assert name == "OvercutError" or issubclass(kind, (ValueError, OSError))
        assert kind.__doc__


def test_a_failure_leaves_the_directory_of_rasters_as_it_was(before, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "mine.txt").write_text("mine")
    same_day = [array_dem(before, "2021-05-01"), array_dem(before, "2021-05-01")]
    for directory in ("kept", "new"):
        with pytest.raises(exceptions.DateError):
            oc.assess(same_day, [], rasters=tmp_path / directory)
    assert [path.name for path in tmp_path.rglob("*")] == ["kept", "mine.txt"]
