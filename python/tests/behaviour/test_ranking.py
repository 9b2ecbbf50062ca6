"""Ranking of patches: lists, the load of the reviewers, words, refusals, command line."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import overcut as oc
from overcut.cli import main
from overcut.messages import LANGUAGES, catalogue
from overcut.ranking import FEATURES, RankingModel, Weight
from overcut.ranking.feature_list import GROUPS

from .conftest import array_dem, dig, level, licence, rectangle
from .ranking_patches import bare, places, two_patches


@pytest.fixture(scope="module")
def case():
    """Pits of 2 m: inside the licence, across its boundary, outside, and outside with a heap beside."""
    before = level((200, 200)) + 0.05 * np.random.default_rng(0).standard_normal((200, 200))
    after = dig(before, (20, 40), (20, 40), 2.0)
    after = dig(after, (85, 115), (80, 100), 2.0)
    after = dig(after, (150, 170), (20, 40), 2.0)
    after = dig(dig(after, (150, 170), (120, 140), 2.0), (172, 182), (120, 140), -1.5)
    dems = [array_dem(before, "2021-05-01"), array_dem(after, "2024-05-20")]
    return oc.assess(dems, [licence(ground=rectangle((0, 100), (0, 200)))], register=False, estimate_errors=False)


def test_outlines_alone_can_be_ranked():
    outlines = places(shapely.box(0, 0, 50, 50), shapely.box(200, 0, 400, 10))
    ranking = oc.rank(outlines)
    assert ranking.patches["patch"].tolist() == ["P1", "P2"]
    assert ranking.patches["probability"].between(0.0, 1.0).all()
    assert ranking.features.notna().sum().sum() == 2 * 5  # area, three of shape, neighbours


def test_a_lead_and_a_watch_area_raise_the_odds_by_what_is_stated():
    patches = two_patches()
    plain = oc.rank(patches)
    leads = places(shapely.Point(100.0, 300.0))
    zones = places(shapely.box(0, 0, 50, 500), shapely.Point(1010, 10))
    ranking = oc.rank(patches, leads=leads, zones=zones)
    assert ranking.features.loc["A", "lead_near"] == pytest.approx(0.5)  # 250 m of 500 m
    assert ranking.features["in_zone"].to_dict() == pytest.approx({"A": 0.5, "B": 1.0})

    def log_odds(found):
        by_patch = found.patches.set_index("patch")["probability"]
        return np.log(by_patch / (1.0 - by_patch))

    beyond = log_odds(ranking) - log_odds(plain)
    assert beyond.to_dict() == pytest.approx({"A": 0.5 * 1.0 + 0.5 * 0.7, "B": 0.7})


def test_order_of_rows_does_not_matter():
    patches = two_patches()
    one, other = oc.rank(patches).patches, oc.rank(patches.iloc[::-1]).patches
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))
    assert one["rank"].tolist() == [1, 2]
    assert one["probability"].is_monotonic_decreasing


def test_an_assessment_is_ranked_and_ground_inside_the_rights_comes_last(case):
    ranking = oc.rank(case)
    assert sorted(ranking.patches["patch"]) == sorted(case.patches["patch"])
    last = ranking.patches.iloc[-1]
    assert len(ranking) == 4
    found = ranking.features.sort_values("outside_share")
    assert found["outside_share"].tolist() == pytest.approx([0.0, 0.5, 1.0, 1.0], abs=0.02)
    # 20 m of the boundary run through the pit across it, which is 600 m² wide.
    assert found["contact_share"].tolist() == pytest.approx([0.0, 20.0 / np.sqrt(600.0), 0.0, 0.0], abs=0.05)
    assert found["fill_beside"].sum() == 1.0
    # 10 x 20 x 1.5 m³ beside 20 x 20 x 2 m³.
    assert found["balance"].max() == pytest.approx(300.0 / 800.0, abs=0.02)
    assert last["patch"] == found.index[0]
    assert last["probability"] < 0.1


def test_nothing_to_rank_is_an_empty_list(case):
    none = oc.rank(case.patches.iloc[:0], fills=case.fills)
    assert len(none) == 0
    assert len(none.load()) == 0
    assert "0 patches" in repr(none)


# The reviewers' load


def test_luck_alone_gives_the_interval_of_a_sum_of_coins():
    ranking = oc.rank(
        places(*[shapely.box(100 * at, 0, 100 * at + 50, 50) for at in range(100)]), model=bare(0.0, 1e-6)
    )
    row = ranking.load([100]).iloc[0]
    assert row["expected_real"] == pytest.approx(50.0)
    # 1.96 sqrt(100 / 4)
    assert (row["real_low"], row["real_high"]) == pytest.approx((40.2, 59.8), abs=1.0)
    assert row["precision"] == pytest.approx(0.5)
    assert row["share_of_real"] == 1.0


def test_not_knowing_the_place_widens_the_interval_and_inspections_narrow_it():
    outlines = places(*[shapely.box(100 * at, 0, 100 * at + 50, 50) for at in range(100)])
    loads = [oc.rank(outlines, model=bare(0.0, sigma)).load([100]).iloc[0] for sigma in (1e-6, 0.3, 1.0)]
    widths = [row["real_high"] - row["real_low"] for row in loads]
    assert widths[0] < 0.8 * widths[1] < 0.7 * widths[2]


def test_load_follows_the_list(case):
    ranking = oc.rank(case)
    load = ranking.load([1, 3, len(ranking)], hours=4.0, hours_per_visit=2.0)
    assert load["visits"].tolist() == sorted({1, 2, 3, len(ranking)})
    probability = ranking.patches["probability"].to_numpy()
    assert load["expected_real"].to_numpy() == pytest.approx([probability[:cut].sum() for cut in load["visits"]])
    assert load["precision"].is_monotonic_decreasing
    assert load["share_of_real"].iloc[-1] == pytest.approx(1.0)
    assert load["hours"].tolist() == [2.0 * cut for cut in load["visits"]]
    assert (load["real_low"] <= load["expected_real"]).all()
    pd.testing.assert_frame_equal(load, ranking.load([1, 3, len(ranking)], hours=4.0, hours_per_visit=2.0))
    with pytest.raises(oc.exceptions.ParameterError, match="state hours_per_visit"):
        ranking.load(hours=4.0)


# Words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_feature_and_group_can_be_said(lang):
    known = catalogue(lang)
    assert all(f"ranking.says_{each.name}" in known or f"ranking.is_not_{each.name}" in known for each in FEATURES)
    assert all(f"ranking.group_{group}" in known for group in GROUPS)


def test_reasons_name_what_speaks_for_and_against():
    weights = (Weight("outside_share", 0.5, 0.25, 2.0), Weight("elongation", 0.0, 1.0, -1.0))
    model = RankingModel(0.0, weights, np.eye(3) * 0.1)
    ranking = oc.rank(two_patches(), model=model)
    assert ranking.contributions.loc["A", "rights"] == pytest.approx(2.0)
    assert ranking.contributions.loc["A", "shape"] == pytest.approx(-np.log(2.0))
    said = ranking.patches.set_index("patch")["reasons"]
    assert said["A"].startswith("raised by rights (75 % outside the rights)")
    assert "; lowered by shape (2 times as long as wide" in said["A"]
    assert "lowered" not in said["B"]
    chinese = oc.rank(two_patches(), model=model, lang="zh").patches.set_index("patch")["reasons"]
    assert chinese["A"].startswith("提高概率：权利关系（75 % 在权利范围外")
    average = oc.rank(two_patches(), model=bare(0.0, 1.0)).patches["reasons"]
    assert set(average) == {"in nothing unlike the average patch"}


# Refusals


def test_what_cannot_be_ranked_is_refused():
    with pytest.raises(oc.exceptions.ParameterError, match="expected an Assessment or a GeoDataFrame"):
        oc.rank([1, 2])
    with pytest.raises(oc.exceptions.ParameterError, match="'A' is in the table twice"):
        oc.rank(two_patches().assign(patch="A"))
    with pytest.raises(oc.exceptions.ParameterError, match="is a Point, no polygon"):
        oc.rank(places(shapely.Point(0, 0)))
    with pytest.raises(oc.exceptions.ParameterError, match="expected a RankingModel"):
        oc.rank(two_patches(), model="model.json")
    with pytest.raises(oc.exceptions.ParameterError, match="expected metres"):
        oc.rank(two_patches(), lead_reach_m=0.0)


# Lists and the command line


def test_lists_are_written_whole_and_learnt_from_again(case, tmp_path):
    ranking = oc.rank(case)
    written = ranking.to_gpkg(tmp_path / "visits.gpkg")
    again = gpd.read_file(written)
    assert again["patch"].tolist() == ranking.patches["patch"].tolist()
    outcomes = ["unlawful" if place < 3 else None for place in range(len(again))]
    from_file, from_memory = RankingModel.fit(again, outcomes), RankingModel.fit(ranking, outcomes)
    assert from_file.parameters == pytest.approx(from_memory.parameters, abs=1e-9)
    with pytest.raises(oc.exceptions.OutputError, match="exists already"):
        ranking.to_gpkg(written)


def test_command_line_lists_and_learns(case, tmp_path, capsys):
    def run(*words):
        code = main(["rank", *map(str, words)])
        return code, *capsys.readouterr()

    record, listed, model = case.to_json(tmp_path / "case.json"), tmp_path / "visits.csv", tmp_path / "county.json"
    code, said, _ = run("list", record, "--output", listed, "--hours", "6", "--hours-per-visit", "2")
    assert code == 0
    assert "4 patches, of which" in said
    assert "hours" in said
    visits = pd.read_csv(listed, encoding="utf-8-sig")
    assert visits["rank"].tolist() == [1, 2, 3, 4]
    assert visits["outcome"].isna().all()
    # As an office's spreadsheet saves it.
    visits.assign(outcome=["违法", "伪变化", None, "违法"]).to_csv(
        tmp_path / "seen.csv", index=False, encoding="gb18030"
    )
    code, said, _ = run("learn", tmp_path / "seen.csv", model, "--lang", "zh")
    assert code == 0
    assert "依据 3 个核查结果学习，其中属实 2 个" in said
    assert RankingModel.load(model).training["inspected"]["patches"] == 3
    code, said, _ = run("list", case.to_gpkg(tmp_path / "case.gpkg"), "--model", model, "--lang", "zh")
    assert code == 0
    assert "共 4 个图斑" in said
    for words, message in (
        (("list", record, "--output", listed), "exists already"),
        (("list", record, "--output", tmp_path / "list.doc"), "expected .csv or .gpkg"),
        (("list", tmp_path / "none.gpkg"), "cannot be read"),
        (("learn", tmp_path / "none.csv", tmp_path / "new.json"), "cannot be read"),
        (("learn", tmp_path / "seen.csv", model), "exists already"),
    ):
        code, _, complaint = run(*words)
        assert code == 3
        assert message in complaint
    visits.drop(columns="outcome").to_csv(tmp_path / "bare.csv", index=False)
    assert run("learn", tmp_path / "bare.csv", tmp_path / "new.json")[0] == 1
    assert not (tmp_path / "new.json").exists()
