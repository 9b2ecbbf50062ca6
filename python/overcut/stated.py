"""What callers state, brought into one form: days, coordinate systems, paths, numbers."""

from __future__ import annotations

import datetime
import math
import os
import re
from typing import Any

from overcut.exceptions import CrsError, DateError, ParameterError

__all__ = ["crs_text", "iso_day", "number", "path_text", "positive_integer"]

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def iso_day(value: Any, what: str) -> str:
    """Day as ISO text.

    Parameters
    ----------
    value : str or datetime.date
        ISO text, a date, or a moment, of which the day is taken.
    what : str
        For the message, such as "date of 2021.tif".

    Examples
    --------
    >>> iso_day(datetime.date(2021, 5, 1), "date")
    '2021-05-01'
    >>> iso_day("May 2021", "date of 2021.tif")
    Traceback (most recent call last):
        ...
    overcut.exceptions.DateError: date of 2021.tif is 'May 2021'; write it as 2021-05-01
    """
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, datetime.date):
        return value.isoformat()
    # Also numpy.datetime64 prints as ISO text; a time of midnight behind it says nothing more.
    text = str(value).strip().removesuffix("T00:00:00")
    if _ISO_DAY.fullmatch(text):
        try:
            return datetime.date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise DateError(f"{what} is {value!r}, which is not in the calendar: {error}") from error
    if value is None:
        raise DateError(f"{what} is missing; state it as 2021-05-01")
    raise DateError(f"{what} is {value!r}; write it as 2021-05-01")


def crs_text(crs: Any) -> str | None:
    """Definition of a CRS as text: `EPSG:4546`, or WKT.

    Parameters
    ----------
    crs : str, int, pyproj.CRS, rasterio.crs.CRS or None
        Text is passed on; a number is an EPSG code; objects are asked for their WKT.

    Examples
    --------
    >>> crs_text(4546)
    'EPSG:4546'
    """
    if crs is None or isinstance(crs, str):
        return crs or None
    if isinstance(crs, int) and not isinstance(crs, bool):
        return f"EPSG:{crs}"
    to_wkt = getattr(crs, "to_wkt", None)
    if to_wkt is None:
        raise CrsError(f"crs is {crs!r}; give a code such as 'EPSG:4546', WKT, or an object of pyproj or rasterio")
    return str(to_wkt()) or None


def path_text(path: Any, what: str) -> str:
    """Path as text; `/vsi…` names are left as they are.

    Examples
    --------
    >>> from pathlib import PurePosixPath
    >>> path_text(PurePosixPath("a/2021.tif"), "surface")
    'a/2021.tif'
    """
    try:
        return os.fsdecode(path)
    except TypeError:
        kind = type(path).__name__
        raise ParameterError(f"{what} is a {kind}; expected a path (text or os.PathLike)") from None


def number(value: Any, what: str, *, least: float = -math.inf, unit: str = "") -> float:
    """Finite number, not below `least`.

    Examples
    --------
    >>> number(-1, "sigma_m", least=0, unit="metres")
    Traceback (most recent call last):
        ...
    overcut.exceptions.ParameterError: sigma_m is -1; expected metres, 0 or more
    """
    limit = f", {least:g} or more" if math.isfinite(least) else ""
    expected = f"{unit or 'a finite number'}{limit}"
    try:
        # Text that looks like a number is more likely a mistake than a number.
        found = math.nan if isinstance(value, (str, bytes, bool)) else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not (math.isfinite(found) and found >= least):
        raise ParameterError(f"{what} is {value!r}; expected {expected}")
    return found


def positive_integer(value: Any, what: str) -> int:
    """Whole number of at least 1."""
    found = number(value, what, least=1, unit="a whole number")
    if found != int(found):
        raise ParameterError(f"{what} is {value!r}; expected a whole number, 1 or more")
    return int(found)
