"""Ranking of patches: features by hand, learning against another program and closed forms, lists, command line."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import overcut as oc
from overcut.cli import main
from overcut.messages import LANGUAGES, catalogue
from overcut.ranking import FEATURES, RankingModel, Weight, shipped_model
from overcut.ranking.feature_list import GROUPS
from overcut.ranking.fitting import LEAST_SCALE, posterior, train
from overcut.ranking.model import logistic

from .conftest import CRS, array_dem, dig, level, licence, rectangle


def table_of(rows, crs=CRS):
    """Patches with an outline each."""
    return gpd.GeoDataFrame(rows, geometry="outline", crs=crs).rename_geometry("geometry")


def places(*shapes, crs=CRS, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


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


def two_patches():
    """A pit of 100 m x 50 m, and one of 20 m x 20 m that lies a kilometre to the east."""
    return table_of(
        [
            {
                "patch": "A",
                "interval": 0,
                "volume_m3": 8000.0,
                "sigma_m3": 400.0,
                "area_m2": 4000.0,
                "certain_area_m2": 2500.0,
                "max_depth_m": 5.0,
                "lod_m": 2.0,
                "strength": 12.0,
                "attribution": "beyond_boundary",
                "contact_m": 126.49110640673517,
                "within_m3": 2000.0,
                "beyond_boundary_m3": 5000.0,
                "below_floor_m3": 1000.0,
                "nearest_distance_m": np.nan,
                "outline": shapely.box(0, 0, 100, 50),
            },
            {
                "patch": "B",
                "interval": 0,
                "volume_m3": 400.0,
                "sigma_m3": 100.0,
                "area_m2": 400.0,
                "certain_area_m2": 100.0,
                "max_depth_m": 2.0,
                "lod_m": 2.0,
                "strength": 4.0,
                "attribution": "unlicensed",
                "contact_m": 0.0,
                "within_m3": 0.0,
                "beyond_boundary_m3": 0.0,
                "below_floor_m3": 0.0,
                "unlicensed_m3": 400.0,
                "nearest_distance_m": 900.0,
                "outline": shapely.box(1000, 0, 1020, 20),
            },
        ]
    )


def features(patches, **beside):
    return oc.rank(patches, **beside).features


def test_features_of_a_table_are_those_of_a_pocket_calculator():
    found = features(two_patches())
    a, b = found.loc["A"], found.loc["B"]
    assert a["outside_over_sigma"] == pytest.approx(6000 / 400)
    assert a["outside_share"] == pytest.approx(0.75)
    assert (a["inside_rights"], b["inside_rights"]) == (0.0, 0.0)
    assert (a["inside_rights"], b["inside_rights"]) == (0.0, 0.0)
    assert a["beyond_share"] == pytest.approx(0.625)
    assert a["in_licence_share"] == pytest.approx(0.125)
    assert a["mean_depth_m"] == pytest.approx(2.0)
    assert a["fullness"] == pytest.approx(0.4)
    assert a["depth_over_lod"] == pytest.approx(2.5)
    assert a["certain_share"] == pytest.approx(0.5)
    assert a["contact_share"] == pytest.approx(2.0)
    assert a["elongation"] == pytest.approx(2.0)
    assert (a["solidity"], a["roughness"]) == pytest.approx((1.0, 1.0))
    assert (a["licence_distance_m"], b["licence_distance_m"]) == (0.0, 900.0)
    assert (b["outside_share"], b["fullness"]) == pytest.approx((1.0, 0.5))
    assert (a["neighbours"], b["neighbours"]) == (0.0, 0.0)


def test_what_is_not_known_is_missing_and_not_nought():
    found = features(two_patches())
    unknown = [
        "fill_beside",
        "balance",
        "cut_other_times",
        "grown",
        "filled_before",
        "lead_near",
        "in_zone",
        "slope_deg",
    ]
    assert found[unknown].isna().all().all()
    with_all = features(
        two_patches(), leads=places(), zones=places(), history=places(), fills=places(volume_m3=np.array([]))
    )
    assert (with_all[[*unknown[:-1]]] == 0.0).all().all()


def test_outlines_alone_can_be_ranked():
    outlines = places(shapely.box(0, 0, 50, 50), shapely.box(200, 0, 400, 10))
    ranking = oc.rank(outlines)
    assert ranking.patches["patch"].tolist() == ["P1", "P2"]
    assert ranking.patches["probability"].between(0.0, 1.0).all()
    assert ranking.features.notna().sum().sum() == 2 * 5  # area, three of shape, neighbours


def test_fill_beside_a_cut_is_shared_out_by_volume_and_balances_it():
    patches = two_patches()
    patches.loc[1, "geometry"] = shapely.box(160, 0, 180, 20)
    patches.loc[1, "volume_m3"] = 2000.0
    heap = places(shapely.box(110, 0, 140, 30), volume_m3=[5000.0], interval=[0])
    found = features(patches, fills=heap)
    assert found["fill_beside"].tolist() == [1.0, 1.0]
    # Of 5000 m³, four fifths for 8000 m³ of cut and a fifth for 2000 m³.
    assert found.loc["A", "balance"] == pytest.approx(4000 / 8000)
    assert found.loc["B", "balance"] == pytest.approx(1000 / 2000)
    # Each has the heap near it; B, 50 m of reach, does not reach A, but A reaches B.
    assert found["neighbours"].to_dict() == {"A": 2.0, "B": 1.0}
    other_interval = heap.assign(interval=1)
    assert features(patches, fills=other_interval)["fill_beside"].tolist() == [0.0, 0.0]


def test_other_times_tell_growth_refill_and_return():
    early, late = two_patches().iloc[[0]], two_patches().iloc[[0]]
    early["geometry"], late["patch"], late["interval"] = shapely.box(0, 0, 50, 50), "later", 1
    patches = pd.concat([early, late], ignore_index=True)
    heaps = places(shapely.box(75, 0, 100, 50), volume_m3=[100.0], interval=[0])
    found = features(patches, fills=heaps)
    assert found["cut_other_times"].to_dict() == pytest.approx({"A": 1.0, "later": 0.5})
    assert found["grown"].fillna(-1.0).to_dict() == {"A": -1.0, "later": 1.0}  # before A, nothing is known
    assert found["filled_before"].fillna(-1.0).to_dict() == pytest.approx({"A": -1.0, "later": 0.25})
    assert found["filled_after"].fillna(-1.0).to_dict() == pytest.approx({"A": 0.0, "later": -1.0})


def test_a_table_of_one_late_interval_knows_nothing_of_others():
    late = features(two_patches().assign(interval=3), fills=places(volume_m3=np.array([])))
    assert late[["cut_other_times", "grown", "filled_before", "filled_after"]].isna().all().all()


def test_history_counts_as_earlier_and_its_outcomes_as_findings():
    history = places(
        shapely.box(0, 0, 100, 20),
        shapely.box(1000, 0, 1020, 20),
        shapely.box(99, 49, 300, 300),
        outcome=["unlawful", "伪变化", "lawful"],
    )
    found = features(two_patches(), history=history)
    assert found.loc["A", "cut_other_times"] == pytest.approx(0.4, abs=0.001)
    assert found["grown"].to_dict() == {"A": 1.0, "B": 0.0}
    assert found["found_unlawful"].to_dict() == {"A": 1.0, "B": 0.0}
    # A corner of one square metre is not the same ground.
    assert found["found_harmless"].to_dict() == {"A": 0.0, "B": 1.0}


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


def test_tables_in_another_crs_are_brought_over():
    leads = places(shapely.Point(100.0, 300.0)).to_crs("EPSG:4547")
    assert features(two_patches(), leads=leads).loc["A", "lead_near"] == pytest.approx(0.5, abs=1e-4)
    with pytest.raises(oc.exceptions.ParameterError, match="have no CRS"):
        oc.rank(two_patches(), leads=places(shapely.Point(0, 0), crs=None))


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


# What was found


@pytest.mark.parametrize(
    ("word", "value"),
    [("unlawful", 1), ("违法", 1), ("lawful", 0), ("合法", 0), ("false_change", 0), ("exempt", 0), (True, 1), (0, 0)],
)
def test_words_of_outcomes(word, value):
    from overcut.ranking.outcomes import outcome_values

    assert outcome_values([word, None, "", np.nan]).tolist()[:1] == [value]
    assert np.isnan(outcome_values([None, "", np.nan])).all()


def simulated(count, weights, intercept, seed=0):
    """Features with outcomes that follow a logistic law: (features, outcomes, true probability)."""
    random = np.random.default_rng(seed)
    found = pd.DataFrame({each.name: np.full(count, np.nan) for each in FEATURES})
    log_odds = np.full(count, intercept)
    for name, weight in weights.items():
        values = random.uniform(0.0, 1.0, count)
        found[name] = values
        log_odds += weight * values
    probability = logistic(log_odds)
    return found, random.random(count) < probability, probability


def test_learning_is_that_of_scikit_learn_where_no_sign_is_held():
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(1)
    rows = random.standard_normal((300, 4))
    outcomes = (random.random(300) < logistic(rows @ [1.0, -2.0, 0.0, 0.5] - 1.0)).astype(float)
    theirs = LogisticRegression(C=0.7, tol=1e-10, max_iter=1000).fit(rows, outcomes)
    ours, _ = posterior(
        np.column_stack([np.ones(300), rows]),
        outcomes,
        mean=np.zeros(5),
        precision=np.diag([0.0, *[1 / 0.7] * 4]),
        signs=np.zeros(5),
    )
    assert ours == pytest.approx(np.concatenate([theirs.intercept_, theirs.coef_[0]]), abs=1e-5)


def test_a_weight_never_goes_against_its_sign():
    found, real, _ = simulated(2000, {"strength": 0.0, "certain_share": -2.0, "fullness": 1.0}, 0.0)
    model = train(found.drop(columns="strength"), real, np.arange(2000))
    weights = {each.name: each.weight for each in model.weights}
    assert weights["certain_share"] == 0.0  # more certainty may not lower the odds
    assert weights["fullness"] > 0.2


def test_training_finds_the_law_that_outcomes_follow_and_its_probabilities_hold():
    law = {"outside_share": 3.0, "solidity": -2.0, "certain_share": 1.0}
    found, real, _ = simulated(4000, law, -2.0)
    model = train(found, real, np.arange(4000) // 10)
    for each in model.weights:
        if each.source == "trained":
            assert each.weight / each.scale == pytest.approx(law[each.name], abs=0.35)
    fresh, _, probability = simulated(2000, law, -2.0, seed=9)
    assert np.abs(model.probability(fresh) - probability).mean() < 0.02
    assert model.training["calibration"]["slope"] == pytest.approx(1.0, abs=0.1)
    assert model.training["base_rate"] == pytest.approx(real.mean())


def test_rare_values_are_not_spread_out_beyond_bounds():
    found, real, _ = simulated(1000, {"outside_share": 2.0}, -1.0)
    found["beyond_share"] = np.where(np.arange(1000) % 200 == 0, 0.5, 0.0)
    model = train(found, real, np.arange(1000))
    assert next(each.scale for each in model.weights if each.name == "beyond_share") == LEAST_SCALE


def test_too_little_to_learn_from_nothing_is_refused_with_the_way_out():
    found, _, _ = simulated(30, {"outside_share": 1.0}, 0.0)
    with pytest.raises(oc.exceptions.ParameterError, match=r"expected at least 10 of each.*RankingModel.fit"):
        train(found, np.arange(30) < 5, np.arange(30))


def bare(intercept, sigma):
    """A model that knows nothing but a base rate."""
    return RankingModel(intercept, (), np.array([[sigma**2]]))


def test_base_rate_after_inspections_lies_where_the_two_pull_equally():
    start = bare(0.0, 1.0)
    found, _, _ = simulated(60, {}, 0.0)
    learnt = RankingModel.fit(found, [True] * 6 + [False] * 54, prior=start, features=found)
    # Derivative of the posterior: 60 p - 6 + b = 0 with p = logistic(b).
    b = learnt.intercept
    assert 60.0 / (1.0 + np.exp(-b)) - 6.0 + b == pytest.approx(0.0, abs=1e-4)
    p = 1.0 / (1.0 + np.exp(-b))
    assert learnt.covariance[0, 0] == pytest.approx(1.0 / (60.0 * p * (1.0 - p) + 1.0), rel=1e-4)


@pytest.mark.parametrize("outcomes", [["unlawful"], ["lawful"], ["unlawful"] * 3, ["lawful", None, "unlawful"]])
def test_a_few_outcomes_move_little_and_break_nothing(outcomes):
    found, _, _ = simulated(len(outcomes), {"outside_share": 0.0, "strength": 0.0}, 0.0)
    start = shipped_model()
    learnt = RankingModel.fit(found, outcomes, features=found)
    known = [each for each in outcomes if each is not None]
    assert learnt.training["inspected"]["patches"] == len(known)
    assert learnt.training["inspected"]["real"] == known.count("unlawful")
    assert abs(learnt.intercept - start.intercept) < 2.0
    assert np.trace(learnt.covariance) < np.trace(start.covariance)
    before, after = start.probability(found), learnt.probability(found)
    if len(set(known)) == 1:
        assert np.all(after > before) if known[0] == "unlawful" else np.all(after < before)


def test_learning_twice_is_learning_once():
    found, real, _ = simulated(80, {"outside_share": 2.0, "solidity": -1.0}, -1.0)
    start = RankingModel(
        0.0,
        (Weight("outside_share", 0.5, 0.3, 0.0), Weight("solidity", 0.5, 0.3, 0.0)),
        np.diag([0.3, 0.02, 0.02]),
    )
    at_once = RankingModel.fit(found, real, prior=start, features=found)
    first = RankingModel.fit(found[:40], real[:40], prior=start, features=found[:40])
    twice = RankingModel.fit(found[40:], real[40:], prior=first, features=found[40:])
    # Equal but for the posterior of the first half being taken as normal.
    assert twice.parameters == pytest.approx(at_once.parameters, abs=0.03)
    assert twice.training["inspected"]["patches"] == 80


def test_sixty_visits_bring_a_county_with_few_real_ones_to_its_base_rate():
    shipped = shipped_model()
    random = np.random.default_rng(3)

    def county(count):
        """Patches that follow the shipped model, but with odds of a seventh; all else is average."""
        found = pd.DataFrame({"outside_share": random.choice((0.0, 1.0), count, p=(0.2, 0.8))})
        found["fullness"] = random.normal(0.45, 0.1, count)
        found["certain_share"] = random.uniform(0.3, 0.9, count)
        probability = logistic(shipped.log_odds(found) - 2.0)
        return found, random.random(count) < probability, probability

    off = []
    for _ in range(10):
        (inspected, real, _), (rest, _, probability) = county(60), county(1000)
        learnt = RankingModel.fit(inspected, real, features=inspected)
        off.append([each.probability(rest).mean() / probability.mean() for each in (shipped, learnt)])
    before, after = np.mean(np.abs(np.log(off)), axis=0)
    assert before > np.log(3.0)
    assert after < 0.5 * before


def test_features_that_the_model_did_not_know_are_learnt_too():
    found, real, _ = simulated(500, {"outside_share": 1.0}, -1.0)
    found["slope_deg"] = np.where(real, 5.0, 30.0) + np.random.default_rng(0).normal(0.0, 8.0, 500)
    assert "slope_deg" not in shipped_model().names
    learnt = RankingModel.fit(found, real, features=found)
    weight = next(each for each in learnt.weights if each.name == "slope_deg")
    assert weight.weight < -0.3
    assert weight.source == "inspections"


def test_outcomes_may_come_by_the_names_of_patches():
    ranking = oc.rank(two_patches())
    assert set(ranking.patches["patch"]) == {"A", "B"}
    in_order = ["unlawful" if patch == "B" else None for patch in ranking.patches["patch"]]
    by_name = RankingModel.fit(ranking, {"B": "unlawful"})
    assert by_name.parameters.tolist() == RankingModel.fit(ranking, in_order).parameters.tolist()
    assert by_name.parameters.tolist() == RankingModel.fit(two_patches(), {"B": "unlawful"}).parameters.tolist()
    with pytest.raises(oc.exceptions.ParameterError, match="patch 'C', which is not in the table"):
        RankingModel.fit(ranking, {"C": "lawful"})


def test_outcomes_that_do_not_fit_the_table_are_refused():
    patches = two_patches()
    with pytest.raises(oc.exceptions.ParameterError, match="1 outcomes for 2 patches"):
        RankingModel.fit(patches, ["lawful"])
    with pytest.raises(oc.exceptions.ParameterError, match="outcome 1 is 'maybe'"):
        RankingModel.fit(patches, ["lawful", "maybe"])
    with pytest.raises(oc.exceptions.ParameterError, match="no outcome is known"):
        RankingModel.fit(patches, [None, None])


# The file


def test_model_is_the_same_after_saving_and_loading(tmp_path):
    model = shipped_model()
    path = model.save(tmp_path / "model.json")
    again = RankingModel.load(path)
    assert again.to_dict() == model.to_dict()
    ranked = [oc.rank(two_patches(), model=each).patches["probability"].tolist() for each in (model, again)]
    assert ranked[0] == ranked[1]
    with pytest.raises(oc.exceptions.OutputError, match="exists already"):
        model.save(path)


def test_files_that_are_no_model_are_refused(tmp_path):
    path = tmp_path / "model.json"
    with pytest.raises(oc.exceptions.FileReadError, match="cannot be read"):
        RankingModel.load(path)
    good = shipped_model().to_dict()
    for content, message in (
        ("{", "is not JSON"),
        ("[]", "expected 'overcut ranking model'"),
        (json.dumps(good | {"format_version": 2}), "version 2"),
        (json.dumps({key: value for key, value in good.items() if key != "covariance"}), "not complete"),
        (json.dumps(good | {"covariance": [[1.0]]}), r"expected \("),
        (json.dumps(good | {"weights": [good["weights"][0] | {"name": "colour"}]}), "known features are"),
        (json.dumps(good | {"intercept": float("nan")}), "not finite"),
        (json.dumps(good | {"weights": [], "covariance": [[-1.0]]}), "not positive definite"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(oc.exceptions.ParameterError, match=message):
            RankingModel.load(path)


def test_shipped_model_says_where_it_comes_from():
    model = shipped_model()
    training = model.training
    assert training["origin"] == "planted scenes"
    assert training["made_by"] == "benches/ranking/rank_scenes.py"
    assert training["patches"] > 500
    assert 0.1 < training["base_rate"] < 0.3
    assert {each.source for each in model.weights} == {"trained", "stated"}
    signs = {each.name: each.sign for each in FEATURES}
    assert all(each.weight * signs[each.name] >= 0.0 for each in model.weights)
    assert np.linalg.eigvalsh(model.covariance).min() > 0.0


@pytest.mark.parametrize("feature", [each for each in FEATURES if each.sign], ids=lambda each: each.name)
def test_more_of_a_signed_feature_never_moves_a_patch_the_wrong_way(feature):
    values = np.linspace(feature.least, min(feature.most, 30.0), 20)
    probability = shipped_model().probability(pd.DataFrame({feature.name: values}))
    assert np.all(feature.sign * np.diff(probability) >= 0.0)


def test_inside_the_rights_nothing_else_counts():
    patches = two_patches().assign(beyond_boundary_m3=0.0, below_floor_m3=0.0, unlicensed_m3=0.0)
    plain, with_leads = oc.rank(patches), oc.rank(patches, leads=places(shapely.Point(50, 25)))
    assert plain.features["inside_rights"].tolist() == [1.0, 1.0]
    assert plain.patches["probability"].nunique() == 1
    assert plain.patches["probability"].max() < 0.05
    assert with_leads.patches["probability"].tolist() == plain.patches["probability"].tolist()


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
