"""The result: what can be measured, drawn and written of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from overcut import _overcut
from overcut.bound_effects import effects_of
from overcut.directories import results_in
from overcut.exceptions import OutputError, ParameterError
from overcut.profiles import section
from overcut.provenance import absolute_from, relative_to, with_paths
from overcut.recorded import Grid, Recorded
from overcut.records import frame_of
from overcut.stated import path_text
from overcut.volumes import volumes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from pandas import DataFrame

    from overcut.bound_effects import Effect
    from overcut.dem import Dem
    from overcut.layer import Layer
    from overcut.maps import Page
    from overcut.profiles import Section
    from overcut.resources import Resources
    from overcut.volume_result import Volumes

Rerun = Callable[[str, bool, Any], tuple[_overcut.Record, list[Path]]]
RowsWith = Callable[[str, Any, float], list[dict[str, Any]]]

__all__ = ["Assessment", "Grid", "read_assessment"]


class Assessment(Recorded):
    """Result of `assess`: what was dug, where it stands, in which patches, on what assumptions.

    Tables are made when they are first asked for, and handed out as copies: what is done to one changes nothing here.

    Volumes are m³: `cut` was removed, `fill` added. `*_measured_m3` sums patches over their whole outline, without a
    threshold, and has an interval: it is the volume to use. `*_certain_m3` counts only cells whose change exceeds the
    level of detection, and `cut_m3` and `fill_m3` every cell, however small its change; both are reported beside it.
    """

    def __init__(
        self,
        record: _overcut.Record,
        rerun: Rerun | None = None,
        rasters: Sequence[Path] = (),
        surfaces: Sequence[Dem] = (),
        layers: Sequence[Layer] = (),
        *,
        rows_with: RowsWith | None = None,
    ) -> None:
        super().__init__(record)
        self._rerun = rerun
        self._rasters = tuple(rasters)
        self._surfaces = tuple(surfaces)
        self._layers = tuple(layers)
        self._rows_with = rows_with
        self._effects: list[Effect] | None = None
        self._drawn: dict[tuple[str, str | None], Any] = {}
        self._kept: str | None = None

    @property
    def resources(self) -> Resources:
        """Quantities and values from what the layers state; `overcut.appraise` takes prices and adjustments."""
        from overcut.appraising import appraise

        return appraise(self)

    @property
    def bound_effects(self) -> DataFrame:
        """Row per roof or floor with a stated error, and volume: what a rise of one standard error adds to it.

        The job is done again, twice for each bound, when this or an appraisal first asks.

        Raises
        ------
        ParameterError
            The assessment was read from a record, which holds no surfaces.
        """
        rows = [
            {"layer": each.layer, "bound": each.bound, "sigma_m": each.sigma_m}
            | dict(zip(("licence", "class", "of_layer"), key, strict=True))
            | {"volume_m3": volume_m3}
            for each in self._bound_effects()
            for key, volume_m3 in each.volumes_m3.items()
        ]
        return frame_of(rows, columns=["layer", "bound", "sigma_m", "licence", "class", "of_layer", "volume_m3"])

    def _bound_effects(self) -> list[Effect]:
        if self._effects is None:
            if self._rows_with is None:
                raise ParameterError(
                    "this assessment was read from a record, which holds no surfaces; repeat it with assess(…) to try "
                    "what errors of roofs and floors do"
                )
            sigmas_m = [
                (layer.name, bound, sigma) for layer in self._layers for bound, sigma in layer.bound_sigmas_m.items()
            ]
            self._effects = effects_of(sigmas_m, self._rows_with)
        return self._effects

    @property
    def rasters(self) -> tuple[Path, ...]:
        """Rasters that `assess` wrote along with it."""
        return self._rasters

    def surfaces_at_hand(self, surfaces: Sequence[Dem] | None = None) -> tuple[Dem, ...]:
        """Surfaces that the assessment was made from: its own, or those given for a record that was read."""
        found = self._surfaces if surfaces is None else tuple(surfaces)
        dates = [surface["date"] for surface in self._data["surfaces"]]
        if not found:
            raise ParameterError(
                "this assessment was read from a record, which holds no surfaces; give surfaces=[overcut.Dem(…), …] "
                f"of {', '.join(dates)}"
            )
        if [each.date.isoformat() for each in found] != dates:
            given = ", ".join(each.date.isoformat() for each in found)
            raise ParameterError(f"surfaces are of {given}; the assessment was made from those of {', '.join(dates)}")
        return found

    def volumes(self, region: Any, **options: Any) -> Volumes:
        """Measure a region by independent methods, and hold them against each other: see `overcut.volumes`."""
        return volumes(self, region, **options)

    def section(self, line: Any, **options: Any) -> Section:
        """Cut the surfaces along a line: see `overcut.section`."""
        return section(self, line, **options)

    def to_json(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the whole record; `read_assessment` reads it back.

        Parameters
        ----------
        path : str or os.PathLike
            File; written under another name first and renamed, so that it is whole or not there.
        overwrite : bool
            Whether a file that exists may be replaced.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        OutputError
            The file exists, or cannot be written.
        """
        target = Path(path_text(path, "path"))
        _moved(self._record, self._data, relative_to(target.parent)).write_json(target, overwrite)
        return Path(path)

    def to_gpkg(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write a GeoPackage for a GIS: results by licence, patches, licences, and tables of the run.

        Parameters and exceptions are those of `to_json`.
        """
        self._record.write_gpkg(path_text(path, "path"), overwrite)
        return Path(path)

    def to_csv(self, directory: str | os.PathLike[str], *, overwrite: bool = False) -> list[Path]:
        """Write tables for a spreadsheet into a directory: UTF-8 with a mark that Excel understands.

        Parameters and exceptions are those of `to_json`.

        Returns
        -------
        list of pathlib.Path
            The files.
        """
        with results_in(path_text(directory, "directory")) as path:
            return self._record.write_csv(path, overwrite)

    def to_parquet(self, directory: str | os.PathLike[str], *, overwrite: bool = False) -> list[Path]:
        """Write tables as GeoParquet into a directory, with the digest in their metadata (`overcut.parquet`).

        Parameters and exceptions are those of `to_csv`. Needs pyarrow (``pip install "overcut[batch]"``).

        Returns
        -------
        list of pathlib.Path
            ``by_licence``, ``patches``, ``fills``, ``licences``, ``patch_classes``, ``contacts``, ``intervals`` and
            ``totals``, each ending in ``.parquet``.
        """
        from overcut.parquet import write_parquet

        return write_parquet(self, directory, overwrite=overwrite)

    def to_stac(self, folder: str | os.PathLike[str], *, overwrite: bool = False, **options: Any) -> Path:
        """Write the rasters of `assess(…, rasters=directory)` as a static STAC collection, an item for each interval.

        Parameters
        ----------
        folder : str or os.PathLike
            Is made.
        overwrite : bool
            Whether a collection that is there may be replaced.
        **options
            As in `overcut.stac_collection.write_stac_collection`.

        Returns
        -------
        pathlib.Path
            ``collection.json``.
        """
        from overcut.stac_collection import raster_items, write_stac_collection

        return write_stac_collection(folder, raster_items(self), overwrite=overwrite, **options)

    def to_report(
        self,
        path: str | os.PathLike[str],
        *,
        lang: Literal["zh", "en"] = "zh",
        fields: Mapping[str, Any] | None = None,
        template: str | os.PathLike[str] | None = None,
        figures: bool = True,
        font: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        **supplements: Any,
    ) -> Path:
        """Write the appraisal report: DOCX to be filled in, signed and stamped, PDF, or HTML.

        Parameters
        ----------
        path : str or os.PathLike
            Name ending in .docx, .pdf, .html or .xlsx.
        lang : {"zh", "en"}
            Language.
        fields : mapping, optional
            What is filled in (project, report_number, unit, …; `overcut.report.filling.FIELDS`); the others stay blank.
        template : str or os.PathLike, optional
            The unit's own: a DOCX with its styles and, if wanted, placeholders such as ``{{ project }}`` and
            ``{{ report }}``; or a Typst file for PDF.
        figures : bool
            Whether numbered figures are drawn; they need matplotlib.
        font : str or os.PathLike, optional
            Font file or family for Chinese in PDF and figures.
        overwrite : bool
            Whether a file that exists may be replaced.
        **supplements
            Results beside the assessment: `appraisal`, `volumes`, `series`, `limits`, `findings`, `zones`, `sections`,
            as tables or objects with `to_dict()`. A chapter says plainly what was not given.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        ParameterError
            The name says no form of report, or a field or supplement is not known.
        OutputError
            The file exists or cannot be written, or no font for Chinese is at hand for PDF.
        """
        from overcut.report import content_of, write
        from overcut.report.figures import figures_of
        from overcut.report.writing import prepared

        form = prepared(path, overwrite=overwrite)
        pictures: Any = ()
        if figures and form != "xlsx":
            # Drawing takes longer than writing, and a report is often wanted in several forms.
            asked = (lang, None if font is None else os.fspath(font))
            if asked not in self._drawn:
                self._drawn[asked] = figures_of(self, lang=lang, font=font)
            pictures = self._drawn[asked]
        content = content_of(self._data, lang=lang, fields=fields, supplements=supplements, pictures=pictures)
        return write(content, path, template=template, font=font, overwrite=overwrite)

    def to_xlsx(
        self,
        path: str | os.PathLike[str],
        *,
        lang: Literal["zh", "en"] = "zh",
        fields: Mapping[str, Any] | None = None,
        overwrite: bool = False,
        **supplements: Any,
    ) -> Path:
        """Write the tables of the report as a workbook; parameters and exceptions are those of `to_report`."""
        from overcut.report.writing import suffix_of

        if suffix_of(path) != "xlsx":
            raise ParameterError(f"{Path(path).name} is no name of a workbook; expected one ending in .xlsx")
        return self.to_report(path, lang=lang, fields=fields, overwrite=overwrite, **supplements)

    def to_cog(
        self, directory: str | os.PathLike[str], *, overwrite: bool = False, progress: Any = False
    ) -> list[Path]:
        """Write rasters of the difference, the class and the standing of each interval into a directory.

        The record holds no rasters, so the surfaces are read once more; `assess(..., rasters=directory)` writes them in
        the pass that makes the figures.

        Parameters
        ----------
        directory : str or os.PathLike
            For ``dod_….tif`` (metres, later - earlier), ``class_….tif`` and ``standing_….tif``, cloud-optimised
            GeoTIFFs.
        overwrite : bool
            Whether files that exist may be replaced.
        progress : bool or callable
            As in `assess`.

        Returns
        -------
        list of pathlib.Path
            The files.

        Raises
        ------
        OutputError
            The files exist or cannot be written; or the surfaces are not at hand, or have changed.
        """
        if self._rerun is None:
            raise OutputError(
                "this assessment was read from a record, which holds no surfaces; "
                "repeat it with assess(..., rasters=directory)"
            )
        record, files = self._rerun(path_text(directory, "directory"), overwrite, progress)
        if json.loads(record.to_json())["digest"] != self.digest:
            for file in files:
                file.unlink(missing_ok=True)
            raise OutputError(
                "the surfaces or licences have changed since the assessment; its rasters cannot be made again"
            )
        return files

    def plot(self, kind: str = "map", *, ax: Axes | None = None, lang: str = "en", **options: Any) -> Axes:
        """Draw the assessment with matplotlib; the functions of `overcut.plots` say what `options` there are.

        Parameters
        ----------
        kind : {"map", "classes", "histogram", "benches", "intervals", "waterfall"}
            Change of height with licences and patches; classes; area by change of height; volume by elevation;
            volumes of each interval with their errors; from the whole cut to each class.
        ax : matplotlib.axes.Axes, optional
            Where to draw; otherwise a new figure.
        lang : {"en", "zh"}
            Language of the labels.
        **options
            `interval` (position, by default the last) and what else the function takes. An assessment that was read
            from a file holds no pixels: give `rasters` and `surfaces`.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from overcut.plots import KINDS

        if kind not in KINDS:
            raise ParameterError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
        return KINDS[kind](self, ax=ax, lang=lang, **options)

    def explore(self, *, lang: str = "en", **options: Any) -> Page:
        """Show the case in a notebook as a map with hover, profiles and a view in three dimensions; no network needed.

        Parameters
        ----------
        lang : {"en", "zh"}
            Language of the page.
        **options
            `sections` (lines of profiles), `most_cells`, `rasters`, `surfaces`: as in `overcut.maps.page`.

        Returns
        -------
        overcut.maps.Page
        """
        from overcut.maps import page

        return page(self, lang=lang, **options)

    def to_html(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, lang: str = "en", **options: Any
    ) -> Path:
        """Write the map of `explore` as one file that a browser shows without a network.

        Parameters
        ----------
        path : str or os.PathLike
            File; written under another name first and renamed.
        overwrite : bool
            Whether a file that exists may be replaced.
        lang, **options
            As in `explore`.

        Raises
        ------
        OutputError
            The file exists or cannot be written; or the pixels are not at hand.
        """
        from overcut.maps import save

        return save(self, path, overwrite=overwrite, lang=lang, **options)

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_json, (self._record.to_json(),)


def _from_json(text: str) -> Assessment:
    return Assessment(_overcut.Record.from_json(text))


def read_assessment(path: str | os.PathLike[str]) -> Assessment:
    """Read what `Assessment.to_json` wrote.

    Parameters
    ----------
    path : str or os.PathLike
        File.

    Returns
    -------
    Assessment
        Equal to the one that was written, except that it cannot make rasters.
    """
    source = Path(path_text(path, "path"))
    record = _overcut.Record.read_json(source)
    return Assessment(_moved(record, json.loads(record.to_json()), absolute_from(source.parent)))


def _moved(record: _overcut.Record, data: dict[str, Any], change: Callable[[str], str]) -> _overcut.Record:
    """Give a record whose inputs lie as seen from another place."""
    provenance = data.get("provenance")
    if provenance is None:
        return record
    return record.with_provenance(json.dumps(with_paths(provenance, change)))
