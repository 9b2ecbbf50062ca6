"""Who may dig where in a county, and who dug what when: licences, pits with a history, dumps, and the truth about them.

Outlines, licences and their bands are drawn by `benches/uncertainty/workings.py`, dumps have the shape of those of
`testdata/scene.py`; new here is only that they have a history over the epochs.
"""

from __future__ import annotations

import datetime
import importlib.util
import itertools
import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from county_ground import CountyGround, Site
from shapely import Polygon
from shapely.affinity import translate
from workings import Convex, Ellipse, Pit, place_licences, place_pits, points_in

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    Heights = NDArray[np.float64]
    Box = tuple[float, float, float, float]


def _scene() -> ModuleType:
    """`scene.py` of the test data: by its file, since other folders have a `scene` too."""
    path = Path(__file__).parents[2] / "testdata" / "scene.py"
    spec = importlib.util.spec_from_file_location("testdata_scene", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not there")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


Dump = _scene().Dump

SITE_M = 600.0
SITE_GAP_M = 60.0
TRUTH_STEP_M = 0.5
HISTORIES = ("grows", "stops", "backfilled", "old", "late")
MINERALS = ("石灰岩", "砖瓦用粘土", "铝土矿", "建筑石料")
_STEEP = 36.0


@dataclass(frozen=True)
class Right:
    """A mining right, in metres from the county's corner."""

    id: str
    holder: str
    mineral: str
    polygon: Polygon
    floor_m: float
    ceiling_m: float
    valid_from: datetime.date
    valid_to: datetime.date


@dataclass(frozen=True)
class Working:
    """A pit with its history.

    Attributes
    ----------
    id : str
        For the truth.
    history : str
        Of `HISTORIES`.
    pit : Pit
        What it is in the end, in metres from the corner of `site`.
    site : Site
        Where.
    shares : tuple of float
        By epoch, which part of its extent each way it has reached; 0 is not begun.
    filled : tuple of float
        By epoch, which part of its depth is backfilled.
    """

    id: str
    history: str
    pit: Pit
    site: Site
    shares: tuple[float, ...]
    filled: tuple[float, ...]

    @property
    def box(self) -> Box:
        """West, south, east, north in the county."""
        west, south, east, north = self.pit.box()
        return west + self.site.west_m, south + self.site.south_m, east + self.site.west_m, north + self.site.south_m

    @property
    def outline(self) -> Polygon:
        """Outline in the end, in the county."""
        return translate(self.pit.outline.polygon, self.site.west_m, self.site.south_m)

    def change_m(self, epoch: int, x: Heights, y: Heights, ground: Heights) -> Heights:
        """How far the ground lies over what it was, at an epoch: negative where it was dug away."""
        share, filled = self.shares[epoch], self.filled[epoch]
        if share == 0.0 or filled == 1.0:
            return np.zeros_like(ground)
        u, v = x - self.site.west_m, y - self.site.south_m
        return (filled - 1.0) * grown(self.pit, share).removed_m(u, v, ground)


@dataclass(frozen=True)
class Heap:
    """A dump that grows beside a pit."""

    id: str
    crest: tuple[tuple[float, float], ...]
    base_m: float
    heights_m: tuple[float, ...]

    @property
    def box(self) -> Box:
        """West, south, east, north, with its slopes on falling ground."""
        reach_m = 4.0 * max(self.heights_m) + 10.0
        x, y = np.transpose(self.crest)
        return float(x.min()) - reach_m, float(y.min()) - reach_m, float(x.max()) + reach_m, float(y.max()) + reach_m

    def change_m(self, epoch: int, x: Heights, y: Heights, ground: Heights) -> Heights:
        """How far the ground lies over what it was, at an epoch."""
        if self.heights_m[epoch] == 0.0:
            return np.zeros_like(ground)
        dump = Dump(self.crest, self.base_m + self.heights_m[epoch], (0.0, 0.0), _STEEP)
        return dump.reshape(ground, ground, x, y) - ground


@dataclass(frozen=True)
class Workings:
    """All of a county."""

    pits: tuple[Working, ...]
    heaps: tuple[Heap, ...]
    rights: tuple[Right, ...]

    @classmethod
    def random(
        cls,
        random: np.random.Generator,
        ground: CountyGround,
        size_m: tuple[float, float],
        dates: tuple[datetime.date, ...],
        pits: int,
    ) -> Workings:
        """Draw about as many pits as wanted, site after site, with rights about two of three of them."""
        found: list[Working] = []
        heaps: list[Heap] = []
        rights: list[Right] = []
        side_m = min(SITE_M, *size_m)
        step_m = side_m + SITE_GAP_M
        across, up = (max(1, int((each - side_m) // step_m) + 1) for each in size_m)
        for place in random.permutation(across * up):
            if len(found) >= pits:
                break
            site = Site(ground, float(place % across) * step_m, float(place // across) * step_m)
            placed = place_pits(random, site, side_m)[: pits - len(found)]
            for pit in placed:
                number = len(found) + 1
                found.append(_with_history(random, pit, site, number=number, epochs=len(dates)))
                if number % 3 == 1:
                    others = [each.outline.polygon for each in placed]
                    heap = _heap(random, found[-1], others, side_m=side_m, number=len(heaps) + 1)
                    heaps += [] if heap is None else [heap]
            rights += _rights(random, site, placed, side_m=side_m, dates=dates, already=len(rights))
        return cls(tuple(found), tuple(heaps), tuple(rights))

    def change_m(self, epoch: int, x: Heights, y: Heights, ground: Heights) -> Heights:
        """How far the ground lies over (or under: negative) what it was before anybody dug.

        Parameters
        ----------
        epoch : int
            From 0.
        x, y : numpy.ndarray
            Places, metres from the county's corner; grids or scattered.
        ground : numpy.ndarray
            Height there before.
        """
        change = np.zeros_like(ground)
        box = float(x.min()), float(y.min()), float(x.max()), float(y.max())
        for each in (*self.pits, *self.heaps):
            if not _meet(box, each.box):
                continue
            west, south, east, north = each.box
            inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
            if inside.any():
                change[inside] += each.change_m(epoch, x[inside], y[inside], ground[inside])
        return change

    def truth(self, dates: tuple[datetime.date, ...], ground: CountyGround) -> dict[str, Any]:
        """What was dug and dumped where and when, summed over points `TRUTH_STEP_M` apart."""
        return {
            "pits": [self._truth_of(each, dates, ground) for each in self.pits],
            "dumps": [self._truth_of(each, dates, ground) for each in self.heaps],
            "licences": [
                {
                    "id": each.id,
                    "floor_m": each.floor_m,
                    "ceiling_m": each.ceiling_m,
                    "valid_from": each.valid_from.isoformat(),
                    "valid_to": each.valid_to.isoformat(),
                    "area_m2": each.polygon.area,
                }
                for each in self.rights
            ],
        }

    def _truth_of(self, each: Working | Heap, dates: tuple[datetime.date, ...], ground: CountyGround) -> dict[str, Any]:
        x, y = points_in(each.box, TRUTH_STEP_M)
        was = ground.on_grid(x[0], y[:, 0])
        surfaces = [each.change_m(epoch, x, y, was) for epoch in range(len(dates))]
        within = {
            right.id: shapely.contains_xy(right.polygon, x, y)
            for right in self.rights
            if _meet(right.polygon.bounds, each.box)
        }
        intervals = []
        for at, (before, after) in enumerate(itertools.pairwise(surfaces)):
            change = (after - before) * TRUTH_STEP_M**2
            cut = np.maximum(-change, 0.0)
            intervals.append(
                {
                    "from": dates[at].isoformat(),
                    "to": dates[at + 1].isoformat(),
                    "cut_m3": float(cut.sum()),
                    "fill_m3": float(np.maximum(change, 0.0).sum()),
                    "cut_area_m2": float(np.count_nonzero(cut) * TRUTH_STEP_M**2),
                    "max_depth_m": float(cut.max() / TRUTH_STEP_M**2),
                    "cut_inside_m3": {
                        id_: float(cut[inside].sum()) for id_, inside in within.items() if cut[inside].sum() > 0.0
                    },
                }
            )
        west, south, east, north = each.box
        facts: dict[str, Any] = {"id": each.id, "centre_m": [(west + east) / 2.0, (south + north) / 2.0]}
        if isinstance(each, Working):
            facts |= {"history": each.history, "shares": list(each.shares), "filled": list(each.filled)}
        return {**facts, "intervals": intervals}


def grown(pit: Pit, share: float) -> Pit:
    """Pit when it had reached a part of its extent each way: smaller about its centre, and less deep.

    Deeper everywhere with a larger share: outlines lie inside each other, and floors under each other.
    """
    if share == 1.0:
        return pit
    outline = pit.outline
    centre = outline.polygon.centroid
    smaller: Ellipse | Convex
    if isinstance(outline, Ellipse):
        smaller = replace(outline, half_a_m=outline.half_a_m * share, half_b_m=outline.half_b_m * share)
    else:
        smaller = Convex(
            tuple((centre.x + share * (x - centre.x), centre.y + share * (y - centre.y)) for x, y in outline.corners)
        )
    height, *slopes = pit.floor
    raised = height + (1.0 - share) * pit.depth_m
    return replace(pit, outline=smaller, depth_m=pit.depth_m * share, floor=(raised, *slopes))


def _with_history(random: np.random.Generator, pit: Pit, site: Site, *, number: int, epochs: int) -> Working:
    id_, history = f"P{number:02d}", HISTORIES[(number - 1) % len(HISTORIES)]
    last = epochs - 1
    first = int(random.integers(1, max(last, 2)))
    ends = {
        "grows": (first, last),
        "stops": (first, max(first, last - 1)),
        "backfilled": (0, max(last - 1, 0)),
        "late": (last, last),
    }
    filled = [0.0] * epochs
    if history == "old":
        shares = [1.0] * epochs
    else:
        start, stop = ends[history]
        # A pit that is backfilled was there from the start, so that two epochs show its filling.
        steps = np.linspace(0.0, 1.0, stop - start + 2)[1:]
        shares = [0.0 if at < start else float(steps[min(at, stop) - start]) for at in range(epochs)]
        if history == "backfilled":
            shares = [max(each, 0.6) for each in shares]
            filled[last] = float(random.uniform(0.6, 1.0))
    return Working(id_, history, pit, site, tuple(shares), tuple(filled))


def _heap(
    random: np.random.Generator, working: Working, outlines: list[Polygon], *, side_m: float, number: int
) -> Heap | None:
    """Dump near a pit, growing as it does; None where there is no room."""
    site, centre = working.site, working.pit.outline.polygon.centroid
    for _ in range(30):
        turn, away_m = random.uniform(0.0, 2.0 * math.pi), random.uniform(40.0, 150.0)
        u, v = centre.x + away_m * math.cos(turn), centre.y + away_m * math.sin(turn)
        half_m, height_m = random.uniform(4.0, 12.0), random.uniform(3.0, 8.0)
        crest = tuple(
            (site.west_m + u + a * half_m, site.south_m + v + b * half_m)
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        )
        heights = tuple(height_m * share for share in working.shares)
        heap = Heap(f"D{number:02d}", crest, float(site.at(u, v)), heights)
        west, south, east, north = heap.box
        covered = shapely.box(west - site.west_m, south - site.south_m, east - site.west_m, north - site.south_m)
        whole = shapely.box(0.0, 0.0, side_m, side_m)
        if whole.contains(covered) and not any(covered.intersects(each) for each in outlines):
            return heap
    return None


def _rights(
    random: np.random.Generator,
    site: Site,
    pits: list[Pit],
    *,
    side_m: float,
    dates: tuple[datetime.date, ...],
    already: int,
) -> list[Right]:
    """Rights of a site: most valid throughout, some expired before, some that end between the epochs."""
    found = []
    for at, each in enumerate(place_licences(random, site, pits, side_m)):
        number = already + at + 1
        start = dates[0] - datetime.timedelta(days=int(random.integers(400, 3000)))
        end = dates[-1] + datetime.timedelta(days=int(random.integers(200, 3000)))
        drawn = random.random()
        if drawn < 0.15:
            end = dates[0] - datetime.timedelta(days=int(random.integers(30, 300)))
        elif drawn < 0.25:
            end = dates[0] + (dates[-1] - dates[0]) // 2
        polygon = translate(each.polygon, site.west_m, site.south_m)
        mineral = MINERALS[number % len(MINERALS)]
        holder = f"第{number}采矿有限公司"
        found.append(Right(f"C1408{number:05d}", holder, mineral, polygon, each.floor_m, each.ceiling_m, start, end))
    return found


def _meet(a: Box, b: Box) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]
