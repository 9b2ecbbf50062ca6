"""Limits of law as dated, cited configuration, and how a value stands to them. No conclusion of law is drawn.

A limit of a range says "surely over" only over its upper end, and "surely not" only under its lower one: where in the
range the figure of a province lies, must be stated (`provincial_template.toml`), with its citation.
"""

from __future__ import annotations

import datetime
import sys
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from overcut import _overcut
from overcut.exceptions import FileReadError, ParameterError
from overcut.messages import Language, language, text
from overcut.records import frame_of
from overcut.stated import iso_day, number
from overcut.stated_value import Stated
from overcut.summary import Table, figure
from overcut.summary_text import table_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from pandas import DataFrame

    from overcut.resources import Resources

__all__ = ["Act", "Limit", "LimitFinding", "LimitFindings", "add_up", "compare", "limits", "read_limits"]

Verdict = Literal["surely_over", "possibly", "surely_not"]
Value = Literal["extracted_value", "destroyed_value"]
_VALUES: tuple[Value, ...] = ("extracted_value", "destroyed_value")
_ORDER: tuple[Verdict, ...] = ("surely_not", "possibly", "surely_over")
_KEYS = {
    "id", "offence", "level", "special_area", "basis", "from", "to", "applies_to", "multiple_of", "multiple", "low_cny",
    "high_cny", "figure_cny", "refines", "source",
}  # fmt: skip
YEARS = 2
"""Acts of one subject within so many years are added up (法释〔2016〕25号, Art. 8)."""


@dataclass(frozen=True)
class Limit:
    """One figure, or a range in which the figure lies.

    Attributes
    ----------
    id, offence, level : str
        What it is; names for people are in the messages.
    basis, source : str
        Article of law, and where its text stands.
    first_day, last_day : datetime.date or None
        Days of acts to which it applies; open where None.
    applies_to : tuple of str
        "extracted_value", "destroyed_value": any of them may reach it.
    low_cny, high_cny : float
        Range in yuan; equal where the figure is exact.
    special_area : str or None
        Where, or for what, alone it applies.
    multiple_of, multiple : str or None, float
        The limit that it is a multiple of.
    refines : str or None
        The limit whose range it makes exact.
    """

    id: str
    offence: str
    level: str
    basis: str
    source: str
    first_day: datetime.date | None
    last_day: datetime.date | None
    applies_to: tuple[Value, ...]
    low_cny: float
    high_cny: float
    special_area: str | None = None
    multiple_of: str | None = None
    multiple: float = 1.0
    refines: str | None = None

    def applies_on(self, day: datetime.date) -> bool:
        """Whether it was in force on a day."""
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)

    def verdict(self, value: float, sigma: float, *, confidence: float) -> Verdict:
        """Say how a value with a standard error stands to it.

        Examples
        --------
        >>> import overcut as oc
        >>> serious = oc.limits()[0]
        >>> [serious.verdict(value, 10_000, confidence=0.95) for value in (60_000, 200_000, 350_000)]
        ['surely_not', 'possibly', 'surely_over']
        """
        if _overcut.decide(value, sigma, self.high_cny, confidence) == "surely_over":
            return "surely_over"
        return "surely_not" if _overcut.decide(value, sigma, self.low_cny, confidence) == "surely_not" else "possibly"

    def to_dict(self) -> dict[str, Any]:
        """As a record."""
        days = {
            name: None if day is None else day.isoformat()
            for name, day in (("from", self.first_day), ("to", self.last_day))
        }
        return {
            "id": self.id,
            "offence": self.offence,
            "level": self.level,
            "basis": self.basis,
            "source": self.source,
            **days,
            "applies_to": list(self.applies_to),
            "low_cny": self.low_cny,
            "high_cny": self.high_cny,
            "special_area": self.special_area,
            "multiple_of": self.multiple_of,
            "refines": self.refines,
        }


