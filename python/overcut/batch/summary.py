"""Plans and results of batches as text, for terminals and logs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from overcut.summary_text import printable

if TYPE_CHECKING:
    from overcut.batch.planning import BatchPlan
    from overcut.batch.result import BatchResult

__all__ = ["duration", "plan_text", "result_text"]

_SHOWN = 10
_MINUTE, _HOUR = 60.0, 3600.0


def duration(seconds: float) -> str:
    """Say how long something takes.

    Examples
    --------
    >>> duration(3.2), duration(95), duration(7300)
    ('3 s', '1 min 35 s', '2 h 1 min')
    """
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min {int(seconds % _MINUTE)} s"
    return f"{int(seconds // _HOUR)} h {int(seconds % _HOUR // _MINUTE)} min"


def plan_text(plan: BatchPlan) -> str:
    """Lay out a plan."""
    west, north, dx, dy, rows, cols = plan.grid
    cost = plan.cost()
    facts = [
        ("grid", f"{rows:,} x {cols:,} cells of {dx:g} x {dy:g} m from x {west:,.2f}, y {north:,.2f}"),
        *((f"epoch {epoch['date']}", f"{epoch['name']}, {len(epoch['paths']):,} tiles") for epoch in plan.epochs),
        ("mosaic", f"{plan.rule}"),
        ("units", f"{len(plan.units):,}, {plan.cells:,} cells"),
    ]
    if plan.without_pair or plan.far:
        facts.append(
            ("not done", f"{plan.without_pair:,} units without tiles of two consecutive epochs, {plan.far:,} far away")
        )
    facts += [
        ("time", f"about {duration(cost.seconds)} with {cost.workers} workers of one thread"),
        ("memory", f"about {cost.memory_mb:,.0f} MB for a worker; {cost.sent_mb:,.1f} MB of results"),
        ("job", plan.digest),
    ]
    lines = ["Plan of a batch", *_facts(facts)]
    if plan.left_out:
        lines += ["", f"Left out: {len(plan.left_out):,}"]
        lines += [f"  - {each}" for each in plan.left_out[:_SHOWN]]
        if len(plan.left_out) > _SHOWN:
            lines.append(f"  … and {len(plan.left_out) - _SHOWN:,} more")
    return "\n".join(printable(line) for line in lines)


def result_text(result: BatchResult) -> str:
    """Lay out a result: the assessment, and what became of tiles and units."""
    statuses = Counter(result.tiles["status"])
    done = Counter(result.units["status"])
    facts = [
        ("units", ", ".join(f"{count:,} {status}" for status, count in sorted(done.items()))),
        ("tiles", ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in sorted(statuses.items()))),
        ("folder", str(result.folder)),
    ]
    lines = [str(result.assessment), "", "Batch", *_facts(facts)]
    return "\n".join(lines)


def _facts(facts: list[tuple[str, str]]) -> list[str]:
    space = max(len(label) for label, _ in facts)
    return [f"  {label:<{space}}  {text}" for label, text in facts]
