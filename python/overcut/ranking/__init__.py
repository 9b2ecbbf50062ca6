"""Ranking of patches for inspectors: how probable it is that one is real digging outside the rights, and why.

ranking = oc.rank(case)             # patches in the order in which they are worth a visit
ranking.patches, ranking.load()     # with reasons; what visiting down to each place is expected to bring

learnt = oc.RankingModel.fit(ranking, {"C1-004": "unlawful"})     # starts from the model that comes along
learnt.save("county.json")
oc.rank(next_case, model=oc.RankingModel.load("county.json"))
"""

from __future__ import annotations

from overcut.ranking.feature_list import FEATURES, Feature
from overcut.ranking.model import RankingModel, Weight, shipped_model
from overcut.ranking.outcomes import OUTCOMES
from overcut.ranking.ranked import Ranking, rank

__all__ = ["FEATURES", "OUTCOMES", "Feature", "Ranking", "RankingModel", "Weight", "rank", "shipped_model"]
