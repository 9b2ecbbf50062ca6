"""Compares two records figure by figure, and names the first row that differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.provenance import SECTIONS, own_digest, section_digests
from overcut.report.chapters.classes import row_key
from overcut.verification.result import Difference, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["compare_records", "compare_sections", "leaves"]

Record = dict[str, Any]

_MISSING = object()

_KINDS: dict[str, Kind] = {
    "surfaces": "parameter",
    "licences": "parameter",
    "licence_file": "input",
    "layers": "parameter",
    "options": "parameter",
    "crs": "parameter",
    "grid": "parameter",
    "assumptions": "parameter",
    "schema": "record",
    "overcut_version": "record",
    "digest": "record",
}
"""What the parts of a record are; all others are figures."""

_ORDER: tuple[Kind, ...] = ("input", "parameter", "figure", "record", "document")

_KEYS: dict[str, Callable[[int, Any], str]] = {
    "surfaces": lambda _, each: each["name"],
    "licences": lambda _, each: each["id"],
    "layers": lambda _, each: each["name"],
    "rows": lambda _, each: row_key(each),
    "patches": lambda _, each: each["id"],
}


def compare_records(
    stated: Record, expected: Record, document: str, skipped: tuple[str, ...]
) -> tuple[list[Difference], int]:
    """Differences of a record from the one that was computed again, and how many leaves were compared."""
    differences: list[Difference] = []
    compared = 0
    for name in dict.fromkeys([*expected, *stated]):
        if name in ("provenance", *skipped):
            continue
        kind = _KINDS.get(name, "figure")
        ours = dict(leaves(name, expected.get(name, _MISSING)))
        theirs = dict(leaves(name, stated.get(name, _MISSING)))
        for place in dict.fromkeys([*theirs, *ours]):
            compared += 1
            was, must = theirs.get(place, _MISSING), ours.get(place, _MISSING)
            if not _same(was, must):
                row, column = place
                told = (_told(was), _told(must))
                differences.append(Difference(kind, document, name, row, column, *told))
    differences.sort(key=lambda each: _ORDER.index(each.kind))
    return differences, compared


def compare_sections(record: Record, document: str, known: set[str]) -> tuple[list[Difference], int]:
    """Parts of a record that were changed after it was written; those in which a difference is known are left out."""
    provenance = record["provenance"]
    sealed = provenance.get(SECTIONS, {})
    found = {**section_digests(record), "provenance": own_digest(provenance)}
    differences = []
    for name in dict.fromkeys([*found, *sealed]):
        if sealed.get(name) != found.get(name) and name not in known:
            kind = _KINDS.get(name, "figure")
            kind = "parameter" if name == "provenance" else kind
            told = (str(found.get(name, "missing")), str(sealed.get(name, "missing")))
            differences.append(Difference(kind, document, name, "", "SHA-256 of this part", *told))
    return differences, len(found)


def leaves(name: str, value: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    """Every figure of a part of a record, by row and column."""
    if isinstance(value, list) and name in _KEYS:
        seen: dict[str, int] = {}
        for at, each in enumerate(value):
            key = _key(name, at, each)
            seen[key] = seen.get(key, 0) + 1
            # A row that occurs twice differs from one that occurs once.
            row = key if seen[key] == 1 else f"{key} ({seen[key]})"
            yield from _within(row, "", each)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _within(str(at), "", each)
    else:
        yield from _within("", "", value)


def _key(name: str, at: int, each: Any) -> str:
    try:
        return _KEYS[name](at, each)
    except (KeyError, TypeError):
        return str(at)


def _within(row: str, column: str, value: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _within(row, f"{column}.{name}" if column else str(name), each)
    elif isinstance(value, list):
        yield (row, f"{column}.length" if column else "length"), len(value)
        for at, each in enumerate(value):
            yield from _within(row, f"{column}[{at}]", each)
    elif value is not _MISSING:
        yield (row, column), value


def _same(was: Any, must: Any) -> bool:
    if isinstance(was, bool) or isinstance(must, bool):
        return was is must
    if isinstance(was, float) or isinstance(must, float):
        # -0.0 and 0.0 are written apart, and a figure is what is written.
        return type(was) in (int, float) and type(must) in (int, float) and repr(float(was)) == repr(float(must))
    return bool(type(was) is type(must) and was == must)


def _told(value: Any) -> str:
    return "missing" if value is _MISSING else repr(value) if isinstance(value, float) else str(value)
