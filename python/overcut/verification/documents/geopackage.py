"""GeoPackages, cell by cell; outlines are compared byte by byte."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from overcut.verification.documents.outcome import Outcome

__all__ = ["compare"]

_KEYS = ("id", "key", "licence", "licences", "class", "layer", "interval", "part", "surface")
_LONGEST = 60

Table = tuple[list[str], list[tuple[Any, ...]]]


def compare(path: Path, native: Any) -> Outcome:
    """Compare every table with the one that is written anew."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="overcut-") as work:
        made = Path(work) / "expected.gpkg"
        native.write_gpkg(made, False)
        expected = _read(made)
    try:
        found = _read(path)
    except sqlite3.Error as error:
        outcome.differs(path, path.name, "", "file", f"cannot be read: {error}", "a GeoPackage", kind="document")
        return outcome
    for name, (columns, rows) in expected.items():
        if name not in found:
            outcome.differs(path, name, "", "table", "missing", "present", kind="document")
            continue
        its_columns, its_rows = found[name]
        outcome.equal(path, name, "", "columns", its_columns, columns)
        outcome.equal(path, name, "", "number of rows", len(its_rows), len(rows))
        for line, row in zip(its_rows, rows, strict=False):
            key = _key(columns, row)
            for column, stated, must in zip(columns, line, row, strict=False):
                outcome.compared += 1
                if not _same(stated, must):
                    outcome.differs(path, name, key, column, _told(stated), _told(must))
    for name in found:
        if name not in expected:
            outcome.differs(path, name, "", "table", "present", "no such table", kind="document")
    return outcome


def _read(path: Path) -> dict[str, Table]:
    # `immutable`: nothing is written beside the file, and a file on a read-only disk can be read.
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        database.text_factory = _text
        names = [row[0] for row in database.execute("SELECT table_name FROM gpkg_contents ORDER BY table_name")]
        tables = {}
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            cursor = database.execute(f"SELECT * FROM {quoted} ORDER BY 1")
            tables[name] = ([each[0] for each in cursor.description], cursor.fetchall())
        return tables


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="backslashreplace")


def _key(columns: list[str], row: tuple[Any, ...]) -> str:
    values = dict(zip(columns, row, strict=True))
    known = [str(values[name]) for name in _KEYS if values.get(name) is not None]
    return "/".join(known) or str(row[0])


def _same(stated: Any, must: Any) -> bool:
    return type(stated) is type(must) and (repr(stated) == repr(must) if isinstance(must, float) else stated == must)


def _told(value: Any) -> str:
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
