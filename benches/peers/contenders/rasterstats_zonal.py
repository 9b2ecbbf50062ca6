"""rasterstats: zonal_stats on a raster of removed heights that is made first."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cut_raster import write_cut
from measure import measured
from rasterstats import zonal_stats


def job(earlier: str, later: str, licences: str, threads: int) -> float:
    """Sum the removed heights of the cells whose centres are inside each licence; cells are 1 m²."""
    with tempfile.TemporaryDirectory() as folder:
        cut = str(Path(folder) / "cut.tif")
        write_cut(earlier, later, cut)
        return sum(row["sum"] or 0.0 for row in zonal_stats(licences, cut, stats="sum"))


measured(job)
