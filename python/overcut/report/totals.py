"""Volume of a whole interval with its error: that of a sum of rows, which share errors."""

from __future__ import annotations

from typing import Any

from overcut.report.rounding import place_of
from overcut.row_errors import half_interval, sigma_of_sum_m3

__all__ = ["coarsest_place", "whole_error"]

Record = dict[str, Any]


def whole_error(record: Record, interval: int) -> Record | None:
    """Give standard error and interval of all that was removed; None where a part of it has none."""
    rows = record["rows"]
    own = [at for at, row in enumerate(rows) if row["interval"] == interval]
    measured = [at for at in own if rows[at]["cut_measured_m3"]]
    if not measured or any(rows[at]["cut_error"] is None for at in measured):
        return None
    sigma = sigma_of_sum_m3(record, own)
    half = half_interval(record, sigma)
    total = record["intervals"][interval]["cut_measured_m3"]
    return {"sigma_m3": sigma, "low_m3": max(total - half, 0.0), "high_m3": total + half}


def coarsest_place(record: Record, interval: int, change: str) -> int:
    """Coarsest place among the volumes of an interval: a sum without an error of its own is shown to it."""
    errors = [row[f"{change}_error"] for row in record["rows"] if row["interval"] == interval]
    places = [place_of(error["sigma_m3"]) for error in errors if error is not None]
    return max((place for place in places if place is not None), default=0)
