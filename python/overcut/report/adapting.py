"""Tables of what else overcut computes: quantities and values, limits, series, zones, findings.

Each function takes an object by the names that it shows to everybody, and gives blocks. What is not known here is shown
as the plain tables that it holds (`supplements`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from overcut.messages import catalogue, text
from overcut.messages.sentences import assumption
from overcut.records import rows_of
from overcut.report.building import Building, measured, words
from overcut.report.content import Cell, Column, Items, Paragraph, Row, Table, clean
from overcut.report.rounding import NOTHING, shown

if TYPE_CHECKING:
    from overcut.report.content import Block

__all__ = ["adapted", "section_sheets", "series_blocks"]

Made = Callable[[Building, Any], "list[Block]"]

_ITEM_QUANTITIES = {"destroyed": ("destroyed_t", "destroyed_value"), "extracted": ("extracted_t", "extracted_value")}


def adapted(b: Building, given: Any) -> list[Block] | None:
    """Blocks of an object of this package; None for anything else."""
    makers: dict[str, Made] = {
        "Resources": _resources,
        "LimitFindings": _limits,
        "Series": lambda building, series: series_blocks(building, series, derived=False),
        "ZoneReport": _zones,
        "Findings": _findings,
        "Volumes": lambda building, found: _volumes(building, [found]),
    }
    if isinstance(given, (list, tuple)) and given and all(_name_of(each) == "Volumes" for each in given):
        return _volumes(b, list(given))
    maker = makers.get(_name_of(given))
    return None if maker is None else maker(b, given)


def _name_of(given: Any) -> str:
    """Name of a class of this package; nothing for any other."""
    return type(given).__name__ if type(given).__module__.startswith("overcut.") else ""


def _named(b: Building, key: str, **values: Any) -> str:
    """Text of another topic of the catalogue; the key's last word where there is none."""
    return text(key, b.lang, **values) if key in catalogue(b.lang) else key.rpartition(".")[2].replace("_", " ")


def _number(value: Any) -> float | None:
    return None if value is None or value != value else float(value)  # noqa: PLR0124


def _cells(value: Any, sigma: Any, low: Any = None, high: Any = None) -> tuple[Cell, ...]:
    """Cells of a figure, its error and, if given, its interval."""
    numbers = [_number(each) for each in (value, sigma, low, high)]
    told = measured(numbers[0], numbers[1], numbers[2], numbers[3])
    cells = [Cell(each, number) for each, number in zip((told.value, told.sigma), numbers, strict=False)]
    if low is not None:
        cells += [Cell(told.low, numbers[2]), Cell(told.high, numbers[3])]
    return tuple(cells)


def _resources(b: Building, found: Any) -> list[Block]:
    currency = found.currency or ""
    columns = (
        Column("quantity", b.say("col_quantity"), width=2.6),
        Column("value", b.say("col_value"), figures=True, width=1.3),
        Column("sigma", b.say("col_sigma"), figures=True),
        Column("low", b.say("col_low"), figures=True, width=1.3),
        Column("high", b.say("col_high"), figures=True, width=1.3),
    )
    rows = [
        Row(
            each["quantity"],
            (
                Cell(_named(b, f"resources.{each['quantity']}", currency=currency), each["quantity"]),
                *_cells(each["value"], each["sigma"], each["low"], each["high"]),
            ),
        )
        for each in found.totals.to_dict("records")
    ]
    counted = b.joined([b.class_name(each) for each in found.classes])
    totals = Table("appraisal", b.say("table_appraisal"), columns, tuple(rows), derived=False)
    blocks: list[Block] = [b.paragraph("appraisal_counted", classes=counted), totals]
    blocks += [table for which in _ITEM_QUANTITIES for table in _items(b, found, which, currency)]
    blocks += _stated(b, found)
    if found.assumptions:
        entries = tuple((clean(assumption(each, b.lang)),) for each in found.assumptions)
        blocks += [b.paragraph("appraisal_assumptions"), Items(entries, ordered=True)]
    return blocks


