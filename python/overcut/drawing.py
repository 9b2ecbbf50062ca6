"""What every figure is drawn on: axes, lettering, formats of numbers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from overcut.fonts import Lettering, lettering, matplotlib_needed

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["halo", "outlined", "sheet", "thousands"]


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
        # Texts that axes bring along have the font of the place where they were made.
        families = list(letters.families)
        ax.tick_params(labelfontfamily=families)
        for text in (ax.title, ax.xaxis.label, ax.yaxis.label, ax.xaxis.get_offset_text(), ax.yaxis.get_offset_text()):
            text.set_fontfamily(families)
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


def outlined(ax: Axes, bars: Any) -> None:
    """Draw a thin dark outline around bars, whose edges have the colour of their hatches."""
    from matplotlib.patches import Rectangle

    for bar in bars.patches:
        place = (bar.get_xy(), bar.get_width(), bar.get_height())
        ax.add_patch(
            Rectangle(*place, facecolor="none", edgecolor="0.25", linewidth=0.6, zorder=bar.get_zorder() + 0.1)
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
