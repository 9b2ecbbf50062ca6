"""The ledger in every storage: six quarters by hand, late runs, what people say, totals, export."""

from __future__ import annotations

import datetime
import shutil
import sqlite3

import geopandas
import openpyxl
import pandas as pd
import psycopg
import pyogrio
import pytest
import shapely

import overcut as oc
from overcut import exceptions

from .conftest import CRS, TESTDATA, array_dem, dig, level, licence
from .ledger_scenes import DAYS, SIX, A, B, C, D, areas, box, figures, quarter, states


@pytest.fixture
def ledger(tmp_path):
    """An empty one in a file."""
    return oc.Ledger.open(tmp_path / "county.gpkg", create=True, crs=CRS, by="Li")


@pytest.fixture(scope="module")
def six_quarters(tmp_path_factory):
    path = tmp_path_factory.mktemp("six") / "county.gpkg"
    made = oc.Ledger.open(path, create=True, crs=CRS, by="Li")
    for each in SIX:
        made.add(each, by="Li")
    return path


@pytest.fixture
def full(six_quarters, tmp_path):
    """A ledger with the six quarters."""
    return oc.Ledger.open(shutil.copy(six_quarters, tmp_path / "county.gpkg"))


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


def test_an_inspection_verifies_until_something_changes(full):
    full.inspect(B, outcome="unlawful", filed=True, by="Wang", when="2026-07-10", fine_cny=50_000, inspectors="王、李")
    assert states(full)[B] == "verified"
    assert figures(full, "activity")[B] == "backfilled"
    row = full.patches.set_index("patch_id").loc[B]
    assert (row["outcome"], row["filed"], row["inspected_on"]) == ("unlawful", True, pd.Timestamp("2026-07-10"))
    full.inspect(C, outcome="false_change", by="Wang", when="2026-01-05")  # before it was dug the last time
    assert states(full)[C] == "dormant"
    next_quarter = oc.Comparison(
        areas((20, 0, 30, 20, 90)), earlier="2026-07-01", later="2026-10-01", looked=SIX[0].looked
    )
    full.add(next_quarter, by="Li")
    assert states(full)[B] == "reopened"
    # What is said of a merged patch counts for the one that goes on.
    full.inspect(A, outcome="lawful", by="Wang", when="2026-10-05")
    assert states(full)[B] == "verified"
    assert full.inspections["counts_for"].iloc[-1] == B
    with pytest.raises(exceptions.ParameterError, match="expected one of unlawful"):
        full.inspect(B, outcome="illegal", by="Wang")
    with pytest.raises(exceptions.ParameterError, match="filed goes with"):
        full.inspect(B, outcome="lawful", filed=True, by="Wang")
    with pytest.raises(exceptions.LedgerError, match="ids look like"):
        full.inspect("2025-7", outcome="lawful", by="Wang")


def test_history_tells_everything_in_order(full):
    full.inspect(A, outcome="unlawful", filed=False, by="Wang", when="2026-07-10", note="见洞口")
    full.describe(B, by="Wang", subject="张某", gully="石沟")
    full.lead((500_020, 3_940_025), kind="electricity", when="2026-06-01", by="供电公司", text="夜间用电")
    full.patrol(B, by="赵", when="2026-07-20", level="village")
    history = full.history(B)
    assert list(history["kind"].iloc[-4:]) == ["inspection", "note", "lead", "patrol"]
    assert history["entry"].is_monotonic_increasing
    assert history["said_at"].is_monotonic_increasing
    assert set(history["patch_id"]) == {A, B}  # with what was merged into it
    sentences = " | ".join(history["what"])
    for words in ("merged into 2025-000003", "2026-000001 split off", "dug 700.0 m³", "no case filed; 见洞口", "张某"):
        assert words in sentences
    chinese = " ".join(full.history(B, lang="zh")["what"])
    assert "并入2025-000003" in chinese
    assert "违法；非立案；见洞口" in chinese
    assert "距图斑5.00 m" in chinese
    kinds = ["new", "observed", "concluded", "observed", "concluded", "merged_into", "inspection"]
    assert list(full.history(A)["kind"]) == kinds


