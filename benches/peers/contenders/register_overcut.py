"""overcut: how far the later surface must be moved to lie on the earlier one.

register_overcut.py (EARLIER LATER)...
"""

from __future__ import annotations

import sys
from typing import Any

from measure import timed

import overcut as oc

if not hasattr(oc, "register"):
    sys.exit("this overcut has no register")


def figures(registration: Any, later: oc.Dem) -> dict[str, float]:
    """Applied correction: shift and rise at the middle of the surface, and tilt."""
    applied = registration.to_dict()["applied"]
    left, bottom, right, top = later.bounds
    middle = (0.5 * (left + right) - applied["x0_m"], 0.5 * (bottom + top) - applied["y0_m"])
    found = {name: applied[name] for name in ("east_m", "north_m", "tilt_east", "tilt_north")}
    found["up_m"] = applied["up_m"] + applied["tilt_east"] * middle[0] + applied["tilt_north"] * middle[1]
    return found


def job() -> dict[str, Any]:
    """Register each pair."""
    fits = []
    for earlier, later in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        before, after = oc.Dem(earlier, date="2021-05-01"), oc.Dem(later, date="2024-05-20")
        fits.append(figures(oc.register([before, after]), after))
    return {"fits": fits, "version": oc.__version__}


timed(job)
