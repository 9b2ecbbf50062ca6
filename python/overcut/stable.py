"""Stable ground, as people give it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from overcut.dem import Dem, open_surface
from overcut.exceptions import FileReadError, ParameterError
from overcut.licence import Licence
from overcut.licence_reading import read_licences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from overcut import _overcut

__all__ = ["Crossing", "stable_crossing"]

Crossing = tuple["_overcut.LicenceTable | None", "_overcut.Surface | None"]
"""Polygons, or a raster; neither for ground that is to be sought."""


def stable_crossing(source: Any, surfaces: tuple[Dem, ...]) -> Crossing:
    """Make what the extension takes of whatever tells where the ground is stable.

    Parameters
    ----------
    source : None, Dem, numpy.ndarray, path, GeoDataFrame, geometry or iterable of geometries
        An array has the shape of the first surface.
    surfaces : tuple of Dem
        The dated surfaces.

    Returns
    -------
    tuple
        Polygons and raster.

    Raises
    ------
    ParameterError
        It is none of these, or an array of another shape.
    FileReadError
        A file cannot be read.
    """
    if source is None:
        return None, None
    if isinstance(source, Dem):
        return None, source._surface
    if isinstance(source, (str, bytes, os.PathLike)):
        return _polygons(*_of_file(source)), None
    # A table of polygons is an array too.
    if hasattr(source, "geometry") and hasattr(source, "crs"):
        return _polygons(source.geometry, source.crs), None
    if hasattr(source, "__array__") and getattr(source, "ndim", 0) == 2:  # noqa: PLR2004
        return None, _mask(source, surfaces)
    shapes = [source] if hasattr(source, "__geo_interface__") else source
    if not isinstance(shapes, (list, tuple)) or not all(hasattr(each, "__geo_interface__") for each in shapes):
        raise ParameterError(
            f"stable_ground is a {type(source).__name__}; expected a surface, a two-dimensional array, or polygons "
            "(path, GeoDataFrame or geometries)"
        )
    return _polygons(shapes, None), None


def _of_file(path: Any) -> tuple[Any, Any]:
    import geopandas

    try:
        frame = geopandas.read_file(os.fsdecode(path))
    except (OSError, RuntimeError, ValueError) as error:
        raise FileReadError(f"stable_ground {os.fsdecode(path)} cannot be read: {error}") from error
    return frame.geometry, frame.crs


def _polygons(shapes: Iterable[Any], crs: Any) -> _overcut.LicenceTable:
    parts = []
    for shape in shapes:
        if shape is None:
            continue
        parts += [each for each in getattr(shape, "geoms", [shape]) if each.geom_type == "Polygon"]
    if not parts:
        raise ParameterError("stable_ground holds no polygon")
    named = [Licence(f"stable ground {number}", part) for number, part in enumerate(parts, start=1)]
    return read_licences(named, **({} if crs is None else {"crs": crs}))._table


def _mask(mask: NDArray[Any], surfaces: tuple[Dem, ...]) -> _overcut.Surface:
    import numpy as np

    if not surfaces:
        raise ParameterError("stable_ground is an array, but there is no surface whose grid it could have")
    first = surfaces[0]
    west, north, dx, dy, rows, cols = first._surface.grid
    if mask.shape != (rows, cols):
        raise ParameterError(
            f"stable_ground is an array of {mask.shape[0]} x {mask.shape[1]} cells; "
            f"expected those of {first.name}: {rows} x {cols}"
        )
    heights = np.asarray(mask, dtype=bool).astype("float32")
    return open_surface(
        heights,
        date=None,
        crs=first._surface.crs,
        transform=(west, dx, 0.0, north, 0.0, -dy),
        name="stable ground",
    )
