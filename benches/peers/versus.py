"""The same question put to other tools: how much was removed inside each licence, in plan."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from common import EXAMPLES, Result, build_examples, keep, last_line, markdown_table, medians, number, run_json

from scene import EARLIER, LATER, Scene, make_scene

HERE = Path(__file__).parent
GEOUTILS = HERE / ".venv-geoutils"

EXACT_TOLERANCE = 1e-5
"""Relative, between tools that take exact shares of cells; exactextract's shares are float32."""
CENTRE_TOLERANCE = 1e-2
"""Relative, for tools that take a cell whole or not at all by its centre; the error of many boundaries is random."""
SAME_TOLERANCE = 1e-6
"""Relative, among the tools that go by the centre: they must take the same cells."""


@dataclass(frozen=True)
class Contender:
    """A tool that takes part.

    Attributes
    ----------
    name : str
        In the table.
    script : str
        In `contenders`; empty for the Rust program.
    module : str
        What must be importable.
    exact : bool
        Whether shares of cells are exact.
    lacks : str
        What it does not do.
    """

    name: str
    script: str
    module: str
    exact: bool
    lacks: str


ZONAL_LACKS = "bands, validity, patches, attribution, overlaps counted once, level of detection"
CONTENDERS = (
    Contender("overcut (Python)", "overcut_python", "overcut", True, "–"),
    Contender("overcut (Rust)", "", "", True, "–"),
    Contender("exactextract", "exactextract_sum", "exactextract", True, f"difference, {ZONAL_LACKS}"),
    Contender("rasterio + numpy", "rasterio_numpy", "rasterio", False, f"{ZONAL_LACKS}, shares of cells"),
    Contender("rasterstats", "rasterstats_zonal", "rasterstats", False, f"difference, {ZONAL_LACKS}, shares of cells"),
    Contender("GeoUtils", "geoutils_mask", "geoutils", False, f"{ZONAL_LACKS}, shares of cells"),
)


def python_for(contender: Contender) -> str | None:
    """Interpreter that has the tool; None if there is none. GeoUtils has its own, for it holds pandas below 3."""
    candidates = [sys.executable]
    if contender.module == "geoutils":
        candidates.insert(0, str(GEOUTILS / "bin" / "python"))
    for python in candidates:
        probe = [python, "-c", f"import {contender.module}"]
        if Path(python).exists() and subprocess.run(probe, check=False, capture_output=True).returncode == 0:
            return python
    return None


def set_up_geoutils() -> None:
    """Make the environment of GeoUtils, if it is not there."""
    if GEOUTILS.exists():
        return
    for command in (
        [sys.executable, "-m", "venv", str(GEOUTILS)],
        [str(GEOUTILS / "bin" / "python"), "-m", "pip", "install", "--quiet", "geoutils>=0.2"],
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"GeoUtils is not installed: {last_line(done.stderr)}", flush=True)
            return


def command_of(contender: Contender, scene: Scene, threads: int, no_program: str | None) -> list[str] | str:
    """Command that runs a tool on a scene, or why there is none."""
    if not contender.script:
        if no_program is not None:
            return no_program
        dated = [f"{EARLIER}={scene.earlier}", f"{LATER}={scene.later}"]
        return [str(EXAMPLES / "whole_job"), f"--threads={threads}", str(scene.licences), *dated]
    python = python_for(contender)
    if python is None:
        return f"{contender.module} cannot be imported"
    script = HERE / "contenders" / f"{contender.script}.py"
    return [python, str(script), str(scene.earlier), str(scene.later), str(scene.licences), str(threads)]


