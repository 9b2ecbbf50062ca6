"""Many surveys: the ledger by hand, and the test case against its truth."""

from __future__ import annotations

import json

import pytest

import overcut as oc
from overcut.exceptions import ParameterError

from ..conftest import DATES, TESTDATA
from .conftest import array_dem, dig, level, licence

PIT = (10, 20)
TRUTH = json.loads((TESTDATA / "truth.json").read_text(encoding="utf-8"))["series"]


@pytest.fixture(scope="module")
def series():
    # 100, 90, 96, 85, 102 m in a pit of 100 m², half of it in the licence.
    heights = [100.0, 90.0, 96.0, 85.0, 102.0]
    surfaces = [
        array_dem(dig(level(), PIT, PIT, 100.0 - height), f"{2020 + year}-05-01") for year, height in enumerate(heights)
    ]
    return oc.assess(surfaces, [licence()], register=False, estimate_errors=False).series


def test_the_ledger_of_the_intervals(series):
    table = series.by_interval
    assert table["cut_m3"].tolist() == pytest.approx([1000.0, 0.0, 1100.0, 0.0])
    assert table["cut_again_m3"].tolist() == pytest.approx([0.0, 0.0, 600.0, 0.0])
    assert table["first_cut_m3"].tolist() == pytest.approx([1000.0, 0.0, 500.0, 0.0])
    assert table["fill_m3"].tolist() == pytest.approx([0.0, 600.0, 0.0, 1700.0])
    assert table["backfill_m3"].tolist() == pytest.approx([0.0, 600.0, 0.0, 1500.0])
    assert table["net_m3"].sum() == pytest.approx(200.0)
    # 365 days are 11.99 months.
    assert table.loc[0, "cut_m3_per_month"] == pytest.approx(1000.0 / (365 / 30.436875))
    assert (
        table.loc[0, "cut_m3_per_month_low"] < table.loc[0, "cut_m3_per_month"] < table.loc[0, "cut_m3_per_month_high"]
    )


def test_sums_by_licence(series):
    table = series.by_licence.set_index(["licence", "class"])
    assert table.loc[("A", "within"), "first_cut_m3"] == pytest.approx(750.0)
    assert table.loc[("A", "within"), "cut_again_m3"] == pytest.approx(300.0)
    assert table.loc[("A", "beyond_boundary"), "first_cut_m3"] == pytest.approx(750.0)


def test_a_working_appears_and_grows(series):
    table = series.workings
    assert table["working"].tolist() == ["W001", "W001"]
    assert table["first"].tolist() == [True, False]
    assert table["new_area_m2"].tolist() == pytest.approx([100.0, 0.0])
    assert table["cumulative_volume_m3"].tolist() == pytest.approx([1000.0, 2100.0])


def test_backfill_is_verified(series):
    void = series.voids.query("patch == 'C3-001'")
    assert void["void_m3"].tolist() == pytest.approx([0.0, 1000.0, 400.0, 1500.0, -200.0])
    found = series.verify_backfill("W001", ordered_share=0.8)
    assert found["deepest_void_m3"] == pytest.approx(1500.0)
    assert found["deepest_on"] == "2023-05-01"
    assert found["filled_share"] == pytest.approx(1700.0 / 1500.0)
    assert found["missing_m3"] == 0.0
    assert found["mean_height_last_m"] == pytest.approx(102.0)
    with pytest.raises(ParameterError, match="known: W001"):
        series.verify_backfill("W002")


def test_a_series_closes(series):
    closure = series.closure
    assert closure["net_m3"] == pytest.approx(200.0)
    assert closure["net_by_intervals_m3"] == pytest.approx(closure["net_m3"], rel=1e-9)
    assert closure["compared_area_m2"] == 1600.0


def test_two_surveys_make_no_series(case):
    with pytest.raises(ParameterError, match="three or more"):
        _ = case.series


def test_a_series_is_a_record(series):
    record = json.loads(json.dumps(series.to_dict(), allow_nan=False))
    assert len(record["by_interval"]) == 4
    assert "Series of 5 surveys, 1 workings" in repr(series)


@pytest.fixture(scope="module")
def testdata():
    surfaces = [oc.Dem(TESTDATA / f"dem_{day[:4]}.tif", date=day, sigma_m=0.05, vertical_datum="1985") for day in DATES]
    return oc.assess(surfaces, TESTDATA / "licences.gpkg", vertical_datum="1985")


def test_the_dump_in_quarry_a_is_dug_again_and_the_borrow_pit_is_filled(testdata):
    # `A_inner`: 3213 m³ of waste on the floor of quarry A, dug away in interval 1 with the ground under it; `borrow`:
    # filled to nine tenths, 7634.5 m³.
    table = testdata.series.by_interval
    assert table.loc[1, "cut_again_m3"] == pytest.approx(3213.4, rel=0.02)
    assert table.loc[1, "backfill_m3"] == pytest.approx(7634.5, rel=0.02)
    assert table.loc[0, "cut_again_m3"] == table.loc[0, "backfill_m3"] == 0.0
    # What was cut for the first time is the deepest void, which the truth finds in another way.
    assert table["first_cut_m3"].sum() == pytest.approx(TRUTH["deepest_cut_m3"], rel=0.01)
    assert table["cut_m3"].sum() == pytest.approx(TRUTH["gross_cut_m3"], rel=0.01)
    assert table["fill_m3"].sum() == pytest.approx(TRUTH["gross_fill_m3"], rel=0.01)
    closure = testdata.series.closure
    assert closure["net_by_intervals_m3"] == pytest.approx(closure["net_m3"], rel=1e-9)
    borrow = testdata.patches.query("interval == 0 and attribution == 'unlicensed'").iloc[0]
    assert testdata.series.verify_backfill(borrow["working"])["filled_share"] == pytest.approx(0.9, abs=0.01)
