"""The same surfaces and licences, given in every way, give the same result."""

from __future__ import annotations

import datetime
import os

import numpy as np
import pytest
import rioxarray
import xarray as xr
from affine import Affine

import overcut as oc
from overcut import exceptions

from .conftest import CRS, NORTH, WEST, array_dem, licence, rectangle, write_raster

pytestmark = pytest.mark.gdal

STATED = {"date": "2024-05-20", "sigma_m": 0.05, "vertical_datum": "1985"}
NORTH_UP = Affine(1, 0, WEST, 0, -1, NORTH)


def data_array(heights, **attributes):
    rows, cols = heights.shape
    array = xr.DataArray(
        heights,
        dims=("y", "x"),
        coords={"y": NORTH - 0.5 - np.arange(rows), "x": WEST + 0.5 + np.arange(cols)},
        attrs=attributes,
    )
    return array.rio.write_crs(CRS)


def in_memory_kinds(heights):
    south_up = Affine(1, 0, WEST, 0, 1, NORTH - heights.shape[0])
    yield "float32", oc.Dem(heights.astype("float32"), transform=NORTH_UP, crs=CRS, **STATED)
    yield "float64, GDAL's order", oc.Dem(heights, transform=(WEST, 1, 0, NORTH, 0, -1), crs=4546, **STATED)
    yield "int16", oc.Dem(heights.astype("int16"), transform=NORTH_UP, crs=CRS, **STATED)
    yield "int64", oc.Dem(heights.astype("int64"), transform=NORTH_UP, crs=CRS, **STATED)
    yield "big-endian", oc.Dem(heights.astype(">f4"), transform=NORTH_UP, crs=CRS, **STATED)
    yield "south-up", oc.Dem(heights[::-1], transform=south_up, crs=CRS, **STATED)
    yield "Fortran order", oc.Dem(np.asfortranarray(heights), transform=NORTH_UP, crs=CRS, **STATED)
    yield "one band", oc.Dem(heights[None], transform=NORTH_UP, crs=CRS, **STATED)
    yield "second band", oc.Dem(np.stack([heights * 0, heights]), band=2, transform=NORTH_UP, crs=CRS, **STATED)
    yield "masked", oc.Dem(np.ma.masked_invalid(heights), transform=NORTH_UP, crs=CRS, **STATED)
    yield "DataArray", oc.Dem(data_array(heights), **STATED)
    yield "DataArray, south-up", oc.Dem(data_array(heights)[::-1], **STATED)
    yield "DataArray, transposed", oc.Dem(data_array(heights).transpose("x", "y"), **STATED)


def test_every_kind_of_array_gives_the_same_result(before, after, dems, case):
    for kind, dem in in_memory_kinds(after):
        assert oc.assess([dems[0], dem], [licence()]).digest == case.digest, kind


def test_files_and_arrays_give_the_same_result(files, file_dems, dems, case):
    assert oc.assess(file_dems, [licence()]).digest == case.digest
    as_text = oc.Dem(str(files / "2024.tif"), **STATED)
    assert oc.assess([dems[0], as_text], [licence()]).digest == case.digest
    opened = rioxarray.open_rasterio(files / "2024.tif")
    masked = rioxarray.open_rasterio(files / "2024.tif", masked=True).squeeze()
    for array in (opened, masked):
        assert oc.assess([dems[0], oc.Dem(array, **STATED)], [licence()]).digest == case.digest
        array.close()


def test_a_sliced_data_array_lies_where_its_coordinates_are(files):
    opened = rioxarray.open_rasterio(files / "2024.tif").squeeze()
    dem = oc.Dem(opened[5:25, 10:30], **STATED)
    assert dem.bounds == (WEST + 10, NORTH - 25, WEST + 30, NORTH - 5)
    opened.close()


def test_files_in_other_stores_give_the_same_result(files, before, after, dems, case):
    write_raster(files / "south.tif", after[::-1].astype("float32"), transform=Affine(1, 0, WEST, 0, 1, NORTH - 40))
    write_raster(files / "scaled.tif", np.round(after * 10).astype("int16"))
    import rasterio

    with rasterio.open(files / "scaled.tif", "r+") as dataset:
        dataset.scales = (0.1,)
    write_raster(files / "zip.tif", after.astype("float32"), compress="lzw", predictor=3)
    in_memory = f"/vsisubfile/0_{os.path.getsize(files / 'zip.tif')},{files / 'zip.tif'}"  # noqa: PTH202
    for path in (files / "south.tif", files / "zip.tif", in_memory):
        assert oc.assess([dems[0], oc.Dem(path, **STATED)], [licence()]).digest == case.digest, path
    scaled = oc.assess([dems[0], oc.Dem(files / "scaled.tif", **STATED)], [licence()])
    assert scaled.totals.loc[0, "cut_certain_m3"] == pytest.approx(200.0, abs=1e-6)


def test_cells_without_a_height_are_neither_cut_nor_compared(before, after):
    holed = after.copy()
    holed[12, 12] = np.nan
    marked = after.copy()
    marked[12, 12] = -9999.0
    first = array_dem(before, "2021-05-01")
    results = [
        oc.assess([first, array_dem(heights, "2024-05-20", nodata=nodata)], [licence()])
        for heights, nodata in ((holed, None), (marked, -9999), (marked.astype("float32"), -9999.0))
    ]
    assert {case.digest for case in results} == {results[0].digest}
    assert results[0].totals.loc[0, "cut_certain_m3"] == 198.0
    assert results[0].intervals.loc[0, "nodata_area_m2"] == 1.0


