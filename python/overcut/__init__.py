"""How much was dug where it was not allowed: terrain surfaces against mining licences.

    import overcut as oc

    case = oc.assess(
        [oc.Dem("2021.tif", date="2021-05-01", sigma_m=0.10), oc.Dem("2024.tif", date="2024-05-20", sigma_m=0.08)],
        "licences.gpkg",
        vertical_datum="1985",
    )
    case.by_licence, case.patches, case.totals

Units are in names: heights m, areas m², volumes m³, masses t. `cut` was removed, `fill` added; both are `>= 0`.
"""

from typing import TYPE_CHECKING, Any

from overcut import _overcut, batch, classes, exceptions
from overcut.accuracy import Accuracy, ErrorModel, Registration
from overcut.adjustments import Adjustment
from overcut.appraising import appraise
from overcut.assessing import assess
from overcut.assessment import Assessment, Grid, read_assessment
from overcut.candidates import Candidates, assess_candidates
from overcut.case import Case, read_case
from overcut.competence import ZoneReport, competence_table, zones
from overcut.dem import Dem
from overcut.exceptions import OvercutError
from overcut.findings import Finding, Findings
from overcut.height_shift import HeightShift
from overcut.info import RasterInfo, info, versions
from overcut.layer import Layer, LayerPart
from overcut.licence import Licence, Part
from overcut.licence_reading import read_licences
from overcut.licences import Licences
from overcut.limits import Act, Limit, add_up, limits, read_limits
from overcut.material import Material
from overcut.plane import Plane
from overcut.points import SurveyPoints, read_points
from overcut.price import Price
from overcut.profiles import Section, section
from overcut.ranking import Ranking, RankingModel, rank
from overcut.reconstructing import Reconstruction, reconstruct_surface
from overcut.registering import error_model, register
from overcut.resources import Resources
from overcut.series import Series
from overcut.stated_value import Stated
from overcut.surfaces import PointQuality, surface_from_points
from overcut.tiles import Tile, Tiles, read_tiles
from overcut.transformation import Transformation
from overcut.verification import Verification, verify
from overcut.volume_result import Volumes
from overcut.volumes import volumes

if TYPE_CHECKING:
    from overcut.ledger import Comparison as Comparison
    from overcut.ledger import Ledger as Ledger

__all__ = [
    "Accuracy",
    "Act",
    "Adjustment",
    "Assessment",
    "Candidates",
    "Case",
    "Dem",
    "ErrorModel",
    "Finding",
    "Findings",
    "Grid",
    "HeightShift",
    "Layer",
    "LayerPart",
    "Licence",
    "Licences",
    "Limit",
    "Material",
    "OvercutError",
    "Part",
    "Plane",
    "PointQuality",
    "Price",
    "Ranking",
    "RankingModel",
    "RasterInfo",
    "Reconstruction",
    "Registration",
    "Resources",
    "Section",
    "Series",
    "Stated",
    "SurveyPoints",
    "Tile",
    "Tiles",
    "Transformation",
    "Verification",
    "Volumes",
    "ZoneReport",
    "add_up",
    "appraise",
    "assess",
    "assess_candidates",
    "batch",
    "classes",
    "competence_table",
    "error_model",
    "exceptions",
    "info",
    "limits",
    "rank",
    "read_assessment",
    "read_case",
    "read_licences",
    "read_limits",
    "read_points",
    "read_tiles",
    "reconstruct_surface",
    "register",
    "section",
    "surface_from_points",
    "verify",
    "versions",
    "volumes",
    "zones",
]

__version__ = _overcut.__version__


def __getattr__(name: str) -> Any:
    # What needs an optional package is imported when it is first asked for.
    if name in ("Comparison", "Ledger"):
        from overcut import ledger

        return getattr(ledger, name)
    raise AttributeError(f"module 'overcut' has no attribute {name!r}")


if _overcut.DEBUG_BUILD:
    import warnings

    warnings.warn(
        "overcut was built without optimisation and is many times slower; build it with `maturin develop --release`",
        RuntimeWarning,
        stacklevel=2,
    )
