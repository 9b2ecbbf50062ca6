"""The pixels behind a picture: registered surfaces, differences and classes, small enough to be drawn.

A record holds no rasters, so the pass is repeated once (`Assessment.to_cog`), into a temporary directory that goes with
the assessment; or the rasters that the pass wrote are read (`assess(…, rasters=…)`), which is much faster.
Squares of cells are made one; how large they are is part of the picture. No reported figure is computed from them.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from overcut import _overcut
from overcut.classes import CLASSES
from overcut.dem import open_surface
from overcut.exceptions import CrsError, OutputError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from overcut.assessment import Assessment
    from overcut.dem import Dem

    Values = NDArray[np.float32]
    Codes = NDArray[np.uint8]

__all__ = ["MOST_CELLS", "NO_CLASS", "Overview", "overview"]

Record = dict[str, Any]

MOST_CELLS = 1_000_000
"""Cells of a picture at most, about: more than a screen or a page of print shows."""

NO_CLASS = 255
OUTSIDE = 20
"""Code of cells outside every polygon in the class raster; their class is that of the patch in which they lie."""


@dataclass(frozen=True)
class Overview:
    """Pixels of an assessment.

    Attributes
    ----------
    step : int
        Cells of the assessment along a side of a pixel.
    west, north : float
        North-western corner.
    dx_m, dy_m : float
        Width and height of a pixel.
    cell_m : (float, float)
        Width and height of a cell of the assessment.
    heights_m : tuple of ndarray of float32 or None
        Of each survey, after registration; None where the surfaces are not at hand.
    dod_m : tuple of ndarray of float32
        Of each interval: later - earlier, as the assessment compared them.
    classes : tuple of ndarray of uint8
        Of each interval: position in `overcut.classes.CLASSES` where a patch lies, 255 elsewhere.
    """

    step: int
    west: float
    north: float
    dx_m: float
    dy_m: float
    cell_m: tuple[float, float]
    heights_m: tuple[Values | None, ...]
    dod_m: tuple[Values, ...]
    classes: tuple[Codes, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, cols = self.dod_m[0].shape
        return rows, cols

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """West, east, south, north: as matplotlib's `imshow` takes it."""
        rows, cols = self.shape
        return self.west, self.west + cols * self.dx_m, self.north - rows * self.dy_m, self.north


def overview(
    case: Assessment,
    *,
    most_cells: int = MOST_CELLS,
    rasters: str | os.PathLike[str] | None = None,
    surfaces: Iterable[Dem] | None = None,
) -> Overview:
    """Read the pixels of an assessment.

    Parameters
    ----------
    case : Assessment
        What is drawn.
    most_cells : int
        Pixels at most, about.
    rasters : str or os.PathLike, optional
        Directory with the rasters that `assess` or `to_cog` wrote; otherwise those that the assessment knows of, or
        else they are made once, in a temporary directory.
    surfaces : iterable of Dem, optional
        The surfaces, in the order of their dates, for an assessment that was read from a file.

    Raises
    ------
    OutputError
        The assessment was read from a file, and neither rasters nor surfaces are given.
    ParameterError
        They are not those of the assessment.
    """
    record = case._data
    if most_cells < 1:
        raise ParameterError(f"most_cells is {most_cells!r}; expected 1 or more")
    shape = record["grid"]["shape"]
    step = max(1, math.ceil(math.sqrt(shape["rows"] * shape["cols"] / most_cells)))
    dems = case._surfaces if surfaces is None else _checked(tuple(surfaces), record)
    if rasters is None and case.rasters and all(file.is_file() for file in case.rasters):
        rasters = case.rasters[0].parent
    return _read(record, Path(_made(case) if rasters is None else rasters), dems, step)


def _made(case: Assessment) -> str:
    """Directory with rasters that were made for pictures, once: that takes longer than the assessment."""
    if case._rerun is None:
        raise OutputError(
            "this assessment was read from a record, which holds no pixels; give rasters=… (the directory of its "
            "dod_*.tif and class_*.tif, as assess(…, rasters=…) or to_cog write them), "
            "and surfaces=[overcut.Dem(…), …] for the relief"
        )
    if case._kept is None:
        directory = tempfile.mkdtemp(prefix="overcut-")
        weakref.finalize(case, shutil.rmtree, directory, ignore_errors=True)
        case.to_cog(directory)
        case._kept = directory
    return case._kept


def _checked(dems: tuple[Dem, ...], record: Record) -> tuple[Dem, ...]:
    """Surfaces that are those of the record, as far as their digests tell."""
    stated = record["surfaces"]
    if len(dems) != len(stated):
        raise ParameterError(f"surfaces are {len(dems)}; the assessment has {len(stated)}")
    for dem, of_record in zip(dems, stated, strict=True):
        if dem.date.isoformat() != of_record["date"]:
            raise ParameterError(f"surface {dem.name} is of {dem.date}; the assessment has one of {of_record['date']}")
        if of_record["sha256"] is not None and dem.sha256 is not None and dem.sha256 != of_record["sha256"]:
            raise ParameterError(
                f"surface {dem.name} has SHA-256 {dem.sha256[:12]}…; that of the assessment was "
                f"{of_record['sha256'][:12]}…: it is another file"
            )
    return dems


