"""exactextract: exact shares of cells, on a raster of removed heights that is made first."""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas
from cut_raster import write_cut
from exactextract import exact_extract
from measure import measured


def job(earlier: str, later: str, licences: str, threads: int) -> float:
    """Sum the removed heights of each licence; cells are 1 m²."""
    with tempfile.TemporaryDirectory() as folder:
        cut = str(Path(folder) / "cut.tif")
        write_cut(earlier, later, cut)
        sums = exact_extract(cut, geopandas.read_file(licences), "sum", output="pandas")
    return sums["sum"].sum()


measured(job)
