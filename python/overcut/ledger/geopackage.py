"""What makes a SQLite file a GeoPackage: its mark, its reference systems, and the list of what a GIS may show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.ledger.views import VIEWS

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["APPLICATION_ID", "register"]

APPLICATION_ID = 0x47504B47
"""The letters GPKG: in the header of the file."""
_VERSION = 10300
"""GeoPackage 1.3, in the header of the file."""

_TABLES = (
    """CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""",
    """CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
    z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
    CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))""",
)
"""OGC 12-128r19, GeoPackage 1.4, annex C (definitions of tables)."""

_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]'
)
_REQUIRED: tuple[dict[str, Any], ...] = (
    {"name": "Undefined Cartesian SRS", "id": -1, "organization": "NONE", "code": -1, "wkt": "undefined"},
    {"name": "Undefined geographic SRS", "id": 0, "organization": "NONE", "code": 0, "wkt": "undefined"},
    {"name": "WGS 84 geodetic", "id": 4326, "organization": "EPSG", "code": 4326, "wkt": _WGS84},
)


def register(connection: Connection, *, srs_id: int, name: str, organization: str, wkt: str) -> None:
    """Mark the file and list its views; in the transaction that makes the tables.

    Parameters
    ----------
    connection : sqlalchemy.engine.Connection
        In a transaction that writes.
    srs_id : int
        Number of the reference system in the file.
    name, organization, wkt : str
        Its name, "EPSG" or "NONE", and its definition.
    """
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {_VERSION}")
    for statement in _TABLES:
        connection.exec_driver_sql(statement)
    systems = [*_REQUIRED]
    if srs_id not in {each["id"] for each in systems}:
        systems.append({"name": name, "id": srs_id, "organization": organization, "code": srs_id, "wkt": wkt})
    for each in systems:
        connection.exec_driver_sql(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)",
            (each["name"], each["id"], each["organization"], each["code"], each["wkt"]),
        )
    for view in VIEWS:
        # What is listed as features or attributes is what a GIS shows; the tables behind the views stay out of sight.
        connection.exec_driver_sql(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?, ?, ?, ?, ?)",
            (view.name, "features" if view.geometry else "attributes", view.name, view.title, srs_id),
        )
        if view.geometry:
            connection.exec_driver_sql(
                "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (view.name, view.geometry, srs_id)
            )
