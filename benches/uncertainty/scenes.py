"""Pairs of surveys whose truth is known: analytic ground, excavations, licences, and errors as surveys have them.

Everything follows from a seed, and nothing here comes from overcut: volumes and areas are sums over fine points of
functions of (x, y), so they can be held against what overcut finds.

How a pair comes about:

1. `Terrain`: a plane, waves and hills, with slopes of about 3 to 35 degrees.
2. `Pit`s lower it: ellipses and convex polygons, with walls, benches or gentle edges.
3. `Ground` of licences: polygons with a band, so that every class of `CLASSES` occurs in many scenes.
4. One survey is `Displaced`: the ground is evaluated at other places, raised and tilted. Registration must undo this.
5. `Noise`: each survey errs by itself, with correlation in space, more where the ground is steep.

    scene = Scene(7)
    scene.earlier, scene.later      # heights, rows from the north
    scene.volumes[("L1", "within")] # m³
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from survey_errors import Displaced, Noise
from terrain import Terrain
from workings import Pit, place_licences, place_pits, points_in, size_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import Polygon

    Heights = NDArray[np.float64]

CRS = "EPSG:4546"
VERTICAL_DATUM = "1985"
DATES = ("2021-05-01", "2024-05-20")
WEST_M, SOUTH_M = 498_000.0, 3_940_000.0

CLASSES = ("within", "below_floor", "above_ceiling", "beyond_boundary", "unlicensed")

POINTS_OF_SURVEY = 5
"""Points per side of a cell for its mean height, inside pits; the terrain's means are exact."""
POINTS_OF_TRUTH = 6
"""Points per side of a cell for true volumes and areas."""


@dataclass
class PitTruth:
    """What is true of one excavation.

    Attributes
    ----------
    pit : Pit
        The excavation.
    size : str
        Of `SIZES`, by its true area.
    volume_m3, area_m2, max_depth_m : float
        Of what was removed.
    licence : str
        Whose ground it touches inside; empty if none's.
    volumes : dict
        m³ by (licence, class).
    """

    pit: Pit
    size: str
    volume_m3: float
    area_m2: float
    max_depth_m: float
    licence: str
    volumes: dict[tuple[str, str], float]

    @property
    def outline(self) -> Polygon:
        """Outline in the CRS of the scene."""
        return in_crs(self.pit.outline.polygon)


