"""Volumes by independent methods, side by side: cells, triangles, parallel sections, benches."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from overcut import _overcut
from overcut.dem import Dem
from overcut.exceptions import ParameterError
from overcut.regions import Region, find_region, rings_of
from overcut.stated import number
from overcut.volume_result import Finding, Quantity, Volumes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from overcut.assessment import Assessment

__all__ = ["Grounds", "grounds_of", "volumes"]

Method = Literal["grid", "tin", "sections", "benches"]

METHODS: tuple[Method, ...] = ("grid", "tin", "sections", "benches")
_MARGIN = 3
"""Cells around a region: triangles reach to the next cell centre."""
_SECTIONS = 20
"""Sections across a region where no spacing is asked for."""
_BENCHES = 10
"""Benches in twice the mean depth, where no height is asked for."""
_COVERED_PERCENT = 99.5
"""Less of the region than this with heights is a finding."""


@dataclass(frozen=True)
class Grounds:
    """Two surfaces of one comparison, as triangles, on one grid and registered as in the assessment."""

    before: _overcut.Ground
    after: _overcut.Ground
    dates: tuple[str, str]


def volumes(
    case: Assessment | Sequence[Dem],
    region: Any,
    *,
    methods: Iterable[Method] = METHODS,
    quantity: Quantity = "net",
    interval: int | None = None,
    band: Any = None,
    azimuth_deg: float | None = None,
    spacing_m: float | None = None,
    offset_m: float = 0.0,
    bench_m: float | None = None,
    points: Any = None,
    breaklines: Any = None,
    max_edge_m: float | None = None,
    limit_percent: float | None = 5.0,
    surfaces: Sequence[Dem] | None = None,
) -> Volumes:
    """Measure the ground between two surfaces by independent methods, and hold them against each other.

    All methods compare the same ground: the surfaces on the common grid, registered as in the assessment.

    Parameters
    ----------
    case : Assessment, or two Dem
        The assessment that the region belongs to; or two surfaces, compared as they lie on the grid of the first.
    region : str, tuple or geometry
        Id of a patch or of a licence; ``(licence, part)``, part from 1; ``(licence, class)``; or polygons in the CRS
        of the grid: a shapely geometry, a GeoSeries, corners.
    methods : iterable of {"grid", "tin", "sections", "benches"}
        The first is the one from which differences are counted.
    quantity : {"net", "cut", "fill"}
        What is compared. net = cut - fill: noise, which every method counts differently as cut *and* as fill, cancels
        in it.
    interval : int, optional
        Comparison, from 0.
    band : (floor, ceiling) or "licence", optional
        Elevations that count; "licence" takes those of each part.
    azimuth_deg : float, optional
        Direction of the sections, clockwise from grid north; otherwise across the longer side of the region.
    spacing_m : float, optional
        Distance of sections; otherwise a twentieth of the extent across them.
    offset_m : float
        Where a section lies, from the middle of the region.
    bench_m : float, optional
        Distance of levels; otherwise a fifth of the mean depth.
    points : SurveyPoints, array or path, optional
        Survey points of the later surface, or a dict with "before" and "after": a further method "tin of points"
        joins them directly, and what lies between them and the grid of the same survey is reported.
    breaklines : list of arrays, optional
        Lines (x, y, height) that go with the points: crests, toes.
    max_edge_m : float, optional
        Triangles between points with a longer side are left out.
    limit_percent : float or None
        Largest difference that is accepted. 5 % is a rule of thumb that could not be verified in a standard; None = no
        verdict.
    surfaces : sequence of Dem, optional
        Surfaces of an assessment that was read from a record, in its order.

    Returns
    -------
    Volumes

    Raises
    ------
    ParameterError
        Unknown region or method, or a value that makes no sense.
    NoOverlapError
        The region lies beyond the surfaces.

    Examples
    --------
    >>> import numpy as np
    >>> import overcut as oc
    >>> place = {"transform": (500000, 1, 0, 3940040, 0, -1), "crs": "EPSG:4546"}
    >>> before = np.full((40, 40), 100.0)
    >>> after = before - np.clip(np.subtract.outer(np.arange(40.0), 10.0), 0, 10)
    >>> pair = [oc.Dem(before, date="2021-05-01", **place), oc.Dem(after, date="2024-05-20", **place)]
    >>> region = [(500005, 3940005), (500035, 3940005), (500035, 3940035), (500005, 3940035)]
    >>> found = oc.volumes(pair, region, spacing_m=2.0, azimuth_deg=90)
    >>> found.table[["method", "cut_m3"]].round(0).to_dict("records")
    [{'method': 'grid', 'cut_m3': 5850.0}, {'method': 'tin', 'cut_m3': 5850.0},
     {'method': 'sections', 'cut_m3': 5850.0}, {'method': 'benches', 'cut_m3': 5850.0}]
    """
    wanted = _methods(methods)
    if quantity not in ("net", "cut", "fill"):
        raise ParameterError(f"quantity is {quantity!r}; expected 'net', 'cut' or 'fill'")
    limit = None if limit_percent is None else number(limit_percent, "limit_percent", least=0, unit="per cent")
    given: Any = case
    data = None if isinstance(case, (list, tuple)) else given._data
    place = find_region(data, region, interval=interval, band=band)
    grounds = grounds_of(case, place.interval, place.bounds, surfaces=surfaces)
    work = _Work(place, grounds, quantity, limit)
    for method in wanted:
        if method == "grid":
            work.add("grid", _overcut.cell_volume)
        elif method == "tin":
            work.add("tin", _overcut.prism_volume)
        elif method == "sections":
            work.add_sections(azimuth_deg, spacing_m, offset_m)
        else:
            work.add_benches(bench_m)
    if points is not None:
        work.add_points(case, points, breaklines, max_edge_m)
    elif breaklines is not None:
        raise ParameterError("breaklines go with points; give the survey points too")
    return work.finished()


def grounds_of(
    case: Assessment | Sequence[Dem],
    interval: int,
    bounds: tuple[float, float, float, float],
    *,
    surfaces: Sequence[Dem] | None = None,
    margin: int = _MARGIN,
) -> Grounds:
    """Windows of the two surfaces of a comparison around bounds, registered as in the assessment."""
    if isinstance(case, (list, tuple)):
        if len(case) != 2 or not all(isinstance(each, Dem) for each in case):  # noqa: PLR2004
            raise ParameterError("two surfaces are compared: give [overcut.Dem(…), overcut.Dem(…)], or an assessment")
        first, second = case
        before = _overcut.Ground.window(first._surface, bounds, margin)
        after = _overcut.Ground.window(second._surface, bounds, margin, grid=first._surface)
        return Grounds(before, after, (first.date.isoformat(), second.date.isoformat()))
    assessment: Any = case
    dems = assessment.surfaces_at_hand(surfaces)
    found = assessment._data["intervals"][interval]
    windows = [
        _overcut.Ground.window(dems[position]._surface, bounds, margin, registered=(assessment._record, position))
        for position in (found["earlier"], found["later"])
    ]
    return Grounds(windows[0], windows[1], (found["from"], found["to"]))


class _Work:
    """Rows, sheets and findings as they come."""

    def __init__(self, region: Region, grounds: Grounds, quantity: Quantity, limit: float | None) -> None:
        self.region, self.grounds, self.quantity, self.limit = region, grounds, quantity, limit
        self.rows: list[dict[str, Any]] = []
        self.sheets: dict[str, list[dict[str, Any]]] = {"sections": [], "benches": [], "pairs": []}
        self.findings: list[Finding] = []
        self.area_m2 = sum(piece.polygons.area for piece in region.pieces)
        self._exact: list[dict[str, Any]] | None = None

    def each(self, function: Any, before: _overcut.Ground, after: _overcut.Ground, *more: Any) -> list[dict[str, Any]]:
        return [
            json.loads(function(before, after, rings_of(piece.polygons), piece.limits, *more))
            for piece in self.region.pieces
        ]

    @property
    def exact(self) -> list[dict[str, Any]]:
        """Prisms, which other methods take their measure from."""
        if self._exact is None:
            self._exact = self.each(_overcut.prism_volume, self.grounds.before, self.grounds.after)
        return self._exact

    def add(self, method: str, function: Any) -> None:
        found = (
            self.exact
            if function is _overcut.prism_volume
            else self.each(function, self.grounds.before, self.grounds.after)
        )
        self.row(
            method,
            cut_m3=sum(each["cut_m3"] for each in found),
            fill_m3=sum(each["fill_m3"] for each in found),
            compared_area_m2=sum(each["compared_area_m2"] for each in found),
        )

    def add_sections(self, azimuth_deg: float | None, spacing_m: float | None, offset_m: float) -> None:
        azimuth = _azimuth_deg(self.region) if azimuth_deg is None else number(azimuth_deg, "azimuth_deg")
        if spacing_m is None:
            grid = self.grounds.before.grid
            least = 2.0 * max(grid[2], grid[3]) if grid else 0.0
            spacing_m = _round(max(_extent_m(self.region, azimuth) / _SECTIONS, least))
        offset = number(offset_m, "offset_m", unit="metres")
        spacing = number(spacing_m, "spacing_m", least=0, unit="metres")
        before, after = self.grounds.before, self.grounds.after
        found = self.each(_overcut.section_volume, before, after, azimuth, spacing, offset)
        for piece, each in enumerate(found, 1):
            for section in each["sections"]:
                ends = {
                    "from_x": section["from"][0],
                    "from_y": section["from"][1],
                    "to_x": section["to"][0],
                    "to_y": section["to"][1],
                }
                kept = {key: value for key, value in section.items() if key not in ("from", "to")}
                self.sheets["sections"].append({"piece": piece, "azimuth_deg": azimuth, **kept, **ends})
        lengths = [
            sum(section[key] for each in found for section in each["sections"])
            for key in ("compared_length_m", "length_m")
        ]
        covered = lengths[0] / lengths[1] if lengths[1] > 0 else math.nan
        self.series("sections", found, spacing, None if math.isnan(covered) else covered * self.area_m2)

    def add_benches(self, bench_m: float | None) -> None:
        if bench_m is None:
            moved = sum(each["cut_m3"] + each["fill_m3"] for each in self.exact)
            area = sum(each["cut_area_m2"] + each["fill_area_m2"] for each in self.exact)
            bench_m = _round(2.0 * moved / area / _BENCHES) if moved > 0 else 1.0
        bench = number(bench_m, "bench_m", least=0, unit="metres")
        found = self.each(_overcut.bench_volume, self.grounds.before, self.grounds.after, bench)
        for piece, each in enumerate(found, 1):
            self.sheets["benches"] += [{"piece": piece, **level} for level in each["levels"]]
        self.series("benches", found, bench, None)

    def series(self, method: str, found: list[dict[str, Any]], step_m: float, compared: float | None) -> None:
        total = {
            change: {
                key: sum(each[change][key] for each in found)
                for key in ("volume_m3", "halved_m3", "doubled_m3", "prismoid_m3", "spacing_error_m3", "missed")
            }
            for change in ("cut", "fill")
        }
        for piece, each in enumerate(found, 1):
            for change in ("cut", "fill"):
                self.sheets["pairs"] += [
                    {"method": method, "piece": piece, "change": change, **pair} for pair in each[change]["pairs"]
                ]

        def of(key: str) -> float:
            return self._chosen(total["cut"][key], total["fill"][key])

        step_error = {
            "cut": total["cut"]["spacing_error_m3"],
            "fill": total["fill"]["spacing_error_m3"],
            # Noise in cut and fill settles alike, and cancels: the error of the difference is that of its own sequence.
            "net": max(
                4.0 / 3.0 * abs(of("volume_m3") - of("halved_m3")), abs(of("doubled_m3") - of("volume_m3")) / 3.0
            ),
        }[self.quantity]
        finer, coarser = abs(of("volume_m3") - of("halved_m3")), abs(of("doubled_m3") - of("volume_m3"))
        missed = total["cut"]["missed"] + total["fill"]["missed"]
        row = self.row(
            method,
            cut_m3=total["cut"]["volume_m3"],
            fill_m3=total["fill"]["volume_m3"],
            compared_area_m2=compared,
            step_m=step_m,
            halved_m3=of("halved_m3"),
            doubled_m3=of("doubled_m3"),
            prismoid_m3=of("prismoid_m3"),
            step_error_m3=step_error,
            order=math.log2(coarser / finer) if finer > 0 and coarser > 0 else None,
        )
        volume = abs(row[f"{self.quantity}_m3"])
        if self.limit is not None and volume > 0 and 100.0 * step_error > self.limit * volume:
            self.find("spacing_too_wide", method, 100.0 * step_error / volume, step_m=step_m)
        if missed and self.limit is not None and volume > 0:
            # A speck of noise between two sections is no excavation: only what shows in the volume is a finding.
            exact = self._chosen(*(sum(each[f"{change}_m3"] for each in self.exact) for change in ("cut", "fill")))
            if 100.0 * abs(row[f"{self.quantity}_m3"] - exact) > self.limit * abs(exact):
                self.findings.append(Finding("missed_ground", method, None, {"method": method, "count": missed}))

    def add_points(self, case: Any, points: Any, breaklines: Any, max_edge_m: float | None) -> None:
        from overcut.points import survey_points

        given = points if isinstance(points, dict) else {"after": points}
        lines: Mapping[str, Any] = breaklines if isinstance(breaklines, dict) else {"after": breaklines}
        unknown = set(given) - {"before", "after"}
        if unknown:
            raise ParameterError(f"points name {sorted(unknown)}; expected 'before' and 'after'")
        sides = {"before": self.grounds.before, "after": self.grounds.after}
        positions: dict[str, int | None] = {"before": None, "after": None}
        record = None
        if not isinstance(case, (list, tuple)):
            found = case._data["intervals"][self.region.interval]
            positions, record = {"before": found["earlier"], "after": found["later"]}, case._record
        for at, (side, date) in enumerate(zip(("before", "after"), self.grounds.dates, strict=True)):
            if side not in given:
                continue
            survey = survey_points(given[side], breaklines=lines.get(side))
            ground = sides[side].with_points(
                survey.xyz, survey.breaklines, max_edge_m, None if record is None else (record, positions[side])
            )
            self.disagreement(("before", "after")[at], date, sides[side], ground)
            sides[side] = ground
        found_volumes = self.each(_overcut.prism_volume, sides["before"], sides["after"])
        self.row(
            "tin of points",
            cut_m3=sum(each["cut_m3"] for each in found_volumes),
            fill_m3=sum(each["fill_m3"] for each in found_volumes),
            compared_area_m2=sum(each["compared_area_m2"] for each in found_volumes),
        )

    def disagreement(self, side: str, date: str, grid: _overcut.Ground, points: _overcut.Ground) -> None:
        """Report what lies between two pictures of one survey: errors above and below do not cancel in it."""
        between = self.each(_overcut.prism_volume, grid, points)
        gross = sum(each["cut_m3"] + each["fill_m3"] for each in between)
        volume = abs(self._chosen(*(sum(each[f"{change}_m3"] for each in self.exact) for change in ("cut", "fill"))))
        if self.limit is not None and volume > 0 and 100.0 * gross > self.limit * volume:
            percent = 100.0 * gross / volume
            values = {"date": date, "percent": percent, "limit": self.limit}
            self.findings.append(Finding("surface_differs", side, percent, values))

    def row(self, method: str, *, cut_m3: float, fill_m3: float, compared_area_m2: float | None, **more: Any) -> Any:
        first = self.rows[0] if self.rows else None
        row: dict[str, Any] = {"method": method, "cut_m3": cut_m3, "fill_m3": fill_m3, "net_m3": cut_m3 - fill_m3}
        here = row[f"{self.quantity}_m3"]
        row["difference_m3"] = None if first is None else here - first[f"{self.quantity}_m3"]
        row["difference_percent"] = None
        if first is not None and first[f"{self.quantity}_m3"] != 0.0:
            row["difference_percent"] = 100.0 * row["difference_m3"] / abs(first[f"{self.quantity}_m3"])
        keys = ("step_m", "halved_m3", "doubled_m3", "prismoid_m3", "step_error_m3", "order")
        row |= {key: more.get(key) for key in keys}
        row["compared_area_m2"] = compared_area_m2
        self.rows.append(row)
        percent = row["difference_percent"]
        if self.limit is not None and percent is not None and abs(percent) > self.limit:
            self.find("methods_disagree", method, percent, reference=self.rows[0]["method"])
        if compared_area_m2 is not None and 100.0 * compared_area_m2 < _COVERED_PERCENT * self.area_m2:
            covered = 100.0 * compared_area_m2 / self.area_m2
            self.findings.append(Finding("not_all_compared", method, covered, {"method": method, "percent": covered}))
        return row

    def find(self, code: str, method: str, percent: float, **values: Any) -> None:
        self.findings.append(
            Finding(code, method, percent, {"method": method, "percent": percent, "limit": self.limit, **values})
        )

    def finished(self) -> Volumes:
        return Volumes(
            self.region,
            quantity=self.quantity,
            limit_percent=self.limit,
            rows=self.rows,
            sheets=self.sheets,
            findings=self.findings,
        )

    def _chosen(self, cut: float, fill: float) -> float:
        return {"net": cut - fill, "cut": cut, "fill": fill}[self.quantity]


def _methods(methods: Iterable[Method]) -> tuple[Method, ...]:
    wanted: tuple[Any, ...] = (methods,) if isinstance(methods, str) else tuple(methods)
    unknown = [method for method in wanted if method not in METHODS]
    if unknown or not wanted or len(set(wanted)) != len(wanted):
        raise ParameterError(f"methods are {wanted!r}; expected some of {', '.join(METHODS)}, each once")
    return wanted


def _azimuth_deg(region: Region) -> float:
    """Across the longer side of the smallest rectangle around the region."""
    from shapely import MultiPolygon, minimum_rotated_rectangle

    around = minimum_rotated_rectangle(MultiPolygon([each for p in region.pieces for each in p.polygons.geoms]))
    corners = list(around.exterior.coords)
    sides = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(corners[:3])]
    east, north = min(sides, key=lambda side: math.hypot(*side))
    return round(math.degrees(math.atan2(east, north)) % 180.0, 1)


def _extent_m(region: Region, azimuth_deg: float) -> float:
    sin, cos = math.sin(math.radians(azimuth_deg)), math.cos(math.radians(azimuth_deg))
    across = [
        x * cos - y * sin
        for piece in region.pieces
        for polygon in piece.polygons.geoms
        for x, y, *_ in polygon.exterior.coords
    ]
    return float(max(across) - min(across))


def _round(metres: float) -> float:
    """Round to two digits: 7.3 m, 0.42 m."""
    digits = 1 - math.floor(math.log10(metres))
    return round(metres, digits)
