"""What the forms of a report have in common: tables and figures in running text, against the content made anew."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from overcut.exceptions import ParameterError
from overcut.report.assembling import content_of
from overcut.report.content import Content, Table, even, shown_digest

if TYPE_CHECKING:
    from pathlib import Path

    from overcut.verification.documents.outcome import Outcome

__all__ = ["Page", "compare_page", "expected_content"]

Record = dict[str, Any]


@dataclass
class Page:
    """What was found in a report.

    Attributes
    ----------
    manifest : dict
        What it carries along.
    tables : dict
        Key → heads and rows of cells, as they are shown.
    digests : dict
        Key of a table → digest that stands with it.
    numbers : dict
        Position of a figure in running text → what is shown.
    pictures : dict
        Key of a numbered figure → its bytes.
    """

    manifest: Record
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)


def expected_content(manifest: Record, record: Record, outcome: Outcome, document: Path) -> Content | None:
    """Content that a report must have; None if it does not say which."""
    outcome.equal(document, "report", "", "assessment", manifest.get("assessment"), record["digest"])
    try:
        return content_of(record, lang=str(manifest.get("lang")))
    except ParameterError as error:
        outcome.differs(document, "report", "", "lang", manifest.get("lang"), str(error), kind="document")
        return None


def compare_page(page: Page, content: Content, outcome: Outcome, document: Path) -> None:
    """Compare tables, figures in running text and pictures."""
    stated: dict[str, Any] = page.manifest.get("tables", {})
    for table in content.tables:
        if table.derived:
            _table(page, table, stated, outcome, document)
    known = {table.key for table in content.tables if table.derived}
    beside = [key for key in dict.fromkeys([*page.tables, *stated]) if key not in known]
    for key in beside:
        _beside(page, key, stated, outcome, document)
    if beside:
        outcome.notes.append(
            f"{document}: tables that are no part of the record were compared with their own digests only: "
            f"{', '.join(beside)}"
        )
    _numbers(page, content, outcome, document)
    for key, picture in page.manifest.get("figures", {}).items():
        data = page.pictures.get(key)
        found = "missing" if data is None else hashlib.sha256(data).hexdigest()
        outcome.equal(document, "figures", key, "SHA-256 of the picture", found, picture["sha256"])
    for key in page.pictures:
        if key not in page.manifest.get("figures", {}):
            outcome.differs(document, "figures", key, "picture", "present", "no such figure", kind="document")


def _table(page: Page, table: Table, stated: dict[str, Any], outcome: Outcome, document: Path) -> None:
    lines = page.tables.get(table.key)
    if lines is None:
        outcome.differs(document, table.key, "", "table", "missing", table.caption, kind="document")
        return
    of_manifest = stated.get(table.key, {}).get("sha256")
    outcome.equal(document, table.key, "", "digest in the manifest", of_manifest, table.sha256)
    if table.key in page.digests:
        outcome.equal(document, table.key, "", "digest", page.digests[table.key], table.sha256)
    heads, *rows = lines or [[]]
    outcome.equal(
        document, table.key, "", "heads", [even(each) for each in heads], [even(c.title) for c in table.columns]
    )
    outcome.equal(document, table.key, "", "number of rows", len(rows), len(table.rows))
    for line, row in zip(rows, table.rows, strict=False):
        outcome.equal(document, table.key, row.key, "number of cells", len(line), len(row.cells))
        for column, shown, cell in zip(table.columns, line, row.cells, strict=False):
            outcome.equal(document, table.key, row.key, column.key, even(shown), even(cell.text))


def _beside(page: Page, key: str, stated: dict[str, Any], outcome: Outcome, document: Path) -> None:
    """Table that cannot be made from the record: its cells must have the digest that stands with them."""
    found = stated.get(key)
    if found is None:
        outcome.differs(document, key, "", "table", "present", "no such table", kind="document")
        return
    lines = page.tables.get(key)
    if lines is None:
        outcome.differs(document, key, "", "table", "missing", "present", kind="document")
        return
    outcome.equal(document, key, "", "digest of the cells", shown_digest(lines), found.get("shown_sha256"))


def _numbers(page: Page, content: Content, outcome: Outcome, document: Path) -> None:
    stated = page.manifest.get("numbers", [])
    outcome.equal(document, "text", "", "number of figures", len(stated), len(content.numbers))
    for at, number in enumerate(content.numbers):
        place = number.source
        shown = page.numbers.get(at)
        if shown is None:
            outcome.notes.append(f"{document}: the figure {number.text} ({place}) is no longer in the text")
            continue
        outcome.equal(document, place.table, place.row, place.column, even(shown), even(number.text))
        if at < len(stated):
            both = (stated[at].get("text"), stated[at].get("source"))
            outcome.equal(document, "manifest", str(place), "figure", both, (number.text, str(place)))
