"""The truth of the scene: what was dug and filled, by class, computed without any grid.

A raster tool differences cell heights and weighs cells by their share of a polygon. Here, instead, the analytic
surfaces of `scene.py` are evaluated at `POINTS_PER_CELL_SIDE` squared points in each cell of the worked ground. Each
point is tested against the licence polygons (shapely), and its own removed or added column is cut at the levels of the
bands that hold at that very point. Nothing is averaged before it is classed, so neither partial cells nor cells cut by
a licence floor need a rule.

Rules, for each piece of a column, the first that fits:

1. In no polygon: `beyond_boundary` of the licences inside which the same connected working works too, else
   `unlicensed`.
2. In the band of a licence valid on every day of the interval: `within`.
3. In the band of a licence valid on some days of it: `validity_undecided`.
4. In the band of a licence valid on no day of it: `outside_validity`.
5. In no band, and no licence there is valid on any day: `outside_validity` of the licences there.
6. In no band: under all bands (of the licences valid on some day) `below_floor`, over all `above_ceiling`, else
   `between_bands` of the licences directly over and under the gap.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

import scene
from licences import LICENCE_PARTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from licences import LicencePart
    from scene import Heights, Working

    Box = tuple[int, int, int, int]

# 256 points per cell, none of which is a point of the noise-free grids: those stand at other offsets.
POINTS_PER_CELL_SIDE = 16
STRIP_ROWS = 10  # rows of cells evaluated at a time, to keep memory small

POLYGONS = {(part.licence, part.part): part.polygon for part in LICENCE_PARTS}
shapely.prepare(list(POLYGONS.values()))


class Key(NamedTuple):
    """What the truth is summed by."""

    interval: int
    licences: tuple[str, ...]
    kind: str  # class


def validity(part: LicencePart, interval: int) -> str:
    """Whether a licence is valid on "all", "some" or "no" days of an interval; first and last day count as valid."""
    start, end = (date.fromisoformat(epoch) for epoch in scene.INTERVALS[interval])
    if part.valid_from <= start and part.valid_to >= end:
        return "all"
    return "no" if part.valid_to < start or part.valid_from > end else "some"


def names(parts: Iterable[LicencePart]) -> tuple[str, ...]:
    """Licences of some parts, sorted, each once."""
    return tuple(sorted({part.licence for part in parts}))


def classify(there: list[LicencePart], interval: int, low_m: float, high_m: float) -> tuple[str, tuple[str, ...]]:
    """Class and licences of the piece between two levels, where no band begins or ends between them (rules 2 to 6)."""
    in_band = [part for part in there if part.floor_m <= low_m and high_m <= part.ceiling_m]
    for days, kind in (("all", "within"), ("some", "validity_undecided"), ("no", "outside_validity")):
        if holders := [part for part in in_band if validity(part, interval) == days]:
            return kind, names(holders)
    valid = [part for part in there if validity(part, interval) != "no"]
    if not valid:
        return "outside_validity", names(there)
    over = [part for part in valid if part.floor_m >= high_m]
    under = [part for part in valid if part.ceiling_m <= low_m]
    next_over = [part for part in over if part.floor_m == min(p.floor_m for p in over)]
    next_under = [part for part in under if part.ceiling_m == max(p.ceiling_m for p in under)]
    if not under:
        return "below_floor", names(next_over)
    if not over:
        return "above_ceiling", names(next_under)
    return "between_bands", names(next_over + next_under)


def strips(box: Box) -> Iterator[Box]:
    """Cut a box into strips of a few rows."""
    west, south, east, north = box
    for top in range(north, south, -STRIP_ROWS):
        yield west, max(top - STRIP_ROWS, south), east, top


def faces(x: Heights, y: Heights) -> Iterator[tuple[list[LicencePart], NDArray[np.bool_]]]:
    """Group points by the set of licence parts in whose polygons they lie."""
    inside = np.array([shapely.contains_xy(polygon, x, y) for polygon in POLYGONS.values()])
    code = (2 ** np.arange(len(POLYGONS))) @ inside
    for value in np.unique(code):
        yield [part for k, part in enumerate(LICENCE_PARTS) if value >> k & 1], code == value


class WorkingTruth:
    """Sums over the points of one working."""

    def __init__(self, working: Working, per_side: int) -> None:
        self.working = working
        self.point_area_m2 = (scene.CELL_M / per_side) ** 2
        self.volume_m3: dict[Key, float] = defaultdict(float)
        self.area_m2: dict[Key, float] = defaultdict(float)
        self.total_m3 = 0.0
        self.total_area_m2 = 0.0
        self.max_depth_m = 0.0
        self.moment = np.zeros(2)
        self.licences = names(part for part in LICENCE_PARTS if part.letter in working.licences)
        self.entered: set[str] = set()  # licences in whose polygons a point was found; must come out as `licences`
        for strip in strips(working.box):
            self._add_strip(*scene.sample_points(strip, per_side))

    def _add_strip(self, x: Heights, y: Heights) -> None:
        working = self.working
        before, after = (scene.ground(epoch, x, y) for epoch in scene.INTERVALS[working.interval])
        low, high = (after, before) if working.kind == "cut" else (before, after)
        assert (low <= high).all(), f"{working.name}: cut and fill in one working"
        changed = low < high
        x, y = np.broadcast_arrays(x, y)
        x, y, low, high = x[changed], y[changed], low[changed], high[changed]
        if not x.size:
            return
        self.total_m3 += float((high - low).sum()) * self.point_area_m2
        self.total_area_m2 += x.size * self.point_area_m2
        self.max_depth_m = max(self.max_depth_m, float((high - low).max()))
        self.moment += np.array([x.sum(), y.sum()]) * self.point_area_m2
        for there, members in faces(x, y):
            self.entered.update(names(there))
            self._add_face(there, low[members], high[members])

    def _add_face(self, there: list[LicencePart], low: Heights, high: Heights) -> None:
        interval = self.working.interval
        levels = sorted({level for part in there for level in (part.floor_m, part.ceiling_m)})
        touched: dict[Key, NDArray[np.bool_]] = {}  # two slabs of a column may be of one class: its area counts once
        for bottom, top in pairwise([-np.inf, *levels, np.inf]):
            thickness_m = np.minimum(high, top) - np.maximum(low, bottom)
            if not (thickness_m > 0.0).any():
                continue
            if there:
                kind, licences = classify(there, interval, bottom, top)
            else:
                kind, licences = ("beyond_boundary" if self.licences else "unlicensed"), self.licences
            key = Key(interval, licences, kind)
            self.volume_m3[key] += float(thickness_m[thickness_m > 0.0].sum()) * self.point_area_m2
            touched[key] = touched.get(key, False) | (thickness_m > 0.0)
        for key, points in touched.items():
            self.area_m2[key] += int(points.sum()) * self.point_area_m2

    def patch(self) -> dict:
        """Describe the working as a patch."""
        outside = {key.kind for key in self.volume_m3} & {"beyond_boundary", "unlicensed"}
        return {
            "interval": self.working.interval,
            "name": self.working.name,
            "kind": self.working.kind,
            "licences": list(self.licences),
            "attribution": outside.pop() if outside else "inside",
            "area_m2": round(self.total_area_m2, 2),
            "volume_m3": self.total_m3,
            "max_depth_m": round(self.max_depth_m, 3),
            "centroid": [round(float(value), 2) for value in self.moment / self.total_area_m2],
        }


def joined_boxes() -> list[Box]:
    """Boxes of all workings, overlapping ones joined, so that each worked point lies in exactly one."""
    boxes: list[Box] = []
    for working in scene.WORKINGS:
        box = working.box
        while overlapping := [b for b in boxes if b[0] < box[2] and box[0] < b[2] and b[1] < box[3] and box[1] < b[3]]:
            boxes = [b for b in boxes if b not in overlapping]
            west, south, east, north = zip(box, *overlapping, strict=True)
            box = (min(west), min(south), max(east), max(north))
        boxes.append(box)
    return boxes


def series_truth(per_side: int) -> dict:
    """First to last survey: what was dug in sum, what the two end surfaces show, and what was dug at the deepest."""
    sums = dict.fromkeys(("gross_cut_m3", "gross_fill_m3", "end_cut_m3", "end_fill_m3", "deepest_cut_m3"), 0.0)
    point_area_m2 = (scene.CELL_M / per_side) ** 2
    for box in joined_boxes():
        for strip in strips(box):
            points = scene.sample_points(strip, per_side)
            heights = [scene.ground(epoch, *points) for epoch in scene.EPOCHS]
            steps = [later - earlier for earlier, later in pairwise(heights)]
            whole = heights[-1] - heights[0]
            for name, thickness_m in (
                ("gross_cut_m3", sum(np.maximum(-step, 0.0) for step in steps)),
                ("gross_fill_m3", sum(np.maximum(step, 0.0) for step in steps)),
                ("end_cut_m3", np.maximum(-whole, 0.0)),
                ("end_fill_m3", np.maximum(whole, 0.0)),
                ("deepest_cut_m3", heights[0] - np.minimum.reduce(heights)),
            ):
                sums[name] += float(thickness_m.sum()) * point_area_m2
    return {"from": scene.EPOCHS[0], "to": scene.EPOCHS[-1], **sums}


def scene_truth(per_side: int = POINTS_PER_CELL_SIDE) -> dict:
    """Everything that `truth.json` says."""
    workings = [WorkingTruth(w, per_side) for w in scene.WORKINGS if w.interval != scene.BEFORE_FIRST_SURVEY]
    rows: dict[Key, dict] = {}
    for truth in workings:
        assert truth.entered == set(truth.licences), f"{truth.working.name} works inside {sorted(truth.entered)}"
        for key, volume_m3 in truth.volume_m3.items():
            row = rows.setdefault(
                key,
                {
                    "interval": key.interval,
                    "licences": list(key.licences),
                    "class": key.kind,
                    "cut_m3": 0.0,
                    "fill_m3": 0.0,
                    "cut_area_m2": 0.0,
                },
            )
            row[f"{truth.working.kind}_m3"] += volume_m3
            if truth.working.kind == "cut":
                row["cut_area_m2"] = round(row["cut_area_m2"] + truth.area_m2[key], 2)

    def total(interval: int, kind: str) -> float:
        return sum(t.total_m3 for t in workings if (t.working.interval, t.working.kind) == (interval, kind))

    return {
        "schema": 1,
        "crs": scene.CRS,
        "vertical_datum": scene.VERTICAL_DATUM,
        "points_per_cell": per_side**2,
        "intervals": [{"from": start, "to": end} for start, end in scene.INTERVALS],
        "rows": [rows[key] for key in sorted(rows)],
        "patches": [truth.patch() for truth in workings],
        "totals": [
            {"interval": k, "cut_m3": total(k, "cut"), "fill_m3": total(k, "fill")} for k in range(len(scene.INTERVALS))
        ],
        "series": series_truth(per_side),
    }
