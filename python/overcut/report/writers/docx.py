"""DOCX: the form that a unit edits, signs and stamps; in our own styles, or in those of the unit's template."""

from __future__ import annotations

import datetime
import io
import json
import os
from typing import Any
from xml.sax.saxutils import escape

from overcut.exceptions import FileReadError, ParameterError
from overcut.report.archives import without_times
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

__all__ = ["MANIFEST_NAMESPACE", "NUMBER_BOOKMARK", "TABLE_MARK", "to_docx"]

MANIFEST_NAMESPACE = "urn:overcut:report"
NUMBER_BOOKMARK = "overcut_"
"""Beginning of the bookmarks of figures in running text; what follows is their position in the manifest."""
TABLE_MARK = "overcut:"
"""Beginning of the title of a table in its properties; what follows is its key."""
PLACEHOLDER = "report"
"""In a template, `{{ report }}` stands where the report goes."""
_MARK = "\ue000overcut report\ue000"

_THICK, _THIN = 12, 6
"""Rules of a table, eighths of a point."""


def to_docx(content: Content, template: str | os.PathLike[str] | None = None) -> bytes:
    """Write content as a Word document.

    Parameters
    ----------
    content : Content
    template : str or os.PathLike, optional
        A document of the unit. Its styles, page and headers are used; ``{{ name }}`` is replaced by the field of that
        name, and the report goes to the paragraph that holds ``{{ report }}``, else to the end.
    """
    try:
        import docx
    except ImportError as error:
        raise ImportError('reports as DOCX need python-docx and docxtpl: pip install "overcut[report]"') from error
    document = docx.Document() if template is None else _of_template(content, template)
    _Writer(content, document, own=template is None).write()
    _add_manifest(content, document)
    _set_properties(content, document)
    written = io.BytesIO()
    document.save(written)
    return without_times(written.getvalue())


def _of_template(content: Content, template: Any) -> Any:
    """Fill the template's own fields, and give the document."""
    import docx
    import jinja2
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate
    from jinja2.sandbox import SandboxedEnvironment

    path = os.fsdecode(template)
    values = {field.key: field.value or "" for field in content.cover.entries}
    values |= {"title": content.title, "subtitle": content.subtitle, "digest": content.assessment}
    values |= content.fields
    values[PLACEHOLDER] = _MARK
    try:
        form = DocxTemplate(path)
        # A field that was not given stays empty; what a template may do is put in values, nothing else.
        form.render(values, jinja_env=SandboxedEnvironment(autoescape=True), autoescape=True)
        filled = io.BytesIO()
        form.save(filled)
    except jinja2.TemplateError as error:
        raise ParameterError(f"template {path} has a placeholder that cannot be filled: {error}") from error
    except (OSError, KeyError, ValueError, PackageNotFoundError) as error:
        raise FileReadError(f"template {path} cannot be read as a Word document: {error}") from error
    filled.seek(0)
    return docx.Document(filled)


