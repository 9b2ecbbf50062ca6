"""Heights in memory: arrays, masked arrays and xarray's DataArrays, with the place where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.exceptions import GridMismatchError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Located", "from_array", "from_data_array", "geotransform_of", "is_data_array"]

GeoTransform = tuple[float, float, float, float, float, float]

# Coordinates of a DataArray are even if none is off by more than this share of a cell; those written by GDAL as decimal
# text are off by about 1e-9.
_EVEN = 1e-6


@dataclass(frozen=True)
class Located:
    """Heights with their place.

    Attributes
    ----------
    heights : ndarray of float32 or float64, shape (rows, cols), metres
    geotransform : tuple of 6 floats
        In GDAL's order.
    crs : object or None
        Whatever names the CRS.
    nodata : float or None
        Height that stands for none; NaN always does.
    """

    heights: NDArray[np.floating[Any]]
    geotransform: GeoTransform
    crs: Any = None
    nodata: float | None = None


def geotransform_of(transform: Any) -> GeoTransform:
    """Geotransform in GDAL's order from an `Affine`, or from six numbers in either order.

    A grid that is not turned has zeros at places 2 and 4 in GDAL's order (x of the corner, cell width, 0, y of the
    corner, 0, -cell height) and at places 1 and 3 in that of `Affine`, so the two cannot be confused; turned grids are
    refused anyway.

    Examples
    --------
    >>> geotransform_of((500000, 1, 0, 3941000, 0, -1))
    (500000.0, 1.0, 0.0, 3941000.0, 0.0, -1.0)
    >>> geotransform_of((1, 0, 500000, 0, -1, 3941000))
    (500000.0, 1.0, 0.0, 3941000.0, 0.0, -1.0)
    """
    if all(hasattr(transform, name) for name in "abcdef"):
        x, width, x_skew, y, y_skew, height = (getattr(transform, name) for name in "cabfde")
        if x_skew or y_skew:
            raise GridMismatchError(
                f"transform is turned by {x_skew}, {y_skew}; resample the grid to lie north-up first"
            )
        return (float(x), float(width), 0.0, float(y), 0.0, float(height))
    try:
        six = tuple(float(value) for value in transform)
    except (TypeError, ValueError):
        six = ()
    if len(six) != 6:  # noqa: PLR2004
        raise ParameterError(f"transform is {transform!r}; expected an Affine or six numbers")
    if six[2] == 0.0 and six[4] == 0.0 and six[1] != 0.0:
        return six
    if six[1] == 0.0 and six[3] == 0.0 and six[0] != 0.0:
        return (six[2], six[0], 0.0, six[5], 0.0, six[4])
    raise GridMismatchError(
        f"transform {transform!r} is turned or has no cell size; resample the grid to lie north-up first"
    )


def from_array(array: Any, transform: Any, *, crs: Any, nodata: float | None, band: int | None) -> Located:
    """Heights of a numpy array, masked or not, of any kind of number."""
    if transform is None:
        raise ParameterError("heights in an array need their place; give `transform` (an Affine) and `crs`")
    if isinstance(array, np.ma.MaskedArray):
        kind = np.result_type(array.dtype, np.float32)
        array = np.ma.filled(array.astype(kind), np.nan)
    heights = _two_dimensional(np.asarray(array), band)
    return Located(_as_float(heights), geotransform_of(transform), crs, nodata)


def is_data_array(value: Any) -> bool:
    """Whether a value is an `xarray.DataArray`, without importing xarray."""
    return any(
        base.__name__ == "DataArray" and base.__module__.partition(".")[0] == "xarray" for base in type(value).__mro__
    )


def from_data_array(array: Any, *, crs: Any, nodata: float | None, band: int | None) -> Located:
    """Heights of a DataArray as rioxarray opens and writes them.

    The place comes from the coordinates (slicing keeps them right, unlike the attribute `GeoTransform`), the CRS from
    the grid mapping, the nodata value from `_FillValue`.
    """
    x_name, y_name = (_dimension(array, names) for names in (("x", "easting", "X"), ("y", "northing", "Y")))
    others = [name for name in array.dims if name not in (x_name, y_name)]
    if len(others) > 1:
        raise ParameterError(f"the DataArray has dimensions {tuple(array.dims)}; choose one surface of it")
    values = array.transpose(*others, y_name, x_name)
    scale, offset = array.attrs.get("scale_factor", 1.0), array.attrs.get("add_offset", 0.0)
    if scale != 1.0 or offset != 0.0:
        raise ParameterError(
            f"the DataArray holds stored numbers, to be scaled by {scale} and moved by {offset}; "
            "open it with mask_and_scale=True"
        )
    mapping = _grid_mapping(array)
    given = mapping.get("GeoTransform")
    x, dx = _even(array[x_name].values, "x")
    y, dy = _even(array[y_name].values, "y")
    geotransform = (x - dx / 2, dx, 0.0, y - dy / 2, 0.0, dy)
    if given is not None:
        geotransform = _exact(geotransform, [float(value) for value in str(given).split()], array.shape)
    if crs is None:
        crs = mapping.get("crs_wkt") or mapping.get("spatial_ref") or array.attrs.get("crs")
    if nodata is None:
        found = next(
            (array.attrs[name] for name in ("_FillValue", "missing_value", "nodata") if name in array.attrs), None
        )
        nodata = None if found is None else float(found)
    return Located(_as_float(_two_dimensional(np.asarray(values.values), band)), geotransform, crs, nodata)


def _two_dimensional(heights: NDArray[Any], band: int | None) -> NDArray[Any]:
    if heights.ndim == 3:  # noqa: PLR2004
        if band is None and heights.shape[0] != 1:
            raise ParameterError(f"the array has {heights.shape[0]} bands; choose one with band=1 … {heights.shape[0]}")
        if band is not None and not 1 <= band <= heights.shape[0]:
            raise ParameterError(f"band is {band}; the array has bands 1 to {heights.shape[0]}")
        heights = heights[(band or 1) - 1]
    if heights.ndim != 2:  # noqa: PLR2004
        raise ParameterError(f"heights have shape {heights.shape}; expected (rows, columns)")
    return heights


def _as_float(heights: NDArray[Any]) -> NDArray[np.floating[Any]]:
    if heights.dtype.kind not in "iuf":
        raise ParameterError(f"heights are of type {heights.dtype}; expected numbers")
    # Whole numbers of 8 and 16 bits fit float32 exactly; of 32 bits, float64.
    exact = np.float32 if heights.dtype == np.float32 or heights.dtype.itemsize <= 2 else np.float64  # noqa: PLR2004
    return heights.astype(exact, copy=False)


def _dimension(array: Any, names: tuple[str, ...]) -> str:
    for name in names:
        if name in array.dims:
            return name
    raise ParameterError(
        f"the DataArray has dimensions {tuple(array.dims)}; expected y and x, with projected coordinates"
    )


def _grid_mapping(array: Any) -> dict[str, Any]:
    name = array.encoding.get("grid_mapping") or array.attrs.get("grid_mapping") or "spatial_ref"
    return dict(array.coords[name].attrs) if name in array.coords else {}


def _even(values: NDArray[Any], axis: str) -> tuple[float, float]:
    if values.ndim != 1 or values.size < 2:  # noqa: PLR2004
        raise GridMismatchError(
            f"the DataArray has {values.size} {axis} coordinate(s); the cell size needs at least two"
        )
    first, last = float(values[0]), float(values[-1])
    step = (last - first) / (values.size - 1)
    if not (np.isfinite(step) and step != 0.0):
        raise GridMismatchError(f"{axis} coordinates run from {first} to {last}; expected evenly spaced ones")
    worst = float(np.abs(values - (first + step * np.arange(values.size))).max())
    if not worst <= _EVEN * abs(step):
        raise GridMismatchError(
            f"{axis} coordinates are not evenly spaced (off by up to {worst}); resample to an even grid"
        )
    return first, step


def _exact(found: GeoTransform, given: list[float], shape: tuple[int, ...]) -> GeoTransform:
    """Take the numbers that the file gave, where the coordinates still say the same."""
    if len(given) != 6:  # noqa: PLR2004
        return found
    if given[2] or given[4]:
        raise GridMismatchError(
            f"the DataArray's grid is turned by {given[2]}, {given[4]}; resample it to lie north-up first"
        )
    rows, cols = shape[-2:]
    x, dx, y, dy = given[0], given[1], given[3], given[5]
    corners = ((x, found[0], dx), (y, found[3], dy))
    ends = ((x + dx * cols, found[0] + found[1] * cols, dx), (y + dy * rows, found[3] + found[5] * rows, dy))
    if all(abs(a - b) <= _EVEN * abs(cell) for a, b, cell in (*corners, *ends)):
        return (x, dx, 0.0, y, 0.0, dy)
    return found
