"""How a run went, from its log and its units: when, how long, how fast, what was tried again."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import TYPE_CHECKING, Any

from overcut.batch.folder import RunFolder
from overcut.batch.summary import duration
from overcut.report.rounding import shown
from overcut.summary import Table

if TYPE_CHECKING:
    from overcut.batch.page.words import Words
    from overcut.batch.result import BatchResult

__all__ = ["course", "slowest_table", "tiles_told", "units_told"]

MOST_UNITS = 5
MOST_WORKERS = 3


def units_told(result: BatchResult, say: Words) -> str:
    """How many units became what."""
    counted = Counter(result.units["status"])
    parts = [
        say(f"count_{status.replace(' ', '_')}", count=f"{counted[status]:,}")
        for status in ("done", "with gaps", "failed")
        if counted[status]
    ]
    return say("units_text", units=f"{len(result.plan.units):,}", parts=say.joined(parts))


def tiles_told(result: BatchResult, say: Words) -> str:
    """How many tiles became what."""
    counted = Counter(result.tiles["status"])
    parts = [
        say(f"fate_{status}", count=f"{counted[status]:,}")
        for status in ("used", "not_needed", "no_heights", "left_out", "rejected")
        if counted[status]
    ]
    return say("tiles_text", tiles=f"{len(result.tiles):,}", parts=say.joined(parts))


def course(result: BatchResult, say: Words) -> list[tuple[str, str]]:
    """Say how the run went."""
    plan = result.plan
    log = RunFolder(result.folder).logged()
    facts = [(say("units"), units_told(result, say)), (say("tiles"), tiles_told(result, say))]
    if plan.without_pair or plan.far:
        facts.append(
            (say("not_planned"), say("not_planned_text", without=f"{plan.without_pair:,}", far=f"{plan.far:,}"))
        )
    sessions = _sessions(log)
    if sessions:
        seconds = sum((end - start).total_seconds() for start, end in sessions)
        cells = _cells_done(result, log) * len(plan.epochs)
        facts.append(
            (
                say("when"),
                say("when_text", start=_moment(sessions[0][0]), end=_moment(sessions[-1][1]), runs=len(sessions)),
            )
        )
        facts.append((say("time"), duration(seconds)))
        if seconds > 0.0:
            facts.append((say("rate"), say("rate_text", rate=shown(cells / seconds / 1e6, -1))))
        facts.append((say("workers"), _workers(log)))
    spent = result.units["seconds"].dropna()
    facts.append((say("work"), say("work_text", time=duration(float(spent.sum())))))
    retried = sum(each.get("event") == "retry" for each in log)
    if retried:
        facts.append((say("retries"), f"{retried:,}"))
    return facts


def slowest_table(result: BatchResult, say: Words) -> Table | None:
    """Units that took longest."""
    units = result.units.dropna(subset=["seconds"])
    if units.empty:
        return None
    slowest = units.sort_values(["seconds", "unit"], ascending=[False, True]).head(MOST_UNITS)
    tiles = {unit.number: sum(unit.tiles) for unit in result.plan.units}
    return Table(
        head=(say("unit"), say("seconds"), say("cells"), say("tiles"), say("rate_short")),
        rows=[
            (
                str(row["unit"]),
                shown(row["seconds"], -2),
                f"{row['rows'] * row['cols']:,}",
                f"{tiles[row['unit']]:,}",
                shown(row["rows"] * row["cols"] * len(result.plan.epochs) / max(row["seconds"], 1e-9) / 1e6, -1),
            )
            for row in slowest.to_dict("records")
        ],
        numeric=frozenset(range(5)),
    )


def _sessions(log: list[dict[str, Any]]) -> list[tuple[datetime.datetime, datetime.datetime]]:
    """Begin and end of each time that the run was begun or continued; the end is the last that was heard of it."""
    sessions: list[tuple[datetime.datetime, datetime.datetime]] = []
    for each in log:
        try:
            moment = datetime.datetime.fromisoformat(each["when"])
        except (KeyError, TypeError, ValueError):
            continue
        if each.get("event") == "run":
            sessions.append((moment, moment))
        elif sessions:
            sessions[-1] = (sessions[-1][0], max(moment, sessions[-1][1]))
    return sessions


def _cells_done(result: BatchResult, log: list[dict[str, Any]]) -> int:
    """Cells of units whose end is in the log; one that was done twice counts twice."""
    cells = {unit.number: unit.cells for unit in result.plan.units}
    return sum(cells.get(each.get("unit", -1), 0) for each in log if each.get("event") == "done")


def _workers(log: list[dict[str, Any]]) -> str:
    found = list(dict.fromkeys(str(each.get("workers", "")) for each in log if each.get("event") == "run"))
    return "; ".join(found[-MOST_WORKERS:])


def _moment(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC"
