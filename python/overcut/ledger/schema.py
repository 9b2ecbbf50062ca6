"""Tables of a ledger, once for GeoPackage and PostgreSQL. Rows are only ever inserted, and the database sees to it.

Whatever somebody says is an *entry* (who, when, what kind) with rows of its own. What holds now is what the last rows
say: the views `patches`, `observations`, `leads`, `watch_areas`, `inspections`, `patrols` and `runs` put it together.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator

from overcut.ledger.geometry import geometry_type
from overcut.ledger.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SCHEMA_VERSION", "UNITS", "Schema", "build", "triggers"]

SCHEMA_VERSION = 1
UNITS = ("township", "village", "gully", "mine", "opening")
"""乡、村、沟、矿、洞: the unit of inspection, as far as it is known."""
_REFUSAL = "the ledger is append-only: say something new instead of changing what was said"


class Moment(TypeDecorator[datetime.datetime]):
    """A moment in UTC, to the second; in a GeoPackage as its DATETIME is written."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(
                sqlite.DATETIME(  # type: ignore[no-untyped-call]
                    storage_format="%(year)04d-%(month)02d-%(day)02dT%(hour)02d:%(minute)02d:%(second)02d.000Z",
                    regexp=r"(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.\d+Z",
                )
            )
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime.datetime | None, dialect: Any) -> datetime.datetime | None:
        if value is None:
            return None
        moment = value.astimezone(datetime.timezone.utc).replace(microsecond=0)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime.datetime | None, _: Any) -> datetime.datetime | None:
        if value is None:
            return None
        return (
            value.replace(tzinfo=datetime.timezone.utc)
            if value.tzinfo is None
            else value.astimezone(datetime.timezone.utc)
        )


@dataclass(frozen=True)
class Schema:
    """Tables and views of a ledger in one storage.

    Attributes
    ----------
    storage : {"geopackage", "postgis", "wkb"}
        Where geometries stand.
    tables, views : sqlalchemy.MetaData
        What is inserted into, and what is read.
    view_statements : tuple of str
        SQL that makes the views.
    """

    storage: str
    tables: MetaData
    views: MetaData
    view_statements: tuple[str, ...]

    def table(self, name: str) -> Table:
        """Table by its name, without `ledger_`."""
        return self.tables.tables[f"ledger_{name}"]

    def view(self, name: str) -> Table:
        """View by its name."""
        return self.views.tables[name]


def build(storage: str, srs_id: int, postgis_schema: str = "public") -> Schema:
    """Lay out the schema for a storage.

    Examples
    --------
    >>> sorted(build("wkb", 0).views.tables)
    ['inspections', 'leads', 'observations', 'patches', 'patrols', 'runs', 'watch_areas']
    """

    def geom(kind: str) -> Column[Any]:
        return Column("geom", geometry_type(storage, kind, srs_id, postgis_schema))

    metadata = MetaData()
    _entries(metadata)
    _runs(metadata, geom)
    _patches(metadata, geom)
    _sayings(metadata, geom)
    views = MetaData()
    kinds = {"int": Integer, "text": Text, "real": Float, "bool": Boolean, "date": Date, "moment": Moment}
    for view in VIEWS:
        columns = [
            geom(view.geometry) if name == "geom" else Column(name, kinds[kind]) for name, kind, _ in view.columns
        ]
        Table(view.name, views, *columns)
    return Schema(storage, metadata, views, tuple(view.statement() for view in VIEWS))


def _key() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _to(name: str, table: str, *, optional: bool = False) -> Column[int]:
    return Column(name, Integer, ForeignKey(f"ledger_{table}.id"), nullable=optional, index=True)


def _texts(*names: str) -> Iterator[Column[Any]]:
    return (Column(name, Text) for name in names)


def _reals(*names: str) -> Iterator[Column[Any]]:
    return (Column(name, Float) for name in names)


def _bounds() -> Iterator[Column[Any]]:
    return _reals("west", "south", "east", "north")


def _made(name: str, metadata: MetaData, *columns: Any) -> Table:
    return Table(f"ledger_{name}", metadata, _key(), *columns, sqlite_autoincrement=True)


def _entries(metadata: MetaData) -> None:
    _made(
        "entries",
        metadata,
        Column("kind", Text, nullable=False),
        Column("said_by", Text, nullable=False),
        Column("said_at", Moment, nullable=False),
        Column("program", Text, nullable=False),
    )
    _made("schema", metadata, _to("entry", "entries"), Column("version", Integer, nullable=False), *_texts("crs"))
    _made("settings", metadata, _to("entry", "entries"), Column("toml", Text, nullable=False))


