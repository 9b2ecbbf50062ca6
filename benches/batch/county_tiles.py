"""A county cut into tiles and written: regular or not, overlapping, with gaps, in two zones, with faults."""

from __future__ import annotations

import csv
import json
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import rasterio
from county import CRS, OTHER_CRS, SOUTH_M, VERTICAL_DATUM, WEST_M, County, CountyOptions
from pyproj import Transformer
from rasterio.transform import from_origin
from shapely.affinity import translate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

NODATA = -9999.0
QUANTUM_M = 1.0 / 64.0
BLOCK = 256
Kind = Literal["plain", "coarse", "other_crs"]
FAULTS = ("corrupt", "truncated", "empty", "all_nodata", "wrong_crs", "missing", "listed_twice", "copied")


@dataclass(frozen=True)
class Cutting:
    """How a county is cut into tiles.

    Attributes
    ----------
    side : int or None
        Cells of a regular tile; None cuts at random, another way in each epoch.
    tiles : int
        How many an epoch has that is cut at random.
    overlap : int
        Cells by which each reaches over its edges.
    gaps : float
        Share that is left out.
    other_crs, coarse : float
        Shares in the neighbouring zone, and with cells of twice the side.
    faults : tuple of str
        Of `FAULTS`: each befalls one tile.
    """

    side: int | None = 512
    tiles: int = 40
    overlap: int = 0
    gaps: float = 0.0
    other_crs: float = 0.0
    coarse: float = 0.0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """One tile to be written.

    Attributes
    ----------
    path : str
        As seen from the county's folder.
    epoch, row, column, rows, columns : int
        Which cells of the county.
    kind : {"plain", "coarse", "other_crs"}
        In which form.
    fault : str or None
        Of `FAULTS`.
    """

    path: str
    epoch: int
    row: int
    column: int
    rows: int
    columns: int
    kind: Kind = "plain"
    fault: str | None = None


def pieces(county: County, cutting: Cutting) -> list[Piece]:
    """All tiles of all epochs, in the order of epochs, rows and columns."""
    options = county.options
    found: list[Piece] = []
    for epoch, date in enumerate(county.dates):
        random = np.random.default_rng((options.seed, 99, epoch))
        if cutting.side is None:
            windows = _at_random(options.rows, options.columns, cutting.tiles, random)
        else:
            windows = list(_regular(options.rows, options.columns, cutting.side))
        kinds = random.choice(
            ("plain", "coarse", "other_crs"),
            size=len(windows),
            p=(1.0 - cutting.coarse - cutting.other_crs, cutting.coarse, cutting.other_crs),
        )
        kept = random.random(len(windows)) >= cutting.gaps
        for number, (window, kind) in enumerate(zip(windows, kinds, strict=True)):
            if kept[number]:
                path = f"tiles/{date:%Y%m%d}/t{number:05d}_{date:%Y%m%d}.tif"
                found.append(Piece(path, epoch, *_grown(window, cutting.overlap, options), kind=str(kind)))
    return _with_faults(found, cutting.faults, options.seed)


