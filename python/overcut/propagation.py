"""Errors of quantities that are computed from inputs with errors: to the first order, and by Monte Carlo.

A model is a function of a vector of inputs that only adds, multiplies and divides. So its derivatives come from a
complex step, `f(x + ih) = f(x) + ih f'(x)`, exactly to rounding (Squire & Trapp 1998, SIAM Review 40, 110-112), and
many draws are computed at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Inputs", "Model", "draws", "jacobian", "variances"]

Array = NDArray[Any]
Model = Callable[[Array], dict[str, Array]]
"""From inputs, the last axis of an array, to quantities by name: numbers, or with quantities along the last axis."""

_STEP = 1e-20


@dataclass(frozen=True)
class Inputs:
    """Inputs of a model.

    Attributes
    ----------
    values : ndarray
        Their values.
    covariance : ndarray
        Their covariance matrix.
    sources : list of (str, str)
        What each is and of what: the name of a property, and that of a layer.
    """

    values: Array
    covariance: Array
    sources: list[tuple[str, str]]


def jacobian(model: Model, values: Array) -> dict[str, Array]:
    """Differentiate every quantity: axes quantity, input.

    Examples
    --------
    >>> jacobian(lambda x: {"mass": (x[..., :1] * x[..., 1:])}, np.array([10.0, 2.5]))["mass"].tolist()
    [[2.5, 10.0]]
    """
    stepped = values + 1j * _STEP * np.eye(values.size)
    return {name: found.imag.reshape(values.size, -1).T / _STEP for name, found in model(stepped).items()}


def variances(derivatives: Array, inputs: Inputs) -> tuple[Array, list[tuple[tuple[str, str], Array]]]:
    """Variance of each quantity, and what each source adds to it; inputs with one source go together.

    Parameters
    ----------
    derivatives : ndarray
        Axes quantity, input.
    inputs : Inputs
        Values with covariance; inputs of different sources are independent.

    Returns
    -------
    variances : ndarray
    by_source : list of (source, ndarray)
        In the order in which sources first occur.
    """
    by_source = []
    for source in dict.fromkeys(inputs.sources):
        chosen = [at for at, each in enumerate(inputs.sources) if each == source]
        part = derivatives[:, chosen]
        covariance = inputs.covariance[np.ix_(chosen, chosen)]
        by_source.append((source, np.einsum("qi,ij,qj->q", part, covariance, part)))
    total = np.sum([part for _, part in by_source], axis=0) if by_source else np.zeros(len(derivatives))
    return total, by_source


def draws(inputs: Inputs, number: int, seed: int) -> Array:
    """Draw inputs from the normal distribution with their covariance: axes draw, input."""
    random = np.random.default_rng(seed)
    # Rounding may leave the smallest eigenvalues a hair below 0.
    found, vectors = np.linalg.eigh(inputs.covariance)
    spread = vectors * np.sqrt(np.maximum(found, 0.0))
    drawn: Array = inputs.values + random.standard_normal((number, inputs.values.size)) @ spread.T
    return drawn
