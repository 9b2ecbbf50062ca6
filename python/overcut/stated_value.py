"""A number with its error and its source: what a laboratory, a geologist or an authority states."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from overcut.exceptions import ParameterError
from overcut.stated import number

__all__ = ["Stated", "stated"]

_KEYS = ("value", "sigma", "low", "high", "confidence", "source")


@dataclass(frozen=True)
class Stated:
    """Number, its standard deviation, and where it comes from.

    Attributes
    ----------
    value : float
        The number.
    sigma : float
        Its standard deviation; 0 takes it as exact.
    source : str or None
        For the reader, such as "laboratory report 2024-117, 32 samples".

    Examples
    --------
    >>> import overcut as oc
    >>> oc.Stated(2.65, sigma=0.03, source="32 samples")
    Stated(value=2.65, sigma=0.03, source='32 samples')
    >>> round(oc.Stated.between(28.0, 32.0, confidence=0.95).sigma, 4)
    1.0204
    """

    value: float
    sigma: float = 0.0
    source: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", number(self.value, "value"))
        object.__setattr__(self, "sigma", number(self.sigma, "sigma", least=0))
        if self.source is not None and not isinstance(self.source, str):
            raise ParameterError(f"source is {self.source!r}; expected text")

    @classmethod
    def between(cls, low: float, high: float, *, confidence: float = 0.95, source: str | None = None) -> Stated:
        """Make one of a two-sided interval at a confidence: its middle, and the sigma of a normal distribution.

        Parameters
        ----------
        low, high : float
            Ends of the interval.
        confidence : float
            Probability that the interval holds the truth.
        source : str, optional
            Where it comes from.
        """
        low, high = number(low, "low"), number(high, "high")
        confidence = number(confidence, "confidence")
        if not (high > low and 0.0 < confidence < 1.0):
            raise ParameterError(
                f"the interval is {low:g} to {high:g} at {confidence:g}; expected low < high and a confidence in (0, 1)"
            )
        half = NormalDist().inv_cdf(0.5 * (1.0 + confidence))
        return cls((low + high) / 2.0, (high - low) / 2.0 / half, source)

    def __format__(self, spec: str) -> str:
        spec = spec or "g"
        return format(self.value, spec) + (f" ± {format(self.sigma, spec)}" if self.sigma else "")

    def to_dict(self) -> dict[str, Any]:
        """As a record."""
        return {"value": self.value, "sigma": self.sigma, "source": self.source}


def stated(
    given: Any, what: str, *, least: float = -math.inf, most: float = math.inf, over: float = -math.inf, unit: str = ""
) -> Stated:
    """Read a number with error and source from whatever states it.

    Parameters
    ----------
    given : float, Stated or mapping
        A mapping has `value` and perhaps `sigma`, or `low` and `high` and perhaps `confidence`; and perhaps `source`.
    what : str
        For the message.
    least, most : float
        Limits of the value.
    over : float
        What the value must exceed.
    unit : str
        For the message.

    Examples
    --------
    >>> stated({"low": 0.04, "high": 0.08, "source": "12 karst counts"}, "karst_rate", least=0.0, most=1.0).value
    0.06
    >>> stated(-1.0, "density_t_per_m3", over=0.0, unit="t/m³")
    Traceback (most recent call last):
        ...
    overcut.exceptions.ParameterError: density_t_per_m3 is -1; expected t/m³, more than 0
    """
    if isinstance(given, Mapping):
        found = _of_mapping(given, what)
    elif isinstance(given, Stated):
        found = given
    else:
        found = Stated(number(given, what, unit=unit))
    if not (least <= found.value <= most and found.value > over):
        expected = [unit] if unit else []
        expected += [f"{least:g} to {most:g}"] if math.isfinite(least) and math.isfinite(most) else []
        expected += [f"{least:g} or more"] if math.isfinite(least) and not math.isfinite(most) else []
        expected += [f"more than {over:g}"] if math.isfinite(over) else []
        raise ParameterError(f"{what} is {found.value:g}; expected {', '.join(expected)}")
    return found


def _of_mapping(given: Mapping[str, Any], what: str) -> Stated:
    for key in given:
        if key not in _KEYS:
            raise ParameterError(f"{what} has an unknown key `{key}`; known: {', '.join(_KEYS)}")
    source = given.get("source")
    if "value" in given and not {"low", "high"} & given.keys():
        return Stated(
            number(given["value"], what), number(given.get("sigma", 0.0), f"sigma of {what}", least=0), source
        )
    if {"low", "high"} <= given.keys() and not {"value", "sigma"} & given.keys():
        return Stated.between(given["low"], given["high"], confidence=given.get("confidence", 0.95), source=source)
    raise ParameterError(
        f"{what} states {', '.join(given) or 'nothing'}; expected `value` (and `sigma`), or `low` and `high`"
    )
