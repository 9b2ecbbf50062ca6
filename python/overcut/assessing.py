"""The main job: dated surfaces and licences in, an assessment out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from overcut import _overcut
from overcut.assessment import Assessment
from overcut.dem import Dem
from overcut.directories import results_in
from overcut.exceptions import ParameterError
from overcut.layer import Layer, is_same_contact
from overcut.licence_reading import read_licences
from overcut.progress import reporting
from overcut.provenance import provenance_of
from overcut.stable import Crossing, stable_crossing
from overcut.stated import number, path_text, positive_integer
from overcut.transformation import transformations_crossing

if TYPE_CHECKING:
    from pathlib import Path

    from overcut.bound_effects import Bound
    from overcut.licences import Licences

__all__ = ["Method", "assess", "crossing_options", "dated_surfaces"]

Method = Literal["robust_least_squares", "nuth_kaab", "vertical_only", "quadratic"]


def assess(
    surfaces: Iterable[Dem],
    licences: Any,
    *,
    layers: Iterable[Layer] | None = None,
    confidence: float = 0.95,
    lod_m: float | None = None,
    connectivity: Literal[4, 8] = 8,
    min_area_m2: float = 25.0,
    min_depth_m: float = 0.0,
    elevation: Literal["tested", "plan_only"] = "tested",
    register: bool | Method = True,
    reference: int = 0,
    stable_ground: Any = None,
    estimate_errors: bool = True,
    false_alarm: float = 0.05,
    corner_sigma_m: float = 0.0,
    vertical_datum: str | None = None,
    transformation: Any = None,
    grid: Literal["first", "last", "finest"] | int = "first",
    threads: int | None = None,
    block_shape: int | tuple[int, int] | None = None,
    rasters: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    progress: bool | Callable[[int, int], object] = False,
) -> Assessment:
    """Assess what was dug between dated surfaces against licences.

    Parameters
    ----------
    surfaces : iterable of Dem
        At least two, in the order of their dates.
    licences : Licences, str, os.PathLike, geopandas.GeoDataFrame, object with __geo_interface__, or iterable of Licence
        As in `read_licences`; may be an empty list.
    layers : iterable of Layer, optional
        Seams and ore bodies, from the top down. Where two overlap, the first counts.
    confidence : float
        Two-sided confidence of intervals and of the level of detection (0.95: Lane, Westaway & Hicks 2003).
    lod_m : float, optional
        Level of detection for every interval, metres: patches are then the cells beyond it, whatever the errors.
    connectivity : {8, 4}
        Whether cells that share a corner belong to one patch, or only those that share a side.
    min_area_m2, min_depth_m : float
        Smallest patch: plan area beyond the weak threshold, and greatest depth.
    elevation : {"tested", "plan_only"}
        Whether elevation bands are tested. That needs one declared vertical datum for all surfaces and bands.
    register : bool or {"robust_least_squares", "nuth_kaab", "vertical_only", "quadratic"}
        Whether, and how, surveys are first brought onto each other on stable ground. A shift that is not significant,
        or that the ground cannot tell, is not applied; `case.accuracy` says what was found and done.
    reference : int
        Position of the surface that stays where it is.
    stable_ground : overcut.Dem, numpy.ndarray, path, GeoDataFrame or geometries, optional
        Where the ground did not change: a surface or an array on the grid of the first surface, stable where it is not
        0; or polygons. Otherwise it is sought outside licences and outside what changed.
    estimate_errors : bool
        Whether errors are estimated on stable ground. If not, or where there is too little of it, they are taken from
        the surfaces' `sigma_m`.
    false_alarm : float
        Probability that an interval without any change has a patch.
    corner_sigma_m : float
        Standard deviation of each coordinate of a licence's corners, metres.
    vertical_datum : str, optional
        For surfaces and licences that state none; listed among the assumptions.
    transformation : Transformation or iterable of them, optional
        Between geodetic datums for which no operation is known, of licences or surfaces; used where it fits.
    grid : {"first", "last", "finest"} or int
        Surface that sets the common grid; the others are resampled onto it where they differ.
    threads : int, optional
        Otherwise one per core. Results do not depend on it.
    block_shape : int or (rows, cols), optional
        Cells worked on at a time; otherwise as the surfaces are stored. Results do not depend on it.
    rasters : str or os.PathLike, optional
        Directory for cloud-optimised GeoTIFFs of difference, class and standing, written in the same pass.
    overwrite : bool
        Whether rasters that exist may be replaced.
    progress : bool or callable
        True for a bar; a callable is called with the cells done and all cells, about ten times a second. What it raises
        stops the work and is passed on, as Ctrl-C is.

    Returns
    -------
    Assessment

    Raises
    ------
    OvercutError
        Of the kinds in `overcut.exceptions`; nothing is written then.

    Examples
    --------
    A pit of 10 m x 10 m, 2 m deep, half of it inside a licence:

    >>> import numpy as np
    >>> import overcut as oc
    >>> before = np.full((40, 40), 100.0)
    >>> after = before.copy()
    >>> after[10:20, 10:20] -= 2.0
    >>> place = {"transform": (500000, 1, 0, 3940040, 0, -1), "crs": "EPSG:4546", "sigma_m": 0.05}
    >>> west = [(500000, 3940000), (500015, 3940000), (500015, 3940040), (500000, 3940040)]
    >>> case = oc.assess(
    ...     [oc.Dem(before, date="2021-05-01", **place), oc.Dem(after, date="2024-05-20", **place)],
    ...     [oc.Licence("C14", west, floor_m=50, ceiling_m=150)],
    ...     vertical_datum="1985",
    ... )
    >>> case.by_licence[["licence", "class", "cut_measured_m3"]].to_dict("records")
    [{'licence': 'C14', 'class': 'within', 'cut_measured_m3': 100.0},
     {'licence': 'C14', 'class': 'beyond_boundary', 'cut_measured_m3': 100.0}]
    """
    arguments = dict(locals())
    options = crossing_options(
        confidence=confidence,
        lod_m=lod_m,
        connectivity=connectivity,
        min_area_m2=min_area_m2,
        min_depth_m=min_depth_m,
        elevation=elevation,
        register=register,
        reference=reference,
        estimate_errors=estimate_errors,
        false_alarm=false_alarm,
        corner_sigma_m=corner_sigma_m,
        vertical_datum=vertical_datum,
        transformation=transformation,
        grid=grid,
        threads=threads,
        block_shape=block_shape,
    )
    dems = dated_surfaces(surfaces)
    if estimate_errors:
        _not_made(dems)
    inputs = _Inputs(dems, read_licences(licences), _layers(layers), stable_crossing(stable_ground, dems), options)
    directory = None if rasters is None else path_text(rasters, "rasters")
    record, files = inputs.run(directory, overwrite, progress)
    found = json.loads(record.to_json())
    provenance = provenance_of(
        found,
        surfaces=dems,
        licences=inputs.licences,
        layers=inputs.layers,
        stable_ground=stable_ground,
        arguments=arguments,
    )
    kept = record.with_provenance(json.dumps(provenance))
    return Assessment(kept, inputs.run, files, inputs.surfaces, inputs.layers, rows_with=inputs.rows_with)


@dataclass(frozen=True)
class _Inputs:
    """Everything that an assessment starts from, kept so that its rasters can be made later."""

    surfaces: tuple[Dem, ...]
    licences: Licences
    layers: tuple[Layer, ...]
    stable: Crossing
    options: dict[str, Any]

    def run(self, rasters: str | None, overwrite: bool, progress: Any) -> tuple[_overcut.Record, list[Path]]:
        return self._run([layer._crossing() for layer in self.layers], rasters, overwrite, progress)

    def rows_with(self, layer: str, bound: Bound, metres: float) -> list[dict[str, Any]]:
        """Rows of the same job with the roof or floor of a layer raised, and what is the same contact with it."""
        contacts = [contact for each in self.layers if each.name == layer for contact in each._contacts(bound)]

        def of_own(_: Any, which: Bound) -> float:
            return metres if which == bound else 0.0

        def of_others(value: Any, _: Bound) -> float:
            return metres if any(is_same_contact(value, contact) for contact in contacts) else 0.0

        crossing = [each._crossing(of_own if each.name == layer else of_others) for each in self.layers]
        record, _ = self._run(crossing, None, False, False)
        rows: list[dict[str, Any]] = json.loads(record.to_json())["rows"]
        return rows

    def _run(
        self, layers: list[dict[str, Any]], rasters: str | None, overwrite: bool, progress: Any
    ) -> tuple[_overcut.Record, list[Path]]:
        options = {**self.options, "rasters": rasters, "overwrite": bool(overwrite)}
        with ExitStack() as stack:
            if rasters is not None:
                stack.enter_context(results_in(rasters))
            return _overcut.assess(
                [surface._surface for surface in self.surfaces],
                self.licences._table,
                layers,
                self.stable,
                options,
                stack.enter_context(reporting(progress)),
            )


def crossing_options(
    *,
    confidence: float = 0.95,
    lod_m: float | None = None,
    connectivity: int = 8,
    min_area_m2: float = 25.0,
    min_depth_m: float = 0.0,
    elevation: str = "tested",
    register: bool | str = True,
    reference: int = 0,
    estimate_errors: bool = True,
    false_alarm: float = 0.05,
    corner_sigma_m: float = 0.0,
    vertical_datum: str | None = None,
    transformation: Any = None,
    grid: Any = "first",
    threads: int | None = None,
    block_shape: Any = None,
) -> dict[str, Any]:
    """Check options, and put them into the form in which they cross to the extension."""
    method = ("robust_least_squares" if register else None) if isinstance(register, bool) else str(register)
    if isinstance(reference, bool) or not isinstance(reference, int) or reference < 0:
        raise ParameterError(f"reference is {reference!r}; expected the position of a surface, from 0")
    return {
        "confidence": number(confidence, "confidence"),
        "lod_m": None if lod_m is None else number(lod_m, "lod_m", least=0, unit="metres"),
        "connectivity": positive_integer(connectivity, "connectivity"),
        "min_area_m2": number(min_area_m2, "min_area_m2", least=0, unit="m²"),
        "min_depth_m": number(min_depth_m, "min_depth_m", least=0, unit="metres"),
        "elevation": str(elevation),
        "register": method,
        "reference": reference,
        "estimate_errors": bool(estimate_errors),
        "false_alarm": number(false_alarm, "false_alarm"),
        "corner_sigma_m": number(corner_sigma_m, "corner_sigma_m", least=0, unit="metres"),
        "vertical_datum": vertical_datum,
        "transformations": transformations_crossing(transformation),
        "grid": _grid(grid),
        "threads": None if threads is None else positive_integer(threads, "threads"),
        "block_shape": _block_shape(block_shape),
    }


def dated_surfaces(surfaces: Any) -> tuple[Dem, ...]:
    """Check that surfaces are what they should be."""
    if isinstance(surfaces, Dem):
        surfaces = [surfaces]
    if isinstance(surfaces, (str, bytes, os.PathLike)) or not isinstance(surfaces, Iterable):
        raise ParameterError(f"surfaces are a {type(surfaces).__name__}; expected a list of overcut.Dem")
    found = tuple(surfaces)
    for position, surface in enumerate(found):
        if not isinstance(surface, Dem):
            kind = type(surface).__name__
            raise ParameterError(
                f"surfaces[{position}] is a {kind}; make it a dated surface: overcut.Dem(…, date='2021-05-01')"
            )
    return found


def _not_made(surfaces: tuple[Dem, ...]) -> None:
    """Refuse to estimate errors where both surfaces are one survey: nothing differs outside the made patches."""
    for surface in surfaces:
        if surface.reconstruction is not None:
            raise ParameterError(
                f"surface {surface.name} was reconstructed from a survey and equals it outside its patches, so errors "
                "found on stable ground would be nothing; give estimate_errors=False and register=False: its sigma_m "
                "carries the error of the made ground"
            )


def _layers(layers: Iterable[Layer] | None) -> tuple[Layer, ...]:
    found = () if layers is None else (layers,) if isinstance(layers, Layer) else tuple(layers)
    for position, layer in enumerate(found):
        if not isinstance(layer, Layer):
            raise ParameterError(f"layers[{position}] is a {type(layer).__name__}; expected overcut.Layer")
    return found


def _grid(grid: Any) -> str | int:
    if isinstance(grid, str):
        return grid
    if isinstance(grid, int) and not isinstance(grid, bool) and grid >= 0:
        return grid
    raise ParameterError(f"grid is {grid!r}; expected 'first', 'last', 'finest' or the position of a surface from 0")


def _block_shape(shape: Any) -> tuple[int, int] | None:
    if shape is None:
        return None
    pair = shape if isinstance(shape, Sequence) and not isinstance(shape, str) else (shape, shape)
    if len(pair) != 2:  # noqa: PLR2004
        raise ParameterError(f"block_shape is {shape!r}; expected a number of cells or (rows, columns)")
    return positive_integer(pair[0], "rows of block_shape"), positive_integer(pair[1], "columns of block_shape")
