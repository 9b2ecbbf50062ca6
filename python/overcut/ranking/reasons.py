"""Why a patch stands where it stands: its largest contributions, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overcut.messages import Language, text
from overcut.ranking.feature_list import FEATURES, GROUPS

if TYPE_CHECKING:
    from pandas import DataFrame

    from overcut.ranking.model import RankingModel

__all__ = ["group_contributions", "reasons"]

LEAST = 0.1
"""Log-odds below which a contribution is not named: it changes the odds by less than a tenth."""

WORTH = 0.4
"""Part of the largest contribution of its group that another one must have to be named."""
NAMED = 2
"""Most features of a group that are named."""

_GROUP_OF = {each.name: each.group for each in FEATURES}
_KNOWN = {each.name: each for each in FEATURES}
YES_OR_NO = ("inside_rights", "fill_beside", "grown", "found_unlawful", "found_harmless")
"""Features that are 1 or 0."""


def group_contributions(model: RankingModel, features: DataFrame) -> DataFrame:
    """Log-odds that each group of features adds, beside those of an average patch.

    Features of a group go together, so that one may be given what another takes: their sum is what can be explained.
    """
    each = model.contributions(features)
    groups = [_GROUP_OF[name] for name in each.columns]
    found: DataFrame = each.T.groupby(groups, sort=False).sum().T.reindex(columns=list(GROUPS), fill_value=0.0)
    return found


def reasons(model: RankingModel, features: DataFrame, lang: Language, count: int) -> list[str]:
    """Sentence for each patch: what raises its probability, and what lowers it, the largest first."""
    by_group, by_feature = group_contributions(model, features), model.contributions(features)
    return [
        _sentence(*row, lang, count)
        for row in zip(
            by_group.to_dict("records"), by_feature.to_dict("records"), features.to_dict("records"), strict=True
        )
    ]


Row = dict[Any, Any]


def _sentence(by_group: Row, by_feature: Row, values: Row, lang: Language, count: int) -> str:
    # Sorting keeps the order of `GROUPS` where contributions are equal.
    largest = sorted(by_group, key=lambda group: -abs(by_group[group]))[:count]
    parts = []
    for word, sign in (("raises", 1.0), ("lowers", -1.0)):
        said = [_says(group, sign, by_feature, values, lang) for group in largest if sign * by_group[group] >= LEAST]
        if said:
            parts.append(text(f"ranking.{word}", lang, reasons=text("ranking.between", lang).join(said)))
    return text("ranking.then", lang).join(parts) if parts else text("ranking.average", lang)


def _says(group: str, sign: float, by_feature: Row, values: Row, lang: Language) -> str:
    """Name a group, with the features that contribute most to it in its direction."""
    names = [name for name, added in by_feature.items() if _GROUP_OF[name] == group and sign * added > 0.0]
    names = sorted(names, key=lambda name: -abs(by_feature[name]))[:NAMED]
    names = [name for name in names if abs(by_feature[name]) >= WORTH * abs(by_feature[names[0]])]
    shown = text("ranking.between", lang).join(_shown(name, values[name], lang) for name in names)
    return text("ranking.group", lang, group=text(f"ranking.group_{group}", lang), values=shown)


def _shown(name: str, value: float, lang: Language) -> str:
    """Value as it is read: shares as per cent, others with three digits."""
    if name in YES_OR_NO:
        return text(f"ranking.is_{name}" if value else f"ranking.is_not_{name}", lang)
    each = _KNOWN[name]
    if each.scale == "linear" and each.most == 1.0:
        shown = f"{100.0 * value:.0f} %"
    else:
        shown = f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"  # noqa: PLR2004
    return text(f"ranking.says_{name}", lang, value=shown)
