"""What changes the height of a surface between two surveys: digging, and all that looks like it.

Coordinates are metres from the south-west corner of the scene. A `Change` is a function of the place and of the ground
that was there, so that a displaced survey shows it at its own places.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from terrain import Terrain
    from workings import Pit

    Heights = NDArray[np.float64]

Rise = Callable[["Heights", "Heights", "Heights"], "Heights"]


@dataclass(frozen=True)
class Change:
    """A change of height in one interval.

    Attributes
    ----------
    kind : str
        What it is.
    interval : int
        Between which surveys, from 0.
    box : tuple of float
        West, south, east, north of where it is.
    rise_m : callable
        Rise at x, y over the ground there; negative where something is gone.
    mining : bool
        Whether it is digging for minerals: only that can be outside the rights.
    """

    kind: str
    interval: int
    box: tuple[float, float, float, float]
    rise_m: Rise
    mining: bool = False


@dataclass(frozen=True)
class Blob:
    """A rounded, irregular place: its radius changes with the direction.

    Attributes
    ----------
    x, y : float
        Centre.
    radius_m, stretch, turn : float
        Root of the product of the half axes, their ratio, turn of the longer one anticlockwise from east.
    waves : tuple of (int, float, float)
        Number of bulges, their size as a part of the radius, their phase.
    """

    x: float
    y: float
    radius_m: float
    stretch: float = 1.0
    turn: float = 0.0
    waves: tuple[tuple[int, float, float], ...] = ()

    @classmethod
    def random(cls, random: np.random.Generator, x: float, y: float, area_m2: float, **shape: float) -> Blob:
        """Draw the bulges of a place of about an area."""
        waves = tuple((n, random.uniform(0.0, 0.25) / math.sqrt(n), random.uniform(0.0, 6.28)) for n in (2, 3, 4, 5))
        return cls(x, y, math.sqrt(area_m2 / math.pi), waves=waves, **shape)

    def ratio(self, x: Heights, y: Heights) -> Heights:
        """Distance from the centre, 1 at the outline."""
        u = (x - self.x) * math.cos(self.turn) + (y - self.y) * math.sin(self.turn)
        v = (y - self.y) * math.cos(self.turn) - (x - self.x) * math.sin(self.turn)
        u, v = u / (self.radius_m * math.sqrt(self.stretch)), v / (self.radius_m / math.sqrt(self.stretch))
        angle = np.arctan2(v, u)
        edge = 1.0 + sum(size * np.sin(n * angle + phase) for n, size, phase in self.waves)
        return np.hypot(u, v) / np.maximum(edge, 0.3)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        far_m = self.radius_m * math.sqrt(max(self.stretch, 1.0 / self.stretch)) * 1.6
        return self.x - far_m, self.y - far_m, self.x + far_m, self.y + far_m


def dome(kind: str, interval: int, blob: Blob, rise_m: float, *, mining: bool = False) -> Change:
    """Rounded heap or hollow: highest in the middle."""

    def rise(x: Heights, y: Heights, _: Heights) -> Heights:
        return rise_m * np.maximum(1.0 - blob.ratio(x, y) ** 2, 0.0)

    return Change(kind, interval, blob.box, rise, mining)


def plateau(kind: str, interval: int, blob: Blob, rise_m: float, phase: float) -> Change:
    """Even rise or fall with rough edges and surface, as of a canopy."""

    def rise(x: Heights, y: Heights, _: Heights) -> Heights:
        waves = np.sin(x / 3.7 + phase) * np.sin(y / 4.9 - phase) + np.sin((x - y) / 11.3)
        canopy = 1.0 + 0.12 * waves
        return rise_m * canopy * np.clip((1.0 - blob.ratio(x, y)) * 8.0, 0.0, 1.0)

    return Change(kind, interval, blob.box, rise)


def dug(kind: str, interval: int, pit: Pit, before: Pit | None = None) -> Change:
    """Digging of a pit; beyond one that was dug there before."""

    def rise(x: Heights, y: Heights, ground: Heights) -> Heights:
        removed = pit.removed_m(x, y, ground)
        return -removed if before is None else -np.maximum(removed - before.removed_m(x, y, ground), 0.0)

    return Change(kind, interval, pit.box(), rise, mining=True)


def refilled(interval: int, pit: Pit, share: float) -> Change:
    """Part of a pit filled again, as by order or to hide it."""

    def rise(x: Heights, y: Heights, ground: Heights) -> Heights:
        return share * pit.removed_m(x, y, ground)

    return Change("refill", interval, pit.box(), rise)


def water(interval: int, blob: Blob, level_m: float, fall_m: float) -> Change:
    """Fall (or rise, if negative) of a reservoir's level: the ground above both levels stays."""

    def rise(x: Heights, y: Heights, ground: Heights) -> Heights:
        change = np.maximum(ground, level_m - fall_m) - np.maximum(ground, level_m)
        return np.where(blob.ratio(x, y) < 1.0, change, 0.0)

    return Change("water", interval, blob.box, rise)


