"""A county to try batches on: rights, pits and dumps over 2 to 6 epochs, as satellite stereo shows them, in tiles.

    python benches/batch/county.py OUT                                  2048 x 2048 cells, 4 epochs, tiles of 512
    python benches/batch/county.py OUT --rows 25600 --columns 25600 --epochs 2 --side 256     10,000 tiles an epoch
    python benches/batch/county.py OUT --layout irregular --tiles 40 --overlap 24 --gaps 0.05
    python benches/batch/county.py OUT --other-crs 0.1 --coarse 0.1 --faults

Everything follows from `--seed`. Written are

    tiles/YYYYMMDD/*.tif    float32, DEFLATE, blocks of 256, nodata -9999, heights to 1/64 m
    licences.gpkg           rights: polygons with bands, holders and validities
    index.csv               path, date, sigma_m, crs, nodata of every tile, those with faults too
    items.json              the same as a STAC item collection, for what is on disk and whole
    truth.json              what was dug and dumped where and when, and what is wrong with which tile

    from county import County, CountyOptions
    county = County(CountyOptions(seed=7, rows=1024, columns=1024))
    county.window(epoch, row, column, rows, columns)      # heights without a file
"""

from __future__ import annotations

import argparse
import datetime
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

HERE = Path(__file__).parent
# At the end: `coverage.py` there must not hide the package of that name.
sys.path += [path for path in (str(HERE), str(HERE.parent / "uncertainty")) if path not in sys.path]

from county_ground import CountyGround, StereoErrors  # noqa: E402
from county_workings import Workings  # noqa: E402

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Heights = NDArray[np.float64]

CRS = "EPSG:4546"
OTHER_CRS = "EPSG:4545"
"""The neighbouring zone, 3 degrees to the west."""
WEST_M, SOUTH_M = 498_000.0, 3_940_000.0
VERTICAL_DATUM = "1985"
FIRST_DAY = datetime.date(2023, 3, 15)
DAYS_BETWEEN = 91
MOST_EPOCHS = 6


@dataclass(frozen=True)
class CountyOptions:
    """What a county is drawn from.

    Attributes
    ----------
    seed : int
        The same seed gives the same county.
    rows, columns : int
        Cells.
    cell_m : float
        Side of a cell.
    epochs : int
        2 to 6, a quarter apart.
    sigma_m : float
        Standard deviation of one height; 0 shows the ground without error.
    pits : int
        How many at most; as far as there is room for them.
    """

    seed: int = 1
    rows: int = 2048
    columns: int = 2048
    cell_m: float = 2.0
    epochs: int = 4
    sigma_m: float = 0.4
    pits: int = 40

    def __post_init__(self) -> None:
        if not 2 <= self.epochs <= MOST_EPOCHS:
            raise ValueError(f"epochs is {self.epochs}; expected 2 to {MOST_EPOCHS}")
        if min(self.rows, self.columns) * self.cell_m < 300.0:
            raise ValueError("a county is at least 300 m wide and high")


