"""Outcome of a verification: what was compared, and what differs."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pandas import DataFrame

__all__ = ["Difference", "Kind", "Verification"]

Kind = Literal["input", "parameter", "figure", "record", "document"]

_SHOWN = 20


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it must be.

    Attributes
    ----------
    kind : str
        "input" (a file), "parameter" (an option or statement), "figure" (a result), "record" or "document" (its form).
    document : str
        File in which it stands.
    table, row, column : str
        Where in it.
    stated, expected : str
        What stands there, and what the computation gives.
    """

    kind: Kind
    document: str
    table: str
    row: str
    column: str
    stated: str
    expected: str

    def __str__(self) -> str:
        place = " / ".join(each for each in (self.table, self.row, self.column) if each)
        return f"{self.document}: {self.kind} {place}: {self.stated}, expected {self.expected}"


@dataclass(frozen=True)
class Verification:
    """What came out of `overcut.verify`.

    Attributes
    ----------
    record : str
        The record that was verified.
    recomputed : bool
        Whether the assessment was computed again from its inputs.
    compared : int
        Figures, parameters and digests that were compared.
    found : tuple of Difference
        What differs; inputs and parameters first.
    inputs : tuple of str
        Inputs, with where they were found.
    documents : tuple of str
        Documents that were compared.
    notes : tuple of str
        What a reader must know beside it.
    """

    record: str
    recomputed: bool
    compared: int
    found: tuple[Difference, ...] = ()
    inputs: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether the assessment was computed again, and nothing differs."""
        return self.recomputed and not self.found

    @property
    def first(self) -> Difference | None:
        """What differs first: an input before a parameter before a figure."""
        return self.found[0] if self.found else None

    @property
    def differences(self) -> DataFrame:
        """Whatever differs, a row each."""
        from pandas import DataFrame

        columns = ("kind", "document", "table", "row", "column", "stated", "expected")
        frame: DataFrame = DataFrame(
            [[getattr(each, name) for name in columns] for each in self.found], columns=columns
        )
        return frame

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "ok": self.ok,
            "record": self.record,
            "recomputed": self.recomputed,
            "compared": self.compared,
            "differences": self.differences.to_dict("records"),
            "inputs": list(self.inputs),
            "documents": list(self.documents),
            "notes": list(self.notes),
        }

    def _headline(self) -> str:
        if self.ok:
            return f"verified: {self.record}"
        if self.found:
            many = len(self.found)
            return f"NOT verified: {self.record}: {many} difference{'' if many == 1 else 's'}"
        return f"NOT verified: {self.record} could not be computed again"

    def _lines(self) -> Sequence[str]:
        lines = [f"{self.compared:,} figures, parameters and digests compared"]
        lines += [f"input {each}" for each in self.inputs]
        lines += [f"document {each}" for each in self.documents]
        return [*lines, *self.notes]

    def __repr__(self) -> str:
        shown = [f"  {each}" for each in self.found[:_SHOWN]]
        if len(self.found) > _SHOWN:
            shown.append(f"  … and {len(self.found) - _SHOWN} more")
        return "\n".join([self._headline(), *shown, *(f"- {each}" for each in self._lines())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr>{''.join(f'<td>{html.escape(str(value))}</td>' for value in row)}</tr>"
            for row in self.differences.head(_SHOWN).to_numpy().tolist()
        )
        table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
        notes = "".join(f"<li>{html.escape(each)}</li>" for each in self._lines())
        return f"<p><b>{html.escape(self._headline())}</b></p>{table}<ul>{notes}</ul>"
