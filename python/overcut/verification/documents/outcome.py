"""What the comparison of one document gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from overcut.verification.result import Difference, Kind

__all__ = ["Outcome"]


@dataclass
class Outcome:
    """Differences, how much was compared, and notes."""

    differences: list[Difference] = field(default_factory=list)
    compared: int = 0
    notes: list[str] = field(default_factory=list)

    def differs(  # noqa: PLR0917
        self,
        document: object,
        table: str,
        row: str,
        column: str,
        stated: object,
        expected: object,
        kind: Kind = "figure",
    ) -> None:
        """Note a difference."""
        self.differences.append(Difference(kind, str(document), table, row, column, str(stated), str(expected)))

    def equal(  # noqa: PLR0917
        self, document: object, table: str, row: str, column: str, stated: object, expected: object
    ) -> None:
        """Compare one thing."""
        self.compared += 1
        if stated != expected:
            self.differs(document, table, row, column, stated, expected)

    def add(self, other: Outcome) -> None:
        """Take up another outcome."""
        self.differences += other.differences
        self.compared += other.compared
        self.notes += other.notes
