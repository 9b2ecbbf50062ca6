"""The ledger for others: the field table of satellite enforcement, or all columns; workbook, CSV or GeoPackage."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.exceptions import ParameterError
from overcut.ledger.reading import patches_of, table_of
from overcut.ledger.totals import period_of
from overcut.messages import Language, text
from overcut.publishing import publish, refuse_existing
from overcut.spreadsheet import harmless, write_tables

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from geopandas import GeoDataFrame

    from overcut.ledger.settings import Settings
    from overcut.ledger.store import Store

__all__ = ["SATELLITE_FIELDS", "export", "satellite_table"]

SATELLITE_FIELDS = (
    "number", "region_code", "region", "x", "y", "area", "type", "before", "after", "source", "resolution", "farmland",
    "basic_farmland", "reserve", "outside_area", "outside_volume", "cut", "cut_low", "cut_high", "backfill", "depth",
    "year", "period", "state", "merged", "licence", "subject", "township", "village", "gully", "mine", "opening",
    "zones", "departments", "leads", "patrol_point", "found_on", "found_by", "inspected_on", "inspectors", "outcome",
    "unlawful", "filed", "violated_article", "measure", "deadline", "progress", "acceptance", "closed", "penalty",
    "fine", "document", "department", "ledger_source", "note",
)  # fmt: skip
"""Columns of the field table; `messages` has their names."""
_OF_DETAILS = (
    "violated_article", "measure", "deadline", "progress", "acceptance", "penalty", "document", "department",
    "ledger_source",
)  # fmt: skip


def satellite_table(
    store: Store, settings: Settings, lang: Language, constants: Mapping[str, Any] | None = None
) -> GeoDataFrame:
    """Row per patch, with the fields of the patch table of satellite enforcement (卫片执法).

    X is north and Y is east, as such tables have them; the geometry is east first, as everywhere else.

    Parameters
    ----------
    store, settings : Store, Settings
        The ledger.
    lang : {"en", "zh"}
        Language of columns and words.
    constants : mapping, optional
        Values of fields that the ledger does not know, for all rows: region_code, region, source, resolution.
    """
    import geopandas

    given = dict(constants or {})
    for name in given:
        if name not in SATELLITE_FIELDS:
            raise ParameterError(f"constants hold {name!r}; known: {', '.join(SATELLITE_FIELDS)}")
    patches = patches_of(store, settings)
    last = _last_observations(store)
    rows = [{**_row(row, last.get(row["patch_id"], {}), settings, lang), **given} for row in patches.to_dict("records")]
    columns = {text(f"ledger.export_{name}", lang): [row.get(name) for row in rows] for name in SATELLITE_FIELDS}
    return geopandas.GeoDataFrame(columns, geometry=list(patches.geometry), crs=store.crs)


def _row(row: dict[str, Any], seen: dict[str, Any], settings: Settings, lang: Language) -> dict[str, Any]:
    def words(name: str, prefix: str) -> str | None:
        value = _plain(row[name])
        return None if value is None else text(f"{prefix}{value}", lang)

    def flag(value: Any) -> str | None:
        value = _plain(value)
        return None if value is None else text("ledger.yes" if value else "ledger.no", lang)

    details = json.loads(row["details"]) if isinstance(row["details"], str) else {}
    last_dug, first_seen = _plain(row["last_dug"]), _plain(row["first_seen"])
    outcome = _plain(row["outcome"])
    filed = _plain(row["filed"])
    return {
        "number": row["patch_id"],
        "x": _rounded(row["y"], 2),
        "y": _rounded(row["x"], 2),
        "area": _rounded(row["area_m2"], 1),
        "type": words("class", "classes."),
        "before": seen.get("earlier"),
        "after": seen.get("later"),
        "source": seen.get("source"),
        "farmland": _rounded(row["farmland_m2"], 1),
        "basic_farmland": _rounded(row["basic_farmland_m2"], 1),
        "reserve": _plain(row["reserves"]),
        "outside_area": _rounded(row["outside_area_m2"], 1),
        "outside_volume": _rounded(row["outside_m3"], 1),
        "cut": _rounded(row["cut_m3"], 1),
        "cut_low": _rounded(row["cut_low_m3"], 1),
        "cut_high": _rounded(row["cut_high_m3"], 1),
        "backfill": _rounded(row["backfill_m3"], 1),
        "depth": _rounded(row["max_depth_m"], 2),
        "year": None if last_dug is None else int(last_dug[:4]),
        "period": None if last_dug is None else period_of(row["last_dug"].date(), settings.period_starts),
        "state": words("state", "ledger.state_"),
        "merged": _plain(row["merged_into"]),
        **{
            name: _plain(row[name])
            for name in ("licence", "subject", "township", "village", "gully", "mine", "opening", "zones")
        },
        "note": "; ".join(filter(None, (_plain(row["note"]), _plain(row["inspection_note"])))) or None,
        "departments": _plain(row["notify"]),
        "leads": int(row["leads"]),
        "patrol_point": flag(row["watched"] is not None and row["watched"] == row["watched"]),
        "found_on": details.get("found_on") or seen.get("first_later") or first_seen,
        "found_by": details.get("found_by") or text("ledger.found_by_survey", lang),
        "inspected_on": _plain(row["inspected_on"]),
        "inspectors": _plain(row["inspectors"]),
        "outcome": words("outcome", "ledger.outcome_"),
        "unlawful": None if outcome is None else flag(outcome == "unlawful"),
        "filed": None if filed is None else text("ledger.filed" if filed else "ledger.not_filed", lang),
        **{name: details.get(name) for name in _OF_DETAILS},
        "fine": details.get("fine_cny"),
        "closed": flag(row["accepted"]),
    }


def _last_observations(store: Store) -> dict[str, dict[str, Any]]:
    """Days and data of the last comparison in which each patch was dug, and the day on which it was first found."""
    observations = table_of(store, "observations").drop(columns="geometry")
    found: dict[str, dict[str, Any]] = {}
    cuts = observations[observations["change"] == "cut"].sort_values(["later", "earlier"], kind="stable")
    for row in cuts.to_dict("records"):
        earlier, later = row["earlier"].date().isoformat(), row["later"].date().isoformat()
        first = found.get(row["patch_id"], {}).get("first_later", later)
        data = [_plain(row[name]) for name in ("earlier_source", "later_source")]
        source = " → ".join(each for each in data if each) or None
        found[row["patch_id"]] = {"earlier": earlier, "later": later, "source": source, "first_later": first}
    return found


def _plain(value: Any) -> Any:
    import pandas as pd

    if value is None or pd.isna(value):
        return None
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value


def _rounded(value: Any, digits: int) -> float | None:
    value = _plain(value)
    return None if value is None else round(float(value), digits)


def export(
    store: Store,
    settings: Settings,
    path: str | os.PathLike[str],
    *,
    fields: str,
    lang: Language,
    constants: Mapping[str, Any] | None,
    overwrite: bool,
) -> Path:
    """Write a table of patches by the suffix of the path: .xlsx, .csv or .gpkg."""
    target = Path(path)
    writers = {".xlsx": _workbook, ".csv": None, ".gpkg": _geopackage}
    suffix = target.suffix.lower()
    if suffix not in writers:
        raise ParameterError(f"{target.name} has no suffix that is written; expected {', '.join(writers)}")
    if fields not in ("satellite", "all"):
        raise ParameterError(f"fields is {fields!r}; expected 'satellite' or 'all'")
    refuse_existing(target, overwrite=overwrite)
    table = satellite_table(store, settings, lang, constants) if fields == "satellite" else patches_of(store, settings)
    if suffix == ".csv":
        return write_tables({target.name: table.drop(columns="geometry")}, target.parent, overwrite=overwrite)[0]
    data = _workbook(table) if suffix == ".xlsx" else _geopackage(table)
    return publish(target, data, overwrite=overwrite)


def _workbook(table: GeoDataFrame) -> bytes:
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Alignment, Font
        from openpyxl.utils import get_column_letter
    except ImportError as error:
        raise ImportError('workbooks need openpyxl: pip install "overcut[report]"') from error
    from overcut.summary_text import width

    book = Workbook()
    sheet = book.active
    sheet.title = "图斑"
    plain = table.drop(columns="geometry")
    sheet.append(list(plain.columns))
    for row in plain.itertuples(index=False):
        sheet.append([harmless(_plain(value)) for value in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    for at, name in enumerate(plain.columns, start=1):
        widest = max([width(str(name)) / 2, *(width(str(_plain(each) or "")) for each in plain.iloc[:, at - 1])])
        sheet.column_dimensions[get_column_letter(at)].width = min(max(widest + 2, 9), 48)
    sheet.freeze_panes = "B2"
    if len(plain):
        sheet.auto_filter.ref = sheet.dimensions
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _geopackage(table: GeoDataFrame) -> bytes:
    with tempfile.TemporaryDirectory(prefix="overcut-") as directory:
        staged = Path(directory) / "patches.gpkg"
        table.to_file(staged, layer="patches", driver="GPKG")
        return staged.read_bytes()
