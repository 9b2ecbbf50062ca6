"""不确定性: where the error of each volume comes from, and what is not in it."""

from __future__ import annotations

from overcut.report.building import Building, percent
from overcut.report.chapters.classes import row_key
from overcut.report.content import Cell, Chapter, Column, Heading, Items, Row, Table
from overcut.report.rounding import place_of, shown

__all__ = ["uncertainty"]

_PARTS = ("random_m3", "correlated_m3", "registration_m3", "boundary_m3")


def uncertainty(b: Building) -> Chapter:
    """Part each standard error, and say what it leaves out."""
    has_errors = any(row["cut_error"] is not None for row in b.record["rows"])
    confidence = b.number(percent(b.record["options"]["confidence"]), "options", "options", "confidence")
    blocks = [
        Heading(b.say("budget")),
        *(
            (b.paragraph("budget_text", confidence=confidence), b.formula("formula_error"), _budget(b))
            if has_errors
            else (b.paragraph("budget_unknown"),)
        ),
        b.paragraph("covariance_text"),
        Heading(b.say("not_in_it")),
        Items(tuple(b.line(key) for key in ("left_out_reference", "left_out_levels", "left_out_digging"))),
    ]
    return Chapter("uncertainty", b.say("chapter_uncertainty"), tuple(blocks))


def _budget(b: Building) -> Table:
    columns = (
        Column("interval", b.say("col_number"), figures=True, width=0.6),
        Column("licence", b.say("col_licence"), width=2.4),
        Column("class", b.say("col_class"), width=1.4),
        Column("cut_measured_m3", b.say("col_cut"), "m³", figures=True, width=1.1),
        Column("sigma_m3", b.say("col_sigma"), "m³", figures=True, width=0.9),
        *(Column(name, b.say(f"col_{name.removesuffix('_m3')}"), "m³", figures=True, width=0.9) for name in _PARTS),
    )
    rows = []
    for row in b.record["rows"]:
        error = row["cut_error"]
        if error is None:
            continue
        place = place_of(error["sigma_m3"]) or 0
        cells = (
            Cell(str(row["interval"] + 1), row["interval"]),
            b.licence_cell(row["licences"]),
            Cell(b.class_name(row["class"]), row["class"]),
            Cell(shown(row["cut_measured_m3"], place), row["cut_measured_m3"]),
            *(Cell(shown(error[name], place), error[name]) for name in ("sigma_m3", *_PARTS)),
        )
        rows.append(Row(row_key(row), cells))
    listed = b.joined([b.say("numbered_days", number=at + 1, days=b.days(at)) for at in b.intervals])
    return Table(
        "volume_errors", b.say("table_volume_errors"), columns, tuple(rows), note=b.say("note_intervals", list=listed)
    )
