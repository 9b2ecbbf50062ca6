"""What is known of the errors of one comparison: how surveys were brought onto each other, how wrong heights are."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from overcut import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

__all__ = ["Accuracy", "ErrorModel", "Registration"]

Record = dict[str, Any]


class Registration:
    """How one survey was brought onto another on stable ground.

    Moving the later surface by `east_m` and `north_m` and raising it by `up_m` (and by what its tilts give) puts it
    onto the earlier one. Of what was found, only what is significant was applied.
    """

    def __init__(self, record: Record, grid: Record) -> None:
        self._record = record
        self._grid = grid

    @property
    def outcome(self) -> str:
        """`applied`, `not_significant`, `vertical_only` or `refused`."""
        return str(self._record["outcome"])

    @property
    def method(self) -> str:
        """How it was found."""
        return str(self._record["method"])

    @property
    def reasons(self) -> tuple[str, ...]:
        """Whatever was not applied, and why, in sentences."""
        return tuple(self._record["reasons"])

    @property
    def east_m(self) -> float:
        """Applied shift to the east."""
        return float(self._record["applied"]["east_m"])

    @property
    def north_m(self) -> float:
        """Applied shift to the north."""
        return float(self._record["applied"]["north_m"])

    @property
    def up_m(self) -> float:
        """Applied change of height at the centre of the stable ground."""
        return float(self._record["applied"]["up_m"])

    @property
    def parameters(self) -> DataFrame:
        """Each parameter with its value, standard error, and whether it is significant and was applied."""
        return _frame(self._record["parameters"])

    @property
    def residuals(self) -> DataFrame:
        """Median, NMAD and RMS of the difference on stable ground, before and after."""
        return _frame(
            [{"when": when, **self._record[when]} for when in ("before", "after") if self._record[when] is not None]
        )

    @property
    def by_slope(self) -> DataFrame:
        """The same by slope."""
        return _frame(self._record["by_slope"])

    @property
    def by_aspect(self) -> DataFrame:
        """The same by aspect, eight sectors."""
        return _frame(self._record["by_aspect"])

    @property
    def tiles(self) -> DataFrame:
        """Where stable ground was sampled."""
        tiles = self._record["stable"]["tiles"]
        return _frame([{**tile["window"], **{k: v for k, v in tile.items() if k != "window"}} for tile in tiles])

    def to_dict(self) -> Record:
        """Everything that was found, as it stands in the record."""
        return copy.deepcopy(self._record)

    def plot_residuals(self, *, ax: Axes | None = None, lang: str = "en") -> Axes:
        """Map of the median difference on stable ground after registration, tile by tile."""
        return figures.residual_map(self._record, self._grid, ax=ax, lang=lang)

    def plot_histogram(self, *, ax: Axes | None = None, lang: str = "en") -> Axes:
        """Histogram of the differences on stable ground before and after."""
        return figures.residual_histogram(self._record, ax=ax, lang=lang)

    def plot_aspect(self, *, ax: Axes | None = None, lang: str = "en") -> Axes:
        """Difference over slope against aspect: a shift shows as a wave (Nuth & Kääb 2011)."""
        return figures.aspect_fit(self._record, ax=ax, lang=lang)

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{each['name']} {each['value']:.4g} ± {each['sigma']:.2g} {each['unit']}"
            + ("" if each["applied"] else " (not applied)")
            for each in self._record["parameters"]
        )
        return f"<Registration {self.outcome} by {self.method}: {shown or 'nothing found'}>"


class ErrorModel:
    """How wrong the difference of two heights is, on which slopes, and over what distances errors go together."""

    def __init__(self, record: Record) -> None:
        self._record = record

    @property
    def nmad_m(self) -> float:
        """Normalised median absolute deviation of the differences on stable ground."""
        return float(self._record["nmad_m"])

    @property
    def by_slope(self) -> DataFrame:
        """Spread by slope: as found, and made to rise with the slope."""
        return _frame(self._record["sigma"]["bins"])

    @property
    def variogram(self) -> DataFrame:
        """Semivariance of standardised differences by distance."""
        return _frame(self._record["variogram"]["lags"])

    @property
    def structures(self) -> DataFrame:
        """Parts of the fitted variogram; `nugget` is what no two cells share."""
        nugget = {"kind": "nugget", "sill": self._record["variogram"]["nugget"], "range_m": 0.0}
        return _frame([nugget, *self._record["variogram"]["structures"]])

    @property
    def notes(self) -> tuple[str, ...]:
        """Whatever was not as it should be, in sentences."""
        return tuple(self._record["variogram"]["notes"])

    def to_dict(self) -> Record:
        """Everything that was found, as it stands in the record."""
        return copy.deepcopy(self._record)

    def plot_slope(self, *, ax: Axes | None = None, lang: str = "en") -> Axes:
        """Error by slope."""
        return figures.error_by_slope(self._record, ax=ax, lang=lang)

    def plot_variogram(self, *, ax: Axes | None = None, lang: str = "en") -> Axes:
        """Variogram with its fit."""
        return figures.variogram(self._record, ax=ax, lang=lang)

    def __repr__(self) -> str:
        parts = ", ".join(
            f"{each['kind']} {each['sill']:.2g} to {each['range_m']:.3g} m"
            for each in self._record["variogram"]["structures"]
        )
        nugget = self._record["variogram"]["nugget"]
        return f"<ErrorModel NMAD {self.nmad_m:.3g} m; correlation: nugget {nugget:.2g}{', ' + parts if parts else ''}>"


class Accuracy:
    """Registration and error model of one comparison, and the thresholds that follow from them."""

    def __init__(self, record: Record, grid: Record) -> None:
        self._record = record
        self._grid = grid

    @property
    def source(self) -> str:
        """Where the standard deviation of a difference comes from: `estimated`, `stated` or `unknown`."""
        return str(self._record["source"])

    @property
    def registration(self) -> Registration | None:
        """How the surveys were brought onto each other; None if that was not asked for."""
        found = self._record["registration"]
        return None if found is None else Registration(found, self._grid)

    @property
    def error_model(self) -> ErrorModel | None:
        """Errors of a difference; None if nothing is known."""
        found = self._record["error_model"]
        return None if found is None else ErrorModel(found)

    @property
    def detection(self) -> dict[str, float] | None:
        """Thresholds of patches, in standard deviations; None where a level of detection in metres was given."""
        found: dict[str, float] | None = copy.deepcopy(self._record["detection"])
        return found

    def __repr__(self) -> str:
        return f"<Accuracy: errors {self.source}; {self.registration!r}; {self.error_model!r}>"


def _frame(rows: list[Record]) -> DataFrame:
    from pandas import DataFrame

    frame: DataFrame = DataFrame(rows)
    return frame
