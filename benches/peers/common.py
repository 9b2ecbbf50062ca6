"""Running measured programs, and writing down what they gave."""

from __future__ import annotations

import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benches" / "results"
EXAMPLES = ROOT / "target" / "release" / "examples"

Result = dict[str, Any]


def build_examples() -> str | None:
    """Build the Rust programs `read_limit` and `whole_job`; the end of the compiler's message if that failed."""
    command = ["cargo", "build", "--quiet", "--release", "-p", "overcut-benches", "--examples"]
    try:
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return "cargo is not installed"
    return None if done.returncode == 0 else last_line(done.stderr)


def last_line(text: str) -> str:
    """Last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def run_json(command: list[str]) -> Result:
    """Run a program that prints one JSON object last.

    Parameters
    ----------
    command : list of str
        Program and arguments.

    Returns
    -------
    dict
        What it printed, or `{"error": ...}`.
    """
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError as error:
        return {"error": str(error)}
    if done.returncode != 0:
        return {"error": last_line(done.stderr)}
    return json.loads(last_line(done.stdout))


def medians(runs: list[Result]) -> Result:
    """Medians of all numbers of several runs; the first error if one failed."""
    for run in runs:
        if "error" in run:
            return run
    result: Result = {"runs": runs}
    for key, first in runs[0].items():
        values = [run[key] for run in runs]
        numbers = all(isinstance(value, (int, float)) for value in values)
        result[key] = statistics.median(values) if numbers else first
    return result


def machine() -> Result:
    """What was measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return {
        "date": datetime.date.today().isoformat(),
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": sys.version.split()[0],
    }


def markdown_table(head: list[str], rows: list[list[str]]) -> str:
    """Table with the first column to the left and the others to the right, but for words."""
    rule = ["---"] + ["---:" if all(_is_number(row[at]) for row in rows) else "---" for at in range(1, len(head))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def _is_number(cell: str) -> bool:
    return not cell or cell[0].isdigit() or cell[0] in "-+–"


def number(value: float | None, digits: int = 2) -> str:
    """Number for a table; a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def keep(name: str, data: Result, text: str) -> None:
    """Write results as JSON and as Markdown.

    Parameters
    ----------
    name : str
        Of the files, without an ending.
    data : dict
        Every number.
    text : str
        Tables for people.
    """
    RESULTS.mkdir(exist_ok=True)
    data = {"machine": machine(), **data}
    (RESULTS / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    about = data["machine"]
    where = f"{about['date']}, {about['processor']}, {about['cores']} cores, {about['system']}."
    (RESULTS / f"{name}.md").write_text(f"{text}\n\n{where}\n", encoding="utf-8")
    print(f"{text}\n\n{where}\n\nWritten to {RESULTS / name}.json and .md", flush=True)
