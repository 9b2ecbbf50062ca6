"""Reports as PDF: the digests that they carry, and every row of their tables in the text of their pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from overcut.verification.documents.outcome import Outcome
from overcut.verification.documents.reports import expected_content

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["compare"]

Record = dict[str, Any]

MANIFEST = "overcut-manifest.json"


def compare(path: Path, record: Record) -> Outcome:
    """Compare a report. Text of a page has no cells: a row is compared as a whole."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError as error:
        raise ImportError('verifying PDF needs pypdf: pip install "overcut[report]"') from error
    outcome = Outcome()
    try:
        reader = PdfReader(path)
        manifest = json.loads(reader.attachments[MANIFEST][0])
        text = "".join(_bare(page.extract_text()) for page in reader.pages)
    except (OSError, ValueError, KeyError, IndexError, TypeError, PyPdfError) as error:
        outcome.differs(path, path.name, "", "file", f"cannot be read: {error}", "a report", kind="document")
        return outcome
    content = expected_content(manifest, record, outcome, path)
    if content is None:
        return outcome
    stated = manifest.get("tables", {})
    for table in content.tables:
        if not table.derived:
            continue
        of_manifest = stated.get(table.key, {}).get("sha256")
        outcome.equal(path, table.key, "", "digest in the manifest", of_manifest, table.sha256)
        for row in table.rows:
            outcome.compared += 1
            shown = "".join(_bare(cell.text) for cell in row.cells)
            if shown not in text:
                told = ("not in the text of the pages", " | ".join(cell.text for cell in row.cells))
                outcome.differs(path, table.key, row.key, "row", *told)
    outcome.notes.append(
        f"{path}: rows of tables were looked for in the text of the pages; running text was not compared"
    )
    return outcome


def _bare(text: str) -> str:
    return "".join(text.split())
