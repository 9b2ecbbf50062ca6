"""What reading a source has brought together so far: tiles, and findings about those that were rejected."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from overcut.findings import Finding
from overcut.tiles.paths import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overcut.findings import Severity
    from overcut.tiles.tile import Tile

__all__ = ["Gathering"]


@dataclass
class Gathering:
    """Filled while a source is read.

    Attributes
    ----------
    tiles : list of Tile
        In the order of the source.
    rejected : list of Finding
        Why something that the source names is not among them.
    remarks : list of Finding
        What is to be known about those that are.
    name : str or None
        What the source is called.
    """

    tiles: list[Tile] = field(default_factory=list)
    rejected: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    name: str | None = None

    def reject(self, code: str, path: str, *, line: int | None = None, **values: Any) -> None:
        """Note that something is left out, and why."""
        self.rejected.append(_finding("error", code, path, line, values))

    def remark(self, code: str, path: str, *, severity: Severity = "warning", **values: Any) -> None:
        """Note what is to be known about a tile."""
        self.remarks.append(_finding(severity, code, path, None, values))


def _finding(severity: Severity, code: str, path: str, line: int | None, values: Mapping[str, Any]) -> Finding:
    place = {"path": shown(path)} | ({} if line is None else {"line": str(line)})
    texts = {name: str(value) for name, value in values.items()}
    return Finding(severity, code, MappingProxyType(place), MappingProxyType(texts), "tiles")
