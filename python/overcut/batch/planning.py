"""The plan: what is to be done, unit by unit, before anything runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.assessing import crossing_options
from overcut.batch.cost import Cost, cost_of
from overcut.batch.mosaics import Candidates, Epoch, Rule
from overcut.exceptions import ParameterError, TileReadError
from overcut.licence_reading import read_licences
from overcut.progress import reporting
from overcut.stable import stable_crossing
from overcut.stated import number, positive_integer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overcut.findings import Findings

__all__ = ["UNIT_CELLS", "BatchPlan", "Unit", "plan"]

UNIT_CELLS = 1 << 24
"""Cells of a unit, about: large enough that what its neighbours read again along the border costs little."""


@dataclass(frozen=True)
class Unit:
    """An entry of a plan.

    Attributes
    ----------
    number : int
        Place in the plan, from 0.
    row, col, rows, cols : int
        Its cells on the common grid.
    tiles : tuple of int
        How many tiles of each epoch it reads.
    entry : str
        What travels.
    """

    number: int
    row: int
    col: int
    rows: int
    cols: int
    tiles: tuple[int, ...]
    entry: str = field(repr=False)

    @property
    def cells(self) -> int:
        """Cells that it does."""
        return self.rows * self.cols


@dataclass(frozen=True, repr=False)
class BatchPlan:
    """What a batch will do; `plan` makes it, `run` does it.

    Attributes
    ----------
    job : str
        What all units need, as text.
    digest : str
        SHA-256 of it: results of one job never mix with those of another.
    units : tuple of Unit
        By rows from the north, each by columns from the west.
    epochs : tuple of dict
        Name, date, paths, and what was left out and why, of each epoch.
    rule : str
        Which height a cell has that lies in several tiles.
    grid : tuple
        West, north, dx, dy, rows, cols of the common grid.
    without_pair, far : int
        Units that are not done: no two consecutive epochs have a tile there; far from what matters.
    sentences : tuple of str
        What was taken for granted of the epochs.
    """

    job: str = field(repr=False)
    digest: str
    units: tuple[Unit, ...] = field(repr=False)
    epochs: tuple[dict[str, Any], ...] = field(repr=False)
    rule: str
    grid: tuple[float, float, float, float, int, int]
    without_pair: int
    far: int
    sentences: tuple[str, ...] = field(repr=False)

    @property
    def cells(self) -> int:
        """Cells of all units."""
        return sum(unit.cells for unit in self.units)

    def cost(self, *, workers: int | None = None, threads: int = 1) -> Cost:
        """Estimate time and memory.

        Parameters
        ----------
        workers : int, optional
            Otherwise one for each core of this machine.
        threads : int
            Of each worker.
        """
        return cost_of(self, workers=workers, threads=threads)

    @property
    def left_out(self) -> Findings:
        """Tiles that are not used, of all epochs."""
        from overcut.findings import Findings

        return Findings(each for epoch in self.epochs for each in epoch["left_out"])

    def __repr__(self) -> str:
        tiles = sum(len(epoch["paths"]) for epoch in self.epochs)
        return f"<BatchPlan: {len(self.units):,} units, {self.cells:,} cells, {tiles:,} tiles, job {self.digest[:12]}>"

    def __str__(self) -> str:
        from overcut.batch.summary import plan_text

        return plan_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the job and the entries of units, for the record."""
        epochs = [
            {
                "name": epoch["name"],
                "date": epoch["date"],
                "tiles": list(epoch["paths"]),
                "left_out": [
                    {"path": each.place.get("path"), "code": each.code, "why": each.text()}
                    for each in epoch["left_out"]
                ],
                "findings": [
                    [each.severity, each.code, dict(each.place), dict(each.values), each.topic]
                    for each in epoch["left_out"]
                ],
            }
            for epoch in self.epochs
        ]
        return {
            "overcut_version": _overcut.__version__,
            "job": self.digest,
            "rule": self.rule,
            "grid": list(self.grid),
            "units": len(self.units),
            "cells": self.cells,
            "without_pair": self.without_pair,
            "far": self.far,
            "epochs": epochs,
            "sentences": list(self.sentences),
        }


