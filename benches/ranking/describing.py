"""Tables for people, and what is to be known about them."""

from __future__ import annotations

from typing import Any

from common import markdown_table, number
from evaluation import CUTS
from trials import REAL_AREA_M2, REAL_DEPTH_M, REAL_SHARE

import overcut as oc

Figures = dict[str, Any]


def describe(found: Figures) -> str:
    """Whole page of results."""
    sets = found["sets"]
    rows = [
        [
            name.replace("_", " "),
            str(each["scenes"]),
            str(each["patches"]),
            str(each["real"]),
            number(each["base_rate"]),
        ]
        for name, each in sets.items()
    ]
    lines = [
        f"## Ranking patches: {sum(each['scenes'] for each in sets.values())} planted scenes",
        "",
        "Each scene: 300 x 300 cells of 2 to 4 m, two or three surveys; a difference errs by 0.9 to 2 m, mostly "
        "shared within 25 and 120 m, more on slopes; surveys are shifted, raised and tilted, with steps between "
        "strips and places where matching went astray. Planted: pits (some growing, some filled again), mines "
        "(lawful, across the boundary, below the floor), dumps, felling and growth, landslides, roads, "
        "reservoirs, rivers, stockpiles, houses pulled down. `elsewhere`: steeper ground, cells of 5 m, errors of "
        "1.6 to 2.8 m with longer ranges, more felling, landslides and errors. Assessed by `overcut.assess` with "
        f"its defaults. A patch is real if {REAL_SHARE:.0%} of its outline, or {REAL_AREA_M2:,.0f} m², was dug "
        f"outside the rights deeper than {REAL_DEPTH_M} m. No scene of training is in another set. In brackets: 95 "
        f"%, from drawing whole scenes again. overcut {oc.__version__}.",
        "",
        markdown_table(["set", "scenes", "patches", "real", "base rate"], rows),
    ]
    for name, title in (("held_out", "held-out scenes"), ("elsewhere", "another county, without retraining")):
        lines += ["", f"### Precision at k: {title}", "", _rankings(found[name]["rankings"])]
        for surveys, each in found[name]["by_surveys"].items():
            part = {ranking: each[ranking] for ranking in ("model", "area", "strength")}
            lines += ["", f"Scenes of {surveys} surveys alone:", "", _rankings(part)]
        lines += ["", f"### Calibration: {title}", "", _calibration(found[name]["calibration"])]
        lines += ["", f"### Reviewers' load: {title}", "", _load(found[name]["load"])]
    lines += ["", "### Learning from inspections", "", _retraining(found["retraining"])]
    lines += ["", "### Weights", "", _weights(found["model"])]
    return "\n".join(lines)


def _between(interval: list[float]) -> str:
    return f"[{interval[0]:.2f}, {interval[1]:.2f}]"


def _rankings(found: Figures) -> str:
    names = [f"at_{cut}" for cut in CUTS if f"at_{cut}" in found["model"]]
    rows = [
        [
            name,
            *(f"{number(each[at])} {_between(each[f'{at}_interval'])}" for at in (*names, "average")),
            "" if name == "model" else _between(each["average_model_beyond"]),
        ]
        for name, each in found.items()
    ]
    head = ["sorted by", *(name.replace("at_", "first ") for name in names), "average precision", "model beyond it"]
    return markdown_table(head, rows)


def _calibration(found: Figures) -> str:
    rows = [
        [
            f"{each['from']:g} to {each['to']:g}",
            str(each["of"]),
            number(each["stated"], 3),
            number(each["share"], 3),
            "–" if each["low"] is None else f"[{max(each['low'], 0.0):.3f}, {min(each['high'], 1.0):.3f}]",
        ]
        for each in found["classes"]
    ]
    table = markdown_table(["probability", "patches", "mean stated", "share real", "[95 %]"], rows)
    error = "expected_calibration_error"
    return (
        f"{table}\n\nReal: {found['real']} of {found['patches']} = {number(found['base_rate'], 3)}; mean probability "
        f"{number(found['mean_probability'], 3)}. Expected calibration error {number(found[error], 3)} "
        f"{_between(found[f'{error}_interval'])}; Brier score {number(found['brier'], 3)} "
        f"{_between(found['brier_interval'])}, against {number(found['brier_of_base_rate'], 3)} of the base rate alone."
    )


def _load(found: list[Figures]) -> str:
    rows = [
        [
            str(each["visits"]),
            f"{number(each['expected_real'], 1)} [{each['real_low']:.0f}, {each['real_high']:.0f}]",
            str(each["true_real"]),
            f"{number(each['share_of_real'])} {_between([each['share_low'], each['share_high']])}",
            number(each["true_share"]),
        ]
        for each in found
    ]
    head = ["visits", "real ones expected [95 %]", "real ones", "share of all real ones expected [95 %]", "share"]
    return markdown_table(head, rows)


def _retraining(found: Figures) -> str:
    rows = []
    for name, each in found.items():
        pairs = [
            f"{number(each[f'{figure}_before'], 3)} → {number(each[f'{figure}_after'], 3)}"
            for figure in ("mean_probability", "expected_calibration_error", "log_loss", "average")
        ]
        rows.append(
            [name, number(each["visited_real"], 1), number(each["base_rate"], 3), *pairs, f"{each['better']:.0%}"]
        )
    head = [
        "county",
        "real among visited",
        "base rate of the rest",
        "mean probability",
        "calibration error",
        "log loss",
        "average precision",
        "log loss is better in",
    ]
    one = next(iter(found.values()))
    return (
        f"{markdown_table(head, rows)}\n\n{one['inspected']} visits in one half of the scenes, figures from the other "
        f"half; means over {one['repeats']} choices. Few real ones: four in five real patches taken away."
    )


def _weights(model: Figures) -> str:
    rows = [
        [each["name"], f"{each['weight']:+.2f}", f"{each['scale']:.2f}", each["source"]]
        for each in sorted(model["weights"], key=lambda each: -abs(each["weight"]))
    ]
    calibrated = model["training"]["calibration"]
    return (
        f"{markdown_table(['feature', 'log-odds per scale', 'scale', 'source'], rows)}\n\nPlatt's scaling over "
        f"{calibrated['folds']} folds: slope {calibrated['slope']:.2f}, offset {calibrated['offset']:+.2f}."
    )
