"""The run: every unit done once, kept at once, and all of them put together."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.batch.engines import engine_of
from overcut.batch.folder import RunFolder
from overcut.batch.planning import BatchPlan, Unit
from overcut.batch.result import BatchResult, gathered
from overcut.exceptions import ParameterError, TileReadError
from overcut.progress import reporting

if TYPE_CHECKING:
    import os

    from overcut.batch.engines import Engine

__all__ = ["run"]


def run(
    plan_: BatchPlan,
    folder: str | os.PathLike[str],
    *,
    scheduler: Any = None,
    workers: int | None = None,
    threads: int | None = None,
    retries: int = 2,
    resume: bool = False,
    overwrite: bool = False,
    rasters: bool = False,
    digests: bool = True,
    progress: Any = False,
) -> BatchResult:
    """Do a plan, and put what its units give together.

    Parameters
    ----------
    plan_ : BatchPlan
        From `plan`, or from `read_plan` to continue.
    folder : str or os.PathLike
        Where units are kept as they are done.
    scheduler : None, "dask", str or distributed.Client
        None: threads of this process. "dask": workers made on this machine. An address, such as
        ``tcp://10.0.0.5:8786``, or a client: a cluster that is there, whose workers see the tiles under the same names.
    workers : int, optional
        Of "dask"; otherwise one per core.
    threads : int, optional
        Of this process; otherwise one per core. Results depend on none of these.
    retries : int
        How often a unit that failed is tried again. A tile that cannot be read even then is left out of the unit and
        listed.
    resume : bool
        Continue a run in the folder: units that are kept are not done again.
    overwrite : bool
        Replace a run in the folder.
    rasters : bool
        Whether each unit writes its differences, classes and standings as cloud-optimised GeoTIFFs.
    digests : bool
        Whether the SHA-256 of every tile is taken.
    progress : bool or callable
        As in `assess`.

    Returns
    -------
    BatchResult

    Raises
    ------
    OvercutError
        The folder cannot be used, or no unit could be done. A unit or tile that fails stops nothing else: both are
        listed in the result.
    """
    if not isinstance(plan_, BatchPlan):
        raise ParameterError(f"plan_ is a {type(plan_).__name__}; expected what overcut.batch.plan(…) gives")
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        raise ParameterError(f"retries is {retries!r}; expected 0 or more")
    if not plan_.units:
        raise ParameterError("the plan has no unit: nowhere do two consecutive epochs have tiles; see plan.left_out")
    kept = RunFolder(folder)
    with kept.opened(plan_, resume=resume, overwrite=overwrite), reporting(progress, "batch") as report:
        work = _Work(plan_, kept, retries, rasters, report)
        work.begin()
        if work.waiting:
            engine = engine_of(plan_, kept, scheduler, workers=workers, threads=threads, digests=digests, cells=rasters)
            kept.log("run", workers=engine.workers, units=len(work.waiting))
            try:
                work.through(engine)
            finally:
                engine.close()
        return gathered(plan_, kept, work.failed, rasters=rasters)


@dataclass
class _Trial:
    """A unit that is not done yet."""

    unit: Unit
    attempts: int = 0
    excluded: list[tuple[str, str]] = field(default_factory=list)


class _Work:
    """What is done, what waits, what failed."""

    def __init__(self, plan_: BatchPlan, folder: RunFolder, retries: int, rasters: bool, report: Any) -> None:
        self._plan, self._folder, self._retries, self._rasters, self._report = plan_, folder, retries, rasters, report
        self.waiting: deque[_Trial] = deque()
        self.failed: dict[int, str] = {}
        self._with_engine: dict[int, _Trial] = {}
        self._cells_done = 0

    def begin(self) -> None:
        """Find out what is there."""
        done = self._folder.done(self._plan)
        if self._rasters:
            done = {number: found for number, found in done.items() if self._folder.rasters(number).is_dir()}
        self.waiting.extend(_Trial(unit) for unit in self._plan.units if unit.number not in done)
        self._cells_done = sum(unit.cells for unit in self._plan.units if unit.number in done)
        self._tell()

    def through(self, engine: Engine) -> None:
        """Do everything that waits."""
        while self.waiting or self._with_engine:
            while self.waiting and len(self._with_engine) < engine.room:
                trial = self.waiting.popleft()
                number = trial.unit.number
                self._with_engine[number] = trial
                trial.attempts += 1
                rasters = str(self._folder.rasters(number).absolute()) if self._rasters else None
                engine.submit(trial.unit, trial.excluded, rasters)
            number, outcome = engine.next()
            trial = self._with_engine.pop(number)
            if isinstance(outcome, BaseException):
                self._again(trial, outcome)
            else:
                self._folder.log("done", unit=number, seconds=round(_overcut.unit_report(outcome).seconds, 4))
                self._cells_done += trial.unit.cells
                self._tell()

    def _again(self, trial: _Trial, error: BaseException) -> None:
        """Try again, without a tile that is to blame if it was tried often enough; or give up."""
        if not isinstance(error, Exception) or isinstance(error, ParameterError):
            raise error
        number, why = trial.unit.number, str(error) or type(error).__name__
        if trial.attempts <= self._retries:
            self._folder.log("retry", unit=number, attempt=trial.attempts, why=why)
            time.sleep(min(0.05 * 2**trial.attempts, 5.0) if not isinstance(error, TileReadError) else 0.0)
        elif isinstance(error, TileReadError) and error.path not in dict(trial.excluded):
            self._folder.log("tile left out", unit=number, tile=error.path, why=why)
            trial.excluded.append((error.path, why))
            # What is wrong with one tile says nothing of the next.
            trial.attempts = self._retries
        else:
            self._folder.log("failed", unit=number, why=why)
            self.failed[number] = why
            self._cells_done += trial.unit.cells
            self._tell()
            return
        self.waiting.appendleft(trial)

    def _tell(self) -> None:
        if self._report is not None:
            self._report(self._cells_done, self._plan.cells)
