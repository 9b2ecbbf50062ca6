"""概述: the task, the licences, the outcome in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.report.building import PLACES, Building, coordinate, figures, words
from overcut.report.chapters.conclusion import findings
from overcut.report.content import Cell, Chapter, Column, Heading, Items, Row, Table
from overcut.report.filling import facts
from overcut.tables import datum_word

if TYPE_CHECKING:
    from overcut.report.content import Block

__all__ = ["overview"]

M2_PER_KM2 = 1e6


def overview(b: Building) -> Chapter:
    """Say what was asked, about whom, and what came out."""
    days = [surface["date"] for surface in b.record["surfaces"]]
    blocks: list[Block] = [
        Heading(b.say("task")),
        b.paragraph(
            "task_text",
            first=b.number(days[0], "surfaces", "0", "date"),
            last=b.number(days[-1], "surfaces", str(len(days) - 1), "date"),
            surfaces=b.number(str(len(days)), "surfaces", "", "number of rows"),
            licences=b.number(str(len(b.record["licences"])), "licences", "", "number of licences"),
        ),
        facts(b, "commissioned_by", "purpose", "place", "contract"),
        Heading(b.say("object")),
    ]
    if b.record["licences"]:
        blocks += [b.paragraph("object_text"), licence_table(b)]
    else:
        blocks.append(b.paragraph("no_licences"))
    blocks += [
        Heading(b.say("in_short")),
        *findings(b),
        Heading(b.say("limits_of_report")),
        Items(tuple(b.line(key) for key in ("limit_law", "limit_surface", "limit_inputs"))),
    ]
    return Chapter("overview", b.say("chapter_overview"), tuple(blocks))


def licence_table(b: Building) -> Table:
    """Licences as used, a row per part."""
    columns = (
        Column("licence", b.say("col_licence"), width=2.9),
        Column("part", b.say("col_part"), figures=True, width=0.7),
        Column("holder", b.say("col_holder"), width=1.9),
        Column("mineral", b.say("col_mineral"), width=1.1),
        Column("floor_m", b.say("col_floor"), "m", figures=True),
        Column("ceiling_m", b.say("col_ceiling"), "m", figures=True),
        Column("valid_from", b.say("col_valid_from"), width=1.4),
        Column("valid_to", b.say("col_valid_to"), width=1.4),
        Column("area_km2", b.say("col_area"), "km²", figures=True, width=1.1),
        Column("vertical_datum", b.say("col_datum"), width=0.9),
    )
    parts = [(each, at, part) for each in b.record["licences"] for at, part in enumerate(each["parts"], start=1)]
    rows = tuple(Row(f"{each['id']}/{at}", _part(each, at, part)) for each, at, part in parts)
    return Table("licences", b.say("table_licences"), columns, rows, note=b.say("note_area"))


def _part(licence: dict[str, Any], number: int, part: dict[str, Any]) -> tuple[Cell, ...]:
    band = part["band"] or {}
    return (
        words(licence["id"]),
        Cell(str(number), number),
        *(words(licence[name]) for name in ("holder", "mineral")),
        *(coordinate(band.get(name)) for name in ("floor_m", "ceiling_m")),
        *(words(licence[name]) for name in ("valid_from", "valid_to")),
        figures(part["area_m2"] / M2_PER_KM2, PLACES["km2"]),
        words(datum_word(licence["vertical_datum"])),
    )
