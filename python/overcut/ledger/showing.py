"""A ledger at a glance: how many patches are in which state, and what they come to."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from overcut.ledger.states import STATES
from overcut.messages import Language, text
from overcut.summary import Table, figure
from overcut.summary_html import block, facts_html, table_html
from overcut.summary_text import printable, table_text

if TYPE_CHECKING:
    from overcut.ledger.contents import Contents

__all__ = ["ledger_html", "ledger_text"]

_SUMS = ("area_m2", "cut_m3", "backfill_m3", "outside_m3")
_LONGEST_CRS = 60


def ledger_text(ledger: Contents, lang: Language) -> str:
    """Lay out a summary as text."""
    patches = ledger.patches
    title = text("ledger.title", lang, place=ledger.place)
    facts = [f"  {label}: {value}" for label, value in _facts(ledger, patches, lang)]
    whole = "\n".join([title, *facts, "", table_text(_table(patches, lang))])
    return "\n".join(printable(line) for line in whole.split("\n"))


def ledger_html(ledger: Contents, lang: Language = "en") -> str:
    """Lay out a summary for a notebook."""
    patches = ledger.patches
    title = f"<h3>{escape(text('ledger.title', lang, place=ledger.place))}</h3>"
    return block([title, facts_html(_facts(ledger, patches, lang)), table_html(_table(patches, lang))])


def _facts(ledger: Contents, patches: Any, lang: Language) -> list[tuple[str, str]]:
    runs, leads = ledger.runs, ledger.leads
    living = int((patches["state"] != "merged").sum())
    facts = [
        ("crs", ledger.crs[:_LONGEST_CRS]),
        ("storage", text(f"ledger.storage_{ledger.storage}", lang)),
        ("runs", str(len(runs))),
    ]
    if len(runs):
        between = {"first": f"{runs['earlier'].min():%Y-%m-%d}", "last": f"{runs['later'].max():%Y-%m-%d}"}
        facts.append(("surveys", text("ledger.surveys_between", lang, **between)))
    joined = int(leads["patch_id"].notna().sum())
    facts += [
        ("patches", text("ledger.merged_count", lang, living=living, merged=len(patches) - living)),
        ("leads", text("ledger.joined_count", lang, joined=joined, count=len(leads))),
        ("watch_areas", str(len(ledger.watch_areas))),
    ]
    return [(text(f"ledger.fact_{name}", lang), value) for name, value in facts]


def _table(patches: Any, lang: Language) -> Table:
    rows: list[tuple[str, ...]] = []
    for state in STATES:
        own = patches[patches["state"] == state]
        if len(own):
            rows.append((text(f"ledger.state_{state}", lang), str(len(own)), *_sums(own)))
    names = ("state", "patches", "area", "cut", "backfill", "outside")
    return Table(
        head=tuple(text(f"ledger.head_{name}", lang) for name in names),
        rows=rows,
        numeric=frozenset(range(1, 6)),
        headline=3,
        total=(text("ledger.all", lang), str(len(patches)), *_sums(patches)),
    )


def _sums(patches: Any) -> list[str]:
    """Sum what is known; what was merged is counted under the patch that goes on, and has none."""
    return [figure(float(patches[name].sum())) if patches[name].notna().any() else figure(None) for name in _SUMS]
