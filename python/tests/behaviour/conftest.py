"""A small scene whose volumes can be worked by hand: level ground at 100 m, 40 m x 40 m, into which boxes are dug."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

import overcut as oc

from .. import postgresql

WEST, NORTH = 500_000.0, 3_940_040.0
CRS = "EPSG:4546"
REPOSITORY = Path(__file__).parents[3]
TESTDATA = REPOSITORY / "testdata"

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing outside is ever found.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    # Three dimensions without a graphics card.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--window-size=1500,1400",
)


def rectangle(east, south, west=WEST, north=NORTH):
    """Rectangle in metres from the north-western corner: ranges to the east and to the south."""
    return shapely.box(west + east[0], north - south[1], west + east[1], north - south[0])


def level(shape=(40, 40), height_m=100.0):
    return np.full(shape, height_m)


def dig(heights, east, south, depth_m):
    """Heights with a box dug out; negative depths are dumps."""
    heights = heights.copy()
    heights[south[0] : south[1], east[0] : east[1]] -= depth_m
    return heights


def array_dem(heights, date, **stated):
    arguments = {"transform": Affine(1, 0, WEST, 0, -1, NORTH), "crs": CRS, "sigma_m": 0.05, "vertical_datum": "1985"}
    return oc.Dem(heights, date=date, **{**arguments, **stated})


def write_raster(path, heights, *, crs=CRS, transform=None, nodata=None, **profile):
    heights = np.atleast_3d(heights) if heights.ndim == 2 else heights
    if heights.shape[-1] == 1:
        heights = np.moveaxis(heights, -1, 0)
    options = {
        "driver": "GTiff",
        "width": heights.shape[2],
        "height": heights.shape[1],
        "count": heights.shape[0],
        "dtype": heights.dtype,
        "crs": crs,
        "transform": transform or Affine(1, 0, WEST, 0, -1, NORTH),
        "nodata": nodata,
        **profile,
    }
    with rasterio.open(path, "w", **options) as dataset:
        dataset.write(heights)
    return path


def licence(name="A", ground=None, **stated):
    ground = rectangle((0, 15), (0, 40)) if ground is None else ground
    arguments = {
        "floor_m": 50.0,
        "ceiling_m": 150.0,
        "valid_from": "2016-01-01",
        "valid_to": "2030-01-01",
        "vertical_datum": "1985",
    }
    return oc.Licence(name, ground, **{**arguments, **stated})


@pytest.fixture
def before():
    return level()


@pytest.fixture
def after(before):
    """A pit of 10 m x 10 m, 2 m deep, from 10 to 20 m east and south: half of it inside `licence()`."""
    return dig(before, (10, 20), (10, 20), 2.0)


@pytest.fixture
def dems(before, after):
    return [array_dem(before, "2021-05-01"), array_dem(after, "2024-05-20")]


@pytest.fixture
def case(dems):
    return oc.assess(dems, [licence()])


@pytest.fixture
def files(tmp_path, before, after):
    """Both surfaces as rasters, and the licence as a GeoPackage."""
    from geopandas import GeoDataFrame

    write_raster(
        tmp_path / "2021.tif", before.astype("float32"), nodata=-9999.0, tiled=True, blockxsize=16, blockysize=16
    )
    write_raster(tmp_path / "2024.tif", after.astype("float32"), nodata=-9999.0, compress="deflate")
    row = {
        "licence": ["A"],
        "holder": ["稷山县青石岭石料有限公司"],
        "floor_m": [50.0],
        "ceiling_m": [150.0],
        "valid_from": ["2016-01-01"],
        "valid_to": ["2030-01-01"],
        "vertical_datum": ["1985"],
    }
    GeoDataFrame(row, geometry=[rectangle((0, 15), (0, 40))], crs=CRS).to_file(
        tmp_path / "licences.gpkg", layer="licences"
    )
    return tmp_path


@pytest.fixture
def file_dems(files):
    stated = {"sigma_m": 0.05, "vertical_datum": "1985"}
    return [
        oc.Dem(files / "2021.tif", date="2021-05-01", **stated),
        oc.Dem(files / "2024.tif", date="2024-05-20", **stated),
    ]


@pytest.fixture
def case_file(files):
    """A case file for the scene."""
    (files / "pit.toml").write_text(
        """\
title = "Pit <b>"
licences = "licences.gpkg"
vertical_datum = "1985"

[[surfaces]]
path = "2021.tif"
date = 2021-05-01
sigma_m = 0.05

[[surfaces]]
path = "2024.tif"
date = "2024-05-20"
sigma_m = 0.05

[output]
directory = "out/of it"
formats = ["json", "gpkg", "csv", "cog"]
""",
        encoding="utf-8",
    )
    return files / "pit.toml"


@pytest.fixture
def run():
    """Run Python or the command line in a process of its own."""

    def start(*arguments, **options):
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False, **options
        )

    return start


def volumes(case, change="cut"):
    """Certain volumes by licences and class."""
    table = case.by_licence
    return {
        (row["licence"], row["class"]): row[f"{change}_certain_m3"]
        for _, row in table.iterrows()
        if row[f"{change}_certain_m3"] != 0.0
    }


def needed(what, *names):
    """Path of a program; without it the tests fail where they must run, and are skipped elsewhere."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        told = f"no {what} ({', '.join(names)}); scripts/setup-system.sh installs it"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    chromium = needed("browser", "chromium", "chromium-browser", "google-chrome")
    driver = needed("driver of the browser", "chromedriver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    session = webdriver.Chrome(options=options, service=Service(driver))
    session.set_page_load_timeout(100)
    session.set_script_timeout(100)
    yield session
    session.quit()


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL cluster of its own."""
    folder = postgresql.binaries()
    if folder is None:
        pytest.skip("no PostgreSQL on this machine")
    with postgresql.cluster(folder) as made:
        yield made


@pytest.fixture(params=["geopackage", "wkb", "postgis"])
def place(request, tmp_path):
    """Where a ledger can stand: a file, or an empty database without and with PostGIS."""
    if request.param == "geopackage":
        return tmp_path / "监管台账 #1.gpkg"
    url = request.getfixturevalue("cluster").database(postgis=request.param == "postgis")
    if url is None:
        pytest.skip("no PostGIS on this machine")
    return url


@pytest.fixture
def ledger(tmp_path):
    """An empty ledger in a file."""
    return oc.Ledger.open(tmp_path / "county.gpkg", create=True, crs=CRS, by="Li")


@pytest.fixture(scope="session")
def six_quarters(tmp_path_factory):
    """File of a ledger with the six quarters of `ledger_scenes`."""
    from .ledger_scenes import SIX

    path = tmp_path_factory.mktemp("six") / "county.gpkg"
    made = oc.Ledger.open(path, create=True, crs=CRS, by="Li")
    for each in SIX:
        made.add(each, by="Li")
    return path


@pytest.fixture
def full(six_quarters, tmp_path):
    """A ledger with the six quarters, for this test alone."""
    return oc.Ledger.open(shutil.copy(six_quarters, tmp_path / "county.gpkg"))
