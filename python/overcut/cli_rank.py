"""The command line for ranking: `overcut rank list FILE`, `overcut rank learn FILE MODEL`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.assessment import read_assessment
from overcut.exceptions import FileReadError, OutputError, ParameterError
from overcut.messages import LANGUAGES, text
from overcut.ranking import Ranking, RankingModel, rank
from overcut.ranking.model import shipped_model
from overcut.summary import Table
from overcut.summary_text import table_text

if TYPE_CHECKING:
    import argparse

    from pandas import DataFrame

__all__ = ["add_rank_commands"]

PATCH_LAYERS = ("patches", "ranking")
"""Layers of a GeoPackage that hold patches, in the order in which they are looked for."""

_LIST = """\
Sorts excavated patches by the probability that they are real digging outside the
rights, says why, and what visiting the list down to each place is expected to bring.

  overcut rank list out/case.json
  overcut rank list out/case.gpkg --leads reports.gpkg --output visits.csv --lang zh
  overcut rank list out/case.json --model county.json --hours 80 --hours-per-visit 1.5

FILE is the record of an assessment, or a vector file of patches."""

_LEARN = """\
Learns from inspections: reads a list that `overcut rank list --output` wrote, with its
column `outcome` filled in (unlawful, lawful, false_change, exempt; 违法, 合法, 伪变化,
不处理; empty: not inspected), and writes a model for the next lists.

  overcut rank learn visits.csv county.json
  overcut rank learn visits_q3.csv county_q3.json --model county_q2.json"""


def add_rank_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `rank` and its commands; each parsed command carries `run`, which gives the exit code."""
    from argparse import RawDescriptionHelpFormatter as Style

    ranking = commands.add_parser("rank", help="rank patches for inspectors", formatter_class=Style)
    kinds = ranking.add_subparsers(dest="rank_command", required=True, metavar="COMMAND")

    listed = kinds.add_parser("list", help="patches worth a visit first", description=_LIST, formatter_class=Style)
    listed.add_argument("file", metavar="FILE", help="record of an assessment (JSON), or vector file of patches")
    listed.add_argument("--layer", help="layer of a file with several")
    listed.add_argument("--leads", metavar="FILE", help="places of reports")
    listed.add_argument("--zones", metavar="FILE", help="watch areas")
    listed.add_argument("--history", metavar="FILE", help="older patches, with outcomes if there are any")
    listed.add_argument("--model", metavar="JSON", help="otherwise the one that comes along")
    listed.add_argument("--output", metavar="FILE", type=Path, help="list to be written: .csv or .gpkg")
    listed.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    listed.add_argument("--hours", type=float, help="time for visits")
    listed.add_argument("--hours-per-visit", type=float, help="time that a visit takes")
    listed.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the list")
    listed.set_defaults(run=_list)

    learn = kinds.add_parser("learn", help="learn from inspections", description=_LEARN, formatter_class=Style)
    learn.add_argument("file", metavar="FILE", help="list with outcomes: .csv, or a vector file")
    learn.add_argument("output", metavar="MODEL", type=Path, help="model to be written (JSON)")
    learn.add_argument("--model", metavar="JSON", help="what is known before; otherwise the one that comes along")
    learn.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    learn.add_argument("--lang", choices=LANGUAGES, default="en", help="language of what is printed")
    learn.set_defaults(run=_learn)


def _model(path: str | None) -> RankingModel:
    return shipped_model() if path is None else RankingModel.load(path)


def _list(given: argparse.Namespace) -> int:
    if given.output is not None:
        _refuse_output(given.output, given.overwrite)
    ranking = rank(
        _patches(given.file, given.layer),
        leads=_beside(given.leads),
        zones=_beside(given.zones),
        history=_beside(given.history),
        model=_model(given.model),
        lang=given.lang,
    )
    print(repr(ranking))
    load = ranking.load(hours=given.hours, hours_per_visit=given.hours_per_visit)
    if len(load):
        print(f"\n{_load_text(load, ranking)}")
    if given.output is not None:
        write = ranking.to_csv if given.output.suffix.lower() == ".csv" else ranking.to_gpkg
        print("\n" + text("ranking.written", given.lang, path=write(given.output, overwrite=given.overwrite)))
    return 0


def _refuse_output(path: Path, overwrite: bool) -> None:
    from overcut.publishing import refuse_existing

    if path.suffix.lower() not in (".csv", ".gpkg"):
        raise OutputError(f"{path} has no extension that is written; expected .csv or .gpkg")
    refuse_existing(path, overwrite=overwrite)


def _load_text(load: DataFrame, ranking: Ranking) -> str:
    names = ["visits", "expected_real", "precision", "share_of_real", *(["hours"] if "hours" in load else [])]
    head = tuple(text(f"ranking.head_{name}", ranking.lang) for name in names)
    rows = []
    for each in load.to_dict("records"):
        row = [
            f"{each['visits']}",
            f"{each['expected_real']:.1f} [{each['real_low']:.0f}, {each['real_high']:.0f}]",
            f"{each['precision']:.2f} [{each['precision_low']:.2f}, {each['precision_high']:.2f}]",
            f"{each['share_of_real']:.2f} [{each['share_low']:.2f}, {each['share_high']:.2f}]",
        ]
        rows.append((*row, *([f"{each['hours']:g}"] if "hours" in each else [])))
    return table_text(Table(head=head, rows=rows, numeric=frozenset(range(len(names)))))


def _learn(given: argparse.Namespace) -> int:
    from overcut.publishing import refuse_existing

    refuse_existing(given.output, overwrite=given.overwrite)
    table = _inspected(given.file)
    if "outcome" not in table:
        raise ParameterError(
            f"{given.file} has no column `outcome`; it has {', '.join(map(str, table.columns[:12]))}, …"
        )
    before = _model(given.model)
    model = RankingModel.fit(table, table["outcome"], prior=before)
    written = model.save(given.output, overwrite=given.overwrite)
    last = model.training["inspected"]["last"]
    print(
        text(
            "ranking.learnt",
            given.lang,
            patches=last["patches"],
            real=last["real"],
            before=before.intercept,
            after=model.intercept,
        )
    )
    print(text("ranking.written", given.lang, path=written))
    return 0


def _patches(path: str, layer: str | None) -> Any:
    if Path(path).suffix.lower() == ".json":
        return read_assessment(path)
    return _vector(path, layer)


def _beside(path: str | None) -> Any:
    return None if path is None else _vector(path, None)


def _vector(path: str, layer: str | None) -> Any:
    import geopandas

    try:
        if Path(path).suffix.lower() == ".parquet":
            return geopandas.read_parquet(path)
        if layer is None:
            names = list(geopandas.list_layers(path)["name"])
            layer = next((each for each in PATCH_LAYERS if each in names), None)
        return geopandas.read_file(path, layer=layer, engine="pyogrio")
    except Exception as error:  # drivers raise of many kinds
        raise FileReadError(f"{path} cannot be read as patches or places: {error}") from error


def _inspected(path: str) -> Any:
    if Path(path).suffix.lower() != ".csv":
        return _vector(path, None)
    import pandas

    # Spreadsheets of a Chinese office save in GB 18030 again what they read as UTF-8.
    try:
        try:
            return pandas.read_csv(path, encoding="utf-8-sig")
        except UnicodeDecodeError:
            return pandas.read_csv(path, encoding="gb18030")
    except (OSError, ValueError) as error:
        raise FileReadError(f"{path} cannot be read as a table: {error}") from error
