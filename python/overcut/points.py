"""Survey points and lines with elevations, from what people have: CASS, CSV, LAS, DXF, Shapefile, tables, arrays."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.decoding import decoded
from overcut.exceptions import FileReadError, ParameterError
from overcut.stated import path_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Points = NDArray[np.float64]

__all__ = ["SurveyPoints", "read_points", "survey_points"]

_LAS_CHUNK = 1_000_000
_GROUND = 2
"""Class of ground in LAS files."""
_LAS = (".las", ".laz")
_TEXT = (".dat", ".csv", ".txt", ".xyz")
_HEIGHT_FIELDS = ("elevation", "elev", "height", "z", "h", "contour", "高程", "标高", "bsgc", "dgx", "level")
_X_NAMES = ("x", "east", "easting", "e", "东坐标", "东")
_Y_NAMES = ("y", "north", "northing", "n", "北坐标", "北")
_Z_NAMES = ("z", "h", "height", "elevation", "elev", "高程", "标高")
_CASS_FIELDS = 5


@dataclass(frozen=True)
class SurveyPoints:
    """Points with heights, and lines that the surface must follow.

    Attributes
    ----------
    xyz : ndarray, shape (n, 3)
        East, north, height, metres.
    groups : ndarray of uint64 or None
        What each point goes with when points are left out: the contour that it is a corner of.
    breaklines : list of ndarray, shape (m, 3)
        Crests, toes and the like.
    source : str
        Where they come from.
    notes : tuple of str
        Whatever was dropped or taken for granted.
    """

    xyz: Points
    groups: NDArray[np.uint64] | None = None
    breaklines: list[Points] = field(default_factory=list)
    source: str = "points in memory"
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.xyz)

    def __repr__(self) -> str:
        lines = f", {len(self.breaklines)} breaklines" if self.breaklines else ""
        return f"<SurveyPoints {self.source}: {len(self.xyz)} points{lines}>"


def survey_points(points: Any, *, breaklines: Any = None, **reading: Any) -> SurveyPoints:
    """Points from a path, an array, a table with heights, or `SurveyPoints`; `reading` is for `read_points`."""
    if isinstance(points, SurveyPoints):
        found = points
    elif isinstance(points, (str, os.PathLike)):
        found = read_points(points, **reading)
    elif hasattr(points, "geometry"):
        found = _of_table(points, reading.get("height_field"), "table")
    else:
        found = SurveyPoints(_array(points, "points"))
    if breaklines is None:
        return found
    lines = [*found.breaklines, *_lines(breaklines)]
    return SurveyPoints(found.xyz, found.groups, lines, found.source, found.notes)


def read_points(
    path: str | os.PathLike[str],
    *,
    layer: str | None = None,
    height_field: str | None = None,
    ground_only: bool = True,
    thin_m: float | None = None,
    encoding: str | None = None,
) -> SurveyPoints:
    r"""Read points, or contours with elevations.

    Parameters
    ----------
    path : str or os.PathLike
        ``.dat`` (CASS: id, code, east, north, height), ``.csv``, ``.txt``, ``.xyz`` (a header with x, y, z; or three
        columns: east, north, height), ``.las``, ``.laz`` (``pip install "overcut[las]"``), or anything that pyogrio
        reads: DXF, Shapefile, GeoPackage. Lines become points that are left out together.
    layer : str, optional
        Layer of the file, or of the drawing.
    height_field : str, optional
        Column of the elevation where geometries have none.
    ground_only : bool
        Whether only class 2 is taken from a LAS file that has it.
    thin_m : float, optional
        Side of squares of which one point each is kept, the lowest: for LAS files.
    encoding : str, optional
        Of text; otherwise UTF-8, else GB18030.

    Returns
    -------
    SurveyPoints

    Raises
    ------
    FileReadError
        The file is missing, unreadable, or has no points with heights.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "pit.dat"
    >>> _ = file.write_text("1,,498203.1,3940158.2,1152.40\n2,KCD,498210.0,3940161.5,1151.95\n", encoding="utf-8")
    >>> read_points(file).xyz.tolist()
    [[498203.1, 3940158.2, 1152.4], [498210.0, 3940161.5, 1151.95]]
    """
    name = path_text(path, "points")
    suffix = Path(name).suffix.lower()
    if not name.startswith("/vsi") and not Path(name).exists():
        raise FileReadError(f"points {name}: there is no such file")
    if suffix in _LAS:
        found = _read_las(name, ground_only, thin_m)
    elif suffix in _TEXT:
        found = _read_text(name, suffix, encoding)
    else:
        found = _read_vector(name, layer, height_field)
    if not len(found):
        raise FileReadError(f"points {name}: nothing in it has an elevation")
    return found


def _read_text(name: str, suffix: str, encoding: str | None) -> SurveyPoints:
    data = Path(name).read_bytes()
    text = decoded(data, f"points {name}", encoding)
    lines = text.splitlines()
    # CASS writes the number of points into the first line, so a few are looked at.
    head = "".join(lines[:10])
    separator = next((sign for sign in (",", "\t", ";") if sign in head), None)
    rows = list(csv.reader(lines, delimiter=separator)) if separator else [line.split() for line in lines]
    kept: list[list[float]] = []
    notes: list[str] = []
    columns: tuple[int, int, int] | None = None
    for at, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if columns is None:
            columns, header = _columns(cells, suffix, name)
            if header:
                continue
        numbers = _numbers(cells, columns)
        if numbers is not None:
            kept.append(numbers)
        else:
            if suffix == ".dat" and len(cells) < _CASS_FIELDS:
                # The number of points, or an end mark.
                continue
            raise FileReadError(
                f"points {name}, line {at}: {','.join(row)!r} has no numbers for east, north and height; "
                "mend the line or remove it"
            )
    return SurveyPoints(_array(kept, f"points of {name}"), source=name, notes=tuple(notes))


def _numbers(cells: list[str], columns: tuple[int, int, int]) -> list[float] | None:
    try:
        return [float(cells[column]) for column in columns]
    except (IndexError, ValueError):
        return None


def _columns(cells: list[str], suffix: str, name: str) -> tuple[tuple[int, int, int], bool]:
    """Positions of east, north and height, and whether the line is a header."""
    if suffix == ".dat":
        return (2, 3, 4), False
    lower = [cell.lower().lstrip("\ufeff") for cell in cells]
    found = [
        next((lower.index(each) for each in names if each in lower), None) for names in (_X_NAMES, _Y_NAMES, _Z_NAMES)
    ]
    if all(position is not None for position in found):
        return (found[0] or 0, found[1] or 0, found[2] or 0), True
    try:
        _ = [float(cell) for cell in cells[:3]]
    except ValueError:
        raise FileReadError(
            f"points {name}: the first line is {','.join(cells)!r}; expected a header with x, y and z "
            "(x east, y north), or three columns of numbers: east, north, height"
        ) from None
    return (0, 1, 2), False


def _read_las(name: str, ground_only: bool, thin_m: float | None) -> SurveyPoints:
    try:
        import laspy
    except ImportError as error:
        raise ImportError('LAS and LAZ files need laspy: pip install "overcut[las]"') from error
    notes: list[str] = []
    kept: list[Points] = []
    try:
        with laspy.open(name) as file:
            total = file.header.point_count
            classes = _classes(name) if ground_only else set()
            ground = _GROUND in classes
            if ground_only and not ground:
                notes.append("no point is classed as ground (2): all were taken, vegetation and buildings among them")
            for chunk in file.chunk_iterator(_LAS_CHUNK):
                xyz = np.column_stack([chunk.x, chunk.y, chunk.z]).astype(np.float64)
                if ground:
                    xyz = xyz[np.asarray(chunk.classification) == _GROUND]
                kept.append(xyz if thin_m is None else _lowest(xyz, thin_m))
    except (laspy.errors.LaspyException, OSError, ValueError) as error:
        raise FileReadError(f"points {name} cannot be read: {error}") from error
    xyz = np.concatenate(kept) if kept else np.empty((0, 3))
    if thin_m is not None:
        xyz = _lowest(xyz, thin_m)
    if len(xyz) < total:
        notes.append(f"{len(xyz)} of {total} points were taken")
    return SurveyPoints(np.ascontiguousarray(xyz), source=name, notes=tuple(notes))


def _classes(name: str) -> set[int]:
    import laspy

    with laspy.open(name) as file:
        return {int(each) for chunk in file.chunk_iterator(_LAS_CHUNK) for each in np.unique(chunk.classification)}


def _lowest(xyz: Points, side_m: float) -> Points:
    """Keep the lowest point of each square."""
    if len(xyz) == 0:
        return xyz
    column, row = (np.floor(xyz[:, axis] / side_m).astype(np.int64) for axis in (0, 1))
    order = np.lexsort((xyz[:, 2], row, column))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(column[order]) != 0) | (np.diff(row[order]) != 0)
    kept: Points = xyz[np.sort(order[first])]
    return kept


def _read_vector(name: str, layer: str | None, height_field: str | None) -> SurveyPoints:
    import pyogrio

    is_drawing = Path(name).suffix.lower() == ".dxf"
    try:
        options: dict[str, Any] = {} if layer is None or is_drawing else {"layer": layer}
        table = pyogrio.read_dataframe(name, **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as error:
        raise FileReadError(f"points {name} cannot be read: {error}") from error
    if is_drawing and layer is not None:
        known = sorted({str(each) for each in table["Layer"]})
        table = table[table["Layer"] == layer]
        if table.empty:
            raise FileReadError(
                f"points {name}: the drawing has no layer {layer!r}; its layers are: {', '.join(known)}"
            )
    return _of_table(table, height_field, name)


def _of_table(table: Any, height_field: str | None, name: str) -> SurveyPoints:
    """Points and corners of lines; heights from the geometry, or from a column."""
    import shapely

    geometry = np.asarray(table.geometry.array)
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    flat = bool((~shapely.has_z(geometry[~missing])).any()) if (~missing).any() else False
    column = height_field
    if column is None and flat:
        names = {str(each).lower(): each for each in table.columns}
        column = next((names[each] for each in _HEIGHT_FIELDS if each in names), None)
        if column is None:
            raise FileReadError(
                f"points {name}: geometries have no heights, and no column is called elevation, height, z or 高程; "
                "give the column as height_field"
            )
    if column is not None and column not in table.columns:
        raise FileReadError(
            f"points {name} have no column {column!r}; columns are: {', '.join(map(str, table.columns))}"
        )
    heights = None if column is None else np.asarray(table[column], dtype=np.float64)
    xyz: list[Points] = []
    groups: list[NDArray[np.uint64]] = []
    notes: list[str] = []
    dropped = int(missing.sum())
    any_line = False
    group = 0
    for at, part in _simple_parts(geometry, missing):
        kind = part.geom_type
        if kind not in ("Point", "LineString", "LinearRing", "Polygon"):
            dropped += 1
            continue
        ring = part.exterior if kind == "Polygon" else part
        corners = shapely.get_coordinates(ring, include_z=True)
        if heights is not None:
            corners[:, 2] = heights[at]
        corners = corners[np.isfinite(corners).all(axis=1)]
        if len(corners) == 0:
            dropped += 1
            continue
        any_line |= kind != "Point"
        group += 1
        xyz.append(corners)
        groups.append(np.full(len(corners), group, dtype=np.uint64))
    if dropped:
        notes.append(f"{dropped} geometries have no place or no height and were left out")
    if not xyz:
        return SurveyPoints(np.empty((0, 3)), source=name, notes=tuple(notes))
    return SurveyPoints(
        np.concatenate(xyz), np.concatenate(groups) if any_line else None, source=name, notes=tuple(notes)
    )


def _simple_parts(geometry: NDArray[Any], missing: NDArray[np.bool_]) -> Iterator[tuple[int, Any]]:
    for at in np.flatnonzero(~missing):
        for part in getattr(geometry[at], "geoms", [geometry[at]]):
            yield int(at), part


def _lines(lines: Any) -> list[Points]:
    if isinstance(lines, (str, os.PathLike)):
        found = read_points(lines)
        if found.groups is None:
            raise ParameterError(f"breaklines {found.source} hold points, no lines")
        return [found.xyz[found.groups == group] for group in np.unique(found.groups)]
    if hasattr(lines, "geometry") or hasattr(lines, "geom_type"):
        import shapely

        parts = shapely.get_parts(np.asarray(getattr(lines, "geometry", lines)))
        return [_array(shapely.get_coordinates(part, include_z=True), "a breakline") for part in parts]
    return [_array(getattr(line, "coords", line), "a breakline") for line in _sequence(lines)]


def _sequence(lines: Any) -> Sequence[Any]:
    if isinstance(lines, np.ndarray) and lines.ndim == 2:  # noqa: PLR2004
        return [lines]
    return list(lines)


def _array(points: Any, what: str) -> Points:
    try:
        found = np.ascontiguousarray(np.asarray(points, dtype=np.float64))
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.size == 0:
        found = found.reshape(0, 3)
    if found.ndim != 2 or found.shape[1] != 3:  # noqa: PLR2004
        raise ParameterError(f"{what} have shape {found.shape}; expected (n, 3): east, north and height in metres")
    return found
