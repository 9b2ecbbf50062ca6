"""What the figures are if it is not known from where heights are counted: an interval over the candidates."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overcut.assessing import assess, dated_surfaces
from overcut.exceptions import ParameterError, VerticalDatumError
from overcut.height_shift import HeightShift, shifts_of
from overcut.licence_reading import read_licences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pandas import DataFrame

    from overcut.assessment import Assessment

__all__ = ["Candidates", "assess_candidates"]

_KEYS = ("interval", "licence", "class", "layer")
_FIGURES = ("cut_measured_m3", "fill_measured_m3")


@dataclass(frozen=True)
class Candidates:
    """Assessments of the same ground, one for each way in which its heights may be meant.

    Attributes
    ----------
    cases : dict of str to Assessment
        By what was assumed, such as "surfaces 1956, licences 1985".
    """

    cases: Mapping[str, Assessment]

    @property
    def by_licence(self) -> DataFrame:
        """Least and greatest volume of each row of `Assessment.by_licence` over the candidates.

        Columns
        -------
        interval, licence, class, layer
            As there; a row that a candidate has not counts as nothing in it.
        cut_measured_min_m3, cut_measured_max_m3, fill_measured_min_m3, fill_measured_max_m3
            Volumes, without the error of each, which stands in the candidates themselves.
        cut_least, cut_most
            Candidate with the least and the greatest cut.
        """
        import pandas as pd

        tables = []
        for name, case in self.cases.items():
            table = case.by_licence[[*_KEYS, *_FIGURES]].assign(candidate=name)
            tables.append(pd.DataFrame(table).fillna({"layer": ""}))
        stacked = pd.concat(tables, ignore_index=True)
        names = list(self.cases)
        wide = {
            figure: stacked.pivot_table(index=list(_KEYS), columns="candidate", values=figure, aggfunc="sum")
            .reindex(columns=names)
            .fillna(0.0)
            for figure in _FIGURES
        }
        cut, fill = wide["cut_measured_m3"], wide["fill_measured_m3"]
        result = pd.DataFrame(
            {
                "cut_measured_min_m3": cut.min(axis=1),
                "cut_measured_max_m3": cut.max(axis=1),
                "fill_measured_min_m3": fill.min(axis=1),
                "fill_measured_max_m3": fill.max(axis=1),
                "cut_least": cut.idxmin(axis=1),
                "cut_most": cut.idxmax(axis=1),
            }
        )
        found: DataFrame = result.reset_index()
        return found

    def __repr__(self) -> str:
        return f"<Candidates: {'; '.join(self.cases)}>\n{self.by_licence.to_string(index=False)}"


def assess_candidates(
    surfaces: Any,
    licences: Any,
    *,
    vertical_datum: str = "1985",
    surfaces_in: Iterable[str] = ("1985", "1956"),
    licences_in: Iterable[str] | None = None,
    height_shifts: HeightShift | Iterable[HeightShift] | None = None,
    **options: Any,
) -> Candidates:
    """Assess once for each vertical datum that undeclared heights may have.

    An assessment refuses elevation classes where a datum is not declared. This gives what can be said all the same: the
    interval in which each figure lies, whatever the datum.

    Parameters
    ----------
    surfaces, licences
        As in `assess`. What states a vertical datum keeps it, and must be in `vertical_datum` or have its own shift
        to it.
    vertical_datum : str
        Datum in which heights and elevations are compared.
    surfaces_in : iterable of str
        Datums that surfaces without one may have.
    licences_in : iterable of str, optional
        Datums that elevations of licences without one may have; otherwise they are taken to be in `vertical_datum`.
    height_shifts : HeightShift or iterable of them, optional
        From each candidate to `vertical_datum`. Between 1956 and 1985 it is known.
    **options
        As in `assess`.

    Returns
    -------
    Candidates

    Raises
    ------
    ParameterError
        Every surface states its datum, and every licence too: there is nothing to vary.
    VerticalDatumError
        No shift is known or given for a candidate.

    Examples
    --------
    >>> import numpy as np
    >>> import overcut as oc
    >>> before = np.full((40, 40), 100.0)
    >>> after = before.copy()
    >>> after[10:20, 10:20] = 90.0
    >>> place = {"transform": (500000, 1, 0, 3940040, 0, -1), "crs": "EPSG:4546", "sigma_m": 0.05}
    >>> ground = [(500000, 3940000), (500040, 3940000), (500040, 3940040), (500000, 3940040)]
    >>> found = oc.assess_candidates(
    ...     [oc.Dem(before, date="2021-05-01", **place), oc.Dem(after, date="2024-05-20", **place)],
    ...     [oc.Licence("C14", ground, floor_m=95, ceiling_m=150, vertical_datum="1985")],
    ... )

    Of 1956 heights the pit lies 29 mm deeper, over 100 m²:

    >>> below = found.by_licence[found.by_licence["class"] == "below_floor"]
    >>> below[["cut_measured_min_m3", "cut_measured_max_m3"]].round(3).values.tolist()
    [[500.0, 502.9]]
    """
    dems = dated_surfaces(surfaces)
    table = read_licences(licences)
    shifts = shifts_of(height_shifts)
    silent_dems = [dem for dem in dems if dem.vertical_datum is None]
    silent_licences = [
        licence
        for licence in table
        if licence.vertical_datum is None and any(part.floor_m is not None for part in licence.parts)
    ]
    of_dems = _distinct(surfaces_in, "surfaces_in") if silent_dems else [vertical_datum]
    of_licences = _distinct(licences_in or [vertical_datum], "licences_in") if silent_licences else [vertical_datum]
    if not silent_dems and not silent_licences:
        raise ParameterError(
            "every surface and licence states a vertical datum; there is nothing to vary: use `assess`"
        )
    cases = {}
    for of_dem, of_licence in itertools.product(of_dems, of_licences):
        assumed = [dem._assumed(of_dem, _shift(of_dem, vertical_datum, shifts)) for dem in dems]
        banded = table._converted(height_shift=_shift(of_licence, vertical_datum, shifts), vertical_datum=of_licence)
        words = [f"surfaces {of_dem}"] if silent_dems else []
        words += [f"licences {of_licence}"] if silent_licences else []
        cases[", ".join(words)] = assess(assumed, banded, **options)
    return Candidates(cases)


def _distinct(words: Iterable[str], name: str) -> list[str]:
    listed = [words] if isinstance(words, str) else [str(word) for word in words]
    if not listed:
        raise ParameterError(f"{name} is empty; expected at least one vertical datum, such as '1985'")
    return list(dict.fromkeys(listed))


def _shift(of: str, to: str, given: tuple[HeightShift, ...]) -> HeightShift | None:
    if of == to:
        return None
    fitting = [shift for shift in given if (shift.from_datum, shift.to_datum) == (of, to)]
    if fitting:
        return fitting[0]
    try:
        return HeightShift.known(of, to)
    except VerticalDatumError as error:
        raise VerticalDatumError(f"candidate {of!r} needs a shift to {to!r} among `height_shifts`: {error}") from error
