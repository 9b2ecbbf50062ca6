"""How good a ranking is, and whether its probabilities mean what they say; each figure with its 95 % interval.

Patches of one scene share their survey, so intervals are found by drawing whole scenes again.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from scores import share
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Figures = dict[str, Any]
Scores = "NDArray[np.float64]"

CUTS = (10, 20, 50, 100)
CURVE = range(5, 155, 5)
RESAMPLES = 1000
EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Edges of the classes of probability in which calibration is looked at."""

RIVALS = {
    "area": lambda table: table["area_m2"],
    "volume": lambda table: table["volume_m3"],
    "volume outside the rights": lambda table: table["outside_m3"],
    "volume / its error": lambda table: table["volume_m3"] / table["sigma_m3"],
    "volume outside / its error": lambda table: table["outside_over_sigma"],
    "strength": lambda table: table["strength"],
}
"""What a list could be sorted by without a model."""


def precision_at(score: Scores, real: Scores, cut: int) -> float:
    """Part of real ones among the first of a list."""
    first = np.argsort(-np.nan_to_num(score, nan=-np.inf), kind="stable")[:cut]
    return float(real[first].mean())


def rankings(table: pd.DataFrame, probability: Scores) -> Figures:
    """Precision at each cut, and average precision, of the model and of its rivals, and how far it is beyond them."""
    real = table["real"].to_numpy(dtype=float)
    scores = {"model": probability, **{name: rule(table).to_numpy() for name, rule in RIVALS.items()}}
    cuts = [cut for cut in CUTS if cut <= len(real)]
    found: Figures = {name: _figures(score, real, cuts) for name, score in scores.items()}
    drawn: dict[str, list[Figures]] = {name: [] for name in scores}
    for rows in _resampled(table["scene"].to_numpy()):
        for name, score in scores.items():
            drawn[name].append(_figures(score[rows], real[rows], cuts))
    for name in scores:
        for figure in tuple(found[name]):
            values = np.array([each[figure] for each in drawn[name]])
            beyond = np.array([each[figure] for each in drawn["model"]]) - values
            found[name][f"{figure}_interval"] = np.quantile(values, (0.025, 0.975)).tolist()
            found[name][f"{figure}_model_beyond"] = np.quantile(beyond, (0.025, 0.975)).tolist()
    found["model"]["curve"] = _curves(scores, real, table["scene"].to_numpy())
    return found


def _curves(scores: dict[str, Scores], real: Scores, scenes: Scores) -> Figures:
    """Precision over the number of visits, with its interval for the model and for area."""
    cuts = [cut for cut in CURVE if cut <= len(real)]
    found: Figures = {"cuts": cuts}
    for name, score in scores.items():
        found[name] = [precision_at(score, real, cut) for cut in cuts]
    for name in ("model", "area"):
        drawn = [
            [precision_at(scores[name][rows], real[rows], cut) for cut in cuts] for rows in _resampled(scenes)[:300]
        ]
        found[f"{name}_interval"] = np.quantile(drawn, (0.025, 0.975), axis=0).tolist()
    return found


def _figures(score: Scores, real: Scores, cuts: list[int]) -> Figures:
    score = np.nan_to_num(score, nan=-1e300)
    found = {f"at_{cut}": precision_at(score, real, cut) for cut in cuts}
    return {**found, "average": float(average_precision_score(real, score)) if real.any() else 0.0}


def calibration(table: pd.DataFrame, probability: Scores) -> Figures:
    """Calibration curve, expected calibration error, Brier score, and expected beside true numbers."""
    real = table["real"].to_numpy(dtype=float)
    classes = []
    for low, high in itertools.pairwise(EDGES):
        inside = (probability >= low) & (probability < high if high < 1.0 else probability <= high)
        count = int(inside.sum())
        stated = float(probability[inside].mean()) if count else None
        classes.append({"from": low, "to": high, "stated": stated, **share(int(real[inside].sum()), count)})
    drawn = [_calibration_figures(probability[rows], real[rows]) for rows in _resampled(table["scene"].to_numpy())]
    found = _calibration_figures(probability, real)
    intervals = {
        f"{name}_interval": np.quantile([each[name] for each in drawn], (0.025, 0.975)).tolist() for name in found
    }
    return {"patches": len(real), "real": int(real.sum()), "classes": classes, **found, **intervals}


def _calibration_figures(probability: Scores, real: Scores) -> Figures:
    base = np.full(len(real), real.mean())
    return {
        "base_rate": float(real.mean()),
        "mean_probability": float(probability.mean()),
        "expected_calibration_error": expected_calibration_error(probability, real),
        "brier": float(brier_score_loss(real, probability)),
        "brier_of_base_rate": float(brier_score_loss(real, base)),
        "log_loss": float(log_loss(real, probability, labels=[0, 1])),
    }


def expected_calibration_error(probability: Scores, real: Scores) -> float:
    """Mean distance of stated from true shares in the classes of `EDGES`, weighted by their patches."""
    at = np.clip(np.searchsorted(EDGES, probability, side="right") - 1, 0, len(EDGES) - 2)
    apart = [
        abs(float(probability[at == place].sum()) - float(real[at == place].sum())) for place in range(len(EDGES) - 1)
    ]
    return sum(apart) / len(real)


def _resampled(scenes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows of scenes drawn again, as often as `RESAMPLES`."""
    random = np.random.default_rng(0)
    order = np.argsort(scenes, kind="stable")
    names, starts = np.unique(scenes[order], return_index=True)
    blocks = np.split(order, starts[1:])
    return [np.concatenate([blocks[at] for at in random.integers(0, len(names), len(names))]) for _ in range(RESAMPLES)]
