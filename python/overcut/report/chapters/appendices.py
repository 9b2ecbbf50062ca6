"""附录: corners, section sheets, patches, findings, parameters, inputs, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.report.adapting import section_sheets
from overcut.report.building import ERROR_PLACE, PLACES, Building, coordinate, figures, flat, volume_cells, words
from overcut.report.content import Cell, Chapter, Column, Heading, Row, Table
from overcut.report.rounding import place_of, shown
from overcut.report.supplements import supplement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from overcut.report.content import Block

__all__ = ["APPENDICES"]

Record = dict[str, Any]


def corners(b: Building) -> Chapter:
    """Corners of each licence, X north and Y east as on licences."""
    blocks: list[Block] = [b.paragraph("corners_text")]
    blocks += [_corners(b, licence) for licence in b.record["licences"]]
    if not b.record["licences"]:
        blocks = [b.paragraph("no_licences")]
    return Chapter("corners", b.say("appendix_corners"), tuple(blocks), appendix=True)


def _corners(b: Building, licence: Record) -> Table:
    columns = (
        Column("part", b.say("col_part"), figures=True),
        Column("ring", b.say("col_ring"), figures=True),
        Column("corner", b.say("col_corner"), figures=True),
        Column("north_m", b.say("col_x_north"), "m", figures=True, width=2.0),
        Column("east_m", b.say("col_y_east"), "m", figures=True, width=2.0),
    )
    rows = []
    for part, ring, corner, (east, north, *_) in _ring_corners(licence):
        numbers = (Cell(str(each), each) for each in (part, ring, corner))
        rows.append(Row(f"{part}/{ring}/{corner}", (*numbers, coordinate(north), coordinate(east))))
    return Table(f"corners_{licence['id']}", b.say("table_corners", licence=licence["id"]), columns, tuple(rows))


def _ring_corners(licence: Record) -> Iterator[tuple[int, int, int, list[float]]]:
    for number, part in enumerate(licence["parts"], start=1):
        for ring, points in enumerate(part["polygon"]["coordinates"], start=1):
            open_ring = points[:-1] if points and points[0] == points[-1] else points
            for corner, point in enumerate(open_ring, start=1):
                yield number, ring, corner, point


def sections(b: Building) -> Chapter:
    """Sheets of sections, with the formula of each pair."""
    given = b.supplements.get("volumes")
    sheets = [] if "sections" in b.supplements or given is None else section_sheets(b, given)
    blocks = [b.paragraph("sections_text"), *sheets] if sheets else supplement(b, "sections", "sections_text")
    return Chapter("sections", b.say("appendix_sections"), tuple(blocks), appendix=True, wide=_has_tables(blocks))


def _has_tables(blocks: list[Block]) -> bool:
    """Whether a page must be turned."""
    return any(isinstance(block, Table) for block in blocks)


def patches(b: Building) -> Chapter:
    """Ledger of patches."""
    blocks: list[Block] = [b.paragraph("patches_text")]
    for change in ("cut", "fill"):
        found = [patch for patch in b.record["patches"] if patch["change"] == change]
        blocks += [_ledger(b, change, found)] if found else [b.paragraph(f"no_{change}_patches")]
    return Chapter("patches", b.say("appendix_patches"), tuple(blocks), appendix=True, wide=_has_tables(blocks))


def _ledger(b: Building, change: str, found: list[Record]) -> Table:
    columns = (
        Column("patch", b.say("col_patch"), width=1.1),
        Column("interval", b.say("col_number"), figures=True, width=0.7),
        Column("attribution", b.say("col_attribution"), width=1.3),
        Column("licence", b.say("col_licence"), width=2.6),
        Column("volume_m3", b.say("col_volume"), "m³", figures=True, width=1.1),
        Column("sigma_m3", b.say("col_sigma"), "m³", figures=True, width=0.9),
        Column("low_m3", b.say("col_low"), "m³", figures=True, width=1.1),
        Column("high_m3", b.say("col_high"), "m³", figures=True, width=1.1),
        Column("area_m2", b.say("col_area"), "m²", figures=True),
        Column("max_depth_m", b.say("col_depth"), "m", figures=True, width=0.8),
        Column("y", b.say("col_x_north"), "m", figures=True, width=1.3),
        Column("x", b.say("col_y_east"), "m", figures=True, width=1.2),
        Column("nearest", b.say("col_nearest"), width=2.0),
    )
    rows = tuple(Row(patch["id"], _patch(b, patch)) for patch in found)
    listed = b.joined([b.say("numbered_days", number=at + 1, days=b.days(at)) for at in b.intervals])
    note = b.say("note_intervals", list=listed)
    return Table(f"patches_{change}", b.say(f"table_patches_{change}"), columns, rows, note=note)


def _patch(b: Building, patch: Record) -> tuple[Cell, ...]:
    nearest = patch["nearest"]
    told = ""
    if nearest is not None:
        told = b.say(
            "nearest_text",
            licence=nearest["licence"],
            distance=shown(nearest["distance_m"], 0),
            bearing=shown(nearest["bearing_deg"], PLACES["deg"]),
        )
    ids = sorted({each for row in patch["classes"] for each in row["licences"]})
    attributed = [contact["licence"] for contact in patch["contacts"]] or ids
    return (
        words(patch["id"]),
        Cell(str(patch["interval"] + 1), patch["interval"]),
        Cell(b.say(f"attribution_{patch['attribution']}"), patch["attribution"]),
        Cell("\n".join(attributed) or "–", "+".join(attributed)),
        *volume_cells(patch["volume_m3"], patch["error"]),
        figures(patch["area_m2"], PLACES["m2"]),
        figures(patch["max_depth_m"], depth_place(b, patch["interval"])),
        coordinate(patch["y"], 0),
        coordinate(patch["x"], 0),
        words(None) if nearest is None else Cell(told, "/".join(str(each) for each in nearest.values())),
    )


def depth_place(b: Building, interval: int) -> int:
    """Place of a depth: that of the standard deviation of a difference, at finest a centimetre."""
    found = place_of(b.record["intervals"][interval]["sigma_m"])
    return PLACES["xy"] if found is None else max(found + 1, PLACES["xy"])


def reading(b: Building) -> Chapter:
    """Tell what was found in reading licences, as it was stated."""
    blocks = supplement(b, "findings", "findings_text")
    return Chapter("findings", b.say("appendix_findings"), tuple(blocks), appendix=True)


def parameters(b: Building) -> Chapter:
    """Every option with its value, and the thresholds that follow."""
    columns = (Column("name", b.say("col_parameter"), width=2.0), Column("value", b.say("col_value"), width=1.4))
    rows = tuple(
        Row(name, (Cell(name, name), Cell(_told(value), _told(value)))) for name, value in flat(b.record["options"])
    )
    table = Table("options", b.say("table_options"), columns, rows)
    return Chapter(
        "parameters",
        b.say("appendix_parameters"),
        (b.paragraph("parameters_text"), table, *_detection(b)),
        appendix=True,
    )


def _detection(b: Building) -> list[Block]:
    found = [(at, each["accuracy"]["detection"]) for at, each in enumerate(b.record["intervals"])]
    found = [(at, each) for at, each in found if each is not None]
    if not found:
        return []
    names = ("certain", "smoothing", "weak", "strong")
    columns = (
        Column("interval", b.say("col_interval"), width=2.0),
        *(Column(name, b.say(f"col_{name}"), figures=True) for name in names),
    )
    rows = tuple(
        Row(str(at), (Cell(b.days(at), at), *(figures(each[name], ERROR_PLACE) for name in names)))
        for at, each in found
    )
    return [Table("detection", b.say("table_detection"), columns, rows)]


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ", ".join(_told(each) for each in value)
    return "–" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)


def inputs(b: Building) -> Chapter:
    """Files by their SHA-256, and the digest of the result."""
    columns = (
        Column("role", b.say("col_role"), width=1.2),
        Column("name", b.say("col_file"), width=2.2),
        Column("sha256", "SHA-256", width=3.6),
    )
    found = [
        (f"surface {at}", b.say("role_surface"), each["name"], each["sha256"])
        for at, each in enumerate(b.record["surfaces"])
    ]
    if b.record["licence_file"] is not None:
        file = b.record["licence_file"]
        found.append(("licences", b.say("role_licences"), file["name"], file["sha256"]))
    for layer in b.record["layers"]:
        for number, part in enumerate(layer["parts"], start=1):
            found += [
                (f"{bound} {number} {layer['name']}", b.say("role_layer"), part[bound], part[f"{bound}_sha256"])
                for bound in ("roof", "floor")
                if part[f"{bound}_sha256"] is not None
            ]
    rows = tuple(
        Row(key, (Cell(role, key), words(name), Cell(digest, digest) if digest else Cell(b.say("in_memory"), "")))
        for key, role, name, digest in found
    )
    table = Table("inputs", b.say("table_inputs"), columns, rows)
    told = b.paragraph("digest_text", digest=b.number(b.record["digest"], "run", "run", "digest"))
    return Chapter("inputs", b.say("appendix_inputs"), (b.paragraph("inputs_text"), table, told), appendix=True)


def versions(b: Building) -> Chapter:
    """Programs that made the figures and the report."""
    from overcut.info import versions as running

    columns = (Column("program", b.say("col_program")), Column("version", b.say("col_version")))
    made_by = [("overcut", b.record["overcut_version"])]
    others = [(name, version) for name, version in running().items() if name != "overcut"]
    blocks: list[Block] = [
        b.paragraph("versions_text"),
        Table("versions", b.say("table_versions"), columns, _pairs(made_by)),
        Table("libraries", b.say("table_libraries"), columns, _pairs(others), derived=False),
        Heading(b.say("verify")),
        b.paragraph("verify_text"),
    ]
    return Chapter("versions", b.say("appendix_versions"), tuple(blocks), appendix=True)


def _pairs(found: list[tuple[str, str]]) -> tuple[Row, ...]:
    return tuple(Row(name, (words(name), words(version))) for name, version in found)


APPENDICES: tuple[Callable[[Building], Chapter], ...] = (
    corners,
    sections,
    patches,
    reading,
    parameters,
    inputs,
    versions,
)
