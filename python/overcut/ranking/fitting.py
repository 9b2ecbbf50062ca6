"""Learning the weights: the most probable ones, between what was known before and what was found.

Logistic regression with a normal prior and with signs that are held:

    minimise  - sum log p(outcome) + ½ (w - w0)' P (w - w0)   over w with the signs of `FEATURES`

Without a model to start from, w0 = 0 and every standardised weight has the standard deviation `LOOSE_SIGMA` (which is
scikit-learn's `LogisticRegression` with C = LOOSE_SIGMA², where no sign is held). With one, w0 and P are its own: what
it knows is kept until outcomes say otherwise. A few outcomes move little more than the intercept, many move everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.exceptions import ParameterError
from overcut.ranking.feature_list import FEATURES
from overcut.ranking.features import features_of, kept_features
from overcut.ranking.model import RankingModel, Weight, logistic, shipped_model
from overcut.ranking.outcomes import outcome_values
from overcut.ranking.patch_tables import patch_tables

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

__all__ = ["fit", "posterior", "train"]

Vector = Any
Matrix = Any

LOOSE_SIGMA = 1.0
"""Standard deviation of a standardised weight of which nothing is known."""
LOOSE_INTERCEPT_SIGMA = 10.0
TRANSFER_INTERCEPT_SIGMA = 1.0
"""How far the log-odds of all patches may differ from place to place: a base rate of 16 % may be 7 % or 34 %."""
TRANSFER_WEIGHT_SIGMA = 0.15
"""How far a standardised weight may differ from place to place."""
LEAST_SCALE = 0.25
"""A feature that hardly varies is not spread out by more than this: else a rare value would decide alone."""
FOLDS = 5
_LEAST_OF_EACH = 2 * FOLDS
"""Patches of each outcome without which nothing can be learnt from nothing."""


def fit(
    table: Any,
    outcomes: Iterable[Any] | Mapping[str, Any],
    *,
    prior: RankingModel | None = None,
    features: DataFrame | None = None,
) -> RankingModel:
    """Learn from outcomes of inspections, starting from a model.

    Parameters
    ----------
    table : Ranking, pandas.DataFrame or geopandas.GeoDataFrame
        What was inspected: a ranking, the table that it wrote (with its `feature_…` columns), or patches, whose
        features are then found anew.
    outcomes : iterable, or mapping of patch to outcome
        One for each row, or by the name of a patch: "unlawful", "lawful", "false_change" or "exempt" (违法, 合法,
        伪变化, 不处理), or True and False; nothing for what was not inspected.
    prior : RankingModel, optional
        What is known before; otherwise the model that comes along.
    features : pandas.DataFrame, optional
        Features of the rows, where they are at hand.

    Returns
    -------
    RankingModel
        `training["inspected"]` tells how many outcomes there were, and how many were real.

    Raises
    ------
    ParameterError
        Outcomes and rows differ in number, a word is not known, or nothing was inspected.

    Notes
    -----
    Patches may have been chosen for inspection by their rank: the weights do not suffer from it, as long as nothing but
    features decided. To learn about low ranks, some of them must be visited.
    """
    start = shipped_model() if prior is None else prior
    found = _features(table) if features is None else features
    real = outcome_values(_by_row(outcomes, table, found) if isinstance(outcomes, Mapping) else outcomes)
    if len(real) != len(found):
        raise ParameterError(
            f"there are {len(real)} outcomes for {len(found)} patches; give one each, None if not inspected"
        )
    known = ~np.isnan(real)
    if not known.any():
        raise ParameterError("no outcome is known; give at least one inspected patch")
    found, real = found[known], real[known]
    start = _widened(start, found)
    rows = np.column_stack([np.ones(len(real)), start.standardised(found)])
    parameters, covariance = posterior(
        rows, real, mean=start.parameters, precision=np.linalg.inv(start.covariance), signs=start.signs
    )
    present = [name in found and bool(found[name].notna().any()) for name in start.names]
    weights = tuple(
        replace(each, weight=float(weight), source="inspections" if seen else each.source)
        for each, weight, seen in zip(start.weights, parameters[1:], present, strict=True)
    )
    before = start.training.get("inspected", {"patches": 0, "real": 0})
    inspected = {
        "patches": before["patches"] + len(real),
        "real": before["real"] + int(real.sum()),
        "last": {"patches": len(real), "real": int(real.sum()), "intercept_before": start.intercept},
    }
    return RankingModel(float(parameters[0]), weights, covariance, {**start.training, "inspected": inspected})


def train(features: DataFrame, real: Any, groups: Any) -> RankingModel:
    """Learn from nothing, as from planted scenes, and calibrate by cross-validation (Platt's scaling).

    Parameters
    ----------
    features : pandas.DataFrame
        One row per patch.
    real : array of bool
        Whether each is real digging outside the rights.
    groups : array
        Scene, tile or county of each: one is never in two folds.

    Returns
    -------
    RankingModel
        Its covariance allows for another place.

    Raises
    ------
    ParameterError
        There are too few patches of one kind.
    """
    outcomes, groups = np.asarray(real, dtype=np.float64), np.asarray(groups)
    if min(outcomes.sum(), (1.0 - outcomes).sum()) < _LEAST_OF_EACH:
        raise ParameterError(
            f"{int(outcomes.sum())} of {len(outcomes)} patches are real; expected at least {_LEAST_OF_EACH} of each "
            "kind. To learn from less, start from a model: RankingModel.fit(table, outcomes)"
        )
    raw = _from_nothing(features, outcomes)
    slope, offset = _calibration(features, outcomes, groups)
    parameters = raw.parameters * slope
    parameters[0] += offset
    rows = np.column_stack([np.ones(len(outcomes)), raw.standardised(features)])
    precision = _information(rows, logistic(rows @ parameters)) + _loose_precision(len(raw.weights))
    trained = [replace(each, weight=float(weight)) for each, weight in zip(raw.weights, parameters[1:], strict=True)]
    covariance = np.linalg.inv(precision) + np.diag(_transfer_variances(len(trained)))
    stated = [each for each in FEATURES if each.stated is not None and each.name not in raw.names]
    variances = [each.stated.sigma**2 for each in stated if each.stated is not None]
    size = 1 + len(trained)
    whole = np.zeros((size + len(stated), size + len(stated)))
    whole[:size, :size] = covariance
    whole[range(size, len(whole)), range(size, len(whole))] = variances
    weights = (
        *trained,
        *(Weight(each.name, 0.0, 1.0, each.stated.weight, "stated") for each in stated if each.stated is not None),
    )
    training = {
        "patches": len(outcomes),
        "real": int(outcomes.sum()),
        "base_rate": float(outcomes.mean()),
        "groups": len(np.unique(groups)),
        "calibration": {"method": "platt", "folds": FOLDS, "slope": slope, "offset": offset},
    }
    return RankingModel(float(parameters[0]), weights, whole, training)


def posterior(
    rows: Matrix, outcomes: Vector, *, mean: Vector, precision: Matrix, signs: Vector
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Most probable parameters under a normal prior, with signs held, and their covariance there.

    Parameters
    ----------
    rows : array, shape (n, k)
        Standardised features, with a column of ones.
    outcomes : array, shape (n,)
        1 or 0.
    mean, precision : array, shapes (k,) and (k, k)
        Of the prior.
    signs : array, shape (k,)
        1: not below 0; -1: not above; 0: free.
    """
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise ImportError("learning needs scikit-learn: pip install 'overcut[ranking]'") from error

    def cost(parameters: Vector) -> tuple[float, Vector]:
        log_odds = rows @ parameters
        off = precision @ (parameters - mean)
        # log(1 + exp(x)) without overflow
        loss = np.logaddexp(0.0, log_odds).sum() - outcomes @ log_odds + 0.5 * (parameters - mean) @ off
        return float(loss), rows.T @ (logistic(log_odds) - outcomes) + off

    bounds = [(0.0 if sign > 0 else None, 0.0 if sign < 0 else None) for sign in signs]
    options = {"maxiter": 2000, "ftol": 1e-13, "gtol": 1e-8}
    found = minimize(cost, mean, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    covariance = np.linalg.inv(_information(rows, logistic(rows @ found)) + precision)
    return found, 0.5 * (covariance + covariance.T)


def _features(table: Any) -> DataFrame:
    if hasattr(table, "features"):
        found: DataFrame = table.features
        return found
    kept = kept_features(table)
    if kept is not None:
        return kept
    return features_of(patch_tables(table, None), leads=None, zones=None, history=None, lead_reach_m=1.0)


def _by_row(outcomes: Mapping[str, Any], table: Any, features: DataFrame) -> list[Any]:
    """Outcomes in the order of the rows."""
    names = [str(each) for each in (table["patch"] if "patch" in getattr(table, "columns", ()) else features.index)]
    unknown = [each for each in outcomes if each not in names]
    if unknown:
        raise ParameterError(f"there is an outcome of patch {unknown[0]!r}, which is not in the table")
    return [outcomes.get(name) for name in names]


def _from_nothing(features: DataFrame, outcomes: Vector) -> RankingModel:
    """Weights without anything known before; features that are missing, or the same everywhere, have none."""
    weights = []
    for each in FEATURES:
        if each.name not in features:
            continue
        values = each.scaled(features[each.name].to_numpy(dtype=np.float64))
        values = values[~np.isnan(values)]
        if len(values) and float(values.std()) > 0.0:
            weights.append(_unweighted(each.name, values, "trained"))
    size = 1 + len(weights)
    empty = RankingModel(0.0, tuple(weights), np.eye(size))
    rows = np.column_stack([np.ones(len(outcomes)), empty.standardised(features)])
    parameters, covariance = posterior(
        rows, outcomes, mean=np.zeros(size), precision=_loose_precision(len(weights)), signs=empty.signs
    )
    learnt = tuple(replace(each, weight=float(weight)) for each, weight in zip(weights, parameters[1:], strict=True))
    return RankingModel(float(parameters[0]), learnt, covariance)


def _calibration(features: DataFrame, outcomes: Vector, groups: Vector) -> tuple[float, float]:
    """Slope and offset that make log-odds of patches that were held out true ones."""
    try:
        from sklearn.model_selection import StratifiedGroupKFold
    except ImportError as error:
        raise ImportError("learning needs scikit-learn: pip install 'overcut[ranking]'") from error

    held_out = np.zeros(len(outcomes))
    for learnt, left_out in StratifiedGroupKFold(FOLDS).split(features, outcomes, groups):
        model = _from_nothing(features.iloc[learnt], outcomes[learnt])
        held_out[left_out] = model.log_odds(features.iloc[left_out])
    rows = np.column_stack([np.ones(len(outcomes)), held_out])
    found, _ = posterior(
        rows, outcomes, mean=np.array([0.0, 1.0]), precision=np.diag([0.01, 0.01]), signs=np.array([0, 1])
    )
    return float(found[1]), float(found[0])


def _widened(model: RankingModel, features: DataFrame) -> RankingModel:
    """Make the same model with weights of 0 for features that it did not know and the table has."""
    new = []
    for each in FEATURES:
        if each.name in model.names or each.name not in features:
            continue
        values = each.scaled(features[each.name].to_numpy(dtype=np.float64))
        values = values[~np.isnan(values)]
        if len(values) and float(values.std()) > 0.0:
            new.append(_unweighted(each.name, values, "stated"))
    size = 1 + len(model.weights)
    whole = np.diag(np.full(size + len(new), TRANSFER_WEIGHT_SIGMA**2))
    whole[:size, :size] = model.covariance
    return replace(model, weights=(*model.weights, *new), covariance=whole)


def _unweighted(name: str, values: Vector, source: str) -> Weight:
    return Weight(name, float(values.mean()), max(float(values.std()), LEAST_SCALE), 0.0, source)


def _information(rows: Matrix, probability: Vector) -> Matrix:
    return (rows * (probability * (1.0 - probability))[:, np.newaxis]).T @ rows


def _loose_precision(weights: int) -> Matrix:
    return np.diag([LOOSE_INTERCEPT_SIGMA**-2.0] + [LOOSE_SIGMA**-2.0] * weights)


def _transfer_variances(weights: int) -> Vector:
    return np.array([TRANSFER_INTERCEPT_SIGMA**2] + [TRANSFER_WEIGHT_SIGMA**2] * weights)
