"""One planted scene through `overcut.assess`: features of its patches beside what is true of them."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from planted import CORNER_M, DATES, ELSEWHERE, HOME, PlantedScene

import overcut as oc
from overcut.ranking.features import features_of, outside_m3
from overcut.ranking.patch_tables import patch_tables

CRS, VERTICAL_DATUM = "EPSG:4546", "1985"

REAL_SHARE = 0.2
"""A patch is real if so much of its outline lies over ground that was dug outside the rights …"""
REAL_AREA_M2 = 1000.0
"""… or so many square metres of it do, as where a large licensed mine spills over its boundary."""
REAL_DEPTH_M = 0.5
"""Ground counts as dug from this depth on."""

COUNTIES = {"home": HOME, "elsewhere": ELSEWHERE}


@dataclass(frozen=True)
class Trial:
    """A scene to be made and assessed.

    Attributes
    ----------
    seed : int
        Of the scene.
    county : {"home", "elsewhere"}
        How it is drawn.
    size : int
        Rows and columns.
    """

    seed: int
    county: str = "home"
    size: int = 300


def assess(scene: PlantedScene) -> oc.Assessment:
    """Assess a scene with the defaults."""
    stated = {"crs": CRS, "transform": scene.transform, "vertical_datum": VERTICAL_DATUM}
    licences = [
        oc.Licence(
            each.id,
            shapely.transform(each.polygon, lambda places: places + np.array(CORNER_M)),
            floor_m=each.floor_m,
            ceiling_m=each.ceiling_m,
        )
        for each in scene.licences
    ]
    surveys = [oc.Dem(heights, date=date, **stated) for heights, date in zip(scene.surveys, DATES, strict=False)]
    return oc.assess(surveys, licences, vertical_datum=VERTICAL_DATUM, threads=1)


def real(scene: PlantedScene, case: oc.Assessment) -> list[bool]:
    """Which patches are real digging outside the rights, by the truth of the scene."""
    x, y = scene.centres()
    cell_m2 = scene.cell_m**2
    found = []
    for patch in case.patches.itertuples():
        west, south, east, north = (
            side - corner for side, corner in zip(patch.geometry.bounds, CORNER_M * 2, strict=True)
        )
        columns = np.flatnonzero((x > west) & (x < east))
        rows = np.flatnonzero((y > south) & (y < north))
        over = np.meshgrid(x[columns] + CORNER_M[0], y[rows] + CORNER_M[1])
        inside = shapely.contains_xy(patch.geometry, *over)
        dug = scene.unlawful_m[patch.interval][np.ix_(rows, columns)] > REAL_DEPTH_M
        area_m2 = np.count_nonzero(inside & dug) * cell_m2
        found.append(area_m2 >= min(REAL_SHARE * patch.geometry.area, REAL_AREA_M2))
    return found


def cause(scene: PlantedScene, patch: object) -> str:
    """What lies nearest to the middle of a patch; for looking into mistakes, never a feature."""
    middle = np.array(patch.geometry.representative_point().coords[0]) - np.array(CORNER_M)
    for change in scene.changes:
        west, south, east, north = change.box
        if change.interval == patch.interval and west < middle[0] < east and south < middle[1] < north:
            return change.kind
    return "error"


def run(trial: Trial) -> pd.DataFrame:
    """Make a scene, assess it, and put features and truth side by side; no rows if it is refused."""
    scene = PlantedScene(trial.seed, COUNTIES[trial.county], trial.size)
    try:
        case = assess(scene)
    except oc.OvercutError as error:
        print(f"seed {trial.seed}: {type(error).__name__}: {error}", flush=True)
        return pd.DataFrame()
    tables = patch_tables(case, None)
    table = features_of(tables, leads=None, zones=None, history=None, lead_reach_m=500.0).reset_index()
    table["real"] = np.array(real(scene, case), dtype=bool)
    table["cause"] = [cause(scene, patch) for patch in case.patches.itertuples()]
    table["scene"] = trial.seed
    table["volume_m3"] = tables.patches["volume_m3"].to_numpy()
    table["outside_m3"] = outside_m3(tables.patches)
    table["sigma_m3"] = tables.patches["sigma_m3"].to_numpy()
    table["intervals"] = scene.intervals
    table["planted"] = sum(
        np.count_nonzero(depth > REAL_DEPTH_M) * scene.cell_m**2 >= REAL_AREA_M2 for depth in scene.unlawful_m
    )
    return table


def run_all(trials: list[Trial], processes: int) -> pd.DataFrame:
    """Run trials side by side; rows in the order of their seeds."""
    started, tables = time.perf_counter(), []
    if processes == 1:
        return pd.concat([run(trial) for trial in trials], ignore_index=True)
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for done, table in enumerate(pool.map(run, trials, chunksize=4), start=1):
            tables.append(table)
            if done % 50 == 0 or done == len(trials):
                print(f"{done}/{len(trials)} after {time.perf_counter() - started:.0f} s", flush=True)
    return pd.concat(tables, ignore_index=True)
