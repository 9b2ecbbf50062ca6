"""The ground that a question is about: a licence, one of its parts, a class, a patch, or any polygon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overcut.exceptions import ParameterError

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon

__all__ = ["Piece", "Region", "find_region", "polygons_of", "rings_of"]

Rings = list[list[list[tuple[float, float]]]]
Limits = tuple[float, float]

# No ground lies so deep or so high: stands for a band that is open below or above.
_FAR_M = 1e5


@dataclass(frozen=True)
class Piece:
    """Polygons with one band of elevations.

    Attributes
    ----------
    polygons : shapely.MultiPolygon
    limits : tuple of float or None
        Floor and ceiling, metres; None = everything.
    """

    polygons: MultiPolygon
    limits: Limits | None


@dataclass(frozen=True)
class Region:
    """What is asked about.

    Attributes
    ----------
    name : str
        For tables.
    pieces : tuple of Piece
        Polygons with their bands; they share no ground.
    interval : int
        Comparison, from 0.
    assessed_m3 : float or None
        What the assessment says of the same ground: removed - added, without a threshold.
    """

    name: str
    pieces: tuple[Piece, ...]
    interval: int
    assessed_m3: float | None = None

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        from shapely import MultiPolygon

        west, south, east, north = MultiPolygon([each for piece in self.pieces for each in piece.polygons.geoms]).bounds
        return west, south, east, north


def find_region(data: dict[str, Any] | None, region: Any, *, interval: int | None, band: Any) -> Region:
    """Find a region in the record of an assessment.

    Parameters
    ----------
    data : dict or None
        Record; None where there is none, and only polygons are understood.
    region : str, tuple or geometry
        Id of a patch; id of a licence; ``(licence, part number from 1)``; ``(licence, class)``; or polygons.
    interval : int, optional
        Comparison; that of the patch, otherwise 0.
    band : None, "licence" or (floor, ceiling)
        Elevations that count.
    """
    chosen = 0 if interval is None else interval
    if data is not None and not 0 <= chosen < len(data["intervals"]):
        raise ParameterError(f"interval is {interval!r}; the assessment has {len(data['intervals'])}, from 0")
    if isinstance(region, str):
        return _named(_record(data, region), region, interval, chosen, band)
    if isinstance(region, tuple) and len(region) == 2 and isinstance(region[0], str):  # noqa: PLR2004
        licence = _licence(_record(data, region[0]), region[0])
        if isinstance(region[1], str):
            if band is not None:
                raise ParameterError("a class brings its own band; leave `band` out")
            return _class(_record(data, region[0]), licence, region[1], chosen)
        parts = licence["parts"]
        if not isinstance(region[1], int) or not 1 <= region[1] <= len(parts):
            raise ParameterError(f"part is {region[1]!r}; licence {region[0]} has parts 1 to {len(parts)}")
        return Region(f"{region[0]}, {region[1]}", (_part(parts[region[1] - 1], band),), chosen)
    limits = _limits(band)
    return Region("polygon", (Piece(polygons_of(region), limits),), chosen)


def polygons_of(geometry: Any) -> MultiPolygon:
    """Polygons of a geometry, of anything with ``__geo_interface__``, of a GeoSeries or table, or of corners."""
    from shapely import MultiPolygon, Polygon, union_all
    from shapely.geometry import shape

    union = getattr(geometry, "union_all", None)
    if union is not None:
        geometry = union()
    elif isinstance(geometry, (list, tuple)):
        if geometry and hasattr(geometry[0], "__geo_interface__"):
            geometry = union_all([shape(each.__geo_interface__) for each in geometry])
        else:
            geometry = Polygon(geometry)
    elif hasattr(geometry, "__geo_interface__") and not hasattr(geometry, "geom_type"):
        geometry = shape(geometry.__geo_interface__)
    kind = getattr(geometry, "geom_type", type(geometry).__name__)
    if kind == "Polygon":
        return MultiPolygon([geometry])
    if kind == "MultiPolygon":
        return geometry
    if kind == "GeometryCollection":
        return MultiPolygon([each for part in geometry.geoms if "Polygon" in part.geom_type for each in _parts(part)])
    raise ParameterError(
        f"the region is a {kind}; expected polygons, the id of a licence or patch, (licence, part) or (licence, class)"
    )


def rings_of(polygons: MultiPolygon) -> Rings:
    """Rings in the form in which they cross to the extension."""
    return [
        [[(x, y) for x, y, *_ in ring.coords] for ring in (polygon.exterior, *polygon.interiors)]
        for polygon in polygons.geoms
    ]


def _parts(geometry: Any) -> list[Any]:
    return list(getattr(geometry, "geoms", [geometry]))


def _record(data: dict[str, Any] | None, name: str) -> dict[str, Any]:
    if data is None:
        raise ParameterError(f"region {name!r} is a name, and there is no assessment; give polygons")
    return data


def _licence(data: dict[str, Any], name: str) -> dict[str, Any]:
    for licence in data["licences"]:
        if licence["id"] == name:
            return dict(licence)
    known = ", ".join(licence["id"] for licence in data["licences"])
    raise ParameterError(f"region {name!r} is neither a patch nor a licence of the assessment; licences are: {known}")


def _named(data: dict[str, Any], name: str, asked: int | None, interval: int, band: Any) -> Region:
    for patch in data["patches"]:
        if patch["id"] == name:
            if asked is not None and asked != patch["interval"]:
                raise ParameterError(f"patch {name} is of interval {patch['interval']}, not of {asked}")
            limits = _limits(band)
            sign = 1.0 if patch["change"] == "cut" else -1.0
            assessed = sign * patch["volume_m3"] if limits is None else None
            return Region(name, (Piece(polygons_of(_shape(patch["outline"])), limits),), patch["interval"], assessed)
    licence = _licence(data, name)
    if band == "licence":
        return Region(name, tuple(_part(part, band) for part in licence["parts"]), interval)
    from shapely import union_all

    whole = union_all([_shape(part["polygon"]) for part in licence["parts"]])
    return Region(name, (Piece(polygons_of(whole), _limits(band)),), interval)


def _part(part: dict[str, Any], band: Any) -> Piece:
    limits = _limits_of(part) if band == "licence" else _limits(band)
    return Piece(polygons_of(_shape(part["polygon"])), limits)


def _limits_of(part: dict[str, Any]) -> Limits | None:
    return None if part["band"] is None else (part["band"]["floor_m"], part["band"]["ceiling_m"])


def _class(data: dict[str, Any], licence: dict[str, Any], word: str, interval: int) -> Region:
    from shapely import union_all

    patches = [p for p in data["patches"] if p["interval"] == interval and p["change"] == "cut"]
    if word in ("within", "below_floor", "above_ceiling", "inside_boundary"):
        dug = union_all([_shape(patch["outline"]) for patch in patches])
        pieces = []
        for part in licence["parts"]:
            limits = _limits_of(part)
            if limits is None and word in ("below_floor", "above_ceiling"):
                raise ParameterError(f"licence {licence['id']} states no elevations: nothing of it is {word}")
            if limits is not None:
                floor, ceiling = limits
                limits = {"below_floor": (-_FAR_M, floor), "above_ceiling": (ceiling, _FAR_M)}.get(word, limits)
            ground = polygons_of(_polygonal(_shape(part["polygon"]).intersection(dug)))
            if not ground.is_empty:
                pieces.append(Piece(ground, limits))
    elif word == "beyond_boundary":
        licences = union_all([_shape(part["polygon"]) for each in data["licences"] for part in each["parts"]])
        mine = [p for p in patches if any(contact["licence"] == licence["id"] for contact in p["contacts"])]
        outside = polygons_of(_polygonal(union_all([_shape(patch["outline"]) for patch in mine]).difference(licences)))
        pieces = [] if outside.is_empty else [Piece(outside, None)]
    else:
        raise ParameterError(
            f"class is {word!r}; expected within, inside_boundary, below_floor, above_ceiling or beyond_boundary, "
            "whose ground is known from licences and patches"
        )
    if not pieces:
        raise ParameterError(f"nothing of licence {licence['id']} is {word} in interval {interval}")
    rows = [
        row["cut_measured_m3"] - row["fill_measured_m3"]
        for row in data["rows"]
        if row["interval"] == interval and row["class"] == word and row["licences"] == [licence["id"]]
    ]
    return Region(f"{licence['id']}, {word}", tuple(pieces), interval, sum(rows) if rows else None)


def _polygonal(geometry: Any) -> Any:
    """Only what has an area: an intersection may leave points and lines."""
    from shapely import MultiPolygon

    return MultiPolygon([each for part in _parts(geometry) for each in _parts(part) if each.geom_type == "Polygon"])


def _limits(band: Any) -> Limits | None:
    if band is None:
        return None
    if band == "licence":
        raise ParameterError("band='licence' goes with the id of a licence, or with (licence, part)")
    try:
        floor, ceiling = (float(level) for level in band)
    except (TypeError, ValueError):
        raise ParameterError(f"band is {band!r}; expected (floor, ceiling) in metres, or 'licence'") from None
    if not floor < ceiling:
        raise ParameterError(f"band is {band!r}; the floor must lie below the ceiling")
    return floor, ceiling


def _shape(geometry: Any) -> Any:
    from shapely.geometry import shape

    return shape(geometry)
