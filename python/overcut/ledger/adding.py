"""Adding a run: one transaction in which its areas become observations of patches."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import shapely
from sqlalchemy import func, select

from overcut.exceptions import OutputError
from overcut.ledger.concluding import conclude, meets
from overcut.ledger.identity import Ground, match
from overcut.tables import JOIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import Connection

    from overcut.competence import ZoneReport
    from overcut.ledger.comparison import Area, Dated, Found
    from overcut.ledger.schema import Schema
    from overcut.ledger.settings import Settings
    from overcut.ledger.store import Writing

__all__ = ["Added", "add_run", "as_case"]


@dataclass(frozen=True)
class Added:
    """What became of a run.

    Attributes
    ----------
    run : int
        Its number in the ledger.
    digest : str
        Of the assessment, or of the tables.
    already : bool
        Whether it was there before: then nothing was written, and the rest is empty.
    patches : dict
        Patch of each dug area, by the name of the area in the run.
    new, continued : tuple of str
        Patches that were given an id now, and those that went on.
    split_from, merged_into : dict
        As in the ledger, by patch.
    again : tuple of str
        Areas whose ground another run counts already for the same time; they are kept, and not counted.
    remarks : tuple of str
        What a reader should know.
    """

    run: int
    digest: str
    already: bool
    patches: dict[str, str] = field(default_factory=dict)
    new: tuple[str, ...] = ()
    continued: tuple[str, ...] = ()
    split_from: dict[str, str] = field(default_factory=dict)
    merged_into: dict[str, str] = field(default_factory=dict)
    again: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        if self.already:
            return f"Run {self.run} is in the ledger already (digest {self.digest[:12]}); nothing was written"
        lines = [
            f"Run {self.run}: {len(self.patches)} dug areas; {len(self.new)} new patches, "
            f"{len(self.continued)} went on, {len(self.split_from)} split off, {len(self.merged_into)} merged"
        ]
        if self.again:
            lines.append(f"- counted by another run already, kept without being counted: {', '.join(self.again)}")
        return "\n".join([*lines, *(f"- {each}" for each in self.remarks)])


class _AsCase:
    """As much of an assessment as `overcut.zones` asks for, of tables."""

    def __init__(self, found: Found) -> None:
        self.crs = found.crs
        self.rasters: tuple[Any, ...] = ()
        self.intervals = found.intervals
        self.patches, self.fills = (self._table(found, change) for change in ("cut", "fill"))

    def _table(self, found: Found, change: str) -> Any:
        from geopandas import GeoDataFrame

        rows = [
            (area.name, dated.number, area.attribution or "", area.volume_m3, area.geometry)
            for dated in found.intervals
            for area in dated.areas
            if area.change == change
        ]
        columns = ["patch", "interval", "attribution", "volume_m3"]
        data = {name: [row[at] for row in rows] for at, name in enumerate(columns)}
        return GeoDataFrame(data, geometry=[row[4] for row in rows], crs=self.crs)

    def to_cog(self, *_: Any, **__: Any) -> Any:
        raise OutputError("tables hold no surfaces")


def as_case(found: Found) -> Any:
    """Give the assessment of a run, or what stands for it."""
    return _AsCase(found) if found.case is None else found.case


def add_run(writing: Writing, found: Found, settings: Settings, zones: ZoneReport, *, title: str | None) -> Added:
    """Add a run in the transaction of `writing`."""
    known = writing.find("runs", "digest", found.digest)
    if known is not None:
        return Added(known, found.digest, already=True)
    run = writing.say(
        "runs",
        digest=found.digest,
        title=title,
        source=found.source,
        layers=json.dumps(found.layers, ensure_ascii=False),
        version=found.version,
        confidence=found.confidence,
    )
    told = dict(zip(zones.notify["patch"], zones.notify["departments"], strict=True))
    adding = _Adding(writing, settings, run, told)
    adding.load(_bounds_of(found))
    for dated in sorted(found.intervals, key=lambda each: (each.later, each.earlier)):
        adding.interval(dated)
    adding.shares(zones)
    conclude(writing, settings, run, living=set(adding.grounds), merged=set(adding.merged_into))
    return adding.added(found)


@dataclass
class _Adding:
    writing: Writing
    settings: Settings
    run: int
    told: dict[str, str]
    grounds: dict[int, Ground] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    observations: dict[str, int] = field(default_factory=dict)
    patches: dict[str, int] = field(default_factory=dict)
    new: list[int] = field(default_factory=list)
    split_from: dict[int, int] = field(default_factory=dict)
    merged_into: dict[int, int] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)

    def load(self, bounds: tuple[float, float, float, float] | None) -> None:
        """Grounds of the living patches near the run."""
        if bounds is None:
            return
        schema = self.writing.schema
        grounds, lineage, patches = (schema.table(name) for name in ("grounds", "lineage", "patches"))
        last = select(func.max(grounds.c.id)).group_by(grounds.c.patch)
        ended = select(lineage.c.patch).where(lineage.c.kind == "merged_into")
        found = self.writing.connection.execute(
            select(grounds.c.patch, grounds.c.geom, grounds.c.first_dug, grounds.c.last_dug, patches.c.patch_id)
            .join(patches, patches.c.id == grounds.c.patch)
            .where(grounds.c.id.in_(last), grounds.c.patch.not_in(ended), meets(grounds, bounds))
            .order_by(grounds.c.patch)
        )
        for patch, geometry, first_dug, last_dug, name in found:
            self.grounds[patch] = Ground(patch, geometry, first_dug, last_dug)
            self.names[patch] = name

    def interval(self, dated: Dated) -> None:
        interval = self.writing.add(
            "intervals",
            run=self.run,
            number=dated.number,
            earlier=dated.earlier,
            later=dated.later,
            earlier_source=dated.earlier_source,
            later_source=dated.later_source,
            **_placed(dated.looked),
        )
        counted = _Counted(self.writing.connection, self.writing.schema, self.settings, dated, self.run)
        cuts = [area for area in dated.areas if area.change == "cut"]
        matching = match(
            [area.geometry for area in cuts],
            self.grounds.values(),
            dated.later,
            min_share=self.settings.min_overlap_share,
            min_m2=self.settings.min_overlap_m2,
        )
        given = self._given(interval, dated, sorted({each for each in matching.patches if each < 0}, reverse=True))

        def number(patch: int) -> int:
            return given.get(patch, patch)

        for kind, lines in (("split_from", matching.split_from), ("merged_into", matching.merged_into)):
            for patch, other in lines.items():
                self._line(interval, kind, number(patch), number(other))
        for kind, several in (("passed_to", matching.passed_to), ("once_with", matching.once_with)):
            for patch, others in several.items():
                for other in others:
                    self._line(interval, kind, number(patch), number(other))
        for patch in matching.merged_into:
            self.grounds.pop(patch)
        for patch, ground in matching.grounds.items():
            self._ground(interval, number(patch), ground)
        for area, patch in zip(cuts, matching.patches, strict=True):
            self.patches[area.name] = number(patch)
            self._observe(interval, area, number(patch), counted)
        for area in dated.areas:
            if area.change == "fill":
                # Whose backfill it is follows from the grounds, and is worked out when states are.
                self._observe(interval, area, None, counted)

    def _given(self, interval: int, dated: Dated, fresh: list[int]) -> dict[int, int]:
        """Give ids to new patches: the year of the later survey, and a number that counts up in it."""
        patches = self.writing.schema.table("patches")
        year = dated.later.year
        before = self.writing.connection.execute(
            select(func.count()).select_from(patches).where(patches.c.year == year)
        ).scalar_one()
        given = {}
        for number, patch in enumerate(fresh, start=int(before) + 1):
            name = f"{self.settings.prefix}{year}-{number:06d}"
            key = self.writing.add("patches", patch_id=name, interval=interval, year=year)
            given[patch] = key
            self.names[key] = name
            self.new.append(key)
        return given

    def _line(self, interval: int, kind: str, patch: int, other: int) -> None:
        self.writing.add("lineage", interval=interval, kind=kind, patch=patch, other=other)
        if kind == "split_from":
            self.split_from[patch] = other
        elif kind == "merged_into":
            self.merged_into[patch] = other

    def _ground(self, interval: int, patch: int, ground: Ground) -> None:
        self.grounds[patch] = Ground(patch, ground.geometry, ground.first_dug, ground.last_dug)
        self.writing.add(
            "grounds",
            interval=interval,
            patch=patch,
            first_dug=ground.first_dug,
            last_dug=ground.last_dug,
            **_placed(ground.geometry),
        )

    def _observe(self, interval: int, area: Area, patch: int | None, counted: _Counted) -> None:
        again = counted.by(area)
        if again is not None:
            self.again.append(area.name)
        known = area.classes or area.attribution == "unlicensed"
        outside_m3 = None if not known else area.outside_m3 if area.classes else area.volume_m3
        self.observations[area.name] = self.writing.add(
            "observations",
            interval=interval,
            patch=patch,
            name=area.name,
            change=area.change,
            counted=again is None,
            again=again,
            area_m2=area.area_m2,
            outline_m2=float(area.geometry.area),
            volume_m3=area.volume_m3,
            sigma_m3=area.sigma_m3,
            low_m3=area.low_m3,
            high_m3=area.high_m3,
            max_depth_m=area.max_depth_m,
            strength=area.strength,
            x=area.x,
            y=area.y,
            outside_m3=outside_m3,
            attribution=area.attribution,
            licence=JOIN.join(area.licences) or None,
            holder=JOIN.join(area.holders) or None,
            **{"class": area.main_class},
            classes=json.dumps(area.classes, ensure_ascii=False),
            nearest_licence=area.nearest_licence,
            nearest_distance_m=area.nearest_distance_m,
            notify=self.told.get(area.name),
            **_placed(area.geometry),
        )

    def shares(self, zones: ZoneReport) -> None:
        """Keep in which zones and units each area lies, and who is to be told."""
        rows: list[dict[str, Any]] = []
        for sort, table, kind, name in (
            ("zone", zones.patches, "kind", "zone"),
            ("unit", zones.units, "level", "unit"),
        ):
            rows += [
                {
                    "observation": self.observations[row["patch"]],
                    "sort": sort,
                    "kind": row[kind],
                    "kind_name": row.get("kind_name"),
                    "name": row[name],
                    "area_m2": float(row["area_m2"]),
                    "volume_m3": float(row["volume_m3"]),
                    "volume_basis": row["volume_basis"],
                    "departments": row.get("departments"),
                }
                for row in table.drop(columns="geometry").to_dict("records")
            ]
        self.writing.add_all("shares", rows)

    def added(self, found: Found) -> Added:
        name = self.names.__getitem__
        gone_on = sorted({patch for patch in self.patches.values() if patch not in set(self.new)})
        return Added(
            run=self.run,
            digest=found.digest,
            already=False,
            patches={area: name(patch) for area, patch in self.patches.items()},
            new=tuple(map(name, self.new)),
            continued=tuple(map(name, gone_on)),
            split_from={name(patch): name(other) for patch, other in self.split_from.items()},
            merged_into={name(patch): name(other) for patch, other in self.merged_into.items()},
            again=tuple(self.again),
            remarks=found.remarks,
        )


class _Counted:
    """What other runs count already in the time of an interval: the same ground is not counted twice for one time."""

    def __init__(self, connection: Connection, schema: Schema, settings: Settings, dated: Dated, run: int) -> None:
        self._settings = settings
        self._found: dict[str, list[tuple[int, Any]]] = {"cut": [], "fill": []}
        bounds = _bounds([area.geometry for area in dated.areas])
        if bounds is None:
            return
        observations, intervals = schema.table("observations"), schema.table("intervals")
        rows = connection.execute(
            select(observations.c.id, observations.c.change, observations.c.geom)
            .join(intervals, intervals.c.id == observations.c.interval)
            .where(
                observations.c.counted,
                intervals.c.run != run,
                intervals.c.earlier < dated.later,
                intervals.c.later > dated.earlier,
                meets(observations, bounds),
            )
            .order_by(observations.c.id)
        )
        for key, change, geometry in rows:
            self._found[change].append((key, geometry))

    def by(self, area: Area) -> int | None:
        """Observation that counts this ground already."""
        found = self._found[area.change]
        if not found:
            return None
        shapes = [shape for _, shape in found]
        near = sorted(int(at) for at in shapely.STRtree(shapes).query(area.geometry))
        overlaps = {at: shapely.intersection(area.geometry, shapes[at]).area for at in near}
        enough = {
            at: overlap
            for at, overlap in overlaps.items()
            if overlap > 0.0
            and overlap >= self._settings.min_overlap_m2
            and overlap >= self._settings.min_overlap_share * min(area.geometry.area, shapes[at].area)
        }
        return found[max(enough, key=lambda at: (enough[at], -at))][0] if enough else None


def _placed(shape: Any) -> Mapping[str, Any]:
    """Columns of a row that has a place: its shape, and the sides by which it is looked up."""
    bounds = (None,) * 4 if shape is None or shape.is_empty else shape.bounds
    return {**dict(zip(("west", "south", "east", "north"), bounds, strict=True)), "geom": shape}


def _bounds(shapes: list[Any]) -> tuple[float, float, float, float] | None:
    there = [shape for shape in shapes if shape is not None and not shape.is_empty]
    if not there:
        return None
    west, south, east, north = (float(each) for each in shapely.total_bounds(there))
    return west, south, east, north


def _bounds_of(found: Found) -> tuple[float, float, float, float] | None:
    shapes = [dated.looked for dated in found.intervals]
    return _bounds([*shapes, *(area.geometry for dated in found.intervals for area in dated.areas)])
