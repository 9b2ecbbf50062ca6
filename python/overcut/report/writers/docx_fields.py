"""Fields and bookmarks of Word: table of contents, numbers of captions and pages, places of figures."""

from __future__ import annotations

from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

__all__ = ["Bookmarks", "add_contents", "add_field"]


def add_field(paragraph: Any, instruction: str, shown: str, *, dirty: bool = False) -> None:
    """Add a field with the text that it shows until it is updated."""
    begin = _mark(paragraph, "begin")
    if dirty:
        begin.set(qn("w:dirty"), "true")
    _instruction(paragraph, instruction)
    _mark(paragraph, "separate")
    paragraph.add_run(shown)
    _mark(paragraph, "end")


def add_contents(document: Any, entries: list[tuple[int, str, str]]) -> None:
    """Add a table of contents: a field that Word and LibreOffice fill, filled already with its entries.

    Parameters
    ----------
    document : docx.document.Document
    entries : list of (level, text, bookmark)
    """
    paragraph = None
    for at, (level, text, bookmark) in enumerate(entries):
        paragraph = document.add_paragraph(style=f"toc {level}")
        if at == 0:
            # Word fills in the pages when it opens the document: which they are depends on its fonts.
            _mark(paragraph, "begin").set(qn("w:dirty"), "true")
            _instruction(paragraph, 'TOC \\o "1-2" \\h \\z \\u')
            _mark(paragraph, "separate")
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), bookmark)
        link.set(qn("w:history"), "1")
        run = paragraph.add_run(text)
        paragraph._p.remove(run._r)
        link.append(run._r)
        paragraph._p.append(link)
        paragraph.add_run("\t")
        add_field(paragraph, f"PAGEREF {bookmark} \\h", "")
    if paragraph is not None:
        _mark(paragraph, "end")


class Bookmarks:
    """Bookmarks of a document: their names and numbers must not recur."""

    def __init__(self) -> None:
        self._count = 0

    def around(self, paragraph: Any, name: str, text: str) -> Any:
        """Add a run with a bookmark around it."""
        start, end = self._pair(name)
        paragraph._p.append(start)
        run = paragraph.add_run(text)
        paragraph._p.append(end)
        return run

    def _pair(self, name: str) -> tuple[Any, Any]:
        self._count += 1
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for mark in (start, end):
            # Numbers of a template's own bookmarks are lower.
            mark.set(qn("w:id"), str(100_000 + self._count))
        start.set(qn("w:name"), name)
        return start, end


def _mark(paragraph: Any, kind: str) -> Any:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(mark)
    return mark


def _instruction(paragraph: Any, instruction: str) -> None:
    element = OxmlElement("w:instrText")
    element.set(qn("xml:space"), "preserve")
    element.text = f" {instruction} "
    paragraph.add_run()._r.append(element)
