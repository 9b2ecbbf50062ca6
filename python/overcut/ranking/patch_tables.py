"""What is ranked, brought into one form: patches, fills and licences, from an assessment or from plain tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.assessment import Assessment
from overcut.exceptions import ParameterError

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

__all__ = ["BREACHES", "PatchTables", "column", "patch_tables", "placed"]

BREACHES = ("below_floor", "between_bands", "unauthorised_layer", "outside_validity", "beyond_boundary", "unlicensed")
"""Classes outside the rights. `above_ceiling` is often lawful stripping, and `validity_undecided` may be in time."""

NAMES = ("patch", "patch_id", "id")
"""Columns that name a patch, in the order in which they are looked for."""


@dataclass(frozen=True)
class PatchTables:
    """Patches, and what lies about them.

    Attributes
    ----------
    patches : geopandas.GeoDataFrame
        Cuts, one row each, with a column `patch`; their index is 0, 1, …
    fills : geopandas.GeoDataFrame or None
        Fills of the same intervals; None if they are not known.
    first, last : float
        Intervals between which all is known; of a plain table those of its patches and fills, 0 if it states none.
    """

    patches: GeoDataFrame
    fills: GeoDataFrame | None
    first: float
    last: float


def patch_tables(source: Any, fills: GeoDataFrame | None) -> PatchTables:
    """Bring what is ranked into one form.

    Parameters
    ----------
    source : Assessment or geopandas.GeoDataFrame
        The latter with columns of `Assessment.patches`, as far as there are such; rows whose `change` is "fill" are
        taken as fills.
    fills : geopandas.GeoDataFrame, optional
        Fills, for a table that has none.

    Raises
    ------
    ParameterError
        It is something else, has no polygons, or names a patch twice.
    """
    if isinstance(source, Assessment):
        return PatchTables(_of_assessment(source), source.fills.reset_index(drop=True), 0, len(source.intervals) - 1)
    if not (hasattr(source, "columns") and hasattr(source, "geometry")):
        raise ParameterError(
            f"what is to be ranked is a {type(source).__name__}; expected an Assessment or a GeoDataFrame of patches"
        )
    table = source.copy()
    table["patch"] = _names(table)
    if "change" in table:
        is_fill = table["change"] == "fill"
        if fills is None and is_fill.any():
            fills = table[is_fill]
        table = table[~is_fill]
    if not table["patch"].is_unique:
        twice = table["patch"][table["patch"].duplicated()].iloc[0]
        raise ParameterError(f"patch {twice!r} is in the table twice; give each patch one row, or another id")
    bad = ~table.geometry.geom_type.isin(("Polygon", "MultiPolygon"))
    if bad.any():
        found = table.geometry.geom_type[bad].iloc[0]
        raise ParameterError(
            f"patch {table['patch'][bad].iloc[0]!r} is a {found or 'row without geometry'}, no polygon"
        )
    times = [np.nan_to_num(column(each, "interval")) for each in (table, fills) if each is not None and len(each)]
    known = np.concatenate(times) if times else np.zeros(1)
    fills = None if fills is None else fills.reset_index(drop=True)
    return PatchTables(table.reset_index(drop=True), fills, known.min(), known.max())


def _names(table: GeoDataFrame) -> Any:
    for name in NAMES:
        if name in table:
            return table[name].astype(str)
    return [f"P{number}" for number in range(1, len(table) + 1)]


def _of_assessment(case: Assessment) -> GeoDataFrame:
    """Patches with what other tables of the case say about them."""
    table = case.patches
    table["lod_m"] = case.intervals.set_index("interval")["lod_m"].reindex(table["interval"]).to_numpy()
    table["contact_m"] = (
        case.contacts.groupby("patch")["contact_m"].sum().reindex(table["patch"], fill_value=0.0).to_numpy()
    )
    return table


def column(table: GeoDataFrame, name: str) -> NDArray[np.float64]:
    """Column of numbers; missing everywhere if there is no such column."""
    if name not in table:
        return np.full(len(table), np.nan)
    from pandas import to_numeric

    found: NDArray[np.float64] = to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
    return found


def placed(table: Any, crs: Any, what: str) -> GeoDataFrame:
    """Bring a table beside the patches into their CRS.

    Raises
    ------
    ParameterError
        It has no geometry, or no CRS where the patches have one.
    """
    if not (hasattr(table, "columns") and hasattr(table, "geometry")):
        raise ParameterError(f"{what} are a {type(table).__name__}; expected a GeoDataFrame")
    usable = table[~(table.geometry.isna() | table.geometry.is_empty)]
    if crs is None or table.crs == crs:
        return usable
    if table.crs is None:
        raise ParameterError(f"{what} have no CRS, the patches have {crs.to_string()}; state it with set_crs(…)")
    return usable.to_crs(crs)
