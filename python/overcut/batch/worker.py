"""What a worker does: one unit, with the job set up once and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict

from overcut import _overcut
from overcut.exceptions import ParameterError

__all__ = ["do_unit", "job_of"]

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


def do_unit(
    version: str,
    digest: str,
    job: str,
    entry: str,
    excluded: list[tuple[str, str]],
    digests: bool,
    threads: int | None,
    rasters: str | None,
) -> tuple[bytes, list[str]]:
    """Do one unit; runs wherever a worker is.

    Parameters
    ----------
    version : str
        Of overcut where the batch was planned.
    digest, job : str
        The job.
    entry : str
        The unit.
    excluded : list of (path, why)
        Tiles that it does without.
    digests : bool
        Whether it takes digests of tiles.
    threads : int, optional
        Otherwise one per core.
    rasters : str, optional
        Folder for its rasters.

    Returns
    -------
    bytes, list of str
        Its result, and the rasters that it wrote.

    Raises
    ------
    ParameterError
        This worker has another version of overcut.
    TileReadError
        A tile cannot be read.
    """
    if version != _overcut.__version__:
        raise ParameterError(
            f"this worker has overcut {_overcut.__version__}, the batch was planned with {version}; install one version "
            "everywhere"
        )
    found = job_of(digest, job, cells=rasters is not None)
    result, files = found.unit(entry, excluded, digests, threads, rasters)
    return result, [str(file) for file in files]
