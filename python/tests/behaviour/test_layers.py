"""Layers as people give them: planes, surfaces on other grids, faults, and what is stated of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from affine import Affine

import overcut as oc
from overcut.exceptions import ParameterError, VerticalDatumError

from .conftest import CRS, NORTH, WEST, array_dem, dig, level, licence, rectangle


def in_layers(case):
    """Cut by layer; "" is in none."""
    table = case.by_licence
    return table.assign(layer=table["layer"].fillna("")).groupby("layer")["cut_m3"].sum().to_dict()


def deep(depth_m=20.0):
    """A pit of 10 m x 10 m."""
    return [array_dem(level(), "2021-05-01"), array_dem(dig(level(), (10, 20), (10, 20), depth_m), "2024-05-20")]


def test_a_plane_through_three_boreholes_splits_the_pit():
    # The roof falls by 0.2 m a metre to the east, 95 at x = 15, the middle of the pit; the floor is 6 m under it.
    holes = [(WEST + 15, NORTH - 15, 95.0), (WEST + 25, NORTH - 15, 93.0), (WEST + 15, NORTH - 35, 95.0)]
    roof = oc.Plane.through(*holes)
    floor = oc.Plane(roof.x, roof.y, roof.z_m - 6.0, roof.east, roof.north)
    found = in_layers(oc.assess(deep(), [licence()], layers=[oc.Layer("seam", roof=roof, floor=floor)]))
    assert found["seam"] == pytest.approx(600.0, rel=1e-9)
    assert found[""] == pytest.approx(1400.0, rel=1e-9)


def test_strike_and_dip_give_the_same_plane():
    dip = math.degrees(math.atan(0.2))
    by_strike = oc.Plane.dipping((0, 0, 95.0), dip_deg=dip, strike_deg=0.0)
    by_direction = oc.Plane.dipping((0, 0, 95.0), dip_deg=dip, dip_direction_deg=90.0)
    assert by_strike == by_direction
    assert by_strike.height_m(10.0, -7.0) == pytest.approx(93.0)


def test_a_roof_on_a_coarser_grid_is_brought_to_the_common_one():
    coarse = np.full((12, 12), 97.0)
    place = {"transform": Affine(5, 0, WEST - 10, 0, -5, NORTH + 10), "crs": CRS}
    roof = oc.Dem(coarse, date="2010-01-01", name="roof", **place)
    case = oc.assess(deep(), [licence()], layers=[oc.Layer("seam", roof=roof, floor=92.0)])
    assert in_layers(case)["seam"] == pytest.approx(500.0, rel=1e-9)
    assert any("roof" in each and "resampled" in each for each in case.assumptions)


def test_a_fault_lowers_half_of_a_seam_out_of_the_pit():
    west, east = rectangle((-5, 15), (-5, 45)), rectangle((15, 45), (-5, 45))
    parts = [oc.LayerPart(95.0, 92.0, west), oc.LayerPart(70.0, 67.0, east)]
    case = oc.assess(deep(), [licence()], layers=[oc.Layer("seam", parts=parts)])
    assert in_layers(case)["seam"] == pytest.approx(150.0, rel=1e-9)


def test_of_layers_that_overlap_the_first_counts_and_one_that_thins_out_ends():
    layers = [
        oc.Layer("first", roof=95.0, floor=90.0),
        oc.Layer("second", roof=93.0, floor=85.0),
        oc.Layer("nothing", roof=80.0, floor=82.0),
    ]
    found = in_layers(oc.assess(deep(), [licence()], layers=layers))
    assert (found["first"], found["second"]) == (pytest.approx(500.0), pytest.approx(500.0))
    assert "nothing" not in found


def test_patches_carry_their_volume_by_layer():
    case = oc.assess(deep(), [licence()], layers=[oc.Layer("seam", roof=95.0, floor=92.0)])
    rows = case.patch_classes
    assert rows[rows["layer"] == "seam"]["volume_m3"].sum() == pytest.approx(300.0, rel=1e-9)
    assert rows["volume_m3"].sum() == pytest.approx(case.patches["volume_m3"].sum())


def test_what_is_stated_of_a_layer_is_in_the_record_with_its_source(tmp_path):
    density = oc.Stated(2.6, sigma=0.05, source="32 samples")
    seam = oc.Layer("seam", roof=95.0, floor=92.0, kind="ore", density_t_per_m3=density, moisture=0.1, price=30.0)
    case = oc.assess(deep(), [licence()], layers=[seam])
    kept = oc.read_assessment(case.to_json(tmp_path / "case.json")).to_dict()["layers"][0]
    assert kept["stated"]["density_t_per_m3"] == {"value": 2.6, "sigma": 0.05, "source": "32 samples"}
    assert kept["density_t_per_m3"] == pytest.approx(2.34), "of dry ore"
    assert kept["parts"][0]["roof"] == "95 m"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"roof": 95.0}, "needs a roof and a floor"),
        ({"roof": 95.0, "floor": 92.0, "kind": "gold"}, "kind of layer seam"),
        ({"roof": 95.0, "floor": 92.0, "karst_rate": 6.0}, "karst_rate of layer seam is 6"),
        ({"roof": 95.0, "floor": 92.0, "swell": 0.7}, "swell of layer seam is 0.7"),
        ({"roof": 95.0, "floor": 92.0, "density_t_per_m3": {"value": 2.6, "sgima": 1}}, "unknown key `sgima`"),
        ({"roof": {"points": [[0, 0, 1], [1, 1, 2], [2, 2, 3]]}, "floor": 92.0}, "lie on one line"),
        ({"parts": [], "kind": "ore"}, "has no part"),
    ],
)
def test_layers_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ParameterError, match=message):
        oc.Layer("seam", **wrong)


def test_a_roof_counted_from_another_datum_is_refused():
    roof = array_dem(level(height_m=95.0), "2010-01-01", vertical_datum="1956", name="roof")
    with pytest.raises(VerticalDatumError, match="roof"):
        oc.assess(deep(), [licence()], layers=[oc.Layer("seam", roof=roof, floor=92.0)])
