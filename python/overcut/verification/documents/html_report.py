"""Reports as HTML."""

from __future__ import annotations

import base64
import binascii
import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from overcut.report.writers.html import MANIFEST_ID
from overcut.verification.documents.outcome import Outcome
from overcut.verification.documents.reports import Page, compare_page, expected_content

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["compare"]

Record = dict[str, Any]


def compare(path: Path, record: Record) -> Outcome:
    """Compare a report."""
    outcome = Outcome()
    reader = _Reader()
    try:
        reader.feed(path.read_text(encoding="utf-8"))
        reader.close()
        page = reader.page()
    except (OSError, ValueError) as error:
        outcome.differs(path, path.name, "", "file", f"cannot be read: {error}", "a report", kind="document")
        return outcome
    content = expected_content(page.manifest, record, outcome, path)
    if content is not None:
        compare_page(page, content, outcome, path)
        for at, number in enumerate(content.numbers):
            if at < len(reader.sources):
                outcome.equal(path, "text", str(number.source), "source", reader.sources[at], str(number.source))
    return outcome


class _Reader(HTMLParser):
    """Takes up tables, figures in running text, pictures and the manifest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found = Page({})
        self._manifest = ""
        self._in_manifest = False
        self._table: str | None = None
        self._text: list[str] | None = None
        self._figure: str | None = None
        self.sources: list[str] = []

    def page(self) -> Page:
        """Give what was found."""
        manifest = json.loads(self._manifest)
        if not isinstance(manifest, dict):
            raise ValueError("its manifest is no object")
        self._found.manifest = manifest
        return self._found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin something."""
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and given.get("id") == MANIFEST_ID:
            self._in_manifest = True
        elif tag == "table":
            self._table = given.get("data-table")
            if self._table is not None:
                self._found.tables[self._table] = []
                self._found.digests[self._table] = given.get("data-sha256", "")
        elif tag == "tr" and self._table is not None:
            self._found.tables[self._table].append([])
        elif tag in ("td", "th") and self._table is not None:
            self._text = []
        elif tag == "data":
            self._text = []
            self.sources.append(given.get("data-source", ""))
        elif tag == "figure":
            self._figure = given.get("data-figure")
        elif tag == "img" and self._figure is not None:
            self._found.pictures[self._figure] = _picture(given.get("src", ""))

    def handle_endtag(self, tag: str) -> None:
        """End something."""
        if tag == "script":
            self._in_manifest = False
        elif tag == "table":
            self._table = None
        elif tag in ("td", "th") and self._table is not None and self._text is not None:
            self._found.tables[self._table][-1].append("".join(self._text))
            self._text = None
        elif tag == "data" and self._text is not None:
            self._found.numbers[len(self.sources) - 1] = "".join(self._text)
            self._text = None
        elif tag == "figure":
            self._figure = None

    def handle_data(self, data: str) -> None:
        """Take up text."""
        if self._in_manifest:
            self._manifest += data
        elif self._text is not None:
            self._text.append(data)


def _picture(source: str) -> bytes:
    try:
        return base64.b64decode(source.partition(",")[2], validate=True)
    except binascii.Error:
        return b""
