"""Ground that nobody has dug, as functions of (x, y): exact at every place, and exact means over cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Heights = NDArray[np.float64]


@dataclass(frozen=True)
class Wave:
    """A sinusoid: radians per metre to the east and to the north, amplitude, phase."""

    east: float
    north: float
    amplitude_m: float
    phase: float


@dataclass(frozen=True)
class Hill:
    """A bell (or a hollow, if the height is negative)."""

    x: float
    y: float
    height_m: float
    width_m: float


@dataclass(frozen=True)
class Terrain:
    """Ground that nobody has dug: a plane, waves and hills."""

    base_m: float
    rise: tuple[float, float]
    waves: tuple[Wave, ...]
    hills: tuple[Hill, ...]

    @classmethod
    def random(cls, random: np.random.Generator, extent_m: float, steep_deg: float | None = None) -> Terrain:
        """Draw a terrain for a square.

        Parameters
        ----------
        random : numpy.random.Generator
            What is drawn from.
        extent_m : float
            Side of the square.
        steep_deg : float, optional
            Slope that one place in twenty exceeds; otherwise drawn from 20 to 32 degrees.
        """
        waves = [
            _wave(random, wavelength_m, slope)
            for count, wavelengths, slopes in (
                (3, (120.0, 420.0), (0.10, 0.22)),
                (3, (45.0, 110.0), (0.06, 0.14)),
                (4, (14.0, 32.0), (0.015, 0.04)),
            )
            for wavelength_m, slope in zip(
                random.uniform(*wavelengths, count), random.uniform(*slopes, count), strict=True
            )
        ]
        hills = []
        for _ in range(int(np.clip(extent_m / 80.0, 3, 40))):
            width_m = random.uniform(20.0, 60.0)
            x, y = random.uniform(0.0, extent_m, 2)
            hills.append(Hill(x, y, random.choice((-1.0, 1.0)) * width_m * random.uniform(0.15, 0.45), width_m))
        turn = random.uniform(0.0, 2.0 * np.pi)
        incline = random.uniform(0.02, 0.12)
        drawn = cls(0.0, (incline * math.cos(turn), incline * math.sin(turn)), tuple(waves), tuple(hills))

        # Scaled so that the steep places are as steep as wanted.
        places = np.arange(0.0, extent_m, max(2.0, extent_m / 400.0))
        heights = drawn.on_grid(places, places)
        south_north, west_east = np.gradient(heights, places[1] - places[0])
        steep = math.tan(math.radians(random.uniform(20.0, 32.0) if steep_deg is None else steep_deg))
        scale = steep / float(np.quantile(np.hypot(south_north, west_east), 0.95))
        return cls(
            1200.0,
            (scale * drawn.rise[0], scale * drawn.rise[1]),
            tuple(Wave(wave.east, wave.north, scale * wave.amplitude_m, wave.phase) for wave in waves),
            tuple(Hill(hill.x, hill.y, scale * hill.height_m, hill.width_m) for hill in hills),
        )

    def at(self, x: Heights, y: Heights) -> Heights:
        """Height at any places."""
        found = self.base_m + self.rise[0] * x + self.rise[1] * y
        for wave in self.waves:
            found = found + wave.amplitude_m * np.sin(wave.east * x + wave.north * y + wave.phase)
        for hill in self.hills:
            square = np.square((x - hill.x) / hill.width_m) + np.square((y - hill.y) / hill.width_m)
            found = found + hill.height_m * np.exp(-0.5 * square)
        return found

    def on_grid(self, x: Heights, y: Heights, cell_m: float = 0.0) -> Heights:
        """Heights where columns `x` meet rows `y`; with `cell_m`, means over square cells about these places, exactly.

        Every part is a sum of products of a function of x and one of y, so that only these need sines and bells.
        """
        east, north = [np.ones_like(x), self.rise[0] * x], [self.base_m + self.rise[1] * y, np.ones_like(y)]
        for wave in self.waves:
            damped = wave.amplitude_m * np.sinc(wave.east * cell_m / (2.0 * np.pi))
            damped *= np.sinc(wave.north * cell_m / (2.0 * np.pi))
            in_x, in_y = wave.east * x + wave.phase, wave.north * y
            east += [damped * np.sin(in_x), damped * np.cos(in_x)]
            north += [np.cos(in_y), np.sin(in_y)]
        for hill in self.hills:
            east.append(hill.height_m * _bell_mean(x - hill.x, hill.width_m, cell_m))
            north.append(_bell_mean(y - hill.y, hill.width_m, cell_m))
        return np.stack(north, axis=1) @ np.stack(east, axis=0)


def _wave(random: np.random.Generator, wavelength_m: float, slope: float) -> Wave:
    turn, number = random.uniform(0.0, 2.0 * np.pi), 2.0 * np.pi / wavelength_m
    phase = random.uniform(0.0, 2.0 * np.pi)
    return Wave(number * math.cos(turn), number * math.sin(turn), slope / number, phase)


def _bell_mean(offset: Heights, width_m: float, cell_m: float) -> Heights:
    """Bell exp(-d² / 2w²), or its mean over intervals of `cell_m` about the offsets."""
    if cell_m == 0.0:
        return np.exp(-0.5 * np.square(offset / width_m))
    scale = 1.0 / (width_m * math.sqrt(2.0))
    error_function = np.vectorize(math.erf, otypes=[np.float64])
    upper, lower = error_function((offset + 0.5 * cell_m) * scale), error_function((offset - 0.5 * cell_m) * scale)
    return (upper - lower) * width_m * math.sqrt(np.pi / 2.0) / cell_m
