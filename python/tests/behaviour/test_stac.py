"""Tiles from STAC: items, collections, catalogues in files, and an API on this machine."""

from __future__ import annotations

import datetime
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

import overcut as oc
from overcut.exceptions import FileReadError, ParameterError, TilesError

if TYPE_CHECKING:
    from collections.abc import Iterator

pystac = pytest.importorskip("pystac")
pytest.importorskip("pystac_client")

DAY = datetime.date(2024, 5, 20)
COG = "image/tiff; application=geotiff; profile=cloud-optimized"
SQUARE = {"type": "Polygon", "coordinates": [[[111, 35], [111.1, 35], [111.1, 35.1], [111, 35.1], [111, 35]]]}


def item(name: str = "N35E111", assets: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """A STAC 1.0 item with one asset of heights, as providers of surface models write it."""
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "geometry": SQUARE,
        "bbox": [111, 35, 111.1, 35.1],
        "properties": {"datetime": "2024-05-20T03:11:00Z", "proj:epsg": 4546} | properties,
        "links": [],
        "assets": assets or {"dem": heights(f"{name}.tif"), "thumb": {"href": "t.png", "type": "image/png"}},
        "stac_extensions": [],
    }


def heights(href: str, **fields: Any) -> dict[str, Any]:
    return {"href": href, "type": COG, "roles": ["data"], "raster:bands": [{"nodata": -9999, "unit": "m"}]} | fields


def collection(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(items)}


def written(path: Path, record: dict[str, Any], *tiles: str) -> Path:
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    for each in tiles:
        (path.parent / each).parent.mkdir(parents=True, exist_ok=True)
        (path.parent / each).write_bytes(b"II*\0")
    return path


def is_valid(record: dict[str, Any], kind: str) -> bool:
    """Whether a record follows the schema of the core of STAC 1.1, which pystac brings along."""
    from pystac.stac_object import STACObjectType
    from pystac.validation.stac_validator import JsonSchemaSTACValidator

    validator = JsonSchemaSTACValidator()
    return validator.validate_core(record, STACObjectType(kind if kind != "Item" else "Feature"), "1.1.0") is not None


def codes(findings: oc.Findings) -> list[str]:
    return [each.code for each in findings]


def test_records_of_these_tests_are_stac() -> None:
    """By the schema of the core that pystac brings along; extensions' schemas would need the network."""
    parsed = pystac.Item.from_dict(item())
    assert is_valid(parsed.to_dict(include_self_link=False), "Item")


def test_item_in_a_file(tmp_path: Path) -> None:
    tiles = oc.read_tiles(written(tmp_path / "item.json", item(), "N35E111.tif"))
    assert [(Path(each.path), each.date, each.crs, each.nodata, each.source) for each in tiles] == [
        (tmp_path / "N35E111.tif", DAY, "EPSG:4546", -9999.0, "N35E111")
    ]


def test_item_collection_in_a_file_with_chinese_and_escaped_links(tmp_path: Path) -> None:
    record = collection(
        item("a", {"dem": heights("./瓦片/甲.tif")}),
        item("b", {"dem": heights("./%E7%93%A6%E7%89%87/%E4%B9%99.tif")}),
        item("c", {"dem": heights("s3://bucket/c.tif")}),
        item("d", {"dem": heights("https://example.org/d.tif?sv=2024&sig=a%2Fb")}),
    )
    tiles = oc.read_tiles(written(tmp_path / "items.json", record, "瓦片/甲.tif", "瓦片/乙.tif"))
    assert [each.path for each in tiles] == [
        str(tmp_path / "瓦片" / "甲.tif"),
        str(tmp_path / "瓦片" / "乙.tif"),
        "/vsis3/bucket/c.tif",
        "/vsicurl/https://example.org/d.tif?sv=2024&sig=a%2Fb",
    ]


def test_item_of_stac_1_1_with_bands_code_and_start(tmp_path: Path) -> None:
    bands = [{"nodata": "nan", "unit": "m"}, {"nodata": -1}]
    asset = {"href": "a.tif", "type": COG, "roles": ["data"], "bands": bands, "proj:code": "EPSG:4545"}
    dated = {"datetime": None, "start_datetime": "2024-05-20T00:00:00Z", "end_datetime": "2024-05-25T00:00:00Z"}
    record = item("a", {"surface": asset}, **dated) | {"stac_version": "1.1.0"}
    path = written(tmp_path / "a.json", record, "a.tif")
    assert oc.read_tiles(path)[0] == oc.Tile(tmp_path / "a.tif", date=DAY, crs="EPSG:4545", source="a")
    assert oc.read_tiles(path, band=2)[0].nodata == -1.0


def test_wkt_and_projjson_stand_in_for_a_code(tmp_path: Path) -> None:
    for field, value, expected in (
        ("proj:wkt2", 'LOCAL_CS["x"]', 'LOCAL_CS["x"]'),
        ("proj:projjson", {"type": "ProjectedCRS"}, '{"type": "ProjectedCRS"}'),
    ):
        record = item("a", {"dem": heights("a.tif")}, **{"proj:epsg": None, field: value})
        assert oc.read_tiles(written(tmp_path / "a.json", record, "a.tif"))[0].crs == expected


