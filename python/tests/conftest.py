"""The test case of the project, with and without its noise, and surfaces in memory at its place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import overcut as oc

if TYPE_CHECKING:
    import numpy as np

ROOT = Path(__file__).resolve().parents[2]
TESTDATA = ROOT / "testdata"
DATES = ("2021-05-01", "2022-10-15", "2024-05-20")
TRANSFORM = (1.0, 0.0, 498_000.0, 0.0, -1.0, 3_941_000.0)


def dem(heights: np.ndarray, date: str, **options: object) -> oc.Dem:
    """A surface in memory in EPSG:4546."""
    stated = {"sigma_m": 0.05, "crs": "EPSG:4546", "transform": TRANSFORM, "vertical_datum": "1985"} | options
    return oc.Dem(heights, date=date, **stated)


@pytest.fixture(scope="session")
def noise_free(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("noise-free")
    script = TESTDATA / "make_testdata.py"
    subprocess.run([sys.executable, script, "--noise-free", directory], check=True, capture_output=True)
    return directory


@pytest.fixture(scope="session")
def case() -> oc.Assessment:
    """The test case with its noise, as the demo runs it."""
    surfaces = [oc.Dem(TESTDATA / f"dem_{date[:4]}.tif", date=date, sigma_m=0.05) for date in DATES]
    return oc.assess(surfaces, TESTDATA / "licences.gpkg", vertical_datum="1985")
