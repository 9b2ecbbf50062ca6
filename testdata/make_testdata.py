"""Writes the test case: three surveyed surfaces, the licences, and the truth.

    python make_testdata.py                    rewrite all files beside this script (about a minute)
    python make_testdata.py --truth            recompute truth.json alone
    python make_testdata.py --noise-free DIR   the three surfaces without noise, rounding and voids, into DIR

`scene.py` says what happens in the scene, `licences.py` who may dig where, `truth.py` how the truth is found and
`checks.py` what must hold; this script adds what a survey does to a surface. Every survey has its own seed, so the
files come out the same on every run.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio
from rasterio import transform
from shapely import to_wkb

import checks
import scene
import truth
from licences import LICENCE_PARTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scene import Heights

HERE = Path(__file__).parent
SEED = 20_240_520
NODATA = -9999.0
# What case.toml states for each survey. The noise below has a sigma of 0.042 m: a surveyor rounds up.
STATED_SIGMA_M = 0.05
CORRELATED_SIGMA_M = 0.03  # orientation of the image block: neighbouring cells err together
WHITE_SIGMA_M = 0.03  # matching of the images: each cell errs for itself
CORRELATION_RANGE_M = 15.0  # distance at which the correlation has fallen to 5 %


@dataclass(frozen=True)
class Void:
    """An ellipse without heights in one survey: its centre (u, v) and half axes in metres."""

    u: float
    v: float
    half_east_m: float
    half_north_m: float


VOIDS = {
    "2021-05-01": (Void(355.0, 330.0, 6.0, 4.0), Void(120.0, 180.0, 4.0, 3.0), Void(295.0, 55.0, 5.0, 9.0)),
    # The last one is tiny and sits on the rim of pit B/C, half on dug ground: volume goes missing in both intervals.
    "2022-10-15": (Void(210.0, 60.0, 5.0, 5.0), Void(330.0, 210.0, 3.0, 6.0), Void(330.5, 110.0, 1.2, 1.7)),
    "2024-05-20": (Void(455.0, 372.0, 6.0, 5.0), Void(220.0, 350.0, 4.0, 4.0), Void(25.0, 165.0, 7.0, 3.0)),
}


def raster_name(epoch: str) -> str:
    """File of a survey."""
    return f"dem_{epoch[:4]}.tif"


def void_cells(epoch: str) -> NDArray[np.bool_]:
    """Cells whose centre lies in a void of a survey."""
    x, y = scene.sample_points((0, 0, scene.COLUMNS, scene.ROWS), per_side=1)
    u, v = x - scene.WEST_M, y - scene.SOUTH_M
    cells = np.zeros((scene.ROWS, scene.COLUMNS), dtype=bool)
    for void in VOIDS[epoch]:
        cells |= ((u - void.u) / void.half_east_m) ** 2 + ((v - void.v) / void.half_north_m) ** 2 <= 1.0
    return cells


def survey_noise(epoch: str) -> Heights:
    """Error of a survey: a part that neighbours share and a white part, both of zero mean."""
    random = np.random.default_rng([SEED, scene.EPOCHS.index(epoch)])
    # White noise smoothed with a bell of width w has the correlation exp(-d² / 4w²), which is 5 % at d = w √(4 ln 20).
    bell_cells = CORRELATION_RANGE_M / np.sqrt(4.0 * np.log(20.0)) / scene.CELL_M
    reach = int(np.ceil(4.0 * bell_cells))
    offsets = np.arange(-reach, reach + 1)
    bell = np.exp(-0.5 * (offsets / bell_cells) ** 2)
    bell /= np.sqrt(np.sum(bell**2))  # keeps the sigma of what it smooths
    field = random.standard_normal((scene.ROWS + 2 * reach, scene.COLUMNS + 2 * reach))
    for axis in (0, 1):
        field = np.apply_along_axis(np.convolve, axis, field, bell, mode="valid")
    return CORRELATED_SIGMA_M * field + WHITE_SIGMA_M * random.standard_normal((scene.ROWS, scene.COLUMNS))


def surveyed_surface(epoch: str) -> Heights:
    """Surface as surveyed: with noise, to the millimetre, with voids."""
    heights = np.round(scene.noise_free_surface(epoch) + survey_noise(epoch), 3)
    heights[void_cells(epoch)] = NODATA
    return heights


def write_surface(path: Path, heights: Heights) -> None:
    """Write a surface as a tiled float32 GeoTIFF."""
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=scene.COLUMNS,
        height=scene.ROWS,
        count=1,
        dtype="float32",
        nodata=NODATA,
        crs=scene.CRS,
        transform=transform.from_origin(scene.WEST_M, scene.NORTH_M, scene.CELL_M, scene.CELL_M),
        tiled=True,
        blockxsize=256,
        blockysize=256,
        compress="DEFLATE",
        predictor=3,
        zlevel=9,
    ) as dataset:
        dataset.write(heights.astype("float32"), 1)


def licence_table() -> gpd.GeoDataFrame:
    """Tabulate the licences, one row per part."""
    columns = (
        "licence",
        "part",
        "holder",
        "mineral",
        "method",
        "floor_m",
        "ceiling_m",
        "valid_from",
        "valid_to",
        "layers",
    )
    rows = [{name: getattr(part, name) for name in columns} for part in LICENCE_PARTS]
    table = gpd.GeoDataFrame(rows, geometry=[part.polygon for part in LICENCE_PARTS], crs=scene.CRS)
    return table.assign(vertical_datum=scene.VERTICAL_DATUM)


def write_licences(path: Path) -> None:
    """Write the licences as a GeoPackage layer.

    Not with `to_file`: pandas has no type for a day, and the dates would be written as text.
    """
    types = {"part": "int32", "floor_m": "float64", "ceiling_m": "float64"}
    types |= dict.fromkeys(("valid_from", "valid_to"), "datetime64[D]")
    table = licence_table()
    attributes = table.drop(columns="geometry")
    path.unlink(missing_ok=True)
    # GeoPackage keeps the time of writing; a fixed one keeps the file the same on every run.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2024-06-01T00:00:00.000Z"})
    pyogrio.raw.write(
        path,
        geometry=to_wkb(table.geometry.array),
        field_data=[np.array(list(attributes[name]), dtype=types.get(name, "object")) for name in attributes],
        fields=list(attributes),
        layer="licences",
        driver="GPKG",
        geometry_type="Polygon",
        crs=scene.CRS,
    )


def volumes_under_voids() -> list[dict[str, float]]:
    """Per interval, the change that no comparison can see because one of the two surveys has no height there."""
    hidden: list[dict[str, float]] = []
    for start, end in scene.INTERVALS:
        change_m = scene.noise_free_surface(end) - scene.noise_free_surface(start)
        change_m = change_m[void_cells(start) | void_cells(end)]
        hidden.append({})
        for kind, thickness_m in (("cut", -change_m), ("fill", change_m)):
            volume_m3 = float(np.maximum(thickness_m, 0.0).sum()) * scene.CELL_M**2
            hidden[-1][f"{kind}_under_voids_m3"] = round(volume_m3, 3)
    return hidden


def write_truth(path: Path) -> None:
    """Compute, check and write the truth."""
    found = truth.scene_truth()
    checks.check_all(found)
    for total, hidden in zip(found["totals"], volumes_under_voids(), strict=True):
        total.update(hidden)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the overcut test case.")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--noise-free", metavar="DIR", type=Path, help="write noise-free, hole-free surfaces into DIR")
    which.add_argument("--truth", action="store_true", help="recompute truth.json alone")
    arguments = parser.parse_args()
    if arguments.noise_free:
        arguments.noise_free.mkdir(parents=True, exist_ok=True)
        for epoch in scene.EPOCHS:
            write_surface(arguments.noise_free / raster_name(epoch), scene.noise_free_surface(epoch))
        return
    write_truth(HERE / "truth.json")
    if not arguments.truth:
        write_licences(HERE / "licences.gpkg")
        for epoch in scene.EPOCHS:
            write_surface(HERE / raster_name(epoch), surveyed_surface(epoch))


if __name__ == "__main__":
    main()
