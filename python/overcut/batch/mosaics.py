"""From the tiles of an epoch to one surface: which of them can be used, and why the others cannot."""

from __future__ import annotations

import hashlib
import os
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from overcut import _overcut
from overcut.exceptions import GridMismatchError, OvercutError, ParameterError
from overcut.findings import Finding, Findings
from overcut.stated import crs_text
from overcut.tiles import Tiles, read_tiles
from overcut.tiles.paths import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Candidates", "Epoch", "Rule"]

Rule = Literal["newest", "best", "mean"]
GridTuple = tuple[float, float, float, float, int, int]


@dataclass(frozen=True)
class Epoch:
    """Tiles of one epoch, laid together.

    Attributes
    ----------
    name : str
        What it is called.
    date : str
        Day that counts for validities.
    mosaic : _overcut.Mosaic
        The surface.
    paths : tuple of str
        Tiles that are used, in the order of their source.
    left_out : Findings
        Tiles that are not.
    """

    name: str
    date: str
    mosaic: _overcut.Mosaic
    paths: tuple[str, ...]
    left_out: Findings

    def told(self, rule: Rule) -> list[str]:
        """Say in sentences what was taken for granted."""
        first, last = self.mosaic.days or (self.date, self.date)
        surveyed = f"surveyed on {first}" if first == last else f"surveyed from {first} to {last}"
        which = {
            "newest": "the height of the newest of several tiles",
            "best": "the height of the tile with the smallest stated error",
            "mean": "the mean of all tiles",
        }[rule]
        dated = "" if first == last == self.date else f" and taken as of {self.date}"
        return [f"{self.name} is a mosaic of {len(self.paths)} tiles, {surveyed}{dated}; a cell has {which}"]


class Candidates:
    """Tiles of all epochs whose headers were read; one that turns out to be damaged can be taken out.

    Parameters
    ----------
    epochs : iterable of Tiles or sources of tiles
        At least two, in the order of their dates.
    rule : {"newest", "best", "mean"}
        Which height a cell has that lies in several tiles.
    grid : int, or tuple of 6 numbers
        Position of the epoch whose lattice and extent are taken, or west, north, dx, dy, rows, cols.
    crs : optional
        Of a grid in numbers.

    Raises
    ------
    ParameterError
        Less than two epochs, or no such rule or grid.
    NoOverlapError
        No tile of the epoch that sets the grid can be used.
    """

    def __init__(self, epochs: Iterable[Any], *, rule: Rule, grid: Any, crs: Any = None) -> None:
        if isinstance(epochs, (Tiles, str, bytes, os.PathLike)):
            raise ParameterError(
                f"epochs is a {type(epochs).__name__}; expected a list of at least two epochs, each of tiles"
            )
        self._listed = [each if isinstance(each, Tiles) else read_tiles(each) for each in epochs]
        if len(self._listed) < 2:  # noqa: PLR2004
            raise ParameterError(
                f"{len(self._listed)} epoch is given; expected at least two, in the order of their dates"
            )
        if rule not in ("newest", "best", "mean"):
            raise ParameterError(f"rule is {rule!r}; expected 'newest', 'best' or 'mean'")
        self._rule = rule
        self._usable = _once([_usable(tiles) for tiles in self._listed])
        # A damaged tile is no reason for another grid: its header says where it lies.
        self._grid = _grid(grid, crs, self._listed, self._usable)

    def without(self, path: str, why: str) -> bool:
        """Take a tile out; tells whether it was there."""
        found = False
        for position, (tiles, left_out) in enumerate(self._usable):
            kept = [tile for tile in tiles if tile.path != path]
            if len(kept) < len(tiles):
                found = True
                self._usable[position] = (kept, [*left_out, _finding("damaged", path, why=why)])
        return found

    def epochs(self) -> list[Epoch]:
        """Lay the tiles of each epoch together, on one grid.

        Raises
        ------
        NoOverlapError
            No tile of an epoch can be used.
        """
        return [
            _epoch(tiles, found, self._rule, self._grid)
            for tiles, found in zip(self._listed, self._usable, strict=True)
        ]


def _once(usable: list[tuple[list[_overcut.Tile], list[Finding]]]) -> list[tuple[list[_overcut.Tile], list[Finding]]]:
    """List what one source has rejected once, not in each of the epochs that were taken from it."""
    seen: list[Finding] = []
    found = []
    for tiles, left_out in usable:
        found.append((tiles, [each for each in left_out if each not in seen]))
        seen += left_out
    return found


def _grid(
    grid: Any, crs: Any, listed: Sequence[Tiles], usable: Sequence[tuple[list[_overcut.Tile], list[Finding]]]
) -> tuple[GridTuple, str]:
    if isinstance(grid, int) and not isinstance(grid, bool):
        if not 0 <= grid < len(listed):
            raise ParameterError(f"grid is {grid}; expected the position of one of {len(listed)} epochs, from 0")
        return _overcut.tiles_grid(listed[grid].name, usable[grid][0])
    try:
        west, north, dx, dy, rows, cols = grid
        numbers = (float(west), float(north), float(dx), float(dy), int(rows), int(cols))
    except (TypeError, ValueError):
        raise GridMismatchError(
            f"grid is {grid!r}; expected the position of an epoch, or (west, north, dx, dy, rows, cols)"
        ) from None
    definition = crs_text(crs)
    if definition is None:
        raise ParameterError("a grid in numbers needs crs=…, such as 'EPSG:4546'")
    return numbers, definition


