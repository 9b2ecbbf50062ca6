"""PDF by Typst: one self-contained package without a network, with page numbers, contents, repeated heads of tables.

The report crosses as data into a fixed layout (`report.typ`), so that no text of it can be taken for a command.
"""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from overcut.exceptions import FileReadError, OutputError
from overcut.report.content import (
    Block,
    Chapter,
    Content,
    Fields,
    Heading,
    Items,
    Number,
    Paragraph,
    Picture,
    Run,
    Table,
    plain,
    short,
)
from overcut.report.outline import numbered_chapters

__all__ = ["to_pdf"]

LATIN = "New Computer Modern", "Libertinus Serif", "DejaVu Sans Mono"
"""Fonts that the package carries: nothing else is needed for English."""


def to_pdf(
    content: Content, template: str | os.PathLike[str] | None = None, font: str | os.PathLike[str] | None = None
) -> bytes:
    """Write content as PDF/A-like, tagged PDF.

    Parameters
    ----------
    content : Content
    template : str or os.PathLike, optional
        Typst file of the unit, in place of ours; it finds the same ``report.json`` beside it.
    font : str or os.PathLike, optional
        Font file or family for Chinese; otherwise the best of the installed ones.
    """
    try:
        import typst
    except ImportError as error:
        raise ImportError('reports as PDF need typst: pip install "overcut[report]"') from error
    chinese = _chinese(content, font)
    layout = _layout(template)
    with tempfile.TemporaryDirectory(prefix="overcut-") as name:
        directory = Path(name)
        (directory / "report.typ").write_text(layout, encoding="utf-8")
        data = _data(content, chinese[0], directory)
        (directory / "report.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        try:
            found: bytes = typst.compile(
                directory / "report.typ",
                root=directory,
                font_paths=chinese[1],
                format="pdf",
                timestamp=_moment(content),
            )
        except RuntimeError as error:
            which = "the layout" if template is None else f"template {os.fsdecode(template)}"
            raise OutputError(f"{which} cannot be made a PDF: {error}") from error
    return found


def _layout(template: Any) -> str:
    if template is None:
        return files(__package__).joinpath("report.typ").read_text(encoding="utf-8")
    try:
        return Path(os.fsdecode(template)).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileReadError(f"template {os.fsdecode(template)} cannot be read as a Typst file: {error}") from error


def _chinese(content: Content, font: Any) -> tuple[str | None, list[Path]]:
    """Family of a Chinese font and its folder; Chinese must not turn into boxes."""
    from overcut.fonts import VARIABLE, chinese_font

    found = chinese_font(font)
    if found is not None:
        return found.family, [found.path.parent]
    if _has_chinese(json.dumps(_texts(content), ensure_ascii=False)):
        raise OutputError(
            "this report holds Chinese, and no font for it is installed; install one (Noto Sans CJK SC, SimSun, …) or "
            f"name a font file with font= or {VARIABLE}. The forms .docx and .html use the fonts of their reader"
        )
    return None, []


def _has_chinese(text: str) -> bool:
    return any("\u2e80" <= sign <= "\u9fff" for sign in text)


def _texts(content: Content) -> list[Any]:
    found: list[Any] = [content.title, content.fields, list(content.labels.values())]
    for chapter in content.chapters:
        found.append(chapter.title)
        for block in chapter.blocks:
            if isinstance(block, Paragraph):
                found.append(plain(block.runs))
            elif isinstance(block, Items):
                found += [plain(entry) for entry in block.entries]
            elif isinstance(block, Table):
                found += [[cell.text for cell in row.cells] for row in block.rows]
    return found


def _data(content: Content, chinese: str | None, directory: Path) -> dict[str, Any]:
    beside = [] if chinese is None else [chinese]
    serif = [LATIN[1], *beside]
    chapters = []
    appendices = 0
    for label, chapter in numbered_chapters(content):
        appendices += chapter.appendix
        chapters.append(_chapter(content, chapter, label, directory, first=chapter.appendix and appendices == 1))
    at = 0
    for made in chapters:
        at += not made["appendix"]
        second = 0
        for block in made["blocks"]:
            if block["type"] == "heading" and not made["appendix"]:
                second += 1
                block["text"] = f"{at}.{second}  {block['text']}"
    return {
        "title": content.title,
        "subtitle": content.subtitle,
        "author": content.fields.get("unit", ""),
        "keywords": [f"overcut {content.assessment}"],
        "date": [content.date.year, content.date.month, content.date.day],
        "lang": content.lang,
        "region": "cn" if content.lang == "zh" else "gb",
        "header": content.header,
        "labels": content.labels,
        "fonts": {"serif": serif, "sans": serif},
        "cover": _fields(content.cover),
        "chapters": chapters,
        "manifest": content.manifest(),
    }


def _chapter(content: Content, chapter: Chapter, label: str, directory: Path, *, first: bool) -> dict[str, Any]:
    return {
        "title": label,
        "wide": chapter.wide,
        "appendix": chapter.appendix,
        "first-appendix": first,
        "blocks": [_block(content, block, directory) for block in chapter.blocks],
    }


def _block(content: Content, block: Block, directory: Path) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"type": "heading", "level": block.level, "text": block.text}
    if isinstance(block, Paragraph):
        return {"type": "paragraph", "kind": block.kind, "runs": _runs(block.runs)}
    if isinstance(block, Items):
        return {"type": "items", "ordered": block.ordered, "entries": [_runs(entry) for entry in block.entries]}
    if isinstance(block, Fields):
        return {"type": "fields", **_fields(block)}
    if isinstance(block, Table):
        return _table(content, block)
    return _picture(content, block, directory)


def _runs(runs: tuple[Run, ...]) -> list[dict[str, str]]:
    return [
        {"kind": "number", "text": run.text} if isinstance(run, Number) else {"kind": "text", "text": run}
        for run in runs
    ]


def _fields(block: Fields) -> dict[str, Any]:
    entries = [{"label": field.label, "value": field.value or ""} for field in block.entries]
    return {"kind": block.kind, "entries": entries}


def _table(content: Content, block: Table) -> dict[str, Any]:
    digest = content.labels["digest_label"].format(digest=short(block.sha256))
    return {
        "type": "table",
        "dense": block.dense,
        "caption": f"{content.labels['table_label']} {block.number}  {block.caption}",
        "columns": [
            {"title": column.title, "figures": column.figures, "width": column.width} for column in block.columns
        ],
        "rows": [{"cells": [cell.text for cell in row.cells], "total": row.total} for row in block.rows],
        "note": f"{block.note} {digest}".strip(),
    }


def _picture(content: Content, block: Picture, directory: Path) -> dict[str, Any]:
    name = f"figure-{block.number}.png"
    (directory / name).write_bytes(block.png)
    return {
        "type": "picture",
        "file": name,
        "alt": block.alt,
        "width": block.width,
        "caption": f"{content.labels['figure_label']} {block.number}  {block.caption}",
    }


def _moment(content: Content) -> int:
    """Time of the file: that of the last survey, so that equal reports are equal bytes."""
    midnight = datetime.datetime.combine(content.date, datetime.time(), datetime.timezone.utc)
    return int(midnight.timestamp())
