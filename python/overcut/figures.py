"""Figures of what is known about the errors of a comparison.

They draw what the record says: `model` is the record of an error model (`ErrorModel.to_dict()`), `registration` that
of a registration, `grid` that of the common grid. Each returns the axes it drew on, takes others as `ax`, and letters
them in English or Chinese (`lang`). matplotlib is imported when the first figure is drawn
(`pip install "overcut[plot]"`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from overcut.drawing import sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from overcut.fonts import Lettering

    Values = NDArray[np.float64]

__all__ = ["aspect_fit", "error_by_slope", "residual_histogram", "residual_map", "variogram"]

Record = dict[str, Any]

# Okabe & Ito's colours, which people with any kind of colour vision tell apart.
BEFORE, AFTER, FIT = "#E69F00", "#0072B2", "#D55E00"
DIVERGING = "RdBu"

LEAST_SPAN_M = 0.001
"""Least span of the colours of a map, metres: where nothing is left, nothing shows."""
STEEPEST_DEG = 60.0
"""End of the curve of a model that was stated, not found."""
CURVE_POINTS = 200
SIZE_INCH = (6.4, 4.8)


def error_by_slope(model: Record, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw the spread of differences by slope, and the standard deviation that follows from it.

    Parameters
    ----------
    model : dict
        Record of an error model.
    ax : matplotlib.axes.Axes, optional
        Where to draw; otherwise a new figure.
    lang : {"en", "zh"}
        Language of the labels.

    Returns
    -------
    matplotlib.axes.Axes
    """
    with sheet(ax, lang, None, size_inch=SIZE_INCH) as (axes, letters):
        sigma = model["sigma"]
        bins = sigma["bins"]
        if bins:
            at_deg = _slope_deg(_column(bins, "slope_squared"))
            low, high = at_deg - _column(bins, "from_deg"), _column(bins, "to_deg") - at_deg
            # A bin's place is a median, which rounding may put a hair outside its bin.
            reach = np.maximum(np.stack([low, high]), 0.0)
            axes.errorbar(
                at_deg,
                _column(bins, "nmad_m"),
                xerr=reach,
                fmt="o",
                color=AFTER,
                ecolor="0.7",
                label=letters.text("figures.nmad_stable"),
            )
        steepest_deg = max((each["to_deg"] for each in bins), default=STEEPEST_DEG)
        slope_deg = np.linspace(0.0, min(steepest_deg, STEEPEST_DEG), CURVE_POINTS)
        axes.plot(
            slope_deg,
            _sigma_m(sigma, np.tan(np.radians(slope_deg)) ** 2),
            color=FIT,
            label=letters.text("figures.model"),
        )
        axes.set(xlabel=letters.text("figures.slope"), ylabel=letters.text("figures.sigma"))
        axes.set_xlim(left=0.0)
        axes.set_ylim(bottom=0.0)
        axes.legend()
    return axes


