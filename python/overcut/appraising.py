"""From volumes to tonnes and money: what was destroyed, what was taken out, each with its error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from overcut.classes import CLASS_OF
from overcut.exceptions import ParameterError
from overcut.material import Material
from overcut.messages import text
from overcut.price import Price, price_of
from overcut.propagation import Inputs
from overcut.resources import Item, Resources
from overcut.stated import number
from overcut.stated_value import Stated, stated
from overcut.tables import class_licences, covariance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overcut.adjustments import Adjustment
    from overcut.assessment import Assessment

__all__ = ["OUTSIDE_CLASSES", "appraise"]

OUTSIDE_CLASSES = (
    "below_floor",
    "between_bands",
    "unauthorised_layer",
    "outside_validity",
    "beyond_boundary",
    "unlicensed",
)
"""Classes that are totalled unless others are chosen: what is neither inside a licence nor open."""

_ASSUMED = {"karst_rate": "no karst or fissure rate", "moisture": "no moisture", "dilution": "no dilution"}


def appraise(
    case: Assessment,
    *,
    materials: Mapping[str, Material | Mapping[str, Any]] | None = None,
    prices: Price | Mapping[str, Any] | float | Stated | None = None,
    classes: Iterable[str] = OUTSIDE_CLASSES,
    extracted_t: Mapping[tuple[str, str, str], Any] | None = None,
    adjustments: Iterable[Adjustment] = (),
    confidence: float | None = None,
) -> Resources:
    """Compute resource quantities and values of what an assessment measured.

    What is dug again after backfill is not counted twice. What was destroyed (动用) and what was taken out (采出) are
    kept apart; the latter needs a recovery, or a stated figure. The formulas are in docs/resources.md.

    Parameters
    ----------
    case : Assessment
        With volumes by licence, class and layer.
    materials : mapping of layer to Material, optional
        In place of, or beside, what the layers state; the key "" is ground in no layer.
    prices : Price, number, Stated or mapping of layer to one of these, optional
        In place of, or beside, those of the layers.
    classes : iterable of str
        Classes that totals count.
    extracted_t : mapping of (licence, class, layer) to number or Stated, optional
        Tonnes taken out, where they are known otherwise than by recovery.
    adjustments : iterable of Adjustment
        What a survey cannot see.
    confidence : float, optional
        Of intervals; otherwise that of the assessment.

    Returns
    -------
    Resources

    Raises
    ------
    ParameterError
        A layer, class, or figure is not known or makes no sense.

    Examples
    --------
    A pit of 10 m x 10 m, 2 m deep, without a licence, in sand of 1.6 t/m³ that is worth 50 a tonne:

    >>> import numpy as np
    >>> import overcut as oc
    >>> before = np.full((40, 40), 100.0)
    >>> after = before.copy()
    >>> after[10:20, 10:20] -= 2.0
    >>> place = {"transform": (500000, 1, 0, 3940040, 0, -1), "crs": "EPSG:4546", "sigma_m": 0.05}
    >>> case = oc.assess(
    ...     [oc.Dem(before, date="2021-05-01", **place), oc.Dem(after, date="2024-05-20", **place)], []
    ... )
    >>> found = oc.appraise(case, materials={"": {"density_t_per_m3": 1.6, "recovery": 0.95}}, prices=50.0)
    >>> found.total("destroyed_t").value, found.total("extracted_t").value, found.total("destroyed_value").value
    (320.0, 304.0, 16000.0)
    """
    record = case._data
    chosen = tuple(dict.fromkeys(classes))
    for each in chosen:
        if each not in CLASS_OF:
            raise ParameterError(f"class {each!r} is not known; known: {', '.join(CLASS_OF)}")
    confidence = number(record["options"]["confidence"] if confidence is None else confidence, "confidence")
    if not 0.0 < confidence < 1.0:
        raise ParameterError(f"confidence is {confidence:g}; expected a number between 0 and 1, such as 0.95")
    layers = {layer["name"]: layer for layer in record["layers"]}
    building = _Building(record, _materials(layers, materials), _prices(layers, prices))
    building.add_adjustments(tuple(adjustments))
    building.add_extracted(extracted_t or {})
    building.add_bounds(case)
    return building.resources(chosen, confidence)


def _materials(layers: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Material]:
    found = {}
    for name, layer in layers.items():
        stated = {key: value for key, value in layer["stated"].items() if key in Material.names()}
        found[name] = Material(**stated)
    for name, material in (given or {}).items():
        if name and name not in layers:
            raise ParameterError(
                f"materials has layer {name!r}; layers of the assessment: {', '.join(layers) or 'none'}"
            )
        own = {key: value.to_dict() for key, value in found.get(name, Material()).given().items()}
        try:
            found[name] = Material(**{**own, **(material.given() if isinstance(material, Material) else material)})
        except TypeError as error:
            raise ParameterError(f"material of {name!r}: {error}") from error
    return found


def _prices(layers: Mapping[str, Any], given: Any) -> dict[str, Price]:
    found: dict[str, Price] = {}
    for name, layer in layers.items():
        for key, value in layer["stated"].items():
            if key.startswith("price_"):
                currency, _, per = key.removeprefix("price_").partition("_per_")
                found[name] = Price(stated(value, key), per=per, currency=currency)
    by_layer = isinstance(given, Mapping) and not {"value", "low", "high"} & given.keys()
    if given is not None and not by_layer:
        given = dict.fromkeys(["", *(name for name, layer in layers.items() if layer["kind"] == "ore")], given)
    for name, price in (given or {}).items():
        if name and name not in layers:
            raise ParameterError(f"prices has layer {name!r}; layers of the assessment: {', '.join(layers) or 'none'}")
        found[name] = price_of(price, f"price of {name or 'ground in no layer'}")
    if len({price.currency for price in found.values()}) > 1:
        raise ParameterError("prices are in several currencies; state them in one")
    return found


@dataclass
class _Building:
    """Inputs and items, as they are put together."""

    record: dict[str, Any]
    materials: dict[str, Material]
    prices: dict[str, Price]
    items: dict[tuple[str, str, str], Item] = field(default_factory=dict)
    values: list[float] = field(default_factory=list)
    sigmas: list[float] = field(default_factory=list)
    sources: list[tuple[str, str]] = field(default_factory=list)
    adjustments: tuple[Adjustment, ...] = ()
    known: dict[tuple[str, str], int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        rows = self.record["rows"]
        # The volumes are the first inputs, in the order of the rows: so their covariances find them.
        for row in rows:
            sigma = 0.0 if row["cut_error"] is None else row["cut_error"]["sigma_m3"]
            self._input(row["cut_measured_m3"] - row["cut_again_m3"], sigma, ("volume_m3", ""))
        for at, row in enumerate(rows):
            self._item((class_licences(row), row["class"], row["layer"] or "")).volumes.append(at)

    def _input(self, value: float, sigma: float, source: tuple[str, str]) -> int:
        self.values.append(value)
        self.sigmas.append(sigma)
        self.sources.append(source)
        return len(self.values) - 1

    def _stated(self, given: Stated, source: tuple[str, str]) -> int:
        """Input of a property that is one and the same for all items of a layer."""
        if source not in self.known:
            self.known[source] = self._input(given.value, given.sigma, source)
        return self.known[source]

    def _item(self, key: tuple[str, str, str]) -> Item:
        if key not in self.items:
            licence, class_, layer = key
            kinds = {each["name"]: each["kind"] for each in self.record["layers"]}
            # Ground in no layer is a resource only where it is said what it is.
            is_ore = kinds.get(layer) == "ore" if layer else "" in self.materials
            item = Item(licence, class_, layer, is_ore)
            if is_ore:
                for name, value in self.materials.get(layer, Material()).given().items():
                    item.properties[name] = self._stated(value, (name, layer))
                if layer in self.prices:
                    price = self.prices[layer]
                    item.price = (self._stated(price.amount, ("price", layer)), price.per)
            self.items[key] = item
        return self.items[key]

    def add_adjustments(self, adjustments: tuple[Adjustment, ...]) -> None:
        names = {layer["name"] for layer in self.record["layers"]}
        for number_, each in enumerate(adjustments, start=1):
            if each.class_ not in CLASS_OF:
                raise ParameterError(f"{each!r} has class {each.class_!r}; known: {', '.join(CLASS_OF)}")
            if each.layer and each.layer not in names:
                raise ParameterError(f"{each!r} has layer {each.layer!r}; known: {', '.join(names) or 'none'}")
            item = self._item((each.licence, each.class_, each.layer))
            of = f"{number_} {each.kind}"
            volume = self._input(each.volume_m3.value, each.volume_m3.sigma, ("adjustment", of))
            swell = None
            if each.is_stockpile:
                swell = item.properties.get("swell") if each.swell is None else self._stated(each.swell, ("swell", of))
                if swell is None:
                    raise ParameterError(f"{each!r} is broken ore; state its swell, or that of the layer")
            item.adjustments.append((each.kind, volume, swell))
        self.adjustments = adjustments

    def add_extracted(self, extracted_t: Mapping[tuple[str, str, str], Any]) -> None:
        for key, given in extracted_t.items():
            if key not in self.items:
                shown = "; ".join(str(each) for each in self.items)
                raise ParameterError(f"extracted_t has {key}; expected (licence, class, layer) of a row: {shown}")
            figure = stated(given, f"extracted_t of {key}", least=0.0, unit="tonnes")
            self.items[key].extracted_t = self._input(
                figure.value, figure.sigma, ("extracted_t", " ".join(key).strip())
            )

    def add_bounds(self, case: Assessment) -> None:
        """Put in what errors of roofs and floors do to the volumes."""
        if not self._bounds():
            return
        if case._rows_with is None:
            self.notes.append(
                "errors of roofs and floors are stated, but a record holds no surfaces to try them on; intervals leave "
                "them out"
            )
            return
        for effect in case._bound_effects():
            at = self._input(0.0, 1.0, (effect.bound, effect.layer))
            for key, volume_m3 in effect.volumes_m3.items():
                self._item(key).bounds.append((at, volume_m3))

    def _bounds(self) -> list[tuple[str, str, Stated]]:
        """Errors that are stated of roofs and floors: layer, name, and how much."""
        names = ("roof_sigma_m", "floor_sigma_m")
        return [
            (layer["name"], name, stated(layer["stated"][name], name))
            for layer in self.record["layers"]
            for name in names
            if name in layer["stated"]
        ]

    def resources(self, classes: tuple[str, ...], confidence: float) -> Resources:
        matrix = np.diag(np.square(np.array(self.sigmas, dtype=np.float64)))
        self._correlate(matrix)
        inputs = Inputs(np.array(self.values, dtype=np.float64), matrix, self.sources)
        return Resources(
            items=list(self.items.values()),
            inputs=inputs,
            classes=classes,
            confidence=confidence,
            materials=self.materials,
            prices=self.prices,
            adjustments=self.adjustments,
            bounds=self._bounds(),
            assumptions=[*self.notes, *self._assumptions()],
            digest=self.record["digest"],
            period=(self.record["surfaces"][0]["date"], self.record["surfaces"][-1]["date"]),
        )

    def _correlate(self, matrix: NDArray[np.float64]) -> None:
        """Put in how the errors of volumes go together."""
        rows = [at for at, row in enumerate(self.record["rows"]) if row["cut_error"] is not None]
        matrix[np.ix_(rows, rows)] = covariance(self.record).to_numpy()

    def _assumptions(self) -> list[str]:
        rows = self.record["rows"]
        found = (
            ["errors of different intervals are taken to be independent"] if len(self.record["intervals"]) > 1 else []
        )
        if any(row["cut_error"] is None and row["cut_measured_m3"] != 0.0 for row in rows):
            found.append("some volumes have no error: they are taken as exact")
        if any(row["cut_again_m3"] != 0.0 for row in rows):
            found.append(
                "what was dug again after backfill is not counted; the error of a volume is that of all that was dug"
            )
        for layer in dict.fromkeys(item.layer for item in self.items.values() if item.is_ore):
            material = self.materials.get(layer, Material())
            missing = [words for name, words in _ASSUMED.items() if name not in material.given()]
            if missing and material.density_t_per_m3 is not None:
                found.append(f"{layer or 'ground in no layer'}: {', '.join(missing)} stated, taken as 0")
            found += [
                f"{layer or 'ground in no layer'}: {text(f'resources.source_{name}')} taken as exact"
                for name, value in material.given().items()
                if value.sigma == 0.0
            ]
        return found
