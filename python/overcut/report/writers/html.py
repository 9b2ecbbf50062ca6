"""HTML in one file: no script, no address of anything outside; figures carry their source as `data-` attributes."""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from xml.etree import ElementTree as ET

from overcut.report.content import (
    Block,
    Content,
    Fields,
    Heading,
    Items,
    Number,
    Paragraph,
    Picture,
    Run,
    Table,
    short,
)
from overcut.report.outline import numbered_chapters

__all__ = ["MANIFEST_ID", "to_html"]

MANIFEST_ID = "overcut-manifest"

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""The page may load nothing and run nothing."""


def to_html(content: Content) -> bytes:
    """Write content as a page. Text is escaped by the tree that it is put into, never by hand."""
    language = "zh-CN" if content.lang == "zh" else "en"
    page = ET.Element("html", lang=language)
    head = ET.SubElement(page, "head")
    ET.SubElement(head, "meta", charset="utf-8")
    ET.SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": POLICY})
    ET.SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    ET.SubElement(head, "title").text = content.title
    ET.SubElement(head, "style").text = files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    body = ET.SubElement(page, "body")
    _cover(content, ET.SubElement(body, "header"))
    main = ET.SubElement(body, "main")
    _contents(content, ET.SubElement(main, "nav"))
    for at, (label, chapter) in enumerate(numbered_chapters(content)):
        section = ET.SubElement(main, "section", id=chapter.key)
        ET.SubElement(section, "h2").text = label
        writer = _Blocks(content, section, "" if chapter.appendix else f"{at + 1}.")
        for block in chapter.blocks:
            writer.add(block)
    ET.SubElement(body, "footer").text = content.header
    manifest = ET.SubElement(body, "script", type="application/json", id=MANIFEST_ID)
    # Inside of a script nothing is escaped: no "<" may be in it.
    manifest.text = json.dumps(content.manifest(), ensure_ascii=False).replace("<", "\\u003c")
    text = ET.tostring(page, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{text}\n".encode()


def _cover(content: Content, header: ET.Element) -> None:
    ET.SubElement(header, "h1").text = content.title
    ET.SubElement(header, "p", {"class": "subtitle"}).text = content.subtitle
    _fields(content, header, content.cover)


def _contents(content: Content, nav: ET.Element) -> None:
    ET.SubElement(nav, "h2").text = content.labels["contents"]
    entries = ET.SubElement(nav, "ol")
    for label, chapter in numbered_chapters(content):
        link = ET.SubElement(ET.SubElement(entries, "li"), "a", href=f"#{chapter.key}")
        link.text = label


class _Blocks:
    """Adds blocks to a section."""

    def __init__(self, content: Content, section: ET.Element, prefix: str) -> None:
        self._content, self._section, self._prefix = content, section, prefix
        self._headings = 0

    def add(self, block: Block) -> None:
        if isinstance(block, Heading):
            self._headings += 1
            number = f"{self._prefix}{self._headings} " if self._prefix else ""
            ET.SubElement(self._section, f"h{block.level + 1}").text = f"{number}{block.text}"
        elif isinstance(block, Paragraph):
            _runs(ET.SubElement(self._section, "p", {"class": block.kind}), block.runs)
        elif isinstance(block, Items):
            entries = ET.SubElement(self._section, "ol" if block.ordered else "ul")
            for entry in block.entries:
                _runs(ET.SubElement(entries, "li"), entry)
        elif isinstance(block, Fields):
            _fields(self._content, self._section, block)
        elif isinstance(block, Table):
            _table(self._content, self._section, block)
        else:
            _picture(self._content, self._section, block)


def _runs(element: ET.Element, runs: tuple[Run, ...]) -> None:
    last: ET.Element | None = None
    for run in runs:
        if isinstance(run, Number):
            last = ET.SubElement(element, "data", {"class": "figure", "data-source": str(run.source)})
            last.text = run.text
        elif last is None:
            element.text = (element.text or "") + run
        else:
            last.tail = (last.tail or "") + run


def _fields(content: Content, section: ET.Element, block: Fields) -> None:
    table = ET.SubElement(section, "table", {"class": f"fields {block.kind}"})
    for field in block.entries:
        row = ET.SubElement(table, "tr")
        ET.SubElement(row, "th", scope="row").text = field.label
        cell = ET.SubElement(row, "td", {"data-field": field.key})
        cell.text = field.value if field.value is not None else ""
        if block.kind == "signatures":
            ET.SubElement(row, "td", {"class": "sign"}).text = content.labels["signature"]
            ET.SubElement(row, "td", {"class": "sign"}).text = content.labels["day"]


def _table(content: Content, section: ET.Element, block: Table) -> None:
    attributes = {"class": "data", "data-table": block.key, "data-sha256": block.sha256}
    figure = ET.SubElement(section, "div", {"class": "wide"})
    table = ET.SubElement(figure, "table", attributes)
    ET.SubElement(table, "caption").text = f"{content.labels['table_label']} {block.number}  {block.caption}"
    head = ET.SubElement(ET.SubElement(table, "thead"), "tr")
    for column in block.columns:
        ET.SubElement(
            head, "th", {"scope": "col", "class": "figures" if column.figures else "words"}
        ).text = column.title
    body = ET.SubElement(table, "tbody")
    for row in block.rows:
        line = ET.SubElement(body, "tr", {"data-row": row.key, **({"class": "total"} if row.total else {})})
        for column, cell in zip(block.columns, row.cells, strict=True):
            kind = "figures" if column.figures else "words"
            ET.SubElement(line, "td", {"class": kind, "data-column": column.key}).text = cell.text
    note = content.labels["digest_label"].format(digest=short(block.sha256))
    ET.SubElement(figure, "p", {"class": "note"}).text = f"{block.note} {note}".strip()


def _picture(content: Content, section: ET.Element, block: Picture) -> None:
    figure = ET.SubElement(section, "figure", {"data-figure": block.key, "data-sha256": block.sha256})
    source = f"data:image/png;base64,{base64.b64encode(block.png).decode()}"
    ET.SubElement(figure, "img", src=source, alt=block.alt)
    caption = f"{content.labels['figure_label']} {block.number}  {block.caption}"
    ET.SubElement(figure, "figcaption").text = caption
