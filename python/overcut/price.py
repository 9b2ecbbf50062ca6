"""Prices: of when, of where, of what, and who says so."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from overcut.exceptions import ParameterError
from overcut.stated import iso_day
from overcut.stated_value import Stated, stated

__all__ = ["Per", "Price", "price_of"]

Per = Literal["t", "m3", "t_metal"]
_PER: tuple[Per, ...] = ("t", "m3", "t_metal")
_OWN = ("per", "date", "place", "currency")


@dataclass(frozen=True)
class Price:
    """Price of a mineral product.

    Attributes
    ----------
    amount : Stated
        Money for one unit.
    per : {"t", "m3", "t_metal"}
        Unit: a tonne of ore, a cubic metre of solid ore in the ground, or a tonne of metal in it.
    date : datetime.date or None
        Day for which it holds.
    place : str or None
        Where, in which form, and with or without tax.
    currency : str
        "CNY".

    Examples
    --------
    >>> import overcut as oc
    >>> oc.Price(oc.Stated(30.0, sigma=1.5, source="price bureau"), date="2024-05-20", place="at the pit, without tax")
    <Price 30 ± 1.5 CNY/t, 2024-05-20, at the pit, without tax>
    """

    amount: Stated
    per: Per = "t"
    date: datetime.date | None = None
    place: str | None = None
    currency: str = "CNY"

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", stated(self.amount, "price", least=0.0))
        if self.per not in _PER:
            raise ParameterError(f"per of a price is {self.per!r}; expected one of {', '.join(_PER)}")
        if self.date is not None:
            object.__setattr__(self, "date", datetime.date.fromisoformat(iso_day(self.date, "date of a price")))

    def __repr__(self) -> str:
        facts = [f"{self.amount:g} {self.currency}/{self.per}", self.date and self.date.isoformat(), self.place]
        return f"<Price {', '.join(fact for fact in facts if fact)}>"

    def to_dict(self) -> dict[str, Any]:
        """As a record."""
        day = None if self.date is None else self.date.isoformat()
        return {
            "amount": self.amount.to_dict(),
            "per": self.per,
            "date": day,
            "place": self.place,
            "currency": self.currency,
        }


def price_of(given: Any, what: str) -> Price:
    """Price of whatever states it: a Price, a number (per tonne), a Stated, or a mapping as in a case file."""
    if isinstance(given, Price):
        return given
    if isinstance(given, Mapping):
        amount = {key: value for key, value in given.items() if key not in _OWN}
        return Price(stated(amount, what, least=0.0), **{key: given[key] for key in _OWN if key in given})
    return Price(stated(given, what, least=0.0, unit="money per tonne"))
