"""Sections as objects: the ground along a line, before and after, with bands, layers and the level of detection."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from overcut import _overcut
from overcut.exceptions import ParameterError
from overcut.fonts import lettering
from overcut.messages import language
from overcut.stated import number

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from pandas import DataFrame

    from overcut.assessment import Assessment
    from overcut.dem import Dem

__all__ = ["Section", "section"]

# Okabe & Ito's colours, which people with any kind of colour vision tell apart.
_CUT, _FILL, _BEFORE, _AFTER, _BAND = "#D55E00", "#0072B2", "#7A7A7A", "#000000", "#009E73"
_MARGIN = 3
"""Cells around a line: triangles reach to the next cell centre."""
_ASIDE_M = 0.01
_SHAPE = 3.0
"""Width of a figure over its height that the exaggeration aims at."""


class Section:
    """Ground along a line.

    Attributes
    ----------
    table : DataFrame
        A row wherever one of the surfaces bends: ``distance_m`` along the line, ``x``, ``y``, a column ``z_<date>``
        for each surface (registered as in the assessment; missing outside it), ``roof <layer>`` and ``floor <layer>``
        of each layer, and ``lod_m``, the level of detection of the interval there. Between two rows
        everything is straight.
    bands : DataFrame
        Where the line lies in which part of which licence: ``licence``, ``part``, ``from_m``, ``to_m``, ``floor_m``,
        ``ceiling_m``.
    areas_m2 : dict
        Area removed (``cut_m2``) and added (``fill_m2``) in the section, over its whole length.
    """

    def __init__(
        self, table: DataFrame, bands: DataFrame, dates: tuple[str, ...], interval: int, areas_m2: dict[str, float]
    ) -> None:
        self.table = table
        self.bands = bands
        self.areas_m2 = areas_m2
        self.dates = dates
        self.interval = interval

    @property
    def length_m(self) -> float:
        """Length of the line."""
        return float(self.table["distance_m"].iloc[-1])

    def _height(self, position: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        return self.table[f"z_{self.dates[position]}"].to_numpy(dtype=np.float64)

    def plot(
        self,
        *,
        ax: Axes | None = None,
        exaggeration: float | None = None,
        lang: str = "en",
        font: str | os.PathLike[str] | None = None,
    ) -> Axes:
        """Draw the section; the vertical exaggeration stands in the title.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; otherwise a new figure.
        exaggeration : float, optional
            How many times heights are stretched against lengths; otherwise 1, 2, 5, 10, … as the ground allows.
        lang : {"en", "zh"}
            Language of the labels.
        font : str or os.PathLike, optional
            For Chinese, as in the other plots.

        Returns
        -------
        matplotlib.axes.Axes
        """
        language(lang)
        with lettering(lang, font=font) as letters:
            from matplotlib import pyplot as plt

            at = self.table["distance_m"].to_numpy()
            before, after = self._height(self.interval), self._height(self.interval + 1)
            low, high = float(np.nanmin([before, after])), float(np.nanmax([before, after]))
            margin = 0.08 * max(high - low, 0.5)
            stretched = _exaggeration(self.length_m, high - low) if exaggeration is None else exaggeration
            stretched = number(stretched, "exaggeration", least=0)
            own = ax is None
            if ax is None:
                share = stretched * (high - low + 2.0 * margin) / self.length_m
                _, ax = plt.subplots(figsize=(10.0, min(8.8 * share + 1.9, 12.0)), layout="constrained")
            for name in self.table.columns:
                if name.startswith(("roof ", "floor ")):
                    ax.plot(at, self.table[name], color="#CC79A7", linewidth=0.9, linestyle="--")
                    known = self.table[name].dropna()
                    if len(known):
                        ax.annotate(
                            letters.drawable(name),
                            (float(at[int(known.index[-1])]), float(known.iloc[-1])),
                            fontsize=7,
                            color="#CC79A7",
                            ha="right",
                            va="bottom",
                        )
            removed = letters.text("volumes.removed")
            ax.fill_between(
                at, before, after, where=after < before, interpolate=True, color=_CUT, alpha=0.35, lw=0, label=removed
            )
            added = letters.text("volumes.added")
            ax.fill_between(
                at, before, after, where=after > before, interpolate=True, color=_FILL, alpha=0.35, lw=0, label=added
            )
            lod = self.table["lod_m"].to_numpy()
            if np.isfinite(lod).any():
                detection = letters.text("volumes.detection")
                ax.fill_between(at, before - lod, before + lod, color=_BEFORE, alpha=0.25, lw=0, label=detection)
            for position, date in enumerate(self.dates):
                shown = position in (self.interval, self.interval + 1)
                ax.plot(
                    at,
                    self._height(position),
                    color=_AFTER if position == self.interval + 1 else _BEFORE,
                    linewidth=1.3 if shown else 0.7,
                    linestyle="-" if shown else ":",
                    label=date,
                )
            self._draw_bands(ax, letters, (low, high))
            ax.set_aspect(stretched, adjustable="box")
            ax.set_xlim(0.0, self.length_m)
            ax.set_ylim(low - margin, high + margin)
            ax.ticklabel_format(axis="y", useOffset=False)
            title = "section_title_true" if stretched == 1 else "section_title"
            ax.set_title(letters.text(f"volumes.{title}", exaggeration=stretched), fontsize=10)
            ax.set_xlabel(letters.text("volumes.distance_axis"))
            ax.set_ylabel(letters.text("volumes.height_axis"))
            if own:
                handles, labels = ax.get_legend_handles_labels()
                ax.figure.legend(handles, labels, fontsize=7, loc="outside lower center", ncols=4, frameon=False)
            else:
                ax.legend(fontsize=7, frameon=False)
            if letters.note:
                ax.figure.text(0.01, 0.005, letters.note, fontsize=6)
        return ax

    def _draw_bands(self, ax: Axes, letters: Any, reach: tuple[float, float]) -> None:
        named: set[str] = set()
        for band in self.bands.to_dict("records"):
            floor, ceiling = band["floor_m"], band["ceiling_m"]
            values = {"licence": band["licence"], "floor_m": floor, "ceiling_m": ceiling}
            known = math.isfinite(floor)
            label = (
                letters.text("volumes.band", **values)
                if known
                else letters.text("volumes.no_band", licence=band["licence"])
            )
            shown = None if label in named else label
            named.add(label)
            low, high = (floor, ceiling) if known else reach
            ax.fill_between([band["from_m"], band["to_m"]], low, high, color=_BAND, alpha=0.10, lw=0, label=shown)
            if known:
                for level in (floor, ceiling):
                    ax.plot([band["from_m"], band["to_m"]], [level, level], color=_BAND, linewidth=1.0)

    def __repr__(self) -> str:
        areas = self.areas_m2
        return (
            f"<Section of {self.length_m:.1f} m, {self.dates[self.interval]} to {self.dates[self.interval + 1]}: "
            f"{areas['cut_m2']:,.1f} m² removed, {areas['fill_m2']:,.1f} m² added>"
        )


def section(
    case: Assessment | Sequence[Dem],
    line: Any,
    *,
    interval: int | None = None,
    surfaces: Sequence[Dem] | None = None,
) -> Section:
    """Cut surfaces along a line.

    Parameters
    ----------
    case : Assessment, or two Dem
        The assessment, whose registration is used and whose licences and layers are shown; or two surfaces as they lie.
    line : LineString or sequence of points
        Corners (x, y) in the CRS of the grid.
    interval : int, optional
        Comparison whose areas and level of detection are given; otherwise the first.
    surfaces : sequence of Dem, optional
        Surfaces of an assessment that was read from a record.

    Returns
    -------
    Section

    Raises
    ------
    ParameterError
        The line has less than two different points.
    NoOverlapError
        It lies beyond the surfaces.

    Examples
    --------
    >>> import numpy as np
    >>> import overcut as oc
    >>> place = {"transform": (500000, 1, 0, 3940040, 0, -1), "crs": "EPSG:4546"}
    >>> before = np.full((40, 40), 100.0)
    >>> after = before.copy()
    >>> after[:, 10:20] -= 2.0
    >>> pair = [oc.Dem(before, date="2021-05-01", **place), oc.Dem(after, date="2024-05-20", **place)]
    >>> oc.section(pair, [(500005, 3940020), (500030, 3940020)])
    <Section of 25.0 m, 2021-05-01 to 2024-05-20: 20.0 m² removed, 0.0 m² added>
    """
    corners = _corners(line)
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    # A line along the side of cells has no width.
    bounds = [min(xs) - _ASIDE_M, min(ys) - _ASIDE_M, max(xs) + _ASIDE_M, max(ys) + _ASIDE_M]
    names: list[str] = []
    layers: list[_LayerBound] = []
    if isinstance(case, (list, tuple)):
        from overcut.volumes import grounds_of

        found = grounds_of(case, 0, (bounds[0], bounds[1], bounds[2], bounds[3]))
        grounds, dates, chosen, record = [found.before, found.after], list(found.dates), 0, None
    else:
        chosen = 0 if interval is None else interval
        assessment: Any = case
        data, record = assessment._data, assessment._record
        if not 0 <= chosen < len(data["intervals"]):
            raise ParameterError(f"interval is {interval!r}; the assessment has {len(data['intervals'])}, from 0")
        dems = assessment.surfaces_at_hand(surfaces)
        dates = [dem.date.isoformat() for dem in dems]
        grounds = [
            _overcut.Ground.window(dem._surface, bounds, _MARGIN, registered=(record, position))
            for position, dem in enumerate(dems)
        ]
        layers = [bound for layer in assessment._layers for bound in _layer_bounds(layer)]
        for bound in layers:
            if isinstance(bound.where, _overcut.Surface):
                grounds.append(_overcut.Ground.window(bound.where, bounds, _MARGIN, registered=(record, None)))
                names.append(bound.column)
    # The slope that the level of detection follows is that of the two surfaces of the interval.
    pair = [chosen, chosen + 1]
    order = [*pair, *(at for at in range(len(grounds)) if at not in pair)]
    places, heights, (cut_m2, fill_m2) = _overcut.profile([grounds[at] for at in order], corners)
    from pandas import DataFrame

    table = DataFrame(places, columns=["distance_m", "x", "y"])
    columns = [*(f"z_{date}" for date in dates), *names]
    for position, name in enumerate(columns):
        table[name] = heights[:, order.index(position)]
    for bound in layers:
        bound.into(table)
    lod = np.full(len(table), np.nan)
    if record is not None:
        lod = np.array(_overcut.detection_levels(record, chosen, heights[:, -1].tolist()))
    table["lod_m"] = lod
    bands = _bands(case, corners)
    return Section(table, bands, tuple(dates), chosen, {"cut_m2": cut_m2, "fill_m2": fill_m2})


@dataclass(frozen=True)
class _LayerBound:
    """Roof or floor of a layer, or of one of its parts."""

    column: str
    where: Any
    """A surface, an elevation, or a plane that tells its height at a place."""
    polygon: Any

    def into(self, table: DataFrame) -> None:
        """Complete its column."""
        x, y = table["x"].to_numpy(), table["y"].to_numpy()
        if hasattr(self.where, "height_m"):
            table[self.column] = [self.where.height_m(*at) for at in zip(x, y, strict=True)]
        elif isinstance(self.where, float):
            table[self.column] = self.where
        if self.polygon is not None:
            import shapely

            table.loc[~shapely.intersects_xy(self.polygon, x, y), self.column] = np.nan


def _layer_bounds(layer: Any) -> list[_LayerBound]:
    parts = getattr(layer, "_parts", None) or [(layer._roof, layer._floor, None)]
    found = []
    for at, (roof, floor, polygon) in enumerate(parts, 1):
        of = layer.name if len(parts) == 1 else f"{layer.name}, {at}"
        found += [_LayerBound(f"roof {of}", roof, polygon), _LayerBound(f"floor {of}", floor, polygon)]
    return found


def _corners(line: Any) -> list[tuple[float, float]]:
    given = getattr(line, "coords", line)
    try:
        corners = [(float(point[0]), float(point[1])) for point in given]
    except (TypeError, ValueError, IndexError, KeyError):
        corners = []
    finite = all(math.isfinite(value) for corner in corners for value in corner)
    if len(set(corners)) < 2 or not finite:  # noqa: PLR2004
        raise ParameterError("a section needs a line of at least two different points (x, y)")
    return corners


def _bands(case: Any, corners: list[tuple[float, float]]) -> DataFrame:
    import pandas as pd
    from shapely import LineString, Point
    from shapely.geometry import shape

    line = LineString(corners)
    rows = []
    licences = [] if isinstance(case, (list, tuple)) else case._data["licences"]
    for licence in licences:
        for number_of, part in enumerate(licence["parts"], 1):
            inside = line.intersection(shape(part["polygon"]))
            for piece in getattr(inside, "geoms", [inside]):
                if piece.geom_type != "LineString" or piece.is_empty:
                    continue
                ends = sorted(line.project(Point(piece.coords[end])) for end in (0, -1))
                band = part["band"] or {"floor_m": math.nan, "ceiling_m": math.nan}
                rows.append(
                    {
                        "licence": licence["id"],
                        "part": number_of,
                        "from_m": ends[0],
                        "to_m": ends[1],
                        "floor_m": band["floor_m"],
                        "ceiling_m": band["ceiling_m"],
                    }
                )
    rows.sort(key=lambda row: (row["from_m"], row["licence"], row["part"]))
    bands: DataFrame = pd.DataFrame(rows, columns=["licence", "part", "from_m", "to_m", "floor_m", "ceiling_m"])
    return bands


def _exaggeration(length_m: float, height_m: float) -> float:
    """Largest of 1, 2, 5, 10, … that leaves the figure `_SHAPE` times as wide as high."""
    wanted = length_m / (_SHAPE * max(height_m, 0.5))
    fitting = [step * 10.0**power for power in range(4) for step in (1.0, 2.0, 5.0) if step * 10.0**power <= wanted]
    return max(fitting, default=1.0)
