"""Quantities and values of what was dug: tables, errors, and what should be measured better."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from overcut.exceptions import ParameterError
from overcut.messages import Language, language, text
from overcut.messages.sentences import assumption
from overcut.propagation import Inputs, draws, jacobian, variances
from overcut.records import frame_of, rows_of
from overcut.stated import positive_integer
from overcut.stated_value import Stated
from overcut.summary import Table, figure
from overcut.summary_text import table_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from pandas import DataFrame

    from overcut.adjustments import Adjustment
    from overcut.limits import Limit, LimitFindings
    from overcut.material import Material
    from overcut.price import Price

__all__ = ["QUANTITIES", "Item", "Resources"]

Quantity = Literal[
    "volume_m3", "solid_m3", "destroyed_t", "extracted_t", "destroyed_metal_t", "extracted_metal_t", "destroyed_value",
    "extracted_value",
]  # fmt: skip
QUANTITIES: tuple[Quantity, ...] = (
    "volume_m3",
    "solid_m3",
    "destroyed_t",
    "extracted_t",
    "destroyed_metal_t",
    "extracted_metal_t",
    "destroyed_value",
    "extracted_value",
)
"""What is computed, in the order of tables: volume with adjustments; the same without karst; masses; metal; money."""

_NEEDS_ORE = QUANTITIES[1:]


@dataclass
class Item:
    """One licence, class and layer: which inputs its quantities come from, by their positions."""

    licence: str
    class_: str
    layer: str
    is_ore: bool
    volumes: list[int] = field(default_factory=list)
    properties: dict[str, int] = field(default_factory=dict)
    price: tuple[int, str] | None = None
    adjustments: list[tuple[str, int, int | None]] = field(default_factory=list)
    bounds: list[tuple[int, float]] = field(default_factory=list)
    """Roofs and floors, in standard errors from where they are taken to be, and the volume that one of these adds."""
    extracted_t: int | None = None

    def compute(self, x: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Quantities from inputs, the last axis of `x`; those for which something is not stated are missing."""

        def share(name: str) -> Any:
            return x[..., self.properties[name]] if name in self.properties else 0.0

        measured = x[..., self.volumes].sum(axis=-1)
        for bound, rise_m3 in self.bounds:
            measured = measured + x[..., bound] * rise_m3
        by_kind: dict[str, Any] = {"older_void": 0.0, "stockpile_in_void": 0.0, "stockpile_left": 0.0, "beside": 0.0}
        for kind, volume, swell in self.adjustments:
            by_kind[kind] = by_kind[kind] + (x[..., volume] / (1.0 if swell is None else x[..., swell]))
        void = measured - by_kind["older_void"] + by_kind["stockpile_in_void"]
        found = {"volume_m3": void + by_kind["beside"]}
        if not self.is_ore:
            return found
        solid = 1.0 - share("karst_rate")
        found["solid_m3"] = found["volume_m3"] * solid
        recovered = None
        if "recovery" in self.properties:
            recovered = (void - by_kind["stockpile_left"]) * solid * share("recovery")
        if "density_t_per_m3" in self.properties:
            dry = x[..., self.properties["density_t_per_m3"]] * (1.0 - share("moisture"))
            found["destroyed_t"] = found["solid_m3"] * dry
            if self.extracted_t is not None:
                found["extracted_t"] = x[..., self.extracted_t]
            elif recovered is not None:
                found["extracted_t"] = recovered * dry / (1.0 - share("dilution"))
            if "grade" in self.properties:
                found["destroyed_metal_t"] = found["destroyed_t"] * share("grade")
                if "extracted_t" in found:
                    # What is taken out is poorer by the dilution.
                    found["extracted_metal_t"] = found["extracted_t"] * share("grade") * (1.0 - share("dilution"))
        if self.price is not None:
            at, per = self.price
            for which, volume_m3 in (("destroyed", found["solid_m3"]), ("extracted", recovered)):
                amount = {
                    "t": found.get(f"{which}_t"),
                    "m3": volume_m3,
                    "t_metal": found.get(f"{which}_metal_t"),
                }[per]
                if amount is not None:
                    found[f"{which}_value"] = amount * x[..., at]
        return found


