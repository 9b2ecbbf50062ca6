"""Error of a sum of rows, which share errors: that of the record's covariances."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["half_interval", "sigma_of_sum_m3"]

Record = dict[str, Any]


def sigma_of_sum_m3(record: Record, rows: Collection[int]) -> float:
    """Give the standard error of what was removed in some rows together; a row without an error adds none.

    Parameters
    ----------
    record : dict
        Record of an assessment.
    rows : collection of int
        Positions of the rows in it.

    Examples
    --------
    >>> rows = [{"cut_error": {"sigma_m3": 3.0}}, {"cut_error": {"sigma_m3": 4.0}}, {"cut_error": None}]
    >>> sigma_of_sum_m3({"rows": rows, "covariances": [{"a": 0, "b": 1, "covariance_m6": 12.0}]}, {0, 1, 2})
    7.0
    """
    chosen = set(rows)
    errors = (record["rows"][at]["cut_error"] for at in chosen)
    variance_m6 = math.fsum(error["sigma_m3"] ** 2 for error in errors if error is not None)
    # Pair by pair: the matrix of a province would not fit into memory.
    variance_m6 += 2.0 * math.fsum(
        pair["covariance_m6"] for pair in record["covariances"] if pair["a"] in chosen and pair["b"] in chosen
    )
    return float(max(variance_m6, 0.0) ** 0.5)


def half_interval(record: Record, sigma: float) -> float:
    """Half of the interval of a value at the confidence of an assessment."""
    return float(NormalDist().inv_cdf(0.5 * (1.0 + record["options"]["confidence"])) * sigma)
