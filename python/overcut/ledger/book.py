"""The ledger as people use it: it is opened, runs are added, and what people say is entered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.competence import zones as zones_of
from overcut.exceptions import CrsError
from overcut.ledger import saying
from overcut.ledger.adding import Added, add_run, as_case
from overcut.ledger.comparison import found_in
from overcut.ledger.contents import Contents
from overcut.ledger.schema import UNITS
from overcut.ledger.settings import Settings, read_settings
from overcut.ledger.store import Store, same_crs

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["Ledger"]


class Ledger(Contents):
    """Patches with ids that last, in a GeoPackage or a PostgreSQL database; made by `Ledger.open`.

    Everything that is said is kept with who said it and when (UTC). Nothing is changed or removed, and the database
    refuses it; what holds now is what the last entries say. Every call is a transaction of its own, so any number of
    programs may use one ledger at a time.
    """

    @classmethod
    def open(
        cls,
        place: str | os.PathLike[str],
        *,
        create: bool = False,
        crs: Any = None,
        by: str = "overcut",
        settings: str | os.PathLike[str] | None = None,
    ) -> Ledger:
        """Open a ledger, or make one.

        Parameters
        ----------
        place : str or os.PathLike
            A GeoPackage, or the URL of a PostgreSQL database: ``postgresql+psycopg://user@host/database``.
        create : bool
            Whether it is made if it is not there.
        crs : str, int or object with to_wkt, optional
            Projected, in metres; needed to make one. Assessments that are added must be in it.
        by : str
            Who makes it.
        settings : str or os.PathLike, optional
            TOML of your own to start with, as in `configure`.

        Returns
        -------
        Ledger

        Raises
        ------
        FileReadError
            It is not there, or cannot be used.
        LedgerError
            What is there is no ledger; as `LedgerVersionError`, one of another version of overcut.
        CrsError
            No CRS to make it, or another one than that of the ledger.

        Examples
        --------
        >>> import geopandas, shapely, tempfile
        >>> import overcut as oc
        >>> folder = tempfile.TemporaryDirectory()
        >>> ledger = oc.Ledger.open(f"{folder.name}/county.gpkg", create=True, crs="EPSG:4546", by="Li")
        >>> dug = geopandas.GeoDataFrame({"volume_m3": [300.0]}, geometry=[shapely.box(0, 0, 10, 10)], crs="EPSG:4546")
        >>> ledger.add(oc.Comparison(dug, earlier="2026-01-05", later="2026-04-02"), by="Li")
        Run 1: 1 dug areas; 1 new patches, 0 went on, 0 split off, 0 merged
        >>> ledger.patches[["patch_id", "state", "cut_m3"]].to_dict("records")
        [{'patch_id': '2026-000001', 'state': 'new', 'cut_m3': 300.0}]
        >>> folder.cleanup()
        """
        own = None if settings is None else read_settings(settings)
        return cls(Store.open(place, create=create, crs=crs, by=saying.said(by, "by"), settings=own))

    def configure(self, path: str | os.PathLike[str], *, by: str) -> Settings:
        """State new settings, which hold from now on; those before are kept.

        Parameters
        ----------
        path : str or os.PathLike
            TOML in the form of `data/ledger.toml` in the package; what it leaves out is as there.
        by : str
            Who states them.
        """
        content = read_settings(path)
        with self._store.writing("settings", saying.said(by, "by")) as writing:
            writing.say("settings", toml=content)
        return self.settings

    def add(
        self,
        case: Any,
        *,
        by: str,
        townships: Any = None,
        villages: Any = None,
        zones: Mapping[str, Any] | None = None,
        names: Mapping[str, str] | None = None,
        competence: Any = None,
        transformation: Any = None,
        looked: Any = None,
        title: str | None = None,
        lang: str = "zh",
        preview: bool = False,
    ) -> Added:
        """Add a run: its dug areas become observations of patches. One transaction: all of it, or nothing.

        The same run (by its digest) is added once; a second time changes nothing, and the result says so.

        Parameters
        ----------
        case : Assessment, BatchResult, Comparison or list of Comparison
            Result of `overcut.assess` or of a batch, or tables of consecutive intervals.
        by : str
            Who adds it.
        townships, villages : path, GeoDataFrame or list of (name, polygon), optional
            Administrative units, for `totals`.
        zones, names, competence, transformation
            As in `overcut.zones`.
        looked : geometry, table or list of them, optional
            Ground that was compared in each interval, in place of what the assessment knows.
        title : str, optional
            For people.
        lang : {"zh", "en"}
            Language in which zones and departments are kept.
        preview : bool
            Whether to tell only what would come of it, and write nothing: a run cannot be taken back.

        Returns
        -------
        Added

        Raises
        ------
        CrsError
            The run is in another CRS than the ledger.
        OvercutError
            Nothing was written then.
        """
        found = found_in(case, looked)
        if not same_crs(found.crs, self.crs):
            raise CrsError(
                f"the run is in {found.crs[:60]}, the ledger in {self.crs[:60]}; assess the surfaces in the CRS of the "
                "ledger, or keep a ledger for each"
            )
        units = {level: layer for level, layer in (("township", townships), ("village", villages)) if layer is not None}
        report = zones_of(
            as_case(found),
            zones,
            units=units,
            names=names,
            competence=competence,
            transformation=transformation,
            lang=lang,
        )
        who, settings = saying.said(by, "by"), self.settings
        with self._store.writing("run", who, keep=not preview) as writing:
            told = add_run(writing, found, settings, report, title=title)
        return told

    def inspect(
        self,
        patch_id: str,
        *,
        outcome: str,
        by: str,
        when: Any = None,
        filed: bool | None = None,
        accepted: bool | None = None,
        settled: bool | None = None,
        inspectors: str | None = None,
        note: str | None = None,
        **details: Any,
    ) -> None:
        """Enter an inspection on site. For a merged patch it counts for the one that goes on.

        Parameters
        ----------
        patch_id : str
            The patch.
        outcome : {"unlawful", "lawful", "false_change", "exempt"}
            违法, 合法, 伪变化, or digging that needs no right.
        by : str
            Who enters it.
        when : str or datetime.date, optional
            Day of the inspection; otherwise today.
        filed : bool, optional
            Whether a case was filed (立案).
        accepted : bool, optional
            Whether the restored ground was accepted, and the patch is closed (验收, 销号).
        settled : bool, optional
            Whether what was dug up to this day has been dealt with: it is not added up again (`acts`).
        inspectors, note : str, optional
            Who was there; what they say.
        **details
            found_by, found_on, violated_article, measure, deadline, progress, acceptance, penalty, fine_cny, document,
            department, ledger_source.
        """
        saying.inspect(
            self._store,
            patch_id,
            outcome=outcome,
            by=by,
            when=when,
            filed=filed,
            accepted=accepted,
            settled=settled,
            inspectors=inspectors,
            note=note,
            details=details,
        )

    def describe(
        self,
        patch_id: str,
        *,
        by: str,
        subject: str | None = None,
        township: str | None = None,
        village: str | None = None,
        gully: str | None = None,
        mine: str | None = None,
        opening: str | None = None,
        risk: str | None = None,
        licence: str | None = None,
        text: str | None = None,
    ) -> None:
        """State facts of a patch; of each, what was stated last holds.

        Parameters
        ----------
        patch_id : str
            The patch; for a merged one, that which goes on.
        by : str
            Who states them.
        subject : str, optional
            Whose acts they are: a person or a firm, under one name.
        township, village, gully, mine, opening : str, optional
            乡、村、沟、矿、洞.
        risk, licence, text : str, optional
            A word of the settings; the licence that it is attributed to; a remark.
        """
        units = dict(zip(UNITS, (township, village, gully, mine, opening), strict=True))
        facts = {"subject": subject, **units, "risk": risk, "licence": licence, "text": text}
        saying.describe(self._store, patch_id, by=by, facts=facts)

    def lead(
        self,
        point: Any,
        *,
        kind: str = "report",
        by: str,
        when: Any = None,
        text: str | None = None,
        crs: Any = None,
    ) -> int:
        """Enter a lead at a point, and give its number; it is joined to patches whenever it is read.

        Parameters
        ----------
        point : (float, float) or Point
            East and north, in the CRS of the ledger or in `crs`.
        kind : str
            "report" (举报), "electricity" (用电异常), "other", or a word of your own.
        by : str
            Who enters it.
        when : str or datetime.date, optional
            Its day; otherwise today.
        text : str, optional
            What it says.
        crs : optional
            Of the point, such as "EPSG:4490" for longitude and latitude.
        """
        return saying.lead(self._store, point, kind=kind, when=when, text=text, by=by, crs=crs)

    def watch(
        self,
        areas: Any,
        *,
        kind: str,
        by: str,
        radius_m: float | None = None,
        risk: str | None = None,
        interval_days: float | None = None,
        text: str | None = None,
        name_column: str | None = None,
        transformation: Any = None,
    ) -> list[str]:
        """Enter ground that is watched, and give the names of its areas.

        Parameters
        ----------
        areas : path, GeoDataFrame, or list of (name, polygon or point)
            Closed mines, known danger points.
        kind : str
            Such as "closed_mine" or "danger_point"; `[patrol.kinds]` of the settings may give its interval.
        by : str
            Who enters them.
        radius_m : float, optional
            Around points.
        risk, interval_days, text : optional
            A word of the settings; days between patrols of these areas; a remark.
        name_column, transformation : optional
            As `names` and `transformation` in `overcut.zones`.
        """
        return saying.watch(
            self._store,
            areas,
            kind=kind,
            by=by,
            radius_m=radius_m,
            risk=risk,
            interval_days=interval_days,
            text=text,
            name_column=name_column,
            transformation=transformation,
        )

    def patrol(
        self, where: str, *, by: str, when: Any = None, level: str | None = None, note: str | None = None
    ) -> None:
        """Enter a patrol of a patch or of a watch area.

        Parameters
        ----------
        where : str
            Id of the patch, or name of the watch area.
        by : str
            Who was there.
        when : str or datetime.date, optional
            Day; otherwise today.
        level : str, optional
            Of those in the settings, such as "county", "township" or "village".
        note : str, optional
            What was seen.
        """
        saying.patrol(self._store, where, by=by, when=when, level=level, note=note, settings=self.settings)
