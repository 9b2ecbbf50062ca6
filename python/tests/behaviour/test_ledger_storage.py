"""What stands in the database: layers of a GIS, refusals, versions, settings."""

from __future__ import annotations

import sqlite3

import geopandas
import psycopg
import pyogrio
import pytest
import shapely

import overcut as oc
from overcut import exceptions

from .conftest import CRS
from .ledger_scenes import DAYS, SIX, A, B, box, quarter, states


def test_a_gis_sees_every_layer_of_the_file(full, tmp_path):
    full.lead((500_005, 3_940_005), by="Li", when="2025-02-01", text="夜间作业")
    full.watch([("老洞", box(-5, -5, 5, 5))], kind="closed_mine", by="Li")
    full.inspect(B, outcome="unlawful", filed=False, by="Wang", when="2026-07-10")
    full.patrol(B, by="Zhao", when="2026-07-11")
    layers = dict(pyogrio.list_layers(full.place).tolist())
    assert layers == {
        "patches": "MultiPolygon",
        "observations": "MultiPolygon",
        "leads": "Point",
        "watch_areas": "MultiPolygon",
        "inspections": None,
        "patrols": None,
        "runs": None,
    }
    seen = {name: geopandas.read_file(full.place, layer=name, fid_as_index=True) for name in layers}
    assert {name: len(each) for name, each in seen.items()} == {
        "patches": 4, "observations": 13, "leads": 1, "watch_areas": 1, "inspections": 1, "patrols": 1, "runs": 6,
    }  # fmt: skip
    patches = seen["patches"]
    assert patches.crs == CRS
    assert dict(zip(patches["patch_id"], patches["state"], strict=True)) == states(full)
    assert patches.geometry.area.to_list() == pytest.approx(full.patches.geometry.area.to_list())
    assert str(patches["last_dug"].dtype).startswith("datetime64")
    assert patches.index.is_unique
    assert seen["leads"]["text"].to_list() == ["夜间作业"]
    assert str(seen["leads"]["said_at"].dtype).startswith("datetime64")
    connection = sqlite3.connect(full.place)
    assert connection.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_a_gis_sees_the_layers_in_postgis(cluster):
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    url = cluster.database(postgis=True)
    if url is None:
        pytest.skip("no PostGIS on this machine")
    ledger = oc.Ledger.open(url, create=True, crs=CRS)
    ledger.add(SIX[0], by="Li")
    ledger.lead((500_005, 3_940_005), by="Li", when="2025-02-01")
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        patches = geopandas.read_postgis("SELECT * FROM overcut_ledger.patches", connection)
        leads = geopandas.read_postgis("SELECT * FROM overcut_ledger.leads", connection)
        listed = connection.exec_driver_sql(
            "SELECT f_table_name, srid, type FROM geometry_columns WHERE f_table_name NOT LIKE 'ledger_%%' ORDER BY 1"
        ).all()
    assert patches.crs == CRS
    assert patches.geometry.area.to_list() == [100.0, 400.0, 400.0]
    assert leads.geometry.iloc[0].equals(shapely.Point(500_005, 3_940_005))
    assert [tuple(row) for row in listed] == [
        ("leads", 4546, "POINT"),
        ("observations", 4546, "MULTIPOLYGON"),
        ("patches", 4546, "MULTIPOLYGON"),
        ("watch_areas", 4546, "MULTIPOLYGON"),
    ]


def test_the_database_refuses_every_change_of_what_was_said(place):
    ledger = oc.Ledger.open(place, create=True, crs=CRS)
    ledger.add(SIX[0], by="Li")
    ledger.inspect(A, outcome="lawful", by="Wang", when="2025-04-02")
    postgresql = ledger.storage != "geopackage"
    if postgresql:
        connection = psycopg.connect(str(place).replace("+psycopg", ""), options="-csearch_path=overcut_ledger,public")
        connection.autocommit = True
        tables = [
            row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'overcut_ledger'")
        ]
    else:
        connection = sqlite3.connect(place)
        tables = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'ledger_%'"
            )
        ]
    assert len(tables) == 16
    refused = (psycopg.Error, sqlite3.DatabaseError)
    for table in tables:
        if connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]:
            for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
                with pytest.raises(refused, match="append-only"):
                    connection.execute(statement)
    if postgresql:
        with pytest.raises(refused, match=r"append-only|cannot truncate"):
            connection.execute("TRUNCATE ledger_inspections")
    else:
        for table in ("ledger_inspections", "ledger_runs"):
            with pytest.raises(refused, match="append-only"):
                connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
        with pytest.raises(refused, match="append-only"):  # another row in the place of the one with this digest
            connection.execute(
                "INSERT OR REPLACE INTO ledger_runs (entry, digest) SELECT entry, digest FROM ledger_runs LIMIT 1"
            )
    connection.close()
    assert states(ledger)[A] == "verified"


def test_a_ledger_of_another_version_says_what_to_do(tmp_path, monkeypatch):
    for version, words in ((2, "newer overcut made it"), (0, "older overcut made it")):
        path = tmp_path / f"{version}.gpkg"
        with monkeypatch.context() as patched:
            patched.setattr("overcut.ledger.store.SCHEMA_VERSION", version)
            oc.Ledger.open(path, create=True, crs=CRS)
        with pytest.raises(exceptions.LedgerVersionError, match=words):
            oc.Ledger.open(path)


