"""What must hold for the scene and its truth; `make_testdata.py` refuses to write a truth that fails one of these."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from rasterio import features, transform
from shapely.geometry import Polygon, box, shape
from shapely.validation import explain_validity

import scene
from licences import LICENCE_PARTS

LEAST_VOLUME_M3 = 500.0  # per class, so that 0.5 % of it is more than sampling noise
LEAST_GAP_M = 15.0  # between two workings of an interval: patches are unambiguous
LEAST_GAP_TO_RASTER_EDGE_M = 5.0
LEAST_GAP_UNLICENSED_M = 60.0  # from an unlicensed pit to the excavation of any licence in its interval
SUM_TOLERANCE = 1e-9
GRID_TOLERANCE = 2e-3


def check_licences() -> None:
    """Boundaries must be valid polygons, and only the stacked ones share ground."""
    polygons = {(part.letter, part.part): part.polygon for part in LICENCE_PARTS}
    for name, polygon in polygons.items():
        assert polygon.is_valid, f"boundary of {name}: {explain_validity(polygon)}"
    for (one, polygon), (other, other_polygon) in combinations(polygons.items(), 2):
        stacked = {one[0], other[0]} == {"B", "C"}
        assert stacked or polygon.intersection(other_polygon).area == 0.0, f"{one} and {other} overlap"


def check_classes(truth: dict) -> None:
    """Classes sum to the total of their interval, and none is too small to compare with."""
    for total in truth["totals"]:
        rows = [row for row in truth["rows"] if row["interval"] == total["interval"]]
        for kind in ("cut_m3", "fill_m3"):
            difference = sum(row[kind] for row in rows) - total[kind]
            assert abs(difference) <= SUM_TOLERANCE * total[kind], f"{kind} of {total}: off by {difference}"
            for row in rows:
                assert row[kind] == 0.0 or row[kind] > LEAST_VOLUME_M3, row


def check_against_grids(truth: dict) -> None:
    """Compare the finely sampled totals with plain sums over the noise-free grids."""
    surfaces = [scene.noise_free_surface(epoch) for epoch in scene.EPOCHS]
    for total in truth["totals"]:
        interval = total["interval"]
        change_m = surfaces[interval + 1] - surfaces[interval]
        for kind, thickness_m in (("cut_m3", -change_m), ("fill_m3", change_m)):
            grid_m3 = float(thickness_m[thickness_m > 0.0].sum()) * scene.CELL_M**2
            relative = grid_m3 / total[kind] - 1.0
            print(f"interval {interval} {kind:8} points {total[kind]:12.2f}  grid {grid_m3:12.2f}  {relative:+.1e}")
            assert abs(relative) <= GRID_TOLERANCE


def check_boxes() -> None:
    """No working changes anything outside its box, and the boxes of one interval do not overlap."""
    x, y = scene.sample_points((0, 0, scene.COLUMNS, scene.ROWS), per_side=1)
    u, v = x - scene.WEST_M, y - scene.SOUTH_M
    natural = scene.natural_ground(x, y)
    before = natural
    for working in scene.WORKINGS:
        west, south, east, north = working.box
        after = working.shape.reshape(before, natural, u, v)
        inside = (u > west + 1) & (u < east - 1) & (v > south + 1) & (v < north - 1)
        assert not ((after != before) & ~inside).any(), f"{working.name} reaches out of its box"
        before = after
    for one, other in combinations(scene.WORKINGS, 2):
        apart = box(*one.box).intersection(box(*other.box)).area == 0.0
        assert apart or one.interval != other.interval, f"boxes of {one.name} and {other.name} overlap"


def changed_ground(interval: int) -> list[tuple[scene.Working, Polygon]]:
    """Find the outline of each working of an interval on the noise-free grids, cells joined by their edges."""
    before, after = (scene.noise_free_surface(epoch) for epoch in scene.INTERVALS[interval])
    to_scene = transform.from_origin(0.0, scene.ROWS * scene.CELL_M, scene.CELL_M, scene.CELL_M)
    sign = np.sign(after - before).astype("int16")
    outlines = [(value, shape(outline)) for outline, value in features.shapes(sign, mask=sign != 0, transform=to_scene)]
    found = []
    for working in scene.WORKINGS:
        if working.interval == interval:
            own = [
                outline
                for value, outline in outlines
                if (value < 0) == (working.kind == "cut") and outline.within(box(*working.box))
            ]
            assert len(own) == 1, f"{working.name} is {len(own)} patches, not one"
            found.append((working, own[0]))
    assert len(found) == len(outlines), f"interval {interval}: {len(outlines)} patches"
    return found


def check_patches() -> None:
    """Each working is one connected patch, and patches stand well apart from each other and from the raster edge."""
    raster_edge = box(0, 0, scene.COLUMNS, scene.ROWS).exterior
    for interval in range(len(scene.INTERVALS)):
        patches = changed_ground(interval)
        for working, outline in patches:
            assert outline.distance(raster_edge) >= LEAST_GAP_TO_RASTER_EDGE_M, working.name
        for (one, outline), (other, other_outline) in combinations(patches, 2):
            unlicensed_cut = one.kind == other.kind == "cut" and "" in {one.licences, other.licences}
            least_m = LEAST_GAP_UNLICENSED_M if unlicensed_cut else LEAST_GAP_M
            gap_m = outline.distance(other_outline)
            assert gap_m >= least_m, f"{one.name} and {other.name} are {gap_m:.1f} m apart"


def print_truth(truth: dict) -> None:
    """Print the rows as a table."""
    for row in truth["rows"]:
        licences = "+".join(row["licences"]) or "-"
        print(f"{row['interval']}  {row['class']:18} {row['cut_m3']:12.2f} {row['fill_m3']:12.2f}  {licences}")


def check_all(truth: dict) -> None:
    """Run every check and print what was compared."""
    check_licences()
    check_boxes()
    check_patches()
    check_classes(truth)
    print_truth(truth)
    check_against_grids(truth)