@dataclass(frozen=True)
class Course:
    """A winding line of a width: a river or a road.

    Attributes
    ----------
    x, y : float
        Its middle.
    turn, length_m, width_m : float
        Direction anticlockwise from east, and size.
    swing_m, wavelength_m, phase : float
        How it winds.
    """

    x: float
    y: float
    turn: float
    length_m: float
    width_m: float
    swing_m: float
    wavelength_m: float
    phase: float

    def across(self, x: Heights, y: Heights) -> tuple[Heights, Heights]:
        """Distance to the left of the line over half the width, and whether the place is beside its length."""
        along = (x - self.x) * math.cos(self.turn) + (y - self.y) * math.sin(self.turn)
        aside = (y - self.y) * math.cos(self.turn) - (x - self.x) * math.sin(self.turn)
        line = self.swing_m * np.sin(2.0 * np.pi * along / self.wavelength_m + self.phase)
        return (aside - line) / (0.5 * self.width_m), np.abs(along) < 0.5 * self.length_m

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        far_m = 0.5 * self.length_m + self.swing_m + self.width_m
        return self.x - far_m, self.y - far_m, self.x + far_m, self.y + far_m


def course_change(kind: str, interval: int, course: Course, left_m: float, right_m: float) -> Change:
    """Rise on the left side of a course, and on its right side; nothing at its line and its edges."""

    def rise(x: Heights, y: Heights, _: Heights) -> Heights:
        across, beside = course.across(x, y)
        bank = np.maximum(1.0 - (2.0 * np.abs(across) - 1.0) ** 2, 0.0)
        return np.where(beside, bank * np.where(across > 0.0, left_m, right_m), 0.0)

    return Change(kind, interval, course.box, rise)


def buildings(random: np.random.Generator, interval: int, x: float, y: float) -> Change:
    """Some houses of one estate pulled down."""
    turn = random.uniform(0.0, math.pi)
    houses = [
        (random.uniform(-45.0, 45.0), random.uniform(-45.0, 45.0), *random.uniform((14.0, 8.0), (45.0, 22.0)))
        for _ in range(int(random.integers(1, 6)))
    ]
    height_m = random.uniform(3.0, 14.0)

    def rise(east: Heights, north: Heights, _: Heights) -> Heights:
        u = (east - x) * math.cos(turn) + (north - y) * math.sin(turn)
        v = (north - y) * math.cos(turn) - (east - x) * math.sin(turn)
        stood = np.zeros(np.broadcast_shapes(east.shape, north.shape), dtype=bool)
        for at_u, at_v, long_m, wide_m in houses:
            stood |= (np.abs(u - at_u) < 0.5 * long_m) & (np.abs(v - at_v) < 0.5 * wide_m)
        return np.where(stood, -height_m, 0.0)

    return Change("buildings", interval, (x - 90.0, y - 90.0, x + 90.0, y + 90.0), rise)


def landslide(random: np.random.Generator, terrain: Terrain, interval: int, x: float, y: float) -> list[Change]:
    """Ground that slid: as much lies below as is missing above."""
    east = float(terrain.at(x + 10.0, y) - terrain.at(x - 10.0, y))
    north = float(terrain.at(x, y + 10.0) - terrain.at(x, y - 10.0))
    downhill = math.atan2(-north, -east)
    area_m2, depth_m = random.uniform(1000.0, 9000.0), random.uniform(3.0, 10.0)
    stretch = random.uniform(1.8, 4.0)
    scar = Blob.random(random, x, y, area_m2, stretch=stretch, turn=downhill)
    far_m = 1.7 * scar.radius_m * math.sqrt(stretch)
    wider = random.uniform(1.0, 1.6)
    toe = Blob.random(
        random,
        x + far_m * math.cos(downhill),
        y + far_m * math.sin(downhill),
        area_m2 * wider,
        stretch=random.uniform(1.0, 2.0),
        turn=downhill,
    )
    return [
        dome("landslide", interval, scar, -depth_m),
        dome("landslide", interval, toe, depth_m * random.uniform(0.9, 1.15) / wider),
    ]
