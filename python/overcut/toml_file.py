"""TOML files: read, keys checked, paths relative to them; and what the files of a case and of a batch say alike."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.exceptions import FileReadError, ParameterError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["COMMON_OPTIONS", "TomlFile"]

COMMON_OPTIONS = (
    "confidence",
    "lod_m",
    "connectivity",
    "min_area_m2",
    "min_depth_m",
    "elevation",
    "register",
    "reference",
    "stable_ground",
    "estimate_errors",
    "false_alarm",
    "corner_sigma_m",
)
"""Options of an assessment that every file of a job may state."""


class TomlFile:
    """Checks keys and makes paths relative to the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, what: str) -> dict[str, Any]:
        """Contents.

        Raises
        ------
        FileReadError
            It is missing or cannot be read.
        ParameterError
            It is not TOML.
        """
        try:
            found: dict[str, Any] = tomllib.loads(self.path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise ParameterError(f"{self.path} is not UTF-8 text: {error}") from error
        except tomllib.TOMLDecodeError as error:
            raise ParameterError(f"{self.path} is not TOML: {error}") from error
        except OSError as error:
            raise FileReadError(f"{what} {self.path} cannot be read: {error.strerror}") from error
        return found

    def licences(self, found: dict[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
        """Arguments of `read_licences`, from a path or a table under `licences`."""
        licences = found["licences"]
        if isinstance(licences, str):
            licences = {"path": licences}
        table = self.table(licences, known, "licences", needed=("path",))
        return {"source": self.beside(table.pop("path")), **table}

    def options(self, found: dict[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
        """Options of an assessment, from the table `options`."""
        options = self.table(found.get("options", {}), known, "options")
        if "stable_ground" in options:
            options["stable_ground"] = self.beside(options["stable_ground"])
        return options

    def directory(self, output: dict[str, Any]) -> Path | None:
        """Where results go, from the table `output`; None if it does not say."""
        return Path(self.beside(output["directory"])) if "directory" in output else None

    def needed(self, found: dict[str, Any], names: tuple[str, ...]) -> None:
        """Refuse a file without some keys."""
        for name in names:
            if name not in found:
                raise self.refused(f"`{name}` is missing")

    def beside(self, path: Any) -> str:
        """Path relative to the file; `/vsi…` names stay."""
        if not isinstance(path, str):
            raise self.refused(f"a path is {path!r}; expected text")
        return path if path.startswith("/vsi") else str(self.path.parent / path)

    def tables(self, found: Any, known: tuple[str, ...], name: str, *, needed: tuple[str, ...]) -> list[dict[str, Any]]:
        """List of tables with known keys."""
        if not isinstance(found, list):
            raise self.refused(f"`{name}` is {found!r}; write each as a table headed [[{name}]]")
        return [self.table(each, known, f"[{name}]", needed=needed) for each in found]

    def table(self, found: Any, known: tuple[str, ...], name: str, *, needed: tuple[str, ...] = ()) -> dict[str, Any]:
        """Table with known keys, and those that it must have."""
        if not isinstance(found, dict):
            raise self.refused(f"`{name}` is {found!r}; expected a table [{name}]")
        self.known(found, known, f"[{name}]")
        for each in needed:
            if each not in found:
                raise self.refused(f"`{each}` is missing in [{name}]")
        return dict(found)

    def known(self, found: Iterable[str], known: tuple[str, ...], where: str, what: str = "key") -> None:
        """Refuse keys that are not known; names the nearest."""
        for name in found:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
                advice = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"
                raise self.refused(f"unknown {what} `{name}`{f' in {where}' if where else ''}; {advice}")

    def refused(self, why: str) -> ParameterError:
        """Error that names the file."""
        return ParameterError(f"{self.path}: {why}")
