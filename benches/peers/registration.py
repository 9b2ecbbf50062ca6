"""Registration side by side with xDEM: what it costs, and how far the shift found lies from the true one.

    python benches/peers/registration.py            everything; some minutes
    python benches/peers/registration.py --quick    a smaller terrain and fewer shifts, to try it out

Pairs come from `benches/uncertainty` (analytic terrain, noise that neighbours share) and are kept in `scene/`. xDEM is
looked for in `.venv-xdem` of the project; make that with `python -m venv .venv-xdem` and `pip install xdem`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from common import RESULTS, ROOT, Result, keep, markdown_table, number, run_json
from rasterio.transform import from_origin

HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT / "benches" / "uncertainty"))

from survey_errors import Displaced, Noise  # noqa: E402
from terrain import Terrain  # noqa: E402

SCENES = HERE / "scene"
XDEM = ROOT / ".venv-xdem" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
SEED = 96_13
NMAD_M = 0.15
"""Of the difference, white noise and two ranges of correlation together."""
SHIFTS = ((0.37, -0.62), (-0.24, 0.18), (0.81, 0.45))
"""East and north, cells: of the large terrain."""
UP_M = 0.25
STEPS = tuple(round(0.1 * step - 0.5, 1) for step in range(11))
"""East and north, cells: of the small terrain."""
TILT = (2e-4, -1.5e-4)
"""Of the small terrain."""
MILLIMETRES = 1000.0
FLOOR = "floor"
"""Key of least squares that know the true ground."""


@dataclass(frozen=True)
class Contender:
    """A way to register.

    Attributes
    ----------
    name : str
        In the table.
    method : str
        For `register_xdem.py`; empty for overcut.
    samples : float
        Cells that it draws; 1 = all of them.
    large, small : bool
        Whether it takes part on the large terrain (cost and accuracy), and on the small one (accuracy and tilt).
    """

    name: str
    method: str = ""
    samples: float = 0.0
    large: bool = True
    small: bool = True

    def command(self, pairs: list[Pair], seed: int) -> list[str]:
        """Program and arguments."""
        paths = [str(path) for pair in pairs for path in (pair.earlier, pair.later)]
        if not self.method:
            return [sys.executable, str(HERE / "contenders" / "register_overcut.py"), *paths]
        script = str(HERE / "contenders" / "register_xdem.py")
        return [str(XDEM), script, self.method, f"{self.samples:g}", str(seed), *paths]


CONTENDERS = (
    Contender("overcut"),
    Contender("xDEM NuthKaab + VerticalShift", "nuth_kaab", 5e5),
    Contender("xDEM NuthKaab + VerticalShift, 5,000,000 samples", "nuth_kaab", 5e6, small=False),
    Contender("xDEM NuthKaab + Deramp(1)", "nuth_kaab_deramp", 5e5),
    Contender("xDEM LZD", "lzd", 5e5),
    Contender("xDEM LZD, 5,000,000 samples", "lzd", 5e6, small=False),
    Contender("xDEM LZD, translation only", "lzd_shift", 5e5),
)


@dataclass(frozen=True)
class Pair:
    """Two rasters, and how the later one lies beside the earlier."""

    earlier: Path
    later: Path
    displacement: Displaced


def make_pairs(name: str, size: int, displacements: list[Displaced]) -> list[Pair]:
    """Write two surveys for each displacement, if they are not there: of one ground, with errors of their own."""
    folder = SCENES / f"registration_{name}_{size}"
    folder.mkdir(parents=True, exist_ok=True)
    terrain = Terrain.random(np.random.default_rng(SEED), float(size))
    noise = Noise().scaled(NMAD_M)
    pairs = []
    for lies in displacements:
        paths = []
        for survey, shown in (("earlier", Displaced()), ("later", lies)):
            # Named after the displacement, so that a smaller choice of pairs finds the same ones.
            called = f"{lies.east_m:+.2f}_{lies.north_m:+.2f}_{survey}"
            path = folder / f"{called}.tif"
            if not path.exists():
                _write(path, _survey(terrain, noise, size, shown, list(called.encode())))
            paths.append(path)
        pairs.append(Pair(*paths, lies))
    return pairs


def _survey(terrain: Terrain, noise: Noise, size: int, lies: Displaced, stream: list[int]) -> np.ndarray:
    """Ground as a displaced survey shows it, with its own noise."""
    x = np.arange(size) + 0.5
    y = size - x
    ground = terrain.on_grid(x - lies.east_m, y - lies.north_m, 1.0)
    ground += noise.of_survey(np.random.default_rng([SEED, *stream]), ground, 1.0)
    middle = 0.5 * size
    return ground + lies.up_m + lies.tilt_east * (x - middle) + lies.tilt_north * (y - middle)[:, np.newaxis]


def _write(path: Path, heights: np.ndarray) -> None:
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:4546", "nodata": -9999.0}
    profile |= {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "DEFLATE", "predictor": 3}
    place = from_origin(498_000.0, 3_940_000.0 + heights.shape[0], 1.0, 1.0)
    temporary = path.with_suffix(".part.tif")
    with rasterio.open(
        temporary, "w", width=heights.shape[1], height=heights.shape[0], transform=place, **profile
    ) as out:
        out.write(heights.astype("float32"), 1)
    temporary.replace(path)


def floor_of(pairs: list[Pair], size: int, with_tilt: bool) -> list[Result]:
    """Errors of least squares that know the true ground and its gradients: what the errors of the surveys do alone."""
    terrain = Terrain.random(np.random.default_rng(SEED), float(size))
    x = np.arange(size) + 0.5
    y, middle, step = size - x, 0.5 * size, 1e-3
    ground = terrain.on_grid(x, y, 1.0)
    u, v = np.broadcast_to(x - middle, ground.shape), np.broadcast_to((y - middle)[:, np.newaxis], ground.shape)
    columns = [
        (terrain.on_grid(x + step, y, 1.0) - terrain.on_grid(x - step, y, 1.0)) / (2.0 * step),
        (terrain.on_grid(x, y + step, 1.0) - terrain.on_grid(x, y - step, 1.0)) / (2.0 * step),
        np.ones_like(ground),
    ]
    columns += [u, v] if with_tilt else []
    design = np.stack([column.ravel() for column in columns], axis=1)
    normal = design.T @ design
    found = []
    for pair in pairs:
        lies = pair.displacement
        shown = terrain.on_grid(x - lies.east_m, y - lies.north_m, 1.0) + lies.up_m
        shown += lies.tilt_east * u + lies.tilt_north * v
        with rasterio.open(pair.earlier) as earlier, rasterio.open(pair.later) as later:
            error = later.read(1).astype(np.float64) - shown - (earlier.read(1).astype(np.float64) - ground)
        fit = np.linalg.solve(normal, design.T @ error.ravel())
        tilt = float(np.hypot(lies.tilt_east, lies.tilt_north))
        tilt_percent = 100.0 * float(np.hypot(fit[3], fit[4])) / tilt if with_tilt and tilt else None
        found.append(
            {"plan_cells": float(np.hypot(fit[0], fit[1])), "up_m": abs(float(fit[2])), "tilt_percent": tilt_percent}
        )
    return found


def errors(fit: Result, lies: Displaced) -> Result:
    """How far a fit lies from the truth.

    Moving the surface back moves its tilt along, which raises it a little in the middle.
    """
    true = lies.correction
    true_up_m = true.up_m - lies.tilt_east * lies.east_m - lies.tilt_north * lies.north_m
    tilt = float(np.hypot(lies.tilt_east, lies.tilt_north))
    tilt_error = float(np.hypot(fit["tilt_east"] - true.tilt_east, fit["tilt_north"] - true.tilt_north))
    return {
        "plan_cells": float(np.hypot(fit["east_m"] - true.east_m, fit["north_m"] - true.north_m)),
        "up_m": abs(fit["up_m"] - true_up_m),
        "tilt_percent": 100.0 * tilt_error / tilt if tilt else None,
    }


def run_large(
    size: int, shifts: tuple[tuple[float, float], ...], kept: dict[str, Result]
) -> tuple[dict[str, Result], dict[str, str]]:
    """Each way on each pair, taking turns: cost and error; those of xDEM that were kept are not run again."""
    pairs = make_pairs("large", size, [Displaced(east, north, UP_M) for east, north in shifts])
    found: dict[str, list[Result]] = {}
    skipped: dict[str, str] = {}
    for turn, pair in enumerate(pairs):
        for contender in CONTENDERS:
            key = key_of(contender)
            if not contender.large or key in skipped or (contender.method and key in kept):
                continue
            result = run_json(contender.command([pair], seed=turn))
            print(f"{turn + 1}/{len(pairs)} {key}: {result.get('error') or _shown(result)}", flush=True)
            if "error" in result:
                skipped[key] = result["error"]
                continue
            result |= errors(result["fits"][0], pair.displacement)
            found.setdefault(key, []).append(result)
    costs = ("seconds", "cpu_seconds", "peak_rss_mb")
    summary: dict[str, Result] = {}
    for key in map(key_of, CONTENDERS):
        if key not in found:
            summary |= {key: kept[key]} if key in kept and key not in skipped else {}
            continue
        runs = found[key]
        summary[key] = {name: statistics.median(run[name] for run in runs) for name in costs}
        summary[key] |= {f"worst_{name}": max(run[name] for run in runs) for name in ("plan_cells", "up_m")}
        summary[key] |= {
            f"median_{name}": statistics.median(run[name] for run in runs) for name in ("plan_cells", "up_m")
        }
        summary[key]["runs"] = runs
    alone = floor_of(pairs, size, with_tilt=False)
    summary[FLOOR] = dict.fromkeys(costs) | {"runs": alone}
    for name in ("plan_cells", "up_m"):
        values = [one[name] for one in alone]
        summary[FLOOR] |= {f"worst_{name}": max(values), f"median_{name}": statistics.median(values)}
    return summary, skipped


def _shown(result: Result) -> str:
    return f"{result['cpu_seconds']:.1f} s of CPU"


def run_small(size: int, steps: tuple[float, ...], kept: dict[str, Result]) -> tuple[dict[str, Result], dict[str, str]]:
    """Each way on shifts of whole tenths of a cell in both directions: errors alone."""
    lies = [Displaced(east, north, UP_M, *TILT) for north in steps for east in steps]
    pairs = make_pairs("small", size, lies)
    summary: dict[str, Result] = {}
    skipped: dict[str, str] = {}
    for contender in CONTENDERS:
        if not contender.small:
            continue
        key = key_of(contender)
        if contender.method and key in kept:
            summary[key] = kept[key]
            continue
        result = run_json(contender.command(pairs, seed=0))
        print(f"{key}: {result.get('error') or _shown(result)}", flush=True)
        if "error" in result:
            skipped[key] = result["error"]
            continue
        each = [errors(fit, pair.displacement) for fit, pair in zip(result["fits"], pairs, strict=True)]
        summary[key] = {"cpu_seconds": result["cpu_seconds"] / len(pairs), **spread(each)}
    summary[FLOOR] = {"cpu_seconds": None, **spread(floor_of(pairs, size, with_tilt=True))}
    return summary, skipped


def spread(each: list[Result]) -> Result:
    """Medians and 95th percentiles of the errors of many pairs."""
    found: Result = {"pairs": each}
    for name in ("plan_cells", "up_m", "tilt_percent"):
        values = [one[name] for one in each]
        found[f"median_{name}"] = float(np.median(values))
        found[f"p95_{name}"] = float(np.quantile(values, 0.95))
    return found


def key_of(contender: Contender) -> str:
    """Name that is unlike every other."""
    return f"{contender.method}_{contender.samples:g}" if contender.method else "overcut"


def describe(size: int, large: dict[str, Result], small_size: int, small: dict[str, Result]) -> str:
    """Tables and what is to be known about them."""
    names = {key_of(contender): contender.name for contender in CONTENDERS}
    names[FLOOR] = "least squares on the true ground"
    ours = large.get("overcut", {}).get("cpu_seconds")
    repeats = max((len(one["runs"]) for one in large.values()), default=0)
    pairs = max((len(one["pairs"]) for one in small.values()), default=0)
    rows = [
        [
            names[key],
            number(one["cpu_seconds"], 1),
            number(one["cpu_seconds"] / ours if ours and one["cpu_seconds"] else None, 1),
            number(one["seconds"], 1),
            number(one["peak_rss_mb"], 0),
            number(one["median_plan_cells"], 4),
            number(one["worst_plan_cells"], 4),
            number(MILLIMETRES * one["median_up_m"]),
            number(MILLIMETRES * one["worst_up_m"]),
        ]
        for key, one in large.items()
    ]
    head = ["tool", "CPU, s", "x overcut", "time, s", "peak, MB", "plan, cells", "worst", "height, mm", "worst"]
    lines = [f"## Registration: {size:,} x {size:,} cells, NMAD {NMAD_M} m", ""]
    lines += [markdown_table(head, rows) if rows else "No tool ran.", ""]
    lines += [
        f"Medians and worst of {repeats} pairs, each shifted by parts of a cell and raised by {UP_M} m. CPU: user and "
        "system time of the process, without imports, from opening the files to the shift. Errors: of the shift in "
        "plan, and of the rise in the middle. The last row is no tool: it shows what the errors of the "
        "surveys do alone."
    ]
    rows = [
        [
            names[key],
            number(one["median_plan_cells"], 4),
            number(one["p95_plan_cells"], 4),
            number(MILLIMETRES * one["median_up_m"]),
            number(MILLIMETRES * one["p95_up_m"]),
            "–" if key in NO_TILT else number(one["median_tilt_percent"], 1),
            "–" if key in NO_TILT else number(one["p95_tilt_percent"], 1),
        ]
        for key, one in small.items()
    ]
    head = ["tool", "plan, cells", "95 %", "height, mm", "95 %", "tilt, %", "95 %"]
    lines += ["", f"## Accuracy: {small_size} x {small_size} cells, {pairs} shifts in steps of 0.1 cell", ""]
    lines += [markdown_table(head, rows) if rows else "No tool ran.", ""]
    lines += [
        f"Medians and 95th percentiles of errors. Each pair is also tilted by {1e3 * TILT[0]:g} m/km to the east and "
        f"{1e3 * TILT[1]:g} m/km to the north; the error of the tilt is a share of {1e3 * float(np.hypot(*TILT)):g} "
        "m/km. A dash: it finds no tilt."
    ]
    return "\n".join(lines)


NO_TILT = ("nuth_kaab_500000", "lzd_shift_500000")


def main() -> int:
    """Run everything; 1 if no tool ran."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=4000, help="rows and columns of the large terrain (default 4000)")
    parser.add_argument("--keep-xdem", action="store_true", help="take xDEM's figures from the last results")
    parser.add_argument(
        "--quick", action="store_true", help="1000 x 1000, one shift; 3 x 3 shifts of the small terrain"
    )
    given = parser.parse_args()
    size, shifts, steps = given.size, SHIFTS, STEPS
    if given.quick:
        size, shifts, steps = 1000, SHIFTS[:1], STEPS[1::4]
    if not XDEM.exists():
        print(f"xDEM is not there: python -m venv {XDEM.parents[1]} and pip install xdem", flush=True)
    elif subprocess.run([str(XDEM), "-c", "import xdem"], check=False).returncode != 0:
        print("xDEM cannot be imported", flush=True)
    name = "registration_quick" if given.quick else "registration"
    last = RESULTS / f"{name}.json"
    kept = json.loads(last.read_text(encoding="utf-8")) if given.keep_xdem and last.exists() else {}
    large, skipped = run_large(size, shifts, kept.get("large", {}))
    small, skipped_small = run_small(500, steps, kept.get("small", {}))
    text = describe(size, large, 500, small)
    names = {key_of(contender): contender.name for contender in CONTENDERS}
    text += "".join(f"\n\nNot run: {names[key]} ({why})." for key, why in {**skipped, **skipped_small}.items())
    data = {"size": size, "large": large, "small": small, "skipped": skipped | skipped_small}
    keep(name, data, text)
    return 0 if len(large) > 1 else 1


if __name__ == "__main__":
    sys.exit(main())