class _Writer:
    def __init__(self, content: Content, document: Any, *, own: bool) -> None:
        from overcut.report.writers.docx_fields import Bookmarks
        from overcut.report.writers.docx_styles import add_styles, number_headings

        self._content, self._document, self._own = content, document, own
        self._bookmarks = Bookmarks()
        self._headings = self._numbers = 0
        self._landscape = False
        add_styles(document, content.lang, own=own)
        self._numbered = number_headings(document)

    def write(self) -> None:
        body = self._document.element.body
        marker = self._marker()
        before = len(body)
        if self._own:
            from overcut.report.writers.docx_styles import page_of_a4, running_head

            page_of_a4(self._document.sections[0])
            running_head(self._document.sections[0], self._content.header, self._content.labels["page_of"])
            self._cover()
        self._contents()
        chapters = list(numbered_chapters(self._content))
        for at, (label, chapter) in enumerate(chapters):
            self._turn(wide=chapter.wide)
            # The report and its appendices begin on new pages; chapters follow each other.
            begins = at == 0 or (chapter.appendix and not chapters[at - 1][1].appendix)
            title = label if chapter.appendix else chapter.title
            self._heading(title, 1, numbered=not chapter.appendix, new_page=begins)
            for block in chapter.blocks:
                self._add(block, numbered=not chapter.appendix)
        self._turn(wide=False)
        if marker is not None:
            for element in list(body)[before - 1 : -1]:
                marker.addprevious(element)
            marker.getparent().remove(marker)

    def _marker(self) -> Any:
        """Paragraph of the template that is replaced by the report."""
        for paragraph in self._document.paragraphs:
            if _MARK in paragraph.text:
                return paragraph._p
        return None

    def _turn(self, *, wide: bool) -> None:
        """Turn the page for wide tables; in a unit's template pages stay as they are."""
        if not self._own or wide == self._landscape:
            return
        from docx.enum.section import WD_SECTION

        from overcut.report.writers.docx_styles import page_of_a4

        section = self._document.add_section(WD_SECTION.NEW_PAGE)
        page_of_a4(section, landscape=wide)
        section.different_first_page_header_footer = False
        self._landscape = wide
        self._turned = True

    def _cover(self) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm, Pt

        title = self._document.add_paragraph(self._content.title, style="Title")
        title.paragraph_format.space_before = Cm(5)
        title.paragraph_format.space_after = Pt(18)
        subtitle = self._document.add_paragraph(self._content.subtitle)
        subtitle.alignment = WD_ALIGN_PARAGRAPH.CENTER
        subtitle.paragraph_format.space_after = Cm(4)
        self._fields(self._content.cover)
        seal = self._document.add_paragraph(self._content.labels["seal"])
        seal.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        seal.paragraph_format.space_before = Cm(2.5)

    def _contents(self) -> None:
        from overcut.report.writers.docx_fields import add_contents

        entries, at, chapters = [], 0, 0
        for label, chapter in numbered_chapters(self._content):
            at += 1
            chapters += not chapter.appendix
            entries.append((1, label, _heading_bookmark(at)))
            second = 0
            for block in chapter.blocks:
                if isinstance(block, Heading):
                    at += 1
                    second += 1
                    number = "" if chapter.appendix else f"{chapters}.{second} "
                    entries.append((2, f"{number}{block.text}", _heading_bookmark(at)))
        title = self._document.add_paragraph(style="Caption")
        title.paragraph_format.page_break_before = self._own
        title.add_run(self._content.labels["contents"])
        add_contents(self._document, entries)

    def _heading(self, text: str, level: int, *, numbered: bool, new_page: bool = False) -> None:
        self._headings += 1
        paragraph = self._document.add_paragraph(style=f"Heading {level}")
        if not numbered:
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = 0
            properties.get_or_add_numId().val = 0
        # A section begins on a new page by itself.
        turned, self._turned = getattr(self, "_turned", False), False
        if new_page and not turned:
            paragraph.paragraph_format.page_break_before = True
        self._bookmarks.around(paragraph, _heading_bookmark(self._headings), text)

    def _add(self, block: Block, *, numbered: bool) -> None:
        if isinstance(block, Heading):
            self._heading(block.text, block.level, numbered=numbered)
        elif isinstance(block, Paragraph):
            self._paragraph(block)
        elif isinstance(block, Items):
            self._items(block)
        elif isinstance(block, Fields):
            self._fields(block)
        elif isinstance(block, Table):
            self._table(block)
        else:
            self._picture(block)

    def _paragraph(self, block: Paragraph) -> None:
        from docx.shared import Pt

        from overcut.report.writers.docx_styles import FORMULA, NOTE

        style = {"note": NOTE, "formula": FORMULA}.get(block.kind)
        paragraph = self._document.add_paragraph(style=style)
        if block.kind == "text" and self._content.lang == "zh" and self._own:
            paragraph.paragraph_format.first_line_indent = Pt(21)
        self._runs(paragraph, block.runs)

    def _items(self, block: Items) -> None:
        """List with typed numbers: lists of a template may be anything."""
        from docx.shared import Cm

        for number, entry in enumerate(block.entries, start=1):
            paragraph = self._document.add_paragraph()
            paragraph.paragraph_format.left_indent = Cm(1.1)
            paragraph.paragraph_format.first_line_indent = Cm(-0.6)
            paragraph.add_run(f"({number}) " if block.ordered else "• ")
            self._runs(paragraph, entry)

    def _runs(self, paragraph: Any, runs: tuple[Run, ...]) -> None:
        for run in runs:
            if isinstance(run, Number):
                self._bookmarks.around(paragraph, f"{NUMBER_BOOKMARK}{self._numbers}", run.text)
                self._numbers += 1
            else:
                paragraph.add_run(run)

    def _width(self) -> int:
        section = self._document.sections[-1]
        return int(section.page_width - section.left_margin - section.right_margin)

    def _fields(self, block: Fields) -> None:
        from docx.shared import Cm, Pt

        from overcut.report.writers.docx_styles import FIELD

        signatures = block.kind == "signatures"
        labels = [self._content.labels["signature"], self._content.labels["day"]] if signatures else []
        table = self._document.add_table(rows=0, cols=2 + 2 * len(labels))
        shares = (1.2, 2.0, 0.8, 1.6, 0.8, 1.6) if signatures else (1.0, 2.2)
        _lay_out(table, self._width(), shares)
        for field in block.entries:
            cells = table.add_row().cells
            texts = [field.label, field.value or "", *(part for label in labels for part in (label, ""))]
            for at, (cell, text) in enumerate(zip(cells, texts, strict=True)):
                paragraph = cell.paragraphs[0]
                paragraph.style = FIELD
                paragraph.paragraph_format.space_before = Pt(12 if signatures else 5)
                paragraph.paragraph_format.keep_with_next = signatures
                paragraph.add_run(text)
                if at % 2:
                    _border(cell, "bottom", _THIN)
        after = self._document.add_paragraph()
        after.paragraph_format.space_after = Cm(0.2)

    def _caption(self, label: str, number: int, text: str) -> Any:
        from overcut.report.writers.docx_fields import add_field

        paragraph = self._document.add_paragraph(style="Caption")
        paragraph.add_run(f"{label} ")
        add_field(paragraph, f"SEQ {label} \\* ARABIC", str(number))
        paragraph.add_run(f"  {text}")
        return paragraph

    def _table(self, block: Table) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        from overcut.report.writers.docx_styles import CELL, NOTE

        caption = self._caption(self._content.labels["table_label"], block.number, block.caption)
        caption.paragraph_format.keep_with_next = True
        table = self._document.add_table(rows=0, cols=len(block.columns))
        _lay_out(table, self._width(), tuple(column.width for column in block.columns))
        _describe(table, block)
        head = table.add_row()
        _repeat(head)
        lines = [([column.title for column in block.columns], True)]
        lines += [([cell.text for cell in row.cells], row.total) for row in block.rows]
        style = self._document.styles[CELL]
        for at, (texts, strong) in enumerate(lines):
            line = head if at == 0 else table.add_row()
            _keep_whole(line)
            # `row.cells` looks through the whole row each time.
            for cell, column, text in zip(line.cells, block.columns, texts, strict=True):
                paragraph = cell.paragraphs[0]
                paragraph.style = style
                run = paragraph.add_run(text)
                run.bold = strong or None
                if block.dense:
                    run.font.size = Pt(7.5)
                if column.figures:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                if at == 0:
                    _border(cell, "bottom", _THIN)
        note = self._content.labels["digest_label"].format(digest=short(block.sha256))
        self._document.add_paragraph(f"{block.note} {note}".strip(), style=NOTE)

    def _picture(self, block: Picture) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = self._document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(block.png), width=int(self._width() * block.width))
        properties = shape._inline.docPr
        properties.set("descr", block.alt)
        properties.set("title", f"{TABLE_MARK}{block.key}")
        self._caption(self._content.labels["figure_label"], block.number, block.caption)


