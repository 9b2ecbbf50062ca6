"""Does the 95 % interval hold the truth in 95 of 100 rows? Seeded scenes through `overcut.assess`, against their truth.

    python benches/uncertainty/coverage.py              200 scenes with change, 200 without; some minutes
    python benches/uncertainty/coverage.py --quick      20 of each
    python benches/uncertainty/coverage.py --rows x.json   keeps every row, to look into

Results go to `benches/results/uncertainty.*`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# Processes that are started anew on Windows and macOS read this too.
sys.path[:0] = [str(HERE), str(HERE.parent / "peers")]

from common import keep, markdown_table, number  # noqa: E402
from scenes import CLASSES  # noqa: E402
from scores import bias, coverage, registrations, share, tally  # noqa: E402
from survey_errors import Noise  # noqa: E402
from trial import CONFIDENCE, Trial, estimates_errors, run  # noqa: E402
from workings import SIZES  # noqa: E402

import overcut as oc  # noqa: E402

Figures = dict[str, Any]

NO_CHANGE_SEED = 1_000_000
"""Seeds of pairs without change begin here, so that their ground is another one."""


def run_all(trials: list[Trial], processes: int) -> list[Figures]:
    """Run trials side by side, in the order of their seeds."""
    context = multiprocessing.get_context("spawn")
    started, results = time.perf_counter(), []
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        for done, result in enumerate(pool.map(run, trials, chunksize=4), start=1):
            results.append(result)
            if done % 20 == 0 or done == len(trials):
                print(f"{done}/{len(trials)} after {time.perf_counter() - started:.0f} s", flush=True)
    return results


def score(changed: list[Figures], unchanged: list[Figures], least_m3: float, false_alarm: float) -> Figures:
    """Every figure that is reported."""
    good = [trial for trial in changed if "error" not in trial]
    still = [trial for trial in unchanged if "error" not in trial]

    def every(row: Figures) -> bool:
        return True

    def of_size(size: str) -> Any:
        return lambda row: row["size"] == size

    def of_class(word: str) -> Any:
        return lambda row: row["class"] == word

    groups = {"all": every, **{size: of_size(size) for size in SIZES}}
    by_class = {word: of_class(word) for word in CLASSES}
    cuts = sum(trial["other_patches"] > 0 for trial in still)
    either = sum(trial["other_patches"] + trial["fill_patches"] > 0 for trial in still)
    return {
        "scenes": len(good),
        "refused": tally(trial["error"] for trial in changed + unchanged if "error" in trial),
        "rows": {name: coverage(good, "rows", least_m3, rule) for name, rule in {**groups, **by_class}.items()},
        "pits": {name: coverage(good, "pits", least_m3, rule) for name, rule in groups.items()},
        "bias": {
            name: {
                "volume_measured": bias(good, "pits", "measured_m3", "true_m3", rule),
                "volume_certain": bias(good, "pits", "certain_m3", "true_m3", rule),
                "area_measured": bias(good, "pits", "area_m2", "true_area_m2", rule),
                "area_certain": bias(good, "pits", "certain_area_m2", "true_area_m2", rule),
            }
            for name, rule in groups.items()
        },
        "row_bias": {
            name: bias(good, "rows", f"{name}_m3", "true_m3", every) for name in ("measured", "certain", "raw")
        },
        "pits_found": {
            name: share(
                sum(pit["patches"] > 0 for trial in good for pit in trial["pits"] if rule(pit)),
                sum(1 for trial in good for pit in trial["pits"] if rule(pit)),
            )
            for name, rule in groups.items()
        },
        "pits_split": sum(pit["patches"] > 1 for trial in good for pit in trial["pits"]),
        "scenes_with_other_patches": share(sum(trial["other_patches"] > 0 for trial in good), len(good)),
        "false_alarm": {"asked": false_alarm, "any": share(either, len(still)), "cut": share(cuts, len(still))},
        "registration": registrations(good),
        "registration_unchanged": registrations(still),
    }


def percent(value: float | None, digits: int = 1) -> str:
    """Percentage for a table; a dash where there is none."""
    return "–" if value is None else f"{100.0 * value:.{digits}f}"


def between(figures: Figures, digits: int = 1) -> str:
    """95 % interval of a percentage."""
    if figures["low"] is None:
        return "–"
    return f"{percent(figures['low'], digits)} to {percent(figures['high'], digits)}"


def signed(value: float | None) -> str:
    """Bias in per cent, with its sign."""
    return "–" if value is None else f"{100.0 * value:+.2f}"


def describe(found: Figures, least_m3: float) -> str:
    """Tables and what is to be known about them."""
    noise = Noise()
    lines = [
        f"## Intervals against the truth: {found['scenes']} scenes",
        "",
        f"Each scene: 400 x 400 cells of 1 m, shifted by up to 1.6 cells, raised and tilted; a difference errs by "
        f"{noise.sigma_m:.2f} m in all, of which {noise.white_sigma_m:.2f} m white and the rest shared within 15 and "
        f"60 m, more on slopes. Rows have a true volume of at least {least_m3:g} m³. In brackets: 95 % interval of the "
        f"figure itself, from drawing scenes again. z = (measured - true) / sigma. overcut {oc.__version__}.",
    ]
    if not estimates_errors():
        lines += ["", "THIS VERSION ESTIMATES NO ERRORS: measured = certain, and no interval is known."]
    head = ["rows", "number", "not found", "covered, %", "[95 %]", "mean z", "sd z", "NMAD z"]
    for title, key in (("Licence x class", "rows"), ("Whole excavations", "pits")):
        rows = [
            [
                name,
                str(one["rows"]),
                str(one["missed"]),
                percent(one["covered"]),
                between(one),
                number(one["z_mean"]),
                number(one["z_sd"]),
                number(one["z_nmad"]),
            ]
            for name, one in found[key].items()
        ]
        lines += ["", f"### {title}: {CONFIDENCE:.0%} interval", "", markdown_table(head, rows)]
    rows = [
        [name, *(f"{signed(each['bias'])} [{signed(each['low'])} to {signed(each['high'])}]" for each in one.values())]
        for name, one in found["bias"].items()
    ]
    head = ["excavations", "volume measured, %", "volume certain, %", "area measured, %", "area certain, %"]
    lines += ["", "### Bias of sums over excavations", "", markdown_table(head, rows)]
    lines += ["", "Certain: only cells beyond the level of detection."]
    rows = [[name, signed(one["bias"]), signed(one["median"])] for name, one in found["row_bias"].items()]
    lines += ["", "### Bias of sums over rows", ""]
    lines += [markdown_table(["sum", "all scenes, %", "median scene, %"], rows), ""]
    lines += ["### Detection", ""]
    rows = [
        [name, str(one["of"]), str(one["of"] - one["hits"]), percent(one["share"])]
        for name, one in found["pits_found"].items()
    ]
    lines += [markdown_table(["excavations", "number", "not found", "found, %"], rows), ""]
    alarm, other = found["false_alarm"], found["scenes_with_other_patches"]
    lines += [
        f"- Pairs without any change that show a patch: {percent(alarm['any']['share'])} % "
        f"[{between(alarm['any'])}] of {alarm['any']['of']}, where {percent(alarm['asked'])} % is asked for; "
        f"an excavation: {percent(alarm['cut']['share'])} % [{between(alarm['cut'])}].",
        f"- Scenes with a cut patch that belongs to no excavation: {percent(other['share'])} % [{between(other)}].",
        f"- Excavations in more than one patch: {found['pits_split']}.",
    ]
    for name, what in (("registration", "with change"), ("registration_unchanged", "without change")):
        one = found[name]
        if one is not None:
            lines.append(
                f"- Registration of pairs {what}: median error {one['plan_median_cells']:.3f} cells (95 %: "
                f"{one['plan_p95_cells']:.3f}), {1000.0 * one['up_median_m']:.1f} mm in height (95 %: "
                f"{1000.0 * one['up_p95_m']:.1f}); "
                + ", ".join(f"{outcome} {count}" for outcome, count in one["outcomes"].items())
                + "."
            )
    lines += [f"- Refused {count} times: {error}" for error, count in found["refused"].items()]
    return "\n".join(lines)


def main() -> int:
    """Run what the command line asks for; 1 if nothing could be assessed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=200, help="with change, and as many without (default 200)")
    parser.add_argument("--first", type=int, default=0, help="first seed (default 0)")
    parser.add_argument("--least", type=float, default=20.0, help="least true volume of a row, m³ (default 20)")
    parser.add_argument("--false-alarm", type=float, default=0.05, help="as asked of overcut (default 0.05)")
    parser.add_argument("--processes", type=int, default=2, help="side by side, one thread each (default 2)")
    parser.add_argument("--rows", type=Path, help="file for every row, as JSON")
    parser.add_argument("--quick", action="store_true", help="20 scenes; results go to uncertainty_quick.*")
    given = parser.parse_args()
    count = 20 if given.quick else given.scenes
    seeds = range(given.first, given.first + count)
    trials = [Trial(seed, false_alarm=given.false_alarm) for seed in seeds]
    trials += [Trial(NO_CHANGE_SEED + seed, pits=False, false_alarm=given.false_alarm) for seed in seeds]
    results = run_all(trials, given.processes)
    if given.rows:
        given.rows.write_text(json.dumps(results), encoding="utf-8")
    found = score(results[:count], results[count:], given.least, given.false_alarm)
    settings = {"scenes": count, "first": given.first, "least_m3": given.least, "confidence": CONFIDENCE}
    full = count == 200 and given.first == 0
    keep("uncertainty" if full else "uncertainty_quick", {"settings": settings, **found}, describe(found, given.least))
    return 0 if found["scenes"] else 1


if __name__ == "__main__":
    sys.exit(main())
