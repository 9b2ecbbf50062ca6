"""The removed height of every cell as a raster, block by block: what zonal tools need before they can start."""

from __future__ import annotations

import numpy as np
import rasterio


def write_cut(earlier: str, later: str, path: str) -> None:
    """Write `max(earlier - later, 0)`, metres, uncompressed in the tiles of the source.

    Parameters
    ----------
    earlier, later : str
        Surfaces on one grid.
    path : str
        Raster to be written.
    """
    with rasterio.open(earlier) as before, rasterio.open(later) as after:
        profile = before.profile | {"compress": None, "predictor": None}
        with rasterio.open(path, "w", **{key: value for key, value in profile.items() if value is not None}) as out:
            for _, window in before.block_windows(1):
                dug = before.read(1, window=window) - after.read(1, window=window)
                out.write(np.maximum(dug, 0.0), 1, window=window)
