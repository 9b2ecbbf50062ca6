"""Plots show what the record says, in both languages, for every kind of colour vision."""

from __future__ import annotations

import itertools
import json

import matplotlib as mpl
import numpy as np
import pytest
import shapely

mpl.use("Agg")

from matplotlib import pyplot

import overcut as oc
from overcut.classes import CLASSES
from overcut.exceptions import OutputError, ParameterError
from overcut.messages import text
from overcut.overview import overview
from overcut.plots import KINDS
from overcut.plots.colours import ATTRIBUTIONS, STYLES, VALIDITY, change_colours
from overcut.plots.licence_lines import draw_licences, named
from overcut.plots.sums import cut_by_class, whole_cut

from .conftest import NORTH, TESTDATA, WEST, array_dem, dig, level, licence, rectangle


@pytest.fixture(autouse=True)
def figures_are_closed():
    yield
    pyplot.close("all")


@pytest.fixture
def case(dems):
    """The pit of 10 m x 10 m x 2 m; the licence's floor is a metre under the ground."""
    return oc.assess(dems, [licence(floor_m=99.0)], register=False, lod_m=0.1)


def texts(ax):
    found = [*ax.texts, ax.title, ax.xaxis.label, ax.yaxis.label]
    legends = [*ax.figure.legends, *([ax.get_legend()] if ax.get_legend() else [])]
    return [each.get_text() for each in found + [text for legend in legends for text in legend.get_texts()]]


@pytest.mark.parametrize(("kind", "lang"), list(itertools.product(KINDS, ("en", "zh"))))
def test_every_kind_is_drawn_in_both_languages_without_a_missing_sign(case, kind, lang):
    ax = case.plot(kind, lang=lang)
    ax.figure.canvas.draw()  # a missing glyph is a warning, and a warning an error
    told = " ".join(texts(ax)) + " ".join(label.get_text() for label in ax.get_yticklabels())
    chinese = any("\u4e00" <= sign <= "\u9fff" for sign in told)
    assert chinese == (lang == "zh")


@pytest.mark.parametrize("kind", KINDS)
def test_plots_draw_on_the_axes_that_they_are_given(case, kind):
    figure, axes = pyplot.subplots(1, 2, figsize=(14, 5), layout="constrained")
    assert case.plot(kind, ax=axes[0], lang="zh") is axes[0]
    assert len(pyplot.get_fignums()) == 1
    assert not axes[1].has_data()
    figure.canvas.draw()


@pytest.mark.parametrize("kind", ["nothing", ""])
def test_unknown_kind_is_refused_with_those_that_there_are(case, kind):
    with pytest.raises(ParameterError, match="expected one of map, classes"):
        case.plot(kind)


@pytest.mark.parametrize("interval", [1, -2, True, "0"])
def test_interval_that_is_not_there_is_refused(case, interval):
    with pytest.raises(ParameterError, match="has intervals 0 to 0"):
        case.plot("waterfall", interval=interval)


def test_scale_of_change_is_symmetric_about_zero_and_colours_stop_at_the_patch(case):
    ax = case.plot()
    change = ax.images[-1]
    assert change.get_clim() == (-2.0, 2.0)
    shown = change.get_array()
    assert shown.shape == (40, 40)
    assert set(shown.compressed().tolist()) == {-2.0}
    assert shown.count() == 100
    assert tuple(change.get_extent()) == (WEST, WEST + 40, NORTH - 40, NORTH)


def test_a_scale_that_is_cut_off_is_pointed(case):
    def ends(ax):
        (bar,) = [each for each in ax.figure.axes if each is not ax]
        return bar._colorbar.extend

    assert ends(case.plot()) == "neither"
    ax = case.plot(span_m=1.5)
    assert ax.images[-1].get_clim() == (-1.5, 1.5)
    assert ends(ax) == "both"


def test_legend_has_volumes_with_their_intervals_and_licences_with_their_bands(case):
    told = texts(case.plot())
    # 100 m² x 0.05 m x sqrt(2) x 1.96 = 13.9 m³ over the whole pit: errors are shared by its cells.
    assert "all: 200.0 ± 13.9 m³" in told
    assert "beyond boundary: 100.0 ± 7.0 m³" in told
    assert any("A\n" in line and "99–150 m" in line and "in force" in line for line in told)
    assert any(line.startswith("Drawn at the resolution of the assessment") for line in told)


