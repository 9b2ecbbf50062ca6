"""What lies about a patch, and what was there at other times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.ranking.outcomes import outcome_values
from overcut.ranking.patch_tables import column

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

    from overcut.ranking.patch_tables import PatchTables

__all__ = ["beside", "findings", "leads_near", "other_times", "reach_m", "zone_shares"]

Column = Any

LEAST_REACH_M = 50.0
"""Waste is carried at least so far from a working of whatever size."""
OVERLAP = 0.1
"""Part of an outline from which on two patches are one working."""
BEYOND = 0.2
"""Part of an outline outside earlier cuts from which on a working has grown."""
POINT_REACH_M = 100.0
"""Watch areas that are given as points or lines count within this distance."""


def reach_m(outlines: NDArray[Any]) -> NDArray[np.float64]:
    """How far about a patch what belongs to it may lie: as far as it is wide, at least `LEAST_REACH_M`."""
    import shapely

    found: NDArray[np.float64] = np.maximum(np.sqrt(shapely.area(outlines)), LEAST_REACH_M)
    return found


def beside(tables: PatchTables, volume_m3: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Patches and fills of the same interval within reach: `neighbours`, `fill_beside`, `balance`."""
    import shapely

    patches, fills = tables.patches, tables.fills
    outlines = patches.geometry.to_numpy()
    interval = _intervals(patches)
    reach = reach_m(outlines)
    near, other = shapely.STRtree(outlines).query(outlines, predicate="dwithin", distance=reach)
    counts = np.bincount(near[(interval[near] == interval[other]) & (near != other)], minlength=len(outlines)).astype(
        float
    )
    missing = np.full(len(outlines), np.nan)
    if fills is None:
        return {"neighbours": counts, "fill_beside": missing, "balance": missing}
    grounds = fills.geometry.to_numpy()
    near, other = shapely.STRtree(grounds).query(outlines, predicate="dwithin", distance=reach)
    same = interval[near] == _intervals(fills)[other]
    near, other = near[same], other[same]
    counts += np.bincount(near, minlength=len(outlines))
    added_m3 = column(fills, "volume_m3")[other]
    # A fill that several patches reach would otherwise balance each of them: it is shared out by their volumes.
    claims = np.bincount(other, weights=np.maximum(volume_m3[near], 0.0), minlength=len(grounds))
    part = np.divide(volume_m3[near], claims[other], out=np.zeros(len(near)), where=claims[other] > 0.0)
    filled_m3 = np.bincount(near, weights=np.nan_to_num(added_m3) * np.maximum(part, 0.0), minlength=len(outlines))
    more = np.maximum(filled_m3, volume_m3)
    balance = np.divide(np.minimum(filled_m3, volume_m3), more, out=np.zeros(len(outlines)), where=more > 0.0)
    return {
        "neighbours": counts,
        "fill_beside": (np.bincount(near, minlength=len(outlines)) > 0).astype(float),
        "balance": np.where(np.isnan(volume_m3), np.nan, np.clip(balance, 0.0, 1.0)),
    }


def other_times(tables: PatchTables, history: GeoDataFrame | None) -> dict[str, NDArray[np.float64]]:
    """Tell what happened to the ground of each patch at other times; missing where no other time is known."""
    patches = tables.patches
    outlines = patches.geometry.to_numpy()
    interval = _intervals(patches)
    cuts, cut_times = [outlines], [interval]
    fills, fill_times = [np.array([], dtype=object)], [np.array([], dtype=np.float64)]
    if tables.fills is not None:
        fills.append(tables.fills.geometry.to_numpy())
        fill_times.append(_intervals(tables.fills))
    if history is not None:
        # Whatever is in a history is older than what is ranked.
        is_fill = (
            (history["change"] == "fill").to_numpy() if "change" in history else np.zeros(len(history), dtype=bool)
        )
        grounds = history.geometry.to_numpy()
        for chosen, shapes, times in ((~is_fill, cuts, cut_times), (is_fill, fills, fill_times)):
            shapes.append(grounds[chosen])
            times.append(np.full(int(chosen.sum()), -np.inf))
    cut = _Overlaps(outlines, interval, np.concatenate(cuts), np.concatenate(cut_times))
    fill = _Overlaps(outlines, interval, np.concatenate(fills), np.concatenate(fill_times))
    first, last = interval == tables.first, interval == tables.last
    nothing_earlier = first & (history is None)
    alone = nothing_earlier & last
    no_fills = tables.fills is None
    earlier = cut.share(earlier=True)
    grown = (earlier >= OVERLAP) & (earlier <= 1.0 - BEYOND)
    return {
        "cut_other_times": np.where(alone, np.nan, np.maximum(earlier, cut.share(earlier=False))),
        "grown": np.where(nothing_earlier, np.nan, grown.astype(float)),
        "filled_before": np.where(nothing_earlier | no_fills, np.nan, fill.share(earlier=True)),
        "filled_after": np.where(last | no_fills, np.nan, fill.share(earlier=False)),
    }


