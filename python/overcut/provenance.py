"""How to ask for the same assessment again: files with their digests, and what was stated about them.

Whatever an assessment is made from remembers the arguments it was made with (`remembers`); `provenance_of` puts them
into the record, and `overcut.verify` reads them there. Paths are absolute in memory and relative to the record in its
file, so that a folder with record and inputs can be moved as a whole.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from overcut.provenance_values import encoded, file_of, is_virtual

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "SECTIONS",
    "absolute_from",
    "file_sha256",
    "own_digest",
    "provenance_of",
    "relative_to",
    "remembers",
    "section_digests",
    "with_paths",
]

P = ParamSpec("P")
R = TypeVar("R")
Record = dict[str, Any]

SECTIONS = "sections"
"""Key of the digests of the parts of the record."""
VERSION = 1

_REMEMBERED = "_stated"
_NO_SAY = (
    "surfaces",
    "licences",
    "layers",
    "stable_ground",
    "threads",
    "block_shape",
    "rasters",
    "overwrite",
    "progress",
)
"""Arguments of `assess` that are inputs of their own, or have no say in the figures."""


def remembers(function: Callable[P, R]) -> Callable[P, R]:
    """Make what a function gives (or the object that `__init__` makes) remember the arguments that were stated."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def remembering(*args: P.args, **kwargs: P.kwargs) -> R:
        made = function(*args, **kwargs)
        holder: Any = args[0] if function.__name__ == "__init__" else made
        stated = dict(signature.bind(*args, **kwargs).arguments)
        stated.pop("self", None)
        # What was handed through as it is has been made by another call.
        if not any(value is holder for value in stated.values()):
            setattr(holder, _REMEMBERED, stated)
        return made

    return remembering


def provenance_of(
    record: Record, *, surfaces: Any, licences: Any, layers: Any, stable_ground: Any, arguments: Mapping[str, Any]
) -> Record:
    """Say how to ask for an assessment again.

    Parameters
    ----------
    record : dict
        Its record.
    surfaces, licences, layers, stable_ground
        What it was made from.
    arguments : mapping
        What `assess` was given.
    """
    of_surfaces = [
        _input(surface._stated, each["sha256"], drop=("name",))
        for surface, each in zip(surfaces, record["surfaces"], strict=True)
    ]
    file = record["licence_file"]
    found: Record = {
        "version": VERSION,
        "surfaces": of_surfaces,
        "licences": _input(licences._stated, None if file is None else file["sha256"]),
        "layers": [_layer(layer) for layer in layers],
        "stable_ground": None if stable_ground is None else _stable(stable_ground),
        "options": {
            name: encoded(value, file_sha256, name)
            for name, value in arguments.items()
            if name not in _NO_SAY and value is not None
        },
    }
    return {**found, SECTIONS: {**section_digests(record), "provenance": _own_digest(found)}}


def section_digests(record: Record) -> dict[str, str]:
    """SHA-256 of each part of a record, over its JSON with sorted keys."""
    return {name: _digest(value) for name, value in record.items() if name != "provenance"}


def own_digest(provenance: Record) -> str:
    """Digest of what a provenance states; where files lay does not count."""
    return _own_digest({name: value for name, value in provenance.items() if name != SECTIONS})


def with_paths(provenance: Record, change: Callable[[str], str]) -> Record:
    """Provenance in which every path is changed."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: change(each) if name == "path" and isinstance(each, str) else walk(each)
                for name, each in value.items()
            }
        return [walk(each) for each in value] if isinstance(value, list) else value

    return {name: value if name == SECTIONS else walk(value) for name, value in provenance.items()}


def relative_to(directory: Path) -> Callable[[str], str]:
    """Change of a path: from absolute to relative, as written in a record that lies in a folder."""

    def change(path: str) -> str:
        if is_virtual(path):
            return path
        try:
            return PurePath(os.path.relpath(path, directory.absolute())).as_posix()
        except ValueError:  # another drive
            return PurePath(path).name

    return change


def absolute_from(directory: Path) -> Callable[[str], str]:
    """Change of a path: from relative to a folder to absolute."""

    def change(path: str) -> str:
        return path if is_virtual(path) else os.path.normpath(directory.absolute() / path)

    return change


def file_sha256(path: str | os.PathLike[str]) -> str | None:
    """SHA-256 by which a record identifies a file; None for what is no plain file.

    A Shapefile is identified with its companions, a VRT with the files that it is made of.
    """
    main = Path(path)
    if not main.is_file():
        return None
    suffix = main.suffix.lower()
    if suffix == ".vrt":
        from overcut.dem import open_surface

        return open_surface(main, date=None).sha256
    members = [main]
    if suffix == ".shp":
        beside = sorted(each for each in main.parent.iterdir() if each.stem == main.stem)
        members += [
            found
            for extension in (".dbf", ".prj", ".cpg")
            if (found := next((each for each in beside if each.suffix.lower() == extension), None)) is not None
        ]
    digest = hashlib.sha256()
    for member in members:
        with member.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _input(stated: Mapping[str, Any], sha256: str | None, *, drop: tuple[str, ...] = ()) -> Record:
    """One input: its file, or what it was in memory, and the arguments beside it."""
    arguments = {
        name: encoded(value, file_sha256, name)
        for name, value in stated.items()
        if name not in ("source", "transform", *drop) and value is not None
    }
    return {**file_of(stated["source"], lambda _: sha256), "arguments": arguments}


def _layer(layer: Any) -> Record:
    """One layer: roofs and floors may be files."""
    return {
        "arguments": {
            name: encoded(list(value) if name == "parts" else value, file_sha256, name)
            for name, value in layer._stated.items()
            if value is not None
        }
    }


def _stable(value: Any) -> Record:
    stated = getattr(value, _REMEMBERED, None)
    if stated is not None:
        return {**_input(stated, value.sha256), "kind": "surface"}
    return {**file_of(value, file_sha256), "kind": "polygons"}


def _own_digest(found: Record) -> str:
    return _digest(with_paths(found, lambda _: ""))


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
