"""What a raster is, and what would stop overcut from using it."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.stated import path_text

if TYPE_CHECKING:
    import os

__all__ = ["RasterInfo", "info", "versions"]


class RasterInfo:
    """Facts about a raster, by name: `info["rows"]`; `to_dict` gives all.

    `problems` lists, in sentences with the way out, what would stop an assessment unless it is mended or stated.
    """

    def __init__(self, facts: dict[str, Any]) -> None:
        self._facts = facts

    def __getitem__(self, name: str) -> Any:
        return self._facts[name]

    @property
    def problems(self) -> tuple[str, ...]:
        """What would stop an assessment."""
        return tuple(self._facts["problems"])

    def to_dict(self) -> dict[str, Any]:
        """Every fact."""
        facts: dict[str, Any] = json.loads(json.dumps(self._facts))
        return facts

    def lines(self) -> list[tuple[str, str]]:
        """Facts as words, for people."""
        return [(name.replace("_", " "), _shown(value)) for name, value in self._facts.items() if name != "problems"]

    def __repr__(self) -> str:
        lines = self.lines()
        space = max(len(label) for label, _ in lines)
        shown = [f"{label:<{space}}  {text}" for label, text in lines]
        problems = [f"- {each}" for each in self.problems]
        verdict = ["", "before an assessment:", *problems] if problems else ["", "ready for an assessment"]
        return "\n".join(shown + verdict)

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(v)}</td></tr>" for k, v in self.lines())
        problems = "".join(f"<li>{html.escape(each)}</li>" for each in self.problems)
        verdict = f"<p>before an assessment:</p><ul>{problems}</ul>" if problems else "<p>ready for an assessment</p>"
        return f"<table>{rows}</table>{verdict}"


def info(path: str | os.PathLike[str]) -> RasterInfo:
    """Look at a raster without assessing it.

    Parameters
    ----------
    path : str or os.PathLike
        A raster that GDAL reads; `/vsi…` names too.

    Returns
    -------
    RasterInfo

    Raises
    ------
    RasterReadError
        It is missing, damaged or not a raster.
    """
    return RasterInfo(json.loads(_overcut.raster_info(path_text(path, "path"))))


def versions() -> dict[str, str]:
    """Versions of this package and of the libraries that it uses.

    Examples
    --------
    >>> {'GDAL', 'PROJ', 'overcut'} <= set(versions())
    True
    """
    return {"overcut": _overcut.__version__, **dict(_overcut.versions())}


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        if "wkt" in value:
            return f"{value['name']} ({value['code']})" if value.get("code") else str(value["name"])
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value) or "–"
    if isinstance(value, float):
        return f"{value:.10g}"
    words = {"None": "–", "True": "yes", "False": "no"}
    return words.get(str(value), str(value)) if value is None or isinstance(value, bool) else str(value)
