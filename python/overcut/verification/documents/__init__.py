"""Documents that were written from an assessment, compared with what they must say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from overcut.exceptions import FileReadError
from overcut.verification.documents.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["compare_document", "is_raster"]

Record = dict[str, Any]


def is_raster(path: Path) -> bool:
    """Whether a document is a raster, which is computed again along with the figures."""
    return path.suffix.lower() in (".tif", ".tiff")


def compare_document(path: Path, record: Record, rasters: Path | None) -> Outcome:
    """Compare one document, or every one of a folder of CSV files.

    Raises
    ------
    FileReadError
        It is no document that overcut writes.
    """
    from overcut._overcut import Record as Native

    native = Native.from_json(json.dumps({**record, "provenance": None}))
    suffix = path.suffix.lower()
    comparers: dict[str, Callable[[], Outcome]] = {
        ".csv": lambda: _csv(path, native),
        ".gpkg": lambda: _gpkg(path, native),
        ".html": lambda: _html(path, record),
        ".docx": lambda: _docx(path, record),
        ".xlsx": lambda: _xlsx(path, record),
        ".pdf": lambda: _pdf(path, record),
        ".tif": lambda: _raster(path, rasters),
        ".tiff": lambda: _raster(path, rasters),
    }
    if path.is_dir():
        outcome = Outcome()
        for each in sorted(path.glob("*.csv")):
            outcome.add(_csv(each, native))
        return outcome
    if suffix not in comparers:
        raise FileReadError(f"document {path} is of no kind that can be verified; expected {', '.join(comparers)}")
    return comparers[suffix]()


def _csv(path: Path, native: Any) -> Outcome:
    from overcut.verification.documents.csv_tables import compare

    return compare(path, native)


def _gpkg(path: Path, native: Any) -> Outcome:
    from overcut.verification.documents.geopackage import compare

    return compare(path, native)


def _html(path: Path, record: Record) -> Outcome:
    from overcut.verification.documents.html_report import compare

    return compare(path, record)


def _docx(path: Path, record: Record) -> Outcome:
    from overcut.verification.documents.docx_report import compare

    return compare(path, record)


def _xlsx(path: Path, record: Record) -> Outcome:
    from overcut.verification.documents.workbook import compare

    return compare(path, record)


def _pdf(path: Path, record: Record) -> Outcome:
    from overcut.verification.documents.pdf_report import compare

    return compare(path, record)


def _raster(path: Path, rasters: Path | None) -> Outcome:
    from overcut.verification.documents.raster import compare

    return compare(path, rasters)