@cache
def _national() -> tuple[Limit, ...]:
    file = files("overcut") / "data" / "limits" / "national.toml"
    return tuple(_limits(tomllib.loads(file.read_text(encoding="utf-8")), "national.toml"))


def limits(*, day: str | datetime.date | None = None, extra: Iterable[Limit] = ()) -> tuple[Limit, ...]:
    """Limits that ship with the package, the national ones, and others.

    Parameters
    ----------
    day : str or datetime.date, optional
        Only those in force on it.
    extra : iterable of Limit
        Limits from `read_limits`; one that refines a range takes its place, and scales the multiples of it.

    Returns
    -------
    tuple of Limit
    """
    found = list(_national())
    for each in extra:
        at = next((at for at, limit in enumerate(found) if limit.id == each.refines), None)
        if at is None:
            found.append(each)
            continue
        wide = found[at]
        if not (wide.low_cny <= each.low_cny and each.high_cny <= wide.high_cny):
            raise ParameterError(
                f"limit {each.id} is {each.low_cny:g} to {each.high_cny:g} yuan, outside the range of {wide.id}: "
                f"{wide.low_cny:g} to {wide.high_cny:g}"
            )
        found[at] = each
        for other, limit in enumerate(found):
            if limit.multiple_of == wide.id:
                found[other] = replace(
                    limit,
                    multiple_of=each.id,
                    low_cny=limit.multiple * each.low_cny,
                    high_cny=limit.multiple * each.high_cny,
                    basis=f"{limit.basis}；{each.basis}",
                )
    if day is None:
        return tuple(found)
    when = datetime.date.fromisoformat(iso_day(day, "day"))
    return tuple(limit for limit in found if limit.applies_on(when))


def read_limits(path: str | os.PathLike[str]) -> tuple[Limit, ...]:
    """Read limits from a file such as a filled `provincial_template.toml`.

    Raises
    ------
    FileReadError
        It is missing or cannot be read.
    ParameterError
        A limit has no figure, no basis or no source, or states something unknown.
    """
    path = Path(path)
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path} is not TOML: {error}") from error
    except OSError as error:
        raise FileReadError(f"limits {path} cannot be read: {error.strerror}") from error
    return tuple(_limits(found, str(path)))


def _limits(found: dict[str, Any], where: str) -> list[Limit]:
    tables = found.get("limit", [])
    if not isinstance(tables, list) or not tables:
        raise ParameterError(f"{where} has no limit; write each as a table headed [[limit]]")
    return [_limit(table, f"{where}: limit {table.get('id', position)}") for position, table in enumerate(tables, 1)]


def _limit(table: dict[str, Any], what: str) -> Limit:
    for key in table:
        if key not in _KEYS:
            raise ParameterError(f"{what} has an unknown key `{key}`; known: {', '.join(sorted(_KEYS))}")
    for key in ("id", "offence", "level", "basis", "source"):
        if not str(table.get(key, "")).strip():
            raise ParameterError(f"{what} has no `{key}`; a limit without its citation is not compared with anything")
    exact = table.get("figure_cny")
    low, high = (table.get(key, exact) if exact is None else exact for key in ("low_cny", "high_cny"))
    low = number(low, f"figure of {what}", least=0, unit="yuan (`figure_cny`, or `low_cny` and `high_cny`)")
    high = number(high, f"figure of {what}", least=low, unit="yuan (`figure_cny`, or `low_cny` and `high_cny`)")
    for each in table.get("applies_to", []):
        if each not in _VALUES:
            raise ParameterError(f"{what} applies to {each!r}; expected {' or '.join(_VALUES)}")
    if not table.get("applies_to"):
        raise ParameterError(f"{what} has no `applies_to`; expected a list of {' or '.join(_VALUES)}")
    first, last = (
        datetime.date.fromisoformat(iso_day(table[key], f"`{key}` of {what}")) if table.get(key) else None
        for key in ("from", "to")
    )
    if first is None:
        raise ParameterError(f"{what} has no `from`; state the first day on which it holds")
    return Limit(
        id=table["id"],
        offence=table["offence"],
        level=table["level"],
        basis=table["basis"],
        source=table["source"],
        first_day=first,
        last_day=last,
        applies_to=tuple(table["applies_to"]),
        low_cny=low,
        high_cny=high,
        special_area=table.get("special_area"),
        multiple_of=table.get("multiple_of"),
        multiple=number(table.get("multiple", 1.0), f"multiple of {what}", least=0),
        refines=table.get("refines"),
    )


