"""Licences on a map: outlines, short names that stand for long numbers, numbers of corners."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING, Any

from overcut.drawing import halo
from overcut.fonts import BASE
from overcut.plots.colours import LICENCE, VALIDITY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from shapely.geometry.base import BaseGeometry

    from overcut.fonts import Lettering

__all__ = [
    "MOST_CORNERS",
    "Named",
    "corner_names",
    "draw_licences",
    "free_place",
    "licence_entries",
    "named",
    "outward",
    "path_of",
]

Record = dict[str, Any]

MOST_CORNERS = 120
"""Corners that are numbered at most: more would hide the map."""
MOST_LISTED = 12
LEGEND_LINES = 26
"""Lines of a legend beside headings and notes; a licence takes two."""
SAME_PLACE_M = 0.005


@dataclass(frozen=True)
class Named:
    """A licence with the short name by which the map calls it."""

    name: str
    record: Record
    validity: str


def named(record: Record, interval: int) -> list[Named]:
    """Licences of an assessment as L1, L2, …, with their validity in an interval."""
    return [
        Named(f"L{at}", licence, licence["validity"][interval])
        for at, licence in enumerate(record["licences"], start=1)
    ]


def draw_licences(
    ax: Axes, licences: list[Named], *, corners: bool = True, avoid: list[BaseGeometry] | None = None
) -> int:
    """Draw outlines, names and corner numbers; gives the number of corners that are left without one.

    Names keep away from what is in `avoid`, where there is room.
    """
    from matplotlib.patches import PathPatch
    from shapely.geometry import shape

    placed: dict[str, tuple[list[str], BaseGeometry]] = {}
    for each in licences:
        for part in each.record["parts"]:
            polygon = shape(part["polygon"])
            # White under black is seen on any ground.
            for colour, width, style in (("white", 3.0, "solid"), (LICENCE, 1.3, VALIDITY.get(each.validity, "solid"))):
                outline = PathPatch(
                    path_of(polygon), facecolor="none", edgecolor=colour, linewidth=width, linestyle=style, zorder=6
                )
                ax.add_patch(outline)
            placed.setdefault(polygon.wkb_hex, ([], polygon))[0].append(each.name)
    for names, polygon in placed.values():
        x, y = free_place(polygon, avoid or [])
        ax.text(
            x,
            y,
            ", ".join(dict.fromkeys(names)),
            fontsize="medium",
            fontweight="bold",
            fontfamily=BASE,
            ha="center",
            va="center",
            path_effects=halo(3.0),
            zorder=8,
            clip_on=True,
        )
    found = corners_of(licences)
    if not corners or len(found) > MOST_CORNERS:
        return len(found)
    for (x, y), (numbers, away) in found.items():
        ax.annotate(
            numbers,
            (x, y),
            xytext=(8.0 * away[0], 8.0 * away[1]),
            textcoords="offset points",
            fontsize=6.5,
            ha="center",
            va="center",
            path_effects=halo(1.6),
            zorder=7,
            annotation_clip=True,
        )
        ax.plot(x, y, marker="o", markersize=2.6, color=LICENCE, markeredgecolor="white", markeredgewidth=0.4, zorder=7)
    return 0


def dug_in(record: Record, interval: int) -> set[str]:
    """Licences under which ground was removed in an interval."""
    rows = record["rows"]
    return {
        each for row in rows if row["interval"] == interval and row["cut_measured_m3"] > 0.0 for each in row["licences"]
    }


def room_for(other_lines: int) -> int:
    """Count the licences for which a legend has room beside other lines."""
    return max((LEGEND_LINES - other_lines) // 2, 2)


def licence_entries(
    licences: list[Named], letters: Lettering, *, first: set[str] | None = None, most: int = MOST_LISTED
) -> list[tuple[Any, str]]:
    """Lines of the legend: name, number of the licence, bands, validity; those with an id in `first` come first."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: list[tuple[Any, str]] = []
    listed = sorted(licences, key=lambda each: each.record["id"] not in (first or ()))[:most]
    for each in listed:
        handle = Line2D([], [], color=LICENCE, linewidth=1.3, linestyle=VALIDITY.get(each.validity, "solid"))
        validity = letters.text(f"plots.{each.validity}")
        bands = ", ".join(dict.fromkeys(_band(part["band"]) for part in each.record["parts"] if part["band"]))
        told = f"{each.name}  {letters.drawable(each.record['id'])}\n     "
        entries.append((handle, told + (f"{bands} m  ({validity})" if bands else validity)))
    if len(licences) > len(listed):
        more = letters.text("plots.more_licences", count=len(licences) - len(listed))
        entries.append((Patch(facecolor="none", edgecolor="none"), more))
    return entries


