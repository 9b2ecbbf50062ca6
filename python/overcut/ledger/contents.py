"""What stands in a ledger: tables, histories, sums, what is overdue, and what is written of it for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.ledger import exporting
from overcut.ledger.acts import acts_of
from overcut.ledger.history import history_of
from overcut.ledger.patrolling import overdue_of
from overcut.ledger.reading import leads_of, patches_of, settings_text, table_of
from overcut.ledger.settings import Settings, settings_of
from overcut.ledger.showing import ledger_html, ledger_text
from overcut.ledger.totals import totals_of
from overcut.messages import language

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from overcut.ledger.store import Store
    from overcut.limits import Act

__all__ = ["Contents"]


class Contents:
    """A ledger as it is read; `overcut.ledger.Ledger` is one in which entries are made."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def place(self) -> str:
        """File, or URL without its password."""
        return self._store.place

    @property
    def crs(self) -> str:
        """Code of the CRS, else its WKT."""
        return self._store.crs

    @property
    def storage(self) -> str:
        """Where geometries stand: "geopackage", "postgis", or "wkb" (PostgreSQL without PostGIS)."""
        return self._store.schema.storage

    @property
    def settings(self) -> Settings:
        """Settings that were stated last."""
        return settings_of(settings_text(self._store), self.place)

    @property
    def patches(self) -> GeoDataFrame:
        """One row per patch, as it is now; docs/ledger.md says what the columns mean."""
        return patches_of(self._store, self.settings)

    @property
    def observations(self) -> GeoDataFrame:
        """One row per area that a run saw dug or filled."""
        return table_of(self._store, "observations")

    @property
    def leads(self) -> GeoDataFrame:
        """Leads, each with the patch in which it lies or that is near (`distance_m` of the settings)."""
        return leads_of(self._store, self.settings.lead_distance_m)

    @property
    def watch_areas(self) -> GeoDataFrame:
        """Ground that is watched."""
        return table_of(self._store, "watch_areas")

    @property
    def inspections(self) -> DataFrame:
        """Inspections, in the order in which they were entered."""
        found: DataFrame = table_of(self._store, "inspections")
        return found

    @property
    def patrols(self) -> DataFrame:
        """Patrols, in the order in which they were entered."""
        found: DataFrame = table_of(self._store, "patrols")
        return found

    @property
    def runs(self) -> DataFrame:
        """Runs that were added."""
        found: DataFrame = table_of(self._store, "runs")
        return found

    def history(self, patch_id: str, *, lang: str = "en") -> DataFrame:
        """Everything that was ever said of a patch, and of those that were merged into it, in that order."""
        return history_of(self._store, self.settings, patch_id, language(lang))

    def overdue(self, *, on: Any = None, level: str | None = None) -> GeoDataFrame:
        """List what should have been visited before a day (otherwise today), longest overdue first.

        Parameters
        ----------
        on : str or datetime.date, optional
            The day.
        level : str, optional
            Who patrols: with it, its own interval and its own patrols count.
        """
        return overdue_of(self._store, self.settings, on=on, level=level)

    def totals(self, *, by: str | Iterable[str] = ("township", "period")) -> DataFrame:
        """Sum what is counted: each cubic metre is in one row, so that rows add up whatever they are by.

        Parameters
        ----------
        by : str or iterable of str
            Any of period, year, interval; one unit level, such as township; and patch_id, state, activity, subject,
            licence, outcome, risk, class, attribution, mine.

        Returns
        -------
        pandas.DataFrame
            Patches, areas, area_m2, cut_m3, outside_m3 (outside the rights) and fill_m3. What lies in no unit, or has
            no such property, is in the row with an empty name.
        """
        return totals_of(self._store, self.settings, (by,) if isinstance(by, str) else tuple(by))

    def acts(
        self,
        *,
        materials: Any = None,
        prices: Any = None,
        classes: Iterable[str] | None = None,
        subjects: Iterable[str] | None = None,
    ) -> list[Act]:
        """Acts of subjects, for `overcut.add_up`: one for each counted area outside the rights.

        Parameters
        ----------
        materials, prices, classes
            As in `overcut.appraise`; layers state theirs.
        subjects : iterable of str, optional
            Otherwise all that are known.
        """
        return acts_of(self._store, materials=materials, prices=prices, classes=classes, subjects=subjects)

    def export(
        self,
        path: str | os.PathLike[str],
        *,
        fields: str = "satellite",
        lang: str = "zh",
        constants: Mapping[str, Any] | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Write patches for others.

        Parameters
        ----------
        path : str or os.PathLike
            Name ending in .xlsx, .csv or .gpkg.
        fields : {"satellite", "all"}
            Field table of satellite enforcement (卫片执法), or the columns of `patches`.
        lang : {"zh", "en"}
            Language of its columns and words.
        constants : mapping, optional
            Fields that the ledger does not know, for all rows, such as ``{"region_code": "140824"}``.
        overwrite : bool
            Whether a file that exists may be replaced.
        """
        spoken = language(lang)
        return exporting.export(
            self._store,
            self.settings,
            path,
            fields=fields,
            lang=spoken,
            constants=constants,
            overwrite=overwrite,
        )

    def to_text(self, lang: str = "en") -> str:
        """Lay out a summary as text."""
        return ledger_text(self, language(lang))

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return ledger_html(self)
