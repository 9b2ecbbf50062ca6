from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

# Severity, code, place and values of a finding.
_Found: TypeAlias = tuple[str, str, list[tuple[str, str]], list[tuple[str, str]]]

# West, north, cell width and height, rows, columns.
_Grid: TypeAlias = tuple[float, float, float, float, int, int]

__version__: Final[str]
DEBUG_BUILD: Final[bool]

@final
class Surface:
    @property
    def name(self) -> str: ...
    @property
    def vertical_datum(self) -> str | None: ...
    @property
    def crs(self) -> str | None: ...
    @property
    def sha256(self) -> str | None: ...
    @property
    def grid(self) -> tuple[float, float, float, float, int, int]: ...
    @property
    def conversions(self) -> list[str]: ...
    def shifted(self, height_shift: str) -> Surface: ...
    def raised(self, metres: float) -> Surface: ...
    def declared(self, vertical_datum: str) -> Surface: ...

@final
class LicenceTable:
    @staticmethod
    def from_file(
        path: str,
        layer: str | None,
        crs: str | None,
        fields: dict[str, str],
        vertical_datum: str | None,
        sense: tuple[int | None, str | None, str | None],
    ) -> LicenceTable: ...
    @staticmethod
    def from_features(
        features: Sequence[tuple[str, dict[str, str | None], bytes]],
        name: str,
        crs: str | None,
        fields: dict[str, str],
        vertical_datum: str | None,
    ) -> LicenceTable: ...
    @property
    def crs(self) -> str | None: ...
    @property
    def assumptions(self) -> list[str]: ...
    @property
    def findings(self) -> list[_Found]: ...
    def check(
        self, on: str | None, surfaces: Sequence[tuple[str, tuple[float, float, float, float]]]
    ) -> list[_Found]: ...
    def write_land_text(self, path: str | PathLike[str], gbk: bool, overwrite: bool) -> list[_Found]: ...
    def write_corner_table(self, path: str | PathLike[str], overwrite: bool) -> None: ...
    @property
    def sha256(self) -> str | None: ...
    def converted(
        self, transformations: Sequence[str], height_shifts: Sequence[str], vertical_datum: str | None
    ) -> LicenceTable: ...
    def licences(
        self,
    ) -> list[
        tuple[
            str,
            str | None,
            str | None,
            str | None,
            str | None,
            str | None,
            str | None,
            list[tuple[list[list[tuple[float, float]]], float | None, float | None, list[str] | None]],
        ]
    ]: ...

@final
class Record:
    @staticmethod
    def read_json(path: str | PathLike[str]) -> Record: ...
    @staticmethod
    def from_json(text: str) -> Record: ...
    def with_provenance(self, text: str) -> Record: ...
    def to_json(self) -> str: ...
    def write_json(self, path: str | PathLike[str], overwrite: bool) -> None: ...
    def write_gpkg(self, path: str | PathLike[str], overwrite: bool) -> None: ...
    def write_csv(self, directory: str | PathLike[str], overwrite: bool) -> list[Path]: ...

_GridTuple = tuple[float, float, float, float, int, int]
_Rings = Sequence[Sequence[Sequence[tuple[float, float]]]]
_Limits = tuple[float, float] | None
_Points = NDArray[np.float64]

@final
class Ground:
    @staticmethod
    def window(
        surface: Surface,
        bounds: Sequence[float] | None,
        margin: int,
        registered: tuple[Record, int | None] | None = None,
        grid: Surface | None = None,
    ) -> Ground: ...
    @staticmethod
    def tin(
        points: _Points, breaklines: Sequence[_Points], origin: Sequence[float], max_edge_m: float | None = None
    ) -> Ground: ...
    def with_points(
        self,
        points: _Points,
        breaklines: Sequence[_Points],
        max_edge_m: float | None = None,
        registered: tuple[Record, int | None] | None = None,
    ) -> Ground: ...
    @property
    def summary(self) -> str | None: ...
    @property
    def grid(self) -> _GridTuple | None: ...
    @property
    def triangles(self) -> int: ...
    def heights(self, grid: _GridTuple | None = None) -> NDArray[np.float64]: ...
    def points(self) -> NDArray[np.float64]: ...

def profile(
    grounds: Sequence[Ground], corners: Sequence[tuple[float, float]]
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[float, float]]: ...
def detection_levels(record: Record, interval: int, slopes_squared: Sequence[float]) -> list[float]: ...
def cell_volume(before: Ground, after: Ground, region: _Rings, limits: _Limits) -> str: ...
def prism_volume(before: Ground, after: Ground, region: _Rings, limits: _Limits) -> str: ...
def section_volume(
    before: Ground,
    after: Ground,
    region: _Rings,
    limits: _Limits,
    azimuth_deg: float,
    spacing_m: float,
    offset_m: float,
) -> str: ...
def bench_volume(before: Ground, after: Ground, region: _Rings, limits: _Limits, bench_m: float) -> str: ...
def leave_out(
    points: _Points,
    groups: NDArray[np.uint64] | None,
    breaklines: Sequence[_Points],
    origin: Sequence[float],
    folds: int,
    seed: int,
) -> str: ...
def reconstruct_patch(
    heights: NDArray[np.float64],
    grid: _GridTuple,
    patch: _Rings,
    disturbed: _Rings,
    *,
    method: str,
    regional: NDArray[np.float64] | None,
    margin: int,
    rim_m: float,
    windows: int,
    seed: int,
    confidence: float,
) -> tuple[NDArray[np.uint64], NDArray[np.float64], str]: ...
def open_raster(path: str, stated: dict[str, Any]) -> Surface: ...
def array_surface(
    heights: NDArray[np.floating[Any]],
    geotransform: tuple[float, float, float, float, float, float],
    stated: dict[str, Any],
) -> Surface: ...

