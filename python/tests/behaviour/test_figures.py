"""Figures draw what the record says, with units."""

from __future__ import annotations

import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402

from overcut import figures  # noqa: E402

GRID = {"west": 500_000.0, "north": 3_941_000.0, "dx": 1.0, "dy": 2.0, "shape": {"rows": 50, "cols": 200}}

MODEL = {
    "cells": 1000,
    "median_m": 0.0,
    "nmad_m": 0.14,
    "sigma": {
        "bins": [
            {
                "from_deg": 0.0,
                "to_deg": 10.0,
                "slope_squared": 0.01,
                "cells": 600,
                "median_m": 0.0,
                "nmad_m": 0.12,
                "sigma_m": 0.12,
            },
            {
                "from_deg": 10.0,
                "to_deg": 50.0,
                "slope_squared": 1.0,
                "cells": 400,
                "median_m": 0.0,
                "nmad_m": 0.2,
                "sigma_m": 0.2,
            },
        ],
        "flat_variance_m2": 0.01,
        "kinks": [(0.0, 0.03), (1.0, -0.03)],
    },
    "variogram": {
        "lags": [
            {"distance_m": 1.0, "semivariance": 0.4, "pairs": 400},
            {"distance_m": 10.0, "semivariance": 0.8, "pairs": 100},
            {"distance_m": 100.0, "semivariance": 1.0, "pairs": 25},
        ],
        "nugget": 0.3,
        "structures": [
            {"kind": "gaussian", "sill": 0.4, "range_m": 15.0},
            {"kind": "spherical", "sill": 0.2, "range_m": 50.0},
            {"kind": "exponential", "sill": 0.1, "range_m": 60.0},
        ],
        "notes": [],
    },
}

REGISTRATION = {
    "histogram": {"from_m": -0.3, "width_m": 0.2, "before": [1, 5, 9], "after": [2, 11, 2]},
    "aspect": [
        {"aspect_deg": 45.0, "before_m": 0.2, "fitted_m": 0.19},
        {"aspect_deg": 225.0, "before_m": -0.2, "fitted_m": -0.19},
    ],
    "stable": {
        "tiles": [
            {"window": {"row": 0, "col": 0, "rows": 10, "cols": 20}, "median_before_m": 0.3, "median_after_m": 0.01},
            {
                "window": {"row": 40, "col": 180, "rows": 10, "cols": 20},
                "median_before_m": -0.5,
                "median_after_m": -0.02,
            },
            {"window": {"row": 20, "col": 90, "rows": 10, "cols": 20}, "median_before_m": None, "median_after_m": None},
        ]
    },
}


@pytest.fixture(autouse=True)
def figures_are_closed():
    yield
    pyplot.close("all")


def line(ax, label):
    return next(each for each in ax.lines if each.get_label() == label)


def test_error_by_slope_shows_each_bin_and_the_model_between_them():
    ax = figures.error_by_slope(MODEL)
    assert ax.get_xlabel() == "slope, degrees"
    assert ax.get_ylabel().endswith(", m")
    (points,) = ax.containers
    x, y = points.lines[0].get_data()
    assert x == pytest.approx([np.degrees(np.arctan(0.1)), 45.0])
    assert list(y) == [0.12, 0.2]
    slope_deg, sigma_m = line(ax, "model").get_data()
    assert sigma_m[0] == pytest.approx(0.1)
    assert np.interp(45.0, slope_deg, sigma_m) == pytest.approx(0.2, rel=1e-3)
    # The last kink ends the rise.
    assert sigma_m[-1] == pytest.approx(0.2)


def test_stated_error_is_a_level_line():
    stated = {"sigma": {"bins": [], "flat_variance_m2": 0.04, "kinks": []}}
    ax = figures.error_by_slope(stated)
    assert not ax.containers
    assert set(line(ax, "model").get_ydata().round(12)) == {0.2}


def test_variogram_shows_lags_sized_by_pairs_and_reaches_its_sill():
    ax = figures.variogram(MODEL)
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "distance, m"
    (points,) = ax.collections
    assert points.get_offsets().tolist() == [[1.0, 0.4], [10.0, 0.8], [100.0, 1.0]]
    assert list(points.get_sizes()) == sorted(points.get_sizes(), reverse=True)
    (fit,) = ax.lines
    distance_m, semivariance = fit.get_data()
    assert distance_m[[0, -1]] == pytest.approx([1.0, 100.0])
    by_hand = 0.3 + 0.4 * (1 - np.exp(-3 / 225)) + 0.2 * (1.5 / 50 - 0.5 / 50**3) + 0.1 * (1 - np.exp(-3 / 60))
    assert semivariance[0] == pytest.approx(by_hand)
    assert semivariance[-1] == pytest.approx(1.0, abs=0.01)
    assert "spherical 0.2 to 50 m" in fit.get_label()


