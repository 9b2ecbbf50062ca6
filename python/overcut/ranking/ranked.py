"""Ranking patches for those who visit them: the most probable digging outside the rights first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.exceptions import OutputError, ParameterError
from overcut.messages import Language, language, text
from overcut.ranking.features import PREFIX, features_of
from overcut.ranking.model import RankingModel, logistic, shipped_model
from overcut.ranking.patch_tables import patch_tables, placed
from overcut.ranking.reasons import group_contributions, reasons
from overcut.ranking.visits import load_table
from overcut.stated import number, positive_integer

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from geopandas import GeoDataFrame
    from pandas import DataFrame

__all__ = ["Ranking", "rank"]

NORMAL_95 = 1.959964
SHOWN = 10
"""Patches that are shown where a ranking is printed."""


@dataclass(frozen=True)
class Ranking:
    """Patches in the order in which they are worth a visit; made by `rank`.

    Attributes
    ----------
    patches : geopandas.GeoDataFrame
        Cut patches, descending by probability. Columns: `rank` from 1; `patch`; `probability` that it is real digging
        outside the rights, with `probability_low` and `probability_high` (95 %, for not knowing the place);
        `reasons`; then those of the table that was ranked.
    features : pandas.DataFrame
        What it was judged by, in the same order; missing values were not known.
    model : RankingModel
        By what it was judged.
    lang : {"en", "zh"}
        Language of the reasons.
    """

    patches: GeoDataFrame
    features: DataFrame
    model: RankingModel
    lang: Language = "en"

    @cached_property
    def contributions(self) -> DataFrame:
        """Log-odds that each group of features adds to each patch, beside those of an average one."""
        return group_contributions(self.model, self.features)

    def load(
        self,
        cuts: Iterable[int] | None = None,
        *,
        hours: float | None = None,
        hours_per_visit: float | None = None,
        confidence: float = 0.95,
        seed: int = 0,
    ) -> DataFrame:
        """Tell what visiting the list down to a place is expected to bring.

        Parameters
        ----------
        cuts : iterable of int, optional
            Numbers of visits; otherwise 10, 20, 50, 100, … and all.
        hours, hours_per_visit : float, optional
            Time that there is, and that a visit takes: adds what fits into it.
        confidence : float
            Of the intervals. They hold what is not known of the place (`RankingModel.covariance`) and luck.
        seed : int
            Of the draws from which intervals are found.

        Returns
        -------
        pandas.DataFrame
            A row for each cut: `visits`, `least_probability`, `expected_real`, `precision` (real ones per visit) and
            `share_of_real` (of all real ones in the list), with their intervals; and `hours`.
        """
        return load_table(
            self.model,
            self.features,
            cuts=cuts,
            hours=hours,
            hours_per_visit=hours_per_visit,
            confidence=confidence,
            seed=seed,
        )

    def table(self) -> GeoDataFrame:
        """Patches with their features, as they are written: inspections are learnt from it."""
        named = self.features.add_prefix(PREFIX).reset_index(drop=True)
        return self.patches.reset_index(drop=True).join(named)

    def to_gpkg(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the list as a GeoPackage, whole or not there.

        Raises
        ------
        OutputError
            The file exists, or cannot be written.
        """
        import tempfile

        from overcut.publishing import publish, refuse_existing

        target = Path(path)
        refuse_existing(target, overwrite=overwrite)
        with tempfile.TemporaryDirectory() as directory:
            staged = Path(directory) / "ranking.gpkg"
            try:
                self.table().to_file(staged, layer="ranking", driver="GPKG", engine="pyogrio")
            except (OSError, RuntimeError) as error:
                raise OutputError(f"{target} cannot be written: {error}") from error
            return publish(target, staged.read_bytes(), overwrite=overwrite)

    def to_csv(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the list for a spreadsheet, with an empty column `outcome` to be filled in.

        Raises
        ------
        OutputError
            The file exists, or cannot be written.
        """
        from overcut.spreadsheet import write_tables

        plain = self.table()
        middle = plain.geometry.representative_point()
        plain = plain.drop(columns=plain.geometry.name)
        for name, values in (("y", middle.y), ("x", middle.x)):
            if name not in plain:
                plain.insert(2, name, values.round(1))
        if "outcome" not in plain:
            plain.insert(2, "outcome", "")
        target = Path(path)
        return write_tables({target.name: plain}, target.parent, overwrite=overwrite)[0]

    def __len__(self) -> int:
        return len(self.patches)

    def __repr__(self) -> str:
        lines = [text("ranking.heading", self.lang, patches=len(self), real=self.patches["probability"].sum())]
        shown = self.patches.head(SHOWN)
        for row in shown.to_dict("records"):
            figures = {name: row[f"probability_{name}"] for name in ("low", "high")}
            named = {name: row[name] for name in ("rank", "patch", "probability")}
            lines += ["", "  " + text("ranking.line", self.lang, **named, **figures)]
            lines += [f"     {each}" for each in row["reasons"].split(text("ranking.then", self.lang))]
        if len(self) > len(shown):
            lines += ["", "  " + text("ranking.more", self.lang, patches=len(self) - len(shown))]
        return "\n".join(lines)


def rank(
    patches: Any,
    *,
    fills: GeoDataFrame | None = None,
    leads: GeoDataFrame | None = None,
    zones: GeoDataFrame | None = None,
    history: GeoDataFrame | None = None,
    model: RankingModel | None = None,
    lead_reach_m: float = 500.0,
    reasons_shown: int = 4,
    lang: Language = "en",
) -> Ranking:
    """Rank excavated patches by the probability that they are real digging outside the rights.

    Parameters
    ----------
    patches : Assessment or geopandas.GeoDataFrame
        What is ranked: all cuts of an assessment, or a table with columns as in `Assessment.patches`, as far as there
        are such (of a batch, or of a ledger). Its rows with `change` "fill" are taken as fills.
    fills : geopandas.GeoDataFrame, optional
        Filled patches, for a table that has none.
    leads : geopandas.GeoDataFrame, optional
        Places of reports and of odd consumption of electricity.
    zones : geopandas.GeoDataFrame, optional
        Watch areas: closed mines, known danger points, old workings. Points count within 100 m.
    history : geopandas.GeoDataFrame, optional
        Older patches, as of a ledger; with `change` ("cut" if missing), and `outcome` of an inspection if there is one.
    model : RankingModel, optional
        Otherwise the one that comes along, which was trained on planted scenes.
    lead_reach_m : float
        Distance from which on a lead says nothing.
    reasons_shown : int
        Largest contributions that are named.
    lang : {"en", "zh"}
        Language of reasons.

    Returns
    -------
    Ranking

    Raises
    ------
    ParameterError
        There are no polygons, a patch is named twice, or a table lacks its CRS.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> table = gpd.GeoDataFrame(
    ...     {"patch": ["deep", "thin"], "volume_m3": [9000.0, 300.0], "sigma_m3": [600.0, 200.0],
    ...      "area_m2": [2500.0, 900.0], "max_depth_m": [7.0, 1.5], "strength": [20.0, 4.0],
    ...      "unlicensed_m3": [9000.0, 300.0]},
    ...     geometry=[shapely.box(0, 0, 50, 50), shapely.box(500, 0, 590, 10)], crs="EPSG:4546",
    ... )
    >>> rank(table).patches["patch"].tolist()
    ['deep', 'thin']
    """
    lang = language(lang)
    judge = shipped_model() if model is None else model
    if not isinstance(judge, RankingModel):
        raise ParameterError(
            f"model is a {type(judge).__name__}; expected a RankingModel, as RankingModel.load reads it"
        )
    tables = patch_tables(patches, fills)
    crs = tables.patches.crs
    features = features_of(
        tables,
        leads=None if leads is None else placed(leads, crs, "leads"),
        zones=None if zones is None else placed(zones, crs, "zones"),
        history=None if history is None else placed(history, crs, "patches of the history"),
        lead_reach_m=number(lead_reach_m, "lead_reach_m", least=1e-9, unit="metres"),
    )
    log_odds, sigma = judge.log_odds(features), judge.log_odds_sigma(features)
    table = tables.patches.drop(columns=[name for name in _MADE if name in tables.patches])
    made = {
        "patch": table["patch"],
        "probability": logistic(log_odds),
        "probability_low": logistic(log_odds - NORMAL_95 * sigma),
        "probability_high": logistic(log_odds + NORMAL_95 * sigma),
        "reasons": reasons(judge, features, lang, positive_integer(reasons_shown, "reasons_shown")),
    }
    rest = table.drop(columns="patch")
    for place, (name, values) in enumerate(made.items()):
        rest.insert(place, name, values)
    # Equal probabilities stand in the order of the table.
    order = (-log_odds).argsort(kind="stable")
    ordered = rest.iloc[order].reset_index(drop=True)
    ordered.insert(0, "rank", range(1, len(ordered) + 1))
    return Ranking(ordered, features.iloc[order], judge, lang)


_MADE = ("rank", "probability", "probability_low", "probability_high", "reasons")
