"""The chapters of a report, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overcut.report.chapters.accuracy import registration_and_accuracy
from overcut.report.chapters.appendices import APPENDICES
from overcut.report.chapters.basis import basis
from overcut.report.chapters.classes import standing
from overcut.report.chapters.conclusion import conclusion
from overcut.report.chapters.overview import overview
from overcut.report.chapters.surveys import surveys
from overcut.report.chapters.uncertainty import uncertainty
from overcut.report.chapters.value import value
from overcut.report.chapters.volumes import volumes

if TYPE_CHECKING:
    from collections.abc import Callable

    from overcut.report.building import Building
    from overcut.report.content import Chapter

__all__ = ["CHAPTERS"]

CHAPTERS: tuple[Callable[[Building], Chapter], ...] = (
    overview,
    basis,
    surveys,
    registration_and_accuracy,
    standing,
    volumes,
    value,
    uncertainty,
    conclusion,
    *APPENDICES,
)
