"""Planted scenes as a satellite sees them: illegal pits among all that is no illegal pit, with its truth.

Terrain, pits and survey errors are those of `benches/uncertainty`. Nothing here comes from overcut.

    scene = PlantedScene(7)
    scene.surveys        # heights of two or three surveys, rows from the north
    scene.unlawful_m     # depth dug outside the rights in each interval, on the grid of the first survey

A `County` says how ground, surveys and digging are drawn; `HOME` is trained on, `ELSEWHERE` shows how a model fares in
another place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from changes import Blob, Change, Course, buildings, course_change, dome, dug, landslide, plateau, refilled, water
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from shapely import Polygon, contains_xy
from survey_errors import Component, Displaced, Noise
from terrain import Terrain
from workings import Ground, Pit, draw_pit

Heights = NDArray[np.float64]

DATES = ("2024-01-15", "2024-04-15", "2024-07-15")
CORNER_M = (498_000.0, 3_940_000.0)
"""West and south of a scene."""


@dataclass(frozen=True)
class County:
    """How scenes of a place are drawn.

    Attributes
    ----------
    steep_deg : (float, float)
        Slope that one place in twenty exceeds.
    sigma_m : (float, float)
        Standard deviation of a difference of heights.
    cells_m : tuple of float
        Sides of a cell.
    longer : float
        Factor on the ranges within which errors are shared.
    events : dict of str to float
        Mean number of each kind of change in a scene.
    """

    steep_deg: tuple[float, float] = (12.0, 32.0)
    sigma_m: tuple[float, float] = (0.9, 2.0)
    cells_m: tuple[float, ...] = (2.0, 3.0, 4.0)
    longer: float = 1.0
    events: dict[str, float] = field(
        default_factory=lambda: {
            "licence": 0.9,
            "pit": 1.0,
            "felling": 1.0,
            "growth": 0.5,
            "landslide": 0.7,
            "road": 0.5,
            "water": 0.5,
            "river": 0.4,
            "stockpile": 0.7,
            "buildings": 0.8,
            "blunder": 1.0,
            "strip": 0.4,
        }
    )


HOME = County()
ELSEWHERE = County(
    steep_deg=(28.0, 40.0),
    sigma_m=(1.6, 2.8),
    cells_m=(5.0,),
    longer=1.8,
    events=HOME.events | {"pit": 0.9, "felling": 1.8, "landslide": 1.4, "buildings": 0.3, "blunder": 2.0, "strip": 0.7},
)


class PlantedScene:
    """Surveys of a square with licences, digging and everything else.

    Parameters
    ----------
    seed : int
        Everything follows from it and from the options.
    county : County
        How it is drawn.
    size : int
        Rows and columns.

    Attributes
    ----------
    surveys : list of numpy.ndarray
        Two or three.
    licences : list of Ground
    changes : list of Change
    unlawful_m : list of numpy.ndarray
        Depth dug outside the rights in each interval.
    """

    def __init__(self, seed: int, county: County = HOME, size: int = 300) -> None:
        of_place, of_terrain, of_changes, of_surveys = (
            np.random.default_rng([seed, 77, stream]) for stream in range(4)
        )
        self.county, self.size = county, size
        self.cell_m = float(of_place.choice(county.cells_m))
        self.sigma_m = float(of_place.uniform(*county.sigma_m))
        self.intervals = int(of_place.integers(1, 3))
        self.extent_m = size * self.cell_m
        self.terrain = Terrain.random(of_terrain, self.extent_m, of_terrain.uniform(*county.steep_deg))
        self._random, self._taken = of_changes, list[tuple[float, float, float]]()
        self.licences: list[Ground] = []
        self.changes: list[Change] = []
        self._blunders: list[list[Change]] = [[] for _ in range(self.intervals + 1)]
        self._strips = [(0.0, 0.0, 0.0, 0.0)] * (self.intervals + 1)
        for kind, mean in county.events.items():
            for _ in range(int(of_changes.poisson(mean))):
                getattr(self, f"_{kind}")()
        self.surveys = [self._survey(of_surveys, survey) for survey in range(self.intervals + 1)]
        self.unlawful_m = [self._unlawful(interval) for interval in range(self.intervals)]

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Place of the surveys, as `affine.Affine` orders it."""
        return (self.cell_m, 0.0, CORNER_M[0], 0.0, -self.cell_m, CORNER_M[1] + self.extent_m)

    def centres(self) -> tuple[Heights, Heights]:
        """x of columns and y of rows."""
        x = (np.arange(self.size) + 0.5) * self.cell_m
        return x, self.extent_m - x

    # Places and times

    def _place(self, radius_m: float, near: Ground | None = None) -> tuple[float, float] | None:
        """Draw a place where nothing else is; near a licence if asked so."""
        margin_m = min(radius_m + 2.0 * self.cell_m, 0.45 * self.extent_m)
        for _ in range(40):
            x, y = self._random.uniform(margin_m, self.extent_m - margin_m, 2)
            if near is not None:
                distance_m, turn = self._random.uniform(radius_m, 350.0), self._random.uniform(0.0, 2.0 * math.pi)
                edge = near.polygon.exterior.interpolate(self._random.random(), normalized=True)
                x, y = edge.x + distance_m * math.cos(turn), edge.y + distance_m * math.sin(turn)
            inside = min(x, y) > margin_m and max(x, y) < self.extent_m - margin_m
            if inside and all(math.hypot(x - u, y - v) > radius_m + r + 15.0 for u, v, r in self._taken):
                self._taken.append((x, y, radius_m))
                return float(x), float(y)
        return None

    def _interval(self) -> int:
        return int(self._random.integers(0, self.intervals))

    def _area_m2(self, median_m2: float, spread: float, least_m2: float, most_m2: float) -> float:
        return float(np.clip(median_m2 * math.exp(spread * self._random.standard_normal()), least_m2, most_m2))

    # Digging

    def _work(self, kind: str, x: float, y: float, area_m2: float) -> None:
        """A pit, dug at once or over two intervals, filled again or not, with a dump beside it or without."""
        random = self._random
        pit = draw_pit(random, self.terrain, x, y, area_m2)
        first: Pit | None = None
        at = self._interval()
        if self.intervals == 2 and random.random() < 0.5:
            first, at = draw_pit(random, self.terrain, x, y, area_m2 * random.uniform(0.25, 0.6)), 1
            self.changes.append(dug(kind, 0, first))
        self.changes.append(dug(kind, at, pit, first))
        if self.intervals == 2 and at == 0 and random.random() < 0.4:
            self.changes.append(refilled(1, pit, random.uniform(0.4, 1.0)))
        if random.random() < 0.45:
            part = random.uniform(0.1, 0.5)
            radius_m = math.sqrt(area_m2 / math.pi)
            heap = Blob.random(random, 0.0, 0.0, area_m2 * random.uniform(0.3, 0.8))
            turn, far_m = random.uniform(0.0, 2.0 * math.pi), radius_m * 1.3 + heap.radius_m * 1.3
            heap = Blob(x + far_m * math.cos(turn), y + far_m * math.sin(turn), heap.radius_m, waves=heap.waves)
            height_m = 2.0 * part * 0.7 * pit.depth_m * area_m2 / (math.pi * heap.radius_m**2)
            self.changes.append(dome("dump", at, heap, height_m))

    def _pit(self) -> None:
        area_m2 = self._area_m2(2500.0, 0.9, 300.0, 20_000.0)
        near = self.licences[0] if self.licences and self._random.random() < 0.35 else None
        place = self._place(2.2 * math.sqrt(area_m2 / math.pi), near)
        if place is not None:
            self._work("pit", *place, area_m2)

    def _licence(self) -> None:
        """A licence with a mine in it: lawful, across the boundary, below the floor, or idle."""
        random = self._random
        area_m2 = self._area_m2(9000.0, 0.7, 1500.0, 40_000.0)
        radius_m = math.sqrt(area_m2 / math.pi)
        reach_m = radius_m * random.uniform(1.6, 2.6) + 20.0
        place = self._place(1.5 * reach_m)
        if place is None:
            return
        x, y = place
        corners = int(random.integers(5, 10))
        angles = (np.arange(corners) + random.uniform(-0.3, 0.3, corners)) * 2.0 * np.pi / corners
        reaches_m = reach_m * random.uniform(0.85, 1.25, corners)
        polygon = Polygon(np.column_stack([x + reaches_m * np.cos(angles), y + reaches_m * np.sin(angles)]))
        manner = str(random.choice(("lawful", "across", "below", "idle"), p=(0.45, 0.25, 0.15, 0.15)))
        if manner == "across":
            edge = polygon.exterior.interpolate(random.random(), normalized=True)
            x, y = 0.75 * edge.x + 0.25 * x, 0.75 * edge.y + 0.25 * y
            area_m2 *= random.uniform(0.3, 0.8)
        low_m = float(self.terrain.at(x, y))
        floor_m = low_m - (random.uniform(1.0, 4.0) if manner == "below" else 40.0)
        self.licences.append(Ground(f"L{len(self.licences) + 1}", polygon, floor_m, low_m + 300.0))
        if manner != "idle":
            self._work("mine", x, y, area_m2)

    # What is no digging for minerals

    def _felling(self) -> None:
        area_m2 = self._area_m2(5000.0, 0.9, 500.0, 40_000.0)
        place = self._place(1.4 * math.sqrt(area_m2 / math.pi))
        if place is not None:
            random = self._random
            blob = Blob.random(random, *place, area_m2, stretch=random.uniform(1.0, 2.5), turn=random.uniform(0.0, 3.1))
            fall_m = random.uniform(2.5, 11.0)
            self.changes.append(plateau("felling", self._interval(), blob, -fall_m, random.uniform(0.0, 6.0)))

    def _growth(self) -> None:
        area_m2 = self._area_m2(6000.0, 0.9, 500.0, 40_000.0)
        place = self._place(1.4 * math.sqrt(area_m2 / math.pi))
        if place is not None:
            blob = Blob.random(self._random, *place, area_m2)
            rise_m = self._random.uniform(1.0, 4.0)
            self.changes.append(plateau("growth", self._interval(), blob, rise_m, self._random.uniform(0.0, 6.0)))

    def _landslide(self) -> None:
        place = self._place(110.0)
        if place is not None:
            self.changes += landslide(self._random, self.terrain, self._interval(), *place)

    def _road(self) -> None:
        random = self._random
        length_m = random.uniform(120.0, 350.0)
        place = self._place(0.5 * length_m)
        if place is not None:
            course = Course(*place, random.uniform(0.0, 3.1), length_m, random.uniform(14.0, 34.0), 15.0, 300.0, 1.0)
            depth_m = random.uniform(2.0, 7.0)
            fill_m = depth_m * random.uniform(0.0, 1.0)
            self.changes.append(course_change("road", self._interval(), course, -depth_m, fill_m))

    def _water(self) -> None:
        random = self._random
        area_m2 = self._area_m2(20_000.0, 0.7, 4000.0, 80_000.0)
        place = self._place(math.sqrt(area_m2 / math.pi))
        if place is None:
            return
        blob = Blob.random(random, *place, area_m2, stretch=random.uniform(1.0, 2.0), turn=random.uniform(0.0, 3.1))
        level_m = float(self.terrain.at(*place)) + random.uniform(0.0, 4.0)
        fall_m = random.uniform(1.5, 7.0) * random.choice((-1.0, 1.0), p=(0.3, 0.7))
        self.changes.append(water(0, blob, level_m, fall_m))
        if self.intervals == 2 and random.random() < 0.6:
            self.changes.append(water(1, blob, level_m - fall_m, -fall_m))

    def _river(self) -> None:
        random = self._random
        length_m = random.uniform(150.0, 400.0)
        place = self._place(0.5 * length_m)
        if place is not None:
            course = Course(
                *place,
                random.uniform(0.0, 3.1),
                length_m,
                random.uniform(16.0, 50.0),
                random.uniform(8.0, 25.0),
                random.uniform(120.0, 260.0),
                random.uniform(0.0, 6.0),
            )
            rise_m = random.uniform(0.5, 2.0)
            self.changes.append(course_change("river", self._interval(), course, -random.uniform(1.5, 5.0), rise_m))

    def _stockpile(self) -> None:
        random = self._random
        area_m2 = self._area_m2(1500.0, 0.7, 250.0, 8000.0)
        near = self.licences[-1] if self.licences and random.random() < 0.6 else None
        place = self._place(1.2 * math.sqrt(area_m2 / math.pi), near)
        if place is None:
            return
        blob = Blob.random(random, *place, area_m2)
        height_m = min(random.uniform(3.0, 12.0), 0.6 * blob.radius_m)
        gone = self._interval()
        if gone == 1 and random.random() < 0.5:
            self.changes.append(dome("stockpile", 0, blob, height_m))
        self.changes.append(dome("stockpile", gone, blob, -height_m))

    def _buildings(self) -> None:
        place = self._place(70.0)
        if place is not None:
            self.changes.append(buildings(self._random, self._interval(), *place))

    # Errors of single surveys

    def _blunder(self) -> None:
        """A place where the matching of images went astray."""
        random = self._random
        survey = int(random.integers(0, self.intervals + 1))
        x, y = random.uniform(0.0, self.extent_m, 2)
        blob = Blob.random(random, x, y, self._area_m2(1200.0, 0.8, 150.0, 8000.0), stretch=random.uniform(1.0, 2.0))
        rise_m = random.uniform(3.0, 14.0) * random.choice((-1.0, 1.0))
        self._blunders[survey].append(dome("blunder", survey, blob, rise_m))

    def _strip(self) -> None:
        """A step where two strips of a survey meet, and a swing along the track."""
        random = self._random
        survey = int(random.integers(0, self.intervals + 1))
        step_m = self.sigma_m * random.uniform(0.5, 1.6)
        across_m = random.uniform(0.2, 0.8) * self.extent_m
        self._strips[survey] = (step_m, across_m, random.uniform(-0.3, 0.3), 0.3 * self.sigma_m)

    # Surveys and truth

    def _survey(self, random: np.random.Generator, survey: int) -> Heights:
        lies = Displaced() if survey == 0 else Displaced.random(random, 1.5 * self.cell_m, 3.0, 1.5e-3)
        x, y = self.centres()
        ground = self.terrain.on_grid(x - lies.east_m, y - lies.north_m, self.cell_m)
        seen = ground.copy()
        happened = [change for change in self.changes if change.interval < survey] + self._blunders[survey]
        for change in happened:
            rows, columns = self._cells(change)
            if rows.stop > rows.start and columns.stop > columns.start:
                here = (x[columns] - lies.east_m)[np.newaxis, :], (y[rows] - lies.north_m)[:, np.newaxis]
                seen[rows, columns] += change.rise_m(*here, ground[rows, columns])
        # Matching windows see more than one cell.
        seen = gaussian_filter(seen, 0.7, mode="nearest")
        step_m, across_m, skew, swing_m = self._strips[survey]
        aside = x[np.newaxis, :] + skew * y[:, np.newaxis] - across_m
        seen += step_m * (aside > 0.0) + swing_m * np.sin(2.0 * np.pi * y[:, np.newaxis] / 420.0)
        middle_m = 0.5 * self.extent_m
        seen += lies.up_m + lies.tilt_east * (x - middle_m) + lies.tilt_north * (y - middle_m)[:, np.newaxis]
        longer = self.county.longer
        shared = (Component(0.8, 25.0 * longer), Component(0.5, 120.0 * longer, "exponential"))
        noise = Noise(0.45, shared).scaled(self.sigma_m)
        return seen + noise.of_survey(random, ground, self.cell_m)

    def _cells(self, change: Change) -> tuple[slice, slice]:
        """Rows and columns of the box of a change, wide enough for a displaced survey."""
        west, south, east, north = change.box
        more_m = 3.0 * self.cell_m
        columns = slice(
            max(0, int((west - more_m) / self.cell_m)), min(self.size, int((east + more_m) / self.cell_m) + 1)
        )
        first = max(0, int((self.extent_m - north - more_m) / self.cell_m))
        return slice(first, min(self.size, int((self.extent_m - south + more_m) / self.cell_m) + 1)), columns

    def _unlawful(self, interval: int) -> Heights:
        x, y = self.centres()
        ground = self.terrain.on_grid(x, y)
        found = np.zeros((self.size, self.size))
        for change in self.changes:
            if not change.mining or change.interval != interval:
                continue
            rows, columns = self._cells(change)
            east, north = np.meshgrid(x[columns], y[rows])
            removed = np.maximum(-change.rise_m(east, north, ground[rows, columns]), 0.0)
            # What was there before the interval: an earlier stage of the same pit lies deeper than the first ground.
            top = ground[rows, columns] - self._dug_before(interval, rows, columns)
            unlawful = removed.copy()
            for licence in self.licences:
                inside = contains_xy(licence.polygon, east, north)
                under = np.maximum(np.minimum(top, licence.floor_m) - (top - removed), 0.0)
                unlawful[inside] = under[inside]
            found[rows, columns] += unlawful
        return found

    def _dug_before(self, interval: int, rows: slice, columns: slice) -> Heights:
        x, y = self.centres()
        east, north = np.meshgrid(x[columns], y[rows])
        ground = self.terrain.on_grid(x[columns], y[rows])
        earlier = [each for each in self.changes if each.mining and each.interval < interval]
        return sum((-each.rise_m(east, north, ground) for each in earlier), np.zeros(east.shape))
