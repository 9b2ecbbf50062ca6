"""From trials to figures: coverage, z-scores, biases, false alarms, each with its own error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Figures = dict[str, Any]

NORMAL_95 = 1.959964
RESAMPLES = 2000


def share(hits: int, of: int) -> Figures:
    """Share with its 95 % interval (Wilson's score)."""
    if of == 0:
        return {"hits": 0, "of": 0, "share": None, "low": None, "high": None}
    found, z2 = hits / of, NORMAL_95**2
    middle = (found + z2 / (2 * of)) / (1 + z2 / of)
    half = NORMAL_95 * math.sqrt(found * (1 - found) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return {"hits": hits, "of": of, "share": found, "low": middle - half, "high": middle + half}


def coverage(trials: list[Figures], key: str, least_m3: float, keep: Callable[[Figures], bool]) -> Figures:
    """How often the interval holds the truth.

    Rows of one scene share their registration and error model, so the 95 % interval of the share is found by drawing
    whole scenes again.

    Parameters
    ----------
    trials : list of dict
        What `trial.run` gave.
    key : {"rows", "pits"}
        Whether rows of licences and classes, or whole excavations.
    least_m3 : float
        True volume from which on a row counts.
    keep : callable
        Whether a row counts.

    Returns
    -------
    dict
        `rows`, those `missed` (nothing was found) and `without` an error, share `covered` of the others with `low` and
        `high`; of z = (measured - true) / sigma its `z_mean`, `z_sd`, `z_nmad`.
    """
    counts, scores, missed, without = [], [], 0, 0
    for trial in trials:
        rows = [row for row in trial[key] if row["true_m3"] >= least_m3 and keep(row)]
        known = []
        for row in rows:
            if row["measured_m3"] == 0.0:
                missed += 1
            elif math.isnan(row["sigma_m3"]):
                without += 1
            else:
                known.append(row)
        hits = sum(row["low_m3"] <= row["true_m3"] <= row["high_m3"] for row in known)
        counts.append((hits, len(known), len(rows)))
        scores += [(row["measured_m3"] - row["true_m3"]) / row["sigma_m3"] for row in known if row["sigma_m3"] > 0.0]
    table = np.array(counts, dtype=np.float64).reshape(-1, 3)
    hits, known, rows = table.sum(axis=0)
    found: Figures = {"rows": int(rows), "missed": missed, "without": without, "known": int(known)}
    found |= dict.fromkeys(("covered", "low", "high", "z_mean", "z_sd", "z_nmad"))
    if known:
        found["covered"] = float(hits / known)
        found["low"], found["high"] = _resampled(table[:, 0], table[:, 1])
        z = np.array(scores)
        found |= {"z_mean": float(z.mean()), "z_sd": float(z.std()), "z_nmad": nmad(z)}
    return found


def nmad(values: np.ndarray) -> float:
    """Normalised median absolute deviation."""
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def _resampled(above: np.ndarray, below: np.ndarray) -> tuple[float, float]:
    """95 % interval of a ratio of sums over scenes, by drawing scenes again."""
    random = np.random.default_rng(0)
    drawn = random.integers(0, len(above), (RESAMPLES, len(above)))
    sums = below[drawn].sum(axis=1)
    ratios = above[drawn].sum(axis=1)[sums > 0.0] / sums[sums > 0.0]
    low, high = np.quantile(ratios, (0.025, 0.975))
    return float(low), float(high)


def bias(trials: list[Figures], key: str, found: str, true: str, keep: Callable[[Figures], bool]) -> Figures:
    """Sum found over sum true, less 1, with its 95 % interval, and the median over scenes.

    Parameters
    ----------
    trials, key, keep
        As in `coverage`.
    found, true : str
        Names of the figures.
    """
    sums = []
    for trial in trials:
        rows = [row for row in trial[key] if keep(row)]
        sums.append((sum(row[found] for row in rows), sum(row[true] for row in rows)))
    table = np.array(sums, dtype=np.float64).reshape(-1, 2)
    table = table[table[:, 1] > 0.0]
    if not len(table):
        return dict.fromkeys(("bias", "low", "high", "median"))
    low, high = _resampled(table[:, 0], table[:, 1])
    total = float(table[:, 0].sum() / table[:, 1].sum()) - 1.0
    median = float(np.median(table[:, 0] / table[:, 1])) - 1.0
    return {"bias": total, "low": low - 1.0, "high": high - 1.0, "median": median}


def registrations(trials: list[Figures]) -> Figures | None:
    """Errors of registration over all scenes."""
    found = [trial["registration"] for trial in trials if trial["registration"] is not None]
    if not found:
        return None
    plan, up = (np.array([one[name] for one in found]) for name in ("plan_cells", "up_m"))
    return {
        "outcomes": tally(one["outcome"] for one in found),
        "plan_median_cells": float(np.median(plan)),
        "plan_p95_cells": float(np.quantile(plan, 0.95)),
        "up_median_m": float(np.median(np.abs(up))),
        "up_p95_m": float(np.quantile(np.abs(up), 0.95)),
    }


def tally(words: Iterable[str]) -> dict[str, int]:
    """How often each word occurs, the most frequent first."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
