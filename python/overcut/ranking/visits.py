"""The reviewers' load: what a list is expected to bring if it is visited down to a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overcut.exceptions import ParameterError
from overcut.ranking.model import logistic
from overcut.records import frame_of
from overcut.stated import number, positive_integer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pandas import DataFrame

    from overcut.ranking.model import RankingModel

__all__ = ["load_table"]

DRAWS = 1000
USUAL_CUTS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


def load_table(
    model: RankingModel,
    features: DataFrame,
    *,
    cuts: Iterable[int] | None,
    hours: float | None,
    hours_per_visit: float | None,
    confidence: float,
    seed: int,
) -> DataFrame:
    """Row for each cut of a list; parameters and columns are those of `Ranking.load`."""
    chosen = _cuts(len(features), cuts, hours, hours_per_visit)
    if not chosen:
        return frame_of([], _COLUMNS + (["hours"] if hours_per_visit else []))
    level = number(confidence, "confidence", least=0.0)
    if not 0.0 < level < 1.0:
        raise ParameterError(f"confidence is {confidence!r}; expected a number between 0 and 1")
    probability = model.probability(features)
    at = np.array(chosen) - 1
    expected = np.cumsum(probability)
    real, shares = _drawn(model, features, at, seed)
    tails = (0.5 - 0.5 * level, 0.5 + 0.5 * level)
    low, high = np.quantile(real, tails, axis=0)
    share_low, share_high = np.quantile(shares, tails, axis=0)
    rows = [
        {
            "visits": visits,
            "least_probability": probability[visits - 1],
            "expected_real": expected[visits - 1],
            "real_low": low[place],
            "real_high": high[place],
            "precision": expected[visits - 1] / visits,
            "precision_low": low[place] / visits,
            "precision_high": high[place] / visits,
            "share_of_real": expected[visits - 1] / expected[-1],
            "share_low": share_low[place],
            "share_high": share_high[place],
            **({"hours": visits * hours_per_visit} if hours_per_visit else {}),
        }
        for place, visits in enumerate(chosen)
    ]
    return frame_of(rows)


_COLUMNS = [
    "visits",
    "least_probability",
    "expected_real",
    "real_low",
    "real_high",
    "precision",
    "precision_low",
    "precision_high",
    "share_of_real",
    "share_low",
    "share_high",
]


def _cuts(patches: int, cuts: Iterable[int] | None, hours: float | None, hours_per_visit: float | None) -> list[int]:
    wanted = list(USUAL_CUTS) if cuts is None else [positive_integer(each, "cut") for each in cuts]
    if hours_per_visit is not None and number(hours_per_visit, "hours_per_visit", least=0.0) == 0.0:
        raise ParameterError("hours_per_visit is 0; expected how long a visit takes, hours")
    if hours is not None:
        if hours_per_visit is None:
            raise ParameterError(f"hours is {hours}; state hours_per_visit too")
        wanted.append(int(number(hours, "hours", least=0.0) / hours_per_visit))
    if cuts is None:
        wanted.append(patches)
    return sorted({each for each in wanted if 0 < each <= patches})


def _drawn(model: RankingModel, features: DataFrame, at: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and shares of real patches down to each cut, for weights and luck drawn again and again.

    Whether each patch is real is drawn as a whole for the stretch between two cuts: normal, with the variance of a sum
    of independent draws, and held between none and all of them.
    """
    random = np.random.default_rng([seed, 1])
    rows = np.column_stack([np.ones(len(features)), model.standardised(features)])
    starts = np.concatenate([[0], at[:-1] + 1, [at[-1] + 1]])
    starts = starts[starts < len(rows)]
    sizes = np.diff([*starts, len(rows)])
    real, shares = np.zeros((DRAWS, len(at))), np.ones((DRAWS, len(at)))
    for draw, parameters in enumerate(model.draws(DRAWS, seed)):
        probability = logistic(rows @ parameters)
        expected = np.add.reduceat(probability, starts)
        sigma = np.sqrt(np.add.reduceat(probability * (1.0 - probability), starts))
        found = np.clip(expected + sigma * random.standard_normal(len(starts)), 0.0, sizes)
        until = np.cumsum(found)
        real[draw] = until[: len(at)]
        shares[draw] = until[: len(at)] / until[-1] if until[-1] > 0.0 else 1.0
    return real, shares
