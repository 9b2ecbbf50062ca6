"""Everything that was ever said about a patch, in the order in which it was said."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from overcut.exceptions import LedgerError
from overcut.ledger.concluding import chains
from overcut.ledger.reading import leads_of
from overcut.ledger.schema import UNITS
from overcut.messages import Language, text
from overcut.records import frame_of
from overcut.summary import figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pandas import DataFrame
    from sqlalchemy.engine import Connection

    from overcut.ledger.settings import Settings
    from overcut.ledger.store import Store

__all__ = ["history_of"]

_COLUMNS = ["entry", "said_at", "said_by", "kind", "patch_id", "what"]
_FACTS = ("subject", *UNITS, "risk", "licence", "text")


def history_of(store: Store, settings: Settings, patch_id: str, lang: Language) -> DataFrame:
    """Row per thing that was said of a patch and of those that were merged into it.

    Parameters
    ----------
    store : Store
        The ledger.
    settings : Settings
        Within which distance leads belong to a patch.
    patch_id : str
        A patch, living or merged.
    lang : {"en", "zh"}
        Language of the sentences.
    """
    with store.reading() as connection:
        telling = _Telling(store, connection, lang)
        telling.find(patch_id)
        rows = list(telling.rows())
    leads = leads_of(store, settings.lead_distance_m)
    for each in leads[leads["patch_id"] == patch_id].to_dict("records"):
        what = text(
            "ledger.history_lead",
            lang,
            day=each["dated"].date(),
            kind=each["kind"],
            distance=figure(each["distance_m"]),
            more=_more(each["text"], lang),
        )
        rows.append(
            {
                "entry": each["entry"],
                "said_at": each["said_at"].to_pydatetime(),
                "said_by": each["said_by"],
                "kind": "lead",
                "patch_id": patch_id,
                "what": what,
            }
        )
    rows.sort(key=lambda row: row["entry"])
    return frame_of(rows, _COLUMNS)


@dataclass
class _Telling:
    store: Store
    connection: Connection
    lang: Language
    patch: int = 0
    names: dict[int, str] = field(default_factory=dict)
    members: list[int] = field(default_factory=list)

    def find(self, patch_id: str) -> None:
        patches = self.store.schema.table("patches")
        self.names = {row.id: row.patch_id for row in self.connection.execute(select(patches.c.id, patches.c.patch_id))}
        found = {name: key for key, name in self.names.items()}
        if patch_id not in found:
            raise LedgerError(f"patch {patch_id!r} is not in the ledger, which has {len(found)}")
        self.patch = found[patch_id]
        ends = chains(self.connection, self.store.schema)
        direct = [each for each, end in ends.items() if end == self.patch]
        self.members = sorted([self.patch, *direct])

    def rows(self) -> Iterator[dict[str, Any]]:
        """By run: id, lines, observations, conclusion; then what people said."""
        yield from self._of_runs()
        yield from self._of_people()

    def _row(self, entry: Any, kind: str, patch: int, key: str, **values: Any) -> dict[str, Any]:
        return {
            "entry": entry.id,
            "said_at": entry.said_at,
            "said_by": entry.said_by,
            "kind": kind,
            "patch_id": self.names[patch],
            "what": text(f"ledger.{key}", self.lang, **values),
        }

    def _of_runs(self) -> Iterator[dict[str, Any]]:
        schema = self.store.schema
        entries, runs, intervals, patches, lineage, observations, states = (
            schema.table(name)
            for name in ("entries", "runs", "intervals", "patches", "lineage", "observations", "states")
        )
        said = select(entries.c.id, entries.c.said_at, entries.c.said_by)
        dated = (intervals.c.earlier, intervals.c.later, intervals.c.run)
        joined = entries.join(runs, runs.c.entry == entries.c.id).join(intervals, intervals.c.run == runs.c.id)

        given = said.add_columns(*dated, patches.c.id.label("patch"))
        for row in self._asked(given, joined.join(patches, patches.c.interval == intervals.c.id), patches.c.id):
            yield self._row(row, "new", row.patch, "history_new", **_dates(row))
        lines = said.add_columns(*dated, lineage.c.kind, lineage.c.patch, lineage.c.other)
        own = joined.join(lineage, lineage.c.interval == intervals.c.id)
        for row in self._asked(lines, own, lineage.c.patch):
            other = self.names[row.other]
            yield self._row(row, row.kind, row.patch, f"history_{row.kind}", other=other, **_dates(row))
        for row in self._asked(lines, own, lineage.c.other):
            key = {"split_from": "history_split_off", "merged_into": "history_merged_here"}.get(row.kind)
            if key is not None and row.patch not in self.members:
                yield self._row(row, "split_off", row.other, key, other=self.names[row.patch], **_dates(row))
        seen = said.add_columns(*dated, *observations.c)
        for row in self._asked(
            seen, joined.join(observations, observations.c.interval == intervals.c.id), observations.c.patch
        ):
            area_m2 = row.outline_m2 if row.area_m2 is None else row.area_m2
            figures = {"volume": figure(row.volume_m3), "area": figure(area_m2)} if row.counted else {}
            key = "history_observed" if row.counted else "history_again"
            yield self._row(row, "observed", row.patch, key, name=row.name, **figures, **_dates(row))
        concluded = said.add_columns(states.c.patch, states.c.activity, states.c.cut_m3, states.c.backfill_m3)
        own = entries.join(runs, runs.c.entry == entries.c.id).join(states, states.c.run == runs.c.id)
        for row in self._asked(concluded, own, states.c.patch):
            if row.cut_m3 is not None:
                state = text(f"ledger.state_{row.activity}", self.lang)
                figures = {"cut": figure(row.cut_m3), "backfill": figure(row.backfill_m3)}
                yield self._row(row, "concluded", row.patch, "history_state", state=state, **figures)

    def _of_people(self) -> Iterator[dict[str, Any]]:
        schema = self.store.schema
        entries = schema.table("entries")
        said = select(entries.c.id, entries.c.said_at, entries.c.said_by)
        inspections, notes, patrols = (schema.table(name) for name in ("inspections", "notes", "patrols"))
        for table in (inspections, notes, patrols):
            columns = [column for column in table.c if column.name != "id"]
            own = entries.join(table, table.c.entry == entries.c.id)
            of = [table.c.patch, *([table.c.asked] if table is inspections else [])]
            for row in self._asked(said.add_columns(*columns), own, *of):
                if table is inspections:
                    outcome = text(f"ledger.outcome_{row.outcome}", self.lang)
                    filed = (
                        None
                        if row.filed is None
                        else text(f"ledger.{'filed' if row.filed else 'not_filed'}", self.lang)
                    )
                    details = json.loads(row.details) if row.details else {}
                    told = [filed, row.inspectors, row.note, *(f"{name} {value}" for name, value in details.items())]
                    more = _more(_joined(told, self.lang), self.lang)
                    values = {"day": row.inspected_on, "outcome": outcome, "more": more}
                    yield self._row(row, "inspection", row.asked, "history_inspection", **values)
                elif table is notes:
                    facts = [f"{name} {row._mapping[name]}" for name in _FACTS if row._mapping[name] is not None]
                    yield self._row(row, "note", row.patch, "history_note", facts=_joined(facts, self.lang))
                else:
                    more = _more(_joined([row.level, row.note], self.lang), self.lang)
                    yield self._row(row, "patrol", row.patch, "history_patrol", day=row.patrolled_on, more=more)

    def _asked(self, columns: Any, source: Any, *of: Any) -> list[Any]:
        asked = columns.select_from(source).where(or_(*(each.in_(self.members) for each in of)))
        return list(self.connection.execute(asked.order_by(*source.right.primary_key)))


def _dates(row: Any) -> dict[str, Any]:
    return {"earlier": row.earlier, "later": row.later, "run": row.run}


def _joined(words: Sequence[str | None], lang: Language) -> str:
    return ("；" if lang == "zh" else "; ").join(each for each in words if each)


def _more(words: Any, lang: Language) -> str:
    if not isinstance(words, str) or not words:
        return ""
    return f"；{words}" if lang == "zh" else f"; {words}"
