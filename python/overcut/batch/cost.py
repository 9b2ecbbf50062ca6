"""What a batch costs: a model of time and memory, with the figures of `benches/batch`."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overcut.batch.planning import BatchPlan

__all__ = ["Cost", "cost_of"]

# Fitted by benches/batch/throughput.py on two cores of a cloud machine; see benches/results/batch.md. CPU seconds.
CELL_S = 45e-9
"""A cell of one epoch: read, decoded, assessed, and its share of the digest."""
HEADER_S = 0.7e-3
"""A tile when planning: its header. The planning process reads all of them, on its own cores."""
LISTING_S = 0.2e-3
"""A tile when planning, on one core: its place in the list, and in the entries of units."""
UNIT_S = 2e-3
"""A unit: its entry, its result, the log."""
MERGE_S = 1e-3
"""A unit when all are put together, by one process."""
FIXED_S = 5.0
"""Registration and errors on their sample, setting up, the tables."""
BASE_MB = 250.0
"""A worker with the job set up."""
THREAD_MB = 75.0
"""A thread of it, with its blocks and open tiles."""
RESULT_BYTES = 60_000.0
"""What a unit of the default size sends, about; more where there are many patches."""
PLANNING_CORES = 8
"""A planning process is not taken to have more."""


@dataclass(frozen=True)
class Cost:
    """An estimate, for planning: right within a factor of two or so on other machines.

    Attributes
    ----------
    seconds : float
        From the start to the tables.
    memory_mb : float
        Of one worker at most.
    sent_mb : float
        All results together.
    workers, threads : int
        What it was made for.
    """

    seconds: float
    memory_mb: float
    sent_mb: float
    workers: int
    threads: int


def cost_of(plan: BatchPlan, *, workers: int | None = None, threads: int = 1) -> Cost:
    """Estimate what a plan costs."""
    workers = workers or os.cpu_count() or 1
    tiles = sum(len(epoch["paths"]) for epoch in plan.epochs)
    return estimate(
        cells=plan.cells * len(plan.epochs), tiles=tiles, units=len(plan.units), workers=workers, threads=threads
    )


def estimate(*, cells: int, tiles: int, units: int, workers: int, threads: int = 1) -> Cost:
    """Estimate what so many cells (of all epochs), tiles and units cost.

    Examples
    --------
    A million tiles of 256 x 256 cells in each of two epochs, on 64 workers:

    >>> cost = estimate(cells=2_000_000 * 65_536, tiles=2_000_000, units=4_000, workers=64)
    >>> 0.1 < cost.seconds / 3600 < 2
    True
    """
    at_once = workers * threads
    # The last round of units is not full.
    rounds = min(math.ceil(max(units, 1) / at_once) * at_once / max(units, 1), 2.0)
    planning = tiles * (LISTING_S + HEADER_S / min(os.cpu_count() or 1, PLANNING_CORES))
    running = (cells * CELL_S + units * UNIT_S) * rounds / at_once
    return Cost(
        seconds=FIXED_S + planning + running + units * MERGE_S,
        memory_mb=BASE_MB + THREAD_MB * threads,
        sent_mb=units * RESULT_BYTES / 1e6,
        workers=workers,
        threads=threads,
    )
