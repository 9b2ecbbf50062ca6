"""Zones of competence and administrative units: whose ground a patch lies on, and who must be told."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.exceptions import FileReadError, ParameterError
from overcut.messages import Language, language, text
from overcut.zone_layers import ZoneLayer, read_layer
from overcut.zone_shares import Measured, measured_shares

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from overcut.assessment import Assessment

__all__ = ["ZONE_TABLES", "CompetenceTable", "Office", "ZoneReport", "competence_table", "zones"]

ZONE_TABLES = ("zones.csv", "notify.csv", "units.csv", "units_total.csv")
"""Files that `ZoneReport.to_csv` writes."""
JOIN = "; "
"""Between departments in one cell."""
_LICENSED = ("inside", "beyond_boundary", "conflict")


@dataclass(frozen=True)
class Office:
    """Who is competent for one kind of land.

    Attributes
    ----------
    en, zh : str
        The kind of land.
    departments, departments_en : tuple of str
        Who must be told.
    basis : str
        By which statutes.
    """

    en: str
    zh: str
    departments: tuple[str, ...]
    departments_en: tuple[str, ...]
    basis: str

    def name(self, lang: Language) -> str:
        """Kind of land in a language."""
        return self.zh if lang == "zh" else self.en

    def told(self, lang: Language) -> tuple[str, ...]:
        """Departments in a language."""
        return self.departments if lang == "zh" else self.departments_en


@dataclass(frozen=True)
class CompetenceTable:
    """Who is competent, by kind of land; read by `competence_table`.

    Attributes
    ----------
    source : str
        The plan that it follows.
    kinds : dict of str to Office
        By the word for a layer of zones.
    licensed_mine, lead : Office
        For patches of licensed mines, and for any other land.
    """

    source: str
    kinds: dict[str, Office]
    licensed_mine: Office
    lead: Office


def competence_table(path: str | os.PathLike[str] | None = None) -> CompetenceTable:
    """Read who is competent for which land.

    Parameters
    ----------
    path : str or os.PathLike, optional
        TOML of your own, in the form of the one that comes along; otherwise that one, after a county plan of 2025.

    Returns
    -------
    CompetenceTable

    Raises
    ------
    FileReadError
        It cannot be read.
    ParameterError
        It is not TOML, or a table in it is not complete.

    Examples
    --------
    >>> competence_table().kinds["river_management"].told("zh")
    ('县水利局',)
    """
    own = files("overcut") / "data" / "competence.toml"
    where = str(path if path is not None else own)
    try:
        content = own.read_text(encoding="utf-8") if path is None else Path(path).read_text(encoding="utf-8-sig")
        found = tomllib.loads(content)
    except OSError as error:
        raise FileReadError(f"competence table {where} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ParameterError(f"competence table {where} is not TOML in UTF-8: {error}") from error
    for needed in ("source", "kinds", "licensed_mine", "lead"):
        if needed not in found:
            raise ParameterError(f"competence table {where}: `{needed}` is missing; copy it from the one of overcut")
    kinds = {kind: _office(table, f"{where}, kinds.{kind}") for kind, table in found["kinds"].items()}
    others = {name: _office(found[name], f"{where}, {name}") for name in ("licensed_mine", "lead")}
    return CompetenceTable(str(found["source"]), kinds, others["licensed_mine"], others["lead"])


def _office(table: Any, where: str) -> Office:
    try:
        told = tuple(str(each) for each in table["departments"])
        told_en = tuple(str(each) for each in table.get("departments_en", told))
        office = Office(str(table["en"]), str(table["zh"]), told, told_en, str(table["basis"]))
    except (KeyError, TypeError) as error:
        raise ParameterError(f"{where}: expected en, zh, departments and basis; missing or wrong: {error}") from error
    if not told or len(told) != len(told_en):
        raise ParameterError(f"{where}: departments and departments_en must be lists of equal length, not empty")
    return office


@dataclass(frozen=True)
class ZoneReport:
    """Patches by zone and by administrative unit; made by `zones`.

    Attributes
    ----------
    patches : geopandas.GeoDataFrame
        Row per patch and zone, and one for its lead. Zones may overlap, so shares of a patch may add to more than 1.
        Columns: patch, interval, change, kind, kind_name, zone, area_m2, area_share (of the outline), volume_m3,
        volume_share (of the measured volume), volume_basis ("measured" or "area_share"), departments, basis.
        The geometry is the part of the patch in the zone.
    notify : pandas.DataFrame
        Row per patch: every department to notify, over all zones, and the lead.
    units : geopandas.GeoDataFrame
        Row per patch and administrative unit, with columns as in `patches`: level and unit in place of kind and zone.
    by_unit : pandas.DataFrame
        Totals per level, unit, interval and change; with a row for what lies in none, so that each level adds up.
    notes : tuple of str
        What was done and taken for granted, in sentences.
    """

    patches: GeoDataFrame
    notify: DataFrame
    units: GeoDataFrame
    by_unit: DataFrame
    notes: tuple[str, ...]
    lang: Language

    def to_csv(self, directory: str | os.PathLike[str], *, overwrite: bool = False) -> list[Path]:
        """Write the tables for a spreadsheet: zones.csv, notify.csv, units.csv and units_total.csv.

        Parameters, result and exceptions are those of `Assessment.to_csv`.
        """
        from overcut.spreadsheet import write_tables

        plain = [table.drop(columns="geometry") for table in (self.patches, self.units)]
        tables = dict(zip(ZONE_TABLES, (plain[0], self.notify, plain[1], self.by_unit), strict=True))
        return write_tables(tables, directory, overwrite=overwrite)

    def __repr__(self) -> str:
        in_zones = self.patches[self.patches["zone"] != ""]
        heading = text(
            "competence.heading",
            self.lang,
            patches=len(self.notify),
            matches=in_zones["patch"].nunique(),
            kinds=in_zones["kind"].nunique(),
        )
        lines = [
            f"  {row.patch}: {text('competence.notify', self.lang, departments=row.departments)}"
            for row in self.notify.itertuples()
        ]
        return "\n".join([heading, *lines, *(f"- {note}" for note in self.notes)])


def zones(
    case: Assessment,
    zones: Mapping[str, Any] | None = None,
    *,
    units: Mapping[str, Any] | None = None,
    names: Mapping[str, str] | None = None,
    competence: str | os.PathLike[str] | CompetenceTable | None = None,
    transformation: Any = None,
    lang: str = "en",
) -> ZoneReport:
    """Find in which zones of competence and administrative units each patch lies, and who must be notified.

    Parameters
    ----------
    case : Assessment
        With its difference raster (`assess(..., rasters=…)`), or with its surfaces at hand, volumes are those measured
        inside each zone. Read back from a record they are shares of area, and `volume_basis` says so.
    zones : mapping of kind to layer, optional
        A layer is a path, a GeoDataFrame, or a list of (name, polygon) in the CRS of the case. Kinds: river_management,
        reservoir, forest, grassland, wetland, nature_reserve, farmland, permanent_basic_farmland, and those of your own
        table.
    units : mapping of level to layer, optional
        Administrative units, such as ``{"township": "townships.gpkg", "village": "villages.gpkg"}``.
    names : mapping, optional
        Kind or level to the column with names, where it is not recognised (name, 名称, MC, XZQMC, ZLDWMC …).
    competence : str, os.PathLike or CompetenceTable, optional
        Departments of your own, as in `competence_table`.
    transformation : Transformation or iterable of them, optional
        For layers in another geodetic datum.
    lang : {"en", "zh"}
        Language of kinds, departments and notes.

    Returns
    -------
    ZoneReport

    Raises
    ------
    OvercutError
        Of the kinds in `overcut.exceptions`.
    """
    spoken = language(lang)
    table = competence if isinstance(competence, CompetenceTable) else competence_table(competence)
    wanted, columns = dict(zones or {}), dict(names or {})
    for kind in wanted:
        if kind not in table.kinds:
            known = ", ".join(table.kinds)
            raise ParameterError(f"zones hold the kind {kind!r}; known: {known}; others go into a competence table")
    crs = case.crs
    layers = [read_layer(source, kind, columns.get(kind), crs, transformation) for kind, source in wanted.items()]
    divided = [
        read_layer(source, level, columns.get(level), crs, transformation) for level, source in (units or {}).items()
    ]
    found = measured_shares(case, [*layers, *divided])
    basis = "measured" if found.measured else "area_share"
    notes = [text("competence.basis_measured" if found.measured else "competence.basis_area", spoken), table.source]
    return _Report(case, table, found, basis, spoken, tuple(notes)).made(layers, divided)


@dataclass(frozen=True)
class _Report:
    case: Assessment
    table: CompetenceTable
    found: Measured
    basis: str
    lang: Language
    notes: tuple[str, ...]

    def made(self, layers: list[ZoneLayer], divided: list[ZoneLayer]) -> ZoneReport:
        rows, told = [], []
        for patch in self.found.patches:
            offices: list[Office] = []
            for layer in layers:
                office = self.table.kinds[layer.kind]
                pieces = self.found.pieces_of(patch.id, layer)
                rows += [
                    {**self._row(piece), "kind": layer.kind, "zone": piece.zone, **self._office(office)}
                    for piece in pieces
                ]
                offices += [office] * bool(pieces)
            if patch.attribution in _LICENSED:
                offices.append(self.table.licensed_mine)
                rows.append(self._whole(patch, "licensed_mine", self.table.licensed_mine))
            if not offices:
                rows.append(self._whole(patch, "other", self.table.lead))
            offices.append(self.table.lead)
            everyone = list(dict.fromkeys(each for office in offices for each in office.told(self.lang)))
            told.append(
                {
                    "patch": patch.id,
                    "interval": patch.interval,
                    "change": patch.change,
                    "departments": JOIN.join(everyone),
                }
            )
        by_patch = [
            {**self._row(piece), "level": layer.kind, "unit": piece.zone}
            for patch in self.found.patches
            for layer in divided
            for piece in self.found.pieces_of(patch.id, layer)
        ]
        from pandas import DataFrame

        shares = ["area_m2", "area_share", "volume_m3", "volume_share", "volume_basis"]
        head = ["patch", "interval", "change"]
        zone_columns = [*head, "kind", "kind_name", "zone", *shares, "departments", "basis", "geometry"]
        unit_columns = [*head, "level", "unit", *shares, "geometry"]
        return ZoneReport(
            patches=self._frame(rows, zone_columns),
            notify=DataFrame(told, columns=[*head, "departments"]),
            units=self._frame(by_patch, unit_columns),
            by_unit=self._totals(by_patch, divided),
            notes=self.notes,
            lang=self.lang,
        )

    def _row(self, piece: Any) -> dict[str, Any]:
        patch = piece.patch
        return {
            "patch": patch.id,
            "interval": patch.interval,
            "change": patch.change,
            "area_m2": piece.area_m2,
            "area_share": piece.area_m2 / patch.area_m2,
            "volume_m3": piece.volume_m3,
            "volume_share": piece.volume_m3 / patch.volume_m3 if patch.volume_m3 else 0.0,
            "volume_basis": self.basis,
            "geometry": piece.geometry,
        }

    def _office(self, office: Office) -> dict[str, Any]:
        return {
            "kind_name": office.name(self.lang),
            "departments": JOIN.join(office.told(self.lang)),
            "basis": office.basis,
        }

    def _whole(self, patch: Any, kind: str, office: Office) -> dict[str, Any]:
        return {
            "patch": patch.id,
            "interval": patch.interval,
            "change": patch.change,
            "kind": kind,
            "zone": "",
            "area_m2": patch.area_m2,
            "area_share": 1.0,
            "volume_m3": patch.volume_m3,
            "volume_share": 1.0,
            "volume_basis": "measured",
            "geometry": patch.outline,
            **self._office(office),
        }

    def _totals(self, rows: list[dict[str, Any]], divided: list[ZoneLayer]) -> DataFrame:
        from pandas import DataFrame

        totals: dict[tuple[str, str, int, str], list[float]] = {}
        for row in rows:
            key = (row["level"], row["unit"], row["interval"], row["change"])
            sums = totals.setdefault(key, [0, 0.0, 0.0])
            for at, value in enumerate((1, row["area_m2"], row["volume_m3"])):
                sums[at] += value
        for layer in divided:
            for patch in self.found.patches:
                rest = self.found.outside(patch, layer)
                if rest is not None:
                    key = (layer.kind, text("competence.outside_units", self.lang), patch.interval, patch.change)
                    sums = totals.setdefault(key, [0, 0.0, 0.0])
                    for at, value in enumerate((1, *rest)):
                        sums[at] += value
        names = ("level", "unit", "interval", "change")
        listed = [
            {**dict(zip(names, key, strict=True)), "patches": int(count), "area_m2": area_m2, "volume_m3": volume_m3}
            for key, (count, area_m2, volume_m3) in totals.items()
        ]
        columns = [*names, "patches", "area_m2", "volume_m3", "volume_basis"]
        found: DataFrame = DataFrame([{**row, "volume_basis": self.basis} for row in listed], columns=columns)
        return found

    def _frame(self, rows: list[dict[str, Any]], columns: Iterable[str]) -> GeoDataFrame:
        from geopandas import GeoDataFrame
        from pandas import DataFrame

        return GeoDataFrame(DataFrame(rows, columns=list(columns)), geometry="geometry", crs=self.case.crs)
