"""Tiles from wherever they are: one way in for all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from overcut.exceptions import FileReadError, ParameterError
from overcut.stated import path_text
from overcut.tiles.admitting import Statements, admitted
from overcut.tiles.dates import pattern_of
from overcut.tiles.gathering import Gathering
from overcut.tiles.index import from_table, read_table
from overcut.tiles.listing import from_folder, from_list, from_pattern, is_pattern
from overcut.tiles.paths import gdal_path, is_address, is_local, shown
from overcut.tiles.stac import from_items, from_stac_file, from_stac_search, from_stac_table, is_stac_file, items_in
from overcut.tiles.tile import Tile, statements_of
from overcut.tiles.tile_set import Tiles
from overcut.tiles.vrt import from_vrt

if TYPE_CHECKING:
    import datetime
    import re

__all__ = ["read_tiles"]

_INDEXES = (".csv", ".tsv", ".txt", ".parquet", ".geoparquet", ".pq", ".gpkg", ".shp", ".fgb", ".geojson", ".gdb")


def read_tiles(
    source: Any,
    *,
    name: str | None = None,
    date: str | datetime.date | None = None,
    date_pattern: str | re.Pattern[str] | None = None,
    sigma_m: float | None = None,
    crs: Any = None,
    nodata: float | None = None,
    band: int | None = None,
    vertical_datum: str | None = None,
    asset: str | None = None,
    columns: Mapping[str, str] | None = None,
    layer: str | None = None,
    stac_search: Mapping[str, Any] | None = None,
) -> Tiles:
    r"""Read which tiles of elevations there are, from wherever that is said. No raster is opened.

    Parameters
    ----------
    source : str, os.PathLike, iterable of paths or Tile, DataFrame, or object of pystac
        A raster; a folder of rasters; a pattern (``"县/**/*.tif"``); an index (CSV, GeoParquet, GeoPackage, Shapefile,
        GeoJSON, as `gdaltindex` writes it or with columns of your own); a text with a path in each line; a VRT; a STAC
        item, item collection, catalogue or collection in a file or at an address; a STAC API, with `stac_search`; items
        of pystac. Local paths, `/vsi…` names and addresses (``https://``, ``s3://``, ``oss://`` …).
    name : str, optional
        For people; otherwise the file or folder.
    date : str or datetime.date, optional
        Day of the survey of all tiles.
    date_pattern : str or re.Pattern, optional
        Finds the day in file names: one group for the whole day, such as ``r"(\d{8})"``, or groups called year, month
        and day. Where a name has none, its folders are looked at, from the last; then what the index says.
    sigma_m, nodata, band : float, float, int, optional
        As in `Dem`, for all tiles.
    crs : str, int or object of pyproj or rasterio, optional
        Of all tiles, in place of their own.
    vertical_datum : str, optional
        What the heights of all tiles are counted from.
    asset : str, optional
        Name of the STAC asset with the heights; otherwise found by role and media type.
    columns : mapping, optional
        Our word → name of the column of an index: ``{"path": "TIFF", "date": "DATE_ACQ"}``.
    layer : str, optional
        Of an index with several.
    stac_search : mapping, optional
        What a STAC API is asked for: ``{"collections": ["dem"], "bbox": [110.9, 35.5, 111.2, 35.8]}``.

    Returns
    -------
    Tiles
        In the order of the source, each once; `rejected` says what was left out and why, `remarks` what contradicts
        each other. What the caller states goes before the source, and the source before the file.

    Raises
    ------
    FileReadError
        The source itself cannot be read.
    TilesError
        No tile of it can be used.
    ParameterError
        An option makes no sense.

    Examples
    --------
    >>> import tempfile
    >>> import overcut as oc
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> for tile in ("a_20240520.tif", "b_20240521.tif", "c.tif"):
    ...     _ = (folder / tile).write_bytes(b"II*")
    >>> tiles = oc.read_tiles(folder, date_pattern=r"(\d{8})", name="county")
    >>> tiles
    <Tiles county: 2 tiles, 2024-05-20 to 2024-05-21, rejected 1 date_not_in_name>
    >>> print(tiles.rejected[0].text())
    no day is found in the name by the pattern (\d{8}), and nothing else states one; state date=… or another pattern
    """
    stated = statements_of(
        {
            "date": date,
            "sigma_m": sigma_m,
            "crs": crs,
            "nodata": nodata,
            "band": band,
            "vertical_datum": vertical_datum,
        },
        "the tiles",
    )
    statements = Statements(**stated, date_pattern=None if date_pattern is None else pattern_of(date_pattern))
    options: dict[str, Any] = {"asset": asset, "band": stated["band"]}
    gathering = Gathering()
    if isinstance(source, (str, bytes, os.PathLike)):
        path = path_text(source, "tiles")
        gathering.name = _called(path)
        # The band of a VRT need not be that of its tiles.
        if _from_path(path, gathering, options, columns=columns, layer=layer, stac_search=stac_search):
            statements = Statements(**{**vars(statements), "band": None})
    elif stac_search is not None:
        raise ParameterError("stac_search goes with the address of a STAC API")
    else:
        _from_object(source, gathering, options, columns)
    return admitted(gathering, statements, name=name)


def _from_path(
    path: str,
    gathering: Gathering,
    options: dict[str, Any],
    *,
    columns: Mapping[str, str] | None,
    layer: str | None,
    stac_search: Mapping[str, Any] | None,
) -> bool:
    """Read what a path names; whether bands are settled by it."""
    suffix = os.path.splitext(urlsplit(path).path if is_address(path) else path)[1].lower()  # noqa: PTH122
    if stac_search is not None:
        if not is_address(path):
            raise ParameterError(f"stac_search goes with the address of a STAC API, not with {path!r}")
        from_stac_search(path, stac_search, gathering, **options)
    elif is_address(path) and suffix in (".json", ".geojson"):
        from_stac_file(path, gathering, **options)
    elif is_address(path) and not suffix:
        raise ParameterError(
            f"{shown(path)} is the address of no file; if it is a STAC API, say what is wanted: "
            "stac_search={'collections': ['…'], 'bbox': [west, south, east, north]}"
        )
    elif is_pattern(path):
        from_pattern(path, gathering)
    elif not is_local(path) or is_address(path):
        gathering.tiles.append(Tile(gdal_path(path)))
    elif os.path.isdir(path) and suffix != ".gdb":  # noqa: PTH112
        from_folder(path, gathering)
    elif not os.path.exists(path):  # noqa: PTH110
        raise FileReadError(f"{path} does not exist; working directory is {Path.cwd()}")
    elif suffix == ".vrt":
        from_vrt(path, gathering, band=options["band"])
        return True
    elif suffix in (".json", ".geojson") and is_stac_file(path):
        from_stac_file(path, gathering, **options)
    elif suffix in _INDEXES or suffix == ".json":
        _from_index(
            read_table(path, layer=layer, headed=columns is not None), gathering, options, base=path, columns=columns
        )
    else:
        gathering.tiles.append(Tile(path))
    return False


def _from_object(source: Any, gathering: Gathering, options: dict[str, Any], columns: Mapping[str, str] | None) -> None:
    if isinstance(source, Tile):
        gathering.tiles.append(source)
        return
    if isinstance(source, Tiles):
        gathering.name = source.name
        gathering.rejected += source.rejected
        gathering.remarks += source.remarks
        gathering.tiles += source
        return
    items = items_in(source)
    if items is not None:
        gathering.name = "STAC items"
        from_items(items, gathering, **options)
    elif hasattr(source, "columns") and hasattr(source, "iloc"):
        _from_index(source, gathering, options, base="", columns=columns)
    elif isinstance(source, Iterable) and not isinstance(source, Mapping):
        listed = list(source)
        found = [items_in(each) for each in listed]
        if listed and all(each is not None for each in found):
            from_items([item for each in found for item in each or ()], gathering, **options)
        else:
            from_list(listed, gathering)
    else:
        raise ParameterError(
            f"tiles are read from a path, a list of paths, a table or STAC items, not from a {type(source).__name__}"
        )


def _from_index(
    table: Any, gathering: Gathering, options: dict[str, Any], *, base: str, columns: Mapping[str, str] | None
) -> None:
    if "assets" in table.columns and "id" in table.columns:
        from_stac_table(table, gathering, base=base, **options)
    else:
        from_table(table, gathering, base=base, columns=columns)


def _called(path: str) -> str:
    plain = shown(path).removesuffix("?…").replace("\\", "/").rstrip("/")
    return plain.rpartition("/")[2] or path
