"""Dated surfaces."""

from __future__ import annotations

import copy
import datetime
import html
import os
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.exceptions import ParameterError
from overcut.height_shift import shifts_of
from overcut.heights import from_array, from_data_array, is_data_array
from overcut.provenance import remembers
from overcut.stated import crs_text, iso_day, number, path_text, positive_integer

if TYPE_CHECKING:
    from overcut.reconstructing import Reconstruction
    from overcut.surfaces import PointQuality

__all__ = ["Dem", "open_surface"]


class Dem:
    """Terrain surface: elevations on a grid, with the day of the survey.

    Parameters
    ----------
    source : str, os.PathLike, numpy.ndarray or xarray.DataArray
        A raster that GDAL reads (`/vsi…` names too); it is opened now and read during `assess`. Or heights in metres,
        shape (rows, columns), row 0 in the north if the transform says so; they are copied now, so that what is done to
        the array later changes nothing. float32 and float64 are taken as they are, other numbers become the narrower of
        the two that holds them exactly.
    date : str or datetime.date
        Day of the survey; text as 2021-05-01.
    sigma_m : float, optional
        Standard deviation of one height, metres. Needed unless `assess` is given `lod_m`.
    vertical_datum : str, optional
        What heights are counted from: "1985", "1956", "ellipsoidal", "egm96", "egm2008", or a name of your own,
        equal only to itself. Taken from the file where it states one. Ellipsoidal heights are those above the ellipsoid
        of the CRS.
    height_shift : HeightShift or iterable of them, optional
        To another vertical datum, while the heights are read; several follow each other.
    crs : str, int or object of pyproj or rasterio, optional
        In place of the source's own, or where it has none.
    transform : affine.Affine or tuple of 6 floats, optional
        Place of an array: an `Affine`, or six numbers in its order or in GDAL's. Not with files.
    nodata : float, optional
        Height that stands for none, in place of the source's own; NaN always does.
    band : int, optional
        Which band, from 1. Needed where there are several.
    name : str, optional
        Name in messages and results; otherwise the path as given, or "surface of 2021-05-01".

    Raises
    ------
    RasterReadError
        The file is missing, not a raster, or has several bands and none is chosen.
    CrsError
        No CRS, or a geographic one, whose cells have no area in m².
    GridMismatchError
        The grid is turned.
    DateError
        The date is missing or cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> import overcut as oc
    >>> oc.Dem(np.full((30, 40), 100.0), date="2021-05-01", transform=(1, 0, 500000, 0, -1, 3941000), crs="EPSG:4546")
    <Dem surface of 2021-05-01: 2021-05-01, 30 x 40 cells of 1 x 1 m, EPSG:4546>
    """

    @remembers
    def __init__(
        self,
        source: Any,
        *,
        date: str | datetime.date,
        sigma_m: float | None = None,
        vertical_datum: str | None = None,
        height_shift: Any = None,
        crs: Any = None,
        transform: Any = None,
        nodata: float | None = None,
        band: int | None = None,
        name: str | None = None,
    ) -> None:
        what = f"date of {name or _described(source)}"
        self._date = datetime.date.fromisoformat(iso_day(date, what))
        self._quality: PointQuality | None = None
        self._reconstruction: Reconstruction | None = None
        self._sigma_m = None if sigma_m is None else number(sigma_m, "sigma_m", least=0, unit="metres")
        self._surface = open_surface(
            source,
            date=self._date.isoformat(),
            sigma_m=self._sigma_m,
            vertical_datum=vertical_datum,
            crs=crs,
            transform=transform,
            nodata=nodata,
            band=band,
            name=name,
        )
        for shift in shifts_of(height_shift):
            self._surface = self._surface.shifted(shift._record)

    def _assumed(self, vertical_datum: str, height_shift: Any = None) -> Dem:
        """Copy whose heights are of a datum if they state none, and then shifted."""
        assumed = copy.copy(self)
        if self.vertical_datum is None:
            assumed._surface = self._surface.declared(vertical_datum)
            for shift in shifts_of(height_shift):
                assumed._surface = assumed._surface.shifted(shift._record)
        return assumed

    @property
    def name(self) -> str:
        """Name in messages and results."""
        return self._surface.name

    @property
    def date(self) -> datetime.date:
        """Day of the survey."""
        return self._date

    @property
    def sigma_m(self) -> float | None:
        """Standard deviation of one height, metres, if stated."""
        return self._sigma_m

    @property
    def vertical_datum(self) -> str | None:
        """What heights are counted from, after `height_shift`; None if it is not declared."""
        return self._surface.vertical_datum

    @property
    def conversions(self) -> tuple[str, ...]:
        """What is done to the heights while they are read, in sentences."""
        return tuple(self._surface.conversions)

    @property
    def crs(self) -> str | None:
        """Code of the CRS, else its WKT."""
        return self._surface.crs

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        *_, rows, cols = self._surface.grid
        return rows, cols

    @property
    def cell_m(self) -> tuple[float, float]:
        """Width and height of a cell, metres."""
        _, _, dx, dy, _, _ = self._surface.grid
        return dx, dy

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north edge, metres."""
        west, north, dx, dy, rows, cols = self._surface.grid
        return west, north - dy * rows, west + dx * cols, north

    @property
    def quality(self) -> PointQuality | None:
        """What is known of a surface made from points (`surface_from_points`)."""
        return self._quality

    @property
    def reconstruction(self) -> Reconstruction | None:
        """What was made anew in the surface, and its error (`reconstruct_surface`)."""
        return self._reconstruction

    @property
    def sha256(self) -> str | None:
        """SHA-256 of the file's bytes, if it is a plain file and was taken."""
        return self._surface.sha256

    def _facts(self) -> list[tuple[str, str]]:
        (rows, cols), (dx, dy) = self.shape, self.cell_m
        crs = self.crs or "no CRS"
        facts = [
            ("date", self.date.isoformat()),
            ("grid", f"{rows} x {cols} cells of {dx:g} x {dy:g} m"),
            ("CRS", crs if len(crs) < 40 else f"{crs[:36]}…"),  # noqa: PLR2004
        ]
        if self.vertical_datum is not None:
            facts.append(("vertical datum", self.vertical_datum))
        if self.sigma_m is not None:
            facts.append(("sigma", f"{self.sigma_m:g} m"))
        return facts

    def __repr__(self) -> str:
        shown = [f"sigma {text}" if label == "sigma" else text for label, text in self._facts()]
        return f"<Dem {self.name}: {', '.join(shown)}>"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(v)}</td></tr>" for k, v in self._facts())
        return f"<table><caption>{html.escape(self.name)}</caption>{rows}</table>"


