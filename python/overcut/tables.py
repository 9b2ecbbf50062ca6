"""From the record of an assessment to tables. No figure is computed here, except the sum of those that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.classes import CLASSES, chinese

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from geopandas import GeoDataFrame
    from numpy.typing import NDArray
    from pandas import DataFrame
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "by_licence",
    "class_licences",
    "contacts",
    "covariance",
    "crs_name",
    "crs_of",
    "datum_word",
    "days",
    "error_models",
    "intervals",
    "is_conflict",
    "licences",
    "patch_classes",
    "patches",
    "registrations",
    "surfaces",
    "totals",
    "volume_errors",
]

Record = dict[str, Any]

JOIN = " + "
"""Between the ids of several licences in one cell."""

_DATUM_WORDS = {
    "unknown": None,
    "normal1985": "1985",
    "normal1956": "1956",
    "ellipsoidal": "ellipsoidal",
    "egm96": "egm96",
    "egm2008": "egm2008",
}


_PATCH_FIGURES = (
    "certain_volume_m3",
    "area_m2",
    "certain_area_m2",
    "outline_area_m2",
    "max_depth_m",
    "strength",
    "x",
    "y",
)


def days(values: Iterable[datetime.date | str | None]) -> NDArray[np.datetime64]:
    """Column of days; to the second, because pandas knows no coarser unit, and a licence may end in the year 9999."""
    return np.array([np.datetime64("NaT") if value is None else value for value in values], dtype="datetime64[s]")


def crs_of(record: Record) -> str | None:
    """Code of the CRS, else its WKT."""
    crs = record["crs"]
    return None if crs is None else crs["code"] or crs["wkt"]


def crs_name(record: Record) -> str:
    """Name and code of the CRS, for people."""
    crs = record["crs"]
    if crs is None:
        return "–"
    return f"{crs['name']} ({crs['code']})" if crs["code"] else str(crs["name"])


def datum_word(datum: Any) -> str | None:
    """Word of a vertical datum in the record; None if it is not declared.

    Examples
    --------
    >>> datum_word("normal1985"), datum_word({"named": "吴淞"}), datum_word("unknown")
    ('1985', '吴淞', None)
    """
    if isinstance(datum, dict):
        return str(datum["named"])
    return _DATUM_WORDS.get(datum, datum)


def is_conflict(row: Record) -> bool:
    """Whether several licences have a claim to the same ground.

    Ground between the bands of two licences names both, but there is nothing to decide between them.
    """
    return len(row["licences"]) > 1 and row["class"] != "between_bands"


def class_licences(row: Record) -> str:
    """Licences of a row in one cell; empty outside all."""
    return JOIN.join(row["licences"])


def by_licence(record: Record) -> GeoDataFrame:
    """Row per interval, licences, class and layer; the geometry is the ground of the licences."""
    from geopandas import GeoDataFrame, GeoSeries

    rows = record["rows"]
    figures = (
        "cut_certain_m3",
        "cut_m3",
        "cut_measured_area_m2",
        "cut_area_m2",
        "fill_measured_m3",
        "fill_certain_m3",
        "fill_m3",
        "fill_measured_area_m2",
        "fill_area_m2",
        "in_validity_min_m3",
        "in_validity_max_m3",
        "cut_again_m3",
        "backfill_m3",
        "cut_measured_mass_t",
    )
    columns: dict[str, Any] = {
        **_interval_columns(record, [row["interval"] for row in rows]),
        "licence": [class_licences(row) for row in rows],
        "class": [row["class"] for row in rows],
        "class_zh": [chinese(row["class"]) for row in rows],
        "layer": [row["layer"] for row in rows],
        "conflict": np.array([is_conflict(row) for row in rows], dtype=bool),
        "cut_measured_m3": _figures(row["cut_measured_m3"] for row in rows),
        **_errors("cut_", [row["cut_error"] for row in rows]),
        **{name: _figures(row[name] for row in rows) for name in figures},
        **_errors("fill_", [row["fill_error"] for row in rows]),
    }
    ground = _ground(record)
    geometry = GeoSeries([ground(tuple(row["licences"])) for row in rows], crs=crs_of(record))
    return GeoDataFrame(columns, geometry=geometry, crs=crs_of(record))


def patches(record: Record, change: str) -> GeoDataFrame:
    """Row per patch, with its volume in each class."""
    from geopandas import GeoDataFrame

    found = [patch for patch in record["patches"] if patch["change"] == change]
    volumes = [_by_class(patch) for patch in found]
    nearest = [patch["nearest"] or {} for patch in found]
    columns: dict[str, Any] = {
        "patch": [patch["id"] for patch in found],
        **_interval_columns(record, [patch["interval"] for patch in found]),
        "working": [patch["working"] for patch in found],
        "attribution": [patch["attribution"] for patch in found],
        "licence": [JOIN.join(patch_licences(patch)) for patch in found],
        "conflict": np.array([patch["attribution"] == "conflict" for patch in found], dtype=bool),
        "volume_m3": _figures(patch["volume_m3"] for patch in found),
        **_errors("", [patch["error"] for patch in found]),
        **{name: _figures(patch[name] for patch in found) for name in _PATCH_FIGURES},
        "nearest_licence": [each.get("licence") for each in nearest],
        "nearest_distance_m": _figures(each.get("distance_m") for each in nearest),
        "nearest_bearing_deg": _figures(each.get("bearing_deg") for each in nearest),
        **{f"{each.word}_m3": _figures(volume.get(each.word, 0.0) for volume in volumes) for each in CLASSES},
    }
    return GeoDataFrame(columns, geometry=[_shape(patch["outline"]) for patch in found], crs=crs_of(record))


def patch_licences(patch: Record) -> list[str]:
    """Licences to which a patch is attributed, or inside which it lies."""
    attributed = [contact["licence"] for contact in patch["contacts"]]
    return attributed or sorted({licence for row in patch["classes"] for licence in row["licences"]})


def patch_classes(record: Record) -> DataFrame:
    """Row per patch, licences, class and layer."""
    rows = [(patch, row) for patch in record["patches"] for row in patch["classes"]]
    return _frame(
        {
            "patch": [patch["id"] for patch, _ in rows],
            "change": [patch["change"] for patch, _ in rows],
            "licence": [class_licences(row) for _, row in rows],
            "class": [row["class"] for _, row in rows],
            "class_zh": [chinese(row["class"]) for _, row in rows],
            "layer": [row["layer"] for _, row in rows],
            "volume_m3": _figures(row["volume_m3"] for _, row in rows),
        }
    )


def contacts(record: Record) -> DataFrame:
    """Row per patch and licence whose boundary with unlicensed ground runs through it."""
    rows = [(patch, contact) for patch in record["patches"] for contact in patch["contacts"]]
    return _frame(
        {
            "patch": [patch["id"] for patch, _ in rows],
            "licence": [contact["licence"] for _, contact in rows],
            "contact_m": _figures(contact["contact_m"] for _, contact in rows),
        }
    )


def intervals(record: Record) -> DataFrame:
    """Row per interval: what was compared, and from when a difference is certain."""
    found = record["intervals"]
    names = [surface["name"] for surface in record["surfaces"]]
    return _frame(
        {
            **_interval_columns(record, range(len(found))),
            "earlier": [names[interval["earlier"]] for interval in found],
            "later": [names[interval["later"]] for interval in found],
            **{
                name: _figures(interval[name] for interval in found)
                for name in ("sigma_m", "lod_m", "compared_area_m2", "nodata_area_m2")
            },
        }
    )


def totals(record: Record) -> DataFrame:
    """Row per interval: volumes over the whole compared area."""
    found = record["intervals"]
    table = _frame(
        {
            **_interval_columns(record, range(len(found))),
            **{
                name: _figures(interval[name] for interval in found)
                for name in (
                    "cut_measured_m3",
                    "cut_certain_m3",
                    "cut_m3",
                    "fill_measured_m3",
                    "fill_certain_m3",
                    "fill_m3",
                )
            },
        }
    )
    table["net_m3"] = table["fill_measured_m3"] - table["cut_measured_m3"]
    return table


def surfaces(record: Record) -> DataFrame:
    """Row per surface."""
    found = record["surfaces"]
    return _frame(
        {
            "name": [surface["name"] for surface in found],
            "date": days(surface["date"] for surface in found),
            "sigma_m": _figures(surface["sigma_m"] for surface in found),
            "vertical_datum": [datum_word(surface["vertical_datum"]) for surface in found],
            "crs": [(surface["crs"] or {}).get("code") or (surface["crs"] or {}).get("name") for surface in found],
            "sha256": [surface["sha256"] for surface in found],
        }
    )


def licences(record: Record) -> GeoDataFrame:
    """Row per part of a licence, as used."""
    from geopandas import GeoDataFrame

    parts = [(each, number, part) for each in record["licences"] for number, part in enumerate(each["parts"], start=1)]
    columns: dict[str, Any] = {
        "licence": [each["id"] for each, _, _ in parts],
        "part": np.array([number for _, number, _ in parts], dtype=np.int64),
        **{name: [each[name] for each, _, _ in parts] for name in ("holder", "mineral", "method")},
        "floor_m": _figures((part["band"] or {}).get("floor_m") for _, _, part in parts),
        "ceiling_m": _figures((part["band"] or {}).get("ceiling_m") for _, _, part in parts),
        **{name: days(each[name] for each, _, _ in parts) for name in ("valid_from", "valid_to")},
        "layers": [None if part["layers"] is None else ";".join(part["layers"]) for _, _, part in parts],
        "vertical_datum": [datum_word(each["vertical_datum"]) for each, _, _ in parts],
        "area_m2": _figures(part["area_m2"] for _, _, part in parts),
        "placement": [each["placement"] for each, _, _ in parts],
    }
    for position, interval in enumerate(record["intervals"]):
        name = f"validity_{interval['from']}_{interval['to']}"
        columns[name] = [each["validity"][position] for each, _, _ in parts]
    return GeoDataFrame(columns, geometry=[_shape(part["polygon"]) for _, _, part in parts], crs=crs_of(record))


def _frame(columns: dict[str, Any]) -> DataFrame:
    from pandas import DataFrame

    frame: DataFrame = DataFrame(columns)
    return frame


def _interval_columns(record: Record, positions: Iterable[int]) -> dict[str, Any]:
    chosen = list(positions)
    found = record["intervals"]
    return {
        "interval": np.array(chosen, dtype=np.int64),
        "from": days(found[position]["from"] for position in chosen),
        "to": days(found[position]["to"] for position in chosen),
    }


def _figures(values: Iterable[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _errors(prefix: str, errors: list[Record | None]) -> dict[str, NDArray[np.float64]]:
    """Make columns of standard errors and intervals; missing where errors are unknown."""
    return {
        f"{prefix}{name}": _figures((error or {}).get(name) for error in errors)
        for name in ("sigma_m3", "low_m3", "high_m3")
    }


def volume_errors(record: Record) -> DataFrame:
    """Row per interval, licences, class, layer and change: the parts of the standard error."""
    rows = [(row, change) for row in record["rows"] for change in ("cut", "fill") if row[f"{change}_error"] is not None]
    parts = ("sigma_m3", "random_m3", "correlated_m3", "registration_m3", "boundary_m3", "low_m3", "high_m3")
    return _frame(
        {
            **_interval_columns(record, [row["interval"] for row, _ in rows]),
            "licence": [class_licences(row) for row, _ in rows],
            "class": [row["class"] for row, _ in rows],
            "layer": [row["layer"] for row, _ in rows],
            "change": [change for _, change in rows],
            "measured_m3": _figures(row[f"{change}_measured_m3"] for row, change in rows),
            **{name: _figures(row[f"{change}_error"][name] for row, change in rows) for name in parts},
        }
    )


def registrations(record: Record) -> DataFrame:
    """Row per interval with a registration."""
    found = [(at, each["accuracy"]["registration"]) for at, each in enumerate(record["intervals"])]
    found = [(at, each) for at, each in found if each is not None]
    sigmas = [{parameter["name"]: parameter["sigma"] for parameter in each["parameters"]} for _, each in found]
    names = ("east_m", "north_m", "up_m", "tilt_east", "tilt_north")
    return _frame(
        {
            **_interval_columns(record, [at for at, _ in found]),
            "outcome": [each["outcome"] for _, each in found],
            "method": [each["method"] for _, each in found],
            **{name: _figures(each["applied"][name] for _, each in found) for name in names},
            **{f"{name}_sigma": _figures(each.get(name) for each in sigmas) for name in names},
            **{
                f"{what}_{when}_m": _figures((each[when] or {}).get(f"{what}_m") for _, each in found)
                for when in ("before", "after")
                for what in ("median", "nmad")
            },
        }
    )


def error_models(record: Record) -> DataFrame:
    """Row per interval with an error model."""
    found = [(at, each["accuracy"]) for at, each in enumerate(record["intervals"])]
    found = [(at, each) for at, each in found if each["error_model"] is not None]
    models = [each["error_model"] for _, each in found]
    return _frame(
        {
            **_interval_columns(record, [at for at, _ in found]),
            "source": [each["source"] for _, each in found],
            "cells": [model["cells"] for model in models],
            "nmad_m": _figures(model["nmad_m"] for model in models),
            "sigma_flat_m": _figures(model["sigma"]["flat_variance_m2"] ** 0.5 for model in models),
            "nugget": _figures(model["variogram"]["nugget"] for model in models),
            "longest_range_m": _figures(
                max((each["range_m"] for each in model["variogram"]["structures"]), default=0.0) for model in models
            ),
        }
    )


def covariance(record: Record) -> DataFrame:
    """Covariance matrix of the removed volumes of all rows with an error, m⁶; missing where it was not computed."""
    from pandas import DataFrame, MultiIndex

    positions = [position for position, row in enumerate(record["rows"]) if row["cut_error"] is not None]
    order = {position: at for at, position in enumerate(positions)}
    rows = [record["rows"][position] for position in positions]
    matrix = np.zeros((len(rows), len(rows)))
    for at, row in enumerate(rows):
        matrix[at, at] = row["cut_error"]["sigma_m3"] ** 2
    for pair in record["covariances"]:
        a, b = order[pair["a"]], order[pair["b"]]
        matrix[a, b] = matrix[b, a] = pair["covariance_m6"]
    names = MultiIndex.from_tuples(
        [(row["interval"], class_licences(row), row["class"], row["layer"] or "") for row in rows],
        names=["interval", "licence", "class", "layer"],
    )
    frame: DataFrame = DataFrame(matrix, index=names, columns=names)
    return frame


def _by_class(patch: Record) -> dict[str, float]:
    volumes: dict[str, float] = {}
    for row in patch["classes"]:
        volumes[row["class"]] = volumes.get(row["class"], 0.0) + row["volume_m3"]
    return volumes


def _shape(geometry: Record) -> BaseGeometry:
    from shapely.geometry import shape

    return shape(geometry)


def _ground(record: Record) -> Any:
    """Give the ground of some licences: the union of their parts, made once."""
    import shapely

    polygons = {each["id"]: [_shape(part["polygon"]) for part in each["parts"]] for each in record["licences"]}
    known: dict[tuple[str, ...], BaseGeometry | None] = {}

    def of(ids: tuple[str, ...]) -> BaseGeometry | None:
        if ids not in known:
            parts = [polygon for each in ids for polygon in polygons[each]]
            known[ids] = shapely.union_all(parts) if parts else None
        return known[ids]

    return of
