"""Which area is which patch: growth, split, merge and chains of them by hand; laws for any areas in any order."""

from __future__ import annotations

import datetime

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from overcut.ledger.identity import Ground, canonical_order, match

FIRST = datetime.date(2025, 4, 1)
NEXT = datetime.date(2025, 7, 1)


def ground(patch, *bounds, first=FIRST, last=FIRST):
    return Ground(patch, shapely.box(*bounds), first, last)


def matched(areas, grounds, later=NEXT, *, min_share=0.05, min_m2=1.0):
    return match([shapely.box(*each) for each in areas], grounds, later, min_share=min_share, min_m2=min_m2)


def test_an_area_over_nothing_is_new_and_numbered_from_the_north_west():
    found = matched([(0, 0, 10, 10), (50, 50, 60, 60), (20, 50, 30, 60)], [])
    assert found.patches == (-3, -2, -1)
    assert (found.split_from, found.merged_into) == ({}, {})


def test_growth_keeps_the_id_and_adds_ground():
    found = matched([(5, 0, 20, 10)], [ground(7, 0, 0, 10, 10)])
    assert found.patches == (7,)
    assert found.grounds[7].geometry.equals(shapely.box(0, 0, 20, 10))
    assert (found.grounds[7].first_dug, found.grounds[7].last_dug) == (FIRST, NEXT)


def test_of_merged_patches_the_one_with_the_largest_overlap_goes_on():
    found = matched([(8, 0, 26, 10)], [ground(1, 0, 0, 10, 10), ground(2, 20, 0, 30, 10)])
    assert found.patches == (2,)  # 6 m x 10 m against 2 m x 10 m
    assert found.merged_into == {1: 2}
    assert found.grounds[2].geometry.area == pytest.approx(300.0)


@pytest.mark.parametrize(("first_of_two", "goes_on"), [(FIRST, 1), (datetime.date(2024, 1, 1), 2)])
def test_equal_overlaps_go_to_the_patch_that_was_dug_first_then_to_the_lower_number(first_of_two, goes_on):
    grounds = [ground(1, 0, 0, 10, 10), ground(2, 20, 0, 30, 10, first=first_of_two)]
    found = matched([(5, 0, 25, 10)], grounds)
    assert found.patches == (goes_on,)
    assert found.merged_into == {3 - goes_on: goes_on}
    assert found.grounds[goes_on].first_dug == min(FIRST, first_of_two)


def test_of_split_areas_the_one_with_the_largest_overlap_keeps_the_id():
    found = matched([(0, 0, 10, 10), (16, 0, 40, 10)], [ground(1, 0, 0, 40, 10)])
    assert found.patches == (-1, 1)
    assert found.split_from == {-1: 1}
    assert found.grounds[-1].geometry.area == pytest.approx(100.0)
    assert found.grounds[1].geometry.area == pytest.approx(300.0)  # what split off is no longer its own
    assert found.passed_to == {}


def test_after_a_split_each_part_goes_on_under_its_own_id():
    before = matched([(0, 0, 10, 10), (16, 0, 40, 10)], [ground(1, 0, 0, 40, 10)])
    grounds = [Ground(2, before.grounds[-1].geometry, NEXT, NEXT), before.grounds[1]]
    found = matched([(0, 0, 9, 10), (18, 0, 40, 10)], grounds, datetime.date(2025, 10, 1))
    assert found.patches == (2, 1)
    assert (found.merged_into, found.split_from) == ({}, {})


def test_a_patch_that_is_split_and_merged_at_once_goes_on_where_an_area_is_left_for_it():
    # One area over A (8 m) and B (5 m); another over B alone (3 m): A goes on in the first, B in the second.
    found = matched([(2, 0, 15, 10), (22, 0, 25, 10)], [ground(1, 0, 0, 10, 10), ground(2, 10, 0, 30, 10)])
    assert found.patches == (1, 2)
    assert (found.merged_into, found.split_from) == ({}, {})
    assert found.passed_to == {2: (1,)}
    assert found.grounds[1].geometry.equals(shapely.box(0, 0, 15, 10))
    assert found.grounds[2].geometry.equals(shapely.box(15, 0, 30, 10))


def test_a_chain_of_merge_and_split_is_worked_out_from_the_greatest_overlap_down():
    # P is 0-20, Q 20-40, R 40-60. Areas: x 0-8 (P 8), y 10-36 (P 10, Q 16), z 38-50 (Q 2, R 10).
    # Down from 160 m²: y is Q; P's next is x (80 m², as 100 m² of P belong to y already); z is R.
    grounds = [ground(1, 0, 0, 20, 10), ground(2, 20, 0, 40, 10), ground(3, 40, 0, 60, 10)]
    found = matched([(0, 0, 8, 10), (10, 0, 36, 10), (38, 0, 50, 10)], grounds)
    assert found.patches == (1, 2, 3)
    assert found.passed_to == {1: (2,), 2: (3,)}
    # Without x nothing is left for P: it is merged into Q.
    shorter = matched([(10, 0, 36, 10), (38, 0, 50, 10)], grounds)
    assert shorter.patches == (2, 3)
    assert shorter.merged_into == {1: 2}


def test_an_overlap_below_the_limits_is_none_and_takes_no_ground():
    known = [ground(1, 0, 0, 100, 10)]
    found = matched([(98, 0, 198, 10)], known)  # 20 of 1000 m²: 2 %
    assert found.patches == (-1,)
    assert found.split_from == {}
    assert found.grounds[-1].geometry.equals(shapely.box(100, 0, 198, 10))
    assert 1 not in found.grounds
    assert matched([(98, 0, 198, 10)], known, min_share=0.02).patches == (1,)
    assert matched([(98, 0, 198, 10)], known, min_share=0.02, min_m2=21.0).patches == (-1,)


