"""Checks of licences, their writers, and what a person sees of them."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest

import overcut as oc
from overcut.cli import main
from overcut.exceptions import LicenceRefusedError, OutputError
from overcut.summary_text import width

CORPUS = Path(__file__).parents[3] / "testdata" / "licences"

# Relative difference allowed between two computations of one area on the ellipsoid.
AREA_AGREES = 1e-6


def square(west: float, south: float, side: float) -> list[tuple[float, float]]:
    return [(west, south), (west, south + side), (west + side, south + side), (west + side, south)]


def codes(found: oc.Findings) -> list[str]:
    return [each.code for each in found]


def one(found: oc.Findings, code: str) -> oc.Finding:
    (only,) = [each for each in found if each.code == code]
    return only


@pytest.mark.cross_check
@pytest.mark.parametrize("from_meridian_km", [30, 100, 136])
@pytest.mark.parametrize(("crs", "ellipsoid"), [(4546, "GRS80"), (2382, "IAU76"), (2434, "krass")])
@pytest.mark.parametrize("side_m", [200.0, 3000.0])
def test_area_on_the_ellipsoid_is_that_of_geodesics(
    crs: int, ellipsoid: str, from_meridian_km: int, side_m: float
) -> None:
    corners = square(500_000 + from_meridian_km * 1e3, 3_940_000, side_m)
    found = oc.read_licences([oc.Licence("A", corners)], crs=crs).check()
    area_m2 = float(one(found, "area_computed").values["ellipsoidal_m2"])
    # Another program: sides straight in plan, in pieces of 10 m, as geodesics of GeographicLib.
    pieces = int(side_m / 10)
    edges = [
        np.linspace(a, b, pieces, endpoint=False) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)
    ]
    x, y = np.vstack(edges).T
    projected = pyproj.CRS.from_epsg(crs)
    to_degrees = pyproj.Transformer.from_crs(projected, projected.geodetic_crs, always_xy=True)
    geod = pyproj.Geod(ellps=ellipsoid) if ellipsoid != "IAU76" else pyproj.Geod(a=6378140.0, rf=298.257)
    expected_m2 = abs(geod.polygon_area_perimeter(*to_degrees.transform(x, y))[0])
    # What is printed is rounded to 0.1 m2.
    assert area_m2 == pytest.approx(expected_m2, rel=AREA_AGREES, abs=0.06)
    # In plan the area is larger by the square of the scale: 1 + d2 / R2.
    plan_m2 = float(one(found, "area_computed").values["plan_m2"])
    distance_m = from_meridian_km * 1e3 + side_m / 2
    assert plan_m2 / area_m2 - 1 == pytest.approx((distance_m / 6.37e6) ** 2, rel=0.02, abs=3e-6)


@pytest.mark.cross_check
@pytest.mark.parametrize(
    ("stated", "name"),
    [
        ("2000国家大地坐标系", "CGCS2000"),
        ("1980西安坐标系", "Xian 1980"),
        ("1954北京坐标系", "Beijing 1954"),
        ("新北京54坐标系", "New Beijing"),
    ],
)
def test_every_zone_is_read_as_the_crs_that_the_database_of_proj_lists(tmp_path: Path, stated: str, name: str) -> None:
    path = tmp_path / "zone.csv"
    for number in [*range(13, 24), *range(25, 46)]:
        meridian, kind = (number * 3, "3-degree Gauss-Kruger") if number > 24 else (number * 6 - 3, "Gauss-Kruger")
        for prefix, tail in [("", f"CM {meridian}E"), (str(number), f"zone {number}")]:
            corners = "".join(f"{n},{3_941_000 + n * n},{prefix}{498_000 + 10 * n}\n" for n in (1, 2, 3))
            path.write_text(f"坐标系：{stated}\n带号：{number}\n点号,X,Y\n{corners}", encoding="utf-8")
            crs = pyproj.CRS(oc.read_licences(path).crs)
            assert crs.name == f"{name} / {kind} {tail}"
            parameters = {each.name: each.value for each in crs.coordinate_operation.params}
            assert parameters["Longitude of natural origin"] == meridian
            assert parameters["False easting"] == 5e5 + (number * 1e6 if prefix else 0)


def test_area_in_plan_is_told_from_that_on_the_ellipsoid(tmp_path: Path) -> None:
    # 136 km from the meridian 1 km2 in plan is 0.9995 km2 on the ellipsoid: four decimals tell them apart.
    corners = "\n".join(f"{n},{y:.3f},{x:.3f}" for n, (x, y) in enumerate(square(636_000, 3_940_000, 1000), 1))
    path = tmp_path / "plan.csv"
    for stated, code in [("1.0000", "area_is_plan"), ("0.9995", "area_agrees"), ("0.9990", "area_differs")]:
        path.write_text(f"矿区面积：{stated}平方公里\n点号,X,Y\n{corners}\n", encoding="utf-8")
        assert code in codes(oc.read_licences(path, crs=4546).check()), stated


def test_licence_of_a_wrong_zone_is_far_from_its_surfaces_and_the_zone_that_fits_is_named(tmp_path: Path) -> None:
    dem = oc.Dem(
        np.full((30, 40), 1200.0), date="2024-05-20", transform=(1, 0, 498000, 0, -1, 3941200), crs="EPSG:4546"
    )
    path = tmp_path / "wrong.csv"
    corners = [(3941190, 38498000), (3941190, 38498030), (3941170, 38498030)]
    path.write_text(
        "坐标系：CGCS2000\n点号,X,Y\n" + "".join(f"{n},{x}.0,{y}.0\n" for n, (x, y) in enumerate(corners, 1)),
        encoding="utf-8",
    )
    licences = oc.read_licences(path)
    assert licences.crs == "EPSG:4526"
    far = one(licences.check(surfaces=[dem]), "far_zone_fits")
    assert far.severity == "error"
    # Three degrees at 35.6 degrees north: 271 km.
    assert float(far.values["distance_km"]) == pytest.approx(271, abs=2)
    assert far.values["state"] == 'zone 37 (crs="EPSG:4525")'
    # In the right zone there is nothing to say.
    right = tmp_path / "right.csv"
    right.write_text(path.read_text(encoding="utf-8").replace(",38", ",37"), encoding="utf-8")
    assert not [code for code in codes(oc.read_licences(right).check(surfaces=[dem])) if code.startswith("far")]


def test_assessment_lists_a_licence_that_is_far_from_the_surfaces() -> None:
    grids: dict[str, Any] = {"transform": (1, 0, 498000, 0, -1, 3941200), "crs": "EPSG:4546", "sigma_m": 0.1}
    dems = [
        oc.Dem(np.full((30, 40), z), date=date, **grids) for z, date in [(1200.0, "2021-05-01"), (1199.0, "2024-05-20")]
    ]
    licence = oc.Licence("A", square(498000, 3941170, 30))
    case = oc.assess(dems, oc.read_licences([licence], crs="EPSG:4547"), lod_m=0.5)
    # Three degrees at 35.6 degrees north: 271.5 km.
    (far,) = [each for each in case.assumptions if "km from the surfaces" in each]
    assert re.search(r"licence A lies 27[12] km from the surfaces: .*zone 37 \(crs=\"EPSG:4546\"\)", far)


def test_licence_in_xian_1980_is_not_taken_for_cgcs2000() -> None:
    grids: dict[str, Any] = {"transform": (1, 0, 498000, 0, -1, 3941200), "crs": "EPSG:4546", "sigma_m": 0.1}
    dems = [
        oc.Dem(np.full((30, 40), z), date=date, **grids) for z, date in [(1200.0, "2021-05-01"), (1199.0, "2024-05-20")]
    ]
    with pytest.raises(oc.exceptions.CrsError):
        oc.assess(dems, CORPUS / "land_xian_1980.txt", lod_m=0.5)


def test_day_out_of_validity_is_seen() -> None:
    licence = oc.Licence("A", square(498000, 3941000, 100), valid_from="2016-03-18", valid_to="2026-03-18")
    licences = oc.read_licences([licence], crs=4546)
    assert "not_in_force" not in codes(licences.check(on="2026-03-18"))
    assert one(licences.check(on="2026-03-19"), "not_in_force").values["to"] == "2026-03-18"


def test_every_crossing_of_a_ring_is_listed_with_its_place() -> None:
    zigzag = [
        (498000, 3941000),
        (498010, 3941010),
        (498020, 3941000),
        (498030, 3941010),
        (498030, 3941000),
        (498020, 3941010),
        (498010, 3941000),
        (498000, 3941010),
    ]
    found = oc.read_licences([oc.Licence("A", zigzag)], crs=4546).check()
    places = {(each.values["x"], each.values["y"]) for each in found if each.code == "ring_crosses_itself"}
    assert places == {("498005.000", "3941005.000"), ("498015.000", "3941005.000"), ("498025.000", "3941005.000")}


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_land_text_is_read_back_as_it_was_written(tmp_path: Path, encoding: Any) -> None:
    licences = oc.read_licences(CORPUS.parent / "licences.gpkg")
    path = tmp_path / "out.txt"
    lost = licences.to_txt(path, encoding=encoding)
    assert one(lost, "not_carried").values["what"].startswith("floor_m, ceiling_m, valid_from, valid_to, holder")
    again = oc.read_licences(path)
    assert again.crs == licences.crs == "EPSG:4546"
    assert [licence.id for licence in again] == [licence.id for licence in licences]
    for old, new in zip(licences, again, strict=True):
        for before, after in zip(old.parts, new.parts, strict=True):
            # Nothing is rounded; rings may start elsewhere.
            assert after.polygon.equals(before.polygon)
            assert len(after.polygon.interiors) == len(before.polygon.interiors)
    assert not [each for each in again.findings if each.severity != "info"]
    # The area that was written is that on the ellipsoid, to its last place.
    assert {each.code for each in again.check() if each.code.startswith("area")} == {"area_agrees"}
    with pytest.raises(OutputError, match="exists already"):
        licences.to_txt(path)


def test_corner_table_is_read_back_whole(tmp_path: Path) -> None:
    licences = oc.read_licences(CORPUS.parent / "licences.gpkg")
    path = tmp_path / "out.csv"
    licences.to_corner_table(path)
    again = oc.read_licences(path)
    assert again.crs == licences.crs
    for old, new in zip(licences, again, strict=True):
        assert (old.id, old.holder, old.mineral, old.method) == (new.id, new.holder, new.mineral, new.method)
        assert (old.valid_from, old.valid_to, old.vertical_datum) == (new.valid_from, new.valid_to, new.vertical_datum)
        for before, after in zip(old.parts, new.parts, strict=True):
            assert after.polygon.equals(before.polygon)
            assert (after.floor_m, after.ceiling_m, after.layers) == (before.floor_m, before.ceiling_m, before.layers)


def test_degrees_and_formulas_survive_a_corner_table(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    corners = [(110.977778123, 35.6), (110.978889, 35.6), (110.978889, 35.598333)]
    oc.read_licences([oc.Licence("=1+1", corners)], crs=4490).to_corner_table(path)
    assert "'=1+1" in path.read_text(encoding="utf-8-sig")
    again = oc.read_licences(path)
    assert (again.crs, again[0].id) == ("EPSG:4490", "=1+1")
    assert list(again[0].parts[0].polygon.exterior.coords)[:3] == corners


def test_land_text_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    utm = oc.read_licences([oc.Licence("A", square(498000, 3941000, 100))], crs=32649)
    with pytest.raises(OutputError, match="Gauss-Krueger"):
        utm.to_txt(tmp_path / "a.txt")
    comma = oc.read_licences([oc.Licence("A,B", square(498000, 3941000, 100))], crs=4546)
    with pytest.raises(OutputError, match="comma"):
        comma.to_txt(tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []


def test_findings_are_a_tuple_and_a_table() -> None:
    found = oc.read_licences(CORPUS / "land_swapped.txt").check()
    assert isinstance(found, tuple)
    table = found.to_dataframe("zh")
    assert list(table.columns) == [
        "severity",
        "code",
        "sheet",
        "line",
        "column",
        "licence",
        "part",
        "ring",
        "corner",
        "text",
    ]
    row = table[table.code == "axes_exchanged"].iloc[0]
    assert (row.severity, row.line, row.corner) == ("warning", "14", "J1")
    assert "颠倒" in row.text
    assert found.worst == "warning"


def test_options_of_reading_are_checked() -> None:
    with pytest.raises(ValueError, match="north_east"):
        oc.read_licences(CORPUS / "land_utf8.txt", axes="xy")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="25 to 45"):
        oc.read_licences(CORPUS / "land_utf8.txt", zone=111)
    with pytest.raises(LicenceRefusedError) as refused:
        oc.read_licences(CORPUS / "land_no_prefix.txt", zone=24)
    assert refused.value.finding.code == "zone_unknown"
    with pytest.raises(ValueError, match="go with files"):
        oc.read_licences([oc.Licence("A", square(0, 0, 1))], zone=37)


@pytest.mark.parametrize(
    ("file", "more", "code"),
    [
        ("land_utf8.txt", [], 0),
        ("land_swapped.txt", [], 4),
        ("land_self_crossing.txt", [], 1),
        ("land_zone_conflict.txt", [], 1),
        ("land_zone_conflict.txt", ["--zone", "38"], 4),
        ("no_such_file.txt", [], 3),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_exit_code_tells_the_worst(
    file: str, more: list[str], code: int, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["licence", "check", str(CORPUS / file), "--lang", lang, *more]) == code
    out = capsys.readouterr().out
    if code != 3:
        assert file in out
        assert all(width(line) <= 101 for line in out.splitlines()[1:])
    assert ("矿" in out or "未读入" in out) == (lang == "zh" and code != 3)


def test_convert_writes_by_extension_and_replaces_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("out.csv", "out.txt", "out.gpkg", "out.geojson"):
        target = tmp_path / name
        assert main(["licence", "convert", str(CORPUS / "land_hole.txt"), str(target)]) == 0
        (licence,) = oc.read_licences(target)
        assert licence.parts[0].polygon.area == pytest.approx(14_000)
        assert main(["licence", "convert", str(CORPUS / "land_hole.txt"), str(target)]) == 3
    assert main(["licence", "convert", str(CORPUS / "land_hole.txt"), str(tmp_path / "out.xyz")]) == 3
    assert "expected .txt, .csv" in capsys.readouterr().err
    assert math.isclose(len(list(tmp_path.iterdir())), 4)
