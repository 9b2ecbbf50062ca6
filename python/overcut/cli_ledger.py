"""The command line for ledgers: `overcut ledger create`, `add`, `show`, `history`, `inspect`, `overdue`, `export`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.assessment import read_assessment
from overcut.exceptions import ParameterError
from overcut.messages import LANGUAGES
from overcut.records import rows_of
from overcut.summary import Table, figure
from overcut.summary_text import printable, table_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from overcut.ledger import Ledger

__all__ = ["add_ledger_commands"]

DONE = 0

_LEDGER = """\
Keeps patches from run to run in a ledger (监管台账): a GeoPackage, or a PostgreSQL
database named by its URL. Everything is kept with who said it and when; nothing is
changed or removed.

  overcut ledger create county.gpkg --crs EPSG:4546 --by Li
  overcut ledger add county.gpkg out/2026q1.json --by Li --townships townships.gpkg
  overcut ledger show county.gpkg
  overcut ledger inspect county.gpkg 2026-000012 --outcome unlawful --filed --by Wang
  overcut ledger overdue county.gpkg --on 2026-07-01
  overcut ledger export county.gpkg 图斑.xlsx"""

_PATCH_COLUMNS = (
    "patch_id", "state", "township", "subject", "licence", "class", "last_dug", "area_m2", "cut_m3", "outside_m3",
    "outcome", "leads",
)  # fmt: skip
_OVERDUE_COLUMNS = ("what", "name", "kind", "state", "risk", "township", "last_visit", "due", "days_overdue", "x", "y")


def add_ledger_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger` and its commands; each parsed command carries `run`, which gives the exit code."""
    style = argparse.RawDescriptionHelpFormatter
    ledger = commands.add_parser(
        "ledger", help="keep patches from run to run", description=_LEDGER, formatter_class=style
    )
    kinds = ledger.add_subparsers(dest="ledger_command", required=True, metavar="COMMAND")

    def command(
        name: str, words: str, run: Callable[[argparse.Namespace], int], *, says: bool
    ) -> argparse.ArgumentParser:
        parser = kinds.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
        parser.add_argument("ledger", metavar="LEDGER", help="GeoPackage, or postgresql+psycopg://user@host/database")
        if says:
            parser.add_argument("--by", metavar="NAME", required=True, help="who says so")
        parser.set_defaults(run=run)
        return parser

    create = command("create", "make a ledger", _create, says=True)
    create.add_argument("--crs", required=True, help="projected, such as EPSG:4546")
    create.add_argument("--settings", metavar="TOML", help="settings to start with")

    add = command("add", "add assessments from their records", _add, says=True)
    add.add_argument("records", metavar="RECORD", nargs="+", help="record of an assessment (JSON)")
    add.add_argument("--townships", metavar="FILE", help="polygons of townships")
    add.add_argument("--villages", metavar="FILE", help="polygons of villages")
    add.add_argument("--zone", metavar="KIND=FILE", action="append", default=[], help="zones of competence of a kind")
    add.add_argument("--looked", metavar="FILE", help="ground that was compared, if the records do not know it")
    add.add_argument("--title", help="for people")
    add.add_argument("--preview", action="store_true", help="tell what would come of it, and write nothing")
    add.add_argument("--lang", choices=LANGUAGES, default="zh", help="language of zones and departments")

    show = command("show", "show how many patches are in which state", _show, says=False)
    show.add_argument("--lang", choices=LANGUAGES, default="en")

    patches = command("patches", "list patches as they are now", _patches, says=False)
    patches.add_argument("--state", action="append", default=[], help="only those in this state; may be repeated")
    patches.add_argument("--json", action="store_true", help="print all columns as JSON")

    history = command("history", "tell everything that was said of a patch", _history, says=False)
    history.add_argument("patch", metavar="PATCH")
    history.add_argument("--lang", choices=LANGUAGES, default="en")

    _saying_commands(command)

    overdue = command("overdue", "list what should have been visited", _overdue, says=False)
    overdue.add_argument("--on", metavar="DAY", help="otherwise today")
    overdue.add_argument("--level", help="who patrols, such as township")
    overdue.add_argument("--json", action="store_true", help="print as JSON")

    totals = command("totals", "sum up what is counted", _totals, says=False)
    totals.add_argument("--columns", metavar="A,B", default="township,period", help="what the sums are by")
    totals.add_argument("--json", action="store_true", help="print as JSON")

    export = command("export", "write patches as .xlsx, .csv or .gpkg", _export, says=False)
    export.add_argument("output", metavar="OUT", type=Path)
    export.add_argument("--fields", choices=("satellite", "all"), default="satellite")
    export.add_argument("--lang", choices=LANGUAGES, default="zh")
    export.add_argument(
        "--constant", metavar="FIELD=VALUE", action="append", default=[], help="such as region_code=140824"
    )
    export.add_argument("--overwrite", action="store_true", help="replace a file that exists")