def test_errors_of_a_sum_come_from_the_covariance_of_its_rows(case):
    # Within and below the floor lie over each other and share the whole of their error: sigmas add up.
    sums = cut_by_class(case, 0)
    assert list(sums) == ["within", "below_floor", "beyond_boundary"]
    matrix = case.covariance.to_numpy()
    assert whole_cut(case, 0).sigma_m3 == pytest.approx(np.sqrt(matrix.sum()))
    assert whole_cut(case, 0).sigma_m3 == pytest.approx(100 * 0.05 * np.sqrt(2), rel=1e-3)


def test_corners_are_numbered_in_the_order_of_the_table_and_shared_ones_once():
    square, beside = rectangle((0, 10), (0, 10)), rectangle((10, 20), (0, 10))
    case = oc.assess(
        [array_dem(level(), "2021-05-01"), array_dem(dig(level(), (2, 8), (2, 8), 2.0), "2024-05-20")],
        [licence("A", square), licence("B", square), licence("C", beside)],
        register=False,
        lod_m=0.1,
    )
    _, ax = pyplot.subplots()
    assert draw_licences(ax, named(case._data, 0)) == 0
    told = [each.get_text() for each in ax.texts]
    assert sorted(told[:2]) == ["L1, L2", "L3"]
    corners = {tuple(each.xy): each.get_text() for each in ax.texts[2:]}
    assert len(corners) == 6
    first = case._data["licences"][0]["parts"][0]["polygon"]["coordinates"][0]
    shared = {(WEST + 10, NORTH), (WEST + 10, NORTH - 10)}
    for number, (x, y) in enumerate(first[:-1], start=1):
        if (x, y) in shared:
            assert corners[x, y].startswith(f"L1 {number} / L2 {number} / L3 ")
        else:
            assert corners[x, y] == str(number)


def test_numbers_of_corners_stand_outside():
    from overcut.plots.licence_lines import corners_of

    hexagon = shapely.Point(WEST + 20, NORTH - 20).buffer(10, quad_segs=2)
    dug = [array_dem(level(), "2021-05-01"), array_dem(dig(level(), (15, 25), (15, 25), 2.0), "2024-05-20")]
    case = oc.assess(dug, [licence("A", hexagon)], register=False, lod_m=0.1)
    for (x, y), (_, (east, north)) in corners_of(named(case._data, 0)).items():
        assert np.hypot(east, north) == pytest.approx(1.0)
        assert not hexagon.contains(shapely.Point(x + east, y + north))


def test_bars_of_the_waterfall_begin_where_the_last_ended_and_end_at_nothing(case):
    ax = case.plot("waterfall")
    bars = [bar for container in ax.containers for bar in getattr(container, "patches", [])]
    whole, *classes = bars
    assert (whole.get_x(), whole.get_width()) == (0.0, 200.0)
    at = 200.0
    for bar, width in zip(classes, (50.0, 50.0, 100.0), strict=True):
        assert bar.get_width() == pytest.approx(width)
        assert bar.get_x() + bar.get_width() == pytest.approx(at)
        at = bar.get_x()
    assert at == pytest.approx(0.0)


def test_bars_of_an_interval_have_its_volumes_and_errors(case):
    ax = case.plot("intervals", classes=("beyond_boundary",))
    (bars,) = [each for each in ax.containers if hasattr(each, "patches")]
    (bar,) = bars.patches
    assert bar.get_height() == pytest.approx(100.0)
    low, high = bars.errorbar.lines[2][0].get_segments()[0][:, 1]
    # 50 m² x 0.05 m x sqrt(2) x 1.96
    assert (low, high) == pytest.approx((100 - 6.93, 100 + 6.93), abs=0.01)


