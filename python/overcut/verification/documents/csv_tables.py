"""CSV files, cell by cell."""

from __future__ import annotations

import csv
import tempfile
from typing import TYPE_CHECKING, Any

from overcut.verification.documents.outcome import Outcome

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["compare"]

_KEYS = {"rows.csv": ("interval", "licences", "class", "layer"), "patches.csv": ("id",), "intervals.csv": ("interval",)}


def compare(path: Path, native: Any) -> Outcome:
    """Compare a table with the one that is written anew."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="overcut-") as work:
        expected = {file.name: _read(file) for file in native.write_csv(work, False)}
    try:
        found = _read(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        outcome.differs(path, path.name, "", "file", f"cannot be read: {error}", "a table", kind="document")
        return outcome
    name = _which(path, found, expected)
    if name is None:
        told = ("columns of no table of an assessment", ", ".join(expected))
        outcome.differs(path, path.name, "", "columns", *told, kind="document")
        return outcome
    wanted = expected[name]
    outcome.equal(path, name, "", "columns", found[0] if found else [], wanted[0])
    outcome.equal(path, name, "", "number of rows", len(found), len(wanted))
    head = wanted[0]
    for line, row in zip(found[1:], wanted[1:], strict=False):
        key = "/".join(value for column, value in zip(head, row, strict=True) if column in _KEYS[name])
        outcome.equal(path, name, key, "number of cells", len(line), len(row))
        for column, stated, must in zip(head, line, row, strict=False):
            outcome.equal(path, name, key, column, stated, must)
    return outcome


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, strict=True))


def _which(path: Path, found: list[list[str]], expected: dict[str, list[list[str]]]) -> str | None:
    """Table that a file holds: by its name, else by its columns."""
    if path.name in expected:
        return path.name
    head = found[0] if found else []
    return next((name for name, rows in expected.items() if rows[0] == head), None)
