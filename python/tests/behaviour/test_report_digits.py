"""A figure is never more precise than its interval: worked by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overcut.report.building import measured
from overcut.report.rounding import place_of, rounded, shown


@pytest.mark.parametrize(
    ("value", "sigma", "low", "high", "expected"),
    [
        # 148.2 has two digits at the tens: everything to tens, the interval outwards.
        (30019.93, 148.2, 29729.5, 30310.4, ("30,020", "150", "29,720", "30,320")),
        (8559.6116, 15.2178, 8529.79, 8589.44, ("8,560", "15", "8,529", "8,590")),
        (7.2345, 0.0334, 7.169, 7.3, ("7.234", "0.033", "7.169", "7.300")),
        # The error becomes 100 when it is rounded, so its second digit is at the tens.
        (1234.5, 99.7, 1039.1, 1429.9, ("1,230", "100", "1,030", "1,430")),
        (0.0, 3.0, 0.0, 5.88, ("0.0", "3.0", "0.0", "5.9")),
        (-12.25, 1.25, -14.7, -9.8, ("−12.2", "1.2", "−14.7", "−9.8")),
        (123456.0, 54321.0, 16988.0, 229924.0, ("123,000", "54,000", "16,000", "230,000")),
    ],
)
def test_value_and_interval_are_shown_to_the_second_digit_of_the_error(value, sigma, low, high, expected):
    found = measured(value, sigma, low, high)
    assert (found.value, found.sigma, found.low, found.high) == expected


def test_a_figure_without_an_error_is_shown_to_the_place_of_its_unit():
    assert measured(217.43).value == "217"
    assert measured(217.43, place=-2).value == "217.43"
    assert measured(None).value == "–"


def test_ties_go_to_the_even_digit_as_in_gb_t_8170():
    assert [shown(value, 0) for value in (0.5, 1.5, 2.5, 3.5)] == ["0", "2", "2", "4"]
    # 2.675 is stored a little lower, but its digits are those that were written.
    assert shown(2.675, -2) == "2.68"


def test_coordinates_and_elevations_are_written_in_one_piece():
    assert shown(3940062.7, -2, apart=False) == "3940062.70"


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_rounding_moves_a_value_by_at_most_a_tenth_of_its_error_and_never_narrows_an_interval(value, sigma):
    place = place_of(sigma)
    assert place is not None
    unit = Decimal(1).scaleb(place)
    # Two digits: the unit is at most a tenth of the rounded error.
    assert unit * 10 <= rounded(sigma, place)
    assert abs(rounded(value, place) - Decimal(repr(value))) * 2 <= unit
    assert rounded(value, place, "down") <= Decimal(repr(value)) <= rounded(value, place, "up")
