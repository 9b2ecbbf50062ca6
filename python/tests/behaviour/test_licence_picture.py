"""The picture that is held beside the paper."""

from __future__ import annotations

import matplotlib as mpl
import pytest
import shapely

import overcut as oc
from overcut import exceptions

from .conftest import CRS, rectangle

mpl.use("Agg")


@pytest.fixture
def licences():
    ground = shapely.Polygon(
        rectangle((0, 300), (0, 400)).exterior.coords, [rectangle((100, 150), (100, 160)).exterior.coords]
    )
    return oc.read_licences([oc.Licence("C14", ground, floor_m=1_150.0, ceiling_m=1_230.0)], crs=CRS)


def drawn(ax):
    return [text.get_text() for text in (*ax.texts, *ax.figure.texts, ax.title)] + [ax._left_title.get_text()]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_corners_are_numbered_through_the_hole_and_edges_have_their_lengths(licences, lang):
    from matplotlib import pyplot

    ax = licences.plot(lang=lang)
    ax.figure.canvas.draw()
    texts = drawn(ax)
    assert {str(number) for number in range(1, 9)} <= set(texts)
    # Two sides of 300 and 400 m; of the hole 50 and 60 m; each on the map and in the list.
    assert [texts.count(each) for each in ("300.00", "400.00", "50.00", "60.00")] == [4, 4, 4, 4]
    assert any(CRS in text for text in texts)
    # X north comes first in the list, as in the paper.
    assert f"{3_940_040.0:.2f}" in texts
    pyplot.close("all")


def test_a_sheet_has_a_scale_that_a_ruler_has(licences):
    from matplotlib import pyplot

    ax = licences.plot()
    figure = ax.figure
    figure.canvas.draw()
    width_inch = ax.get_position().width * figure.get_figwidth()
    west, east = ax.get_xlim()
    scale = (east - west) / (width_inch * 0.0254)
    assert scale == pytest.approx(5_000.0, rel=1e-6)
    assert any("1:5000" in text for text in drawn(ax))
    assert ax.get_aspect() == 1.0
    pyplot.close("all")


def test_it_draws_on_axes_that_are_there_and_thins_many_corners(licences):
    from matplotlib import pyplot

    _, (left, right) = pyplot.subplots(1, 2)
    assert licences.plot(ax=left) is left
    round_one = oc.read_licences([oc.Licence("R", shapely.Point(500_000, 3_940_000).buffer(100, 64))], crs=CRS)
    round_one.plot(ax=right)
    left.figure.canvas.draw()
    numbers = [text for text in drawn(right) if text.isdigit()]
    assert 30 < len(numbers) <= 60
    pyplot.close("all")


def test_degrees_have_no_lengths_and_nothing_is_nothing_to_draw():
    from matplotlib import pyplot

    ground = shapely.box(110.98, 35.60, 111.0, 35.62)
    ax = oc.read_licences([oc.Licence("D", ground)], crs="EPSG:4490").plot()
    ax.figure.canvas.draw()
    assert any("in degrees" in text for text in drawn(ax))
    pyplot.close("all")
    with pytest.raises(exceptions.LicenceError, match="nothing to draw"):
        oc.read_licences([]).plot()
