"""Does the model that comes along put real digging first, and do its probabilities mean what they say?

    python benches/ranking/rank_scenes.py               500 scenes; a quarter of an hour of one core
    python benches/ranking/rank_scenes.py --quick       a sixth of them, to ranking_quick.*; ships nothing
    python benches/ranking/rank_scenes.py --rows DIR    keeps the patches there, and takes them from there again

Plants scenes, assesses them, trains on some and looks at others (never at the same ones), and at another county. Writes
`benches/results/ranking.*`, and the model itself to `python/overcut/data/ranking_model.json`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# Processes that are started anew on Windows and macOS read this too.
sys.path[:0] = [str(HERE), str(HERE.parent / "uncertainty"), str(HERE.parent / "peers")]

import pandas as pd  # noqa: E402
from common import ROOT, keep  # noqa: E402
from describing import describe  # noqa: E402
from evaluation import calibration, rankings  # noqa: E402
from retraining import retrained  # noqa: E402
from trials import Trial, run_all  # noqa: E402

import overcut as oc  # noqa: E402
from overcut.ranking.fitting import train  # noqa: E402
from overcut.ranking.visits import load_table  # noqa: E402

SHIPPED = ROOT / "python" / "overcut" / "data" / "ranking_model.json"

SETS = {"training": ("home", 0, 240), "held_out": ("home", 10_000, 160), "elsewhere": ("elsewhere", 20_000, 100)}
"""County, first seed and number of scenes of each set."""
QUICK = 6


def rows_of(name: str, quick: bool, processes: int, kept: Path | None) -> pd.DataFrame:
    """Patches of a set of scenes; from a file if they were kept."""
    county, first, count = SETS[name]
    count = count // QUICK if quick else count
    file = None if kept is None else kept / f"{name}_{count}.pickle"
    if file is not None and file.exists():
        return pd.read_pickle(file)
    print(f"{name}: {count} scenes", flush=True)
    table = run_all([Trial(seed, county) for seed in range(first, first + count)], processes)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        table.to_pickle(file)
    return table


def facts(table: pd.DataFrame) -> dict[str, Any]:
    """What a set is made of."""
    causes = table.groupby(["cause", "real"]).size()
    return {
        "scenes": int(table["scene"].nunique()),
        "patches": len(table),
        "real": int(table["real"].sum()),
        "base_rate": float(table["real"].mean()),
        "causes": {f"{cause}, {'real' if real else 'not real'}": int(count) for (cause, real), count in causes.items()},
    }


def load(model: oc.RankingModel, ordered: pd.DataFrame) -> list[dict[str, float]]:
    """What visits were expected to bring, beside what they bring."""
    stated = load_table(model, ordered, cuts=None, hours=None, hours_per_visit=None, confidence=0.95, seed=0)
    until = ordered["real"].to_numpy().cumsum()
    return [
        {**row, "true_real": int(until[row["visits"] - 1]), "true_share": float(until[row["visits"] - 1] / until[-1])}
        for row in stated.to_dict("records")
    ]


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2, help="side by side, one thread each (default 2)")
    parser.add_argument("--rows", type=Path, help="directory for the patches of each set")
    parser.add_argument("--quick", action="store_true", help="fewer scenes")
    given = parser.parse_args()
    tables = {name: rows_of(name, given.quick, given.processes, given.rows) for name in SETS}
    learnt = tables["training"]
    model = train(learnt, learnt["real"], learnt["scene"]).with_training(
        origin="planted scenes",
        made_by="benches/ranking/rank_scenes.py",
        county="home",
        seeds=[SETS["training"][1], SETS["training"][1] + learnt["scene"].max().item()],
        overcut_version=oc.__version__,
        stated="weights of leads, watch areas and earlier findings are stated, not learnt: planted scenes have none",
    )
    found: dict[str, Any] = {"sets": {name: facts(table) for name, table in tables.items()}, "model": model.to_dict()}
    for name in ("held_out", "elsewhere"):
        table = tables[name]
        probability = model.probability(table)
        found[name] = {
            "rankings": rankings(table, probability),
            "calibration": calibration(table, probability),
            "by_surveys": {
                str(count + 1): rankings(part.reset_index(drop=True), model.probability(part))
                for count, part in table.groupby("intervals")
            },
            "load": load(model, table.iloc[(-probability).argsort(kind="stable")]),
        }
    found["retraining"] = retrained(model, tables["held_out"], tables["elsewhere"])
    if not given.quick:
        model.save(SHIPPED, overwrite=True)
    keep("ranking_quick" if given.quick else "ranking", found, describe(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
