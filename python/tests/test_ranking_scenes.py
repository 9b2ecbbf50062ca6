"""The planted scenes of `benches/ranking` are what they say, and the model that comes along ranks fresh ones well."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
import shapely

import overcut as oc

from .conftest import ROOT

# At the end: nothing there must hide a package.
sys.path += [str(ROOT / "benches" / name) for name in ("ranking", "uncertainty", "peers")]

import evaluation
from changes import Blob, Course, course_change, dome, landslide
from evaluation import calibration, expected_calibration_error, precision_at, rankings
from planted import PlantedScene
from terrain import Terrain
from trials import Trial, assess, real, run_all

from overcut.ranking.fitting import train
from overcut.ranking.model import shipped_model

FRESH_SEED = 50_000
"""Seeds from here on are in no set of the bench."""


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    """Intervals are not looked at here."""
    monkeypatch.setattr(evaluation, "RESAMPLES", 20)


@pytest.fixture(scope="module")
def fresh():
    """Patches of scenes that nobody has seen."""
    return run_all([Trial(seed, size=240) for seed in range(FRESH_SEED, FRESH_SEED + 40)], 1)


def test_a_seed_gives_one_scene():
    one, again, other = PlantedScene(3, size=80), PlantedScene(3, size=80), PlantedScene(4, size=80)
    assert all(np.array_equal(a, b) for a, b in zip(one.surveys, again.surveys, strict=True))
    assert not np.array_equal(one.surveys[0][:10], other.surveys[0][:10])


def test_unlawful_is_what_was_dug_outside_polygons_or_under_floors():
    dug = 0
    for seed in range(12):
        scene = PlantedScene(seed, size=200)
        x, y = scene.centres()
        east, north = np.meshgrid(x, y)
        ground = scene.terrain.on_grid(x, y)
        inside = np.zeros(east.shape, dtype=bool)
        for each in scene.licences:
            inside |= shapely.contains_xy(each.polygon, east, north)
        mined = [
            -sum(
                (
                    each.rise_m(east, north, ground)
                    for each in scene.changes
                    if each.mining and each.interval == interval
                ),
                np.zeros(east.shape),
            )
            for interval in range(scene.intervals)
        ]
        for depth, unlawful in zip(mined, scene.unlawful_m, strict=True):
            assert unlawful[~inside] == pytest.approx(np.maximum(depth, 0.0)[~inside])
            assert np.all(unlawful <= np.maximum(depth, 0.0) + 1e-9)
            dug += np.count_nonzero(unlawful > 0.5)
        low = ground - sum(mined)
        floors = np.full(east.shape, -np.inf)
        for each in scene.licences:
            floors[shapely.contains_xy(each.polygon, east, north)] = each.floor_m
        under = np.where(inside, np.maximum(floors - low, 0.0), 0.0)
        assert sum(scene.unlawful_m)[inside] == pytest.approx(under[inside], abs=1e-6)
    assert dug > 1000


def test_a_dome_and_a_course_have_the_volumes_of_their_formulas():
    places = np.arange(-100.0, 100.0, 0.5) + 0.25
    x, y = np.meshgrid(places, places)
    heap = dome("stockpile", 0, Blob(0.0, 0.0, 40.0, stretch=2.0, turn=0.5), 6.0)
    # Paraboloid: half of base times height.
    assert heap.rise_m(x, y, x).sum() * 0.25 == pytest.approx(0.5 * np.pi * 40.0**2 * 6.0, rel=1e-3)
    road = course_change("road", 0, Course(0.0, 0.0, 0.0, 100.0, 20.0, 0.0, 300.0, 0.0), -3.0, 2.0)
    rise = road.rise_m(x, y, x)
    # Parabolas of 10 m width on both sides: two thirds of width times height.
    assert rise[rise < 0.0].sum() * 0.25 == pytest.approx(-100.0 * 10.0 * 3.0 * 2.0 / 3.0, rel=0.02)
    assert rise[rise > 0.0].sum() * 0.25 == pytest.approx(100.0 * 10.0 * 2.0 * 2.0 / 3.0, rel=0.02)


def test_a_landslide_lies_lower_than_it_lay():
    random = np.random.default_rng(2)
    terrain = Terrain.random(random, 600.0, 30.0)
    scar, toe = landslide(random, terrain, 0, 300.0, 300.0)
    middles = [((each.box[0] + each.box[2]) / 2, (each.box[1] + each.box[3]) / 2) for each in (scar, toe)]
    assert np.hypot(middles[1][0] - 300.0, middles[1][1] - 300.0) > 20.0
    step = 5.0 / np.hypot(middles[1][0] - 300.0, middles[1][1] - 300.0)
    ahead = [300.0 + step * (middle - 300.0) for middle in middles[1]]
    assert terrain.at(*ahead) < terrain.at(300.0, 300.0)


def test_labels_follow_the_truth_and_not_what_was_found():
    scene = next(
        each for each in (PlantedScene(seed, size=200) for seed in range(20, 40)) if any(map(np.any, each.unlawful_m))
    )
    case = assess(scene)
    assert len(case.patches)
    scene.unlawful_m = [np.zeros_like(depth) for depth in scene.unlawful_m]
    assert not any(real(scene, case))
    scene.unlawful_m = [np.ones_like(depth) for depth in scene.unlawful_m]
    assert all(real(scene, case))


def test_scores_of_a_list_by_hand():
    truth = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
    assert precision_at(np.array([0.9, 0.8, 0.7, np.nan, 0.1]), truth, 3) == pytest.approx(2 / 3)
    # 0.1 to 0.2: 0.3 expected and 1 found; 0.8 to 1: 1.8 and 2.
    probability = np.array([0.15, 0.15, 0.9, 0.9])
    assert expected_calibration_error(probability, np.array([1.0, 0.0, 1.0, 1.0])) == pytest.approx((0.7 + 0.2) / 4)


@pytest.mark.slow
def test_shipped_model_is_calibrated_on_fresh_scenes_and_beats_ranking_by_area(fresh):
    model = shipped_model()
    probability, outcomes = model.probability(fresh), fresh["real"].to_numpy(dtype=float)
    assert outcomes.sum() > 10
    expected, luck = probability.sum(), np.sqrt((probability * (1.0 - probability)).sum())
    # Patches of a scene go together somewhat: wider than luck alone.
    assert abs(outcomes.sum() - expected) < 3.0 * 1.5 * luck
    found = calibration(fresh, probability)
    assert found["brier"] < found["brier_of_base_rate"]
    assert found["expected_calibration_error"] < 0.10
    scores = rankings(fresh, probability)
    assert scores["model"]["average"] > scores["area"]["average"] + 0.15
    assert scores["model"]["at_10"] >= scores["area"]["at_10"] + 0.3


@pytest.mark.slow
def test_a_model_of_a_few_scenes_ranks_others_better_than_area_does(fresh):
    odd = (fresh["scene"] % 2 == 1).to_numpy()
    parts = [(fresh[odd], fresh[~odd].reset_index(drop=True)), (fresh[~odd], fresh[odd].reset_index(drop=True))]
    scored = []
    for learnt, left in parts:
        if learnt["real"].sum() >= 10:
            model = train(learnt, learnt["real"], learnt["scene"])
            assert model.training["groups"] <= 20
            scored.append(left.assign(probability=model.probability(left)))
    together = pd.concat(scored, ignore_index=True)
    scores = rankings(together, together["probability"].to_numpy())
    assert scores["model"]["average"] > scores["area"]["average"]


def test_shipped_model_needs_no_more_than_what_the_package_depends_on():
    import subprocess

    code = (
        "import sys; sys.modules['sklearn'] = sys.modules['scipy'] = None; import overcut as oc, geopandas, shapely; "
        "print(len(oc.rank(geopandas.GeoDataFrame(geometry=[shapely.box(0, 0, 9, 9)])).load()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "1", done.stderr
    assert oc.rank.__module__ == "overcut.ranking.ranked"
