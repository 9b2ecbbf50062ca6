"""The appraisal report in its forms."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

import overcut as oc
from overcut.messages import catalogue
from overcut.report import content_of
from overcut.report.content import Paragraph, Table, plain
from overcut.report.supplements import SUPPLEMENTS

from ..conftest import TESTDATA
from .conftest import array_dem, dig, level, licence

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HARMFUL = ('=HYPERLINK("http://x","y")', "<script>alert(1)</script>", '#eval("1+1") $x$ [*b*] http://x.y', "{{ 7*7 }}")


@pytest.fixture
def record(case):
    return case.to_dict()


def text_of(content):
    lines = [content.title]
    for chapter in content.chapters:
        lines.append(chapter.title)
        for block in chapter.blocks:
            if isinstance(block, Paragraph):
                lines.append(plain(block.runs))
            elif isinstance(block, Table):
                lines += [block.caption, *("|".join(cell.text for cell in row.cells) for row in block.rows)]
            elif hasattr(block, "entries"):
                lines += [plain(each) if isinstance(each, tuple) else each.label for each in block.entries]
    return "\n".join(lines)


def parsed(html):
    """Names of the tags of a page, and its text."""
    tags, texts = [], []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: tags.append(tag)
    parser.handle_data = texts.append
    parser.feed(html)
    return tags, "".join(texts)


def document(path):
    with zipfile.ZipFile(path) as archive:
        return ET.fromstring(archive.read("word/document.xml"))


def words(element):
    return "".join(each.text or "" for each in element.iter(f"{W}t"))


# What it says


def test_chapters_follow_the_outline_of_an_appraisal(record):
    titles = [chapter.title for chapter in content_of(record).chapters]
    assert titles[:9] == [
        "概述",
        "依据与技术要求",
        "数据与测量过程",
        "配准与精度评定",
        "越界越层判定",
        "体积计算与校核",
        "资源破坏量与价值",
        "不确定性",
        "结论与建议",
    ]
    assert len(titles) == 16
    assert [chapter.appendix for chapter in content_of(record).chapters] == [False] * 9 + [True] * 7


def test_the_box_beyond_the_boundary_is_stated_with_its_volume(record):
    # 5 m x 10 m x 2 m lie beyond the boundary. Stated errors are shared by all cells: 50 m² x 0.05 m x √2 = 3.54 m³,
    # and 1.96 of them are 6.93 m³.
    text = text_of(content_of(record))
    assert "A，越界：100.0 m³ (95 % 区间 93.0～107.0 m³)。" in text
    assert "上述情况的法律性质由有权机关认定。" in text


def test_what_was_not_asked_for_is_said_to_be_no_part(record):
    text = text_of(content_of(record))
    assert text.count("本次测算未包含此项内容。") == len(SUPPLEMENTS)
    given = content_of(
        record, supplements={"appraisal": [{"class": "beyond_boundary", "mass_t": 260.4, "value_yuan": 7812.0}]}
    )
    assert text_of(given).count("本次测算未包含此项内容。") == len(SUPPLEMENTS) - 1
    assert "越界|260|7,812" in text_of(given)


def test_a_figure_of_a_supplement_is_shown_to_the_place_of_the_error_beside_it(record):
    rows = [
        {
            "layer": "5",
            "value_yuan": 78123.4,
            "value_sigma_yuan": 1520.0,
            "value_low_yuan": 75144.2,
            "value_high_yuan": 81102.6,
        }
    ]
    table = next(t for t in content_of(record, supplements={"appraisal": rows}).tables if t.key == "appraisal")
    assert [cell.text for cell in table.rows[0].cells] == ["5", "78,100", "1,500", "75,100", "81,200"]


def test_fields_are_blank_unless_they_were_given_and_unknown_ones_are_refused(record):
    content = content_of(record, fields={"unit": "某测绘院"})
    assert {field.key: field.value for field in content.cover.entries}["unit"] == "某测绘院"
    assert {field.key: field.value for field in content.cover.entries}["report_number"] is None
    with pytest.raises(oc.exceptions.ParameterError, match="did you mean 'report_number'"):
        content_of(record, fields={"report_nr": "7"})


def test_every_figure_in_running_text_names_a_row_of_the_data(record):
    rows = {table.key: {row.key for row in table.rows} for table in content_of(record).tables}
    known = {"by_licence": {key for name, keys in rows.items() if name.startswith("by_licence") for key in keys}}
    numbers = content_of(record).numbers
    assert len(numbers) > 10
    for number in numbers:
        if number.source.table in known:
            assert number.source.row in known[number.source.table]


def test_digests_of_tables_do_not_depend_on_the_language(record):
    chinese, english = (content_of(record, lang=lang) for lang in ("zh", "en"))
    assert {t.key: t.sha256 for t in chinese.tables if t.derived} == {
        t.key: t.sha256 for t in english.tables if t.derived
    }
    assert chinese.title != english.title


def test_every_sentence_that_the_computation_states_is_known_in_chinese(case):
    from overcut.messages.sentences import assumption

    for sentence in case.assumptions:
        told = assumption(sentence, "zh")
        assert told != sentence, sentence
        assert not re.search(r" (the|is|was|are|of) ", told), told


def test_what_was_done_to_datums_is_told_in_chinese(tmp_path):
    import geopandas as gpd

    from overcut.messages.sentences import assumption

    table = gpd.read_file(TESTDATA / "licences.gpkg").set_crs("EPSG:2382", allow_override=True)
    table["vertical_datum"] = "1956"
    table.to_file(tmp_path / "old.gpkg")
    same = {"dx_m": 0.0, "dy_m": 0.0, "rotation_arcsec": 0.0, "scale_ppm": 0.0, "axes": "north_east"}
    by = oc.Transformation.four_parameters(**same, from_crs="EPSG:2382", to_crs="EPSG:4546", source="县级参数")
    marks = oc.HeightShift.constant(27.31, from_datum="ellipsoidal", to_datum="1985", source="水准点")
    case = oc.assess(
        [
            oc.Dem(TESTDATA / "dem_2021.tif", date="2021-05-01", vertical_datum="ellipsoidal", height_shift=marks),
            oc.Dem(TESTDATA / "dem_2022.tif", date="2022-10-15", vertical_datum="1985"),
        ],
        oc.read_licences(tmp_path / "old.gpkg", transformation=by, height_shift=oc.HeightShift.known("1956", "1985")),
    )
    told = [assumption(sentence, "zh") for sentence in case.assumptions]
    assert all(chinese != sentence for chinese, sentence in zip(told, case.assumptions, strict=True)), told
    assert any("统一改正 +27.31 m" in sentence for sentence in told)
    assert any("改正 -0.029 m" in sentence for sentence in told)
    # The second survey was left where it is: 27 m apart on stable ground is said.
    assert any("低 27.3 m" in sentence for sentence in told)


def test_no_text_of_the_report_is_missing(record):
    known = catalogue("zh")
    for lang in ("zh", "en"):
        content_of(record, lang=lang)
    assert known["report.not_part"] == "本次测算未包含此项内容。"


# Its forms


@pytest.mark.parametrize("form", ["docx", "html", "xlsx", "pdf"])
def test_equal_reports_are_equal_bytes(case, tmp_path, form):
    first, second = (case.to_report(tmp_path / f"{name}.{form}", figures=False) for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_an_existing_file_stays_unless_it_may_be_replaced(case, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(oc.exceptions.OutputError, match="exists already"):
        case.to_report(path)
    assert path.read_text(encoding="utf-8") == "mine"
    case.to_report(path, figures=False, overwrite=True)
    assert path.read_bytes().startswith(b"<!DOCTYPE html>")
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_a_name_that_says_no_form_is_refused(case, tmp_path):
    with pytest.raises(oc.exceptions.ParameterError, match=r"\.docx, \.pdf, \.html, \.xlsx"):
        case.to_report(tmp_path / "report.doc")
    with pytest.raises(oc.exceptions.ParameterError, match="xlsx"):
        case.to_xlsx(tmp_path / "report.csv")


def test_html_asks_for_nothing_outside_and_marks_figures_with_their_source(case, tmp_path):
    text = case.to_report(tmp_path / "r.html", figures=False).read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", text)
    assert parsed(text)[0].count("script") == 1  # the manifest, which is data
    assert 'data-table="by_licence_0"' in text
    assert re.search(r'data-source="by_licence/0/A/beyond_boundary/[^"]*cut_measured_m3">100\.0<', text)


def test_docx_has_real_headings_contents_captions_and_repeated_heads(case, tmp_path):
    found = document(case.to_report(tmp_path / "r.docx", figures=False))
    styles = [style.get(f"{W}val") for style in found.iter(f"{W}pStyle")]
    assert styles.count("Heading1") == 16
    instructions = [each.text.strip() for each in found.iter(f"{W}instrText")]
    assert instructions[0].startswith("TOC")
    tables = len(content_of(case.to_dict()).tables)
    assert sum(each.startswith("SEQ 表") for each in instructions) == tables
    assert len(list(found.iter(f"{W}tblHeader"))) == tables
    names = [each.get(f"{W}name") for each in found.iter(f"{W}bookmarkStart")]
    assert len(names) == len(set(names))
    assert len({each.get(f"{W}id") for each in found.iter(f"{W}bookmarkStart")}) == len(names)


ORDER = {
    "tblPr": """
        tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc
        tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription
    """,
    "tcPr": """
        cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign
        hideMark
    """,
    "pPr": """
        pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr
        shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE
        autoSpaceDN bidi adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents
        suppressOverlap jc textDirection textAlignment textboxTightWrap outlineLvl divId cnfStyle rPr
        sectPr pPrChange
    """,
    "rPr": """
        rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof
        snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd
        fitText vertAlign rtl cs em lang
    """,
    "sectPr": """
        headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders
        lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid
    """,
}
"""Order of children in ECMA-376, part 1, annex A."""


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml", "word/numbering.xml"])
def test_docx_keeps_the_order_that_the_schema_fixes(case, tmp_path, part):
    with zipfile.ZipFile(case.to_report(tmp_path / "r.docx", figures=False)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                ET.fromstring(archive.read(name))
        root = ET.fromstring(archive.read(part))
    for element in root.iter():
        order = ORDER.get(element.tag.removeprefix(W))
        if order is not None:
            ranks = [order.split().index(child.tag.removeprefix(W)) for child in element]
            assert ranks == sorted(ranks), ET.tostring(element)


def test_xlsx_holds_numbers_with_all_digits_and_text_as_text(case, tmp_path):
    from openpyxl import load_workbook

    workbook = load_workbook(case.to_xlsx(tmp_path / "r.xlsx"))
    sheet = next(sheet for sheet in workbook if "分许可证、分类别采挖体积" in str(sheet["A1"].value))
    heads = [cell.value for cell in sheet[3]]
    row = next(row for row in sheet.iter_rows(min_row=4, values_only=True) if row[1] == "越界")
    assert row[heads.index("采挖体积 (m³)")] == 100.0
    assert sheet.freeze_panes == "B4"
    assert "overcut" in workbook.sheetnames
    assert workbook["overcut"].sheet_state == "hidden"


@pytest.mark.parametrize("name", HARMFUL)
def test_a_harmful_name_is_harmless_in_every_output(tmp_path, name):
    before = level()
    surfaces = [array_dem(before, "2021-05-01"), array_dem(dig(before, (10, 20), (10, 20), 2.0), "2024-05-20")]
    case = oc.assess(surfaces, [licence(name, holder=name)])
    fields = {"unit": name, "project": name}

    html = case.to_report(tmp_path / "r.html", figures=False, fields=fields).read_text(encoding="utf-8")
    tags, shown = parsed(html)
    assert tags.count("script") == 1
    assert not {"b", "img", "iframe"} & set(tags)
    assert name in shown

    found = document(case.to_report(tmp_path / "r.docx", figures=False, fields=fields))
    assert name in words(found)
    assert not any("HYPERLINK" in (each.text or "") for each in found.iter(f"{W}instrText"))

    from openpyxl import load_workbook

    workbook = load_workbook(case.to_xlsx(tmp_path / "r.xlsx", fields=fields))
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type != "f" for cell in cells)
    assert any(cell.value == name and cell.quotePrefix for cell in cells)

    with (case.to_csv(tmp_path / "csv")[0]).open(encoding="utf-8-sig") as file:
        assert not re.search(r"(^|,)\"?=", file.read(), re.MULTILINE)

    from pypdf import PdfReader

    reader = PdfReader(case.to_report(tmp_path / "r.pdf", figures=False, fields=fields, lang="en"))
    text = "".join("".join(page.extract_text().split()) for page in reader.pages)
    assert "".join(name.split()) in text
    links = [each.get_object() for page in reader.pages for each in page.get("/Annots", [])]
    assert all("/URI" not in json.dumps(str(each)) for each in links)


def test_signs_that_no_document_can_hold_are_replaced(tmp_path):
    before = level()
    surfaces = [array_dem(before, "2021-05-01"), array_dem(dig(before, (10, 20), (10, 20), 2.0), "2024-05-20")]
    case = oc.assess(surfaces, [licence("A", holder="青石\x0b岭")])
    for form in ("docx", "xlsx", "html", "pdf"):
        case.to_report(tmp_path / f"r.{form}", figures=False)
    assert "青石�岭" in words(document(tmp_path / "r.docx"))


def test_the_units_own_template_keeps_its_styles_and_gets_its_fields(case, tmp_path):
    import docx
    from docx.shared import Pt

    form = docx.Document()
    form.styles["Heading 1"].font.size = Pt(31)
    form.sections[0].header.paragraphs[0].text = "某测绘院 {{ report_number }}"
    form.add_paragraph("项目：{{ project }}")
    form.add_paragraph("{{ report }}")
    form.add_paragraph("以下空白")
    form.save(tmp_path / "unit.docx")
    fields = {"project": "<采石场> & {{ 7*7 }}", "report_number": "2024-07"}
    path = case.to_report(tmp_path / "r.docx", template=tmp_path / "unit.docx", fields=fields, figures=False)
    found = docx.Document(path)
    assert found.styles["Heading 1"].font.size == Pt(31)
    assert found.sections[0].header.paragraphs[0].text == "某测绘院 2024-07"
    texts = [paragraph.text for paragraph in found.paragraphs]
    assert texts[0] == "项目：<采石场> & {{ 7*7 }}"
    assert texts[-1] == "以下空白"
    assert "概述" in texts
    assert "overcut report" not in "".join(texts)


def test_a_template_that_cannot_be_used_is_refused_and_nothing_is_written(case, tmp_path):
    (tmp_path / "unit.docx").write_bytes(b"no document")
    with pytest.raises(oc.exceptions.FileReadError, match=r"unit\.docx"):
        case.to_report(tmp_path / "r.docx", template=tmp_path / "unit.docx", figures=False)
    with pytest.raises(oc.exceptions.ParameterError, match="template"):
        case.to_report(tmp_path / "r.html", template=tmp_path / "unit.docx", figures=False)
    assert [each.name for each in tmp_path.iterdir()] == ["unit.docx"]


def test_figures_are_numbered_and_drawn(case, tmp_path):
    found = document(case.to_report(tmp_path / "r.docx"))
    instructions = [each.text.strip() for each in found.iter(f"{W}instrText")]
    assert sum(each.startswith("SEQ 图") for each in instructions) >= 2
    text = case.to_report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert text.count("data:image/png;base64,") >= 2


def test_pdf_has_pages_contents_and_its_manifest(case, tmp_path):
    from pypdf import PdfReader

    reader = PdfReader(case.to_report(tmp_path / "r.pdf", figures=False))
    assert len(reader.pages) > 8
    assert len(reader.outline) >= 16
    manifest = json.loads(reader.attachments["overcut-manifest.json"][0])
    assert manifest["assessment"] == case.digest
    assert "第 3 页" in " ".join(reader.pages[2].extract_text().split())


def test_case_files_ask_for_reports(case_file, run):
    text = case_file.read_text(encoding="utf-8").replace(
        'formats = ["json", "gpkg", "csv", "cog"]', 'formats = ["json", "docx", "html", "xlsx"]'
    )
    text += '\n[report]\nlang = "en"\nfigures = false\nfields = { report_number = "7" }\n'
    case_file.write_text(text, encoding="utf-8")
    found = run("-m", "overcut", "assess", case_file)
    assert found.returncode == 0, found.stderr
    out = case_file.parent / "out" / "of it"
    assert sorted(each.name for each in out.iterdir()) == ["pit.docx", "pit.html", "pit.json", "pit.xlsx"]
    assert "Pit &lt;b&gt;" in (out / "pit.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("form", ["docx", "xlsx"])
def test_libreoffice_opens_it(case, tmp_path, form):
    path = case.to_report(tmp_path / f"r.{form}", figures=False)
    profile = (tmp_path / "profile").as_uri()
    command = [
        "soffice",
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        tmp_path,
        path,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert (tmp_path / "r.pdf").stat().st_size > 10_000


def test_stacked_licences_stand_below_each_other_in_a_cell():
    from overcut.report.building import Building

    assert Building({}, "zh").licence_cell(["A", "B"]).text == "A\nB"


# What else overcut computes


def test_quantities_values_and_limits_stand_in_the_report_as_they_were_computed(case):
    rock = {"density_t_per_m3": oc.Stated(2.0, sigma=0.1, source="12 samples"), "recovery": 0.9}
    resources = oc.appraise(case, materials={"": rock}, prices=oc.Price(oc.Stated(50.0, sigma=2.0)))
    content = content_of(case.to_dict(), supplements={"appraisal": resources, "limits": resources.against()})
    tables = {table.key: table for table in content.tables}
    # 100 m³ lie beyond the boundary: 200 t, worth 10,000. Errors of 3.54 m³, 0.1 t/m³ and 2 a tonne make
    # 200 √(0.0354² + 0.05²) = 12.2 t, and with the price 10,000 √(0.0354² + 0.05² + 0.04²) = 732.
    rows = {row.key: [cell.text for cell in row.cells] for row in tables["appraisal"].rows}
    assert rows["destroyed_t"][1:3] == ["200", "12"]
    assert rows["destroyed_value"][1:3] == ["10,000", "730"]
    assert "12 samples" in {cell.text for row in tables["appraisal_inputs"].rows for cell in row.cells}
    texts = [
        cell.text for name in tables if name.startswith("appraisal") for row in tables[name].rows for cell in row.cells
    ]
    assert "nan" not in texts, "what has no source has a dash"
    verdicts = {row.cells[6].text for row in tables["limits"].rows}
    assert verdicts <= {"肯定超过", "可能超过", "肯定未超过"}
    assert "以上仅为数值比较，不构成法律结论。" in text_of(content)


def test_three_surveys_make_a_series_that_the_record_alone_gives():
    before = level()
    dug = dig(before, (10, 20), (10, 20), 2.0)
    surfaces = [array_dem(before, "2021-05-01"), array_dem(dug, "2022-05-01"), array_dem(before, "2024-05-20")]
    case = oc.assess(surfaces, [licence()])
    table = next(table for table in content_of(case.to_dict()).tables if table.key == "series")
    assert table.derived
    columns = [column.key for column in table.columns]
    total = [cell.text for cell in table.rows[-1].cells]
    assert (total[columns.index("first_cut_m3")], total[columns.index("backfill_m3")]) == ("200", "200")


def test_findings_in_reading_licences_are_told_in_the_language_of_the_report(record):
    from geopandas import GeoDataFrame

    from .conftest import CRS, rectangle

    table = GeoDataFrame({"licence": ["C14"]}, geometry=[rectangle((0, 15), (0, 40))], crs=CRS)
    findings = oc.read_licences(table).check()
    assert findings
    content = content_of(record, supplements={"findings": findings})
    shown = next(table for table in content.tables if table.key == "findings")
    assert len(shown.rows) == len(findings)
    assert all(re.search("[\u4e00-\u9fff]", row.cells[2].text) for row in shown.rows)


def test_independent_volumes_bring_their_section_sheets_with_the_formula_of_each_pair(case):
    found = oc.volumes(case, "A", spacing_m=2.0, azimuth_deg=90.0)
    tables = {table.key: table for table in content_of(case.to_dict(), supplements={"volumes": found}).tables}
    methods = tables["volumes_0"]
    assert [row.cells[0].text for row in methods.rows] == ["方格网法", "三角网法", "垂直断面法", "水平断面法"]
    # 5 m x 10 m x 2 m of the pit lie inside the licence; what other methods make of upright walls is shown as it is.
    cut = [row.cells[1].value for row in methods.rows]
    assert cut[0] == pytest.approx(100.0)
    assert cut == found.table["cut_m3"].tolist()
    sheet = tables["sections_0"]
    known = {text for key, text in catalogue("zh").items() if key.startswith("report.formula_")}
    assert sheet.rows
    assert {row.cells[7].text for row in sheet.rows} <= known


def test_what_cannot_be_a_table_is_refused(record):
    with pytest.raises(oc.exceptions.ParameterError, match="appraisal of the report is a int"):
        content_of(record, supplements={"appraisal": 7})
    with pytest.raises(oc.exceptions.ParameterError, match="unknown part 'apraisal'"):
        content_of(record, supplements={"apraisal": []})
