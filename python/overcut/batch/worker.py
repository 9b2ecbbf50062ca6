"""What a worker does: one unit, with the job set up once and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from overcut import _overcut
from overcut.exceptions import ParameterError

__all__ = ["Task", "do_unit", "job_of"]

_KEPT = 2
_jobs: OrderedDict[tuple[str, bool], _overcut.BatchJob] = OrderedDict()
_lock = threading.Lock()


def job_of(digest: str, job: str, *, cells: bool) -> _overcut.BatchJob:
    """Job of a text, set up at most once in a process while it is in use."""
    with _lock:
        found = _jobs.get((digest, cells))
        if found is None:
            found = _overcut.BatchJob(job, cells)
            if found.digest != digest:
                raise ParameterError(f"the job that came ({found.digest}) is not the one that was sent ({digest})")
            _jobs[digest, cells] = found
            while len(_jobs) > _KEPT:
                _jobs.popitem(last=False)
        _jobs.move_to_end((digest, cells))
        return found


@dataclass(frozen=True)
class Task:
    """What travels to a worker, beside the job.

    Attributes
    ----------
    version : str
        Of overcut where the batch was planned.
    digest : str
        Of the job.
    entry : str
        The unit.
    excluded : tuple of (path, why)
        Tiles that it does without.
    digests : bool
        Whether it takes digests of tiles.
    threads : int or None
        Otherwise one per core.
    rasters : str or None
        Folder for its rasters.
    """

    version: str
    digest: str
    entry: str
    excluded: tuple[tuple[str, str], ...]
    digests: bool
    threads: int | None
    rasters: str | None


def do_unit(task: Task, job: str) -> bytes:
    """Do one unit, wherever a worker is; gives its result.

    Raises
    ------
    ParameterError
        This worker has another version of overcut.
    TileReadError
        A tile cannot be read.
    """
    if task.version != _overcut.__version__:
        raise ParameterError(
            f"this worker has overcut {_overcut.__version__}, the batch was planned with {task.version}; install one "
            "version everywhere"
        )
    if task.rasters is not None:
        Path(task.rasters).mkdir(parents=True, exist_ok=True)
    found = job_of(task.digest, job, cells=task.rasters is not None)
    result, _ = found.unit(task.entry, task.excluded, task.digests, task.threads, task.rasters)
    return result