class Resources:
    """Result of `appraise`: quantities by licence, class and layer, and totals over the classes that were chosen.

    No conclusion of law is drawn: `against` says how a value stands to a figure, and no more.
    """

    def __init__(
        self,
        *,
        items: list[Item],
        inputs: Inputs,
        classes: tuple[str, ...],
        confidence: float,
        materials: dict[str, Material],
        prices: dict[str, Price],
        adjustments: tuple[Adjustment, ...],
        bounds: list[tuple[str, str, Stated]],
        assumptions: list[str],
        digest: str,
        period: tuple[str, str],
    ) -> None:
        self._items, self._inputs = items, inputs
        self.classes = classes
        self.confidence = confidence
        self.materials, self.prices, self.adjustments = materials, prices, adjustments
        self._bounds = bounds
        self._digest = digest
        self.period = period
        unpriced = sorted({item.layer for item in items if item.is_ore and item.price is None})
        self.assumptions = (
            *assumptions,
            *(f"{layer or 'ground in no layer'}: no price stated, no value computed" for layer in unpriced),
        )

    @property
    def currency(self) -> str | None:
        """Of values; None where there is no price."""
        return next((price.currency for price in self.prices.values()), None)

    def _counted(self, quantity: str) -> list[int]:
        """Positions of the items that a total counts."""
        ore_only = quantity in _NEEDS_ORE or any(item.is_ore for item in self._items)
        return [
            at
            for at, item in enumerate(self._items)
            if item.class_ in self.classes and (item.is_ore or not ore_only) and quantity in self._by_item[at]
        ]

    @cached_property
    def _by_item(self) -> list[dict[str, float]]:
        found = [item.compute(self._inputs.values) for item in self._items]
        return [{name: float(value) for name, value in quantities.items()} for quantities in found]

    def _model(self, x: NDArray[Any]) -> dict[str, NDArray[Any]]:
        computed = [item.compute(x) for item in self._items]
        totals: dict[str, NDArray[Any]] = {}
        for quantity in QUANTITIES:
            counted = self._counted(quantity)
            if counted:
                totals[quantity] = sum(computed[at][quantity] for at in counted) + 0.0 * x[..., 0]
        return totals

    @cached_property
    def _totals(self) -> dict[str, tuple[Stated, list[tuple[tuple[str, str], float]]]]:
        if not self._inputs.values.size:
            return {}
        values = self._model(self._inputs.values)
        found = {}
        for name, derivatives in jacobian(self._model, self._inputs.values).items():
            variance, parts = variances(derivatives.reshape(1, -1), self._inputs)
            sigma = float(np.sqrt(max(variance[0], 0.0)))
            found[name] = (Stated(float(values[name]), sigma), [(source, float(part[0])) for source, part in parts])
        return found

    def total(self, quantity: Quantity) -> Stated:
        """Total over the chosen classes, with its standard error.

        Raises
        ------
        ParameterError
            It is not a quantity, or something that it needs is not stated.
        """
        if quantity not in QUANTITIES:
            raise ParameterError(f"quantity is {quantity!r}; expected one of {', '.join(QUANTITIES)}")
        if quantity not in self._totals:
            raise ParameterError(
                f"{quantity} cannot be computed: nothing was dug in the classes {', '.join(self.classes)}, or a "
                "density, grade, price, or recovery that it needs is not stated"
            )
        return self._totals[quantity][0]

    def _interval(self, value: float, sigma: float) -> tuple[float, float]:
        half = NormalDist().inv_cdf(0.5 * (1.0 + self.confidence)) * sigma
        return max(value - half, 0.0), max(value + half, 0.0)

    @cached_property
    def _sigmas(self) -> list[dict[str, float]]:
        found = []
        for item in self._items:
            derivatives = jacobian(lambda x, item=item: _alone(item.compute(x)), self._inputs.values)  # type: ignore[misc]
            found.append(
                {
                    name: float(np.sqrt(max(variances(each.reshape(1, -1), self._inputs)[0][0], 0.0)))
                    for name, each in derivatives.items()
                }
            )
        return found

    @property
    def by_item(self) -> DataFrame:
        """Row per licence, class and layer: every quantity with its standard error and interval."""
        rows = []
        for item, values, sigmas in zip(self._items, self._by_item, self._sigmas, strict=True):
            row: dict[str, Any] = {
                "licence": item.licence,
                "class": item.class_,
                "layer": item.layer or None,
                "ore": item.is_ore,
                "counted": item.class_ in self.classes and item.is_ore,
            }
            for name in QUANTITIES:
                value, sigma = values.get(name, np.nan), sigmas.get(name, np.nan)
                low, high = self._interval(value, sigma) if name in values else (np.nan, np.nan)
                row |= {name: value, f"{name}_sigma": sigma, f"{name}_low": low, f"{name}_high": high}
            rows.append(row)
        return frame_of(rows)

    @property
    def totals(self) -> DataFrame:
        """Row per quantity, over the chosen classes: value, standard error, interval."""
        rows = []
        for name, (total, _) in self._totals.items():
            low, high = self._interval(total.value, total.sigma)
            rows.append({"quantity": name, "value": total.value, "sigma": total.sigma, "low": low, "high": high})
        return frame_of(rows, columns=["quantity", "value", "sigma", "low", "high"])

    @property
    def variance_shares(self) -> DataFrame:
        """Share of every source in the variance of each total: the largest should be measured better."""
        rows = []
        for name, (total, parts) in self._totals.items():
            known = [(source, part) for source, part in parts if part > 0.0]
            for (what, of), part in sorted(known, key=lambda each: -each[1]):
                share = part / total.sigma**2
                rows.append({"quantity": name, "source": what, "of": of, "sigma": part**0.5, "share": share})
        return frame_of(rows, columns=["quantity", "source", "of", "sigma", "share"])

    @property
    def adjustment_table(self) -> DataFrame:
        """What a survey cannot see, as stated, each with its source."""
        rows = [{**each.to_dict(), **_flat("volume_m3", each.volume_m3)} for each in self.adjustments]
        columns = ["kind", "licence", "class", "layer", "volume_m3", "volume_m3_sigma", "source"]
        return frame_of(rows, columns=columns)

    @property
    def inputs(self) -> DataFrame:
        """What was stated of materials, prices, and errors of roofs and floors, with sources."""
        rows = [
            {"layer": layer or None, "property": name, **each.to_dict()}
            for layer, material in self.materials.items()
            for name, each in material.given().items()
        ]
        for layer, price in self.prices.items():
            told = [price.amount.source, price.date and price.date.isoformat(), price.place]
            source = "; ".join(each for each in told if each) or None
            name = f"price, {price.currency}/{price.per}"
            rows.append({"layer": layer or None, "property": name, **price.amount.to_dict(), "source": source})
        rows += [{"layer": layer, "property": name, **each.to_dict()} for layer, name, each in self._bounds]
        return frame_of(rows, columns=["layer", "property", "value", "sigma", "source"])

    def monte_carlo(self, number: int = 10_000, *, seed: int = 0) -> DataFrame:
        """Check the first-order errors of totals by drawing all inputs.

        Parameters
        ----------
        number : int
            Draws.
        seed : int
            Of the random numbers; the same seed gives the same table.

        Returns
        -------
        pandas.DataFrame
            Row per quantity: mean, standard deviation and interval of the draws; first-order standard error; and
            the ratio of the two.
        """
        drawn = self._model(draws(self._inputs, positive_integer(number, "number"), seed))
        tail = 50.0 * (1.0 - self.confidence)
        rows = []
        for name, (total, _) in self._totals.items():
            low, high = np.percentile(drawn[name], [tail, 100.0 - tail])
            sigma = float(drawn[name].std(ddof=1))
            rows.append(
                {
                    "quantity": name,
                    "mean": float(drawn[name].mean()),
                    "sigma": sigma,
                    "low": float(low),
                    "high": float(high),
                    "first_order_sigma": total.sigma,
                    "ratio": total.sigma / sigma if sigma > 0.0 else np.nan,
                }
            )
        return frame_of(rows)

    def against(self, limits: Iterable[Limit] | None = None, *, confidence: float | None = None) -> LimitFindings:
        """Compare the totals of money with limits of law: surely over, possibly, surely not.

        Parameters
        ----------
        limits : iterable of Limit, optional
            Otherwise those that ship with the package and were in force on the last survey day (`overcut.limits`).
        confidence : float, optional
            Otherwise that of the appraisal.

        Returns
        -------
        LimitFindings
        """
        from overcut.limits import compare

        return compare([self], limits, confidence=confidence)

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "assessment_digest": self._digest,
            "period": list(self.period),
            "classes": list(self.classes),
            "confidence": self.confidence,
            "currency": self.currency,
            "materials": {layer: material.to_dict() for layer, material in self.materials.items()},
            "prices": {layer: price.to_dict() for layer, price in self.prices.items()},
            "adjustments": [each.to_dict() for each in self.adjustments],
            "bounds": [
                {"layer": layer, "property": name, "value": each.value, "source": each.source}
                for layer, name, each in self._bounds
            ],
            "items": rows_of(self.by_item),
            "totals": rows_of(self.totals),
            "variance_shares": rows_of(self.variance_shares),
            "assumptions": list(self.assumptions),
        }

    def to_text(self, lang: Language = "en") -> str:
        """Lay out the totals, and where their errors come from, as text."""
        lang = language(lang)
        title = text("resources.title", lang, start=self.period[0], end=self.period[1])
        lines = [title, "  " + self._counted_words(lang), "", table_text(self._totals_table(lang))]
        if self.assumptions:
            lines += [
                "",
                text("resources.assumptions", lang),
                *(f"  - {assumption(each, lang)}" for each in self.assumptions),
            ]
        return "\n".join(lines)

    def _counted_words(self, lang: Language) -> str:
        names = [text(f"classes.{each}", lang) for each in self.classes]
        return text("resources.counted", lang, classes=text("resources.comma", lang).join(names))

    def _totals_table(self, lang: Language) -> Table:
        rows: list[tuple[str, ...]] = []
        for name, (total, parts) in self._totals.items():
            low, high = self._interval(total.value, total.sigma)
            (what, of), part = max(parts, key=lambda each: each[1], default=(("", ""), 0.0))
            most = "–"
            if part > 0.0:
                word = text(f"resources.source_{what}", lang)
                most = f"{word}{f' ({of})' if of else ''} {part / total.sigma**2:.0%}"
            unit = self.currency or ""
            label = text(f"resources.{name}", lang, currency=unit)
            rows.append((label, figure(total.value), f"{figure(low)} – {figure(high)}", most))
        head = tuple(
            text(f"resources.head_{each}", lang, confidence=f"{self.confidence:.4g}")
            for each in ("quantity", "value", "interval", "most")
        )
        return Table(head=head, rows=rows, numeric=frozenset({1, 2}), headline=1)

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        table = self._totals_table("en")
        head = "".join(f"<th>{html.escape(each)}</th>" for each in table.head)
        rows = "".join(f"<tr>{''.join(f'<td>{html.escape(each)}</td>' for each in row)}</tr>" for row in table.rows)
        notes = "".join(f"<li>{html.escape(each)}</li>" for each in self.assumptions)
        title = html.escape(text("resources.title", "en", start=self.period[0], end=self.period[1]))
        counted = html.escape(self._counted_words("en"))
        return f"<h4>{title}</h4><p>{counted}</p><table><tr>{head}</tr>{rows}</table><ul>{notes}</ul>"


def _alone(quantities: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(value) for name, value in quantities.items()}


def _flat(name: str, given: Stated) -> dict[str, Any]:
    return {name: given.value, f"{name}_sigma": given.sigma}
