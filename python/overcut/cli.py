"""The command line: `overcut assess`, `verify`, `info`, `licence …`, `batch …`, `ledger …`, `rank …`.

Exit codes: 0 done; 1 the input was refused, or a record is not verified; 2 the command was wrong;
3 a file cannot be read or written; 130 interrupted.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from overcut.assessment import read_assessment
from overcut.case import read_case
from overcut.cli_batch import add_batch_commands
from overcut.cli_ledger import add_ledger_commands
from overcut.cli_licence import add_licence_commands
from overcut.cli_rank import add_rank_commands
from overcut.exceptions import OvercutError, RasterReadError
from overcut.info import info, versions
from overcut.licence_reading import read_licences
from overcut.stated import positive_integer
from overcut.verification import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

DONE, REFUSED, FILE_FAILED, INTERRUPTED = 0, 1, 3, 130

_DESCRIPTION = """\
How much was dug where it was not allowed?

Compares dated terrain surfaces with mining licences (polygon x elevation band x
validity) and gives the volume cut beyond the boundary, below the floor and out of
validity, patch by patch."""

_EXIT_CODES = """\
exit codes:
  0    done
  1    the input was refused, or a record is not verified; the message says why
  2    the command was wrong
  3    a file cannot be read or written
  4    `licence check` has warnings (1: errors)
  5    a batch is done, but tiles or units of it failed
  130  interrupted; nothing is left behind"""

_EXAMPLE = """\
a case file, case.toml (paths are relative to it):

  title = "Quarry at Stone Ridge"
  licences = "licences.gpkg"        # licence, floor_m, ceiling_m, valid_from, valid_to
  vertical_datum = "1985"           # for surfaces and licences that state none

  [[surfaces]]                      # two or more, in the order of their dates
  path = "2021.tif"
  date = 2021-05-01
  sigma_m = 0.10                    # standard deviation of one height

  [[surfaces]]
  path = "2024.tif"
  date = 2024-05-20
  sigma_m = 0.08

  [[layers]]                        # optional: seams and ore bodies
  name = "No. 5 limestone"
  roof = "roof.tif"                 # a surface, an elevation in metres, or a plane, as
  floor = 1120.0                    # { point = [x, y, z], dip_deg = 6, dip_direction_deg = 135 }
  density_t_per_m3 = { value = 2.6, sigma = 0.05, source = "32 samples" }
  recovery = 0.95                   # also kind, karst_rate, moisture, grade, dilution, swell
  price = { value = 30, sigma = 1.5, per = "t", date = 2024-05-20, source = "…" }

  [options]                         # optional: the options of overcut.assess()
  confidence = 0.95
  min_area_m2 = 25.0

  [appraisal]                       # optional: tonnes and values, against limits of law
  limits = "province.toml"          # true for the national ranges alone
  [[appraisal.adjustments]]         # kind, volume_m3, licence, class, layer, swell, source
  kind = "older_void"
  volume_m3 = { value = 1200, sigma = 150 }
  licence = "C14"
  class = "below_floor"
  layer = "No. 5 limestone"
  source = "plan of 1998"

  [output]                          # optional: without it, only the table is printed
  directory = "out"
  formats = ["json", "gpkg", "csv", "parquet", "cog", "docx", "pdf", "html", "xlsx"]
  overwrite = false

  [report]                          # optional: for docx, pdf, html and xlsx
  lang = "zh"                       # or "en"
  template = "unit.docx"            # the unit's own styles and placeholders
  fields = { report_number = "…", commissioned_by = "…", unit = "…" }

Licences may also be a table: licences = { path = "l.shp", layer = "…", crs =
"EPSG:4546", fields = { licence = "XKZH" }, vertical_datum = "1985" }. A surface may
state band, crs, nodata, vertical_datum and name.
"""

_ASSESS = f"""\
Assesses surfaces against licences as a case file says, writes the results and prints
a table.