def _saying_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    configure = command("configure", "state new settings", _configure, says=True)
    configure.add_argument("settings", metavar="TOML")

    inspect = command("inspect", "enter an inspection on site", _inspect, says=True)
    inspect.add_argument("patch", metavar="PATCH")
    inspect.add_argument("--outcome", required=True, choices=("unlawful", "lawful", "false_change", "exempt"))
    for name, words in (
        ("filed", "a case was filed (立案)"),
        ("accepted", "the ground was accepted, the patch is closed (验收, 销号)"),
        ("settled", "what was dug until then has been dealt with"),
    ):
        inspect.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, help=words)
    inspect.add_argument("--when", metavar="DAY", help="otherwise today")
    inspect.add_argument("--inspectors", metavar="NAMES")
    inspect.add_argument("--note", metavar="TEXT")
    inspect.add_argument(
        "--detail", metavar="NAME=VALUE", action="append", default=[], help="such as document=〔2026〕1号"
    )

    describe = command("describe", "state facts of a patch", _describe, says=True)
    describe.add_argument("patch", metavar="PATCH")
    for name in ("subject", "township", "village", "gully", "mine", "opening", "risk", "licence", "text"):
        describe.add_argument(f"--{name}")

    lead = command("lead", "enter a lead at a point", _lead, says=True)
    lead.add_argument("x", metavar="EAST", type=float, help="or longitude, with --crs")
    lead.add_argument("y", metavar="NORTH", type=float)
    lead.add_argument("--kind", default="report", help="report, electricity, other, or a word of your own")
    lead.add_argument("--when", metavar="DAY", help="otherwise today")
    lead.add_argument("--text")
    lead.add_argument("--crs", help="of the point, if not that of the ledger")

    watch = command("watch", "enter ground that is watched", _watch, says=True)
    watch.add_argument("areas", metavar="FILE", help="polygons, or points with --radius-m")
    watch.add_argument("--kind", required=True, help="such as closed_mine or danger_point")
    watch.add_argument("--radius-m", type=float)
    watch.add_argument("--risk")
    watch.add_argument("--interval-days", type=float, help="days between patrols of these areas")
    watch.add_argument("--name-column")

    patrol = command("patrol", "enter a patrol of a patch or watch area", _patrol, says=True)
    patrol.add_argument("where", metavar="PATCH-OR-AREA")
    patrol.add_argument("--when", metavar="DAY", help="otherwise today")
    patrol.add_argument("--level", help="such as village")
    patrol.add_argument("--note")


def _open(given: argparse.Namespace, **options: Any) -> Ledger:
    from overcut.ledger import Ledger

    return Ledger.open(given.ledger, **options)