def _runs(metadata: MetaData, geom: Any) -> None:
    _made(
        "runs",
        metadata,
        _to("entry", "entries"),
        Column("digest", Text, nullable=False),
        *_texts("title", "source", "layers", "version"),
        Column("confidence", Float),
        UniqueConstraint("digest"),
    )
    _made(
        "intervals",
        metadata,
        _to("run", "runs"),
        Column("number", Integer, nullable=False),
        Column("earlier", Date, nullable=False),
        Column("later", Date, nullable=False),
        *_texts("earlier_source", "later_source"),
        *_bounds(),
        geom("MULTIPOLYGON"),
    )
    observations = _made(
        "observations",
        metadata,
        _to("interval", "intervals"),
        _to("patch", "patches", optional=True),
        Column("name", Text, nullable=False),
        Column("change", Text, nullable=False),
        Column("counted", Boolean, nullable=False),
        _to("again", "observations", optional=True),
        *_reals("area_m2", "outline_m2", "volume_m3", "sigma_m3", "low_m3", "high_m3", "max_depth_m", "strength"),
        *_reals("x", "y", "outside_m3"),
        *_texts("attribution", "licence", "holder", "class", "classes", "nearest_licence", "notify"),
        *_reals("nearest_distance_m"),
        *_bounds(),
        geom("MULTIPOLYGON"),
    )
    Index("ledger_observations_place", observations.c.west, observations.c.east)
    _made(
        "shares",
        metadata,
        _to("observation", "observations"),
        *_texts("sort", "kind", "kind_name", "name"),
        *_reals("area_m2", "volume_m3"),
        *_texts("volume_basis", "departments"),
    )


def _patches(metadata: MetaData, geom: Any) -> None:
    _made(
        "patches",
        metadata,
        Column("patch_id", Text, nullable=False),
        _to("interval", "intervals"),
        Column("year", Integer, nullable=False),
        UniqueConstraint("patch_id"),
    )
    _made(
        "lineage",
        metadata,
        _to("interval", "intervals"),
        Column("kind", Text, nullable=False),
        _to("patch", "patches"),
        _to("other", "patches"),
    )
    grounds = _made(
        "grounds",
        metadata,
        _to("interval", "intervals"),
        _to("patch", "patches"),
        Column("first_dug", Date, nullable=False),
        Column("last_dug", Date, nullable=False),
        *_bounds(),
        geom("MULTIPOLYGON"),
    )
    Index("ledger_grounds_last", grounds.c.patch, grounds.c.id)
    states = _made(
        "states",
        metadata,
        _to("run", "runs"),
        _to("patch", "patches"),
        *_texts("activity"),
        *(Column(name, Date) for name in ("first_seen", "last_dug", "last_filled", "last_looked", "last_change")),
        Column("intervals_dug", Integer),
        Column("reopened", Integer),
        *_reals("cut_m3", "cut_sigma_m3", "cut_low_m3", "cut_high_m3"),
        *_reals("backfill_m3", "backfill_sigma_m3", "backfill_low_m3", "backfill_high_m3"),
        *_reals(
            "void_m3",
            "filled_share",
            "area_m2",
            "ground_m2",
            "max_depth_m",
            "strength",
            "outside_m3",
            "outside_area_m2",
        ),
        *_reals("x", "y"),
        *_texts("class", "attribution", "licence", "holder", "zones", "zone_kinds", "notify", "township", "village"),
        *_reals("farmland_m2", "basic_farmland_m2"),
        *_texts("reserves"),
    )
    Index("ledger_states_last", states.c.patch, states.c.id)


def _sayings(metadata: MetaData, geom: Any) -> None:
    _made(
        "inspections",
        metadata,
        _to("entry", "entries"),
        _to("asked", "patches"),
        _to("patch", "patches"),
        Column("inspected_on", Date, nullable=False),
        Column("outcome", Text, nullable=False),
        *(Column(name, Boolean) for name in ("filed", "accepted", "settled")),
        *_texts("inspectors", "note", "details"),
    )
    _made(
        "leads",
        metadata,
        _to("entry", "entries"),
        Column("kind", Text, nullable=False),
        Column("dated", Date, nullable=False),
        *_texts("text"),
        geom("POINT"),
    )
    _made(
        "watch_areas",
        metadata,
        _to("entry", "entries"),
        *(Column(name, Text, nullable=False) for name in ("kind", "name")),
        *_texts("risk", "text"),
        *_reals("radius_m", "interval_days"),
        geom("MULTIPOLYGON"),
    )
    _made(
        "patrols",
        metadata,
        _to("entry", "entries"),
        _to("patch", "patches", optional=True),
        _to("watch_area", "watch_areas", optional=True),
        Column("patrolled_on", Date, nullable=False),
        *_texts("level", "note"),
    )
    _made(
        "notes",
        metadata,
        _to("entry", "entries"),
        _to("patch", "patches"),
        *_texts("subject", *UNITS, "risk", "licence", "text"),
    )


def triggers(schema: Schema) -> list[str]:
    """Write the SQL of the triggers that refuse whatever is not an insertion of a new row."""
    return _sqlite_triggers(schema) if schema.storage == "geopackage" else _postgresql_triggers(schema)


def _sqlite_triggers(schema: Schema) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    found = []
    for table in schema.tables.sorted_tables:
        name = table.name
        found += [f"CREATE TRIGGER {name}_no_{verb} BEFORE {verb} ON {name} {refuse}" for verb in ("update", "delete")]
        # INSERT OR REPLACE removes the row that is in the way without asking the trigger of DELETE.
        unique = ["id", *(each for each in ("digest", "patch_id") if each in table.c)]
        taken = " OR ".join(f"{each} = NEW.{each}" for each in unique)
        found.append(
            f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} "
            f"WHEN EXISTS (SELECT 1 FROM {name} WHERE {taken}) {refuse}"
        )
    return found


def _postgresql_triggers(schema: Schema) -> list[str]:
    found = [
        "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    ]
    for table in schema.tables.sorted_tables:
        name = table.name
        found += [
            f"CREATE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE ON {name} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
            f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()",
        ]
    return found
