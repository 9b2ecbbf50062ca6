"""The result of a batch: the assessment of everything, and what became of every tile and unit."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from overcut.assessment import Assessment
from overcut.batch.looked import looked_by
from overcut.batch.worker import job_of
from overcut.exceptions import OvercutError
from overcut.records import frame_of
from overcut.stac_collection import RasterItem, write_stac_collection
from overcut.tiles.paths import shown

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

    from pandas import DataFrame
    from shapely.geometry.base import BaseGeometry

    from overcut import _overcut
    from overcut.batch.folder import RunFolder
    from overcut.batch.planning import BatchPlan

__all__ = ["BatchResult", "TileFate", "gathered"]

_TILE_COLUMNS = ["epoch", "path", "status", "cells", "cells_with_height", "units", "sha256", "why"]
_UNIT_COLUMNS = ["unit", "status", "row", "col", "rows", "cols", "seconds", "tiles_left_out", "why"]


@dataclass
class TileFate:
    """What became of a tile.

    Attributes
    ----------
    epoch, path : str
        The tile.
    status : str
        ``used``; ``not_needed``: others have all its cells, or no unit is there; ``no_heights``: all its cells are
        without data; ``left_out``: it could not be read, in some unit or in all; ``rejected``: it could not even be
        planned with.
    cells, cells_with_height, units : int
        What was read of it, and in how many units.
    sha256 : str or None
        Of its bytes.
    why : str
        What was wrong.
    """

    epoch: str
    path: str
    status: str = "not_needed"
    cells: int = 0
    cells_with_height: int = 0
    units: int = 0
    sha256: str | None = None
    why: str = ""


@dataclass(frozen=True, repr=False)
class BatchResult:
    """Result of `run`.

    Attributes
    ----------
    assessment : Assessment
        Of all units together: what `assess` gives for the whole mosaics, to the bit, if nothing failed.
    plan : BatchPlan
        What was done.
    folder : pathlib.Path
        Where the units are.
    failed : mapping of int to str
        Units that could not be done, and why.
    fates : tuple of TileFate
        What became of every tile, as in `tiles`.
    """

    assessment: Assessment
    plan: BatchPlan
    folder: Path
    failed: Mapping[int, str]
    fates: tuple[TileFate, ...] = field(repr=False)
    _reports: Mapping[int, _overcut.UnitReport] = field(repr=False)
    _rasters: bool = field(repr=False, default=False)

    @property
    def complete(self) -> bool:
        """Whether every unit was done, with all its tiles."""
        return not self.failed and not any(report.excluded for report in self._reports.values())

    @cached_property
    def tiles(self) -> DataFrame:
        """What became of every tile: epoch, path, status, cells, cells_with_height, units, sha256, why."""
        return frame_of([{name: getattr(each, name) for name in _TILE_COLUMNS} for each in self.fates], _TILE_COLUMNS)

    @cached_property
    def units(self) -> DataFrame:
        """What became of every unit: unit, status, row, col, rows, cols, seconds, tiles_left_out, why."""
        rows = []
        for unit in self.plan.units:
            report = self._reports.get(unit.number)
            rows.append(
                {
                    "unit": unit.number,
                    "status": "failed" if report is None else "with gaps" if report.excluded else "done",
                    "row": unit.row,
                    "col": unit.col,
                    "rows": unit.rows,
                    "cols": unit.cols,
                    "seconds": None if report is None else report.seconds,
                    "tiles_left_out": 0 if report is None else len(report.excluded),
                    "why": self.failed.get(unit.number, ""),
                }
            )
        return frame_of(rows, _UNIT_COLUMNS)

    @cached_property
    def looked(self) -> list[BaseGeometry]:
        """Ground of each interval in which no height is missing, in the CRS of the grid: for a ledger."""
        return looked_by(self.plan, self._reports)

    def write(self, directory: str | os.PathLike[str], *, overwrite: bool = False) -> list[Path]:
        """Write the result, the fate of tiles and units, and a page that sums the run up.

        Case table and patches go to GeoPackage, GeoParquet and JSON, tiles and units to CSV, the page to HTML in two
        languages.

        Parameters
        ----------
        directory : str or os.PathLike
            It is made if need be.
        overwrite : bool
            Whether files that exist may be replaced.
        """
        from overcut.batch.page import run_page
        from overcut.directories import results_in
        from overcut.publishing import publish

        files: list[Path] = []
        with results_in(directory) as path:
            case = self.assessment
            case.to_json(path / "case.json", overwrite=overwrite)
            case.to_gpkg(path / "case.gpkg", overwrite=overwrite)
            files += [path / "case.json", path / "case.gpkg"]
            files += case.to_parquet(path, overwrite=overwrite)
            tiles = self.tiles.assign(path=[shown(path) for path in self.tiles["path"]])
            for name, frame in (("tiles.csv", tiles), ("units.csv", self.units)):
                files.append(publish(path / name, frame.to_csv(index=False).encode("utf-8-sig"), overwrite=overwrite))
            for lang in ("en", "zh"):
                name = "summary.html" if lang == "en" else f"summary.{lang}.html"
                files.append(publish(path / name, run_page(self, lang=lang).encode(), overwrite=overwrite))
        return files

    def to_stac(self, directory: str | os.PathLike[str], *, overwrite: bool = False, lang: Any = "en") -> Path:
        """Write the rasters of the units as a static STAC collection.

        Raises
        ------
        OvercutError
            The run wrote no rasters.
        """
        if not self._rasters:
            raise OvercutError("the run wrote no rasters; run it with rasters=True")
        return write_stac_collection(directory, self._items(), overwrite=overwrite, lang=lang)

    def _items(self) -> list[RasterItem]:
        from overcut.assessment import Grid

        west, north, dx, dy, _, _ = self.plan.grid
        crs = self.assessment.crs
        items = []
        for unit in self.plan.units:
            if unit.number not in self._reports:
                continue
            folder = self.folder / "rasters" / f"{unit.number:06d}"
            grid = Grid(west + unit.col * dx, north - unit.row * dy, dx, dy, unit.rows, unit.cols)
            dates = self.assessment.dates
            for start, end in itertools.pairwise(dates):
                between = f"{start.isoformat()}_{end.isoformat()}"
                files = {kind: folder / f"{kind}_{between}.tif" for kind in ("dod", "class", "standing")}
                items.append(
                    RasterItem(
                        id=f"unit-{unit.number:06d}-{between}",
                        rasters=files,
                        start=start,
                        end=end,
                        grid=grid,
                        crs=crs,
                        properties={"overcut:digest": self.assessment.digest},
                    )
                )
        return items

    def __str__(self) -> str:
        from overcut.batch.summary import result_text

        return result_text(self)

    def __repr__(self) -> str:
        done = len(self._reports)
        gaps, digest = "" if self.complete else ", with gaps", self.assessment.digest[:12]
        return f"<BatchResult: {done:,} of {len(self.plan.units):,} units done{gaps}, digest {digest}>"

    def _repr_html_(self) -> str:
        from overcut.batch.page import result_html

        return result_html(self)


def gathered(plan: BatchPlan, folder: RunFolder, failed: dict[int, str], *, rasters: bool = False) -> BatchResult:
    """Put the units in a folder together.

    Raises
    ------
    OvercutError
        No unit was done, or nothing could be compared.
    """
    reports = folder.done(plan)
    if not reports:
        reasons = "; ".join(sorted(set(failed.values()))[:3])
        raise OvercutError(f"no unit of {len(plan.units)} could be done: {reasons or 'none was begun'}")
    fates = _fates(plan, reports)
    job = job_of(plan.digest, plan.job, cells=False)
    record = job.finish(
        [folder.unit(unit.number) for unit in plan.units if unit.number in reports],
        [_digest_of(fates, epoch["name"]) for epoch in plan.epochs],
        sentences_of(plan, fates, failed),
    )
    return BatchResult(
        assessment=Assessment(record),
        plan=plan,
        folder=folder.path,
        failed=dict(sorted(failed.items())),
        fates=tuple(fates),
        _reports=reports,
        _rasters=rasters,
    )


def _fates(plan: BatchPlan, reports: Mapping[int, _overcut.UnitReport]) -> list[TileFate]:
    fates: list[TileFate] = []
    for position, epoch in enumerate(plan.epochs):
        by_path = {path: TileFate(epoch["name"], path) for path in epoch["paths"]}
        for number in sorted(reports):
            report = reports[number]
            for path, cells, heights, sha256 in report.tiles[position]:
                fate = by_path[path]
                fate.cells += cells
                fate.cells_with_height += heights
                fate.units += cells > 0
                fate.sha256 = fate.sha256 or sha256
            for path, why in report.excluded:
                if path in by_path:
                    by_path[path].status, by_path[path].why = "left_out", why
        for fate in by_path.values():
            if fate.status != "left_out" and fate.cells:
                fate.status = "used" if fate.cells_with_height else "no_heights"
        fates += by_path.values()
        rejected = [
            TileFate(epoch["name"], each.place.get("path", ""), "rejected", why=each.text())
            for each in epoch["left_out"]
        ]
        fates += rejected
    return fates


def _digest_of(fates: list[TileFate], epoch: str) -> str | None:
    """SHA-256 over the digests of the tiles that were read, in their order as text; None if one of them has none."""
    used = [fate.sha256 for fate in fates if fate.epoch == epoch and fate.status in ("used", "no_heights")]
    if not used or None in used:
        return None
    return hashlib.sha256("\n".join(sorted(str(each) for each in used)).encode()).hexdigest()


def sentences_of(plan: BatchPlan, fates: list[TileFate], failed: Mapping[int, str]) -> list[str]:
    sentences = list(plan.sentences)
    for fate in fates:
        path = shown(fate.path) or "(no path)"
        if fate.status == "left_out":
            why = fate.why.replace(fate.path, path)
            sentences.append(
                f"tile {path} of {fate.epoch} could not be read, and its cells count as ones without data: {why}"
            )
        elif fate.status == "rejected":
            sentences.append(f"tile {path} of {fate.epoch} was left out: {fate.why}")
        elif fate.status == "no_heights":
            sentences.append(f"tile {path} of {fate.epoch} has no height where it was read")
    for number, why in sorted(failed.items()):
        unit = plan.units[number]
        sentences.append(
            f"unit {number} (rows {unit.row} to {unit.row + unit.rows - 1}, columns {unit.col} to "
            f"{unit.col + unit.cols - 1}) could not be done, and its cells count as ones without data: {why}"
        )
    return sentences