def _items(b: Building, found: Any, which: str, currency: str) -> list[Table]:
    """Tabulate what was destroyed, or what was taken out, by licence, class and layer."""
    frame = found.by_item
    known = [name for name in _ITEM_QUANTITIES[which] if name in frame and frame[name].notna().any()]
    if not known:
        return []
    columns = [
        Column("licence", b.say("col_licence"), width=2.4),
        Column("class", b.say("col_class"), width=1.3),
        Column("layer", b.say("col_layer"), width=1.2),
        Column("counted", b.say("col_counted"), width=0.7),
    ]
    for name in known:
        columns += [
            Column(name, _named(b, f"resources.{name}", currency=currency), figures=True, width=1.2),
            Column(f"{name}_sigma", b.say("col_sigma"), figures=True, width=0.8),
        ]
    rows = []
    for each in rows_of(frame):
        figures = [cell for name in known for cell in _cells(each[name], each[f"{name}_sigma"])]
        licence = clean(str(each["licence"]))
        cells = (
            Cell("\n".join(licence.split(" + ")) or b.say("outside_all"), licence),
            Cell(b.class_name(each["class"]), each["class"]),
            words(clean(each["layer"])),
            Cell(b.say("yes" if each["counted"] else "no"), bool(each["counted"])),
            *figures,
        )
        rows.append(Row(f"{licence}/{each['class']}/{each['layer'] or ''}", cells))
    caption = b.say(f"table_appraisal_{which}")
    return [Table(f"appraisal_{which}", caption, tuple(columns), tuple(rows), derived=False)]


def _stated(b: Building, found: Any) -> list[Block]:
    """Tabulate what was stated of materials and prices, with sources, and where errors come from."""
    blocks: list[Block] = []
    stated = found.inputs
    if len(stated):
        columns = (
            Column("layer", b.say("col_layer"), width=1.4),
            Column("property", b.say("col_property"), width=1.8),
            Column("value", b.say("col_value"), figures=True),
            Column("sigma", b.say("col_sigma"), figures=True),
            Column("source", b.say("col_stated_by"), width=3.0),
        )
        rows = tuple(
            Row(
                str(at),
                (
                    words(clean(each["layer"])),
                    Cell(_property(b, each["property"]), each["property"]),
                    Cell(f"{each['value']:g}", each["value"]),
                    Cell(f"{each['sigma']:g}" if each["sigma"] else NOTHING, each["sigma"]),
                    words(clean(each["source"])),
                ),
            )
            for at, each in enumerate(rows_of(stated))
        )
        blocks.append(Table("appraisal_inputs", b.say("table_appraisal_inputs"), columns, rows, derived=False))
    shares = found.variance_shares
    if len(shares):
        of_shares = (
            Column("quantity", b.say("col_quantity"), width=2.2),
            Column("source", b.say("col_source"), width=1.6),
            Column("of", b.say("col_layer"), width=1.6),
            Column("share", b.say("col_share"), "%", figures=True),
        )
        rows = tuple(
            Row(
                str(at),
                (
                    Cell(_named(b, f"resources.{each['quantity']}", currency=found.currency or ""), each["quantity"]),
                    Cell(_named(b, f"resources.source_{each['source']}"), each["source"]),
                    words(clean(each["of"])),
                    Cell(shown(each["share"] * 100, 0), each["share"]),
                ),
            )
            for at, each in enumerate(rows_of(shares))
        )
        blocks.append(Table("appraisal_shares", b.say("table_appraisal_shares"), of_shares, rows, derived=False))
    return blocks


def _property(b: Building, name: str) -> str:
    """Name of what was stated; that of a price goes on with its unit."""
    word, comma, unit = name.partition(",")
    return f"{_named(b, f'resources.source_{word}')}{comma}{unit}"


def _limits(b: Building, found: Any) -> list[Block]:
    columns = (
        Column("limit", text("limits.head_limit", b.lang), width=2.6),
        Column("quantity", text("limits.head_quantity", b.lang), width=0.9),
        Column("value_cny", b.say("col_value"), b.say("unit_yuan"), figures=True, width=1.1),
        Column("sigma_cny", b.say("col_sigma"), b.say("unit_yuan"), figures=True),
        Column("low_cny", b.say("col_limit_low"), b.say("unit_yuan"), figures=True, width=1.1),
        Column("high_cny", b.say("col_limit_high"), b.say("unit_yuan"), figures=True, width=1.1),
        Column("verdict", text("limits.head_verdict", b.lang), width=1.2),
        Column("basis", b.say("col_stated_by"), width=2.4),
    )
    rows = []
    for at, (each, finding) in enumerate(zip(rows_of(found.table), found.findings, strict=True)):
        name = " ".join(_named(b, f"limits.{each[key]}") for key in ("offence", "level"))
        if finding.limit.special_area:
            name += text("limits.special", b.lang)
        cells = (
            Cell(name, each["limit"]),
            Cell(_named(b, f"limits.{each['quantity']}"), each["quantity"]),
            *_cells(each["value_cny"], each["sigma_cny"]),
            *(Cell(shown(each[end], 0), _number(each[end])) for end in ("low_cny", "high_cny")),
            Cell(_named(b, f"limits.{each['verdict']}"), each["verdict"]),
            words(clean(each["basis"])),
        )
        rows.append(Row(str(at), cells))
    caption = text("limits.title", b.lang, confidence=f"{found.confidence:.4g}")
    table = Table("limits", caption, columns, tuple(rows), derived=False)
    return [table, Paragraph((text("limits.no_conclusion", b.lang),), kind="note")]


