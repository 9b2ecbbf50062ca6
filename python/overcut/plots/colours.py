"""Colours, hatches and line styles: what belongs together looks the same in every plot and map.

Classes have the colours of Tol's scheme "muted", which was made to be told apart with any kind of colour vision, and
black and grey. Lawful ground is green and blue, doubtful ground yellow, unlawful ground red, purple and black. Each
class has a hatch of its own, for print without colour.

References
----------
Paul Tol (2021), Colour Schemes, SRON/EPS/TN/09-002, issue 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from overcut.classes import CLASSES

__all__ = ["ATTRIBUTIONS", "CUT", "FILL", "LICENCE", "STYLES", "VALIDITY", "LineStyle", "Style", "change_colours"]

Dashes = Literal["solid"] | tuple[float, tuple[float, ...]]
"""Line style: solid, or an offset and lengths of dashes and gaps."""


@dataclass(frozen=True)
class Style:
    """Look of a class.

    Attributes
    ----------
    colour, hatch, ink : str
        Fill, matplotlib's hatch on it, and the colour of the hatch.
    """

    colour: str
    hatch: str
    ink: str = "#333333"


@dataclass(frozen=True)
class LineStyle:
    """Look of an outline: colour, matplotlib's line style and width, and a hatch inside."""

    colour: str
    style: Dashes
    width: float
    hatch: str = ""


_WORDS = {
    "within": Style("#117733", "", "#ffffff"),
    "inside_boundary": Style("#44AA99", "..", "#ffffff"),
    "below_floor": Style("#882255", "\\\\\\\\", "#ffffff"),
    "above_ceiling": Style("#DDCC77", "///"),
    "between_bands": Style("#999933", "--"),
    "unauthorised_layer": Style("#AA4499", "++", "#ffffff"),
    "outside_validity": Style("#332288", "oo", "#ffffff"),
    "validity_undecided": Style("#88CCEE", "||"),
    "beyond_boundary": Style("#CC6677", "xxx"),
    "unlicensed": Style("#1A1A1A", "/", "#bbbbbb"),
    "unattributed": Style("#DDDDDD", "."),
}

STYLES: dict[str, Style] = {each.word: _WORDS[each.word] for each in CLASSES}
"""Look of each class, by its word."""

CUT, FILL = "#B2182B", "#2166AC"
"""Ground removed and ground added: the ends of the colours of change."""

LICENCE = "#000000"
VALIDITY: dict[str, Dashes] = {
    "in_force": "solid",
    "undecided": (0.0, (6, 2, 1, 2)),
    "expired": (0.0, (4, 3)),
    "not_yet_in_force": (0.0, (1, 2)),
}
"""Line style of a licence by whether it was in force."""

ATTRIBUTIONS: dict[str, LineStyle] = {
    "inside": LineStyle("#117733", "solid", 1.2),
    "beyond_boundary": LineStyle("#CC6677", "solid", 2.2),
    "conflict": LineStyle("#AA4499", (0.0, (5, 1.5)), 2.2),
    "unlicensed": LineStyle("#1A1A1A", (0.0, (3, 1.2)), 2.0),
    "fill": LineStyle(FILL, (0.0, (1, 1.2)), 1.4),
}
"""Look of the outline of a patch, by its attribution; patches of fill look the same whatever theirs."""

_CHANGE = ("#67001F", CUT, "#D6604D", "#F4A582", "#F7F7F7", "#92C5DE", "#4393C3", FILL, "#053061")


def change_colours() -> list[str]:
    """Colours of change of height from the deepest cut to the highest fill (ColorBrewer's RdBu, safe for print)."""
    return list(_CHANGE)
