"""The scenes of `benches/uncertainty` are what they say: their truth is right, and so are the scores made from it."""

from __future__ import annotations

import inspect
import math
import sys

import numpy as np
import pytest

import overcut as oc

from .conftest import ROOT

# At the end: `coverage.py` there must not hide the package of that name.
sys.path.append(str(ROOT / "benches" / "uncertainty"))

from scenes import CLASSES, CRS, DATES, VERTICAL_DATUM, Scene, in_crs
from scores import bias, coverage, share
from survey_errors import Component, Displaced, Noise
from terrain import Terrain

SEEDS = range(12)


@pytest.fixture(scope="module")
def scenes():
    return [Scene(seed, noise=None, shift=False) for seed in SEEDS]


def test_a_seed_gives_one_scene_and_switches_change_nothing_else():
    scene, again = Scene(3), Scene(3)
    assert np.array_equal(scene.later, again.later)
    assert np.array_equal(scene.earlier, Scene(3, pits=False, shift=False).earlier)
    assert scene.displacement == Scene(3, pits=False).displacement
    assert not np.array_equal(scene.earlier, Scene(4).earlier)


def test_means_over_cells_are_those_of_fine_points():
    terrain = Terrain.random(np.random.default_rng(1), 100.0)
    x = np.arange(10) + 0.5
    fine = (np.arange(200) + 0.5) / 20.0
    by_points = terrain.at(*np.meshgrid(fine, fine)).reshape(10, 20, 10, 20).mean(axis=(1, 3))
    assert terrain.on_grid(x, x, 1.0) == pytest.approx(by_points, abs=1e-4)
    assert terrain.on_grid(x, x) == pytest.approx(terrain.at(*np.meshgrid(x, x)), abs=1e-9)


def test_ground_is_as_steep_as_hills_are(scenes):
    for scene in scenes:
        slope_deg = np.degrees(np.arctan(np.hypot(*np.gradient(scene.earlier))))
        assert 2.0 < np.quantile(slope_deg, 0.05) < 8.0
        assert 18.0 < np.quantile(slope_deg, 0.95) < 34.0


def test_classes_of_an_excavation_add_up_to_it_and_all_of_them_occur(scenes):
    for truth in (truth for scene in scenes for truth in scene.truths):
        assert sum(truth.volumes.values()) == pytest.approx(truth.volume_m3)
    rows = [row for scene in scenes for row, volume_m3 in scene.volumes.items() if volume_m3 > 20.0]
    assert {word for _, word in rows} == set(CLASSES)
    assert {truth.size for scene in scenes for truth in scene.truths} == {"small", "medium", "large"}


def test_surveys_without_errors_differ_by_the_true_volume(scenes):
    for scene in scenes:
        assert (scene.earlier - scene.later).sum() == pytest.approx(scene.volume_m3, rel=1e-4)
        assert (scene.earlier - scene.later).min() > -1e-9


def test_displaced_survey_shows_the_ground_of_another_place():
    scene = Scene(5, noise=None, shift=False)
    as_it_is = scene.later
    scene.displacement = Displaced(east_m=2.0, north_m=-3.0, up_m=0.25)
    moved = scene.ground("later")
    # What lay in row 10 and column 10 now shows 2 columns to the east and 3 rows to the south, and higher.
    assert moved[13:, 12:] == pytest.approx(as_it_is[10:-3, 10:-2] + 0.25, abs=1e-9)


def test_errors_have_the_stated_spread_and_range():
    noise = Noise(0.08, (Component(0.10, 15.0),), slope_factor=0.0)
    level = np.zeros((600, 600))
    random = np.random.default_rng(2)
    difference = noise.of_survey(random, level, 1.0) - noise.of_survey(random, level, 1.0)
    assert difference.std() == pytest.approx(noise.sigma_m, rel=0.03)
    for lag in (1, 5, 10, 15):
        covariance = (difference[:, lag:] * difference[:, :-lag]).mean()
        assert covariance == pytest.approx(0.10**2 * math.exp(-3.0 * (lag / 15.0) ** 2), abs=0.0008)


def test_errors_grow_with_the_slope():
    x = np.arange(400.0)
    slope = np.where(x < 200.0, 0.0, 0.5)
    ground = np.tile(np.cumsum(slope), (400, 1))
    error = Noise(0.1, (), slope_factor=1.0).of_survey(np.random.default_rng(3), ground, 1.0)
    assert error[:, 210:].std() / error[:, :190].std() == pytest.approx(1.5, rel=0.02)