def open_surface(
    source: Any,
    *,
    date: str | None,
    sigma_m: float | None = None,
    vertical_datum: str | None = None,
    crs: Any = None,
    transform: Any = None,
    nodata: float | None = None,
    band: int | None = None,
    name: str | None = None,
) -> _overcut.Surface:
    """Surface of a file or of heights in memory; one without a date may only bound a layer."""
    if band is not None:
        band = positive_integer(band, "band")
    # NaN stands for no height in any case.
    nodata = None if nodata is None or nodata != nodata else number(nodata, "nodata")  # noqa: PLR0124
    stated = {
        "name": name,
        "date": date,
        "sigma_m": sigma_m,
        "vertical_datum": vertical_datum,
        "crs": crs_text(crs),
        "nodata": nodata,
        "band": band,
    }
    if isinstance(source, (str, bytes, os.PathLike)):
        if transform is not None:
            raise ParameterError("transform goes with arrays; a raster file brings its own")
        return _overcut.open_raster(path_text(source, "surface"), stated)
    if is_data_array(source):
        if transform is not None:
            raise ParameterError("transform goes with plain arrays; a DataArray brings its own coordinates")
        located = from_data_array(source, crs=crs, nodata=nodata, band=band)
        name = name or (str(source.name) if source.name else None)
    elif hasattr(source, "__array__"):
        located = from_array(source, transform, crs=crs, nodata=nodata, band=band)
    else:
        raise ParameterError(
            f"a surface is made from a path, a two-dimensional array or a DataArray, not from a {type(source).__name__}"
        )
    in_memory = {
        **stated,
        "name": name or (f"surface of {date}" if date else "surface in memory"),
        "crs": crs_text(located.crs),
        "nodata": located.nodata,
        "band": None,
    }
    return _overcut.array_surface(located.heights, located.geotransform, in_memory)


def _described(source: Any) -> str:
    return os.fsdecode(source) if isinstance(source, (str, bytes, os.PathLike)) else "the surface"
