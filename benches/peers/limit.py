"""The whole job against its limit: the time that GDAL alone takes to read the same rasters with as many threads."""

from __future__ import annotations

from common import EXAMPLES, Result, build_examples, keep, markdown_table, medians, number, run_json

from scene import EARLIER, LATER, Scene, make_scene

MOST_RATIO = 1.3
"""Whole job over reading alone, at 10,000 x 10,000 with 1,000 licences (issue 2)."""
MOST_PEAK_MB = 500.0
"""Peak memory, at any size."""
MOST_PEAK_GROWTH = 1.2
"""Peak memory at the largest size over that at the smallest: "not growing", with room for the allocator's moods."""
MOST_GROWTH = 1.2
"""Time with 10,000 licences over time with 1,000, at 10,000 x 10,000."""


def commands_of(scene: Scene, threads: int) -> dict[str, list[str]]:
    """Both programs on one scene."""
    option = f"--threads={threads}"
    earlier, later = str(scene.earlier), str(scene.later)
    return {
        "read_limit": [str(EXAMPLES / "read_limit"), option, earlier, later],
        "decode_limit": [str(EXAMPLES / "read_limit"), option, "--decode", earlier, later],
        "whole_job": [
            str(EXAMPLES / "whole_job"),
            option,
            str(scene.licences),
            f"{EARLIER}={earlier}",
            f"{LATER}={later}",
        ],
    }


def measure(scene: Scene, repeats: int, threads: int) -> dict[str, Result]:
    """Medians of both programs, which take turns, after one reading that brings the files into the page cache."""
    commands = commands_of(scene, threads)
    run_json(commands["read_limit"])
    runs: dict[str, list[Result]] = {name: [] for name in commands}
    for turn in range(repeats):
        for name, command in commands.items():
            result = run_json(command)
            took = result.get("error") or f"{result['seconds']:.2f} s"
            print(f"{turn + 1}/{repeats} {name}: {took}", flush=True)
            runs[name].append(result)
    return {name: medians(each) for name, each in runs.items()}


def run_limit(cases: list[tuple[int, int]], repeats: int, threads: int, predictor: int) -> bool:
    """Measure all cases and hold them against what is asked; whether all of it is met.

    Parameters
    ----------
    cases : list of (int, int)
        Rows = columns, and number of licences.
    repeats, threads, predictor : int
        Runs of each program; threads of both; of DEFLATE.
    """
    failed = build_examples()
    if failed is not None:
        print(f"The programs cannot be built: {failed}")
        return False
    measured = []
    for size, licences in cases:
        print(f"{size:,} x {size:,}, {licences:,} licences", flush=True)
        results = measure(make_scene(size, licences, predictor), repeats, threads)
        measured.append({"size": size, "licences": licences, **results})
    checks = check(measured)
    text = describe(measured, checks, threads, repeats)
    settings = {"threads": threads, "repeats": repeats, "predictor": predictor}
    full = {(10_000, 1000), (10_000, 10_000)} <= set(cases)
    data = {"settings": settings, "cases": measured, "checks": checks}
    keep(("limit" if full else "limit_try") + (f"_p{predictor}" if predictor != 1 else ""), data, text)
    failures = [case for case in measured if "error" in case["whole_job"] or "error" in case["read_limit"]]
    return not failures and all(met for _, met in checks)


def ratio_of(case: Result) -> float | None:
    """Whole job over reading alone."""
    job, limit = case["whole_job"].get("seconds"), case["read_limit"].get("seconds")
    return job / limit if job and limit else None


def check(measured: list[Result]) -> list[tuple[str, bool]]:
    """What issue 2 asks for, as sentences with the figure, and whether it is met."""
    found: list[tuple[str, bool]] = []
    by_case = {(case["size"], case["licences"]): case for case in measured}
    main, many = by_case.get((10_000, 1000)), by_case.get((10_000, 10_000))
    if main and (ratio := ratio_of(main)):
        found.append((f"whole job / reading at 10,000²: {ratio:.2f} (at most {MOST_RATIO})", ratio <= MOST_RATIO))
    if main and many and "error" not in main["whole_job"] and "error" not in many["whole_job"]:
        growth = many["whole_job"]["seconds"] / main["whole_job"]["seconds"]
        found.append((f"10,000 / 1,000 licences: {growth:.2f} (at most {MOST_GROWTH})", growth <= MOST_GROWTH))
    peaks = [(case["size"], peak) for case in measured if (peak := case["whole_job"].get("peak_rss_mb"))]
    if peaks:
        most = max(peak for _, peak in peaks)
        found.append((f"greatest peak memory: {most:.0f} MB (under {MOST_PEAK_MB:.0f})", most < MOST_PEAK_MB))
    # With equally many licences.
    peaks = [
        (case["size"], peak)
        for case in measured
        if case["licences"] == measured[0]["licences"] and (peak := case["whole_job"].get("peak_rss_mb"))
    ]
    (small, least), (large, last) = (min(peaks), max(peaks)) if peaks else ((0, 0.0), (0, 0.0))
    if small < large:
        grown = last / least
        sentence = f"peak memory at {large:,}² / {small:,}²: {grown:.2f} (at most {MOST_PEAK_GROWTH})"
        found.append((sentence, grown <= MOST_PEAK_GROWTH))
    return found


def describe(measured: list[Result], checks: list[tuple[str, bool]], threads: int, repeats: int) -> str:
    """Table and verdicts."""
    rows, notes = [], []
    for case in measured:
        job, limit = case["whole_job"], case["read_limit"]
        rows.append(
            [
                f"{case['size']:,}²",
                f"{case['licences']:,}",
                number(limit.get("bytes", 0) / 1e6, 0),
                number(case["decode_limit"].get("seconds")),
                number(limit.get("seconds")),
                number(job.get("seconds")),
                number(ratio_of(case)),
                number(limit.get("cpu_seconds")),
                number(job.get("cpu_seconds")),
                number(job.get("peak_rss_mb"), 0),
                number(job.get("patches"), 0),
            ]
        )
        errors = [f"{name}: {case[name]['error']}" for name in ("whole_job", "read_limit") if "error" in case[name]]
        notes += [f"{case['size']:,}², {case['licences']:,} licences: {error}" for error in errors]
    head = [
        "grid",
        "licences",
        "heights, MB",
        "decoding, s",
        "reading, s",
        "job, s",
        "ratio",
        "reading CPU, s",
        "job CPU, s",
    ]
    head += ["peak, MB", "patches"]
    lines = [f"## The whole job against reading alone: {threads} threads, medians of {repeats}", ""]
    lines += [markdown_table(head, rows), ""]
    lines += [f"- {'met' if met else 'NOT MET'}: {sentence}" for sentence, met in checks]
    lines += [f"- failed: {note}" for note in notes]
    return "\n".join(lines)
