"""From one STAC item to a tile: which asset holds the heights, and what the item says of it.

Items come as plain records, in the form of STAC 1.0 or 1.1: what the specification moved between the two (bands, codes
of coordinate systems) is looked for in both places.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.exceptions import DateError, OvercutError
from overcut.tiles.dates import day_of
from overcut.tiles.paths import is_address, is_local, resolved
from overcut.tiles.tile import Tile, statements_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overcut.tiles.gathering import Gathering

__all__ = ["ELEVATION_ROLES", "add_item", "chosen_asset"]

Record = dict[str, Any]

ELEVATION_ROLES = ("elevation", "dem", "dsm", "dtm", "surface-model", "terrain-model")
"""Roles that say more than "data": that it is heights."""

_BESIDE = {"thumbnail", "overview", "metadata", "visual", "hillshade"}
_RASTER_TYPES = ("image/tiff", "image/vnd.stac.geotiff", "image/x.geotiff", "image/geotiff")
_RASTER_NAMES = (".tif", ".tiff", ".img", ".asc", ".vrt")
_METRES = ("m", "metre", "meter", "metres", "meters", "米")


def add_item(item: Record, gathering: Gathering, *, base: str | None, asset: str | None, band: int | None) -> None:
    """Take the tile of an item, or note why there is none.

    Parameters
    ----------
    item : dict
        As in JSON: `id`, `properties`, `assets`.
    gathering : Gathering
        Where the tile or the finding goes.
    base : str or None
        File or address from which relative links count.
    asset : str, optional
        Name of the asset with the heights; otherwise it is found (`chosen_asset`).
    band : int, optional
        Of the asset, where it has several; its nodata is looked up there.
    """
    name = str(item.get("id") or "item without id")
    assets: dict[str, Record] = {key: each for key, each in (item.get("assets") or {}).items() if each}
    properties: Record = item.get("properties") or {}
    key = asset if asset is not None else _or_finding(assets, name, gathering)
    if key is None:
        return
    if key not in assets:
        gathering.reject("asset_missing", name, asset=key, found=", ".join(sorted(assets)) or "–")
        return
    found = assets[key]
    href = str(found.get("href") or "")
    if not href or (base is None and is_local(href) and not Path(href).is_absolute()):
        gathering.reject("href_relative", name, asset=key, href=href or "–")
        return
    path = resolved(href, base or "")
    bands = [each for each in found.get("bands") or found.get("raster:bands") or [] if each]
    own: Record = next(iter(bands[(band or 1) - 1 : band or 1]), {})
    unit = own.get("unit", found.get("unit"))
    if unit is not None and str(unit).strip().lower() not in _METRES:
        gathering.reject("unit_not_metres", path, unit=unit, source=name)
        return
    try:
        stated = {
            "date": day_of(properties.get("datetime") or properties.get("start_datetime")),
            "crs": _crs(found, properties),
            "nodata": _nodata(own.get("nodata", found.get("nodata", found.get("file:nodata")))),
            "band": band,
        }
        gathering.tiles.append(Tile(path, source=name, **statements_of(stated, name)))
    except DateError as error:
        gathering.reject("date_unreadable", path, source=name, why=error)
    except (OvercutError, ValueError) as error:
        gathering.reject("statement_unreadable", path, source=name, why=error)


def chosen_asset(assets: Mapping[str, Record]) -> list[str]:
    """Names of the assets that may hold the heights: one, if it is clear.

    The first of these that fits any: a role of `ELEVATION_ROLES`; the role "data" and a raster; a raster that is not a
    picture or a description beside the data. Within it, a name of `ELEVATION_ROLES` goes before the others.

    Parameters
    ----------
    assets : mapping of str to dict
        Of an item.

    Examples
    --------
    >>> tif = {"href": "a.tif", "type": "image/tiff; application=geotiff"}
    >>> chosen_asset({"dem": {**tif, "roles": ["data"]}, "mask": {**tif, "roles": ["data-mask"]}})
    ['dem']
    """
    rasters = {key for key, each in assets.items() if _is_raster(each)}
    roles = {key: {str(role).lower() for role in each.get("roles") or ()} for key, each in assets.items()}
    for fitting in (
        [key for key in assets if roles[key] & set(ELEVATION_ROLES)],
        [key for key in assets if "data" in roles[key] and key in rasters],
        [key for key in assets if key in rasters and not roles[key] & _BESIDE],
    ):
        called = [key for key in fitting if key.lower() in ELEVATION_ROLES]
        if fitting:
            return called if len(called) == 1 else fitting
    return []


def _or_finding(assets: dict[str, Record], name: str, gathering: Gathering) -> str | None:
    found = chosen_asset(assets)
    if len(found) == 1:
        return found[0]
    if found:
        gathering.reject("asset_unclear", name, found=", ".join(found))
    else:
        gathering.reject("asset_none", name, found=", ".join(sorted(assets)) or "–")
    return None


def _is_raster(asset: Record) -> bool:
    kind = str(asset.get("type") or "").lower()
    if kind:
        return kind.startswith(_RASTER_TYPES)
    href = str(asset.get("href") or "")
    return (href.partition("?")[0] if is_address(href) else href).lower().endswith(_RASTER_NAMES)


def _crs(asset: Record, properties: Record) -> str | None:
    """Read what the projection extension says, of the asset before that of the item."""
    for place in (asset, properties):
        if place.get("proj:code"):
            return str(place["proj:code"])
        if place.get("proj:epsg"):
            return f"EPSG:{int(place['proj:epsg'])}"
        if place.get("proj:wkt2"):
            return str(place["proj:wkt2"])
        if place.get("proj:projjson"):
            found = place["proj:projjson"]
            return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return None


def _nodata(value: Any) -> float | None:
    # The raster extension writes "nan", "inf" and "-inf" as text.
    return None if value is None else float(value)
