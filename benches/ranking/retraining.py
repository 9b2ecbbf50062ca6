"""What inspections teach: another base rate, another county, sixty visits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from evaluation import expected_calibration_error
from sklearn.metrics import average_precision_score, log_loss

from overcut.ranking import RankingModel

if TYPE_CHECKING:
    import pandas as pd

Figures = dict[str, Any]

INSPECTED = 60
REPEATS = 40
KEPT = 0.2
"""Part of the real patches that a poor county has of those of the planted scenes."""


def retrained(model: RankingModel, held_out: pd.DataFrame, elsewhere: pd.DataFrame) -> Figures:
    """Figures before and after `INSPECTED` visits, means over `REPEATS` choices of what is visited."""
    return {
        "few real ones, visited at random": _study(model, held_out, KEPT, by_rank=False),
        "few real ones, visited by rank": _study(model, held_out, KEPT, by_rank=True),
        "another county, visited at random": _study(model, elsewhere, 1.0, by_rank=False),
        "another county, visited by rank": _study(model, elsewhere, 1.0, by_rank=True),
    }


def _study(model: RankingModel, table: pd.DataFrame, kept: float, *, by_rank: bool) -> Figures:
    """Visit some, learn, and look at those that were not visited."""
    runs = []
    for repeat in range(REPEATS):
        random = np.random.default_rng([repeat, 5])
        # Whole scenes are drawn again, so that each run sees another county of the same kind.
        scenes = random.permutation(table["scene"].unique())
        seen = table["scene"].isin(scenes[: len(scenes) // 2]).to_numpy()
        stays = ~table["real"].to_numpy() | (random.random(len(table)) < kept)
        near, far = table[seen & stays], table[~seen & stays]
        order = np.argsort(-model.probability(near), kind="stable") if by_rank else random.permutation(len(near))
        visited = near.iloc[order[:INSPECTED]]
        after = RankingModel.fit(visited, visited["real"], prior=model, features=visited)
        real = far["real"].to_numpy(dtype=float)
        row = {"visited_real": float(visited["real"].sum()), "base_rate": float(real.mean()), "patches": len(far)}
        for name, judge in (("before", model), ("after", after)):
            probability = judge.probability(far)
            row |= {
                f"mean_probability_{name}": float(probability.mean()),
                f"expected_calibration_error_{name}": expected_calibration_error(probability, real),
                f"log_loss_{name}": float(log_loss(real, probability, labels=[0, 1])),
                f"average_{name}": float(average_precision_score(real, probability)) if real.any() else np.nan,
            }
        row["better"] = float(row["log_loss_after"] < row["log_loss_before"])
        runs.append(row)
    means = {name: float(np.nanmean([each[name] for each in runs])) for name in runs[0]}
    return {"inspected": INSPECTED, "repeats": REPEATS, **means}
