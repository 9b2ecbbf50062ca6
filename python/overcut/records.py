"""Tables as records: plain values that JSON can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["rows_of"]


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
