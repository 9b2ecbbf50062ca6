"""Random single changes of everything that belongs to an assessment: verification must find and name each.

    python python/tests/mutations.py --count 200

makes the changes one by one on copies of `testdata`, and tells which were not found or not named.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import time
import zipfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import overcut as oc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TESTDATA = Path(__file__).resolve().parents[2] / "testdata"
DATES = ("2021-05-01", "2022-10-15", "2024-05-20")
PARAMETERS = ("options", "surfaces", "licences", "licence_file", "crs", "grid", "assumptions")
TABLE = r'<w:tbl>(?:(?!</w:tbl>).)*?w:tblCaption w:val="overcut:([^"]+)"(?:(?!</w:tbl>).)*</w:tbl>'
FIGURES = ("rows", "patches", "intervals", "covariances", "digest")


@dataclass(frozen=True)
class Mutation:
    """One change: of which kind, in which file, and what a difference must name."""

    kind: str
    file: str
    place: str
    named: Callable[[oc.Verification], bool]


def make_case(directory: Path) -> None:
    """Assess testdata in a folder of its own, and write every document that carries figures."""
    for date in DATES:
        shutil.copy(TESTDATA / f"dem_{date[:4]}.tif", directory)
    shutil.copy(TESTDATA / "licences.gpkg", directory)
    surfaces = [oc.Dem(directory / f"dem_{date[:4]}.tif", date=date, sigma_m=0.05) for date in DATES]
    case = oc.assess(surfaces, directory / "licences.gpkg", vertical_datum="1985")
    case.to_json(directory / "case.json")
    case.to_gpkg(directory / "case.gpkg")
    case.to_csv(directory / "csv")
    for form in ("docx", "html", "xlsx"):
        case.to_report(directory / f"case.{form}", figures=False)


def mutate(directory: Path, chance: random.Random, kind: str) -> Mutation:
    """Make one change."""
    return KINDS[kind](directory, chance)


def documents(directory: Path, mutation: Mutation) -> list[Path]:
    """The document that was changed, if one was."""
    path = directory / mutation.file
    return [path] if path.suffix in (".gpkg", ".csv", ".docx", ".html", ".xlsx") and path.stem != "licences" else []


def _byte(path: Path, chance: random.Random) -> int:
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data))
    data[at] ^= 1 << chance.randrange(8)
    path.write_bytes(bytes(data))
    return at


def _raster(directory: Path, chance: random.Random) -> Mutation:
    name = f"dem_{chance.choice(DATES)[:4]}.tif"
    path = directory / name
    if chance.random() < 0.5:
        place = f"byte {_byte(path, chance)}"
    else:
        import rasterio

        with rasterio.open(path, "r+") as raster:
            row, col = chance.randrange(raster.height), chance.randrange(raster.width)
            heights = raster.read(1)
            heights[row, col] += chance.choice((-0.001, 0.001, 5.0))
            raster.write(heights, 1)
        place = f"pixel {row}, {col}"
    return Mutation("raster", name, place, lambda v: _input_named(v, name))


def _licence_file(directory: Path, chance: random.Random) -> Mutation:
    path = directory / "licences.gpkg"
    place = f"byte {_byte(path, chance)}"
    return Mutation("licence file", "licences.gpkg", place, lambda v: _input_named(v, "licences"))


def _input_named(verification: oc.Verification, name: str) -> bool:
    first = verification.first
    return first is not None and first.kind == "input" and name in f"{first.row} {first.stated}"


def _leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, (*place, name))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _leaves(each, (*place, at))
    else:
        yield place


def _other(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if value is None:
        return 0.5
    if isinstance(value, int):
        return value + chance.choice((-1, 1)) if value else 1
    if isinstance(value, float):
        return value * (1.0 + chance.choice((-1, 1)) * 10.0 ** -chance.randint(1, 12)) if value else 1e-9
    at = chance.randrange(max(len(value), 1))
    letter = value[at : at + 1]
    return f"{value[:at]}{'7' if letter != '7' else '3'}{value[at + 1 :]}"


def _json(directory: Path, chance: random.Random, parts: tuple[str, ...], kind: str) -> Mutation:
    path = directory / "case.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    part = chance.choice(parts)
    places = list(_leaves(record[part], (part,)))
    while True:
        place = chance.choice(places)
        holder = record
        for each in place[:-1]:
            holder = holder[each]
        changed = _other(holder[place[-1]], chance)
        if changed != holder[place[-1]]:
            break
    holder[place[-1]] = changed
    path.write_text(json.dumps(record, ensure_ascii=False, indent=2), encoding="utf-8")
    last = str(place[-1])
    return Mutation(kind, "case.json", "/".join(map(str, place)), lambda v: _leaf_named(v, part, last))


def _leaf_named(verification: oc.Verification, part: str, last: str) -> bool:
    """Whether a difference names the part of the record, or the input that it identifies."""
    return any(each.table == part or (each.kind == "input" and last in each.column) for each in verification.found)


def _json_parameter(directory: Path, chance: random.Random) -> Mutation:
    return _json(directory, chance, PARAMETERS, "parameter in JSON")


def _json_figure(directory: Path, chance: random.Random) -> Mutation:
    return _json(directory, chance, FIGURES, "figure in JSON")


def _gpkg(directory: Path, chance: random.Random) -> Mutation:
    path = directory / "case.gpkg"
    with closing(sqlite3.connect(path)) as database:
        # The triggers of the index of places call functions that only GDAL has.
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        table = chance.choice(("licence_results", "patches", "intervals", "licences", "surfaces", "run"))
        columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")') if row[1] not in ("fid", "geom")]
        listed = ", ".join(f'"{column}"' for column in columns)
        rows = database.execute(f'SELECT fid, {listed} FROM "{table}"').fetchall()
        while True:
            row = chance.choice(rows)
            at = chance.randrange(len(columns))
            if row[at + 1] is not None:
                break
        column = columns[at]
        database.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE fid = ?', (_other(row[at + 1], chance), row[0]))
        database.commit()
    place = f"{table} {row[0]} {column}"
    return Mutation(
        "GPKG", "case.gpkg", place, lambda v: any((each.table, each.column) == (table, column) for each in v.found)
    )


def _csv(directory: Path, chance: random.Random) -> Mutation:
    name = chance.choice(("rows.csv", "patches.csv", "intervals.csv"))
    path = directory / "csv" / name
    lines = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    while True:
        line, at = chance.choice(lines[1:]), chance.randrange(len(lines[0]))
        if line[at]:
            break
    line[at] = _digit(line[at], chance)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(lines)
    column = lines[0][at]
    return Mutation("CSV", f"csv/{name}", column, lambda v: any(each.column == column for each in v.found))


def _digit(text: str, chance: random.Random) -> str:
    """Text with one digit changed, or with one more."""
    places = [at for at, sign in enumerate(text) if sign.isdigit()]
    if not places:
        return f"{text}7"
    at = chance.choice(places)
    return f"{text[:at]}{(int(text[at]) + chance.randint(1, 9)) % 10}{text[at + 1 :]}"


def _xlsx(directory: Path, chance: random.Random) -> Mutation:
    from openpyxl import load_workbook

    path = directory / "case.xlsx"
    workbook = load_workbook(path)
    sheets = json.loads("".join(row[0].value for row in workbook["overcut"].iter_rows(max_col=1)))["sheets"]
    while True:
        key = chance.choice(sorted(sheets))
        sheet = workbook[sheets[key]["sheet"]]
        line = 4 + chance.randrange(len(sheets[key]["rows"]))
        at = chance.randrange(len(sheets[key]["columns"]))
        cell = sheet.cell(line, at + 1)
        if cell.value is not None:
            break
    if isinstance(cell.value, (int, float)):
        changed = _other(float(cell.value), chance)
        # A workbook stores sixteen digits.
        cell.value = changed if f"{changed:.16g}" != f"{cell.value:.16g}" else cell.value + 1
    else:
        cell.value = _digit(str(cell.value), chance)
    workbook.save(path)
    column = sheets[key]["columns"][at]
    named = ("digest of the cells", column)
    return Mutation(
        "XLSX", "case.xlsx", f"{key} {column}", lambda v: any(e.table == key and e.column in named for e in v.found)
    )


def _docx(directory: Path, chance: random.Random) -> Mutation:
    path = directory / "case.docx"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = members["word/document.xml"].decode()
    spots = []
    for table in re.finditer(TABLE, text, re.DOTALL):
        spots += [(table[1], each) for each in _numbers_in(text, table.start(), table.end())]
    for mark in re.finditer(r'w:name="overcut_(\d+)"/>(.*?)<w:bookmarkEnd', text, re.DOTALL):
        spots += [("text", each) for each in _numbers_in(text, mark.start(2), mark.end(2))]
    key, at = chance.choice(spots)
    members["word/document.xml"] = f"{text[:at]}{(int(text[at]) + chance.randint(1, 9)) % 10}{text[at + 1 :]}".encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return Mutation("DOCX", "case.docx", f"{key} at {at}", lambda v: _table_named(v, key))


def _numbers_in(text: str, start: int, end: int) -> list[int]:
    """Places of digits that are shown."""
    shown = re.finditer(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", text[start:end])
    return [start + each.start(1) + at for each in shown for at, sign in enumerate(each[1]) if sign in "0123456789"]


def _html(directory: Path, chance: random.Random) -> Mutation:
    path = directory / "case.html"
    text = path.read_text(encoding="utf-8")
    spots = []
    for table in re.finditer(r'<table class="data" data-table="([^"]+)".*?</table>', text, re.DOTALL):
        for cell in re.finditer(r"<td[^>]*>([^<]*)</td>", table[0]):
            start = table.start() + cell.start(1)
            spots += [(table[1], start + at) for at, sign in enumerate(cell[1]) if sign in "0123456789"]
    for mark in re.finditer(r"<data [^>]*>([^<]*)</data>", text):
        spots += [("text", mark.start(1) + at) for at, sign in enumerate(mark[1]) if sign in "0123456789"]
    key, at = chance.choice(spots)
    digit = (int(text[at]) + chance.randint(1, 9)) % 10
    path.write_text(f"{text[:at]}{digit}{text[at + 1 :]}", encoding="utf-8")
    return Mutation("HTML", "case.html", f"{key} at {at}", lambda v: _table_named(v, key))


def _table_named(verification: oc.Verification, key: str) -> bool:
    """Whether a difference names the table; figures of running text are named by the row that they come from."""
    if key == "text":
        return any(each.kind == "figure" and each.row for each in verification.found)
    return any(each.table == key for each in verification.found)


KINDS: dict[str, Callable[[Path, random.Random], Mutation]] = {
    "raster": _raster,
    "licence file": _licence_file,
    "parameter in JSON": _json_parameter,
    "figure in JSON": _json_figure,
    "GPKG": _gpkg,
    "CSV": _csv,
    "XLSX": _xlsx,
    "DOCX": _docx,
    "HTML": _html,
}


def check(original: Path, directory: Path, kind: str, seed: int) -> tuple[Mutation, oc.Verification | Exception]:
    """Change a copy, and verify it."""
    shutil.copytree(original, directory)
    mutation = mutate(directory, random.Random(seed), kind)
    try:
        return mutation, oc.verify(directory / "case.json", documents=documents(directory, mutation), threads=1)
    except oc.OvercutError as error:
        return mutation, error


def found_and_named(mutation: Mutation, outcome: oc.Verification | Exception) -> bool:
    """Whether a change was found and named; a record that cannot even be read is named by the error."""
    if isinstance(outcome, Exception):
        return mutation.file == "case.json" and "case.json" in str(outcome)
    return not outcome.ok and mutation.named(outcome)


def main() -> int:
    """Make changes, and tell which were missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20241126)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    started = time.monotonic()
    made: Counter[str] = Counter()
    missed = []
    with tempfile.TemporaryDirectory() as work:
        original = Path(work) / "original"
        original.mkdir()
        make_case(original)
        intact = oc.verify(
            original / "case.json", documents=[original / f"case.{form}" for form in ("gpkg", "docx", "html", "xlsx")]
        )
        print(intact)
        for number in range(given.count):
            kind = chance.choice(sorted(KINDS))
            directory = Path(work) / f"change-{number}"
            mutation, outcome = check(original, directory, kind, chance.randrange(2**32))
            made[kind] += 1
            if not found_and_named(mutation, outcome):
                missed.append((number, mutation.kind, mutation.file, mutation.place, str(outcome)))
                print("MISSED", *missed[-1])
            shutil.rmtree(directory)
    seconds = time.monotonic() - started
    print(
        f"{given.count - len(missed)} of {given.count} changes found and named in {seconds:.0f} s: "
        f"{dict(sorted(made.items()))}"
    )
    return 1 if missed or not intact.ok else 0


if __name__ == "__main__":
    sys.exit(main())
