"""Where a ledger stands: a GeoPackage or a PostgreSQL database; opening, making, and transactions that are whole."""

from __future__ import annotations

import datetime
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, func, insert, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from overcut import _overcut
from overcut.exceptions import CrsError, FileReadError, LedgerError, LedgerVersionError, OutputError
from overcut.ledger.geopackage import APPLICATION_ID, register
from overcut.ledger.schema import SCHEMA_VERSION, Schema, build, triggers
from overcut.ledger.settings import default_text
from overcut.stated import crs_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine

__all__ = ["Store", "Writing", "same_crs"]

_BUSY_S = 120.0
"""How long a writer waits for others before it gives up."""
_LOCK = 0x6F76_6572_6375_7401
"""Advisory lock of ledgers in PostgreSQL: one writer at a time, so that ids follow each other without a gap."""
_SCHEMA = "overcut_ledger"
"""Schema of PostgreSQL in which a ledger stands."""
_UNLISTED_SRS = 100_000
"""Number of a reference system without a code of EPSG in a GeoPackage."""


@dataclass
class Writing:
    """An entry that is being written: its rows are there together or not at all.

    Attributes
    ----------
    connection : sqlalchemy.engine.Connection
        In a transaction, with all other writers waiting.
    schema : Schema
        Tables.
    kind, by : str
        What is said, and by whom.
    """

    connection: Connection
    schema: Schema
    kind: str
    by: str

    @cached_property
    def entry(self) -> int:
        """Number of the entry, which is made when it is first asked for: what changes nothing leaves none."""
        return _entry(self.connection, self.schema, self.kind, self.by)

    def find(self, table: str, column: str, value: str) -> int | None:
        """Give the number of the row in which a column has a value; None if there is none."""
        rows = self.schema.table(table)
        found = self.connection.execute(select(rows.c.id).where(rows.c[column] == value)).scalar()
        return None if found is None else int(found)

    def say(self, table: str, **values: Any) -> int:
        """Insert a row of the entry itself, and give its number."""
        return self.add(table, entry=self.entry, **values)

    def add(self, table: str, **values: Any) -> int:
        """Insert a row, and give its number."""
        found = self.connection.execute(insert(self.schema.table(table)), values)
        key: int = found.inserted_primary_key[0]  # type: ignore[index]
        return key

    def add_all(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Insert rows with the same columns, in this order."""
        if rows:
            self.connection.execute(insert(self.schema.table(table)), rows)


class _NotKeptError(Exception):
    """Ends a transaction that was only to show what would come of it."""


class Store:
    """A database with a ledger in it."""

    def __init__(self, engine: Engine, schema: Schema, crs: str, place: str) -> None:
        self._engine = engine
        self.schema, self.crs, self.place = schema, crs, place

    @classmethod
    def open(cls, place: Any, *, create: bool, crs: Any, by: str, settings: str | None) -> Store:
        """Open a ledger, or make it.

        Parameters
        ----------
        place : str, os.PathLike or sqlalchemy.URL
            File of a GeoPackage, or URL of a PostgreSQL database.
        create : bool
            Whether to make it if it is not there.
        crs : str, int or object with to_wkt
            Needed to make it; otherwise, if given, it must be that of the ledger.
        by : str
            Who makes it.
        settings : str, optional
            Its first settings, TOML.
        """
        engine, shown, is_file = _engine(place)
        if is_file and not create and not Path(shown).exists():
            raise FileReadError(f"ledger {shown} is not there; make one with create=True and its crs")
        if is_file and not Path(shown).absolute().parent.is_dir():
            raise FileReadError(f"ledger {shown}: its folder is not there; make the folder first")
        stated = None if crs is None else _stated_crs(crs)
        with _explained(shown):
            if create:
                with _begun(engine, writes=True) as connection:
                    if not _has_ledger(connection):
                        _refuse_foreign(connection, shown)
                        if stated is None:
                            raise CrsError(f"ledger {shown} is to be made; state its crs, such as crs='EPSG:4546'")
                        _make(connection, stated, by, default_text() if settings is None else settings)
            with _begun(engine, writes=False) as connection:
                if not _has_ledger(connection):
                    raise LedgerError(f"{shown} holds no ledger; expected what Ledger.open(…, create=True) has made")
                found, version = _found(connection, shown)
        if version != SCHEMA_VERSION:
            raise LedgerVersionError(_version_advice(shown, version))
        if stated is not None and not same_crs(stated, found):
            raise CrsError(
                f"ledger {shown} is in {found}, not in {stated}; open it without crs, or make another ledger"
            )
        with _explained(shown), _begun(engine, writes=False) as connection:
            storage, srs_id, postgis = _storage(connection, found)
        return cls(engine, build(storage, srs_id, postgis), found, shown)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Connect so that one sees the ledger as it is at one moment."""
        with _explained(self.place), _begun(self._engine, writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self, kind: str, by: str, *, keep: bool = True) -> Iterator[Writing]:
        """Write one entry in one transaction, with all other writers waiting; unless it is kept, it is undone."""
        with suppress(_NotKeptError), _explained(self.place), _begun(self._engine, writes=True) as connection:
            yield Writing(connection, self.schema, kind, by)
            if not keep:
                raise _NotKeptError


def _engine(place: Any) -> tuple[Engine, str, bool]:
    text = place if isinstance(place, URL) else os.fspath(place)
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    if isinstance(text, URL) or "://" in text:
        url = make_url(text)
        if url.get_backend_name() != "postgresql":
            raise LedgerError(
                f"ledger {url.render_as_string(hide_password=True)}: expected the path of a GeoPackage, or "
                "postgresql+psycopg://user@host/database"
            )
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        engine = create_engine(url, poolclass=NullPool, isolation_level="READ COMMITTED")
        event.listen(engine, "connect", _postgresql_connected)
        return engine, url.render_as_string(hide_password=True), False
    # As a URL of its own: a path may hold signs that mean something in a URL.
    engine = create_engine(URL.create("sqlite", database=text), poolclass=NullPool, connect_args={"timeout": _BUSY_S})
    event.listen(engine, "connect", _sqlite_connected)
    event.listen(engine, "begin", _sqlite_begun)
    return engine, text, True


def _sqlite_connected(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # A commit is on the disk before it is said to be done.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _sqlite_begun(connection: Connection) -> None:
    writes = connection.get_execution_options().get("ledger_writes", False)
    # A reader that turned into a writer could be refused at once; a writer that says so from the start waits its turn.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql_connected(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET search_path TO {_SCHEMA}, public")
    cursor.close()
    connection.commit()


@contextmanager
def _begun(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    options: dict[str, Any] = {"ledger_writes": writes}
    postgresql = engine.dialect.name == "postgresql"
    if postgresql and not writes:
        options["isolation_level"] = "REPEATABLE READ"
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if postgresql and writes:
            # Held until the transaction ends, however it ends; what is read from here on is what others committed.
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        yield connection


@contextmanager
def _explained(place: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        words = str(error.orig).strip()
        if "append-only" in words:
            raise LedgerError(f"ledger {place}: {words}") from error
        if "locked" in words:
            raise OutputError(
                f"ledger {place} was held by another program for {_BUSY_S:g} s; close what is editing it, and try again"
            ) from error
        if "not a database" in words:
            raise LedgerError(f"{place} is no GeoPackage: {words}") from error
        raise FileReadError(f"ledger {place} cannot be used: {words}") from error
    except SQLAlchemyError as error:
        raise LedgerError(f"ledger {place} cannot be used: {error}") from error


def _has_ledger(connection: Connection) -> bool:
    schema = _SCHEMA if connection.dialect.name == "postgresql" else None
    return inspect(connection).has_table("ledger_schema", schema=schema)


def _refuse_foreign(connection: Connection, place: str) -> None:
    """Leave files alone in which something else stands."""
    if connection.dialect.name == "sqlite":
        names = [row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        if names:
            raise LedgerError(
                f"{place} holds other tables ({', '.join(sorted(names)[:3])} …) and no ledger; give the ledger a file "
                "of its own"
            )


def _make(connection: Connection, crs: str, by: str, settings: str) -> None:
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
    organization, code, name, wkt = _facts_of(crs)
    postgis = _postgis(connection, code) if postgresql else None
    storage = "geopackage" if not postgresql else "wkb" if postgis is None else "postgis"
    srs_id = code if storage == "geopackage" or postgis is None else postgis[1]
    schema = build(storage, srs_id, "public" if postgis is None else postgis[0])
    if storage == "geopackage":
        register(connection, srs_id=srs_id, name=name, organization=organization, wkt=wkt)
    schema.tables.create_all(connection)
    for statement in (*schema.view_statements, *triggers(schema)):
        connection.exec_driver_sql(statement)
    entry = _entry(connection, schema, "made", by)
    connection.execute(insert(schema.table("schema")).values(entry=entry, version=SCHEMA_VERSION, crs=crs))
    connection.execute(insert(schema.table("settings")).values(entry=entry, toml=settings))


def _entry(connection: Connection, schema: Schema, kind: str, by: str) -> int:
    now = datetime.datetime.now(datetime.timezone.utc)
    program = f"overcut {_overcut.__version__}"
    row = {"kind": kind, "said_by": by, "said_at": now, "program": program}
    key: int = connection.execute(insert(schema.table("entries")).values(**row)).inserted_primary_key[0]  # type: ignore[index]
    return key


def _found(connection: Connection, place: str) -> tuple[str, int]:
    table = build("wkb", 0).table("schema")
    row = connection.execute(select(table.c.crs, table.c.version).order_by(table.c.id.desc()).limit(1)).first()
    if row is None:
        raise LedgerError(f"{place} holds a ledger without its first entry; it is damaged")
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("PRAGMA application_id").scalar()
        if found != APPLICATION_ID:
            raise LedgerError(f"{place} is SQLite, but not marked as a GeoPackage; it was changed by another program")
    return str(row[0]), int(row[1])


def _version_advice(place: str, version: int) -> str:
    own = f"overcut {_overcut.__version__} with schema {SCHEMA_VERSION}"
    head = f"ledger {place} is of schema {version}, and this is {own}"
    if version > SCHEMA_VERSION:
        return f"{head}: a newer overcut made it; install that one, and leave the ledger as it is"
    return (
        f"{head}: an older overcut made it; write it out with that one (`overcut ledger export`), make a new ledger, "
        "and add its runs again from their records in the order of its table `runs`: the ids come out the same"
    )


def _storage(connection: Connection, crs: str) -> tuple[str, int, str]:
    if connection.dialect.name == "sqlite":
        srs_id = connection.exec_driver_sql(
            "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'patches'"
        ).scalar()
        return "geopackage", int(srs_id or 0), ""
    # The ledger stays as it was made, also if PostGIS came later.
    kind = connection.exec_driver_sql(
        "SELECT udt_name, udt_schema FROM information_schema.columns WHERE table_schema = %s "
        "AND table_name = 'ledger_grounds' AND column_name = 'geom'",
        (_SCHEMA,),
    ).first()
    if kind is None or kind[0] != "geometry":
        return "wkb", 0, ""
    found = _postgis(connection, _facts_of(crs)[1])
    return "postgis", found[1] if found else 0, str(kind[1])


def _postgis(connection: Connection, code: int) -> tuple[str, int] | None:
    """Find the schema of PostGIS, and the number of the reference system in it (0: not known); None without it."""
    row = connection.exec_driver_sql(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'"
    ).first()
    if row is None:
        return None
    known = connection.exec_driver_sql(
        f'SELECT srid FROM "{row[0]}".spatial_ref_sys WHERE srid = %s AND auth_name = %s', (code, "EPSG")
    ).first()
    return str(row[0]), 0 if known is None else int(known[0])


def _stated_crs(crs: Any) -> str:
    found = crs_text(crs)
    if found is None:
        raise CrsError("crs of a ledger is empty; state one in metres, such as 'EPSG:4546'")
    code, _, wkt = _overcut.crs_record(found)
    if not wkt.startswith("PROJCRS"):
        raise CrsError(
            f"crs of a ledger is {code or found[:40]}; expected a projected one in metres, such as 'EPSG:4546'"
        )
    return code or found


def same_crs(one: str, other: str) -> bool:
    """Whether two definitions mean one CRS."""
    return _overcut.crs_record(one)[2] == _overcut.crs_record(other)[2]


def _facts_of(crs: str) -> tuple[str, int, str, str]:
    from pyproj import CRS

    found = CRS.from_user_input(crs)
    code = found.to_epsg()
    return ("NONE" if code is None else "EPSG"), code or _UNLISTED_SRS, found.name, str(found.to_wkt("WKT1_GDAL"))