def test_benches_share_the_pit_by_elevation(case):
    ax = case.plot("benches", bench_m=1.0)
    removed, added = ax.containers
    volumes = {round(bar.get_y() + 0.5 * bar.get_height() - 0.7, 6): bar.get_width() for bar in removed.patches}
    assert volumes == {98.0: pytest.approx(100.0), 99.0: pytest.approx(100.0)}
    assert {bar.get_width() for bar in added.patches} == {0.0}
    assert "removed, 200 m³ in the pixels" in texts(ax)
    # 99 m is the licence's floor; 150 m lies out of the picture.
    assert [line for line in texts(ax) if "floor" in line] == ["99 m  L1 floor"]
    assert not [line for line in texts(ax) if "ceiling" in line]


def test_histogram_has_the_area_of_the_pit_by_class(case):
    ax = case.plot("histogram")
    areas = {each.get_label(): sum(bar.get_height() for bar in each.patches) for each in ax.containers}
    # A column with a metre inside its band and a metre under it has one colour.
    assert sum(areas.values()) == pytest.approx(100.0)
    assert areas["beyond boundary"] == pytest.approx(50.0)


def test_pixels_keep_the_volume_and_say_how_large_they_are(case):
    pixels = overview(case, most_cells=100)
    assert (pixels.step, pixels.shape, pixels.dx_m) == (4, (10, 10), 4.0)
    assert float(pixels.dod_m[0].sum()) * 16.0 == pytest.approx(-200.0)
    ax = case.plot(most_cells=100)
    assert any("pixels of 4 × 4 m; assessed with cells of 1 × 1 m" in line.replace("\n", " ") for line in texts(ax))


def test_pixels_are_those_of_the_registered_surfaces():
    """A survey that lies 0.30 m too high is brought down before it is drawn."""
    import rasterio

    with rasterio.open(TESTDATA / "dem_2022.tif") as file:
        heights, transform, crs = file.read(1, masked=True), file.transform, file.crs
    place = {"transform": transform, "crs": crs, "sigma_m": 0.05}
    later = heights.astype("float64") + 0.30 + np.random.default_rng(7).normal(0.0, 0.03, heights.shape)
    later[100:140, 100:140] -= 5.0
    case = oc.assess(
        [oc.Dem(heights, date="2022-10-15", **place), oc.Dem(later, date="2024-05-20", **place)],
        [],
        elevation="plan_only",
    )
    assert case.accuracy[0].registration.up_m == pytest.approx(-0.30, abs=0.005)
    pixels = overview(case)
    earlier_m, later_m = pixels.heights_m
    difference = later_m - earlier_m
    assert np.nanmedian(difference) == pytest.approx(0.0, abs=0.005)
    assert difference[100:140, 100:140].mean() == pytest.approx(-5.0, abs=0.005)
    known = np.isfinite(pixels.dod_m[0])
    assert np.allclose(difference[known], pixels.dod_m[0][known], atol=2e-4)


def test_ground_of_a_class_is_coloured_only_in_patches(case):
    codes = overview(case).classes[0]
    words = [each.word for each in CLASSES]
    assert (codes[10:20, 15:20] == words.index("beyond_boundary")).all()
    assert set(codes[10:20, 10:15].ravel()) <= {words.index("within"), words.index("below_floor")}
    assert (codes != 255).sum() == 100


def test_record_that_was_read_says_how_to_get_its_pixels(file_dems, tmp_path):
    case = oc.assess(file_dems, [licence()], register=False, lod_m=0.1, rasters=tmp_path / "rasters")
    read = oc.read_assessment(case.to_json(tmp_path / "case.json"))
    with pytest.raises(OutputError, match=r"give rasters=….*and surfaces="):
        read.plot()
    assert read.plot("waterfall").get_title()
    without_relief = read.plot(rasters=tmp_path / "rasters")
    assert len(without_relief.images) == 1
    with_relief = read.plot(rasters=tmp_path / "rasters", surfaces=file_dems)
    assert len(with_relief.images) == 2
    with pytest.raises(OutputError, match="need the surfaces"):
        read.plot("benches", rasters=tmp_path / "rasters")


