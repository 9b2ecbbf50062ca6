"""配准与精度评定: how surveys were brought onto each other, and how wrong a difference is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.report.building import ERROR_PLACE, Building, figures, measured, words
from overcut.report.content import Cell, Chapter, Column, Heading, Row, Table
from overcut.report.rounding import shown

if TYPE_CHECKING:
    from overcut.report.content import Block

__all__ = ["registration_and_accuracy"]

Record = dict[str, Any]

_SHIFTS = ("east_m", "north_m", "up_m")


def registration_and_accuracy(b: Building) -> Chapter:
    """Tell shifts, residuals and the error of a difference, interval by interval."""
    found = [(at, interval["accuracy"]) for at, interval in enumerate(b.record["intervals"])]
    registered = [(at, each["registration"]) for at, each in found if each["registration"] is not None]
    blocks: list[Block] = [Heading(b.say("registration"))]
    if registered:
        blocks += [b.paragraph("registration_text"), _registrations(b, registered)]
    else:
        blocks.append(b.paragraph("registration_not"))
    blocks += [Heading(b.say("difference_error")), b.paragraph("difference_error_text"), _errors(b, found)]
    blocks.append(b.formula("formula_lod"))
    return Chapter("accuracy", b.say("chapter_accuracy"), tuple(blocks))


def _registrations(b: Building, registered: list[tuple[int, Record]]) -> Table:
    columns = (
        Column("interval", b.say("col_interval"), width=2.7),
        Column("outcome", b.say("col_outcome"), width=1.8),
        *(
            column
            for name in _SHIFTS
            for column in (
                Column(name, b.say(f"col_{name}"), "m", figures=True),
                Column(f"{name}_sigma", b.say("col_sigma_short"), "m", figures=True, width=0.8),
            )
        ),
        Column("nmad_before_m", b.say("col_nmad_before"), "m", figures=True),
        Column("nmad_after_m", b.say("col_nmad_after"), "m", figures=True),
    )
    rows = []
    for at, each in registered:
        sigmas = {parameter["name"]: parameter["sigma"] for parameter in each["parameters"]}
        shifts: list[Cell] = []
        for name in _SHIFTS:
            value, sigma = each["applied"][name], sigmas.get(name)
            text = measured(value, sigma, place=ERROR_PLACE)
            # What was not applied is nought exactly.
            shifts += [Cell(text.value if value else "0", value), Cell(text.sigma, sigma)]
        spread = ((each[when] or {}).get("nmad_m") for when in ("before", "after"))
        cells = (
            Cell(b.days(at), at),
            Cell(b.say(f"outcome_{each['outcome']}"), each["outcome"]),
            *shifts,
            *(figures(value, ERROR_PLACE) for value in spread),
        )
        rows.append(Row(str(at), cells))
    return Table("registration", b.say("table_registration"), columns, tuple(rows), note=b.say("note_registration"))


def _errors(b: Building, found: list[tuple[int, Record]]) -> Table:
    columns = (
        Column("interval", b.say("col_interval"), width=2.4),
        Column("source", b.say("col_source"), width=1.4),
        Column("cells", b.say("col_cells"), figures=True, width=1.1),
        Column("nmad_m", b.say("col_nmad"), "m", figures=True),
        Column("sigma_m", b.say("col_sigma_flat"), "m", figures=True),
        Column("range_m", b.say("col_range"), "m", figures=True),
        Column("lod_m", b.say("col_lod"), "m", figures=True),
    )
    rows = []
    for at, each in found:
        interval, model = b.record["intervals"][at], each["error_model"] or {}
        ranges = [structure["range_m"] for structure in (model.get("variogram") or {}).get("structures", [])]
        cells = (
            Cell(b.days(at), at),
            Cell(b.say(f"source_{each['source']}"), each["source"]),
            Cell(f"{model['cells']:,}", model["cells"]) if each["source"] == "estimated" else words(None),
            figures(model.get("nmad_m"), ERROR_PLACE),
            figures(interval["sigma_m"], ERROR_PLACE),
            figures(max(ranges, default=None), 0),
            Cell(shown(interval["lod_m"], ERROR_PLACE), interval["lod_m"]),
        )
        rows.append(Row(str(at), cells))
    return Table("error_model", b.say("table_error_model"), columns, tuple(rows), note=b.say("note_error_model"))