def _read(record: Record, directory: Path, dems: tuple[Dem, ...], step: int) -> Overview:
    grid = record["grid"]
    pixels = _Pixels(record, step)
    names = [f"{each['from']}_{each['to']}" for each in record["intervals"]]
    dod_m = tuple(pixels.raster(directory / f"dod_{name}.tif", "mean") for name in names)
    codes = [pixels.raster(directory / f"class_{name}.tif", "commonest") for name in names]
    return Overview(
        step,
        grid["west"],
        grid["north"],
        pixels.dx_m,
        pixels.dy_m,
        (grid["dx"], grid["dy"]),
        _registered(record, dems, pixels, dod_m),
        dod_m,
        tuple(pixels.classes(code, interval) for interval, code in enumerate(codes)),
    )


@dataclass(frozen=True)
class _Pixels:
    """Reads what lies on the common grid."""

    record: Record
    step: int

    @property
    def dx_m(self) -> float:
        return float(self.record["grid"]["dx"] * self.step)

    @property
    def dy_m(self) -> float:
        return float(self.record["grid"]["dy"] * self.step)

    @property
    def grid(self) -> tuple[float, float, float, float, int, int]:
        grid = self.record["grid"]
        return grid["west"], grid["north"], grid["dx"], grid["dy"], grid["shape"]["rows"], grid["shape"]["cols"]

    def raster(self, path: Path, how: Literal["mean", "commonest"]) -> Values:
        if not path.is_file():
            raise ParameterError(f"{path} is missing; rasters=… is the directory in which assess or to_cog wrote it")
        surface = open_surface(os.fspath(path), date=None)
        if not np.allclose(surface.grid, self.grid, rtol=0.0, atol=1e-6 * self.grid[2]):
            raise ParameterError(f"{path} is on the grid {surface.grid}; that of the assessment is {self.grid}")
        return self.values(surface, how)

    def values(self, surface: _overcut.Surface, how: Literal["mean", "commonest"]) -> Values:
        return _overcut.overview(surface, self.grid, self.record["crs"]["wkt"], self.step, how)

    def classes(self, code: Values, interval: int) -> Codes:
        """Class of each pixel inside a patch, by its position in the order of tables."""
        import shapely

        known = np.nan_to_num(code, nan=float(NO_CLASS)).astype(np.uint8)
        words = [each.word for each in CLASSES]
        outside = {"unlicensed": words.index("unlicensed")}
        found = np.full(known.shape, NO_CLASS, dtype=np.uint8)
        for patch in self.record["patches"]:
            if patch["interval"] != interval:
                continue
            outline = shapely.geometry.shape(patch["outline"])
            place, x, y = self._around(outline.bounds, known.shape)
            # A pixel is drawn where its centre lies.
            inside = shapely.contains_xy(outline, *np.meshgrid(x, y))
            of_outside = outside.get(patch["attribution"], words.index("beyond_boundary"))
            licensed = (known[place] >= 1) & (known[place] <= len(words))
            of_patch = np.where(licensed, known[place] - 1, np.where(known[place] == OUTSIDE, of_outside, NO_CLASS))
            found[place] = np.where(inside, of_patch, found[place])
        return found

    def _around(
        self, bounds: tuple[float, float, float, float], shape: tuple[int, ...]
    ) -> tuple[tuple[slice, slice], Values, Values]:
        """Pixels of a rectangle, and the coordinates of their centres."""
        west, north = self.grid[:2]
        left, low, right, high = bounds
        cols = [int(np.clip((x - west) / self.dx_m, 0, shape[1])) for x in (left, right + self.dx_m)]
        rows = [int(np.clip((north - y) / self.dy_m, 0, shape[0])) for y in (high, low - self.dy_m)]
        x = west + (np.arange(*cols) + 0.5) * self.dx_m
        y = north - (np.arange(*rows) + 0.5) * self.dy_m
        return (slice(*rows), slice(*cols)), x, y


def _registered(
    record: Record, dems: tuple[Dem, ...], pixels: _Pixels, dod_m: tuple[Values, ...]
) -> tuple[Values | None, ...]:
    """Heights of each survey as they were compared.

    The difference of two registered surfaces is the raster of the pass. So surveys that registration left as they are,
    the reference among them, are read, and what was moved follows from its neighbour.
    """
    count = len(record["surfaces"])
    if not dems:
        return (None,) * count
    moved = _moved(record)
    found = [None if moved[at] else _as_it_is(dem, pixels) for at, dem in enumerate(dems)]
    for at in range(1, count):
        if found[at] is None:
            found[at] = _sum(found[at - 1], dod_m[at - 1], 1.0)
    for at in reversed(range(count - 1)):
        if found[at] is None:
            found[at] = _sum(found[at + 1], dod_m[at], -1.0)
    return tuple(found)


def _as_it_is(dem: Dem, pixels: _Pixels) -> Values | None:
    """Heights on the common grid; None of a survey that came from another geodetic datum."""
    try:
        return pixels.values(dem._surface, "mean")
    except CrsError:
        return None


def _moved(record: Record) -> list[bool]:
    """Whether registration did something to each survey."""
    reference = record["options"]["reference"]
    moved = [False] * len(record["surfaces"])
    for interval in record["intervals"]:
        registration = interval["accuracy"]["registration"]
        if registration is not None:
            later = interval["later"]
            at = later if later > reference else later - 1
            applied = registration["applied"]
            moved[at] = any(value != 0.0 for name, value in applied.items() if name.split("_")[0] in _PARAMETERS)
    return moved


_PARAMETERS = ("east", "north", "up", "tilt", "bend")


def _sum(heights_m: Values | None, dod_m: Values, sign: float) -> Values | None:
    return None if heights_m is None else heights_m + np.float32(sign) * dod_m
