"""What inspections found, as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.exceptions import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["OUTCOMES", "outcome_values"]

OUTCOMES = {
    "unlawful": 1.0,
    "违法": 1.0,
    "lawful": 0.0,
    "合法": 0.0,
    "false_change": 0.0,
    "伪变化": 0.0,
    "exempt": 0.0,
    "不处理": 0.0,
}
"""Words of an outcome, and whether it was real digging outside the rights."""


def outcome_values(outcomes: Iterable[Any]) -> NDArray[np.float64]:
    """1 for real digging outside the rights, 0 for none; missing for what was not inspected.

    Parameters
    ----------
    outcomes : iterable
        Words of `OUTCOMES`, True or False, 1 or 0; None, NaN or empty for what was not inspected.

    Raises
    ------
    ParameterError
        Another word.

    Examples
    --------
    >>> outcome_values(["unlawful", "伪变化", None, True]).tolist()
    [1.0, 0.0, nan, 1.0]
    """
    return np.array([_value(at, each) for at, each in enumerate(outcomes)], dtype=np.float64)


def _value(at: int, outcome: Any) -> float:
    from pandas import isna

    if isna(outcome):
        return float("nan")
    if isinstance(outcome, str):
        word = outcome.strip().lower()
        if not word:
            return float("nan")
        if word in OUTCOMES:
            return OUTCOMES[word]
    elif outcome in (0, 1):
        return float(outcome)
    raise ParameterError(f"outcome {at} is {outcome!r}; expected True, False, nothing, or one of {', '.join(OUTCOMES)}")