def variogram(model: Record, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw how errors of neighbours go together: semivariance by distance, found and fitted.

    Points are the larger, the more pairs they stand for.

    Parameters
    ----------
    model : dict
        Record of an error model.
    ax : matplotlib.axes.Axes, optional
        Where to draw; otherwise a new figure.
    lang : {"en", "zh"}
        Language of the labels.

    Returns
    -------
    matplotlib.axes.Axes
    """
    with sheet(ax, lang, None, size_inch=SIZE_INCH) as (axes, letters):
        found = model["variogram"]
        lags = found["lags"]
        nearest_m, farthest_m = 1.0, 1000.0
        if lags:
            distance_m, pairs = _column(lags, "distance_m"), _column(lags, "pairs")
            area = 10.0 + 90.0 * np.sqrt(pairs / max(pairs.max(), 1.0))
            axes.scatter(
                distance_m,
                _column(lags, "semivariance"),
                s=area,
                color=AFTER,
                alpha=0.7,
                label=letters.text("figures.found"),
            )
            nearest_m, farthest_m = distance_m.min(), distance_m.max()
        distance_m = np.geomspace(nearest_m, farthest_m, CURVE_POINTS)
        axes.plot(distance_m, _semivariance(found, distance_m), color=FIT, label=_formula(found, letters))
        axes.set_xscale("log")
        axes.set(xlabel=letters.text("figures.distance"), ylabel=letters.text("figures.semivariance"))
        axes.set_ylim(bottom=0.0)
        axes.legend()
    return axes


def residual_histogram(registration: Record, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw how often which difference occurs on stable ground, before and after registration.

    Parameters
    ----------
    registration : dict
        Record of a registration.
    ax : matplotlib.axes.Axes, optional
        Where to draw; otherwise a new figure.
    lang : {"en", "zh"}
        Language of the labels.

    Returns
    -------
    matplotlib.axes.Axes
    """
    with sheet(ax, lang, None, size_inch=SIZE_INCH) as (axes, letters):
        histogram = registration["histogram"]
        counts = len(histogram["before"])
        edges = histogram["from_m"] + histogram["width_m"] * np.arange(counts + 1)
        axes.stairs(histogram["before"], edges, color=BEFORE, linewidth=1.5, label=letters.text("figures.before"))
        if histogram["after"] is not None:
            axes.stairs(
                histogram["after"], edges, color=AFTER, fill=True, alpha=0.5, label=letters.text("figures.after")
            )
        axes.axvline(0.0, color="0.5", linewidth=0.8)
        axes.set(xlabel=letters.text("figures.difference"), ylabel=letters.text("figures.cells"))
        axes.legend()
    return axes


def aspect_fit(registration: Record, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw the difference over the slope against the aspect: a shift shows as a wave (Nuth & Kääb 2011).

    Parameters
    ----------
    registration : dict
        Record of a registration.
    ax : matplotlib.axes.Axes, optional
        Where to draw; otherwise a new figure.
    lang : {"en", "zh"}
        Language of the labels.

    Returns
    -------
    matplotlib.axes.Axes
    """
    with sheet(ax, lang, None, size_inch=SIZE_INCH) as (axes, letters):
        bins = registration["aspect"]
        aspect_deg = _column(bins, "aspect_deg")
        axes.plot(aspect_deg, _column(bins, "before_m"), "o", color=BEFORE, label=letters.text("figures.before"))
        axes.plot(aspect_deg, _column(bins, "fitted_m"), color=FIT, label=letters.text("figures.fitted"))
        axes.axhline(0.0, color="0.5", linewidth=0.8)
        axes.set(xlabel=letters.text("figures.aspect"), ylabel=letters.text("figures.over_slope"))
        axes.set_xlim(0.0, 360.0)
        axes.set_xticks(range(0, 361, 45))
        axes.legend()
    return axes


def residual_map(
    registration: Record,
    grid: Record,
    *,
    when: Literal["before", "after"] = "after",
    ax: Axes | None = None,
    lang: str = "en",
) -> Axes:
    """Draw where stable ground was sampled, coloured by the median difference there.

    Parameters
    ----------
    registration : dict
        Record of a registration.
    grid : dict
        Record of the common grid.
    when : {"after", "before"}
        Whether differences after or before registration are shown.
    ax : matplotlib.axes.Axes, optional
        Where to draw; otherwise a new figure.
    lang : {"en", "zh"}
        Language of the labels.

    Returns
    -------
    matplotlib.axes.Axes
    """
    with sheet(ax, lang, None, size_inch=SIZE_INCH) as (axes, letters):
        from matplotlib.collections import PatchCollection
        from matplotlib.patches import Rectangle

        tiles = [tile for tile in registration["stable"]["tiles"] if tile[f"median_{when}_m"] is not None]
        rectangles = PatchCollection(
            [Rectangle(*_place(tile["window"], grid)) for tile in tiles], cmap=DIVERGING, edgecolor="0.4", linewidth=0.4
        )
        medians_m = _column(tiles, f"median_{when}_m")
        rectangles.set_array(medians_m)
        span_m = max(float(np.abs(medians_m).max(initial=0.0)), LEAST_SPAN_M)
        rectangles.set_clim(-span_m, span_m)
        axes.add_collection(rectangles)
        axes.figure.colorbar(rectangles, ax=axes, label=letters.text(f"figures.median_{when}"))
        west, north = grid["west"], grid["north"]
        axes.set_xlim(west, west + grid["dx"] * grid["shape"]["cols"])
        axes.set_ylim(north - grid["dy"] * grid["shape"]["rows"], north)
        axes.set_aspect("equal")
        axes.ticklabel_format(style="plain", useOffset=False)
        axes.locator_params(nbins=4)
        axes.set(xlabel=letters.text("plots.east"), ylabel=letters.text("plots.north"))
    return axes


def _column(rows: list[Record], name: str) -> Values:
    return np.array([row[name] for row in rows], dtype=np.float64)


def _slope_deg(slope_squared: Values) -> Values:
    return np.degrees(np.arctan(np.sqrt(slope_squared)))


def _sigma_m(sigma: Record, slope_squared: Values) -> Values:
    """Evaluate the model: its square is piecewise linear in the square of the slope."""
    variance_m2 = np.full_like(slope_squared, sigma["flat_variance_m2"])
    for from_squared, rise in sigma["kinks"]:
        variance_m2 += rise * np.maximum(slope_squared - from_squared, 0.0)
    return np.sqrt(variance_m2)


def _semivariance(found: Record, distance_m: Values) -> Values:
    """Evaluate the model; ranges of the gaussian and the exponential part are where 95 % of the sill are reached."""
    total = np.full_like(distance_m, found["nugget"])
    for structure in found["structures"]:
        ratio = distance_m / structure["range_m"]
        if structure["kind"] == "spherical":
            ratio = np.minimum(ratio, 1.0)
            risen = 1.5 * ratio - 0.5 * ratio**3
        elif structure["kind"] == "gaussian":
            risen = 1.0 - np.exp(-3.0 * ratio**2)
        else:
            risen = 1.0 - np.exp(-3.0 * ratio)
        total += structure["sill"] * risen
    return total


def _formula(found: Record, letters: Lettering) -> str:
    """Parts of the fitted variogram, for the legend."""
    parts = [letters.text("figures.nugget", sill=f"{found['nugget']:.2g}")]
    parts += [
        letters.text(
            "figures.structure",
            kind=letters.text(f"figures.{each['kind']}"),
            sill=f"{each['sill']:.2g}",
            range=f"{each['range_m']:.3g}",
        )
        for each in found["structures"]
    ]
    return "\n+ ".join(parts)


def _place(window: Record, grid: Record) -> tuple[tuple[float, float], float, float]:
    """South-western corner, width and height of a window of cells, metres."""
    height_m = window["rows"] * grid["dy"]
    west = grid["west"] + window["col"] * grid["dx"]
    south = grid["north"] - window["row"] * grid["dy"] - height_m
    return (west, south), window["cols"] * grid["dx"], height_m