@final
class Tile:
    @property
    def path(self) -> str: ...
    @property
    def date(self) -> str: ...
    @property
    def sigma_m(self) -> float | None: ...
    @property
    def vertical_datum(self) -> str | None: ...
    @property
    def crs(self) -> str | None: ...
    @property
    def grid(self) -> _Grid: ...
    @property
    def bytes(self) -> int | None: ...

@final
class Mosaic:
    def __new__(
        cls,
        tiles: Sequence[Tile],
        stated: tuple[str, str, float | None],
        rule: str,
        grid: _Grid,
        crs: str,
    ) -> Mosaic: ...
    def __len__(self) -> int: ...
    @property
    def days(self) -> tuple[str, str] | None: ...
    @property
    def vertical_datum(self) -> str | None: ...
    @property
    def crs(self) -> str | None: ...
    @property
    def grid(self) -> _Grid: ...
    def surface(self) -> Surface: ...
    @property
    def used(self) -> list[tuple[str, int, int]]: ...

@final
class BatchPlan:
    @property
    def job(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def units(self) -> list[tuple[int, tuple[int, int, int, int], list[int], str]]: ...
    @property
    def without_pair(self) -> int: ...
    @property
    def far(self) -> int: ...

@final
class BatchJob:
    def __new__(cls, job: str, cells: bool) -> BatchJob: ...
    @property
    def digest(self) -> str: ...
    def stop(self) -> None: ...
    def go_on(self) -> None: ...
    def unit(
        self,
        unit: str,
        excluded: Sequence[tuple[str, str]],
        digests: bool,
        threads: int | None,
        rasters: str | PathLike[str] | None,
    ) -> tuple[bytes, list[Path]]: ...
    def finish(
        self,
        results: Sequence[str | PathLike[str]],
        digests: Sequence[str | None],
        sentences: Sequence[str],
    ) -> Record: ...

@final
class UnitReport:
    @property
    def unit(self) -> int: ...
    @property
    def job(self) -> str: ...
    @property
    def compared_cells(self) -> list[int]: ...
    @property
    def tiles(self) -> list[list[tuple[str, int, int, str | None]]]: ...
    @property
    def excluded(self) -> list[tuple[str, str]]: ...
    @property
    def seconds(self) -> float: ...

def scan_tiles(
    tiles: Sequence[tuple[str, dict[str, Any]]],
) -> list[tuple[Tile | None, str | None]]: ...
def tiles_grid(name: str, tiles: Sequence[Tile]) -> tuple[_Grid, str]: ...
def plan_batch(
    mosaics: Sequence[Mosaic],
    licences: LicenceTable,
    stable: tuple[LicenceTable | None, Surface | None],
    options: dict[str, Any],
    cut: tuple[int, tuple[Sequence[tuple[float, float, float, float]], float] | None],
    progress: Callable[[int, int], object] | None,
) -> BatchPlan: ...
def unit_report(bytes: bytes) -> UnitReport: ...
def assess(
    surfaces: Sequence[Surface],
    licences: LicenceTable,
    layers: Sequence[dict[str, Any]],
    stable: tuple[LicenceTable | None, Surface | None],
    options: dict[str, Any],
    progress: Callable[[int, int], object] | None,
) -> tuple[Record, list[Path]]: ...
def accuracy(
    surfaces: Sequence[Surface],
    licences: LicenceTable,
    stable: tuple[LicenceTable | None, Surface | None],
    options: dict[str, Any],
    progress: Callable[[int, int], object] | None,
) -> tuple[str, list[str]]: ...
def transformation(
    from_crs: str,
    to_crs: str,
    method: str,
    source: str,
    points: Sequence[tuple[str, Sequence[float], Sequence[float]]],
) -> str: ...
def height_shift(from_datum: str, to_datum: str, shift: str | None, source: str | None) -> str: ...
def transform_points(
    from_crs: str, to_crs: str, transformations: Sequence[str], points: Sequence[tuple[float, float]]
) -> tuple[list[tuple[float, float]], str]: ...
def zonal_sums(
    surface: Surface, polygons: Sequence[Sequence[Sequence[tuple[float, float]]]]
) -> list[tuple[float, float]]: ...
def overview(
    surface: Surface, grid: tuple[float, float, float, float, int, int], crs: str, step: int, how: str
) -> NDArray[np.float32]: ...
def raster_info(path: str) -> str: ...
def crs_record(definition: str) -> tuple[str | None, str, str]: ...
def versions() -> list[tuple[str, str]]: ...
def decide(value: float, sigma: float, limit: float, confidence: float) -> str: ...