def _heading_bookmark(number: int) -> str:
    return f"_Toc{number:06d}"


def _lay_out(table: Any, width: int, shares: tuple[float, ...]) -> None:
    """Give fixed widths: what a program would choose depends on its fonts."""
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    whole = sum(shares)
    for column, share in zip(table.columns, shares, strict=True):
        column.width = int(width * share / whole)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "70")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties = table._tbl.tblPr
    # The schema fixes the order: layout, margins, look.
    look = properties.find(qn("w:tblLook"))
    if look is None:
        properties.append(margins)
    else:
        look.addprevious(margins)


def _describe(table: Any, block: Table) -> None:
    """Rules of a table with three lines, and what it is, where a reader with a screen reader finds it too."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls, qn

    properties = table._tbl.tblPr
    borders = parse_xml(
        f'<w:tblBorders {nsdecls("w")}><w:top w:val="single" w:sz="{_THICK}" w:space="0" w:color="000000"/>'
        f'<w:bottom w:val="single" w:sz="{_THICK}" w:space="0" w:color="000000"/></w:tblBorders>'
    )
    layout = properties.find(qn("w:tblLayout"))
    layout.addprevious(borders)
    for tag, text in (("tblCaption", f"{TABLE_MARK}{block.key}"), ("tblDescription", f"SHA-256 {block.sha256}")):
        element = parse_xml(f"<w:{tag} {nsdecls('w')}/>")
        element.set(qn("w:val"), text)
        properties.append(element)


def _border(cell: Any, side: str, size: int) -> None:
    from docx.oxml import OxmlElement, parse_xml
    from docx.oxml.ns import nsdecls, qn

    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.append(borders)
    borders.append(parse_xml(f'<w:{side} {nsdecls("w")} w:val="single" w:sz="{size}" w:space="0" w:color="000000"/>'))


def _repeat(row: Any) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _keep_whole(row: Any) -> None:
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()
    properties.insert(0, OxmlElement("w:cantSplit"))


def _add_manifest(content: Content, document: Any) -> None:
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    text = escape(json.dumps(content.manifest(), ensure_ascii=False))
    xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<report xmlns="{MANIFEST_NAMESPACE}">{text}</report>\n'
    package = document.part.package
    taken = {str(part.partname) for part in package.iter_parts()}
    name = next(name for at in range(1, 1000) if (name := f"/customXml/item{at}.xml") not in taken)
    part = Part(PackURI(name), "application/xml", xml.encode(), package)
    relationship = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"
    document.part.relate_to(part, relationship)


def _set_properties(content: Content, document: Any) -> None:
    properties = document.core_properties
    moment = datetime.datetime.combine(content.date, datetime.time(), datetime.timezone.utc)
    properties.title, properties.subject = content.title[:255], content.subtitle[:255]
    properties.author = content.fields.get("unit", "")[:255]
    properties.last_modified_by = ""
    properties.comments = f"overcut {content.assessment}"
    properties.language = "zh-CN" if content.lang == "zh" else "en-GB"
    properties.created = properties.modified = moment.replace(tzinfo=None)
    properties.revision = 1