def _band(band: Record) -> str:
    low, high = (f"{band[name]:.10g}" for name in ("floor_m", "ceiling_m"))
    return f"{low}\N{EN DASH}{high}"


def corner_names(owners: dict[str, list[str]]) -> str:
    """Text at a corner: its number, or its number in each licence where they differ.

    Examples
    --------
    >>> corner_names({"L1": ["3"], "L4": ["3"]}), corner_names({"L3": ["1.5"], "L5": ["1"]})
    ('3', 'L3 1.5 / L5 1')
    """
    numbers = {"/".join(dict.fromkeys(found)) for found in owners.values()}
    if len(numbers) == 1:
        return numbers.pop()
    return " / ".join(f"{name} {'/'.join(dict.fromkeys(found))}" for name, found in owners.items())


def corners_of(licences: list[Named]) -> dict[tuple[float, float], tuple[str, tuple[float, float]]]:
    """Corners by place, with what is written there, and the direction in which there is room."""
    found: dict[tuple[int, int], tuple[tuple[float, float], dict[str, list[str]], tuple[float, float]]] = {}
    for each in licences:
        for number, part in enumerate(each.record["parts"], start=1):
            prefix = f"{number}." if len(each.record["parts"]) > 1 else ""
            count = 0
            for ring in part["polygon"]["coordinates"]:
                corners = ring[:-1]
                for at, (x, y, *_) in enumerate(corners):
                    count += 1
                    key = (round(x / SAME_PLACE_M), round(y / SAME_PLACE_M))
                    owners = found.setdefault(key, ((x, y), {}, outward(corners, at)))[1]
                    owners.setdefault(each.name, []).append(f"{prefix}{count}")
    return {place: (corner_names(owners), away) for place, owners, away in found.values()}


def outward(corners: list[list[float]], at: int) -> tuple[float, float]:
    """Direction from a corner away from what its ring encloses, of length one."""

    def unit(x: float, y: float) -> tuple[float, float]:
        length = hypot(x, y) or 1.0
        return x / length, y / length

    x, y = corners[at][:2]
    before = unit(x - corners[at - 1][0], y - corners[at - 1][1])
    after = unit(corners[(at + 1) % len(corners)][0] - x, corners[(at + 1) % len(corners)][1] - y)
    # Coordinates have seven digits: areas are taken from the corner on.
    turned = sum(
        (corners[i - 1][0] - x) * (corners[i][1] - y) - (corners[i][0] - x) * (corners[i - 1][1] - y)
        for i in range(len(corners))
    )
    side = 1.0 if turned > 0.0 else -1.0
    across = unit(before[1] + after[1], -(before[0] + after[0]))
    return across[0] * side, across[1] * side


def free_place(polygon: BaseGeometry, avoid: list[BaseGeometry]) -> tuple[float, float]:
    """Middle of the greatest circle in a polygon beside what is to be avoided; in the polygon itself without room."""
    import shapely

    free = shapely.difference(polygon, shapely.union_all(avoid)) if avoid else polygon
    parts = [part for part in shapely.get_parts(free) if part.area > 0.0]
    widest = max(parts, key=lambda part: part.area, default=polygon)
    if widest.area < 0.1 * polygon.area:
        widest = polygon
    point = shapely.get_point(shapely.maximum_inscribed_circle(widest), 0)
    return float(point.x), float(point.y)


def path_of(polygon: Any) -> Any:
    """Path of a polygon with its holes."""
    from matplotlib.path import Path

    rings = [polygon.exterior, *polygon.interiors]
    return Path.make_compound_path(*(Path(ring.coords, closed=True) for ring in rings))
