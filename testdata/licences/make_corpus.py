"""Writes the corpus of licence files beside this script: what surveying units have, good and bad.

What each file must give stands in `expected.toml`, written by hand from the contents below, never from what the
readers say. Run it again after a change: `python testdata/licences/make_corpus.py`. Binary files are the same bytes
each time.
"""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent

# A rectangle of 200 m (north) x 100 m (east), clockwise from the north-west: 20 000 m2. X north, Y east, zone 37.
N, S, W, E = "3941200.000", "3941000.000", "498000.000", "498100.000"
SQUARE = [(N, W), (N, E), (S, E), (S, W)]
# 60 m x 100 m inside it: 6 000 m2. Another rectangle of 100 m x 100 m, 200 m farther east.
HOLE = [
    ("3941150.000", "498020.000"),
    ("3941150.000", "498080.000"),
    ("3941050.000", "498080.000"),
    ("3941050.000", "498020.000"),
]
BESIDE = [
    ("3941200.000", "498300.000"),
    ("3941200.000", "498400.000"),
    ("3941100.000", "498400.000"),
    ("3941100.000", "498300.000"),
]
ISLAND = [
    ("3941110.000", "498040.000"),
    ("3941110.000", "498060.000"),
    ("3941090.000", "498060.000"),
    ("3941090.000", "498040.000"),
]
ID = "C1408242016037110000101"
ID_2 = "C1408242017087110000303"


def z(corners: list[tuple[str, str]], zone: int = 37) -> list[tuple[str, str]]:
    """Eastings with the zone number before them."""
    return [(x, f"{zone}{y}") for x, y in corners]


def swap(corners: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(y, x) for x, y in corners]


def land(
    *parcels: str,
    datum: str = "2000国家大地坐标系",
    degrees: str = "3",
    zone: str = "37",
    extra: dict[str, str] | None = None,
    brackets: str = "[]",
) -> str:
    keys = {
        "格式版本号": "1.01",
        "数据产生单位": "测绘院",
        "数据产生日期": "2024-5-20",
        "坐标系": datum,
        "几度分带": degrees,
        "投影类型": "高斯克吕格",
        "计量单位": "米",
        "带号": zone,
        "精度": "0.001",
        "转换参数": ",,,,,,",
    } | (extra or {})
    a, b = brackets
    head = [f"{a}属性描述{b}", *(f"{key}={value}" for key, value in keys.items()), f"{a}地块坐标{b}"]
    return "\r\n".join([*head, *parcels]) + "\r\n"


def parcel(
    rings: list[list[tuple[str, str]]],
    *,
    id: str = ID,
    area: str = "2.0000",
    closed: bool = True,
    count: int | None = None,
    label: str = "J",
    head: str | None = None,
    numbers: list[int] | None = None,
) -> str:
    lines, first = [], 1
    for number, ring in zip(numbers or range(1, len(rings) + 1), rings, strict=True):
        corners = [(first + at, x, y) for at, (x, y) in enumerate(ring)]
        first += len(ring)
        lines += [f"{label}{at},{number},{x},{y}" for at, x, y in corners + corners[: 1 if closed else 0]]
    total = sum(map(len, rings)) if count is None else count
    head = f"{total},{area},{id},青石岭采石场,面,,,,@" if head is None else head
    return "\r\n".join([head, *lines] if head else lines)


def rows(corners: list[tuple[str, str]], sep: str = ",", start: int = 1) -> str:
    return "".join(f"{at}{sep}{x}{sep}{y}\n" for at, (x, y) in enumerate(corners, start))


def save(name: str, content: str | bytes, encoding: str = "utf-8") -> None:
    data = content if isinstance(content, bytes) else content.encode(encoding)
    (HERE / name).write_bytes(data)


