"""Office files are archives, and archives hold times: here they hold none, so that equal reports are equal bytes."""

from __future__ import annotations

import io
import zipfile

__all__ = ["without_times"]

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Earliest time that an archive can state."""


def without_times(data: bytes, replaced: dict[str, bytes] | None = None) -> bytes:
    """Archive with the same members, in the same order, without the times at which they were written."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as found, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in found.infolist():
            entry = zipfile.ZipInfo(member.filename, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            archive.writestr(entry, (replaced or {}).get(member.filename, found.read(member.filename)))
    return written.getvalue()