def test_of_descriptions_the_last_counts_fact_by_fact(full):
    full.describe(C, by="Li", subject="张某", village="石村")
    full.describe(C, by="Wang", subject="某某石料有限公司", risk="high")
    row = full.patches.set_index("patch_id").loc[C]
    assert row[["subject", "village", "risk"]].to_list() == ["某某石料有限公司", "石村", "high"]
    with pytest.raises(exceptions.ParameterError, match="nothing is said"):
        full.describe(C, by="Li")


def test_leads_are_joined_when_they_are_read(ledger):
    ledger.lead((500_005, 3_940_005), by="Li", when="2025-02-01")  # where A will be
    ledger.lead((500_150, 3_940_010), by="Li", when="2025-02-02", kind="electricity")  # 90 m from B
    ledger.lead((500_250, 3_940_200), by="Li", when="2025-02-03", kind="other")
    assert ledger.leads["patch_id"].isna().all()
    ledger.add(SIX[0], by="Li")
    assert list(ledger.leads["patch_id"])[:2] == [A, B]
    assert ledger.leads["patch_id"].isna().iloc[2]
    assert list(ledger.leads["distance_m"])[:2] == [0.0, 90.0]
    assert figures(ledger, "leads") == {D: 0, A: 1, B: 1}
    # The same point in degrees (CGCS2000): central meridian 111, 500 km east.
    ledger.lead((111.0, 35.588), by="Li", crs="EPSG:4490")
    assert ledger.leads.geometry.iloc[-1].x == pytest.approx(500_000.0)


def test_watch_areas_are_polygons_or_points_with_a_radius(full, tmp_path):
    names = full.watch([("老洞", box(-5, -5, 5, 5))], kind="closed_mine", by="Li", risk="high")
    assert names == ["老洞"]
    full.watch([("塌坑", (500_100, 3_940_100))], kind="danger_point", by="Li", radius_m=30)
    points = geopandas.GeoDataFrame({"名称": ["甲"]}, geometry=[shapely.Point(500_200, 3_940_200)], crs=CRS)
    points.to_file(tmp_path / "危险点.gpkg")
    assert full.watch(tmp_path / "危险点.gpkg", kind="danger_point", by="Li", radius_m=10) == ["甲"]
    areas_ = full.watch_areas.set_index("name")
    assert areas_.loc["塌坑"].geometry.area == pytest.approx(3.14159 * 900, rel=0.01)
    assert figures(full, "watched")[C] == "老洞"
    with pytest.raises(exceptions.LedgerError, match="already"):
        full.watch([("老洞", box(-5, -5, 5, 5))], kind="closed_mine", by="Li")
    with pytest.raises(exceptions.ParameterError, match="radius_m"):
        full.watch(points, kind="danger_point", by="Li")


def test_overdue_is_by_the_shortest_interval_of_the_settings(full, tmp_path):
    (tmp_path / "巡查.toml").write_text(
        "[patrol]\ndefault_days = 90\nsettled_days = 0\n[patrol.states]\ndormant = 30\n[patrol.risks]\nhigh = 7\n"
        "[patrol.levels]\nvillage = 5\n",
        encoding="utf-8",
    )
    full.configure(tmp_path / "巡查.toml", by="Li")
    # Last dug: D 2026-01-01 and C 2026-04-01, both dormant; B 2026-01-01, backfilled.
    on = full.overdue(on="2026-07-02")
    assert dict(zip(on["name"], on["days_overdue"], strict=True)) == {D: 152, B: 92, C: 62}
    full.describe(C, by="Li", risk="high")
    full.patrol(C, by="Zhao", when="2026-06-30", level="village")
    assert C not in set(full.overdue(on="2026-07-07")["name"])
    (row,) = full.overdue(on="2026-07-08").query("name == @C").to_dict("records")
    assert (row["days_overdue"], row["interval_days"], row["due"]) == (1, 7, pd.Timestamp("2026-07-07"))
    # A level has its own interval, and its own patrols count.
    village = full.overdue(on="2026-07-06", level="village").set_index("name")
    assert village.loc[C, "days_overdue"] == 1
    full.inspect(D, outcome="false_change", by="Wang", when="2026-07-01")
    assert D not in set(full.overdue(on="2027-07-08")["name"])
    full.watch([("老洞", box(200, 200, 205, 205))], kind="closed_mine", by="Li", interval_days=3)
    today = datetime.datetime.now(datetime.timezone.utc).date()
    late = full.overdue(on=today + datetime.timedelta(days=4)).set_index("name")
    assert late.loc["老洞", ["what", "days_overdue"]].to_list() == ["watch area", 1]
    with pytest.raises(exceptions.ParameterError, match="know village"):
        full.overdue(level="province")


