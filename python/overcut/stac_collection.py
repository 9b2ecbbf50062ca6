"""A static STAC collection of the rasters of a result: differences, classes and standings, tile by tile.

Made with pystac. The folder is written under another name beside its own and renamed, so that it is whole or not there.
"""

from __future__ import annotations

import datetime
import math
import os
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from overcut import _overcut
from overcut.assessment import Grid
from overcut.classes import CLASSES
from overcut.exceptions import OutputError, ParameterError
from overcut.info import info
from overcut.messages import Language, language, text
from overcut.publishing import refuse_existing
from overcut.stated import iso_day, path_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from overcut.assessment import Assessment

__all__ = ["KINDS", "RasterItem", "raster_items", "write_stac_collection"]

KINDS = ("dod", "class", "standing")
"""What an item may hold: later - earlier in metres; where the change stands; whether it is certain."""

_COG = "image/tiff; application=geotiff; profile=cloud-optimized"
_OUTSIDE = 20
_NO_DATA = 255
_ID = re.compile(r'[^<>:"/\\|?*\x00-\x1f]*[^<>:"/\\|?*\x00-\x1f. ]')
_EXTENSIONS = ("projection/v2.0.0", "raster/v1.1.0", "classification/v2.0.0")
_WORLD = [-180.0, -90.0, 180.0, 90.0]
_EDGE_POINTS = 8
_PLACES = 7


@dataclass(frozen=True)
class RasterItem:
    """Rasters of one tile over one interval, on one grid.

    Attributes
    ----------
    id : str
        Name of its folder; once in a collection.
    rasters : mapping of str to str or os.PathLike
        File of each kind that there is (`KINDS`).
    start, end : datetime.date
        Days of the two surveys.
    grid : Grid or None
        None asks the file, which takes longer.
    crs : str or None
        Likewise.
    properties : mapping
        What else is to be said, by name, such as ``{"overcut:digest": "…"}``.
    """

    id: str
    rasters: Mapping[str, str | os.PathLike[str]]
    start: datetime.date
    end: datetime.date
    grid: Grid | None = None
    crs: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ParameterError(f"id of an item is {self.id!r}; expected a name that can be that of a folder")
        unknown = [each for each in self.rasters if each not in KINDS]
        if unknown or not self.rasters:
            raise ParameterError(
                f"item {self.id} has {', '.join(unknown) or 'no rasters'}; expected {', '.join(KINDS)}"
            )
        for name in ("start", "end"):
            day = iso_day(getattr(self, name), f"{name} of item {self.id}")
            object.__setattr__(self, name, datetime.date.fromisoformat(day))
        if self.end <= self.start:
            raise ParameterError(f"item {self.id} ends on {self.end}, not after its start on {self.start}")


def raster_items(assessment: Assessment) -> list[RasterItem]:
    """Give the rasters that `assess(…, rasters=directory)` or `to_cog` wrote as items, one for each interval.

    Parameters
    ----------
    assessment : Assessment
        With rasters.
    """
    if not assessment.rasters:
        raise ParameterError("this assessment has no rasters; repeat it with assess(..., rasters=directory)")
    files: dict[str, dict[str, Path]] = {}
    for path in assessment.rasters:
        kind, _, days = path.stem.partition("_")
        files.setdefault(days, {})[kind] = path
    days_of = {
        f"{start}_{end}": (start, end) for start, end in zip(assessment.dates, assessment.dates[1:], strict=False)
    }
    return [
        RasterItem(
            days,
            rasters,
            *days_of[days],
            grid=assessment.grid,
            crs=assessment.crs,
            properties={"overcut:digest": assessment.digest},
        )
        for days, rasters in files.items()
    ]


