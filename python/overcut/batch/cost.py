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
CELL_S = 12e-9
"""A cell of one epoch: read, decoded, assessed, and its share of the digest."""
TILE_S = 1.0e-3
"""A tile: its header when planning, and opening it to read."""
UNIT_S = 6e-3
"""A unit: its entry, its result, the merge."""
FIXED_S = 2.0
"""Setting up, registration and errors on their sample, the tables."""
BASE_MB = 180.0
"""A worker with the job set up."""
THREAD_MB = 60.0
"""A thread of it, with its blocks and open tiles."""
RESULT_BYTES = 40_000.0
"""What a unit sends, about; more where there are many patches."""


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
    A million tiles of 256 x 256 cells, two epochs, on 64 workers:

    >>> cost = estimate(cells=1_000_000 * 65_536, tiles=1_000_000, units=4_000, workers=64)
    >>> 10 < cost.seconds < 200
    True
    """
    work = cells * CELL_S + tiles * TILE_S + units * UNIT_S
    # The last round of units is not full.
    rounds = math.ceil(max(units, 1) / (workers * threads)) * workers * threads / max(units, 1)
    seconds = FIXED_S + work * min(rounds, 2.0) / (workers * threads)
    return Cost(
        seconds=seconds,
        memory_mb=BASE_MB + THREAD_MB * threads,
        sent_mb=units * RESULT_BYTES / 1e6,
        workers=workers,
        threads=threads,
    )
