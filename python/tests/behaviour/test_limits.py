"""Limits of law: dated, cited, and no more than numbers that are compared."""

from __future__ import annotations

import datetime

import pytest

import overcut as oc
from overcut.exceptions import FileReadError, ParameterError
from overcut.limits import compare

from .conftest import array_dem, dig, level

TEMPLATE = oc.exceptions.__file__.replace("exceptions.py", "data/limits/provincial_template.toml")


def appraised(volume_m3, last="2024-05-20", first="2021-05-01", price=None):
    """A pit without a licence of so many m³, worth 1000 yuan each."""
    surfaces = [array_dem(level(), first), array_dem(dig(level(), (10, 20), (10, 20), volume_m3 / 100.0), last)]
    case = oc.assess(surfaces, [], register=False, estimate_errors=False)
    material = {"": oc.Material(density_t_per_m3=2.0, recovery=0.5)}
    return oc.appraise(case, materials=material, prices=price or oc.Price(1000.0, per="m3"))


def test_the_national_ranges_ship_with_their_citations():
    found = {limit.id: limit for limit in oc.limits()}
    serious = found["illegal_mining_serious_2016"]
    assert (serious.low_cny, serious.high_cny) == (100_000, 300_000)
    assert serious.applies_to == ("extracted_value", "destroyed_value")
    assert serious.first_day == datetime.date(2016, 12, 1)
    assert (
        found["illegal_mining_serious_special_area_2016"].low_cny,
        found["illegal_mining_serious_special_area_2016"].high_cny,
    ) == (50_000, 150_000)
    assert (found["destructive_mining_serious_2016"].low_cny, found["destructive_mining_serious_2016"].high_cny) == (
        500_000,
        1_000_000,
    )
    assert found["destructive_mining_serious_2016"].applies_to == ("destroyed_value",)
    assert all(limit.basis and limit.source for limit in found.values())


def test_limits_follow_the_day_of_the_act():
    ids = {limit.id for limit in oc.limits(day="2024-05-20")}
    assert "fine_by_market_value_2025" not in ids
    assert "fine_by_market_value_2025" in {limit.id for limit in oc.limits(day="2025-07-01")}
    assert not oc.limits(day="2016-11-30")


@pytest.mark.parametrize(("volume_m3", "verdict"), [(60, "surely_not"), (200, "possibly"), (1000, "surely_over")])
def test_surely_possibly_surely_not(volume_m3, verdict):
    # The ranges: 10 to 30 thousand yuan; errors as stated move 7 m³ of 100 m² of ground.
    found = appraised(float(volume_m3)).against()
    assert found.verdict("illegal_mining_serious_2016") == verdict
    assert set(found.table["quantity"]) == {"destroyed_value", "extracted_value"}


def test_either_value_may_reach_a_limit():
    # Destroyed 400 thousand, taken out 200 thousand.
    found = appraised(400.0).against()
    by_value = found.table[found.table["limit"] == "illegal_mining_serious_2016"].set_index("quantity")["verdict"]
    assert by_value["destroyed_value"] == "surely_over"
    assert by_value["extracted_value"] == "possibly"
    assert found.verdict("illegal_mining_serious_2016") == "surely_over"


def test_the_template_of_a_province_ships_empty_and_is_refused_so():
    with pytest.raises(ParameterError, match="no `basis`"):
        oc.read_limits(TEMPLATE)


def filled(tmp_path, figure="200000", basis='"省高法〔20XX〕1号"'):
    path = tmp_path / "province.toml"
    path.write_text(
        f"""
[[limit]]
id = "serious_here"
offence = "illegal_mining"
level = "serious"
refines = "illegal_mining_serious_2016"
basis = {basis}
from = 2017-01-01
applies_to = ["extracted_value", "destroyed_value"]
figure_cny = {figure}
source = "gazette, seen by N. N."
""",
        encoding="utf-8",
    )
    return path


def test_an_exact_figure_takes_the_place_of_its_range_and_of_its_multiple(tmp_path):
    limits = oc.limits(extra=oc.read_limits(filled(tmp_path)))
    found = {limit.id: limit for limit in limits}
    assert "illegal_mining_serious_2016" not in found
    assert (
        found["illegal_mining_very_serious_2016"].low_cny == found["illegal_mining_very_serious_2016"].high_cny == 1e6
    )
    assert appraised(240.0).against(limits).verdict("serious_here") == "surely_over"


@pytest.mark.parametrize(
    ("change", "message"),
    [({"figure": "5"}, "outside the range"), ({"basis": '""'}, "no `basis`"), ({"figure": '""'}, "figure")],
)
def test_a_figure_outside_its_range_or_without_citation_is_refused(tmp_path, change, message):
    with pytest.raises(ParameterError, match=message):
        oc.limits(extra=oc.read_limits(filled(tmp_path, **change)))


def test_a_file_that_is_missing_is_a_file_error(tmp_path):
    with pytest.raises(FileReadError):
        oc.read_limits(tmp_path / "none.toml")


def test_acts_of_one_subject_within_two_years_add_up():
    first, second = appraised(200.0, "2021-12-01"), appraised(200.0, "2023-06-01", first="2021-12-01")
    late = appraised(200.0, "2026-06-01", first="2023-06-02")
    acts = [
        oc.Act(late, "firm"),
        oc.Act(second, "firm"),
        oc.Act(first, "firm"),
        oc.Act(second, "another"),
        oc.Act(appraised(900.0), "firm", settled=True),
    ]
    found = oc.add_up(acts)
    # 400 thousand within two years; the third came later, the last one was settled.
    destroyed = next(each for each in found["firm"].findings if each.quantity == "destroyed_value")
    assert destroyed.value.value == pytest.approx(400_000.0)
    assert len(found["firm"].acts) == 2
    assert found["firm"].verdict("illegal_mining_serious_2016") == "surely_over"
    assert found["another"].verdict("illegal_mining_serious_2016") == "possibly"
    # Errors of two appraisals are independent.
    one = second.total("destroyed_value").sigma
    assert destroyed.value.sigma == pytest.approx(one * 2**0.5, rel=1e-6)


def test_words_in_two_languages():
    found = appraised(200.0).against()
    assert "no conclusion of law" in repr(found)
    assert "非法采矿" in found.to_text("zh")
    assert "可能超过" in found.to_text("zh")


def test_money_that_is_not_yuan_is_not_compared():
    dollars = appraised(200.0, price=oc.Price(100.0, per="m3", currency="USD"))
    with pytest.raises(ParameterError, match="USD"):
        compare([dollars])
