"""What a patch is judged by: one line for each feature.

A feature is a number in natural units, or missing. The model takes it on a `scale` and standardised; what is missing
counts as average, so it neither raises nor lowers the odds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FEATURES", "GROUPS", "Feature", "StatedWeight"]

Scale = Literal["log", "log1p", "linear"]

SURE = 20.0
"""Standard errors from which on a change is certain: more of them, as of a survey by drone, say nothing more."""


@dataclass(frozen=True)
class StatedWeight:
    """Weight of a feature that planted scenes cannot teach: what is stated in place of what is trained.

    Attributes
    ----------
    weight : float
        Log-odds for a value of 1.
    sigma : float
        Its standard deviation: how little it takes to move it by inspections.
    """

    weight: float
    sigma: float


@dataclass(frozen=True)
class Feature:
    """A feature.

    Attributes
    ----------
    name : str
        Column of `Ranking.features`; units are in it.
    group : str
        Of `GROUPS`: features of a group are explained together.
    meaning : str
        What it is, in English.
    scale : {"log", "log1p", "linear"}
        How the model takes it.
    sign : {1, 0, -1}
        1: more of it may only raise the probability; -1: only lower it; 0: either.
    least, most : float
        Values beyond are taken as these, so that no odd figure can carry a patch to the top.
    stated : StatedWeight or None
        Weight until inspections have taught one.
    """

    name: str
    group: str
    meaning: str
    scale: Scale = "linear"
    sign: Literal[1, 0, -1] = 0
    least: float = 0.0
    most: float = 1.0
    stated: StatedWeight | None = None

    def scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values on the scale of the model; missing ones stay missing.

        Examples
        --------
        >>> import numpy as np
        >>> area = next(each for each in FEATURES if each.name == "area_m2")
        >>> area.scaled(np.array([1.0, np.e * 100.0, np.nan])).round(3).tolist()
        [2.303, 5.605, nan]
        """
        held = np.clip(values, self.least, self.most)
        return {"log": np.log, "log1p": np.log1p, "linear": np.positive}[self.scale](held)


FEATURES: tuple[Feature, ...] = (
    Feature("strength", "significance", "greatest standardised mean of 3 x 3 cells", "log", 1, 1.0, SURE),
    Feature(
        "outside_over_sigma",
        "significance",
        "volume outside the rights over the standard error of the patch's volume",
        "log1p",
        1,
        0.0,
        SURE,
    ),
    Feature("depth_over_lod", "significance", "greatest depth over the level of detection", "log", 1, 0.2, SURE / 2.0),
    Feature("certain_share", "significance", "part of the outline beyond the level of detection", "linear", 1),
    Feature("max_depth_m", "depth", "greatest depth", "log", 0, 0.1, 100.0),
    Feature("mean_depth_m", "depth", "volume over the area that changed", "log", 0, 0.1, 100.0),
    Feature("fullness", "depth", "mean depth over greatest depth: 1 for a box, 1/3 for a cone", "linear", 0),
    Feature("area_m2", "size", "area that changed", "log", 0, 10.0, 1e7),
    Feature("elongation", "shape", "length over width of the smallest rectangle about it", "log", 0, 1.0, 50.0),
    Feature("solidity", "shape", "outline's area over that of its convex hull", "linear", 0),
    Feature("roughness", "shape", "outline's length over that of its convex hull", "log", 0, 1.0, 10.0),
    Feature("inside_rights", "rights", "1 if what lies outside the rights is less than its error", "linear", -1),
    Feature("outside_share", "rights", "part of the volume outside the rights", "linear", 1),
    Feature("beyond_share", "rights", "part of the volume beyond the boundary of a licence it touches", "linear", 0),
    Feature("in_licence_share", "rights", "part below the floor, out of validity or layers", "linear", 0),
    Feature(
        "licence_distance_m", "place", "distance of the nearest licence; 0 where it touches one", "log1p", 0, 0.0, 1e5
    ),
    Feature(
        "contact_share",
        "place",
        "length of licence boundary inside it over the root of its area",
        "log1p",
        0,
        0.0,
        20.0,
    ),
    Feature(
        "neighbours", "surroundings", "other patches, cut or fill, of the interval within reach", "log1p", 0, 0.0, 200.0
    ),
    Feature("fill_beside", "surroundings", "1 if ground within reach was filled in the same interval", "linear", 0),
    Feature(
        "balance",
        "surroundings",
        "the lesser of fill within reach and cut over the greater: moved, not taken",
        "linear",
        -1,
    ),
    Feature("cut_other_times", "persistence", "part of the outline that was also cut at other times", "linear", 1),
    Feature("grown", "persistence", "1 if it overlaps an earlier cut and reaches well beyond it", "linear", 1),
    Feature("filled_before", "persistence", "part of the outline that was filled at an earlier time", "linear", -1),
    Feature("filled_after", "persistence", "part of the outline that was filled at a later time", "linear", 0),
    Feature("lead_near", "leads", "1 at a lead, 0 from its reach on", "linear", 1, stated=StatedWeight(1.0, 0.7)),
    Feature("in_zone", "zones", "part of the outline in watch areas", "linear", 1, stated=StatedWeight(0.7, 0.7)),
    Feature(
        "found_unlawful",
        "findings",
        "1 if overlapping ground was found unlawful",
        "linear",
        1,
        stated=StatedWeight(1.0, 0.7),
    ),
    Feature(
        "found_harmless",
        "findings",
        "1 if overlapping ground was found lawful, exempt or no change",
        "linear",
        -1,
        stated=StatedWeight(-1.0, 0.7),
    ),
    Feature(
        "slope_deg",
        "ground",
        "slope of the ground, where the table of patches has such a column",
        "linear",
        0,
        0.0,
        60.0,
    ),
)
"""Every feature, in the order of columns and of weights."""

GROUPS: tuple[str, ...] = tuple(dict.fromkeys(each.group for each in FEATURES))
"""Groups in which features are explained."""
