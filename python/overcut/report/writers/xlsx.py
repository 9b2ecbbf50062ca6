"""XLSX: a sheet per table, figures as numbers with the digits that the report shows, text always as text."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import re
from typing import Any

from overcut.report.archives import without_times
from overcut.report.content import Cell, Column, Content, Table, short

__all__ = ["HEAD_ROW", "MANIFEST_SHEET", "as_stored", "cell_value", "sheet_names", "to_xlsx", "values_digest"]

MANIFEST_SHEET = "overcut"
HEAD_ROW = 3
"""Row of the heads of columns; over it stand the caption, and the digest of the table."""
_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
CHINESE_BEGINS = 0x2E80
"""First sign that is as wide as two others."""
_CHUNK = 30_000
"""Characters of a cell; it holds 32,767 at most."""


def to_xlsx(content: Content) -> bytes:
    """Write the tables of content as a workbook."""
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise ImportError('workbooks need openpyxl: pip install "overcut[report]"') from error
    workbook = Workbook()
    workbook.remove(workbook.active)
    index = workbook.create_sheet("目录" if content.lang == "zh" else "Contents")
    names = sheet_names(content)
    _index(content, names, index)
    for table in content.tables:
        _sheet(content, table, workbook.create_sheet(names[table.key]))
    _manifest(content, workbook.create_sheet(MANIFEST_SHEET))
    moment = datetime.datetime.combine(content.date, datetime.time())
    properties = workbook.properties
    properties.title, properties.creator = content.title, content.fields.get("unit", "")
    properties.description = f"overcut {content.assessment}"
    properties.created = moment
    written = io.BytesIO()
    workbook.save(written)
    return _dated(written.getvalue(), moment)


def sheet_names(content: Content) -> dict[str, str]:
    """Name of the sheet of each table: its number and caption, as far as a name may be long."""
    names: dict[str, str] = {}
    for table in content.tables:
        wanted = _FORBIDDEN.sub(" ", f"{table.number} {table.caption}").strip()
        names[table.key] = wanted[:_LONGEST_NAME].strip()
    return names


def _index(content: Content, names: dict[str, str], sheet: Any) -> None:
    from openpyxl.styles import Font

    _text(sheet.cell(1, 1), content.title).font = Font(bold=True, size=14)
    _text(sheet.cell(2, 1), content.subtitle)
    _text(sheet.cell(3, 1), f"SHA-256 {content.assessment}")
    for row, table in enumerate(content.tables, start=5):
        caption = f"{content.labels['table_label']} {table.number}  {table.caption}"
        cell = _text(sheet.cell(row, 1), caption)
        # An address inside of the workbook: nothing outside is ever asked for.
        cell.hyperlink = f"#'{names[table.key]}'!A1"
        cell.font = Font(color="1F4E79", underline="single")
        _text(sheet.cell(row, 2), short(table.sha256))
    sheet.column_dimensions["A"].width = 60
    sheet.column_dimensions["B"].width = 18


def _sheet(content: Content, table: Table, sheet: Any) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    caption = f"{content.labels['table_label']} {table.number}  {table.caption}"
    _text(sheet.cell(1, 1), caption).font = Font(bold=True, size=12)
    digest = content.labels["digest_label"].format(digest=table.sha256)
    _text(sheet.cell(2, 1), f"{table.note} {digest}".strip()).font = Font(size=9, color="595959")
    rule = Border(top=Side(style="medium"), bottom=Side(style="thin"))
    for at, column in enumerate(table.columns, start=1):
        head = _text(sheet.cell(HEAD_ROW, at), column.title)
        head.font, head.border = Font(bold=True), rule
        head.fill = PatternFill("solid", start_color="E8EDF2")
        head.alignment = Alignment(horizontal="right" if column.figures else "left", wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(at)].width = _width(table, at - 1)
    for line, row in enumerate(table.rows, start=HEAD_ROW + 1):
        for at, (column, value) in enumerate(zip(table.columns, row.cells, strict=True), start=1):
            cell = _value(sheet.cell(line, at), column, value)
            if row.total:
                cell.font = Font(bold=True)
    sheet.freeze_panes = sheet.cell(HEAD_ROW + 1, 2)
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{get_column_letter(len(table.columns))}{HEAD_ROW + max(len(table.rows), 1)}"
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _width(table: Table, at: int) -> float:
    texts = [table.columns[at].title, *(row.cells[at].text for row in table.rows)]
    longest = max(_columns(line) for text in texts for line in text.split("\n"))
    return float(min(max(longest + 2, 8), 60))


def _columns(text: str) -> int:
    """Width of a text; Chinese signs are as wide as two others."""
    return sum(2 if ord(sign) >= CHINESE_BEGINS else 1 for sign in text)


def cell_value(column: Column, value: Cell) -> float | int | str:
    """Give what a cell of the workbook holds: a number with all its digits, or text."""
    if column.figures and isinstance(value.value, (int, float)) and not isinstance(value.value, bool):
        # A number of a row that is counted from nought is shown counted from one.
        return value.value if isinstance(value.value, float) else _whole(value)
    return value.text


def as_stored(value: float) -> float:
    """Give a number as the writer of workbooks stores it: to sixteen digits."""
    return float(f"{value:.16g}")


def values_digest(values: list[list[Any]]) -> str:
    """Digest of the values of cells."""
    plain = [[as_stored(each) if isinstance(each, (int, float)) else str(each or "") for each in row] for row in values]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()


def _value(cell: Any, column: Column, value: Cell) -> Any:
    from openpyxl.styles import Alignment

    found = cell_value(column, value)
    if not isinstance(found, str):
        cell.value = found
        cell.number_format = _format(value.text)
        cell.alignment = Alignment(horizontal="right", vertical="top")
        return cell
    _text(cell, value.text)
    cell.alignment = Alignment(horizontal="right" if column.figures else "left", vertical="top", wrap_text=True)
    return cell


def _whole(value: Cell) -> int:
    shown = value.text.replace(",", "").replace("\N{MINUS SIGN}", "-")
    return int(shown) if re.fullmatch(r"-?\d+", shown) else int(value.value)


def _format(shown: str) -> str:
    """Format of a number that shows as many places as the report does; the whole number stands behind it."""
    places = len(shown.partition(".")[2])
    whole = "#,##0" if "," in shown else "0"
    return f"{whole}.{'0' * places}" if places else whole


def _text(cell: Any, text: str) -> Any:
    """Text that is never taken for a formula, also after somebody has edited the cell."""
    from openpyxl.cell.cell import TYPE_STRING

    cell.value = text
    cell.data_type = TYPE_STRING
    cell.quotePrefix = True
    return cell


def _manifest(content: Content, sheet: Any) -> None:
    """Keep what verification needs on a sheet that is not shown."""
    found = content.manifest()
    names = sheet_names(content)
    found["sheets"] = {
        table.key: {
            "sheet": names[table.key],
            "rows": [row.key for row in table.rows],
            "columns": [column.key for column in table.columns],
            "values_sha256": values_digest(
                [[cell_value(*pair) for pair in zip(table.columns, row.cells, strict=True)] for row in table.rows]
            ),
        }
        for table in content.tables
    }
    text = json.dumps(found, ensure_ascii=False)
    for row, start in enumerate(range(0, len(text), _CHUNK), start=1):
        _text(sheet.cell(row, 1), text[start : start + _CHUNK])
    sheet.sheet_state = "hidden"


def _dated(data: bytes, moment: datetime.datetime) -> bytes:
    """Put the day of the last survey where the writer has put the present."""
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        core = archive.read("docProps/core.xml").decode()
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    core = re.sub(r"(<dcterms:(created|modified)[^>]*>)[^<]*(</)", rf"\g<1>{stamp}\g<3>", core)
    return without_times(data, {"docProps/core.xml": core.encode()})
