"""Excavations and licences: shapes, and how they are placed so that every class occurs and none is in doubt.

Coordinates are metres from the south-west corner of the scene.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from shapely import Polygon

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from terrain import Terrain

    Heights = NDArray[np.float64]

SIZES = {"small": (80.0, 300.0), "medium": (300.0, 2000.0), "large": (2000.0, 8000.0)}
"""Plan areas of excavations, m²."""


@dataclass(frozen=True)
class Ellipse:
    """Outline of a pit: centre, half axes, turn of the first anticlockwise from east."""

    x: float
    y: float
    half_a_m: float
    half_b_m: float
    turn: float

    def inside_m(self, x: Heights, y: Heights) -> Heights:
        """Distance inside the outline (to first order, exact at the outline); negative outside."""
        u = (x - self.x) * math.cos(self.turn) + (y - self.y) * math.sin(self.turn)
        v = (y - self.y) * math.cos(self.turn) - (x - self.x) * math.sin(self.turn)
        radius = np.maximum(np.hypot(u / self.half_a_m, v / self.half_b_m), 1e-6)
        gradient = np.hypot(u / self.half_a_m**2, v / self.half_b_m**2) / radius
        return (1.0 - radius) / np.maximum(gradient, 1e-6)

    @property
    def polygon(self) -> Polygon:
        """Outline as a polygon of 64 corners."""
        angle = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
        u, v = self.half_a_m * np.cos(angle), self.half_b_m * np.sin(angle)
        east = self.x + u * math.cos(self.turn) - v * math.sin(self.turn)
        return Polygon(np.column_stack([east, self.y + u * math.sin(self.turn) + v * math.cos(self.turn)]))


@dataclass(frozen=True)
class Convex:
    """Outline of a pit: corners anticlockwise."""

    corners: tuple[tuple[float, float], ...]

    def inside_m(self, x: Heights, y: Heights) -> Heights:
        """Distance from the nearest side; negative outside."""
        found = np.full(np.broadcast_shapes(np.shape(x), np.shape(y)), np.inf)
        for (x1, y1), (x2, y2) in zip(self.corners, self.corners[1:] + self.corners[:1], strict=True):
            length_m = math.hypot(x2 - x1, y2 - y1)
            found = np.minimum(found, ((y - y1) * (x2 - x1) - (x - x1) * (y2 - y1)) / length_m)
        return found

    @property
    def polygon(self) -> Polygon:
        """Outline."""
        return Polygon(self.corners)


@dataclass(frozen=True)
class Pit:
    """An excavation: from its outline the ground goes down by walls, benches or a gentle edge, to a plane floor.

    Attributes
    ----------
    outline : Ellipse or Convex
        Where it may begin.
    edge : {"wall", "benches", "dish"}
        What it looks like; a dish has no plane floor but follows the ground.
    depth_m : float
        Of the floor under the ground at the centre.
    wall_deg : float
        Slope of walls, relative to the ground.
    floor : (float, float, float)
        Height of the floor at the centre, its rise to the east and to the north.
    """

    outline: Ellipse | Convex
    edge: Literal["wall", "benches", "dish"]
    depth_m: float
    wall_deg: float
    floor: tuple[float, float, float]
    bench_m: float = 3.0
    berm_m: float = 2.0

    def drop_m(self, inside_m: Heights) -> Heights:
        """How far the edge has gone down at a distance inside the outline."""
        inside_m = np.maximum(inside_m, 0.0)
        if self.edge == "dish":
            share = np.minimum(inside_m / self._edge_width_m, 1.0)
            return self.depth_m * share * share * (3.0 - 2.0 * share)
        steep = math.tan(math.radians(self.wall_deg))
        if self.edge == "wall":
            return inside_m * steep
        run_m = self.bench_m / steep
        benches = np.floor(inside_m / (run_m + self.berm_m))
        on_bench_m = inside_m - benches * (run_m + self.berm_m)
        return benches * self.bench_m + np.minimum(on_bench_m * steep, self.bench_m)

    @property
    def _edge_width_m(self) -> float:
        return 0.8 * math.sqrt(self.outline.polygon.area / np.pi)

    def removed_m(self, x: Heights, y: Heights, ground: Heights) -> Heights:
        """Depth of what is removed from a ground; never negative."""
        inside_m = self.outline.inside_m(x, y)
        surface = ground - self.drop_m(inside_m)
        if self.edge != "dish":
            centre = self.outline.polygon.centroid
            floor, to_east, to_north = self.floor
            surface = np.maximum(surface, floor + to_east * (x - centre.x) + to_north * (y - centre.y))
        return np.where(inside_m > 0.0, np.maximum(ground - surface, 0.0), 0.0)

    def box(self, margin_m: float = 0.0) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        west, south, east, north = self.outline.polygon.bounds
        return west - margin_m, south - margin_m, east + margin_m, north + margin_m


def _outline(random: np.random.Generator, x: float, y: float, area_m2: float) -> Ellipse | Convex:
    stretch, turn = random.uniform(1.0, 2.0), random.uniform(0.0, np.pi)
    radius_m = math.sqrt(area_m2 / np.pi)
    ellipse = Ellipse(x, y, radius_m * math.sqrt(stretch), radius_m / math.sqrt(stretch), turn)
    if random.random() < 0.5:
        return ellipse
    corners = int(random.integers(5, 9))
    angles = (np.arange(corners) + random.uniform(-0.3, 0.3, corners)) * 2.0 * np.pi / corners
    unit = Polygon(np.column_stack([np.cos(angles), np.sin(angles)]))
    grow = math.sqrt(np.pi / unit.area)
    u, v = ellipse.half_a_m * grow * np.cos(angles), ellipse.half_b_m * grow * np.sin(angles)
    east = x + u * math.cos(turn) - v * math.sin(turn)
    north = y + u * math.sin(turn) + v * math.cos(turn)
    return Convex(tuple(zip(east.tolist(), north.tolist(), strict=True)))


def draw_pit(random: np.random.Generator, terrain: Terrain, x: float, y: float, area_m2: float) -> Pit:
    outline = _outline(random, x, y, area_m2)
    wall_deg = random.uniform(45.0, 65.0)
    radius_m = math.sqrt(area_m2 / np.pi)
    edge = str(random.choice(("wall", "benches", "dish"), p=(0.5, 0.2, 0.3)))
    # Not deeper than its walls can go, nor a dish steeper than they are.
    deepest_m = min(12.0, (0.55 if edge == "wall" else 0.35) * radius_m * math.tan(math.radians(wall_deg)))
    depth_m = random.uniform(1.5, max(deepest_m, 1.6))
    centre = outline.polygon.centroid
    step_m = radius_m
    east, west = terrain.at(centre.x + step_m, centre.y), terrain.at(centre.x - step_m, centre.y)
    north, south = terrain.at(centre.x, centre.y + step_m), terrain.at(centre.x, centre.y - step_m)
    follows = random.uniform(0.6, 1.0)
    floor = (
        float(terrain.at(centre.x, centre.y)) - depth_m,
        follows * float(east - west) / (2.0 * step_m),
        follows * float(north - south) / (2.0 * step_m),
    )
    return Pit(outline, edge, depth_m, wall_deg, floor, bench_m=min(3.0, depth_m))


@dataclass(frozen=True)
class Ground:
    """A licence: a polygon with a band."""

    id: str
    polygon: Polygon
    floor_m: float
    ceiling_m: float


GAP_M = 15.0
"""Least distance between excavations, and between one and the edge of the scene."""
CLEAR_M = 3.0
"""Least distance of a licence from excavations that it does not cut, and from other licences."""
CUT_SHARES = (0.2, 0.8)
"""What part of an excavation lies inside a licence that cuts it."""


def place_pits(random: np.random.Generator, terrain: Terrain, extent_m: float) -> list[Pit]:
    """Draw excavations of all sizes that lie apart; the largest are placed first."""
    pits: list[Pit] = []
    taken: list[Polygon] = []
    wanted = [("large", random.integers(0, 3)), ("medium", random.integers(1, 4)), ("small", random.integers(2, 6))]
    for size, count in wanted:
        for _ in range(int(count)):
            for _ in range(30):
                least, most = np.log(SIZES[size])
                area_m2 = float(np.exp(random.uniform(least, most)))
                margin_m = GAP_M + math.sqrt(2.0 * area_m2 / np.pi)
                if 2.0 * margin_m >= extent_m:
                    continue
                pit = draw_pit(random, terrain, *random.uniform(margin_m, extent_m - margin_m, 2), area_m2)
                outline = pit.outline.polygon
                if any(outline.distance(other) < GAP_M for other in taken):
                    continue
                # Digs nearly everywhere in its outline, so that the outline can stand for it below.
                x, y = points_in(pit.box(), 1.0)
                dug = pit.removed_m(x, y, terrain.on_grid(x[0], y[:, 0])) > 0.0
                if np.count_nonzero(dug) < 0.9 * outline.area:
                    continue
                pits.append(pit)
                taken.append(outline)
                break
    return pits


def place_licences(random: np.random.Generator, terrain: Terrain, pits: list[Pit], extent_m: float) -> list[Ground]:
    """Draw licences about excavations: each excavation meets one at most, and clearly or not at all."""
    licences: list[Ground] = []
    held: set[int] = set()
    scene = shapely.box(0.0, 0.0, extent_m, extent_m)
    for index, pit in enumerate(pits):
        if index in held or random.random() < 0.3:
            continue
        for _ in range(30):
            polygon = _licence_polygon(random, pit)
            if not polygon.is_valid or not scene.contains(polygon):
                continue
            if any(polygon.distance(other.polygon) < CLEAR_M for other in licences):
                continue
            shares = [_share_inside(polygon, each.outline.polygon) for each in pits]
            meets = {at for at, share in enumerate(shares) if share is None or share > 0.0}
            if None in shares or meets & held or index not in meets:
                continue
            band = _band(random, terrain, pit, polygon)
            licences.append(Ground(f"L{len(licences) + 1}", polygon, *band))
            held |= meets
            break
    return licences


def _licence_polygon(random: np.random.Generator, pit: Pit) -> Polygon:
    """Polygon about a pit, or about a place beside its centre."""
    outline = pit.outline.polygon
    radius_m = math.sqrt(outline.area / np.pi)
    turn = random.uniform(0.0, 2.0 * np.pi)
    aside_m = radius_m * random.uniform(0.6, 1.6) if random.random() < 0.6 else 0.0
    reach_m = radius_m * random.uniform(1.2, 2.2) + 8.0
    corners = int(random.integers(5, 10))
    angles = (np.arange(corners) + random.uniform(-0.35, 0.35, corners)) * 2.0 * np.pi / corners
    reaches_m = reach_m * random.uniform(0.7, 1.2, corners)
    x = outline.centroid.x + aside_m * math.cos(turn) + reaches_m * np.cos(angles)
    y = outline.centroid.y + aside_m * math.sin(turn) + reaches_m * np.sin(angles)
    return Polygon(np.column_stack([x, y]))


def _share_inside(licence: Polygon, outline: Polygon) -> float | None:
    """What part of an outline lies inside; None if that is too little, too much, or too near to the boundary."""
    if licence.distance(outline) >= CLEAR_M:
        return 0.0
    if licence.contains(outline):
        return 1.0 if licence.exterior.distance(outline) >= CLEAR_M else None
    share = licence.intersection(outline).area / outline.area
    return share if CUT_SHARES[0] <= share <= CUT_SHARES[1] else None


def _band(random: np.random.Generator, terrain: Terrain, pit: Pit, polygon: Polygon) -> tuple[float, float]:
    """Floor and ceiling: often through what was dug."""
    x, y = points_in(pit.box(), 1.0)
    ground = terrain.on_grid(x[0], y[:, 0])
    removed = pit.removed_m(x, y, ground)
    chosen = (removed > 0.3) & shapely.contains_xy(polygon, x, y)
    tops, bottoms = ground[chosen], (ground - removed)[chosen]
    floor_m, ceiling_m = float(bottoms.min()) - 3.0, float(tops.max()) + 10.0
    if random.random() < 0.65:
        floor_m = float(np.quantile(bottoms, random.uniform(0.2, 0.9))) + random.uniform(0.0, 0.4) * pit.depth_m
    if random.random() < 0.2:
        ceiling_m = float(np.quantile(tops, random.uniform(0.3, 0.8)))
    return floor_m, max(ceiling_m, floor_m + 1.0)


def points_in(box: tuple[float, float, float, float], step_m: float) -> tuple[Heights, Heights]:
    """Places in the middles of squares of `step_m` that cover a box: x as rows, y as columns."""
    west, south, east, north = (math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3]))
    x = west + (np.arange(round((east - west) / step_m)) + 0.5) * step_m
    y = south + (np.arange(round((north - south) / step_m)) + 0.5) * step_m
    return np.meshgrid(x, y)


def size_of(area_m2: float) -> str:
    """Word of `SIZES` for a plan area.

    Examples
    --------
    >>> size_of(120.0), size_of(1500.0), size_of(9000.0)
    ('small', 'medium', 'large')
    """
    return next((word for word, (_, most) in SIZES.items() if area_m2 < most), "large")
