"""What can go wrong, as exceptions.

Every exception of this package is an `OvercutError`, and also the builtin that one would guess: a raster that cannot be
read is an `OSError`, a licence whose ring crosses itself a `ValueError`. Messages say what was found, what was expected
and the way out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overcut.findings import Finding, Findings, Found

__all__ = [
    "CrsError",
    "DateError",
    "FileReadError",
    "GridMismatchError",
    "LedgerError",
    "LedgerVersionError",
    "LicenceError",
    "LicenceReadError",
    "LicenceRefusedError",
    "NoOverlapError",
    "OutputError",
    "OvercutError",
    "ParameterError",
    "RasterReadError",
    "TileReadError",
    "TilesError",
    "VerticalDatumError",
]


class OvercutError(Exception):
    """Base of every exception of this package."""


class RasterReadError(OvercutError, OSError):
    """A raster cannot be opened or read: missing, not a raster, damaged, or of a kind that is refused."""


class TileReadError(RasterReadError):
    """A tile of a batch cannot be read, or is not what it was when the batch was planned.

    Attributes
    ----------
    path : str
        The tile.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(path, message)
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return self.message


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


class LicenceRefusedError(LicenceError):
    """A text, table or workbook of licences cannot be understood, or could be understood in two ways.

    Attributes
    ----------
    path : str
        The file.
    finding : Finding
        Where, what was found, and what has to be stated or mended; ``finding.text("zh")`` says it in Chinese.
    """

    def __init__(self, path: str, found: Found) -> None:
        from overcut.findings import Finding

        super().__init__(path, found)
        self.path = path
        self.finding: Finding = Finding.of(found)

    def __str__(self) -> str:
        return f"{self.path}: {self.finding}"


class FileReadError(OvercutError, OSError):
    """A case file, or the record of an assessment, cannot be read."""


class ParameterError(OvercutError, ValueError):
    """An option has a value that makes no sense."""


class TilesError(OvercutError, ValueError):
    """Of all tiles that were named, none can be used.

    Attributes
    ----------
    findings : Findings
        Which were rejected, and why.
    """

    def __init__(self, message: str, findings: Findings) -> None:
        super().__init__(message, findings)
        self.message = message
        self.findings = findings

    def __str__(self) -> str:
        return self.message


class OutputError(OvercutError, OSError):
    """An output cannot be written, or exists already."""


class LedgerError(OvercutError, ValueError):
    """A ledger holds something else than was expected, or is asked for what it does not do, such as changing a row."""


class LedgerVersionError(LedgerError):
    """A ledger was made by an older or newer version of this package."""
