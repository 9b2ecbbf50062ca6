"""A reduced run of `benches/uncertainty`: intervals hold the truth, volumes are unbiased, nothing is found in noise."""

from __future__ import annotations

import sys

import pytest

import overcut as oc

from .conftest import DATES, ROOT, TESTDATA

# At the end: `coverage.py` there must not hide the package of that name.
sys.path.append(str(ROOT / "benches" / "uncertainty"))

from trial import Trial, run

SEEDS = range(1000, 1016)


@pytest.fixture(scope="module")
def changed():
    return [run(Trial(seed)) for seed in SEEDS]


def test_intervals_hold_the_truth_as_often_as_they_say(changed):
    rows = [row for trial in changed for row in trial["rows"] if row["true_m3"] >= 20.0]
    assert len(rows) > 100
    held = sum(row["low_m3"] <= row["true_m3"] <= row["high_m3"] for row in rows) / len(rows)
    # Rows of a scene share errors: with 16 scenes the share is good to a few per cent.
    assert 0.88 <= held <= 0.995, held


def test_measured_volumes_and_areas_are_unbiased(changed):
    pits = [pit for trial in changed for pit in trial["pits"]]
    volume = sum(pit["measured_m3"] for pit in pits) / sum(pit["true_m3"] for pit in pits)
    area = sum(pit["area_m2"] for pit in pits) / sum(pit["true_area_m2"] for pit in pits)
    assert volume == pytest.approx(1.0, abs=0.01)
    assert area == pytest.approx(1.0, abs=0.05)


def test_every_excavation_is_one_patch(changed):
    assert all(pit["patches"] == 1 for trial in changed for pit in trial["pits"])


def test_pairs_without_change_rarely_show_a_patch():
    trials = [run(Trial(seed, pits=False)) for seed in SEEDS]
    shown = sum(trial["other_patches"] + trial["fill_patches"] > 0 for trial in trials)
    # One in twenty is asked for.
    assert shown <= 3


def test_registration_undoes_the_displacement(changed):
    errors = sorted(trial["registration"]["plan_cells"] for trial in changed)
    assert errors[len(errors) // 2] < 0.08


@pytest.fixture(scope="module")
def dems():
    return [oc.Dem(TESTDATA / f"dem_{date[:4]}.tif", date=date) for date in DATES]


def test_accuracy_is_in_the_result_with_tables_and_figures(case):
    pytest.importorskip("matplotlib").use("Agg")
    first = case.accuracy[0]
    assert first.source == "estimated"
    # The surveys carry 0.042 m each.
    assert first.error_model.nmad_m == pytest.approx(0.06, abs=0.004)
    assert case.registration["outcome"].tolist() == ["not_significant"] * 2
    assert case.error_model["nmad_m"].between(0.055, 0.065).all()
    assert {"random_m3", "correlated_m3", "registration_m3", "boundary_m3"} <= set(case.volume_errors.columns)
    parts = case.volume_errors[["random_m3", "correlated_m3", "registration_m3", "boundary_m3"]].pow(2).sum(axis=1)
    assert parts.pow(0.5).to_numpy() == pytest.approx(case.volume_errors["sigma_m3"].to_numpy())
    covariance = case.covariance
    assert (covariance.to_numpy() == covariance.to_numpy().T).all()
    plots = (
        first.registration.plot_residuals,
        first.registration.plot_histogram,
        first.registration.plot_aspect,
        first.error_model.plot_slope,
        first.error_model.plot_variogram,
    )
    for plot in plots:
        assert plot().get_xlabel()


def test_register_and_error_model_alone_say_what_the_assessment_says(dems, case):
    registration = oc.register(dems[:2], TESTDATA / "licences.gpkg")
    assert registration.to_dict() == case.accuracy[0].registration.to_dict()
    model = oc.error_model(dems[:2], TESTDATA / "licences.gpkg")
    assert model.to_dict() == case.accuracy[0].error_model.to_dict()
    vertical = oc.register(dems[:2], method="vertical_only")
    assert vertical.parameters["name"].tolist() == ["up_m"]


def test_stable_ground_can_be_given_as_a_mask_or_as_polygons(dems):
    import geopandas as gpd
    import numpy as np
    import shapely

    mask = np.zeros((400, 480), dtype=bool)
    mask[:, 400:] = True
    by_mask = oc.register(dems[:2], stable_ground=mask).to_dict()["stable"]
    assert by_mask["chosen"] == "raster"
    # But for 404 cells without data there.
    assert by_mask["not_chosen"] + by_mask["without_data"] >= 400 * 400
    assert by_mask["stable_cells"] <= 400 * 80
    east = gpd.GeoDataFrame(geometry=[shapely.box(498_400, 3_940_000, 498_480, 3_940_400)], crs="EPSG:4546")
    by_polygon = oc.register(dems[:2], stable_ground=east).to_dict()["stable"]
    assert by_polygon["chosen"] == "polygons"
    assert by_polygon["stable_cells"] == by_mask["stable_cells"]
    with pytest.raises(oc.exceptions.ParameterError, match="400 x 480"):
        oc.register(dems[:2], stable_ground=mask[:5])


def test_surveys_without_a_stated_error_can_be_assessed(dems):
    case = oc.assess(dems, TESTDATA / "licences.gpkg", vertical_datum="1985")
    assert (case.by_licence["cut_sigma_m3"].dropna() > 0).all()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"false_alarm": 0.0}, "false_alarm"),
        ({"register": "icp"}, "robust_least_squares"),
        ({"reference": 7}, "reference"),
        ({"corner_sigma_m": -1}, "corner_sigma_m"),
        ({"stable_ground": 5}, "stable_ground"),
    ],
)
def test_wrong_options_are_refused_with_what_is_expected(dems, wrong, why):
    with pytest.raises(oc.exceptions.ParameterError, match=why):
        oc.assess(dems, [], **wrong)
