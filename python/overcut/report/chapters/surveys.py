"""数据与测量过程: surfaces, heights, the common grid, what was taken for granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overcut.messages.sentences import assumption
from overcut.report.building import ERROR_PLACE, Building, figures, flat, words
from overcut.report.content import SHORT, Cell, Chapter, Column, Heading, Items, Number, Row, Table
from overcut.report.filling import facts
from overcut.report.rounding import shown
from overcut.tables import datum_word

if TYPE_CHECKING:
    from overcut.report.content import Block

__all__ = ["surveys"]


def surveys(b: Building) -> Chapter:
    """List surfaces and how they were brought onto one grid."""
    grid, crs = b.record["grid"], b.record["crs"]
    rows, cols = grid["shape"]["rows"], grid["shape"]["cols"]
    named = b.say("no_crs") if crs is None else f"{crs['name']} ({crs['code']})" if crs["code"] else crs["name"]
    blocks: list[Block] = [
        Heading(b.say("surfaces")),
        b.paragraph("surfaces_text"),
        surface_table(b),
        facts(b, "survey_method", "instruments", "control", "height_checks"),
        Heading(b.say("grid")),
        b.paragraph(
            "grid_text",
            crs=named,
            rows=b.number(f"{rows:,}", "grid", "grid", "rows"),
            cols=b.number(f"{cols:,}", "grid", "grid", "cols"),
            dx=b.number(f"{grid['dx']:g}", "grid", "grid", "dx"),
            dy=b.number(f"{grid['dy']:g}", "grid", "grid", "dy"),
        ),
        *(
            b.paragraph(
                "compared_text",
                days=b.days_number(at),
                area=b.number(shown(found["compared_area_m2"], 0), "intervals", str(at), "compared_area_m2"),
                without=b.number(shown(found["nodata_area_m2"], 0), "intervals", str(at), "nodata_area_m2"),
            )
            for at, found in enumerate(b.record["intervals"])
        ),
        *([_conversions(b)] if b.record.get("conversions") else []),
        Heading(b.say("assumptions")),
    ]
    if b.record["assumptions"]:
        blocks += [
            b.paragraph("assumptions_text"),
            Items(tuple((_assumption(b, at),) for at in range(len(b.record["assumptions"]))), ordered=True),
        ]
    else:
        blocks.append(b.paragraph("no_assumptions"))
    return Chapter("surveys", b.say("chapter_surveys"), tuple(blocks))


def _conversions(b: Building) -> Table:
    """Tabulate what was done to coordinates and heights before anything was compared."""
    columns = (
        Column("applied_to", b.say("col_applied_to"), width=1.8),
        Column("conversion", b.say("col_conversion"), width=1.4),
        Column("parameters", b.say("col_parameter"), width=4.6),
    )
    rows = []
    for at, each in enumerate(b.record["conversions"]):
        kind = next(name for name in each if name != "applied_to")
        told = "\n".join(f"{name} = {value}" for name, value in flat(each[kind]) if value is not None)
        rows.append(Row(str(at), (words(each["applied_to"]), Cell(b.say(f"conversion_{kind}"), kind), words(told))))
    return Table("conversions", b.say("table_conversions"), columns, tuple(rows))


def _assumption(b: Building, at: int) -> Number:
    """Assumption as a whole: its figures are no rows of a table."""
    return b.number(assumption(b.record["assumptions"][at], b.lang), "assumptions", str(at), "text")


def surface_table(b: Building) -> Table:
    """Surfaces in the order of their dates."""
    columns = (
        Column("name", b.say("col_surface"), width=2.2),
        Column("date", b.say("col_date"), width=1.2),
        Column("sigma_m", b.say("col_stated_sigma"), "m", figures=True),
        Column("vertical_datum", b.say("col_datum"), width=1.1),
        Column("crs", b.say("col_crs"), width=1.3),
        Column("sha256", "SHA-256", width=1.5),
    )
    rows = []
    for at, surface in enumerate(b.record["surfaces"]):
        crs = surface["crs"] or {}
        digest = surface["sha256"]
        cells = (
            words(surface["name"]),
            words(surface["date"]),
            figures(surface["sigma_m"], ERROR_PLACE),
            words(datum_word(surface["vertical_datum"])),
            words(crs.get("code") or crs.get("name")),
            words(None) if digest is None else Cell(digest[:SHORT], digest),
        )
        rows.append(Row(str(at), cells))
    return Table("surfaces", b.say("table_surfaces"), columns, tuple(rows), note=b.say("note_digest"))
