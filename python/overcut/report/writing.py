"""Into which form a report is written, and where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.exceptions import ParameterError
from overcut.publishing import publish, refuse_existing

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from overcut.report.content import Content

__all__ = ["FORMATS", "as_bytes", "prepared", "suffix_of", "write"]

FORMATS = ("docx", "pdf", "html", "xlsx")


def suffix_of(path: str | os.PathLike[str]) -> str:
    """Form that the name of a file asks for.

    Examples
    --------
    >>> suffix_of("appraisal.DOCX")
    'docx'
    """
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        expected = ", ".join(f".{each}" for each in FORMATS)
        raise ParameterError(f"{Path(path).name} says no form of report; expected a name ending in one of {expected}")
    return suffix


def as_bytes(
    content: Content,
    form: str,
    *,
    template: str | os.PathLike[str] | None = None,
    font: str | os.PathLike[str] | None = None,
) -> bytes:
    """Content in a form."""
    if template is not None and form not in ("docx", "pdf"):
        raise ParameterError(f"template goes with .docx (a document) and .pdf (a Typst file), not with .{form}")
    makers: dict[str, Callable[[], bytes]] = {
        "html": lambda: _html(content),
        "docx": lambda: _docx(content, template),
        "pdf": lambda: _pdf(content, template, font),
        "xlsx": lambda: _xlsx(content),
    }
    return makers[form]()


def prepared(path: str | os.PathLike[str], *, overwrite: bool) -> str:
    """Form of a report, after what would be in its way was found."""
    form = suffix_of(path)
    refuse_existing(Path(path), overwrite=overwrite)
    return form


def write(
    content: Content,
    path: str | os.PathLike[str],
    *,
    template: str | os.PathLike[str] | None = None,
    font: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write content into a file, in the form that its name asks for.

    Parameters
    ----------
    content : Content
        What the report says.
    path : str or os.PathLike
        Name ending in .docx, .pdf, .html or .xlsx.
    template : str or os.PathLike, optional
        The unit's own: a DOCX, or a Typst file for PDF.
    font : str or os.PathLike, optional
        Font file or family for Chinese in PDF.
    overwrite : bool
        Whether a file that exists may be replaced.

    Returns
    -------
    pathlib.Path
        The file.
    """
    form = prepared(path, overwrite=overwrite)
    return publish(path, as_bytes(content, form, template=template, font=font), overwrite=overwrite)


def _html(content: Content) -> bytes:
    from overcut.report.writers.html import to_html

    return to_html(content)


def _docx(content: Content, template: Any) -> bytes:
    from overcut.report.writers.docx import to_docx

    return to_docx(content, template)


def _pdf(content: Content, template: Any, font: Any) -> bytes:
    from overcut.report.writers.pdf import to_pdf

    return to_pdf(content, template, font)


def _xlsx(content: Content) -> bytes:
    from overcut.report.writers.xlsx import to_xlsx

    return to_xlsx(content)
