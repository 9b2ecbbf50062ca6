"""What a survey cannot see, stated one by one, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from overcut.exceptions import ParameterError
from overcut.stated_value import Stated, stated

__all__ = ["Adjustment"]

AdjustmentKind = Literal["older_void", "stockpile_in_void", "stockpile_left", "beside"]
_KINDS: tuple[AdjustmentKind, ...] = ("older_void", "stockpile_in_void", "stockpile_left", "beside")


@dataclass(frozen=True)
class Adjustment:
    """Volume that is added to, or taken from, what was measured.

    Attributes
    ----------
    kind : {"older_void", "stockpile_in_void", "stockpile_left", "beside"}
        ``older_void``: older, lawful or earlier, digging inside the measured void: taken from both quantities.
        ``stockpile_in_void``: broken ore that lies in the void and hides part of it: volume / swell is added to both.
        ``stockpile_left``: broken ore left on the site elsewhere: volume / swell is taken from what was extracted.
        ``beside``: ore outside the void that can no longer be mined, as a geologist found: added to what was destroyed.
    volume_m3 : Stated
        Its volume; of a stockpile, as it lies.
    licence, class_, layer : str
        Row of the table that it belongs to; empty outside licences, and in no layer.
    swell : Stated or None
        Volume of broken ore / volume in the ground, for stockpiles; otherwise that of the layer.
    source : str or None
        Who states it, on what ground; else that of the volume.

    Examples
    --------
    >>> import overcut as oc
    >>> oc.Adjustment("older_void", oc.Stated(1200.0, 150.0), licence="C14", class_="below_floor", source="1998 plan")
    <Adjustment older_void 1200 ± 150 m³: C14, below_floor; 1998 plan>
    """

    kind: AdjustmentKind
    volume_m3: Stated
    licence: str = ""
    class_: str = ""
    layer: str = ""
    swell: Stated | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ParameterError(f"kind of an adjustment is {self.kind!r}; expected one of {', '.join(_KINDS)}")
        object.__setattr__(self, "volume_m3", stated(self.volume_m3, f"volume_m3 of {self.kind}", least=0.0, unit="m³"))
        if self.swell is not None:
            object.__setattr__(self, "swell", stated(self.swell, f"swell of {self.kind}", least=1.0))
        if not (self.source or self.volume_m3.source):
            raise ParameterError(f"the adjustment {self.kind} has no source; state who found it, and how")

    @property
    def is_stockpile(self) -> bool:
        """Whether its volume is one of broken ore."""
        return self.kind.startswith("stockpile")

    def to_dict(self) -> dict[str, Any]:
        """As a record."""
        return {
            "kind": self.kind,
            "licence": self.licence,
            "class": self.class_,
            "layer": self.layer,
            "volume_m3": self.volume_m3.to_dict(),
            "swell": None if self.swell is None else self.swell.to_dict(),
            "source": self.source or self.volume_m3.source,
        }

    def __repr__(self) -> str:
        place = ", ".join(each for each in (self.licence, self.class_, self.layer) if each)
        return f"<Adjustment {self.kind} {self.volume_m3:g} m³: {place}; {self.source or self.volume_m3.source}>"
