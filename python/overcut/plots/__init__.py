"""Pictures of an assessment, for the screen and for print.

Each function takes an `Assessment`, draws with matplotlib on `ax` or on new axes, and returns the axes. Labels are
English or Chinese (`lang`). Colours are told apart by people with any kind of colour vision, and hatches and line
styles say the same again, so a black-and-white print is enough.

| function | shows |
|---|---|
| `change_map` | relief, change of height, licences with corner numbers, patches; volumes in the legend |
| `class_map` | where ground of which class was moved |
| `change_histogram` | area by change of height and class |
| `bench_volumes` | volume by elevation |
| `interval_volumes` | volumes of each interval by class, with their intervals |
| `waterfall` | from the whole cut to each class |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from overcut.plots.changes import change_map
from overcut.plots.class_areas import class_map
from overcut.plots.distributions import bench_volumes, change_histogram
from overcut.plots.volumes import interval_volumes, waterfall

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

__all__ = ["KINDS", "bench_volumes", "change_histogram", "change_map", "class_map", "interval_volumes", "waterfall"]

KINDS: dict[str, Callable[..., Axes]] = {
    "map": change_map,
    "classes": class_map,
    "histogram": change_histogram,
    "benches": bench_volumes,
    "intervals": interval_volumes,
    "waterfall": waterfall,
}
"""Functions by the word that `Assessment.plot` takes."""
