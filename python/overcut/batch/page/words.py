"""Texts of the page in one language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from overcut.messages import Language, text

__all__ = ["Words"]


@dataclass(frozen=True)
class Words:
    """Say things in a language; keys without a topic are those of `batch`."""

    lang: Language

    def __call__(self, key: str, **values: Any) -> str:
        """Text of a key."""
        return text(key if "." in key else f"batch.{key}", self.lang, **values)

    def days(self, first: str, last: str) -> str:
        """Say from when to when."""
        return text("report.days", self.lang, first=first, last=last)

    def joined(self, parts: list[str]) -> str:
        """List things in a line."""
        return text("batch.join", self.lang).join(parts)

    def status(self, status: str) -> str:
        """Say what became of a unit."""
        return self(f"unit_{status.replace(' ', '_')}")
