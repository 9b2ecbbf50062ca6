"""What volumes by independent methods say together: table, sheets, findings, verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from overcut.messages import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pandas import DataFrame

    from overcut.messages import Language
    from overcut.regions import Region

__all__ = ["Finding", "Quantity", "Volumes"]

Quantity = Literal["net", "cut", "fill"]


@dataclass(frozen=True)
class Finding:
    """Something that a reader of the figures must know.

    Attributes
    ----------
    code : str
        ``methods_disagree``, ``spacing_too_wide``, ``missed_ground``, ``surface_differs`` or ``not_all_compared``.
    method : str
        The method concerned.
    percent : float or None
        Its size, per cent of the volume (of the region for ``not_all_compared``).
    values : dict
        Values of its text.
    """

    code: str
    method: str
    percent: float | None
    values: dict[str, Any]

    def text(self, lang: Language = "en") -> str:
        """In a sentence."""
        return text(f"volumes.{self.code}", lang, **self.values)

    def __str__(self) -> str:
        return self.text()


class Volumes:
    """Volumes of one region by several methods.

    Attributes
    ----------
    table : DataFrame
        One row for each method: ``cut_m3``, ``fill_m3``, ``net_m3`` (cut - fill), the difference from the first
        method in m³ and per cent, the step (spacing, height of benches), what half and twice the step give, what the
        step may be worth (``step_error_m3``), how fast the volume settles (``order``), and the area that was compared.
    sections, benches : DataFrame
        Areas of each section and level.
    pairs : DataFrame
        Sheet of the pairs: ends, areas, the area half way, relative difference, formula, volume, prismoid.
    findings : tuple of Finding
        Whatever speaks against a figure. Nothing is averaged away.
    """

    def __init__(
        self,
        region: Region,
        *,
        quantity: Quantity,
        limit_percent: float | None,
        rows: list[dict[str, Any]],
        sheets: dict[str, list[dict[str, Any]]],
        findings: Iterable[Finding],
    ) -> None:
        self.region = region
        self.quantity = quantity
        self.limit_percent = limit_percent
        self._rows = rows
        self._sheets = sheets
        self.findings = tuple(findings)

    @property
    def table(self) -> DataFrame:
        """One row for each method."""
        return _frame(self._rows)

    @property
    def sections(self) -> DataFrame:
        """Vertical sections: number, position, ends of the line, areas removed and added, lengths."""
        return _frame(self._sheets["sections"])

    @property
    def benches(self) -> DataFrame:
        """Level sections: elevation, areas removed and added."""
        return _frame(self._sheets["benches"])

    @property
    def pairs(self) -> DataFrame:
        """Pairs of sections and of levels with the formula that each used."""
        return _frame(self._sheets["pairs"])

    @property
    def verdict(self) -> Literal["agree", "disagree", "no_limit"]:
        """Whether the methods agree within the limit, and each can be relied on."""
        if self.limit_percent is None:
            return "no_limit"
        return "disagree" if self.findings else "agree"

    def summary(self, lang: Language = "en") -> str:
        """Verdict, findings, and where the limit comes from, in sentences."""
        limit = self.limit_percent
        lines = [text(f"volumes.verdict_{self.verdict}", lang, limit=limit)]
        lines += [finding.text(lang) for finding in self.findings]
        if limit is not None:
            lines.append(text("volumes.limit_note", lang, limit=limit))
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Everything, as it goes into a record."""
        return {
            "region": self.region.name,
            "interval": self.region.interval,
            "assessed_m3": self.region.assessed_m3,
            "quantity": self.quantity,
            "limit_percent": self.limit_percent,
            "verdict": self.verdict,
            "methods": [dict(row) for row in self._rows],
            **{name: [dict(row) for row in sheet] for name, sheet in self._sheets.items()},
            "findings": [{"code": each.code, "method": each.method, **each.values} for each in self.findings],
        }

    def __repr__(self) -> str:
        shown = [
            f"{row['method']} {row[f'{self.quantity}_m3']:,.1f} m³"
            + (f" ({row['difference_percent']:+.2f} %)" if row["difference_percent"] is not None and at else "")
            for at, row in enumerate(self._rows)
        ]
        return f"<Volumes of {self.region.name}, {self.quantity}: {'; '.join(shown)}; {self.verdict}>"


def _frame(rows: list[dict[str, Any]]) -> DataFrame:
    import pandas as pd

    table: DataFrame = pd.DataFrame(rows)
    return table
