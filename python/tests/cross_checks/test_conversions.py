"""Transformations and geoid grids against PROJ as pyproj brings it."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine

import overcut as oc

pytestmark = pytest.mark.cross_check

PLACES = [(497_000.0, 3_938_000.0), (500_000.0, 3_940_000.0), (504_321.1, 3_947_654.3)]
SEVEN = {
    "dx_m": -24.3,
    "dy_m": 103.5,
    "dz_m": 41.8,
    "rx_arcsec": -1.25,
    "ry_arcsec": 0.75,
    "rz_arcsec": 3.5,
    "scale_ppm": -4.2,
}


@pytest.mark.parametrize("convention", ["position_vector", "coordinate_frame"])
def test_seven_parameters_agree_with_a_pipeline_of_pyproj(convention):
    ours = oc.Transformation.seven_parameters(
        **SEVEN, convention=convention, from_crs=4610, to_crs=4490, source="made up", height_m=800.0
    )
    pipeline = (
        "+proj=pipeline +step +inv +proj=tmerc +lat_0=0 +lon_0=111 +x_0=500000 +a=6378140 +rf=298.257 "
        "+step +proj=affine +zoff=800 +step +proj=cart +a=6378140 +rf=298.257 "
        "+step +proj=helmert +x=-24.3 +y=103.5 +z=41.8 +rx=-1.25 +ry=0.75 +rz=3.5 +s=-4.2 "
        f"+convention={convention} +step +inv +proj=cart +ellps=GRS80 +step +proj=tmerc +lat_0=0 +lon_0=111 "
        "+x_0=500000 +ellps=GRS80"
    )
    theirs = pyproj.Transformer.from_pipeline(pipeline)
    expected = [theirs.transform(x, y, 0.0)[:2] for x, y in PLACES]
    found = ours.transform(PLACES, from_crs="EPSG:2382", to_crs="EPSG:4546")
    # GRS 80 and CGCS2000 differ by 0.1 mm in the polar radius.
    assert np.abs(np.array(found) - expected).max() < 1e-4


def test_four_parameters_agree_with_the_plane_helmert_of_proj():
    given = {"dx_m": 88.1, "dy_m": -41.3, "rotation_arcsec": 12.5, "scale_ppm": 7.7}
    ours = oc.Transformation.four_parameters(
        **given, axes="east_north", from_crs="EPSG:2382", to_crs="EPSG:4546", source="made up"
    )
    # PROJ turns the frame.
    theirs = pyproj.Transformer.from_pipeline("+proj=helmert +x=88.1 +y=-41.3 +theta=-12.5 +s=1.0000077")
    expected = [theirs.transform(x, y) for x, y in PLACES]
    assert np.abs(np.array(ours.transform(PLACES)) - expected).max() < 1e-6


def test_a_geoid_grid_gives_the_heights_that_proj_gives(tmp_path):
    rng = np.random.default_rng(11)
    anomalies = rng.normal(-27.0, 3.0, (8, 7)).astype("float32")
    path, place = tmp_path / "anomaly.gtx", Affine(1 / 60, 0, 110.95, 0, -1 / 60, 35.65)
    with rasterio.open(
        path, "w", driver="GTX", width=7, height=8, count=1, dtype="float32", crs="EPSG:4326", transform=place
    ) as dataset:
        dataset.write(anomalies, 1)
    stated = {"transform": (10, 0, 500_000, 0, -10, 3_940_000), "crs": "EPSG:4546", "sigma_m": 0.05}
    level = np.zeros((30, 20))
    by = oc.HeightShift.grid(path, to_datum="1985")
    oc.assess(
        [
            oc.Dem(level, date="2021-05-01", vertical_datum="1985", **stated),
            oc.Dem(level, date="2024-05-20", vertical_datum="ellipsoidal", height_shift=by, **stated),
        ],
        [],
        register=False,
        rasters=tmp_path / "out",
    )
    (raster,) = (tmp_path / "out").glob("dod_*.tif")
    with rasterio.open(raster) as dataset:
        found = dataset.read(1)
    to_degrees = pyproj.Transformer.from_crs(4546, 4490, always_xy=True)
    east, north = np.meshgrid(500_005.0 + 10.0 * np.arange(20), 3_939_995.0 - 10.0 * np.arange(30))
    lon, lat = to_degrees.transform(east, north)
    proj = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f"+step +proj=vgridshift +grids={path} +multiplier=1"
    )
    # Without `+inv`, a value of the grid is added to a height of 0.
    _, _, undulation = proj.transform(lon, lat, np.zeros_like(lon))
    assert np.isfinite(undulation).all()
    assert np.abs(found - -undulation).max() < 1e-5
