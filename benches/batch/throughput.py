"""What a batch over many small tiles costs, beside one large file with the same cells.

    python benches/batch/throughput.py COUNTY [--out benches/results/batch.json]

COUNTY is a folder of `county.py`: 10,000 tiles of 256 x 256 cells and two epochs by

    python benches/batch/county.py COUNTY --rows 25600 --columns 25600 --epochs 2 --side 256

Measured, each in a process of its own, on all cores:

1. one file for each epoch (the same cells, DEFLATE, blocks of 256, made here from the tiles): `overcut.assess`;
2. the batch over the first 100, 1,000 and all tiles: `plan` and `run`, with units of the default size;
3. the batch with one unit for each tile, over the first 1,000 tiles: what a unit costs beside its cells.

Then the model of `overcut.batch.estimate` is fitted to the runs over 100 and 1,000 tiles and checked on that over all.
Digests of one file and of its tiles must be equal.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
SIDE = 256


def tiles_of(day: Path, count: int) -> list[str]:
    """The square of about so many tiles in the north-west."""
    files = sorted(day.glob("*.tif"))
    side = round(count**0.5)
    whole = round(len(files) ** 0.5)
    if count >= len(files):
        return [str(path) for path in files]
    return [str(path) for index, path in enumerate(files) if index // whole < side and index % whole < side]


def one_file(county: Path, count: int, into: Path) -> list[str]:
    """One GeoTIFF for each epoch, of the same cells."""
    import numpy as np
    import rasterio
    from rasterio.windows import Window

    made = []
    for day in sorted((county / "tiles").iterdir()):
        files = tiles_of(day, count)
        side = round(len(files) ** 0.5)
        with rasterio.open(files[0]) as first:
            profile = first.profile
        # As `county_tiles` writes the tiles: decoding must cost the same.
        profile |= {"width": side * SIDE, "height": side * SIDE, "predictor": 3, "BIGTIFF": "IF_SAFER"}
        path = into / f"{day.name}.tif"
        if not path.exists():
            with rasterio.open(path, "w", **profile) as whole:
                for index, file in enumerate(files):
                    with rasterio.open(file) as tile:
                        cells = tile.read(1)
                    assert cells.shape == (SIDE, SIDE), file
                    place = Window(index % side * SIDE, index // side * SIDE, SIDE, SIDE)
                    whole.write(cells.astype(np.float32), 1, window=place)
        made.append(str(path))
    return made


def measured(arguments: list[str]) -> dict:
    """Run this file in a process of its own; give what it prints."""
    command = [sys.executable, __file__, *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def usage() -> dict:
    used, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "cpu_s": used.ru_utime + used.ru_stime + children.ru_utime + children.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }


def dates_of(county: Path) -> list[str]:
    return [f"{day.name[:4]}-{day.name[4:6]}-{day.name[6:]}" for day in sorted((county / "tiles").iterdir())]


def run_one_file(county: Path, count: int, into: Path) -> dict:
    import overcut as oc

    files = [str(into / f"{day.name}.tif") for day in sorted((county / "tiles").iterdir())]
    begun = time.perf_counter()
    dems = [oc.Dem(path, date=date, sigma_m=0.4) for path, date in zip(files, dates_of(county), strict=True)]
    found = oc.assess(dems, str(county / "licences.gpkg"), vertical_datum="1985")
    cells = found.grid.rows * found.grid.cols
    return {
        "tiles": count,
        "cells": cells,
        "wall_s": time.perf_counter() - begun,
        "digest": found.digest,
        **usage(),
    }


def run_batch(county: Path, count: int, unit_cells: int | None, folder: Path) -> dict:
    import overcut as oc

    begun = time.perf_counter()
    days = sorted((county / "tiles").iterdir())
    epochs = [
        oc.read_tiles(tiles_of(day, count), date=date, sigma_m=0.4, name=date)
        for day, date in zip(days, dates_of(county), strict=True)
    ]
    options = {} if unit_cells is None else {"unit_cells": unit_cells}
    plan = oc.batch.plan(epochs, str(county / "licences.gpkg"), vertical_datum="1985", **options)
    planned = time.perf_counter()
    after_plan = usage()
    result = oc.batch.run(plan, folder)
    ended = time.perf_counter()
    sizes = [path.stat().st_size for path in folder.glob("units/*/*.unit")]
    return {
        "tiles": count,
        "cells": plan.cells,
        "units": len(plan.units),
        "plan_s": planned - begun,
        "run_s": ended - planned,
        "wall_s": ended - begun,
        "plan_cpu_s": after_plan["cpu_s"],
        "unit_s": float(result.units["seconds"].sum()),
        "result_bytes": sum(sizes),
        "digest": result.assessment.digest,
        **usage(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("county", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--scratch", type=Path, help="keep the large files here, to measure again")
    parser.add_argument("--counts", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--single", nargs=3, metavar=("KIND", "COUNT", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.single:
        kind, count, folder = given.single[0], int(given.single[1]), Path(given.single[2])
        if kind == "one":
            found = run_one_file(given.county, count, folder)
        else:
            found = run_batch(given.county, count, SIDE * SIDE if kind == "each" else None, folder)
        print(json.dumps(found))
        return
    report: dict = {"machine": f"{platform.machine()}, {platform.python_version()}", "one": [], "batch": [], "each": []}
    with tempfile.TemporaryDirectory() as scratch:
        for count in given.counts:
            into = (given.scratch or Path(scratch)) / f"one{count}"
            into.mkdir(parents=True, exist_ok=True)
            one_file(given.county, count, into)
            # Interleaved: the machine may be busy with something else meanwhile.
            for _ in range(3 if count < 10_000 else 2):
                report["one"].append(measured([str(given.county), "--single", "one", str(count), str(into)]))
                folder = Path(tempfile.mkdtemp(dir=scratch))
                report["batch"].append(measured([str(given.county), "--single", "batch", str(count), str(folder)]))
                assert report["one"][-1]["digest"] == report["batch"][-1]["digest"]
                print(json.dumps({name: report[name][-1] for name in ("one", "batch")}), file=sys.stderr, flush=True)
        for _ in range(2):
            folder = Path(tempfile.mkdtemp(dir=scratch))
            report["each"].append(measured([str(given.county), "--single", "each", "1000", str(folder)]))
            print(json.dumps(report["each"][-1]), file=sys.stderr, flush=True)
    text = json.dumps(report, indent=1)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
