"""Sums over observations by township, period and whatever else patches have: each cubic metre is in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from overcut.exceptions import ParameterError
from overcut.ledger.concluding import chains
from overcut.ledger.reading import table_of
from overcut.records import frame_of

if TYPE_CHECKING:
    import datetime

    from pandas import DataFrame

    from overcut.ledger.settings import Settings
    from overcut.ledger.store import Store

__all__ = ["period_of", "totals_of"]

_OF_TIME = ("period", "year", "interval")
_OF_PATCH = ("patch_id", "state", "activity", "subject", "licence", "outcome", "risk", "class", "attribution", "mine")
_LEAST_M2 = 1e-6


def period_of(day: datetime.date, starts: tuple[int, ...]) -> str:
    """Period in which a day lies, by its first month.

    Examples
    --------
    >>> import datetime
    >>> period_of(datetime.date(2026, 5, 20), (1, 4, 7, 10)), period_of(datetime.date(2026, 1, 9), (4, 10))
    ('2026-04', '2025-10')
    """
    before = [month for month in starts if month <= day.month]
    year, month = (day.year, before[-1]) if before else (day.year - 1, starts[-1])
    return f"{year}-{month:02d}"


def totals_of(store: Store, settings: Settings, by: tuple[str, ...]) -> DataFrame:
    """Sum what is counted."""
    levels = _levels(store)
    for each in by:
        if each not in (*_OF_TIME, *_OF_PATCH, *levels):
            known = ", ".join((*_OF_TIME, *levels, *_OF_PATCH))
            raise ParameterError(f"totals by {each!r} are not known; known: {known}")
    divided = [each for each in by if each in levels]
    if len(divided) > 1:
        raise ParameterError(
            f"totals by {' and '.join(divided)} would divide areas twice; ask for one of them at a time"
        )
    known = table_of(store, "patches").drop(columns="geometry").to_dict("records")
    patches = {row["patch_id"]: row for row in known}
    rows, shares = _rows(store, divided[0] if divided else None)
    sums: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        patch = None if row["patch_id"] is None else patches[row["patch_id"]]
        for unit, area_m2, volume_m3 in _pieces(row, shares):
            key = tuple(
                unit
                if name in levels
                else _time(row, name, settings)
                if name in _OF_TIME
                else _text(None if patch is None else patch[name])
                for name in by
            )
            own = sums.setdefault(
                key, {"patches": set(), "areas": 0, "area_m2": 0.0, "cut_m3": 0.0, "outside_m3": 0.0, "fill_m3": 0.0}
            )
            if row["change"] == "fill":
                own["fill_m3"] += volume_m3
                continue
            own["patches"].add(row["patch_id"])
            own["areas"] += 1
            own["area_m2"] += area_m2
            own["cut_m3"] += volume_m3
            if row["outside_m3"] is not None and row["volume_m3"]:
                own["outside_m3"] += row["outside_m3"] * volume_m3 / row["volume_m3"]
    listed = [
        {**dict(zip(by, key, strict=True)), **own, "patches": len(own["patches"])} for key, own in sorted(sums.items())
    ]
    return frame_of(listed, [*by, "patches", "areas", "area_m2", "cut_m3", "outside_m3", "fill_m3"])


def _levels(store: Store) -> tuple[str, ...]:
    shares = store.schema.table("shares")
    with store.reading() as connection:
        found = connection.execute(select(shares.c.kind).where(shares.c.sort == "unit").distinct()).scalars()
        return tuple(dict.fromkeys(("township", *sorted(found))))


def _rows(store: Store, level: str | None) -> tuple[list[dict[str, Any]], dict[int, list[Any]] | None]:
    schema = store.schema
    observations, intervals, patches, shares = (
        schema.table(name) for name in ("observations", "intervals", "patches", "shares")
    )
    with store.reading() as connection:
        ends = chains(connection, schema)
        names = {row.id: row.patch_id for row in connection.execute(select(patches.c.id, patches.c.patch_id))}
        found = connection.execute(
            select(
                observations.c.id,
                observations.c.patch,
                observations.c.change,
                observations.c.area_m2,
                observations.c.outline_m2,
                observations.c.volume_m3,
                observations.c.outside_m3,
                intervals.c.earlier,
                intervals.c.later,
            )
            .join(intervals, intervals.c.id == observations.c.interval)
            .where(observations.c.counted)
            .order_by(observations.c.id)
        )
        rows = [
            {**row._mapping, "patch_id": None if row.patch is None else names[ends.get(row.patch, row.patch)]}
            for row in found
        ]
        if level is None:
            return rows, None
        pieces: dict[int, list[Any]] = {}
        chosen = select(shares).where(shares.c.sort == "unit", shares.c.kind == level).order_by(shares.c.id)
        for share in connection.execute(chosen):
            pieces.setdefault(share.observation, []).append(share)
    return rows, pieces


def _pieces(row: dict[str, Any], shares: dict[int, list[Any]] | None) -> list[tuple[str, float, float]]:
    """Units with their part of an area and of its volume; what lies in none has an empty name."""
    whole_m2 = row["outline_m2"] if row["area_m2"] is None else row["area_m2"]
    own = [] if shares is None else shares.get(row["id"], [])
    if not own:
        return [("", whole_m2, row["volume_m3"])]
    inside_m2 = sum(share.area_m2 for share in own)
    if inside_m2 >= row["outline_m2"] - _LEAST_M2:
        # Units that overlap would count ground twice: their parts are brought down to the whole.
        volume_m3 = sum(share.volume_m3 for share in own)
        scale = row["volume_m3"] / volume_m3 if volume_m3 else 0.0
        return [(share.name, whole_m2 * share.area_m2 / inside_m2, share.volume_m3 * scale) for share in own]
    scale_m2 = whole_m2 / row["outline_m2"]
    found = [(share.name, share.area_m2 * scale_m2, share.volume_m3) for share in own]
    rest = ("", whole_m2 - sum(each[1] for each in found), row["volume_m3"] - sum(each[2] for each in found))
    return [*found, rest]


def _time(row: dict[str, Any], name: str, settings: Settings) -> str:
    if name == "interval":
        return f"{row['earlier']} – {row['later']}"
    return str(row["later"].year) if name == "year" else period_of(row["later"], settings.period_starts)


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)  # noqa: PLR0124
