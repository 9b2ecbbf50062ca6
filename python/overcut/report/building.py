"""What every chapter is built with: the record, the language, words, and figures with their source."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from overcut.messages import Language, text
from overcut.report.content import Cell, Number, Paragraph, Run, Source
from overcut.report.rounding import NOTHING, place_of, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Building", "Measured", "coordinate", "figures", "flat", "measured", "percent", "volume_cells", "words"]

Record = dict[str, Any]

# Places of figures that have no error of their own.
PLACES = {"m3": 0, "m2": 0, "m": 2, "km2": -4, "xy": -2, "deg": 0, "t": 0, "yuan": 0}
ERROR_PLACE = -3


@dataclass(frozen=True)
class Measured:
    """A figure with its error, as it is shown."""

    value: str
    sigma: str
    low: str
    high: str
    place: int


def measured(
    value: float | None,
    sigma: float | None = None,
    low: float | None = None,
    high: float | None = None,
    *,
    place: int = 0,
) -> Measured:
    """Show a figure and its interval by the rule of `overcut.report.rounding`; `place` is for one without an error.

    Examples
    --------
    >>> measured(30019.93, 148.2, 29729.5, 30310.4)
    Measured(value='30,020', sigma='150', low='29,720', high='30,320', place=1)
    >>> measured(217.43)
    Measured(value='217', sigma='–', low='–', high='–', place=0)
    """
    found = place_of(sigma)
    at = place if found is None else found
    if found is None:
        return Measured(shown(value, at), NOTHING, NOTHING, NOTHING, at)
    return Measured(shown(value, at), shown(sigma, at), shown(low, at, "down"), shown(high, at, "up"), at)


@dataclass
class Building:
    """A report in the making."""

    record: Record
    lang: Language
    fields: dict[str, str] = field(default_factory=dict)
    supplements: dict[str, Any] = field(default_factory=dict)

    def say(self, key: str, /, **values: Any) -> str:
        """Text of a key of the report's catalogue."""
        return text(key if "." in key else f"report.{key}", self.lang, **values)

    def line(self, key: str, /, **values: Run | int) -> tuple[Run, ...]:
        """Text of a key in which figures keep their source."""
        runs: list[Run] = []
        for literal, name, _, _ in string.Formatter().parse(self.say(key, **{n: f"{{{n}}}" for n in values})):
            if literal:
                runs.append(literal)
            if name is not None:
                value = values[name]
                runs.append(value if isinstance(value, Number) else str(value))
        return tuple(runs)

    def paragraph(self, key: str, /, **values: Run | int) -> Paragraph:
        """Paragraph of a key."""
        return Paragraph(self.line(key, **values))

    def note(self, key: str, /, **values: Run | int) -> Paragraph:
        """Small paragraph of a key."""
        return Paragraph(self.line(key, **values), kind="note")

    def formula(self, key: str, /, **values: Run | int) -> Paragraph:
        """Make the formula of a key, on a line of its own."""
        return Paragraph(self.line(key, **values), kind="formula")

    def number(self, shown_text: str, table: str, row: str, column: str) -> Number:
        """Figure with its source."""
        return Number(shown_text, Source(table, row, column))

    def class_name(self, word: str) -> str:
        """Name of a class in the language of the report."""
        return text(f"classes.{word}", self.lang)

    def licences(self, ids: list[str]) -> str:
        """Licences in a sentence."""
        return self.joined(ids) if ids else self.say("outside_all")

    def licence_cell(self, ids: list[str]) -> Cell:
        """Licences in a cell, one below the other."""
        return Cell("\n".join(ids) if ids else self.say("outside_all"), "+".join(ids))

    def days(self, interval: int) -> str:
        """Name the two days of an interval."""
        found = self.record["intervals"][interval]
        return self.say("days", first=found["from"], last=found["to"])

    def days_number(self, interval: int) -> Number:
        """Name the two days of an interval in a sentence."""
        return self.number(self.days(interval), "intervals", str(interval), "from+to")

    def joined(self, words: list[str]) -> str:
        """Words in a row."""
        return ("、" if self.lang == "zh" else ", ").join(words)

    @property
    def intervals(self) -> range:
        """Positions of the intervals."""
        return range(len(self.record["intervals"]))


def percent(share: float) -> str:
    """Share as per cent, with the digits that it was stated with.

    Examples
    --------
    >>> percent(0.95), percent(0.9973)
    ('95', '99.73')
    """
    return f"{share * 100:.10g}"


def words(value: str | None) -> Cell:
    """Cell of words."""
    return Cell(NOTHING, "") if value is None or value == "" else Cell(str(value), str(value))


def figures(value: float | None, place: int, direction: Any = "nearest", *, apart: bool = True) -> Cell:
    """Cell of a figure to a place."""
    return Cell(shown(value, place, direction, apart=apart), None if value is None else float(value))


def coordinate(value: float | None, place: int = PLACES["xy"]) -> Cell:
    """Cell of a coordinate or an elevation."""
    return figures(value, place, apart=False)


def volume_cells(value: float | None, error: Record | None) -> tuple[Cell, Cell, Cell, Cell]:
    """Cells of a volume, its standard error and its interval."""
    error = error or {}
    sigma, low, high = (error.get(name) for name in ("sigma_m3", "low_m3", "high_m3"))
    text_of = measured(value, sigma, low, high)
    return (
        Cell(text_of.value, value),
        Cell(text_of.sigma, sigma),
        Cell(text_of.low, low),
        Cell(text_of.high, high),
    )


def flat(value: Record, above: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves of nested options, with the way to each.

    Examples
    --------
    >>> list(flat({"a": 1, "b": {"c": 2}}))
    [('a', 1), ('b.c', 2)]
    """
    for name, each in value.items():
        if isinstance(each, dict):
            yield from flat(each, f"{above}{name}.")
        else:
            yield f"{above}{name}", each