def test_acts_of_one_subject_within_two_years_are_added_up(tmp_path):
    ledger = oc.Ledger.open(tmp_path / "l.gpkg", create=True, crs=CRS)
    ledger.add(quarter(0, [(0, 0, 10, 10, 300), (50, 0, 60, 10, 200)], unlicensed_m3=[300.0, 200.0]), by="Li")
    ledger.add(quarter(2, [(0, 0, 10, 10, 100)], unlicensed_m3=[100.0], sigma_m3=[10.0]), by="Li")
    first, second = sorted(ledger.patches["patch_id"])
    ledger.describe(first, by="Li", subject="张某")
    stated = {"materials": {"": {"density_t_per_m3": 2.0}}, "prices": 100.0}
    acts = ledger.acts(**stated)
    assert [(act.subject, act.when.isoformat()) for act in acts] == [("张某", DAYS[1]), ("张某", DAYS[3])]
    # 400 m³ x 2 t/m³ x 100 yuan; an error of 10 m³.
    (finding, *_) = oc.add_up(acts)["张某"].findings
    assert (finding.value.value, finding.value.sigma) == (pytest.approx(80_000.0), pytest.approx(2_000.0))
    ledger.inspect(first, outcome="unlawful", settled=True, by="Wang", when="2025-05-01")
    (finding, *_) = oc.add_up(ledger.acts(**stated))["张某"].findings
    assert finding.value.value == pytest.approx(20_000.0)
    ledger.describe(second, by="Li", subject="李某")
    assert [act.subject for act in ledger.acts(**stated, subjects=["李某"])] == ["李某"]
    ledger.inspect(second, outcome="lawful", by="Wang", when="2025-05-01")
    with pytest.raises(exceptions.ParameterError, match="no patch has the subject"):
        ledger.acts(**stated, subjects=["李某"])


def test_an_assessment_with_layers_brings_what_they_state(tmp_path, dems):
    layers = [oc.Layer("limestone", roof=200.0, floor=0.0, density_t_per_m3=2.6, price=30.0)]
    case = oc.assess(dems, [licence()], layers=layers)
    ledger = oc.Ledger.open(tmp_path / "l.gpkg", create=True, crs=CRS)
    ledger.add(case, by="Li")
    ledger.describe("2024-000001", by="Li", subject="A Ltd")
    (act,) = ledger.acts()
    whole = oc.appraise(case)
    assert act.resources.total("destroyed_value").value == pytest.approx(whole.total("destroyed_value").value)


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".gpkg"])
def test_export_has_the_fields_of_satellite_enforcement(full, tmp_path, suffix):
    full.inspect(
        B, outcome="unlawful", filed=True, by="Wang", when="2026-07-10", inspectors="=王", document="〔2026〕1号"
    )
    full.describe(B, by="Li", subject="=cmd()", mine="石料场")
    path = tmp_path / f"图斑{suffix}"
    assert full.export(path, constants={"region_code": "140824"}) == path
    if suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).active
        head, *rows = [[cell.value for cell in row] for row in sheet.rows]
        found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    else:
        table = pd.read_csv(path, encoding="utf-8-sig") if suffix == ".csv" else geopandas.read_file(path)
        found = {row["图斑编号"]: row for row in table.to_dict("records")}
    row = found[B]
    assert (row["行政区代码"], row["前时相"], row["后时相"]) in {
        (code, "2025-10-01", "2026-01-01") for code in ("140824", 140824)
    }
    assert (row["是否违法"], row["是否立案"], row["现场核查结论"], row["文书号"]) == (
        "是",
        "立案",
        "违法",
        "〔2026〕1号",
    )
    assert (row["监测面积（m²）"], row["挖方量（m³）"], row["回填量（m³）"]) == (960.0, 3060.0, 2900.0)
    assert row["X"] > 3_900_000 > row["Y"]  # north first, as such tables have it
    assert (row["状态"], row["矿"]) == ("已现场核查", "石料场")
    if suffix != ".gpkg":
        assert row["责任主体"] == "'=cmd()"
    with pytest.raises(exceptions.OutputError, match="exists already"):
        full.export(path)
    full.export(path, overwrite=True, lang="en", fields="all")


