"""Laws that hold for any areas in any order, through a ledger in a file; and the states of any course of events."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import overcut as oc
from overcut.ledger.states import Event, state_of

from .conftest import CRS
from .ledger_scenes import DAYS, LOOKED, areas, box

squares = st.builds(
    lambda west, south, wide, high: (west, south, west + wide, south + high),
    st.integers(0, 60),
    st.integers(0, 30),
    st.integers(3, 25),
    st.integers(3, 15),
)
volumes = st.integers(1, 500)


def _apart(rows):
    kept = []
    for row in rows:
        if not any(box(*row[:4]).intersection(box(*each[:4])).area for each in kept):
            kept.append(row)
    return kept


dug = st.lists(st.builds(lambda square, volume: (*square, volume), squares, volumes), max_size=4).map(_apart)
quarters = st.lists(st.tuples(dug, dug), min_size=1, max_size=5)


def comparison(at, cuts, fills):
    return oc.Comparison(
        areas(*cuts), areas(*fills) if fills else None, earlier=DAYS[at], later=DAYS[at + 1], looked=LOOKED
    )


@given(quarters, st.permutations(range(5)), st.randoms(use_true_random=False))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.slow
def test_any_runs_in_any_order_conserve_what_was_dug_and_change_no_id(course, order, random):
    order = [at for at in order if at < len(course)]
    with tempfile.TemporaryDirectory() as folder:
        ledgers = [oc.Ledger.open(Path(folder) / f"{name}.gpkg", create=True, crs=CRS) for name in ("a", "b")]
        known = {}
        for at in order:
            cuts, fills = course[at]
            told = ledgers[0].add(comparison(at, cuts, fills), by="Li")
            # The same rows in another order come to the same ids.
            mixed = [list(cuts), list(fills)]
            for each in mixed:
                random.shuffle(each)
            assert ledgers[1].add(comparison(at, *mixed), by="Li").patches == told.patches
            seen = ledgers[0].observations.query("change == 'cut'")
            now = dict(zip(zip(seen["run"], seen["name"], strict=True), seen["patch_id"], strict=True))
            assert {key: now[key] for key in known} == known  # no id that was given has changed
            known = now
            assert set(now.values()) <= set(ledgers[0].patches["patch_id"])
        patches = ledgers[0].patches
        pd.testing.assert_frame_equal(
            patches.drop(columns="geometry"), ledgers[1].patches.drop(columns="geometry"), check_like=True
        )
        whole = sum(row[4] for cuts, _ in course for row in cuts)
        assert patches["cut_m3"].sum() == pytest.approx(whole)
        for by in ("period", "patch_id", ("state", "interval")):
            totals = ledgers[0].totals(by=by)
            assert totals["cut_m3"].sum() == pytest.approx(whole)
            assert totals["fill_m3"].sum() == pytest.approx(sum(row[4] for _, fills in course for row in fills))
        # At the end of its chain every merged patch is a living one, and holds no figure of its own.
        into = dict(zip(patches["patch_id"], patches["merged_into"], strict=True))
        states = dict(zip(patches["patch_id"], patches["state"], strict=True))
        for patch in into:
            end = patch
            while states[end] == "merged":
                end = into[end]
            assert end in states
        assert patches.query("state == 'merged'")["cut_m3"].isna().all()
        assert patches.query("state != 'merged'")["activity"].notna().all()


figures = st.one_of(st.none(), st.integers(1, 1000).map(float))
courses = st.lists(st.tuples(figures, figures, st.booleans()), min_size=1, max_size=8)


@given(courses, st.randoms(use_true_random=False), st.floats(0.1, 1.0))
@settings(max_examples=200, deadline=None)
def test_the_state_does_not_depend_on_the_order_in_which_events_came_in(course, random, share):
    days = [datetime.date(2020 + at, 1, 1) for at in range(len(course) + 1)]
    events = [Event(days[at], days[at + 1], *each) for at, each in enumerate(course)]
    mixed = list(events)
    random.shuffle(mixed)
    state = state_of(events, backfilled_share=share)
    assert state_of(mixed, backfilled_share=share) == state
    dug_at_all = sum(cut for cut, _, _ in course if cut is not None)
    assert (state is None) == (not any(cut is not None for cut, _, _ in course))
    if state is not None:
        assert state.cut_m3 == pytest.approx(dug_at_all)
        assert 0.0 <= state.void_m3 <= state.cut_m3 + 1e-9
        assert 0.0 <= state.filled_share <= 1.0
        # Dormant means that somebody looked after the last cut, and found nothing.
        last_cut = max(at for at, (cut, _, _) in enumerate(course) if cut is not None)
        if state.activity == "dormant":
            assert any(looked for _, _, looked in course[last_cut + 1 :])
        if state.activity == "new":
            assert sum(cut is not None for cut, _, _ in course) == 1
        assert (state.activity == "backfilled") <= (state.filled_share >= share - 1e-9)


def test_states_of_courses_worked_by_hand():
    def activity(*course, share=0.9):
        days = [datetime.date(2020 + at, 1, 1) for at in range(len(course) + 1)]
        events = [Event(days[at], days[at + 1], *each, True) for at, each in enumerate(course)]
        return state_of(events, backfilled_share=share).activity

    assert activity((100.0, None)) == "new"
    assert activity((None, 100.0), (100.0, None)) == "new"  # what lay there before is no backfill
    assert activity((100.0, None), (50.0, None)) == "growing"
    assert activity((100.0, 90.0)) == "new"  # dug and filled in one interval: it is being dug
    assert activity((100.0, None), (None, 89.0)) == "backfilling"
    assert activity((100.0, None), (None, 90.0)) == "backfilled"
    assert activity((100.0, None), (None, 60.0), share=0.5) == "backfilled"
    assert activity((100.0, None), (None, 50.0), (None, None)) == "backfilling"  # a quiet quarter does not undo it
    assert activity((100.0, None), (None, 50.0), (20.0, None)) == "growing"
    assert activity((100.0, None), (None, 100.0), (20.0, None)) == "reopened"
    assert activity((100.0, None), (None, 100.0), (20.0, None), (None, None)) == "dormant"
    # After it was dug again, its fill is held against the new void: 18 of 20.
    assert activity((100.0, None), (None, 100.0), (20.0, None), (None, 17.0)) == "backfilling"
    assert activity((100.0, None), (None, 100.0), (20.0, None), (None, 18.0)) == "backfilled"
