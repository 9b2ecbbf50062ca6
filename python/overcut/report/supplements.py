"""Results that are computed beside the assessment: valuation, cross-check of volumes, series, limits, findings, zones.

Each is optional. A chapter takes what it is given, and says plainly where something is not part of the assessment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from overcut.exceptions import ParameterError
from overcut.messages import catalogue
from overcut.report.adapting import adapted
from overcut.report.content import Cell, Column, Items, Paragraph, Row, Table, clean
from overcut.report.rounding import place_of, shown

if TYPE_CHECKING:
    from pandas import DataFrame

    from overcut.report.building import Building
    from overcut.report.content import Block

__all__ = ["SUPPLEMENTS", "frames_of", "plain_table", "supplement"]

SUPPLEMENTS = ("appraisal", "volumes", "series", "limits", "findings", "zones", "sections")
"""Names under which they are given."""

UNITS = {
    "m3": ("m³", 0),
    "m2": ("m²", 0),
    "m": ("m", -2),
    "deg": ("°", 0),
    "t": ("t", 0),
    "yuan": ("yuan", 0),
    "km2": ("km²", -4),
    "mu": ("mu", -2),
    "percent": ("%", -1),
}
"""Last part of a column's name → its unit, and the place to which a figure without an error is shown."""

_GEOMETRY = "geometry"


def frames_of(given: Any, name: str) -> dict[str, DataFrame]:
    """Tables of a supplement, whatever it is: a table, named tables, rows, or an object that gives one of these.

    Examples
    --------
    >>> frames_of([{"class": "within", "mass_t": 12.0}], "appraisal")["appraisal"].shape
    (1, 2)
    """
    from pandas import DataFrame

    for method in ("report_tables", "to_frames", "to_frame", "to_dataframe", "to_dict"):
        if not isinstance(given, (DataFrame, Mapping)) and callable(getattr(given, method, None)):
            given = getattr(given, method)()
            break
    if isinstance(given, DataFrame):
        return {name: given}
    if isinstance(given, Mapping):
        named = {
            str(key): each if isinstance(each, DataFrame) else DataFrame(list(each))
            for key, each in given.items()
            if isinstance(each, DataFrame) or _is_rows(each)
        }
        if named:
            return named
        return {name: DataFrame({"key": list(given), "value": [str(each) for each in given.values()]})}
    if _is_rows(given):
        return {name: DataFrame([_as_row(each) for each in given])}
    raise ParameterError(
        f"{name} of the report is a {type(given).__name__}; expected a DataFrame, named DataFrames, a list of rows, "
        "or an object with to_dict()"
    )


def _is_rows(value: Any) -> bool:
    return (
        isinstance(value, Sequence) and not isinstance(value, str) and all(_as_row(each) is not None for each in value)
    )


def _as_row(value: Any) -> dict[str, Any] | None:
    if isinstance(value, Mapping):
        return {str(key): each for key, each in value.items()}
    if callable(getattr(value, "to_dict", None)):
        found = value.to_dict()
        return found if isinstance(found, dict) else None
    return None


def supplement(b: Building, name: str, introduction: str) -> list[Block]:
    """Tables of a supplement; or the sentence that it is not part of this assessment."""
    given = b.supplements.get(name)
    if given is None:
        return [Paragraph(b.line("not_part"), kind="note")]
    blocks: list[Block] = [b.paragraph(introduction)]
    known = adapted(b, given)
    if known is not None:
        return [*blocks, *known]
    notes = getattr(given, "report_notes", None)
    for key, frame in frames_of(given, name).items():
        blocks.append(plain_table(b, name, key, frame))
    if callable(notes):
        lines = [(str(each),) for each in notes(b.lang)]
        if lines:
            blocks.append(Items(tuple(lines)))
    return blocks


def plain_table(b: Building, name: str, key: str, frame: DataFrame) -> Table:
    """Table of any DataFrame: heads from the catalogue, units and errors from the names of columns."""
    shown_columns = [str(column) for column in frame.columns if str(column) != _GEOMETRY]
    columns = tuple(_column(b, frame, column) for column in shown_columns)
    rows = []
    for at, (_, row) in enumerate(frame.iterrows()):
        cells = tuple(_cell(b, row, column, shown_columns) for column in shown_columns)
        rows.append(Row(str(at), cells))
    whole = name if key == name else f"{name}_{key}"
    caption = _known(b, f"table_{whole}") or _known(b, f"table_{name}") or key
    return Table(whole, caption, columns, tuple(rows), derived=False)


def _known(b: Building, key: str) -> str | None:
    return catalogue(b.lang).get(f"report.{key}")


def _unit(column: str) -> tuple[str, int] | None:
    return UNITS.get(column.rsplit("_", 1)[-1]) if "_" in column else None


def _column(b: Building, frame: DataFrame, column: str) -> Column:
    figures = frame[column].dtype.kind in "fiu"
    unit = _unit(column)
    words = column.removesuffix(f"_{column.rsplit('_', 1)[-1]}") if unit else column
    head = _known(b, f"col_{column}") or _known(b, f"col_{words}") or words.replace("_", " ")
    return Column(column, head, _known(b, f"unit_{unit[0]}") or unit[0] if unit else "", figures=figures)


def _cell(b: Building, row: Any, column: str, columns: list[str]) -> Cell:  # noqa: PLR0911
    value = row[column]
    if value is None or value != value:  # noqa: PLR0124
        return Cell("–", "")
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return Cell(b.say("yes" if value else "no"), bool(value))
    if isinstance(value, str):
        value = clean(value)
        named = catalogue(b.lang).get(f"classes.{value}")
        return Cell(named or value, value)
    if hasattr(value, "isoformat"):
        return Cell(value.isoformat()[:10], value.isoformat()[:10])
    if isinstance(value, (list, tuple)):
        joined = b.joined([str(each) for each in value])
        return Cell(joined, joined)
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int):
        return Cell(f"{value:,}", value)
    if isinstance(value, float):
        return Cell(shown(value, _place(row, column, columns), _direction(column)), value)
    return Cell(str(value), str(value))


def _place(row: Any, column: str, columns: list[str]) -> int:
    """Place of a figure: that of the standard error which stands beside it, else that of its unit."""
    unit = column.rsplit("_", 1)[-1]
    stem = column.removesuffix(f"_{unit}")
    for end in ("_low", "_high", "_sigma", "_measured"):
        stem = stem.removesuffix(end)
    candidates = (f"{stem}_sigma_{unit}", f"sigma_{unit}", f"{column}_sigma")
    for name in candidates:
        if name in columns:
            found = place_of(row[name])
            if found is not None:
                return found
    known = _unit(column)
    return known[1] if known else -2


def _direction(column: str) -> Any:
    parts = column.split("_")
    return "down" if "low" in parts else "up" if "high" in parts else "nearest"
