"""How much of the change is how deep, and how high it lay: from the pixels of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.classes import CLASSES
from overcut.drawing import outlined, sheet, thousands
from overcut.exceptions import OutputError, ParameterError
from overcut.overview import MOST_CELLS, NO_CLASS, Overview, overview
from overcut.plots.colours import CUT, FILL, STYLES
from overcut.plots.furniture import nice_below, resolution, titled
from overcut.plots.licence_lines import dug_in
from overcut.plots.sums import position
from overcut.report.rounding import shown

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from overcut.assessment import Assessment
    from overcut.dem import Dem
    from overcut.fonts import Lettering

    Values = NDArray[np.float64]

__all__ = ["bench_volumes", "change_histogram", "volume_between_levels"]

BINS, BENCHES = 60, 16
"""About so many bars are drawn."""
MOST_LEVELS, LINES_BESIDE = 20, 24
"""Levels of licences that are drawn at most, and lines of small text that stand one above the other."""


def change_histogram(
    case: Assessment,
    *,
    interval: int = -1,
    ax: Axes | None = None,
    lang: str = "en",
    font: str | os.PathLike[str] | None = None,
    most_cells: int = MOST_CELLS,
    rasters: str | os.PathLike[str] | None = None,
    surfaces: Iterable[Dem] | None = None,
    pixels: Overview | None = None,
) -> Axes:
    """Draw the area that changed by so much, by class; patches only.

    Parameters
    ----------
    case, interval, ax, lang, font, most_cells, rasters, surfaces, pixels
        As in `overcut.plots.change_map`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    interval = position(case, interval)
    if pixels is None:
        pixels = overview(case, most_cells=most_cells, rasters=rasters, surfaces=surfaces)
    found = case._data["intervals"][interval]
    dod_m, codes = pixels.dod_m[interval].astype(np.float64), pixels.classes[interval]
    counted = (codes != NO_CLASS) & np.isfinite(dod_m)
    area_m2 = pixels.dx_m * pixels.dy_m
    with sheet(ax, lang, font) as (axes, letters):
        reach_m = float(np.abs(dod_m[counted]).max(initial=found["lod_m"]))
        width_m = nice_below(2.0 * reach_m / BINS * 1.2)
        first, last = (
            np.floor(dod_m[counted].min(initial=0.0) / width_m),
            np.ceil(dod_m[counted].max(initial=0.0) / width_m),
        )
        edges_m = np.arange(first, last + 1.5) * width_m
        under = np.zeros(edges_m.size - 1)
        for code, each in enumerate(CLASSES):
            of_class = counted & (codes == code)
            if not of_class.any():
                continue
            look = STYLES[each.word]
            areas = np.histogram(dod_m[of_class], edges_m)[0] * area_m2
            bars = axes.bar(
                edges_m[:-1],
                areas,
                width_m,
                bottom=under,
                align="edge",
                color=look.colour,
                hatch=look.hatch,
                edgecolor=look.ink,
                linewidth=0.3,
                label=letters.text(f"classes.{each.word}"),
            )
            outlined(axes, bars)
            under += areas
        axes.axvline(0.0, color="black", linewidth=0.8)
        axes.set_xlabel(letters.text("plots.change_of_height"))
        axes.set_ylabel(letters.text("plots.area_per_step", step=f"{width_m:g}"))
        thousands(axes.yaxis)
        axes.set_ylim(bottom=0.0)
        if under.any():
            axes.legend(fontsize="small", frameon=False)
        below = f"{letters.text('plots.in_patches')} {resolution(pixels, letters)}"
        titled(axes, "plots.histogram", found, letters, below=below)
    return axes


