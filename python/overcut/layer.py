"""Seams and ore bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from overcut import _overcut
from overcut.dem import Dem, open_surface
from overcut.exceptions import ParameterError
from overcut.licence import polygons_of
from overcut.material import Material
from overcut.plane import Plane
from overcut.price import Price, price_of
from overcut.provenance import remembers
from overcut.stated import number
from overcut.stated_value import Stated, stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shapely import Polygon

    from overcut.bound_effects import Bound

    Rise = Callable[[Any, Bound], float]

__all__ = ["Layer", "LayerPart", "is_same_contact"]

Kind = Literal["ore", "overburden", "parting"]
_KINDS: tuple[Kind, ...] = ("ore", "overburden", "parting")


@dataclass(frozen=True)
class LayerPart:
    """Part of a faulted layer, valid inside its polygon.

    Attributes
    ----------
    roof, floor : float, Plane, Dem, str, os.PathLike or xarray.DataArray
        As in `Layer`.
    polygon : shapely.Polygon, object with __geo_interface__, or sequence of (x, y)
        Where it is valid, in the coordinates of the common grid; None = everywhere.
    """

    roof: Any
    floor: Any
    polygon: Any = None


class Layer:
    """Seam or ore body between a roof and a floor.

    Where the roof is not above the floor, or a surface has no height, the layer is absent. Where layers overlap, the
    one listed first counts.

    Parameters
    ----------
    name : str
        As licences name it.
    roof, floor : float, Plane, Dem, str, os.PathLike or xarray.DataArray
        An elevation in metres, the same everywhere; a plane; or a surface on any grid.
    parts : iterable of LayerPart, optional
        In place of roof and floor: the parts of a faulted layer.
    kind : {"ore", "overburden", "parting"}
        The resource, what lies over it 剥离物, or waste between seams 夹石.
    density_t_per_m3, karst_rate, moisture, grade, dilution, recovery, swell : float, Stated or mapping, optional
        As in `Material`.
    price : Price, float, Stated or mapping, optional
        A number is money per tonne of ore.
    roof_sigma_m, floor_sigma_m : float, Stated or mapping, optional
        Standard error of the elevation of the roof and of the floor, metres, and where it is from: one error for the
        whole bound, as of the boreholes that it was drawn from. `appraise` tries what it does to the volumes
        (`Assessment.bound_effects`).

    Examples
    --------
    >>> import overcut as oc
    >>> oc.Layer("No. 5 limestone", roof=1150.0, floor=1120.0, density_t_per_m3=2.6)
    <Layer No. 5 limestone: roof 1150 m, floor 1120 m, 2.6 t/m³>
    """

    @remembers
    def __init__(
        self,
        name: str,
        *,
        roof: Any = None,
        floor: Any = None,
        parts: Iterable[LayerPart] | None = None,
        kind: Kind = "ore",
        density_t_per_m3: Any = None,
        karst_rate: Any = None,
        moisture: Any = None,
        grade: Any = None,
        dilution: Any = None,
        recovery: Any = None,
        swell: Any = None,
        price: Any = None,
        roof_sigma_m: Any = None,
        floor_sigma_m: Any = None,
    ) -> None:
        if not isinstance(name, str) or not name.strip():
            raise ParameterError(f"name of a layer is {name!r}; expected text")
        self._name = name.strip()
        of = f"of layer {self._name}"
        if parts is None:
            if roof is None or floor is None:
                raise ParameterError(f"layer {self._name} needs a roof and a floor, or parts")
            parts = [LayerPart(roof, floor)]
        elif roof is not None or floor is not None:
            raise ParameterError(f"layer {self._name}: with parts, roofs and floors belong to the parts")
        self._parts = [
            (_bound(part.roof, f"roof {of}"), _bound(part.floor, f"floor {of}"), _polygon(part.polygon, of))
            for part in parts
        ]
        if not self._parts:
            raise ParameterError(f"layer {self._name} has no part; each needs a roof and a floor")
        if kind not in _KINDS:
            raise ParameterError(f"kind {of} is {kind!r}; expected one of {', '.join(_KINDS)}")
        self._kind: Kind = kind
        try:
            self._material = Material(density_t_per_m3, karst_rate, moisture, grade, dilution, recovery, swell)
        except ParameterError as error:
            # The message begins with the name of the property.
            name, _, why = str(error).partition(" ")
            raise ParameterError(f"{name} {of} {why}") from error
        self._price = None if price is None else price_of(price, f"price {of}")
        self._sigmas_m: dict[Bound, Stated] = {}
        sigmas_m: tuple[tuple[Bound, Any], ...] = (("roof", roof_sigma_m), ("floor", floor_sigma_m))
        for bound, sigma_m in sigmas_m:
            if sigma_m is not None:
                self._sigmas_m[bound] = stated(sigma_m, f"{bound}_sigma_m {of}", least=0.0, unit="metres")

    @property
    def name(self) -> str:
        """As licences name it."""
        return self._name

    @property
    def kind(self) -> Kind:
        """Ore, overburden or parting."""
        return self._kind

    @property
    def material(self) -> Material:
        """What is stated of what it is made of."""
        return self._material

    @property
    def price(self) -> Price | None:
        """Price of its ore, if stated."""
        return self._price

    @property
    def density_t_per_m3(self) -> float | None:
        """Density of dry ore, t/m³, if stated."""
        return self._material.dry_density_t_per_m3

    @property
    def bound_sigmas_m(self) -> dict[Bound, float]:
        """Standard errors of roof and floor, metres, as far as they are stated."""
        return {bound: sigma_m.value for bound, sigma_m in self._sigmas_m.items()}

    def _contacts(self, bound: Bound) -> list[Any]:
        """Its roofs or its floors, part by part."""
        return [roof if bound == "roof" else floor for roof, floor, _ in self._parts]

    def _crossing(self, rise: Rise | None = None) -> dict[str, Any]:
        """Cross to the extension, with roofs and floors raised if that is asked for."""

        def raised(value: Any, bound: Bound) -> Any:
            return _crossing(value, 0.0 if rise is None else rise(value, bound))

        given = {name: (each.value, each.sigma, each.source) for name, each in self._material.given().items()}
        for bound, sigma_m in self._sigmas_m.items():
            given[f"{bound}_sigma_m"] = (sigma_m.value, 0.0, sigma_m.source)
        if self._price is not None:
            amount = self._price.amount
            told = [amount.source, self._price.date and self._price.date.isoformat(), self._price.place]
            source = "; ".join(each for each in told if each) or None
            given[f"price_{self._price.currency}_per_{self._price.per}"] = (amount.value, amount.sigma, source)
        return {
            "name": self._name,
            "kind": self._kind,
            "density_t_per_m3": self.density_t_per_m3,
            "parts": [
                (raised(roof, "roof"), raised(floor, "floor"), _rings(polygon)) for roof, floor, polygon in self._parts
            ],
            "stated": given,
        }

    def __repr__(self) -> str:
        if len(self._parts) == 1:
            roof, floor, _ = self._parts[0]
            facts = [f"roof {_shown(roof)}", f"floor {_shown(floor)}"]
        else:
            facts = [f"{len(self._parts)} parts"]
        if self._kind != "ore":
            facts.append(self._kind)
        if self.density_t_per_m3 is not None:
            facts.append(f"{self.density_t_per_m3:g} t/m³")
        return f"<Layer {self._name}: {', '.join(facts)}>"


def _bound(value: Any, what: str) -> _overcut.Surface | Plane | float:
    if isinstance(value, Dem):
        return value._surface
    if isinstance(value, Plane):
        return value
    if isinstance(value, Mapping):
        return Plane._of_mapping(dict(value), what)
    if isinstance(value, (int, float)) or (type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0):
        return number(value, what, unit="an elevation in metres")
    return open_surface(value, date=None)


def is_same_contact(one: _overcut.Surface | Plane | float, other: _overcut.Surface | Plane | float) -> bool:
    """Whether two bounds are one: the same elevation, plane, or surface."""
    if isinstance(one, _overcut.Surface) and isinstance(other, _overcut.Surface):
        equal = one.sha256 is not None and (one.sha256, one.conversions) == (other.sha256, other.conversions)
        return one is other or equal
    return type(one) is type(other) and one == other


def _crossing(bound: _overcut.Surface | Plane | float, raised_m: float) -> Any:
    if isinstance(bound, Plane):
        return replace(bound, z_m=bound.z_m + raised_m)._crossing()
    if isinstance(bound, float):
        return bound + raised_m
    return bound.raised(raised_m) if raised_m else bound


def _polygon(value: Any, of: str) -> Polygon | None:
    if value is None:
        return None
    found = polygons_of(value, f"polygon {of}")
    if len(found) != 1:
        raise ParameterError(f"polygon {of} has {len(found)} pieces; give each a part of its own")
    return found[0]


def _rings(polygon: Polygon | None) -> list[list[tuple[float, float]]] | None:
    if polygon is None:
        return None
    return [[(x, y) for x, y, *_ in ring.coords] for ring in (polygon.exterior, *polygon.interiors)]


def _shown(bound: _overcut.Surface | Plane | float) -> str:
    if isinstance(bound, float):
        return f"{bound:g} m"
    return "a plane" if isinstance(bound, Plane) else bound.name
