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

from overcut import _overcut, classes, exceptions
from overcut.accuracy import Accuracy, ErrorModel, Registration
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
from overcut.layer import Layer
from overcut.licence import Licence, Part
from overcut.licence_reading import read_licences
from overcut.licences import Licences
from overcut.registering import error_model, register
from overcut.transformation import Transformation

__all__ = [
    "Accuracy",
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
    "Licence",
    "Licences",
    "OvercutError",
    "Part",
    "RasterInfo",
    "Registration",
    "Transformation",
    "ZoneReport",
    "assess",
    "assess_candidates",
    "classes",
    "competence_table",
    "error_model",
    "exceptions",
    "info",
    "read_assessment",
    "read_case",
    "read_licences",
    "register",
    "versions",
    "zones",
]

__version__ = _overcut.__version__

if _overcut.DEBUG_BUILD:
    import warnings

    warnings.warn(
        "overcut was built without optimisation and is many times slower; build it with `maturin develop --release`",
        RuntimeWarning,
        stacklevel=2,
    )