def land_texts() -> None:
    square = land(parcel([z(SQUARE)]))
    save("land_utf8.txt", square)
    save("land_utf8_bom.txt", square, "utf-8-sig")
    save("land_gbk.txt", square, "gbk")
    save("land_utf16_le_bom.txt", "\ufeff" + square, "utf-16-le")
    save("land_utf16_be.txt", square, "utf-16-be")
    save("land_no_prefix.txt", land(parcel([SQUARE])))
    save("land_no_prefix_no_zone.txt", land(parcel([SQUARE]), zone=""))
    save("land_zone_empty_prefix.txt", land(parcel([z(SQUARE)]), zone=""))
    save("land_six_degrees.txt", land(parcel([z(SQUARE, 19)]), degrees="6", zone="19"))
    save("land_xian_1980.txt", land(parcel([z(SQUARE)]), datum="1980西安坐标系"))
    save("land_beijing_1954.txt", land(parcel([SQUARE]), datum="北京54坐标系", zone="37"))
    save("land_swapped.txt", land(parcel([swap(z(SQUARE))])))
    save("land_one_corner_swapped.txt", land(parcel([[*z(SQUARE)[:2], *swap(z(SQUARE)[2:3]), *z(SQUARE)[3:]]])))
    save("land_open_ring.txt", land(parcel([z(SQUARE)], closed=False)))
    save("land_count_with_closing.txt", land(parcel([z(SQUARE)], count=5)))
    save("land_count_wrong.txt", land(parcel([z(SQUARE)], count=6)))
    save("land_labels_without_j.txt", land(parcel([z(SQUARE)], label="")))
    save(
        "land_thirteen_fields.txt",
        land(parcel([z(SQUARE)], head=f"4,2.0000,{ID},青石岭采石场,面,,采矿用地,0602,稷山县,,,,@")),
    )
    save("land_no_attributes.txt", "[地块坐标]\r\n" + parcel([z(SQUARE)]) + "\r\n")
    save("land_no_parcel_line.txt", land(parcel([z(SQUARE)], head="")))
    save("land_brackets.txt", land(parcel([z(SQUARE)]), brackets="【】"))
    save("land_closing_x_x.txt", land(parcel([z(SQUARE)], closed=False) + f"\r\nJ1,1,{N},{N}"))
    save("land_zone_conflict.txt", land(parcel([z(SQUARE, 38)]), zone="37"))
    save("land_width_wrong.txt", land(parcel([z(SQUARE)]), degrees="6"))
    save("land_hole.txt", land(parcel([z(SQUARE), z(HOLE)], area="1.4000")))
    save("land_second_ring_outside.txt", land(parcel([z(SQUARE), z(BESIDE)], area="3.0000")))
    save("land_hole_first.txt", land(parcel([z(HOLE), z(SQUARE)], area="1.4000")))
    save("land_island.txt", land(parcel([z(SQUARE), z(HOLE), z(ISLAND)], area="1.4400")))
    save("land_two_licences.txt", land(parcel([z(SQUARE)]), parcel([z(BESIDE)], id=ID_2, area="1.0000")))
    save("land_two_parcels_one_number.txt", land(parcel([z(SQUARE)]), parcel([z(BESIDE)], area="1.0000")))
    save("land_area_in_mu.txt", land(parcel([z(SQUARE)], area="30.0")))
    save("land_area_wrong.txt", land(parcel([z(SQUARE)], area="2.5000")))
    save("land_is_line.txt", land(parcel([z(SQUARE)], head=f"4,0,{ID},青石岭采石场,线,,,,@")))
    save("land_self_crossing.txt", land(parcel([[z(SQUARE)[0], z(SQUARE)[2], z(SQUARE)[1], z(SQUARE)[3]]], area="")))
    save(
        "land_spike.txt",
        land(parcel([[*z(SQUARE)[:2], ("3941100.000", "37498150.000"), z(SQUARE)[1], *z(SQUARE)[2:]]], area="")),
    )
    save("land_near_duplicate.txt", land(parcel([[*z(SQUARE)[:2], ("3941199.960", "37498100.000"), *z(SQUARE)[2:]]])))
    save("land_transformation_parameters.txt", land(parcel([z(SQUARE)]), extra={"转换参数": "-12.3,45.6,7.8,0,0,0,0"}))
    save("land_two_corners.txt", land(parcel([z(SQUARE)[:2]])))
    save("land_truncated.txt", square[: square.index("J3") + 14])
    save("land_mixed_line_ends.txt", square.replace("\r\n", "\n", 6))
    save("land_emoji.txt", land(parcel([z(SQUARE)], id="石场😀1")))
    save("land_formula.txt", land(parcel([z(SQUARE)], id="=HYPERLINK(1)")))
    save(
        "land_full_width.txt",
        land(parcel([z(SQUARE)])).translate(str.maketrans("0123456789.,", "０１２３４５６７８９．，")),
    )
    save("land_mixed_prefix.txt", land(parcel([[*z(SQUARE)[:3], SQUARE[3]]])))
    save("land_letters_in_number.txt", land(parcel([[*z(SQUARE)[:3], (S, "3749800O.000")]])))


