"""Registration and error model alone, without an assessment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.accuracy import Accuracy, ErrorModel, Registration
from overcut.assessing import crossing_options, dated_surfaces
from overcut.exceptions import OvercutError, ParameterError
from overcut.licence_reading import read_licences
from overcut.progress import reporting
from overcut.stable import stable_crossing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overcut.assessing import Method
    from overcut.dem import Dem

__all__ = ["error_model", "register"]


def register(
    surfaces: Iterable[Dem],
    licences: Any = (),
    *,
    method: Method = "robust_least_squares",
    stable_ground: Any = None,
    threads: int | None = None,
) -> Registration:
    """Find how the second of two surveys lies on the first, from stable ground.

    Only a few per cent of the blocks of large surfaces are read.

    Parameters
    ----------
    surfaces : iterable of Dem
        Two, in the order of their dates. The first stays where it is.
    licences : optional
        As in `assess`; ground inside them is not taken for stable.
    method : {"robust_least_squares", "nuth_kaab", "vertical_only", "quadratic"}
        Joint fit of shift, height and tilt with Tukey's weights (after Rosenholm & Torlegård 1988); the cosine of Nuth
        & Kääb (2011); height alone; or the joint fit with a quadratic surface.
    stable_ground : optional
        As in `assess`.
    threads : int, optional
        Otherwise one per core. Results do not depend on it.

    Returns
    -------
    Registration

    Raises
    ------
    OvercutError
        Of the kinds in `overcut.exceptions`. Ground that is too flat, or too little, is no error: see
        `Registration.outcome`.
    """
    found = _accuracy(
        surfaces, licences, stable_ground, {"register": method, "estimate_errors": False, "threads": threads}
    )
    registration = found.registration
    if registration is None:
        raise OvercutError("no registration was made")
    return registration


def error_model(
    surfaces: Iterable[Dem],
    licences: Any = (),
    *,
    method: Method | bool = "robust_least_squares",
    stable_ground: Any = None,
    threads: int | None = None,
) -> ErrorModel:
    """Model the errors of the difference of two surveys, from stable ground.

    Parameters are those of `register`; with `method=False` the surveys are compared as they lie.

    Returns
    -------
    ErrorModel

    Raises
    ------
    OvercutError
        Of the kinds in `overcut.exceptions`; also where there is too little stable ground.
    """
    registering = {"register": "robust_least_squares" if method is True else method or None, "threads": threads}
    notes: list[str] = []
    found = _accuracy(surfaces, licences, stable_ground, registering, notes)
    if found.source != "estimated" or found.error_model is None:
        why = "; ".join(note for note in notes if note.startswith("errors of"))
        raise ParameterError(why or "errors cannot be estimated")
    return found.error_model


def _accuracy(
    surfaces: Iterable[Dem],
    licences: Any,
    stable_ground: Any,
    stated: dict[str, Any],
    notes: list[str] | None = None,
) -> Accuracy:
    dems = dated_surfaces(surfaces)
    if len(dems) != 2:  # noqa: PLR2004
        raise ParameterError(f"{len(dems)} surfaces given; expected two")
    # A level of detection is not needed, and its absence no error here.
    options = {**crossing_options(), **stated, "lod_m": 0.0, "rasters": None, "overwrite": False}
    licences = [] if isinstance(licences, tuple) and not licences else licences
    with reporting(False) as progress:
        text, sentences = _overcut.accuracy(
            [surface._surface for surface in dems],
            read_licences(licences)._table,
            stable_crossing(stable_ground, dems),
            options,
            progress,
        )
    if notes is not None:
        notes.extend(sentences)
    west, north, dx, dy, rows, cols = dems[0]._surface.grid
    grid = {"west": west, "north": north, "dx": dx, "dy": dy, "shape": {"rows": rows, "cols": cols}}
    return Accuracy(json.loads(text)[0], grid)
