"""What a report says, before it is a page: chapters of blocks, and figures that know where they come from.

One content makes every form. Writers turn blocks into HTML, PDF, DOCX or XLSX and decide nothing about figures: a
number arrives as the text to be shown, with the table, row and column of the record that it is taken from.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import datetime

    from overcut.messages import Language

__all__ = [
    "Block",
    "Cell",
    "Chapter",
    "Column",
    "Content",
    "Field",
    "Heading",
    "Items",
    "Number",
    "Paragraph",
    "Picture",
    "Row",
    "Run",
    "Source",
    "Table",
    "clean",
    "even",
    "plain",
    "short",
    "shown_digest",
]

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

SHORT = 12
"""Hexadecimal digits of a digest that are shown."""


DENSE = 8
"""Columns of a table that has room on a page."""


@dataclass(frozen=True)
class Source:
    """Where a figure comes from: a table of the record, the key of a row, a column."""

    table: str
    row: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}/{self.row}/{self.column}"


@dataclass(frozen=True)
class Number:
    """Figure in running text."""

    text: str
    source: Source


Run = str | Number


@dataclass(frozen=True)
class Heading:
    """Heading inside a chapter; level 2 or 3."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Running text; `kind` says how it looks."""

    runs: tuple[Run, ...]
    kind: Literal["text", "formula", "note"] = "text"


@dataclass(frozen=True)
class Items:
    """List."""

    entries: tuple[tuple[Run, ...], ...]
    ordered: bool = False


@dataclass(frozen=True)
class Field:
    """Something that a person fills in; blank unless it was given."""

    key: str
    label: str
    value: str | None


@dataclass(frozen=True)
class Fields:
    """Fields that stand together; signatures leave room."""

    entries: tuple[Field, ...]
    kind: Literal["facts", "signatures"] = "facts"


@dataclass(frozen=True)
class Column:
    """Column of a table: its key in the data, its head, its unit, and whether figures are aligned in it."""

    key: str
    head: str
    unit: str = ""
    figures: bool = False
    width: float = 1.0

    @property
    def title(self) -> str:
        """Head with unit."""
        return f"{self.head} ({self.unit})" if self.unit else self.head


@dataclass(frozen=True)
class Cell:
    """What is shown, and the value behind it."""

    text: str
    value: Any = None


@dataclass(frozen=True)
class Row:
    """Row with the key by which it is found in the data; a total is set apart."""

    key: str
    cells: tuple[Cell, ...]
    total: bool = False


@dataclass(frozen=True)
class Table:
    """Numbered table. `derived` says whether it can be made again from the record alone."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    number: int = 0
    note: str = ""
    derived: bool = True

    @property
    def sha256(self) -> str:
        """Digest of the values behind the cells: the same in every form and language."""
        values = [[row.key, *(_canonical(cell) for cell in row.cells)] for row in self.rows]
        return _digest([self.key, [column.key for column in self.columns], values])

    @property
    def dense(self) -> bool:
        """Whether it has so many columns that its letters must be smaller."""
        return len(self.columns) > DENSE

    @property
    def shown_sha256(self) -> str:
        """Digest of what heads and cells show."""
        lines = [[column.title for column in self.columns], *([cell.text for cell in row.cells] for row in self.rows)]
        return shown_digest(lines)


@dataclass(frozen=True)
class Picture:
    """Numbered figure, as PNG, and the tables that it draws."""

    key: str
    caption: str
    png: bytes
    alt: str
    number: int = 0
    width: float = 1.0
    tables: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Digest of the picture's bytes."""
        return hashlib.sha256(self.png).hexdigest()


Block = Heading | Paragraph | Items | Fields | Table | Picture


@dataclass(frozen=True)
class Chapter:
    """Chapter or appendix."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    appendix: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Content:
    """Whole report."""

    title: str
    subtitle: str
    lang: Language
    date: datetime.date
    header: str
    fields: dict[str, str]
    cover: Fields
    chapters: tuple[Chapter, ...]
    labels: dict[str, str] = field(default_factory=dict)
    assessment: str = ""
    supplements: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in its order."""
        return tuple(block for chapter in self.chapters for block in chapter.blocks if isinstance(block, Table))

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Every numbered figure, in its order."""
        return tuple(block for chapter in self.chapters for block in chapter.blocks if isinstance(block, Picture))

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Every figure in running text, in its order."""
        found: list[Number] = []
        for chapter in self.chapters:
            for block in chapter.blocks:
                lines: tuple[tuple[Run, ...], ...] = ()
                if isinstance(block, Paragraph):
                    lines = (block.runs,)
                elif isinstance(block, Items):
                    lines = block.entries
                found += [run for line in lines for run in line if isinstance(run, Number)]
        return tuple(found)

    def manifest(self) -> dict[str, Any]:
        """Give what a document carries along, so that it can be verified."""
        return {
            "overcut": "report",
            "assessment": self.assessment,
            "lang": self.lang,
            "supplements": list(self.supplements),
            "tables": {
                table.key: {"sha256": table.sha256, "shown_sha256": table.shown_sha256, "derived": table.derived}
                for table in self.tables
            },
            "figures": {
                picture.key: {"sha256": picture.sha256, "tables": list(picture.tables)} for picture in self.pictures
            },
            "numbers": [{"text": number.text, "source": str(number.source)} for number in self.numbers],
        }


def plain(runs: tuple[Run, ...]) -> str:
    """Text of runs."""
    return "".join(run if isinstance(run, str) else run.text for run in runs)


def clean(value: Any) -> Any:
    r"""Value whose texts hold no signs that documents cannot hold, such as those of control.

    Examples
    --------
    >>> clean({"holder": "A" + chr(11) + "B"})
    {'holder': 'A�B'}
    """
    if isinstance(value, str):
        return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {name: clean(each) for name, each in value.items()}
    return [clean(each) for each in value] if isinstance(value, list) else value


def even(text: str) -> str:
    """Text without the breaks and runs of spaces that an office program may change."""
    return " ".join(text.split())


def shown_digest(lines: list[list[str]]) -> str:
    """Digest of cells as they are shown."""
    text = "\x1e".join("\x1f".join(even(cell) for cell in line) for line in lines)
    return hashlib.sha256(text.encode()).hexdigest()


def short(sha256: str) -> str:
    """Digest as it is shown."""
    return sha256[:SHORT]


def _canonical(cell: Cell) -> Any:
    value = cell.text if cell.value is None else cell.value
    if isinstance(value, float):
        return repr(value)
    return value if isinstance(value, (str, int, bool)) else str(value)


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