def plan(
    epochs: Iterable[Any],
    licences: Any,
    *,
    rule: Rule = "newest",
    grid: Any = 0,
    crs: Any = None,
    unit_cells: int = UNIT_CELLS,
    near_m: float | None = None,
    watch: Any = None,
    stable_ground: Any = None,
    progress: Any = False,
    **options: Any,
) -> BatchPlan:
    """Plan a batch: read headers, register surveys and model their errors on a sample, cut the grid into units.

    Parameters
    ----------
    epochs : iterable of Tiles or sources of tiles
        At least two, in the order of their dates; anything that `read_tiles` takes.
    licences : Licences, str, os.PathLike, geopandas.GeoDataFrame, or iterable of Licence
        As in `assess`.
    rule : {"newest", "best", "mean"}
        Which height a cell has that lies in several tiles: that of the latest survey, that with the smallest stated
        error, or the mean of all. It never depends on the order in which tiles are listed.
    grid : int, or (west, north, dx, dy, rows, cols)
        Position of the epoch whose tiles set the common grid: the lattice that most of them lie on, over the extent of
        all.
    crs : optional
        Of a grid in numbers.
    unit_cells : int
        Cells of a unit, about; units hold whole tiles or whole stored blocks. Results do not depend on it.
    near_m : float, optional
        Leave out units that are farther than this from every licence and watch area, metres: nothing is then found
        there.
    watch : str, os.PathLike or geopandas.GeoDataFrame, optional
        Further areas that matter: closed mines, known danger points.
    stable_ground : optional
        As in `assess`; not as an array.
    progress : bool or callable
        As in `assess`.
    **options
        Those of `assess` that concern figures: confidence, lod_m, connectivity, min_area_m2, min_depth_m, elevation,
        register, reference, estimate_errors, false_alarm, corner_sigma_m, vertical_datum, transformation.

    Returns
    -------
    BatchPlan

    Raises
    ------
    OvercutError
        Of the kinds in `overcut.exceptions`. A tile that cannot be used stops nothing: it is listed in `left_out`.

    Notes
    -----
    Surveys are brought onto each other as wholes: one shift for an epoch, from a sample spread over the grid. Tiles
    that are each shifted in their own way are to be co-registered before.
    """
    taken = {"grid", "threads", "block_shape"} & options.keys()
    if taken:
        raise ParameterError(f"{sorted(taken)[0]} is no option of a batch's figures; see grid=, unit_cells= and run()")
    crossing = {**crossing_options(**options), "rasters": None, "overwrite": False}
    candidates = Candidates(epochs, rule=rule, grid=grid, crs=crs)
    table = read_licences(licences)._table
    stable = stable_crossing(stable_ground, ())
    wanted = positive_integer(unit_cells, "unit_cells")
    within_m = None if near_m is None else number(near_m, "near_m", least=0, unit="metres")
    while True:
        found = candidates.epochs()
        near = None if within_m is None else _near(licences, watch, within_m, found)
        mosaics = [epoch.mosaic for epoch in found]
        try:
            with reporting(progress, "plan") as report:
                planned = _overcut.plan_batch(mosaics, table, stable, crossing, (wanted, near), report)
            break
        except TileReadError as error:
            # One of the tiles in the sample: the others are planned without it.
            if not candidates.without(error.path, error.message):
                raise
    units = tuple(Unit(number_, *window, tuple(tiles), entry) for number_, window, tiles, entry in planned.units)
    sentences = [sentence for epoch in found for sentence in epoch.told(rule)]
    if near_m is not None:
        sentences.append(
            f"{planned.far} units farther than {near_m:g} m from every licence and watch area were left out: nothing "
            "was looked for there"
        )
    return BatchPlan(
        job=planned.job,
        digest=planned.digest,
        units=units,
        epochs=tuple(_as_dict(epoch) for epoch in found),
        rule=rule,
        grid=found[0].mosaic.grid,
        without_pair=planned.without_pair,
        far=planned.far,
        sentences=tuple(sentences),
    )


def _as_dict(epoch: Epoch) -> dict[str, Any]:
    return {"name": epoch.name, "date": epoch.date, "paths": epoch.paths, "left_out": epoch.left_out}


def _near(
    licences: Any, watch: Any, near_m: float, epochs: list[Epoch]
) -> tuple[list[tuple[float, float, float, float]], float]:
    """Rectangles around licences and watch areas, in the CRS of the grid."""
    import geopandas

    crs = epochs[0].mosaic.crs
    frames = [read_licences(licences).to_geodataframe()]
    if watch is not None:
        frames.append(watch if isinstance(watch, geopandas.GeoDataFrame) else geopandas.read_file(watch))
    places: list[tuple[float, float, float, float]] = []
    for frame in frames:
        there = frame if frame.crs is None else frame.to_crs(crs)
        bounds = there.geometry.bounds.dropna()
        places += [tuple(row) for row in bounds.to_numpy().tolist()]
    return places, near_m


def text_of(plan_: BatchPlan) -> str:
    """Record of a plan as JSON."""
    return json.dumps(plan_.to_dict(), ensure_ascii=False, indent=1)