def test_what_is_no_ledger_is_left_alone(tmp_path, ledger):
    with pytest.raises(exceptions.FileReadError, match="create=True"):
        oc.Ledger.open(tmp_path / "missing.gpkg")
    with pytest.raises(exceptions.FileReadError, match="folder"):
        oc.Ledger.open(tmp_path / "no" / "l.gpkg", create=True, crs=CRS)
    (tmp_path / "text.gpkg").write_text("not a database, by far" * 50, encoding="utf-8")
    for create in (False, True):
        with pytest.raises(exceptions.LedgerError, match="no GeoPackage"):
            oc.Ledger.open(tmp_path / "text.gpkg", create=create, crs=CRS)
    SIX[0].cuts.to_file(tmp_path / "other.gpkg")
    before = (tmp_path / "other.gpkg").read_bytes()
    with pytest.raises(exceptions.LedgerError, match="file of its own"):
        oc.Ledger.open(tmp_path / "other.gpkg", create=True, crs=CRS)
    assert (tmp_path / "other.gpkg").read_bytes() == before
    with pytest.raises(exceptions.CrsError, match="state its crs"):
        oc.Ledger.open(tmp_path / "new.gpkg", create=True)
    with pytest.raises(exceptions.CrsError, match="projected"):
        oc.Ledger.open(tmp_path / "new.gpkg", create=True, crs="EPSG:4490")
    with pytest.raises(exceptions.CrsError, match="not in EPSG:4547"):
        oc.Ledger.open(ledger.place, crs="EPSG:4547")
    with pytest.raises(exceptions.LedgerError, match="expected the path of a GeoPackage"):
        oc.Ledger.open("mysql://somebody:secret@host/db")
    with pytest.raises(exceptions.FileReadError, match="cannot be used") as caught:
        oc.Ledger.open("postgresql+psycopg://somebody:secret@localhost:1/db")
    assert "secret" not in str(caught.value)


def test_a_writer_that_waits_too_long_is_told_who_is_in_the_way(ledger, monkeypatch):
    monkeypatch.setattr("overcut.ledger.store._BUSY_S", 0.1)
    waiting = oc.Ledger.open(ledger.place)
    other = sqlite3.connect(ledger.place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(exceptions.OutputError, match="held by another program"):
        waiting.add(SIX[0], by="Li")
    assert len(waiting.runs) == 0  # reading goes on meanwhile
    other.execute("ROLLBACK")
    other.close()
    assert len(waiting.add(SIX[0], by="Li").new) == 3


def test_what_cannot_be_added_is_refused_and_changes_nothing(ledger):
    with pytest.raises(exceptions.ParameterError, match=r"overcut\.assess"):
        ledger.add("case.json", by="Li")
    with pytest.raises(exceptions.CrsError, match="the run is in EPSG:4547"):
        ledger.add(
            oc.Comparison(SIX[0].cuts.set_crs("EPSG:4547", allow_override=True), earlier=DAYS[0], later=DAYS[1]),
            by="Li",
        )
    with pytest.raises(exceptions.ParameterError, match="counted twice"):
        ledger.add(quarter(0, [(0, 0, 10, 10, 5), (5, 0, 15, 10, 5)]), by="Li")
    with pytest.raises(exceptions.ParameterError, match="by is ''"):
        ledger.add(SIX[0], by="")
    with pytest.raises(exceptions.DateError, match="must be after"):
        oc.Comparison(SIX[0].cuts, earlier=DAYS[1], later=DAYS[1])
    with pytest.raises(exceptions.ParameterError, match="volume_m3"):
        ledger.add(oc.Comparison(SIX[0].cuts[["geometry"]], earlier=DAYS[0], later=DAYS[1]), by="Li")
    assert len(ledger.runs) == 0
    assert len(ledger.patches) == 0


def test_settings_are_kept_in_every_version_and_checked(ledger, tmp_path):
    path = tmp_path / "s.toml"
    path.write_text('prefix = "140824-"\n[states]\nbackfilled_share = 0.5\n', encoding="utf-8")
    assert ledger.configure(path, by="Li").backfilled_share == 0.5
    ledger.add(quarter(0, [(0, 0, 10, 10, 100)]), by="Li")
    ledger.add(quarter(1, [], [(0, 0, 10, 10, 50)]), by="Li")
    assert states(ledger) == {"140824-2025-000001": "backfilled"}
    for content, words in (
        ("[stats]\n", "did you mean `states`"),
        ("[states]\nbackfilled_share = 2\n", "a share"),
        ("[patrol.states]\nasleep = 4\n", "unknown key `asleep`"),
        ("[periods]\nstarts = [4, 1]\n", "months in order"),
        ("prefix = 'a/b'\n", "letters, digits"),
        ("prefix =\n", "not TOML"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(exceptions.ParameterError, match=words):
            ledger.configure(path, by="Li")
    assert ledger.settings.prefix == "140824-"
