"""What people say in a ledger: inspections, leads, watch areas, patrols; acts of subjects; the field table."""

from __future__ import annotations

import datetime

import geopandas
import openpyxl
import pandas as pd
import pytest
import shapely

import overcut as oc
from overcut import exceptions

from .conftest import CRS, licence
from .ledger_scenes import DAYS, SIX, A, B, C, D, areas, box, figures, quarter, states


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


def test_a_patch_of_several_holders_has_no_subject_until_somebody_states_it(ledger):
    dug = areas((0, 0, 10, 10, 100), (50, 0, 60, 10, 100), holder=["甲公司 + 乙公司", "丙公司"])
    ledger.add(oc.Comparison(dug, earlier=DAYS[0], later=DAYS[1]), by="Li")
    subjects = ledger.patches["subject"].to_list()
    assert pd.isna(subjects[0])
    assert subjects[1] == "丙公司"


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


def test_the_next_case_is_ranked_with_what_the_ledger_knows(full):
    """Its patches are the history of a ranking, its leads and watch areas what lies near."""
    full.inspect(C, outcome="unlawful", by="Wang", when="2026-07-10")
    full.lead((500_203, 3_940_205), by="Li", when="2026-08-01")
    full.watch([("老洞", box(-5, -5, 5, 5))], kind="closed_mine", by="Li")
    dug = areas((2, 2, 9, 16, 90), (200, 200, 210, 210, 90), patch=["over C", "by the lead"], sigma_m3=[5.0, 5.0])
    ranked = oc.rank(dug, history=full.patches, leads=full.leads, zones=full.watch_areas)
    reasons = dict(zip(ranked.patches["patch"], ranked.patches["reasons"], strict=True))
    assert "found unlawful before" in reasons["over C"]
    assert "lead near" in reasons["by the lead"]
