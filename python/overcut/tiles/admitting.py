"""Which of the tiles that were gathered are used: statements weighed, files looked for, each once."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overcut.exceptions import TilesError
from overcut.findings import Findings
from overcut.tiles.dates import EARLIEST, day_in_name, is_plausible
from overcut.tiles.paths import is_local, key_of
from overcut.tiles.tile import STATEMENTS
from overcut.tiles.tile_set import Tiles, with_statements

if TYPE_CHECKING:
    import datetime
    import re

    from overcut.tiles.gathering import Gathering
    from overcut.tiles.tile import Tile

__all__ = ["Statements", "admitted"]

_REPORTED = 3


@dataclass(frozen=True)
class Statements:
    """What the caller says about all tiles; None says nothing.

    Attributes
    ----------
    date : datetime.date or None
        Day of the survey.
    date_pattern : re.Pattern or None
        How days stand in names; what it finds goes before an index, and behind `date`.
    sigma_m, crs, nodata, band, vertical_datum
        As in `Tile`.
    """

    date: datetime.date | None = None
    date_pattern: re.Pattern[str] | None = None
    sigma_m: float | None = None
    crs: str | None = None
    nodata: float | None = None
    band: int | None = None
    vertical_datum: str | None = None

    def about(self, tile: Tile) -> dict[str, Any]:
        """Give what is stated about one tile."""
        stated = {name: getattr(self, name) for name in STATEMENTS}
        if self.date is None and self.date_pattern is not None:
            stated["date"] = day_in_name(tile.path, self.date_pattern)
        return stated


def admitted(gathering: Gathering, statements: Statements, *, name: str | None) -> Tiles:
    """Make the set of those tiles that can be used.

    Parameters
    ----------
    gathering : Gathering
        What was read; findings are added to it.
    statements : Statements
        Of the caller: they go before those of the source, and a contradiction is remarked.
    name : str, optional
        Otherwise that of the source.

    Raises
    ------
    TilesError
        None is left.
    """
    called = name or gathering.name or "tiles"
    kept: dict[tuple[str, int | None], Tile] = {}
    for tile in gathering.tiles:
        found = _restated(tile, statements, gathering)
        if _has_file(found, gathering) and _has_day(found, statements, gathering):
            first = kept.setdefault((key_of(found.path), found.band), found)
            if first is not found:
                _again(first, found, gathering)
    rejected = Findings(gathering.rejected)
    if not kept:
        raise TilesError(_nothing_left(called, rejected), rejected)
    return Tiles(
        tuple(kept.values()), name=called, date=statements.date, rejected=rejected, remarks=Findings(gathering.remarks)
    )


def _restated(tile: Tile, statements: Statements, gathering: Gathering) -> Tile:
    stated = statements.about(tile)
    for name, value in stated.items():
        said = getattr(tile, name)
        if value is not None and said is not None and value != said:
            gathering.remark("overruled", tile.path, what=name, taken=value, left=said, source=tile.source)
    return with_statements(tile, stated)


def _has_file(tile: Tile, gathering: Gathering) -> bool:
    """Whether there may be something to read; of what is not a plain file, only opening it can tell."""
    if not is_local(tile.path):
        return True
    try:
        found = os.stat(tile.path)  # noqa: PTH116 - a tenth of the time of Path, for each of many thousand
    except (FileNotFoundError, NotADirectoryError):
        gathering.reject("file_missing", tile.path, source=tile.source)
        return False
    except (OSError, ValueError) as error:
        gathering.reject("file_unreadable", tile.path, source=tile.source, why=getattr(error, "strerror", "") or error)
        return False
    if stat.S_ISDIR(found.st_mode) and not tile.path.lower().endswith(".zarr"):
        gathering.reject("file_is_folder", tile.path, source=tile.source)
        return False
    if not found.st_size:
        gathering.reject("file_empty", tile.path, source=tile.source)
        return False
    return True


def _has_day(tile: Tile, statements: Statements, gathering: Gathering) -> bool:
    if tile.date is None:
        pattern = statements.date_pattern
        if pattern is not None:
            gathering.reject("date_not_in_name", tile.path, pattern=pattern.pattern)
        else:
            gathering.reject("date_missing", tile.path, source=tile.source)
        return False
    if not is_plausible(tile.date):
        gathering.reject("date_implausible", tile.path, date=tile.date, source=tile.source, earliest=EARLIEST)
        return False
    return True


def _again(first: Tile, second: Tile, gathering: Gathering) -> None:
    """Note a file that is listed twice; the first counts."""
    differs = [
        f"{name} {getattr(first, name)} / {getattr(second, name)}"
        for name in STATEMENTS
        if getattr(first, name) != getattr(second, name)
    ]
    if differs:
        gathering.reject(
            "listed_twice_differently",
            second.path,
            first=first.source,
            second=second.source,
            differs="; ".join(differs),
        )
    else:
        gathering.reject("listed_twice", second.path, first=first.source, second=second.source)


def _nothing_left(name: str, rejected: Findings) -> str:
    if not rejected:
        return f"{name}: no tile was found"
    listed = [str(each) for each in rejected[:_REPORTED]]
    more = len(rejected) - len(listed)
    return f"{name}: none of {len(rejected)} tiles can be used: {'; '.join(listed)}" + (
        f"; and {more} more" * (more > 0)
    )
