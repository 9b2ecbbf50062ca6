"""Makes the scene that is measured on: surveys of a quarry district and its licences.

Hills, round pits and survey noise of 0.05 m, stored to the millimetre; licences are irregular polygons that do not
overlap, so that every tool should give one total. Everything comes from seeds; surfaces are written band by band, so
that memory stays small at any size. A scene that is there already is used as it is.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

SCENES = Path(__file__).parent / "scene"
"""Where scenes are kept; ignored by git."""
EARLIER, BETWEEN, LATER = "2021-05-01", "2022-10-15", "2024-05-20"
"""Days of the surveys."""

CRS = "EPSG:4546"
WEST_M, NORTH_M = 500_000.0, 3_941_000.0
TILE = 512
NOISE_M = 0.05
SEED = 20_210_501
PIT_SPACING_M = 250.0
PIT_SHARE = 0.6
# Length in metres, height in metres, phase.
WAVES = ((1700.0, 20.0, 0.3), (430.0, 8.0, 1.1), (97.0, 2.0, 2.3))


@dataclass(frozen=True)
class Scene:
    """Files of a scene.

    Attributes
    ----------
    earlier, between, later : pathlib.Path
        The surveys; the one in between, in which pits are half as deep, is there if it was asked for.
    licences : pathlib.Path
        The licences.
    """

    earlier: Path
    between: Path
    later: Path
    licences: Path


def make_scene(size: int, licences: int, predictor: int = 1, *, with_between: bool = False) -> Scene:
    """Make a scene, or find it made.

    Parameters
    ----------
    size : int
        Rows and columns, cells of 1 m.
    licences : int
        Number of licences.
    predictor : int, optional
        Of DEFLATE: 1 = none, 2 or 3.
    with_between : bool, optional
        Whether a third survey is wanted.

    Returns
    -------
    Scene
        The files.
    """
    folder = SCENES / f"{size}_p{predictor}"
    folder.mkdir(parents=True, exist_ok=True)
    earlier, between, later = (folder / f"{name}.tif" for name in ("earlier", "between", "later"))
    scene = Scene(earlier, between, later, folder / f"licences_{licences}.gpkg")
    # Seed and how much of the pits is dug; the third came last and has the last seed.
    surveys = [(earlier, 0, 0.0), (later, 1, 1.0), *([(between, 2, 0.5)] if with_between else [])]
    for path, seed, share in surveys:
        if not path.exists():
            _write_surface(path, size, seed, share, predictor)
    if not scene.licences.exists():
        _write_licences(scene.licences, size, licences)
    return scene


def _ground(size: int, rows: slice | int, cols: slice | int):
    """Heights of undisturbed ground, metres: waves, each a product of one along x and one along y."""
    import numpy as np

    east = np.arange(size)[cols] + 0.5
    south = np.arange(size)[rows] + 0.5
    heights = 1150.0
    for length, height, phase in WAVES:
        along_x = np.sin(east / length * 2 * np.pi + phase)
        along_y = np.cos(south / (0.8 * length) * 2 * np.pi + 2 * phase)
        heights = heights + height * np.multiply.outer(along_y, along_x)
    return heights


def _pits(size: int) -> list[tuple[float, float, float, float]]:
    """x, y, radius and depth of every pit, metres from the north-western corner."""
    import numpy as np

    random = np.random.default_rng(SEED)
    places = int(np.ceil(size / PIT_SPACING_M))
    pits = []
    for row in range(places):
        for col in range(places):
            dx, dy = random.uniform(0.2, 0.8, 2)
            radius, depth, chance = random.uniform(40, 100), random.uniform(5, 25), random.uniform()
            if chance < PIT_SHARE or not pits:  # at least one, however small the scene
                pits.append(((col + dx) * PIT_SPACING_M, (row + dy) * PIT_SPACING_M, radius, depth))
    return pits


def _dig(heights, top: int, size: int, pits: list[tuple[float, float, float, float]]) -> None:
    """Dig the pits out of a band of rows that begins at row `top`."""
    import numpy as np

    bottom = top + len(heights)
    for x, y, radius, depth in pits:
        first, last = max(int(y - radius), top), min(int(y + radius) + 1, bottom)
        west, east = max(int(x - radius), 0), min(int(x + radius) + 1, size)
        if first >= last or west >= east:
            continue
        away_x = (np.arange(west, east) + 0.5 - x) / radius
        away_y = (np.arange(first, last) + 0.5 - y) / radius
        bowl = 1.0 - np.add.outer(away_y**2, away_x**2)
        heights[first - top : last - top, west:east] -= depth * np.maximum(bowl, 0.0)


def _write_surface(path: Path, size: int, seed: int, share: float, predictor: int) -> None:
    """Write one survey, in which that share of the depth of the pits is dug."""
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin
    from rasterio.windows import Window

    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": 1,
        "width": size,
        "height": size,
        "crs": CRS,
        "transform": from_origin(WEST_M, NORTH_M, 1.0, 1.0),
        "tiled": True,
        "blockxsize": TILE,
        "blockysize": TILE,
        "compress": "deflate",
        "predictor": predictor,
        "nodata": -9999.0,
        "num_threads": "all_cpus",
        "bigtiff": "if_safer",
    }
    pits = [(x, y, radius, share * depth) for x, y, radius, depth in _pits(size)] if share else []
    temporary = path.with_suffix(".making.tif")
    with rasterio.open(temporary, "w", **profile) as file:
        for top in range(0, size, TILE):
            rows = slice(top, min(top + TILE, size))
            heights = _ground(size, rows, slice(None))
            _dig(heights, top, size, pits)
            random = np.random.default_rng([SEED, seed, top])
            heights += NOISE_M * random.standard_normal(heights.shape, dtype=np.float32)
            heights = (np.round(heights * 1e3) / 1e3).astype(np.float32)
            file.write(heights, 1, window=Window(0, top, size, len(heights)))
    temporary.replace(path)


def _write_licences(path: Path, size: int, count: int) -> None:
    """Write licences on a lattice: 100 to 300 m across where there is room, smaller where there are many."""
    import geopandas
    import numpy as np
    from shapely import Polygon

    random = np.random.default_rng([SEED, count])
    across = int(np.ceil(np.sqrt(count)))
    spacing = size / across
    rows, polygons = [], []
    for index in range(count):
        col, row = index % across, index // across
        radius = min(0.45 * spacing, 150.0) * random.uniform(0.6, 1.0)
        # Not farther from the middle of its place than there is room.
        x, y = (np.array((col, row)) + 0.5) * spacing + random.uniform(-1, 1, 2) * (0.5 * spacing - radius) * 0.9
        corners = random.integers(8, 13)
        angles = (np.arange(corners) + random.uniform(-0.35, 0.35, corners)) / corners * 2 * np.pi
        radii = radius * random.uniform(0.6, 1.0, corners)
        ring = np.column_stack((WEST_M + x + radii * np.cos(angles), NORTH_M - y + radii * np.sin(angles)))
        polygons.append(Polygon(ring))
        level = float(_ground(size, slice(int(y), int(y) + 1), slice(int(x), int(x) + 1))[0, 0])
        rows.append(
            {
                "licence": f"C{index:05}",
                "holder": f"holder {index}",
                "mineral": "limestone",
                "method": "open pit",
                "floor_m": round(level - random.uniform(5, 20), 1),
                "ceiling_m": round(level + 30.0, 1),
                "valid_from": "2018-01-01",
                # One in ten ends between the surveys.
                "valid_to": "2023-01-01" if index % 10 == 0 else "2030-12-31",
                "vertical_datum": "1985",
            }
        )
    temporary = path.with_suffix(".making.gpkg")
    geopandas.GeoDataFrame(rows, geometry=polygons, crs=CRS).to_file(temporary, layer="licences", engine="pyogrio")
    temporary.replace(path)


def main() -> None:
    """Make one scene."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=4000, help="rows and columns (default 4000)")
    parser.add_argument("--licences", type=int, default=200, help="number of licences (default 200)")
    parser.add_argument("--predictor", type=int, choices=(1, 2, 3), default=1, help="of DEFLATE (default 1, none)")
    given = parser.parse_args()
    scene = make_scene(given.size, given.licences, given.predictor)
    for path in (scene.earlier, scene.later, scene.licences):
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
