"""What plots have in common: axes, lettering, formats of numbers, and what a map needs beside its contents."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from overcut.fonts import Lettering, lettering, matplotlib_needed

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from overcut.overview import Overview

__all__ = ["area_shown", "halo", "legend_beside", "map_furniture", "sheet", "thousands"]

Font = "str | os.PathLike[str] | None"

SMALL = "small"
STEPS = (1.0, 2.0, 5.0)


@contextmanager
def sheet(
    ax: Axes | None, lang: str, font: str | os.PathLike[str] | None, *, size_inch: tuple[float, float] = (7.2, 4.6)
) -> Iterator[tuple[Axes, Lettering]]:
    """Give axes to draw on, those given or those of a new figure, and the words to draw with.

    A figure that is made here keeps what stands beside its axes inside its frame.
    """
    matplotlib_needed()
    with lettering(lang, font=font) as letters:
        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.subplots(figsize=size_inch, layout="constrained")[1]
        # Ticks of axes that were made elsewhere have their own font.
        ax.tick_params(labelfontfamily=list(letters.families))
        yield ax, letters
        if letters.note:
            ax.annotate(
                letters.note,
                (0.0, 1.0),
                xycoords="axes fraction",
                xytext=(0, 24),
                textcoords="offset points",
                fontsize="xx-small",
                color="#8a1c00",
                wrap=True,
            )


def thousands(axis: Axis) -> None:
    """Write the numbers of an axis with commas between thousands and a true minus sign."""
    from matplotlib.ticker import FuncFormatter

    def written(value: float, _: Any) -> str:
        return f"{value:,.10g}".replace("-", "\N{MINUS SIGN}")

    axis.set_major_formatter(FuncFormatter(written))


def halo(width: float = 2.0) -> list[Any]:
    """Give a white rim, so that a text is read on any ground."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground="white")]


def area_shown(ax: Axes, pixels: Overview) -> None:
    """Show the whole grid, one metre east as long as one north, with coordinates as numbers of metres."""
    west, east, south, north = pixels.extent
    ax.set_xlim(west, east)
    ax.set_ylim(south, north)
    ax.set_aspect("equal")
    ax.ticklabel_format(style="plain", useOffset=False)
    ax.locator_params(nbins=5)
    ax.tick_params(labelsize=SMALL)
    for label in ax.get_yticklabels():
        label.set(rotation=90, va="center")


def map_furniture(ax: Axes, pixels: Overview, letters: Lettering) -> None:
    """Draw a scale bar and a north arrow, name the axes, and say how large a pixel is."""
    west, east, south, north = pixels.extent
    width_m, height_m = east - west, north - south
    length_m = nice_below(0.22 * width_m)
    left, low, thick = west + 0.04 * width_m, south + 0.045 * height_m, 0.008 * height_m
    from matplotlib.patches import Rectangle

    for part, colour in enumerate(("black", "white", "black", "white")):
        ax.add_patch(
            Rectangle(
                (left + part * length_m / 4, low), length_m / 4, thick, facecolor=colour, edgecolor="black", linewidth=0.8,
                zorder=9,
            )
        )  # fmt: skip
    unit = f"{length_m / 1000:g} km" if length_m >= 1000.0 else f"{length_m:g} m"  # noqa: PLR2004
    for at_m, label in ((0.0, "0"), (length_m, unit)):
        ax.text(left + at_m, low + 1.6 * thick, label, fontsize=SMALL, ha="center", va="bottom", path_effects=halo(), zorder=9)
    ax.annotate(
        "N", (0.955, 0.975), (0.955, 0.895), xycoords="axes fraction", ha="center", va="top", fontweight="bold",
        arrowprops={"arrowstyle": "-|>", "facecolor": "black", "linewidth": 1.6, "mutation_scale": 16}, path_effects=halo(),
        zorder=9,
    )  # fmt: skip
    ax.set_xlabel(letters.text("plots.east"), fontsize=SMALL)
    ax.set_ylabel(letters.text("plots.north"), fontsize=SMALL)


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
    import math

    power = math.floor(math.log10(value))
    candidates = [step * 10.0**exponent for exponent in (power - 1, power, power + 1) for step in STEPS]
    return max(each for each in candidates if each <= value * (1.0 + 1e-9))


def legend_beside(ax: Axes, entries: list[tuple[Any, str]], notes: list[str]) -> None:
    """Put a legend to the right of the axes, where it hides nothing: lines without a handle are headings."""
    from matplotlib.patches import Patch

    blank = Patch(facecolor="none", edgecolor="none")
    handles = [blank if handle is None else handle for handle, _ in entries]
    legend = ax.legend(
        handles,
        [label for _, label in entries],
        loc="upper left",
        bbox_to_anchor=(1.015, 1.0),
        borderaxespad=0.0,
        frameon=False,
        fontsize=SMALL,
        alignment="left",
        handlelength=2.0,
        labelspacing=0.5,
    )
    for (handle, _), text in zip(entries, legend.get_texts(), strict=True):
        if handle is None:
            text.set_fontweight("bold")
            text.set_x(-28)
    if notes:
        ax.annotate(
            "\n".join(notes), (0.0, 0.0), xycoords=legend, xytext=(0.0, -8.0), textcoords="offset points",
            va="top", fontsize="x-small", color="0.3",
        )  # fmt: skip
