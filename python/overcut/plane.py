"""Planes: roofs and floors of seams from three points, or from strike and dip."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overcut.exceptions import ParameterError
from overcut.stated import number

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Plane"]

_STEEPEST_DEG = 90.0
_LINE = 1e-9


@dataclass(frozen=True)
class Plane:
    """Plane in the coordinates of the common grid.

    Attributes
    ----------
    x, y, z_m : float
        A point of it: x east, y north, elevation.
    east, north : float
        Rise to the east and to the north, metres per metre.

    Examples
    --------
    >>> import overcut as oc
    >>> oc.Plane.through((0, 0, 100), (10, 0, 99), (0, 10, 100))
    Plane(x=0.0, y=0.0, z_m=100.0, east=-0.1, north=0.0)
    """

    x: float
    y: float
    z_m: float
    east: float
    north: float

    @classmethod
    def through(cls, first: Sequence[float], second: Sequence[float], third: Sequence[float]) -> Plane:
        """Lay a plane through three points (x, y, elevation), such as boreholes.

        Raises
        ------
        ParameterError
            They lie on one line in plan.
        """
        a, b, c = (_point(point) for point in (first, second, third))
        (ux, uy, uz), (vx, vy, vz) = ([q - p for p, q in zip(a, other, strict=True)] for other in (b, c))
        cross = ux * vy - uy * vx
        if abs(cross) <= _LINE * math.hypot(ux, uy) * math.hypot(vx, vy):
            raise ParameterError(f"the points {a}, {b} and {c} lie on one line in plan; choose others")
        return cls(*a, (uz * vy - vz * uy) / cross, (ux * vz - vx * uz) / cross)

    @classmethod
    def dipping(
        cls,
        point: Sequence[float],
        *,
        dip_deg: float,
        dip_direction_deg: float | None = None,
        strike_deg: float | None = None,
    ) -> Plane:
        """Lay a plane through a point by the angle at which it dips, and the direction.

        Parameters
        ----------
        point : (x, y, elevation)
            A point of it.
        dip_deg : float
            Dip 倾角, from 0 up to 90 degrees.
        dip_direction_deg : float
            Direction in which it falls 倾向, degrees clockwise from grid north.
        strike_deg : float
            In its place the strike 走向, with the dip to the right of it (dip direction = strike + 90).
        """
        x, y, z_m = _point(point)
        dip = number(dip_deg, "dip_deg", least=0, unit="degrees")
        if dip >= _STEEPEST_DEG:
            raise ParameterError(f"dip_deg is {dip_deg!r}; expected degrees from 0 to less than 90")
        if (dip_direction_deg is None) == (strike_deg is None):
            raise ParameterError("give either dip_direction_deg or strike_deg")
        towards = number(strike_deg, "strike_deg") + 90.0 if dip_direction_deg is None else dip_direction_deg
        angle = math.radians(number(towards, "dip_direction_deg"))
        fall = math.tan(math.radians(dip))
        return cls(x, y, z_m, -fall * math.sin(angle), -fall * math.cos(angle))

    def height_m(self, x: float, y: float) -> float:
        """Elevation at a place."""
        return self.z_m + self.east * (x - self.x) + self.north * (y - self.y)

    def _crossing(self) -> tuple[float, float, float, float, float]:
        return self.x, self.y, self.z_m, self.east, self.north

    @classmethod
    def _of_mapping(cls, given: dict[str, Any], what: str) -> Plane:
        """From a case file: `points`, or `point` with `dip_deg` and a direction."""
        keys = set(given)
        if keys == {"points"} and len(given["points"]) == 3:  # noqa: PLR2004
            return cls.through(*given["points"])
        if {"point", "dip_deg"} <= keys <= {"point", "dip_deg", "dip_direction_deg", "strike_deg"}:
            return cls.dipping(given["point"], **{key: given[key] for key in keys - {"point"}})
        raise ParameterError(
            f"{what} states {', '.join(given) or 'nothing'}; expected `points` (three of x, y, elevation), or `point`, "
            "`dip_deg` and `dip_direction_deg` or `strike_deg`"
        )


def _point(point: Sequence[float]) -> tuple[float, float, float]:
    try:
        x, y, z_m = point
    except (TypeError, ValueError):
        raise ParameterError(f"a point of a plane is {point!r}; expected (x, y, elevation)") from None
    return number(x, "x of a point"), number(y, "y of a point"), number(z_m, "elevation of a point")
