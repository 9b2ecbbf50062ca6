"""Days of surveys as indexes and file names write them."""

from __future__ import annotations

import datetime
import re
from typing import Any

from overcut.exceptions import DateError, ParameterError

__all__ = ["EARLIEST", "day_in_name", "day_of", "is_plausible", "pattern_of"]

EARLIEST = datetime.date(1900, 1, 1)
"""No elevations of a mine are older; a day before it is a slip of the pen or an empty cell."""

_DAY = re.compile(
    r"(\d{4})(?:(\d{2})(\d{2})|\s*[-/._年]\s*(\d{1,2})\s*[-/._月]\s*(\d{1,2})\s*日?)(?:[T\s].*)?",
    re.DOTALL,
)
_NAMED = ("year", "month", "day")


def day_of(value: Any) -> datetime.date | None:
    """Day that a cell of a table or a property states; None where it is empty.

    Parameters
    ----------
    value : object
        A date, a moment (its day as written: in UTC, if that is how it is written), or text or a whole number as
        2024-05-20, 2024/5/20, 20240520 or 2024年5月20日, with or without a time behind it.

    Raises
    ------
    DateError
        It is something else.

    Examples
    --------
    >>> day_of("2024年5月20日"), day_of(20240520), day_of("2024-05-20T03:11:00Z"), day_of("")
    (datetime.date(2024, 5, 20), datetime.date(2024, 5, 20), datetime.date(2024, 5, 20), None)
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN, NaT
        return None
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    # A column of whole numbers with an empty cell comes as fractions: 20240520.0.
    text = str(value).strip().removesuffix(".0")
    if not text:
        return None
    found = _DAY.fullmatch(text)
    if found is None:
        raise DateError(f"{text!r} is no day; write it as 2024-05-20")
    year, *rest = (int(each) for each in found.groups() if each is not None)
    try:
        return datetime.date(year, *rest)
    except ValueError as error:
        raise DateError(f"{text!r} is not in the calendar: {error}") from error


def pattern_of(pattern: str | re.Pattern[str]) -> re.Pattern[str]:
    r"""Check a pattern that finds days in file names.

    Parameters
    ----------
    pattern : str or re.Pattern
        Regular expression with one group for the whole day, or groups called year, month and day.

    Raises
    ------
    ParameterError
        It is not one.

    Examples
    --------
    >>> pattern_of(r"\d{8}")
    Traceback (most recent call last):
        ...
    overcut.exceptions.ParameterError: date_pattern is '\\d{8}'; expected one group for the day, such as r"(\d{8})", ...
    """
    try:
        compiled = re.compile(pattern)
    except (re.error, TypeError) as error:
        raise ParameterError(f"date_pattern is {pattern!r}, which is no regular expression: {error}") from error
    if compiled.groups != 1 and not set(_NAMED) <= set(compiled.groupindex):
        raise ParameterError(
            f'date_pattern is {compiled.pattern!r}; expected one group for the day, such as r"(\\d{{8}})", '
            'or groups called year, month and day, such as r"(?P<year>\\d{4})_(?P<month>\\d\\d)_(?P<day>\\d\\d)"'
        )
    return compiled


def day_in_name(path: str, pattern: re.Pattern[str]) -> datetime.date | None:
    r"""First day of the calendar that a pattern finds in the name of a file, else in the names of its folders.

    Parameters
    ----------
    path : str
        Path or address.
    pattern : re.Pattern
        As `pattern_of` checks it.

    Examples
    --------
    >>> eight = pattern_of(r"(\d{8})")
    >>> day_in_name("county/37498000_20240520.tif", eight), day_in_name("20240520/N35.tif", eight)
    (datetime.date(2024, 5, 20), datetime.date(2024, 5, 20))
    """
    plain = path.partition("?")[0].replace("\\", "/")
    for part in reversed(plain.split("/")):
        for found in pattern.finditer(part):
            named = found.groupdict()
            text = "-".join(named[each] or "" for each in _NAMED) if set(_NAMED) <= set(named) else found[1]
            try:
                # Eight digits may also be half of an easting.
                day = day_of(text)
            except DateError:
                continue
            if day is not None and is_plausible(day):
                return day
    return None


def is_plausible(day: datetime.date) -> bool:
    """Whether a survey may be of this day: not before `EARLIEST`, not after tomorrow (another time zone)."""
    return EARLIEST <= day <= datetime.date.today() + datetime.timedelta(days=1)