{_EXAMPLE}"""

_VERIFY = """\
Computes an assessment again from its inputs and compares every figure of the record,
and of the documents named after it: GeoPackage, CSV (a file, or the folder), rasters,
reports (docx, html, pdf) and workbook. Names the first input, parameter or row that
differs. Inputs are looked for where they were, beside the record, and in --inputs;
they are known by their SHA-256, whatever their names are now.

  overcut verify out/case.json
  overcut verify out/case.json out/case.docx out/case.gpkg --inputs surveys/"""

_INFO = """\
Tells what a file is: for a raster its grid, CRS, heights, and what would stop an
assessment; for a file of licences what was read from it; for the record of an
assessment (JSON) its summary.

  overcut info 2021.tif
  overcut info licences.gpkg
  overcut info out/case.json"""


def _parser() -> argparse.ArgumentParser:
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="overcut",
        description=_DESCRIPTION,
        epilog=f"try first:\n  overcut info 2021.tif\n  overcut assess --help\n\n{_EXIT_CODES}",
        formatter_class=style,
    )
    shown = ", ".join(f"{name} {version}" for name, version in versions().items())
    parser.add_argument("--version", action="version", version=shown)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    assess = commands.add_parser(
        "assess", help="assess a case", description=_ASSESS, epilog=_EXIT_CODES, formatter_class=style
    )
    assess.add_argument("case", metavar="CASE", type=Path, help="case file, TOML")
    assess.add_argument(
        "--output", metavar="DIR", type=Path, help="directory for the results, in place of the case's own"
    )
    assess.add_argument("--overwrite", action="store_true", help="replace results that exist")
    assess.add_argument("--threads", metavar="N", type=int, help="threads; results do not depend on it")
    shown_as = assess.add_mutually_exclusive_group()
    shown_as.add_argument("--json", action="store_true", help="print the whole record as JSON instead of the table")
    shown_as.add_argument("--quiet", action="store_true", help="print nothing but errors")

    check = commands.add_parser(
        "verify",
        help="compute a record again and compare every figure",
        description=_VERIFY,
        epilog=_EXIT_CODES,
        formatter_class=style,
    )
    check.add_argument("record", metavar="RECORD", help="record of an assessment (JSON)")
    check.add_argument("documents", metavar="DOCUMENT", nargs="*", help="what else was written from it")
    check.add_argument("--inputs", metavar="DIR", help="folder in which inputs are looked for")
    check.add_argument("--threads", metavar="N", type=int, help="threads; figures do not depend on it")
    check.add_argument("--json", action="store_true", help="print as JSON")

    look = commands.add_parser("info", help="tell what a file is", description=_INFO, formatter_class=style)
    look.add_argument("file", metavar="FILE", help="raster, licences, or record of an assessment")
    look.add_argument("--json", action="store_true", help="print as JSON (rasters and records)")
    add_licence_commands(commands)
    add_batch_commands(commands)
    add_ledger_commands(commands)
    add_rank_commands(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Otherwise those of the process.

    Returns
    -------
    int
        Exit code.
    """
    given = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # Chinese names on a terminal that has no such letters
    code = DONE
    try:
        own = {"assess": _assess, "verify": _verify, "info": _info}
        code = given.run(given) if hasattr(given, "run") else own[given.command](given)
        sys.stdout.flush()
    except OvercutError as error:
        return _complain(error, FILE_FAILED if isinstance(error, OSError) else REFUSED)
    except KeyboardInterrupt:
        return _complain("interrupted; nothing was written", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has enough of it; the interpreter must not complain about that at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _complain(message: object, code: int) -> int:
    print(f"overcut: {message}", file=sys.stderr)
    return code


def _verify(given: argparse.Namespace) -> int:
    found = verify(given.record, inputs=given.inputs, documents=given.documents, threads=given.threads)
    print(json.dumps(found.to_dict(), ensure_ascii=False, indent=1) if given.json else found)
    return DONE if found.ok else REFUSED


def _assess(given: argparse.Namespace) -> int:
    case = read_case(given.case)
    if given.output is not None:
        formats = case.formats or ("json", "gpkg", "csv")
        case = dataclasses.replace(case, directory=given.output, formats=formats)
    if given.overwrite:
        case = dataclasses.replace(case, overwrite=True)
    if given.threads is not None:
        case = dataclasses.replace(
            case, options={**case.options, "threads": positive_integer(given.threads, "threads")}
        )
    bar = not given.quiet and sys.stderr.isatty()
    assessment, files = case.run(progress=bar)
    if given.json:
        print(json.dumps(assessment.to_dict(), ensure_ascii=False, indent=1))
    elif not given.quiet:
        if case.title:
            print(f"{case.title}\n")
        print(assessment)
        if len(assessment.dates) > 2:  # noqa: PLR2004
            print(f"\n{assessment.series!r}")
        if case.appraisal is not None:
            print(f"\n{case.appraisal.run(assessment)}")
        if files:
            print("\nWritten")
            for file in files:
                print(f"  {file}")
    return DONE


def _info(given: argparse.Namespace) -> int:
    if Path(given.file).suffix.lower() == ".json":
        try:
            assessment = read_assessment(given.file)
        except OvercutError:
            pass  # GeoJSON has this suffix too
        else:
            print(json.dumps(assessment.to_dict(), ensure_ascii=False, indent=1) if given.json else assessment)
            return DONE
    try:
        found = info(given.file)
    except RasterReadError as error:
        try:
            licences = read_licences(given.file)
        except OSError:
            raise error from None
        print(licences)
        for each in licences.assumptions:
            print(f"- {each}")
        return DONE
    print(json.dumps(found.to_dict(), ensure_ascii=False, indent=1) if given.json else found)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
