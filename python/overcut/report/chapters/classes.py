"""越界越层判定: in which class each piece of ground stands, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.report.building import PLACES, Building, figures, volume_cells, words
from overcut.report.content import Cell, Chapter, Column, Heading, Items, Row, Table
from overcut.report.rounding import shown
from overcut.report.totals import whole_error
from overcut.tables import is_conflict

if TYPE_CHECKING:
    from overcut.report.content import Block

__all__ = ["in_order", "row_key", "standing"]

Record = dict[str, Any]


def standing(b: Building) -> Chapter:
    """Give the rules, then the sums of each interval."""
    present = list(dict.fromkeys(row["class"] for row in sorted(b.record["rows"], key=lambda row: _rank(row["class"]))))
    blocks: list[Block] = [
        Heading(b.say("rules")),
        b.paragraph("rules_text"),
        Items(tuple(b.line("class_rule", name=b.class_name(word), rule=b.say(f"rule_{word}")) for word in present)),
        b.paragraph("rules_validity"),
        b.paragraph("rules_patches"),
        Heading(b.say("by_class")),
        b.paragraph("by_class_text"),
    ]
    blocks += [by_class(b, at) for at in b.intervals]
    contested = conflicts(b)
    blocks.append(Heading(b.say("conflicts")))
    blocks += [Items(contested)] if contested else [b.paragraph("no_conflicts")]
    return Chapter("standing", b.say("chapter_standing"), tuple(blocks))


def _rank(word: str) -> int:
    from overcut.classes import CLASS_OF

    return list(CLASS_OF).index(word)


def row_key(row: Record) -> str:
    """Key of a row of sums: interval, licences, class, layer."""
    return f"{row['interval']}/{'+'.join(row['licences'])}/{row['class']}/{row['layer'] or ''}"


def in_order(b: Building, interval: int) -> list[Record]:
    """Rows of an interval; what lies outside all licences comes last."""
    rows = [row for row in b.record["rows"] if row["interval"] == interval]
    return sorted(rows, key=lambda row: not row["licences"])


def by_class(b: Building, interval: int) -> Table:
    """Tabulate the removed volume by licences and class, with its interval."""
    layers = bool(b.record["layers"])
    columns = (
        Column("licence", b.say("col_licence"), width=2.5),
        Column("class", b.say("col_class"), width=1.5),
        *((Column("layer", b.say("col_layer"), width=1.3),) if layers else ()),
        Column("cut_measured_m3", b.say("col_cut"), "m³", figures=True, width=1.2),
        Column("cut_sigma_m3", b.say("col_sigma"), "m³", figures=True),
        Column("cut_low_m3", b.say("col_low"), "m³", figures=True, width=1.2),
        Column("cut_high_m3", b.say("col_high"), "m³", figures=True, width=1.2),
        Column("cut_measured_area_m2", b.say("col_area"), "m²", figures=True),
    )
    rows = [Row(row_key(row), _cells(b, row, layers)) for row in in_order(b, interval) if row["cut_measured_m3"]]
    found = b.record["intervals"][interval]
    nothing = words(None)
    total = (
        Cell(b.say("total"), "total"),
        *([nothing] * (1 + layers)),
        *volume_cells(found["cut_measured_m3"], whole_error(b.record, interval)),
        nothing,
    )
    rows.append(Row(f"{interval}/total", total, total=True))
    caption = b.say("table_by_class", days=b.days(interval))
    return Table(f"by_licence_{interval}", caption, columns, tuple(rows), note=b.say("note_by_class"))


def _cells(b: Building, row: Record, layers: bool) -> tuple[Cell, ...]:
    return (
        b.licence_cell(row["licences"]),
        Cell(b.class_name(row["class"]), row["class"]),
        *((words(row["layer"]),) if layers else ()),
        *volume_cells(row["cut_measured_m3"], row["cut_error"]),
        figures(row["cut_measured_area_m2"], PLACES["m2"]),
    )


def conflicts(b: Building) -> tuple[Any, ...]:
    """Whatever several licences have a claim to: named, not decided."""
    lines = []
    for patch in b.record["patches"]:
        if patch["attribution"] == "conflict":
            touching = b.joined([f"{each['licence']} ({shown(each['contact_m'], 0)} m)" for each in patch["contacts"]])
            volume = b.number(shown(patch["volume_m3"], 0), "patches", patch["id"], "volume_m3")
            lines.append(b.line("conflict_patch", patch=patch["id"], volume=volume, licences=touching))
    for row in b.record["rows"]:
        if is_conflict(row) and row["class"] != "beyond_boundary":
            volume = b.number(shown(row["cut_measured_m3"], 0), "by_licence", row_key(row), "cut_measured_m3")
            lines.append(
                b.line(
                    "conflict_row",
                    days=b.days_number(row["interval"]),
                    volume=volume,
                    name=b.class_name(row["class"]),
                    licences=b.licences(row["licences"]),
                )
            )
    return tuple(lines)
