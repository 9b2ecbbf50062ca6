"""Tiles of one epoch: ordered, each once, with what was left out and why."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

from overcut.findings import Findings
from overcut.records import frame_of
from overcut.stated import iso_day
from overcut.tiles.paths import shown
from overcut.tiles.tile import STATEMENTS

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

    from pandas import DataFrame

    from overcut.tiles.tile import Tile

__all__ = ["Tiles"]

_SHOWN = 5
_LONG = 60


class Tiles:
    """Tiles of elevations, in the order of their source; `read_tiles` makes them.

    Parameters
    ----------
    tiles : sequence of Tile
        Each once.
    name : str
        For people.
    date : datetime.date, optional
        Of all together; otherwise the newest of the tiles.
    rejected, remarks : Findings
        What the source named and is not here, and what is to be known about what is here.
    """

    def __init__(
        self,
        tiles: Sequence[Tile],
        *,
        name: str = "tiles",
        date: datetime.date | None = None,
        rejected: Findings = Findings(),  # noqa: B008 - a tuple
        remarks: Findings = Findings(),  # noqa: B008
    ) -> None:
        self._tiles = tuple(tiles)
        self._name = name
        self._date = date
        self._rejected = rejected
        self._remarks = remarks

    @property
    def name(self) -> str:
        """What they are called."""
        return self._name

    @property
    def date(self) -> datetime.date | None:
        """Day as stated for all; otherwise that of the newest tile."""
        return self._date or max((each.date for each in self._tiles if each.date is not None), default=None)

    @property
    def dates(self) -> tuple[datetime.date, ...]:
        """Days of the tiles, each once, ascending."""
        return tuple(sorted({each.date for each in self._tiles if each.date is not None}))

    @property
    def rejected(self) -> Findings:
        """Tiles that were named and are left out: where, which, why."""
        return self._rejected

    @property
    def remarks(self) -> Findings:
        """What is to be known about the tiles that are here: statements that contradict each other, and the like."""
        return self._remarks

    def between(self, first: str | datetime.date, last: str | datetime.date, *, name: str | None = None) -> Tiles:
        """Tiles surveyed from one day to another, both included, of a source that holds many epochs.

        What the source named and cannot be used stays in `rejected`.

        Parameters
        ----------
        first, last : str or datetime.date
            Text as 2024-05-20.
        name : str, optional
            Otherwise that of the whole, with the days.

        Examples
        --------
        >>> import overcut as oc
        >>> tiles = oc.Tiles([oc.Tile("a.tif", date="2021-05-01"), oc.Tile("b.tif", date="2024-05-20")], name="county")
        >>> tiles.between("2024-01-01", "2024-12-31")
        <Tiles county, 2024-01-01 to 2024-12-31: 1 tile, 2024-05-20>
        """
        start, end = iso_day(first, "first"), iso_day(last, "last")
        chosen = [each for each in self._tiles if each.date is not None and start <= each.date.isoformat() <= end]
        named = name or f"{self._name}, {start} to {end}"
        # When the others were surveyed is not known, and they must not be forgotten.
        return Tiles(chosen, name=named, rejected=self._rejected)

    def to_frame(self) -> DataFrame:
        """Table with a row per tile: path, date, sigma_m, crs, nodata, band, vertical_datum, source."""
        columns = ["path", *STATEMENTS, "source"]
        return frame_of([{name: getattr(each, name) for name in columns} for each in self._tiles], columns)

    def renamed(self, name: str) -> Tiles:
        """Give the same tiles another name."""
        return Tiles(self._tiles, name=name, date=self._date, rejected=self._rejected, remarks=self._remarks)

    def __len__(self) -> int:
        return len(self._tiles)

    def __iter__(self) -> Iterator[Tile]:
        return iter(self._tiles)

    @overload
    def __getitem__(self, position: int) -> Tile: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Tile, ...]: ...
    def __getitem__(self, position: int | slice) -> Tile | tuple[Tile, ...]:
        return self._tiles[position]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tiles):
            return NotImplemented
        return (self._tiles, self.name, self.date) == (other._tiles, other.name, other.date)

    def __hash__(self) -> int:
        return hash((self._tiles, self._name))

    def _facts(self) -> list[tuple[str, str]]:
        days = self.dates
        facts = [("tiles", f"{len(self._tiles)} tile" + "s" * (len(self._tiles) != 1))]
        if self._date is not None:
            facts.append(("date", self._date.isoformat()))
        elif days:
            facts.append(("date", days[0].isoformat() + (f" to {days[-1].isoformat()}" if len(days) > 1 else "")))
        systems = Counter(each.crs for each in self._tiles if each.crs is not None)
        if systems:
            facts.append(("CRS", ", ".join(_short(crs) for crs, _ in sorted(systems.items()))))
        for label, found in (("rejected", self._rejected), ("remarks", self._remarks)):
            if found:
                counted = Counter(each.code for each in found)
                facts.append((label, ", ".join(f"{count} {code}" for code, count in sorted(counted.items()))))
        return facts

    def __repr__(self) -> str:
        first, *rest = self._facts()
        shown_ = [first[1], *(f"{label} {text}" if label in ("rejected", "remarks") else text for label, text in rest)]
        return f"<Tiles {self._name}: {', '.join(shown_)}>"

    def _repr_html_(self) -> str:
        facts = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(v)}</td></tr>" for k, v in self._facts())
        rows = "".join(
            "<tr>"
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in (shown(each.path), str(each.date or ""), each.source))
            + "</tr>"
            for each in self._tiles[:_SHOWN]
        )
        more = len(self._tiles) - _SHOWN
        rows += f'<tr><td colspan="3">… and {more:,} more</td></tr>' if more > 0 else ""
        findings = Findings((*self._rejected[:_SHOWN], *self._remarks[:_SHOWN]))
        return (
            f"<table><caption>{html.escape(self._name)}</caption>{facts}</table>"
            f"<table><thead><tr><th>path</th><th>date</th><th>source</th></tr></thead><tbody>{rows}</tbody></table>"
            + (findings._repr_html_() if findings else "")
        )


def _short(crs: Any) -> str:
    text = str(crs)
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def with_statements(tile: Tile, statements: dict[str, Any]) -> Tile:
    """Tile with what is stated in place of what it says; None leaves it."""
    return replace(tile, **{name: value for name, value in statements.items() if value is not None})
