"""How many digits a figure may show: never more than its interval allows.

The rule, which every report states:

- A standard error is rounded to two significant digits (GUM, JCGM 100:2008, 7.2.6: at most two), and its value to the
  same decimal place.
- The ends of an interval are rounded to that place too, the lower one downwards and the upper one upwards: rounding
  never makes an interval narrower.
- A figure without an error of its own is shown to a place that is fixed for its unit, and never finer than the place
  of the figure of which it is a part.
- A tie goes to the even digit (GB/T 8170), on the decimal digits of the stored number.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Literal

__all__ = ["place_of", "rounded", "shown"]

SIGNIFICANT = 2

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"

Direction = Literal["nearest", "down", "up"]
_MODES = {"nearest": ROUND_HALF_EVEN, "down": ROUND_FLOOR, "up": ROUND_CEILING}


def place_of(sigma: float | None) -> int | None:
    """Power of ten of the last digit that a figure with this standard error may show; None if it has no error.

    Examples
    --------
    >>> place_of(48.37), place_of(148.2), place_of(0.0334)
    (0, 1, -3)
    >>> place_of(99.6), place_of(0.996)   # the error becomes 100, and 1.0
    (1, -1)
    >>> place_of(0.0) is None
    True
    """
    if sigma is None or sigma != sigma or sigma in (0.0, float("inf")):  # noqa: PLR0124
        return None
    exact = Decimal(repr(abs(float(sigma))))
    place = exact.adjusted() - (SIGNIFICANT - 1)
    carried = exact.quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_EVEN)
    return carried.adjusted() - (SIGNIFICANT - 1)


def rounded(value: float, place: int, direction: Direction = "nearest") -> Decimal:
    """Round to a decimal place.

    Examples
    --------
    >>> rounded(125.0, 1), rounded(135.0, 1), rounded(121.0, 1, "up")   # ties go to the even digit
    (Decimal('1.2E+2'), Decimal('1.4E+2'), Decimal('1.3E+2'))
    """
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(place), rounding=_MODES[direction])


def shown(value: float | None, place: int, direction: Direction = "nearest", *, apart: bool = True) -> str:
    """Write a number to a decimal place, thousands apart; coordinates and elevations are written in one piece.

    Examples
    --------
    >>> shown(30019.93, 1), shown(1150.0, -2), shown(-0.0312, -3), shown(None, 0), shown(-0.2, 0)
    ('30,020', '1,150.00', '−0.031', '–', '0')
    """
    if value is None or value != value:  # noqa: PLR0124
        return NOTHING
    number = rounded(value, place, direction)
    if number == 0:
        number = abs(number)
    text = f"{abs(number):{',' if apart else ''}.{max(-place, 0)}f}"
    return f"{MINUS}{text}" if number < 0 else text
