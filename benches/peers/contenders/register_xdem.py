"""xDEM: how far the later surface must be moved to lie on the earlier one.

register_xdem.py METHOD SAMPLES SEED (EARLIER LATER)...
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
import xdem
from measure import timed

METHODS = {
    "nuth_kaab": lambda samples: xdem.coreg.NuthKaab(subsample=samples) + xdem.coreg.VerticalShift(),
    "nuth_kaab_deramp": lambda samples: (
        xdem.coreg.NuthKaab(subsample=samples) + xdem.coreg.Deramp(poly_order=1, subsample=samples)
    ),
    "lzd": lambda samples: xdem.coreg.LZD(subsample=samples),
    "lzd_shift": lambda samples: xdem.coreg.LZD(only_translation=True, subsample=samples),
}


def figures(fitted: Any, later: xdem.DEM) -> dict[str, float]:
    """Correction of a fitted method: shift and rise at the middle of the surface, and tilt."""
    found = dict.fromkeys(("east_m", "north_m", "up_m", "tilt_east", "tilt_north"), 0.0)
    left, bottom, right, top = later.bounds
    middle = np.array([0.5 * (left + right), 0.5 * (bottom + top)])
    for step in getattr(fitted, "pipeline", [fitted]):
        outputs = step.meta["outputs"]
        if "affine" in outputs:
            affine = outputs["affine"]
            for name, key in (("east_m", "shift_x"), ("north_m", "shift_y"), ("up_m", "shift_z")):
                found[name] += float(affine.get(key, 0.0))
            if "matrix" in affine:  # turned about a place of its own
                tilt = np.asarray(affine["matrix"])[2, :2]
                found["up_m"] += float(tilt @ (middle - np.asarray(affine["centroid"])[:2]))
                found["tilt_east"] += float(tilt[0])
                found["tilt_north"] += float(tilt[1])
        else:  # a plane in rows and columns
            ramp = step.meta["inputs"]["fitorbin"]["fit_func"]
            rows, columns = later.shape
            places = np.array([[0.5, 0.0, 1.0, 0.5, 0.5], [0.5, 0.5, 0.5, 0.0, 1.0]])
            at = ramp((places[0] * (columns - 1), places[1] * (rows - 1)), *outputs["fitorbin"]["fit_params"])
            found["up_m"] += float(at[0])
            found["tilt_east"] += float(at[2] - at[1]) / ((columns - 1) * later.res[0])
            found["tilt_north"] += float(at[3] - at[4]) / ((rows - 1) * later.res[1])
    return found


def job() -> dict[str, Any]:
    """Fit each pair."""
    method, samples, seed, *paths = sys.argv[1:]
    fits = []
    for earlier, later in zip(paths[::2], paths[1::2], strict=True):
        reference, moved = xdem.DEM(earlier), xdem.DEM(later)
        fitted = METHODS[method](float(samples))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted.fit(reference, moved, random_state=int(seed))
        fits.append(figures(fitted, moved))
    return {"fits": fits, "version": xdem.__version__}


timed(job)