def test_variogram_without_lags_still_shows_the_model():
    independent = {"variogram": {"lags": [], "nugget": 1.0, "structures": [], "notes": []}}
    ax = figures.variogram(independent)
    assert not ax.collections
    assert set(ax.lines[0].get_ydata()) == {1.0}


def test_histogram_shows_both_counts_on_the_same_bins():
    ax = figures.residual_histogram(REGISTRATION)
    before, after = ax.patches
    assert list(before.get_data().values) == [1, 5, 9]
    assert list(after.get_data().values) == [2, 11, 2]
    assert before.get_data().edges == pytest.approx([-0.3, -0.1, 0.1, 0.3])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("difference on stable ground, m", "cells")


def test_histogram_without_a_registration_shows_one_count():
    ax = figures.residual_histogram({"histogram": {**REGISTRATION["histogram"], "after": None}})
    assert [patch.get_label() for patch in ax.patches] == ["before"]


def test_aspect_fit_shows_medians_and_the_wave():
    ax = figures.aspect_fit(REGISTRATION)
    assert line(ax, "before").get_xydata().tolist() == [[45.0, 0.2], [225.0, -0.2]]
    assert line(ax, "fitted").get_ydata().tolist() == [0.19, -0.19]
    assert ax.get_xlim() == (0.0, 360.0)
    assert ax.get_ylabel().endswith(", m")


@pytest.mark.parametrize(("when", "medians", "span"), [("before", [0.3, -0.5], 0.5), ("after", [0.01, -0.02], 0.02)])
def test_map_puts_tiles_where_they_are_and_zero_in_the_middle_of_the_colours(when, medians, span):
    ax = figures.residual_map(REGISTRATION, GRID, when=when)
    (tiles,) = ax.collections
    assert tiles.get_array().tolist() == medians
    assert tiles.get_clim() == (-span, span)
    boxes = [path.get_extents().extents.tolist() for path in tiles.get_paths()]
    assert boxes == [[500_000.0, 3_940_980.0, 500_020.0, 3_941_000.0], [500_180.0, 3_940_900.0, 500_200.0, 3_940_920.0]]
    assert ax.get_xlim() == (500_000.0, 500_200.0)
    assert ax.get_ylim() == (3_940_900.0, 3_941_000.0)
    assert tiles.colorbar.ax.get_ylabel() == f"median difference {when} registration, m"


def test_map_without_tiles_is_empty():
    ax = figures.residual_map({"stable": {"tiles": []}}, GRID)
    assert len(ax.collections[0].get_paths()) == 0


@pytest.mark.parametrize(
    ("draw", "arguments"),
    [
        (figures.error_by_slope, (MODEL,)),
        (figures.variogram, (MODEL,)),
        (figures.residual_histogram, (REGISTRATION,)),
        (figures.aspect_fit, (REGISTRATION,)),
        (figures.residual_map, (REGISTRATION, GRID)),
    ],
)
def test_figures_draw_on_the_axes_that_they_are_given(draw, arguments):
    _, ax = pyplot.subplots()
    assert draw(*arguments, ax=ax) is ax
    assert len(pyplot.get_fignums()) == 1
    ax.figure.canvas.draw()


@pytest.mark.parametrize(
    ("draw", "arguments", "label"),
    [
        (figures.error_by_slope, (MODEL,), "坡度，°"),
        (figures.variogram, (MODEL,), "距离，m"),
        (figures.residual_histogram, (REGISTRATION,), "稳定区高差，m"),
        (figures.aspect_fit, (REGISTRATION,), "坡向（自北起），°"),
        (figures.residual_map, (REGISTRATION, GRID), "东坐标 Y，m"),
    ],
)
def test_figures_are_lettered_in_chinese_also_on_axes_that_were_made_elsewhere(draw, arguments, label):
    _, ax = pyplot.subplots()
    draw(*arguments, ax=ax, lang="zh")
    assert ax.get_xlabel() == label
    ax.figure.canvas.draw()  # a missing glyph is a warning, and a warning an error
