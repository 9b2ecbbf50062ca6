"""What the record of an assessment says: tables, options, grid. For this neither surfaces nor files are needed."""

from __future__ import annotations

import copy
import datetime
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from overcut import tables
from overcut.accuracy import Accuracy
from overcut.exceptions import ParameterError
from overcut.series import Series
from overcut.summary import summarise
from overcut.summary_html import to_html
from overcut.summary_text import to_text

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from overcut import _overcut

__all__ = ["Grid", "Recorded"]


@dataclass(frozen=True)
class Grid:
    """The common grid: north-up, in metres.

    Attributes
    ----------
    west, north : float
        Its north-western corner.
    dx_m, dy_m : float
        Width and height of a cell.
    rows, cols : int
        Number of rows and columns.
    """

    west: float
    north: float
    dx_m: float
    dy_m: float
    rows: int
    cols: int

    @property
    def geotransform(self) -> tuple[float, float, float, float, float, float]:
        """In GDAL's order; `Affine.from_gdal(*grid.geotransform)` is rasterio's."""
        return (self.west, self.dx_m, 0.0, self.north, 0.0, -self.dy_m)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north edge."""
        return (self.west, self.north - self.dy_m * self.rows, self.west + self.dx_m * self.cols, self.north)


class Recorded:
    """A record as tables and values; `overcut.Assessment` is one that can be measured further, drawn and written."""

    def __init__(self, record: _overcut.Record) -> None:
        self._record = record

    @cached_property
    def _data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._record.to_json())
        return found

    @cached_property
    def _by_licence(self) -> GeoDataFrame:
        return tables.by_licence(self._data)

    @cached_property
    def _cut_patches(self) -> GeoDataFrame:
        return tables.patches(self._data, "cut")

    @cached_property
    def _fill_patches(self) -> GeoDataFrame:
        return tables.patches(self._data, "fill")

    @property
    def by_licence(self) -> GeoDataFrame:
        """Sums: one row per interval, licences, class and layer.

        Columns
        -------
        interval, from, to
            Position of the interval from 0, days of its two surveys.
        licence
            The licence; several joined by " + "; empty outside all.
        class, class_zh
            Where the ground stands (`overcut.classes`).
        layer
            Layer, where layers were given; missing outside them.
        conflict
            Whether several licences have a claim to the same ground.
        cut_measured_m3, fill_measured_m3
            Volumes in patches, measured without a threshold: the ones to use.
        cut_sigma_m3, cut_low_m3, cut_high_m3 and the same of fill
            Standard error of the measured volume, and its interval at the confidence of the assessment.
        cut_certain_m3, cut_m3, fill_certain_m3, fill_m3
            Volumes in cells beyond the level of detection, and in all cells.
        cut_measured_area_m2, fill_measured_area_m2
            Plan area in patches, estimated without a threshold.
        cut_area_m2, fill_area_m2
            Plan area of the certain cells with a piece in this row; a column cut by a level is in the rows of both
            its pieces.
        in_validity_min_m3, in_validity_max_m3
            Least and greatest part of `cut_measured_m3` that was dug while a licence was valid.
        cut_again_m3, backfill_m3
            Part of the measured cut that was fill put there earlier in the series; part of the measured fill that fills
            ground dug earlier (`series`).
        cut_measured_mass_t
            Tonnes of what was cut for the first time, where the layer states a density.
        geometry
            Ground of the licence(s).
        """
        return self._by_licence.copy()

    @property
    def patches(self) -> GeoDataFrame:
        """Excavated patches (图斑), one row each, with outline, attribution and the volume in each class."""
        return self._cut_patches.copy()

    @property
    def fills(self) -> GeoDataFrame:
        """Filled patches: dumps and backfill; columns as in `patches`."""
        return self._fill_patches.copy()

    @property
    def patch_classes(self) -> DataFrame:
        """Sums per patch, licences and class."""
        return tables.patch_classes(self._data)

    @property
    def contacts(self) -> DataFrame:
        """Licence boundaries that run through patches, with the length of each in metres."""
        return tables.contacts(self._data)

    @property
    def accuracy(self) -> tuple[Accuracy, ...]:
        """Registration, error model and thresholds of each interval."""
        return tuple(Accuracy(interval["accuracy"], self._data["grid"]) for interval in self._data["intervals"])

    @property
    def registration(self) -> DataFrame:
        """How the surveys of each interval were brought onto each other; more in `accuracy`."""
        return tables.registrations(self._data)

    @property
    def error_model(self) -> DataFrame:
        """Errors of a difference in each interval; more in `accuracy`."""
        return tables.error_models(self._data)

    @property
    def volume_errors(self) -> DataFrame:
        """Standard errors of measured volumes by where they come from, per interval, licences, class and change."""
        return tables.volume_errors(self._data)

    @property
    def covariance(self) -> DataFrame:
        """Covariance of the measured removed volumes of all rows, m⁶: neighbours share errors."""
        return tables.covariance(self._data)

    @property
    def series(self) -> Series:
        """All surveys together: intervals, first cut and cut again, workings, voids and backfill.

        Raises
        ------
        ParameterError
            There are only two surveys.
        """
        if self._data["series"] is None:
            raise ParameterError("two surveys make no series; give assess() three or more")
        return Series(self._data)

    @property
    def totals(self) -> DataFrame:
        """Volumes of each interval over the whole compared area; net = fill - cut."""
        return tables.totals(self._data)

    @property
    def intervals(self) -> DataFrame:
        """Surfaces, level of detection and compared area of each interval."""
        return tables.intervals(self._data)

    @property
    def licences(self) -> GeoDataFrame:
        """Licences as used: one row per part, in the CRS of the grid, with the validity in each interval."""
        return tables.licences(self._data)

    @property
    def surfaces(self) -> DataFrame:
        """Surfaces as used, in the order of their dates."""
        return tables.surfaces(self._data)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Whatever was taken for granted, in sentences."""
        return tuple(self._data["assumptions"])

    @property
    def conversions(self) -> tuple[dict[str, Any], ...]:
        """Transformations and height shifts that were applied, each with all its parameters and its source."""
        return tuple(copy.deepcopy(self._data.get("conversions", [])))

    @property
    def options(self) -> dict[str, Any]:
        """Every option that has a say in the figures, with its value."""
        return copy.deepcopy(self._data["options"])

    @property
    def digest(self) -> str:
        """SHA-256 over every figure: equal for any tiling and any number of threads."""
        return str(self._data["digest"])

    @property
    def version(self) -> str:
        """Version of the program that made it."""
        return str(self._data["overcut_version"])

    @property
    def grid(self) -> Grid:
        """The common grid."""
        grid = self._data["grid"]
        return Grid(grid["west"], grid["north"], grid["dx"], grid["dy"], grid["shape"]["rows"], grid["shape"]["cols"])

    @property
    def crs(self) -> str | None:
        """Code of the CRS of the grid, else its WKT."""
        return tables.crs_of(self._data)

    @property
    def dates(self) -> tuple[datetime.date, ...]:
        """Days of the surveys."""
        return tuple(datetime.date.fromisoformat(surface["date"]) for surface in self._data["surfaces"])

    def to_dict(self) -> dict[str, Any]:
        """Whole record as it stands in JSON."""
        return copy.deepcopy(self._data)

    def __repr__(self) -> str:
        return to_text(summarise(self._data))

    def _repr_html_(self) -> str:
        return to_html(summarise(self._data))

    def __eq__(self, other: object) -> bool:
        return self._data == other._data if isinstance(other, Recorded) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)