def write_stac_collection(
    folder: str | os.PathLike[str],
    items: Iterable[RasterItem],
    *,
    id: str = "overcut",
    title: str | None = None,
    description: str | None = None,
    license: str = "other",
    files: Literal["link", "copy", "move", "refer"] = "link",
    lang: Language = "en",
    overwrite: bool = False,
) -> Path:
    """Write a collection that can be copied, put on a server, or opened in a GIS: all its links are relative.

    Parameters
    ----------
    folder : str or os.PathLike
        Is made; its parent must be there. Holds ``collection.json``, and a folder for each item.
    items : iterable of RasterItem
        In any order; they are written by their ids.
    id, title, description, license : str
        Of the collection; the licence as STAC wants it, an SPDX name or "other".
    files : {"link", "copy", "move", "refer"}
        What is done with the rasters: linked into the folder (copied, if they lie on another disk), copied, moved, or
        left where they are, with links that lead out of the folder.
    lang : {"en", "zh"}
        Language of titles.
    overwrite : bool
        Whether a collection that is there may be replaced. A folder that is none never is.

    Returns
    -------
    pathlib.Path
        ``collection.json``.

    Raises
    ------
    OutputError
        The folder exists, or cannot be written; then nothing is changed.
    ParameterError
        There are no items, or two with one id.
    """
    try:
        import pystac
    except ImportError as error:
        raise ImportError('STAC needs pystac: pip install "overcut[batch]"') from error
    lang = language(lang)
    if files not in ("link", "copy", "move", "refer"):
        raise ParameterError(f"files is {files!r}; expected 'link', 'copy', 'move' or 'refer'")
    target = Path(os.path.abspath(path_text(folder, "folder")))  # noqa: PTH100 - links are left as they are
    ordered = _checked(items)
    _refuse(target, ordered, files=files, overwrite=overwrite)
    collection = pystac.Collection(
        id,
        description or text("stac.description", lang),
        _extent(pystac, ordered, []),
        title=title,
        license=license,
    )
    collection.extra_fields["item_assets"] = {kind: _asset_fields(kind, lang) for kind in _kinds(ordered)}
    moved: list[tuple[Path, Path]] = []
    staged: Path | None = None
    try:
        staged = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
        collection.set_self_href(str(staged / "collection.json"))
        found = []
        for each in map(_located, ordered):
            item = _item(pystac, each, lang)
            collection.add_item(item)
            # Named here: pystac's layouts take a folder with a dot in its name for a file.
            item.set_self_href(str(staged / each.id / f"{each.id}.json"))
            for kind, path in _by_kind(each):
                href = _placed(path, staged / each.id, target / each.id, files, moved)
                item.add_asset(
                    kind, pystac.Asset.from_dict({"href": href, **_asset_fields(kind, lang), **_band(kind, each)})
                )
            found.append(item)
        collection.extent = _extent(pystac, ordered, [each.bbox for each in found])
        collection.save(pystac.CatalogType.SELF_CONTAINED)
        _open_to_all(staged)
        _swap(staged, target)
    except BaseException as error:
        for origin, place in reversed(moved):
            with suppress(OSError):
                place.replace(origin)
        if staged is not None:
            shutil.rmtree(staged, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise OutputError(f"{target} cannot be written: {error.strerror or error}") from error
        raise
    return Path(path_text(folder, "folder")) / "collection.json"


def _checked(items: Iterable[RasterItem]) -> list[RasterItem]:
    ordered = sorted(items, key=lambda each: each.id)
    if not ordered:
        raise ParameterError("there are no items to write")
    seen: dict[str, str] = {}
    for each in ordered:
        # Folders of Windows and macOS do not tell A from a.
        key = each.id.casefold()
        if key in seen:
            raise ParameterError(
                f"two items are called {seen[key]} and {each.id}; expected ids that differ as folders do"
            )
        seen[key] = each.id
    return ordered


def _refuse(target: Path, items: list[RasterItem], *, files: str, overwrite: bool) -> None:
    """Find out before the work what is in the way."""
    if not target.parent.is_dir():
        raise OutputError(f"{target} cannot be written: there is no folder {target.parent}")
    refuse_existing(target, overwrite=overwrite)
    if (
        target.exists()
        and not (target / "collection.json").is_file()
        and (not target.is_dir() or any(target.iterdir()))
    ):
        raise OutputError(f"{target} exists and is no collection; it is not replaced: give another name")
    for each in items:
        for kind, path in _by_kind(each):
            if not path.is_file():
                raise OutputError(f"{kind} of item {each.id} is to be {path}, which does not exist")
            if files == "refer" and target in path.absolute().parents:
                raise OutputError(
                    f"{path} lies in {target}, which is to be replaced; give another folder, or files='move'"
                )


def _item(pystac: Any, each: RasterItem, lang: Language) -> Any:
    grid, crs = cast("Grid", each.grid), cast("str", each.crs)
    geometry, bbox = _footprint(grid, crs)
    code, wkt = _crs_words(crs)
    start = datetime.datetime.combine(each.start, datetime.time.min, datetime.timezone.utc)
    # The surveys are of days, not of moments: to the end of the last one.
    end = datetime.datetime.combine(each.end, datetime.time(23, 59, 59), datetime.timezone.utc)
    west, north = grid.west, grid.north
    properties = {
        **each.properties,
        "title": text("stac.item_title", lang, id=each.id, start=each.start, end=each.end),
        "proj:code": code,
        **({} if code else {"proj:wkt2": wkt}),
        "proj:shape": [grid.rows, grid.cols],
        "proj:transform": [grid.dx_m, 0.0, west, 0.0, -grid.dy_m, north],
        "proj:bbox": list(grid.bounds),
    }
    schemas = [f"https://stac-extensions.github.io/{each}/schema.json" for each in _EXTENSIONS]
    return pystac.Item(
        each.id, geometry, bbox, None, properties, start_datetime=start, end_datetime=end, stac_extensions=schemas
    )


def _asset_fields(kind: str, lang: Language) -> dict[str, Any]:
    """Describe an asset as far as it is the same in all items."""
    fields: dict[str, Any] = {"title": text(f"stac.{kind}", lang), "type": _COG, "roles": ["data"]}
    if kind == "class":
        codes = [(0, "no_change", text("stac.no_change", lang))]
        codes += [(at, each.word, text(f"classes.{each.word}", lang)) for at, each in enumerate(CLASSES, start=1)]
        codes += [(_OUTSIDE, "outside_every_polygon", text("stac.outside", lang))]
    elif kind == "standing":
        words = ("not_excludable", "certain_cut", "certain_fill")
        codes = [(at, word, text(f"stac.{word}", lang)) for at, word in enumerate(words)]
    else:
        return fields
    listed = [{"value": value, "name": name, "description": said} for value, name, said in codes]
    return {**fields, "classification:classes": listed}


def _band(kind: str, each: RasterItem) -> dict[str, Any]:
    """Describe the band: as the raster extension does, and as STAC 1.1 does without it."""
    common = {"nodata": "nan", "data_type": "float32", "unit": "m"}
    if kind != "dod":
        common = {"nodata": _NO_DATA, "data_type": "uint8"}  # type: ignore[dict-item]
    cell_m = {} if each.grid is None else {"spatial_resolution": each.grid.dx_m}
    return {**common, "raster:bands": [{**common, **cell_m}]}


def _located(each: RasterItem) -> RasterItem:
    """Ask the file for its grid and CRS, where they are not stated."""
    if each.grid is not None and each.crs is not None:
        return each
    path = next(path for _, path in _by_kind(each))
    facts = info(path)
    crs = each.crs or (facts["crs"] or {}).get("code") or (facts["crs"] or {}).get("wkt")
    if crs is None:
        raise ParameterError(f"{path} has no CRS; state it, as RasterItem(…, crs='EPSG:…')")
    names = ("west", "north", "cell_x_m", "cell_y_m", "rows", "cols")
    return replace(each, grid=each.grid or Grid(*(facts[name] for name in names)), crs=str(crs))


def _footprint(grid: Grid, crs: str) -> tuple[dict[str, Any] | None, list[float] | None]:
    """Outline in degrees of WGS 84; none where the CRS has no known place on the earth, as STAC allows."""
    from pyproj.exceptions import ProjError
    from shapely import box, segmentize, transform

    outline = box(*grid.bounds)
    outline = segmentize(outline, outline.length / (4 * _EDGE_POINTS))
    try:
        found = transform(outline, _to_degrees(crs).transform, interleaved=False)
    except ProjError:
        return None, None
    if not all(math.isfinite(each) for each in found.bounds):
        return None, None
    ring = [[round(x, _PLACES), round(y, _PLACES)] for x, y in found.exterior.coords]
    # As the right hand turns, so that the ground is inside.
    ring = ring if found.exterior.is_ccw else ring[::-1]
    return {"type": "Polygon", "coordinates": [ring]}, [round(each, _PLACES) for each in found.bounds]


@cache
def _to_degrees(crs: str) -> Any:
    """Operation to WGS 84; it takes longer to find than thousands of footprints to place."""
    from pyproj import Transformer

    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


@cache
def _crs_words(crs: str) -> tuple[str | None, str]:
    code, _, wkt = _overcut.crs_record(crs)
    return code, wkt


def _extent(pystac: Any, items: list[RasterItem], boxes: list[list[float] | None]) -> Any:
    known = [each for each in boxes if each is not None]
    whole = _WORLD
    if known and len(known) == len(boxes):
        west, south, east, north = zip(*known, strict=True)
        whole = [min(west), min(south), max(east), max(north)]
    days = [min(each.start for each in items), max(each.end for each in items)]
    moments = [datetime.datetime.combine(each, datetime.time.min, datetime.timezone.utc) for each in days]
    moments[1] += datetime.timedelta(seconds=86399)
    return pystac.Extent(pystac.SpatialExtent([whole]), pystac.TemporalExtent([moments]))


def _by_kind(each: RasterItem) -> Iterator[tuple[str, Path]]:
    return ((kind, Path(path_text(each.rasters[kind], kind))) for kind in KINDS if kind in each.rasters)


def _kinds(items: list[RasterItem]) -> list[str]:
    return [kind for kind in KINDS if any(kind in each.rasters for each in items)]


def _placed(path: Path, staged: Path, final: Path, files: str, moved: list[tuple[Path, Path]]) -> str:
    """Bring a raster to its place; its link, as seen from the item."""
    if files == "refer":
        try:
            return Path(os.path.relpath(path.absolute(), final)).as_posix()
        except ValueError as error:
            raise OutputError(f"{path} lies on another drive than {final}; give files='copy'") from error
    staged.mkdir(exist_ok=True)
    place = staged / path.name
    if place.exists():
        raise ParameterError(f"two rasters of item {staged.name} are called {path.name}")
    if files == "move":
        shutil.move(path, place)
        moved.append((path, place))
    elif files == "copy":
        shutil.copyfile(path, place)
    else:
        try:
            os.link(path, place)
        except OSError:
            shutil.copyfile(path, place)
    return f"./{path.name}"


def _open_to_all(staged: Path) -> None:
    """Give the folder the rights of any other; those of `mkdtemp` are for the owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    staged.chmod(0o777 & ~mask)


def _swap(staged: Path, target: Path) -> None:
    """Put the new folder in the place of the old one, which is whole again if that fails."""
    if not target.exists():
        staged.rename(target)
        return
    aside = staged.with_suffix(".old")
    target.rename(aside)
    try:
        staged.rename(target)
    except BaseException:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
