"""依据与技术要求: what the unit relies on, and what the computation was asked to do."""

from __future__ import annotations

from overcut.report.building import Building, percent
from overcut.report.content import Chapter, Heading, Items
from overcut.report.filling import facts

__all__ = ["basis"]


def basis(b: Building) -> Chapter:
    """Leave law and standards to the unit; list what the computation was asked to do."""
    options = b.record["options"]
    confidence = b.number(percent(options["confidence"]), "options", "options", "confidence")
    tested = options["elevation"] == "tested"
    asked = [
        b.line("asked_confidence", confidence=confidence),
        b.line(
            "asked_patches",
            area=b.number(f"{options['min_area_m2']:g}", "options", "options", "min_area_m2"),
            depth=b.number(f"{options['min_depth_m']:g}", "options", "options", "min_depth_m"),
        ),
        b.line("asked_elevation_tested" if tested else "asked_elevation_not"),
        b.line("asked_rounding"),
        b.line("asked_once"),
    ]
    return Chapter(
        "basis",
        b.say("chapter_basis"),
        (
            Heading(b.say("basis_law")),
            b.paragraph("basis_law_text"),
            facts(b, "legal_basis", "standards"),
            Heading(b.say("basis_technical")),
            b.paragraph("basis_technical_text"),
            Items(tuple(asked), ordered=True),
        ),
    )
