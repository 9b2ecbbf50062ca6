"""Numbers of chapters and letters of appendices."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overcut.report.content import Chapter, Content

__all__ = ["numbered_chapters"]


def numbered_chapters(content: Content) -> Iterator[tuple[str, Chapter]]:
    """Chapters with their whole titles: `3 Data and surveys`, `Appendix B …`."""
    chapters = appendices = 0
    for chapter in content.chapters:
        if chapter.appendix:
            letter = chr(ord("A") + appendices)
            appendices += 1
            yield f"{content.labels['appendix_label']} {letter}  {chapter.title}", chapter
        else:
            chapters += 1
            yield f"{chapters}  {chapter.title}", chapter
