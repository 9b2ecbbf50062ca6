"""What a GIS sees of a ledger: views that put the last rows together. The SQL is common to SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["VIEWS", "View"]


@dataclass(frozen=True)
class View:
    """A view.

    Attributes
    ----------
    name, title : str
        Its name, and what it is called in a GIS.
    columns : tuple of (str, str, str)
        Name, kind, and SQL of each column; the first is a number of its own for each row.
    source : str
        What comes after FROM.
    geometry : str
        Kind of the geometry in the column `geom`; empty if there is none.
    """

    name: str
    title: str
    columns: tuple[tuple[str, str, str], ...]
    source: str
    geometry: str = ""

    def statement(self) -> str:
        """Write the SQL that makes it."""
        columns = ", ".join(f'{sql} AS "{name}"' for name, _, sql in self.columns)
        return f"CREATE VIEW {self.name} AS SELECT {columns} FROM {self.source}"


def _own(table: str, kind: str, *names: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((name, kind, f'{table}."{name}"') for name in names)


def _said() -> tuple[tuple[str, str, str], ...]:
    return (("entry", "int", "e.id"), ("said_by", "text", "e.said_by"), ("said_at", "moment", "e.said_at"))


def _noted(name: str) -> str:
    stated = f"n.patch = p.id AND n.{name} IS NOT NULL"
    return f"(SELECT n.{name} FROM ledger_notes n WHERE {stated} ORDER BY n.id DESC LIMIT 1)"


def _line(kind: str) -> str:
    return (
        "(SELECT o.patch_id FROM ledger_lineage l JOIN ledger_patches o ON o.id = l.other "
        f"WHERE l.patch = p.id AND l.kind = '{kind}')"
    )


_STATE = (
    f"CASE WHEN {_line('merged_into')} IS NOT NULL THEN 'merged' "
    "WHEN i.inspected_on >= s.last_change THEN 'verified' ELSE s.activity END"
)

_PATCHES = View(
    "patches",
    "Ledger patches, as they are now 图斑现状",
    (
        ("fid", "int", "p.id"),
        ("patch_id", "text", "p.patch_id"),
        ("state", "text", _STATE),
        ("activity", "text", "s.activity"),
        ("merged_into", "text", _line("merged_into")),
        ("split_from", "text", _line("split_from")),
        *_own("s", "date", "first_seen", "last_dug", "last_filled", "last_looked", "last_change"),
        *_own("s", "int", "intervals_dug", "reopened"),
        *_own("s", "real", "cut_m3", "cut_sigma_m3", "cut_low_m3", "cut_high_m3"),
        *_own("s", "real", "backfill_m3", "backfill_sigma_m3", "backfill_low_m3", "backfill_high_m3"),
        *_own("s", "real", "void_m3", "filled_share", "area_m2", "ground_m2", "max_depth_m", "strength"),
        *_own("s", "real", "outside_m3", "outside_area_m2", "x", "y"),
        *_own("s", "text", "class", "attribution"),
        ("licence", "text", f"COALESCE({_noted('licence')}, s.licence)"),
        ("subject", "text", f"COALESCE({_noted('subject')}, s.holder)"),
        ("township", "text", f"COALESCE({_noted('township')}, s.township)"),
        ("village", "text", f"COALESCE({_noted('village')}, s.village)"),
        *((name, "text", _noted(name)) for name in ("gully", "mine", "opening", "risk")),
        *_own("s", "text", "zones", "zone_kinds", "notify", "reserves"),
        *_own("s", "real", "farmland_m2", "basic_farmland_m2"),
        *_own("i", "text", "outcome"),
        *_own("i", "bool", "filed", "accepted", "settled"),
        *_own("i", "date", "inspected_on"),
        *_own("i", "text", "inspectors", "details"),
        ("inspection_note", "text", "i.note"),
        ("note", "text", _noted("text")),
        ("geom", "geometry", "g.geom"),
    ),
    "ledger_patches p "
    "LEFT JOIN ledger_states s ON s.id = (SELECT MAX(x.id) FROM ledger_states x WHERE x.patch = p.id) "
    "LEFT JOIN ledger_grounds g ON g.id = (SELECT MAX(x.id) FROM ledger_grounds x WHERE x.patch = p.id) "
    "LEFT JOIN ledger_inspections i ON i.id = (SELECT x.id FROM ledger_inspections x WHERE x.patch = p.id "
    "ORDER BY x.inspected_on DESC, x.id DESC LIMIT 1)",
    "MULTIPOLYGON",
)

_OBSERVATIONS = View(
    "observations",
    "What each pair of surveys saw 历次监测",
    (
        ("fid", "int", "o.id"),
        ("patch_id", "text", "p.patch_id"),
        *_own("o", "text", "change"),
        *_own("t", "date", "earlier", "later"),
        *_own("t", "text", "earlier_source", "later_source"),
        ("run", "int", "t.run"),
        ("interval", "int", "t.number"),
        *_own("o", "text", "name"),
        *_own("o", "bool", "counted"),
        *_own("o", "int", "again"),
        *_own("o", "real", "area_m2", "volume_m3", "sigma_m3", "low_m3", "high_m3", "max_depth_m", "strength"),
        *_own("o", "real", "x", "y", "outside_m3"),
        *_own("o", "text", "attribution", "licence", "holder", "class", "nearest_licence"),
        *_own("o", "real", "nearest_distance_m"),
        ("geom", "geometry", "o.geom"),
    ),
    "ledger_observations o JOIN ledger_intervals t ON t.id = o.interval LEFT JOIN ledger_patches p ON p.id = o.patch",
    "MULTIPOLYGON",
)

_LEADS = View(
    "leads",
    "Reports and other leads 线索",
    (
        ("fid", "int", "a.id"),
        *_own("a", "text", "kind"),
        *_own("a", "date", "dated"),
        *_own("a", "text", "text"),
        *_said(),
        ("geom", "geometry", "a.geom"),
    ),
    "ledger_leads a JOIN ledger_entries e ON e.id = a.entry",
    "POINT",
)

_WATCH_AREAS = View(
    "watch_areas",
    "Watched ground: closed mines, danger points 巡查点",
    (
        ("fid", "int", "a.id"),
        *_own("a", "text", "kind", "name", "risk", "text"),
        *_own("a", "real", "radius_m", "interval_days"),
        *_said(),
        ("geom", "geometry", "a.geom"),
    ),
    "ledger_watch_areas a JOIN ledger_entries e ON e.id = a.entry",
    "MULTIPOLYGON",
)

_INSPECTIONS = View(
    "inspections",
    "Inspections on site 现场核查",
    (
        ("fid", "int", "a.id"),
        ("patch_id", "text", "p.patch_id"),
        ("counts_for", "text", "q.patch_id"),
        *_own("a", "date", "inspected_on"),
        *_own("a", "text", "outcome"),
        *_own("a", "bool", "filed", "accepted", "settled"),
        *_own("a", "text", "inspectors", "note", "details"),
        *_said(),
    ),
    "ledger_inspections a JOIN ledger_entries e ON e.id = a.entry "
    "JOIN ledger_patches p ON p.id = a.asked JOIN ledger_patches q ON q.id = a.patch",
)

_PATROLS = View(
    "patrols",
    "Patrols 巡查记录",
    (
        ("fid", "int", "a.id"),
        ("patch_id", "text", "p.patch_id"),
        ("watch_area", "text", "w.name"),
        *_own("a", "date", "patrolled_on"),
        *_own("a", "text", "level", "note"),
        *_said(),
    ),
    "ledger_patrols a JOIN ledger_entries e ON e.id = a.entry LEFT JOIN ledger_patches p ON p.id = a.patch "
    "LEFT JOIN ledger_watch_areas w ON w.id = a.watch_area",
)

_RUNS = View(
    "runs",
    "Runs that were added 入账记录",
    (
        ("fid", "int", "a.id"),
        ("run", "int", "a.id"),
        *_own("a", "text", "digest", "title", "source", "version"),
        ("intervals", "int", "(SELECT COUNT(*) FROM ledger_intervals t WHERE t.run = a.id)"),
        ("earlier", "date", "(SELECT MIN(t.earlier) FROM ledger_intervals t WHERE t.run = a.id)"),
        ("later", "date", "(SELECT MAX(t.later) FROM ledger_intervals t WHERE t.run = a.id)"),
        *_said(),
    ),
    "ledger_runs a JOIN ledger_entries e ON e.id = a.entry",
)

VIEWS = (_PATCHES, _OBSERVATIONS, _LEADS, _WATCH_AREAS, _INSPECTIONS, _PATROLS, _RUNS)
"""In the order in which a GIS lists them."""