LATE = datetime.date(2024, 1, 1)


def test_areas_of_a_late_interval_are_earlier_parts_of_the_patch_that_was_dug_later():
    # In the order of time the two would have been merged by then; nothing splits off now.
    found = matched([(0, 0, 10, 10), (16, 0, 44, 10)], [ground(1, 0, 0, 40, 10)], LATE)
    assert found.patches == (1, 1)
    assert (found.split_from, found.merged_into) == ({}, {})
    assert found.grounds[1].geometry.equals(shapely.box(0, 0, 44, 10))
    assert (found.grounds[1].first_dug, found.grounds[1].last_dug) == (LATE, FIRST)


def test_a_late_area_over_two_patches_that_were_dug_later_merges_neither():
    # In the order of time one would have split from the other; both ids stand, and stay.
    found = matched([(0, 0, 40, 10)], [ground(1, 0, 0, 10, 10), ground(2, 20, 0, 40, 10)], LATE)
    assert found.patches == (2,)
    assert (found.split_from, found.merged_into, found.passed_to) == ({}, {}, {})
    assert found.once_with == {1: (2,)}
    assert found.grounds[2].geometry.area == pytest.approx(300.0)  # all but the ground of the other
    assert 1 not in found.grounds


squares = st.builds(
    lambda west, south, wide, high: (float(west), float(south), float(west + wide), float(south + high)),
    st.integers(0, 60),
    st.integers(0, 30),
    st.integers(2, 25),
    st.integers(2, 15),
)


def _apart(areas):
    shapes = [shapely.box(*each) for each in areas]
    return [
        each for at, each in enumerate(areas) if not any(shapes[at].intersection(before).area for before in shapes[:at])
    ]


quarters = st.lists(st.lists(squares, max_size=4).map(_apart), min_size=1, max_size=6)


def played(intervals, order=None, years=None):
    """Add intervals one after another; give the patches of all areas, lines of descent, and living grounds."""
    grounds, lines, given, number = {}, [], [], 0
    for at, areas in enumerate(intervals):
        shapes = [shapely.box(*each) for each in areas]
        asked = list(range(len(shapes))) if order is None else order(len(shapes))
        later = datetime.date(2020 + (at if years is None else years[at]), 1, 1)
        found = match([shapes[each] for each in asked], grounds.values(), later, min_share=0.05, min_m2=1.0)
        names = {}
        for fresh in sorted({each for each in found.patches if each < 0}, reverse=True):
            number += 1
            names[fresh] = number
        name = lambda patch, names=names: names.get(patch, patch)  # noqa: E731
        lines.append(({name(a): name(b) for a, b in found.split_from.items()}, dict(found.merged_into)))
        for ended in found.merged_into:
            del grounds[ended]
        for patch, each in found.grounds.items():
            grounds[name(patch)] = Ground(name(patch), each.geometry, each.first_dug, each.last_dug)
        by_area = dict(zip(asked, found.patches, strict=True))
        given.append([name(by_area[each]) for each in range(len(shapes))])
    return given, lines, grounds


@given(quarters)
@settings(max_examples=150, deadline=None)
def test_the_order_of_rows_has_no_say(intervals):
    given, lines, grounds = played(intervals)
    back, lines_back, grounds_back = played(intervals, lambda count: list(reversed(range(count))))
    # Areas that are equal may change places with each other, and with nobody else.
    for areas, one, other in zip(intervals, given, back, strict=True):
        assert sorted(zip(areas, one, strict=True)) == sorted(zip(areas, other, strict=True))
    assert lines == lines_back
    assert {patch: each.geometry.wkb for patch, each in grounds.items()} == {
        patch: each.geometry.wkb for patch, each in grounds_back.items()
    }


@given(quarters, st.permutations(range(6)))
@settings(max_examples=200, deadline=None)
def test_every_area_ends_in_one_living_patch_and_grounds_share_nothing(intervals, years):
    """Also where intervals come in any order of their years."""
    given, lines, grounds = played(intervals, years=years)
    merged = {}
    for _, ended in lines:
        assert not set(ended) & set(merged)  # nothing ends twice
        merged |= ended
    for patch in {each for areas in given for each in areas}:
        seen = [patch]
        while seen[-1] in merged:
            seen.append(merged[seen[-1]])
            assert len(seen) <= len(merged) + 1  # no chain runs in a circle
        assert seen[-1] in grounds
    shapes = [each.geometry for each in grounds.values()]
    assert sum(shape.area for shape in shapes) == pytest.approx(shapely.union_all(shapes).area, abs=1e-6)
    dug = shapely.union_all([shapely.box(*each) for areas in intervals for each in areas])
    # What was dug is somebody's ground; the little that overlaps below the limits stays with who had it.
    assert shapely.union_all(shapes).symmetric_difference(dug).area == pytest.approx(0.0, abs=1e-6)


@given(quarters, quarters)
@settings(max_examples=75, deadline=None)
def test_what_comes_later_changes_no_id_that_was_given(before, after):
    assert played(before)[0] == played([*before, *after])[0][: len(before)]


@given(st.lists(squares, min_size=1, max_size=6), st.randoms())
@settings(max_examples=50, deadline=None)
def test_canonical_order_does_not_depend_on_the_order_given(areas, random):
    mixed = list(areas)
    random.shuffle(mixed)
    shapes = [[shapely.box(*each) for each in some] for some in (areas, mixed)]
    one, other = ([each[at].wkb for at in canonical_order(each)] for each in shapes)
    assert one == other
