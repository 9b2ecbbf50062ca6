"""A set of licences, wherever they come from."""

from __future__ import annotations

import copy
import html
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, overload

from overcut.dem import Dem
from overcut.exceptions import OutputError, ParameterError
from overcut.findings import Findings
from overcut.info import info
from overcut.licence import Licence, Part
from overcut.stated import iso_day

if TYPE_CHECKING:
    import datetime

    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes

    from overcut import _overcut

__all__ = ["Licences"]

_SHOWN = 100  # rows that a notebook shows


class Licences(Sequence[Licence]):
    """Licences in the order in which they were read; made by `read_licences`.

    A sequence of `Licence`, with where they come from and what was taken for granted in reading them.
    """

    def __init__(self, table: _overcut.LicenceTable, licences: Sequence[Licence], source: str) -> None:
        self._table = table
        self._licences = tuple(licences)
        self._source = source

    @classmethod
    def _found(cls, table: _overcut.LicenceTable, source: str) -> Licences:
        """Wrap what the extension has read."""
        from shapely import Polygon

        licences = [
            Licence(
                licence_id,
                parts=[
                    Part(Polygon(rings[0], rings[1:]), floor_m, ceiling_m, None if layers is None else tuple(layers))
                    for rings, floor_m, ceiling_m, layers in parts
                ],
                valid_from=valid_from,
                valid_to=valid_to,
                holder=holder,
                mineral=mineral,
                method=method,
                vertical_datum=datum,
            )
            for licence_id, holder, mineral, method, valid_from, valid_to, datum, parts in table.licences()
        ]
        return cls(table, licences, source)

    def _converted(
        self, *, transformation: Any = None, height_shift: Any = None, vertical_datum: str | None = None
    ) -> Licences:
        """Copy that is converted when it is brought onto the grid of an assessment."""
        from overcut.height_shift import shifts_of
        from overcut.transformation import transformations_crossing

        converted = copy.copy(self)
        shifts = [shift._record for shift in shifts_of(height_shift)]
        converted._table = self._table.converted(transformations_crossing(transformation), shifts, vertical_datum)
        return converted

    @property
    def source(self) -> str:
        """Where they come from."""
        return self._source

    @property
    def crs(self) -> str | None:
        """Code of the CRS, else its WKT; None for objects without, taken to be in that of the surfaces."""
        return self._table.crs

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken for granted in reading."""
        return tuple(self._table.assumptions)

    @property
    def findings(self) -> Findings:
        """What was noticed in reading: a tuple of `Finding`, with `to_dataframe()`."""
        return Findings.of(self._table.findings)

    def check(
        self, *, on: str | datetime.date | None = None, surfaces: Iterable[Dem | str | os.PathLike[str]] = ()
    ) -> Findings:
        """Check everything that can be checked: shape, area, overlaps, number, band, validity, distance from surfaces.

        Parameters
        ----------
        on : str or datetime.date, optional
            A day on which the licences should be in force.
        surfaces : iterable of Dem or path, optional
            Surfaces near which the licences should lie: a licence 500 km away is in a wrong zone, and the finding
            names the zone that fits.

        Returns
        -------
        Findings
            Those of reading, then those of the checks.

        Raises
        ------
        CrsError
            The licences name no CRS.
        """
        day = None if on is None else iso_day(on, "on")
        near = [found for found in map(_extent, surfaces) if found is not None]
        return Findings((*self.findings, *Findings.of(self._table.check(day, near))))

    def to_txt(
        self, path: str | os.PathLike[str], *, encoding: Literal["utf-8", "gbk"] = "utf-8", overwrite: bool = False
    ) -> Findings:
        """Write the land-coordinate text (报盘, 界址点 format).

        Parameters
        ----------
        path : str or os.PathLike
            The file; appears whole or not at all.
        encoding : {"utf-8", "gbk"}
            Older programs expect GBK.
        overwrite : bool
            Replace a file that exists.

        Returns
        -------
        Findings
            What the format has no place for, such as bands and validity; empty if nothing is lost.

        Raises
        ------
        OutputError
            The file exists or cannot be written, or the coordinates are in no Gauss-Krueger zone of China.
        """
        if encoding not in ("utf-8", "gbk"):
            raise ParameterError(f"encoding is {encoding!r}; expected 'utf-8' or 'gbk'")
        return Findings.of(self._table.write_land_text(os.fspath(path), encoding == "gbk", overwrite))

    def to_corner_table(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write a table of corners (CSV) with everything that is known; `read_licences` reads it back.

        Parameters
        ----------
        path : str or os.PathLike
            The file; appears whole or not at all.
        overwrite : bool
            Replace a file that exists.

        Raises
        ------
        OutputError
            The file exists or cannot be written.
        """
        self._table.write_corner_table(os.fspath(path), overwrite)

    def to_file(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write a GeoPackage or GeoJSON with a row per part; `read_licences` reads it back.

        Parameters
        ----------
        path : str or os.PathLike
            The file, ending in ``.gpkg`` or ``.geojson``; appears whole or not at all.
        overwrite : bool
            Replace a file that exists.

        Raises
        ------
        OutputError
            The file exists or cannot be written, or has another extension.
        """
        target = Path(path)
        driver = {".gpkg": "GPKG", ".geojson": "GeoJSON"}.get(target.suffix.lower())
        if driver is None:
            raise OutputError(f"{target} has no extension that is written; expected .gpkg or .geojson")
        if target.exists() and not overwrite:
            raise OutputError(f"{target} exists already; ask for `overwrite`, or write elsewhere")
        try:
            with TemporaryDirectory(prefix=".overcut-", dir=target.parent) as folder:
                written = Path(folder) / target.name
                self.to_geodataframe().to_file(written, driver=driver)
                written.replace(target)
        except (OSError, RuntimeError, ValueError) as error:
            raise OutputError(f"{target} cannot be written: {error}") from error

    @property
    def sha256(self) -> str | None:
        """SHA-256 of the file's bytes, if they come from a plain file."""
        return self._table.sha256

    def plot(self, *, ax: Axes | None = None, lang: str = "en", font: str | os.PathLike[str] | None = None) -> Axes:
        """Draw the licences true to scale, to be held beside the paper.

        Corners are numbered in the order of the source, holes after the outer ring, and listed as the paper has them (X
        north, Y east, length to the next corner). A sheet of its own has a scale that a ruler has, if printed at 100 %.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Axes to draw on, without the list of corners.
        lang : {"en", "zh"}
            Language; English where no Chinese font is found, and the picture says so.
        font : str or os.PathLike, optional
            Font file or family for Chinese.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        LicenceError
            There is no licence to draw.
        """
        from overcut.exceptions import LicenceError
        from overcut.licence_picture import draw

        if not self._licences:
            raise LicenceError(f"{self.source} hold no licence; there is nothing to draw")
        return draw(self, ax=ax, lang=lang, font=font)

    def to_geodataframe(self) -> GeoDataFrame:
        """Table with a row per part.

        Returns
        -------
        geopandas.GeoDataFrame
            With the columns that `read_licences` understands.
        """
        from geopandas import GeoDataFrame

        from overcut.tables import days

        parts = [(licence, number, part) for licence in self for number, part in enumerate(licence.parts, start=1)]
        columns: dict[str, Any] = {
            "licence": [licence.id for licence, _, _ in parts],
            "part": [number for _, number, _ in parts],
            "holder": [licence.holder for licence, _, _ in parts],
            "mineral": [licence.mineral for licence, _, _ in parts],
            "method": [licence.method for licence, _, _ in parts],
            "floor_m": [part.floor_m for _, _, part in parts],
            "ceiling_m": [part.ceiling_m for _, _, part in parts],
            "valid_from": days(licence.valid_from for licence, _, _ in parts),
            "valid_to": days(licence.valid_to for licence, _, _ in parts),
            "layers": [None if part.layers is None else ";".join(part.layers) for _, _, part in parts],
            "vertical_datum": [licence.vertical_datum for licence, _, _ in parts],
        }
        return GeoDataFrame(columns, geometry=[part.polygon for _, _, part in parts], crs=self.crs)

    def __len__(self) -> int:
        return len(self._licences)

    def __iter__(self) -> Iterator[Licence]:
        return iter(self._licences)

    @overload
    def __getitem__(self, index: int) -> Licence: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Licence]: ...
    def __getitem__(self, index: int | slice) -> Licence | Sequence[Licence]:
        return self._licences[index]

    def __repr__(self) -> str:
        crs = self.crs or "no CRS of their own"
        lines = [f"<{len(self)} licence{'' if len(self) == 1 else 's'} from {self.source}, {crs}>"]
        lines += [f"  {licence!r}" for licence in self._licences[:_SHOWN]]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = ("licence", "holder", "mineral", "parts", "elevations", "valid", "vertical datum")
        rows = "".join(_html_row(licence) for licence in self._licences[:_SHOWN])
        more = f"<p>… and {len(self) - _SHOWN} more</p>" if len(self) > _SHOWN else ""
        notes = "".join(f"<li>{html.escape(each)}</li>" for each in self.assumptions)
        caption = f"{len(self)} licences from {self.source}, {self.crs or 'no CRS of their own'}"
        return (
            f"<table><caption>{html.escape(caption)}</caption>"
            f"<thead><tr>{''.join(f'<th>{each}</th>' for each in head)}</tr></thead><tbody>{rows}</tbody></table>"
            f"{more}{f'<ul>{notes}</ul>' if notes else ''}"
        )


def _extent(surface: Dem | str | os.PathLike[str]) -> tuple[str, tuple[float, float, float, float]] | None:
    """CRS and bounds of a surface, as far as they are known."""
    if isinstance(surface, Dem):
        return None if surface.crs is None else (surface.crs, surface.bounds)
    facts = info(surface)
    crs, bounds = facts["crs"], [facts[side] for side in ("west", "south", "east", "north")]
    if crs is None or None in bounds:
        return None
    west, south, east, north = bounds
    return crs["wkt"], (west, south, east, north)


def _html_row(licence: Licence) -> str:
    bands = {(part.floor_m, part.ceiling_m) for part in licence.parts}
    known = sorted((floor, ceiling) for floor, ceiling in bands if floor is not None and ceiling is not None)
    shown = [f"{floor:g} – {ceiling:g} m" for floor, ceiling in known]
    if len(known) < len(bands):
        shown.append("not stated")
    cells = (
        licence.id,
        licence.holder or "",
        licence.mineral or "",
        str(len(licence.parts)),
        ", ".join(shown),
        f"{licence.valid_from or '…'} to {licence.valid_to or '…'}",
        licence.vertical_datum or "not declared",
    )
    return f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