def _pairs(listed: list[str], what: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in listed:
        name, sign, value = each.partition("=")
        if not sign or not name:
            raise ParameterError(f"{what} is {each!r}; expected it as name=value")
        found[name] = value
    return found


def _create(given: argparse.Namespace) -> int:
    print(_open(given, create=True, crs=given.crs, by=given.by, settings=given.settings))
    return DONE


def _add(given: argparse.Namespace) -> int:
    looked = None
    if given.looked is not None:
        import geopandas

        looked = geopandas.read_file(given.looked)
    ledger = _open(given)
    for record in given.records:
        told = ledger.add(
            read_assessment(record),
            by=given.by,
            townships=given.townships,
            villages=given.villages,
            zones=_pairs(given.zone, "--zone"),
            looked=looked,
            title=given.title or Path(record).stem,
            lang=given.lang,
            preview=given.preview,
        )
        print(f"{printable(str(record))}\n{told}")
    return DONE


def _show(given: argparse.Namespace) -> int:
    print(_open(given).to_text(given.lang))
    return DONE


def _patches(given: argparse.Namespace) -> int:
    table = _open(given).patches.drop(columns="geometry")
    if given.state:
        table = table[table["state"].isin(given.state)]
    return _print(table if given.json else table[list(_PATCH_COLUMNS)], as_json=given.json)


def _history(given: argparse.Namespace) -> int:
    for row in _open(given).history(given.patch, lang=given.lang).to_dict("records"):
        print(printable(f"{row['said_at']:%Y-%m-%d %H:%M:%SZ}  {row['said_by']}  {row['patch_id']}  {row['what']}"))
    return DONE


def _configure(given: argparse.Namespace) -> int:
    _open(given).configure(given.settings, by=given.by)
    return DONE


def _inspect(given: argparse.Namespace) -> int:
    names = ("outcome", "by", "when", "filed", "accepted", "settled", "inspectors", "note")
    stated: dict[str, Any] = {name: getattr(given, name) for name in names}
    _open(given).inspect(given.patch, **stated, **_pairs(given.detail, "--detail"))
    return DONE


def _describe(given: argparse.Namespace) -> int:
    names = ("by", "subject", "township", "village", "gully", "mine", "opening", "risk", "licence", "text")
    _open(given).describe(given.patch, **{name: getattr(given, name) for name in names})
    return DONE


def _lead(given: argparse.Namespace) -> int:
    names = ("kind", "by", "when", "text", "crs")
    _open(given).lead((given.x, given.y), **{name: getattr(given, name) for name in names})
    return DONE


def _watch(given: argparse.Namespace) -> int:
    names = ("kind", "by", "radius_m", "risk", "interval_days", "name_column")
    for name in _open(given).watch(given.areas, **{name: getattr(given, name) for name in names}):
        print(printable(name))
    return DONE


def _patrol(given: argparse.Namespace) -> int:
    names = ("by", "when", "level", "note")
    _open(given).patrol(given.where, **{name: getattr(given, name) for name in names})
    return DONE


def _overdue(given: argparse.Namespace) -> int:
    table = _open(given).overdue(on=given.on, level=given.level).drop(columns="geometry")
    return _print(table if given.json else table[list(_OVERDUE_COLUMNS)], as_json=given.json)


def _totals(given: argparse.Namespace) -> int:
    by = [each.strip() for each in given.columns.split(",") if each.strip()]
    return _print(_open(given).totals(by=by), as_json=given.json)


def _export(given: argparse.Namespace) -> int:
    written = _open(given).export(
        given.output,
        fields=given.fields,
        lang=given.lang,
        constants=_pairs(given.constant, "--constant"),
        overwrite=given.overwrite,
    )
    print(printable(str(written)))
    return DONE


def _print(table: Any, *, as_json: bool) -> int:
    rows = rows_of(table)
    if as_json:
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return DONE
    numeric = {at for at, name in enumerate(table.columns) if table[name].dtype.kind in "fiu"}
    cells = [
        tuple(
            "" if value is None else figure(value) if isinstance(value, float) else printable(str(value))
            for value in row.values()
        )
        for row in rows
    ]
    print(table_text(Table(head=tuple(table.columns), rows=cells, numeric=frozenset(numeric))))
    return DONE