def tables() -> None:
    statements = (
        f"采矿许可证号：{ID}\n采矿权人：青石岭石料有限公司\n开采矿种：石灰岩\n开采方式：露天开采\n矿区面积：0.0200平方公里\n"
        "开采深度：由1230米至1150米标高\n有效期限：自2016年3月18日至2026年3月18日\n坐标系：2000国家大地坐标系，3度带，带号37\n高程基准：1985国家高程基准\n"
    )
    save("table_licence.csv", statements + "拐点编号,X,Y\n" + rows(z(SQUARE)))
    save("table_licence_gbk.txt", statements + "拐点编号\tX\tY\n" + rows(z(SQUARE), "\t"), "gbk")
    save("table_english.csv", "point,easting,northing\n" + rows(swap(SQUARE)))
    save("table_no_header.txt", rows(SQUARE, " "))
    save("table_swapped_under_xy.csv", "点号,X,Y\n" + rows(swap(SQUARE)))
    save(
        "table_side_by_side_down.csv",
        "坐标系：2000国家大地坐标系\n点号,X,Y,点号,X,Y\n"
        + "".join(
            f"{a},{x},{y},{a + 2},{u},{v}\n"
            for a, ((x, y), (u, v)) in enumerate(zip(z(SQUARE)[:2], z(SQUARE)[2:], strict=True), 1)
        ),
    )
    save(
        "table_side_by_side_across.csv",
        "坐标系：2000国家大地坐标系\n点号,X,Y,点号,X,Y\n"
        + "".join(f"{a},{x},{y},{a + 1},{u},{v}\n" for a, (x, y), (u, v) in [(1, *z(SQUARE)[:2]), (3, *z(SQUARE)[2:])]),
    )
    save(
        "table_two_sets.csv",
        "拐点编号,1980西安坐标系,,2000国家大地坐标系,\n,X,Y,X,Y\n"
        + "".join(f"{a},{float(x) - 3:.3f},{float(y) + 110:.3f},{x},{y}\n" for a, (x, y) in enumerate(z(SQUARE), 1)),
    )
    save(
        "table_two_sets_unnamed.csv",
        "拐点编号,X,Y,X,Y\n"
        + "".join(f"{a},{float(x) - 3:.3f},{float(y) + 110:.3f},{x},{y}\n" for a, (x, y) in enumerate(z(SQUARE), 1)),
    )
    dms = [
        ("35°36′00.000″", "110°58′40.000″"),
        ("35°36′00.000″", "110°58′44.000″"),
        ("35°35′54.000″", "110°58′44.000″"),
        ("35°35′54.000″", "110°58′40.000″"),
    ]
    save("table_dms.csv", "坐标系：CGCS2000\n点号,纬度,经度\n" + rows(dms))
    save(
        "table_dms_bad_minutes.csv",
        "坐标系：CGCS2000\n点号,纬度,经度\n" + rows([("35°61′00.000″", dms[0][1]), *dms[1:]]),
    )
    packed = [("35.3600", "110.5840"), ("35.3600", "110.5844"), ("35.3554", "110.5844"), ("35.3554", "110.5840")]
    save("table_packed.csv", "坐标系：CGCS2000（度.分秒）\n点号,B,L\n" + rows(packed))
    save("table_packed_unsaid.csv", "坐标系：CGCS2000\n点号,B,L\n" + rows(packed))
    decimal = [
        ("35.600000", "110.977778"),
        ("35.600000", "110.978889"),
        ("35.598333", "110.978889"),
        ("35.598333", "110.977778"),
    ]
    save("table_decimal_degrees.csv", "坐标系：CGCS2000\n点号,经度,纬度\n" + rows(swap(decimal)))
    columns = "licence,part,corner,north_m,east_m,floor_m,ceiling_m\n"
    save(
        "table_columns.csv",
        columns
        + "".join(
            f"{licence},{part},{at},{x},{y},{low},{high}\n"
            for licence, part, ring, low, high in [
                ("A", 1, SQUARE, 1150, 1230),
                ("A", 2, BESIDE, 1164, 1230),
                ("B", 1, SQUARE, 1000, 1100),
            ]
            for at, (x, y) in enumerate(ring, 1)
        ),
    )
    save(
        "table_overlap.csv",
        columns
        + "".join(f"{licence},1,{at},{x},{y},1150,1230\n" for licence in "AB" for at, (x, y) in enumerate(SQUARE, 1)),
    )
    save(
        "table_band_upside_down.csv",
        columns + "".join(f"A,1,{at},{x},{y},1230,1150\n" for at, (x, y) in enumerate(SQUARE, 1)),
    )
    save("table_two_rings.csv", "点号,X,Y\n" + rows(SQUARE) + rows(HOLE))
    save(
        "table_quoted_thousands.csv",
        "点号,X,Y\n" + "".join(f'{a},"{float(x):,.3f}","{float(y):,.3f}"\n' for a, (x, y) in enumerate(SQUARE, 1)),
    )
    save("table_missing_coordinate.csv", "点号,X,Y\n" + rows(SQUARE).replace(f"{S},{E}", f"{S},"))
    save(
        "table_local_coordinates.csv",
        "点号,X,Y\n1,1200.000,8000.000\n2,1200.000,8100.000\n3,1000.000,8100.000\n4,1000.000,8000.000\n",
    )
    save(
        "table_ambiguous_axes.csv",
        "点号,X,Y\n1,500200.000,600000.000\n2,500200.000,600100.000\n3,500000.000,600100.000\n4,500000.000,600000.000\n",
    )
    save(
        "table_unclosed_quote.csv",
        '点号,X,Y\n1,"3941200.000,498000.000\n'
        + "2,3941200.000,498100.000\n3,3941000.000,498100.000\n4,3941000.000,498000.000\n" * 3,
    )
    save("table_four_columns.txt", "".join(f"{a} {x} {y} 1201.5\n" for a, (x, y) in enumerate(SQUARE, 1)))
    save("table_validity_upside_down.csv", "有效期限：自2026年3月18日至2016年3月18日\n点号,X,Y\n" + rows(SQUARE))
    save("table_statements_only.csv", f"采矿许可证号：{ID}\n坐标系：2000国家大地坐标系\n")
    save("table_number_old.csv", "采矿许可证号：1400000720123\n拐点,X,Y\n" + rows(SQUARE))
    save("table_number_letter_o.csv", "采矿许可证号：C14082420160371100O0101\n拐点,X,Y\n" + rows(SQUARE))


