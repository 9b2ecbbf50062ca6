"""One file that holds everything: no request leaves it, and its own rules forbid any."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from overcut.maps.contents import contents
from overcut.maps.packing import BYTES_PER_HEIGHT
from overcut.messages import language, text
from overcut.overview import overview
from overcut.publishing import publish, refuse_existing

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from pathlib import Path

    from overcut.assessment import Assessment
    from overcut.dem import Dem

__all__ = ["MOST_CELLS", "Page", "page"]

MOST_CELLS = 400_000
"""Pixels of a map at most, about."""
MOST_BYTES = 6_000_000
"""Bytes of pixels at most: as text they take a third more, and Plotly's own code is 5 MB."""

_SCRIPTS = ("pixels.js", "plan.js", "profile.js", "space.js", "page.js")
_HTML_LANG = {"en": "en", "zh": "zh-CN"}


@dataclass(frozen=True)
class Page:
    """A map as one HTML page. Shown in a frame by a notebook; `save` writes it.

    Attributes
    ----------
    html : str
        The whole page.
    height_px : int
        Height of the frame.
    """

    html: str
    height_px: int = 980

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the page into a file.

        Raises
        ------
        OutputError
            It exists, or cannot be written.
        """
        return publish(path, self.html.encode(), overwrite=overwrite)

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.html, quote=True)}" sandbox="allow-scripts allow-downloads" '
            f'style="width:100%;height:{self.height_px}px;border:0"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<Page of {len(self.html) / 1e6:.1f} MB; save(…) writes it>"


def page(
    case: Assessment,
    *,
    lang: str = "en",
    sections: Iterable[Any] | None = None,
    most_cells: int = MOST_CELLS,
    rasters: str | os.PathLike[str] | None = None,
    surfaces: Iterable[Dem] | None = None,
) -> Page:
    """Make the map of a case.

    Parameters
    ----------
    case : Assessment
        The case.
    lang : {"en", "zh"}
        Language of the page.
    sections : iterable of shapely.LineString or sequences of (x, y), optional
        Lines of profiles to choose from, in the CRS of the grid; otherwise one along each of the largest patches.
    most_cells, rasters, surfaces
        As in `overcut.overview.overview`; with many surveys there are fewer pixels.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise ImportError('maps need plotly: pip install "overcut[map]"') from error
    wanted = language(lang)
    record = case._data
    bytes_per_cell = BYTES_PER_HEIGHT * (len(record["surfaces"]) + len(record["intervals"])) + len(record["intervals"])
    pixels = overview(
        case, most_cells=max(min(most_cells, MOST_BYTES // bytes_per_cell), 1), rasters=rasters, surfaces=surfaces
    )
    found = contents(case, pixels, lang=wanted, sections=sections)
    assets = files("overcut.maps") / "assets"
    script = "\n".join((assets / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    return Page(
        Template((assets / "page.html").read_text(encoding="utf-8")).substitute(
            html_lang=_HTML_LANG[wanted],
            title=html.escape(found["title"]),
            noscript=html.escape(text("maps.noscript", wanted)),
            style=(assets / "page.css").read_text(encoding="utf-8"),
            data=_embedded(found),
            plotly=get_plotlyjs().replace("</script", "<\\/script"),
            script=script,
        )
    )


def save(case: Assessment, path: str | os.PathLike[str], *, overwrite: bool = False, **options: Any) -> Path:
    """Write the map of a case; options are those of `page`."""
    from pathlib import Path

    refuse_existing(Path(path), overwrite=overwrite)
    return page(case, **options).save(path, overwrite=overwrite)


def _embedded(found: dict[str, Any]) -> str:
    r"""Write data as text that cannot end the element in which it stands.

    Examples
    --------
    >>> _embedded({"holder": "</script><script>alert(1)</script>"})
    '{"holder":"\\u003c/script>\\u003cscript>alert(1)\\u003c/script>"}'
    """
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
