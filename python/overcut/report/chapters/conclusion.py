"""结论与建议: what was found, in sentences with their figures; no word of law; names and seals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.report.building import Building, measured, percent
from overcut.report.chapters.classes import row_key
from overcut.report.content import Chapter, Heading, Items, Paragraph
from overcut.report.filling import facts, signatures
from overcut.report.rounding import shown
from overcut.report.supplements import supplement
from overcut.report.totals import coarsest_place, whole_error

if TYPE_CHECKING:
    from overcut.report.content import Block, Run

__all__ = ["conclusion", "findings"]

Record = dict[str, Any]

OF_CONCERN = (
    "beyond_boundary",
    "below_floor",
    "unauthorised_layer",
    "outside_validity",
    "validity_undecided",
    "between_bands",
    "above_ceiling",
    "inside_boundary",
)
"""Classes that a reader asks for, in the order of sentences."""


def conclusion(b: Building) -> Chapter:
    """State what was found, and leave room for what people decide."""
    blocks: list[Block] = [
        Heading(b.say("found")),
        *findings(b),
        b.paragraph("found_of_law"),
        Heading(b.say("zones")),
        *supplement(b, "zones", "zones_text"),
        Heading(b.say("recommendations")),
        facts(b, "recommendations"),
        Heading(b.say("signed")),
        signatures(b),
    ]
    return Chapter("conclusion", b.say("chapter_conclusion"), tuple(blocks))


def findings(b: Building) -> list[Block]:
    """Sentences of each interval."""
    blocks: list[Block] = []
    for at, interval in enumerate(b.record["intervals"]):
        whole = {"cut_measured_m3": interval["cut_measured_m3"], "cut_error": whole_error(b.record, at)}
        total = _volume(b, whole, ("intervals", str(at)))
        place = coarsest_place(b.record, at, "fill")
        fill = b.number(shown(interval["fill_measured_m3"], place), "intervals", str(at), "fill_measured_m3")
        told = _interval(b, whole, ("intervals", str(at)))
        blocks.append(Paragraph(b.line("found_total", days=b.days_number(at), cut=total, interval=told, fill=fill)))
        lines = [
            _sentence(b, row)
            for word in OF_CONCERN
            for row in b.record["rows"]
            if row["interval"] == at and row["class"] == word and row["cut_measured_m3"]
        ]
        lines += _unlicensed(b, at)
        if lines:
            blocks.append(Items(tuple(lines)))
    return blocks


def _sentence(b: Building, row: Record) -> tuple[Run, ...]:
    return b.line(
        "found_class",
        licences=b.licences(row["licences"]),
        name=b.class_name(row["class"]),
        volume=_volume(b, row, _place(row)),
        interval=_interval(b, row, _place(row)),
    )


def _unlicensed(b: Building, interval: int) -> list[tuple[Run, ...]]:
    """Ground outside every polygon: its sum, and in how many patches it lies."""
    lines = []
    for row in b.record["rows"]:
        if row["interval"] != interval or row["class"] != "unlicensed" or not row["cut_measured_m3"]:
            continue
        patches = [
            patch
            for patch in b.record["patches"]
            if patch["interval"] == interval and patch["change"] == "cut" and patch["attribution"] == "unlicensed"
        ]
        lines.append(
            b.line(
                "found_unlicensed",
                name=b.class_name(row["class"]),
                volume=_volume(b, row, _place(row)),
                interval=_interval(b, row, _place(row)),
                patches=b.joined([patch["id"] for patch in patches]),
            )
        )
    return lines


def _place(row: Record) -> tuple[str, str]:
    """Table and row in which a volume stands."""
    return "by_licence", row_key(row)


def _volume(b: Building, row: Record, place: tuple[str, str]) -> Run:
    error = row["cut_error"] or {}
    return b.number(measured(row["cut_measured_m3"], error.get("sigma_m3")).value, *place, "cut_measured_m3")


def _interval(b: Building, row: Record, place: tuple[str, str]) -> Run:
    """Interval of a volume in brackets; says so where there is none."""
    error = row["cut_error"]
    if error is None:
        return b.say("interval_unknown")
    text = measured(row["cut_measured_m3"], error["sigma_m3"], error["low_m3"], error["high_m3"])
    confidence = percent(b.record["options"]["confidence"])
    told = b.say("interval_text", confidence=confidence, low=text.low, high=text.high)
    return b.number(told, *place, "cut_low_m3+cut_high_m3")
