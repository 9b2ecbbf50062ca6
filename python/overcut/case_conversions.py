"""Transformations and height shifts in case files, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.exceptions import ParameterError
from overcut.height_shift import HeightShift
from overcut.transformation import Transformation

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["height_shifts_in", "transformations_in"]


def height_shifts_in(found: Any, beside: Callable[[Any], str]) -> list[HeightShift]:
    """Make the height shifts of one table, or of several.

    Parameters
    ----------
    found : dict or list of dict
        ``{grid = "geoid.gtx", to_datum = "1985"}``, ``{constant_m = 27.31, from_datum = …, to_datum = …, source =
        …}``, or ``{from_datum = "1956", to_datum = "1985"}``, which is known.
    beside : callable
        Makes a path relative to the case file.

    Examples
    --------
    >>> height_shifts_in({"from_datum": "1956", "to_datum": "1985"}, str)
    [<HeightShift 1956 to 1985: -0.029 m>]
    """
    return [_height_shift(dict(table), beside) for table in _tables(found, "height_shift")]


def _height_shift(table: dict[str, Any], beside: Callable[[Any], str]) -> HeightShift:
    if "grid" in table and "constant_m" in table:
        raise ParameterError("height_shift has both `grid` and `constant_m`; write two tables that follow each other")
    try:
        if "grid" in table:
            return HeightShift.grid(beside(table.pop("grid")), **table)
        if "constant_m" in table:
            return HeightShift.constant(table.pop("constant_m"), **table)
        return HeightShift.known(**table)
    except TypeError as error:
        raise ParameterError(f"height_shift: {_words(error)}") from error


def transformations_in(found: Any) -> list[Transformation]:
    """Make the transformations of one table, or of several.

    Parameters
    ----------
    found : dict or list of dict
        ``kind`` names the constructor of `Transformation`; with ``points``, a list of ``["G1", [x, y], [x, y]]``, the
        parameters are estimated. The other keys are its arguments.
    """
    return [_transformation(dict(table)) for table in _tables(found, "transformation")]


def _transformation(table: dict[str, Any]) -> Transformation:
    kind = table.pop("kind", None)
    makers: dict[Any, Callable[..., Transformation]] = {
        "four_parameters": Transformation.four_parameters,
        "seven_parameters": Transformation.seven_parameters,
        "officially_converted": Transformation.officially_converted,
    }
    if kind not in makers:
        raise ParameterError(f"kind of transformation is {kind!r}; expected {', '.join(map(repr, makers))}")
    try:
        if "points" in table:
            return Transformation.from_points(table.pop("points"), kind=kind, **table)
        return makers[kind](**table)
    except TypeError as error:
        raise ParameterError(f"transformation: {_words(error)}") from error


def _tables(found: Any, name: str) -> list[dict[str, Any]]:
    listed = found if isinstance(found, list) else [found]
    for each in listed:
        if not isinstance(each, dict):
            raise ParameterError(f"{name} is {each!r}; expected a table, such as {{ … }}")
    return listed


def _words(error: TypeError) -> str:
    """Say what Python says of arguments, without the name of the function."""
    return str(error).partition("() ")[2] or str(error)
