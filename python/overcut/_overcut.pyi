from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

# Severity, code, place and values of a finding.
_Found: TypeAlias = tuple[str, str, list[tuple[str, str]], list[tuple[str, str]]]

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
    def to_json(self) -> str: ...
    def write_json(self, path: str | PathLike[str], overwrite: bool) -> None: ...
    def write_gpkg(self, path: str | PathLike[str], overwrite: bool) -> None: ...
    def write_csv(self, directory: str | PathLike[str], overwrite: bool) -> list[Path]: ...

def open_raster(path: str, stated: dict[str, Any]) -> Surface: ...
def array_surface(
    heights: NDArray[np.floating[Any]],
    geotransform: tuple[float, float, float, float, float, float],
    stated: dict[str, Any],
) -> Surface: ...
def assess(
    surfaces: Sequence[Surface],
    licences: LicenceTable,
    layers: Sequence[tuple[str, Surface | float, Surface | float, float | None]],
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
def overview(
    surface: Surface, grid: tuple[float, float, float, float, int, int], crs: str, step: int, how: str
) -> NDArray[np.float32]: ...
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
def raster_info(path: str) -> str: ...
def crs_record(definition: str) -> tuple[str | None, str, str]: ...
def versions() -> list[tuple[str, str]]: ...
