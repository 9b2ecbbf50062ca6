"""What a map says, as plain data: the page lays it out and computes nothing that is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.classes import CLASSES
from overcut.maps.packing import packed, packed_codes
from overcut.maps.sections import sections_of
from overcut.messages import catalogue, text
from overcut.overview import NO_CLASS, Overview
from overcut.plots.changes import span_of
from overcut.plots.colours import ATTRIBUTIONS, LICENCE, STYLES, change_colours
from overcut.plots.licence_lines import corners_of, free_place, named
from overcut.plots.sums import cut_by_class, sum_of, whole_cut
from overcut.report.rounding import place_of, shown
from overcut.tables import crs_name, patch_licences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overcut.assessment import Assessment
    from overcut.messages import Language

__all__ = ["MOST_PATCHES", "contents"]

Record = dict[str, Any]
Lines = list[tuple[str, str]]

MOST_PATCHES = 400
"""Patches with an outline of their own in the page, the largest of each interval; all are in the tables of the case."""
MOST_CORNERS = 400

_DASHES = {"in_force": "solid", "undecided": "dashdot", "expired": "dash", "not_yet_in_force": "dot"}
_PATCH_DASHES = {"inside": "solid", "beyond_boundary": "solid", "conflict": "dash", "unlicensed": "dash", "fill": "dot"}
_CSS = {"solid": "solid", "dash": "dashed", "dot": "dotted", "dashdot": "dashed"}


def contents(case: Assessment, pixels: Overview, *, lang: Language, sections: Iterable[Any] | None) -> dict[str, Any]:
    """Gather everything that the page shows.

    Parameters
    ----------
    case : Assessment
        The case.
    pixels : Overview
        Its pixels.
    lang : {"en", "zh"}
        Language of the page.
    sections : iterable, optional
        As in `overcut.maps.sections.sections_of`.
    """
    record = case._data
    say = _Words(lang)
    intervals = record["intervals"]
    rows, cols = pixels.shape
    return {
        "title": say("map_title", earlier=intervals[0]["from"], later=intervals[-1]["to"]),
        "subtitle": say(
            "map_subtitle", crs=crs_name(record), digest=record["digest"][:16], version=record["overcut_version"]
        ),
        "texts": {
            key.partition(".")[2]: message for key, message in catalogue(lang).items() if key.startswith("maps.")
        },
        "grid": {
            "west": pixels.west,
            "north": pixels.north,
            "dx": pixels.dx_m,
            "dy": pixels.dy_m,
            "rows": rows,
            "cols": cols,
        },
        "surveys": [
            {"date": survey["date"], "heights": None if heights is None else packed(heights)}
            for survey, heights in zip(record["surfaces"], pixels.heights_m, strict=True)
        ],
        "intervals": [_interval(case, pixels, at, say) for at in range(len(intervals))],
        "licences": [
            _licence(case, number, licence, say) for number, licence in enumerate(record["licences"], start=1)
        ],
        "corners": _corners(record),
        "classes": [
            {"name": text(f"classes.{each.word}", lang), "colour": STYLES[each.word].colour} for each in CLASSES
        ],
        "change_colours": change_colours(),
        "sections": sections_of(record, sections, say("section_name")),
        "notes": _notes(record, pixels, say),
    }


class _Words:
    """Texts of the page in one language."""

    def __init__(self, lang: Language) -> None:
        self.lang = lang

    def __call__(self, key: str, **values: Any) -> str:
        return text(f"maps.{key}", self.lang, **values)

    def plot(self, key: str, **values: Any) -> str:
        return text(f"plots.{key}", self.lang, **values)

    def of_class(self, word: str) -> str:
        return text(f"classes.{word}", self.lang)


def _notes(record: Record, pixels: Overview, say: _Words) -> list[str]:
    (dx, dy), step = pixels.cell_m, pixels.step
    cell, pixel = f"{dx:g} × {dy:g}", f"{pixels.dx_m:g} × {pixels.dy_m:g}"
    notes = [say.plot("resolution_full" if step == 1 else "resolution_reduced", cell=cell, pixel=pixel)]
    known = [
        values for values in (*pixels.heights_m, *pixels.dod_m) if values is not None and np.isfinite(values).any()
    ]
    rounding_m = max((float(np.nanmax(values) - np.nanmin(values)) / 65534.0 for values in known), default=0.0)
    notes.append(say("note_rounding", rounding=f"{max(rounding_m, 0.001):.3f}"))
    notes.append(say.plot("coloured_in_patches"))
    notes.append(say("note_pixels"))
    notes.append(say("note_confidence", confidence=f"{100 * record['options']['confidence']:g}"))
    return notes


def _interval(case: Assessment, pixels: Overview, at: int, say: _Words) -> dict[str, Any]:
    record = case._data
    interval = record["intervals"][at]
    codes, dod_m = pixels.classes[at], pixels.dod_m[at]
    patches = [patch for patch in record["patches"] if patch["interval"] == at]
    patches.sort(key=lambda patch: (-patch["volume_m3"], patch["id"]))
    kinds = [_kind(patch) for patch in patches]
    sums = [
        (say.plot("all"), whole_cut(case, at)),
        *((say.of_class(word), each) for word, each in cut_by_class(case, at).items()),
    ]
    return {
        "from": interval["from"],
        "to": interval["to"],
        "earlier": interval["earlier"],
        "later": interval["later"],
        "span_m": span_of(dod_m[codes != NO_CLASS]),
        "packed_dod": packed(dod_m),
        "packed_classes": packed_codes(codes),
        "present": sorted({int(code) for code in np.unique(codes)} - {NO_CLASS}),
        "attributions": [{"name": say.plot(kind), "look": _look(kind)} for kind in ATTRIBUTIONS if kind in kinds],
        "licence_names": _licence_names(record, at),
        "sums": [{"name": name, "volume": each.text} for name, each in sums],
        "patches": [_patch(patch, say) for patch in patches[:MOST_PATCHES]],
        "patches_left": max(len(patches) - MOST_PATCHES, 0),
    }


def _kind(patch: Record) -> str:
    return "fill" if patch["change"] == "fill" else str(patch["attribution"])


def _look(kind: str) -> dict[str, Any]:
    look, dash = ATTRIBUTIONS[kind], _PATCH_DASHES[kind]
    return {"colour": look.colour, "width": 1.3 * look.width, "dash": dash, "css": _CSS[dash]}


def _patch(patch: Record, say: _Words) -> dict[str, Any]:
    from shapely.geometry import shape

    outline = shape(patch["outline"])
    kind = _kind(patch)
    volume = sum_of(patch["volume_m3"], patch["error"])
    lines: Lines = [("", f"{patch['id']}  {say.plot(kind)}"), (say("volume"), volume.text)]
    lines.append((say("area"), f"{shown(patch['area_m2'], 0)} m²"))
    lines.append((say("greatest_change"), f"{shown(patch['max_depth_m'], -1)} m"))
    licences = patch_licences(patch)
    if licences:
        lines.append((say("licence"), " + ".join(licences)))
    nearest = patch["nearest"]
    if nearest is not None:
        lines.append(
            (
                say("nearest"),
                f"{nearest['licence']}, {shown(nearest['distance_m'], 0)} m, {nearest['bearing_deg']:.0f}°",
            )
        )
    place = place_of(volume.sigma_m3) or 0
    by_class: dict[str, float] = {}
    for row in patch["classes"]:
        by_class[row["class"]] = by_class.get(row["class"], 0.0) + row["volume_m3"]
    lines += [
        (say.of_class(each.word), f"{shown(by_class[each.word], place)} m³")
        for each in CLASSES
        if by_class.get(each.word)
    ]
    return {
        "id": patch["id"],
        "x": patch["x"],
        "y": patch["y"],
        "bounds": list(outline.bounds),
        "polygons": [_rings(polygon) for polygon in getattr(outline, "geoms", [outline])],
        "attribution": say.plot(kind),
        "volume": volume.text,
        "look": _look(kind),
        "lines": lines,
    }


def _licence(case: Assessment, number: int, licence: Record, say: _Words) -> dict[str, Any]:
    record = case._data
    several = len(licence["parts"]) > 1
    return {
        "name": f"L{number}",
        "looks": [_licence_look(validity) for validity in licence["validity"]],
        "lines": [_licence_lines(record, f"L{number}", licence, at, say) for at in range(len(record["intervals"]))],
        "parts": [_part(part, at if several else None, say) for at, part in enumerate(licence["parts"], start=1)],
    }


def _licence_look(validity: str) -> dict[str, Any]:
    dash = _DASHES.get(validity, "solid")
    return {"colour": LICENCE, "width": 1.8, "dash": dash, "css": _CSS[dash]}


def _licence_lines(record: Record, name: str, licence: Record, interval: int, say: _Words) -> Lines:
    lines: Lines = [("", f"{name}  {licence['id']}")]
    for key in ("holder", "mineral"):
        if licence[key]:
            lines.append((say(key), licence[key]))
    days = " – ".join(licence[name] or "…" for name in ("valid_from", "valid_to"))
    lines.append((say("validity"), f"{days} ({say.plot(licence['validity'][interval])})"))
    for row in record["rows"]:
        if row["interval"] == interval and row["licences"] == [licence["id"]] and row["cut_measured_m3"]:
            layer = f" ({row['layer']})" if row["layer"] else ""
            volume = sum_of(row["cut_measured_m3"], row["cut_error"])
            lines.append((say("removed_class", name=f"{say.of_class(row['class'])}{layer}"), volume.text))
    return lines


def _part(part: Record, number: int | None, say: _Words) -> dict[str, Any]:
    from shapely.geometry import shape

    polygon = shape(part["polygon"])
    band = part["band"]
    rings = _rings(polygon)
    lines: Lines = [] if band is None else [(say("band"), f"{band['floor_m']:g} – {band['ceiling_m']:g} m")]
    if number is not None:
        lines.insert(0, (say("part"), str(number)))
    points, triangles = ([], []) if band is None else _triangles(polygon)
    return {
        "rings": rings,
        "floor_m": None if band is None else band["floor_m"],
        "ceiling_m": None if band is None else band["ceiling_m"],
        "lines": lines,
        "floor": points,
        "triangles": triangles,
    }


def _corners(record: Record) -> list[list[Any]]:
    """Numbers of corners and where they stand; none where there are too many to be read."""
    found = corners_of(named(record, 0))
    if len(found) > MOST_CORNERS:
        return []
    return [[x, y, numbers, _beside(away)] for (x, y), (numbers, away) in found.items()]


def _licence_names(record: Record, interval: int) -> list[list[Any]]:
    """Names of licences where they hide no patch; licences over each other share a place."""
    from shapely.geometry import shape

    patches = [shape(patch["outline"]) for patch in record["patches"] if patch["interval"] == interval]
    found: dict[str, tuple[Any, list[str]]] = {}
    for number, licence in enumerate(record["licences"], start=1):
        for part in licence["parts"]:
            polygon = shape(part["polygon"])
            found.setdefault(polygon.wkb_hex, (polygon, []))[1].append(f"L{number}")
    return [[*free_place(polygon, patches), ", ".join(dict.fromkeys(names))] for polygon, names in found.values()]


def _beside(direction: tuple[float, float]) -> str:
    """Find Plotly's word for a text that stands in a direction from its point.

    Examples
    --------
    >>> _beside((0.1, 0.99)), _beside((-0.8, -0.6)), _beside((1.0, 0.0))
    ('top center', 'bottom left', 'middle right')
    """
    east, north = direction
    least = 0.38  # sine of 22.5 degrees
    across = "right" if east > least else "left" if east < -least else "center"
    return f"{'top' if north > least else 'bottom' if north < -least else 'middle'} {across}"


def _rings(polygon: Any) -> list[list[list[float]]]:
    rings = [polygon.exterior, *polygon.interiors]
    # Millimetres: more than the page can show.
    return [[[round(x, 3), round(y, 3)] for x, y, *_ in ring.coords] for ring in rings]


def _triangles(polygon: Any) -> tuple[list[list[float]], list[list[int]]]:
    """Corners and triangles that fill a polygon; none where the version of GEOS has no such triangulation."""
    import shapely

    triangulate = getattr(shapely, "constrained_delaunay_triangles", None)
    if triangulate is None:
        return [], []
    try:
        triangles = shapely.get_parts(triangulate(polygon))
    except shapely.errors.UnsupportedGEOSVersionError:
        return [], []
    places: dict[tuple[float, float], int] = {}
    corners = [
        [places.setdefault((x, y), len(places)) for x, y, *_ in triangle.exterior.coords[:3]] for triangle in triangles
    ]
    return [[round(x, 3), round(y, 3)] for x, y in places], corners
