"""Does the stated interval of made ground hold? Windows of undisturbed real terrain, made anew and compared.

    python benches/reconstruction/windows.py ELEVATION.tif [--windows 20] [--seed 11] [--repeat 5]

Each window is laid at random on terrain that did not change, made anew from what surrounds it with held-out windows
of its own (which never touch it), and its true mean height is looked up. A window counts as held if the error of its
mean lies in the interval.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import rasterio
import rasterio.features
import shapely
import shapely.affinity

import overcut as oc

METHODS = ("thin_plate", "laplace", "natural_neighbour")


def outline(random: np.random.Generator, side_m: float) -> shapely.Polygon:
    """A blunt, uneven shape about a place, as pits are."""
    turns = np.linspace(0.0, 2 * np.pi, 14, endpoint=False)
    radii = 0.5 * side_m * random.uniform(0.75, 1.2, len(turns))
    return shapely.Polygon(np.column_stack([radii * np.cos(turns), radii * np.sin(turns)]))


def hit_rates(
    terrain: Path, *, windows: int, seed: int, methods: tuple[str, ...] = METHODS, confidence: float = 0.90
) -> dict[str, tuple[int, int, float]]:
    """Windows held, windows tried, and the mean width of the interval in metres, by method."""
    with rasterio.open(terrain) as source:
        transform, crs = source.transform, source.crs
        heights = source.read(1, masked=True).astype(np.float64).filled(np.nan)
    dem = oc.Dem(heights, date="2004-01-01", transform=transform, crs=crs, name=terrain.name)
    west, south, east, north = dem.bounds
    cell = max(dem.cell_m)
    random = np.random.default_rng(seed)
    found = {method: [0, 0, 0.0] for method in methods}
    placed = 0
    while placed < windows:
        side = cell * random.uniform(10, 28)
        shape = outline(random, side)
        x, y = random.uniform(west + side, east - side), random.uniform(south + side, north - side)
        window = shapely.affinity.translate(shape, x, y)
        inside = rasterio.features.geometry_mask([window], heights.shape, transform, all_touched=True, invert=True)
        if not np.isfinite(heights[inside]).all():
            continue
        placed += 1
        for method in methods:
            made = oc.reconstruct_surface(
                dem, window, method=method, windows=59, confidence=confidence, seed=seed + placed, margin_cells=0
            )
            patch = made.reconstruction.patches[0]
            anew = oc.volumes([made, dem], window, methods=("grid",), limit_percent=None).table.iloc[0]
            error = (anew["cut_m3"] - anew["fill_m3"]) / anew["compared_area_m2"]
            found[method][0] += int(patch.mean_low_m <= error <= patch.mean_high_m)
            found[method][1] += 1
            found[method][2] += (patch.mean_high_m - patch.mean_low_m) / windows
    return {method: (held, count, width) for method, (held, count, width) in found.items()}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("terrain", type=Path)
    parser.add_argument("--windows", type=int, default=20)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--repeat", type=int, default=1)
    chosen = parser.parse_args()
    totals = {method: [0, 0, 0.0] for method in METHODS}
    for turn in range(chosen.repeat):
        rates = hit_rates(chosen.terrain, windows=chosen.windows, seed=chosen.seed + 1000 * turn)
        for method, (held, count, width) in rates.items():
            print(f"seed {chosen.seed + 1000 * turn}, {method}: {held} of {count}", flush=True)
            totals[method][0] += held
            totals[method][1] += count
            totals[method][2] += width / chosen.repeat
    print("\n| method | windows whose 90 % interval holds | mean width of the interval, m |\n|---|---|---:|")
    for method, (held, count, width) in totals.items():
        print(f"| {method} | {held} of {count} ({100 * held / count:.0f} %) | {width:.2f} |")


if __name__ == "__main__":
    main()