def run_peers(size: int, licences: int, repeats: int, threads: int, predictor: int) -> bool:
    """Compare all tools that are there; whether they agree.

    Parameters
    ----------
    size, licences, predictor : int
        Of the scene.
    repeats : int
        Runs of each tool; tools take turns.
    threads : int
        For the tools that can use several.
    """
    no_program = build_examples()
    set_up_geoutils()
    scene = make_scene(size, licences, predictor)
    commands, skipped = {}, {}
    for contender in CONTENDERS:
        command = command_of(contender, scene, threads, no_program)
        if isinstance(command, str):
            skipped[contender.name] = command
        else:
            commands[contender.name] = command
    runs: dict[str, list[Result]] = {name: [] for name in commands}
    for turn in range(repeats):
        for name, command in commands.items():
            print(f"{turn + 1}/{repeats} {name} ...", end=" ", flush=True)
            result = run_json(command)
            print(result.get("error") or f"{result['seconds']:.2f} s", flush=True)
            runs[name].append(result)
    results = {name: medians(each) for name, each in runs.items()}
    skipped |= {name: result["error"] for name, result in results.items() if "error" in result}
    results = {name: result for name, result in results.items() if "error" not in result}
    verdicts = agreement(results)
    text = describe(results, skipped, verdicts, f"{size:,} x {size:,} cells, {licences:,} licences, {threads} threads")
    scene_data = {"size": size, "licences": licences, "predictor": predictor, "threads": threads, "repeats": repeats}
    data = {"scene": scene_data, "results": results, "skipped": skipped, "agreement": verdicts}
    keep("peers" if (size, licences) == (4000, 200) else f"peers_{size}_{licences}", data, text)
    # Without overcut there is nothing to compare with.
    ours = any(name.startswith("overcut") for name in results)
    return ours and all(verdict["agrees"] for verdict in verdicts.values())


def agreement(results: dict[str, Result]) -> dict[str, Result]:
    """Deviation of each total from that of the first exact tool, and whether it is allowed.

    Tools that go by the centre are also held against the first of them.
    """
    exact = {contender.name: contender.exact for contender in CONTENDERS}
    first = next((name for name in results if exact[name]), None)
    if first is None:
        return {}
    reference = results[first]["cut_m3"]
    by_centre = next((results[name]["cut_m3"] for name in results if not exact[name]), reference)
    verdicts = {}
    for name, result in results.items():
        deviation = result["cut_m3"] / reference - 1.0
        tolerance = EXACT_TOLERANCE if exact[name] else CENTRE_TOLERANCE
        same = exact[name] or abs(result["cut_m3"] / by_centre - 1.0) <= SAME_TOLERANCE
        agrees = same and abs(deviation) <= tolerance
        verdicts[name] = {"deviation": deviation, "tolerance": tolerance, "agrees": agrees}
    return verdicts


def ratio(result: Result, reference: Result | None, key: str) -> str:
    """Multiple of the reference, for the table."""
    if reference is None or not result.get(key) or not reference.get(key):
        return "–"
    return number(result[key] / reference[key])


def describe(results: dict[str, Result], skipped: dict[str, str], verdicts: dict[str, Result], scene: str) -> str:
    """Table of ratios and what is to be known about it."""
    reference = next((results[name] for name in results if name.startswith("overcut")), None)
    rows = []
    for contender in CONTENDERS:
        if contender.name not in results:
            continue
        result = results[contender.name]
        verdict = verdicts.get(contender.name)
        rows.append(
            [
                contender.name,
                number(result["seconds"]),
                ratio(result, reference, "seconds"),
                number(result["cpu_seconds"]),
                number(result["peak_rss_mb"], 0),
                ratio(result, reference, "peak_rss_mb"),
                number(result["cut_m3"], 0),
                "–" if verdict is None else f"{verdict['deviation']:+.1e}",
                contender.lacks,
            ]
        )
    head = ["tool", "time, s", "x time", "CPU, s", "peak, MB", "x memory", "cut inside, m³", "deviation", "does not do"]
    lines = [f"## The same sums with other tools: {scene}", "", markdown_table(head, rows) if rows else "No tool ran."]
    if reference is not None:
        lines += ["", f"Multiples are of {rows[0][0]}, which does the whole job."]
    lines += [
        "",
        "The others give the volume removed inside each licence in plan, and nothing else. Medians; imports are not "
        f"timed. Deviation: of the total, from the first exact one; allowed are {EXACT_TOLERANCE:g} where shares of "
        f"cells are exact, {CENTRE_TOLERANCE:g} where a cell counts by its centre, and "
        f"{SAME_TOLERANCE:g} among the latter.",
    ]
    lines += [f"\nDisagrees: {name}." for name, verdict in verdicts.items() if not verdict["agrees"]]
    lines += [f"\nNot run: {name} ({why})." for name, why in skipped.items()]
    return "\n".join(lines)


def default_threads() -> int:
    """One for each core."""
    return os.cpu_count() or 1