class County:
    """Heights of a county at every epoch, by window, by grid and at any place."""

    def __init__(self, options: CountyOptions) -> None:
        self.options = options
        seeds = np.random.SeedSequence(options.seed)
        ground, workings = (np.random.default_rng(each) for each in seeds.spawn(2))
        self.ground = CountyGround.random(ground, options.cell_m)
        self.dates = tuple(FIRST_DAY + datetime.timedelta(days=DAYS_BETWEEN * epoch) for epoch in range(options.epochs))
        size_m = (options.columns * options.cell_m, options.rows * options.cell_m)
        self.workings = Workings.random(workings, self.ground, size_m, self.dates, options.pits)

    @cached_property
    def errors(self) -> tuple[StereoErrors, ...]:
        """Of each epoch."""
        options = self.options
        return tuple(
            StereoErrors(options.sigma_m, options.cell_m, (options.seed, 77, epoch)) for epoch in range(options.epochs)
        )

    @property
    def north_m(self) -> float:
        """Northern edge, in `CRS`."""
        return SOUTH_M + self.options.rows * self.options.cell_m

    def window(self, epoch: int, row: int, column: int, rows: int, columns: int) -> Heights:
        """Heights of cells as a survey shows them; rows from the north."""
        cell_m = self.options.cell_m
        across = np.arange(column, column + columns)
        up = self.options.rows - 1 - np.arange(row, row + rows)
        heights = self.ground.window(across, up)
        x, y = (across + 0.5) * cell_m, (up + 0.5) * cell_m
        self._work(epoch, x, y, heights)
        return heights + self.errors[epoch].window(across, up)

    def grid(self, epoch: int, x: Heights, y: Heights) -> Heights:
        """Heights where columns `x` meet rows `y`, metres from the south-western corner; errors of the cells there."""
        heights = self.ground.on_grid(x, y)
        self._work(epoch, x, y, heights)
        across, up = (np.floor(each / self.options.cell_m).astype(np.int64) for each in (x, y))
        return heights + self.errors[epoch].window(across, up)

    def at(self, epoch: int, x: Heights, y: Heights) -> Heights:
        """Heights at any places, metres from the south-western corner."""
        heights = self.ground.at(x, y)
        return heights + self.workings.change_m(epoch, x, y, heights) + self.errors[epoch].at(x, y)

    def _work(self, epoch: int, x: Heights, y: Heights, heights: Heights) -> None:
        """Dig and dump in a grid: only where something is worked, in place."""
        for each in (*self.workings.pits, *self.workings.heaps):
            west, south, east, north = each.box
            columns = np.flatnonzero((x >= west) & (x <= east))
            rows = np.flatnonzero((y >= south) & (y <= north))
            if columns.size and rows.size:
                part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
                at = np.meshgrid(x[part[1]], y[part[0]])
                heights[part] += each.change_m(epoch, *at, heights[part])

    def is_inside(self, x: Heights, y: Heights) -> NDArray[np.bool_]:
        """Whether places are in the county."""
        options = self.options
        across, up = options.columns * options.cell_m, options.rows * options.cell_m
        return (x >= 0.0) & (x <= across) & (y >= 0.0) & (y <= up)


def main() -> None:
    """Write a county."""
    from county_tiles import FAULTS, Cutting, write

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    defaults = CountyOptions()
    for name in ("seed", "rows", "columns", "cell_m", "epochs", "sigma_m", "pits"):
        default = getattr(defaults, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    parser.add_argument("--layout", choices=("regular", "irregular"), default="regular")
    parser.add_argument("--side", type=int, default=512, help="cells of a regular tile")
    parser.add_argument("--tiles", type=int, default=40, help="irregular tiles of an epoch")
    parser.add_argument("--overlap", type=int, default=0, help="cells by which tiles reach over their edges")
    parser.add_argument("--gaps", type=float, default=0.0, help="share of tiles that are left out")
    parser.add_argument("--other-crs", type=float, default=0.0, help="share of tiles in the neighbouring zone")
    parser.add_argument("--coarse", type=float, default=0.0, help="share of tiles with cells of twice the side")
    parser.add_argument("--faults", action="store_true", help=f"one tile each: {', '.join(FAULTS)}")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    options = CountyOptions(
        asked.seed, asked.rows, asked.columns, asked.cell_m, asked.epochs, asked.sigma_m, asked.pits
    )
    cutting = Cutting(
        side=asked.side if asked.layout == "regular" else None,
        tiles=asked.tiles,
        overlap=asked.overlap,
        gaps=asked.gaps,
        other_crs=asked.other_crs,
        coarse=asked.coarse,
        faults=FAULTS if asked.faults else (),
    )
    found = write(asked.folder, options, cutting, workers=asked.workers)
    print(f"{found} tiles in {asked.folder}")


if __name__ == "__main__":
    main()
