"""A case in a file: everything that an assessment starts from, as TOML."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.appraisal_file import APPRAISAL_KEYS, Appraisal, read_appraisal
from overcut.assessing import assess
from overcut.case_conversions import height_shifts_in, transformations_in
from overcut.competence import ZONE_TABLES, zones
from overcut.dem import Dem
from overcut.directories import results_in
from overcut.exceptions import OutputError
from overcut.layer import Layer, LayerPart
from overcut.licence_reading import read_licences
from overcut.material import Material
from overcut.parquet import PARQUET_TABLES
from overcut.records import write_json
from overcut.toml_file import COMMON_OPTIONS, TomlFile

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from overcut.assessment import Assessment
    from overcut.competence import ZoneReport

__all__ = ["Case", "read_case"]

REPORTS = ("docx", "pdf", "html", "xlsx")
FORMATS = ("json", "gpkg", "csv", "parquet", "cog", *REPORTS)
CSV_NAMES = ("rows.csv", "patches.csv", "intervals.csv")

_TOP = (
    "title",
    "licences",
    "vertical_datum",
    "surfaces",
    "layers",
    "zones",
    "units",
    "competence",
    "options",
    "appraisal",
    "output",
    "report",
)
_ZONE = ("kind", "path", "name")
_UNIT = ("level", "path", "name")
_SURFACE = ("path", "date", "sigma_m", "vertical_datum", "band", "crs", "nodata", "name", "height_shift")
_LICENCES = (
    "path",
    "layer",
    "crs",
    "fields",
    "vertical_datum",
    "zone",
    "axes",
    "angles",
    "transformation",
    "height_shift",
)
_LAYER = ("name", "roof", "floor", "parts", "kind", "price", "roof_sigma_m", "floor_sigma_m", *Material.names())
_LAYER_PART = ("roof", "floor", "polygon")
_OPTIONS = (*COMMON_OPTIONS, "transformation", "grid", "threads", "block_shape")
_OUTPUT = ("directory", "formats", "overwrite")
_REPORT = ("lang", "template", "font", "figures", "fields")


@dataclass(frozen=True)
class Case:
    """What a case file says; paths are absolute, or relative to the working directory as the file's own path is.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    title : str or None
        For people.
    surfaces, layers : list of dict
        Arguments of `Dem` and `Layer`.
    licences : dict
        Arguments of `read_licences`.
    vertical_datum : str or None
        For surfaces and licences that state none.
    options : dict
        Arguments of `assess`.
    directory : pathlib.Path or None
        Where results go; None writes nothing.
    formats : tuple of str
        Of "json", "gpkg", "csv", "parquet", "cog", "docx", "pdf", "html" and "xlsx".
    overwrite : bool
        Whether results that exist may be replaced.
    competence : dict
        Arguments of `zones`; its tables are written with the format "csv".
    report : dict
        Arguments of `Assessment.to_report`; without a title among its fields, the case's own is its project.
    appraisal : Appraisal or None
        Prices, adjustments and limits; None appraises nothing.
    """

    path: Path
    title: str | None
    surfaces: list[dict[str, Any]]
    licences: dict[str, Any]
    vertical_datum: str | None
    layers: list[dict[str, Any]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    directory: Path | None = None
    formats: tuple[str, ...] = ()
    overwrite: bool = False
    competence: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    appraisal: Appraisal | None = None

    def run(self, *, progress: bool | Callable[[int, int], object] = False) -> tuple[Assessment, list[Path]]:
        """Assess, and write what the case asks for.

        Parameters
        ----------
        progress : bool or callable
            As in `assess`.

        Returns
        -------
        assessment : Assessment
        files : list of pathlib.Path
            What was written.

        Raises
        ------
        OvercutError
            Nothing new is left behind then. That results exist already is found before the work begins.
        """
        if self.appraisal is not None:
            self.appraisal.read_limits()  # that they cannot be read is to be found before the work
        surfaces = [Dem(**surface) for surface in self.surfaces]
        licences = read_licences(**self.licences)
        layers = [Layer(**layer) for layer in self.layers]
        work: dict[str, Any] = {
            "layers": layers,
            "vertical_datum": self.vertical_datum,
            **self.options,
            "progress": progress,
        }
        if self.directory is None:
            return assess(surfaces, licences, **work), []
        self._refuse_existing(self.directory)
        with results_in(self.directory) as directory:
            rasters: dict[str, Any] = (
                {"rasters": directory, "overwrite": self.overwrite} if "cog" in self.formats else {}
            )
            assessment = assess(surfaces, licences, **work, **rasters)
            written = list(assessment.rasters)
            try:
                for write in self._writers(assessment, directory):
                    written += write()
            except BaseException:
                # With overwriting these may be files that were there before; the newer ones are whole, so they stay.
                if not self.overwrite:
                    for path in written:
                        path.unlink(missing_ok=True)
                raise
        return assessment, written

    def _writers(self, assessment: Assessment, directory: Path) -> list[Callable[[], list[Path]]]:
        stem, overwrite = self.path.stem, self.overwrite
        writers: dict[str, Callable[[], list[Path]]] = {
            "json": lambda: [assessment.to_json(directory / f"{stem}.json", overwrite=overwrite)],
            "gpkg": lambda: [assessment.to_gpkg(directory / f"{stem}.gpkg", overwrite=overwrite)],
            "csv": lambda: self._tables(assessment, directory),
            "parquet": lambda: assessment.to_parquet(directory, overwrite=overwrite),
            **{form: functools.partial(self._report, assessment, directory / f"{stem}.{form}") for form in REPORTS},
        }
        appraisal = self.appraisal
        if appraisal is not None:
            file = directory / f"{stem}.resources.json"
            writers["json"] = lambda: [
                assessment.to_json(directory / f"{stem}.json", overwrite=overwrite),
                write_json(file, appraisal.run(assessment).to_dict(), overwrite=overwrite),
            ]
        return [write for name, write in writers.items() if name in self.formats]

    def _tables(self, assessment: Assessment, directory: Path) -> list[Path]:
        # What may be refused comes before anything is written.
        report = self._zones(assessment)
        tables = assessment.to_csv(directory, overwrite=self.overwrite)
        return tables if report is None else tables + report.to_csv(directory, overwrite=self.overwrite)

    def _zones(self, assessment: Assessment) -> ZoneReport | None:
        return zones(assessment, **self.competence) if self.competence else None

    def _report(self, assessment: Assessment, path: Path) -> list[Path]:
        options = dict(self.report)
        if path.suffix not in (".docx", ".pdf"):
            options.pop("template", None)
        template = options.get("template")
        # One template serves one form.
        if template is not None and Path(template).suffix.lower() != {".docx": ".docx", ".pdf": ".typ"}[path.suffix]:
            options.pop("template")
        named = {} if self.title is None else {"project": self.title}
        fields = {**named, **options.pop("fields", {})}
        supplements: dict[str, Any] = {}
        if self.appraisal is not None:
            found = self.appraisal.run(assessment)
            supplements = {"appraisal": found.resources, "limits": found.findings}
        if self.competence:
            supplements["zones"] = self._zones(assessment)
        return [assessment.to_report(path, fields=fields, overwrite=self.overwrite, **options, **supplements)]

    def _refuse_existing(self, directory: Path) -> None:
        """Find out before the work, which may take long, what would be in the way after it."""
        existing = [name for name in self._outputs() if (directory / name).exists()]
        if existing and not self.overwrite:
            raise OutputError(
                f"{directory / existing[0]} exists already; give another directory, or allow it to be replaced "
                "(overwrite = true in [output], or --overwrite)"
            )

    def _outputs(self) -> list[str]:
        names = [f"{self.path.stem}.{kind}" for kind in ("json", "gpkg", *REPORTS) if kind in self.formats]
        tables = [*CSV_NAMES, *(ZONE_TABLES if self.competence else ())]
        names += [f"{self.path.stem}.resources.json"] * (self.appraisal is not None and "json" in self.formats)
        names += [f"{table}.parquet" for table in PARQUET_TABLES] * ("parquet" in self.formats)
        return names + tables * ("csv" in self.formats)


def read_case(path: str | os.PathLike[str]) -> Case:
    """Read a case file.

    Parameters
    ----------
    path : str or os.PathLike
        TOML; paths in it are relative to it. `overcut assess --help` shows an example.

    Returns
    -------
    Case

    Raises
    ------
    FileReadError
        It is missing or cannot be read.
    ParameterError
        It is not TOML, or has a key that is not known; the message names the nearest one.
    """
    reader = _Reader(Path(path))
    return reader.case(reader.read("case file"))


class _Reader(TomlFile):
    """Makes a case of a file."""

    def case(self, found: dict[str, Any]) -> Case:
        self.known(found, _TOP, "")
        self.needed(found, ("surfaces", "licences"))
        licences = self.licences(found, _LICENCES)
        output = self.table(found.get("output", {}), _OUTPUT, "output")
        formats = output.get("formats", ["json", "gpkg", "csv"])
        if not isinstance(formats, list) or not all(isinstance(each, str) for each in formats):
            raise self.refused(f"formats in [output] is {formats!r}; expected a list such as {list(FORMATS)}")
        self.known(formats, FORMATS, "formats of [output]", what="format")
        directory = self.directory(output)
        surfaces = self.tables(found["surfaces"], _SURFACE, "surfaces", needed=("path", "date"))
        layers = self.tables(found.get("layers", []), _LAYER, "layers", needed=("name",))
        options = self.options(found, _OPTIONS)
        self._conversions(options, licences, surfaces)
        if isinstance(options.get("block_shape"), list):
            options["block_shape"] = tuple(options["block_shape"])
        for optional in ("title", "vertical_datum"):
            if not isinstance(found.get(optional, ""), str):
                raise self.refused(f"{optional} is {found[optional]!r}; expected text")
        return Case(
            path=self.path,
            title=found.get("title"),
            surfaces=[{"source": self.beside(path), **rest} for path, rest in map(self._without_path, surfaces)],
            licences=licences,
            vertical_datum=found.get("vertical_datum"),
            layers=[self._layer(layer) for layer in layers],
            options=options,
            directory=directory,
            formats=tuple(formats) if directory is not None else (),
            overwrite=bool(output.get("overwrite", False)),
            report=self._of_report(found.get("report", {})),
            competence=self._competence(found, options.get("transformation")),
            appraisal=self._appraisal(found.get("appraisal")),
        )

    def _appraisal(self, found: Any) -> Appraisal | None:
        if found is None:
            return None
        appraisal = self.table(found, APPRAISAL_KEYS, "appraisal")
        if isinstance(appraisal.get("limits"), str):
            appraisal["limits"] = self.beside(appraisal["limits"])
        return read_appraisal(appraisal, str(self.path))

    def _conversions(self, options: dict[str, Any], licences: dict[str, Any], surfaces: list[dict[str, Any]]) -> None:
        """Make transformations and height shifts of what is stated, in place."""
        for table in (options, licences):
            if "transformation" in table:
                table["transformation"] = transformations_in(table["transformation"])
        for table in (*surfaces, licences):
            if "height_shift" in table:
                table["height_shift"] = height_shifts_in(table["height_shift"], self.beside)

    def _of_report(self, found: Any) -> dict[str, Any]:
        from overcut.messages import language
        from overcut.report.filling import FIELDS, checked_fields

        report = self.table(found, _REPORT, "report")
        fields = self.table(report.pop("fields", {}), FIELDS, "report.fields")
        language(report.get("lang", "zh"))
        if "template" in report:
            report["template"] = self.beside(report["template"])
        return {**report, "fields": checked_fields(fields)} if fields else report

    def _competence(self, found: dict[str, Any], transformation: Any) -> dict[str, Any]:
        zoned = self.tables(found.get("zones", []), _ZONE, "zones", needed=("kind", "path"))
        divided = self.tables(found.get("units", []), _UNIT, "units", needed=("level", "path"))
        if not zoned and not divided:
            return {}
        keyed = [(table["kind"], table) for table in zoned] + [(table["level"], table) for table in divided]
        for at, (key, _) in enumerate(keyed):
            if key in [each for each, _ in keyed[:at]]:
                raise self.refused(f"`{key}` occurs twice among zones and units; put its polygons into one layer")
        own = found.get("competence")
        return {
            "zones": {table["kind"]: self.beside(table["path"]) for table in zoned},
            "units": {table["level"]: self.beside(table["path"]) for table in divided},
            "names": {key: table["name"] for key, table in keyed if "name" in table},
            "competence": None if own is None else self.beside(own),
            "transformation": transformation,
        }

    def _without_path(self, table: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return table["path"], {name: value for name, value in table.items() if name != "path"}

    def _layer(self, layer: dict[str, Any]) -> dict[str, Any]:
        bounds: dict[str, Any] = {name: self._bound(layer[name]) for name in ("roof", "floor") if name in layer}
        found: dict[str, Any] = {**layer, **bounds}
        if "parts" in layer:
            parts = self.tables(layer["parts"], _LAYER_PART, "layers.parts", needed=("roof", "floor"))
            found["parts"] = [
                LayerPart(self._bound(part["roof"]), self._bound(part["floor"]), part.get("polygon")) for part in parts
            ]
        return found

    def _bound(self, value: Any) -> Any:
        return self.beside(value) if isinstance(value, str) else value