@pytest.mark.parametrize(
    ("assets", "chosen"),
    [
        ({"x": heights("x.tif"), "y": heights("y.tif", roles=["elevation"])}, "y.tif"),
        ({"x": heights("x.tif", roles=["overview"]), "y": heights("y.tif", roles=[])}, "y.tif"),
        ({"x": heights("x.png", type="image/png"), "y": heights("y.tif")}, "y.tif"),
        ({"mask": heights("x.tif"), "dem": heights("y.tif")}, "y.tif"),
        ({"x": {"href": "y.tif"}, "m": {"href": "m.xml", "type": "application/xml"}}, "y.tif"),
    ],
)
def test_asset_is_found_by_role_and_media_type(assets: dict[str, Any], chosen: str, tmp_path: Path) -> None:
    tiles = oc.read_tiles(written(tmp_path / "a.json", item("a", assets), chosen))
    assert Path(tiles[0].path).name == chosen


def test_items_without_a_clear_asset_are_listed_and_the_rest_unharmed(tmp_path: Path) -> None:
    record = collection(
        item("good"),
        item("several", {"x": heights("x.tif"), "y": heights("y.tif")}),
        item("none", {"x": {"href": "x.png", "type": "image/png"}}),
        item("feet", {"dem": heights("f.tif", **{"raster:bands": [{"unit": "ft"}]})}),
        item("dateless", datetime=None),
        item("odd day", datetime="spring"),
        item("odd nodata", {"dem": heights("n.tif", **{"raster:bands": [{"nodata": "none"}]})}),
        item("no link", {"dem": heights("")}),
    )
    tiles = oc.read_tiles(written(tmp_path / "items.json", record, "good.tif", "dateless.tif"))
    assert [each.source for each in tiles] == ["good"]
    assert sorted(codes(tiles.rejected)) == [
        "asset_none",
        "asset_unclear",
        "date_missing",
        "date_unreadable",
        "href_relative",
        "statement_unreadable",
        "unit_not_metres",
    ]
    with pytest.raises(TilesError, match="no asset called dsm; it has: dem, thumb"):
        oc.read_tiles(item(), asset="dsm")


def test_asset_by_name(tmp_path: Path) -> None:
    record = item("a", {"x": heights("x.tif"), "y": heights("y.tif")})
    tiles = oc.read_tiles(written(tmp_path / "a.json", record, "y.tif"), asset="y")
    assert Path(tiles[0].path) == tmp_path / "y.tif"


def test_static_catalogue_saved_by_pystac(tmp_path: Path) -> None:
    catalogue = pystac.Catalog("county", "tiles of a county")
    for number in range(3):
        found = pystac.Item(f"t{number}", SQUARE, [111, 35, 111.1, 35.1], datetime.datetime(2024, 5, 20), {})
        found.add_asset("dem", pystac.Asset(f"../../t{number}.tif", media_type=COG, roles=["data"]))
        catalogue.add_item(found)
        (tmp_path / f"t{number}.tif").write_bytes(b"II*\0")
    catalogue.normalize_and_save(str(tmp_path / "catalogue"), pystac.CatalogType.SELF_CONTAINED)
    tiles = oc.read_tiles(tmp_path / "catalogue" / "catalog.json", crs=4546)
    assert [Path(each.path).name for each in tiles] == ["t0.tif", "t1.tif", "t2.tif"]
    assert all(Path(each.path).is_file() for each in tiles)
    # An object of pystac, and a list of items, say the same.
    assert list(oc.read_tiles(pystac.Catalog.from_file(str(tmp_path / "catalogue" / "catalog.json")), crs=4546)) == [
        oc.Tile(each.path, date=DAY, crs=4546, source=each.source) for each in tiles
    ]


def test_catalogue_in_a_file_does_not_follow_links_to_servers(tmp_path: Path) -> None:
    record = {
        "type": "Catalog",
        "stac_version": "1.0.0",
        "id": "c",
        "description": "c",
        "links": [{"rel": "child", "href": "https://example.org/catalog.json"}],
    }
    with pytest.raises(FileReadError, match=r"links to https://example\.org/catalog\.json, which is not fetched"):
        oc.read_tiles(written(tmp_path / "catalog.json", record), date=DAY)


def test_objects_of_pystac(tmp_path: Path) -> None:
    record = item("a", {"dem": heights(str(tmp_path / "a.tif"))})
    written(tmp_path / "a.json", record, "a.tif")
    items = pystac.ItemCollection([pystac.Item.from_dict(record)])
    for source in (items, list(items), items[0], record, collection(record)):
        tiles = oc.read_tiles(source)
        assert [(each.path, each.date, each.crs, each.nodata) for each in tiles] == [
            (str(tmp_path / "a.tif"), DAY, "EPSG:4546", -9999.0)
        ]


def test_relative_link_of_an_item_that_does_not_say_where_it_is() -> None:
    with pytest.raises(TilesError, match="read it from its file"):
        oc.read_tiles(item())


