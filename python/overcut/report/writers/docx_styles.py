"""Looks of a Word document: styles, numbered headings, page, header and footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from overcut.report.writers.docx_fields import add_field

if TYPE_CHECKING:
    from overcut.messages import Language

__all__ = ["CELL", "FORMULA", "NOTE", "add_styles", "number_headings", "page_of_a4", "running_head"]

SERIF, SANS = ("Times New Roman", "宋体"), ("Arial", "黑体")
"""Latin and East Asian font of text and of headings: those that every Chinese Word has."""

ALTERNATIVES = {"宋体": "SimSun", "黑体": "SimHei"}
"""Other names under which machines know them."""

NOTE, FORMULA, CELL, FIELD = "Overcut Note", "Overcut Formula", "Overcut Cell", "Overcut Field"

_SIZES = {"Heading 1": 16, "Heading 2": 13, "Heading 3": 12}


def add_styles(document: Any, lang: Language, *, own: bool) -> None:
    """Make the styles that the report uses; those of a unit's template are left as they are.

    Parameters
    ----------
    document : docx.document.Document
    lang : {"zh", "en"}
    own : bool
        Whether the document is ours, so that its common styles are set too.
    """
    styles = document.styles
    if own:
        normal = styles["Normal"]
        _font(normal, SERIF, 10.5)
        normal.paragraph_format.line_spacing = 1.4
        normal.paragraph_format.space_after = Pt(6)
        for name, size in _SIZES.items():
            style = styles[name]
            _font(style, SANS, size, bold=True)
            style.paragraph_format.space_before = Pt(size)
            style.paragraph_format.space_after = Pt(size / 2)
            style.paragraph_format.keep_with_next = True
        title = styles["Title"]
        _font(title, SANS, 24, bold=True)
        _without_borders(title)
        title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        caption = styles["Caption"]
        _font(caption, SANS, 9.5, bold=True)
        caption.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        caption.paragraph_format.space_before = Pt(10)
        caption.paragraph_format.space_after = Pt(4)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "en-GB")
        language.set(qn("w:eastAsia"), "zh-CN" if lang == "zh" else "en-GB")
        properties = normal.element.get_or_add_rPr()
        properties.append(language)
    _missing(styles, "Caption", base="Normal", size=9.5)
    _missing(styles, NOTE, base="Normal", size=8.5)
    _missing(styles, FORMULA, base="Normal", size=11)
    _missing(styles, CELL, base="Normal", size=8.5)
    _missing(styles, FIELD, base="Normal", size=10.5)
    for name in (CELL, FIELD):
        styles[name].paragraph_format.space_after = Pt(0)
        styles[name].paragraph_format.line_spacing = 1.15
    styles[NOTE].paragraph_format.space_before = Pt(3)
    styles[NOTE].paragraph_format.space_after = Pt(10)
    styles[NOTE].paragraph_format.line_spacing = 1.15
    styles[FORMULA].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for level in (1, 2):
        _missing(styles, f"toc {level}", base="Normal", size=9.5)
        style = styles[f"toc {level}"]
        style.paragraph_format.left_indent = Cm(0.7 * (level - 1))
        style.paragraph_format.space_after = Pt(0)
        style.paragraph_format.line_spacing = Pt(13.5)
        style.paragraph_format.tab_stops.add_tab_stop(Cm(16.2), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    if own:
        _name_alternatives(document)


def _missing(styles: Any, name: str, *, base: str, size: float) -> None:
    if name in {style.name for style in styles}:
        return
    style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = styles[base] if base in {each.name for each in styles} else None
    style.font.size = Pt(size)


def _font(style: Any, fonts: tuple[str, str], size: float, *, bold: bool = False) -> None:
    latin, east_asian = fonts
    style.font.name = latin
    style.font.size = Pt(size)
    style.font.bold = bold
    style.font.italic = False
    style.font.color.rgb = RGBColor(0, 0, 0)
    names = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        # A font of the theme would come before the one that is named.
        names.attrib.pop(qn(f"w:{attribute}"), None)
    names.set(qn("w:eastAsia"), east_asian)
    names.set(qn("w:cs"), latin)


def _without_borders(style: Any) -> None:
    properties = style.element.get_or_add_pPr()
    for borders in properties.findall(qn("w:pBdr")):
        properties.remove(borders)


def _name_alternatives(document: Any) -> None:
    """Tell the fonts by their other names, for machines that know them by those."""
    from lxml import etree

    for part in document.part.package.iter_parts():
        if str(part.partname) != "/word/fontTable.xml":
            continue
        table = etree.fromstring(part.blob)
        for name, alternative in ALTERNATIVES.items():
            for known in table.findall(qn("w:font")):
                if known.get(qn("w:name")) == name:
                    table.remove(known)
            font = etree.SubElement(table, qn("w:font"))
            font.set(qn("w:name"), name)
            etree.SubElement(font, qn("w:altName")).set(qn("w:val"), alternative)
            etree.SubElement(font, qn("w:charset")).set(qn("w:val"), "86")
            etree.SubElement(font, qn("w:family")).set(qn("w:val"), "auto")
        part._blob = etree.tostring(table, xml_declaration=True, encoding="UTF-8", standalone=True)


def number_headings(document: Any) -> bool:
    """Give headings the numbers 1, 1.1, 1.1.1, unless the template numbers them; tells whether ours are used."""
    style = document.styles["Heading 1"]
    properties = style.element.find(qn("w:pPr"))
    if properties is not None and properties.find(qn("w:numPr")) is not None:
        return False
    numbering = document.part.numbering_part.element
    taken = [int(each.get(qn("w:abstractNumId"))) for each in numbering.findall(qn("w:abstractNum"))]
    identity = max(taken, default=0) + 1
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading{at + 1}"/>'
        f'<w:suff w:val="space"/><w:lvlText w:val="{".".join(f"%{n + 1}" for n in range(at + 1))}"/>'
        '<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>'
        for at in range(3)
    )
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{identity}"><w:multiLevelType w:val="multilevel"/>{levels}'
        "</w:abstractNum>"
    )
    first = numbering.find(qn("w:num"))
    if first is None:
        numbering.append(abstract)
    else:
        first.addprevious(abstract)
    number = numbering.add_num(identity).numId
    for at in range(3):
        paragraph = document.styles[f"Heading {at + 1}"].element.get_or_add_pPr()
        numbered = paragraph.get_or_add_numPr()
        numbered.get_or_add_ilvl().val = at
        numbered.get_or_add_numId().val = number
    return True


def page_of_a4(section: Any, *, landscape: bool = False) -> None:
    """A4 with the margins of an official document, standing or lying."""
    from docx.enum.section import WD_ORIENT

    width, height = (Cm(29.7), Cm(21.0)) if landscape else (Cm(21.0), Cm(29.7))
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = width, height
    section.left_margin = section.right_margin = Cm(2.0 if landscape else 2.4)
    section.top_margin = section.bottom_margin = Cm(2.4)
    section.header_distance = section.footer_distance = Cm(1.2)


def running_head(section: Any, header: str, page_of: str) -> None:
    """Header with the title, footer with the page's number; none on the cover."""
    section.different_first_page_header_footer = True
    head = section.header.paragraphs[0]
    head.text = header
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for paragraph in (head, foot):
        paragraph.paragraph_format.tab_stops.clear_all()
    before, _, rest = page_of.partition("{page}")
    between, _, after = rest.partition("{pages}")
    foot.add_run(before)
    add_field(foot, "PAGE", "1")
    foot.add_run(between)
    add_field(foot, "NUMPAGES", "1")
    foot.add_run(after)
    for paragraph in (head, foot):
        for run in paragraph.runs:
            run.font.size = Pt(8.5)
