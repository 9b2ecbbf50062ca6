"""`verify`: read a record, find its inputs, compute it again, compare."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.assessment import read_assessment
from overcut.exceptions import FileReadError, OvercutError, ParameterError
from overcut.provenance import absolute_from, with_paths
from overcut.stated import path_text, positive_integer
from overcut.verification.comparing import compare_records, compare_sections
from overcut.verification.documents import compare_document, is_raster
from overcut.verification.rerunning import Inputs, locate, named_as_recorded, rerun
from overcut.verification.result import Difference, Verification

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["verify"]

Record = dict[str, Any]


def verify(
    path: str | os.PathLike[str],
    *,
    inputs: str | os.PathLike[str] | None = None,
    documents: Iterable[str | os.PathLike[str]] = (),
    threads: int | None = None,
) -> Verification:
    """Compute an assessment again from its inputs, and compare every figure of its record and of its documents.

    Parameters
    ----------
    path : str or os.PathLike
        Record, as `Assessment.to_json` wrote it.
    inputs : str or os.PathLike, optional
        Folder in which inputs are looked for, beside the paths in the record and the folder of the record. Files are
        known by their SHA-256, whatever their names are now.
    documents : iterable of str or os.PathLike
        What else was written: GeoPackage, CSV, rasters, reports (DOCX, HTML, PDF), workbook.
    threads : int, optional
        As in `assess`; figures do not depend on it.

    Returns
    -------
    Verification
        `ok` if nothing differs; otherwise `first` names the first input, parameter or figure that does.

    Raises
    ------
    FileReadError
        The record or a document is missing, or is none.
    """
    document = path_text(path, "path")
    record = _read(document)
    listed = [Path(path_text(each, "document")) for each in _several(documents)]
    for each in listed:
        if not each.exists():
            raise FileReadError(f"document {each} cannot be read: no such file")
    folder = None if inputs is None else Path(path_text(inputs, "inputs"))
    if folder is not None and not folder.is_dir():
        raise FileReadError(f"inputs {folder} is not a folder")
    threads = None if threads is None else positive_integer(threads, "threads")

    found = locate(record, document, folder)
    differences = list(found.differences)
    expected: Record | None = None
    run_notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="overcut-verify-") as work:
        rasters = Path(work) / "rasters" if any(is_raster(each) for each in listed) else None
        if not differences:
            expected, run_notes, failed = _computed(record, document, found, threads, rasters)
            differences += failed
        compared = 0
        if expected is not None:
            skipped = ("assumptions",) if found.notes else ()
            more, compared = compare_records(record, expected, document, ("overcut_version", *skipped))
            differences += more
        known = {each.table for each in differences}
        sealed, parts = compare_sections(record, document, known)
        differences += sealed
        basis = record if expected is None else {**expected, "overcut_version": record["overcut_version"]}
        notes = [*found.notes, *run_notes]
        for each in listed:
            result = compare_document(each, basis, rasters)
            differences += result.differences
            compared += result.compared
            notes += result.notes
    if expected is None:
        notes.append("the assessment was not computed again; documents were compared with the record as it stands")
    return Verification(
        record=document,
        recomputed=expected is not None,
        compared=compared + parts + len(found.found),
        found=tuple(differences),
        inputs=tuple(found.found),
        documents=tuple(str(each) for each in listed),
        notes=tuple(notes),
    )


def _several(documents: Any) -> list[Any]:
    return [documents] if isinstance(documents, (str, bytes, os.PathLike)) else list(documents)


def _read(document: str) -> Record:
    """Read the record as it stands, with absolute paths."""
    # The reader of the program refuses what is no record; the text shows what it would have made good.
    read_assessment(document)
    try:
        record: Record = json.loads(Path(document).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileReadError(f"record {document} cannot be read: {error}") from error
    provenance = record.get("provenance")
    if not isinstance(provenance, dict):
        raise FileReadError(
            f"{document} does not say how it was made, so it cannot be computed again; "
            "it was written by an earlier version"
        )
    record["provenance"] = with_paths(provenance, absolute_from(Path(document).absolute().parent))
    return record


def _computed(
    record: Record, document: str, found: Inputs, threads: int | None, rasters: Path | None
) -> tuple[Record | None, list[str], list[Difference]]:
    notes = []
    if record["overcut_version"] != _overcut.__version__:
        notes.append(f"made with overcut {record['overcut_version']}, computed again with {_overcut.__version__}")
    try:
        made = rerun(record, found, threads=threads, rasters=rasters).to_dict()
    except (OvercutError, KeyError, TypeError, ValueError) as error:
        kind: Any = "parameter" if isinstance(error, (ParameterError, KeyError, TypeError)) else "record"
        told = ("the assessment cannot be computed again", f"{type(error).__name__}: {error}", "the same assessment")
        return None, notes, [Difference(kind, document, "provenance", "", *told)]
    return named_as_recorded(made, record), notes, []