def test_overcut_finds_the_true_volume_of_each_class_where_there_is_no_error(scenes):
    # Nothing to be registered or estimated; each cell counts.
    as_it_lies = {"register": False, "estimate_errors": False}
    options = {name: value for name, value in as_it_lies.items() if name in inspect.signature(oc.assess).parameters}
    for scene in scenes[:6]:
        place = {"crs": CRS, "transform": scene.transform, "vertical_datum": VERTICAL_DATUM, "sigma_m": 0.001}
        surveys = [oc.Dem(h, date=d, **place) for h, d in zip((scene.earlier, scene.later), DATES, strict=True)]
        licences = [
            oc.Licence(each.id, in_crs(each.polygon), floor_m=each.floor_m, ceiling_m=each.ceiling_m)
            for each in scene.licences
        ]
        rows = oc.assess(surveys, licences, vertical_datum=VERTICAL_DATUM, **options).by_licence
        found = {(row["licence"], row["class"]): row["cut_m3"] for row in rows.to_dict("records")}
        for row, volume_m3 in scene.volumes.items():
            if volume_m3 > 20.0:
                # Levels and boundaries cut cells of 1 m: a few tenths of a m³ along them.
                assert found[row] == pytest.approx(volume_m3, rel=0.005, abs=2.0), (scene.seed, row)


def trials_of(errors, sigma_m3):
    """As many scenes as rows of errors, each with a row for each error."""
    half = 1.96 * sigma_m3
    return [
        {
            "rows": [
                {
                    "true_m3": 100.0,
                    "measured_m3": 100.0 + error,
                    "sigma_m3": sigma_m3,
                    "low_m3": 100.0 + error - half,
                    "high_m3": 100.0 + error + half,
                }
                for error in row
            ]
        }
        for row in errors
    ]


def test_right_intervals_are_found_to_cover_and_narrow_ones_not_to():
    errors = np.random.default_rng(4).normal(0.0, 5.0, (400, 10))
    right = coverage(trials_of(errors, 5.0), "rows", 20.0, lambda _: True)
    assert right["low"] < 0.95 < right["high"]
    assert right["z_sd"] == pytest.approx(1.0, abs=0.05)
    narrow = coverage(trials_of(errors, 2.5), "rows", 20.0, lambda _: True)
    assert narrow["covered"] == pytest.approx(math.erf(0.98 / math.sqrt(2.0)), abs=0.03)
    assert narrow["z_nmad"] == pytest.approx(2.0, abs=0.1)


def test_interval_of_a_coverage_is_wider_where_the_rows_of_a_scene_err_together():
    random = np.random.default_rng(5)
    apart = coverage(trials_of(random.normal(0.0, 1.0, (200, 10)), 1.0), "rows", 0.0, lambda _: True)
    together = np.repeat(random.normal(0.0, 1.0, (200, 1)), 10, axis=1)
    together = coverage(trials_of(together, 1.0), "rows", 0.0, lambda _: True)
    assert together["high"] - together["low"] > 2.0 * (apart["high"] - apart["low"])


def test_rows_that_were_not_found_are_counted_apart():
    trials = trials_of(np.zeros((2, 3)), 1.0)
    trials[0]["rows"][0]["measured_m3"] = 0.0
    trials[1]["rows"][0]["sigma_m3"] = math.nan
    found = coverage(trials, "rows", 0.0, lambda _: True)
    assert (found["rows"], found["missed"], found["without"], found["known"]) == (6, 1, 1, 4)


def test_bias_is_that_of_the_sums():
    trials = trials_of([[10.0, 0.0], [0.0, 10.0]], 1.0)
    assert bias(trials, "rows", "measured_m3", "true_m3", lambda _: True)["bias"] == pytest.approx(0.05)


def test_wilson_interval_of_a_share():
    # Newcombe (1998), Statistics in Medicine 17, table I: 15 of 148.
    found = share(15, 148)
    assert found["low"] == pytest.approx(0.0624, abs=1e-4)
    assert found["high"] == pytest.approx(0.1605, abs=1e-4)
    assert share(0, 20)["low"] == pytest.approx(0.0, abs=1e-12)
