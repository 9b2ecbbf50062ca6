"""Findings: what was noticed in reading and checking, how bad it is, where, and how to mend it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from overcut.messages import Language, catalogue, language, text
from overcut.summary_text import RULE, printable, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pandas import DataFrame

__all__ = ["SEVERITIES", "Finding", "Findings", "Severity"]

Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")

# Severity, code, place and values, as the extension gives them.
Found: TypeAlias = tuple[str, str, "list[tuple[str, str]]", "list[tuple[str, str]]"]

_GAP = "  "
# Words with the signs that open before and close after them, single Chinese characters likewise, blanks.
_PIECES = re.compile(
    r"[（“‘]*[^\s\u2e80-\uffef“”]+[，。；：、）？！”]*|[（“‘]*[\u2e80-\uffef“”][，。；：、）？！”’]*|\s+"
)
_PLACE_COLUMNS = 34
_LEAST_COLUMNS = 30


@dataclass(frozen=True)
class Finding:
    """One thing that was noticed.

    Attributes
    ----------
    severity : {"info", "warning", "error"}
        ``info``: to be known, nothing is wrong. ``warning``: it departs from the rule and was read in the only way that
        makes sense; to be looked at. ``error``: an assessment would be refused, or would answer another question.
    code : str
        Which one; the lists are in ``docs/licences.md`` and ``docs/tiles.md``.
    place : mapping of str to str
        Where: any of ``sheet``, ``line``, ``column``, ``licence``, ``part``, ``ring``, ``corner``, counted from 1;
        ``path`` where many files were read.
    values : mapping of str to str
        What was found and what would mend it, by name.
    topic : str
        What was read: ``licences`` or ``tiles``.

    Examples
    --------
    >>> found = Finding("warning", "axes_exchanged", {"line": "3"}, {"first": "37498187.664", "second": "3941160.735",
    ...     "expected": "north_east", "found": "east_north"})
    >>> found.where("zh")
    '第 3 行'
    """

    severity: Severity
    code: str
    place: Mapping[str, str]
    values: Mapping[str, str]
    topic: str = "licences"

    @classmethod
    def of(cls, found: Found) -> Finding:
        """Wrap what the extension gives."""
        severity, code, place, values = found
        return cls(cast("Severity", severity), code, MappingProxyType(dict(place)), MappingProxyType(dict(values)))

    def text(self, lang: Language = "en") -> str:
        """Sentence: what was found, what was expected, how to mend it."""
        lang = language(lang)
        return text(f"{self.topic}.{self.code}", lang, **{name: self._worded(name, lang) for name in self.values})

    def _worded(self, name: str, lang: Language) -> str:
        """Value in the words of a language, where it is a word of ours and not something to be typed."""
        value = self.values[name]
        key = f"licences.word_{value}"
        spoken = name in ("unit", "fits") or self.code in ("axes_exchanged", "axes_as_stated")
        return text(key, lang) if spoken and key in catalogue(lang) else value

    def where(self, lang: Language = "en") -> str:
        """Place, in words."""
        lang = language(lang)
        named = [text(f"licences.place_{word}", lang, value=value) for word, value in self.place.items()]
        return text("licences.place_join", lang).join(named) if named else text("licences.place_file", lang)

    def __str__(self) -> str:
        return f"{self.where()}: {self.text()}" if self.place else self.text()


class Findings(tuple[Finding, ...]):
    """All findings, in the order of the file; a tuple with a table.

    Examples
    --------
    >>> import overcut as oc
    >>> square = [(500000, 3940000), (500000, 3940020), (500020, 3940020), (500020, 3940000)]
    >>> licences = oc.read_licences([oc.Licence("C14", square, floor_m=1150, ceiling_m=1230)], crs="EPSG:4546")
    >>> [found.code for found in licences.check()]
    ['vertical_datum_missing', 'number_form', 'validity_open', 'area_computed']
    >>> licences.check().worst
    'warning'
    """

    __slots__ = ()

    @classmethod
    def of(cls, found: Iterable[Found]) -> Findings:
        """Wrap what the extension gives."""
        return cls(Finding.of(each) for each in found)

    @property
    def worst(self) -> Severity | None:
        """Worst severity; None where nothing was found."""
        return max((each.severity for each in self), key=SEVERITIES.index, default=None)

    def to_dataframe(self, lang: Language = "en") -> DataFrame:
        """Table with a row per finding.

        Returns
        -------
        pandas.DataFrame
            Columns severity, code, the parts of the place (sheet, line, column, licence, part, ring, corner; path in
            place of them all where many files were read), text.
        """
        from pandas import DataFrame

        places: tuple[str, ...] = ("sheet", "line", "column", "licence", "part", "ring", "corner")
        if any("path" in each.place for each in self):
            places = ("path", "line")
        columns: dict[str, list[str | None]] = {
            "severity": [each.severity for each in self],
            "code": [each.code for each in self],
            **{place: [each.place.get(place) for each in self] for place in places},
            "text": [each.text(lang) for each in self],
        }
        table: DataFrame = DataFrame(columns)
        return table

    def to_text(self, lang: Language = "en", *, columns: int = 100) -> str:
        """Lay out for a terminal of so many columns, worst first."""
        lang = language(lang)
        if not self:
            return text("licences.table_nothing", lang)
        ordered = sorted(self, key=lambda each: -SEVERITIES.index(each.severity))
        cells = [
            (text(f"licences.severity_{each.severity}", lang), printable(each.where(lang)), printable(each.text(lang)))
            for each in ordered
        ]
        head = [text(f"licences.table_{word}", lang) for word in ("severity", "place", "text")]
        first, second = (max(width(row[column]) for row in [head, *cells]) for column in (0, 1))
        second = min(second, _PLACE_COLUMNS)
        indent = first + second + 2 * len(_GAP)
        lines = [_row(head[0], [head[1]], [head[2]], (first, second)), RULE * columns]
        for severity, where, sentence in cells:
            places, sentences = wrapped(where, second), wrapped(sentence, max(columns - indent, _LEAST_COLUMNS))
            lines.append(_row(severity, places, sentences, (first, second)))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>"
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in (each.severity, each.where(), each.text()))
            + "</tr>"
            for each in self
        )
        return (
            f"<table><thead><tr><th>severity</th><th>where</th><th>what</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def _row(severity: str, where: list[str], sentence: list[str], widths: tuple[int, int]) -> str:
    """Lay out a row of three columns, of which two are wrapped."""
    lines = []
    for number in range(max(len(where), len(sentence))):
        cells = [
            severity if number == 0 else "",
            *(each[number] if number < len(each) else "" for each in (where, sentence)),
        ]
        padded = [cell + " " * (room - width(cell)) for cell, room in zip(cells[:2], widths, strict=True)]
        lines.append(_GAP.join([*padded, cells[2]]).rstrip())
    return "\n".join(lines)


def wrapped(sentence: str, columns: int) -> list[str]:
    """Break a text into lines of so many columns: between words, and between Chinese characters, but not before a stop.

    Examples
    --------
    >>> wrapped("该圈在附近自相交，请核对拐点顺序", 18)
    ['该圈在附近自相交，', '请核对拐点顺序']
    """
    pieces = _PIECES.findall(sentence)
    lines = [""]
    for piece in pieces:
        if lines[-1] and width(lines[-1]) + width(piece.rstrip()) > columns:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += piece.lstrip() if not lines[-1] else piece
    return [line.rstrip() for line in lines]