def series_blocks(b: Building, series: Any, *, derived: bool) -> list[Block]:
    """Tables of all surveys together; from the record alone they can be made again."""
    names = ("cut_m3", "first_cut_m3", "cut_again_m3", "fill_m3", "backfill_m3", "net_m3")
    columns = (
        Column("interval", b.say("col_interval"), width=2.0),
        *(Column(name, b.say(f"col_{name.removesuffix('_m3')}"), "m³", figures=True) for name in names),
        Column("cut_m3_per_month", b.say("col_per_month"), b.say("unit_per_month"), figures=True),
    )
    frame = series.by_interval
    rows = [
        Row(
            str(each["interval"]),
            (
                Cell(b.days(int(each["interval"])), int(each["interval"])),
                *(Cell(shown(each[name], 0), float(each[name])) for name in names),
                Cell(shown(each["cut_m3_per_month"], 0), float(each["cut_m3_per_month"])),
            ),
        )
        for each in frame.to_dict("records")
    ]
    sums = [float(frame[name].sum()) for name in names]
    whole = (Cell(b.say("total"), "total"), *(Cell(shown(each, 0), each) for each in sums), words(None))
    rows.append(Row("total", whole, total=True))
    blocks: list[Block] = [
        Table("series", b.say("table_series"), columns, tuple(rows), derived=derived),
        b.paragraph(
            "series_closure",
            net=b.number(shown(series.closure["net_m3"], 0), "series", "closure", "net_m3"),
            sum=b.number(shown(series.closure["net_by_intervals_m3"], 0), "series", "closure", "net_by_intervals_m3"),
            area=b.number(shown(series.closure["compared_area_m2"], 0), "series", "closure", "compared_area_m2"),
        ),
    ]
    workings = series.workings
    if len(workings):
        blocks.append(_workings(b, workings, derived=derived))
    return blocks


def _workings(b: Building, workings: Any, *, derived: bool) -> Table:
    columns = (
        Column("working", b.say("col_working"), width=0.8),
        Column("interval", b.say("col_interval"), width=2.6),
        Column("patches", b.say("col_patch"), width=1.4),
        Column("volume_m3", b.say("col_volume"), "m³", figures=True, width=1.1),
        Column("sigma_m3", b.say("col_sigma"), "m³", figures=True, width=0.8),
        Column("cumulative_volume_m3", b.say("col_cumulative"), "m³", figures=True, width=1.1),
        Column("new_area_m2", b.say("col_new_area"), "m²", figures=True),
        Column("max_depth_m", b.say("col_depth"), "m", figures=True),
    )
    rows = tuple(
        Row(
            f"{each['working']}/{each['interval']}",
            (
                words(each["working"]),
                Cell(b.days(int(each["interval"])), int(each["interval"])),
                words(each["patches"]),
                *_cells(each["volume_m3"], each["sigma_m3"]),
                Cell(shown(each["cumulative_volume_m3"], 0), float(each["cumulative_volume_m3"])),
                Cell(shown(each["new_area_m2"], 0), float(each["new_area_m2"])),
                Cell(shown(each["max_depth_m"], -1), float(each["max_depth_m"])),
            ),
        )
        for each in workings.to_dict("records")
    )
    return Table("workings", b.say("table_workings"), columns, rows, derived=derived)


def _zones(b: Building, found: Any) -> list[Block]:
    from overcut.report.supplements import plain_table

    blocks: list[Block] = []
    for key, frame in (("patches", found.patches), ("notify", found.notify), ("by_unit", found.by_unit)):
        if len(frame):
            blocks.append(plain_table(b, "zones", key, frame))
    notes = tuple((clean(str(each)),) for each in found.notes)
    return [*blocks, Items(notes)] if notes else blocks