def test_a_gis_sees_every_layer_of_the_file(full, tmp_path):
    full.lead((500_005, 3_940_005), by="Li", when="2025-02-01", text="夜间作业")
    full.watch([("老洞", box(-5, -5, 5, 5))], kind="closed_mine", by="Li")
    full.inspect(B, outcome="unlawful", filed=False, by="Wang", when="2026-07-10")
    full.patrol(B, by="Zhao", when="2026-07-11")
    layers = dict(pyogrio.list_layers(full.place).tolist())
    assert layers == {
        "patches": "MultiPolygon",
        "observations": "MultiPolygon",
        "leads": "Point",
        "watch_areas": "MultiPolygon",
        "inspections": None,
        "patrols": None,
        "runs": None,
    }
    seen = {name: geopandas.read_file(full.place, layer=name, fid_as_index=True) for name in layers}
    assert {name: len(each) for name, each in seen.items()} == {
        "patches": 4, "observations": 13, "leads": 1, "watch_areas": 1, "inspections": 1, "patrols": 1, "runs": 6,
    }  # fmt: skip
    patches = seen["patches"]
    assert patches.crs == CRS
    assert dict(zip(patches["patch_id"], patches["state"], strict=True)) == states(full)
    assert patches.geometry.area.to_list() == pytest.approx(full.patches.geometry.area.to_list())
    assert str(patches["last_dug"].dtype).startswith("datetime64")
    assert patches.index.is_unique
    assert seen["leads"]["text"].to_list() == ["夜间作业"]
    assert str(seen["leads"]["said_at"].dtype).startswith("datetime64")
    connection = sqlite3.connect(full.place)
    assert connection.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_a_gis_sees_the_layers_in_postgis(cluster):
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    url = cluster.database(postgis=True)
    if url is None:
        pytest.skip("no PostGIS on this machine")
    ledger = oc.Ledger.open(url, create=True, crs=CRS)
    ledger.add(SIX[0], by="Li")
    ledger.lead((500_005, 3_940_005), by="Li", when="2025-02-01")
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        patches = geopandas.read_postgis("SELECT * FROM overcut_ledger.patches", connection)
        leads = geopandas.read_postgis("SELECT * FROM overcut_ledger.leads", connection)
        listed = connection.exec_driver_sql(
            "SELECT f_table_name, srid, type FROM geometry_columns WHERE f_table_name NOT LIKE 'ledger_%%' ORDER BY 1"
        ).all()
    assert patches.crs == CRS
    assert patches.geometry.area.to_list() == [100.0, 400.0, 400.0]
    assert leads.geometry.iloc[0].equals(shapely.Point(500_005, 3_940_005))
    assert [tuple(row) for row in listed] == [
        ("leads", 4546, "POINT"),
        ("observations", 4546, "MULTIPOLYGON"),
        ("patches", 4546, "MULTIPOLYGON"),
        ("watch_areas", 4546, "MULTIPOLYGON"),
    ]


