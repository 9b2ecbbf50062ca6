"""Three layers and a third survey beside the plain pass over two, from files."""

from __future__ import annotations

from common import EXAMPLES, Result, build_examples, keep, markdown_table, medians, number, run_json

from scene import BETWEEN, EARLIER, LATER, Scene, make_scene

MOST_RATIO = 1.6
"""Three layers and three surveys over the plain pass over two, at 5,000 x 5,000 (issue 5)."""

JOBS = {
    "two surveys": (False, False),
    "two surveys, three layers": (True, False),
    "three surveys": (False, True),
    "three surveys, three layers": (True, True),
}
"""Name of a job: whether it has layers, and the third survey."""

WAYS = {"as they lie": ["--as-they-lie"], "registered, errors modelled": []}


def command_of(scene: Scene, threads: int, way: str, *, layers: bool, third: bool) -> list[str]:
    """Command of one job."""
    surveys = [(EARLIER, scene.earlier), *([(BETWEEN, scene.between)] if third else []), (LATER, scene.later)]
    options = [f"--threads={threads}", *WAYS[way], *(["--layers"] if layers else [])]
    return [str(EXAMPLES / "whole_job"), *options, str(scene.licences), *(f"{day}={path}" for day, path in surveys)]


def run_layered(size: int, licences: int, repeats: int, threads: int, predictor: int) -> bool:
    """Measure all jobs, which take turns, and hold them against what is asked; whether it is met."""
    failed = build_examples()
    if failed is not None:
        print(f"The programs cannot be built: {failed}")
        return False
    scene = make_scene(size, licences, predictor, with_between=True)
    run_json([str(EXAMPLES / "read_limit"), str(scene.earlier), str(scene.later)])
    runs: dict[tuple[str, str], list[Result]] = {(way, job): [] for way in WAYS for job in JOBS}
    for turn in range(repeats):
        for (way, job), results in runs.items():
            layers, third = JOBS[job]
            result = run_json(command_of(scene, threads, way, layers=layers, third=third))
            took = result.get("error") or f"{result['seconds']:.2f} s"
            print(f"{turn + 1}/{repeats} {way}, {job}: {took}", flush=True)
            results.append(result)
    measured = {way: {job: medians(runs[way, job]) for job in JOBS} for way in WAYS}
    text, met = describe(measured, size, threads, repeats)
    settings = {"size": size, "licences": licences, "threads": threads, "repeats": repeats, "predictor": predictor}
    keep("layered", {"settings": settings, "jobs": measured}, text)
    return met


def describe(measured: dict[str, dict[str, Result]], size: int, threads: int, repeats: int) -> tuple[str, bool]:
    """Table and verdict."""
    rows, checks = [], []
    for way, jobs in measured.items():
        plain = jobs["two surveys"]
        for job, result in jobs.items():
            ratios = [
                result[what] / plain[what] if what in result and what in plain else None
                for what in ("seconds", "cpu_seconds")
            ]
            figures = [result.get("seconds"), ratios[0], result.get("cpu_seconds"), ratios[1]]
            rows.append([way, job, *(number(each) for each in figures), number(result.get("peak_rss_mb"), 0)])
            if job == list(JOBS)[-1] and ratios[0] is not None:
                checks.append((f"{way}: {ratios[0]:.2f} x (asked for: less than {MOST_RATIO})", ratios[0] < MOST_RATIO))
    head = ["surfaces compared", "job", "time, s", "of plain", "CPU, s", "of plain", "peak, MB"]
    lines = [f"## Layers and a third survey, from files: {size:,}², {threads} threads, medians of {repeats}", ""]
    lines += [markdown_table(head, rows), ""]
    lines += [f"- {'met' if met else 'NOT MET'}: {sentence}" for sentence, met in checks]
    return "\n".join(lines), bool(checks) and all(met for _, met in checks)
