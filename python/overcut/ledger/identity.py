"""Which area of an interval is which patch of the ledger: growth, split, merge. Pure: nothing is read or written here.

Every patch has a *ground*: what was ever dug there under its id, less what passed to another one. Grounds of living
patches do not overlap, so each piece of ground is of one patch at most. Areas of one interval are matched with grounds
by the plan area in which they overlap; the outcome does not depend on the order in which areas or patches are given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

__all__ = ["Ground", "Matching", "canonical_order", "match", "polygonal"]

_TIE_M2 = 1e-6
"""Overlaps nearer to each other than this are equal: below it stands the rounding of an intersection."""


@dataclass(frozen=True)
class Ground:
    """Ground of a living patch.

    Attributes
    ----------
    patch : int
        Number of the patch in the ledger; lower numbers were given earlier.
    geometry : geometry
        The ground.
    first_dug, last_dug : datetime.date
        Later survey of the first and last interval in which it was dug: time of surveys, not of entries.
    """

    patch: int
    geometry: BaseGeometry
    first_dug: datetime.date
    last_dug: datetime.date


@dataclass(frozen=True)
class Matching:
    """What became of the areas of one interval.

    Patches that did not exist before have negative numbers, -1, -2 …, in the order in which ids are to be given.

    Attributes
    ----------
    patches : tuple of int
        Patch of each area, in the order in which the areas were given.
    split_from : dict
        New patch: the patch that goes on elsewhere.
    merged_into : dict
        Patch that ends: the patch that goes on.
    passed_to : dict
        Patch that goes on, and into whose ground an area dug that goes on as another: that other one, or several. What
        was split from it is not named again.
    once_with : dict
        Patch that an area of a late interval overlaps, though it goes on as another: that other one, or several.
    grounds : dict
        Ground of every patch whose ground changed.
    """

    patches: tuple[int, ...]
    split_from: dict[int, int]
    merged_into: dict[int, int]
    passed_to: dict[int, tuple[int, ...]]
    once_with: dict[int, tuple[int, ...]]
    grounds: dict[int, Ground] = field(default_factory=dict)


def canonical_order(geometries: Sequence[BaseGeometry], ties: Sequence[Any] | None = None) -> list[int]:
    """Positions from the north-west on, whatever the order in which they are given.

    Parameters
    ----------
    geometries : sequence of geometry
        Areas.
    ties : sequence, optional
        What decides between equal geometries.

    Examples
    --------
    >>> import shapely
    >>> canonical_order([shapely.box(5, 0, 6, 1), shapely.box(0, 0, 1, 1), shapely.box(5, 8, 6, 9)])
    [2, 1, 0]
    """
    import shapely

    def key(at: int) -> tuple[Any, ...]:
        west, _, _, north = geometries[at].bounds
        return (-north, west, shapely.to_wkb(shapely.normalize(geometries[at])), str(ties[at]) if ties else "")

    return sorted(range(len(geometries)), key=key)


def match(
    areas: Sequence[BaseGeometry],
    grounds: Iterable[Ground],
    later: datetime.date,
    *,
    min_share: float,
    min_m2: float,
) -> Matching:
    """Match the dug areas of one interval with patches.

    Pairs that overlap enough are taken from the greatest overlap down (tie: the patch dug first, then the one with the
    lower number, then the area further to the north-west); a pair whose area and patch are both free is joined: the
    area goes on under that id. Then

    - an area that overlaps nothing is a new patch;
    - an area whose patches all go on elsewhere is a new patch, *split from* the one that it overlaps most;
    - a patch that no area continues, though areas overlap it, is *merged into* the patch of the one that overlaps it
      most;
    - a patch that goes on while another's area digs into its ground *passes* that ground.

    An interval that comes late changes none of what was seen after it: a patch that was dug later still is not merged
    and passes no ground, and areas over it do not split from it but are earlier parts of it. If one late area lies over
    several such patches, it belongs to the one that it overlaps most; that the others were *once with* it is kept.

    Parameters
    ----------
    areas : sequence of geometry
        What was dug in the interval.
    grounds : iterable of Ground
        Of living patches.
    later : datetime.date
        Later survey of the interval.
    min_share, min_m2 : float
        An overlap counts if it has this plan area and this share of the smaller of the two.

    Examples
    --------
    An area over two patches: the one with the greater overlap goes on.

    >>> import datetime, shapely
    >>> day = datetime.date(2024, 4, 1)
    >>> known = [Ground(1, shapely.box(0, 0, 10, 10), day, day), Ground(2, shapely.box(12, 0, 20, 10), day, day)]
    >>> found = match([shapely.box(5, 0, 16, 10)], known, datetime.date(2024, 7, 1), min_share=0.05, min_m2=1.0)
    >>> found.patches, found.merged_into, found.grounds[1].geometry.area
    ((1,), {2: 1}, 200.0)
    """
    known = {ground.patch: ground for ground in sorted(grounds, key=lambda each: each.patch)}
    order = canonical_order(areas)
    overlaps = _overlaps(areas, order, known, min_share, min_m2)
    pairs = sorted(
        overlaps,
        key=lambda pair: (-overlaps[pair], known[pair[1]].first_dug, pair[1], pair[0]),
    )
    taken: dict[int, int] = {}
    going_on: set[int] = set()
    for rank, patch in pairs:
        if rank not in taken and patch not in going_on:
            taken[rank] = patch
            going_on.add(patch)
    best_patch: dict[int, int] = {}
    best_area: dict[int, int] = {}
    for rank, patch in pairs:
        best_patch.setdefault(rank, patch)
        best_area.setdefault(patch, rank)
    dug_later = {patch for patch, ground in known.items() if ground.last_dug > later}
    going_on |= dug_later
    split_from: dict[int, int] = {}
    fresh = 0
    for rank in range(len(order)):
        if rank in taken:
            continue
        if best_patch.get(rank) in dug_later:
            taken[rank] = best_patch[rank]
            continue
        fresh -= 1
        taken[rank] = fresh
        if rank in best_patch:
            split_from[fresh] = best_patch[rank]
    merged = {patch: taken[rank] for patch, rank in sorted(best_area.items()) if patch not in going_on}
    passed: dict[int, list[int]] = {}
    once_with: dict[int, list[int]] = {}
    for rank, patch in sorted(pairs):
        other = taken[rank]
        if patch in going_on and other != patch and split_from.get(other) != patch:
            (once_with if patch in dug_later else passed).setdefault(patch, []).append(other)
    grounds_after = _grounds(areas, order, known, taken=taken, overlaps=overlaps, merged=merged, later=later)
    by_area = {area: taken[rank] for rank, area in enumerate(order)}
    return Matching(
        patches=tuple(by_area[at] for at in range(len(areas))),
        split_from=split_from,
        merged_into=merged,
        passed_to={patch: tuple(dict.fromkeys(each)) for patch, each in sorted(passed.items())},
        once_with={patch: tuple(dict.fromkeys(each)) for patch, each in sorted(once_with.items())},
        grounds=grounds_after,
    )


def _overlaps(
    areas: Sequence[BaseGeometry], order: list[int], known: Mapping[int, Ground], min_share: float, min_m2: float
) -> dict[tuple[int, int], float]:
    """Overlap of each pair that counts, by rank of the area and number of the patch."""
    import shapely

    patches = list(known.values())
    if not patches or not order:
        return {}
    tree = shapely.STRtree([ground.geometry for ground in patches])
    found: dict[tuple[int, int], float] = {}
    for rank, at in enumerate(order):
        for near in sorted(int(each) for each in tree.query(areas[at])):
            ground = patches[near]
            area_m2 = shapely.intersection(areas[at], ground.geometry).area
            smaller_m2 = min(areas[at].area, ground.geometry.area)
            if area_m2 >= min_m2 - _TIE_M2 and area_m2 >= min_share * smaller_m2 - _TIE_M2 and area_m2 > _TIE_M2:
                found[(rank, ground.patch)] = round(area_m2 / _TIE_M2) * _TIE_M2
    return found


def _grounds(
    areas: Sequence[BaseGeometry],
    order: list[int],
    known: Mapping[int, Ground],
    *,
    taken: Mapping[int, int],
    overlaps: Mapping[tuple[int, int], float],
    merged: Mapping[int, int],
    later: datetime.date,
) -> dict[int, Ground]:
    """Grounds after the interval: ground goes to who dug there last, by the time of the surveys."""
    import shapely

    now: dict[int, Ground] = dict(known)
    changed: set[int] = set()
    near = _Near(areas, order, known, taken, merged)
    for ended, going_on in sorted(merged.items()):
        own = now.pop(ended)
        before = now.get(going_on)
        now[going_on] = own if before is None else _joined(before, own)
        now[going_on] = Ground(going_on, *_without_patch(now[going_on]))
        changed.add(going_on)
    for rank, at in enumerate(order):
        patch = taken[rank]
        area = polygonal(areas[at])
        giving = {other for each, other in overlaps if each == rank and other not in merged}
        kept = [
            other
            for other in near.of(rank)
            if other in known and other != patch and (other not in giving or known[other].last_dug > later)
        ]
        own = area
        if kept:
            rest = polygonal(shapely.difference(area, shapely.union_all([now[each].geometry for each in kept])))
            if rest.is_empty and patch in now:
                now[patch] = Ground(patch, now[patch].geometry, min(now[patch].first_dug, later), now[patch].last_dug)
                changed.add(patch)
                continue
            own, kept = (area, []) if rest.is_empty else (rest, kept)
        for other in near.of(rank):
            if other == patch or other in kept or other not in now:
                continue
            left = polygonal(shapely.difference(now[other].geometry, own))
            if left.area > _TIE_M2 and left.area < now[other].geometry.area - _TIE_M2:
                now[other] = Ground(other, left, now[other].first_dug, now[other].last_dug)
                changed.add(other)
            elif left.area <= _TIE_M2:
                # A patch is never left without ground: it keeps what it has, and the area takes the rest.
                rest = polygonal(shapely.difference(own, now[other].geometry))
                own = rest if not rest.is_empty else own
        dug = Ground(patch, own, later, later)
        now[patch] = Ground(patch, *_without_patch(_joined(now[patch], dug) if patch in now else dug))
        changed.add(patch)
    return {patch: now[patch] for patch in sorted(changed)}


class _Near:
    """Patches that can have ground in common with an area, whatever has passed from one to another meanwhile."""

    def __init__(
        self,
        areas: Sequence[BaseGeometry],
        order: list[int],
        known: Mapping[int, Ground],
        taken: Mapping[int, int],
        merged: Mapping[int, int],
    ) -> None:
        import shapely

        self._areas = [areas[at] for at in order]
        # A ground grows by the areas of its patch, and by the grounds of those that were merged into it.
        self._owners = [*(merged.get(patch, patch) for patch in known), *(taken[rank] for rank in range(len(order)))]
        self._tree = shapely.STRtree([*(ground.geometry for ground in known.values()), *self._areas])

    def of(self, rank: int) -> list[int]:
        return sorted({self._owners[at] for at in self._tree.query(self._areas[rank]).tolist()})


def _joined(one: Ground, other: Ground) -> Ground:
    import shapely

    ground = polygonal(shapely.union(one.geometry, other.geometry))
    return Ground(one.patch, ground, min(one.first_dug, other.first_dug), max(one.last_dug, other.last_dug))


def _without_patch(ground: Ground) -> tuple[Any, datetime.date, datetime.date]:
    return ground.geometry, ground.first_dug, ground.last_dug


def polygonal(shape: BaseGeometry) -> BaseGeometry:
    """Polygons of a geometry, as one MultiPolygon: an operation may leave lines and points where two only touch."""
    import shapely

    if not shape.is_valid:
        shape = shapely.make_valid(shape)
    parts = [each for part in shapely.get_parts(shape) for each in shapely.get_parts(part)]
    return shapely.normalize(shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"]))
