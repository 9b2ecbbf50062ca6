"""Lines along which the page shows profiles: the caller's, else one along each of the largest patches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.exceptions import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["long_axis", "sections_of"]

Record = dict[str, Any]
Line = list[list[float]]

MOST_PATCHES = 8
BEYOND = 0.15
"""A line goes beyond its patch by this share of its length, so that undisturbed ground is seen."""


def sections_of(record: Record, given: Iterable[Any] | None, word: str) -> list[dict[str, Any]]:
    """Sections with their names.

    Parameters
    ----------
    record : dict
        The assessment.
    given : iterable of shapely.LineString or sequences of (x, y), optional
        In the CRS of the grid.
    word : str
        What a section is called; its number follows.
    """
    if given is not None:
        return [{"name": f"{word} {at}", "line": _line(each, at)} for at, each in enumerate(given, start=1)]
    cuts = [patch for patch in record["patches"] if patch["change"] == "cut"]
    cuts.sort(key=lambda patch: (-patch["interval"], -patch["volume_m3"], patch["id"]))
    return [
        {"name": f"{word} {patch['id']}", "line": long_axis(patch["outline"], beyond=BEYOND)}
        for patch in cuts[:MOST_PATCHES]
    ]


def long_axis(outline: Any, *, beyond: float = 0.0) -> Line:
    """Middle line of the narrowest rectangle around an outline.

    Examples
    --------
    >>> from shapely.geometry import box, mapping
    >>> sorted(long_axis(mapping(box(0.0, 0.0, 40.0, 10.0)), beyond=0.25))
    [[-10.0, 5.0], [50.0, 5.0]]
    """
    from shapely.geometry import shape

    around = shape(outline).minimum_rotated_rectangle
    a, b, c, d = list(around.exterior.coords)[:4]
    first, second = (_middle(a, b), _middle(c, d)), (_middle(b, c), _middle(d, a))
    (x0, y0), (x1, y1) = max(
        first, second, key=lambda ends: (ends[0][0] - ends[1][0]) ** 2 + (ends[0][1] - ends[1][1]) ** 2
    )
    dx, dy = beyond * (x1 - x0), beyond * (y1 - y0)
    return [[x0 - dx, y0 - dy], [x1 + dx, y1 + dy]]


def _middle(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, float]:
    return (a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0


def _line(given: Any, number: int) -> Line:
    points = getattr(given, "coords", given)
    try:
        line = [[float(x), float(y)] for x, y, *_ in points]
    except (TypeError, ValueError) as error:
        raise ParameterError(f"section {number} is {given!r}; expected a LineString or at least two (x, y)") from error
    if len(line) < 2:  # noqa: PLR2004
        raise ParameterError(f"section {number} has {len(line)} point(s); a line has at least two")
    return line
