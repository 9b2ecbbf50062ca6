"""GeoUtils: the difference of two rasters in memory, then a crop and a mask for each licence."""

from __future__ import annotations

import geoutils
import numpy as np
from measure import measured

CELL_M = 1.0


def job(earlier: str, later: str, licences: str, threads: int) -> float:
    """Sum the removed heights of the cells whose centres are inside each licence; cells are 1 m²."""
    dug = geoutils.Raster(earlier) - geoutils.Raster(later)
    table = geoutils.Vector(licences).ds
    total = 0.0
    for index in range(len(table)):
        licence = geoutils.Vector(table.iloc[[index]])
        # A mask of the whole raster for each licence would take minutes: crop first, by a box one cell wider than the
        # licence, because `crop` leaves out the cells that the box cuts.
        left, bottom, right, top = table.geometry.iloc[index].bounds
        here = dug.crop((left - CELL_M, bottom - CELL_M, right + CELL_M, top + CELL_M))
        inside = licence.create_mask(here, as_array=True)
        total += np.maximum(here.data[inside].astype(np.float64), 0.0).sum()
    return total


measured(job)