@dataclass
class Scene:
    """A pair of surveys with its truth.

    Parameters
    ----------
    seed : int
        Everything follows from it and from the options.
    size : int
        Rows and columns.
    cell_m : float
        Side of a cell.
    pits : bool
        False for a pair between which nothing was dug; licences are there all the same.
    shift : bool
        False for a pair that lies on itself already.
    displaced : {"later", "earlier"}
        Which survey is displaced. Truth and licences lie where the other one lies.
    slope_dependent : bool
        False for errors that do not grow with the slope.
    noise : Noise or None
        Errors; None for none at all.
    most_shift_cells, most_up_m, most_tilt : float
        How far the survey may be displaced.

    Attributes
    ----------
    earlier, later : numpy.ndarray
        Heights, rows from the north.
    licences : list of Ground
        Licences; each excavation meets one at most.
    truths : list of PitTruth
        Excavations.
    volumes : dict
        True m³ by (licence, class); the licence of `unlicensed` is the empty word.
    area_m2 : float
        Excavated in all.
    displacement : Displaced
        What was done to the displaced survey.
    """

    seed: int
    size: int = 400
    cell_m: float = 1.0
    pits: bool = True
    shift: bool = True
    displaced: Literal["later", "earlier"] = "later"
    slope_dependent: bool = True
    noise: Noise | None = field(default_factory=Noise)
    most_shift_cells: float = 1.6
    most_up_m: float = 0.3
    most_tilt: float = 4e-4

    def __post_init__(self) -> None:
        # Each thing is drawn from a stream of its own: switching one off leaves the others as they were.
        of_terrain, of_pits, of_licences, of_shift, of_earlier, of_later = (
            np.random.default_rng([self.seed, stream]) for stream in range(6)
        )
        self.terrain = Terrain.random(of_terrain, self.extent_m)
        dug = place_pits(of_pits, self.terrain, self.extent_m)
        self.licences = place_licences(of_licences, self.terrain, dug, self.extent_m)
        self.truths = [self._truth_of(pit) for pit in dug] if self.pits else []
        drawn = Displaced.random(of_shift, self.most_shift_cells * self.cell_m, self.most_up_m, self.most_tilt)
        self.displacement = drawn if self.shift else Displaced()
        self.earlier = self._survey(of_earlier, "earlier")
        self.later = self._survey(of_later, "later")

    @property
    def extent_m(self) -> float:
        """Side of the square."""
        return self.size * self.cell_m

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Place of the surveys, as `affine.Affine` orders it."""
        return (self.cell_m, 0.0, WEST_M, 0.0, -self.cell_m, SOUTH_M + self.extent_m)

    @property
    def volumes(self) -> dict[tuple[str, str], float]:
        """True m³ by (licence, class)."""
        found: dict[tuple[str, str], float] = {}
        for truth in self.truths:
            for row, volume_m3 in truth.volumes.items():
                found[row] = found.get(row, 0.0) + volume_m3
        return found

    @property
    def volume_m3(self) -> float:
        """Removed in all."""
        return sum(truth.volume_m3 for truth in self.truths)

    @property
    def area_m2(self) -> float:
        """Excavated in all."""
        return sum(truth.area_m2 for truth in self.truths)

    def ground(self, survey: Literal["earlier", "later"], *, displaced: bool = True) -> Heights:
        """Mean height in each cell, without error, rows from the north; as the survey lies, or as the ground does."""
        lies = self.displacement if displaced and survey == self.displaced else Displaced()
        x = (np.arange(self.size) + 0.5) * self.cell_m
        y = self.extent_m - x
        grid = self.terrain.on_grid(x - lies.east_m, y - lies.north_m, self.cell_m)
        if survey == "later":
            for truth in self.truths:
                rows, columns, removed = self._removed(truth.pit, lies)
                grid[rows, columns] -= removed
        middle_m = 0.5 * self.extent_m
        raised = lies.up_m + lies.tilt_east * (x - middle_m) + lies.tilt_north * (y - middle_m)[:, np.newaxis]
        return grid + raised

    def _removed(self, pit: Pit, lies: Displaced) -> tuple[slice, slice, Heights]:
        """Mean depth removed in each cell of the box of a pit, at the cells where a displaced survey shows them."""
        west, south, east, north = pit.box(2.0 * self.cell_m)
        first_column = max(0, math.floor((west + lies.east_m) / self.cell_m))
        last_column = min(self.size, math.ceil((east + lies.east_m) / self.cell_m))
        first_row = max(0, math.floor((self.extent_m - north - lies.north_m) / self.cell_m))
        last_row = min(self.size, math.ceil((self.extent_m - south - lies.north_m) / self.cell_m))
        step_m = self.cell_m / POINTS_OF_SURVEY
        x = first_column * self.cell_m + (np.arange((last_column - first_column) * POINTS_OF_SURVEY) + 0.5) * step_m
        down_m = first_row * self.cell_m + (np.arange((last_row - first_row) * POINTS_OF_SURVEY) + 0.5) * step_m
        x, y = x - lies.east_m, self.extent_m - down_m - lies.north_m
        removed = pit.removed_m(x[np.newaxis, :], y[:, np.newaxis], self.terrain.on_grid(x, y))
        shape = (last_row - first_row, POINTS_OF_SURVEY, last_column - first_column, POINTS_OF_SURVEY)
        return slice(first_row, last_row), slice(first_column, last_column), removed.reshape(shape).mean(axis=(1, 3))

    def _survey(self, random: np.random.Generator, survey: Literal["earlier", "later"]) -> Heights:
        ground = self.ground(survey)
        if self.noise is None:
            return ground
        factor = self.noise.slope_factor if self.slope_dependent else 0.0
        noise = Noise(self.noise.white_sigma_m, self.noise.components, factor)
        return ground + noise.of_survey(random, ground, self.cell_m)

    def _truth_of(self, pit: Pit) -> PitTruth:
        step_m = 1.0 / POINTS_OF_TRUTH
        x, y = points_in(pit.box(), step_m)
        ground = self.terrain.on_grid(x[0], y[:, 0])
        removed = pit.removed_m(x, y, ground)
        dug = removed > 0.0
        x, y, tops, bottoms = x[dug], y[dug], ground[dug], (ground - removed)[dug]
        point_m2 = step_m * step_m
        outline = pit.outline.polygon
        licence = next((each for each in self.licences if each.polygon.intersects(outline)), None)
        volumes: dict[tuple[str, str], float] = {}
        outside = np.ones(x.shape, dtype=bool)
        if licence is not None:
            shapely.prepare(licence.polygon)
            outside = ~shapely.contains_xy(licence.polygon, x, y)
            top, bottom = tops[~outside], bottoms[~outside]
            under = np.maximum(np.minimum(top, licence.floor_m) - bottom, 0.0)
            over = np.maximum(top - np.maximum(bottom, licence.ceiling_m), 0.0)
            pieces = {"within": top - bottom - under - over, "below_floor": under, "above_ceiling": over}
            volumes = {(licence.id, word): float(piece.sum()) * point_m2 for word, piece in pieces.items()}
        row = ("", "unlicensed") if licence is None else (licence.id, "beyond_boundary")
        volumes[row] = float((tops - bottoms)[outside].sum()) * point_m2
        area_m2 = float(np.count_nonzero(dug)) * point_m2
        return PitTruth(
            pit=pit,
            size=size_of(area_m2),
            volume_m3=float((tops - bottoms).sum()) * point_m2,
            area_m2=area_m2,
            max_depth_m=float(removed.max()),
            licence="" if licence is None else licence.id,
            volumes={row: volume_m3 for row, volume_m3 in volumes.items() if volume_m3 > 0.0},
        )


def in_crs(polygon: Polygon) -> Polygon:
    """Polygon of a scene in its CRS."""
    return shapely.transform(polygon, lambda places: places + np.array([WEST_M, SOUTH_M]))