def cass() -> None:
    points = [f"{at},,{y},{x},1201.5" for at, (x, y) in enumerate(SQUARE, 1)]
    save("cass_plain.dat", "\n".join(points) + "\n")
    save("cass_prefix.dat", "4\r\n" + "\r\n".join(f"{at},KJ,{y},{x},0" for at, (x, y) in enumerate(z(SQUARE), 1)))
    save(
        "cass_codes.dat",
        "\n".join(
            f"{at},{code},{y},{x},0" for code, ring in [("W", SQUARE), ("K", HOLE)] for at, (x, y) in enumerate(ring, 1)
        ),
    )
    save("cass_swapped.dat", "\n".join(f"{at},,{x},{y},0" for at, (x, y) in enumerate(SQUARE, 1)))
    save("cass_four_fields.dat", "1,,498000.000,3941200.000,0\n2,,498100.000,3941200.000\n")


def workbook(sheets: dict[str, list[list[str | float]]]) -> bytes:
    """A workbook as small as the format allows; the same bytes each time."""

    def cell(at: str, value: str | float) -> str:
        if isinstance(value, str):
            return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return f'<c r="{at}"><v>{value!r}</v></c>'

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    names = list(sheets)
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = {"/xl/workbook.xml": f"{office}.sheet.main+xml"} | {
        f"/xl/worksheets/sheet{n}.xml": f"{office}.worksheet+xml" for n in range(1, len(names) + 1)
    }
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides.items())
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}">'
        f'<Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        + "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{relations}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(names) + 1)
        )
        + "</Relationships>",
    }
    for n, table in enumerate(sheets.values(), 1):
        lines = "".join(
            f'<row r="{r}">'
            + "".join(cell(f"{chr(65 + c)}{r}", value) for c, value in enumerate(line) if value != "")
            + "</row>"
            for r, line in enumerate(table, 1)
        )
        files[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'
    return archive({name: '<?xml version="1.0" encoding="UTF-8"?>' + text for name, text in files.items()})


def archive(files: dict[str, str]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as found:
        for name, text in files.items():
            found.writestr(zipfile.ZipInfo(name, (2024, 5, 20, 0, 0, 0)), text.encode())
    return buffer.getvalue()


def workbooks() -> None:
    def corners(ring: list[tuple[str, str]]) -> list[list[str | float]]:
        return [[float(at), float(x), float(y)] for at, (x, y) in enumerate(ring, 1)]

    head: list[list[str | float]] = [
        ["青石岭采石场矿区范围拐点坐标表"],
        ["坐标系", "2000国家大地坐标系"],
        ["点号", "X", "Y"],
    ]
    save("book_one_sheet.xlsx", workbook({"Sheet1": [*head, *corners(z(SQUARE))]}))
    save(
        "book_two_sheets.xlsx",
        workbook({"东采区": [*head, *corners(z(BESIDE))], "西采区": [*head, *corners(z(SQUARE))], "说明": [["无"]]}),
    )
    save(
        "book_text_dms.xlsx",
        workbook(
            {
                "Sheet1": [
                    ["CGCS2000"],
                    ["点号", "经度", "纬度"],
                    *[
                        [str(at), lon, lat]
                        for at, (lat, lon) in enumerate(
                            [
                                ("35°36′00.000″", "110°58′40.000″"),
                                ("35°36′00.000″", "110°58′44.000″"),
                                ("35°35′54.000″", "110°58′44.000″"),
                                ("35°35′54.000″", "110°58′40.000″"),
                            ],
                            1,
                        )
                    ],
                ]
            }
        ),
    )
    save("book_no_corners.xlsx", workbook({"Sheet1": [["姓名", "电话"], ["张三", 12345678.0]]}))
    save("book_truncated.xlsx", workbook({"Sheet1": [*head, *corners(z(SQUARE))]})[:700])


def vectors() -> None:
    ring = [[float(y), float(x)] for x, y in [*SQUARE, SQUARE[0]]]
    hole = [[float(y), float(x)] for x, y in [*HOLE, HOLE[0]]]
    crs = '"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4546"}}'

    def feature(rings: list[list[list[float]]], more: str = "") -> str:
        lines = ",".join("[" + ",".join(f"[{x!r},{y!r}]" for x, y in ring) + "]" for ring in rings)
        geometry = f'{{"type":"Polygon","coordinates":[{lines}]}}'
        return f'{{"type":"Feature","properties":{{"licence":"{ID}"{more}}},"geometry":{geometry}}}'

    area = ',"area_km2":0.0140'
    save("vector_good.geojson", f'{{"type":"FeatureCollection",{crs},"features":[{feature([ring, hole], area)}]}}')
    save(
        "vector_swapped.geojson",
        f'{{"type":"FeatureCollection",{crs},"features":[{feature([[each[::-1] for each in ring]])}]}}',
    )
    save("vector_unclosed.geojson", f'{{"type":"FeatureCollection",{crs},"features":[{feature([ring[:-1]])}]}}')

    def polyline(layer: str, corners: list[tuple[str, str]], closed: int) -> str:
        points = "".join(f"10\n{y}\n20\n{x}\n" for x, y in corners)
        return (
            f"0\nLWPOLYLINE\n8\n{layer}\n100\nAcDbEntity\n100\nAcDbPolyline\n90\n{len(corners)}\n70\n{closed}\n{points}"
        )

    def drawing(*entities: str) -> str:
        return "0\nSECTION\n2\nENTITIES\n" + "".join(entities) + "0\nENDSEC\n0\nEOF\n"

    label = "0\nTEXT\n8\nNOTE\n10\n498000.0\n20\n3941000.0\n40\n2.5\n1\nJ1\n"
    save(
        "drawing_two_layers.dxf",
        drawing(polyline("KQ1", SQUARE, 1), polyline("KQ1", HOLE, 1), polyline("KQ2", BESIDE, 1), label),
    )
    save("drawing_open.dxf", drawing(polyline("KQ1", SQUARE, 0)))
    save("drawing_one_open.dxf", drawing(polyline("KQ1", SQUARE, 1), polyline("KQ2", BESIDE, 0)))

    line = "110.977778,35.6,0 110.978889,35.6,0 110.978889,35.598333,0 110.977778,35.598333,0 110.977778,35.6,0"
    ring_of_kml = f"<LinearRing><coordinates>{line}</coordinates></LinearRing>"
    polygon = f"<Polygon><outerBoundaryIs>{ring_of_kml}</outerBoundaryIs></Polygon>"
    point = "<Point><coordinates>110.977778,35.6,0</coordinates></Point>"
    marks = "".join(
        f"<Placemark><name>{name}</name>{geometry}</Placemark>" for name, geometry in [(ID, polygon), ("J1", point)]
    )
    kml = (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>'
        f"<name>矿区</name>{marks}</Folder></Document></kml>"
    )
    save("map_placemark.kml", kml)
    save("map_placemark.kmz", archive({"doc.kml": kml}))
    shapefile("shape_gbk_no_cpg", "gbk", None, 0)
    shapefile("shape_gbk_ldid", "gbk", None, 0x4D)
    shapefile("shape_utf8_cpg", "utf-8", "UTF-8", 0)
    shapefile("shape_broken_text", None, None, 0)


def shapefile(name: str, encoding: str | None, cpg: str | None, ldid: int) -> None:
    """One square with Chinese names of columns, byte by byte."""
    ring = [(float(y), float(x)) for x, y in [*SQUARE, SQUARE[0]]]
    box = (float(W), float(S), float(E), float(N))
    content = struct.pack("<i4d3i", 5, *box, 1, 5, 0) + b"".join(struct.pack("<2d", *each) for each in ring)

    def header(size: int) -> bytes:
        return struct.pack(">i5i i", 9994, 0, 0, 0, 0, 0, size // 2) + struct.pack("<2i4d4d", 1000, 5, *box, 0, 0, 0, 0)

    save(f"{name}.shp", header(108 + len(content)) + struct.pack(">2i", 1, len(content) // 2) + content)
    save(f"{name}.shx", header(108) + struct.pack(">2i", 50, len(content) // 2))
    fields = (
        [("许可证号", "晋采001号"), ("采矿权人", "青石岭石料有限公司")]
        if encoding
        else [("licence", "A"), ("holder", "")]
    )
    data = (
        struct.pack("<4BIHH", 3, 124, 5, 20, 1, 32 * len(fields) + 33, 1 + 40 * len(fields))
        + bytes(17)
        + bytes([ldid, 0, 0])
    )
    row = b" "
    for column, value in fields:
        data += column.encode(encoding or "ascii")[:10].ljust(11, b"\0") + b"C" + bytes(4) + bytes([40, 0]) + bytes(14)
        row += (value.encode(encoding) if encoding else b"\xff\xfe\xa0\xff" if column == "holder" else b"A").ljust(40)
    save(f"{name}.dbf", data + b"\r" + row + b"\x1a")
    if cpg:
        save(f"{name}.cpg", cpg)
    # Without .prj: the CRS has to be stated.


def hostile() -> None:
    save("bad_empty.txt", b"")
    save("bad_blank.csv", b" \r\n\t\r\n")
    save("bad_binary.txt", bytes(range(256)) * 4)
    save("bad_zip_named_txt.txt", archive({"a.txt": "nothing"}))
    save("bad_not_utf8_not_gbk.txt", b"J1,1,3941200.000,37498000.000\n\xff\xfe\xfd\xff\n")
    save("bad_prose.txt", "矿区位于稷山县城北，范围见附图。\n")


if __name__ == "__main__":
    land_texts()
    tables()
    cass()
    workbooks()
    vectors()
    hostile()
