"""Picture of licences to be held beside the paper: true to scale, with numbered corners and lengths of edges."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians
from typing import TYPE_CHECKING

from overcut.fonts import BASE, Lettering, lettering, matplotlib_needed

if TYPE_CHECKING:
    import os

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from shapely import Polygon

    from overcut.licence import Licence
    from overcut.licences import Licences

__all__ = ["draw"]

_COLOURS = ("#1b6ca8", "#b8433a", "#3d7d3a", "#7a4a9c", "#a8721b", "#1b8a8a")
_SCALES = tuple(base * 10**power for power in range(2, 7) for base in (1, 2, 5))
_MAP_INCH = (6.6, 6.6)
_LIST_INCH = 3.9
_COLUMNS_INCH = (0.5, 1.75, 2.85, 3.7)
"""Right ends of the columns of the list."""
_MARGIN_INCH = (0.95, 0.75, 0.15, 1.05)  # left, bottom, right, top
_METRES_PER_INCH = 0.0254
_ROOM = 1.16
"""Room around the ground, as a factor: for numbers and lengths."""
_MOST_NUMBERED = 60
_MOST_LISTED = 34


@dataclass(frozen=True)
class _Ring:
    """A ring with the numbers of its corners."""

    licence: int
    part: int
    hole: int
    corners: tuple[tuple[float, float], ...]
    first: int

    def edges(self) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        return list(zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True))


def draw(
    licences: Licences,
    *,
    ax: Axes | None = None,
    lang: str = "en",
    font: str | os.PathLike[str] | None = None,
) -> Axes:
    """Draw licences; `Licences.plot` describes it.

    Parameters
    ----------
    licences : Licences
        What to draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw; otherwise a sheet is made.
    lang : {"en", "zh"}
        Language.
    font : str or os.PathLike, optional
        As in `overcut.fonts.chinese_font`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    matplotlib_needed()
    with lettering(lang, font=font) as letters:
        picture = _Picture(licences, letters)
        return picture.on_sheet() if ax is None else picture.on(ax)


def _rings(licences: Licences) -> list[_Ring]:
    found = []
    for at, licence in enumerate(licences):
        for number, part in enumerate(licence.parts, start=1):
            first = 1
            polygon: Polygon = part.polygon
            for hole, ring in enumerate((polygon.exterior, *polygon.interiors)):
                corners = tuple((float(x), float(y)) for x, y in list(ring.coords)[:-1])
                found.append(_Ring(at, number, hole, corners, first))
                first += len(corners)
    return found


