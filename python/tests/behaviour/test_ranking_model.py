"""The model of the ranking: learning against another program and closed forms, its file, the one that comes along."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely

import overcut as oc
from overcut.ranking import FEATURES, RankingModel, Weight, shipped_model
from overcut.ranking.fitting import LEAST_SCALE, posterior, train
from overcut.ranking.model import logistic

from .ranking_patches import bare, places, two_patches

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
