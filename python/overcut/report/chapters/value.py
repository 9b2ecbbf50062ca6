"""资源破坏量与价值: tonnes and money, where they were appraised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overcut.report.building import Building, figures, words
from overcut.report.chapters.classes import row_key
from overcut.report.content import Cell, Chapter, Column, Heading, Row, Table
from overcut.report.filling import facts
from overcut.report.supplements import supplement

if TYPE_CHECKING:
    from overcut.report.content import Block

__all__ = ["value"]


def value(b: Building) -> Chapter:
    """Take what was appraised; say plainly what was not."""
    blocks: list[Block] = [Heading(b.say("quantities")), b.paragraph("quantities_text")]
    if b.record["layers"]:
        blocks.append(_layers(b))
    if any(row["cut_measured_mass_t"] is not None for row in b.record["rows"]):
        blocks.append(_masses(b))
    blocks += [
        Heading(b.say("appraisal")),
        *supplement(b, "appraisal", "appraisal_text"),
        facts(b, "price_source"),
        Heading(b.say("thresholds")),
        *supplement(b, "limits", "thresholds_text"),
    ]
    return Chapter("value", b.say("chapter_value"), tuple(blocks))


def _layers(b: Building) -> Table:
    columns = (
        Column("layer", b.say("col_layer"), width=1.8),
        Column("part", b.say("col_part"), figures=True, width=0.6),
        Column("kind", b.say("col_kind"), width=1.0),
        Column("roof", b.say("col_roof"), width=2.0),
        Column("floor", b.say("col_bottom"), width=2.0),
        Column("density_t_per_m3", b.say("col_density"), "t/m³", figures=True),
    )
    rows = tuple(
        Row(
            f"{layer['name']}/{number}",
            (
                words(layer["name"]),
                Cell(str(number), number),
                Cell(b.say(f"kind_{layer['kind']}"), layer["kind"]),
                words(part["roof"]),
                words(part["floor"]),
                figures(layer["density_t_per_m3"], -2),
            ),
        )
        for layer in b.record["layers"]
        for number, part in enumerate(layer["parts"], start=1)
    )
    return Table("layers", b.say("table_layers"), columns, rows)


def _masses(b: Building) -> Table:
    columns = (
        Column("interval", b.say("col_interval"), width=2.2),
        Column("licence", b.say("col_licence"), width=2.2),
        Column("class", b.say("col_class"), width=1.5),
        Column("layer", b.say("col_layer"), width=1.3),
        Column("cut_measured_mass_t", b.say("col_mass"), "t", figures=True),
    )
    rows = tuple(
        Row(
            row_key(row),
            (
                Cell(b.days(row["interval"]), row["interval"]),
                b.licence_cell(row["licences"]),
                Cell(b.class_name(row["class"]), row["class"]),
                words(row["layer"]),
                figures(row["cut_measured_mass_t"], mass_place(row)),
            ),
        )
        for row in b.record["rows"]
        if row["cut_measured_mass_t"] is not None
    )
    return Table("masses", b.say("table_masses"), columns, rows)


def mass_place(row: dict[str, object]) -> int:
    """Place of a mass: a mass errs at least as its volume does."""
    from overcut.report.rounding import place_of

    error, volume, mass = row["cut_error"], row["cut_measured_m3"], row["cut_measured_mass_t"]
    if not isinstance(error, dict) or not isinstance(volume, float) or not isinstance(mass, float) or not volume:
        return 0
    return place_of(error["sigma_m3"] * abs(mass / volume)) or 0
