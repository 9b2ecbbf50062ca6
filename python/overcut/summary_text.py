"""A summary as plain text, for terminals and logs."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overcut.summary import Summary, Table

__all__ = ["printable", "table_text", "to_text", "width"]

RULE = "─"


def width(text: str) -> int:
    """Count the columns that a text takes in a terminal; Chinese characters take two.

    Examples
    --------
    >>> width("within 证内")
    11
    """
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    marks = sum(bool(unicodedata.combining(sign)) for sign in text)
    return len(text) + wide - marks


def table_text(table: Table, indent: str = "  ") -> str:
    """Lay out a table in columns."""
    lines = [table.head, *table.rows, *([table.total] if table.total else [])]
    widths = [max(width(line[column]) for line in lines) for column in range(len(table.head))]

    def line(cells: tuple[str, ...]) -> str:
        padded = []
        for column, cell in enumerate(cells):
            space = " " * (widths[column] - width(cell))
            padded.append(space + cell if column in table.numeric else cell + space)
        return (indent + "  ".join(padded)).rstrip()

    rule = indent + RULE * (sum(widths) + 2 * (len(widths) - 1))
    found = [line(table.head), rule, *(line(row) for row in table.rows)]
    if table.more:
        found.append(f"{indent}… and {table.more:,} more")
    if table.total:
        found += [rule, line(table.total)]
    return "\n".join(found)


def _facts(facts: list[tuple[str, str]], indent: str) -> list[str]:
    space = max(width(label) for label, _ in facts)
    return [f"{indent}{label}{' ' * (space - width(label))}  {text}" for label, text in facts]


def to_text(summary: Summary) -> str:
    """Lay out a summary as text."""
    lines = [summary.title, *_facts(summary.facts, "  ")]
    for interval in summary.intervals:
        lines += ["", interval.title, *_facts(interval.facts, "  "), "", table_text(interval.classes)]
        if interval.unlicensed is not None:
            lines += ["", "  excavated patches without a licence 无证", table_text(interval.unlicensed)]
        if interval.conflicts:
            lines += ["", "  conflicts", *(f"  - {each}" for each in interval.conflicts)]
    if summary.remarks:
        lines += ["", "Remarks", *(f"  - {each}" for each in summary.remarks)]
    if summary.assumptions:
        lines += ["", "Assumptions", *(f"  - {each}" for each in summary.assumptions)]
    lines += ["", f"digest {summary.digest}"]
    return "\n".join(printable(line) for line in "\n".join(lines).split("\n"))


def printable(line: str) -> str:
    """Replace control signs: names come from files, and a terminal would obey them."""
    return "".join(sign if sign.isprintable() or sign == " " else "\N{REPLACEMENT CHARACTER}" for sign in line)
