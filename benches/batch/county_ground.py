"""Ground of a county that nobody has dug, and what satellite stereo makes of it: fast enough for many thousand tiles.

The ground is that of `benches/uncertainty/terrain.py`, twice: ridges and valleys that repeat every `PERIOD_CELLS`
cells, so that they are computed once, and a relief of kilometres that does not repeat. Both are functions of (x, y):
tiles of any cut, cell size or coordinate system show the same ground, without a step at their edges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from survey_errors import Component, Noise
from terrain import Terrain, Wave

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Heights = NDArray[np.float64]

PERIOD_CELLS = 1024
CLEAR_WIDTHS = 6.0
"""Hills end before the edge of the period: at so many widths a bell is 1.5e-8 of its height."""


@dataclass(frozen=True)
class CountyGround:
    """Ground of a county: metres from its south-western corner.

    Attributes
    ----------
    ridges : Terrain
        Repeats every `period_m`.
    relief : Terrain
        Does not.
    period_m : float
        Side of what repeats.
    cell_m : float
        Side of a cell of `window`.
    """

    ridges: Terrain
    relief: Terrain
    period_m: float
    cell_m: float

    @classmethod
    def random(cls, random: np.random.Generator, cell_m: float) -> CountyGround:
        """Draw a ground."""
        period_m = PERIOD_CELLS * cell_m
        drawn = Terrain.random(random, period_m, steep_deg=25.0)
        waves = tuple(replace(each, **_whole_periods(each, period_m)) for each in drawn.waves)
        hills = tuple(
            each
            for each in drawn.hills
            if min(each.x, each.y, period_m - each.x, period_m - each.y) > CLEAR_WIDTHS * each.width_m
        )
        relief = tuple(
            Wave(number * math.cos(turn), number * math.sin(turn), slope / number, phase)
            for number, slope, turn, phase in zip(
                2.0 * math.pi / random.uniform(3_000.0, 12_000.0, 4),
                random.uniform(0.01, 0.05, 4),
                random.uniform(0.0, 2.0 * math.pi, 4),
                random.uniform(0.0, 2.0 * math.pi, 4),
                strict=True,
            )
        )
        return cls(Terrain(0.0, (0.0, 0.0), waves, hills), Terrain(1_200.0, (0.0, 0.0), relief, ()), period_m, cell_m)

    def at(self, x: Heights, y: Heights) -> Heights:
        """Height at any places."""
        return self.ridges.at(np.mod(x, self.period_m), np.mod(y, self.period_m)) + self.relief.at(x, y)

    def on_grid(self, x: Heights, y: Heights) -> Heights:
        """Heights where columns `x` meet rows `y`."""
        return self.ridges.on_grid(np.mod(x, self.period_m), np.mod(y, self.period_m)) + self.relief.on_grid(x, y)

    def window(self, columns: NDArray[np.int64], rows_up: NDArray[np.int64]) -> Heights:
        """Heights of cells, counted from the south-western corner: as `on_grid` of their centres, but looked up."""
        block = self._block[np.ix_(rows_up % PERIOD_CELLS, columns % PERIOD_CELLS)]
        return block + self.relief.on_grid((columns + 0.5) * self.cell_m, (rows_up + 0.5) * self.cell_m)

    @cached_property
    def _block(self) -> Heights:
        centres = (np.arange(PERIOD_CELLS) + 0.5) * self.cell_m
        return self.ridges.on_grid(centres, centres)


@dataclass(frozen=True)
class Site:
    """Part of a county with a corner of its own; as `place_pits` and `place_licences` want their ground."""

    ground: CountyGround
    west_m: float
    south_m: float

    def at(self, x: Heights, y: Heights) -> Heights:
        """Height at any places."""
        return self.ground.at(np.asarray(x) + self.west_m, np.asarray(y) + self.south_m)

    def on_grid(self, x: Heights, y: Heights, cell_m: float = 0.0) -> Heights:
        """Heights where columns meet rows; of points only."""
        if cell_m:
            raise ValueError("a county is evaluated at points")
        return self.ground.on_grid(np.asarray(x) + self.west_m, np.asarray(y) + self.south_m)


@dataclass(frozen=True)
class StereoErrors:
    """What satellite stereo adds to the ground in one epoch: errors of matching, and of the orbit over hundreds of m.

    Drawn once for `PERIOD_CELLS` cells and mirrored at the edges of that, so that neighbouring tiles err alike.

    Attributes
    ----------
    sigma_m : float
        Standard deviation of one height.
    cell_m : float
        Side of a cell.
    seed : tuple of int
        Of this epoch.
    """

    sigma_m: float
    cell_m: float
    seed: tuple[int, ...]
    _unit: Noise = field(
        default=Noise(0.55, (Component(0.75, 20.0), Component(0.35, 300.0, "exponential")), slope_factor=0.0),
        repr=False,
    )

    def window(self, columns: NDArray[np.int64], rows_up: NDArray[np.int64]) -> NDArray[np.float64]:
        """Errors of cells, counted from the south-western corner."""
        return self._block[np.ix_(_mirrored(rows_up), _mirrored(columns))]

    def at(self, x: Heights, y: Heights) -> Heights:
        """Errors of the cells in which places lie."""
        columns, rows_up = (np.floor(each / self.cell_m).astype(np.int64) for each in (x, y))
        return self._block[_mirrored(rows_up), _mirrored(columns)]

    @cached_property
    def _block(self) -> NDArray[np.float64]:
        if self.sigma_m == 0.0:
            return np.zeros((PERIOD_CELLS, PERIOD_CELLS))
        # A `Noise` is that of a difference; a survey has half of its variance.
        noise = self._unit.scaled(self.sigma_m * math.sqrt(2.0))
        flat = np.zeros((PERIOD_CELLS, PERIOD_CELLS))
        return noise.of_survey(np.random.default_rng(self.seed), flat, self.cell_m)


def _mirrored(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    folded = cells % (2 * PERIOD_CELLS)
    return np.minimum(folded, 2 * PERIOD_CELLS - 1 - folded)


def _whole_periods(wave: Wave, period_m: float) -> dict[str, float]:
    """Bring a wave to a whole number of periods each way."""
    unit = 2.0 * math.pi / period_m
    return {"east": unit * round(wave.east / unit), "north": unit * round(wave.north / unit)}
