"""Kills a batch at random moments, again and again, and lets it go on; the assessment must be the undisturbed one.

    python benches/batch/kills.py OUT [--kills 200] [--tiles 32]

Counts what was done twice (at most one unit for each thread and kill), looks for half-written files after every
kill, and compares the digest of every completed run with that of a run nobody disturbed. A completed run is removed and
begun anew, so that kills hit planning, units, the merge and the writing of results.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def prepared(out: Path, tiles: int) -> Path:
    """A county of so many tiles on a side, and its batch file."""
    import county_tiles
    from county import CountyOptions

    folder = out / "county"
    if not (folder / "licences.gpkg").exists():
        side = 64
        options = CountyOptions(seed=11, rows=tiles * side, columns=tiles * side, epochs=2)
        county_tiles.write(folder, options, county_tiles.Cutting(side=side))
    days = sorted(path.name for path in (folder / "tiles").iterdir())
    epochs = "".join(
        f'[[epochs]]\ntiles = "tiles/{day}"\ndate = {day[:4]}-{day[4:6]}-{day[6:]}\nname = "{day}"\nsigma_m = 0.4\n'
        for day in days
    )
    file = folder / "batch.toml"
    file.write_text(
        f'licences = "licences.gpkg"\nvertical_datum = "1985"\nunit_cells = {(2 * 64) ** 2}\n{epochs}', encoding="utf-8"
    )
    return file


def whole(path: Path) -> bool:
    """Whether a file is what its kind should be."""
    import geopandas
    import pyarrow.parquet

    from overcut import _overcut

    look = {
        ".unit": lambda: _overcut.unit_report(path.read_bytes()),
        ".json": lambda: json.loads(path.read_text(encoding="utf-8")),
        ".parquet": lambda: pyarrow.parquet.read_metadata(path),
        ".gpkg": lambda: geopandas.list_layers(path),
    }
    try:
        look.get(path.suffix, lambda: None)()
    except Exception as error:
        print(f"{path}: {error}", file=sys.stderr)
        return False
    return True


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--tiles", type=int, default=32)
    return parser.parse_args()


def main() -> None:
    given = options()
    given.out.mkdir(parents=True, exist_ok=True)
    file = prepared(given.out, given.tiles)
    run = given.out / "run"
    command = [sys.executable, "-m", "overcut", "batch", "run", str(file), "--output", str(run), "--resume", "--quiet"]

    def digest() -> str:
        return str(json.loads((run / "case.json").read_text(encoding="utf-8"))["digest"])

    shutil.rmtree(run, ignore_errors=True)
    begun = time.perf_counter()
    subprocess.run(command, check=True)
    alone_s = time.perf_counter() - begun
    expected = digest()
    units = len(list(run.glob("units/*/*.unit")))
    shutil.rmtree(run)

    chance = random.Random(1)
    kills = completed = again = broken = 0
    stages: dict[str, int] = {}
    kills_of_run = 0
    while kills < given.kills:
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=chance.uniform(0.05, 1.1 * alone_s))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
            kills_of_run += 1
            done = len(list(run.glob("units/*/*.unit")))
            planned = (run / "plan.json").exists()
            stage = "results" if done == units else "units" if done else "planned" if planned else "planning"
            stages[stage] = stages.get(stage, 0) + 1
            broken += sum(not whole(path) for path in run.rglob("*") if path.is_file() and path.name[0] != ".")
            continue
        assert process.returncode == 0, process.returncode
        assert digest() == expected
        completed += 1
        lines = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
        twice = sum(line["event"] == "begun" for line in lines) - units
        again += twice
        assert twice <= 2 * kills_of_run, (twice, kills_of_run)
        kills_of_run = 0
        assert not list(run.rglob("*.part"))
        shutil.rmtree(run)
    subprocess.run(command, check=True)
    assert digest() == expected
    print(
        json.dumps(
            {
                "kills": kills,
                "by_stage": stages,
                "units": units,
                "completed_runs": completed + 1,
                "one_digest": expected,
                "units_done_again": again,
                "half_written_files": broken,
                "undisturbed_s": round(alone_s, 2),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