def test_the_database_refuses_every_change_of_what_was_said(place):
    ledger = oc.Ledger.open(place, create=True, crs=CRS)
    ledger.add(SIX[0], by="Li")
    ledger.inspect(A, outcome="lawful", by="Wang", when="2025-04-02")
    postgresql = ledger.storage != "geopackage"
    if postgresql:
        connection = psycopg.connect(str(place).replace("+psycopg", ""), options="-csearch_path=overcut_ledger,public")
        connection.autocommit = True
        tables = [
            row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'overcut_ledger'")
        ]
    else:
        connection = sqlite3.connect(place)
        tables = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'ledger_%'"
            )
        ]
    assert len(tables) == 16
    refused = (psycopg.Error, sqlite3.DatabaseError)
    for table in tables:
        if connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]:
            for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
                with pytest.raises(refused, match="append-only"):
                    connection.execute(statement)
    if postgresql:
        with pytest.raises(refused, match=r"append-only|cannot truncate"):
            connection.execute("TRUNCATE ledger_inspections")
    else:
        for table in ("ledger_inspections", "ledger_runs"):
            with pytest.raises(refused, match="append-only"):
                connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
        with pytest.raises(refused, match="append-only"):  # another row in the place of the one with this digest
            connection.execute(
                "INSERT OR REPLACE INTO ledger_runs (entry, digest) SELECT entry, digest FROM ledger_runs LIMIT 1"
            )
    connection.close()
    assert states(ledger)[A] == "verified"


def test_a_ledger_of_another_version_says_what_to_do(tmp_path, monkeypatch):
    for version, words in ((2, "newer overcut made it"), (0, "older overcut made it")):
        path = tmp_path / f"{version}.gpkg"
        with monkeypatch.context() as patched:
            patched.setattr("overcut.ledger.store.SCHEMA_VERSION", version)
            oc.Ledger.open(path, create=True, crs=CRS)
        with pytest.raises(exceptions.LedgerVersionError, match=words):
            oc.Ledger.open(path)


def test_what_is_no_ledger_is_left_alone(tmp_path, ledger):
    with pytest.raises(exceptions.FileReadError, match="create=True"):
        oc.Ledger.open(tmp_path / "missing.gpkg")
    with pytest.raises(exceptions.FileReadError, match="folder"):
        oc.Ledger.open(tmp_path / "no" / "l.gpkg", create=True, crs=CRS)
    (tmp_path / "text.gpkg").write_text("not a database, by far" * 50, encoding="utf-8")
    for create in (False, True):
        with pytest.raises(exceptions.LedgerError, match="no GeoPackage"):
            oc.Ledger.open(tmp_path / "text.gpkg", create=create, crs=CRS)
    SIX[0].cuts.to_file(tmp_path / "other.gpkg")
    before = (tmp_path / "other.gpkg").read_bytes()
    with pytest.raises(exceptions.LedgerError, match="file of its own"):
        oc.Ledger.open(tmp_path / "other.gpkg", create=True, crs=CRS)
    assert (tmp_path / "other.gpkg").read_bytes() == before
    with pytest.raises(exceptions.CrsError, match="state its crs"):
        oc.Ledger.open(tmp_path / "new.gpkg", create=True)
    with pytest.raises(exceptions.CrsError, match="projected"):
        oc.Ledger.open(tmp_path / "new.gpkg", create=True, crs="EPSG:4490")
    with pytest.raises(exceptions.CrsError, match="not in EPSG:4547"):
        oc.Ledger.open(ledger.place, crs="EPSG:4547")
    with pytest.raises(exceptions.LedgerError, match="expected the path of a GeoPackage"):
        oc.Ledger.open("mysql://somebody:secret@host/db")
    with pytest.raises(exceptions.FileReadError, match="cannot be used") as caught:
        oc.Ledger.open("postgresql+psycopg://somebody:secret@localhost:1/db")
    assert "secret" not in str(caught.value)


