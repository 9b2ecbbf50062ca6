"""The grid in small: units by what became of them, patches outside the rights as dots. Plain SVG, no library."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from overcut.batch.page.outcome import outside_m3, patches_outside
from overcut.plots.colours import ATTRIBUTIONS
from overcut.report.rounding import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overcut.batch.page.words import Words
    from overcut.batch.result import BatchResult

__all__ = ["UNIT_COLOURS", "overview_svg"]

Record = dict[str, Any]

WIDTH, MOST_HEIGHT = 700.0, 560.0
LEFT, TOP, BOTTOM = 64.0, 8.0, 44.0
LEAST_RADIUS, MOST_RADIUS = 3.5, 13.0
MOST_DOTS = 2000
NAMED_DOTS = 10
LEAST_LINE = 4.0
"""Pixels of a unit from which on its border is drawn."""
LETTER = 11.0

UNIT_COLOURS = {"done": "#dfe6ec", "with gaps": "#e8a33d", "failed": "#b2182b", "not planned": "#ffffff"}


def overview_svg(result: BatchResult, say: Words) -> str:
    """Draw the overview; every text is escaped by the tree that it is put into."""
    west, north, dx, dy, rows, cols = result.plan.grid
    east, south = west + cols * dx, north - rows * dy
    scale = min((WIDTH - LEFT - 8.0) / (east - west), MOST_HEIGHT / (north - south))
    width, height = (east - west) * scale, (north - south) * scale
    svg = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {_number(LEFT + width + 8.0)} {_number(TOP + height + BOTTOM)}",
            "role": "img",
            "class": "overview",
            "style": f"max-width:{_number(LEFT + width + 8.0)}px",
        },
    )
    ET.SubElement(svg, "title").text = say("overview")
    _hatch(svg)
    frame = {"x": _number(LEFT), "y": _number(TOP), "width": _number(width), "height": _number(height)}
    ET.SubElement(svg, "rect", {**frame, "fill": "url(#unplanned)", "stroke": "#5b6470"})
    _units(result, svg, scale)
    _dots(result, svg, scale, say)
    _ruler(svg, (west, south, east, north), (width, height))
    return ET.tostring(svg, encoding="unicode", method="html")


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _hatch(svg: ET.Element) -> None:
    pattern = ET.SubElement(
        ET.SubElement(svg, "defs"),
        "pattern",
        {"id": "unplanned", "width": "6", "height": "6", "patternUnits": "userSpaceOnUse"},
    )
    ET.SubElement(pattern, "rect", {"width": "6", "height": "6", "fill": UNIT_COLOURS["not planned"]})
    ET.SubElement(pattern, "path", {"d": "M0 6L6 0", "stroke": "#c9ccd1", "stroke-width": "0.7"})


def _units(result: BatchResult, svg: ET.Element, scale: float) -> None:
    """Units; those beside each other with the same status are one shape where their borders would not be seen."""
    _, _, dx, dy, _, _ = result.plan.grid
    across, down = dx * scale, dy * scale
    units = result.units
    if units.empty:
        return
    lines = min(units["cols"].max() * across, units["rows"].max() * down) >= LEAST_LINE
    for status, group in units.groupby("status", sort=True):
        boxes = list(group[["row", "col", "rows", "cols"]].itertuples(index=False, name=None))
        path = "".join(
            f"M{_number(LEFT + col * across)} {_number(TOP + row * down)}"
            f"h{_number(cols * across)}v{_number(rows * down)}h{_number(-cols * across)}z"
            for row, col, rows, cols in (boxes if lines else _joined(boxes))
        )
        style = {"stroke": "#ffffff", "stroke-width": "0.8"} if lines else {}
        ET.SubElement(svg, "path", {"d": path, "fill": UNIT_COLOURS[str(status)], "class": "unit", **style})


def _joined(boxes: list[tuple[int, int, int, int]]) -> Iterator[tuple[int, int, int, int]]:
    """Boxes of one row that touch each other as one.

    Examples
    --------
    >>> list(_joined([(0, 0, 4, 4), (0, 4, 4, 4), (0, 12, 4, 4), (4, 16, 4, 4)]))
    [(0, 0, 4, 8), (0, 12, 4, 4), (4, 16, 4, 4)]
    """
    last: tuple[int, int, int, int] | None = None
    for row, col, rows, cols in sorted(boxes):
        if last is not None and (row, rows) == (last[0], last[2]) and col == last[1] + last[3]:
            last = (row, last[1], rows, last[3] + cols)
            continue
        if last is not None:
            yield last
        last = (row, col, rows, cols)
    if last is not None:
        yield last


def _dots(result: BatchResult, svg: ET.Element, scale: float, say: Words) -> None:
    """Patches outside the rights; the area of a dot is as its volume there, the largest have their names."""
    west, north = result.plan.grid[:2]
    found = patches_outside(result.assessment._data)[:MOST_DOTS]
    largest = max((outside_m3(patch) for patch in found), default=1.0)
    places = []
    # The smaller ones on top.
    for patch in found:
        x, y = LEFT + (patch["x"] - west) * scale, TOP + (north - patch["y"]) * scale
        volume_m3 = outside_m3(patch)
        radius = max(MOST_RADIUS * math.sqrt(volume_m3 / largest), LEAST_RADIUS)
        colour = ATTRIBUTIONS[patch["attribution"]].colour
        dot = ET.SubElement(
            svg,
            "circle",
            {
                "cx": _number(x),
                "cy": _number(y),
                "r": _number(radius),
                "fill": colour,
                "fill-opacity": "0.8",
                "stroke": "#ffffff",
                "stroke-width": "0.7",
            },
        )
        ET.SubElement(dot, "title").text = say("dot", patch=patch["id"], volume=shown(volume_m3, 0))
        places.append((x, y, radius, patch["id"]))
    taken: list[tuple[float, float]] = []
    for x, y, radius, name in places[:NAMED_DOTS]:
        at = (x + radius + 2.0, y + LETTER / 3.0)
        if all(abs(at[0] - other[0]) > 4.5 * LETTER or abs(at[1] - other[1]) > LETTER for other in taken):
            taken.append(at)
            ET.SubElement(svg, "text", {"x": _number(at[0]), "y": _number(at[1]), "class": "name"}).text = name


def _ruler(svg: ET.Element, bounds: tuple[float, float, float, float], size: tuple[float, float]) -> None:
    """Coordinates of the corners, and a bar of a round length."""
    west, south, east, north = bounds
    width, height = size
    below = TOP + height + 14.0
    labels = (
        (LEFT, below, "start", west),
        (LEFT + width, below, "end", east),
        (LEFT - 4.0, TOP + LETTER, "end", north),
        (LEFT - 4.0, TOP + height, "end", south),
    )
    for x, y, anchor, value in labels:
        label = ET.SubElement(svg, "text", {"x": _number(x), "y": _number(y), "text-anchor": anchor})
        label.text = shown(value, 0, apart=False)
    length_m = _round_length((east - west) / 4.0)
    length = length_m * width / (east - west)
    bar = {"x": _number(LEFT), "y": _number(below + 10.0), "width": _number(length), "height": "4", "fill": "#16191d"}
    ET.SubElement(svg, "rect", bar)
    told = f"{length_m / 1000.0:g} km" if length_m >= 1000.0 else f"{length_m:g} m"  # noqa: PLR2004
    beside = {"x": _number(LEFT + length + 5.0), "y": _number(below + 16.0)}
    ET.SubElement(svg, "text", beside).text = told


def _round_length(most_m: float) -> float:
    """Largest of 1, 2, 5, 10, 20 … that is no more.

    Examples
    --------
    >>> _round_length(640.0), _round_length(23.0)
    (500.0, 20.0)
    """
    power = 10.0 ** math.floor(math.log10(most_m))
    return max(factor * power for factor in (1.0, 2.0, 5.0) if factor * power <= most_m)
