"""Batches over many tiles: planned, done unit by unit here or on a cluster, put together as if they were one file.

    plan = oc.batch.plan([oc.read_tiles("2024q1/*.tif", date="2024-03-31"), oc.read_tiles("2024q2/*.tif", date="2024-06-30")],
                         "licences.gpkg", vertical_datum="1985")
    print(plan)                                    # units, pixels, time and memory, what was left out; nothing has run
    result = oc.batch.run(plan, "run/", progress=True)
    result.assessment.patches, result.tiles, result.units
"""

from overcut.batch.cost import Cost, estimate
from overcut.batch.folder import read_plan
from overcut.batch.plan import BatchPlan, Unit, plan
from overcut.batch.result import BatchResult
from overcut.batch.run import run

__all__ = ["BatchPlan", "BatchResult", "Cost", "Unit", "estimate", "plan", "read_plan", "run"]
