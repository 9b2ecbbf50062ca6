"""One scene through overcut: what is true beside what is found, as plain figures."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from typing import Any

from scenes import CRS, DATES, VERTICAL_DATUM, PitTruth, Scene, in_crs

import overcut as oc

Figures = dict[str, Any]

CONFIDENCE = 0.95
OLD_SIGMA_M = 0.1
"""Of one survey, for versions of overcut that do not estimate errors."""


@dataclass(frozen=True)
class Trial:
    """A scene to be made and assessed.

    Attributes
    ----------
    seed : int
        Of the scene.
    pits : bool
        False for a pair without change.
    false_alarm : float
        Probability that a pair without change shows a patch, as asked for.
    options : dict
        Other options of `Scene`.
    """

    seed: int
    pits: bool = True
    false_alarm: float = 0.05
    options: tuple[tuple[str, Any], ...] = ()


def estimates_errors() -> bool:
    """Whether this overcut registers surveys and estimates their errors."""
    return "estimate_errors" in inspect.signature(oc.assess).parameters


def assess(scene: Scene, false_alarm: float) -> oc.Assessment:
    """Assess a scene with the defaults."""
    stated: Figures = {"crs": CRS, "transform": scene.transform, "vertical_datum": VERTICAL_DATUM}
    asked: Figures = {"confidence": CONFIDENCE, "vertical_datum": VERTICAL_DATUM, "threads": 1}
    if estimates_errors():
        asked |= {"false_alarm": false_alarm, "reference": 0 if scene.displaced == "later" else 1}
    else:
        stated["sigma_m"] = OLD_SIGMA_M
    surveys = zip((scene.earlier, scene.later), DATES, strict=True)
    licences = [
        oc.Licence(each.id, in_crs(each.polygon), floor_m=each.floor_m, ceiling_m=each.ceiling_m)
        for each in scene.licences
    ]
    return oc.assess([oc.Dem(heights, date=date, **stated) for heights, date in surveys], licences, **asked)


def run(trial: Trial) -> Figures:
    """Make a scene, assess it, and put truth and result side by side; `{"error": ...}` if it is refused."""
    scene = Scene(trial.seed, pits=trial.pits, **dict(trial.options))
    try:
        case = assess(scene, trial.false_alarm)
    except oc.OvercutError as error:
        return {"seed": trial.seed, "error": f"{type(error).__name__}: {error}"}
    pits, others = patches_of(scene, case)
    return {
        "seed": trial.seed,
        "rows": rows_of(scene, case),
        "pits": pits,
        "other_patches": others,
        "fill_patches": len(case.fills),
        "true_area_m2": scene.area_m2,
        "true_volume_m3": scene.volume_m3,
        "registration": registration_of(scene, case),
    }


def rows_of(scene: Scene, case: oc.Assessment) -> list[Figures]:
    """Row for each licence and class that is true or found; 0 where it is only the other."""
    table = case.by_licence
    table = table[table["class"] != "unattributed"]
    found = {(row["licence"], row["class"]): row for row in table.to_dict("records")}
    true = scene.volumes
    rows = []
    for key in sorted(set(true) | set(found)):
        row = found.get(key, {})
        certain_m3 = row.get("cut_certain_m3", 0.0)
        rows.append(
            {
                "licence": key[0],
                "class": key[1],
                "size": _size_of(scene.truths, key),
                "true_m3": true.get(key, 0.0),
                "measured_m3": row.get("cut_measured_m3", certain_m3),
                "certain_m3": certain_m3,
                "raw_m3": row.get("cut_m3", 0.0),
                "sigma_m3": row.get("cut_sigma_m3", math.nan),
                "low_m3": row.get("cut_low_m3", math.nan),
                "high_m3": row.get("cut_high_m3", math.nan),
            }
        )
    return rows


def _size_of(truths: list[PitTruth], key: tuple[str, str]) -> str:
    """Size of the excavation that has most of a row's volume."""
    most = max(truths, key=lambda truth: truth.volumes.get(key, 0.0), default=None)
    return "" if most is None or key not in most.volumes else most.size


def patches_of(scene: Scene, case: oc.Assessment) -> tuple[list[Figures], int]:
    """Row for each excavation with its patches, and the number of patches that belong to none.

    Several patches of one excavation are added, their errors as if they went wholly together; `patches` counts them.
    """
    table = case.patches
    left = set(table.index)
    rows = []
    for truth in scene.truths:
        here = table[table.geometry.intersects(truth.outline) & table.index.isin(left)]
        left -= set(here.index)
        area = here["area_m2"].sum()
        row = {
            "size": truth.size,
            "edge": truth.pit.edge,
            "max_depth_m": truth.max_depth_m,
            "patches": len(here),
            "true_m3": truth.volume_m3,
            "true_area_m2": truth.area_m2,
            "measured_m3": here["volume_m3"].sum(),
            "area_m2": area,
            "certain_m3": (here["certain_volume_m3"] if "certain_volume_m3" in here else here["volume_m3"]).sum(),
            "certain_area_m2": here["certain_area_m2"].sum() if "certain_area_m2" in here else area,
        }
        for name in ("sigma_m3", "low_m3", "high_m3"):
            row[name] = here[name].sum() if name in here and len(here) else math.nan
        rows.append({name: value if isinstance(value, (str, int)) else float(value) for name, value in row.items()})
    return rows, len(left)


def registration_of(scene: Scene, case: oc.Assessment) -> Figures | None:
    """What registration did, and how far it is from undoing the displacement: cells in plan, metres in the middle."""
    interval = case.to_dict()["intervals"][0]
    found = (interval.get("accuracy") or {}).get("registration")
    if found is None:
        return None
    applied, lies, middle_m = found["applied"], scene.displacement, 0.5 * scene.extent_m
    true = lies.correction
    place = (scene.transform[2] + middle_m, scene.transform[5] - middle_m)
    up_m = applied["up_m"]
    up_m += applied["tilt_east"] * (place[0] - applied["x0_m"]) + applied["tilt_north"] * (place[1] - applied["y0_m"])
    true_up_m = true.up_m - lies.tilt_east * lies.east_m - lies.tilt_north * lies.north_m
    return {
        "outcome": found["outcome"],
        "plan_cells": math.hypot(applied["east_m"] - true.east_m, applied["north_m"] - true.north_m) / scene.cell_m,
        "up_m": up_m - true_up_m,
    }
