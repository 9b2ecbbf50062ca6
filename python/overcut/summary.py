"""What a reader wants to know first, as words and tables: shown as text in a terminal and as HTML in a notebook."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from overcut.classes import CLASS_OF, chinese
from overcut.tables import class_licences, is_conflict

__all__ = ["IntervalSummary", "Summary", "Table", "figure", "summarise"]

Record = dict[str, Any]

MOST_ROWS = 60
MOST_PATCHES = 12
OUTSIDE = "– (outside all)"


def figure(value: float | None) -> str:
    """Write a number with as many digits as help, and thousands separators.

    Examples
    --------
    >>> figure(125891.6), figure(217.43), figure(3.14159), figure(0.0334), figure(0.0), figure(None)
    ('125,892', '217.4', '3.14', '0.033', '0', '–')
    """
    if value is None:
        return "–"
    size = abs(value)
    if size == 0.0:
        return "0"
    for least, digits in ((1000.0, 0), (10.0, 1), (1.0, 2), (0.001, 3)):
        if size >= least:
            return f"{value:,.{digits}f}"
    return "< 0.001"


@dataclass(frozen=True)
class Table:
    """Cells as text.

    Attributes
    ----------
    head : tuple of str
        Names of the columns.
    rows : list of tuple of str
        Cells.
    numeric : frozenset of int
        Columns that stand to the right.
    headline : int or None
        Column that counts most.
    total : tuple of str or None
        Last line.
    more : int
        Rows that are not shown.
    """

    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numeric: frozenset[int]
    headline: int | None = None
    total: tuple[str, ...] | None = None
    more: int = 0


@dataclass(frozen=True)
class IntervalSummary:
    """One interval: a line of facts, classes, patches outside licences, conflicts."""

    title: str
    facts: list[tuple[str, str]]
    classes: Table
    unlicensed: Table | None
    conflicts: list[str]


@dataclass(frozen=True)
class Summary:
    """The whole assessment."""

    title: str
    facts: list[tuple[str, str]]
    intervals: list[IntervalSummary]
    remarks: list[str]
    assumptions: list[str]
    digest: str
    legend: list[tuple[str, str, str]] = field(default_factory=list)


def summarise(record: Record) -> Summary:
    """Put an assessment into words and tables."""
    grid, crs, options = record["grid"], record["crs"], record["options"]
    rows, cols = grid["shape"]["rows"], grid["shape"]["cols"]
    days = [surface["date"] for surface in record["surfaces"]]
    facts = [
        ("surfaces", ", ".join(f"{surface['name']} ({surface['date']})" for surface in record["surfaces"])),
        ("grid", f"{rows:,} x {cols:,} cells of {grid['dx']:g} x {grid['dy']:g} m"),
        ("CRS", "none" if crs is None else f"{crs['name']} ({crs['code']})" if crs["code"] else crs["name"]),
        ("licences", f"{len(record['licences']):,}"),
        ("elevations", "tested" if options["elevation"] == "tested" else "not tested (plan only)"),
    ]
    if record["layers"]:
        facts.append(("layers", ", ".join(layer["name"] for layer in record["layers"])))
    present = {row["class"] for row in record["rows"]}
    return Summary(
        title=f"Assessment {days[0]} to {days[-1]}",
        facts=facts,
        intervals=[_interval(record, position) for position in range(len(record["intervals"]))],
        remarks=_remarks(record),
        assumptions=list(record["assumptions"]),
        digest=record["digest"],
        legend=[(each.word, each.zh, each.description) for each in CLASS_OF.values() if each.word in present],
    )


def _interval(record: Record, position: int) -> IntervalSummary:
    interval = record["intervals"][position]
    level = f"{interval['lod_m']:.3g} m"
    if interval["sigma_m"] is not None:
        level += (
            f" (sigma of a difference {interval['sigma_m']:.3g} m, confidence {record['options']['confidence']:.4g})"
        )
    facts = [
        ("level of detection", level),
        ("compared", f"{figure(interval['compared_area_m2'])} m²; no data in {figure(interval['nodata_area_m2'])} m²"),
        ("registration", _registration(interval["accuracy"]["registration"])),
        ("errors", _errors(interval["accuracy"])),
        *((change, _volumes(interval, change)) for change in ("cut", "fill")),
    ]
    return IntervalSummary(
        title=f"{interval['from']} to {interval['to']}",
        facts=facts,
        classes=_classes(record, position),
        unlicensed=_unlicensed(record, position),
        conflicts=_conflicts(record, position),
    )


def _volumes(interval: Record, change: str) -> str:
    return (
        f"{figure(interval[f'{change}_measured_m3'])} m³ in patches; {figure(interval[f'{change}_certain_m3'])} m³ in "
        f"cells beyond the level of detection, {figure(interval[f'{change}_m3'])} m³ over every cell"
    )


def _registration(found: Record | None) -> str:
    if found is None:
        return "not asked for: the surveys are compared as they lie"
    before, after = (found[when] or {} for when in ("before", "after"))
    applied = found["applied"]
    moved = f"east {applied['east_m']:.3f} m, north {applied['north_m']:.3f} m, up {applied['up_m']:.3f} m"
    words = {
        "applied": moved,
        "vertical_only": f"up {applied['up_m']:.3f} m (height only)",
        "not_significant": "nothing significant found, nothing applied",
        "refused": "refused, see the assumptions",
    }
    told: str = words.get(found["outcome"], str(found["outcome"]))
    if "nmad_m" in before and "nmad_m" in after:
        told += f"; NMAD on stable ground {before['nmad_m']:.3f} m before, {after['nmad_m']:.3f} m after"
    return told


def _errors(accuracy: Record) -> str:
    model = accuracy["error_model"]
    if model is None:
        return "unknown: volumes have no interval"
    if accuracy["source"] == "stated":
        return "as the surfaces state them; taken to be shared by all cells of a volume, so intervals are widest"
    ranges = [each["range_m"] for each in model["variogram"]["structures"]]
    reach = f"go together over up to {max(ranges):.3g} m" if ranges else "are independent from cell to cell"
    return f"estimated on {model['cells']:,} cells of stable ground; they {reach}"


def _classes(record: Record, position: int) -> Table:
    rows = [row for row in record["rows"] if row["interval"] == position]
    rows.sort(key=lambda row: not row["licences"])  # what lies outside all licences comes last
    with_layers = bool(record["layers"])
    with_mass = any(row["cut_measured_mass_t"] is not None for row in rows)
    figures = ["cut_measured_m3", "±", "cut_certain_m3", "cut_m3", "cut_measured_area_m2", "fill_measured_m3"]
    figures += ["cut_measured_mass_t"] * with_mass
    head = ("licence", "class", *(["layer"] * with_layers), *figures)
    first = len(head) - len(figures)

    def cells(row: Record) -> tuple[str, ...]:
        names = [class_licences(row) or OUTSIDE, f"{row['class']} {chinese(row['class'])}"]
        if with_layers:
            names.append(row["layer"] or "–")
        return (*names, *(_half(row) if name == "±" else figure(row[name]) for name in figures))

    # The table of a province is long: the largest figures then say most.
    shown = rows
    if len(rows) > MOST_ROWS:
        least = sorted((_size(row) for row in rows), reverse=True)[MOST_ROWS - 1]
        shown = [row for row in rows if _size(row) >= least][:MOST_ROWS]
    interval = record["intervals"][position]
    of_interval = [interval.get(name) for name in figures]
    total = ("all", *[""] * (first - 1), *("" if value is None else figure(value) for value in of_interval))
    return Table(
        head=head,
        rows=[cells(row) for row in shown],
        numeric=frozenset(range(first, len(head))),
        headline=first,
        total=total,
        more=len(rows) - len(shown),
    )


def _half(row: Record) -> str:
    """Half of the interval of a volume."""
    error = row["cut_error"]
    return "–" if error is None else figure(error["high_m3"] - row["cut_measured_m3"])


def _size(row: Record) -> float:
    return max(float(row["cut_measured_m3"]), float(row["fill_measured_m3"]))


def _unlicensed(record: Record, position: int) -> Table | None:
    found = [
        patch
        for patch in record["patches"]
        if patch["interval"] == position and patch["change"] == "cut" and patch["attribution"] == "unlicensed"
    ]
    if not found:
        return None
    found.sort(key=lambda patch: (-patch["volume_m3"], patch["id"]))

    def cells(patch: Record) -> tuple[str, ...]:
        nearest = patch["nearest"]
        where = "–"
        if nearest is not None:
            where = f"{nearest['licence']}, {figure(nearest['distance_m'])} m, bearing {nearest['bearing_deg']:.0f}°"
        figures = (figure(patch[name]) for name in ("volume_m3", "area_m2", "max_depth_m"))
        return (patch["id"], *figures, f"{patch['x']:.0f}, {patch['y']:.0f}", where)

    return Table(
        head=("patch", "volume_m3", "area_m2", "max_depth_m", "x, y", "nearest licence"),
        rows=[cells(patch) for patch in found[:MOST_PATCHES]],
        numeric=frozenset({1, 2, 3}),
        headline=1,
        more=max(len(found) - MOST_PATCHES, 0),
    )


def _conflicts(record: Record, position: int) -> list[str]:
    sentences = []
    for patch in record["patches"]:
        if patch["interval"] == position and patch["attribution"] == "conflict":
            touching = ", ".join(f"{each['licence']} ({figure(each['contact_m'])} m)" for each in patch["contacts"])
            sentences.append(
                f"patch {patch['id']} of {figure(patch['volume_m3'])} m³ lies inside several licences; "
                f"length of boundary in it: {touching}"
            )
    contested = [row for row in record["rows"] if row["interval"] == position and is_conflict(row)]
    sentences += [
        f"{figure(row['cut_measured_m3'])} m³ {row['class']} {chinese(row['class'])} lie under overlapping claims of "
        f"{class_licences(row)}"
        for row in contested
        if row["class"] != "beyond_boundary"
    ]
    return sentences


def _remarks(record: Record) -> list[str]:
    """Find what a reader must know before using the figures."""
    remarks = []
    for placement, words in (("outside", "wholly beyond"), ("partly_outside", "partly beyond")):
        found = [licence["id"] for licence in record["licences"] if licence["placement"] == placement]
        if found:
            listed = ", ".join(found[:MOST_PATCHES]) + (
                f" and {len(found) - MOST_PATCHES} more" * (len(found) > MOST_PATCHES)
            )
            remarks.append(f"{words} the surfaces: licence {listed}; nothing is said of the ground there")
    return remarks
