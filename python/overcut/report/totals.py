"""Volume of a whole interval with its error: that of a sum of rows, which share errors."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from overcut.report.rounding import place_of
from overcut.tables import covariance

__all__ = ["coarsest_place", "whole_error"]

Record = dict[str, Any]


def whole_error(record: Record, interval: int) -> Record | None:
    """Give standard error and interval of all that was removed; None where a part of it has none.

    The variance of a sum is the sum over its part of the covariance matrix.
    """
    rows = record["rows"]
    of_interval = [row for row in rows if row["interval"] == interval and row["cut_measured_m3"]]
    if not of_interval or any(row["cut_error"] is None for row in of_interval):
        return None
    with_error = [row for row in rows if row["cut_error"] is not None]
    places = [at for at, row in enumerate(with_error) if row["interval"] == interval]
    variance = float(np.nansum(covariance(record).to_numpy()[np.ix_(places, places)]))
    sigma = max(variance, 0.0) ** 0.5
    half = NormalDist().inv_cdf(0.5 + record["options"]["confidence"] / 2.0) * sigma
    total = record["intervals"][interval]["cut_measured_m3"]
    return {"sigma_m3": sigma, "low_m3": max(total - half, 0.0), "high_m3": total + half}


def coarsest_place(record: Record, interval: int, change: str) -> int:
    """Coarsest place among the volumes of an interval: a sum without an error of its own is shown to it."""
    errors = [row[f"{change}_error"] for row in record["rows"] if row["interval"] == interval]
    places = [place_of(error["sigma_m3"]) for error in errors if error is not None]
    return max((place for place in places if place is not None), default=0)
