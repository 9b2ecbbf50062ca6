"""Which tiles there are: from lists, folders, patterns, indexes and VRTs; what is left out is said."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

import overcut as oc
from overcut.exceptions import FileReadError, ParameterError, TilesError

DAY = datetime.date(2024, 5, 20)


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """A folder of tiles, some in folders of townships; nothing in them is ever read."""
    for name in ("b_20240521.tif", "a_20240520.tif", "乡/沟_20240519.tif", "乡/洞/d_20240518.TIF"):
        tile = tmp_path / "县" / name
        tile.parent.mkdir(parents=True, exist_ok=True)
        tile.write_bytes(b"II*\0")
    (tmp_path / "县" / "a_20240520.tif.aux.xml").write_text("<PAMDataset/>", encoding="utf-8")
    (tmp_path / "县" / "._a_20240520.tif").write_bytes(b"macOS")
    return tmp_path / "县"


def names(tiles: oc.Tiles) -> list[str]:
    return [Path(each.path).name for each in tiles]


def codes(findings: oc.Findings) -> list[str]:
    return [each.code for each in findings]


# --- files -----------------------------------------------------------------------------------------------------------


def test_folder_gives_its_own_rasters_in_the_order_of_names(county: Path) -> None:
    tiles = oc.read_tiles(county, date=DAY)
    assert names(tiles) == ["a_20240520.tif", "b_20240521.tif"]
    assert {each.date for each in tiles} == {DAY}
    assert tiles.name == "县"


def test_pattern_with_folders_and_chinese_names(county: Path) -> None:
    tiles = oc.read_tiles(str(county / "**" / "*.[tT][iI][fF]"), date_pattern=r"(\d{8})")
    assert names(tiles) == ["a_20240520.tif", "b_20240521.tif", "沟_20240519.tif", "d_20240518.TIF"]
    assert [each.date.day for each in tiles if each.date] == [20, 21, 19, 18]
    assert tiles.date == datetime.date(2024, 5, 21)


def test_pattern_with_separators_of_windows(county: Path) -> None:
    pattern = str(county / "乡" / "*.tif").replace("/", "\\")
    assert names(oc.read_tiles(pattern, date=DAY)) == ["沟_20240519.tif"]


def test_file_that_is_called_like_a_pattern_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a[1].tif").write_bytes(b"II*\0")
    assert names(oc.read_tiles(tmp_path / "a[1].tif", date=DAY)) == ["a[1].tif"]


def test_list_keeps_its_order_and_takes_tiles_with_their_own_statements(county: Path) -> None:
    stated = oc.Tile(county / "a_20240520.tif", date="2023-01-02", sigma_m=0.4)
    tiles = oc.read_tiles([county / "b_20240521.tif", stated, "/vsis3/bucket/c.tif"], nodata=-9999)
    # The first and the last have no day: they are left out, and the reason is said.
    assert names(tiles) == ["a_20240520.tif"]
    assert tiles[0] == oc.Tile(county / "a_20240520.tif", date="2023-01-02", sigma_m=0.4, nodata=-9999)
    assert codes(tiles.rejected) == ["date_missing", "date_missing"]


def test_addresses_get_the_names_that_gdal_has_for_them() -> None:
    given = [
        "https://h.org/a.tif?sig=s3cret",
        "s3://b/k.tif",
        "oss://b/k.tif",
        "gs://b/k.tif",
        "/vsicurl/http://h/a.tif",
    ]
    tiles = oc.read_tiles(given, date=DAY)
    assert [each.path for each in tiles] == [
        "/vsicurl/https://h.org/a.tif?sig=s3cret",
        "/vsis3/b/k.tif",
        "/vsioss/b/k.tif",
        "/vsigs/b/k.tif",
        "/vsicurl/http://h/a.tif",
    ]
    assert "s3cret" not in tiles._repr_html_()


def test_missing_empty_and_repeated_files_are_listed_and_the_rest_unharmed(county: Path) -> None:
    (county / "empty.tif").write_bytes(b"")
    (county / "link.tif").symlink_to(county / "a_20240520.tif")
    given = [
        county / "a_20240520.tif",
        county / "gone.tif",
        county / "empty.tif",
        county / "乡" / ".." / "a_20240520.tif",
        county / "link.tif",
        county / "乡",
        county / "b_20240521.tif",
    ]
    tiles = oc.read_tiles(given, date=DAY)
    assert names(tiles) == ["a_20240520.tif", "b_20240521.tif"]
    expected = ["file_missing", "file_empty", "listed_twice", "listed_twice", "file_is_folder"]
    assert codes(tiles.rejected) == expected
    assert [Path(each.place["path"]).name for each in tiles.rejected] == [
        "gone.tif",
        "empty.tif",
        "a_20240520.tif",
        "link.tif",
        "乡",
    ]
    assert "0 字节" in tiles.rejected[1].text("zh")
    assert list(tiles.rejected.to_dataframe().columns) == ["severity", "code", "path", "line", "text"]


def test_file_listed_twice_with_two_days_is_a_contradiction(county: Path) -> None:
    path = county / "a_20240520.tif"
    tiles = oc.read_tiles([oc.Tile(path, date="2024-05-20"), oc.Tile(path, date="2021-05-01")])
    assert codes(tiles.rejected) == ["listed_twice_differently"]
    assert "date 2024-05-20 / 2021-05-01" in tiles.rejected[0].text()


def test_two_bands_of_one_file_are_two_tiles(county: Path) -> None:
    path = county / "a_20240520.tif"
    assert len(oc.read_tiles([oc.Tile(path, band=1), oc.Tile(path, band=2)], date=DAY)) == 2


def test_nothing_left_is_an_error_that_says_why(county: Path) -> None:
    with pytest.raises(TilesError, match=r"none of 2 tiles can be used: .*gone.tif: there is no such file") as caught:
        oc.read_tiles([county / "gone.tif", county / "away.tif"], date=DAY)
    assert codes(caught.value.findings) == ["file_missing", "file_missing"]
    assert isinstance(caught.value, ValueError)


def test_what_cannot_be_a_source_is_refused(county: Path) -> None:
    with pytest.raises(FileReadError, match="does not exist"):
        oc.read_tiles(county / "no.csv")
    with pytest.raises(FileReadError, match="no file is called like"):
        oc.read_tiles(str(county / "*.img"), date=DAY)
    with pytest.raises(ParameterError, match="cannot be listed here"):
        oc.read_tiles("/vsis3/bucket/*.tif", date=DAY)
    with pytest.raises(ParameterError, match="not from a int"):
        oc.read_tiles(7)
    with pytest.raises(ParameterError, match="not as float"):
        oc.read_tiles([1.0])
    with pytest.raises(ParameterError, match="expected one group"):
        oc.read_tiles(county, date_pattern=r"\d{8}")
    with pytest.raises(ParameterError, match="sigma_m of the tiles is -1"):
        oc.read_tiles(county, date=DAY, sigma_m=-1)
    (county / "leer").mkdir()
    with pytest.raises(FileReadError, match="holds no rasters"):
        oc.read_tiles(county / "leer", date=DAY)


# --- days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "pattern", "day"),
    [
        ("T_20240520.tif", r"(\d{8})", "2024-05-20"),
        ("37498000_20240520.tif", r"(\d{8})", "2024-05-20"),  # an easting with zone number is not a day
        ("dem_2024-5-3_v2.tif", r"_(\d{4}-\d{1,2}-\d{1,2})_", "2024-05-03"),
        ("20_05_2024.tif", r"(?P<day>\d\d)_(?P<month>\d\d)_(?P<year>\d{4})", "2024-05-20"),
        ("2024年5月20日.tif", r"(\d{4}年\d+月\d+日)", "2024-05-20"),
    ],
)
def test_days_in_names(tmp_path: Path, name: str, pattern: str, day: str) -> None:
    (tmp_path / name).write_bytes(b"II*\0")
    assert oc.read_tiles(tmp_path, date_pattern=pattern)[0].date == datetime.date.fromisoformat(day)


def test_day_in_the_name_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "20240520").mkdir()
    (tmp_path / "20240520" / "N35E111.tif").write_bytes(b"II*\0")
    assert oc.read_tiles(tmp_path / "20240520", date_pattern=r"(\d{8})").dates == (DAY,)


def test_implausible_days_are_rejected(county: Path) -> None:
    path = county / "a_20240520.tif"
    tomorrow_next_year = datetime.date.today() + datetime.timedelta(days=366)
    given = [
        oc.Tile(path, date="0001-01-01", band=1),
        oc.Tile(path, date=tomorrow_next_year, band=2),
        oc.Tile(path, date=DAY, band=3),
    ]
    tiles = oc.read_tiles(given)
    assert [each.band for each in tiles] == [3]
    assert codes(tiles.rejected) == ["date_implausible", "date_implausible"]


def test_caller_goes_before_index_and_the_contradiction_is_remarked(county: Path) -> None:
    path = county / "a_20240520.tif"
    said = oc.Tile(path, date="2021-05-01", crs="EPSG:4545", source="index.csv, row 1")
    tiles = oc.read_tiles([said], date_pattern=r"(\d{8})", crs=4546)
    assert (tiles[0].date, tiles[0].crs) == (DAY, "EPSG:4546")
    assert codes(tiles.remarks) == ["overruled", "overruled"]
    assert "index.csv, row 1 says 2021-05-01" in tiles.remarks[0].text()
    # The date of all goes before the pattern.
    assert oc.read_tiles([said], date="2022-02-02", date_pattern=r"(\d{8})")[0].date == datetime.date(2022, 2, 2)


# --- indexes ---------------------------------------------------------------------------------------------------------


def test_csv_with_chinese_columns_in_gbk(county: Path) -> None:
    index = county / "索引.csv"
    index.write_bytes(
        "路径,时相,高程中误差\n乡\\沟_20240519.tif,20240519,0.5\na_20240520.tif,2024年5月20日,\n".encode("gbk")
    )
    tiles = oc.read_tiles(index)
    assert [(Path(each.path), each.date, each.sigma_m) for each in tiles] == [
        (county / "乡" / "沟_20240519.tif", datetime.date(2024, 5, 19), 0.5),
        (county / "a_20240520.tif", DAY, None),
    ]
    assert tiles[0].source == "索引.csv, row 1"


def test_text_with_a_path_in_each_line(county: Path) -> None:
    (county / "list.txt").write_text("b_20240521.tif\n\n./乡/沟_20240519.tif\n", encoding="utf-8")
    assert names(oc.read_tiles(county / "list.txt", date=DAY)) == ["b_20240521.tif", "沟_20240519.tif"]


@pytest.mark.parametrize(
    ("package", "name"), [("pyarrow", "a.parquet"), ("pystac", "a.json"), ("pystac_client", "http://127.0.0.1:9")]
)
def test_package_that_is_missing_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, name: str
) -> None:
    source = name if "://" in name else str(tmp_path / name)
    if "://" not in name:
        record = '{"type": "Feature", "assets": {}}'
        Path(source).write_text(record, encoding="utf-8")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=r'pip install "overcut\[batch\]"'):
        oc.read_tiles(source, date=DAY, stac_search={} if "://" in name else None)


def test_rows_of_an_index_that_cannot_be_used_are_named(county: Path) -> None:
    index = county / "index.csv"
    index.write_text(
        "path;date;nodata;crs\n"
        "a_20240520.tif;2024-05-20;-9999;4546\n"
        ";2024-05-20;-9999;4546\n"
        "b_20240521.tif;spring;-9999;4546\n"
        "乡/沟_20240519.tif;2024-05-19;none;4546\n"
        "gone.tif;2024-05-19;-9999;4546\n",
        encoding="utf-8",
    )
    tiles = oc.read_tiles(index)
    assert [(each.nodata, each.crs) for each in tiles] == [(-9999.0, "EPSG:4546")]
    assert codes(tiles.rejected) == ["path_missing", "date_unreadable", "statement_unreadable", "file_missing"]
    assert tiles.rejected[0].place["line"] == "2"
    assert "'spring' is no day" in tiles.rejected[1].text()


def test_columns_of_any_name_can_be_stated(county: Path) -> None:
    table = pd.DataFrame({"TIFF": [str(county / "a_20240520.tif")], "T": [20240520.0]})
    assert oc.read_tiles(table, columns={"path": "TIFF", "date": "T"})[0].date == DAY
    with pytest.raises(ParameterError, match=r"no column of paths \(path, location, .*its columns are: TIFF, T"):
        oc.read_tiles(table)
    with pytest.raises(ParameterError, match="no column 'X'"):
        oc.read_tiles(table, columns={"path": "X"})
    with pytest.raises(ParameterError, match="names 'when'"):
        oc.read_tiles(table, columns={"when": "T"})


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "fgb", "parquet"])
def test_vector_index_as_gdaltindex_writes_it(county: Path, suffix: str) -> None:
    index = county / f"index.{suffix}"
    table = gpd.GeoDataFrame(
        {"location": ["a_20240520.tif", "b_20240521.tif"], "src_srs": ["EPSG:4546", "EPSG:4545"]},
        geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)],
        crs=4546 if suffix != "geojson" else 4326,
    )
    if suffix == "parquet":
        table.to_parquet(index)
    else:
        table.to_file(index)
    tiles = oc.read_tiles(index, date=DAY)
    # FlatGeobuf keeps an order of its own.
    assert sorted((Path(each.path).name, each.crs) for each in tiles) == [
        ("a_20240520.tif", "EPSG:4546"),
        ("b_20240521.tif", "EPSG:4545"),
    ]


def test_days_of_a_geoparquet_keep_their_type(county: Path) -> None:
    table = gpd.GeoDataFrame(
        {"path": ["a_20240520.tif", "b_20240521.tif"], "date": pd.to_datetime(["2024-05-20T03:00:00Z", None])},
        geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)],
        crs=4546,
    )
    table.to_parquet(county / "index.parquet")
    tiles = oc.read_tiles(county / "index.parquet")
    assert [each.date for each in tiles] == [DAY]
    assert codes(tiles.rejected) == ["date_missing"]


def test_paths_as_seen_from_the_working_directory_are_found_and_remarked(
    county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (county / "out").mkdir()
    (county / "out" / "index.csv").write_text("location\n乡/沟_20240519.tif\n", encoding="utf-8")
    monkeypatch.chdir(county)
    tiles = oc.read_tiles("out/index.csv", date=DAY)
    assert codes(tiles.remarks) == ["path_from_working_directory"]
    assert Path(tiles[0].path) == Path("乡") / "沟_20240519.tif"


def test_layer_of_a_geopackage_with_several_must_be_stated(county: Path) -> None:
    index = county / "index.gpkg"
    for layer in ("2021", "2024"):
        table = gpd.GeoDataFrame({"location": ["a_20240520.tif"]}, geometry=[box(0, 0, 1, 1)], crs=4546)
        table.to_file(index, layer=layer)
    with pytest.raises(FileReadError, match="several layers; state one as layer='…': 2021, 2024"):
        oc.read_tiles(index, date=DAY)
    assert len(oc.read_tiles(index, date=DAY, layer="2024")) == 1
    with pytest.raises(FileReadError, match="no layer '2023'"):
        oc.read_tiles(index, date=DAY, layer="2023")


@pytest.mark.parametrize("name", ["index.parquet", "index.gpkg", "index.csv", "index.geojson"])
def test_index_that_is_none_is_refused(county: Path, name: str) -> None:
    (county / name).write_bytes(b"\x81")
    with pytest.raises(FileReadError, match=name):
        oc.read_tiles(county / name, date=DAY)


def test_many_epochs_in_one_index_are_divided_by_days(county: Path) -> None:
    tiles = oc.read_tiles(county, date_pattern=r"(\d{8})")
    assert tiles.dates == (DAY, datetime.date(2024, 5, 21))
    assert names(tiles.between("2024-05-21", "2024-05-31")) == ["b_20240521.tif"]
    assert tiles.between("2024-05-20", DAY, name="May").name == "May"


def test_table_and_summaries(county: Path) -> None:
    tiles = oc.read_tiles([*sorted(county.glob("?_*.tif")), county / "gone.tif"], date=DAY, name="<县>", crs=4546)
    frame = tiles.to_frame()
    assert list(frame.columns) == ["path", "date", "sigma_m", "crs", "nodata", "band", "vertical_datum", "source"]
    assert repr(tiles) == "<Tiles <县>: 3 tiles, 2024-05-20, EPSG:4546, rejected 1 file_missing>"
    assert "&lt;县&gt;" in tiles._repr_html_()
    assert oc.read_tiles(tiles, sigma_m=0.5)[0].sigma_m == 0.5
    assert codes(oc.read_tiles(tiles).rejected) == ["file_missing"]


# --- VRT -------------------------------------------------------------------------------------------------------------


def vrt_source(name: str, inner: str = "", kind: str = "SimpleSource", size: int = 100, shown: int = 100) -> str:
    return f"""<{kind}>
      <SourceFilename relativeToVRT="1">{name}</SourceFilename><SourceBand>1</SourceBand>
      <SourceProperties RasterXSize="100" RasterYSize="100" DataType="Float32" BlockXSize="100" BlockYSize="1"/>
      <SrcRect xOff="0" yOff="0" xSize="{size}" ySize="100"/><DstRect xOff="0" yOff="0" xSize="{shown}" ySize="100"/>
      {inner}</{kind}>"""


def write_vrt(path: Path, sources: str, bands: str = "") -> Path:
    path.write_text(
        f"""<VRTDataset rasterXSize="200" rasterYSize="100"><SRS dataAxisToSRSAxisMapping="2,1">EPSG:4546</SRS>
        <VRTRasterBand dataType="Float32" band="1"><NoDataValue>-9999</NoDataValue>{sources}</VRTRasterBand>{bands}
        </VRTDataset>""",
        encoding="utf-8",
    )
    return path


def test_vrt_lists_its_tiles_with_nodata_and_crs(county: Path) -> None:
    sources = vrt_source("a_20240520.tif") + vrt_source(
        "乡/沟_20240519.tif", "<NODATA>-32768</NODATA>", "ComplexSource"
    )
    tiles = oc.read_tiles(write_vrt(county / "mosaic.vrt", sources), date=DAY)
    assert [(Path(each.path), each.nodata, each.crs, each.band) for each in tiles] == [
        (county / "a_20240520.tif", -9999.0, "EPSG:4546", 1),
        (county / "乡" / "沟_20240519.tif", -32768.0, "EPSG:4546", 1),
    ]
    assert not tiles.remarks


def test_vrt_inside_a_vrt_is_expanded_in_its_place(county: Path) -> None:
    write_vrt(county / "乡" / "inner.vrt", vrt_source("沟_20240519.tif") + vrt_source("../outer.vrt"))
    outer = write_vrt(county / "outer.vrt", vrt_source("乡/inner.vrt") + vrt_source("a_20240520.tif"))
    tiles = oc.read_tiles(outer, date=DAY)
    assert names(tiles) == ["沟_20240519.tif", "a_20240520.tif"]
    assert codes(tiles.rejected) == ["vrt_in_itself"]


def test_vrt_that_does_more_than_placing_is_found_out(county: Path) -> None:
    sources = (
        vrt_source("a_20240520.tif", "<ScaleOffset>0</ScaleOffset><ScaleRatio>0.1</ScaleRatio>", "ComplexSource")
        + vrt_source("b_20240521.tif", size=50, shown=50)
        + vrt_source("乡/沟_20240519.tif", "<ScaleRatio>1</ScaleRatio>", "ComplexSource", shown=200)
    )
    tiles = oc.read_tiles(write_vrt(county / "mosaic.vrt", sources), date=DAY)
    assert names(tiles) == ["b_20240521.tif", "沟_20240519.tif"]
    assert codes(tiles.rejected) == ["vrt_changes_heights"]
    assert codes(tiles.remarks) == ["vrt_window", "vrt_other_cells"]


def test_band_of_a_vrt_with_several_must_be_stated(county: Path) -> None:
    second = f'<VRTRasterBand dataType="Float32" band="2">{vrt_source("b_20240521.tif")}</VRTRasterBand>'
    path = write_vrt(county / "mosaic.vrt", vrt_source("a_20240520.tif"), second)
    with pytest.raises(ParameterError, match="has 2 bands"):
        oc.read_tiles(path, date=DAY)
    tiles = oc.read_tiles(path, date=DAY, band=2)
    # Of the VRT it is the second band, of the tile the first.
    assert (names(tiles), tiles[0].band) == (["b_20240521.tif"], 1)
    with pytest.raises(ParameterError, match="has no band 3"):
        oc.read_tiles(path, date=DAY, band=3)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><VRTDataset/>', "document type"),
        (b"<VRTDataset", "not XML"),
        (b"<GeoTIFF/>", "its root is GeoTIFF"),
        (b'<VRTDataset subClass="VRTWarpedDataset"/>', "computes heights"),
        (b"<VRTDataset/>", "has no band"),
        (b'<VRTDataset><VRTRasterBand band="1"/></VRTDataset>', "names no tiles"),
        (b'<VRTDataset><VRTRasterBand subClass="VRTDerivedRasterBand"/></VRTDataset>', "computes its band"),
        (b"\xff\xfe<", "not UTF-8"),
    ],
)
def test_vrt_that_is_not_a_mosaic_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "a.vrt").write_bytes(content)
    with pytest.raises(FileReadError, match=why):
        oc.read_tiles(tmp_path / "a.vrt", date=DAY)


def test_vrt_that_gdal_writes(tmp_path: Path) -> None:
    """Made by rasterio's GDAL, not by hand."""
    np = pytest.importorskip("numpy")
    rasterio = pytest.importorskip("rasterio")
    from rasterio.vrt import WarpedVRT

    profile = {"driver": "GTiff", "width": 8, "height": 8, "count": 1, "dtype": "float32", "crs": "EPSG:4546"}
    transform = rasterio.transform.from_origin(498000, 3941000, 1, 1)
    with rasterio.open(tmp_path / "a.tif", "w", transform=transform, nodata=-9999, **profile) as file:
        file.write(np.ones((1, 8, 8), dtype="float32"))
    from rasterio.shutil import copy

    copy(str(tmp_path / "a.tif"), str(tmp_path / "plain.vrt"), driver="VRT")
    tiles = oc.read_tiles(tmp_path / "plain.vrt", date=DAY)
    assert [os.path.realpath(each.path) for each in tiles] == [str(tmp_path / "a.tif")]
    assert tiles[0].nodata == -9999.0
    with rasterio.open(tmp_path / "a.tif") as file, WarpedVRT(file, crs="EPSG:4545") as warped:
        copy(warped, str(tmp_path / "warped.vrt"), driver="VRT")
    with pytest.raises(FileReadError, match="VRTWarpedDataset"):
        oc.read_tiles(tmp_path / "warped.vrt", date=DAY)


# --- the type --------------------------------------------------------------------------------------------------------


def test_tiles_cannot_be_changed_and_travel() -> None:
    import pickle

    tile = oc.Tile("a.tif", date="2024-05-20", nodata=float("nan"))
    assert tile.nodata is None
    with pytest.raises(AttributeError):
        tile.path = "b.tif"  # type: ignore[misc]
    tiles = oc.Tiles([tile], name="one")
    assert pickle.loads(pickle.dumps(tiles)) == tiles
    with pytest.raises(oc.exceptions.DateError, match=r"date of a\.tif is 'May'"):
        oc.Tile("a.tif", date="May")
