"""The same figures from other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

import overcut as oc

from ..conftest import ROOT, TESTDATA, TRANSFORM, dem

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.cross_check
FORT_BRAGG = ROOT.parent / "shared" / "data" / "fort_bragg"


def test_volumes_in_random_polygons_agree_with_exactextract(tmp_path: Path) -> None:
    from affine import Affine
    from exactextract import exact_extract

    rng = np.random.default_rng(7)
    removed = rng.random((60, 60)).astype(np.float32)
    polygons = []
    for _ in range(20):
        x, y, size = *rng.uniform(5, 55, 2), rng.uniform(0.3, 12)
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
        corners = np.column_stack([x + size * np.cos(angles), y + size * np.sin(angles)])
        polygons.append(shapely.Polygon(corners + np.array([TRANSFORM[2], TRANSFORM[5] - 60.0])))
    path = tmp_path / "removed.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=60,
        width=60,
        count=1,
        dtype="float32",
        crs="EPSG:4546",
        transform=Affine(*TRANSFORM),
    ) as target:
        target.write(removed, 1)
    frame = gpd.GeoDataFrame({"licence": [f"L{i:02}" for i in range(20)]}, geometry=polygons, crs="EPSG:4546")
    theirs = exact_extract(str(path), frame, ["sum", "count"], output="pandas")
    flat = np.full((60, 60), 100.0, dtype=np.float64)
    surfaces = [dem(flat, "2021-05-01"), dem(flat - removed, "2024-05-20")]
    for index in range(20):
        case = oc.assess(surfaces, frame.iloc[[index]], elevation="plan_only", min_area_m2=1e6, lod_m=0, register=False)
        rows = case.to_dict()["rows"]
        inside = [row for row in rows if row["class"] == "inside_boundary"]
        assert sum(row["cut_m3"] for row in inside) == pytest.approx(theirs["sum"][index], rel=1e-6, abs=1e-6)
        assert sum(row["cut_area_m2"] for row in inside) == pytest.approx(theirs["count"][index], rel=1e-6, abs=1e-6)


def test_totals_of_the_test_case_agree_with_numpy(case: oc.Assessment) -> None:
    heights = []
    for year in (2021, 2022, 2024):
        with rasterio.open(TESTDATA / f"dem_{year}.tif") as source:
            heights.append(source.read(1, masked=True).astype(np.float64).filled(np.nan))
    for interval in range(2):
        change = heights[interval + 1] - heights[interval]
        totals = case.totals.iloc[interval]
        assert totals["cut_m3"] == pytest.approx(-np.nansum(np.minimum(change, 0)), rel=1e-9)
        assert totals["fill_m3"] == pytest.approx(np.nansum(np.maximum(change, 0)), rel=1e-9)


@pytest.mark.skipif(not FORT_BRAGG.exists(), reason="the real surfaces are not here")
def test_real_surfaces_conserve_volume_and_agree_with_numpy() -> None:
    epochs = [("2004", "2004-01-01"), ("2012", "2012-01-01"), ("2016", "2016-01-01")]
    surfaces = [oc.Dem(FORT_BRAGG / f"elevation_{year}.tif", date=date, sigma_m=0.1) for year, date in epochs]
    west, south, east, north = surfaces[0].bounds
    middle = gpd.GeoDataFrame(
        {"licence": ["middle"]},
        geometry=[shapely.box(west, south, east, north).centroid.buffer(120.0)],
        crs=surfaces[0].crs,
    )
    case = oc.assess(surfaces, middle, elevation="plan_only", register=False)
    heights = []
    for year, _ in epochs:
        with rasterio.open(FORT_BRAGG / f"elevation_{year}.tif") as source:
            heights.append(source.read(1, masked=True).astype(np.float64).filled(np.nan))
            cell_m2 = abs(source.transform.a * source.transform.e)
    rows = case.to_dict()["rows"]
    for interval in range(2):
        change = heights[interval + 1] - heights[interval]
        totals = case.totals.iloc[interval]
        assert totals["cut_m3"] == pytest.approx(-np.nansum(np.minimum(change, 0)) * cell_m2, rel=1e-9)
        assert totals["fill_m3"] == pytest.approx(np.nansum(np.maximum(change, 0)) * cell_m2, rel=1e-9)
        of_classes = sum(row["cut_m3"] for row in rows if row["interval"] == interval)
        assert of_classes == pytest.approx(totals["cut_m3"], rel=1e-9)


@pytest.mark.skipif(not FORT_BRAGG.exists(), reason="the real surfaces are not here")
def test_registration_of_real_surfaces_agrees_with_xdem() -> None:
    # xDEM 0.2.3 with all defaults and random_state=42: east, north, m; cells are 1 m.
    of_xdem = {"robust_least_squares": (0.187, -0.196), "nuth_kaab": (-0.030, -0.151)}
    surfaces = [oc.Dem(FORT_BRAGG / f"elevation_{year}.tif", date=f"{year}-01-01") for year in (2012, 2016)]
    for method, (east_m, north_m) in of_xdem.items():
        found = oc.register(surfaces, method=method).to_dict()["found"]
        assert np.hypot(found["east_m"] - east_m, found["north_m"] - north_m) < 0.1


@pytest.mark.skipif(not FORT_BRAGG.exists(), reason="the real surfaces are not here")
def test_where_programs_differ_on_real_surfaces_the_standard_error_says_so() -> None:
    # From 2004 to 2012 its cosine and its least squares are 0.31 m apart.
    surfaces = [oc.Dem(FORT_BRAGG / f"elevation_{year}.tif", date=f"{year}-01-01") for year in (2004, 2012)]
    found = oc.register(surfaces).to_dict()
    sigma_m = {each["name"]: each["sigma"] for each in found["parameters"]}
    assert sigma_m["east_m"] > 0.1
    for of_xdem in ((0.017, 0.796), (0.042, 0.486)):
        for name, other_m in zip(("east_m", "north_m"), of_xdem, strict=True):
            assert abs(found["found"][name] - other_m) < 2.0 * sigma_m[name]
