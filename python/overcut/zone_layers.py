"""Layers of named polygons, such as zones of competence and administrative units."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.exceptions import CrsError, FileReadError, ParameterError
from overcut.stated import crs_text
from overcut.transformation import transformations_crossing

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["ZoneLayer", "read_layer"]

_NAMES = ("name", "名称", "mc", "xzqmc", "zldwmc", "qsdwmc", "bhqmc", "zone", "unit")
"""Columns that hold names, in the order in which they are looked for; small letters."""
_LONGEST_EDGE_M = 100.0
"""An edge of this length bends by far less than a millimetre between two zones of one projection."""


@dataclass(frozen=True)
class ZoneLayer:
    """Named polygons in the CRS of the case.

    Attributes
    ----------
    kind : str
        Kind of zone, or level of unit.
    shapes : tuple of (str, geometry)
        Name and ground of each zone; equal names are one zone.
    """

    kind: str
    shapes: tuple[tuple[str, BaseGeometry], ...]


def read_layer(source: Any, kind: str, column: str | None, crs: str | None, transformation: Any) -> ZoneLayer:
    """Read a layer, and bring it into the CRS of the case.

    Parameters
    ----------
    source : str, os.PathLike, geopandas.GeoDataFrame, or iterable of (name, geometry)
        The last in the CRS of the case.
    kind : str
        For messages and for zones without a name.
    column : str, optional
        Column with names.
    crs : str or None
        CRS of the case.
    transformation : Transformation or iterable of them, optional
        For layers in another geodetic datum.

    Returns
    -------
    ZoneLayer

    Raises
    ------
    FileReadError
        A file cannot be read.
    ParameterError
        No polygon, or no such column.
    CrsError
        No CRS, or one from which no sound operation leads to that of the case.
    """
    if isinstance(source, (str, bytes, os.PathLike)):
        source = _table_of(os.fsdecode(source), kind)
    if hasattr(source, "geometry") and hasattr(source, "columns"):
        named = _named(source, kind, column)
        named = _brought(named, crs_text(source.crs), crs, kind, transformation)
    else:
        listed = source.items() if isinstance(source, Mapping) else source
        try:
            named = [(str(name), shape) for name, shape in listed]
        except (TypeError, ValueError) as error:
            raise ParameterError(
                f"{kind} is a {type(source).__name__}; expected a path, a GeoDataFrame or a list of (name, polygon)"
            ) from error
    return ZoneLayer(kind, _merged(named, kind))


def _table_of(path: str, kind: str) -> Any:
    import geopandas

    try:
        return geopandas.read_file(path)
    except (OSError, RuntimeError, ValueError) as error:
        raise FileReadError(f"{kind} {path} cannot be read: {error}") from error


def _named(table: Any, kind: str, column: str | None) -> list[tuple[str, BaseGeometry]]:
    columns = {str(each).lower(): each for each in table.columns if each != table.geometry.name}
    if column is not None and column not in table.columns:
        raise ParameterError(
            f"{kind} has no column {column!r}; its columns are {', '.join(map(str, columns.values()))}"
        )
    found = column if column is not None else next((columns[each] for each in _NAMES if each in columns), None)
    names = [None] * len(table) if found is None else list(table[found])
    return [
        (str(name) if name is not None and name == name and str(name).strip() else f"{kind} {number}", shape)  # noqa: PLR0124
        for number, (name, shape) in enumerate(zip(names, table.geometry, strict=True), start=1)
    ]


def _brought(
    named: list[tuple[str, BaseGeometry]], own: str | None, crs: str | None, kind: str, transformation: Any
) -> list[tuple[str, BaseGeometry]]:
    import numpy as np
    import shapely

    if own is None:
        raise CrsError(f"{kind} has no CRS; set it with `set_crs`, or write the layer with one")
    if crs is None or _overcut.crs_record(own)[2] == _overcut.crs_record(crs)[2]:
        return named
    stated = transformations_crossing(transformation)
    longest = _LONGEST_EDGE_M if _is_projected(own) else _LONGEST_EDGE_M / 100_000.0

    def moved(corners: Any) -> Any:
        pairs = [(float(x), float(y)) for x, y in corners]
        return np.array(_overcut.transform_points(own, crs, stated, pairs)[0]).reshape(-1, 2) if pairs else corners

    shapes = [None if shape is None else shapely.segmentize(shapely.force_2d(shape), longest) for _, shape in named]
    return [
        (name, shape if shape is None else shapely.transform(shape, moved))
        for (name, _), shape in zip(named, shapes, strict=True)
    ]


def _is_projected(crs: str) -> bool:
    return _overcut.crs_record(crs)[2].startswith("PROJCRS")


def _merged(named: list[tuple[str, Any]], kind: str) -> tuple[tuple[str, BaseGeometry], ...]:
    import shapely

    by_name: dict[str, list[BaseGeometry]] = {}
    for name, shape in named:
        if shape is None or shape.is_empty:
            continue
        if not isinstance(shape, shapely.Geometry) or shape.geom_type not in ("Polygon", "MultiPolygon"):
            found = getattr(shape, "geom_type", type(shape).__name__)
            raise ParameterError(f"{kind}, {name}: the geometry is a {found}; expected polygons")
        if not shape.is_valid:
            why = shapely.is_valid_reason(shape)
            raise ParameterError(f"{kind}, {name}: the polygon is not sound ({why}); mend the layer first")
        by_name.setdefault(name, []).append(shapely.force_2d(shape))
    if not by_name:
        raise ParameterError(f"{kind} holds no polygon")
    return tuple((name, shapely.union_all(shapes)) for name, shapes in by_name.items())
