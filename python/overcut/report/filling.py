"""Fields that a person fills in: names, numbers, seals, signatures, and what only the unit knows."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from overcut.exceptions import ParameterError
from overcut.report.content import Field, Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overcut.report.building import Building

__all__ = ["COVER", "FIELDS", "SIGNATURES", "checked_fields", "facts", "signatures"]

COVER = ("project", "report_number", "commissioned_by", "unit", "certificate", "date")
SIGNATURES = ("surveyed_by", "computed_by", "checked_by", "approved_by")
FIELDS = (
    "title",
    *COVER,
    *SIGNATURES,
    "purpose",
    "place",
    "contract",
    "legal_basis",
    "standards",
    "survey_method",
    "instruments",
    "control",
    "height_checks",
    "price_source",
    "recommendations",
)
"""Every field that `fields` may hold."""


def checked_fields(fields: Mapping[str, Any] | None) -> dict[str, str]:
    """Check names of fields, and make their values text.

    Examples
    --------
    >>> checked_fields({"report_number": 12})
    {'report_number': '12'}
    """
    found = {}
    for name, value in (fields or {}).items():
        if name not in FIELDS:
            near = difflib.get_close_matches(str(name), FIELDS, n=1, cutoff=0.5)
            advice = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(FIELDS)}"
            raise ParameterError(f"unknown field {name!r} of the report; {advice}")
        found[name] = str(value)
    return found


def facts(b: Building, *keys: str) -> Fields:
    """Fields that stand as lines."""
    return Fields(tuple(_field(b, key) for key in keys))


def signatures(b: Building) -> Fields:
    """Places for names and signatures."""
    return Fields(tuple(_field(b, key) for key in SIGNATURES), kind="signatures")


def _field(b: Building, key: str) -> Field:
    return Field(key, b.say(f"field_{key}"), b.fields.get(key))
