"""Licences as objects: polygons, bands, validity."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overcut.exceptions import LicenceError
from overcut.stated import iso_day, number

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["Licence", "Part"]


@dataclass(frozen=True)
class Part:
    """One polygon with one band.

    Attributes
    ----------
    polygon : shapely.Polygon
        Boundary in plan, x east and y north; holes are interior rings.
    floor_m, ceiling_m : float or None
        Permitted elevations, metres; None where none is stated.
    layers : tuple of str or None
        Layers that may be dug; None = all.
    """

    polygon: Polygon
    floor_m: float | None = None
    ceiling_m: float | None = None
    layers: tuple[str, ...] | None = None


class Licence:
    """Mining licence: a plan polygon x an elevation band x a validity period.

    Parameters
    ----------
    id : str
        Identity; unique in an assessment.
    polygon : shapely geometry, object with __geo_interface__, or sequence of (x, y)
        Boundary in plan, x east and y north; several polygons become several parts with the same band. For parts with
        different bands give `parts` in its place.
    parts : iterable of Part, optional
        Polygons with a band each.
    floor_m, ceiling_m : float, optional
        Permitted elevations, metres: both or none.
    layers : str or iterable of str, optional
        Layers that may be dug; otherwise all.
    valid_from, valid_to : str or datetime.date, optional
        First and last valid day; open where not stated.
    holder, mineral, method : str, optional
        For tables.
    vertical_datum : str, optional
        What the elevations are counted from, as in `Dem`.

    Examples
    --------
    >>> import overcut as oc
    >>> square = [(500000, 3940000), (500020, 3940000), (500020, 3940020), (500000, 3940020)]
    >>> oc.Licence("C14", square, floor_m=1150.0, ceiling_m=1230.0, valid_to="2026-03-18")
    <Licence C14: 1 part, 1150 to 1230 m, valid to 2026-03-18>
    """

    def __init__(
        self,
        id: str,
        polygon: Any = None,
        *,
        parts: Iterable[Part] | None = None,
        floor_m: float | None = None,
        ceiling_m: float | None = None,
        layers: str | Iterable[str] | None = None,
        valid_from: str | datetime.date | None = None,
        valid_to: str | datetime.date | None = None,
        holder: str | None = None,
        mineral: str | None = None,
        method: str | None = None,
        vertical_datum: str | None = None,
    ) -> None:
        self._id = str(id).strip()
        if not self._id:
            raise LicenceError("a licence needs an id that is not empty")
        if (polygon is None) == (parts is None):
            raise LicenceError(f"licence {self._id}: give either a polygon (with its band) or parts")
        if parts is not None:
            if not (floor_m is None and ceiling_m is None and layers is None):
                raise LicenceError(f"licence {self._id}: with parts, bands and layers belong to the parts")
            self._parts = tuple(parts)
        else:
            band = (self._elevation(floor_m, "floor_m"), self._elevation(ceiling_m, "ceiling_m"))
            names = _layer_names(layers, self._id)
            self._parts = tuple(Part(each, *band, names) for each in polygons_of(polygon, f"licence {self._id}"))
        if not self._parts:
            raise LicenceError(f"licence {self._id} has no part; each needs at least one polygon")
        for part in self._parts:
            if (part.floor_m is None) != (part.ceiling_m is None):
                raise LicenceError(
                    f"licence {self._id} states one end of its band only; give floor_m and ceiling_m, or neither"
                )
        self._valid_from = self._day(valid_from, "valid_from")
        self._valid_to = self._day(valid_to, "valid_to")
        self._holder, self._mineral, self._method = holder, mineral, method
        self._vertical_datum = vertical_datum

    def _elevation(self, value: float | None, name: str) -> float | None:
        return None if value is None else number(value, f"{name} of licence {self._id}", unit="an elevation in metres")

    def _day(self, value: str | datetime.date | None, name: str) -> datetime.date | None:
        if value is None:
            return None
        return datetime.date.fromisoformat(iso_day(value, f"{name} of licence {self._id}"))

    @property
    def id(self) -> str:
        """Identity."""
        return self._id

    @property
    def parts(self) -> tuple[Part, ...]:
        """Polygons with their bands."""
        return self._parts

    @property
    def valid_from(self) -> datetime.date | None:
        """First valid day."""
        return self._valid_from

    @property
    def valid_to(self) -> datetime.date | None:
        """Last valid day."""
        return self._valid_to

    @property
    def holder(self) -> str | None:
        """Who holds it."""
        return self._holder

    @property
    def mineral(self) -> str | None:
        """What may be dug."""
        return self._mineral

    @property
    def method(self) -> str | None:
        """How it may be dug."""
        return self._method

    @property
    def vertical_datum(self) -> str | None:
        """What elevations are counted from; None if it is not declared."""
        return self._vertical_datum

    def __repr__(self) -> str:
        shown = [f"{len(self.parts)} part{'s' if len(self.parts) > 1 else ''}"]
        floors = [part.floor_m for part in self.parts if part.floor_m is not None]
        ceilings = [part.ceiling_m for part in self.parts if part.ceiling_m is not None]
        if floors and ceilings:
            shown.append(f"{min(floors):g} to {max(ceilings):g} m")
        if self.valid_from and self.valid_to:
            shown.append(f"valid {self.valid_from} to {self.valid_to}")
        elif self.valid_from or self.valid_to:
            shown.append(f"valid from {self.valid_from}" if self.valid_from else f"valid to {self.valid_to}")
        return f"<Licence {self.id}: {', '.join(shown)}>"


def polygons_of(value: Any, what: str) -> list[Polygon]:
    """Polygons of a geometry, of an object with `__geo_interface__`, or of a sequence of corners."""
    import shapely
    from shapely.geometry import shape

    if not isinstance(value, shapely.Geometry):
        interface = value if isinstance(value, Mapping) else getattr(value, "__geo_interface__", None)
        try:
            if interface is None:
                if not isinstance(value, Sequence) and not hasattr(value, "__array__"):
                    raise TypeError(f"found a {type(value).__name__}")
                value = shapely.Polygon(value)
            else:
                value = shape(interface.get("geometry") or interface)
        except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
            raise LicenceError(f"{what}: the boundary is not a polygon: {error}") from error
    if isinstance(value, shapely.Polygon):
        return [value]
    if isinstance(value, shapely.MultiPolygon):
        return list(value.geoms)
    raise LicenceError(f"{what}: the boundary is a {value.geom_type}; expected a Polygon or MultiPolygon")


def _layer_names(layers: str | Iterable[str] | None, licence: str) -> tuple[str, ...] | None:
    if layers is None:
        return None
    names = tuple(str(name).strip() for name in ([layers] if isinstance(layers, str) else layers))
    for name in names:
        if not name or ";" in name or "；" in name:
            raise LicenceError(
                f"licence {licence}: a layer is called {name!r}; names must not be empty nor hold a semicolon"
            )
    return names or None
