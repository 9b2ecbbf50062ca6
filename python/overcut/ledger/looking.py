"""Where the surveys of an assessment could be compared: only there does "nothing was found" mean anything."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.exceptions import OvercutError, ParameterError
from overcut.ledger.identity import polygonal
from overcut.regions import polygons_of, rings_of
from overcut.stated import path_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

    from overcut.assessment import Assessment

__all__ = ["looked_by"]

_MOST_SQUARES = 10_000
"""Squares into which the grid is parted to find where heights are missing; a square counts if it has all of them."""
_WHOLE = 1.0 - 1e-9


def looked_by(case: Assessment, stated: Any = None) -> tuple[list[BaseGeometry | None], tuple[str, ...]]:
    """Ground that was compared in each interval, and what is to be said about it.

    The whole grid, where every cell has a height in both surveys. Otherwise the squares of the grid in which none is
    missing, from the difference that `assess` wrote or the surfaces at hand; a record that was read back has neither,
    and then nothing is known: no patch becomes dormant by it.

    Parameters
    ----------
    case : Assessment
        Assessment.
    stated : geometry, table or sequence of them, optional
        Ground that was compared, in place of the above: one for all intervals, or one for each.
    """
    import shapely

    intervals = case._data["intervals"]
    if stated is not None:
        listed = list(stated) if isinstance(stated, (list, tuple)) else [stated] * len(intervals)
        if len(listed) != len(intervals):
            raise ParameterError(f"looked has {len(listed)} grounds; the assessment has {len(intervals)} intervals")
        return [polygonal(polygons_of(each)) for each in listed], ()
    whole = polygonal(shapely.box(*case.grid.bounds))
    found: list[BaseGeometry | None] = [whole] * len(intervals)
    partial = [at for at, interval in enumerate(intervals) if interval["nodata_area_m2"] > 0.0]
    if not partial:
        return found, ()
    grounds = _valid_squares(case, partial)
    for at in partial:
        found[at] = grounds.get(at)
    unknown = (
        "heights are missing in part of the grid, and neither rasters nor surfaces are at hand to say where: no patch "
        "becomes dormant by this run; state looked=, or add the assessment where its surfaces are"
    )
    return found, () if grounds else (unknown,)


def _valid_squares(case: Assessment, intervals: Sequence[int]) -> dict[int, BaseGeometry]:
    rasters = [path for path in case.rasters if path.name.startswith("dod_") and path.is_file()]
    if len(rasters) == len(case._data["intervals"]):
        return {at: _valid_in(rasters[at], case) for at in intervals}
    with tempfile.TemporaryDirectory(prefix="overcut-") as directory:
        try:
            written = case.to_cog(Path(directory) / "rasters")
        except OvercutError:
            return {}
        rasters = [path for path in written if path.name.startswith("dod_")]
        return {at: _valid_in(rasters[at], case) for at in intervals}


def _valid_in(raster: Path, case: Assessment) -> BaseGeometry:
    import shapely

    stated: dict[str, Any] = dict.fromkeys(("name", "date", "sigma_m", "vertical_datum", "crs", "nodata", "band"), None)
    surface = _overcut.open_raster(path_text(raster, "difference"), stated)
    grid = case.grid
    cells = max(1, math.ceil(math.sqrt(grid.rows * grid.cols / _MOST_SQUARES)))
    squares = []
    for top in range(0, grid.rows, cells):
        bottom = min(top + cells, grid.rows)
        for left in range(0, grid.cols, cells):
            right = min(left + cells, grid.cols)
            squares.append(
                shapely.box(
                    grid.west + left * grid.dx_m,
                    grid.north - bottom * grid.dy_m,
                    grid.west + right * grid.dx_m,
                    grid.north - top * grid.dy_m,
                )
            )
    rings = [ring for square in squares for ring in rings_of(shapely.MultiPolygon([square]))]
    areas = [area_m2 for _, area_m2 in _overcut.zonal_sums(surface, rings)]
    whole = [square for square, area_m2 in zip(squares, areas, strict=True) if area_m2 >= _WHOLE * square.area]
    return polygonal(shapely.union_all(whole))
