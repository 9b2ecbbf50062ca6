"""Finds the files that a record names: where they were, beside the record, or where the user says; by their digest."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.provenance import file_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Found", "find"]

Record = dict[str, Any]

MOST_FILES = 10_000
"""Files that are looked at in a folder of inputs."""


@dataclass(frozen=True)
class Found:
    """An input that was looked for.

    Attributes
    ----------
    path : str or None
        The file with the right digest; None if there is none.
    changed : str or None
        A file of the right name that has another digest, and that digest.
    """

    path: str | None
    changed: tuple[str, str | None] | None = None


def find(source: Record, beside: Path, folder: Path | None) -> Found:
    """Look for a file.

    Parameters
    ----------
    source : dict
        Its path and its SHA-256, as the provenance has them; the path is absolute.
    beside : pathlib.Path
        Folder of the record.
    folder : pathlib.Path, optional
        Where the user says that inputs are.
    """
    path, sha256 = source["path"], source["sha256"]
    if sha256 is None:  # nothing to know it by, as with /vsi… paths: it is where it was
        return Found(path if path.startswith("/vsi") or Path(path).exists() else None)
    changed = None
    seen: set[str] = set()
    for candidate in _candidates(path, beside, folder):
        name = os.path.normcase(candidate.absolute())
        if name in seen:
            continue
        seen.add(name)
        try:
            digest = file_sha256(candidate)
        except (OSError, ValueError):
            digest = None
        if digest == sha256:
            return Found(str(candidate))
        if changed is None and candidate.name == Path(path).name and candidate.is_file():
            changed = (str(candidate), digest)
    return Found(None, changed)


def _candidates(path: str, beside: Path, folder: Path | None) -> Iterator[Path]:
    """Likely places first; then every file of the same kind, because files are renamed."""
    recorded = Path(path)
    yield recorded
    yield beside / recorded.name
    if folder is not None:
        yield folder / recorded.name
    suffix = recorded.suffix.lower()
    places = [(beside, False), *([] if folder is None else [(folder, True)])]
    for place, deep in places:
        files = place.rglob("*") if deep else place.glob("*")
        for at, candidate in enumerate(files):
            if at >= MOST_FILES:
                break
            if candidate.suffix.lower() == suffix and candidate.is_file():
                yield candidate
