"""The Python interface of overcut: everything that it does, from which the plan sum is taken."""

from __future__ import annotations

import geopandas  # noqa: F401 - what tables are made with: overcut imports it with the first one, and imports are not timed
from measure import measured

import overcut as oc

OUTSIDE = ("beyond_boundary", "unlicensed", "unattributed")


def job(earlier: str, later: str, licences: str, threads: int) -> float:
    """Assess both surfaces against the licences."""
    surfaces = [
        oc.Dem(path, date=date, sigma_m=0.05, vertical_datum="1985")
        for path, date in ((earlier, "2021-05-01"), (later, "2024-05-20"))
    ]
    rows = oc.assess(surfaces=surfaces, licences=licences, threads=threads).by_licence
    return rows.loc[~rows["class"].isin(OUTSIDE), "cut_m3"].sum()


measured(job)
