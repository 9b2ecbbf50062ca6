"""One process with the other packages of the field, in any order and under hostile settings."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .conftest import TESTDATA

if TYPE_CHECKING:
    from pathlib import Path

OVERCUT = f"""
import overcut as oc
dem = oc.Dem({str(TESTDATA / "dem_2021.tif")!r}, date="2021-05-01", sigma_m=0.05, vertical_datum="1985")
zoned = oc.Dem(__import__("numpy").zeros((4, 4), dtype="float32"), date="2024-05-20", sigma_m=0.05, crs="EPSG:4525",
               transform=(1.0, 0.0, 37498000.0, 0.0, -1.0, 3940400.0), vertical_datum="1985")
case = oc.assess([dem, zoned], oc.read_licences({str(TESTDATA / "licences.gpkg")!r}))
assert any("EPSG:4525" in s or "resampled" in s for s in case.assumptions), case.assumptions
"""
OTHERS = {
    "rasterio": f"""
import rasterio, rasterio.warp
rasterio.warp.transform("EPSG:4546", "EPSG:4490", [498000.0], [3940000.0])
rasterio.open({str(TESTDATA / "dem_2021.tif")!r}).read(1)
""",
    "pyproj": """
import pyproj
pyproj.Transformer.from_crs("EPSG:4546", "EPSG:4490").transform(3940000.0, 498000.0)
""",
    "geopandas": f"""
import geopandas
geopandas.read_file({str(TESTDATA / "licences.gpkg")!r}).to_crs("EPSG:4490")
""",
    "fiona": f"""
import fiona
list(fiona.open({str(TESTDATA / "licences.gpkg")!r}))
""",
}


def run(code: str, **settings: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("first", [True, False], ids=["overcut first", "overcut last"])
@pytest.mark.parametrize("other", OTHERS)
def test_it_works_beside_other_packages(other: str, first: bool) -> None:
    run(OVERCUT + OTHERS[other] if first else OTHERS[other] + OVERCUT)


def test_it_works_beside_all_of_them_at_once() -> None:
    run("".join(OTHERS.values()) + OVERCUT + "".join(OTHERS.values()))


@pytest.mark.parametrize("value", ["nowhere", "wrong"])
def test_hostile_search_paths_do_no_harm(tmp_path: Path, value: str) -> None:
    folder = tmp_path / value
    if value == "wrong":
        folder.mkdir()
        (folder / "proj.db").write_bytes(b"not a database")
    settings = dict.fromkeys(("PROJ_DATA", "PROJ_LIB", "GDAL_DATA"), str(folder))
    run(OVERCUT, **settings)


def test_results_do_not_depend_on_installed_datum_grids(tmp_path: Path) -> None:
    """Whether BETA2007.gsb lies on the search path or not, the operation that needs it is refused, not replaced."""
    (tmp_path / "BETA2007.gsb").write_bytes(b"")
    code = """
import geopandas as gpd, numpy as np, shapely, overcut as oc
dem = lambda date: oc.Dem(np.zeros((4, 4), dtype="float32"), date=date, sigma_m=0.1, crs="EPSG:25832",
                          transform=(1.0, 0.0, 5e5, 0.0, -1.0, 5.5e6))
frame = gpd.GeoDataFrame({"licence": ["A"]}, geometry=[shapely.box(9.0, 49.6, 9.001, 49.601)], crs="EPSG:4314")
try:
    oc.assess([dem("2020-01-01"), dem("2021-01-01")], frame)
except oc.exceptions.CrsError as error:
    assert "BETA2007" in str(error), error
else:
    raise AssertionError("not refused")
"""
    run(code)
    run(code, PROJ_DATA=str(tmp_path), PROJ_LIB=str(tmp_path))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent the POSIX way")
def test_an_interrupt_ends_the_run_without_a_result() -> None:
    code = """
import os, signal, threading, numpy as np, overcut as oc
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what starts in the background
dem = lambda date: oc.Dem(np.zeros((3000, 3000), dtype="float32"), date=date, sigma_m=0.1, crs="EPSG:4546",
                          transform=(1.0, 0.0, 5e5, 0.0, -1.0, 4e6))
surfaces = [dem("2020-01-01"), dem("2021-01-01")]
def stop(done, all_):
    os.kill(os.getpid(), signal.SIGINT)
try:
    oc.assess(surfaces, [], block_shape=(16, 3000), progress=stop)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "interrupted", done.stderr
