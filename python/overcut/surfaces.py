"""Surfaces made from survey points and contours."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.dem import Dem
from overcut.exceptions import ParameterError
from overcut.points import survey_points
from overcut.stated import number, positive_integer

if TYPE_CHECKING:
    import datetime

__all__ = ["PointQuality", "surface_from_points"]

GridTuple = tuple[float, float, float, float, int, int]

_MOST_CELLS = 400_000_000


@dataclass(frozen=True)
class PointQuality:
    """What is known of a surface made from points.

    Attributes
    ----------
    points, duplicates, triangles : int
        Points given, points at the place of another one, triangles between them.
    worst_duplicate_m : float
        Greatest difference of height at one place.
    breaklines, crossings : int
        Lines that were kept as sides, and places where they cross.
    level_share : float
        Share of the area in triangles whose corners have one height: contours make them of tops, spurs and gullies.
    mean_spacing_m : float
        Root of the area per point.
    folds, seed : int
        How points were left out.
    tested, outside : int
        Points that were looked up in the surface of the others, and those outside it.
    rmse_m, nmad_m, bias_m, worst_m : float
        Of surface - point at points that were left out. The root mean square is the `sigma_m` of the surface.
    worst_at : tuple of float
        Where the worst is.
    notes : tuple of str
        What the reader of the points found.
    """

    points: int
    duplicates: int
    triangles: int
    worst_duplicate_m: float
    breaklines: int
    crossings: int
    level_share: float
    mean_spacing_m: float
    folds: int
    seed: int
    tested: int
    outside: int
    rmse_m: float
    nmad_m: float
    bias_m: float
    worst_m: float
    worst_at: tuple[float, float]
    notes: tuple[str, ...]


def surface_from_points(
    points: Any,
    *,
    date: str | datetime.date,
    cell_m: float | None = None,
    like: Dem | None = None,
    breaklines: Any = None,
    crs: Any = None,
    vertical_datum: str | None = None,
    sigma_m: float | None = None,
    max_edge_m: float | None = None,
    folds: int = 10,
    seed: int = 1,
    name: str | None = None,
    **reading: Any,
) -> Dem:
    """Make a surface of survey points or contours: a triangulation, looked up at the centres of cells.

    Parameters
    ----------
    points : str, os.PathLike, array, table or SurveyPoints
        As in `read_points`; an array has the columns east, north, height.
    date : str or datetime.date
        Day of the survey.
    cell_m : float, optional
        Side of a cell; or `like`.
    like : Dem, optional
        Surface whose grid, CRS and vertical datum are taken.
    breaklines : list of arrays, or path, optional
        Lines (east, north, height) that the surface follows: crests, toes, edges of roads.
    crs, vertical_datum : optional
        As in `Dem`.
    sigma_m : float, optional
        In place of the error found by leaving points out.
    max_edge_m : float, optional
        Triangles with a longer side are left out: the surface ends there.
    folds : int
        Parts into which points are dealt; each is left out once and looked up in the surface of the others. Corners
        of a contour stay together.
    seed : int
        Of the dealing.
    name : str, optional
        Name in messages and results.
    **reading
        For `read_points`: layer, height_field, ground_only, thin_m, encoding.

    Returns
    -------
    Dem
        With `quality`, and the root mean square error as `sigma_m`.

    Raises
    ------
    FileReadError, ParameterError
        The points cannot be read, or make no surface.

    Examples
    --------
    >>> import numpy as np
    >>> import overcut as oc
    >>> x, y = (each.ravel() for each in np.meshgrid(np.arange(0.0, 60, 5), np.arange(0.0, 60, 5)))
    >>> hill = np.column_stack([500000 + x, 3940000 + y, 100 + 0.2 * x])
    >>> dem = oc.surface_from_points(hill, date="2021-05-01", cell_m=2.0, crs="EPSG:4546")
    >>> dem.shape, dem.cell_m, round(dem.quality.rmse_m, 6)
    ((28, 28), (2.0, 2.0), 0.0)
    """
    survey = survey_points(points, breaklines=breaklines, **reading)
    everything = survey.xyz if not survey.breaklines else _stacked(survey)
    if len(everything) == 0:
        raise ParameterError(f"{survey.source}: no point is given")
    grid, crs, vertical_datum = _grid(everything, cell_m, like, crs, vertical_datum)
    west, north, dx, dy, rows, cols = grid
    if rows * cols > _MOST_CELLS:
        raise ParameterError(f"cell_m is {cell_m}: {rows} x {cols} cells are too many; take larger cells")
    origin = [math.floor(west), math.floor(north)]
    edge = None if max_edge_m is None else number(max_edge_m, "max_edge_m", least=0, unit="metres")
    ground = _overcut.Ground.tin(survey.xyz, survey.breaklines, origin, edge)
    left_out = json.loads(
        _overcut.leave_out(
            survey.xyz, survey.groups, survey.breaklines, origin, positive_integer(folds, "folds"), int(seed)
        )
    )
    quality = _quality(json.loads(ground.summary or "{}"), left_out, survey.notes)
    sigma = sigma_m
    if sigma is None and math.isfinite(quality.rmse_m):
        sigma = quality.rmse_m
    dem = Dem(
        ground.heights(grid),
        date=date,
        sigma_m=sigma,
        vertical_datum=vertical_datum,
        crs=crs,
        transform=(west, dx, 0.0, north, 0.0, -dy),
        name=name or f"surface of {survey.source}",
    )
    dem._quality = quality
    return dem


def _stacked(survey: Any) -> Any:
    import numpy as np

    return np.concatenate([survey.xyz, *survey.breaklines])


def _grid(
    xyz: Any, cell_m: float | None, like: Dem | None, crs: Any, vertical_datum: str | None
) -> tuple[GridTuple, Any, str | None]:
    if like is not None:
        if cell_m is not None:
            raise ParameterError("cell_m and like were both given; give one of them")
        return like._surface.grid, crs or like.crs, vertical_datum or like.vertical_datum
    if cell_m is None:
        raise ParameterError("the side of a cell is missing; give cell_m, or like=<a surface with the grid>")
    cell = number(cell_m, "cell_m", least=0, unit="metres, more than 0")
    if cell <= 0:
        raise ParameterError(f"cell_m is {cell_m!r}; expected metres, more than 0")
    west, south = (math.floor(xyz[:, axis].min() / cell) * cell for axis in (0, 1))
    cols, rows = (max(1, math.ceil((xyz[:, axis].max() - low) / cell - 1e-9)) for axis, low in ((0, west), (1, south)))
    return (west, south + rows * cell, cell, cell, rows, cols), crs, vertical_datum


def _quality(summary: dict[str, Any], left_out: dict[str, Any], notes: tuple[str, ...]) -> PointQuality:
    distinct = max(1, summary["points"] - summary["duplicates"])
    return PointQuality(
        points=summary["points"],
        duplicates=summary["duplicates"],
        triangles=summary["facets"],
        worst_duplicate_m=summary["worst_duplicate_m"],
        breaklines=summary["breaklines"],
        crossings=summary["crossings"],
        level_share=summary["level_area_m2"] / summary["area_m2"],
        mean_spacing_m=math.sqrt(summary["area_m2"] / distinct),
        folds=left_out["folds"],
        seed=left_out["seed"],
        tested=left_out["points"],
        outside=left_out["outside"],
        # JSON has no number for what was not found.
        rmse_m=_number(left_out["rmse_m"]),
        nmad_m=_number(left_out["nmad_m"]),
        bias_m=_number(left_out["bias_m"]),
        worst_m=_number(left_out["worst_m"]),
        worst_at=(_number(left_out["worst_at"][0]), _number(left_out["worst_at"][1])),
        notes=notes,
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
