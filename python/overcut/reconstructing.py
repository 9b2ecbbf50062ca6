"""Ground that was dug away before anybody surveyed it, made anew from what surrounds it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from overcut import _overcut
from overcut.dem import Dem
from overcut.exceptions import ParameterError
from overcut.messages import text
from overcut.regions import polygons_of, rings_of
from overcut.stated import number, positive_integer

if TYPE_CHECKING:
    import datetime

    from pandas import DataFrame

    from overcut.messages import Language

__all__ = ["PatchReconstruction", "Reconstruction", "reconstruct_surface"]

ReconstructionMethod = Literal["thin_plate", "laplace", "natural_neighbour", "regional"]


@dataclass(frozen=True)
class PatchReconstruction:
    """One patch of made ground, and its error from windows of the same shape on undisturbed ground.

    Attributes
    ----------
    area_m2 : float
        Plan area of its cells.
    mean_low_m, mean_high_m : float
        Interval of the mean error (made - true) over the patch.
    mean_sigma_m : float
        Standard error of its mean height.
    cell_sigma_m : float
        Standard error of one height in it.
    roughness_m : float
        How far the ground around it departs from a plane.
    windows : list of dict
        Held-out windows: place, mean and root mean square error, roughness.
    overlapping : int
        Windows that share ground with others, for want of room.
    confidence : float
    adjustment : dict or None
        How a regional surface was raised and tilted onto the ground around.
    """

    area_m2: float
    mean_low_m: float
    mean_high_m: float
    mean_sigma_m: float
    cell_sigma_m: float
    roughness_m: float
    windows: list[dict[str, float]]
    overlapping: int
    confidence: float
    adjustment: dict[str, float] | None

    def volume_interval_m3(self, volume_m3: float) -> tuple[float, float]:
        """Interval of a volume that was measured from the made ground downwards.

        Where the ground was made too high, the volume is too large.

        Examples
        --------
        >>> patch = PatchReconstruction(100.0, -0.2, 0.5, 0.2, 0.3, 1.0, [], 0, 0.9, None)
        >>> patch.volume_interval_m3(1000.0)
        (950.0, 1020.0)
        """
        return volume_m3 - self.mean_high_m * self.area_m2, volume_m3 - self.mean_low_m * self.area_m2

    def text(self, lang: Language = "en") -> str:
        """In a sentence."""
        values = {"count": len(self.windows), "percent": 100.0 * self.confidence}
        return text("volumes.made_here", lang, low_m=self.mean_low_m, high_m=self.mean_high_m, **values)


@dataclass(frozen=True)
class Reconstruction:
    """What was made anew in a surface.

    Attributes
    ----------
    method : str
    rim_m : float or None
        Ground around each patch that was used; None = half the root of its area.
    seed : int
        Of the places of held-out windows.
    patches : tuple of PatchReconstruction
        In the order in which they were given.
    """

    method: str
    rim_m: float | None
    seed: int
    patches: tuple[PatchReconstruction, ...]

    @property
    def table(self) -> DataFrame:
        """One row for each patch."""
        import pandas as pd

        columns = ("area_m2", "mean_low_m", "mean_high_m", "mean_sigma_m", "cell_sigma_m", "roughness_m", "overlapping")
        table: DataFrame = pd.DataFrame(
            [
                {**{name: getattr(patch, name) for name in columns}, "windows": len(patch.windows)}
                for patch in self.patches
            ]
        )
        return table


def reconstruct_surface(
    dem: Dem,
    patches: Any,
    *,
    method: ReconstructionMethod = "thin_plate",
    regional: Dem | None = None,
    disturbed: Any = None,
    rim_m: float | None = None,
    search_m: float | None = None,
    margin_cells: int = 1,
    windows: int = 59,
    confidence: float = 0.90,
    seed: int = 1,
    date: str | datetime.date | None = None,
    name: str | None = None,
) -> Dem:
    """Make the ground anew where it was dug away before the first survey.

    How wrong it is, is measured on ground that was never dug: footprints of the same size and shape are laid there,
    the ground in them is made in the same way, and compared with what is there.

    Parameters
    ----------
    dem : Dem
        The first survey, in which the pit is there already.
    patches : geometry, GeoDataFrame or list of geometries
        Outlines of the pits, in the CRS of the surface; each is made for itself.
    method : {"thin_plate", "laplace", "natural_neighbour", "regional"}
        From the rim: the plate that bends least, the membrane, natural neighbours. "regional" takes the shape of a
        coarser or older surface, raised and tilted onto the ground around.
    regional : Dem, optional
        For "regional": a regional elevation model, or contours through `surface_from_points`.
    disturbed : optional
        Further ground that was disturbed: used neither as rim nor for held-out windows.
    rim_m : float, optional
        Ground around a patch that is used; otherwise half the root of its area, at least four cells.
    search_m : float, optional
        How far from a patch undisturbed ground is sought for held-out windows; otherwise thirty times the root of its
        area. Near ground is like that of the patch; too little of it has no room.
    margin_cells : int
        Cells around a patch that are made too: brinks are rounded.
    windows : int
        Held-out windows for each patch.
    confidence : float
        Of the interval.
    seed : int
        Of the places of the windows.
    date : str or datetime.date, optional
        Day for which the surface stands; otherwise that of the survey less a day: it comes before it.
    name : str, optional
        Name in messages and results.

    Returns
    -------
    Dem
        With `reconstruction`. Its `sigma_m` is the standard error of one made height (the greatest of the patches)
        together with that of the survey.

    Raises
    ------
    ParameterError
        Too little undisturbed ground, around a patch or for windows.

    Examples
    --------
    >>> import numpy as np
    >>> import overcut as oc
    >>> y, x = np.mgrid[0:120.0, 0:120.0]
    >>> ground = 100 + 4 * np.sin(x / 17) * np.cos(y / 23)
    >>> dug = ground.copy()
    >>> dug[50:60, 60:70] -= 6.0
    >>> place = {"transform": (500000, 1, 0, 3940120, 0, -1), "crs": "EPSG:4546"}
    >>> pit = [(500060, 3940060), (500070, 3940060), (500070, 3940070), (500060, 3940070)]
    >>> made = oc.reconstruct_surface(oc.Dem(dug, date="2021-05-01", **place), pit)
    >>> patch = made.reconstruction.patches[0]
    >>> low, high = patch.volume_interval_m3(600.0)
    >>> low < 600.0 < high, high - low < 60.0
    (True, True)
    """
    if (method == "regional") != (regional is not None):
        raise ParameterError("method='regional' and regional=<a surface> go together")
    outlines = _outlines(patches)
    others = [] if disturbed is None else _outlines(disturbed)
    west, north, dx, dy, _, _ = dem._surface.grid
    made = _overcut.Ground.window(dem._surface, None, 0).heights()
    found = []
    for at, outline in enumerate(outlines):
        rest = [*outlines[:at], *outlines[at + 1 :], *others]
        rim = (
            max(0.5 * math.sqrt(outline.area), 4.0 * max(dx, dy)) if rim_m is None else number(rim_m, "rim_m", least=0)
        )
        reach = 30.0 * math.sqrt(outline.area) if search_m is None else number(search_m, "search_m", least=0)
        bounds = list(outline.buffer(reach + rim).bounds)
        window = _overcut.Ground.window(dem._surface, bounds, 0)
        grid = window.grid or dem._surface.grid
        coarse = None
        if regional is not None:
            coarse = _overcut.Ground.window(regional._surface, bounds, 0, grid=dem._surface).heights()
        cells, values, record = _overcut.reconstruct_patch(
            window.heights(),
            grid,
            rings_of(outline),
            [ring for each in rest for ring in rings_of(each)],
            method=method,
            regional=coarse,
            margin=int(margin_cells),
            rim_m=rim,
            windows=positive_integer(windows, "windows"),
            seed=int(seed),
            confidence=number(confidence, "confidence", least=0),
        )
        held_out, adjustment = json.loads(record)
        row, col = round((north - grid[1]) / dy), round((grid[0] - west) / dx)
        made[row + cells // grid[5], col + cells % grid[5]] = values
        found.append(
            PatchReconstruction(
                area_m2=len(cells) * dx * dy,
                **{key: held_out[key] for key in ("mean_low_m", "mean_high_m", "mean_sigma_m", "cell_sigma_m")},
                roughness_m=held_out["roughness_m"],
                windows=held_out["windows"],
                overlapping=held_out["overlapping"],
                confidence=held_out["confidence"],
                adjustment=adjustment,
            )
        )
    worst = max(patch.cell_sigma_m for patch in found)
    import datetime as dt

    surface = Dem(
        np.ascontiguousarray(made),
        date=dem.date - dt.timedelta(days=1) if date is None else date,
        sigma_m=math.hypot(worst, dem.sigma_m or 0.0),
        vertical_datum=dem.vertical_datum,
        crs=dem.crs,
        transform=(west, dx, 0.0, north, 0.0, -dy),
        name=name or f"{dem.name}, reconstructed ({method})",
    )
    surface._reconstruction = Reconstruction(method, rim_m, int(seed), tuple(found))
    return surface


def _outlines(patches: Any) -> list[Any]:
    geometry = getattr(patches, "geometry", None)
    if geometry is not None and not hasattr(patches, "geom_type"):
        return [polygons_of(each) for each in geometry]
    if isinstance(patches, (list, tuple)) and patches and hasattr(patches[0], "__geo_interface__"):
        return [polygons_of(each) for each in patches]
    return [polygons_of(patches)]
