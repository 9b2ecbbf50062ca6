"""Licences from files, tables, `__geo_interface__` and objects: one way in for all."""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np

from overcut import _overcut
from overcut.exceptions import CrsError, LicenceError, ParameterError
from overcut.licence import Licence
from overcut.licences import Licences
from overcut.provenance import remembers
from overcut.stated import crs_text, path_text, positive_integer

__all__ = ["read_licences"]

Attributes = dict[str, "str | None"]
Feature = tuple[str, Attributes, bytes]

_EXACT_WHOLE = 2.0**53
_AXES = ("north_east", "east_north")
_ANGLES = ("decimal", "packed")
_LARGEST_ZONE = 60


@remembers
def read_licences(
    source: Any,
    *,
    crs: Any = None,
    layer: str | None = None,
    fields: Mapping[str, str] | None = None,
    vertical_datum: str | None = None,
    transformation: Any = None,
    height_shift: Any = None,
    zone: int | None = None,
    axes: Literal["north_east", "east_north"] | None = None,
    angles: Literal["decimal", "packed"] | None = None,
) -> Licences:
    """Read licences from wherever they are.

    Parameters
    ----------
    source : str, os.PathLike, geopandas.GeoDataFrame, object with __geo_interface__, or iterable of Licence
        A land-coordinate text (报盘, 界址点), a corner table (TXT, CSV, XLSX), CASS ``.dat``, a file that GDAL
        reads (GeoPackage, Shapefile, GeoJSON, DXF, KML), a GeoDataFrame, a FeatureCollection, or objects. In tables of
        polygons one row per part: rows with the same licence id form one licence. Columns (any case): licence, part,
        holder, mineral, method, floor_m, ceiling_m, valid_from, valid_to, layers, vertical_datum, area_km2; the names
        of Chinese registers such as 许可证号, 采矿权人, 开采矿种 and 开采方式 are known too.
    crs : str, int or object of pyproj or rasterio, optional
        In place of the source's own, or where it has none. Objects that name none are taken to be in the CRS of the
        surfaces, and the assessment lists that as an assumption.
    layer : str, optional
        Which layer of a file, where it has several.
    fields : mapping, optional
        Our word → name of the column, where names differ: ``{"licence": "XKZH", "floor_m": "下限"}``.
    vertical_datum : str, optional
        For licences that state none.
    transformation : Transformation or iterable of them, optional
        From the geodetic datum of the coordinates to that of the surfaces, where no operation is known.
    height_shift : HeightShift or iterable of them, optional
        From the vertical datum of the elevations to that of the surfaces; those that are in it already stay.
    zone : int, optional
        Number of the Gauss-Krueger zone (25 to 45 of 3 degrees, 13 to 23 of 6), for texts whose eastings carry none.
    axes : {"north_east", "east_north"}, optional
        Which coordinate comes first in the file, where its magnitude does not tell, or where a vector file has them
        exchanged.
    angles : {"decimal", "packed"}, optional
        Whether plain numbers of a text are degrees with a decimal fraction or packed as ddd.mmss.

    Returns
    -------
    Licences

    Raises
    ------
    LicenceReadError
        The file is missing or cannot be read.
    LicenceError
        A licence is not sound; the message names it, the row and the way out.
    LicenceRefusedError
        A text cannot be understood, or could be in two ways; ``error.finding`` says it in English and Chinese.
    CrsError
        A file or table without CRS.

    Examples
    --------
    >>> import overcut as oc
    >>> square = [(500000, 3940000), (500020, 3940000), (500020, 3940020), (500000, 3940020)]
    >>> licences = oc.read_licences([oc.Licence("C14", square, floor_m=1150, ceiling_m=1230)], crs="EPSG:4546")
    >>> len(licences), licences[0].id, licences.crs
    (1, 'C14', 'EPSG:4546')
    """
    if transformation is not None or height_shift is not None:
        found = read_licences(
            source,
            crs=crs,
            layer=layer,
            fields=fields,
            vertical_datum=vertical_datum,
            zone=zone,
            axes=axes,
            angles=angles,
        )
        return found._converted(transformation=transformation, height_shift=height_shift)
    if isinstance(source, Licences):
        return source
    known_crs = crs_text(crs)
    words = {str(word): str(column) for word, column in (fields or {}).items()}
    if isinstance(source, (str, bytes, os.PathLike)):
        path = path_text(source, "licences")
        sense = _stated_sense(zone, axes, angles)
        return Licences._found(
            _overcut.LicenceTable.from_file(path, layer, known_crs, words, vertical_datum, sense), path
        )
    if not (zone is None and axes is None and angles is None):
        raise ParameterError("zone, axes and angles go with files; state the CRS of these coordinates as crs='EPSG:…'")
    if layer is not None:
        raise ParameterError("layer goes with files; there is none here to choose from")
    if _is_table(source):
        name = "the GeoDataFrame"
        known_crs = known_crs or crs_text(source.crs)
        if known_crs is None:
            raise CrsError(f"{name} has no CRS; set it with `set_crs`, or state it as crs='EPSG:…'")
        return _from_features(_table_features(source), name, known_crs, words, vertical_datum)
    if isinstance(source, Licence):
        source = [source]
    interface = source if isinstance(source, Mapping) else getattr(source, "__geo_interface__", None)
    if interface is not None:
        name = "the features"
        known_crs = known_crs or _named_crs(interface)
        if known_crs is None:
            raise CrsError(f"{name} name no CRS; state the one of their coordinates as crs='EPSG:…'")
        return _from_features(_interface_features(interface), name, known_crs, words, vertical_datum)
    if not isinstance(source, Iterable):
        kind = type(source).__name__
        raise ParameterError(f"licences are read from a path, a table, features or Licence objects, not from a {kind}")
    return _from_objects(list(source), known_crs, vertical_datum)


