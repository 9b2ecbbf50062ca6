"""What a writer of its own does to a ledger: one process each."""

from __future__ import annotations

import os
import signal

import overcut as oc
from overcut.ledger.store import Writing

from .ledger_scenes import areas


def comparison(at):
    """A run of its own: a pit that is its own, and one that every run has seen."""
    west = 12.0 * at
    return oc.Comparison(
        areas((west, 100, west + 10, 110, 100 + at), (-40, 0, -20, 20, 1000)), earlier="2025-01-01", later="2025-04-01"
    )


def write(place, at):
    """Add a run, a lead, a description and an inspection; and one run that everybody adds."""
    ledger = oc.Ledger.open(place)
    by = f"writer {at}"
    told = ledger.add(comparison(at), by=by)
    ledger.lead((500_000.0 + at, 3_940_300.0), by=by, when="2025-02-01", text=f"lead {at}")
    patch = told.patches["C1-001"]
    ledger.inspect(patch, outcome="unlawful", filed=bool(at % 2), by=by, when="2025-05-01")
    ledger.describe(patch, by=by, subject=f"subject {at}")
    shared = ledger.add(comparison(1000), by=by)
    return told.run, told.patches, shared.already


def make(place):
    """Open or make the ledger, as all others do at the same time."""
    return oc.Ledger.open(place, create=True, crs="EPSG:4546", by=f"process {os.getpid()}").storage


def die_after(place, at, rows):
    """Add a run, and be killed once so many rows have been written."""
    own, written = Writing.add, 0

    def add(self, table, **values):
        nonlocal written
        written += 1
        if written > rows:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        return own(self, table, **values)

    Writing.add = add
    oc.Ledger.open(place).add(comparison(at), by=f"writer {at}")
    raise AssertionError(f"only {written} rows were written")
