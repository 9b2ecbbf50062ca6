"""体积计算与校核: how volumes are summed, the three sums side by side, and the check by other methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.report.adapting import series_blocks
from overcut.report.building import PLACES, Building, figures, volume_cells
from overcut.report.chapters.classes import in_order, row_key
from overcut.report.content import Cell, Chapter, Column, Heading, Row, Table
from overcut.report.rounding import place_of, shown
from overcut.report.supplements import supplement
from overcut.report.totals import coarsest_place, whole_error

if TYPE_CHECKING:
    from overcut.report.content import Block

__all__ = ["volumes"]

Record = dict[str, Any]


def volumes(b: Building) -> Chapter:
    """Give formula, sums, balance and cross-check."""
    blocks: list[Block] = [
        Heading(b.say("volume_method")),
        b.paragraph("volume_method_text"),
        b.formula("formula_volume"),
        b.paragraph("volume_three_sums"),
        _totals(b),
        *(_sums(b, at) for at in b.intervals),
        Heading(b.say("balance")),
        *(_balance(b, at) for at in b.intervals),
        Heading(b.say("cross_check")),
        *supplement(b, "volumes", "cross_check_text"),
        Heading(b.say("series")),
        *_series(b),
    ]
    return Chapter("volumes", b.say("chapter_volumes"), tuple(blocks))


def _totals(b: Building) -> Table:
    columns = (
        Column("interval", b.say("col_interval"), width=2.2),
        *(
            Column(f"{change}_{kind}", b.say(f"col_{change}_{word}"), "m³", figures=True)
            for change in ("cut", "fill")
            for kind, word in (("measured_m3", "measured"), ("certain_m3", "certain"), ("m3", "raw"))
        ),
        Column("net_m3", b.say("col_net"), "m³", figures=True),
    )
    rows = []
    for at, found in enumerate(b.record["intervals"]):
        net = found["fill_measured_m3"] - found["cut_measured_m3"]
        error = whole_error(b.record, at)
        of_cut = (place_of(error["sigma_m3"]) or 0) if error else PLACES["m3"]
        of_fill = coarsest_place(b.record, at, "fill")
        places = {column.key: of_cut if column.key.startswith("cut") else of_fill for column in columns}
        sums = (figures(found[column.key], places[column.key]) for column in columns[1:-1])
        rows.append(Row(str(at), (Cell(b.days(at), at), *sums, figures(net, max(of_cut, of_fill)))))
    return Table("totals", b.say("table_totals"), columns, tuple(rows))


def _sums(b: Building, interval: int) -> Table:
    columns = (
        Column("licence", b.say("col_licence"), width=2.4),
        Column("class", b.say("col_class"), width=1.5),
        Column("cut_certain_m3", b.say("col_cut_certain"), "m³", figures=True, width=1.1),
        Column("cut_m3", b.say("col_cut_raw"), "m³", figures=True, width=1.1),
        Column("fill_measured_m3", b.say("col_fill"), "m³", figures=True, width=1.1),
        Column("fill_sigma_m3", b.say("col_sigma"), "m³", figures=True, width=0.9),
        Column("fill_low_m3", b.say("col_low"), "m³", figures=True, width=1.1),
        Column("fill_high_m3", b.say("col_high"), "m³", figures=True, width=1.1),
    )
    rows = [
        Row(
            row_key(row),
            (
                b.licence_cell(row["licences"]),
                Cell(b.class_name(row["class"]), row["class"]),
                *(figures(row[name], _place(row)) for name in ("cut_certain_m3", "cut_m3")),
                *volume_cells(row["fill_measured_m3"], row["fill_error"]),
            ),
        )
        for row in in_order(b, interval)
    ]
    return Table(f"sums_{interval}", b.say("table_sums", days=b.days(interval)), columns, tuple(rows))


def _place(row: Record) -> int:
    """Place of the volume of which these sums are other forms."""
    return (place_of(row["cut_error"]["sigma_m3"]) or 0) if row["cut_error"] else PLACES["m3"]


def _balance(b: Building, interval: int) -> Block:
    """Compare the sum of the classes with the total, which is summed apart."""
    total = b.record["intervals"][interval]["cut_m3"]
    parts = sum(row["cut_m3"] for row in b.record["rows"] if row["interval"] == interval)
    return b.paragraph(
        "balance_text",
        days=b.days_number(interval),
        total=b.number(shown(total, PLACES["m3"]), "intervals", str(interval), "cut_m3"),
        difference=b.number(shown(parts - total, ERROR_OF_SUM), "intervals", str(interval), "cut_m3-sum"),
    )


def _series(b: Building) -> list[Block]:
    """All surveys together, where there are more than two."""
    if "series" in b.supplements or not b.record.get("series"):
        return supplement(b, "series", "series_text")
    from overcut.series import Series

    return [b.paragraph("series_text"), *series_blocks(b, Series(b.record), derived=True)]


ERROR_OF_SUM = -3
"""Cubic metres to which the balance is shown."""
