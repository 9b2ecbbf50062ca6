"""Rasters of difference, class and standing: the file that is computed anew must have the same bytes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from overcut.verification.documents.outcome import Outcome

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["compare"]


def compare(path: Path, rasters: Path | None) -> Outcome:
    """Compare a raster with the one of its name that was computed anew."""
    outcome = Outcome()
    expected = None if rasters is None else rasters / path.name
    if expected is None or not expected.is_file():
        why = (
            "no raster of this name is made"
            if rasters is not None and rasters.is_dir()
            else "it was not computed again"
        )
        outcome.differs(path, path.name, "", "file", why, "a raster of this assessment", kind="document")
        return outcome
    digests = [hashlib.sha256(each.read_bytes()).hexdigest() for each in (path, expected)]
    outcome.equal(path, path.name, "", "SHA-256 of the file", *digests)
    return outcome