def test_a_writer_that_waits_too_long_is_told_who_is_in_the_way(ledger, monkeypatch):
    monkeypatch.setattr("overcut.ledger.store._BUSY_S", 0.1)
    waiting = oc.Ledger.open(ledger.place)
    other = sqlite3.connect(ledger.place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(exceptions.OutputError, match="held by another program"):
        waiting.add(SIX[0], by="Li")
    assert len(waiting.runs) == 0  # reading goes on meanwhile
    other.execute("ROLLBACK")
    other.close()
    assert len(waiting.add(SIX[0], by="Li").new) == 3


def test_a_patch_of_several_holders_has_no_subject_until_somebody_states_it(ledger):
    dug = areas((0, 0, 10, 10, 100), (50, 0, 60, 10, 100), holder=["甲公司 + 乙公司", "丙公司"])
    ledger.add(oc.Comparison(dug, earlier=DAYS[0], later=DAYS[1]), by="Li")
    subjects = ledger.patches["subject"].to_list()
    assert pd.isna(subjects[0])
    assert subjects[1] == "丙公司"


def test_what_cannot_be_added_is_refused_and_changes_nothing(ledger):
    with pytest.raises(exceptions.ParameterError, match=r"overcut\.assess"):
        ledger.add("case.json", by="Li")
    with pytest.raises(exceptions.CrsError, match="the run is in EPSG:4547"):
        ledger.add(
            oc.Comparison(SIX[0].cuts.set_crs("EPSG:4547", allow_override=True), earlier=DAYS[0], later=DAYS[1]),
            by="Li",
        )
    with pytest.raises(exceptions.ParameterError, match="counted twice"):
        ledger.add(quarter(0, [(0, 0, 10, 10, 5), (5, 0, 15, 10, 5)]), by="Li")
    with pytest.raises(exceptions.ParameterError, match="by is ''"):
        ledger.add(SIX[0], by="")
    with pytest.raises(exceptions.DateError, match="must be after"):
        oc.Comparison(SIX[0].cuts, earlier=DAYS[1], later=DAYS[1])
    with pytest.raises(exceptions.ParameterError, match="volume_m3"):
        ledger.add(oc.Comparison(SIX[0].cuts[["geometry"]], earlier=DAYS[0], later=DAYS[1]), by="Li")
    assert len(ledger.runs) == 0
    assert len(ledger.patches) == 0


def test_settings_are_kept_in_every_version_and_checked(ledger, tmp_path):
    path = tmp_path / "s.toml"
    path.write_text('prefix = "140824-"\n[states]\nbackfilled_share = 0.5\n', encoding="utf-8")
    assert ledger.configure(path, by="Li").backfilled_share == 0.5
    ledger.add(quarter(0, [(0, 0, 10, 10, 100)]), by="Li")
    ledger.add(quarter(1, [], [(0, 0, 10, 10, 50)]), by="Li")
    assert states(ledger) == {"140824-2025-000001": "backfilled"}
    for content, words in (
        ("[stats]\n", "did you mean `states`"),
        ("[states]\nbackfilled_share = 2\n", "a share"),
        ("[patrol.states]\nasleep = 4\n", "unknown key `asleep`"),
        ("[periods]\nstarts = [4, 1]\n", "months in order"),
        ("prefix = 'a/b'\n", "letters, digits"),
        ("prefix =\n", "not TOML"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(exceptions.ParameterError, match=words):
            ledger.configure(path, by="Li")
    assert ledger.settings.prefix == "140824-"


def test_a_summary_is_readable_in_both_languages_and_in_a_notebook(full):
    english, chinese, page = repr(full), full.to_text("zh"), full._repr_html_()
    assert "3 living, 1 merged into others" in english
    assert "backfilled        1    960.0   3,060        2,900" in english
    assert "已回填" in chinese
    assert "现存3个" in chinese
    assert page.startswith('<div class="overcut">')
    assert "county.gpkg" in page
