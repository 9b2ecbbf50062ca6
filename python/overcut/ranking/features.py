"""From tables of patches to features: one row for each patch, one column for each feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overcut.ranking import outlines as shapes
from overcut.ranking.feature_list import FEATURES
from overcut.ranking.patch_tables import BREACHES, column
from overcut.ranking.surroundings import beside, findings, leads_near, other_times, zone_shares

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray
    from pandas import DataFrame

    from overcut.ranking.patch_tables import PatchTables

__all__ = ["PREFIX", "features_of", "kept_features", "outside_m3"]

PREFIX = "feature_"
"""Before the names of features in tables that are written, so that what was inspected can be learnt from later."""

_IN_LICENCE = ("below_floor", "between_bands", "unauthorised_layer", "outside_validity")


def outside_m3(patches: GeoDataFrame) -> NDArray[np.float64]:
    """Volume outside the rights; missing where the table has no classes."""
    return _sum_m3(patches, BREACHES)


def features_of(
    tables: PatchTables,
    *,
    leads: GeoDataFrame | None,
    zones: GeoDataFrame | None,
    history: GeoDataFrame | None,
    lead_reach_m: float,
) -> DataFrame:
    """Features of patches; indexed by their names.

    Parameters
    ----------
    tables : PatchTables
        What is ranked.
    leads, zones, history : geopandas.GeoDataFrame or None
        In the CRS of the patches.
    lead_reach_m : float
        Distance from which on a lead says nothing about a patch.
    """
    from pandas import DataFrame

    patches = tables.patches
    outlines = patches.geometry.to_numpy()
    area_m2 = column(patches, "area_m2")
    outline_m2 = patches.geometry.area.to_numpy()
    area_m2 = np.where(np.isnan(area_m2), outline_m2, area_m2)
    volume_m3, sigma_m3 = column(patches, "volume_m3"), column(patches, "sigma_m3")
    max_depth_m = column(patches, "max_depth_m")
    mean_depth_m = _over(volume_m3, area_m2)
    outside = outside_m3(patches)
    found = {
        "strength": column(patches, "strength"),
        "outside_over_sigma": _over(outside, sigma_m3),
        "depth_over_lod": _over(max_depth_m, column(patches, "lod_m")),
        "certain_share": _over(column(patches, "certain_area_m2"), outline_m2),
        "max_depth_m": max_depth_m,
        "mean_depth_m": mean_depth_m,
        "fullness": _over(mean_depth_m, max_depth_m),
        "area_m2": area_m2,
        "elongation": shapes.elongation(outlines),
        "solidity": shapes.solidity(outlines),
        "roughness": shapes.roughness(outlines),
        "inside_rights": _inside_rights(outside, sigma_m3),
        "outside_share": _share(outside, volume_m3),
        "beyond_share": _share(column(patches, "beyond_boundary_m3"), volume_m3),
        "in_licence_share": _share(_sum_m3(patches, _IN_LICENCE), volume_m3),
        "licence_distance_m": _licence_distance_m(patches),
        "contact_share": _over(column(patches, "contact_m"), np.sqrt(area_m2)),
        **beside(tables, volume_m3),
        **other_times(tables, history),
        **findings(outlines, history),
        "lead_near": leads_near(outlines, leads, lead_reach_m),
        "in_zone": zone_shares(outlines, zones),
        "slope_deg": column(patches, "slope_deg"),
    }
    ordered = {each.name: found[each.name] for each in FEATURES}
    table: DataFrame = DataFrame(ordered, index=patches["patch"].to_numpy(), dtype=np.float64)
    table.index.name = "patch"
    return table


def kept_features(table: DataFrame) -> DataFrame | None:
    """Features that a table carries, under their names or with `PREFIX`; None if it carries none.

    A table of patches has columns such as `area_m2` of its own, so that only prefixed columns count, or a table that
    has all features.
    """
    prefixed = [each.name for each in FEATURES if f"{PREFIX}{each.name}" in table]
    if prefixed:
        columns = {name: column(table, f"{PREFIX}{name}") for name in prefixed}
    elif all(each.name in table for each in FEATURES):
        columns = {each.name: column(table, each.name) for each in FEATURES}
    else:
        return None
    from pandas import DataFrame

    frame: DataFrame = DataFrame(columns, index=table.index)
    whole: DataFrame = frame.reindex(columns=[each.name for each in FEATURES])
    return whole


def _sum_m3(patches: GeoDataFrame, classes: tuple[str, ...]) -> NDArray[np.float64]:
    present = [column(patches, f"{word}_m3") for word in classes if f"{word}_m3" in patches]
    if not present:
        return np.full(len(patches), np.nan)
    # Noise can make the part of a class slightly negative; it takes nothing from the others.
    found: NDArray[np.float64] = np.maximum(np.nan_to_num(np.stack(present)), 0.0).sum(axis=0)
    return found


def _inside_rights(outside: NDArray[np.float64], sigma_m3: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = (outside < np.nan_to_num(sigma_m3)) | (outside == 0.0)
    return np.where(np.isnan(outside), np.nan, inside.astype(float))


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(_over(np.maximum(part, 0.0), whole), 0.0, 1.0)


def _over(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quotient; missing where there is nothing to divide by."""
    found: NDArray[np.float64] = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0.0)
    return found


def _licence_distance_m(patches: GeoDataFrame) -> NDArray[np.float64]:
    distance_m = column(patches, "nearest_distance_m")
    if "attribution" not in patches:
        return distance_m
    touching = patches["attribution"].isin(("inside", "beyond_boundary", "conflict")).to_numpy()
    return np.where(touching, 0.0, distance_m)
