"""Licences on a map: outlines, letters that stand for long numbers, numbers of corners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overcut.plots.colours import LICENCE, VALIDITY
from overcut.plots.sheet import halo

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from overcut.fonts import Lettering

__all__ = ["MOST_CORNERS", "Lettered", "draw_licences", "letter", "lettered", "licence_entries"]

Record = dict[str, Any]

MOST_CORNERS = 120
"""Corners that are numbered at most: more would hide the map."""
MOST_LISTED = 12
SAME_PLACE_M = 0.005


@dataclass(frozen=True)
class Lettered:
    """A licence with the letter by which the map calls it."""

    letter: str
    record: Record
    validity: str


def letter(position: int) -> str:
    """Name a position: A to Z, then AA to AZ, and so on.

    Examples
    --------
    >>> letter(0), letter(25), letter(26), letter(27 * 26)
    ('A', 'Z', 'AA', 'AAA')
    """
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def lettered(record: Record, interval: int) -> list[Lettered]:
    """Licences of an assessment with their letters and their validity in an interval."""
    return [
        Lettered(letter(at), licence, licence["validity"][interval]) for at, licence in enumerate(record["licences"])
    ]


def draw_licences(ax: Axes, licences: list[Lettered], *, corners: bool = True) -> int:
    """Draw outlines, letters and corner numbers; gives the number of corners that are left without one."""
    from matplotlib.patches import PathPatch
    from shapely.geometry import shape

    placed: dict[str, list[str]] = {}
    points: dict[str, Any] = {}
    for each in licences:
        for part in each.record["parts"]:
            polygon = shape(part["polygon"])
            # White under black is seen on any ground.
            for colour, width, style in (("white", 3.0, "solid"), (LICENCE, 1.3, VALIDITY.get(each.validity, "solid"))):
                outline = PathPatch(
                    _path(polygon), facecolor="none", edgecolor=colour, linewidth=width, linestyle=style, zorder=6
                )
                ax.add_patch(outline)
            key = polygon.wkb_hex
            placed.setdefault(key, []).append(each.letter)
            points[key] = polygon.representative_point()
    for key, names in placed.items():
        ax.text(
            points[key].x, points[key].y, ",".join(dict.fromkeys(names)), fontsize="large", fontweight="bold",
            ha="center", va="center", path_effects=halo(3.0), zorder=8,
        )  # fmt: skip
    found = _corners(licences)
    if not corners or len(found) > MOST_CORNERS:
        return len(found)
    for (x, y), (names, outward) in found.items():
        ax.annotate(
            "/".join(dict.fromkeys(names)), (x, y), xytext=(8.0 * outward[0], 8.0 * outward[1]), textcoords="offset points",
            fontsize=6.5, ha="center", va="center", path_effects=halo(1.6), zorder=7, annotation_clip=True,
        )  # fmt: skip
        ax.plot(x, y, marker="o", markersize=2.6, color=LICENCE, markeredgecolor="white", markeredgewidth=0.4, zorder=7)
    return 0


def licence_entries(licences: list[Lettered], letters: Lettering) -> list[tuple[Any, str]]:
    """Lines of the legend: letter, number of the licence, bands, validity."""
    from matplotlib.lines import Line2D

    entries: list[tuple[Any, str]] = []
    for each in licences[:MOST_LISTED]:
        handle = Line2D([], [], color=LICENCE, linewidth=1.3, linestyle=VALIDITY.get(each.validity, "solid"))
        told = f"{each.letter}  {letters.drawable(each.record['id'])}"
        bands = ", ".join(dict.fromkeys(_band(part["band"]) for part in each.record["parts"] if part["band"]))
        if bands:
            told += f"\n     {bands} m"
        told += f"  ({letters.text(f'plots.{each.validity}')})" if bands else ""
        entries.append((handle, told))
    if len(licences) > MOST_LISTED:
        entries.append((None, letters.text("plots.more_licences", count=len(licences) - MOST_LISTED)))
    return entries


def _band(band: Record) -> str:
    low, high = (f"{band[name]:.10g}" for name in ("floor_m", "ceiling_m"))
    return f"{low}\N{EN DASH}{high}"


def _corners(licences: list[Lettered]) -> dict[tuple[float, float], tuple[list[str], tuple[float, float]]]:
    """Corners by place, with the names that they have in each licence, and the direction away from the ground."""
    found: dict[tuple[int, int], tuple[tuple[float, float], list[str], tuple[float, float]]] = {}
    for each in licences:
        for number, part in enumerate(each.record["parts"], start=1):
            prefix = f"{each.letter}{number}-" if len(each.record["parts"]) > 1 else each.letter
            count = 0
            for ring_at, ring in enumerate(part["polygon"]["coordinates"]):
                corners = ring[:-1]
                for at, (x, y, *_) in enumerate(corners):
                    count += 1
                    key = (round(x / SAME_PLACE_M), round(y / SAME_PLACE_M))
                    outward = _outward(corners, at, hole=ring_at > 0)
                    found.setdefault(key, ((x, y), [], outward))[1].append(f"{prefix}{count}")
    return {place: (names, outward) for place, names, outward in found.values()}


def _outward(corners: list[list[float]], at: int, *, hole: bool) -> tuple[float, float]:
    """Direction from a corner into the angle that is not the ground's, of length one."""
    from math import hypot

    def unit(x: float, y: float) -> tuple[float, float]:
        length = hypot(x, y) or 1.0
        return x / length, y / length

    x, y = corners[at][:2]
    before = unit(x - corners[at - 1][0], y - corners[at - 1][1])
    after = unit(corners[(at + 1) % len(corners)][0] - x, corners[(at + 1) % len(corners)][1] - y)
    area = sum(
        corners[i - 1][0] * corners[i][1] - corners[i][0] * corners[i - 1][1] for i in range(len(corners))
    )
    # Right of the way round lies outside of a ring that turns left, and inside of a hole.
    side = (1.0 if area > 0.0 else -1.0) * (-1.0 if hole else 1.0)
    across = unit(before[1] + after[1], -(before[0] + after[0]))
    return across[0] * side, across[1] * side


def _path(polygon: Any) -> Any:
    from matplotlib.path import Path

    rings = [polygon.exterior, *polygon.interiors]
    return Path.make_compound_path(*(Path(ring.coords, closed=True) for ring in rings))
