"""What surveys do to the ground: noise that neighbours share, and a displacement of the whole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Heights = NDArray[np.float64]


@dataclass(frozen=True)
class Component:
    """A part of the error that neighbours share.

    Attributes
    ----------
    sigma_m : float
        Its standard deviation in the difference of two surveys.
    range_m : float
        Distance at which the correlation has fallen to 5 % (spherical: to nothing).
    kind : {"gaussian", "exponential", "spherical"}
        How it falls: exp(-3 (d/r)²), exp(-3 d/r), or 1 - 1.5 d/r + 0.5 (d/r)³.
    """

    sigma_m: float
    range_m: float
    kind: Literal["gaussian", "exponential", "spherical"] = "gaussian"

    def correlation(self, distance_m: Heights) -> Heights:
        """Correlation of places at a distance."""
        ratio = distance_m / self.range_m
        if self.kind == "gaussian":
            return np.exp(-3.0 * ratio * ratio)
        if self.kind == "exponential":
            return np.exp(-3.0 * ratio)
        return np.where(ratio < 1.0, 1.0 - 1.5 * ratio + 0.5 * ratio**3, 0.0)


@dataclass(frozen=True)
class Noise:
    """Errors of a difference of two surveys; each survey has half of the variance.

    Attributes
    ----------
    white_sigma_m : float
        Of the part that no two cells share.
    components : tuple of Component
        Parts that neighbours share.
    slope_factor : float
        k in 1 + k tan(slope); the whole is scaled so that the sigma holds where the slope is the median one.
    """

    white_sigma_m: float = 0.08
    components: tuple[Component, ...] = (Component(0.10, 15.0), Component(0.05, 60.0, "exponential"))
    slope_factor: float = 0.5

    @property
    def sigma_m(self) -> float:
        """Standard deviation of a difference, where the slope is the median one."""
        return math.hypot(self.white_sigma_m, *(component.sigma_m for component in self.components))

    def scaled(self, sigma_m: float) -> Noise:
        """The same with another standard deviation in all."""
        factor = sigma_m / self.sigma_m
        components = tuple(Component(each.sigma_m * factor, each.range_m, each.kind) for each in self.components)
        return Noise(self.white_sigma_m * factor, components, self.slope_factor)

    def of_survey(self, random: np.random.Generator, ground: Heights, cell_m: float) -> Heights:
        """Draw the error of one survey of a ground.

        Parameters
        ----------
        random : numpy.random.Generator
            What is drawn from.
        ground : numpy.ndarray
            Heights without error, whose slope counts.
        cell_m : float
            Side of a cell.
        """
        # On a torus that is wider by the longest range, so that the two ends do not know each other.
        wider = max((component.range_m / cell_m for component in self.components), default=0.0)
        rows, columns = (_fast_size(math.ceil(side + wider)) for side in ground.shape)
        white = random.standard_normal((rows, columns))
        error = self.white_sigma_m * random.standard_normal(ground.shape)
        if self.components:
            down = np.minimum(np.arange(rows), rows - np.arange(rows))[:, np.newaxis] * cell_m
            across = np.minimum(np.arange(columns), columns - np.arange(columns))[np.newaxis, :] * cell_m
            distance_m = np.hypot(down, across)
            covariance = sum(each.sigma_m**2 * each.correlation(distance_m) for each in self.components)
            power = np.maximum(np.fft.rfft2(covariance).real, 0.0)
            shared = np.fft.irfft2(np.fft.rfft2(white) * np.sqrt(power), s=(rows, columns))
            error += shared[: ground.shape[0], : ground.shape[1]]
        if self.slope_factor:
            south_north, west_east = np.gradient(ground, cell_m)
            factor = 1.0 + self.slope_factor * np.minimum(np.hypot(south_north, west_east), 2.0)
            error *= factor / np.median(factor)
        return error / math.sqrt(2.0)


def _fast_size(least: int) -> int:
    """Smallest number of at least this size that has no prime factor over 5: quick to transform."""
    size = least
    while True:
        rest = size
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return size
        size += 1


@dataclass(frozen=True)
class Displaced:
    """How a survey lies beside the ground: it shows at (x, y) the ground of (x - east_m, y - north_m), raised.

    Raised by `up_m + tilt_east u + tilt_north v`, with u, v counted from the middle of the scene.
    """

    east_m: float = 0.0
    north_m: float = 0.0
    up_m: float = 0.0
    tilt_east: float = 0.0
    tilt_north: float = 0.0

    @classmethod
    def random(cls, random: np.random.Generator, most_m: float, most_up_m: float, most_tilt: float) -> Displaced:
        """Draw a displacement up to a distance, evenly over the disc, with a rise and a tilt."""
        distance_m, turn = most_m * math.sqrt(random.random()), random.uniform(0.0, 2.0 * np.pi)
        up_m = random.uniform(-most_up_m, most_up_m)
        tilts = random.uniform(-most_tilt, most_tilt, 2).tolist()
        return cls(distance_m * math.cos(turn), distance_m * math.sin(turn), up_m, *tilts)

    @property
    def correction(self) -> Displaced:
        """What undoes it (to the second order of tilt x shift): how far the survey is to be moved and raised."""
        return Displaced(-self.east_m, -self.north_m, -self.up_m, -self.tilt_east, -self.tilt_north)
