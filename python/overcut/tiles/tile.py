"""One tile: where it is, and what is stated about it."""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overcut.stated import crs_text, iso_day, number, path_text, positive_integer

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["STATEMENTS", "Tile"]

STATEMENTS = ("date", "sigma_m", "crs", "nodata", "band", "vertical_datum")
"""What may be stated about a tile, beside where it is."""


@dataclass(frozen=True)
class Tile:
    """Elevations in one file of many; what is None is taken from the file.

    Attributes
    ----------
    path : str
        Local path, or `/vsi…` name.
    date : datetime.date or None
        Day of the survey; text as 2021-05-01 is taken too.
    sigma_m : float or None
        Standard deviation of one height, metres.
    crs : str or None
        Code such as EPSG:4546, or WKT.
    nodata : float or None
        Height that stands for none; NaN always does.
    band : int or None
        Which band, from 1.
    vertical_datum : str or None
        What heights are counted from.
    source : str
        Who says so: "the caller", the row of an index, the id of a STAC item, a VRT.

    Examples
    --------
    >>> import overcut as oc
    >>> tile = oc.Tile("N35E110.tif", date="2024-05-20", crs=4546)
    >>> tile.date, tile.crs
    (datetime.date(2024, 5, 20), 'EPSG:4546')
    """

    path: str
    date: datetime.date | None = None
    sigma_m: float | None = None
    crs: str | None = None
    nodata: float | None = None
    band: int | None = None
    vertical_datum: str | None = None
    source: str = "the caller"

    def __post_init__(self) -> None:
        checked = {"path": path_text(self.path, "tile"), "source": str(self.source)}
        checked |= statements_of({name: getattr(self, name) for name in STATEMENTS}, os.path.basename(checked["path"]))  # noqa: PTH119
        for name, value in checked.items():
            object.__setattr__(self, name, value)


def statements_of(given: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Bring statements about tiles into one form.

    Parameters
    ----------
    given : mapping
        Of `STATEMENTS`; None says nothing.
    what : str
        For the message: whose they are.

    Raises
    ------
    OvercutError
        One of them makes no sense.

    Examples
    --------
    >>> statements_of({"date": "2024-05-20", "nodata": float("nan")}, "a.tif")
    {'date': datetime.date(2024, 5, 20), 'nodata': None}
    """

    def checked(name: str, value: Any) -> Any:
        said = f"{name} of {what}"
        if name == "date":
            return datetime.date.fromisoformat(iso_day(value, said))
        if name == "sigma_m":
            return number(value, said, least=0, unit="metres")
        if name == "nodata":
            # NaN stands for no height in any case.
            return None if value != value else number(value, said)  # noqa: PLR0124
        if name == "band":
            return positive_integer(value, said)
        return crs_text(value) if name == "crs" else str(value)

    return {name: None if value is None else checked(name, value) for name, value in given.items()}
