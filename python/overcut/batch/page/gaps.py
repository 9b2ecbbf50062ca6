"""What was not seen: area without data, tiles that were left out by reason, units with gaps."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from overcut.messages import catalogue
from overcut.report.rounding import shown
from overcut.summary import Table
from overcut.tiles.paths import shown as shown_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overcut.batch.page.words import Words
    from overcut.batch.result import BatchResult

__all__ = ["Reason", "areas_table", "reasons", "units_table"]

MOST_PATHS = 200
MOST_UNITS = 30
MOST_NAMES = 4


@dataclass(frozen=True)
class Reason:
    """Tiles of one epoch that were left out for the same reason.

    Attributes
    ----------
    what : str
        The reason in a few words.
    epoch : str
        The epoch.
    count : int
        How many tiles.
    told : str
        What was said of the first of them, with the way to mend it.
    paths : tuple of str
        Which, up to `MOST_PATHS`.
    """

    what: str
    epoch: str
    count: int
    told: str
    paths: tuple[str, ...]


def areas_table(result: BatchResult, say: Words) -> Table:
    """Area that was compared, and that was not, in each interval."""
    rows: list[tuple[str, ...]] = []
    for interval in result.assessment._data["intervals"]:
        seen_m2, unseen_m2 = interval["compared_area_m2"], interval["nodata_area_m2"]
        whole_m2 = seen_m2 + unseen_m2
        share = unseen_m2 / whole_m2 if whole_m2 else 0.0
        rows.append(
            (
                say.days(interval["from"], interval["to"]),
                shown(seen_m2 / 1e6, -3),
                shown(unseen_m2 / 1e6, -3),
                f"{100.0 * share:.1f} %",
            )
        )
    return Table(
        head=(say("days"), say("compared_km2"), say("no_data_km2"), say("no_data_share")),
        rows=rows,
        numeric=frozenset({1, 2, 3}),
        headline=2,
    )


def reasons(result: BatchResult, say: Words) -> list[Reason]:
    """Tiles without which the run was made, by epoch and reason, in the order of the epochs."""
    found: list[Reason] = []
    for epoch in result.plan.epochs:
        rejected: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for each in epoch["left_out"]:
            path = each.place.get("path", "")
            rejected[each.code].append((path, each.text(say.lang)))
        found += [_reason(_named(code, say), epoch["name"], tiles, say) for code, tiles in rejected.items()]
    tiles = result.tiles
    for status in ("left_out", "no_heights"):
        alike: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for epoch, path, why in tiles.loc[tiles["status"] == status, ["epoch", "path", "why"]].itertuples(index=False):
            alike[epoch, _without_particulars(why, path)].append((path, _short(why, path)))
        found += [_reason(say(f"status_{status}"), epoch, tiles, say) for (epoch, _), tiles in alike.items()]
    return found


def _reason(what: str, epoch: str, tiles: list[tuple[str, str]], say: Words) -> Reason:
    paths = tuple(shown_path(path) or say("no_path") for path, _ in tiles[:MOST_PATHS])
    return Reason(what, epoch, len(tiles), tiles[0][1], paths)


def _named(code: str, say: Words) -> str:
    key = f"batch.reason_{code}"
    return say(key) if key in catalogue(say.lang) else say("reason_other", code=code)


def _short(why: str, path: str) -> str:
    """Tell what was said of a tile without its folders, which stand beside it, and without what signs its address.

    Examples
    --------
    >>> _short("surface /a/b/t5.tif cannot be read: /a/b/t5.tif is cut short", "/a/b/t5.tif")
    'surface t5.tif cannot be read: t5.tif is cut short'
    """
    return why.replace(path, _name(path)) if path else why


def _without_particulars(why: str, path: str) -> str:
    """Message without path and numbers: what is left is the same for tiles with the same fault."""
    return re.sub(r"\d+", "#", _short(why, path).replace(_name(path) or "…", "…"))


def units_table(result: BatchResult, say: Words) -> Table | None:
    """Units that failed, then those with gaps."""
    units = result.units
    wanted = units[units["status"] != "done"]
    if wanted.empty:
        return None
    rows = sorted(wanted.to_dict("records"), key=lambda row: (row["status"] != "failed", row["unit"]))
    return Table(
        head=(
            say("unit"),
            say("status"),
            say("maps.east"),
            say("maps.north"),
            say("tiles_left_out"),
            say("why"),
        ),
        rows=[_unit(result, row, say) for row in rows[:MOST_UNITS]],
        numeric=frozenset({0, 4}),
        more=max(len(rows) - MOST_UNITS, 0),
    )


def _unit(result: BatchResult, row: dict[str, Any], say: Words) -> tuple[str, ...]:
    west, north, dx, dy, _, _ = result.plan.grid

    def span(ends: Iterable[float]) -> str:
        return " – ".join(shown(end, 0, apart=False) for end in ends)

    left, top = west + row["col"] * dx, north - row["row"] * dy
    return (
        str(row["unit"]),
        say.status(row["status"]),
        span((left, left + row["cols"] * dx)),
        span((top - row["rows"] * dy, top)),
        f"{row['tiles_left_out']:,}",
        row["why"] or _without(result, row["unit"], say),
    )


def _without(result: BatchResult, unit: int, say: Words) -> str:
    """Name the tiles that a unit did without."""
    names = [_name(path) for path, _ in result._reports[unit].excluded]
    more = len(names) - MOST_NAMES
    return say.joined([*names[:MOST_NAMES], *([say("more", count=f"{more:,}")] if more > 0 else [])])


def _name(path: str) -> str:
    return PurePath(path.partition("?")[0]).name
