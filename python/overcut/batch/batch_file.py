"""A batch in a file: everything that a plan starts from, as TOML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.batch.planning import BatchPlan, plan
from overcut.licence_reading import read_licences
from overcut.tiles import Tiles, read_tiles
from overcut.toml_file import COMMON_OPTIONS, TomlFile

if TYPE_CHECKING:
    import os

__all__ = ["BatchFile", "read_batch"]

_TOP = (
    "title",
    "licences",
    "vertical_datum",
    "rule",
    "grid",
    "unit_cells",
    "near_m",
    "watch",
    "epochs",
    "options",
    "output",
)
_LICENCES = ("path", "layer", "crs", "fields", "vertical_datum")
_EPOCH = (
    "tiles",
    "name",
    "date",
    "date_pattern",
    "from",
    "to",
    "sigma_m",
    "crs",
    "nodata",
    "band",
    "vertical_datum",
    "asset",
    "columns",
    "layer",
    "stac_search",
)
_OUTPUT = ("directory",)


@dataclass(frozen=True)
class BatchFile:
    """What `read_batch` found.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    title : str or None
        For people.
    epochs : tuple of dict
        Arguments of `read_tiles`, with ``from`` and ``to`` where a source holds several epochs.
    licences : dict
        Arguments of `read_licences`.
    options : dict
        Arguments of `plan`.
    directory : pathlib.Path or None
        Where the run and its results go.
    """

    path: Path
    title: str | None
    epochs: tuple[dict[str, Any], ...]
    licences: dict[str, Any]
    options: dict[str, Any]
    directory: Path | None

    def tiles(self) -> list[Tiles]:
        """Read which tiles there are."""
        return [_tiles(dict(epoch)) for epoch in self.epochs]

    def plan(self, *, progress: Any = False) -> BatchPlan:
        """Plan the batch."""
        return plan(self.tiles(), read_licences(**self.licences), progress=progress, **self.options)


def _tiles(epoch: dict[str, Any]) -> Tiles:
    first, last = epoch.pop("from", None), epoch.pop("to", None)
    source = epoch.pop("source")
    if first is None and last is None:
        return read_tiles(source, **epoch)
    name = epoch.pop("name", None)
    whole = read_tiles(source, **epoch)
    return whole.between(first or "0001-01-01", last or "9999-12-31", name=name)


def read_batch(path: str | os.PathLike[str]) -> BatchFile:
    """Read a batch file.

    Parameters
    ----------
    path : str or os.PathLike
        TOML; paths in it are relative to it. `overcut batch --help` shows an example.

    Raises
    ------
    FileReadError
        It is missing or cannot be read.
    ParameterError
        It is not TOML, or has a key that is not known; the message names the nearest one.
    """
    reader = _Reader(Path(path))
    return reader.batch(reader.read("batch file"))


class _Reader(TomlFile):
    """Makes a batch of a file."""

    def batch(self, found: dict[str, Any]) -> BatchFile:
        self.known(found, _TOP, "")
        self.needed(found, ("epochs", "licences"))
        epochs = self.tables(found["epochs"], _EPOCH, "epochs", needed=("tiles",))
        options = self.options(found, COMMON_OPTIONS)
        output = self.table(found.get("output", {}), _OUTPUT, "output")
        named = ("vertical_datum", "rule", "unit_cells", "near_m")
        options |= {name: found[name] for name in named if name in found}
        if "grid" in found:
            options |= self._grid(found["grid"])
        if "watch" in found:
            options["watch"] = self.beside(found["watch"])
        return BatchFile(
            path=self.path,
            title=found.get("title"),
            epochs=tuple(self._epoch(each) for each in epochs),
            licences=self.licences(found, _LICENCES),
            options=options,
            directory=self.directory(output),
        )

    def _epoch(self, found: dict[str, Any]) -> dict[str, Any]:
        tiles = found.pop("tiles")
        listed = isinstance(tiles, list)
        sources = [each if _is_address(each) else self.beside(each) for each in (tiles if listed else [tiles])]
        return {"source": sources if listed else sources[0], **found}

    def _grid(self, found: Any) -> dict[str, Any]:
        if isinstance(found, int):
            return {"grid": found}
        names = ("west", "north", "dx", "dy", "rows", "cols", "crs")
        table = self.table(found, names, "grid", needed=names)
        return {"grid": tuple(table[name] for name in names[:-1]), "crs": table["crs"]}


def _is_address(source: Any) -> bool:
    return isinstance(source, str) and "://" in source
