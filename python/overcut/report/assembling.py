"""From a record to the content of its report: chapters in order, tables and figures numbered."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from overcut.exceptions import ParameterError
from overcut.messages import language
from overcut.report.building import Building
from overcut.report.chapters import CHAPTERS
from overcut.report.content import Block, Chapter, Content, Picture, Table, clean, short
from overcut.report.filling import COVER, checked_fields, facts
from overcut.report.supplements import SUPPLEMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["content_of"]

Record = dict[str, Any]

LABELS = (
    "contents",
    "page_of",
    "table_label",
    "figure_label",
    "appendix_label",
    "digest_label",
    "to_fill",
    "signature",
    "day",
    "seal",
)


def content_of(
    record: Record,
    *,
    lang: str = "zh",
    fields: Mapping[str, Any] | None = None,
    supplements: Mapping[str, Any] | None = None,
    pictures: Iterable[tuple[str, Picture]] = (),
) -> Content:
    """Content of the report of a record.

    Parameters
    ----------
    record : dict
        `Assessment.to_dict()`.
    lang : {"zh", "en"}
        Language.
    fields : mapping, optional
        What is filled in; `overcut.report.filling.FIELDS` names the fields, the others stay blank.
    supplements : mapping, optional
        Results beside the assessment, by the names in `overcut.report.supplements.SUPPLEMENTS`.
    pictures : iterable of (chapter, Picture), optional
        Figures, and the key of the chapter at whose end each stands.

    Returns
    -------
    Content
    """
    known = language(lang)
    given = {name: each for name, each in (supplements or {}).items() if each is not None}
    for name in given:
        if name not in SUPPLEMENTS:
            raise ParameterError(f"unknown part {name!r} of the report; known: {', '.join(SUPPLEMENTS)}")
    filled = clean(checked_fields(fields))
    building = Building(clean(_with_short_names(record)), known, filled, given)
    days = [surface["date"] for surface in record["surfaces"]]
    title = filled.get("title") or building.say("title_default")
    chapters = [make(building) for make in CHAPTERS]
    for key, picture in pictures:
        chapters = [
            replace(chapter, blocks=(*chapter.blocks, picture)) if chapter.key == key else chapter
            for chapter in chapters
        ]
    return Content(
        title=title,
        subtitle=building.say("subtitle_days", first=days[0], last=days[-1]),
        lang=known,
        date=datetime.date.fromisoformat(days[-1]),
        header=building.say("header", title=title, digest=short(record["digest"])),
        fields=filled,
        cover=facts(building, *COVER),
        chapters=_numbered(chapters),
        labels={name: _label(building, name) for name in LABELS},
        assessment=record["digest"],
        supplements=tuple(sorted(given)),
    )


def _label(building: Building, name: str) -> str:
    from overcut.messages import catalogue

    return catalogue(building.lang)[f"report.{name}"]


def _numbered(chapters: list[Chapter]) -> tuple[Chapter, ...]:
    """Give numbers to tables and figures, through the whole report."""
    tables = pictures = 0
    numbered = []
    for chapter in chapters:
        blocks: list[Block] = []
        for block in chapter.blocks:
            if isinstance(block, Table):
                tables += 1
                blocks.append(replace(block, number=tables))
            elif isinstance(block, Picture):
                pictures += 1
                blocks.append(replace(block, number=pictures))
            else:
                blocks.append(block)
        numbered.append(replace(chapter, blocks=tuple(blocks)))
    return tuple(numbered)


def _with_short_names(record: Record) -> Record:
    """Name files by their last part: paths say where they lay, not what they are; digests identify them."""
    names = [surface["name"] for surface in record["surfaces"]]
    names += [record["licence_file"]["name"]] if record["licence_file"] else []
    names += [
        part[bound]
        for layer in record["layers"]
        for part in layer["parts"]
        for bound in ("roof", "floor")
        if part[f"{bound}_sha256"]
    ]
    short_names = {name: _last_part(name) for name in names}
    # Two files of one name in two folders keep their paths.
    shown = list(short_names.values())
    short_names = {name: last for name, last in short_names.items() if last != name and shown.count(last) == 1}

    def shortened(text: str) -> str:
        for name in sorted(short_names, key=len, reverse=True):
            text = text.replace(name, short_names[name])
        return text

    file = record["licence_file"]
    return {
        **record,
        "surfaces": [{**each, "name": shortened(each["name"])} for each in record["surfaces"]],
        "licence_file": None if file is None else {**file, "name": shortened(file["name"])},
        "layers": [
            {
                **each,
                "parts": [
                    {**part, **{bound: shortened(part[bound]) for bound in ("roof", "floor")}} for part in each["parts"]
                ],
            }
            for each in record["layers"]
        ],
        "assumptions": [shortened(each) for each in record["assumptions"]],
    }


def _last_part(name: str) -> str:
    return PurePosixPath(PureWindowsPath(name).as_posix()).name or name
