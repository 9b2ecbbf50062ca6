"""The first picture of a case: what was dug, where, and how that lies to the licences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.drawing import sheet
from overcut.overview import MOST_CELLS, NO_CLASS, Overview, overview
from overcut.plots.case_lines import draw_case, draw_relief
from overcut.plots.colours import change_colours
from overcut.plots.furniture import legend_beside, resolution, titled
from overcut.plots.sums import cut_by_class, position, whole_cut
from overcut.report.rounding import shown

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from overcut.assessment import Assessment
    from overcut.dem import Dem
    from overcut.fonts import Lettering

__all__ = ["change_map", "span_of"]

Record = dict[str, Any]

LEAST_SPAN_M = 0.1
PERCENT_SHOWN = 99.8
"""Share of the coloured pixels that lie inside the scale; the rest has the colour of its ends, which are pointed."""
SPANS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def change_map(
    case: Assessment,
    *,
    interval: int = -1,
    ax: Axes | None = None,
    lang: str = "en",
    corners: bool = True,
    everywhere: bool = False,
    span_m: float | None = None,
    font: str | os.PathLike[str] | None = None,
    most_cells: int = MOST_CELLS,
    rasters: str | os.PathLike[str] | None = None,
    surfaces: Iterable[Dem] | None = None,
    pixels: Overview | None = None,
) -> Axes:
    """Draw relief, change of height, licences with corner numbers, and patches; the legend has the volumes.

    Parameters
    ----------
    case : Assessment
        What is drawn.
    interval : int
        Position of the interval; by default the last.
    ax : matplotlib.axes.Axes, optional
        Where to draw; otherwise a new figure.
    lang : {"en", "zh"}
        Language of the labels.
    corners : bool
        Whether corners of licences are numbered, in the order of their table.
    everywhere : bool
        Whether change over the level of detection is coloured outside patches too, where most of it is noise.
    span_m : float, optional
        End of the colour scale, which is symmetric about zero; otherwise after the greatest change.
    font : str or os.PathLike, optional
        Font for Chinese, as in `overcut.fonts.chinese_font`.
    most_cells, rasters, surfaces
        As in `overcut.overview.overview`.
    pixels : Overview, optional
        Pixels that were read already.

    Returns
    -------
    matplotlib.axes.Axes
    """
    interval = position(case, interval)
    record = case._data
    found = record["intervals"][interval]
    if pixels is None:
        pixels = overview(case, most_cells=most_cells, rasters=rasters, surfaces=surfaces)
    with sheet(ax, lang, font, size_inch=(10.0, 6.6)) as (axes, letters):
        draw_relief(axes, pixels, found["later"])
        shown_m = _shown(pixels, interval, record, everywhere=everywhere)
        _draw_change(axes, pixels, shown_m, span_m, letters)
        lines = draw_case(axes, pixels, record, interval, letters, corners=corners)
        titled(axes, "plots.change_map", found, letters)
        notes = [resolution(pixels, letters)]
        if not np.isfinite(pixels.dod_m[interval]).all():
            notes.append(letters.text("plots.no_data"))
        notes.append(
            letters.text("plots.coloured_everywhere", lod=shown(found["lod_m"], -2))
            if everywhere
            else letters.text("plots.coloured_in_patches")
        )
        if corners and lines.unnumbered:
            notes.append(letters.text("plots.corners_left_out", count=lines.unnumbered))
        volumes = _volumes(case, interval, letters)
        entries = [(None, letters.text("plots.removed")), *volumes, *lines.legend(letters, other_lines=len(volumes))]
        legend_beside(axes, entries, notes, letters)
    return axes


def span_of(values_m: np.ndarray[Any, Any]) -> float:
    """End of a scale that holds nearly all values: a number that is easily read.

    Examples
    --------
    >>> span_of(np.array([-31.07, 14.9])), span_of(np.array([0.02])), span_of(np.array([]))
    (40.0, 0.1, 0.1)
    """
    sizes = np.abs(values_m[np.isfinite(values_m)])
    if sizes.size == 0:
        return LEAST_SPAN_M
    greatest = max(float(np.percentile(sizes, PERCENT_SHOWN)), LEAST_SPAN_M)
    power = 10.0 ** np.floor(np.log10(greatest) + 1e-9)
    return float(next(step * power for step in SPANS if step * power >= greatest * (1.0 - 1e-9)))


def _shown(pixels: Overview, interval: int, record: Record, *, everywhere: bool) -> np.ma.MaskedArray[Any, Any]:
    """Mask what gets no colour."""
    dod_m = pixels.dod_m[interval]
    hidden = (
        np.abs(dod_m) <= record["intervals"][interval]["lod_m"] if everywhere else pixels.classes[interval] == NO_CLASS
    )
    return np.ma.masked_where(hidden | ~np.isfinite(dod_m), dod_m)


def _draw_change(
    ax: Axes, pixels: Overview, shown_m: np.ma.MaskedArray[Any, Any], span_m: float | None, letters: Lettering
) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    values_m = shown_m.compressed()
    end_m = span_of(values_m) if span_m is None else span_m
    beyond = bool((np.abs(values_m) > end_m).any())
    image = ax.imshow(
        shown_m,
        cmap=LinearSegmentedColormap.from_list("change", change_colours()),
        vmin=-end_m,
        vmax=end_m,
        extent=pixels.extent,
        interpolation="nearest",
        zorder=2,
        alpha=0.85,
    )
    bar = ax.figure.colorbar(
        image, ax=ax, location="bottom", shrink=0.8, aspect=42, pad=0.02, extend="both" if beyond else "neither"
    )
    bar.set_label(letters.text("plots.change_scale"), fontsize="small")
    bar.ax.tick_params(labelsize="small", labelfontfamily=list(letters.families))


def _volumes(case: Assessment, interval: int, letters: Lettering) -> list[tuple[Any, str]]:
    from matplotlib.patches import Patch

    blank = Patch(facecolor="none", edgecolor="none")
    lines = [
        (blank, letters.text("plots.line", name=letters.text(f"classes.{word}"), value=each.text))
        for word, each in cut_by_class(case, interval).items()
    ]
    return [
        (blank, letters.text("plots.line", name=letters.text("plots.all"), value=whole_cut(case, interval).text)),
        *lines,
    ]
