"""The scene: an invented loess gully landscape with quarries, as analytic surfaces that can be evaluated anywhere.

Nothing here is measured. Heights are functions of (x, y), so a volume between two of them can be computed as finely as
one likes, without a grid: that is what makes the truth of this case independent of any raster program.

The place: CGCS2000 / 3-degree Gauss-Kruger CM 111E (EPSG:4546), x east, y north, near Jishan county, Shanxi. Heights
count from the 1985 national height datum. Corners below are written as (u, v): metres east and north of the south-west
corner of the scene, which is at (498000, 3940000). The licences are in `licences.py`.

How the ground changes: each `Working` is one connected piece of work between two surveys. In the order of `WORKINGS`,
an excavation lowers the ground to its pit surface, a dump raises it to its dump surface, a backfill refills a pit.
Nothing else moves: terrain outside the workings is stable ground, without shift or tilt between the surveys.

    interval 0: 2021-05-01 to 2022-10-15
      A_east     licensed limestone quarry A advances its face east, over its boundary
      A_inner    waste is dumped on the old floor of quarry A, inside the licence
      BC_upper   pit of the stacked licences B over C: overburden above B's ceiling, B's band, the top of the gap
      D_first    pit of licence D, which expired inside the interval: nobody can say which part was dug in time
      borrow     a borrow pit outside every licence
      gully_dump waste that plugs the gully, outside every licence
    interval 1: 2022-10-15 to 2024-05-20
      A_deep     quarry A goes under its floor in the west, across the edge between its two parts, which have different
                 floors; it digs A_inner away again and undercuts the shrine reserve, a hole in its boundary
      BC_lower   pit B/C is widened and deepened: through the rest of the gap into C's band
      D_second   pit of licence D goes on two years after expiry, also under its floor
      borrow     the borrow pit is backfilled to nine tenths of its depth
      wild       an unlicensed pit, more than 60 m from the excavation of any licence
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Heights = NDArray[np.float64]

CRS = "EPSG:4546"
VERTICAL_DATUM = "1985"
WEST_M, SOUTH_M = 498_000.0, 3_940_000.0
CELL_M = 1.0
COLUMNS, ROWS = 480, 400
NORTH_M = SOUTH_M + ROWS * CELL_M

EPOCHS = ("2021-05-01", "2022-10-15", "2024-05-20")
INTERVALS = ((EPOCHS[0], EPOCHS[1]), (EPOCHS[1], EPOCHS[2]))
BEFORE_FIRST_SURVEY = -1  # the interval of workings that the first survey already shows

# Points per cell side of the noise-free grids. With 10 x 10 points the sum of the cells is the volume to about 1e-4.
POINTS_PER_CELL_SIDE = 10

# --- natural ground ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SideGully:
    """A side gully: straight, from its head to its mouth, deepening on the way."""

    head: tuple[float, float]
    mouth: tuple[float, float]
    depth_m: float
    half_width_m: float

    def depth(self, u: Heights, v: Heights) -> Heights:
        """Depth of the gully under the hills; dies out softly past both ends."""
        along = np.subtract(self.mouth, self.head)
        length_m = float(np.hypot(*along))
        east, north = along / length_m
        run_m = (u - self.head[0]) * east + (v - self.head[1]) * north
        offset_m = (v - self.head[1]) * east - (u - self.head[0]) * north
        share = np.clip(run_m / length_m, 0.0, 1.0)
        past_mouth_m = np.maximum(run_m - length_m, 0.0)
        deepening = share * share * (3.0 - 2.0 * share)
        across = np.exp(-((offset_m / self.half_width_m) ** 2) - (past_mouth_m / self.half_width_m) ** 2)
        return self.depth_m * deepening * across


SIDE_GULLIES = (
    SideGully(head=(395.0, 345.0), mouth=(317.0, 305.0), depth_m=15.0, half_width_m=13.0),
    SideGully(head=(150.0, 165.0), mouth=(251.0, 128.0), depth_m=19.0, half_width_m=13.0),
    SideGully(head=(30.0, 190.0), mouth=(-25.0, 95.0), depth_m=20.0, half_width_m=18.0),
    SideGully(head=(440.0, 205.0), mouth=(490.0, 60.0), depth_m=22.0, half_width_m=16.0),
)


def natural_ground(x: Heights, y: Heights) -> Heights:
    """Height of the ground before anybody dug: hills with field terraces, cut by a winding gully with side gullies."""
    u, v = x - WEST_M, y - SOUTH_M
    hills = (
        1139.0
        + 0.15 * v
        + 0.03 * u
        + 8.0 * np.sin(2.0 * np.pi * (u + 0.4 * v) / 330.0 + 0.4) * np.cos(2.0 * np.pi * v / 460.0 - 0.5)
        + 3.0 * np.sin(2.0 * np.pi * (u - v) / 145.0 + 1.3)
        + 1.2 * np.cos(2.0 * np.pi * (u + 1.7 * v) / 78.0)
    )
    # Terraced fields follow the contours: a wave in height, gentle enough that the ground never falls back.
    hills += 0.35 * np.sin(2.0 * np.pi * hills / 4.5)
    thalweg_u = 275.0 + 26.0 * np.sin(2.0 * np.pi * v / 250.0 + 0.3) + 0.18 * (v - 200.0)
    gully = (27.0 - 0.035 * v) * np.exp(-(((u - thalweg_u) / (22.0 - 0.015 * v)) ** 2))
    for side_gully in SIDE_GULLIES:
        gully = np.maximum(gully, side_gully.depth(u, v))
    return hills - gully


# --- pits and dumps ---------------------------------------------------------------------------------------------------


def distance_outside(corners: tuple[tuple[float, float], ...], u: Heights, v: Heights) -> Heights:
    """Distance from a convex outline (corners anticlockwise), 0 inside; corners are rounded.

    The 4-norm of the distances from the edges keeps the gradient near 1 round an obtuse corner, so that a wall keeps
    its angle there; the plain maximum would leave knife-sharp corners that no excavator digs.
    """
    total = np.zeros(np.broadcast_shapes(u.shape, v.shape))
    for (u1, v1), (u2, v2) in zip(corners, corners[1:] + corners[:1], strict=True):
        length_m = float(np.hypot(u2 - u1, v2 - v1))
        outward_m = ((u - u1) * (v2 - v1) - (v - v1) * (u2 - u1)) / length_m
        square = np.square(np.maximum(outward_m, 0.0))
        total += square * square
    return np.sqrt(np.sqrt(total))


class Shape(Protocol):
    """What a working does to the ground."""

    def reshape(self, ground: Heights, natural: Heights, u: Heights, v: Heights) -> Heights:
        """Ground after the work, given the ground before it and the natural ground."""
        ...


@dataclass(frozen=True)
class Pit:
    """An excavation: a plane floor inside a convex toe line, and benched walls rising from the toe.

    The floor dips, so a licence floor or ceiling cuts it along a line through cells, not along cell edges.
    """

    toe: tuple[tuple[float, float], ...]
    floor_m: float  # height of the floor at the first corner of the toe
    dip: tuple[float, float]  # slope of the floor: rise per metre east and per metre north
    wall_deg: float = 60.0
    bench_m: float = 8.0  # height of one wall
    berm_m: float = 3.0  # width of the ledge between two walls

    def surface(self, u: Heights, v: Heights) -> Heights:
        """Height of floor and walls."""
        (u0, v0), (dip_u, dip_v) = self.toe[0], self.dip
        floor = self.floor_m + dip_u * (u - u0) + dip_v * (v - v0)
        steep = np.tan(np.radians(self.wall_deg))
        wall_run_m = self.bench_m / steep
        from_toe_m = distance_outside(self.toe, u, v)
        benches = np.floor(from_toe_m / (wall_run_m + self.berm_m))
        on_bench_m = from_toe_m - benches * (wall_run_m + self.berm_m)
        return floor + benches * self.bench_m + np.minimum(on_bench_m * steep, self.bench_m)

    def reshape(self, ground: Heights, natural: Heights, u: Heights, v: Heights) -> Heights:
        """Lower the ground to the pit."""
        return np.minimum(ground, self.surface(u, v))


@dataclass(frozen=True)
class Dump:
    """A heap with a plane top inside a convex crest line, falling at the angle of repose."""

    crest: tuple[tuple[float, float], ...]
    top_m: float  # height of the top at the first corner of the crest
    dip: tuple[float, float] = (0.0, 0.0)
    repose_deg: float = 36.0

    def reshape(self, ground: Heights, natural: Heights, u: Heights, v: Heights) -> Heights:
        """Raise the ground to the heap."""
        (u0, v0), (dip_u, dip_v) = self.crest[0], self.dip
        top = self.top_m + dip_u * (u - u0) + dip_v * (v - v0)
        heap = top - np.tan(np.radians(self.repose_deg)) * distance_outside(self.crest, u, v)
        return np.maximum(ground, heap)


@dataclass(frozen=True)
class Backfill:
    """A pit that is filled again, up to a share of its depth under the natural ground."""

    pit: Pit
    share: float

    def reshape(self, ground: Heights, natural: Heights, u: Heights, v: Heights) -> Heights:
        """Raise the ground inside the pit; leave everything else, other pits too."""
        depth_m = natural - self.pit.surface(u, v)
        return np.where(depth_m > 0.0, np.maximum(ground, natural - (1.0 - self.share) * depth_m), ground)


@dataclass(frozen=True)
class Working:
    """One connected piece of work between two surveys.

    `box` bounds it generously, on cell edges, in (u, v); the boxes of one interval do not overlap.
    `licences` are those inside whose boundary it works, by letter: known by construction, verified by `truth.py`.
    """

    name: str
    interval: int
    kind: str  # "cut" or "fill"
    shape: Shape
    box: tuple[int, int, int, int]  # west, south, east, north
    licences: str

    def may_reach(self, u: Heights, v: Heights) -> bool:
        """Whether some of the points may lie in the box."""
        west, south, east, north = self.box
        return bool(u.min() < east and u.max() > west and v.min() < north and v.max() > south)


BORROW_PIT = Pit(toe=((408.0, 208.0), (426.0, 204.0), (430.0, 220.0), (411.0, 223.0)), floor_m=1173.5, dip=(0.05, 0.02))

WORKINGS = (
    # The quarry that the first survey shows already; part of no interval.
    Working(
        "A_old",
        BEFORE_FIRST_SURVEY,
        "cut",
        Pit(
            toe=((72.0, 262.0), (118.0, 246.0), (165.0, 262.0), (168.0, 292.0), (128.0, 306.0), (82.0, 300.0)),
            floor_m=1170.0,
            dip=(0.012, 0.02),
            wall_deg=65.0,
        ),
        (50, 222, 200, 340),
        "A",
    ),
    Working(
        "A_east",
        0,
        "cut",
        Pit(
            toe=((184.0, 252.0), (214.0, 244.0), (224.0, 260.0), (219.0, 279.0), (188.0, 276.0)),
            floor_m=1165.0,
            dip=(0.04, -0.03),
            wall_deg=60.0,
        ),
        (148, 212, 258, 314),
        "A",
    ),
    Working(
        "A_inner",
        0,
        "fill",
        Dump(crest=((96.0, 268.0), (108.0, 264.0), (116.0, 272.0), (104.0, 280.0)), top_m=1177.0),
        (76, 244, 136, 300),
        "A",
    ),
    Working(
        "BC_upper",
        0,
        "cut",
        Pit(
            toe=((338.0, 92.0), (372.0, 84.0), (392.0, 104.0), (380.0, 128.0), (346.0, 126.0)),
            floor_m=1150.1,
            dip=(0.03, 0.02),
            wall_deg=62.0,
        ),
        (305, 55, 425, 160),
        "BC",
    ),
    Working(
        "D_first",
        0,
        "cut",
        Pit(
            toe=((88.0, 72.0), (116.0, 66.0), (122.0, 88.0), (94.0, 94.0)),
            floor_m=1142.0,
            dip=(0.05, 0.03),
            wall_deg=55.0,
            bench_m=6.0,
        ),
        (62, 42, 150, 120),
        "D",
    ),
    Working("borrow", 0, "cut", BORROW_PIT, (382, 184, 456, 252), ""),
    Working(
        "gully_dump",
        0,
        "fill",
        Dump(crest=((228.0, 176.0), (248.0, 164.0), (258.0, 178.0), (240.0, 192.0)), top_m=1170.0, dip=(-0.05, 0.0)),
        (205, 115, 285, 212),
        "",
    ),
    Working(
        "A_deep",
        1,
        "cut",
        Pit(
            toe=((62.0, 262.0), (92.0, 256.0), (117.0, 270.0), (116.0, 284.0), (96.0, 306.0), (66.0, 294.0)),
            floor_m=1157.6,
            dip=(-0.06, -0.05),
            wall_deg=65.0,
        ),
        (26, 212, 146, 356),
        "A",
    ),
    Working(
        "BC_lower",
        1,
        "cut",
        Pit(
            toe=((342.0, 90.0), (376.0, 84.0), (398.0, 106.0), (384.0, 130.0), (350.0, 126.0)),
            floor_m=1141.0,
            dip=(0.04, 0.03),
            wall_deg=62.0,
        ),
        (305, 50, 435, 165),
        "BC",
    ),
    Working(
        "D_second",
        1,
        "cut",
        Pit(
            toe=((89.0, 72.0), (124.0, 66.0), (130.0, 86.0), (95.0, 92.0)),
            floor_m=1133.0,
            dip=(0.05, 0.05),
            wall_deg=55.0,
            bench_m=6.0,
        ),
        (40, 30, 170, 138),
        "D",
    ),
    Working("borrow", 1, "fill", Backfill(BORROW_PIT, share=0.9), (382, 184, 456, 252), ""),
    Working(
        "wild",
        1,
        "cut",
        Pit(
            toe=((392.0, 288.0), (416.0, 280.0), (430.0, 296.0), (408.0, 308.0)),
            floor_m=1190.0,
            dip=(0.06, 0.04),
            wall_deg=58.0,
            bench_m=5.0,
            berm_m=2.0,
        ),
        (368, 258, 456, 334),
        "",
    ),
)


def ground(epoch: str, x: Heights, y: Heights) -> Heights:
    """Height of the ground at a survey date, anywhere: the analytic, noise-free surface."""
    u, v = x - WEST_M, y - SOUTH_M
    natural = natural_ground(x, y)
    surface = natural
    for working in WORKINGS:
        # Outside its box a working changes nothing, so leaving it out there saves time and no more.
        if working.interval < EPOCHS.index(epoch) and working.may_reach(u, v):
            surface = working.shape.reshape(surface, natural, u, v)
    return surface


def sample_points(box: tuple[int, int, int, int], per_side: int) -> tuple[Heights, Heights]:
    """Place `per_side` x `per_side` points in each cell of a box: x as one row, y as one column from the north.

    A point stands for an equal share of its cell and sits in the middle of it, so a mean of points is a mean of area.
    """
    west, south, east, north = box
    step_m = CELL_M / per_side
    x = WEST_M + west + (np.arange((east - west) * per_side) + 0.5) * step_m
    y = SOUTH_M + north - (np.arange((north - south) * per_side) + 0.5) * step_m
    return x[np.newaxis, :], y[:, np.newaxis]


def cell_means(points: Heights, per_side: int) -> Heights:
    """Average the points of each cell."""
    rows, columns = points.shape[0] // per_side, points.shape[1] // per_side
    return points.reshape(rows, per_side, columns, per_side).mean(axis=(1, 3))


@cache
def natural_cell_means() -> Heights:
    """Natural ground on the grid, in strips of rows so that memory stays small."""
    grid = np.empty((ROWS, COLUMNS))
    strip = 20
    for north in range(ROWS, 0, -strip):
        x, y = sample_points((0, north - strip, COLUMNS, north), POINTS_PER_CELL_SIDE)
        grid[ROWS - north : ROWS - north + strip] = cell_means(natural_ground(x, y), POINTS_PER_CELL_SIDE)
    grid.setflags(write=False)
    return grid


def noise_free_surface(epoch: str) -> Heights:
    """Mean height of the ground in each cell at a survey date, first row in the north; no noise, no holes."""
    grid = natural_cell_means().copy()
    for working in WORKINGS:
        if working.interval < EPOCHS.index(epoch):
            west, south, east, north = working.box
            x, y = sample_points(working.box, POINTS_PER_CELL_SIDE)
            grid[ROWS - north : ROWS - south, west:east] = cell_means(ground(epoch, x, y), POINTS_PER_CELL_SIDE)
    return grid
