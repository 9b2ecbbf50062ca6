"""What an error of a roof or a floor does to volumes: the bound is raised and lowered by it, columns are split again.

Which columns a bound cuts, and whose volume grows as it moves, depends on ground, pits, licences and other layers at
once. So nothing is estimated from areas: the job is done again with the bound moved, and half the difference of the two
is the effect (a central difference: where a bound leaves a column on one side, only the other side counts).

Where the roof of one layer is the floor of another (the same elevation, plane or surface), they are one contact and
move together: else the layer that is listed first would keep its ground, and the other would gain on one side only.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from overcut.tables import class_licences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["Effect", "RowKey", "effects_of"]

Bound = Literal["roof", "floor"]
RowKey = tuple[str, str, str]
"""Licences, class and layer of a volume."""


@dataclass(frozen=True)
class Effect:
    """What one standard error of a bound does.

    Attributes
    ----------
    layer : str
        Layer of the bound.
    bound : {"roof", "floor"}
        Which.
    sigma_m : float
        Standard error of its elevation.
    volumes_m3 : mapping of (licence, class, layer) to float
        What a rise by `sigma_m` adds to volumes cut for the first time, where that is not nothing.
    """

    layer: str
    bound: Bound
    sigma_m: float
    volumes_m3: Mapping[RowKey, float]


def effects_of(
    sigmas_m: Iterable[tuple[str, Bound, float]], rows_with: Callable[[str, Bound, float], Sequence[dict[str, Any]]]
) -> list[Effect]:
    """Try all bounds with an error; `rows_with` gives the rows of the job with a bound raised."""
    return [
        Effect(layer, bound, sigma_m, _half(rows_with(layer, bound, sigma_m), rows_with(layer, bound, -sigma_m)))
        for layer, bound, sigma_m in sigmas_m
        if sigma_m > 0.0
    ]


def _half(above: Sequence[dict[str, Any]], below: Sequence[dict[str, Any]]) -> dict[RowKey, float]:
    found: defaultdict[RowKey, float] = defaultdict(float)
    for rows, share in ((above, 0.5), (below, -0.5)):
        for row in rows:
            key = (class_licences(row), row["class"], row["layer"] or "")
            found[key] += share * (row["cut_measured_m3"] - row["cut_again_m3"])
    return {key: volume_m3 for key, volume_m3 in found.items() if volume_m3 != 0.0}