@dataclass(frozen=True)
class LimitFinding:
    """How one value stands to one limit.

    Attributes
    ----------
    limit : Limit
        The limit.
    quantity : str
        The value: "extracted_value" or "destroyed_value".
    value : Stated
        In yuan, with its standard error.
    verdict : {"surely_over", "possibly", "surely_not"}
        At the confidence of the findings.
    """

    limit: Limit
    quantity: Value
    value: Stated
    verdict: Verdict


@dataclass(frozen=True)
class LimitFindings:
    """How values stand to limits, at a confidence.

    Attributes
    ----------
    findings : tuple of LimitFinding
        One per limit and value that it applies to.
    confidence : float
        Two-sided.
    acts : tuple of str
        What was added up, in words.
    """

    findings: tuple[LimitFinding, ...]
    confidence: float
    acts: tuple[str, ...] = ()

    def verdict(self, limit_id: str) -> Verdict:
        """Say how the values that a limit applies to stand to it: the worst of them counts.

        Raises
        ------
        ParameterError
            No value was compared with it.
        """
        found = [each.verdict for each in self.findings if each.limit.id == limit_id]
        if not found:
            raise ParameterError(f"limit {limit_id!r} was not compared; compared: {self._ids()}")
        return max(found, key=_ORDER.index)

    def _ids(self) -> str:
        return ", ".join(dict.fromkeys(each.limit.id for each in self.findings)) or "none"

    @property
    def table(self) -> DataFrame:
        """Row per limit and value."""
        return frame_of([self._row(each) for each in self.findings])

    def _row(self, each: LimitFinding) -> dict[str, Any]:
        return {
            "limit": each.limit.id,
            "offence": each.limit.offence,
            "level": each.limit.level,
            "special_area": each.limit.special_area,
            "quantity": each.quantity,
            "value_cny": each.value.value,
            "sigma_cny": each.value.sigma,
            "low_cny": each.limit.low_cny,
            "high_cny": each.limit.high_cny,
            "verdict": each.verdict,
            "basis": each.limit.basis,
        }

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        rows = [{**self._row(each), "limit": each.limit.to_dict()} for each in self.findings]
        return {"confidence": self.confidence, "acts": list(self.acts), "findings": rows}

    def to_text(self, lang: Language = "en") -> str:
        """Lay out as text."""
        lang = language(lang)
        rows: list[tuple[str, ...]] = []
        for each in self.findings:
            low, high = each.limit.low_cny, each.limit.high_cny
            shown = figure(high) if low == high else f"{figure(low)} – {figure(high)}"
            name = text(f"limits.{each.limit.offence}", lang) + ", " + text(f"limits.{each.limit.level}", lang)
            if each.limit.special_area:
                name += text("limits.special", lang)
            rows.append(
                (
                    name,
                    text(f"limits.{each.quantity}", lang),
                    f"{figure(each.value.value)} ± {figure(each.value.sigma)}",
                    shown,
                    text(f"limits.{each.verdict}", lang),
                )
            )
        head = tuple(text(f"limits.head_{each}", lang) for each in ("limit", "quantity", "value", "figure", "verdict"))
        lines = [text("limits.title", lang, confidence=f"{self.confidence:.4g}")]
        lines += [text("limits.acts", lang, acts="; ".join(self.acts))] if self.acts else []
        lines += [
            table_text(Table(head=head, rows=rows, numeric=frozenset({2, 3}))),
            text("limits.no_conclusion", lang),
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.to_text()


def compare(
    appraisals: Sequence[Resources],
    against: Iterable[Limit] | None = None,
    *,
    confidence: float | None = None,
    acts: tuple[str, ...] = (),
) -> LimitFindings:
    """Compare the sum of values of appraisals with limits; their errors are taken to be independent.

    Parameters
    ----------
    appraisals : sequence of Resources
        At least one.
    against : iterable of Limit, optional
        Otherwise the national ones in force on the last day of the appraisals.
    confidence : float, optional
        Otherwise that of the first.
    acts : tuple of str
        What they are, in words.
    """
    if not appraisals:
        raise ParameterError("there is no appraisal to compare with limits")
    foreign = {each.currency for each in appraisals} - {"CNY", None}
    if foreign:
        raise ParameterError(f"limits are in CNY; prices are in {', '.join(sorted(str(each) for each in foreign))}")
    level = number(appraisals[0].confidence if confidence is None else confidence, "confidence")
    last = max(each.period[1] for each in appraisals)
    values = {}
    for quantity in _VALUES:
        known = [each.total(quantity) for each in appraisals if quantity in each._totals]
        if known:
            sigma = sum(each.sigma**2 for each in known) ** 0.5
            values[quantity] = Stated(sum(each.value for each in known), sigma)
    if not values:
        raise ParameterError("no value was computed: state densities and prices")
    findings = [
        LimitFinding(limit, quantity, value, limit.verdict(value.value, value.sigma, confidence=level))
        for limit in (limits(day=last) if against is None else against)
        for quantity, value in values.items()
        if quantity in limit.applies_to
    ]
    return LimitFindings(tuple(findings), level, acts)


@dataclass(frozen=True)
class Act:
    """An appraisal, of whose acts it is, and when they ended.

    Attributes
    ----------
    resources : Resources
        The appraisal.
    subject : str
        Whose acts: a person or a firm, under one name.
    day : datetime.date or str or None
        Last day of the acts; otherwise that of the last survey.
    settled : bool
        Whether they have been dealt with already: then they are not added up.
    """

    resources: Resources
    subject: str
    day: Any = None
    settled: bool = False

    @property
    def when(self) -> datetime.date:
        """Last day of the acts."""
        day = self.resources.period[1] if self.day is None else self.day
        return datetime.date.fromisoformat(iso_day(day, f"day of an act of {self.subject}"))


def add_up(
    acts: Iterable[Act], against: Iterable[Limit] | None = None, *, confidence: float | None = None, years: int = YEARS
) -> dict[str, LimitFindings]:
    """Add up acts of one subject that have not been dealt with, within two years, and compare the sums with limits.

    Parameters
    ----------
    acts : iterable of Act
        Of any number of subjects, in any order.
    against, confidence
        As in `compare`.
    years : int
        Acts that ended within so many years before another act of the same subject are added to it.

    Returns
    -------
    dict
        By subject: of all such sums, that with the greatest value.
    """
    by_subject: dict[str, list[Act]] = {}
    for act in acts:
        if not act.settled:
            by_subject.setdefault(act.subject, []).append(act)
    chosen = None if against is None else tuple(against)
    found = {}
    for subject, own in sorted(by_subject.items()):
        own.sort(key=lambda act: act.when)
        sums = []
        for last in own:
            within = [act for act in own if _years_before(last.when, years) <= act.when <= last.when]
            told = tuple(f"{act.resources.period[0]} – {act.when.isoformat()}" for act in within)
            sums.append(compare([act.resources for act in within], chosen, confidence=confidence, acts=told))
        found[subject] = max(sums, key=lambda each: max((one.value.value for one in each.findings), default=0.0))
    return found


def _years_before(day: datetime.date, years: int) -> datetime.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
