"""What ground is made of: density, fissures, moisture, grade, and what becomes of it when it is dug."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

from overcut.stated_value import Stated, stated

__all__ = ["Material"]


@dataclass(frozen=True)
class Material:
    """Properties of a resource; each is a number, or a `Stated` with error and source.

    Attributes
    ----------
    density_t_per_m3 : Stated or None
        Bulk density 体重: of dry ore, or of wet ore where `moisture` is stated.
    karst_rate : Stated or None
        Share of the volume that is karst or fissures 岩溶裂隙率, 0 to 1.
    moisture : Stated or None
        Share of the mass that is water 湿度, 0 to 1: dry density = density x (1 - moisture).
    grade : Stated or None
        Share of the dry mass that is metal or useful component 品位, 0 to 1.
    dilution : Stated or None
        贫化率 (c0 - c) / c0, 0 to 1: part of what is taken out is waste.
    recovery : Stated or None
        回采率: taken out / destroyed in the void, 0 to 1.
    swell : Stated or None
        松散系数: volume of broken ore / volume in the ground, 1 or more.

    Examples
    --------
    >>> import overcut as oc
    >>> oc.Material(density_t_per_m3=2.6, karst_rate=oc.Stated(0.06, sigma=0.01)).dry_density_t_per_m3
    2.6
    """

    density_t_per_m3: Stated | None = None
    karst_rate: Stated | None = None
    moisture: Stated | None = None
    grade: Stated | None = None
    dilution: Stated | None = None
    recovery: Stated | None = None
    swell: Stated | None = None

    def __post_init__(self) -> None:
        # Least, most, and what must be exceeded; all others are shares.
        limits = {
            "density_t_per_m3": (-math.inf, math.inf, 0.0),
            "recovery": (0.0, 1.0, 0.0),
            "swell": (1.0, math.inf, -math.inf),
        }
        for each in fields(self):
            given = getattr(self, each.name)
            if given is not None:
                least, most, over = limits.get(each.name, (0.0, 1.0, -math.inf))
                object.__setattr__(self, each.name, stated(given, each.name, least=least, most=most, over=over))

    @property
    def dry_density_t_per_m3(self) -> float | None:
        """Density without water."""
        if self.density_t_per_m3 is None:
            return None
        return self.density_t_per_m3.value * (1.0 - (self.moisture.value if self.moisture else 0.0))

    def given(self) -> dict[str, Stated]:
        """Collect what is stated, by name."""
        return {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name) is not None}

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of all properties."""
        return tuple(each.name for each in fields(cls))

    def to_dict(self) -> dict[str, Any]:
        """As a record."""
        return {name: value.to_dict() for name, value in self.given().items()}
