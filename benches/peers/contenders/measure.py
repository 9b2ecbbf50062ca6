"""What every contender does alike: takes the paths, times the job, prints JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def peak_rss_mb() -> float | None:
    """Greatest resident memory of this process, MB of 10⁶ bytes; None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():  # not getrusage, whose maximum a child inherits from its parent
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def timed(job: Callable[[], dict[str, Any]]) -> None:
    """Run a job and print what it gives and what it took.

    Parameters
    ----------
    job : callable
        Gives figures. Libraries are imported before it is called: imports are not timed.
    """
    start, cpu = time.perf_counter(), os.times()
    figures = job()
    seconds, now = time.perf_counter() - start, os.times()
    cpu_seconds = sum(now[:4]) - sum(cpu[:4])
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_rss_mb": peak_rss_mb(), **figures}))


def measured(job: Callable[[str, str, str, int], float]) -> None:
    """Run a job on the paths of the command line and print what it took.

    Parameters
    ----------
    job : callable
        Takes the earlier surface, the later surface, the licences, and the number of threads; gives the volume removed
        inside the licences in plan, m³.
    """
    earlier, later, licences, threads = sys.argv[1:5]
    timed(lambda: {"cut_m3": float(job(earlier, later, licences, int(threads)))})
