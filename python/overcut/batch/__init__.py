"""Batches over many tiles: planned, done unit by unit here or on a cluster, put together as if they were one file.

quarters = [oc.read_tiles("2024q1/*.tif", date="2024-03-31"), oc.read_tiles("2024q2/*.tif", date="2024-06-30")]
plan = oc.batch.plan(quarters, "licences.gpkg", vertical_datum="1985")
print(plan)                                  # units, pixels, time and memory, what was left out; nothing has run
result = oc.batch.run(plan, "run/", progress=True)
result.assessment.patches, result.tiles, result.units
"""

from overcut.batch.batch_file import BatchFile, read_batch
from overcut.batch.cost import Cost, estimate
from overcut.batch.folder import read_plan
from overcut.batch.planning import BatchPlan, Unit, plan
from overcut.batch.result import BatchResult
from overcut.batch.running import run

__all__ = [
    "BatchFile",
    "BatchPlan",
    "BatchResult",
    "Cost",
    "Unit",
    "estimate",
    "plan",
    "read_batch",
    "read_plan",
    "run",
]
