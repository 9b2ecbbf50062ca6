"""What is added to a ledger: areas that were dug and filled between two surveys, and the ground that was compared."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.appraising import OUTSIDE_CLASSES
from overcut.assessment import Assessment
from overcut.classes import CLASSES
from overcut.exceptions import CrsError, DateError, ParameterError
from overcut.ledger.identity import canonical_order, polygonal
from overcut.ledger.looking import looked_by
from overcut.stated import crs_text, iso_day, number
from overcut.tables import JOIN, patch_licences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

__all__ = ["Area", "Comparison", "Dated", "Found", "found_in", "main_class"]

_MOST_SHARED = 0.1
"""Share of the smaller area that two areas of one interval may have in common: rims of outlines."""
_CLASS_WORDS = tuple(each.word for each in CLASSES)


def main_class(rows: Iterable[Mapping[str, Any]]) -> str | None:
    """Class outside the rights with the greatest volume, if there is one; otherwise the greatest of all.

    Examples
    --------
    >>> main_class([{"class": "within", "volume_m3": 90.0}, {"class": "below_floor", "volume_m3": 5.0}])
    'below_floor'
    """
    sums: dict[str, float] = {}
    for row in rows:
        sums[row["class"]] = sums.get(row["class"], 0.0) + row["volume_m3"]
    outside = {word: sums[word] for word in OUTSIDE_CLASSES if sums.get(word, 0.0) > 0.0}
    chosen = outside or sums
    return max(chosen, key=lambda word: chosen[word], default=None)


@dataclass(frozen=True)
class Area:
    """An area that was dug or filled in one interval.

    Attributes
    ----------
    name, change : str
        Its name in the run; "cut" or "fill".
    geometry : geometry
        Outline.
    volume_m3, sigma_m3, low_m3, high_m3 : float or None
        Measured volume, its standard error and interval.
    area_m2, max_depth_m, strength : float or None
        As in the tables of an assessment.
    x, y : float
        A point in it: centroid of its cells, else of its outline.
    attribution : str or None
        "inside", "beyond_boundary", "conflict", "unlicensed".
    licences, holders : tuple of str
        Licences that it is attributed to or lies in, and their holders.
    classes : tuple of dict
        Volume by licences, class and layer.
    nearest_licence, nearest_distance_m : str, float or None
        For what is unlicensed.
    """

    name: str
    change: str
    geometry: BaseGeometry
    volume_m3: float
    x: float
    y: float
    sigma_m3: float | None = None
    low_m3: float | None = None
    high_m3: float | None = None
    area_m2: float | None = None
    max_depth_m: float | None = None
    strength: float | None = None
    attribution: str | None = None
    licences: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    classes: tuple[dict[str, Any], ...] = ()
    nearest_licence: str | None = None
    nearest_distance_m: float | None = None

    @property
    def outside_m3(self) -> float:
        """Volume in classes that are neither inside a licence nor open."""
        return float(sum(row["volume_m3"] for row in self.classes if row["class"] in OUTSIDE_CLASSES))

    @property
    def main_class(self) -> str | None:
        """Class outside the rights with the greatest volume, if there is one; otherwise the greatest of all."""
        return main_class(self.classes)

    def facts(self) -> dict[str, Any]:
        """Everything but name and geometry, for a digest."""
        facts = {key: value for key, value in vars(self).items() if key not in ("name", "geometry", "x", "y")}
        return {**facts, "licences": list(self.licences), "holders": list(self.holders), "classes": list(self.classes)}


@dataclass(frozen=True)
class Dated:
    """One interval of a run."""

    number: int
    earlier: datetime.date
    later: datetime.date
    earlier_source: str | None
    later_source: str | None
    areas: tuple[Area, ...]
    looked: BaseGeometry | None


@dataclass(frozen=True)
class Found:
    """A run, ready to be added."""

    digest: str
    crs: str
    source: str
    version: str | None
    intervals: tuple[Dated, ...]
    layers: tuple[dict[str, Any], ...] = ()
    confidence: float | None = None
    remarks: tuple[str, ...] = ()
    case: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Comparison:
    """Areas that were dug and filled between two surveys, as tables: from a batch, or from another program.

    Attributes
    ----------
    cuts, fills : geopandas.GeoDataFrame or None
        Row per area, with `volume_m3` and, as far as known, the columns of `Assessment.patches`: area_m2, sigma_m3,
        low_m3, high_m3, max_depth_m, strength, attribution, licence, holder, nearest_licence, nearest_distance_m, and
        a volume for each class, such as unlicensed_m3. The order of rows has no say.
    earlier, later : str or datetime.date
        Days of the surveys.
    looked : geometry, optional
        Ground that was compared, in the CRS of the tables. Without it nothing is concluded from what was not found.
    source, earlier_source, later_source : str
        Where it comes from, and the data of the two surveys.

    Examples
    --------
    >>> import geopandas, shapely
    >>> dug = geopandas.GeoDataFrame({"volume_m3": [300.0]}, geometry=[shapely.box(0, 0, 10, 10)], crs="EPSG:4546")
    >>> Comparison(dug, earlier="2026-01-05", later="2026-04-02", looked=shapely.box(0, 0, 500, 500))
    Comparison of 2026-01-05 and 2026-04-02: 1 cut, 0 filled
    """

    cuts: Any
    fills: Any = None
    earlier: Any = None
    later: Any = None
    looked: Any = None
    source: str = ""
    earlier_source: str | None = None
    later_source: str | None = None

    def __post_init__(self) -> None:
        for name in ("earlier", "later"):
            day = datetime.date.fromisoformat(iso_day(getattr(self, name), f"{name} survey of a comparison"))
            object.__setattr__(self, name, day)
        if not self.earlier < self.later:
            raise DateError(
                f"a comparison is of {self.earlier} and {self.later}; the later survey must be after the other"
            )
        for name in ("cuts", "fills"):
            table = getattr(self, name)
            if table is not None and not (hasattr(table, "geometry") and hasattr(table, "columns")):
                raise ParameterError(f"{name} of a comparison is a {type(table).__name__}; expected a GeoDataFrame")

    def __repr__(self) -> str:
        counts = [0 if table is None else len(table) for table in (self.cuts, self.fills)]
        return f"Comparison of {self.earlier} and {self.later}: {counts[0]} cut, {counts[1]} filled"

    def areas(self, number_: int) -> tuple[Area, ...]:
        """Areas, from the north-west on."""
        found: list[Area] = []
        for change, table in (("cut", self.cuts), ("fill", self.fills)):
            if table is None or not len(table):
                continue
            rows = table.drop(columns=table.geometry.name).to_dict("records")
            shapes = [_outline(shape, f"{change} {at}") for at, shape in enumerate(table.geometry)]
            _apart(shapes, change)
            order = canonical_order(shapes, [sorted((str(k), str(v)) for k, v in row.items()) for row in rows])
            letter = {"cut": "C", "fill": "F"}[change]
            found += [
                _area(rows[at], shapes[at], change, f"{letter}{number_ + 1}-{rank:03d}")
                for rank, at in enumerate(order, start=1)
            ]
        return tuple(found)


def _outline(shape: Any, what: str) -> BaseGeometry:
    kind = getattr(shape, "geom_type", type(shape).__name__)
    if kind not in ("Polygon", "MultiPolygon") or shape.is_empty:
        raise ParameterError(f"{what} of a comparison has a geometry that is {kind} or empty; expected polygons")
    return polygonal(shape)


def _apart(shapes: list[BaseGeometry], change: str) -> None:
    import shapely

    for one, other in sorted(zip(*shapely.STRtree(shapes).query(shapes).tolist(), strict=True)):
        if one < other:
            shared_m2 = shapely.intersection(shapes[one], shapes[other]).area
            if shared_m2 > _MOST_SHARED * min(shapes[one].area, shapes[other].area):
                raise ParameterError(
                    f"{change} areas in rows {one} and {other} of a comparison share {shared_m2:.1f} m², which would "
                    "be counted twice; unite them, or part them"
                )


def _area(row: dict[str, Any], shape: BaseGeometry, change: str, name: str) -> Area:
    def real(key: str, *, least: float = float("-inf")) -> float | None:
        value = row.get(key)
        return None if value is None or value != value else number(value, f"{key} of {name}", least=least)  # noqa: PLR0124

    def words(key: str) -> tuple[str, ...]:
        value = row.get(key)
        return tuple(value.split(JOIN)) if isinstance(value, str) and value else ()

    volume_m3 = real("volume_m3")
    if volume_m3 is None:
        raise ParameterError(f"{name} of a comparison has no `volume_m3`; every area states its volume")
    licences = words("licence")
    classes = tuple(
        {"licences": list(licences), "class": word, "layer": None, "volume_m3": real(f"{word}_m3")}
        for word in _CLASS_WORDS
        if real(f"{word}_m3")
    )
    attribution = row.get("attribution")
    x, y = real("x"), real("y")
    return Area(
        name=name,
        change=change,
        geometry=shape,
        volume_m3=volume_m3,
        x=shape.centroid.x if x is None else x,
        y=shape.centroid.y if y is None else y,
        sigma_m3=real("sigma_m3", least=0.0),
        low_m3=real("low_m3"),
        high_m3=real("high_m3"),
        area_m2=real("area_m2", least=0.0),
        max_depth_m=real("max_depth_m", least=0.0),
        strength=real("strength"),
        attribution=attribution if isinstance(attribution, str) else None,
        licences=licences,
        holders=words("holder"),
        classes=classes,
        nearest_licence=row.get("nearest_licence") if isinstance(row.get("nearest_licence"), str) else None,
        nearest_distance_m=real("nearest_distance_m"),
    )


def found_in(given: Any, looked: Any = None) -> Found:
    """Bring an assessment, a comparison, or several consecutive comparisons into the form in which they are added."""
    # The result of a batch holds the assessment of all its units, and knows where heights are missing.
    if hasattr(given, "assessment"):
        given, looked = given.assessment, given.looked if looked is None else looked
    if isinstance(given, Assessment):
        return _of_assessment(given, looked)
    if isinstance(given, Comparison):
        given = [given]
    listed = list(given) if isinstance(given, Iterable) and not isinstance(given, (str, bytes)) else [given]
    if not listed or not all(isinstance(each, Comparison) for each in listed):
        kind = type(given).__name__
        raise ParameterError(
            f"a {kind} cannot be added to a ledger; expected the result of overcut.assess(…), or Comparisons; a record "
            "in a file is read with overcut.read_assessment(path)"
        )
    if looked is not None:
        raise ParameterError("`looked` goes with an assessment; a Comparison states its own")
    return _of_comparisons(sorted(listed, key=lambda each: (each.later, each.earlier)))


def _of_comparisons(listed: list[Comparison]) -> Found:
    import shapely

    systems = [crs_text(table.crs) for each in listed for table in (each.cuts, each.fills) if table is not None]
    if not systems or None in systems:
        raise CrsError("a table of a comparison has no CRS; set it with `set_crs`")
    codes = {code or wkt for code, _, wkt in (_overcut.crs_record(str(each)) for each in systems)}
    if len(codes) > 1:
        raise CrsError(f"tables of a run are in {' and '.join(sorted(codes))}; bring them into one CRS")
    crs = codes.pop()
    intervals, told = [], []
    for at, each in enumerate(listed):
        areas = each.areas(at)
        looked = None if each.looked is None else polygonal(each.looked)
        intervals.append(Dated(at, each.earlier, each.later, each.earlier_source, each.later_source, areas, looked))
        told.append(
            {
                "earlier": each.earlier.isoformat(),
                "later": each.later.isoformat(),
                "looked": None if looked is None else shapely.to_wkb(looked, hex=True),
                "areas": [{"wkb": shapely.to_wkb(area.geometry, hex=True), **area.facts()} for area in areas],
            }
        )
    text = json.dumps([crs, told], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    source = "; ".join(dict.fromkeys(each.source for each in listed if each.source))
    return Found(digest, crs, source, None, tuple(intervals))


def _of_assessment(case: Assessment, looked: Any) -> Found:
    from shapely.geometry import shape

    record = case._data
    if case.crs is None:
        raise CrsError("the surfaces of the assessment have no CRS; state crs= for each overcut.Dem")
    holders = {each["id"]: each["holder"] for each in record["licences"]}
    grounds, remarks = looked_by(case, looked)
    intervals = []
    for at, interval in enumerate(record["intervals"]):
        earlier, later = (record["surfaces"][interval[which]] for which in ("earlier", "later"))
        areas = [
            _of_patch(patch, polygonal(shape(patch["outline"])), holders)
            for patch in record["patches"]
            if patch["interval"] == at
        ]
        intervals.append(
            Dated(
                at,
                datetime.date.fromisoformat(interval["from"]),
                datetime.date.fromisoformat(interval["to"]),
                earlier["name"],
                later["name"],
                tuple(areas),
                grounds[at],
            )
        )
    layers = tuple({"name": each["name"], "kind": each["kind"], "stated": each["stated"]} for each in record["layers"])
    names = " → ".join(dict.fromkeys(each["name"] for each in record["surfaces"]))
    return Found(
        case.digest,
        case.crs,
        names,
        case.version,
        tuple(intervals),
        layers,
        record["options"]["confidence"],
        remarks,
        case,
    )


def _of_patch(patch: dict[str, Any], outline: BaseGeometry, holders: dict[str, str | None]) -> Area:
    error, nearest = patch["error"] or {}, patch["nearest"] or {}
    licences = tuple(patch_licences(patch))
    return Area(
        name=patch["id"],
        change=patch["change"],
        geometry=outline,
        volume_m3=patch["volume_m3"],
        x=patch["x"],
        y=patch["y"],
        sigma_m3=error.get("sigma_m3"),
        low_m3=error.get("low_m3"),
        high_m3=error.get("high_m3"),
        area_m2=patch["area_m2"],
        max_depth_m=patch["max_depth_m"],
        strength=patch["strength"],
        attribution=patch["attribution"],
        licences=licences,
        holders=tuple(dict.fromkeys(name for each in licences if (name := holders.get(each)))),
        classes=tuple(patch["classes"]),
        nearest_licence=nearest.get("licence"),
        nearest_distance_m=nearest.get("distance_m"),
    )
