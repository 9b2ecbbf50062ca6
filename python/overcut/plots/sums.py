"""Volumes by class with their intervals: the error of a sum of rows is that of the record's covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overcut.classes import CLASSES
from overcut.exceptions import ParameterError
from overcut.report.rounding import place_of, shown
from overcut.row_errors import half_interval, sigma_of_sum_m3

if TYPE_CHECKING:
    from collections.abc import Collection

    from overcut.assessment import Assessment

__all__ = ["Sum", "cut_by_class", "cut_of", "position", "sum_of", "whole_cut"]

Record = dict[str, Any]


@dataclass(frozen=True)
class Sum:
    """A measured volume.

    Attributes
    ----------
    volume_m3 : float
        Volume in patches.
    sigma_m3, half_m3 : float or None
        Standard error, and half of the interval at the confidence of the assessment; None where errors are unknown.
    """

    volume_m3: float
    sigma_m3: float | None
    half_m3: float | None

    @property
    def text(self) -> str:
        """Volume ± half of its interval, with as many digits as the error allows.

        Examples
        --------
        >>> Sum(8559.6116, 15.2178, 29.826).text, Sum(217.4, None, None).text
        ('8,560 ± 30 m³', '217 m³')
        """
        place = place_of(self.sigma_m3)
        if place is None or self.half_m3 is None:
            return f"{shown(self.volume_m3, 0)} m³"
        return f"{shown(self.volume_m3, place)} ± {shown(self.half_m3, place, 'up')} m³"


def sum_of(volume_m3: float, error: Record | None) -> Sum:
    """Volume of a row or patch, with the error that the record states for it."""
    if error is None:
        return Sum(volume_m3, None, None)
    return Sum(volume_m3, error["sigma_m3"], error["high_m3"] - volume_m3)


def position(case: Assessment, interval: int) -> int:
    """Position of an interval from 0, also if it was counted from the end."""
    count = len(case._data["intervals"])
    if isinstance(interval, bool) or not isinstance(interval, int) or not -count <= interval < count:
        raise ParameterError(f"interval is {interval!r}; the assessment has intervals 0 to {count - 1}")
    return interval % count


def cut_by_class(case: Assessment, interval: int) -> dict[str, Sum]:
    """Volume removed in an interval by class, in the order of tables; classes without any are left out."""
    found = {each.word: cut_of(case, interval, (each.word,)) for each in CLASSES}
    return {word: each for word, each in found.items() if each.volume_m3 != 0.0}


def whole_cut(case: Assessment, interval: int) -> Sum:
    """Volume removed in an interval."""
    return cut_of(case, interval, tuple(each.word for each in CLASSES))


def cut_of(case: Assessment, interval: int, words: Collection[str]) -> Sum:
    """Volume removed in an interval in some classes together."""
    record = case._data
    rows = record["rows"]
    chosen = [at for at, row in enumerate(rows) if row["interval"] == interval and row["class"] in words]
    volume_m3 = sum(rows[at]["cut_measured_m3"] for at in chosen)
    measured = {at for at in chosen if rows[at]["cut_measured_m3"] != 0.0}
    if not measured or any(rows[at]["cut_error"] is None for at in measured):
        return Sum(volume_m3, None, None)
    sigma_m3 = sigma_of_sum_m3(record, measured)
    return Sum(volume_m3, sigma_m3, half_interval(record, sigma_m3))
