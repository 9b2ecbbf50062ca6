"""Volumes of the record: by interval and class, and from the whole cut to each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overcut.classes import CLASSES
from overcut.drawing import outlined, sheet, thousands
from overcut.plots.colours import CUT, STYLES
from overcut.plots.furniture import titled
from overcut.plots.sums import cut_by_class, position, whole_cut

if TYPE_CHECKING:
    import os

    from matplotlib.axes import Axes

    from overcut.assessment import Assessment

__all__ = ["interval_volumes", "waterfall"]


def interval_volumes(
    case: Assessment,
    *,
    ax: Axes | None = None,
    lang: str = "en",
    classes: tuple[str, ...] | None = None,
    font: str | os.PathLike[str] | None = None,
) -> Axes:
    """Draw the volume removed in each interval by class, with its interval at the confidence of the assessment.

    Parameters
    ----------
    case : Assessment
        What is drawn.
    classes : tuple of str, optional
        Words of the classes that are drawn; otherwise all that occur.
    ax, lang, font
        As in `overcut.plots.change_map`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    record = case._data
    intervals = record["intervals"]
    sums = [cut_by_class(case, at) for at in range(len(intervals))]
    words = [each.word for each in CLASSES if any(each.word in of for of in sums)]
    words = [word for word in words if classes is None or word in classes]
    with sheet(ax, lang, font, size_inch=(max(7.2, 2.0 + 0.28 * len(words) * len(intervals)), 4.6)) as (axes, letters):
        width = 0.84 / max(len(words), 1)
        for at, word in enumerate(words):
            look = STYLES[word]
            places = [n for n, of in enumerate(sums) if word in of]
            found = [sums[n][word] for n in places]
            bars = axes.bar(
                np.array(places) + (at - (len(words) - 1) / 2) * width,
                [each.volume_m3 for each in found],
                0.9 * width,
                yerr=[each.half_m3 or 0.0 for each in found] if any(each.half_m3 for each in found) else None,
                capsize=3.0,
                error_kw={"elinewidth": 1.0, "capthick": 1.0},
                color=look.colour,
                hatch=look.hatch,
                edgecolor=look.ink,
                linewidth=0.5,
                label=letters.text(f"classes.{word}"),
            )
            outlined(axes, bars)
        labels = [letters.text("plots.span", earlier=each["from"], later=each["to"]) for each in intervals]
        axes.set_xticks(range(len(intervals)), labels)
        axes.set_ylabel(letters.text("plots.removed_m3"))
        thousands(axes.yaxis)
        axes.set_ylim(bottom=0.0)
        axes.grid(axis="y", color="0.85", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_title(
            letters.text("plots.intervals", confidence=f"{100 * record['options']['confidence']:g}"), fontsize="medium"
        )
        if words:
            axes.legend(fontsize="small", frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return axes


def waterfall(
    case: Assessment,
    *,
    interval: int = -1,
    ax: Axes | None = None,
    lang: str = "en",
    font: str | os.PathLike[str] | None = None,
) -> Axes:
    """Draw how the whole volume removed in an interval is made up: every class takes its part, and nothing is left.

    Parameters
    ----------
    case, interval, ax, lang, font
        As in `overcut.plots.change_map`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    interval = position(case, interval)
    found = case._data["intervals"][interval]
    sums, whole = cut_by_class(case, interval), whole_cut(case, interval)
    with sheet(ax, lang, font, size_inch=(7.6, 1.5 + 0.42 * (len(sums) + 1))) as (axes, letters):
        left_m3 = whole.volume_m3
        lines = [(letters.text("plots.all"), 0.0, whole, CUT, "", "#ffffff")]
        for word, each in sums.items():
            left_m3 -= each.volume_m3
            look = STYLES[word]
            lines.append((letters.text(f"classes.{word}"), left_m3, each, look.colour, look.hatch, look.ink))
        for at, (_, start_m3, each, colour, hatch, ink) in enumerate(lines):
            bars = axes.barh(
                at,
                each.volume_m3,
                0.68,
                left=start_m3,
                color=colour,
                hatch=hatch,
                edgecolor=ink,
                linewidth=0.5,
                xerr=each.half_m3,
                error_kw={"elinewidth": 1.0, "capthick": 1.0},
                capsize=2.5,
            )
            outlined(axes, bars)
            # The text stands where there is more room.
            right = start_m3 + each.volume_m3 < 0.6 * whole.volume_m3
            end_m3 = (start_m3 + each.volume_m3 + (each.half_m3 or 0.0)) if right else start_m3
            inside = not right and at == 0
            axes.annotate(
                each.text,
                (end_m3 if not inside else whole.volume_m3 / 2, at),
                xytext=(5 if right else 0 if inside else -5, 0),
                textcoords="offset points",
                va="center",
                ha="left" if right else "center" if inside else "right",
                fontsize="small",
                color="white" if inside else "black",
            )
            if at + 1 < len(lines):
                edge = start_m3 if at else whole.volume_m3
                axes.plot([edge, edge], [at + 0.34, at + 0.66], color="0.4", linewidth=0.8)
        axes.set_yticks(range(len(lines)), [line[0] for line in lines])
        axes.invert_yaxis()
        axes.set_xlim(0.0, 1.02 * max(whole.volume_m3, 1.0))
        axes.set_xlabel(letters.text("plots.removed_m3"))
        thousands(axes.xaxis)
        axes.locator_params(axis="x", nbins=6)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        titled(axes, "plots.waterfall", found, letters)
    return axes
