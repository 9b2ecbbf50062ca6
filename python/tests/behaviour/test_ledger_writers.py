"""Many writers at a time, and writers that are killed: nothing is lost, nothing is half there."""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

import pytest

import overcut as oc

from . import ledger_writers
from .conftest import CRS

WRITERS = 50
PRELOADED = ["overcut.ledger", "geopandas", "pyogrio", "pyproj", "psycopg", "pytest", "rasterio", "affine"]


def _context():
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    # Processes of their own that start from one in which everything is imported already.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


@pytest.mark.slow
@pytest.mark.parametrize("place", ["geopackage", "wkb"], indirect=True)
def test_fifty_writers_at_a_time_lose_nothing(place):
    place = str(place)
    with ProcessPoolExecutor(WRITERS, mp_context=_context()) as writers:
        assert len(set(writers.map(ledger_writers.make, [place] * 8))) == 1
        told = list(writers.map(ledger_writers.write, [place] * WRITERS, range(WRITERS)))
    ledger = oc.Ledger.open(place)
    assert len({run for run, _, _ in told}) == WRITERS
    assert [already for _, _, already in told].count(False) == 1  # the run of all was added by one of them
    runs = ledger.runs
    assert len(runs) == WRITERS + 1
    assert set(runs["said_by"]) == {f"writer {at}" for at in range(WRITERS)}
    observations = ledger.observations
    assert len(observations) == 2 * (WRITERS + 1)
    assert observations["patch_id"].notna().all()
    for run, patches, _ in told:
        own = observations[observations["run"] == run]
        assert dict(zip(own["name"], own["patch_id"], strict=True)) == patches
    assert sorted(ledger.leads["text"]) == sorted(f"lead {at}" for at in range(WRITERS))
    assert len(ledger.inspections) == WRITERS
    # The pit that all have seen is one patch, and counted once.
    assert len({own["C1-002"] for _, own, _ in told}) == 1
    assert observations.query("name == 'C1-002'")["counted"].sum() == 1
    patches = ledger.patches
    assert len(patches) == WRITERS + 2
    assert sorted(patches["patch_id"]) == [f"2025-{number:06d}" for number in range(1, len(patches) + 1)]
    subjects = dict(zip(patches["patch_id"], patches["subject"], strict=True))
    assert {subjects[own["C1-001"]] for _, own, _ in told} == {f"subject {at}" for at in range(WRITERS)}
    counted = observations[observations["counted"]]["volume_m3"].sum()
    assert counted == sum(100 + at for at in (*range(WRITERS), 1000)) + 1000
    assert patches["cut_m3"].sum() == pytest.approx(counted)
    assert ledger.totals(by="period")["cut_m3"].sum() == pytest.approx(counted)
    history = ledger.history(told[0][1]["C1-001"])
    assert history["entry"].is_monotonic_increasing


@pytest.mark.slow
@pytest.mark.parametrize("place", ["geopackage", "wkb"], indirect=True)
def test_a_writer_that_is_killed_leaves_nothing_half_written(place):
    place = str(place)
    ledger = oc.Ledger.open(place, create=True, crs=CRS)
    ledger.add(ledger_writers.comparison(0), by="Li")
    before = [table.to_dict("list") for table in (ledger.patches, ledger.observations, ledger.runs)]
    context = _context()
    # Rows of one run: run, interval, a patch, two grounds, two observations; shares and states follow.
    for rows in (0, 2, 4, 6):
        writer = context.Process(target=ledger_writers.die_after, args=(place, 1, rows))
        writer.start()
        writer.join(60)
        assert writer.exitcode not in (None, 0, 1), rows
        after = [table.to_dict("list") for table in (ledger.patches, ledger.observations, ledger.runs)]
        assert repr(after) == repr(before)
    told = ledger.add(ledger_writers.comparison(1), by="Wang")
    assert told.new == ("2025-000003",)
    with ledger._store.reading() as connection:
        for table in ("grounds", "states", "intervals", "entries"):
            found = connection.exec_driver_sql(f"SELECT COUNT(*) FROM ledger_{table}").scalar()
            assert found == {"grounds": 4, "states": 3, "intervals": 2, "entries": 3}[table]
