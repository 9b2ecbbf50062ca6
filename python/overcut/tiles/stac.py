"""Tiles of STAC: an item, an item collection, a static catalogue or collection, or a search of an API.

pystac reads what is in files, pystac-client asks servers. A file that lies here brings no network into play: links from
it to servers are not followed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.exceptions import FileReadError, OvercutError, ParameterError
from overcut.tiles.paths import is_address, shown
from overcut.tiles.stac_item import add_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pandas import DataFrame

    from overcut.tiles.gathering import Gathering

__all__ = ["from_items", "from_stac_file", "from_stac_search", "from_stac_table", "is_stac_file", "items_in"]

Record = dict[str, Any]

_MISSING = 'STAC needs pystac: pip install "overcut[batch]"'
_OF_CATALOGUES = ("Catalog", "Collection")


def items_in(source: Any) -> Iterable[Any] | None:
    """Items of an object of pystac or pystac-client, or of a record in memory; None if it is something else."""
    if isinstance(source, dict) and source.get("type") in ("FeatureCollection", "Feature"):
        features = source["features"] if source["type"] == "FeatureCollection" else [source]
        return list(features) if all(_is_item(each) for each in features) else None
    if _is_item(source):
        return [source]
    module = type(source).__module__.partition(".")[0]
    if module not in ("pystac", "pystac_client"):
        return None
    if hasattr(source, "get_items"):
        found: Iterable[Any] = source.get_items(recursive=True)
        return found
    if hasattr(source, "assets"):
        return [source]
    items = source.items
    return list(items() if callable(items) else items)


def from_items(items: Iterable[Any], gathering: Gathering, **options: Any) -> None:
    """Take the tiles of items, in their order: objects of pystac, or records."""
    for each in items:
        if isinstance(each, dict):
            base = next((link.get("href") for link in each.get("links") or () if link.get("rel") == "self"), None)
            add_item(each, gathering, base=base, **options)
        else:
            record = each.to_dict(include_self_link=False, transform_hrefs=False)
            add_item(record, gathering, base=each.get_self_href(), **options)


def is_stac_file(path: str) -> bool:
    """Whether a JSON file holds STAC, and not just features.

    Raises
    ------
    FileReadError
        It is not JSON.
    """
    found = _json(path)
    if found.get("type") == "FeatureCollection":
        features = found.get("features") or []
        return bool(features) and all(_is_item(each) for each in features)
    return _is_item(found) or (found.get("type") in _OF_CATALOGUES and "stac_version" in found)


def from_stac_file(path: str, gathering: Gathering, **options: Any) -> None:
    """Take the tiles of an item, item collection, catalogue or collection.

    Parameters
    ----------
    path : str
        File, or address of one.
    gathering : Gathering
        Where tiles and findings go.
    **options
        `asset` and `band`, as in `add_item`.

    Raises
    ------
    FileReadError
        It cannot be read, or is not STAC.
    """
    try:
        import pystac
        from pystac.stac_io import DefaultStacIO
    except ImportError as error:
        raise ImportError(_MISSING) from error

    class Here(DefaultStacIO):
        """Reads files, and of servers only what was asked for by its address."""

        def read_text_from_href(self, href: str) -> str:
            if is_address(href) and not is_address(path):
                raise FileReadError(f"it links to {shown(href)}, which is not fetched: give that address itself")
            return super().read_text_from_href(href)

    reader = Here()
    try:
        record = json.loads(reader.read_text(path)) if is_address(path) else _json(path)
        if record.get("type") == "FeatureCollection":
            # Links of items in a collection count from their own place, if they say it, else from that of the file.
            for each in record.get("features") or ():
                own = next((link.get("href") for link in each.get("links") or () if link.get("rel") == "self"), None)
                add_item(each, gathering, base=own if own and is_address(own) else path, **options)
            return
        # By its file, so that links are resolved from there and not from where it was once published.
        found = pystac.read_file(path, stac_io=reader)
        items = found.get_items(recursive=True) if isinstance(found, pystac.Catalog) else [found]
        for item in items:
            from_items([item], gathering, **options)
    except OvercutError:
        raise
    except (pystac.STACError, OSError, ValueError, KeyError, TypeError) as error:
        # What was refused above comes wrapped by pystac.
        why = error.__cause__ if isinstance(error.__cause__, OvercutError) else error
        raise FileReadError(f"STAC {shown(path)} cannot be read: {why}") from error


def from_stac_search(address: str, search: Mapping[str, Any], gathering: Gathering, **options: Any) -> None:
    """Take the tiles that a STAC API finds, in the order of their ids.

    Parameters
    ----------
    address : str
        Of the API.
    search : mapping
        Arguments of `pystac_client.Client.search`: collections, bbox, intersects, datetime, query, filter, max_items.
    gathering : Gathering
        Where tiles and findings go.
    **options
        `asset` and `band`, as in `add_item`.

    Raises
    ------
    FileReadError
        The server does not answer, or not as an API does.
    ParameterError
        The search has an argument that is not known.
    """
    try:
        import pystac
        import pystac_client
        from pystac_client.exceptions import APIError
    except ImportError as error:
        raise ImportError('searching a STAC API needs pystac-client: pip install "overcut[batch]"') from error
    try:
        found = list(pystac_client.Client.open(address).search(**search).items())
    except TypeError as error:
        raise ParameterError(f"stac_search cannot be understood: {error}") from error
    except (APIError, pystac.STACError, OSError, ValueError, KeyError, NotImplementedError) as error:
        raise FileReadError(f"STAC API {shown(address)} cannot be searched: {error}") from error
    if not found:
        raise FileReadError(f"STAC API {shown(address)} found nothing for {dict(search)}")
    # Servers answer in an order of their own, which may be another one tomorrow.
    from_items(sorted(found, key=lambda each: (each.collection_id or "", each.id)), gathering, **options)


def from_stac_table(table: DataFrame, gathering: Gathering, *, base: str, **options: Any) -> None:
    """Take the tiles of a table of items (stac-geoparquet), in the order of its rows."""
    for row in table.to_dict("records"):
        properties = {str(name): value for name, value in row.items() if name not in ("assets", "links", "id")}
        assets = {str(key): _filled(asset) for key, asset in (row["assets"] or {}).items() if asset is not None}
        add_item(
            {"id": row.get("id"), "properties": _filled(properties), "assets": assets}, gathering, base=base, **options
        )


def _filled(record: Mapping[str, Any]) -> Record:
    """Record without what is empty: in columns, every row has every name."""
    return {str(key): value for key, value in record.items() if value is not None and not _is_missing(value)}


def _is_missing(value: Any) -> bool:
    # NaN and NaT differ from themselves; an array answers with an array.
    differs = value != value  # noqa: PLR0124
    return differs if isinstance(differs, bool) else False


def _is_item(record: Any) -> bool:
    return isinstance(record, dict) and record.get("type") == "Feature" and "assets" in record


def _json(path: str) -> Record:
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FileReadError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FileReadError(f"{path} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise FileReadError(f"{path} is a {type(found).__name__} in JSON; expected an item, a collection or features")
    return found
