"""Where units are done: in threads of this process, or on workers of Dask."""

from __future__ import annotations

import importlib
import os
import queue
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from overcut import _overcut
from overcut.batch.worker import Task, do_unit, job_of
from overcut.exceptions import ParameterError

if TYPE_CHECKING:
    from overcut.batch.folder import RunFolder
    from overcut.batch.planning import BatchPlan, Unit

__all__ = ["DaskEngine", "Engine", "LocalEngine", "engine_of"]

_POLL_S = 0.2


class Engine(Protocol):
    """Does units, in any order, and keeps what they give as soon as it can."""

    room: int
    """Units that may be with it at a time."""
    workers: str
    """For people."""

    def submit(self, unit: Unit, excluded: list[tuple[str, str]], rasters: str | None) -> None:
        """Hand over a unit."""

    def next(self) -> tuple[int, bytes | BaseException]:
        """Wait for a unit; give its number, and its result or what went wrong."""

    def close(self) -> None:
        """Stop what is in work, and let go of what was taken."""


class LocalEngine:
    """Threads of this process: the extension works without the interpreter.

    Many units are done side by side, each by one thread; few with all threads each. A thread keeps what it has done
    before it begins another unit: who is killed has lost one unit for each thread at most.
    """

    def __init__(self, plan: BatchPlan, folder: RunFolder, *, threads: int | None, digests: bool, cells: bool) -> None:
        cores = threads or os.cpu_count() or 1
        side_by_side = len(plan.units) >= 4 * cores
        self._at_once = cores if side_by_side else 1
        self._threads = 1 if side_by_side else cores
        self.room = 2 * self._at_once
        self.workers = f"{self._at_once} x {self._threads} threads"
        self._plan, self._folder, self._digests = plan, folder, digests
        self._job = job_of(plan.digest, plan.job, cells=cells)
        self._pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="overcut")
        self._done: queue.Queue[tuple[int, Future[bytes]]] = queue.Queue()

    def submit(self, unit: Unit, excluded: list[tuple[str, str]], rasters: str | None) -> None:
        """Hand over a unit."""
        task = Task(
            _overcut.__version__,
            self._plan.digest,
            unit.entry,
            tuple(excluded),
            self._digests,
            self._threads,
            rasters,
        )
        future = self._pool.submit(self._do, unit.number, task)
        future.add_done_callback(lambda done: self._done.put((unit.number, done)))

    def _do(self, number: int, task: Task) -> bytes:
        self._folder.log("begun", unit=number)
        result = do_unit(task, self._plan.job)
        self._folder.keep(number, result)
        return result

    def next(self) -> tuple[int, bytes | BaseException]:
        """Wait for a unit."""
        while True:
            try:
                # Without a limit, Ctrl-C would wait on Windows.
                number, future = self._done.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            error = future.exception()
            return number, future.result() if error is None else error

    def close(self) -> None:
        """Stop what is in work."""
        self._job.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._job.go_on()


class DaskEngine:
    """Workers of a Dask cluster: one that is there, or one made on this machine.

    What travels to a worker is the job (once) and the entry of a unit; what comes back is its result, a few kilobytes.
    """

    def __init__(
        self, plan: BatchPlan, folder: RunFolder, scheduler: Any, *, workers: int | None, digests: bool
    ) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError as error:
            raise ImportError('batches on Dask need distributed: pip install "overcut[batch]"') from error
        self._cluster: Any = None
        self._own = not isinstance(scheduler, distributed.Client)
        if not self._own:
            self._client = scheduler
        elif scheduler == "dask":
            # Threads share the interpreter, processes nothing: what kills one worker leaves the others.
            self._cluster = distributed.LocalCluster(
                n_workers=workers or os.cpu_count() or 1, threads_per_worker=1, processes=True, dashboard_address=None
            )
            self._client = distributed.Client(self._cluster)
        else:
            try:
                self._client = distributed.Client(str(scheduler), timeout="10s")
            except (OSError, ValueError) as error:
                raise ParameterError(f"no Dask scheduler answers at {scheduler}: {error}") from error
        threads = sum(self._client.nthreads().values())
        if threads == 0:
            self._client.wait_for_workers(1)
            threads = sum(self._client.nthreads().values())
        self.room = 3 * threads
        self.workers = f"{len(self._client.nthreads())} Dask workers, {threads} threads"
        self._plan, self._folder, self._digests = plan, folder, digests
        self._job = self._client.scatter(plan.job, broadcast=True, hash=False)
        self._completed = distributed.as_completed(with_results=False)
        self._numbers: dict[str, int] = {}

    def submit(self, unit: Unit, excluded: list[tuple[str, str]], rasters: str | None) -> None:
        """Hand over a unit."""
        task = Task(_overcut.__version__, self._plan.digest, unit.entry, tuple(excluded), self._digests, 1, rasters)
        self._folder.log("begun", unit=unit.number)
        # Earlier units first: what is merged first is there first.
        future = self._client.submit(do_unit, task, self._job, pure=False, priority=-unit.number)
        self._numbers[future.key] = unit.number
        self._completed.add(future)

    def next(self) -> tuple[int, bytes | BaseException]:
        """Wait for a unit."""
        future = next(self._completed)
        number = self._numbers.pop(future.key)
        error = future.exception()
        if error is not None:
            return number, error
        result: bytes = future.result()
        future.release()
        self._folder.keep(number, result)
        return number, result

    def close(self) -> None:
        """Let go of the cluster."""
        self._completed.clear()
        if self._own:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def engine_of(
    plan: BatchPlan,
    folder: RunFolder,
    scheduler: Any,
    *,
    workers: int | None,
    threads: int | None,
    digests: bool,
    cells: bool,
) -> Engine:
    """Engine for what a caller names: None for threads of this process, "dask", an address, or a client of Dask."""
    if scheduler is None:
        if workers is not None:
            raise ParameterError("workers are those of Dask: give scheduler='dask' too, or threads=")
        return LocalEngine(plan, folder, threads=threads, digests=digests, cells=cells)
    return DaskEngine(plan, folder, scheduler, workers=workers, digests=digests)
