"""Pictures of `benches/results/ranking.json` for the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES = {
    "model": ("the model", "#0b5394", "-", 2.4),
    "volume outside / its error": ("volume outside the rights / its error", "#7a5195", "-.", 1.3),
    "volume outside the rights": ("volume outside the rights", "#b45f06", ":", 1.6),
    "area": ("area", "#444444", "--", 1.6),
}
"""Rankings that are drawn: label, colour, style, width."""


def precision(found: dict[str, Any]) -> Figure:
    """Share of real ones among the first visits, on held-out scenes."""
    curve = found["held_out"]["rankings"]["model"]["curve"]
    base_rate = found["held_out"]["calibration"]["base_rate"]
    figure, ax = plt.subplots(figsize=(7.2, 4.4), layout="constrained")
    for name, (label, colour, style, width) in LINES.items():
        ax.plot(curve["cuts"], curve[name], color=colour, linestyle=style, linewidth=width, label=label)
        if f"{name}_interval" in curve:
            ax.fill_between(curve["cuts"], *curve[f"{name}_interval"], color=colour, alpha=0.15, linewidth=0)
    ax.axhline(base_rate, color="#999999", linewidth=0.8)
    ax.annotate(
        f"base rate {base_rate:.2f}", (curve["cuts"][-1], base_rate), (-2, 3), textcoords="offset points", ha="right"
    )
    ax.set(xlabel="patches visited", ylabel="share of them that is real", ylim=(0.0, 1.02), xlim=(0, curve["cuts"][-1]))
    ax.set_title("Held-out planted scenes; bands: 95 %", fontsize=10)
    ax.legend(title="list sorted by", frameon=False, loc="upper right")
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def calibration(found: dict[str, Any]) -> Figure:
    """Share that is real over the probability that was stated, at home and elsewhere."""
    figure, panels = plt.subplots(1, 2, figsize=(8.6, 4.4), layout="constrained", sharey=True)
    for ax, name, title in zip(panels, ("held_out", "elsewhere"), ("held-out scenes", "another county"), strict=True):
        curve = found[name]["calibration"]
        shown = [each for each in curve["classes"] if each["of"]]
        stated = [each["stated"] for each in shown]
        share = [each["share"] for each in shown]
        below = [max(each["share"] - each["low"], 0.0) for each in shown]
        above = [max(each["high"] - each["share"], 0.0) for each in shown]
        ax.plot([0, 1], [0, 1], color="#999999", linewidth=0.8)
        ax.errorbar(stated, share, (below, above), fmt="o", color="#0b5394", capsize=3, markersize=5)
        for each in shown:
            # Upright, above the bars: the lowest classes stand close together.
            place = (each["stated"], each["high"])
            ax.annotate(
                f"{each['of']}", place, (0, 7), textcoords="offset points", ha="center", rotation=90, fontsize=8
            )
        error = curve["expected_calibration_error"]
        ax.set_title(f"{title}: {curve['real']} of {curve['patches']} real, error {error:.3f}", fontsize=10)
        ax.set(xlabel="probability stated", xlim=(-0.02, 1.02), ylim=(-0.02, 1.1), aspect="equal")
        ax.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("share that is real, 95 % interval")
    figure.supxlabel("numbers: patches", fontsize=8)
    return figure
