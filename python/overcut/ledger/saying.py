"""What people say of patches and places: inspections, leads, watch areas, patrols, descriptions. Each is an entry."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from overcut import _overcut
from overcut.exceptions import CrsError, LedgerError, ParameterError
from overcut.ledger.concluding import chains
from overcut.ledger.identity import polygonal
from overcut.ledger.schema import UNITS
from overcut.stated import crs_text, iso_day, number
from overcut.zone_layers import read_layer

if TYPE_CHECKING:
    from overcut.ledger.settings import Settings
    from overcut.ledger.store import Store, Writing

__all__ = ["DETAILS", "OUTCOMES", "day_of", "describe", "inspect", "lead", "patrol", "said", "watch"]

OUTCOMES = ("unlawful", "lawful", "false_change", "exempt")
"""违法, 合法, 伪变化, and what needs no right (矿产资源法 2024, Art. 29)."""
DETAILS = (
    "found_by", "found_on", "violated_article", "measure", "deadline", "progress", "acceptance", "penalty", "fine_cny",
    "document", "department", "ledger_source",
)  # fmt: skip
"""What an inspection may state besides; columns of the export for satellite enforcement."""


def said(text: Any, what: str) -> str:
    """Text that is not empty."""
    if not isinstance(text, str) or not text.strip():
        raise ParameterError(f"{what} is {text!r}; expected text that is not empty")
    return text.strip()


def day_of(day: Any, what: str) -> datetime.date:
    """Day; today, by UTC, if none is stated."""
    if day is None:
        return datetime.datetime.now(datetime.timezone.utc).date()
    return datetime.date.fromisoformat(iso_day(day, what))


def _patch(writing: Writing, patch_id: Any) -> tuple[int, int]:
    """Find the number of a patch, and of the one that goes on for it."""
    found = writing.find("patches", "patch_id", str(patch_id))
    if found is None:
        patches = writing.schema.table("patches")
        count = writing.connection.execute(select(func.count()).select_from(patches)).scalar_one()
        raise LedgerError(f"patch {patch_id!r} is not in the ledger, which has {count}; ids look like 2026-000123")
    return found, chains(writing.connection, writing.schema).get(found, found)


def inspect(
    store: Store,
    patch_id: str,
    *,
    outcome: str,
    by: str,
    when: Any,
    filed: bool | None,
    accepted: bool | None,
    settled: bool | None,
    inspectors: str | None,
    note: str | None,
    details: Mapping[str, Any],
) -> None:
    """Enter an inspection: see `Ledger.inspect`."""
    if outcome not in OUTCOMES:
        raise ParameterError(f"outcome is {outcome!r}; expected one of {', '.join(OUTCOMES)}")
    for name, flag in (("filed", filed), ("accepted", accepted), ("settled", settled)):
        if flag is not None and not isinstance(flag, bool):
            raise ParameterError(f"{name} is {flag!r}; expected True, False, or None where it is not known")
    if filed and outcome != "unlawful":
        raise ParameterError(f"filed goes with the outcome 'unlawful'; the outcome is {outcome!r}")
    for name in details:
        if name not in DETAILS:
            raise ParameterError(f"details of an inspection hold {name!r}; known: {', '.join(DETAILS)}")
    plain = {
        name: value.isoformat() if isinstance(value, datetime.date) else value
        for name, value in sorted(details.items())
    }
    day, who = day_of(when, "day of an inspection"), said(by, "by")
    with store.writing("inspection", who) as writing:
        asked, patch = _patch(writing, patch_id)
        writing.say(
            "inspections",
            asked=asked,
            patch=patch,
            inspected_on=day,
            outcome=outcome,
            filed=filed,
            accepted=accepted,
            settled=settled,
            inspectors=inspectors,
            note=note,
            details=json.dumps(plain, ensure_ascii=False) if plain else None,
        )


def describe(store: Store, patch_id: str, *, by: str, facts: Mapping[str, str | None]) -> None:
    """Enter facts of a patch: see `Ledger.describe`."""
    stated = {name: said(value, name) for name, value in facts.items() if value is not None}
    if not stated:
        raise ParameterError(
            f"nothing is said of patch {patch_id}; state subject, {', '.join(UNITS)}, risk, licence or text"
        )
    with store.writing("note", said(by, "by")) as writing:
        _, patch = _patch(writing, patch_id)
        writing.say("notes", patch=patch, **stated)


def lead(store: Store, point: Any, *, kind: str, when: Any, text: str | None, by: str, crs: Any) -> int:
    """Enter a lead: see `Ledger.lead`."""
    shape = _point(point)
    own = crs_text(crs)
    if own is not None:
        ((x, y),), _ = _overcut.transform_points(own, store.crs, [], [(shape.x, shape.y)])
        shape = type(shape)(x, y)
    day, who = day_of(when, "day of a lead"), said(by, "by")
    with store.writing("lead", who) as writing:
        return writing.say("leads", kind=said(kind, "kind of a lead"), dated=day, text=text, geom=shape)


def _point(point: Any) -> Any:
    from shapely import Point
    from shapely.geometry import shape

    if hasattr(point, "__geo_interface__"):
        found = shape(point.__geo_interface__)
    else:
        try:
            x, y = (number(each, "coordinate of a point") for each in point)
        except (TypeError, ValueError) as error:
            raise ParameterError(f"point is {point!r}; expected (x east, y north) or a Point") from error
        found = Point(x, y)
    if found.geom_type != "Point" or found.is_empty:
        raise ParameterError(f"point is a {found.geom_type}; expected (x east, y north) or a Point")
    return Point(found.x, found.y)


def watch(
    store: Store,
    areas: Any,
    *,
    kind: str,
    by: str,
    radius_m: float | None,
    risk: str | None,
    interval_days: float | None,
    text: str | None,
    name_column: str | None,
    transformation: Any,
) -> list[str]:
    """Enter watch areas: see `Ledger.watch`."""
    who, kind = said(by, "by"), said(kind, "kind of a watch area")
    if interval_days is not None and number(interval_days, "interval_days", least=0.0, unit="days") == 0.0:
        raise ParameterError("interval_days is 0; expected days, more than 0")
    radius = None if radius_m is None else number(radius_m, "radius_m", least=0.0, unit="metres")
    shapes = read_layer(_as_polygons(areas, kind, radius), kind, name_column, store.crs, transformation).shapes
    with store.writing("watch", who) as writing:
        table = writing.schema.table("watch_areas")
        taken = set(writing.connection.execute(select(table.c.name)).scalars())
        for name, _ in shapes:
            if name in taken:
                raise LedgerError(f"watch area {name!r} is in the ledger already; give the new one another name")
        for name, shape in shapes:
            writing.say(
                "watch_areas",
                kind=kind,
                name=name,
                risk=risk,
                text=text,
                radius_m=radius,
                interval_days=interval_days,
                geom=polygonal(shape),
            )
    return [name for name, _ in shapes]


def _as_polygons(areas: Any, kind: str, radius_m: float | None) -> Any:
    """Give a layer with points made into discs; everything else is read as zones are."""
    import geopandas

    if isinstance(areas, (str, bytes, os.PathLike)) and radius_m is not None:
        areas = geopandas.read_file(os.fsdecode(areas))
    if not (hasattr(areas, "geometry") and hasattr(areas, "columns")):
        if radius_m is None or isinstance(areas, (str, bytes, os.PathLike)):
            return areas
        listed = areas.items() if isinstance(areas, Mapping) else areas
        if not isinstance(listed, Iterable):
            raise ParameterError(f"{kind} is a {type(areas).__name__}; expected a list of (name, point)")
        return [(name, _disc(point, radius_m)) for name, point in listed]
    points = areas.geometry.geom_type.isin(["Point"])
    if not points.any():
        return areas
    if radius_m is None:
        raise ParameterError(f"{kind} holds points; state radius_m, within which the ground around them is watched")
    if areas.crs is None or not areas.crs.is_projected:
        raise CrsError(f"{kind} holds points that are not in metres; convert the layer with to_crs first")
    grown = areas.copy()
    grown[grown.geometry.name] = [
        shape.buffer(radius_m) if point else shape for shape, point in zip(areas.geometry, points, strict=True)
    ]
    return grown


def _disc(point: Any, radius_m: float) -> Any:
    shape = point if hasattr(point, "geom_type") else _point(point)
    return shape.buffer(radius_m) if shape.geom_type == "Point" else shape


def patrol(
    store: Store, where: str, *, by: str, when: Any, level: str | None, note: str | None, settings: Settings
) -> None:
    """Enter a patrol: see `Ledger.patrol`."""
    if level is not None and level not in settings.patrol.levels:
        known = ", ".join(settings.patrol.levels) or "none"
        raise ParameterError(f"level is {level!r}; the settings of the ledger know {known}")
    day, who = day_of(when, "day of a patrol"), said(by, "by")
    with store.writing("patrol", who) as writing:
        area, patch = writing.find("watch_areas", "name", str(where)), None
        if area is None:
            try:
                _, patch = _patch(writing, where)
            except LedgerError as error:
                raise LedgerError(f"{where!r} is neither a patch nor a watch area of the ledger") from error
        writing.say("patrols", patch=patch, watch_area=area, patrolled_on=day, level=level, note=note)