def bench_volumes(
    case: Assessment,
    *,
    interval: int = -1,
    bench_m: float | None = None,
    ax: Axes | None = None,
    lang: str = "en",
    font: str | os.PathLike[str] | None = None,
    most_cells: int = MOST_CELLS,
    rasters: str | os.PathLike[str] | None = None,
    surfaces: Iterable[Dem] | None = None,
    pixels: Overview | None = None,
) -> Axes:
    """Draw how much was removed, and added, at which elevation; patches only.

    Parameters
    ----------
    bench_m : float, optional
        Height of a bench, metres, counted from a level of 0; otherwise a round number that gives about sixteen of them.
    case, interval, ax, lang, font, most_cells, rasters, surfaces, pixels
        As in `overcut.plots.change_map`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    OutputError
        The surfaces are not at hand.
    """
    interval = position(case, interval)
    if pixels is None:
        pixels = overview(case, most_cells=most_cells, rasters=rasters, surfaces=surfaces)
    record = case._data
    found = record["intervals"][interval]
    earlier_m, dod_m = pixels.heights_m[found["earlier"]], pixels.dod_m[interval].astype(np.float64)
    if earlier_m is None:
        raise OutputError("volumes by elevation need the surfaces: give surfaces=[overcut.Dem(…), …]")
    counted = (pixels.classes[interval] != NO_CLASS) & np.isfinite(dod_m) & np.isfinite(earlier_m)
    before_m = earlier_m[counted].astype(np.float64)
    after_m = before_m + dod_m[counted]
    low_m, high_m = np.minimum(before_m, after_m), np.maximum(before_m, after_m)
    height_m = _bench(low_m, high_m, bench_m)
    if low_m.size:
        lowest, highest = np.floor(low_m.min() / height_m), np.ceil(high_m.max() / height_m)
    else:
        lowest, highest = 0.0, 1.0
    levels_m = np.arange(lowest, highest + 0.5) * height_m
    area_m2 = pixels.dx_m * pixels.dy_m
    removed = dod_m[counted] < 0.0
    with sheet(ax, lang, font) as (axes, letters):
        for chosen, colour, hatch, above, word in (
            (removed, CUT, "", 0.2, "cut"),
            (~removed, FILL, "///", -0.2, "fill"),
        ):
            volumes_m3 = volume_between_levels(low_m[chosen], high_m[chosen], levels_m) * area_m2
            bars = axes.barh(
                levels_m[:-1] + (0.5 + above) * height_m,
                volumes_m3,
                0.4 * height_m,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.3,
                label=letters.text(f"plots.{word}_of", volume=shown(float(volumes_m3.sum()), 0)),
            )
            outlined(axes, bars)
        axes.set_ylim(levels_m[0], levels_m[-1])
        _levels(axes, record, interval, letters)
        axes.set_xlabel(letters.text("plots.volume_per_bench", bench=f"{height_m:g}"))
        axes.set_ylabel(letters.text("plots.elevation"))
        thousands(axes.xaxis)
        axes.legend(fontsize="small", frameon=False)
        below = f"{letters.text('plots.in_patches')} {resolution(pixels, letters)}"
        titled(axes, "plots.benches", found, letters, below=below)
    return axes


def volume_between_levels(low_m: Values, high_m: Values, levels_m: Values) -> Values:
    """Lengths of columns between levels, summed over the columns, metres.

    Parameters
    ----------
    low_m, high_m : ndarray, shape (columns,)
        Ends of each column.
    levels_m : ndarray, shape (benches + 1,)
        Levels, rising.

    Returns
    -------
    ndarray, shape (benches,)

    Examples
    --------
    A column from 98.5 to 103 m and one from 100 to 101 m, in benches of two metres:

    >>> ends = np.array([98.5, 100.0]), np.array([103.0, 101.0])
    >>> volume_between_levels(*ends, np.array([98.0, 100.0, 102.0, 104.0])).tolist()
    [1.5, 3.0, 1.0]
    """

    # Length below each level, summed over columns: sorted ends make it one look-up per level.
    def below(ends_m: Values) -> Values:
        ordered = np.sort(ends_m) - levels_m[0]
        sums = np.concatenate([[0.0], np.cumsum(ordered)])
        count = np.searchsorted(ordered, levels_m - levels_m[0])
        lengths: Values = (levels_m - levels_m[0]) * count - sums[count]
        return lengths

    between: Values = np.diff(below(low_m) - below(high_m))
    return between


def _bench(low_m: Values, high_m: Values, bench_m: float | None) -> float:
    if bench_m is not None:
        if not bench_m > 0.0:
            raise ParameterError(f"bench_m is {bench_m!r}; expected metres, more than 0")
        return float(bench_m)
    reach_m = float(high_m.max() - low_m.min()) if low_m.size else 1.0
    return nice_below(max(reach_m, 0.1) / BENCHES * 2.0)


def _levels(ax: Axes, record: dict[str, Any], interval: int, letters: Lettering) -> None:
    """Draw floors and ceilings of the licences in which was dug, named beside the axes."""
    dug = dug_in(record, interval)
    names: dict[float, dict[str, list[str]]] = {}
    for number, licence in enumerate(record["licences"], start=1):
        for part in licence["parts"] if licence["id"] in dug else ():
            for end in ("floor", "ceiling") if part["band"] else ():
                names.setdefault(part["band"][f"{end}_m"], {}).setdefault(end, []).append(f"L{number}")
    low, high = ax.get_ylim()
    inside = sorted(level_m for level_m in names if low < level_m < high)
    if len(inside) > MOST_LEVELS:
        return
    apart_m = (high - low) / LINES_BESIDE
    text_m = -np.inf
    for level_m in inside:
        style = (0.0, (5.0, 2.0)) if "floor" in names[level_m] else (0.0, (1.0, 1.5))
        ax.axhline(level_m, color="0.25", linewidth=0.9, linestyle=style)
        told = [f"{', '.join(dict.fromkeys(of))} {letters.text(f'plots.{end}')}" for end, of in names[level_m].items()]
        text_m = max(level_m, text_m + apart_m)
        ax.annotate(
            f"{shown(level_m, 0) if level_m == round(level_m) else f'{level_m:g}'} m  {', '.join(told)}",
            (1.0, level_m),
            xycoords=("axes fraction", "data"),
            xytext=(1.025, text_m),
            textcoords=("axes fraction", "data"),
            fontsize="x-small",
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": "0.5", "shrinkA": 0.0, "shrinkB": 0.0},
        )
