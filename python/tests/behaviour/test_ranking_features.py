"""Features of patches by hand: of the patches themselves, and of what lies beside them in place and time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

import overcut as oc

from .ranking_patches import features, places, two_patches


def test_features_of_a_table_are_those_of_a_pocket_calculator():
    found = features(two_patches())
    a, b = found.loc["A"], found.loc["B"]
    assert a["outside_over_sigma"] == pytest.approx(6000 / 400)
    assert a["outside_share"] == pytest.approx(0.75)
    assert (a["inside_rights"], b["inside_rights"]) == (0.0, 0.0)
    assert (a["inside_rights"], b["inside_rights"]) == (0.0, 0.0)
    assert a["beyond_share"] == pytest.approx(0.625)
    assert a["in_licence_share"] == pytest.approx(0.125)
    assert a["mean_depth_m"] == pytest.approx(2.0)
    assert a["fullness"] == pytest.approx(0.4)
    assert a["depth_over_lod"] == pytest.approx(2.5)
    assert a["certain_share"] == pytest.approx(0.5)
    assert a["contact_share"] == pytest.approx(2.0)
    assert a["elongation"] == pytest.approx(2.0)
    assert (a["solidity"], a["roughness"]) == pytest.approx((1.0, 1.0))
    assert (a["licence_distance_m"], b["licence_distance_m"]) == (0.0, 900.0)
    assert (b["outside_share"], b["fullness"]) == pytest.approx((1.0, 0.5))
    assert (a["neighbours"], b["neighbours"]) == (0.0, 0.0)


def test_what_is_not_known_is_missing_and_not_nought():
    found = features(two_patches())
    unknown = [
        "fill_beside",
        "balance",
        "cut_other_times",
        "grown",
        "filled_before",
        "lead_near",
        "in_zone",
        "slope_deg",
    ]
    assert found[unknown].isna().all().all()
    with_all = features(
        two_patches(), leads=places(), zones=places(), history=places(), fills=places(volume_m3=np.array([]))
    )
    assert (with_all[[*unknown[:-1]]] == 0.0).all().all()


def test_fill_beside_a_cut_is_shared_out_by_volume_and_balances_it():
    patches = two_patches()
    patches.loc[1, "geometry"] = shapely.box(160, 0, 180, 20)
    patches.loc[1, "volume_m3"] = 2000.0
    heap = places(shapely.box(110, 0, 140, 30), volume_m3=[5000.0], interval=[0])
    found = features(patches, fills=heap)
    assert found["fill_beside"].tolist() == [1.0, 1.0]
    # Of 5000 m³, four fifths for 8000 m³ of cut and a fifth for 2000 m³.
    assert found.loc["A", "balance"] == pytest.approx(4000 / 8000)
    assert found.loc["B", "balance"] == pytest.approx(1000 / 2000)
    # Each has the heap near it; B, 50 m of reach, does not reach A, but A reaches B.
    assert found["neighbours"].to_dict() == {"A": 2.0, "B": 1.0}
    other_interval = heap.assign(interval=1)
    assert features(patches, fills=other_interval)["fill_beside"].tolist() == [0.0, 0.0]


def test_other_times_tell_growth_refill_and_return():
    early, late = two_patches().iloc[[0]], two_patches().iloc[[0]]
    early["geometry"], late["patch"], late["interval"] = shapely.box(0, 0, 50, 50), "later", 1
    patches = pd.concat([early, late], ignore_index=True)
    heaps = places(shapely.box(75, 0, 100, 50), volume_m3=[100.0], interval=[0])
    found = features(patches, fills=heaps)
    assert found["cut_other_times"].to_dict() == pytest.approx({"A": 1.0, "later": 0.5})
    assert found["grown"].fillna(-1.0).to_dict() == {"A": -1.0, "later": 1.0}  # before A, nothing is known
    assert found["filled_before"].fillna(-1.0).to_dict() == pytest.approx({"A": -1.0, "later": 0.25})
    assert found["filled_after"].fillna(-1.0).to_dict() == pytest.approx({"A": 0.0, "later": -1.0})


def test_a_table_of_one_late_interval_knows_nothing_of_others():
    late = features(two_patches().assign(interval=3), fills=places(volume_m3=np.array([])))
    assert late[["cut_other_times", "grown", "filled_before", "filled_after"]].isna().all().all()


def test_history_counts_as_earlier_and_its_outcomes_as_findings():
    history = places(
        shapely.box(0, 0, 100, 20),
        shapely.box(1000, 0, 1020, 20),
        shapely.box(99, 49, 300, 300),
        outcome=["unlawful", "伪变化", "lawful"],
    )
    found = features(two_patches(), history=history)
    assert found.loc["A", "cut_other_times"] == pytest.approx(0.4, abs=0.001)
    assert found["grown"].to_dict() == {"A": 1.0, "B": 0.0}
    assert found["found_unlawful"].to_dict() == {"A": 1.0, "B": 0.0}
    # A corner of one square metre is not the same ground.
    assert found["found_harmless"].to_dict() == {"A": 0.0, "B": 1.0}


def test_tables_in_another_crs_are_brought_over():
    leads = places(shapely.Point(100.0, 300.0)).to_crs("EPSG:4547")
    assert features(two_patches(), leads=leads).loc["A", "lead_near"] == pytest.approx(0.5, abs=1e-4)
    with pytest.raises(oc.exceptions.ParameterError, match="have no CRS"):
        oc.rank(two_patches(), leads=places(shapely.Point(0, 0), crs=None))
