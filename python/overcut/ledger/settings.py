"""Settings of a ledger, as TOML: what counts as overlap, as backfilled, as looked at, and how often patrols are due."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.exceptions import FileReadError, ParameterError
from overcut.ledger.states import STATES
from overcut.stated import number

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["Patrol", "Settings", "default_text", "read_settings", "settings_of"]

_TOP = ("prefix", "matching", "states", "leads", "periods", "patrol")
_TABLES = {
    "matching": ("min_overlap_m2", "min_overlap_share"),
    "states": ("backfilled_share", "looked_share"),
    "leads": ("distance_m",),
    "periods": ("starts",),
    "patrol": ("default_days", "settled_days", "levels", "kinds", "zones", "risks", "states"),
}
_MONTHS = 12


@dataclass(frozen=True)
class Patrol:
    """How many days may pass between two patrols; the shortest that applies counts.

    Attributes
    ----------
    default_days, settled_days : float
        For everything; and for what needs no more visits, where 0 is none at all.
    levels, kinds, zones, risks, states : dict
        Days by who patrols, kind of watch area, kind of zone, stated risk, and state of a patch.
    """

    default_days: float
    settled_days: float = 0.0
    levels: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, float] = field(default_factory=dict)
    zones: dict[str, float] = field(default_factory=dict)
    risks: dict[str, float] = field(default_factory=dict)
    states: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    r"""Settings of a ledger; `data/ledger.toml` says what each means.

    Examples
    --------
    >>> settings_of("[matching]\nmin_overlap_m2 = 4.0", "mine").min_overlap_m2
    4.0
    """

    prefix: str
    min_overlap_m2: float
    min_overlap_share: float
    backfilled_share: float
    looked_share: float
    lead_distance_m: float
    period_starts: tuple[int, ...]
    patrol: Patrol


def default_text() -> str:
    """Text of the settings that come with the package."""
    return (files("overcut") / "data" / "ledger.toml").read_text(encoding="utf-8")


def read_settings(path: str | os.PathLike[str]) -> str:
    """Read a file of settings, check it, and give its text, which a ledger keeps.

    Parameters
    ----------
    path : str or os.PathLike
        TOML in the form of `data/ledger.toml`; what it leaves out is as there.

    Raises
    ------
    FileReadError
        It cannot be read.
    ParameterError
        It is not TOML, or states something unknown or senseless.
    """
    try:
        content = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileReadError(f"settings {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"settings {path} are not UTF-8 text: {error}") from error
    settings_of(content, str(path))
    return content


def settings_of(content: str, where: str) -> Settings:
    """Make settings of TOML; what it leaves out is as in the settings that come with the package."""
    try:
        found = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"settings {where} are not TOML: {error}") from error
    _known(found, _TOP, where)
    merged = tomllib.loads(default_text())
    for name, value in found.items():
        if name not in _TABLES:
            merged[name] = value
            continue
        if not isinstance(value, dict):
            raise ParameterError(f"settings {where}: `{name}` is {value!r}; expected a table [{name}]")
        _known(value, _TABLES[name], f"{where}, [{name}]")
        merged[name] |= value
    return _checked(merged, where)


def _checked(found: Mapping[str, Any], where: str) -> Settings:
    def share(table: str, name: str) -> float:
        value = number(found[table][name], f"settings {where}: {name} in [{table}]", least=0.0, unit="a share, 0 to 1")
        if value > 1.0:
            raise ParameterError(f"settings {where}: {name} in [{table}] is {value:g}; expected a share, 0 to 1")
        return value

    prefix = found["prefix"]
    if not isinstance(prefix, str) or any(not (sign.isalnum() or sign in "-_") for sign in prefix):
        raise ParameterError(f"settings {where}: prefix is {prefix!r}; expected letters, digits, - and _")
    starts = found["periods"]["starts"]
    months = isinstance(starts, list) and all(isinstance(each, int) and 1 <= each <= _MONTHS for each in starts)
    if not months or not starts or sorted(set(starts)) != starts:
        raise ParameterError(
            f"settings {where}: starts in [periods] is {starts!r}; expected months in order, such as [1, 4, 7, 10]"
        )
    patrol = found["patrol"]
    by = {name: _days(patrol[name], f"{where}, [patrol.{name}]") for name in ("levels", "kinds", "zones", "risks")}
    by["states"] = _days(patrol["states"], f"{where}, [patrol.states]")
    _known(by["states"], STATES, f"{where}, [patrol.states]")
    return Settings(
        prefix=prefix,
        min_overlap_m2=number(found["matching"]["min_overlap_m2"], f"settings {where}: min_overlap_m2", least=0.0),
        min_overlap_share=share("matching", "min_overlap_share"),
        backfilled_share=share("states", "backfilled_share"),
        looked_share=share("states", "looked_share"),
        lead_distance_m=number(found["leads"]["distance_m"], f"settings {where}: distance_m", least=0.0, unit="metres"),
        period_starts=tuple(starts),
        patrol=Patrol(
            default_days=_positive(patrol["default_days"], f"settings {where}: default_days"),
            settled_days=number(patrol["settled_days"], f"settings {where}: settled_days", least=0.0, unit="days"),
            **by,
        ),
    )


def _days(table: Any, where: str) -> dict[str, float]:
    if not isinstance(table, dict):
        raise ParameterError(f"settings {where}: found {table!r}; expected a table of days")
    return {str(name): _positive(days, f"settings {where}: {name}") for name, days in table.items()}


def _positive(value: Any, what: str) -> float:
    days = number(value, what, least=0.0, unit="days")
    if days == 0.0:
        raise ParameterError(f"{what} is 0; expected days, more than 0")
    return days


def _known(found: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in found:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            advice = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"
            raise ParameterError(f"settings {where}: unknown key `{name}`; {advice}")
