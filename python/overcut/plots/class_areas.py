"""Where ground of which class was moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.classes import CLASSES
from overcut.drawing import sheet
from overcut.overview import MOST_CELLS, Overview, overview
from overcut.plots.case_lines import draw_case, draw_relief
from overcut.plots.colours import STYLES
from overcut.plots.furniture import legend_beside, resolution, titled
from overcut.plots.sums import cut_by_class, position

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from overcut.assessment import Assessment
    from overcut.dem import Dem

__all__ = ["class_map"]


def class_map(
    case: Assessment,
    *,
    interval: int = -1,
    ax: Axes | None = None,
    lang: str = "en",
    corners: bool = False,
    font: str | os.PathLike[str] | None = None,
    most_cells: int = MOST_CELLS,
    rasters: str | os.PathLike[str] | None = None,
    surfaces: Iterable[Dem] | None = None,
    pixels: Overview | None = None,
) -> Axes:
    """Draw the class of the ground that was moved, in colours and hatches; the legend has the volumes removed.

    A pixel has the class of most of its change: a column that goes through a floor has one colour and two classes. The
    volumes are those of the assessment, which parts columns exactly.

    Parameters
    ----------
    case, interval, ax, lang, corners, font, most_cells, rasters, surfaces, pixels
        As in `overcut.plots.change_map`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    from matplotlib.patches import Patch

    interval = position(case, interval)
    record = case._data
    found = record["intervals"][interval]
    if pixels is None:
        pixels = overview(case, most_cells=most_cells, rasters=rasters, surfaces=surfaces)
    with sheet(ax, lang, font, size_inch=(10.0, 6.0)) as (axes, letters):
        draw_relief(axes, pixels, found["later"])
        present = _draw_classes(axes, pixels, interval)
        lines = draw_case(axes, pixels, record, interval, letters, corners=corners)
        titled(axes, "plots.class_map", found, letters)
        sums = cut_by_class(case, interval)
        entries: list[tuple[Any, str]] = [(None, letters.text("plots.removed"))]
        for word in (each.word for each in CLASSES if each.word in sums or each.word in present):
            look = STYLES[word]
            handle = Patch(facecolor=look.colour, hatch=look.hatch, edgecolor=look.ink, linewidth=0.5)
            value = sums[word].text if word in sums else "0 m³"
            entries.append((handle, letters.text("plots.line", name=letters.text(f"classes.{word}"), value=value)))
        entries += lines.legend(letters, other_lines=len(entries))
        legend_beside(axes, entries, [letters.text("plots.class_of_most"), resolution(pixels, letters)], letters)
    return axes


def _draw_classes(ax: Axes, pixels: Overview, interval: int) -> set[str]:
    """Draw colours and hatches; gives the classes that are there."""
    from matplotlib.colors import ListedColormap

    codes = pixels.classes[interval]
    west, east, south, north = pixels.extent
    rows, cols = codes.shape
    x = west + (np.arange(cols) + 0.5) * pixels.dx_m
    y = north - (np.arange(rows) + 0.5) * pixels.dy_m
    present = set()
    for code, each in enumerate(CLASSES):
        inside = codes == code
        if not inside.any():
            continue
        present.add(each.word)
        look = STYLES[each.word]
        ax.imshow(
            np.ma.masked_where(~inside, inside),
            cmap=ListedColormap([look.colour]),
            extent=(west, east, south, north),
            interpolation="nearest",
            zorder=2,
            alpha=0.9,
        )
        if look.hatch and min(codes.shape) > 1:
            hatched = ax.contourf(
                x, y, inside.astype(float), levels=[0.5, 1.5], colors="none", hatches=[look.hatch], zorder=3
            )
            hatched.set(edgecolor=look.ink, linewidth=0.0)
    return present
