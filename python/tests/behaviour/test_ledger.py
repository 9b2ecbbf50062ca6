"""The ledger in every storage: six quarters by hand, real assessments, late runs, totals."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

import overcut as oc
from overcut import exceptions

from .conftest import CRS, TESTDATA, array_dem, dig, level, licence
from .ledger_scenes import DAYS, SIX, A, B, C, D, areas, box, figures, quarter, states


def test_six_quarters_have_the_ids_and_states_of_the_hand(place):
    ledger = oc.Ledger.open(place, create=True, crs=CRS, by="Li")
    seen = []
    for each in SIX:
        ledger.add(each, by="Li")
        seen.append(states(ledger))
    assert seen == [
        {D: "new", A: "new", B: "new"},
        {D: "backfilling", A: "growing", B: "dormant"},
        {D: "backfilled", A: "merged", B: "growing"},
        {D: "reopened", A: "merged", B: "growing", C: "new"},
        {D: "dormant", A: "merged", B: "backfilling", C: "growing"},
        {D: "dormant", A: "merged", B: "backfilled", C: "dormant"},
    ]
    patches = ledger.patches.set_index("patch_id")
    assert patches["cut_m3"].dropna().to_dict() == {D: 160.0, B: 3060.0, C: 350.0}
    assert patches["backfill_m3"].dropna().to_dict() == {D: 95.0, B: 2900.0, C: 0.0}
    assert patches["area_m2"].dropna().to_dict() == {D: 100.0, B: 960.0, C: 240.0}
    # Of D, 5 m³ were open when it was dug again: 65 m³ are now. Of B, 160 of 3060.
    assert patches.loc[D, ["void_m3", "reopened"]].to_list() == [65.0, 1]
    assert patches.loc[B, "filled_share"] == pytest.approx(1 - 160 / 3060)
    assert patches.loc[A, "merged_into"] == B
    assert patches.loc[C, "split_from"] == B
    assert pd.isna(patches.loc[A, "cut_m3"])  # counted under B
    assert patches.loc[B, "first_seen"] == pd.Timestamp("2025-01-01")
    assert patches.loc[B, "last_looked"] == pd.Timestamp("2026-07-01")
    assert ledger.storage in ("geopackage", "wkb", "postgis")
    again = oc.Ledger.open(place)
    assert states(again) == seen[-1]
    assert again.patches.crs == CRS


def test_the_same_run_is_added_once_and_the_second_time_says_so(place):
    ledger = oc.Ledger.open(place, create=True, crs=CRS)
    first = ledger.add(SIX[0], by="Li")
    again = ledger.add(
        oc.Comparison(SIX[0].cuts.iloc[::-1], earlier=DAYS[0], later=DAYS[1], looked=SIX[0].looked), by="Wang"
    )
    assert (first.already, again.already, again.run) == (False, True, first.run)
    assert "already" in repr(again)
    assert len(ledger.observations) == 3
    assert list(ledger.runs["said_by"]) == ["Li"]
    assert str(ledger.runs["said_at"].dt.tz) == "UTC"


def test_a_preview_tells_what_would_come_and_writes_nothing(place):
    ledger = oc.Ledger.open(place, create=True, crs=CRS)
    ledger.add(SIX[0], by="Li")
    shown = ledger.add(SIX[1], by="Li", preview=True)
    assert (shown.continued, len(ledger.runs), states(ledger)[A]) == ((A,), 1, "new")
    told = ledger.add(SIX[1], by="Li")
    assert (told.already, told.patches) == (False, shown.patches)


def test_through_real_assessments_of_six_surveys_the_ids_are_those_of_the_hand(tmp_path):
    # Level ground of 140 m x 60 m. Two pits grow together, part again, one is filled and dug once more.
    ground = level((60, 140))
    surveys = [ground]
    surveys.append(dig(dig(ground, (10, 30), (10, 30), 2.0), (60, 80), (10, 30), 2.0))  # P 800 m³, Q 800 m³
    surveys.append(dig(surveys[-1], (28, 68), (14, 26), 1.0))  # one area over both: more of Q (8 m) than of P (2 m)
    surveys.append(dig(dig(surveys[-1], (10, 20), (12, 28), 1.0), (50, 78), (12, 28), 1.0))  # parts again: 160, 448 m³
    surveys.append(dig(surveys[-1], (10, 20), (12, 28), -0.95))  # 152 of the western 160 m³ are filled
    surveys.append(dig(surveys[-1], (10, 20), (12, 28), 2.0))  # and dug again
    days = ["2024-01-10", "2024-04-10", "2024-07-10", "2024-10-10", "2025-01-10", "2025-04-10"]
    ledger = oc.Ledger.open(tmp_path / "真实.gpkg", create=True, crs=CRS, by="Li")
    told = []
    for at in range(5):
        pair = [array_dem(surveys[at + each], days[at + each]) for each in (0, 1)]
        told.append(ledger.add(oc.assess(pair, [licence()]), by="Li"))
    p, q = "2024-000001", "2024-000002"
    west = "2025-000001" if "2025-000001" in states(ledger) else "2024-000003"
    assert [len(each.patches) for each in told] == [2, 1, 2, 0, 1]
    assert told[1].merged_into == {p: q}
    assert told[2].split_from == {west: q}
    assert set(told[4].patches.values()) == {west}
    assert states(ledger) == {p: "merged", q: "dormant", west: "reopened"}
    patches = ledger.patches.set_index("patch_id")
    assert patches.loc[q, "cut_m3"] == pytest.approx(800 + 800 + 480 + 448, rel=1e-3)
    assert patches.loc[west, "cut_m3"] == pytest.approx(160 + 320, rel=1e-3)
    assert patches.loc[west, "licence"] == "A"
    # All six surveys in one assessment come to the same, by themselves, and over what was added before.
    series = oc.assess([array_dem(heights, day) for heights, day in zip(surveys, days, strict=True)], [licence()])
    other = oc.Ledger.open(tmp_path / "series.gpkg", create=True, crs=CRS, by="Li")
    other.add(series, by="Li")
    assert states(other) == states(ledger)
    assert figures(other, "cut_m3") == pytest.approx(figures(ledger, "cut_m3"), nan_ok=True)
    over = ledger.add(series, by="Wang")
    assert (len(over.again), over.new, over.merged_into) == (7, (), {})
    assert states(ledger) == states(other)
    counted = ledger.observations.query("change == 'cut' and counted")["volume_m3"].sum()
    assert ledger.totals(by="period")["cut_m3"].sum() == pytest.approx(counted)
    assert patches["cut_m3"].sum() == pytest.approx(counted)


def test_the_test_case_has_the_workings_of_its_series_and_nearly_its_backfill(tmp_path):
    days = ("2021-05-01", "2022-10-15", "2024-05-20")
    surfaces = [oc.Dem(TESTDATA / f"dem_{day[:4]}.tif", date=day, sigma_m=0.05) for day in days]
    case = oc.assess(surfaces, TESTDATA / "licences.gpkg", vertical_datum="1985")
    ledger = oc.Ledger.open(tmp_path / "l.gpkg", create=True, crs=CRS)
    told = ledger.add(case, by="Li")
    # The core joins cuts that lie over each other by cells, the ledger by outlines.
    by_core = case.patches.groupby("working")["patch"].agg(frozenset)
    by_ledger = {}
    for area, patch in told.patches.items():
        by_ledger.setdefault(patch, set()).add(area)
    assert {frozenset(each) for each in by_ledger.values()} == set(by_core)
    # Backfill measured on the surfaces inside the outline of the cut, against volume divided as area.
    measured = case.series.verify_backfill("W002")["filled_share"]
    row = ledger.patches.set_index("patch_id").loc[told.patches["C1-002"]]
    assert row["filled_share"] == pytest.approx(measured, abs=0.02)
    assert row["state"] == "backfilling"


def test_a_series_in_one_assessment_is_added_interval_by_interval(ledger, case):
    (interval,) = case.intervals.to_dict("records")
    told = ledger.add(case, by="Li", title="pit")
    assert told.new == ("2024-000001",)
    row = ledger.patches.iloc[0]
    assert row["cut_m3"] == pytest.approx(200.0)
    assert (row["licence"], row["class"], row["attribution"]) == ("A", "beyond_boundary", "beyond_boundary")
    assert row["outside_m3"] == pytest.approx(100.0)
    assert row["outside_area_m2"] == pytest.approx(row["area_m2"] / 2)
    assert row["cut_low_m3"] < 200.0 < row["cut_high_m3"]
    assert row["first_seen"] == interval["from"]
    assert row["notify"] == "县自然资源局"
    assert ledger.observations.loc[0, ["earlier_source", "later_source"]].notna().all()


def test_ground_that_was_not_looked_at_is_not_dormant(ledger):
    ledger.add(SIX[0], by="Li")
    ledger.add(quarter(1, [(200, 200, 210, 210, 50)], looked=box(20, -50, 300, 300)), by="Li")
    # The surveys covered B alone; of A and D they say nothing.
    assert states(ledger) == {D: "new", A: "new", B: "dormant", "2025-000004": "new"}
    ledger.add(quarter(2, [(200, 200, 210, 210, 50)], looked=None), by="Li")
    assert states(ledger)["2025-000002"] == "new"


def test_two_halves_of_the_same_days_look_at_a_patch_together(ledger):
    ledger.add(quarter(0, [(0, 0, 20, 20, 800)]), by="Li")
    ledger.add(quarter(1, looked=box(-50, -50, 10, 50)), by="Li")
    assert set(states(ledger).values()) == {"new"}
    ledger.add(quarter(1, looked=box(10, -50, 60, 50)), by="Wang")
    assert set(states(ledger).values()) == {"dormant"}


def test_missing_heights_in_the_grid_are_not_ground_that_was_looked_at(tmp_path, before, after, case):
    quiet = after.copy()
    quiet[5:25, 5:25] = float("nan")
    ledger = oc.Ledger.open(tmp_path / "l.gpkg", create=True, crs=CRS)
    ledger.add(case, by="Li")
    pair = [array_dem(after, "2024-05-20"), array_dem(quiet, "2025-05-20")]
    holed = oc.assess(pair, [licence()])
    assert ledger.add(holed, by="Li").remarks == ()
    assert set(states(ledger).values()) == {"new"}
    # Read back from its record it knows no pixels, and says so; over whole ground a quiet year makes it dormant.
    record = oc.read_assessment(holed.to_json(tmp_path / "holed.json"))
    other = oc.Ledger.open(tmp_path / "other.gpkg", create=True, crs=CRS)
    assert "missing" in other.add(record, by="Li").remarks[0]
    whole = oc.assess([array_dem(after, "2024-05-20"), array_dem(after, "2025-05-21")], [licence()])
    ledger.add(whole, by="Li")
    assert set(states(ledger).values()) == {"dormant"}


def test_a_run_that_comes_late_is_taken_in_the_order_of_its_surveys(ledger):
    # Dug 100 m³ in the first quarter, filled 100 in the third: backfilled. Then the second comes in: 150 were dug.
    ledger.add(quarter(0, [(0, 0, 10, 10, 100)]), by="Li")
    ledger.add(quarter(2, [], [(0, 0, 10, 10, 100)]), by="Li")
    assert states(ledger) == {"2025-000001": "backfilled"}
    told = ledger.add(quarter(1, [(0, 0, 12, 10, 150)]), by="Li")
    assert told.continued == ("2025-000001",)
    assert states(ledger) == {"2025-000001": "backfilling"}
    assert figures(ledger, "filled_share") == {"2025-000001": pytest.approx(100 / 250)}
    # And one before all others: seen earlier, and no id has changed.
    ledger.add(
        oc.Comparison(areas((0, 0, 5, 10, 50)), earlier="2024-10-01", later="2025-01-01", looked=SIX[0].looked), by="Li"
    )
    row = ledger.patches.iloc[0]
    assert (row["patch_id"], row["first_seen"], row["cut_m3"]) == ("2025-000001", pd.Timestamp("2024-10-01"), 300.0)


def test_runs_in_any_order_come_to_the_same_figures_where_ids_do_not_part(tmp_path):
    quarters = [
        quarter(0, [(0, 0, 20, 20, 800)]),
        quarter(1, [(10, 0, 30, 20, 600)], [(0, 0, 8, 20, 90)]),
        quarter(2),
        quarter(3, [(20, 0, 40, 20, 100)], [(0, 0, 10, 20, 300)]),
    ]
    found = []
    for at, order in enumerate([(0, 1, 2, 3), (3, 1, 0, 2), (2, 3, 1, 0)]):
        ledger = oc.Ledger.open(tmp_path / f"{at}.gpkg", create=True, crs=CRS)
        for each in order:
            ledger.add(quarters[each], by="Li")
        table = ledger.patches.drop(columns=["patch_id", "geometry"])
        found.append((table.to_dict("records"), ledger.patches.geometry.iloc[0].normalize().wkt))
    assert len(found[0][0]) == 1
    for rows, ground in found[1:]:
        pd.testing.assert_frame_equal(pd.DataFrame(rows), pd.DataFrame(found[0][0]))
        assert shapely.from_wkt(ground).equals(shapely.from_wkt(found[0][1]))


def test_the_same_ground_is_not_counted_twice_for_the_same_time(ledger):
    ledger.add(SIX[0], by="Li")
    ledger.add(SIX[1], by="Li")
    # Half a year at once, from other surveys: A again, and a pit that nobody saw.
    half = oc.Comparison(
        areas((0, 0, 30, 20, 1390), (200, 0, 210, 10, 70)), earlier=DAYS[0], later=DAYS[2], looked=SIX[0].looked
    )
    told = ledger.add(half, by="Wang")
    assert told.again == ("C1-001",)
    assert told.patches == {"C1-001": A, "C1-002": "2025-000004"}
    assert "without being counted" in repr(told)
    assert figures(ledger, "cut_m3") == {D: 100.0, A: 1400.0, B: 400.0, "2025-000004": 70.0}
    assert ledger.totals(by="year")["cut_m3"].to_list() == [1970.0]
    # It found that A was dug, and says nothing of quiet there; of D and B it says that all was quiet, as far as it saw.
    assert states(ledger)[A] == "growing"


def test_totals_by_township_and_period_are_those_of_the_hand_and_add_up(ledger):
    # The border runs at x = 10: half of A lies in 甲镇, half in 乙镇; B in none.
    towns = [("甲镇", box(-10, -10, 10, 50)), ("乙镇", box(10, -10, 35, 50))]
    for each in SIX[:2]:
        ledger.add(each, by="Li", townships=towns)
    totals = ledger.totals()
    found = {(row.township, row.period): row.cut_m3 for row in totals.itertuples()}
    assert found == {
        ("", "2025-04"): 400.0 + 100.0,
        ("甲镇", "2025-04"): 400.0,
        ("乙镇", "2025-04"): 400.0,
        ("乙镇", "2025-07"): 600.0,
        ("", "2025-07"): 0.0,
    }
    assert totals["fill_m3"].sum() == 50.0
    for by in ("township", "period", "year", "interval", "state", "patch_id", ("township", "state"), "class"):
        assert ledger.totals(by=by)["cut_m3"].sum() == pytest.approx(1900.0)
    assert figures(ledger, "township")[A] == "乙镇"  # 200 + 400 m² against 200
    with pytest.raises(exceptions.ParameterError, match="known: period, year"):
        ledger.totals(by="month")


def test_zones_and_departments_are_those_of_the_table_of_competence(ledger):
    river = [("汾河", box(-10, -10, 10, 50))]
    ledger.add(SIX[0], by="Li", zones={"river_management": river, "farmland": [("田", box(30, -10, 50, 50))]})
    patches = ledger.patches.set_index("patch_id")
    assert patches.loc[A, "notify"] == "县水利局; 县自然资源局"
    assert patches.loc[A, ["zones", "zone_kinds"]].to_list() == ["河道管理范围: 汾河", "river_management"]
    assert patches.loc[B, "farmland_m2"] == pytest.approx(200.0)
    assert patches.loc[D, "notify"] == "县自然资源局"


def test_a_summary_is_readable_in_both_languages_and_in_a_notebook(full):
    english, chinese, page = repr(full), full.to_text("zh"), full._repr_html_()
    assert "3 living, 1 merged into others" in english
    assert "backfilled        1    960.0   3,060        2,900" in english
    assert "已回填" in chinese
    assert "现存3个" in chinese
    assert page.startswith('<div class="overcut">')
    assert "county.gpkg" in page
