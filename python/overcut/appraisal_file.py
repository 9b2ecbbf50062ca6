"""The part of a case file that is about tonnes, money and limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from overcut.adjustments import Adjustment
from overcut.appraising import OUTSIDE_CLASSES, appraise
from overcut.exceptions import ParameterError
from overcut.limits import Limit, LimitFindings, limits, read_limits

if TYPE_CHECKING:
    from overcut.assessment import Assessment
    from overcut.resources import Resources

__all__ = ["APPRAISAL_KEYS", "Appraisal", "Appraised", "read_appraisal"]

APPRAISAL_KEYS = ("classes", "confidence", "ground", "prices", "adjustments", "extracted", "limits")
_ROW = ("licence", "class", "layer")


@dataclass(frozen=True)
class Appraised:
    """What an appraisal gives.

    Attributes
    ----------
    resources : Resources
        Quantities and values.
    findings : LimitFindings or None
        How values stand to limits, if that was asked for and there is a price.
    """

    resources: Resources
    findings: LimitFindings | None

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {**self.resources.to_dict(), "limits": None if self.findings is None else self.findings.to_dict()}

    def __str__(self) -> str:
        return f"{self.resources}" + ("" if self.findings is None else f"\n\n{self.findings}")


@dataclass(frozen=True)
class Appraisal:
    """What a case file says of an appraisal.

    Attributes
    ----------
    arguments : dict
        Of `appraise`.
    limits : str or bool
        File of limits beside the national ones; True compares with these alone, False with nothing.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    limits: str | bool = False

    def read_limits(self) -> tuple[Limit, ...] | None:
        """Read the limits; None if values are not to be compared."""
        if isinstance(self.limits, str):
            return limits(extra=read_limits(self.limits))
        return limits() if self.limits else None

    def run(self, assessment: Assessment) -> Appraised:
        """Appraise an assessment."""
        resources = appraise(assessment, **self.arguments)
        against = self.read_limits()
        if against is None or resources.currency is None:
            return Appraised(resources, None)
        last = assessment.dates[-1]
        return Appraised(resources, resources.against(each for each in against if each.applies_on(last)))


def read_appraisal(table: dict[str, Any], where: str) -> Appraisal:
    """Make an appraisal of the table [appraisal]; paths in it are ready to be opened."""
    arguments: dict[str, Any] = {"classes": table.get("classes", OUTSIDE_CLASSES)}
    if "confidence" in table:
        arguments["confidence"] = table["confidence"]
    if "ground" in table:
        arguments["materials"] = {"": table["ground"]}
    if "prices" in table:
        arguments["prices"] = table["prices"]
    arguments["adjustments"] = [
        Adjustment(**{"class_" if key == "class" else key: value for key, value in _known(each, where).items()})
        for each in table.get("adjustments", [])
    ]
    arguments["extracted_t"] = {
        tuple(each.get(name, "") for name in _ROW): {key: value for key, value in each.items() if key not in _ROW}
        for each in table.get("extracted", [])
    }
    chosen = table.get("limits", False)
    if not isinstance(chosen, (str, bool)):
        raise ParameterError(f"{where}: limits in [appraisal] is {chosen!r}; expected true, false, or a file")
    return Appraisal(arguments, chosen)


def _known(adjustment: dict[str, Any], where: str) -> dict[str, Any]:
    known = ("kind", "volume_m3", *_ROW, "swell", "source")
    for key in adjustment:
        if key not in known:
            raise ParameterError(
                f"{where}: unknown key `{key}` in [[appraisal.adjustments]]; known: {', '.join(known)}"
            )
    for key in ("kind", "volume_m3", "class"):
        if key not in adjustment:
            raise ParameterError(f"{where}: `{key}` is missing in [[appraisal.adjustments]]")
    return adjustment
