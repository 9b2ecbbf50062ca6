"""Measures of an outline: long or round, whole or frayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["elongation", "roughness", "solidity"]


def elongation(outlines: NDArray[Any]) -> NDArray[np.float64]:
    """Length over width of the smallest rectangle about each outline.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> elongation(np.array([shapely.box(0, 0, 60, 20), shapely.box(0, 0, 5, 5)])).tolist()
    [3.0, 1.0]
    """
    import shapely

    found = np.full(len(outlines), np.nan)
    for at, around in enumerate(shapely.minimum_rotated_rectangle(outlines)):
        if around is None or around.geom_type != "Polygon":
            continue
        corners = shapely.get_coordinates(around)
        sides = np.hypot(*np.diff(corners[:3], axis=0).T)
        if sides.min() > 0.0:
            found[at] = sides.max() / sides.min()
    return found


def solidity(outlines: NDArray[Any]) -> NDArray[np.float64]:
    """Area of each outline over that of its convex hull.

    Examples
    --------
    A square of 2 by 2 without one of its quarters: 3 of 3.5.

    >>> import numpy as np, shapely
    >>> corner = shapely.Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
    >>> solidity(np.array([corner])).round(4).tolist()
    [0.8571]
    """
    import shapely

    return _ratio(shapely.area(outlines), shapely.area(shapely.convex_hull(outlines)))


def roughness(outlines: NDArray[Any]) -> NDArray[np.float64]:
    """Length of each outline, holes included, over that of its convex hull.

    Outlines that follow cells have steps, which make this up to 1.4 on a slanting edge; that is so for all of them.
    """
    import shapely

    return _ratio(shapely.length(outlines), shapely.length(shapely.convex_hull(outlines)))


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0.0)
    return found
