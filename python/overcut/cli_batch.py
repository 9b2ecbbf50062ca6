"""The command line for batches: `overcut batch plan|run|resume`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from overcut.batch import read_plan, run
from overcut.batch.batch_file import read_batch
from overcut.exceptions import ParameterError

__all__ = ["add_batch_commands"]

# Exit codes; those of other commands are in `cli`.
DONE, WITH_GAPS = 0, 5

_EXAMPLE = """\
a batch file, county.toml (paths are relative to it):

  title = "Stone County, second quarter of 2024"
  licences = "licences.gpkg"
  vertical_datum = "1985"           # for tiles and licences that state none
  rule = "newest"                   # which tile counts where several lie: newest, best, mean
  near_m = 2000                     # optional: only units this near to a licence or watch area
  watch = "closed_mines.gpkg"       # optional: further areas that matter

  [[epochs]]                        # two or more, in the order of their dates
  name = "2024 Q1"
  tiles = "2024q1/**/*.tif"         # pattern, folder, list, CSV or GeoParquet index, VRT, STAC
  date = 2024-03-31                 # otherwise of the newest tile
  sigma_m = 1.2                     # standard deviation of one height

  [[epochs]]
  name = "2024 Q2"
  tiles = "items.json"              # a STAC item collection; also an address, with stac_search
  asset = "dem"
  from = 2024-04-01                 # of a source with many epochs
  to = 2024-06-30

  [options]                         # optional: the options of overcut.assess() that concern figures
  min_area_m2 = 400.0

  [output]
  directory = "2024q2"              # units/ and log while running, then the results
"""

_PLAN = f"""\
Reads the headers of all tiles and tells what would be done: units, cells, time,
memory, and which tiles are left out and why. Nothing is run.

  overcut batch plan county.toml

{_EXAMPLE}"""

_RUN = f"""\
Plans and runs a batch. Units are kept as they are done: after an interruption of any
kind, `overcut batch resume DIR` goes on.

  overcut batch run county.toml
  overcut batch run county.toml --scheduler dask --workers 8
  overcut batch run county.toml --scheduler tcp://10.0.0.5:8786

{_EXAMPLE}
exit codes:
  0  done
  1  the input was refused
  2  the command was wrong
  3  a file cannot be read or written
  5  done, but tiles or units failed: see tiles.csv and units.csv
  130  interrupted; what is done is kept"""


def add_batch_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `batch` and its commands; each parsed command carries `run`, which gives the exit code."""
    style = argparse.RawDescriptionHelpFormatter
    batch = commands.add_parser("batch", help="assess many tiles as one", description=_EXAMPLE, formatter_class=style)
    kinds = batch.add_subparsers(dest="batch_command", required=True, metavar="COMMAND")

    look = kinds.add_parser("plan", help="tell what would be done", description=_PLAN, formatter_class=style)
    look.add_argument("file", metavar="FILE", help="batch file, TOML")
    look.add_argument("--workers", metavar="N", type=int, help="for the estimate; otherwise one per core")
    look.set_defaults(run=_plan)

    work = kinds.add_parser("run", help="plan and run", description=_RUN, formatter_class=style)
    work.add_argument("file", metavar="FILE", help="batch file, TOML")
    work.add_argument("--output", metavar="DIR", type=Path, help="directory, in place of the file's own")
    work.add_argument("--overwrite", action="store_true", help="replace a run and results that exist")
    work.add_argument("--resume", action="store_true", help="go on with a run of the same job, if there is one")
    _run_options(work)
    work.set_defaults(run=_run)

    again = kinds.add_parser(
        "resume", help="go on with a run", description="Goes on with a run, as it was planned.", formatter_class=style
    )
    again.add_argument("directory", metavar="DIR", type=Path, help="directory of the run")
    _run_options(again)
    again.set_defaults(run=_resume)


def _run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scheduler", metavar="ADDRESS", help="`dask` for workers on this machine, or tcp://host:port")
    parser.add_argument("--workers", metavar="N", type=int, help="workers of `dask`; otherwise one per core")
    parser.add_argument("--threads", metavar="N", type=int, help="threads without Dask; otherwise one per core")
    parser.add_argument("--retries", metavar="N", type=int, default=2, help="of a unit that fails (default 2)")
    parser.add_argument("--rasters", action="store_true", help="write rasters of each unit, and a STAC collection")
    parser.add_argument("--no-digests", action="store_true", help="do not take the SHA-256 of tiles")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def _plan(given: argparse.Namespace) -> int:
    found = read_batch(given.file)
    planned = found.plan(progress=sys.stderr.isatty())
    if found.title:
        print(f"{found.title}\n")
    print(planned)
    return DONE


def _run(given: argparse.Namespace) -> int:
    found = read_batch(given.file)
    directory = given.output or found.directory
    if directory is None:
        raise ParameterError(f"{given.file} names no directory; write it under [output], or give --output")
    bar = not given.quiet and sys.stderr.isatty()
    if given.resume and (directory / "plan.json").exists():
        return _go(given, read_plan(directory), directory, resume=True, overwrite=True)
    return _go(given, found.plan(progress=bar), directory, resume=False, overwrite=given.overwrite)


def _resume(given: argparse.Namespace) -> int:
    return _go(given, read_plan(given.directory), given.directory, resume=True, overwrite=True)


def _go(given: argparse.Namespace, planned: object, directory: Path, *, resume: bool, overwrite: bool) -> int:
    bar = not given.quiet and sys.stderr.isatty()
    result = run(
        planned,  # type: ignore[arg-type]
        directory,
        scheduler=given.scheduler,
        workers=given.workers,
        threads=given.threads,
        retries=given.retries,
        resume=resume,
        overwrite=overwrite and not resume,
        rasters=given.rasters,
        digests=not given.no_digests,
        progress=bar,
    )
    files = result.write(directory, overwrite=overwrite)
    if given.rasters:
        files.append(result.to_stac(directory / "stac", overwrite=overwrite))
    if not given.quiet:
        print(result)
        print("\nWritten")
        for file in files:
            print(f"  {file}")
    return DONE if result.complete else WITH_GAPS
