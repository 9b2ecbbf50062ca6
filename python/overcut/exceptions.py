"""What can go wrong, as exceptions.

Every exception of this package is an `OvercutError`, and also the builtin that one would guess: a raster that cannot be
read is an `OSError`, a licence whose ring crosses itself a `ValueError`. Messages say what was found, what was expected
and the way out.
"""

from __future__ import annotations

__all__ = [
    "CrsError",
    "DateError",
    "FileReadError",
    "GridMismatchError",
    "LicenceError",
    "LicenceReadError",
    "NoOverlapError",
    "OutputError",
    "OvercutError",
    "ParameterError",
    "RasterReadError",
    "VerticalDatumError",
]


class OvercutError(Exception):
    """Base of every exception of this package."""


class RasterReadError(OvercutError, OSError):
    """A raster cannot be opened or read: missing, not a raster, damaged, or of a kind that is refused."""


class GridMismatchError(OvercutError, ValueError):
    """A grid cannot be, or surfaces cannot be brought onto one grid."""


class CrsError(OvercutError, ValueError):
    """A coordinate reference system is missing, geographic, unknown, or not connected with the other one."""


class VerticalDatumError(OvercutError, ValueError):
    """Heights and bands are not known to be counted from the same level."""


class DateError(OvercutError, ValueError):
    """A survey date is missing, unreadable, or not after the one before it."""


class NoOverlapError(OvercutError, ValueError):
    """No cell has a height in both surfaces of an interval."""


class LicenceError(OvercutError, ValueError):
    """A licence is not sound: its boundary, band, validity, identity or columns."""


class LicenceReadError(LicenceError, OSError):
    """A file of licences cannot be opened or read."""


class FileReadError(OvercutError, OSError):
    """A case file, or the record of an assessment, cannot be read."""


class ParameterError(OvercutError, ValueError):
    """An option has a value that makes no sense."""


class OutputError(OvercutError, OSError):
    """An output cannot be written, or exists already."""
