"""Shaded relief, so that a reader sees the ground under the colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["shaded"]

# Light from the north-west, at half height: the custom of maps, without which hills are seen as hollows.
LIGHT_FROM_DEG = 315.0
LIGHT_HEIGHT_DEG = 45.0


def shaded(heights_m: NDArray[Any], *, dx_m: float, dy_m: float, exaggeration: float = 1.5) -> NDArray[np.float64]:
    """Brightness of each pixel from 0 to 1; NaN where a height or one beside it is missing.

    Parameters
    ----------
    heights_m : ndarray, shape (rows, cols), row 0 in the north
    dx_m, dy_m : float
        Size of a pixel.
    exaggeration : float
        Factor on heights.

    Examples
    --------
    Level ground has the sine of the height of the light, a slope that faces it is brighter:

    >>> level = shaded(np.zeros((3, 3)), dx_m=1.0, dy_m=1.0)
    >>> to_north_west = shaded(np.add.outer([0.0, 1.0, 2.0], [0.0, 1.0, 2.0]), dx_m=1.0, dy_m=1.0)
    >>> float(level[1, 1].round(4)), bool(to_north_west[1, 1] > level[1, 1])
    (0.7071, True)

    References
    ----------
    Horn (1981), Hill shading and the reflectance map, Proc. IEEE 69, 14-47.
    """
    heights = np.asarray(heights_m, dtype=np.float64) * exaggeration
    if min(heights.shape) < 2:  # noqa: PLR2004
        return np.where(np.isnan(heights), np.nan, np.sin(np.radians(LIGHT_HEIGHT_DEG)))
    southward, eastward = np.gradient(heights, dy_m, dx_m)
    azimuth, height = np.radians(LIGHT_FROM_DEG), np.radians(LIGHT_HEIGHT_DEG)
    # Light towards the light's source, in east, north, up, times the normal (-dz/de, -dz/dn, 1).
    east, north, up = np.sin(azimuth) * np.cos(height), np.cos(azimuth) * np.cos(height), np.sin(height)
    facing = (up - east * eastward + north * southward) / np.sqrt(1.0 + eastward**2 + southward**2)
    brightness: NDArray[np.float64] = np.clip(facing, 0.0, 1.0)
    return brightness
