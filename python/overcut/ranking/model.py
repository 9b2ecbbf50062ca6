"""The model: a normal distribution of log-odds weights, kept as plain JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.exceptions import FileReadError, ParameterError
from overcut.publishing import publish
from overcut.ranking.feature_list import FEATURES

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from pandas import DataFrame

__all__ = ["RankingModel", "Weight", "shipped_model"]

FORMAT = "overcut ranking model"
FORMAT_VERSION = 1
DIGITS = 8
"""Significant digits of numbers in a file."""

GATE = "inside_rights"
"""Feature that silences the others where it is 1."""

_KNOWN = {each.name: each for each in FEATURES}


@dataclass(frozen=True)
class Weight:
    """Weight of one feature.

    Attributes
    ----------
    name : str
        The feature.
    mean, scale : float
        Of the feature, on its scale, in the patches that were learnt from: what is missing counts as the mean.
    weight : float
        Log-odds for one `scale` more.
    source : {"trained", "stated", "inspections"}
        Where it comes from: planted scenes, a stated guess, or outcomes of inspections.
    """

    name: str
    mean: float
    scale: float
    weight: float
    source: str = "trained"


@dataclass(frozen=True)
class RankingModel:
    """Probability that a patch is real digging outside the rights, from its features.

    log-odds = intercept + sum of weight x (feature - mean) / scale, each feature on the scale that `FEATURES` states.
    The weights are uncertain: `covariance` says how much, the place where the model is used included. Inspections
    narrow it (`fit`).

    Attributes
    ----------
    intercept : float
        Log-odds of a patch whose features are all average.
    weights : tuple of Weight
    covariance : numpy.ndarray
        Of the intercept and the weights, in this order.
    training : dict
        From what it was learnt: numbers of patches and of real ones, base rate, calibration, origin.
    """

    intercept: float
    weights: tuple[Weight, ...]
    covariance: NDArray[np.float64]
    training: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = [each.name for each in self.weights if each.name not in _KNOWN]
        if unknown:
            raise ParameterError(f"model has weights of {unknown}; known features are {', '.join(_KNOWN)}")
        size = 1 + len(self.weights)
        if self.covariance.shape != (size, size):
            raise ParameterError(f"covariance has the shape {self.covariance.shape}; expected ({size}, {size})")

    @property
    def parameters(self) -> NDArray[np.float64]:
        """Intercept and weights."""
        return np.array([self.intercept, *(each.weight for each in self.weights)])

    @property
    def names(self) -> tuple[str, ...]:
        """Features that it looks at."""
        return tuple(each.name for each in self.weights)

    @property
    def signs(self) -> NDArray[np.int64]:
        """Direction in which each parameter may go (0: either)."""
        return np.array([0, *(_KNOWN[name].sign for name in self.names)])

    def standardised(self, features: DataFrame) -> NDArray[np.float64]:
        """Features as they are weighted: 0 is average, or missing.

        Of a patch inside the rights, nothing else counts: however surely it was dug, it is not dug outside them.
        """
        found = np.zeros((len(features), len(self.weights)))
        for at, each in enumerate(self.weights):
            if each.name in features:
                values = _KNOWN[each.name].scaled(features[each.name].to_numpy(dtype=np.float64))
                found[:, at] = np.nan_to_num((values - each.mean) / each.scale, nan=0.0)
        if GATE in self.names and GATE in features:
            others = [at for at, each in enumerate(self.weights) if each.name != GATE]
            found[np.ix_(features[GATE].to_numpy() == 1.0, others)] = 0.0
        return found

    def contributions(self, features: DataFrame) -> DataFrame:
        """Log-odds that each feature adds, beside those of an average patch; 0 where it is missing."""
        from pandas import DataFrame

        weighted = self.standardised(features) * self.parameters[1:]
        frame: DataFrame = DataFrame(weighted, index=features.index, columns=list(self.names))
        return frame

    def log_odds(self, features: DataFrame) -> NDArray[np.float64]:
        """Log-odds of patches."""
        found: NDArray[np.float64] = self.intercept + self.standardised(features) @ self.parameters[1:]
        return found

    def log_odds_sigma(self, features: DataFrame) -> NDArray[np.float64]:
        """Find the standard deviation of the log-odds: how little is known of such patches in such a place."""
        rows = np.column_stack([np.ones(len(features)), self.standardised(features)])
        found: NDArray[np.float64] = np.sqrt(np.maximum(np.einsum("ni,ij,nj->n", rows, self.covariance, rows), 0.0))
        return found

    def probability(self, features: DataFrame) -> NDArray[np.float64]:
        """Probability that each patch is real digging outside the rights.

        Parameters
        ----------
        features : pandas.DataFrame
            As `Ranking.features`; columns that are missing count as average.
        """
        return logistic(self.log_odds(features))

    def draws(self, count: int, seed: int = 0) -> NDArray[np.float64]:
        """Parameters drawn from their distribution, one row each; weights keep their signs."""
        random = np.random.default_rng(seed)
        spread = np.linalg.cholesky(self.covariance)
        drawn = self.parameters + random.standard_normal((count, len(self.parameters))) @ spread.T
        drawn = np.where(self.signs > 0, np.maximum(drawn, 0.0), drawn)
        held: NDArray[np.float64] = np.where(self.signs < 0, np.minimum(drawn, 0.0), drawn)
        return held

    @classmethod
    def fit(cls, table: Any, outcomes: Iterable[Any], **options: Any) -> RankingModel:
        """Learn from outcomes of inspections: see `overcut.ranking.fitting.fit`."""
        from overcut.ranking.fitting import fit

        return fit(table, outcomes, **options)

    def to_dict(self) -> dict[str, Any]:
        """Model as it stands in JSON."""
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "intercept": _rounded(self.intercept),
            "weights": [
                {
                    "name": each.name,
                    "mean": _rounded(each.mean),
                    "scale": _rounded(each.scale),
                    "weight": _rounded(each.weight),
                    "source": each.source,
                }
                for each in self.weights
            ],
            "covariance": [[_rounded(value) for value in row] for row in self.covariance.tolist()],
            "training": self.training,
        }

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write it as JSON; the file is whole or not there.

        Raises
        ------
        OutputError
            The file exists, or cannot be written.
        """
        content = json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)
        return publish(path, f"{content}\n".encode(), overwrite=overwrite)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RankingModel:
        """Read what `save` wrote.

        Raises
        ------
        FileReadError
            It cannot be read.
        ParameterError
            It is no model, or one of another format.
        """
        try:
            content = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise FileReadError(f"ranking model {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ParameterError(f"ranking model {path} is not JSON in UTF-8: {error}") from error
        return cls._parsed(content, str(path))

    @classmethod
    def _parsed(cls, content: str, where: str) -> RankingModel:
        try:
            found = json.loads(content)
        except json.JSONDecodeError as error:
            raise ParameterError(f"ranking model {where} is not JSON: {error}") from error
        kind = found.get("format") if isinstance(found, dict) else type(found).__name__
        if kind != FORMAT or found.get("format_version") != FORMAT_VERSION:
            raise ParameterError(
                f"{where} is {kind!r}, version {found.get('format_version') if isinstance(found, dict) else None}; "
                f"expected {FORMAT!r}, version {FORMAT_VERSION}, as RankingModel.save writes it"
            )
        try:
            weights = tuple(Weight(**each) for each in found["weights"])
            model = cls(
                float(found["intercept"]), weights, np.array(found["covariance"], dtype=np.float64), found["training"]
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, ParameterError):
                raise
            raise ParameterError(f"ranking model {where} is not complete: {error}") from error
        if not np.isfinite(model.parameters).all() or not np.isfinite(model.covariance).all():
            raise ParameterError(f"ranking model {where} has a number that is not finite")
        if min(np.linalg.eigvalsh(model.covariance), default=1.0) <= 0.0:
            raise ParameterError(f"ranking model {where}: its covariance is not positive definite")
        return model

    def with_training(self, **facts: Any) -> RankingModel:
        """Make the same model with further facts about where it comes from."""
        return replace(self, training={**self.training, **facts})


def logistic(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of log-odds.

    Examples
    --------
    >>> import numpy as np
    >>> logistic(np.array([0.0, np.log(3.0)])).tolist()
    [0.5, 0.75]
    """
    found: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -500.0, 500.0)))
    return found


@cache
def shipped_model() -> RankingModel:
    """Model that comes along; `training` says from which planted scenes it was learnt.

    Examples
    --------
    >>> shipped_model().training["origin"]
    'planted scenes'
    """
    name = "ranking_model.json"
    return RankingModel._parsed((files("overcut") / "data" / name).read_text(encoding="utf-8"), name)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
