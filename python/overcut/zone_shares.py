"""What of each patch lies in each zone: area by the geometry, volume by the measured difference."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.exceptions import OvercutError
from overcut.stated import path_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry

    from overcut.assessment import Assessment
    from overcut.zone_layers import ZoneLayer

__all__ = ["Measured", "PatchGround", "Piece", "measured_shares"]

_DUST_M2 = 1e-6
"""Areas below are rounding where a zone ends on the outline of a patch."""


@dataclass(frozen=True)
class PatchGround:
    """A patch.

    Attributes
    ----------
    id, interval, change, attribution
        As in the tables of an assessment.
    volume_m3, area_m2 : float
        Measured volume, and area inside the outline.
    outline : geometry
        Outline, along cells.
    """

    id: str
    interval: int
    change: str
    attribution: str
    volume_m3: float
    area_m2: float
    outline: BaseGeometry


@dataclass(frozen=True)
class Piece:
    """What of a patch lies in a zone."""

    patch: PatchGround
    kind: str
    zone: str
    geometry: BaseGeometry
    area_m2: float
    volume_m3: float


@dataclass(frozen=True)
class Measured:
    """All pieces.

    Attributes
    ----------
    patches : tuple of PatchGround
        Every patch, cut first.
    pieces : tuple of Piece
        In the order of patches, layers and zones.
    rests : dict
        Area and volume of a patch outside all zones of a layer, by patch and kind.
    measured : bool
        Whether volumes are sums of the measured difference; otherwise shares of area.
    """

    patches: tuple[PatchGround, ...]
    pieces: tuple[Piece, ...]
    rests: dict[tuple[str, str], tuple[float, float]]
    measured: bool

    def pieces_of(self, patch: str, layer: ZoneLayer) -> list[Piece]:
        """Pieces of a patch in a layer."""
        return [piece for piece in self.pieces if piece.patch.id == patch and piece.kind == layer.kind]

    def outside(self, patch: PatchGround, layer: ZoneLayer) -> tuple[float, float] | None:
        """Area and volume of a patch outside all zones of a layer; None if it has none."""
        return self.rests.get((patch.id, layer.kind))


def measured_shares(case: Assessment, layers: Iterable[ZoneLayer]) -> Measured:
    """Cut every patch by every zone, and measure the pieces.

    Parameters
    ----------
    case : Assessment
        Assessment.
    layers : iterable of ZoneLayer
        In the CRS of the case.

    Returns
    -------
    Measured
    """
    import shapely

    patches = _patches(case)
    cut: list[tuple[PatchGround, str, str | None, BaseGeometry]] = []
    for layer in layers:
        shapes = [shape for _, shape in layer.shapes]
        tree = shapely.STRtree(shapes)
        whole = shapely.union_all(shapes)
        for patch in patches:
            for at in sorted(tree.query(patch.outline)):
                piece = _polygons(shapely.intersection(patch.outline, shapes[at]))
                if piece.area > _DUST_M2:
                    cut.append((patch, layer.kind, layer.shapes[at][0], piece))
            rest = _polygons(shapely.difference(patch.outline, whole))
            if rest.area > _DUST_M2:
                cut.append((patch, layer.kind, None, rest))
    volumes = _volumes(case, [(patch, piece) for patch, _, _, piece in cut])
    pieces, rests = [], {}
    for position, (patch, kind, zone, geometry) in enumerate(cut):
        area_m2 = float(geometry.area)
        volume_m3 = patch.volume_m3 * area_m2 / patch.area_m2 if volumes is None else volumes[position]
        if zone is None:
            rests[(patch.id, kind)] = (area_m2, volume_m3)
        else:
            pieces.append(Piece(patch, kind, zone, geometry, area_m2, volume_m3))
    order = {patch.id: number for number, patch in enumerate(patches)}
    pieces.sort(key=lambda piece: order[piece.patch.id])
    return Measured(patches, tuple(pieces), rests, volumes is not None)


def _patches(case: Assessment) -> tuple[PatchGround, ...]:
    found = []
    for change, table in (("cut", case.patches), ("fill", case.fills)):
        for row in table.itertuples():
            outline = row.geometry
            found.append(
                PatchGround(
                    row.patch, row.interval, change, row.attribution, row.volume_m3, float(outline.area), outline
                )
            )
    return tuple(found)


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    """Polygons of an intersection, without the lines and points where two grounds only touch."""
    import shapely

    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def _volumes(case: Assessment, pieces: list[tuple[PatchGround, BaseGeometry]]) -> list[float] | None:
    """Measured volume of each piece; None where no difference raster is at hand."""
    if not pieces:
        return []
    rasters = [path for path in case.rasters if path.name.startswith("dod_") and path.is_file()]
    if len(rasters) == len(case.intervals):
        return _summed(rasters, pieces)
    with tempfile.TemporaryDirectory(prefix="overcut-") as directory:
        try:
            written = case.to_cog(Path(directory) / "rasters")
        except OvercutError:
            return None
        return _summed([path for path in written if path.name.startswith("dod_")], pieces)


def _summed(rasters: list[Path], pieces: list[tuple[PatchGround, BaseGeometry]]) -> list[float]:
    volumes = [0.0] * len(pieces)
    for interval, path in enumerate(rasters):
        # The day of a difference has no meaning; nothing but its values is read.
        stated: dict[str, Any] = dict.fromkeys(
            ("name", "date", "sigma_m", "vertical_datum", "crs", "nodata", "band"), None
        )
        surface = _overcut.open_raster(path_text(path, "difference"), stated)
        owners, rings = [], []
        for position, (patch, piece) in enumerate(pieces):
            if patch.interval == interval:
                for polygon in piece.geoms:
                    owners.append((position, -1.0 if patch.change == "cut" else 1.0))
                    rings.append([list(ring.coords) for ring in (polygon.exterior, *polygon.interiors)])
        for (position, sign), (volume_m3, _) in zip(owners, _overcut.zonal_sums(surface, rings), strict=True):
            volumes[position] += sign * volume_m3
    return volumes
