"""What was compared and what was found: sums by class, licences and patches with ground outside the rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.appraising import OUTSIDE_CLASSES
from overcut.plots.sums import Sum, cut_by_class, cut_of, sum_of, whole_cut
from overcut.report.rounding import place_of, shown
from overcut.summary import Table
from overcut.tables import class_licences, crs_name, patch_licences

if TYPE_CHECKING:
    from overcut.batch.page.words import Words
    from overcut.batch.result import BatchResult

__all__ = ["compared", "licences_table", "outside_m3", "patches_outside", "patches_table", "totals_table"]

Record = dict[str, Any]

MOST_LICENCES = 15
LEAST_M3 = 1.0
"""What is less is in the tables only."""
MOST_PATCHES = 25


def compared(result: BatchResult, say: Words) -> list[tuple[str, str]]:
    """Say what was held against what."""
    plan, record = result.plan, result.assessment._data
    west, north, dx, dy, rows, cols = plan.grid
    epochs = [
        (
            say("epoch", date=epoch["date"]),
            say("epoch_text", name=epoch["name"], tiles=f"{len(epoch['paths']):,}", left=f"{len(epoch['left_out']):,}"),
        )
        for epoch in plan.epochs
    ]
    tested = "elevations_tested" if record["options"]["elevation"] == "tested" else "elevations_not"
    return [
        *epochs,
        (say("mosaic"), say(f"rule_{plan.rule}")),
        (
            say("grid"),
            say(
                "grid_text",
                rows=f"{rows:,}",
                cols=f"{cols:,}",
                dx=f"{dx:g}",
                dy=f"{dy:g}",
                west=f"{west:.2f}",
                north=f"{north:.2f}",
            ),
        ),
        (say("crs"), crs_name(record)),
        (say("licences"), f"{len(record['licences']):,}"),
        (say("elevations"), say(tested)),
    ]


def _cells(volume: Sum) -> tuple[str, str]:
    """Volume and its interval, with as many digits as its error allows."""
    place = place_of(volume.sigma_m3)
    if place is None or volume.half_m3 is None:
        return shown(volume.volume_m3, 0), shown(None, 0)
    low_m3, high_m3 = max(volume.volume_m3 - volume.half_m3, 0.0), volume.volume_m3 + volume.half_m3
    return shown(volume.volume_m3, place), f"{shown(low_m3, place, 'down')} – {shown(high_m3, place, 'up')}"


def _confidence(record: Record) -> str:
    return f"{100.0 * record['options']['confidence']:g}"


def totals_table(result: BatchResult, interval: int, say: Words) -> Table:
    """Volumes removed in an interval by class, all that is outside the rights together, and all."""
    case = result.assessment
    rows: list[tuple[str, ...]] = [
        (say(f"classes.{word}"), *_cells(volume)) for word, volume in cut_by_class(case, interval).items()
    ]
    outside = cut_of(case, interval, OUTSIDE_CLASSES)
    if outside.volume_m3:
        rows.append((say("outside_together"), *_cells(outside)))
    return Table(
        head=(say("class"), say("removed_m3"), say("interval_m3", confidence=_confidence(case._data))),
        rows=rows,
        numeric=frozenset({1, 2}),
        headline=1,
        total=(say("all_removed"), *_cells(whole_cut(case, interval))),
    )


def licences_table(result: BatchResult, say: Words) -> Table | None:
    """Give the licences with most ground removed under or beside them outside their rights."""
    record = result.assessment._data
    found = [
        row
        for row in record["rows"]
        if row["licences"] and row["class"] in OUTSIDE_CLASSES and row["cut_measured_m3"] > 0.0
    ]
    if not found:
        return None
    found.sort(key=lambda row: (-row["cut_measured_m3"], row["interval"], row["licences"], row["class"]))
    large = [row for row in found if row["cut_measured_m3"] >= LEAST_M3][:MOST_LICENCES]
    return Table(
        head=(
            say("licence"),
            say("class"),
            say("days"),
            say("removed_m3"),
            say("interval_m3", confidence=_confidence(record)),
        ),
        rows=[
            (
                class_licences(row),
                say(f"classes.{row['class']}"),
                _days(record, row["interval"], say),
                *_cells(sum_of(row["cut_measured_m3"], row["cut_error"])),
            )
            for row in large
        ],
        numeric=frozenset({3, 4}),
        headline=3,
        more=len(found) - len(large),
    )


def outside_m3(patch: Record) -> float:
    """Volume of a patch that lies outside the rights."""
    return float(sum(row["volume_m3"] for row in patch["classes"] if row["class"] in OUTSIDE_CLASSES))


def patches_outside(record: Record) -> list[Record]:
    """Excavated patches with ground outside the rights, the largest such volume first."""
    found = [patch for patch in record["patches"] if patch["change"] == "cut" and outside_m3(patch) > 0.0]
    found.sort(key=lambda patch: (-outside_m3(patch), patch["id"]))
    return found


def patches_table(result: BatchResult, say: Words, most: int = MOST_PATCHES) -> Table | None:
    """Give the patches with most ground outside the rights: where they are and whose they may be."""
    record = result.assessment._data
    found = patches_outside(record)
    if not found:
        return None
    return Table(
        head=(
            say("patch"),
            say("days"),
            say("outside_m3"),
            say("patch_m3"),
            say("interval_m3", confidence=_confidence(record)),
            say("area_m2"),
            say("depth_m"),
            say("maps.east"),
            say("maps.north"),
            say("attributed"),
        ),
        rows=[_patch(record, patch, say) for patch in found[:most]],
        numeric=frozenset(range(2, 9)),
        headline=2,
        more=max(len(found) - most, 0),
    )


def _patch(record: Record, patch: Record, say: Words) -> tuple[str, ...]:
    volume = sum_of(patch["volume_m3"], patch["error"])
    place = place_of(volume.sigma_m3)
    return (
        patch["id"],
        _days(record, patch["interval"], say),
        shown(outside_m3(patch), 0 if place is None else place),
        *_cells(volume),
        shown(patch["area_m2"], 0),
        shown(patch["max_depth_m"], -1),
        shown(patch["x"], 0, apart=False),
        shown(patch["y"], 0, apart=False),
        _attribution(patch, say),
    )


def _attribution(patch: Record, say: Words) -> str:
    """Whose it may be, and against what: its classes outside the rights, the largest first."""
    sums: dict[str, float] = {}
    for row in patch["classes"]:
        if row["class"] in OUTSIDE_CLASSES and row["volume_m3"] > 0.0:
            sums[row["class"]] = sums.get(row["class"], 0.0) + row["volume_m3"]
    classes = say.joined([say(f"classes.{word}") for word in sorted(sums, key=lambda word: (-sums[word], word))])
    licences, nearest = patch_licences(patch), patch["nearest"]
    if patch["attribution"] == "conflict":
        classes = say.joined([say("plots.conflict"), classes])
    if licences:
        return say("attributed_to", licences=say.joined(licences), classes=classes)
    if nearest is None:
        return classes
    return say(
        "attributed_near",
        classes=classes,
        licence=nearest["licence"],
        distance=shown(nearest["distance_m"], 0),
        bearing=f"{nearest['bearing_deg']:.0f}",
    )


def _days(record: Record, interval: int, say: Words) -> str:
    found = record["intervals"][interval]
    return say.days(found["from"], found["to"])
