"""Squares for the ledger: areas in metres from a corner, dug or filled between days."""

from __future__ import annotations

import shapely
from geopandas import GeoDataFrame

import overcut as oc

from .conftest import CRS

EAST, NORTH = 500_000.0, 3_940_000.0
LOOKED = shapely.box(EAST - 50, NORTH - 50, EAST + 300, NORTH + 300)
DAYS = ("2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01", "2026-04-01", "2026-07-01")


def box(west, south, east, north):
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def areas(*rows, **columns):
    """Table of (west, south, east, north, volume)."""
    data = {"volume_m3": [float(row[4]) for row in rows], **columns}
    return GeoDataFrame(data, geometry=[box(*row[:4]) for row in rows], crs=CRS)


def quarter(at, cuts=(), fills=(), *, looked=LOOKED, **columns):
    """What the quarter from `DAYS[at]` saw."""
    return oc.Comparison(
        areas(*cuts, **columns), areas(*fills) if fills else None, earlier=DAYS[at], later=DAYS[at + 1], looked=looked
    )


def states(ledger):
    """State of each patch."""
    return figures(ledger, "state")


def figures(ledger, column):
    patches = ledger.patches
    return dict(zip(patches["patch_id"], patches[column], strict=True))


# Six quarters, worked by hand. D is 10 m x 10 m in the north; A and B stand side by side in the south.
#   1  A (0-20), B (40-60) and D are dug.
#   2  A grows east to 30; half of D is filled.
#   3  One area from 25 to 48: over A by 5 m x 20 m, over B by 8 m x 20 m. B goes on, A is merged into it. D is 95 %
#      full.
#   4  Two areas over B: 12 m x 20 m and 28 m x 20 m. The larger is B; the other splits off as C. D is dug again.
#   5  C is dug again; 1000 of B's 3060 m³ are filled.
#   6  Another 1900 m³ of B are filled: 160 m³ are open, less than a tenth.
SIX = (
    quarter(0, [(0, 0, 20, 20, 800), (40, 0, 60, 20, 400), (0, 100, 10, 110, 100)]),
    quarter(1, [(10, 0, 30, 20, 600)], [(0, 100, 10, 110, 50)]),
    quarter(2, [(25, 0, 48, 20, 700)], [(0, 100, 10, 110, 45)]),
    quarter(3, [(0, 0, 12, 20, 240), (30, 0, 58, 20, 560), (2, 100, 8, 108, 60)]),
    quarter(4, [(0, 0, 11, 20, 110)], [(12, 0, 60, 20, 1000)]),
    quarter(5, [], [(12, 0, 60, 20, 1900)]),
)
D, A, B, C = "2025-000001", "2025-000002", "2025-000003", "2026-000001"