def test_table_of_items_as_stac_geoparquet_writes_it(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = [
        {"id": "a", "assets": {"dem": heights("a.tif"), "aux": None}, "datetime": datetime.datetime(2024, 5, 20)},
        {"id": "b", "assets": {"dem": heights("b.tif"), "aux": {"href": "b.png"}}, "datetime": None},
    ]
    rows = [{**row, "type": "Feature", "proj:code": "EPSG:4546"} for row in rows]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "items.parquet")
    (tmp_path / "a.tif").write_bytes(b"II*\0")
    (tmp_path / "b.tif").write_bytes(b"II*\0")
    tiles = oc.read_tiles(tmp_path / "items.parquet")
    assert [(Path(each.path), each.date, each.crs, each.nodata) for each in tiles] == [
        (tmp_path / "a.tif", DAY, "EPSG:4546", -9999.0)
    ]
    assert codes(tiles.rejected) == ["date_missing"]


def test_features_that_are_not_stac_are_an_index(tmp_path: Path) -> None:
    feature = {"type": "Feature", "geometry": SQUARE, "properties": {"path": "a.tif", "date": "2024-05-20"}}
    tiles = oc.read_tiles(written(tmp_path / "index.json", collection(feature), "a.tif"))
    assert [(Path(each.path), each.date) for each in tiles] == [(tmp_path / "a.tif", DAY)]


@pytest.mark.parametrize("content", ["{", "[]", '{"type": "FeatureCollection", "features": []}', "\ud800"])
def test_json_that_is_nothing_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises((FileReadError, ParameterError, TilesError), match=r"a\.json"):
        oc.read_tiles(tmp_path / "a.json")


# --- an API ----------------------------------------------------------------------------------------------------------


class Api(BaseHTTPRequestHandler):
    """A STAC API with one collection of five items, two to a page, in no good order."""

    ids = ("e", "b", "a", "d", "c")

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/":
            self._answer(self._landing())
        elif asked.path == "/item.json":
            self._answer(item("alone", {"dem": heights("tiles/alone.tif")}))
        elif asked.path == "/search":
            self._search({name: values[0] for name, values in parse_qs(asked.query).items()})
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        self._search(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _landing(self) -> dict[str, Any]:
        conforms = ["https://api.stacspec.org/v1.0.0/core", "https://api.stacspec.org/v1.0.0/item-search"]
        links = [
            {"rel": "self", "href": self._root},
            {"rel": "root", "href": self._root},
            {"rel": "search", "href": f"{self._root}/search", "type": "application/geo+json", "method": "GET"},
            {"rel": "search", "href": f"{self._root}/search", "type": "application/geo+json", "method": "POST"},
        ]
        return {
            "type": "Catalog",
            "stac_version": "1.0.0",
            "id": "api",
            "description": "five tiles",
            "conformsTo": conforms,
            "links": links,
        }

    def _search(self, asked: dict[str, Any]) -> None:
        if "dem" not in asked.get("collections", ["dem"]):
            self._answer(collection() | {"links": []})
            return
        at = int(asked.get("token", 0))
        found = [item(each, {"dem": heights(f"{self._root}/tiles/{each}.tif")}) for each in self.ids[at : at + 2]]
        links = []
        if at + 2 < len(self.ids):
            body = {"collections": ["dem"], "token": at + 2}
            links = [{"rel": "next", "href": f"{self._root}/search", "method": "POST", "body": body}]
        self._answer(collection(*found) | {"links": links})

    @property
    def _root(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def _answer(self, record: dict[str, Any]) -> None:
        data = json.dumps(record).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/geo+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_api_is_searched_over_all_pages_in_an_order_of_its_own(api: str) -> None:
    tiles = oc.read_tiles(api, stac_search={"collections": ["dem"], "bbox": [110, 34, 112, 36]})
    assert [each.source for each in tiles] == ["a", "b", "c", "d", "e"]
    assert tiles[0] == oc.Tile(f"/vsicurl/{api}/tiles/a.tif", date=DAY, crs=4546, nodata=-9999, source="a")


def test_file_at_an_address(api: str) -> None:
    tiles = oc.read_tiles(f"{api}/item.json")
    assert [each.path for each in tiles] == [f"/vsicurl/{api}/tiles/alone.tif"]


def test_search_that_cannot_be_done_is_refused(api: str) -> None:
    with pytest.raises(FileReadError, match="found nothing"):
        oc.read_tiles(api, stac_search={"collections": ["dsm"]})
    with pytest.raises(ParameterError, match="cannot be understood"):
        oc.read_tiles(api, stac_search={"colour": "red"})
    with pytest.raises(ParameterError, match="if it is a STAC API, say what is wanted"):
        oc.read_tiles(api)
    with pytest.raises(FileReadError, match="cannot be searched"):
        oc.read_tiles(f"{api}/nothing/here", stac_search={"collections": ["dem"]})
    with pytest.raises(ParameterError, match="goes with the address of a STAC API"):
        oc.read_tiles("tiles.csv", stac_search={})
