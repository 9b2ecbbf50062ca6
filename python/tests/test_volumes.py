"""Volumes by independent methods on the test case, and the errors of method that they must show."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

import overcut as oc

from .conftest import DATES, TESTDATA

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

CRS = "EPSG:4546"


def codes(found: oc.Volumes) -> set[str]:
    return {finding.code for finding in found.findings}


def by_method(found: oc.Volumes) -> dict[str, float]:
    return dict(zip(found.table["method"], found.table[f"{found.quantity}_m3"], strict=True))


def biggest(case: oc.Assessment, interval: int = 1) -> str:
    table = case.patches
    return str(table[table["interval"] == interval].sort_values("volume_m3").iloc[-1]["patch"])


def test_three_methods_agree_on_every_patch_of_the_test_case(case: oc.Assessment) -> None:
    for patch in [*case.patches.itertuples(), *case.fills.itertuples()]:
        found = case.volumes(patch.patch)
        assert found.verdict == "agree", found.summary()
        # The cells are those of the assessment: registered as in it, over the same outline.
        net = abs(by_method(found)["grid"])
        assert net == pytest.approx(patch.volume_m3, rel=1e-3), patch.patch
        assert abs(found.region.assessed_m3) == pytest.approx(patch.volume_m3)


def test_a_section_spacing_that_is_too_wide_is_flagged_and_a_close_one_is_not(case: oc.Assessment) -> None:
    patch = biggest(case)
    wide = case.volumes(patch, methods=("grid", "tin", "sections"), spacing_m=70.0, azimuth_deg=20.0)
    assert "spacing_too_wide" in codes(wide)
    assert wide.verdict == "disagree"
    row = wide.table.set_index("method").loc["sections"]
    # What is said of the spacing is not less than what it did.
    assert row["step_error_m3"] >= 0.5 * abs(row["difference_m3"])
    close = case.volumes(patch, methods=("grid", "tin", "sections"), spacing_m=5.0, azimuth_deg=20.0)
    assert close.verdict == "agree", close.summary()


def centres(path: Path, region: shapely.Polygon) -> np.ndarray:
    """Cell centres in and around a region."""
    import rasterio

    with rasterio.open(path) as source:
        heights = source.read(1)
        rows, cols = np.indices(heights.shape)
        x, y = (np.asarray(each) for each in source.transform * (cols.ravel() + 0.5, rows.ravel() + 0.5))
    z = heights.ravel().astype(np.float64)
    near = shapely.contains_xy(region.buffer(15.0), x, y) & (z > -9000)
    return np.column_stack([x[near], y[near], z[near]])


@pytest.fixture(scope="module")
def scene() -> ModuleType:
    """Analytic ground of the test case."""
    sys.path.insert(0, str(TESTDATA))
    try:
        import scene
    finally:
        sys.path.pop(0)
    return scene


def total_station(scene: ModuleType) -> tuple[np.ndarray, list[np.ndarray]]:
    """Survey of the pit `wild`: spot heights every 10 m; and its toes, crests and brink, as a surveyor walks them."""
    from contourpy import contour_generator

    working = next(each for each in scene.WORKINGS if each.name == "wild")
    west, south, east, north = working.box
    u, v = np.meshgrid(np.arange(west, east, 10.0), np.arange(south, north, 10.0))

    def with_heights(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        x, y = u + scene.WEST_M, v + scene.SOUTH_M
        return np.column_stack([x, y, scene.ground("2024-05-20", x, y)])

    fine_u, fine_v = np.meshgrid(np.arange(west, east, 0.25), np.arange(south, north, 0.25))
    pit = working.shape
    from_toe = scene.distance_outside(pit.toe, fine_u, fine_v)
    natural = scene.ground("2022-10-15", fine_u + scene.WEST_M, fine_v + scene.SOUTH_M)
    depth = natural - pit.surface(fine_u, fine_v)
    run = pit.bench_m / np.tan(np.radians(pit.wall_deg))
    levels = [0.05 + bench * (run + pit.berm_m) + step for bench in range(4) for step in (0.0, run - 0.05)]
    lines = contour_generator(fine_u, fine_v, depth).lines(0.0)
    # Toes and crests end where the ground was not reached.
    dug = np.where(depth > 0.2, from_toe, np.nan)
    for level in levels:
        lines += contour_generator(fine_u, fine_v, np.ma.masked_invalid(dug)).lines(level)
    kept = [
        with_heights(*shapely.get_coordinates(shapely.LineString(line).simplify(0.05)).T)
        for line in lines
        if len(line) > 4
    ]
    return with_heights(u.ravel(), v.ravel()), kept


def test_survey_points_without_their_breaklines_are_flagged_and_with_them_are_not(
    case: oc.Assessment, scene: ModuleType
) -> None:
    wild = case.patches[(case.patches["attribution"] == "unlicensed") & (case.patches["interval"] == 1)].iloc[0][
        "patch"
    ]
    points, lines = total_station(scene)
    sparse = case.volumes(wild, methods=("grid", "tin"), points=points)
    assert codes(sparse) >= {"surface_differs"}
    assert sparse.verdict == "disagree"
    full = case.volumes(wild, methods=("grid", "tin"), points=points, breaklines=lines)
    assert full.verdict == "agree", full.summary()
    assert by_method(full)["tin of points"] == pytest.approx(by_method(full)["grid"], rel=0.02)


def test_a_licence_its_part_its_band_and_its_classes_can_be_asked_about(case: oc.Assessment) -> None:
    licence = "C1408242016037110000101"
    whole = case.volumes(licence, interval=1, methods=("grid", "tin"))
    band = case.volumes(licence, interval=1, band="licence", methods=("grid", "tin"))
    assert by_method(band)["grid"] < by_method(whole)["grid"]
    part = case.volumes((licence, 1), interval=1, band=(1140.0, 1152.0), methods=("grid", "tin"))
    assert part.verdict == "agree"
    rows = case.by_licence
    for word, limit in (("within", 0.01), ("below_floor", 0.03), ("beyond_boundary", 0.03)):
        found = case.volumes((licence, word), interval=1, methods=("grid", "tin", "sections", "benches"))
        row = rows[(rows["interval"] == 1) & (rows["licence"] == licence) & (rows["class"] == word)].iloc[0]
        for method, volume in by_method(found).items():
            assert volume == pytest.approx(row["cut_measured_m3"], rel=limit), (word, method)


def test_registration_is_undone_for_every_method_alike(case: oc.Assessment) -> None:
    # The later survey is put 0.7 m east, 0.4 m north and 0.3 m up by what its georeference and heights say.
    import rasterio

    surfaces = []
    for date, (east, north, up) in zip(DATES[:2], ((0, 0, 0), (0.7, 0.4, 0.3)), strict=True):
        with rasterio.open(TESTDATA / f"dem_{date[:4]}.tif") as source:
            heights = source.read(1).astype(np.float64)
            heights[heights < -9000] = np.nan
            a, b, c, d, e, f, *_ = source.transform
        surfaces.append(
            oc.Dem(heights + up, date=date, sigma_m=0.05, transform=(a, b, c + east, d, e, f + north), crs=CRS)
        )
    moved = oc.assess(surfaces, TESTDATA / "licences.gpkg", vertical_datum="1985")
    patch = moved.patches[moved.patches["interval"] == 0].sort_values("volume_m3").iloc[-1]
    found = moved.volumes(patch["patch"])
    assert found.verdict == "agree", found.summary()
    assert by_method(found)["grid"] == pytest.approx(patch["volume_m3"], rel=1e-3)
    points = centres(TESTDATA / "dem_2022.tif", patch["geometry"]) + np.array([0.7, 0.4, 0.3])
    raw = moved.volumes(patch["patch"], methods=("grid", "tin"), points=points)
    assert by_method(raw)["tin of points"] == pytest.approx(by_method(raw)["tin"], rel=2e-3)


def test_a_section_shows_both_surveys_the_bands_and_the_level_of_detection(case: oc.Assessment) -> None:
    patch = case.patches.set_index("patch").loc[biggest(case)]
    x, y = patch["x"], patch["y"]
    cut = case.section([(x - 60, y - 10), (x + 60, y + 12)], interval=1)
    assert cut.length_m == pytest.approx(np.hypot(120, 22))
    assert list(cut.table.columns[:6]) == ["distance_m", "x", "y", *(f"z_{date}" for date in DATES)]
    assert cut.table["distance_m"].is_monotonic_increasing
    assert (cut.table["lod_m"] > 0.05).all()
    assert cut.areas_m2["cut_m2"] > 100
    assert {"licence", "floor_m", "from_m"} <= set(cut.bands.columns)
    assert len(cut.bands)


def test_a_record_that_was_read_needs_its_surfaces(case: oc.Assessment, tmp_path: object) -> None:
    again = oc.read_assessment(case.to_json(tmp_path / "case.json"))
    patch = biggest(case)
    with pytest.raises(oc.OvercutError, match="surfaces="):
        again.volumes(patch)
    surfaces = [oc.Dem(TESTDATA / f"dem_{date[:4]}.tif", date=date) for date in DATES]
    found = again.volumes(patch, surfaces=surfaces, methods=("grid",))
    assert by_method(found) == by_method(case.volumes(patch, methods=("grid",)))


def test_both_languages_say_what_is_wrong(case: oc.Assessment) -> None:
    wide = case.volumes(biggest(case), methods=("grid", "sections"), spacing_m=70.0)
    assert "断面" in wide.summary("zh")
    assert "could not be verified" in wide.summary("en")


@pytest.mark.parametrize("region", ["nobody", ("nobody", 1), ("C1408242016037110000101", "unlicensed"), 7])
def test_an_unknown_region_is_refused_with_the_known_ones(case: oc.Assessment, region: object) -> None:
    with pytest.raises(oc.OvercutError, match=r"licence|expected"):
        case.volumes(region)
