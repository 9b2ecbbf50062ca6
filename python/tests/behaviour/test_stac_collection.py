"""Rasters of a result as a static STAC collection, and its tables as GeoParquet."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
import rasterio
from pandas.testing import assert_frame_equal

import overcut as oc
from overcut.exceptions import OutputError, ParameterError
from overcut.parquet import PARQUET_TABLES, digest_in
from overcut.stac_collection import RasterItem, write_stac_collection

from ..conftest import DATES, TESTDATA
from .test_stac import is_valid

if TYPE_CHECKING:
    from overcut.assessment import Assessment

pystac = pytest.importorskip("pystac")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    """Two surveys of the test case, with rasters."""
    surfaces = [oc.Dem(TESTDATA / f"dem_{date[:4]}.tif", date=date, sigma_m=0.05) for date in DATES]
    folder = tmp_path_factory.mktemp("rasters")
    return oc.assess(surfaces, TESTDATA / "licences.gpkg", vertical_datum="1985", rasters=folder)


def records(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.rglob("*.json")}


def links_of(path: Path) -> list[Path]:
    record = json.loads(path.read_text(encoding="utf-8"))
    hrefs = [link["href"] for link in record["links"]] + [each["href"] for each in record.get("assets", {}).values()]
    assert all(not href.startswith(("/", "http", "file")) for href in hrefs)
    return [path.parent / href for href in hrefs]


def test_collection_is_valid_complete_and_can_be_moved(case: Assessment, tmp_path: Path) -> None:
    written = case.to_stac(tmp_path / "stac", title="County")
    shutil.move(tmp_path / "stac", tmp_path / "elsewhere")
    folder = tmp_path / "elsewhere"
    assert written.name == "collection.json"
    found = records(folder)
    assert sorted(found) == [
        "2021-05-01_2022-10-15.json",
        "2022-10-15_2024-05-20.json",
        "collection.json",
    ]
    for record in found.values():
        assert is_valid(record, "Item" if record["type"] == "Feature" else "Collection")
    targets = [target for path in folder.rglob("*.json") for target in links_of(path)]
    assert len(targets) > 10
    assert all(target.is_file() for target in targets)
    assert not [each for each in tmp_path.iterdir() if each.name != "elsewhere"]


def test_items_say_what_the_rasters_are(case: Assessment, tmp_path: Path) -> None:
    case.to_stac(tmp_path / "stac")
    collection = pystac.Collection.from_file(str(tmp_path / "stac" / "collection.json"))
    items = list(collection.get_items())
    first = items[0]
    assert first.properties["proj:code"] == "EPSG:4546"
    assert first.properties["overcut:digest"] == case.digest
    moments = (first.common_metadata.start_datetime, first.common_metadata.end_datetime)
    assert [each.date() for each in moments if each] == [datetime.date(2021, 5, 1), datetime.date(2022, 10, 15)]
    interval = collection.extent.temporal.intervals[0]
    assert [each.date() for each in interval if each] == [datetime.date(2021, 5, 1), datetime.date(2024, 5, 20)]
    for item in items:
        for kind in ("dod", "class", "standing"):
            asset = item.assets[kind]
            # The rasters themselves say it.
            with rasterio.open(asset.get_absolute_href()) as file:
                assert list(file.transform)[:6] == item.properties["proj:transform"]
                assert list(file.shape) == item.properties["proj:shape"]
                band = asset.extra_fields["raster:bands"][0]
                assert band["data_type"] == file.dtypes[0]
                nodata = float(band["nodata"])
                assert nodata == file.nodata or (nodata != nodata and file.nodata != file.nodata)  # noqa: PLR0124
                codes = {int(key[5:]) for key in file.tags(1) if key.startswith("CODE_")}
                listed = asset.extra_fields.get("classification:classes", [])
                assert {each["value"] for each in listed} == codes
                for each in listed if kind == "class" else ():
                    tag = file.tags(1)[f"CODE_{each['value']}"]
                    assert each["name"] in (tag, "no_change", "outside_every_polygon")
    # 111°E, and 35.6°N: 3,940,000 m from the equator.
    west, south, east, north = first.bbox
    assert 110.97 < west < east < 111.0
    assert 35.58 < south < north < 35.6


def test_collection_is_read_back_as_tiles(case: Assessment, tmp_path: Path) -> None:
    collection = case.to_stac(tmp_path / "stac", lang="zh")
    tiles = oc.read_tiles(collection, asset="dod")
    assert [(each.date, each.crs, each.nodata) for each in tiles] == [
        (datetime.date(2021, 5, 1), "EPSG:4546", None),
        (datetime.date(2022, 10, 15), "EPSG:4546", None),
    ]
    # Class and standing have the role "data" too: which is meant has to be said.
    with pytest.raises(oc.exceptions.TilesError, match="dod, class, standing"):
        oc.read_tiles(collection)
    assert oc.info(tiles[0].path)["rows"] == 400


@pytest.mark.parametrize("files", ["link", "copy", "move", "refer"])
def test_rasters_are_linked_copied_moved_or_left(case: Assessment, tmp_path: Path, files: str) -> None:
    origin = tmp_path / "瓦片" / "dod.tif"
    origin.parent.mkdir()
    shutil.copyfile(case.rasters[0], origin)
    item = RasterItem("t1.5", {"dod": origin}, *case.dates[:2], grid=case.grid, crs=case.crs)
    written = write_stac_collection(tmp_path / "2024.Q1", [item], files=files)
    assert (tmp_path / "2024.Q1" / "t1.5" / "t1.5.json").is_file()
    (tile,) = oc.read_tiles(written)
    assert Path(tile.path).read_bytes() == Path(case.rasters[0]).read_bytes()
    assert origin.exists() == (files != "move")
    assert (Path(tile.path).parent.name == "t1.5") == (files != "refer")


def test_grid_and_crs_are_asked_of_the_file(case: Assessment, tmp_path: Path) -> None:
    days = case.dates[:2]
    stated = write_stac_collection(
        tmp_path / "a", [RasterItem("t", {"dod": case.rasters[0]}, *days, grid=case.grid, crs=case.crs)]
    )
    asked = write_stac_collection(tmp_path / "b", [RasterItem("t", {"dod": case.rasters[0]}, *days)])
    assert records(stated.parent) == records(asked.parent)


def test_ground_without_a_known_place_has_no_footprint(case: Assessment, tmp_path: Path) -> None:
    local = 'LOCAL_CS["site",UNIT["metre",1]]'
    item = RasterItem("t", {"dod": case.rasters[0]}, *case.dates[:2], grid=case.grid, crs=local)
    write_stac_collection(tmp_path / "stac", [item])
    found = records(tmp_path / "stac")
    assert found["t.json"]["geometry"] is None
    assert found["collection.json"]["extent"]["spatial"]["bbox"] == [[-180, -90, 180, 90]]
    assert is_valid(found["t.json"], "Item")


def test_what_is_there_is_not_lost(case: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "stac"
    before = case.to_stac(folder, title="first").read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        case.to_stac(folder)
    # A failure in the last step leaves the old one, and nothing beside it.
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if self.suffix == ".part":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", fails)
        with pytest.raises(OutputError, match="No space left"):
            case.to_stac(folder, title="second", overwrite=True)
    assert (folder / "collection.json").read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["stac"]
    case.to_stac(folder, title="third", overwrite=True)
    assert records(folder)["collection.json"]["title"] == "third"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["stac"]
    # A folder that holds something else is never replaced.
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.docx").write_bytes(b"x")
    with pytest.raises(OutputError, match="is no collection"):
        case.to_stac(other, overwrite=True)


def test_moved_rasters_come_back_after_a_failure(case: Assessment, tmp_path: Path) -> None:
    origin = tmp_path / "dod.tif"
    shutil.copyfile(case.rasters[0], origin)
    days = case.dates[:2]
    items = [
        RasterItem("a", {"dod": origin}, *days, grid=case.grid, crs=case.crs),
        RasterItem("b", {"dod": case.rasters[0]}, *days, grid=case.grid, crs="EPSG:999999"),
    ]
    with pytest.raises(oc.OvercutError):
        write_stac_collection(tmp_path / "stac", items, files="move")
    assert origin.is_file()
    assert Path(case.rasters[0]).is_file()
    assert [each.name for each in tmp_path.iterdir()] == ["dod.tif"]


def test_items_that_cannot_be_are_refused(case: Assessment, tmp_path: Path) -> None:
    raster, days = {"dod": case.rasters[0]}, case.dates[:2]
    good = RasterItem("a", raster, *days, grid=case.grid, crs=case.crs)
    for items, why in (
        ([], "no items"),
        ([good, RasterItem("A", raster, *days)], "differ as folders do"),
        ([good, good], "two items are called a and a"),
    ):
        with pytest.raises(ParameterError, match=why):
            write_stac_collection(tmp_path / "stac", items)
    for options, why in (
        ({"id": "../a"}, "that of a folder"),
        ({"rasters": {}}, "no rasters"),
        ({"rasters": {"slope": "a.tif"}}, "slope"),
        ({"end": days[0]}, "not after its start"),
    ):
        given = {"id": "a", "rasters": raster, "start": days[0], "end": days[1]} | options
        with pytest.raises(ParameterError, match=why):
            RasterItem(**given)
    with pytest.raises(OutputError, match="does not exist"):
        write_stac_collection(tmp_path / "stac", [RasterItem("a", {"dod": tmp_path / "gone.tif"}, *days)])
    with pytest.raises(OutputError, match="there is no folder"):
        write_stac_collection(tmp_path / "no" / "stac", [good])
    with pytest.raises(ParameterError, match="has no rasters"):
        oc.assess(
            [oc.Dem(TESTDATA / f"dem_{date[:4]}.tif", date=date, sigma_m=0.05) for date in DATES[:2]],
            TESTDATA / "licences.gpkg",
            vertical_datum="1985",
        ).to_stac(tmp_path / "stac")


# --- GeoParquet ------------------------------------------------------------------------------------------------------


def test_tables_come_back_from_geoparquet(case: Assessment, tmp_path: Path) -> None:
    files = case.to_parquet(tmp_path / "tables")
    assert [each.stem for each in files] == list(PARQUET_TABLES)
    for file in files:
        expected = getattr(case, file.stem)
        found = gpd.read_parquet(file) if isinstance(expected, gpd.GeoDataFrame) else pd.read_parquet(file)
        assert_frame_equal(pd.DataFrame(found), pd.DataFrame(expected), check_dtype=False)
        assert digest_in(file) == case.digest
    assert gpd.read_parquet(tmp_path / "tables" / "patches.parquet").crs.to_epsg() == 4546
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    assert digest_in(tmp_path / "other.parquet") is None


def test_gdal_reads_the_patches(case: Assessment, tmp_path: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    if "Parquet" not in pyogrio.list_drivers():
        pytest.skip("this GDAL has no driver for Parquet")
    case.to_parquet(tmp_path)
    assert len(pyogrio.read_dataframe(tmp_path / "patches.parquet")) == len(case.patches)


def test_parquet_that_exists_is_not_replaced_unless_asked(case: Assessment, tmp_path: Path) -> None:
    (tmp_path / "licences.parquet").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"licences\.parquet exists already"):
        case.to_parquet(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["licences.parquet"]
    case.to_parquet(tmp_path, overwrite=True)
    assert digest_in(tmp_path / "licences.parquet") == case.digest
