"""Seams and ore bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.dem import Dem, open_surface
from overcut.exceptions import ParameterError
from overcut.provenance import remembers
from overcut.stated import number

if TYPE_CHECKING:
    from overcut import _overcut

__all__ = ["Layer"]


class Layer:
    """Seam or ore body between a roof and a floor.

    Parameters
    ----------
    name : str
        As licences name it.
    roof, floor : float, Dem, str, os.PathLike or xarray.DataArray
        An elevation in metres, the same everywhere, or a surface; where the surface has no height, the layer is absent.
    density_t_per_m3 : float, optional
        Bulk density in t/m³, if tonnes are wanted.

    Examples
    --------
    >>> import overcut as oc
    >>> oc.Layer("No. 5 limestone", roof=1150.0, floor=1120.0, density_t_per_m3=2.6)
    <Layer No. 5 limestone: roof 1150 m, floor 1120 m, 2.6 t/m³>
    """

    @remembers
    def __init__(self, name: str, *, roof: Any, floor: Any, density_t_per_m3: float | None = None) -> None:
        if not isinstance(name, str) or not name.strip():
            raise ParameterError(f"name of a layer is {name!r}; expected text")
        self._name = name.strip()
        self._roof = _bound(roof, f"roof of layer {self._name}")
        self._floor = _bound(floor, f"floor of layer {self._name}")
        self._density_t_per_m3 = None
        if density_t_per_m3 is not None:
            what = f"density_t_per_m3 of layer {self._name}"
            self._density_t_per_m3 = number(density_t_per_m3, what, unit="tonnes per m³, more than 0")
            if self._density_t_per_m3 <= 0.0:
                raise ParameterError(f"{what} is {density_t_per_m3!r}; expected tonnes per m³, more than 0")

    @property
    def name(self) -> str:
        """As licences name it."""
        return self._name

    @property
    def density_t_per_m3(self) -> float | None:
        """Bulk density, t/m³, if stated."""
        return self._density_t_per_m3

    def _crossing(self) -> tuple[str, _overcut.Surface | float, _overcut.Surface | float, float | None]:
        return self._name, self._roof, self._floor, self._density_t_per_m3

    def __repr__(self) -> str:
        density = "" if self._density_t_per_m3 is None else f", {self._density_t_per_m3:g} t/m³"
        return f"<Layer {self._name}: roof {_shown(self._roof)}, floor {_shown(self._floor)}{density}>"


def _bound(value: Any, what: str) -> _overcut.Surface | float:
    if isinstance(value, Dem):
        return value._surface
    if isinstance(value, (int, float)) or (type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0):
        return number(value, what, unit="an elevation in metres")
    return open_surface(value, date=None)


def _shown(bound: _overcut.Surface | float) -> str:
    return f"{bound:g} m" if isinstance(bound, float) else bound.name