def test_what_is_done_to_an_array_later_changes_nothing(before, after, case):
    last = array_dem(after, "2024-05-20")
    after[:] = 0.0
    assert oc.assess([array_dem(before, "2021-05-01"), last], [licence()]).digest == case.digest


def test_dates_are_taken_as_text_day_or_moment():
    heights = np.zeros((2, 2))
    for date in (
        "2021-05-01",
        datetime.date(2021, 5, 1),
        datetime.datetime(2021, 5, 1, 8),
        np.datetime64("2021-05-01"),
    ):
        assert array_dem(heights, date).date == datetime.date(2021, 5, 1)


def test_a_surface_knows_what_it_is(files):
    dem = oc.Dem(files / "2021.tif", **STATED)
    assert dem.name == str(files / "2021.tif")
    assert dem.shape == (40, 40)
    assert dem.cell_m == (1.0, 1.0)
    assert dem.bounds == (WEST, NORTH - 40, WEST + 40, NORTH)
    assert dem.crs == CRS
    assert dem.vertical_datum == "1985"
    assert "40 x 40 cells of 1 x 1 m" in repr(dem)
    assert "40 x 40 cells" in dem._repr_html_()


def licence_kinds(files):
    import geopandas as gpd
    import pyproj

    table = gpd.read_file(files / "licences.gpkg")
    yield "path", files / "licences.gpkg", {}
    yield "read", oc.read_licences(files / "licences.gpkg"), {}
    yield "table", table, {}
    yield "table with days", table.assign(valid_from=table["valid_from"].astype("datetime64[s]")), {}
    yield "table without CRS", table.set_crs(None, allow_override=True), {"crs": pyproj.CRS(CRS)}
    yield "features", table.__geo_interface__, {"crs": 4546}
    yield "named CRS", {**table.__geo_interface__, "crs": {"type": "name", "properties": {"name": CRS}}}, {}
    yield "object", licence(), {}
    yield "objects", [licence()], {"crs": CRS}
    yield "renamed", table.rename(columns={"licence": "XKZH"}), {"fields": {"licence": "XKZH"}}
    yield "Chinese", table.rename(columns={"licence": "采矿许可证号", "holder": "采矿权人"}), {}


def test_every_kind_of_licences_gives_the_same_result(files, dems, case):
    for kind, source, options in licence_kinds(files):
        found = oc.assess(dems, oc.read_licences(source, **options))
        assert found.totals.equals(case.totals), kind
        figures = ["class", "cut_certain_m3", "cut_area_m2"]
        assert found.by_licence[figures].equals(case.by_licence[figures]), kind


def test_licences_in_another_zone_are_brought_to_the_surfaces(files, dems, case):
    import geopandas as gpd

    table = gpd.read_file(files / "licences.gpkg").to_crs("EPSG:4490")
    found = oc.assess(dems, table)
    assert found.by_licence["cut_certain_m3"].tolist() == pytest.approx(
        case.by_licence["cut_certain_m3"].tolist(), abs=1e-3
    )
    assert found.licences.crs == CRS


def test_objects_without_a_crs_are_an_assumption(case):
    assert any("name no CRS" in sentence for sentence in case.assumptions)


def test_licences_are_a_sequence_and_a_table(files):
    found = oc.read_licences(files / "licences.gpkg")
    assert [each.id for each in found] == ["A"]
    assert found[0].holder == "稷山县青石岭石料有限公司"
    assert found[0].valid_to == datetime.date(2030, 1, 1)
    assert found[0].parts[0].floor_m == 50.0
    assert found[0].parts[0].polygon.equals(rectangle((0, 15), (0, 40)))
    assert found.crs == CRS
    assert len(found.sha256) == 64
    assert "licence A" in repr(found).replace("Licence", "licence")
    table = found.to_geodataframe()
    again = oc.read_licences(table)
    assert again[0].valid_from == found[0].valid_from
    assert "青石岭" in found._repr_html_()


def test_a_licence_of_several_polygons_has_as_many_parts():
    import shapely

    both = shapely.MultiPolygon([rectangle((0, 5), (0, 5)), rectangle((10, 15), (0, 5))])
    assert len(licence("A", both).parts) == 2
    parts = [oc.Part(rectangle((0, 5), (0, 5)), 50.0, 60.0), oc.Part(rectangle((10, 15), (0, 5)))]
    assert len(oc.Licence("A", parts=parts).parts) == 2


def test_a_file_that_changes_after_it_was_read_is_refused(files, dems):
    found = oc.read_licences(files / "licences.gpkg")
    import geopandas as gpd

    table = gpd.read_file(files / "licences.gpkg").assign(floor_m=99.0)
    (files / "licences.gpkg").unlink()
    table.to_file(files / "licences.gpkg", layer="licences")
    with pytest.raises(exceptions.LicenceError, match=r"licences\.gpkg have changed"):
        oc.assess(dems, found)
