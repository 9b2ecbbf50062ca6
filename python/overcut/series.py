"""Many surveys: what was dug and filled in each interval, how each working grew, how much was filled again."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from overcut import tables
from overcut.exceptions import ParameterError
from overcut.records import frame_of, rows_of
from overcut.row_errors import half_interval, sigma_of_sum_m3
from overcut.summary import Table, figure
from overcut.summary_text import table_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pandas import DataFrame

__all__ = ["Series"]

Record = dict[str, Any]

DAYS_PER_MONTH = 365.2425 / 12.0


class Series:
    """All surveys of an assessment together.

    Volumes are the measured ones, m³. Of what was cut, `cut_again_m3` is fill that had been put there earlier in the
    series; the rest, `first_cut_m3`, is ground that was cut for the first time, and adds up to the deepest void. Of
    what was filled, `backfill_m3` fills ground that had been dug, up to the ground of the first survey; the rest raises
    it.
    """

    def __init__(self, record: Record) -> None:
        self._record = record

    @property
    def by_interval(self) -> DataFrame:
        """Row per interval: cut, first cut, cut again, fill, backfill, net, and what was dug per month."""
        record = self._record
        rows = []
        for position, interval in enumerate(record["intervals"]):
            own = [at for at, row in enumerate(record["rows"]) if row["interval"] == position]
            sums = _sums([record["rows"][at] for at in own])
            days = _days(interval)
            sigma = sigma_of_sum_m3(record, own)
            months = days / DAYS_PER_MONTH
            low, high = _interval(sums["cut_m3"], sigma, record)
            rows.append(
                {
                    "interval": position,
                    "days": days,
                    **sums,
                    "net_m3": sums["fill_m3"] - sums["cut_m3"],
                    "cut_sigma_m3": sigma,
                    "cut_m3_per_month": sums["cut_m3"] / months,
                    "cut_m3_per_month_low": low / months,
                    "cut_m3_per_month_high": high / months,
                    "fill_m3_per_month": sums["fill_m3"] / months,
                }
            )
        return _dated(rows, record)

    @property
    def by_licence(self) -> DataFrame:
        """Row per licences, class and layer, over all intervals: cut, first cut, cut again, fill, backfill, net."""
        keyed: dict[tuple[str, str, str], list[Record]] = {}
        for row in self._record["rows"]:
            keyed.setdefault((tables.class_licences(row), row["class"], row["layer"] or ""), []).append(row)
        rows = []
        for (licence, class_, layer), own in keyed.items():
            sums = _sums(own)
            names = {"licence": licence, "class": class_, "layer": layer or None}
            rows.append({**names, **sums, "net_m3": sums["fill_m3"] - sums["cut_m3"]})
        return frame_of(rows)

    @property
    def workings(self) -> DataFrame:
        """Row per working and interval: cuts that lie over each other in plan are one working.

        `new_area_m2` is the plan area, with the rim over which a patch is measured, that was in no cut before.
        """
        rows = []
        for name, cuts in self._by_working().items():
            total_m3 = total_m2 = 0.0
            for position in sorted({cut["interval"] for cut in cuts}):
                own = [cut for cut in cuts if cut["interval"] == position]
                volume_m3 = sum(cut["volume_m3"] for cut in own)
                new_m2 = sum(cut["new_area_m2"] or 0.0 for cut in own)
                total_m3, total_m2 = total_m3 + volume_m3, total_m2 + new_m2
                sigma = sum(cut["error"]["sigma_m3"] ** 2 for cut in own if cut["error"]) ** 0.5
                low, high = _interval(volume_m3, sigma, self._record)
                months = _days(self._record["intervals"][position]) / DAYS_PER_MONTH
                rows.append(
                    {
                        "working": name,
                        "interval": position,
                        "patches": ", ".join(cut["id"] for cut in own),
                        "volume_m3": volume_m3,
                        "sigma_m3": sigma,
                        "cumulative_volume_m3": total_m3,
                        "new_area_m2": new_m2,
                        "cumulative_area_m2": total_m2,
                        "max_depth_m": max(cut["max_depth_m"] for cut in own),
                        "m3_per_month": volume_m3 / months,
                        "m3_per_month_low": low / months,
                        "m3_per_month_high": high / months,
                        "first": position == min(cut["interval"] for cut in cuts),
                    }
                )
        return _dated(rows, self._record)

    @property
    def voids(self) -> DataFrame:
        """Row per cut and survey: the void under the ground of the first survey inside its outline, and its filling.

        `filled_share` is the share of the greatest void until then that has been filled since the cut.
        """
        rows = []
        for patch in self._cuts():
            greatest = 0.0
            for epoch in patch["history"]:
                greatest = max(greatest, epoch["void_m3"])
                after = epoch["surface"] > patch["interval"] + 1
                rows.append(
                    {
                        "working": patch["working"],
                        "patch": patch["id"],
                        "date": self._record["surfaces"][epoch["surface"]]["date"],
                        "void_m3": epoch["void_m3"],
                        "deepest_void_m3": greatest,
                        "filled_share": 1.0 - epoch["void_m3"] / greatest if after and greatest > 0.0 else np.nan,
                        "area_m2": epoch["area_m2"],
                        "mean_height_m": epoch["mean_height_m"],
                        "lowest_height_m": epoch["lowest_height_m"],
                    }
                )
        frame = frame_of(rows)
        if rows:
            frame["date"] = tables.days(frame["date"])
        return frame

    @property
    def closure(self) -> dict[str, float]:
        """Last survey less the first where all surveys have heights: directly, and as the sum of the intervals, m³."""
        return dict(self._record["series"])

    def verify_backfill(self, working: str, *, ordered_share: float = 1.0) -> dict[str, Any]:
        """Tell how much of the void of a working had been filled by the last survey, and to which height.

        Parameters
        ----------
        working : str
            As in `workings`; of its cuts, the one with the greatest void counts.
        ordered_share : float
            Share of the deepest void that was ordered to be filled, 0 to 1.

        Returns
        -------
        dict
            `deepest_void_m3`, `remaining_void_m3`, `filled_m3`, `filled_share`, `ordered_m3`, `missing_m3`; mean and
            lowest height of the ground then and now, and the days.

        Raises
        ------
        ParameterError
            There is no such working.
        """
        if not 0.0 <= ordered_share <= 1.0:
            raise ParameterError(f"ordered_share is {ordered_share!r}; expected a share from 0 to 1")
        cuts = self._by_working().get(working)
        if not cuts:
            raise ParameterError(f"working {working!r} is not known; known: {', '.join(self._by_working()) or 'none'}")
        patch = max(cuts, key=lambda cut: max((epoch["void_m3"] for epoch in cut["history"]), default=0.0))
        deepest = max(patch["history"], key=lambda epoch: epoch["void_m3"])
        last = patch["history"][-1]
        filled = deepest["void_m3"] - last["void_m3"]
        ordered = ordered_share * deepest["void_m3"]
        return {
            "working": working,
            "patch": patch["id"],
            "deepest_void_m3": deepest["void_m3"],
            "deepest_on": self._record["surfaces"][deepest["surface"]]["date"],
            "remaining_void_m3": last["void_m3"],
            "last_on": self._record["surfaces"][last["surface"]]["date"],
            "filled_m3": filled,
            "filled_share": filled / deepest["void_m3"] if deepest["void_m3"] > 0.0 else None,
            "ordered_m3": ordered,
            "missing_m3": max(ordered - filled, 0.0),
            "mean_height_deepest_m": deepest["mean_height_m"],
            "mean_height_last_m": last["mean_height_m"],
            "lowest_height_deepest_m": deepest["lowest_height_m"],
            "lowest_height_last_m": last["lowest_height_m"],
        }

    def _cuts(self) -> list[Record]:
        return [patch for patch in self._record["patches"] if patch["working"] is not None]

    def _by_working(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for patch in self._cuts():
            found.setdefault(patch["working"], []).append(patch)
        return dict(sorted(found.items()))

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        tables_ = {name: rows_of(getattr(self, name)) for name in ("by_interval", "by_licence", "workings", "voids")}
        return {**tables_, "closure": self.closure}

    def __repr__(self) -> str:
        table = self.by_interval
        names = ["cut_m3", "first_cut_m3", "cut_again_m3", "fill_m3", "backfill_m3", "net_m3", "cut_m3_per_month"]
        rows = [
            (f"{row['from']:%Y-%m-%d} to {row['to']:%Y-%m-%d}", *(figure(row[name]) for name in names))
            for row in table.to_dict("records")
        ]
        summed = {name: figure(table[name].sum()) for name in names[:-1]}
        total = ("all", *(summed.get(name, "") for name in names))
        shown = Table(head=("interval", *names), rows=rows, numeric=frozenset(range(1, 8)), total=total)
        count = len(self._by_working())
        closing = self.closure
        return (
            f"Series of {len(self._record['surfaces'])} surveys, {count} workings\n{table_text(shown)}\n"
            f"  net of all surveys {figure(closing['net_m3'])} m³ = sum of the intervals "
            f"{figure(closing['net_by_intervals_m3'])} m³, over {figure(closing['compared_area_m2'])} m²"
        )


def _sums(rows: Sequence[Record]) -> dict[str, float]:
    sums = {
        "cut_m3": "cut_measured_m3",
        "cut_again_m3": "cut_again_m3",
        "fill_m3": "fill_measured_m3",
        "backfill_m3": "backfill_m3",
    }
    found = {name: float(sum(row[own] for row in rows)) for name, own in sums.items()}
    return {"cut_m3": found["cut_m3"], "first_cut_m3": found["cut_m3"] - found["cut_again_m3"], **found}


def _interval(value: float, sigma: float, record: Record) -> tuple[float, float]:
    half = half_interval(record, sigma)
    return max(value - half, 0.0), max(value + half, 0.0)


def _days(interval: Record) -> int:
    start, end = (datetime.date.fromisoformat(interval[name]) for name in ("from", "to"))
    return (end - start).days


def _dated(rows: list[Record], record: Record) -> DataFrame:
    frame = frame_of(rows)
    if rows:
        for name in ("to", "from"):
            days = [record["intervals"][row["interval"]][name] for row in rows]
            frame.insert(list(frame.columns).index("interval") + 1, name, tables.days(days))
    return frame