def _stated_sense(zone: Any, axes: Any, angles: Any) -> tuple[int | None, str | None, str | None]:
    for name, value, words in (("axes", axes, _AXES), ("angles", angles, _ANGLES)):
        if value is not None and value not in words:
            raise ParameterError(f"{name} is {value!r}; expected {' or '.join(map(repr, words))}")
    if zone is not None and positive_integer(zone, "zone") > _LARGEST_ZONE:
        raise ParameterError(f"zone is {zone}; expected 25 to 45 (3 degrees) or 13 to 23 (6 degrees)")
    return zone, axes, angles


def _from_features(
    features: list[Feature], name: str, crs: str, fields: dict[str, str], vertical_datum: str | None
) -> Licences:
    if not features:
        raise LicenceError(f"{name} hold no licence; expected at least one row")
    return Licences._found(_overcut.LicenceTable.from_features(features, name, crs, fields, vertical_datum), name)


def _from_objects(licences: list[Any], crs: str | None, vertical_datum: str | None) -> Licences:
    name = "the Licence objects"
    ids: set[str] = set()
    for licence in licences:
        if not isinstance(licence, Licence):
            raise ParameterError(
                f"licences hold a {type(licence).__name__}; expected Licence objects, a path or a table"
            )
        # Rows of a file with one id are parts of one licence; two objects with one id are a mistake.
        if licence.id in ids:
            raise LicenceError(f"licence id {licence.id} occurs more than once; give one Licence with several parts")
        ids.add(licence.id)
    features = [feature for licence in licences for feature in _object_features(licence)]
    table = _overcut.LicenceTable.from_features(features, name, crs, {}, vertical_datum)
    return Licences(table, licences, name)


def _object_features(licence: Licence) -> Iterable[Feature]:
    import shapely

    whole = {
        "licence": licence.id,
        "holder": licence.holder,
        "mineral": licence.mineral,
        "method": licence.method,
        "valid_from": attribute_text(licence.valid_from),
        "valid_to": attribute_text(licence.valid_to),
        "vertical_datum": licence.vertical_datum,
    }
    for position, part in enumerate(licence.parts, start=1):
        attributes = {
            **whole,
            "part": str(position),
            "floor_m": attribute_text(part.floor_m),
            "ceiling_m": attribute_text(part.ceiling_m),
            "layers": None if part.layers is None else ";".join(part.layers),
        }
        yield f"licence {licence.id}, part {position}", attributes, shapely.to_wkb(part.polygon, output_dimension=2)


def _is_table(source: Any) -> bool:
    return all(hasattr(source, name) for name in ("geometry", "crs", "itertuples", "columns"))


def _table_features(table: Any) -> list[Feature]:
    import shapely

    attributes = table.drop(columns=table.geometry.name)
    columns = [str(column) for column in attributes.columns]
    rows = attributes.itertuples(index=False, name=None)
    features = []
    for position, (row, geometry) in enumerate(zip(rows, table.geometry, strict=True), start=1):
        texts = dict(zip(columns, map(attribute_text, row), strict=True))
        wkb = b"" if geometry is None else shapely.to_wkb(geometry, output_dimension=2)
        features.append((f"row {position}", texts, wkb))
    return features


def _interface_features(interface: Any) -> list[Feature]:
    import shapely
    from shapely.geometry import shape

    kind = interface.get("type")
    found = interface.get("features") if kind == "FeatureCollection" else [interface] if kind == "Feature" else None
    if found is None:
        raise LicenceError(f"licences are a {kind}; expected a FeatureCollection, whose features carry the attributes")
    features = []
    for position, feature in enumerate(found, start=1):
        texts = {str(name): attribute_text(value) for name, value in (feature.get("properties") or {}).items()}
        if feature.get("id") is not None:
            texts.setdefault("id", attribute_text(feature["id"]))
        geometry = feature.get("geometry")
        try:
            wkb = b"" if geometry is None else shapely.to_wkb(shape(geometry), output_dimension=2)
        except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
            raise LicenceError(f"feature {position}: the geometry cannot be read: {error}") from error
        features.append((f"feature {position}", texts, wkb))
    return features


def _named_crs(interface: Any) -> str | None:
    """CRS of a collection in the manner of GeoJSON 2008, the only one in which it can be stated."""
    crs = interface.get("crs") or {}
    name = (crs.get("properties") or {}).get("name") if isinstance(crs, Mapping) else None
    return None if name is None else str(name)


def attribute_text(value: Any) -> str | None:
    """Value of a cell as text that loses nothing, as the readers of files give it; missing values are None.

    Examples
    --------
    >>> attribute_text(1152.0), attribute_text(1152.5), attribute_text(float("nan"))
    ('1152', '1152.5', None)
    >>> attribute_text(datetime.date(2021, 5, 1))
    '2021-05-01'
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, datetime.datetime):
        midnight = value.tzinfo is None and value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, (float, np.floating)):
        found = float(value)
        if math.isnan(found):
            return None
        return str(int(found)) if found.is_integer() and abs(found) < _EXACT_WHOLE else repr(found)
    return ";".join(str(each) for each in value) if isinstance(value, (list, tuple)) else str(value)
