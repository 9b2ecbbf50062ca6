"""Reports as DOCX, also after somebody has filled them in: tables and marked figures are compared, words are not."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from overcut.report.writers.docx import MANIFEST_NAMESPACE, NUMBER_BOOKMARK, TABLE_MARK
from overcut.verification.documents.outcome import Outcome
from overcut.verification.documents.reports import Page, compare_page, expected_content

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["compare"]

Record = dict[str, Any]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_DOCUMENT = "word/document.xml"


def compare(path: Path, record: Record) -> Outcome:
    """Compare a report."""
    outcome = Outcome()
    try:
        page = _read(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, ET.ParseError) as error:
        outcome.differs(path, path.name, "", "file", f"cannot be read: {error}", "a report", kind="document")
        return outcome
    content = expected_content(page.manifest, record, outcome, path)
    if content is not None:
        compare_page(page, content, outcome, path)
    return outcome


def _read(path: Path) -> Page:
    with zipfile.ZipFile(path) as archive:
        page = Page(_manifest(archive))
        document = ET.fromstring(archive.read(_DOCUMENT))
        targets = _relationships(archive)
        for drawing in document.iter(f"{_WP}inline"):
            _picture(page, drawing, archive, targets)
    for table in document.iter(f"{_W}tbl"):
        _table(page, table)
    for paragraph in document.iter(f"{_W}p"):
        _numbers(page, paragraph)
    return page


def _manifest(archive: zipfile.ZipFile) -> Record:
    for name in archive.namelist():
        if not re.fullmatch(r"customXml/item\d+\.xml", name):
            continue
        root = ET.fromstring(archive.read(name))
        if root.tag == f"{{{MANIFEST_NAMESPACE}}}report":
            found = json.loads(root.text or "")
            if isinstance(found, dict):
                return found
    raise ValueError("it carries no manifest of a report")


def _relationships(archive: zipfile.ZipFile) -> dict[str, str]:
    root = ET.fromstring(archive.read("word/_rels/document.xml.rels"))
    return {each.get("Id", ""): each.get("Target", "") for each in root}


def _table(page: Page, table: ET.Element) -> None:
    properties = table.find(f"{_W}tblPr")
    caption = None if properties is None else properties.find(f"{_W}tblCaption")
    title = "" if caption is None else caption.get(f"{_W}val", "")
    if properties is None or not title.startswith(TABLE_MARK):
        return
    key = title.removeprefix(TABLE_MARK)
    rows = [[_text(cell) for cell in row.iter(f"{_W}tc")] for row in table.iter(f"{_W}tr")]
    page.tables[key] = rows
    description = properties.find(f"{_W}tblDescription")
    if description is not None:
        page.digests[key] = description.get(f"{_W}val", "").removeprefix("SHA-256 ")


def _text(element: ET.Element) -> str:
    parts = []
    for each in element.iter():
        if each.tag == f"{_W}t":
            parts.append(each.text or "")
        elif each.tag in (f"{_W}br", f"{_W}cr", f"{_W}tab"):
            parts.append("\n")
    return "".join(parts)


def _numbers(page: Page, paragraph: ET.Element) -> None:
    """Text between the ends of each bookmark of a figure."""
    open_marks: dict[str, int] = {}
    for each in paragraph.iter():
        if each.tag == f"{_W}bookmarkStart":
            name = each.get(f"{_W}name", "")
            if re.fullmatch(rf"{NUMBER_BOOKMARK}\d+", name):
                at = int(name.removeprefix(NUMBER_BOOKMARK))
                open_marks[each.get(f"{_W}id", "")] = at
                page.numbers[at] = ""
        elif each.tag == f"{_W}bookmarkEnd":
            open_marks.pop(each.get(f"{_W}id", ""), None)
        elif each.tag == f"{_W}t":
            for at in open_marks.values():
                page.numbers[at] += each.text or ""


def _picture(page: Page, drawing: ET.Element, archive: zipfile.ZipFile, targets: dict[str, str]) -> None:
    properties = drawing.find(f"{_WP}docPr")
    title = "" if properties is None else properties.get("title", "")
    blip = next(drawing.iter(f"{_A}blip"), None)
    if blip is None or not title.startswith(TABLE_MARK):
        return
    target = targets.get(blip.get(f"{_R}embed", ""), "")
    name = target.lstrip("/") if target.startswith("/") else f"word/{target}"
    if name in archive.namelist():
        page.pictures[title.removeprefix(TABLE_MARK)] = archive.read(name)
