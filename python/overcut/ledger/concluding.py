"""What the observations of a patch come to: its state and figures, kept as a row of their own with every run.

A row says what the ledger concluded when that run was added; the last one holds. It is worked out from all observations
in the order of their surveys, so a run that comes in late changes the conclusion as if it had come in time.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import shapely
from sqlalchemy import and_, func, select

from overcut.competence import JOIN as AND
from overcut.ledger.comparison import main_class
from overcut.ledger.states import Event, state_of
from overcut.tables import JOIN

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator

    from sqlalchemy.engine import Connection, Row
    from sqlalchemy.sql.elements import ColumnElement

    from overcut.ledger.schema import Schema
    from overcut.ledger.settings import Settings
    from overcut.ledger.store import Writing

__all__ = ["CONFIDENCE", "chains", "conclude", "meets"]

CONFIDENCE = 0.95
"""Two-sided, of the intervals of sums; standard errors of different intervals are taken as independent."""
_AT_ONCE = 400
"""Numbers in one question: databases take no endless list."""
_SUMS = (
    "cut_m3", "cut_sigma_m3", "cut_low_m3", "cut_high_m3", "backfill_m3", "backfill_sigma_m3", "backfill_low_m3",
    "backfill_high_m3", "void_m3", "filled_share", "area_m2", "outside_m3", "outside_area_m2", "farmland_m2",
    "basic_farmland_m2",
)  # fmt: skip
"""What a merged patch has no more: it is counted under the patch that goes on."""
_FARMLAND = ("farmland", "permanent_basic_farmland")


def chains(connection: Connection, schema: Schema) -> dict[int, int]:
    """Patch that goes on for each merged one, at the end of the chain."""
    direct = _merged(connection, schema)
    return {patch: list(_way(patch, direct))[-1] for patch in direct}


def _merged(connection: Connection, schema: Schema) -> dict[int, int]:
    lineage = schema.table("lineage")
    found = connection.execute(select(lineage.c.patch, lineage.c.other).where(lineage.c.kind == "merged_into"))
    return {row.patch: row.other for row in found}


def conclude(writing: Writing, settings: Settings, run: int, *, living: set[int], merged: set[int]) -> None:
    """Conclude anew for patches near a run, and keep what has changed.

    Parameters
    ----------
    writing : Writing
        In the transaction that adds the run.
    settings : Settings
        Settings of the ledger.
    run : int
        The run.
    living, merged : set of int
        Patches near it, and those that it ended.
    """
    if not living | merged:
        return
    material = _Material(writing.connection, writing.schema, living | merged)
    last = material.last_states()
    rows = []
    for patch in sorted(living | merged):
        row = material.row(patch, settings, ended=patch in merged)
        if row is not None and row != last.get(patch):
            rows.append({"run": run, "patch": patch, **row})
    writing.add_all("states", rows)


@dataclass(frozen=True)
class _Fill:
    key: tuple[datetime.date, datetime.date]
    volume_m3: float
    sigma_m3: float | None
    geometry: Any


class _Material:
    """Everything that conclusions about some patches rest on."""

    def __init__(self, connection: Connection, schema: Schema, patches: set[int]) -> None:
        self._connection, self._schema, self._patches = connection, schema, patches
        self._members: dict[int, list[int]] = {patch: [patch] for patch in patches}
        direct = _merged(connection, schema)
        for ended in sorted(direct):
            # Also a patch that was ended itself has those that had ended in it.
            for patch in _way(ended, direct):
                if patch in patches:
                    self._members[patch].append(ended)
        members = {each for own in self._members.values() for each in own}
        self._cuts: dict[int, list[Row[Any]]] = {}
        observations, intervals = schema.table("observations"), schema.table("intervals")
        for some in _some(members):
            found = connection.execute(
                select(observations, intervals.c.earlier, intervals.c.later)
                .join(intervals, intervals.c.id == observations.c.interval)
                .where(observations.c.patch.in_(some))
                .order_by(intervals.c.later, intervals.c.earlier, observations.c.id)
            )
            for row in found:
                self._cuts.setdefault(row.patch, []).append(row)
        self._grounds = self._last_grounds()
        self._shares = self._all_shares()
        self._load_fills_and_looks()

    def _last_grounds(self) -> dict[int, Any]:
        grounds = self._schema.table("grounds")
        found: dict[int, Any] = {}
        last = select(func.max(grounds.c.id)).group_by(grounds.c.patch)
        for some in _some(self._patches):
            rows = self._connection.execute(
                select(grounds.c.patch, grounds.c.geom).where(grounds.c.patch.in_(some), grounds.c.id.in_(last))
            )
            found |= {row.patch: row.geom for row in rows}
        return found

    def _all_shares(self) -> dict[int, list[Row[Any]]]:
        shares = self._schema.table("shares")
        found: dict[int, list[Row[Any]]] = {}
        observations = {row.id for rows in self._cuts.values() for row in rows}
        for some in _some(observations):
            rows = self._connection.execute(select(shares).where(shares.c.observation.in_(some)).order_by(shares.c.id))
            for row in rows:
                found.setdefault(row.observation, []).append(row)
        return found

    def _load_fills_and_looks(self) -> None:
        observations, intervals = self._schema.table("observations"), self._schema.table("intervals")
        west, south, east, north = (float(each) for each in shapely.total_bounds(list(self._grounds.values())))
        bounds = (west, south, east, north)
        rows = self._connection.execute(
            select(observations, intervals.c.earlier, intervals.c.later)
            .join(intervals, intervals.c.id == observations.c.interval)
            .where(observations.c.change == "fill", observations.c.counted, meets(observations, bounds))
            .order_by(observations.c.id)
        )
        self._fills = [_Fill((row.earlier, row.later), row.volume_m3, row.sigma_m3, row.geom) for row in rows]
        self._fill_tree = shapely.STRtree([fill.geometry for fill in self._fills])
        looks = self._connection.execute(
            select(intervals.c.earlier, intervals.c.later, intervals.c.geom)
            .where(intervals.c.geom.is_not(None), meets(intervals, bounds))
            .order_by(intervals.c.id)
        )
        by_dates: dict[tuple[datetime.date, datetime.date], list[Any]] = {}
        for earlier, later, geometry in looks:
            by_dates.setdefault((earlier, later), []).append(geometry)
        self._looks = {key: shapely.union_all(shapes) for key, shapes in sorted(by_dates.items())}
        for looked in self._looks.values():
            shapely.prepare(looked)

    def last_states(self) -> dict[int, dict[str, Any]]:
        """Last conclusion of each patch."""
        states = self._schema.table("states")
        last = select(func.max(states.c.id)).group_by(states.c.patch)
        found = {}
        for some in _some(self._patches):
            for row in self._connection.execute(select(states).where(states.c.id.in_(last), states.c.patch.in_(some))):
                values = dict(row._mapping)
                found[row.patch] = {name: values[name] for name in values if name not in ("id", "run", "patch")}
        return found

    def row(self, patch: int, settings: Settings, *, ended: bool) -> dict[str, Any] | None:
        """Conclude for one patch."""
        ground = self._grounds.get(patch)
        cuts = [row for member in self._members[patch] for row in self._cuts.get(member, [])]
        cuts.sort(key=lambda row: (row.later, row.earlier, row.id))
        if ground is None or not cuts:
            return None
        fills = list(self._fills_over(ground, settings))
        state = state_of(self._events(ground, cuts, fills, settings), backfilled_share=settings.backfilled_share)
        if state is None:
            return None
        counted = [row for row in cuts if row.counted] or cuts
        first_cut = min(row.later for row in counted)
        sigmas = [row.sigma_m3 for row in counted]
        filled = [(volume, sigma) for key, volume, sigma in fills if key[1] >= first_cut]
        found = {
            **asdict(state),
            "last_change": state.last_change,
            **_interval("cut", state.cut_m3, sigmas),
            **_interval("backfill", state.backfill_m3, [sigma for _, sigma in filled]),
            **_figures(ground, counted, state.cut_m3),
            **_named(cuts, counted),
            **self._zones(cuts, float(ground.area)),
        }
        if ended:
            found |= dict.fromkeys(_SUMS)
        return found

    def _fills_over(self, ground: Any, settings: Settings) -> Iterator[tuple[tuple[Any, Any], float, float | None]]:
        """Part of each fill that lies on a ground: its volume is divided as its area."""
        if not self._fills:
            return
        for at in sorted(int(each) for each in self._fill_tree.query(ground)):
            fill = self._fills[at]
            area_m2 = shapely.intersection(fill.geometry, ground).area
            least_m2 = settings.min_overlap_share * min(fill.geometry.area, ground.area)
            if area_m2 > 0.0 and area_m2 >= settings.min_overlap_m2 and area_m2 >= least_m2:
                share = min(area_m2 / fill.geometry.area, 1.0)
                sigma = None if fill.sigma_m3 is None else fill.sigma_m3 * share
                yield fill.key, fill.volume_m3 * share, sigma

    def _events(self, ground: Any, cuts: list[Any], fills: list[Any], settings: Settings) -> list[Event]:
        dug: dict[tuple[Any, Any], float] = {}
        again = set()
        for row in cuts:
            key = (row.earlier, row.later)
            if row.counted:
                dug[key] = dug.get(key, 0.0) + row.volume_m3
            else:
                again.add(key)
        if not dug:
            # Known by what another run counts alone: it was dug, and its volume stands elsewhere.
            dug = dict.fromkeys(again, 0.0)
        filled: dict[tuple[Any, Any], float] = {}
        for key, volume_m3, _ in fills:
            filled[key] = filled.get(key, 0.0) + volume_m3
        looked = {
            key
            for key, looked in self._looks.items()
            if shapely.covers(looked, ground)
            or (
                shapely.intersects(looked, ground)
                and shapely.intersection(looked, ground).area >= settings.looked_share * ground.area
            )
        }
        # Where another run counts what was dug, this one found something: it does not say that nothing was.
        looked -= again - set(dug)
        return [Event(*key, dug.get(key), filled.get(key), key in looked) for key in sorted({*dug, *filled, *looked})]

    def _zones(self, cuts: list[Any], ground_m2: float) -> dict[str, Any]:
        zones: dict[tuple[str, str], float] = {}
        units: dict[str, dict[str, float]] = {}
        told: dict[str, None] = {}
        names: dict[str, str] = {}
        for row in cuts:
            told |= dict.fromkeys(row.notify.split(AND) if row.notify else ())
            for share in self._shares.get(row.id, []):
                if share.sort == "unit":
                    level = units.setdefault(share.kind, {})
                    level[share.name] = level.get(share.name, 0.0) + share.area_m2
                    continue
                names[share.kind] = share.kind_name or share.kind
                if share.name:
                    zones[(share.kind, share.name)] = zones.get((share.kind, share.name), 0.0) + share.area_m2
        outlines_m2 = sum(row.outline_m2 for row in cuts)

        def share_of(kind: str) -> float | None:
            area_m2 = sum(area for (each, _), area in zones.items() if each == kind)
            return ground_m2 * min(area_m2 / outlines_m2, 1.0) if area_m2 > 0.0 else None

        def largest(level: str) -> str | None:
            found = units.get(level)
            return max(sorted(found), key=lambda name: found[name]) if found else None

        reserves = [name for kind, name in zones if kind == "nature_reserve"]
        return {
            "zones": AND.join(f"{names[kind]}: {name}" for kind, name in zones) or None,
            "zone_kinds": AND.join(dict.fromkeys(kind for kind, _ in zones)) or None,
            "notify": AND.join(told) or None,
            "township": largest("township"),
            "village": largest("village"),
            "farmland_m2": share_of(_FARMLAND[0]),
            "basic_farmland_m2": share_of(_FARMLAND[1]),
            "reserves": AND.join(dict.fromkeys(reserves)) or None,
        }


def _figures(ground: Any, counted: list[Any], cut_m3: float) -> dict[str, Any]:
    known = [row for row in counted if row.area_m2 is not None]
    # An outline has a rim, over which volume is measured; what of it was dug is estimated for each observation.
    dug_share = sum(row.area_m2 for row in known) / sum(row.outline_m2 for row in known) if known else 1.0
    area_m2 = float(ground.area) * min(dug_share, 1.0)
    outside = [row.outside_m3 for row in counted]
    outside_m3 = None if None in outside else float(sum(outside))
    share = None if outside_m3 is None or cut_m3 <= 0.0 else min(max(outside_m3 / cut_m3, 0.0), 1.0)
    centre = ground.centroid
    point = centre if ground.contains(centre) else ground.point_on_surface()
    return {
        "area_m2": area_m2,
        "ground_m2": float(ground.area),
        "outside_m3": outside_m3,
        "outside_area_m2": None if share is None else area_m2 * share,
        "max_depth_m": max((row.max_depth_m for row in counted if row.max_depth_m is not None), default=None),
        "strength": max((row.strength for row in counted if row.strength is not None), default=None),
        "x": float(point.x),
        "y": float(point.y),
    }


def _named(cuts: list[Any], counted: list[Any]) -> dict[str, Any]:
    classes = [each for row in counted for each in json.loads(row.classes or "[]")]
    holders = _united(row.holder for row in cuts)
    attributions = [row.attribution for row in cuts if row.attribution]
    return {
        "class": main_class(classes),
        "attribution": attributions[-1] if attributions else None,
        "licence": _united(row.licence for row in cuts),
        # Of several holders none is taken for the subject: somebody has to state whose acts they are.
        "holder": None if holders is None or JOIN in holders else holders,
    }


def _united(values: Iterable[str | None]) -> str | None:
    found = dict.fromkeys(each for value in values if value for each in value.split(JOIN))
    return JOIN.join(found) or None


def _interval(name: str, value: float, sigmas: list[float | None]) -> dict[str, float | None]:
    if None in sigmas:
        return dict.fromkeys((f"{name}_sigma_m3", f"{name}_low_m3", f"{name}_high_m3"))
    sigma = sum(each**2 for each in sigmas if each is not None) ** 0.5
    half = NormalDist().inv_cdf(0.5 * (1.0 + CONFIDENCE)) * sigma
    return {
        f"{name}_sigma_m3": sigma,
        f"{name}_low_m3": max(value - half, 0.0),
        f"{name}_high_m3": value + half,
    }


def meets(table: Any, bounds: tuple[float, float, float, float]) -> ColumnElement[bool]:
    """Rows whose bounds meet others."""
    west, south, east, north = bounds
    return and_(table.c.west <= east, table.c.east >= west, table.c.south <= north, table.c.north >= south)


def _way(patch: int, direct: dict[int, int]) -> Iterator[int]:
    while patch in direct:
        patch = direct[patch]
        yield patch


def _some(numbers: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(numbers)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]