def write(folder: Path, options: CountyOptions, cutting: Cutting, *, workers: int = 1) -> int:
    """Write a county.

    Parameters
    ----------
    folder : pathlib.Path
        Made if need be; must not hold a county already.
    options : CountyOptions
        Which county.
    cutting : Cutting
        How it is cut.
    workers : int
        Processes; what is written does not depend on it.

    Returns
    -------
    int
        How many tiles were written.
    """
    (folder / "tiles").mkdir(parents=True)
    county = County(options)
    found = pieces(county, cutting)
    for date in county.dates:
        (folder / "tiles" / f"{date:%Y%m%d}").mkdir()
    if workers > 1:
        parts = [found[at : at + 100] for at in range(0, len(found), 100)]
        with ProcessPoolExecutor(workers) as pool:
            list(pool.map(partial(_write_part, folder, options), parts))
    else:
        _write_some(folder, county, found)
    _licences(county).to_file(folder / "licences.gpkg", layer="licences")
    listed = [each for piece in found for each in [piece] * (2 if piece.fault == "listed_twice" else 1)]
    listed += [_copied(folder, piece) for piece in found if piece.fault == "copied"]
    _write_index(folder, county, listed)
    _write_items(
        folder, county, [each for each in found if each.fault in (None, "listed_twice", "copied", "all_nodata")]
    )
    truth = {
        "crs": CRS,
        "vertical_datum": VERTICAL_DATUM,
        "corner_m": [WEST_M, SOUTH_M],
        "options": asdict(options),
        "cutting": asdict(cutting),
        "dates": [each.isoformat() for each in county.dates],
        **county.workings.truth(county.dates, county.ground),
        "faults": [{"path": each.path, "fault": each.fault} for each in listed if each.fault],
    }
    (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")
    return len(found)


def _regular(rows: int, columns: int, side: int) -> Iterable[tuple[int, int, int, int]]:
    for row in range(0, rows, side):
        for column in range(0, columns, side):
            yield row, column, min(side, rows - row), min(side, columns - column)


def _at_random(rows: int, columns: int, count: int, random: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """Cut the largest piece across its longer side, until there are enough."""
    found = [(0, 0, rows, columns)]
    while len(found) < count:
        largest = max(range(len(found)), key=lambda at: found[at][2] * found[at][3])
        row, column, high, wide = found.pop(largest)
        share = random.uniform(0.3, 0.7)
        if high >= wide:
            cut = max(1, int(high * share))
            found += [(row, column, cut, wide), (row + cut, column, high - cut, wide)]
        else:
            cut = max(1, int(wide * share))
            found += [(row, column, high, cut), (row, column + cut, high, wide - cut)]
    return sorted(found)


def _grown(window: tuple[int, int, int, int], by: int, options: CountyOptions) -> tuple[int, int, int, int]:
    row, column, high, wide = window
    top, left = max(row - by, 0), max(column - by, 0)
    bottom, right = min(row + high + by, options.rows), min(column + wide + by, options.columns)
    return top, left, bottom - top, right - left


def _with_faults(found: list[Piece], faults: tuple[str, ...], seed: int) -> list[Piece]:
    if len(faults) > len(found):
        raise ValueError(f"{len(faults)} faults and only {len(found)} tiles")
    befallen = np.random.default_rng((seed, 11)).permutation(len(found))[: len(faults)]
    chosen = dict(zip(befallen.tolist(), faults, strict=True))
    return [Piece(**{**asdict(each), "fault": chosen.get(at)}) for at, each in enumerate(found)]


def _write_part(folder: Path, options: CountyOptions, part: list[Piece]) -> None:
    """In a process of its own; the county is drawn there once."""
    _write_some(folder, _county(options), part)


_DRAWN: dict[CountyOptions, County] = {}


def _county(options: CountyOptions) -> County:
    if options not in _DRAWN:
        _DRAWN[options] = County(options)
    return _DRAWN[options]


def _write_some(folder: Path, county: County, part: list[Piece]) -> None:
    systems = {each: rasterio.crs.CRS.from_user_input(each) for each in (CRS, OTHER_CRS)}
    for piece in part:
        path = folder / piece.path
        if piece.fault == "missing":
            continue
        if piece.fault == "empty":
            path.write_bytes(b"")
            continue
        heights, west, north, cell_m, crs = _shown(county, piece)
        if piece.fault == "all_nodata":
            heights = np.full_like(heights, NODATA)
        if piece.fault == "wrong_crs":
            crs = OTHER_CRS if crs == CRS else CRS
        profile: dict[str, Any] = {
            "driver": "GTiff",
            "height": heights.shape[0],
            "width": heights.shape[1],
            "count": 1,
            "dtype": "float32",
            "crs": systems[crs],
            "transform": from_origin(west, north, cell_m, cell_m),
            "nodata": NODATA,
            "compress": "deflate",
            "zlevel": 1,
            "predictor": 3,
            "tiled": True,
            "blockxsize": BLOCK,
            "blockysize": BLOCK,
        }
        with rasterio.open(path, "w", **profile) as file:
            file.write(heights, 1)
        if piece.fault in ("corrupt", "truncated"):
            _damage(path, piece.fault)


def _shown(county: County, piece: Piece) -> tuple[NDArray[np.float32], float, float, float, str]:
    """Heights of a tile, its north-western corner, side of its cells, and its CRS."""
    options = county.options
    cell_m = options.cell_m
    west, north = WEST_M + piece.column * cell_m, county.north_m - piece.row * cell_m
    crs = CRS
    if piece.kind == "plain":
        heights = county.window(piece.epoch, piece.row, piece.column, piece.rows, piece.columns)
    elif piece.kind == "coarse":
        cell_m *= 2.0
        columns, rows = -(-piece.columns // 2), -(-piece.rows // 2)
        x = west - WEST_M + (np.arange(columns) + 0.5) * cell_m
        y = north - SOUTH_M - (np.arange(rows) + 0.5) * cell_m
        heights = county.grid(piece.epoch, x, y)
    else:
        crs = OTHER_CRS
        there = Transformer.from_crs(CRS, OTHER_CRS, always_xy=True)
        south, east = north - piece.rows * cell_m, west + piece.columns * cell_m
        west, south, east, north = there.transform_bounds(west, south, east, north)
        west, north = np.floor(west / cell_m) * cell_m, np.ceil(north / cell_m) * cell_m
        columns, rows = int(np.ceil((east - west) / cell_m)), int(np.ceil((north - south) / cell_m))
        x, y = np.meshgrid(west + (np.arange(columns) + 0.5) * cell_m, north - (np.arange(rows) + 0.5) * cell_m)
        x, y = there.transform(x, y, direction="INVERSE")
        x, y = x - WEST_M, y - SOUTH_M
        heights = np.where(county.is_inside(x, y), county.at(piece.epoch, x, y), NODATA)
    quantised = np.round(heights / QUANTUM_M) * QUANTUM_M
    return quantised.astype(np.float32), float(west), float(north), cell_m, crs


def _damage(path: Path, fault: str) -> None:
    """Cut a file off, or overwrite the second half, in which its heights are, with noise."""
    data = path.read_bytes()
    half = len(data) // 2
    noise = np.random.default_rng(half).integers(0, 256, len(data) - half, dtype=np.uint8).tobytes()
    path.write_bytes(data[:half] + (noise if fault == "corrupt" else b""))


def _copied(folder: Path, piece: Piece) -> Piece:
    """Copy of a tile under another name."""
    path = Path(piece.path).with_name(f"copy_of_{Path(piece.path).name}").as_posix()
    shutil.copyfile(folder / piece.path, folder / path)
    return Piece(**{**asdict(piece), "path": path})


def _licences(county: County) -> gpd.GeoDataFrame:
    rights = county.workings.rights
    columns = {
        "licence": [each.id for each in rights],
        "part": [1] * len(rights),
        "holder": [each.holder for each in rights],
        "mineral": [each.mineral for each in rights],
        "method": ["露天开采"] * len(rights),
        "floor_m": [round(each.floor_m, 2) for each in rights],
        "ceiling_m": [round(each.ceiling_m, 2) for each in rights],
        "valid_from": [each.valid_from.isoformat() for each in rights],
        "valid_to": [each.valid_to.isoformat() for each in rights],
        "vertical_datum": [VERTICAL_DATUM] * len(rights),
    }
    return gpd.GeoDataFrame(columns, geometry=[translate(each.polygon, WEST_M, SOUTH_M) for each in rights], crs=CRS)


def _crs_of(piece: Piece) -> str:
    return OTHER_CRS if piece.kind == "other_crs" else CRS


def _write_index(folder: Path, county: County, listed: list[Piece]) -> None:
    with (folder / "index.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "date", "sigma_m", "crs", "nodata"))
        for each in listed:
            date = county.dates[each.epoch].isoformat()
            rows.writerow((each.path, date, county.options.sigma_m, _crs_of(each), NODATA))


def _write_items(folder: Path, county: County, listed: list[Piece]) -> None:
    """Items of STAC 1.0; footprints by their four corners."""
    cell_m = county.options.cell_m
    west = np.array([WEST_M + each.column * cell_m for each in listed])
    north = np.array([county.north_m - each.row * cell_m for each in listed])
    east = west + np.array([each.columns * cell_m for each in listed])
    south = north - np.array([each.rows * cell_m for each in listed])
    place = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    corners = [
        np.column_stack(place.transform(x, y)) for x, y in ((west, south), (east, south), (east, north), (west, north))
    ]
    features = []
    for at, each in enumerate(listed):
        ring = [corner[at].round(8).tolist() for corner in (*corners, corners[0])]
        longitudes, latitudes = np.transpose(ring)
        dem = {
            "href": f"./{each.path}",
            "type": "image/tiff; application=geotiff",
            "roles": ["data"],
            "proj:epsg": int(_crs_of(each).partition(":")[2]),
            "raster:bands": [{"nodata": NODATA, "data_type": "float32", "unit": "m"}],
        }
        features.append(
            {
                "type": "Feature",
                "stac_version": "1.0.0",
                "stac_extensions": [
                    "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
                    "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
                ],
                "id": Path(each.path).stem,
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "bbox": [longitudes.min(), latitudes.min(), longitudes.max(), latitudes.max()],
                "properties": {"datetime": f"{county.dates[each.epoch].isoformat()}T00:00:00Z"},
                "links": [],
                "assets": {"dem": dem},
            }
        )
    record = {"type": "FeatureCollection", "features": features}
    (folder / "items.json").write_text(json.dumps(record), encoding="utf-8")
