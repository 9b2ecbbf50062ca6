"""Numbered figures of a report: maps, sums and errors of each interval."""

from __future__ import annotations

import inspect
import io
from typing import TYPE_CHECKING, Any

from overcut import figures
from overcut.exceptions import OvercutError
from overcut.messages import language, text
from overcut.report.content import Picture

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from overcut.assessment import Assessment

__all__ = ["figures_of"]

DOTS_PER_INCH = 170
PANEL_INCH = (4.0, 3.3)


def figures_of(
    case: Assessment, *, lang: str = "zh", font: str | os.PathLike[str] | None = None
) -> list[tuple[str, Picture]]:
    """Figures of an assessment, each with the key of the chapter that it belongs to.

    Maps need the surfaces; for a record whose surfaces are not at hand there are none.
    """
    from overcut.fonts import matplotlib_needed

    matplotlib_needed()
    drawing = _Drawing(case, lang, font)
    record = case.to_dict()
    for at, interval in enumerate(record["intervals"]):
        accuracy = interval["accuracy"]
        drawing.errors(at, accuracy)
        of_interval = (f"by_licence_{at}",)
        drawing.plot("standing", "map", at, "map", tables=of_interval, width=1.0)
        drawing.plot("standing", "classes", at, "classes", tables=of_interval, width=1.0)
        drawing.plot("volumes", "waterfall", at, "waterfall", tables=of_interval)
    return list(drawing.found())


class _Drawing:
    def __init__(self, case: Assessment, lang: str, font: Any) -> None:
        self._case, self._lang, self._font = case, language(lang), font
        self._found: list[tuple[str, Picture]] = []

    def found(self) -> Iterator[tuple[str, Picture]]:
        """Give what was drawn."""
        yield from self._found

    def plot(self, chapter: str, name: str, interval: int, kind: str, **rest: Any) -> None:
        """Draw a plot of the assessment, if the surfaces are at hand."""
        options = {"interval": interval, "lang": self._lang, "font": self._font}
        try:
            png = _png(lambda: self._case.plot(kind, **options))
        except OvercutError:
            return
        self._add(chapter, name, interval, png, **rest)

    def errors(self, interval: int, accuracy: dict[str, Any]) -> None:
        """Draw what is known of the errors of an interval, side by side."""
        panels: list[tuple[Callable[..., Any], Any]] = []
        if accuracy["registration"] is not None:
            panels.append((figures.residual_histogram, accuracy["registration"]))
        if accuracy["source"] == "estimated":
            panels += [(figures.variogram, accuracy["error_model"]), (figures.error_by_slope, accuracy["error_model"])]
        if panels:
            png = _png(lambda: self._row(panels))
            self._add("accuracy", "errors", interval, png, tables=("registration", "error_model"), width=1.0)

    def _row(self, panels: list[tuple[Callable[..., Any], Any]]) -> Any:
        """Draw panels in a row; gives the first of their axes."""
        from matplotlib import pyplot

        _, axes = pyplot.subplots(
            1, len(panels), figsize=(PANEL_INCH[0] * len(panels), PANEL_INCH[1]), layout="constrained", squeeze=False
        )
        for ax, (function, record) in zip(axes[0], panels, strict=True):
            known = inspect.signature(function).parameters
            wanted = {"lang": self._lang, "font": self._font}
            function(record, ax=ax, **{name: value for name, value in wanted.items() if name in known})
        return axes[0][0]

    def _add(
        self, chapter: str, name: str, interval: int, png: bytes, *, tables: tuple[str, ...], width: float = 0.72
    ) -> None:
        found = self._case.to_dict()["intervals"][interval]
        days = text("report.days", self._lang, first=found["from"], last=found["to"])
        caption = text(f"report.figure_{name}", self._lang, days=days)
        picture = Picture(f"{name}_{interval}", caption, png, caption, width=width, tables=tables)
        self._found.append((chapter, picture))


def _png(draw: Callable[[], Any]) -> bytes:
    """Picture of what is drawn on axes of its own."""
    from matplotlib import pyplot

    figure = draw().figure
    try:
        found = io.BytesIO()
        # The name of the program would change with its version.
        figure.savefig(found, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
        return found.getvalue()
    finally:
        pyplot.close(figure)