class _Overlaps:
    """Parts of outlines that lie over ground of other times."""

    def __init__(self, outlines: Column, interval: Column, grounds: Column, times: Column) -> None:
        import shapely

        self._outlines, self._grounds = outlines, grounds
        self._near, self._other = shapely.STRtree(grounds).query(outlines, predicate="intersects")
        self._difference = times[self._other] - interval[self._near]

    def share(self, *, earlier: bool) -> NDArray[np.float64]:
        import shapely

        chosen = self._difference < 0.0 if earlier else self._difference > 0.0
        near, other = self._near[chosen], self._other[chosen]
        found = np.zeros(len(self._outlines))
        for at in np.unique(near):
            ground = shapely.union_all(self._grounds[other[near == at]])
            outline = self._outlines[at]
            found[at] = shapely.intersection(outline, ground).area / outline.area if outline.area > 0.0 else 0.0
        return np.clip(found, 0.0, 1.0)


def findings(outlines: NDArray[Any], history: GeoDataFrame | None) -> dict[str, NDArray[np.float64]]:
    """Outcomes of earlier inspections of the same ground; missing where none is known."""
    import shapely

    missing = np.full(len(outlines), np.nan)
    if history is None or "outcome" not in history:
        return {"found_unlawful": missing, "found_harmless": missing}
    outcome = outcome_values(history["outcome"])
    near, other = shapely.STRtree(history.geometry.to_numpy()).query(outlines, predicate="intersects")
    overlap = shapely.area(shapely.intersection(outlines[near], history.geometry.to_numpy()[other]))
    same = overlap >= OVERLAP * shapely.area(outlines[near])
    near, other = near[same], other[same]
    unlawful = np.bincount(near[outcome[other] == 1.0], minlength=len(outlines)) > 0
    harmless = np.bincount(near[outcome[other] == 0.0], minlength=len(outlines)) > 0
    # Where findings differ, the unlawful one counts: who has dug there once may do so again.
    return {"found_unlawful": unlawful.astype(float), "found_harmless": (harmless & ~unlawful).astype(float)}


def leads_near(outlines: NDArray[Any], leads: GeoDataFrame | None, lead_reach_m: float) -> NDArray[np.float64]:
    """1 where a lead touches the outline, falling to 0 at its reach; missing where no leads were given."""
    import shapely

    if leads is None:
        return np.full(len(outlines), np.nan)
    found = np.zeros(len(outlines))
    tree = shapely.STRtree(leads.geometry.to_numpy())
    at, distance_m = tree.query_nearest(outlines, max_distance=lead_reach_m, return_distance=True, all_matches=False)
    found[at[0]] = 1.0 - distance_m / lead_reach_m
    return found


def zone_shares(outlines: NDArray[Any], zones: GeoDataFrame | None) -> NDArray[np.float64]:
    """Part of each outline in watch areas; missing where none were given."""
    import shapely

    if zones is None:
        return np.full(len(outlines), np.nan)
    found = np.zeros(len(outlines))
    grounds = zones.geometry.to_numpy()
    flat = shapely.area(grounds) == 0.0
    grounds = np.where(flat, shapely.buffer(grounds, POINT_REACH_M), grounds)
    near, other = shapely.STRtree(grounds).query(outlines, predicate="intersects")
    for at in np.unique(near):
        ground = shapely.union_all(grounds[other[near == at]])
        found[at] = shapely.intersection(outlines[at], ground).area / outlines[at].area
    return np.clip(found, 0.0, 1.0)


def _intervals(table: GeoDataFrame) -> NDArray[np.float64]:
    return np.nan_to_num(column(table, "interval"))
