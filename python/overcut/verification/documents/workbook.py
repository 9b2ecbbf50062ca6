"""Workbooks: numbers to the sixteen digits that they store, text as it stands."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

from overcut.report.content import even
from overcut.report.writers.xlsx import HEAD_ROW, MANIFEST_SHEET, as_stored, cell_value, sheet_names, values_digest
from overcut.verification.documents.outcome import Outcome
from overcut.verification.documents.reports import expected_content

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["compare"]

Record = dict[str, Any]


def compare(path: Path, record: Record) -> Outcome:
    """Compare a workbook."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    outcome = Outcome()
    try:
        workbook = load_workbook(path)
        manifest = json.loads("".join(str(row[0].value or "") for row in workbook[MANIFEST_SHEET].iter_rows(max_col=1)))
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile, InvalidFileException, SyntaxError) as error:
        outcome.differs(path, path.name, "", "file", f"cannot be read: {error}", "a workbook", kind="document")
        return outcome
    content = expected_content(manifest, record, outcome, path)
    if content is None:
        return outcome
    names = sheet_names(content)
    stated = manifest.get("tables", {})
    sheets = manifest.get("sheets", {})
    beside = []
    for key in dict.fromkeys([*stated, *(table.key for table in content.tables if table.derived)]):
        table = next((each for each in content.tables if each.key == key and each.derived), None)
        if table is None:
            beside.append(key)
            continue
        outcome.equal(path, key, "", "digest in the manifest", stated.get(key, {}).get("sha256"), table.sha256)
        # With other tables beside it, a table may have another number than without them.
        name = sheets.get(key, {}).get("sheet", names[key])
        if name not in workbook.sheetnames:
            outcome.differs(path, key, "", "sheet", "missing", name, kind="document")
            continue
        _sheet(path, workbook[name], table, outcome)
    for key in beside:
        _beside(path, workbook, key, manifest, outcome)
    if beside:
        outcome.notes.append(
            f"{path}: tables that are no part of the record were compared with their own digests only: "
            f"{', '.join(beside)}"
        )
    return outcome


def _sheet(path: Path, sheet: Any, table: Any, outcome: Outcome) -> None:
    told = str(sheet.cell(2, 1).value or "")
    outcome.compared += 1
    if table.sha256 not in told:
        outcome.differs(path, table.key, "", "digest", told, table.sha256)
    heads = [even(str(sheet.cell(HEAD_ROW, at).value or "")) for at in range(1, len(table.columns) + 1)]
    outcome.equal(path, table.key, "", "heads", heads, [even(column.title) for column in table.columns])
    outcome.equal(path, table.key, "", "number of rows", max(sheet.max_row - HEAD_ROW, 0), len(table.rows))
    for line, row in enumerate(table.rows, start=HEAD_ROW + 1):
        for at, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True), start=1):
            found, must = sheet.cell(line, at).value, cell_value(column, cell)
            outcome.compared += 1
            if not _same(found, must):
                outcome.differs(path, table.key, row.key, column.key, repr(found), repr(must))


def _beside(path: Path, workbook: Any, key: str, manifest: Record, outcome: Outcome) -> None:
    found = manifest.get("sheets", {}).get(key, {})
    if found.get("sheet") not in workbook.sheetnames:
        outcome.differs(path, key, "", "sheet", "missing", str(found.get("sheet")), kind="document")
        return
    sheet = workbook[found["sheet"]]
    values = [
        [sheet.cell(HEAD_ROW + 1 + row, 1 + column).value for column in range(len(found.get("columns", [])))]
        for row in range(len(found.get("rows", [])))
    ]
    outcome.equal(path, key, "", "digest of the cells", values_digest(values), found.get("values_sha256"))


def _same(found: Any, must: Any) -> bool:
    if isinstance(must, (int, float)) and not isinstance(must, bool):
        number = isinstance(found, (int, float)) and not isinstance(found, bool)
        return number and float(found) in (float(must), as_stored(must))
    return even(str(found or "")) == even(str(must or ""))
