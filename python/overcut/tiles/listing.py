"""Tiles as files: one, a list of them, a folder, or a pattern of names."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.exceptions import FileReadError, ParameterError
from overcut.stated import path_text
from overcut.tiles.paths import gdal_path, is_address, is_local
from overcut.tiles.tile import Tile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overcut.tiles.gathering import Gathering

__all__ = ["RASTERS", "from_folder", "from_list", "from_pattern", "is_pattern"]

RASTERS = (".tif", ".tiff", ".img", ".asc", ".dem", ".hgt", ".bil", ".bt", ".dt1", ".dt2", ".flt", ".grd")
"""What elevations are kept in; others are named in a list or by a pattern."""

_BESIDE = (".aux.xml", ".ovr", ".msk", ".tfw", ".prj", ".hdr", ".md5", ".sha256")
_SIGNS = frozenset("*?[")


def is_pattern(source: str) -> bool:
    """Whether it is a pattern of names; a file that is really called so is a file.

    Examples
    --------
    >>> is_pattern("tiles/*.tif"), is_pattern("tiles/a.tif")
    (True, False)
    """
    return bool(_SIGNS & set(source)) and not is_address(source) and not os.path.lexists(source)


def from_list(source: Iterable[Any], gathering: Gathering) -> None:
    """Take paths and tiles one by one, in their order."""
    for each in source:
        if isinstance(each, Tile):
            gathering.tiles.append(each)
        elif isinstance(each, (str, bytes, os.PathLike)):
            gathering.tiles.append(Tile(gdal_path(path_text(each, "tile")), source="the list"))
        else:
            raise ParameterError(f"tiles are listed as paths or overcut.Tile, not as {type(each).__name__}")


def from_folder(folder: str, gathering: Gathering) -> None:
    """Take the rasters of one folder, not of those in it, in the order of their names.

    Raises
    ------
    FileReadError
        There is none, or the folder cannot be read.
    """
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file() and _is_raster(entry.name))
    except OSError as error:
        raise FileReadError(f"folder {folder} cannot be read: {error.strerror}") from error
    if not names:
        within = os.path.join(folder, "**", "*.tif")  # noqa: PTH118
        raise FileReadError(
            f"folder {folder} holds no rasters ({', '.join(RASTERS)}); if they are in folders of it, give {within!r}"
        )
    gathering.tiles += [Tile(os.path.join(folder, name), source="the folder") for name in names]  # noqa: PTH118


def from_pattern(pattern: str, gathering: Gathering) -> None:
    """Take the files whose names follow a pattern; `**` stands for any folders. In the order of their names.

    Raises
    ------
    FileReadError
        There is none.
    """
    if not is_local(pattern):
        raise ParameterError(
            f"{pattern!r} is a pattern of remote names, which cannot be listed here; give the names, an index or a VRT"
        )
    # Separators of Windows are those of nobody else's names.
    spelt = pattern.replace("\\", "/")
    found = [
        each
        for each in glob.glob(spelt, recursive=True)  # noqa: PTH207 - a pattern may be absolute
        if not _is_beside(each) and os.path.isfile(each)  # noqa: PTH113
    ]
    if not found:
        raise FileReadError(f"no file is called like {pattern!r}; working directory is {Path.cwd()}")
    # Of folders and names, not of the text with its separators: the same on every machine.
    ordered = sorted(found, key=lambda each: each.replace("\\", "/").split("/"))
    gathering.tiles += [Tile(os.path.normpath(each), source="the pattern") for each in ordered]


def _is_raster(name: str) -> bool:
    # A leading dot: what a program is still writing, or what macOS puts beside each file.
    return name.lower().endswith(RASTERS) and not name.startswith(".")


def _is_beside(path: str) -> bool:
    name = os.path.basename(path)  # noqa: PTH119
    return name.lower().endswith(_BESIDE) or name.startswith(".")