def _usable(tiles: Tiles) -> tuple[list[_overcut.Tile], list[Finding]]:
    """Tiles whose headers are those of surfaces, of one vertical datum, each content once."""
    stated = [
        (
            _absolute(each.path),
            {
                "name": None,
                "date": None if each.date is None else each.date.isoformat(),
                "sigma_m": each.sigma_m,
                "vertical_datum": each.vertical_datum,
                "crs": each.crs,
                "nodata": each.nodata,
                "band": each.band,
            },
        )
        for each in tiles
    ]
    left_out = list(tiles.rejected)
    found: list[_overcut.Tile] = []
    for (path, _), (tile, why) in zip(stated, _overcut.scan_tiles(stated), strict=True):
        if tile is None:
            left_out.append(_finding("header_refused", path, why=str(why)))
        else:
            found.append(tile)
    found = _of_one_datum(found, left_out)
    return _each_content_once(found, left_out), left_out


def _of_one_datum(tiles: list[_overcut.Tile], left_out: list[Finding]) -> list[_overcut.Tile]:
    counted = Counter(tile.vertical_datum for tile in tiles)
    if len(counted) < 2:  # noqa: PLR2004
        return tiles
    # The one that most tiles have; of equally many the first by name.
    most = min(counted, key=lambda datum: (-counted[datum], datum is None, str(datum)))
    expected = most or "unknown"
    left_out.extend(
        _finding("datum_differs", tile.path, found=tile.vertical_datum or "unknown", expected=expected)
        for tile in tiles
        if tile.vertical_datum != most
    )
    return [tile for tile in tiles if tile.vertical_datum == most]


def _each_content_once(tiles: list[_overcut.Tile], left_out: list[Finding]) -> list[_overcut.Tile]:
    alike: dict[tuple[Any, ...], list[_overcut.Tile]] = defaultdict(list)
    for tile in tiles:
        if tile.bytes is not None:
            alike[tile.grid, tile.date, tile.bytes].append(tile)
    again: set[str] = set()
    for group in alike.values():
        if len(group) < 2:  # noqa: PLR2004
            continue
        first: dict[str, str] = {}
        for tile in sorted(group, key=lambda each: each.path):
            try:
                digest = _sha256(tile.path)
            except OSError:
                continue  # what cannot be read is found when it is read
            if digest in first:
                again.add(tile.path)
                left_out.append(_finding("same_content", tile.path, other=shown(first[digest])))
            else:
                first[digest] = tile.path
    return [tile for tile in tiles if tile.path not in again]


def _sha256(path: str) -> str:
    found = hashlib.sha256()
    with Path(path).open("rb") as file:
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest()


def _epoch(
    tiles: Tiles, found: tuple[list[_overcut.Tile], list[Finding]], rule: Rule, grid: tuple[GridTuple, str]
) -> Epoch:
    usable, left_out = found
    date = max((tile.date for tile in usable), default=None) if tiles.date is None else tiles.date.isoformat()
    sigmas = [tile.sigma_m for tile in usable]
    worst = max((each for each in sigmas if each is not None), default=None) if None not in sigmas else None
    try:
        mosaic = _overcut.Mosaic(usable, (tiles.name, date or "0001-01-01", worst), rule, *grid)
    except OvercutError as error:
        if usable:
            raise
        raise type(error)(f"no tile of {tiles.name} can be used: {_reasons(left_out)}") from error
    on_grid = {path for path, _, _ in mosaic.used}
    left_out = [*left_out, *(_finding("outside_grid", tile.path) for tile in usable if tile.path not in on_grid)]
    paths = tuple(tile.path for tile in usable if tile.path in on_grid)
    return Epoch(tiles.name, date or "", mosaic, paths, Findings(left_out))


def _reasons(left_out: list[Finding]) -> str:
    shown = "; ".join(str(each) for each in left_out[:3])
    more = f"; and {len(left_out) - 3} more" if len(left_out) > 3 else ""  # noqa: PLR2004
    return (shown or "none is listed") + more


def _absolute(path: str) -> str:
    """Path that means the same in another folder; `/vsi…` and other names that only GDAL knows stay."""
    return path if path.startswith("/vsi") or not Path(path).exists() else str(Path(path).absolute())


def _finding(code: str, path: str, **values: str) -> Finding:
    # Messages of files begin with the path, which is the place of the finding; what signs an address is a secret.
    public = shown(path)
    values = {name: value.removeprefix(f"{path} ").replace(path, public) for name, value in values.items()}
    return Finding("error", code, MappingProxyType({"path": public}), MappingProxyType(values), "tiles")