class _Picture:
    def __init__(self, licences: Licences, letters: Lettering) -> None:
        self.licences = licences
        self.letters = letters
        self.rings = _rings(licences)
        corners = [corner for ring in self.rings for corner in ring.corners]
        self.count = len(corners)
        east, north = [x for x, _ in corners], [y for _, y in corners]
        self.extent = (min(east), min(north), max(east), max(north))
        # Longitudes and latitudes are small numbers; metres of a zone are not.
        self.in_degrees = max(map(abs, east)) <= 360.0 and max(map(abs, north)) <= 90.0  # noqa: PLR2004
        self.stretch = 1.0 / cos(radians(sum(north) / len(north))) if self.in_degrees else 1.0
        self.step = -(-self.count // _MOST_NUMBERED)

    @property
    def size(self) -> tuple[float, float]:
        west, south, east, north = self.extent
        width, height = (east - west), (north - south) * self.stretch
        least = max(width, height) / 20.0 or 1.0
        return max(width, least) * _ROOM, max(height, least) * _ROOM

    def on_sheet(self) -> Axes:
        """Draw on a sheet of its own, at a scale that a ruler has."""
        from matplotlib import pyplot

        left, bottom, right, top = _MARGIN_INCH
        width_m, height_m = self.size
        fits = max(width_m / _MAP_INCH[0], height_m / _MAP_INCH[1]) / _METRES_PER_INCH
        scale = next((each for each in _SCALES if each >= fits), None) if not self.in_degrees else None
        inches = (
            (width_m / height_m * _MAP_INCH[1], _MAP_INCH[1])
            if scale is None
            else (width_m / scale / _METRES_PER_INCH, height_m / scale / _METRES_PER_INCH)
        )
        # A narrow licence still has room for the title.
        map_inch = (max(min(inches[0], _MAP_INCH[0]), 4.2), max(min(inches[1], _MAP_INCH[1]), 4.2))
        sheet = (left + map_inch[0] + right + _LIST_INCH, bottom + map_inch[1] + top)
        figure: Figure = pyplot.figure(figsize=sheet)
        ax = figure.add_axes((left / sheet[0], bottom / sheet[1], map_inch[0] / sheet[0], map_inch[1] / sheet[1]))
        self._contents(ax)
        if scale is not None:
            half = [inch * scale * _METRES_PER_INCH / 2.0 for inch in map_inch]
            self._limits(ax, half[0], half[1])
            ax.set_aspect("equal", adjustable="box")
        else:
            self._loose(ax)
        self._headings(ax, scale)
        self._list(figure, (left + map_inch[0] + right) / sheet[0], 1.0 - top / sheet[1], sheet[1])
        return ax

    def on(self, ax: Axes) -> Axes:
        """Draw on axes that are there."""
        self._contents(ax)
        self._loose(ax)
        self._headings(ax, None)
        return ax

    def _limits(self, ax: Axes, half_width: float, half_height: float) -> None:
        west, south, east, north = self.extent
        x, y = (west + east) / 2.0, (south + north) / 2.0
        ax.set_xlim(x - half_width, x + half_width)
        ax.set_ylim(y - half_height, y + half_height)

    def _loose(self, ax: Axes) -> None:
        width, height = self.size
        self._limits(ax, width / 2.0, height / 2.0 / self.stretch)
        ax.set_aspect(self.stretch, adjustable="box")

    def _contents(self, ax: Axes) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline

        for at, licence in enumerate(self.licences):
            colour = _COLOURS[at % len(_COLOURS)]
            for part in licence.parts:
                polygon: Polygon = part.polygon
                rings = [list(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
                codes = [[Outline.MOVETO, *[Outline.LINETO] * (len(ring) - 2), Outline.CLOSEPOLY] for ring in rings]
                outline = Outline(
                    [(x, y) for ring in rings for x, y, *_ in ring], [code for ring in codes for code in ring]
                )
                ax.add_patch(PathPatch(outline, facecolor=(*_rgb(colour), 0.12), edgecolor=colour, linewidth=1.2))
        self._names(ax)
        self._numbers(ax)
        if self.step == 1 and not self.in_degrees:
            self._lengths(ax)
        ax.ticklabel_format(style="plain", useOffset=False)
        ax.tick_params(labelsize="small", labelfontfamily=list(self.letters.families))
        ax.tick_params(axis="y", labelrotation=90)
        ax.grid(True, color="0.85", linewidth=0.5)
        ax.set_axisbelow(True)
        from matplotlib.ticker import MaxNLocator

        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(nbins=4, prune="both"))
        words = ("axis_longitude", "axis_latitude") if self.in_degrees else ("axis_east", "axis_north")
        ax.set_xlabel(self.letters.text(f"licence_picture.{words[0]}"), fontsize="small")
        ax.set_ylabel(self.letters.text(f"licence_picture.{words[1]}"), fontsize="small")
        ax.annotate(
            self.letters.text("licence_picture.north"),
            (0.965, 0.985),
            (0.965, 0.90),
            xycoords="axes fraction",
            ha="center",
            va="top",
            fontweight=self.letters.bold,
            arrowprops={"arrowstyle": "-|>", "facecolor": "black", "linewidth": 1.4, "mutation_scale": 14},
            zorder=10,
        )

    def _names(self, ax: Axes) -> None:
        """Write which licence or part it is, where there are several; the list says the rest."""
        for licence in self.licences:
            for number, part in enumerate(licence.parts, start=1):
                lines = [self.letters.drawable(licence.id)] if len(self.licences) > 1 else []
                if len(licence.parts) > 1:
                    lines.append(self.letters.text("licence_picture.part_short", part=number))
                place = part.polygon.representative_point()
                ax.text(place.x, place.y, "\n".join(lines), fontsize="x-small", ha="center", va="center", zorder=5)

    def _part_name(self, licence: Licence, number: int) -> str:
        if len(licence.parts) > 1:
            return self.letters.text("licence_picture.part", licence=licence.id, part=number)
        return self.letters.drawable(licence.id) if len(self.licences) > 1 else ""

    def _about(self, licence: Licence, number: int) -> str:
        """Say in the list of a part which it is, its elevations and its area."""
        part = licence.parts[number - 1]
        said = [self._part_name(licence, number)]
        if part.floor_m is not None and part.ceiling_m is not None:
            band = {"floor": f"{part.floor_m:g}", "ceiling": f"{part.ceiling_m:g}"}
            said.append(self.letters.text("licence_picture.band", **band))
        if not self.in_degrees:
            said.append(self.letters.text("licence_picture.area", area=f"{part.polygon.area:,.1f}"))
        return " · ".join(each for each in said if each)

    def _label(self, ring: _Ring, at: int) -> str:
        number = str(ring.first + at)
        return f"{ring.part}-{number}" if len(self.licences[ring.licence].parts) > 1 else number

    def _numbers(self, ax: Axes) -> None:
        seen = 0
        for ring in self.rings:
            colour = _COLOURS[ring.licence % len(_COLOURS)]
            ax.plot(*zip(*ring.corners, strict=True), "o", color=colour, markersize=2.6, zorder=6)
            for at, corner in enumerate(ring.corners):
                if seen % self.step == 0:
                    dx, dy = self._outwards(ring, at)
                    ax.annotate(
                        self._label(ring, at),
                        corner,
                        (8.0 * dx, 8.0 * dy),
                        textcoords="offset points",
                        fontsize="x-small",
                        fontfamily=BASE,
                        fontweight="bold",
                        color=colour,
                        ha="center",
                        va="center",
                        zorder=8,
                    )
                seen += 1

    def _outwards(self, ring: _Ring, at: int) -> tuple[float, float]:
        """Direction from a corner to the side on which its edges leave more room."""
        count = len(ring.corners)
        (x, y), before, after = ring.corners[at], ring.corners[at - 1], ring.corners[(at + 1) % count]
        towards = [_unit(each[0] - x, (each[1] - y) * self.stretch) for each in (before, after)]
        east, north = -(towards[0][0] + towards[1][0]), -(towards[0][1] + towards[1][1])
        if hypot(east, north) < 0.2:  # noqa: PLR2004
            # A straight run: to the outer side, which lies to the right of anticlockwise edges.
            side = _sense(ring)
            east, north = side * towards[1][1], -side * towards[1][0]
        return _unit(east, north)

    def _lengths(self, ax: Axes) -> None:
        longest = max(self.size)
        for ring in self.rings:
            side = _sense(ring)
            for start, end in ring.edges():
                length_m = hypot(end[0] - start[0], end[1] - start[1])
                if length_m < longest / 28.0:
                    continue
                turn = degrees(atan2(end[1] - start[1], end[0] - start[0]))
                upright = turn if -90.0 < turn <= 90.0 else turn - 180.0 if turn > 0.0 else turn + 180.0  # noqa: PLR2004
                right = _unit(end[1] - start[1], start[0] - end[0])
                ax.annotate(
                    f"{length_m:.2f}",
                    ((start[0] + end[0]) / 2.0, (start[1] + end[1]) / 2.0),
                    (6.0 * side * right[0], 6.0 * side * right[1]),
                    textcoords="offset points",
                    fontsize="xx-small",
                    fontfamily=BASE,
                    color="0.25",
                    rotation=upright,
                    rotation_mode="anchor",
                    ha="center",
                    va="center",
                    zorder=7,
                )

    def _headings(self, ax: Axes, scale: int | None) -> None:
        several = len(self.licences) > 1
        title = (
            self.letters.text("licence_picture.title_many", count=len(self.licences), source=self.licences.source)
            if several
            else self.letters.text("licence_picture.title_one", licence=self.licences[0].id)
        )
        lines = [self._crs()]
        if scale is not None:
            lines.append(self.letters.text("licence_picture.scale", scale=scale))
        if self.in_degrees:
            lines.append(self.letters.text("licence_picture.degrees"))
        elif self.step > 1:
            lines.append(self.letters.text("licence_picture.thinned", step=self.step))
        if self.letters.note:
            lines.append(self.letters.note)
        ax.set_title("\n".join(lines), loc="left", fontsize="small", color="0.25")
        ax.annotate(
            title,
            (0.0, 1.0),
            xycoords="axes fraction",
            xytext=(0.0, 8.0 + 13.0 * len(lines)),
            textcoords="offset points",
            fontsize="large",
            fontweight=self.letters.bold,
            va="bottom",
        )

    def _crs(self) -> str:
        if self.licences.crs is None:
            return self.letters.text("licence_picture.crs_none")
        from overcut import _overcut

        code, name, _ = _overcut.crs_record(self.licences.crs)
        return self.letters.text("licence_picture.crs", crs=f"{code} ({name})" if code else name)

    def _list(self, figure: Figure, left: float, top: float, height_inch: float) -> None:
        """Write the corners as the paper has them: X north, Y east."""
        head = [self.letters.text(f"licence_picture.list_{each}") for each in ("number", "north", "east", "length")]
        if self.in_degrees:
            head = [
                head[0],
                *(self.letters.text(f"licence_picture.axis_{each}") for each in ("latitude", "longitude")),
                "",
            ]
        rows: list[list[str]] = []
        for ring in self.rings:
            about = self._about(self.licences[ring.licence], ring.part) if ring.hole == 0 else ""
            if about:
                rows.append([about])
            if ring.hole:
                rows.append([self.letters.text("licence_picture.hole", hole=ring.hole)])
            for at, (start, end) in enumerate(ring.edges()):
                digits = 6 if self.in_degrees else 2
                length = "" if self.in_degrees else f"{hypot(end[0] - start[0], end[1] - start[1]):.2f}"
                rows.append([self._label(ring, at), f"{start[1]:.{digits}f}", f"{start[0]:.{digits}f}", length])
        room = min(_MOST_LISTED, int((top * height_inch) / 0.165) - 2)
        shown = rows if len(rows) <= room else rows[: room - 1]
        line = 0.165 / height_inch
        right = [left + inch / figure.get_figwidth() for inch in _COLUMNS_INCH]
        for at, cells in enumerate([head, *shown]):
            y = top - at * line
            for place, cell in zip(right if len(cells) > 1 else [left + 0.01], cells, strict=True):
                figure.text(
                    place,
                    y,
                    cell,
                    fontsize="x-small",
                    ha="right" if len(cells) > 1 else "left",
                    va="top",
                    color="0.35" if at == 0 else "black",
                )
        if len(shown) < len(rows):
            left_out = sum(len(row) > 1 for row in rows[len(shown) :])
            figure.text(
                left + 0.01,
                top - (len(shown) + 1) * line,
                self.letters.text("licence_picture.more", count=left_out),
                fontsize="x-small",
                va="top",
            )


def _sense(ring: _Ring) -> float:
    """1 for a ring that runs anticlockwise, else -1."""
    x0, y0 = ring.corners[0]
    doubled = sum((a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0) for a, b in ring.edges())
    return 1.0 if doubled > 0.0 else -1.0


def _unit(x: float, y: float) -> tuple[float, float]:
    length = hypot(x, y) or 1.0
    return x / length, y / length


def _rgb(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(colour)
