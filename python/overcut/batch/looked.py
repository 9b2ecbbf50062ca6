"""Where a batch could compare: only there does "nothing was found" mean anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from overcut import _overcut
    from overcut.batch.planning import BatchPlan

__all__ = ["looked_by"]

_ON_LATTICE = 1e-6


def looked_by(plan: BatchPlan, reports: Mapping[int, _overcut.UnitReport]) -> list[BaseGeometry]:
    """Ground of each interval in which no cell without a height is.

    A unit counts whole if all of it was compared; otherwise the tiles of it in which no height is missing, where both
    epochs have such. Tiles that were resampled do not count then: their rim has no height. It is no more than what was
    compared.
    """
    import shapely

    intervals = len(plan.epochs) - 1
    found: list[list[BaseGeometry]] = [[] for _ in range(intervals)]
    for unit in plan.units:
        report = reports.get(unit.number)
        if report is None:
            continue
        box = _box(plan, unit.row, unit.col, unit.rows, unit.cols)
        partial = [at for at in range(intervals) if report.compared_cells[at] < unit.cells]
        for at in set(range(intervals)) - set(partial):
            found[at].append(box)
        if not partial:
            continue
        tiles = json.loads(unit.entry)["tiles"]
        whole = [_whole_tiles(plan, tiles[epoch], report.tiles[epoch]) for epoch in range(intervals + 1)]
        for at in partial:
            common = shapely.intersection_all([box, whole[at], whole[at + 1]])
            if not common.is_empty:
                found[at].append(common)
    return [shapely.union_all(shapes) for shapes in found]


def _whole_tiles(plan: BatchPlan, tiles: list[Any], reported: list[tuple[str, int, int, str | None]]) -> BaseGeometry:
    """Tiles of which everything that was read has a height, on the lattice of the grid."""
    import shapely

    whole = {path for path, cells, heights, _ in reported if cells and cells == heights}
    west, north, dx, dy, _, _ = plan.grid
    boxes = []
    for entry in tiles:
        raster = entry["tile"]["raster"]
        grid = raster["grid"]
        row, col = (north - grid["north"]) / dy, (grid["west"] - west) / dx
        on_lattice = (
            raster["info"]["crs"] is None
            and abs(grid["dx"] / dx - 1) + abs(grid["dy"] / dy - 1) < _ON_LATTICE
            and abs(row - round(row)) + abs(col - round(col)) < _ON_LATTICE
        )
        if on_lattice and raster["path"] in whole:
            boxes.append(_box(plan, round(row), round(col), grid["shape"]["rows"], grid["shape"]["cols"]))
    return shapely.union_all(boxes)


def _box(plan: BatchPlan, row: int, col: int, rows: int, cols: int) -> BaseGeometry:
    import shapely

    west, north, dx, dy, _, _ = plan.grid
    return shapely.box(west + col * dx, north - (row + rows) * dy, west + (col + cols) * dx, north - row * dy)
