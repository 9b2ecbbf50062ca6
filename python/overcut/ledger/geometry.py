"""Geometries in the database: blobs of a GeoPackage, PostGIS, or well-known binary where PostgreSQL has no PostGIS."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import shapely
from sqlalchemy import LargeBinary, func
from sqlalchemy.types import TypeDecorator, UserDefinedType

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry
    from sqlalchemy.types import TypeEngine

__all__ = ["GeoPackageGeometry", "PlainGeometry", "from_blob", "geometry_type", "postgis_type", "to_blob"]

_EMPTY, _ENVELOPE_XY, _LITTLE = 0b0001_0000, 0b0000_0010, 0b0000_0001
_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_HEADER = struct.Struct("<2sBBi")


def to_blob(shape: BaseGeometry, srs_id: int) -> bytes:
    """Geometry as a blob of a GeoPackage: header with envelope, then well-known binary.

    Parameters
    ----------
    shape : geometry
        In two dimensions.
    srs_id : int
        Number of the reference system in the file.

    Examples
    --------
    >>> to_blob(shapely.Point(1, 2), 4546)[:8].hex()
    '47500003c2110000'

    References
    ----------
    OGC 12-128r19, GeoPackage 1.4, 2.1.3 (binary format of geometries).
    """
    empty = shape.is_empty
    flags = _LITTLE | (_EMPTY if empty else _ENVELOPE_XY)
    envelope = b""
    if not empty:
        west, south, east, north = shape.bounds
        envelope = struct.pack("<4d", west, east, south, north)
    header = _HEADER.pack(b"GP", 0, flags, srs_id)
    return header + envelope + bytes(shapely.to_wkb(shape, byte_order=1, output_dimension=2))


def from_blob(blob: bytes) -> BaseGeometry:
    """Geometry of a blob of a GeoPackage.

    Examples
    --------
    >>> from_blob(to_blob(shapely.Point(1, 2), 4546)).wkt
    'POINT (1 2)'
    """
    envelope = (blob[3] >> 1) & 0b111
    return shapely.from_wkb(bytes(blob[8 + _ENVELOPE_BYTES[envelope] :]))


class GeoPackageGeometry(TypeDecorator["BaseGeometry"]):
    """Blob of a GeoPackage; the declared type is what `gpkg_geometry_columns` says."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, kind: str, srs_id: int) -> None:
        super().__init__()
        self.kind, self.srs_id = kind, srs_id

    def process_bind_param(self, value: BaseGeometry | None, _: Any) -> bytes | None:
        """Write."""
        return None if value is None else to_blob(value, self.srs_id)

    def process_result_value(self, value: Any | None, _: Any) -> BaseGeometry | None:
        """Read."""
        return None if value is None else from_blob(value)


class PlainGeometry(TypeDecorator["BaseGeometry"]):
    """Well-known binary in a column of bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: BaseGeometry | None, _: Any) -> bytes | None:
        """Write."""
        return None if value is None else bytes(shapely.to_wkb(value, byte_order=1, output_dimension=2))

    def process_result_value(self, value: Any | None, _: Any) -> BaseGeometry | None:
        """Read."""
        return None if value is None else shapely.from_wkb(bytes(value))


class _PostgisGeometry(UserDefinedType["BaseGeometry"]):
    """Column of PostGIS: goes in and comes out as well-known binary."""

    cache_ok = True

    def __init__(self, kind: str, srs_id: int, schema: str) -> None:
        self.kind, self.srs_id, self.schema = kind, srs_id, schema

    def get_col_spec(self, **_: Any) -> str:
        return f'"{self.schema}".geometry({self.kind}, {self.srs_id})'

    def bind_expression(self, bindvalue: Any) -> Any:
        own = getattr(func, self.schema)
        return own.ST_GeomFromWKB(bindvalue, self.srs_id, type_=self)

    def column_expression(self, colexpr: Any) -> Any:
        return getattr(func, self.schema).ST_AsBinary(colexpr, type_=self)

    def bind_processor(self, dialect: Any) -> Any:
        return lambda shape: None if shape is None else bytes(shapely.to_wkb(shape, byte_order=1, output_dimension=2))

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        return lambda found: None if found is None else shapely.from_wkb(bytes(found))


def postgis_type(kind: str, srs_id: int, schema: str) -> TypeEngine[Any]:
    """Type of a column of PostGIS, whose functions stand in a schema."""
    return _PostgisGeometry(kind, srs_id, schema)


def geometry_type(storage: str, kind: str, srs_id: int, schema: str = "public") -> TypeEngine[Any]:
    """Type of a column for a storage: "geopackage", "postgis" or "wkb"."""
    if storage == "geopackage":
        return GeoPackageGeometry(kind, srs_id)
    return postgis_type(kind, srs_id, schema) if storage == "postgis" else PlainGeometry()
