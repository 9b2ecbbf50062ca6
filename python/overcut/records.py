"""Tables as records: plain values that JSON can hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from overcut.publishing import publish

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from pandas import DataFrame

__all__ = ["frame_of", "rows_of", "write_json"]


def frame_of(rows: Sequence[dict[str, Any]], columns: list[str] | None = None) -> DataFrame:
    """Make a table of records; with columns also where there is no record."""
    from pandas import DataFrame

    frame: DataFrame = DataFrame(list(rows), columns=columns)
    return frame


def rows_of(table: DataFrame) -> list[dict[str, Any]]:
    """Rows of a table; what is missing is None.

    Examples
    --------
    >>> import pandas as pd
    >>> rows_of(pd.DataFrame({"licence": ["A"], "value": [float("nan")]}))
    [{'licence': 'A', 'value': None}]
    """
    import pandas as pd

    def plain(value: Any) -> Any:
        if pd.isna(value):
            return None
        if isinstance(value, pd.Timestamp):
            return value.date().isoformat()
        return value.item() if hasattr(value, "item") else value

    return [{str(name): plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def write_json(path: str | os.PathLike[str], record: dict[str, Any], *, overwrite: bool = False) -> Path:
    """Write a record under another name and rename it, so that the file is whole or not there.

    Raises
    ------
    OutputError
        The file exists, or cannot be written.
    """
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
    return publish(path, f"{text}\n".encode(), overwrite=overwrite)
