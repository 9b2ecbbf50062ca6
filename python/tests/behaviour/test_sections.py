"""Sections as objects: heights along a line, bands, layers, areas, and the figure."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

import overcut as oc

from .conftest import NORTH, WEST, array_dem, dig, level, rectangle


@pytest.fixture(scope="module")
def scene():
    """A box of 2 m under level ground at 100 m, half of it inside a licence; a seam whose roof dips to the east."""
    before = level()
    after = dig(before, (10, 20), (10, 30), 2.0)
    dems = [array_dem(before, "2021-05-01"), array_dem(after, "2024-05-20")]
    roof = np.tile(99.5 - 0.05 * np.arange(40.0), (40, 1))
    roof_dem = array_dem(roof, "2021-05-01")
    licence = oc.Licence("A", rectangle((0, 15), (0, 40)), floor_m=98.5, ceiling_m=130.0, vertical_datum="1985")
    layers = [oc.Layer("seam", roof=roof_dem, floor=90.0)]
    return oc.assess(dems, [licence], layers=layers, vertical_datum="1985", lod_m=0.2, register=False)


def across(scene, **options):
    return scene.section([(WEST + 5, NORTH - 20.5), (WEST + 35, NORTH - 20.5)], **options)


def test_areas_and_heights_are_those_worked_by_hand(scene):
    found = across(scene)
    # Between cell centres the walls are one cell wide: 9 m of 2 m, and two triangles of 1 m²: 20 m².
    assert found.areas_m2["cut_m2"] == pytest.approx(20.0)
    assert found.areas_m2["fill_m2"] == 0.0
    table = found.table
    assert table["z_2021-05-01"].tolist() == pytest.approx([100.0] * len(table))
    assert np.interp(10.0, table["distance_m"], table["z_2024-05-20"]) == pytest.approx(98.0)
    assert np.interp(5.0, table["distance_m"], table["z_2024-05-20"]) == pytest.approx(99.0)
    assert table["lod_m"].unique().tolist() == [0.2]
    assert np.interp(10.0, table["distance_m"], table["roof seam"]) == pytest.approx(99.5 - 0.05 * 14.5)
    assert table["floor seam"].unique().tolist() == [90.0]


def test_a_band_holds_as_far_as_its_polygon(scene):
    band = across(scene).bands.iloc[0]
    assert (band["licence"], band["from_m"], band["to_m"]) == ("A", pytest.approx(0.0), pytest.approx(10.0))
    assert (band["floor_m"], band["ceiling_m"]) == (98.5, 130.0)


def test_a_line_with_corners_is_followed_and_ends_outside_are_missing(scene):
    line = shapely.LineString([(WEST - 5, NORTH - 20), (WEST + 5, NORTH - 20), (WEST + 5, NORTH - 35)])
    found = scene.section(line)
    assert found.length_m == pytest.approx(25.0)
    assert found.table["z_2021-05-01"].isna().iloc[0]
    assert found.table["z_2021-05-01"].notna().iloc[-1]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_figure_states_its_exaggeration(scene, lang, tmp_path):
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    ax = across(scene).plot(lang=lang, exaggeration=5)
    assert "5" in ax.get_title()
    assert ax.get_aspect() == 5.0
    ax.figure.savefig(tmp_path / "section.png")
    plt.close(ax.figure)
    true = across(scene).plot(lang=lang, exaggeration=1)
    assert true.get_title() != ax.get_title()
    plt.close(true.figure)


@pytest.mark.parametrize("line", [[(WEST, NORTH)], [(WEST, NORTH), (WEST, NORTH)], "A", [(WEST, float("nan")), (1, 2)]])
def test_a_line_without_length_is_refused(scene, line):
    with pytest.raises(oc.OvercutError, match="two different points"):
        scene.section(line)


def test_a_line_beyond_the_surfaces_is_refused(scene):
    with pytest.raises(oc.exceptions.NoOverlapError, match="CRS"):
        scene.section([(0, 0), (100, 0)])


def test_an_interval_that_is_not_there_is_refused(scene):
    with pytest.raises(oc.OvercutError, match="interval"):
        across(scene, interval=3)
