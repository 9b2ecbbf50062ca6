"""What a picture needs beside its contents: title, legend, resolution; a map also extent, scale bar and north arrow."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

from overcut.drawing import halo
from overcut.fonts import BASE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from shapely.geometry.base import BaseGeometry

    from overcut.fonts import Lettering
    from overcut.overview import Overview

__all__ = ["area_shown", "legend_beside", "map_furniture", "nice_below", "resolution", "titled"]

SMALL = "small"
STEPS = (1.0, 2.0, 5.0)
AXES_OF_ONE_MAP = 2
"""The map and its scale of colours."""


def titled(ax: Axes, key: str, interval: dict[str, Any], letters: Lettering, *, below: str | None = None) -> None:
    """Write what is shown, and between which surveys; below it, if given, a sentence in small letters."""
    title = letters.text(key, earlier=interval["from"], later=interval["to"])
    ax.set_title(title if below is None else f"{title}\n", fontsize="medium")
    if below is not None:
        ax.annotate(
            below,
            (0.5, 1.0),
            xycoords="axes fraction",
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontsize="x-small",
            color="0.3",
        )


def area_shown(ax: Axes, pixels: Overview) -> None:
    """Show the whole grid, one metre east as long as one north, with coordinates as numbers of metres."""
    from matplotlib.ticker import MaxNLocator

    west, east, south, north = pixels.extent
    ax.set_xlim(west, east)
    ax.set_ylim(south, north)
    ax.set_aspect("equal")
    ax.ticklabel_format(style="plain", useOffset=False)
    # Labels at the south-western corner would lie on each other.
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=4, prune="both"))
    ax.tick_params(labelsize=SMALL)
    ax.tick_params(axis="y", labelrotation=90)
    for label in ax.get_yticklabels():
        label.set_verticalalignment("center")


def map_furniture(ax: Axes, pixels: Overview, letters: Lettering, *, avoid: list[BaseGeometry] | None = None) -> None:
    """Draw a scale bar and a north arrow, and name the axes.

    The bar stands in the corner where it hides least of what is in `avoid` and of what is drawn as lines.
    """
    from matplotlib.patches import Rectangle

    west, east, south, north = pixels.extent
    width_m, height_m = east - west, north - south
    length_m = nice_below(0.22 * width_m)
    left, low = _emptiest(ax, pixels.extent, (length_m + 0.1 * width_m, 0.085 * height_m), avoid or [])
    ax.add_patch(
        Rectangle(
            (left, low),
            length_m + 0.1 * width_m,
            0.075 * height_m,
            facecolor="white",
            alpha=0.75,
            linewidth=0.0,
            zorder=9,
        )
    )
    left, low, thick = left + 0.04 * width_m, low + 0.014 * height_m, 0.01 * height_m
    for part, colour in enumerate(("black", "white", "black", "white")):
        ax.add_patch(
            Rectangle(
                (left + part * length_m / 4, low),
                length_m / 4,
                thick,
                facecolor=colour,
                edgecolor="black",
                linewidth=0.8,
                zorder=10,
            )
        )
    unit = f"{length_m / 1000:g} km" if length_m >= 1000.0 else f"{length_m:g} m"  # noqa: PLR2004
    for at_m, label in ((0.0, "0"), (length_m, unit)):
        ax.text(left + at_m, low + 1.6 * thick, label, fontsize=SMALL, ha="center", va="bottom", zorder=10)
    ax.annotate(
        "N",
        (0.955, 0.98),
        (0.955, 0.89),
        xycoords="axes fraction",
        ha="center",
        va="top",
        fontweight="bold",
        fontfamily=BASE,
        arrowprops={"arrowstyle": "-|>", "facecolor": "black", "linewidth": 1.6, "mutation_scale": 16},
        path_effects=halo(),
        zorder=10,
    )
    ax.set_xlabel(letters.text("plots.east"), fontsize=SMALL)
    ax.set_ylabel(letters.text("plots.north"), fontsize=SMALL)


def _emptiest(
    ax: Axes, extent: tuple[float, float, float, float], size_m: tuple[float, float], avoid: list[BaseGeometry]
) -> tuple[float, float]:
    """South-western corner of a box in the corner of the map where it hides least."""
    from matplotlib.patches import PathPatch
    from shapely import box, intersection, union_all
    from shapely.geometry import LineString

    west, east, south, north = extent
    x_gap, y_gap = 0.01 * (east - west), 0.01 * (north - south)
    lines = [LineString(patch.get_path().vertices) for patch in ax.patches if isinstance(patch, PathPatch)]
    ground, drawn = union_all(avoid), union_all(lines)
    # North-east is the arrow's. The first of equally empty ones counts.
    places = [
        (west + x_gap, south + y_gap),
        (east - x_gap - size_m[0], south + y_gap),
        (west + x_gap, north - y_gap - size_m[1]),
    ]

    def hidden(place: tuple[float, float]) -> float:
        area = box(*place, place[0] + size_m[0], place[1] + size_m[1])
        return float(intersection(ground, area).area + size_m[1] * intersection(drawn, area).length)

    return min(places, key=hidden)


def resolution(pixels: Overview, letters: Lettering) -> str:
    """Sentence on the size of a pixel beside the size of a cell."""
    (dx_m, dy_m), step = pixels.cell_m, pixels.step
    key = "plots.resolution_full" if step == 1 else "plots.resolution_reduced"
    return letters.text(
        key,
        cell=f"{dx_m:g} × {dy_m:g}",
        pixel=f"{pixels.dx_m:g} × {pixels.dy_m:g}",
        step=step,
    )


def nice_below(value: float) -> float:
    """Find the greatest of 1, 2, 5, 10, … (and 0.5, 0.2, …) that is not above a value.

    Examples
    --------
    >>> nice_below(105.6), nice_below(49.0), nice_below(0.7)
    (100.0, 20.0, 0.5)
    """
    power = math.floor(math.log10(value))
    candidates = [step * 10.0**exponent for exponent in (power - 1, power, power + 1) for step in STEPS]
    return max(each for each in candidates if each <= value * (1.0 + 1e-9))


def legend_beside(ax: Axes, entries: list[tuple[Any, str]], notes: list[str], letters: Lettering) -> None:
    """Put a legend to the right of the axes: lines without a handle are headings, notes come last."""
    from matplotlib.patches import Patch

    wide = 24 if letters.lang == "zh" else 44
    lines = [*entries, *((None, textwrap.fill(note, wide)) for note in notes)]
    blank = Patch(facecolor="none", edgecolor="none")
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.015, 1.0), "borderaxespad": 0.0}
    owner: Any = ax
    if ax.figure.get_layout_engine() is not None and len(ax.figure.axes) <= AXES_OF_ONE_MAP:
        # The layout then makes room for all of it.
        owner, place = ax.figure, {"loc": "outside right upper"}
    legend = owner.legend(
        [blank if handle is None else handle for handle, _ in lines],
        [label for _, label in lines],
        **place,
        frameon=False,
        fontsize=SMALL,
        alignment="left",
        handlelength=2.0,
        labelspacing=0.5,
    )
    for at, (text, (handle, _)) in enumerate(zip(legend.get_texts(), lines, strict=True)):
        if at >= len(entries):
            text.set(fontsize="x-small", color="0.3")
        elif handle is None:
            text.set(fontweight=letters.bold, fontsize="medium")