def test_surfaces_and_rasters_of_another_case_are_refused(file_dems, files, tmp_path):
    case = oc.assess(file_dems, [licence()], register=False, lod_m=0.1, rasters=tmp_path / "rasters")
    stated = {"sigma_m": 0.05, "vertical_datum": "1985"}
    swapped = [
        oc.Dem(files / "2024.tif", date="2021-05-01", **stated),
        oc.Dem(files / "2021.tif", date="2024-05-20", **stated),
    ]
    with pytest.raises(ParameterError, match="it is another file"):
        overview(case, surfaces=swapped)
    with pytest.raises(ParameterError, match="the assessment has one of 2024-05-20"):
        overview(case, surfaces=[file_dems[0], file_dems[0]])
    with pytest.raises(ParameterError, match="surfaces are 1; the assessment has 2"):
        overview(case, surfaces=file_dems[:1])
    with pytest.raises(ParameterError, match=r"dod_2021-05-01_2024-05-20\.tif is missing"):
        overview(case, rasters=tmp_path)


def test_case_without_licences_and_without_change_is_drawn():
    case = oc.assess(
        [array_dem(level(), "2021-05-01"), array_dem(level(), "2024-05-20")], [], register=False, lod_m=0.1
    )
    for kind in KINDS:
        case.plot(kind).figure.canvas.draw()


def test_names_of_licences_mean_nothing_to_the_plot(dems):
    case = oc.assess(dems, [licence(r"$\frac{1}{2$ <b> =1+1" + "\n\t二〇")], register=False, lod_m=0.1)
    ax = case.plot(lang="zh")
    ax.figure.canvas.draw()
    assert any(r"\$\frac{1}{2\$ <b> =1+1  二〇" in line for line in texts(ax))


# Machado, Oliveira & Fernandes (2009), A physiologically-based model for simulation of color vision deficiency, IEEE
# TVCG 15, 1291-1298: severity 1.0, on linear RGB.
VISION = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(colour, vision):
    """CIE L*a*b* (D65) of a colour as it is seen."""
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(VISION[vision]) @ linear, 0.0, 1.0)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    share = to_xyz @ seen / np.array([0.95047, 1.0, 1.08883])
    f = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_classes_are_told_apart_with_any_colour_vision(vision):
    """A difference of 10 in L*a*b* is seen at a glance; nearer ones differ in their hatch at least."""
    for (a, one), (b, other) in itertools.combinations(STYLES.items(), 2):
        apart = float(np.linalg.norm(lab(one.colour, vision) - lab(other.colour, vision)))
        assert apart > 10.0, (vision, a, b, round(apart, 1))


def test_classes_attributions_and_validity_are_told_apart_in_black_and_white():
    marks = [(style.hatch, style.ink) for style in STYLES.values()]
    lightness = [lab(style.colour, "usual")[0] for style in STYLES.values()]
    for one, other in itertools.combinations(range(len(marks)), 2):
        assert marks[one][0] != marks[other][0] or abs(lightness[one] - lightness[other]) > 25.0
    assert len({(look.style, look.width) for look in ATTRIBUTIONS.values()}) == len(ATTRIBUTIONS)
    assert len(set(VALIDITY.values())) == len(VALIDITY)


@pytest.mark.parametrize("vision", VISION)
def test_cut_and_fill_are_told_apart_and_grow_darker_from_the_middle(vision):
    found = [lab(colour, vision) for colour in change_colours()]
    middle = len(found) // 2
    for at in range(1, middle + 1):
        assert np.linalg.norm(found[middle - at] - found[middle + at]) > 20.0
        assert found[middle - at][0] < found[middle - at + 1][0]
        assert found[middle + at][0] < found[middle + at - 1][0]


def test_every_class_and_attribution_has_a_look_and_a_name():
    assert set(STYLES) == {each.word for each in CLASSES}
    for lang in ("en", "zh"):
        assert all(text(f"plots.{word}", lang) for word in (*ATTRIBUTIONS, *VALIDITY))


def test_assessment_with_cached_pixels_is_the_same_assessment(case, tmp_path):
    before = json.dumps(case.to_dict(), sort_keys=True)
    case.plot()
    assert json.dumps(case.to_dict(), sort_keys=True) == before
