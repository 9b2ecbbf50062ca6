"""What every map of a case shows whatever its colours mean: relief below them, patches and licences above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.drawing import halo
from overcut.plots.colours import ATTRIBUTIONS
from overcut.plots.furniture import area_shown, map_furniture
from overcut.plots.licence_lines import Named, draw_licences, dug_in, licence_entries, named, path_of, room_for
from overcut.plots.relief import shaded

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from overcut.fonts import Lettering
    from overcut.overview import Overview

__all__ = ["CaseLines", "draw_case", "draw_relief"]

Record = dict[str, Any]

MOST_NAMED = 25
"""Patches that are named at most, the largest first."""


@dataclass(frozen=True)
class CaseLines:
    """Patches and licences of an interval as they were drawn.

    Attributes
    ----------
    patches : list of (handle, str)
        Lines of the legend for patches.
    licences : list of Named
        Licences by the names that they have on the map.
    dug : set of str
        Licences in which was dug: a legend lists them first.
    unnumbered : int
        Corners that are left without a number.
    """

    patches: list[tuple[Any, str]]
    licences: list[Named]
    dug: set[str]
    unnumbered: int

    def legend(self, letters: Lettering, *, other_lines: int) -> list[tuple[Any, str]]:
        """Lines of the legend under their headings, with as many licences as have room beside other lines."""
        most = room_for(other_lines + len(self.patches))
        listed = licence_entries(self.licences, letters, first=self.dug, most=most)
        entries: list[tuple[Any, str]] = []
        for heading, lines in (("plots.patches", self.patches), ("plots.licences", listed)):
            entries += [(None, letters.text(heading)), *lines] if lines else []
        return entries


def draw_case(
    ax: Axes, pixels: Overview, record: Record, interval: int, letters: Lettering, *, corners: bool
) -> CaseLines:
    """Draw patches, licences and the furniture of a map over its colours."""
    from shapely.geometry import shape

    patches = _draw_patches(ax, record, interval, letters)
    outlines = [shape(patch["outline"]) for patch in record["patches"] if patch["interval"] == interval]
    licences = named(record, interval)
    unnumbered = draw_licences(ax, licences, corners=corners, avoid=outlines)
    area_shown(ax, pixels)
    map_furniture(ax, pixels, letters, avoid=outlines)
    return CaseLines(patches, licences, dug_in(record, interval), unnumbered)


def draw_relief(ax: Axes, pixels: Overview, surface: int) -> None:
    """Draw the shaded relief of a surface, light enough to be under colours; nothing where it is not at hand."""
    heights_m = pixels.heights_m[surface]
    if heights_m is None:
        return
    shade = shaded(heights_m, dx_m=pixels.dx_m, dy_m=pixels.dy_m)
    ax.imshow(
        np.ma.masked_invalid(0.45 + 0.55 * shade),
        cmap="gray",
        vmin=0.0,
        vmax=1.0,
        extent=pixels.extent,
        interpolation="nearest",
        zorder=1,
    )


def _draw_patches(ax: Axes, record: Record, interval: int, letters: Lettering) -> list[tuple[Any, str]]:
    """Draw outlines of patches by attribution, name the largest, and give the lines of the legend."""
    from matplotlib.collections import PathCollection
    from matplotlib.lines import Line2D
    from shapely.geometry import shape

    patches = [patch for patch in record["patches"] if patch["interval"] == interval]
    entries = []
    for word, look in ATTRIBUTIONS.items():
        of_kind = [
            patch for patch in patches if word == ("fill" if patch["change"] == "fill" else patch["attribution"])
        ]
        if not of_kind:
            continue
        paths = [path_of(polygon) for patch in of_kind for polygon in _polygons(shape(patch["outline"]))]
        for colour, width, style in (("white", look.width + 1.4, "solid"), (look.colour, look.width, look.style)):
            ax.add_collection(
                PathCollection(
                    paths, facecolors="none", edgecolors=colour, linewidths=width, linestyles=[style], zorder=5
                )
            )
        handle = Line2D([], [], color=look.colour, linewidth=look.width, linestyle=look.style)
        entries.append((handle, f"{letters.text(f'plots.{word}')} ({len(of_kind)})"))
    for patch in sorted(patches, key=lambda each: (-each["volume_m3"], each["id"]))[:MOST_NAMED]:
        ax.text(
            patch["x"],
            patch["y"],
            patch["id"],
            fontsize=7,
            ha="center",
            va="center",
            path_effects=halo(),
            zorder=8,
        )
    return entries


def _polygons(geometry: Any) -> list[Any]:
    return list(geometry.geoms) if hasattr(geometry, "geoms") else [geometry]
