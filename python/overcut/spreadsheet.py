"""Tables for a spreadsheet: UTF-8 with a mark that Excel understands, whole or not there."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.directories import results_in
from overcut.exceptions import OutputError

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from pandas import DataFrame

__all__ = ["harmless", "write_tables"]

_FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
"""First signs with which a spreadsheet takes a text for a formula, as in the tables that the extension writes."""


def write_tables(
    tables: Mapping[str, DataFrame], directory: str | os.PathLike[str], *, overwrite: bool = False
) -> list[Path]:
    """Write tables into a directory, each under another name first.

    Parameters
    ----------
    tables : mapping of file name to pandas.DataFrame
        Text that looks like a formula is preceded by an apostrophe.
    directory : str or os.PathLike
        Made if need be.
    overwrite : bool
        Whether files that exist may be replaced.

    Returns
    -------
    list of pathlib.Path
        The files.

    Raises
    ------
    OutputError
        A file exists, or cannot be written.
    """
    with results_in(directory) as place:
        paths = [place / name for name in tables]
        for path in paths:
            if path.exists() and not overwrite:
                raise OutputError(f"{path} exists already; ask for `overwrite`, or write elsewhere")
        staged: list[Path] = []
        try:
            for table in tables.values():
                with tempfile.NamedTemporaryFile(
                    "w", encoding="utf-8-sig", newline="", dir=place, prefix=".overcut-", delete=False
                ) as file:
                    staged.append(Path(file.name))
                    table.map(harmless).to_csv(file, index=False, lineterminator="\r\n")
            for temporary, path in zip(staged, paths, strict=True):
                temporary.replace(path)
        except OSError as error:
            raise OutputError(f"{place} cannot be written to: {error.strerror}; nothing was left behind") from error
        finally:
            for temporary in staged:
                with suppress(OSError):
                    temporary.unlink(missing_ok=True)
    return paths


def harmless(value: Any) -> Any:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
