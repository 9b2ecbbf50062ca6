"""The command line for licences: `overcut licence check FILE`, `overcut licence convert IN OUT`."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from overcut.exceptions import LicenceRefusedError, OutputError
from overcut.findings import Finding, Findings
from overcut.licence_reading import read_licences
from overcut.messages import LANGUAGES, text
from overcut.summary_text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from overcut.licences import Licences

__all__ = ["add_licence_commands"]

# Exit codes of `licence check`; those of other commands are in `cli`.
NOTHING_WRONG, ERRORS, WARNINGS = 0, 1, 4

# A table is readable from so many columns on, and up to so many.
LEAST_COLUMNS, MOST_COLUMNS = 70, 140

_CHECK = """\
Reads licences, checks them, and prints what was found, worst first.

  overcut licence check 矿区范围.txt
  overcut licence check corners.xlsx --crs EPSG:4546 --lang zh
  overcut licence check corners.csv --zone 37 --surface 2024.tif

exit codes:
  0  nothing, or notes only
  1  errors: an assessment would be refused, or would answer another question;
     or the file was refused
  2  the command was wrong
  3  a file cannot be read or written
  4  warnings: to be looked at"""

_CONVERT = """\
Reads licences and writes them in another format, by the extension of OUT:

  .txt    land-coordinate text (报盘, 界址点): boundaries only
  .csv    table of corners with everything that is known
  .gpkg, .geojson   a row per part

  overcut licence convert old.dat new.txt --crs EPSG:4546
  overcut licence convert 矿区.xlsx 矿区.gpkg"""


def add_licence_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `licence` and its commands; each parsed command carries `run`, which gives the exit code."""
    style = argparse.RawDescriptionHelpFormatter
    licence = commands.add_parser("licence", help="check and convert licences", formatter_class=style)
    kinds = licence.add_subparsers(dest="licence_command", required=True, metavar="COMMAND")

    check = kinds.add_parser("check", help="check licences", description=_CHECK, formatter_class=style)
    check.add_argument("file", metavar="FILE", help="text, table, workbook, drawing or vector file")
    _reading_options(check)
    check.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the findings")
    check.add_argument("--on", metavar="DAY", help="day on which the licences should be in force, such as 2024-05-20")
    check.add_argument(
        "--surface", metavar="TIF", action="append", default=[], help="surface near which they should lie"
    )
    check.add_argument("--columns", metavar="N", type=int, help="width of the table; otherwise that of the terminal")
    check.set_defaults(run=_check)

    convert = kinds.add_parser("convert", help="write another format", description=_CONVERT, formatter_class=style)
    convert.add_argument("file", metavar="IN", help="text, table, workbook, drawing or vector file")
    convert.add_argument("output", metavar="OUT", type=Path, help="file to be written")
    _reading_options(convert)
    convert.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the findings")
    convert.add_argument("--encoding", choices=("utf-8", "gbk"), default="utf-8", help="of a .txt")
    convert.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    convert.set_defaults(run=_convert)


def _reading_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--crs", help="CRS of the coordinates, such as EPSG:4546")
    parser.add_argument("--zone", type=int, help="zone number, where the coordinates carry none")
    parser.add_argument("--axes", choices=("north_east", "east_north"), help="which coordinate comes first in the file")
    parser.add_argument("--angles", choices=("decimal", "packed"), help="plain numbers are degrees, or ddd.mmss")
    parser.add_argument("--layer", help="layer of a file with several")
    parser.add_argument("--vertical-datum", help="for licences that state none, such as 1985")


def _read(given: argparse.Namespace) -> Licences:
    return read_licences(
        given.file,
        crs=given.crs,
        layer=given.layer,
        vertical_datum=given.vertical_datum,
        zone=given.zone,
        axes=given.axes,
        angles=given.angles,
    )


def _check(given: argparse.Namespace) -> int:
    try:
        licences = _read(given)
    except LicenceRefusedError as error:
        return _refused(given, error.finding)
    found = licences.check(on=given.on, surfaces=given.surface)
    print(f"{printable(given.file)}\n{_headline(licences, found, given)}\n")
    print(found.to_text(given.lang, columns=_columns(given)))
    return {"error": ERRORS, "warning": WARNINGS}.get(found.worst or "info", NOTHING_WRONG)


def _headline(licences: Licences, found: Findings, given: argparse.Namespace) -> str:
    counts = {word: sum(each.severity == word for each in found) for word in ("error", "warning", "info")}
    return text(
        "licences.summary",
        given.lang,
        licences=len(licences),
        parts=sum(len(licence.parts) for licence in licences),
        crs=licences.crs,
        errors=counts["error"],
        warnings=counts["warning"],
        notes=counts["info"],
    )


def _columns(given: argparse.Namespace) -> int:
    stated: int | None = getattr(given, "columns", None)
    return stated or min(max(shutil.get_terminal_size((100, 24)).columns, LEAST_COLUMNS), MOST_COLUMNS)


def _refused(given: argparse.Namespace, finding: Finding) -> int:
    print(f"{printable(given.file)}\n{text('licences.refused', given.lang)}\n")
    print(Findings([finding]).to_text(given.lang, columns=_columns(given)))
    return ERRORS


def _convert(given: argparse.Namespace) -> int:
    writers: dict[str, Callable[[Licences, Path], Findings]] = {
        ".txt": lambda licences, path: licences.to_txt(path, encoding=given.encoding, overwrite=given.overwrite),
        ".csv": _corner_table(given.overwrite),
        ".gpkg": _vector(given.overwrite),
        ".geojson": _vector(given.overwrite),
    }
    writer = writers.get(given.output.suffix.lower())
    if writer is None:
        raise OutputError(f"{given.output} has no extension that is written; expected {', '.join(writers)}")
    try:
        licences = _read(given)
    except LicenceRefusedError as error:
        return _refused(given, error.finding)
    found = Findings((*licences.findings, *writer(licences, given.output)))
    if found:
        print(found.to_text(given.lang, columns=_columns(given)))
    print(text("licences.written", given.lang, path=given.output))
    return NOTHING_WRONG


def _corner_table(overwrite: bool) -> Callable[[Licences, Path], Findings]:
    def write(licences: Licences, path: Path) -> Findings:
        licences.to_corner_table(path, overwrite=overwrite)
        return Findings()

    return write


def _vector(overwrite: bool) -> Callable[[Licences, Path], Findings]:
    def write(licences: Licences, path: Path) -> Findings:
        licences.to_file(path, overwrite=overwrite)
        return Findings()

    return write
