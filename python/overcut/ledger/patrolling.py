"""Which patches and watch areas are due for a visit: the shortest interval of the settings that applies counts."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from overcut.competence import JOIN
from overcut.exceptions import ParameterError
from overcut.ledger.reading import patches_of, table_of
from overcut.ledger.saying import day_of
from overcut.tables import days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geopandas import GeoDataFrame

    from overcut.ledger.settings import Settings
    from overcut.ledger.store import Store

__all__ = ["overdue_of"]

_COLUMNS = (
    "what", "name", "kind", "state", "risk", "township", "subject", "last_visit", "interval_days", "due",
    "days_overdue", "x", "y",
)  # fmt: skip
_NOTHING_TO_DO = ("lawful", "false_change", "exempt")


def overdue_of(store: Store, settings: Settings, *, on: Any, level: str | None) -> GeoDataFrame:
    """List what should have been visited before a day, longest overdue first.

    A visit is a patrol (of the level, if one is asked for) or, without a level, an inspection. What was never visited
    counts from the survey that last saw it dug; a watch area from the day on which it was entered.
    """
    import geopandas

    if level is not None and level not in settings.patrol.levels:
        known = ", ".join(settings.patrol.levels) or "none"
        raise ParameterError(f"level is {level!r}; the settings of the ledger know {known}")
    day = day_of(on, "day on which visits are due")
    patrols = table_of(store, "patrols")
    if level is not None:
        patrols = patrols[patrols["level"] == level]
    rows = [*_patches(store, settings, patrols, level), *_areas(store, settings, patrols, level)]
    late = []
    for row in rows:
        row["due"] = row["since"] + datetime.timedelta(days=row["interval_days"])
        row["days_overdue"] = (day - row["due"]).days
        if row["days_overdue"] > 0:
            late.append(row)
    late.sort(key=lambda row: (-row["days_overdue"], row["what"], row["name"]))
    columns: dict[str, Any] = {name: [row[name] for row in late] for name in _COLUMNS}
    for name in ("last_visit", "due"):
        columns[name] = days(columns[name])
    points = geopandas.points_from_xy(columns["x"], columns["y"])
    return geopandas.GeoDataFrame(columns, geometry=points, crs=store.crs)


def _patches(store: Store, settings: Settings, patrols: Any, level: str | None) -> Iterator[dict[str, Any]]:
    visits = _last(patrols, "patch_id")
    for row in patches_of(store, settings).to_dict("records"):
        if row["state"] == "merged" or _missing(row["last_dug"]):
            continue
        visit = visits.get(row["patch_id"])
        if level is None and not _missing(row["inspected_on"]):
            inspected = row["inspected_on"].date()
            visit = inspected if visit is None else max(visit, inspected)
        interval = _interval(settings, level, row)
        if interval is None:
            continue
        yield {
            "what": "patch",
            "name": row["patch_id"],
            "kind": row["class"],
            **{name: row[name] for name in ("state", "risk", "township", "subject", "x", "y")},
            "last_visit": visit,
            "since": visit or row["last_dug"].date(),
            "interval_days": interval,
        }


def _areas(store: Store, settings: Settings, patrols: Any, level: str | None) -> Iterator[dict[str, Any]]:
    visits = _last(patrols, "watch_area")
    areas = table_of(store, "watch_areas")
    for row in areas.to_dict("records"):
        base = _base(settings, level)
        found = [base, settings.patrol.kinds.get(row["kind"]), settings.patrol.risks.get(row["risk"] or "")]
        if not _missing(row["interval_days"]):
            found.append(row["interval_days"])
        visit = visits.get(row["name"])
        point = row["geometry"].point_on_surface()
        yield {
            "what": "watch area",
            **{name: row[name] for name in ("name", "kind", "risk")},
            **dict.fromkeys(("state", "township", "subject")),
            "x": float(point.x),
            "y": float(point.y),
            "last_visit": visit,
            "since": visit or row["said_at"].date(),
            "interval_days": min(each for each in found if each is not None),
        }


def _base(settings: Settings, level: str | None) -> float:
    return settings.patrol.default_days if level is None else settings.patrol.levels[level]


def _interval(settings: Settings, level: str | None, row: dict[str, Any]) -> float | None:
    patrol = settings.patrol
    if row["state"] == "verified" and (row["outcome"] in _NOTHING_TO_DO or row["activity"] == "backfilled"):
        return patrol.settled_days or None
    zones = row["zone_kinds"].split(JOIN) if isinstance(row["zone_kinds"], str) else []
    found = [
        _base(settings, level),
        patrol.states.get(row["state"]),
        patrol.risks.get(row["risk"] or ""),
        *(patrol.zones.get(kind) for kind in zones),
    ]
    return min(each for each in found if each is not None)


def _last(patrols: Any, name: str) -> dict[str, datetime.date]:
    found: dict[str, datetime.date] = {}
    for row in patrols[patrols[name].notna()].to_dict("records"):
        day = row["patrolled_on"].date()
        found[row[name]] = max(found.get(row[name], day), day)
    return found


def _missing(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124
