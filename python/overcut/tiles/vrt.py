"""Tiles of a VRT, a mosaic of GDAL: the files that it places beside each other, with what it says of them.

The tiles themselves are read, not the VRT: so each keeps its cells, and the mosaic rule of the run decides where they
overlap. What the VRT would do to them beyond placing is therefore found and said.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from overcut.exceptions import FileReadError, ParameterError
from overcut.tiles.paths import gdal_path, is_local, key_of, resolved
from overcut.tiles.tile import Tile

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from overcut.tiles.gathering import Gathering

__all__ = ["from_vrt"]

_SOURCES = ("SimpleSource", "ComplexSource", "AveragedSource", "NoDataFromMaskSource")
_CHANGES = ("ScaleOffset", "ScaleRatio", "LUT", "Exponent", "Kernel")
_NEUTRAL = {"ScaleOffset": 0.0, "ScaleRatio": 1.0, "Exponent": 1.0}
_CLOSE = 1e-6


def from_vrt(path: str, gathering: Gathering, *, band: int | None, within: tuple[str, ...] = ()) -> None:
    """Take the tiles of a VRT in their order; a VRT in it is expanded in its place.

    Parameters
    ----------
    path : str
        Local file.
    gathering : Gathering
        Where tiles and findings go.
    band : int, optional
        Of the VRT, where it has several.
    within : tuple of str
        VRTs in which this one is.

    Raises
    ------
    FileReadError
        It cannot be read, is not a VRT, or is one that computes heights (warped, derived, pansharpened).
    """
    root = _parsed(path)
    kind = root.get("subClass")
    if kind is not None:
        raise FileReadError(
            f"{path} is a {kind}, which computes heights and has no tiles of its own; give its sources, or write it "
            "as a GeoTIFF with gdal_translate"
        )
    chosen = _band(root, path, band)
    if chosen.get("subClass") not in (None, "VRTSourcedRasterBand"):
        raise FileReadError(f"{path} computes its band ({chosen.get('subClass')}); write it as a GeoTIFF")
    crs = _text(root, "SRS")
    sources = [each for each in chosen if each.tag.endswith("Source")]
    if not sources:
        raise FileReadError(f"{path} names no tiles in band {chosen.get('band', '1')}")
    for source in sources:
        tile = _tile(source, path, crs, _number(chosen, "NoDataValue"), gathering)
        if tile is None:
            continue
        if is_local(tile.path) and tile.path.lower().endswith(".vrt") and os.path.isfile(tile.path):  # noqa: PTH113
            _expand(tile, path, gathering, within)
        else:
            gathering.tiles.append(tile)


def _expand(tile: Tile, path: str, gathering: Gathering, within: tuple[str, ...]) -> None:
    around = (*within, key_of(path))
    if key_of(tile.path) in around:
        gathering.reject("vrt_in_itself", tile.path, source=tile.source)
        return
    try:
        from_vrt(tile.path, gathering, band=tile.band, within=around)
    except (FileReadError, ParameterError) as error:
        gathering.reject("vrt_unreadable", tile.path, source=tile.source, why=error)


def _tile(source: Element, path: str, crs: str | None, band_nodata: float | None, gathering: Gathering) -> Tile | None:
    """One source; what the VRT would do to it beyond placing it is found."""
    says = f"{os.path.basename(path)}"  # noqa: PTH119
    named = source.find("SourceFilename")
    if named is None or not (named.text or "").strip():
        gathering.reject("path_missing", path)
        return None
    text = (named.text or "").strip()
    located = resolved(text, path) if named.get("relativeToVRT") == "1" else gdal_path(text)
    changes = [tag for tag in _CHANGES if _changes(source, tag)]
    if source.tag not in _SOURCES or changes:
        gathering.reject("vrt_changes_heights", located, vrt=says, how=", ".join(changes) or source.tag)
        return None
    window, placed = source.find("SrcRect"), source.find("DstRect")
    stored = source.find("SourceProperties")
    if window is not None and placed is not None:
        sides = [(_side(window, each), _side(placed, each)) for each in ("xSize", "ySize")]
        if any(abs(was - shown) > _CLOSE * max(was, 1.0) for was, shown in sides):
            gathering.remark("vrt_other_cells", located, vrt=says)
        if stored is not None:
            whole = [_side(stored, each) for each in ("RasterXSize", "RasterYSize")]
            if any(was < full - 0.5 for (was, _), full in zip(sides, whole, strict=True)):
                gathering.remark("vrt_window", located, vrt=says)
    number = _text(source, "SourceBand")
    own = _number(source, "NODATA")
    return Tile(
        located,
        crs=crs,
        nodata=band_nodata if own is None else own,
        band=int(number) if number is not None and number.isdigit() else None,
        source=says,
    )


def _band(root: Element, path: str, band: int | None) -> Element:
    bands = root.findall("VRTRasterBand")
    numbers = [int(each.get("band", position)) for position, each in enumerate(bands, start=1)]
    if not bands:
        raise FileReadError(f"{path} has no band")
    if band is None and len(bands) > 1:
        raise ParameterError(f"{path} has {len(bands)} bands; state which holds the heights, as band=1")
    if band is not None and band not in numbers:
        raise ParameterError(f"{path} has no band {band}; it has {', '.join(map(str, numbers))}")
    return bands[0 if band is None else numbers.index(band)]


def _parsed(path: str) -> Element:
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileReadError(f"VRT {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileReadError(f"VRT {path} is not UTF-8: {error}") from error
    # GDAL writes none; entities can be made to fill the memory, or to name other files.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise FileReadError(f"VRT {path} declares a document type, which no VRT needs; it is not read")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise FileReadError(f"VRT {path} is not XML: {error}") from error
    if root.tag != "VRTDataset":
        raise FileReadError(f"{path} is no VRT: its root is {root.tag}, not VRTDataset")
    return root


def _text(element: Element, tag: str) -> str | None:
    found = element.find(tag)
    return None if found is None or not (found.text or "").strip() else (found.text or "").strip()


def _number(element: Element, tag: str) -> float | None:
    text = _text(element, tag)
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _side(element: Element, name: str) -> float:
    try:
        return float(element.get(name, "nan"))
    except ValueError:
        return float("nan")


def _changes(source: Element, tag: str) -> bool:
    found = _text(source, tag)
    if source.find(tag) is None:
        return False
    try:
        return tag not in _NEUTRAL or float(found or "nan") != _NEUTRAL[tag]
    except ValueError:
        return True