def _volumes(b: Building, found: list[Any]) -> list[Block]:
    """Methods side by side, region by region, with the verdict as it was given."""
    columns = (
        Column("method", b.say("col_method"), width=1.4),
        *(Column(f"{name}_m3", b.say(f"col_{name}"), "m³", figures=True) for name in ("cut", "fill", "net")),
        Column("difference_percent", b.say("col_difference"), "%", figures=True),
        Column("step_m", b.say("col_step"), "m", figures=True, width=0.8),
        Column("step_error_m3", b.say("col_step_error"), "m³", figures=True),
        Column("compared_area_m2", b.say("col_compared"), "m²", figures=True),
    )
    blocks: list[Block] = []
    for at, each in enumerate(found):
        rows = tuple(
            Row(
                str(row["method"]),
                (
                    Cell(_named(b, f"report.method_{str(row['method']).replace(' ', '_')}"), row["method"]),
                    *(Cell(shown(_number(row[f"{n}_m3"]), 0), _number(row[f"{n}_m3"])) for n in ("cut", "fill", "net")),
                    Cell(shown(_number(row["difference_percent"]), -2), _number(row["difference_percent"])),
                    Cell(shown(_number(row.get("step_m")), -1), _number(row.get("step_m"))),
                    Cell(shown(_number(row.get("step_error_m3")), 0), _number(row.get("step_error_m3"))),
                    Cell(shown(_number(row.get("compared_area_m2")), 0), _number(row.get("compared_area_m2"))),
                ),
            )
            for row in each.table.to_dict("records")
        )
        region = clean(str(each.region.name))
        caption = b.say("table_volumes_of", region=region, quantity=b.say(f"col_{each.quantity}"))
        blocks.append(Table(f"volumes_{at}", caption, columns, rows, derived=False))
        blocks.append(Items(tuple((clean(line),) for line in each.summary(b.lang).splitlines())))
    return blocks


def section_sheets(b: Building, given: Any) -> list[Block]:
    """Sheets of sections of volumes: areas, distance, formula and volume of each pair."""
    found = [each for each in (given if isinstance(given, (list, tuple)) else [given]) if _name_of(each) == "Volumes"]
    columns = (
        Column("method", b.say("col_method"), width=1.2),
        Column("change", b.say("col_change"), width=0.8),
        Column("number", b.say("col_pair"), figures=True, width=0.6),
        *(Column(name, b.say(f"col_{name}"), "m²", figures=True) for name in ("s1_m2", "middle_m2", "s2_m2")),
        Column("length_m", b.say("col_distance"), "m", figures=True),
        Column("formula", b.say("col_formula"), width=2.6),
        Column("volume_m3", b.say("col_volume"), "m³", figures=True, width=1.1),
        Column("prismoid_m3", b.say("col_prismoid"), "m³", figures=True, width=1.1),
    )
    blocks: list[Block] = []
    for at, each in enumerate(found):
        if not len(each.pairs):
            continue
        rows = []
        for number, pair in enumerate(each.pairs.to_dict("records"), start=1):
            figures = (("s1_m2", -1), ("middle_m2", -1), ("s2_m2", -1), ("length_m", -2))
            cells = (
                Cell(_named(b, f"report.method_{pair['method']}"), pair["method"]),
                Cell(_named(b, f"report.change_{pair['change']}"), pair["change"]),
                Cell(str(number), number),
                *(Cell(shown(_number(pair.get(name)), place), _number(pair.get(name))) for name, place in figures),
                Cell(_named(b, f"report.formula_{pair['formula']}"), pair["formula"]),
                *(
                    Cell(shown(_number(pair.get(name)), 0), _number(pair.get(name)))
                    for name in ("volume_m3", "prismoid_m3")
                ),
            )
            rows.append(Row(str(number), cells))
        caption = b.say("table_sections_of", region=clean(str(each.region.name)))
        blocks.append(Table(f"sections_{at}", caption, columns, tuple(rows), derived=False))
    return blocks


def _findings(b: Building, found: Any) -> list[Block]:
    columns = (
        Column("severity", b.say("col_severity"), width=0.8),
        Column("where", b.say("col_where"), width=1.6),
        Column("text", b.say("col_finding"), width=5.0),
    )
    rows = tuple(
        Row(
            str(at),
            (
                Cell(_named(b, f"licences.severity_{each.severity}"), each.severity),
                words(clean(each.where(b.lang))),
                Cell(clean(each.text(b.lang)), each.code),
            ),
        )
        for at, each in enumerate(found)
    )
    return [Table("findings", b.say("table_findings"), columns, rows, derived=False)]
