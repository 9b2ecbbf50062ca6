"""Tonnes and money by hand, their errors, and what a survey cannot see."""

from __future__ import annotations

import json
import math
import re

import pytest

import overcut as oc
from overcut.cli import main
from overcut.exceptions import ParameterError

from ..conftest import DATES, TESTDATA
from .conftest import array_dem, dig, level, licence, rectangle, write_raster

# A pit of 10 m x 10 m, 20 m deep, half of it in a licence down to 50 m: 1000 m³ within, 1000 m³ beyond.
PIT = (10, 20)


def pit(layers, **options):
    surfaces = [array_dem(level(), "2021-05-01"), array_dem(dig(level(), PIT, PIT, 20.0), "2024-05-20")]
    return oc.assess(surfaces, [licence()], layers=layers, **options)


def seam(**stated):
    return oc.Layer("seam", roof=95.0, floor=92.0, **stated)


@pytest.fixture
def rich():
    return pit(
        [
            oc.Layer("cover", roof=200.0, floor=95.0, kind="overburden", density_t_per_m3=1.9),
            seam(
                density_t_per_m3=2.6, karst_rate=0.05, moisture=0.02, grade=0.5, recovery=0.9, dilution=0.1, swell=1.5
            ),
        ]
    )


def test_masses_and_metal_by_hand(rich):
    found = oc.appraise(rich, prices=30.0)
    # 150 m³ of the seam lie beyond the boundary: x 0.95 = 142.5 m³ of rock, x 2.6 x 0.98 = 363.09 t.
    assert found.total("volume_m3").value == pytest.approx(150.0)
    assert found.total("solid_m3").value == pytest.approx(142.5)
    assert found.total("destroyed_t").value == pytest.approx(363.09)
    # Taken out: 90 % of it, and with it waste that makes a tenth of all: 363.09 x 0.9 / 0.9.
    assert found.total("extracted_t").value == pytest.approx(363.09)
    assert found.total("destroyed_metal_t").value == pytest.approx(181.545)
    assert found.total("extracted_metal_t").value == pytest.approx(181.545 * 0.9)
    assert found.total("destroyed_value").value == pytest.approx(363.09 * 30.0)
    table = found.by_item.set_index(["class", "layer"])
    assert table.loc[("within", "seam"), "destroyed_t"] == pytest.approx(363.09)
    assert not table.loc[("within", "seam"), "counted"]
    assert not table.loc[("beyond_boundary", "cover"), "ore"], "overburden is no resource"
    assert math.isnan(table.loc[("beyond_boundary", "cover"), "destroyed_t"])


def test_a_price_per_cubic_metre_or_tonne_of_metal(rich):
    by_volume = oc.appraise(rich, prices=oc.Price(40.0, per="m3"))
    assert by_volume.total("destroyed_value").value == pytest.approx(142.5 * 40.0)
    assert by_volume.total("extracted_value").value == pytest.approx(142.5 * 0.9 * 40.0)
    by_metal = oc.appraise(rich, prices={"seam": {"value": 1000.0, "per": "t_metal", "source": "exchange"}})
    assert by_metal.total("destroyed_value").value == pytest.approx(181_545.0)


def test_adjustments_go_where_they_belong(rich):
    where = {"licence": "A", "class_": "beyond_boundary", "layer": "seam", "source": "the geologist's map"}
    found = oc.appraise(
        rich,
        adjustments=[
            oc.Adjustment("older_void", 20.0, **where),
            oc.Adjustment("stockpile_in_void", 15.0, **where),
            oc.Adjustment("stockpile_left", 30.0, swell=1.25, **where),
            oc.Adjustment("beside", oc.Stated(50.0, sigma=10.0), **where),
        ],
    )
    # Void: 150 - 20 + 15 / 1.5 = 140; destroyed 140 + 50; taken out of 140 - 30 / 1.25 = 116.
    assert found.total("volume_m3").value == pytest.approx(190.0)
    per_m3 = 0.95 * 2.6 * 0.98
    assert found.total("destroyed_t").value == pytest.approx(190.0 * per_m3)
    assert found.total("extracted_t").value == pytest.approx(116.0 * per_m3)
    assert list(found.adjustment_table["source"]) == ["the geologist's map"] * 4


def test_tonnes_that_are_known_otherwise_take_the_place_of_recovery(rich):
    key = ("A", "beyond_boundary", "seam")
    found = oc.appraise(rich, prices=30.0, extracted_t={key: {"value": 300.0, "sigma": 12.0, "source": "weighbridge"}})
    assert found.total("extracted_t") == oc.Stated(300.0, 12.0)
    assert found.total("extracted_value").value == pytest.approx(9000.0)


def test_without_recovery_nothing_is_said_of_what_was_taken_out():
    found = oc.appraise(pit([seam(density_t_per_m3=2.6)]), prices=30.0)
    assert found.total("destroyed_value").value == pytest.approx(150.0 * 2.6 * 30.0)
    with pytest.raises(ParameterError, match="extracted_t cannot be computed"):
        found.total("extracted_t")
    assert any("no karst or fissure rate" in each for each in found.assumptions)


def test_ground_in_no_layer_is_a_resource_only_where_it_is_said_what_it_is():
    case = pit([])
    assert oc.appraise(case).totals["quantity"].tolist() == ["volume_m3"]
    found = oc.appraise(case, materials={"": oc.Material(density_t_per_m3=1.6)})
    assert found.total("destroyed_t").value == pytest.approx(1000.0 * 1.6)


def test_errors_of_density_and_price_by_hand():
    # The errors of heights are of no consequence for a seam between the two grounds.
    layers = [seam(density_t_per_m3=oc.Stated(2.5, sigma=0.1))]
    found = oc.appraise(pit(layers), prices=oc.Stated(30.0, sigma=3.0))
    value, sigma = found.total("destroyed_value").value, found.total("destroyed_value").sigma
    assert value == pytest.approx(150.0 * 2.5 * 30.0)
    # Relative variances add: (0.1 / 2.5)² + (3 / 30)².
    assert sigma / value == pytest.approx(math.hypot(0.04, 0.1), rel=1e-6)
    shares = found.variance_shares
    shares = shares[shares["quantity"] == "destroyed_value"].set_index("source")["share"]
    assert shares["price"] == pytest.approx(0.01 / 0.0116)
    assert shares.sum() == pytest.approx(1.0)
    assert shares.index[0] == "price", "the largest first"


def test_rows_share_the_density_of_their_layer():
    layers = [seam(density_t_per_m3=oc.Stated(2.5, sigma=0.1))]
    found = oc.appraise(pit(layers), classes=["within", "beyond_boundary"])
    # Errors of one density do not cancel: 4 % of the sum, not of each by itself.
    assert found.total("destroyed_t").sigma / found.total("destroyed_t").value == pytest.approx(0.04, rel=1e-6)


@pytest.fixture(scope="module")
def testdata():
    surfaces = [oc.Dem(TESTDATA / f"dem_{day[:4]}.tif", date=day, sigma_m=0.05, vertical_datum="1985") for day in DATES]
    stone = oc.Layer(
        "limestone",
        roof=oc.Plane.dipping((498000, 3940400, 1175.0), dip_deg=2.0, dip_direction_deg=150.0),
        floor=1100.0,
        density_t_per_m3=oc.Stated(2.6, sigma=0.06, source="28 samples"),
        karst_rate=oc.Stated(0.06, sigma=0.02, source="boreholes"),
        recovery=oc.Stated(0.95, sigma=0.02, source="plan of mining"),
        price=oc.Price(oc.Stated(30.0, sigma=1.5, source="price bureau"), date="2024-05-20", place="at the pit"),
    )
    return oc.assess(surfaces, TESTDATA / "licences.gpkg", layers=[stone], vertical_datum="1985")


def test_first_order_errors_agree_with_ten_thousand_draws(testdata):
    found = testdata.resources
    table = found.monte_carlo(10_000, seed=7).set_index("quantity")
    assert set(table.index) >= {"volume_m3", "destroyed_t", "extracted_t", "destroyed_value", "extracted_value"}
    assert table["ratio"].between(0.95, 1.05).all(), table["ratio"]
    for name, row in found.totals.set_index("quantity").iterrows():
        assert table.loc[name, "mean"] == pytest.approx(row["value"], rel=5e-3)
        assert table.loc[name, "low"] == pytest.approx(row["low"], rel=0.02)
    assert table.equals(found.monte_carlo(10_000, seed=7).set_index("quantity")), "a seed gives one table"


def test_what_was_dug_again_is_not_counted_twice():
    pit_m = [100.0, 90.0, 96.0, 85.0]
    surfaces = [
        array_dem(dig(level(), PIT, PIT, 100.0 - height), f"{2020 + year}-05-01") for year, height in enumerate(pit_m)
    ]
    case = oc.assess(surfaces, [], register=False, estimate_errors=False)
    found = oc.appraise(case, materials={"": {"density_t_per_m3": 2.0}})
    assert found.total("volume_m3").value == pytest.approx(1500.0), "100 to 85 m, whatever was filled in between"
    assert any("dug again" in each for each in found.assumptions)


def test_words_in_two_languages_and_a_record(testdata):
    found = testdata.resources
    assert "destroyed value, CNY" in repr(found)
    assert "破坏价值，CNY" in found.to_text("zh")
    assert "<table>" in found._repr_html_()
    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert record["assessment_digest"] == testdata.digest
    assert record["prices"]["limestone"]["per"] == "t"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"classes": ["beyond"]}, "class 'beyond' is not known"),
        ({"materials": {"coal": {"density_t_per_m3": 1.3}}}, "layer 'coal'"),
        ({"prices": {"coal": 30.0}}, "layer 'coal'"),
        ({"prices": -1.0}, "price of"),
        ({"confidence": 1.0}, "confidence is 1"),
        ({"extracted_t": {("A", "within", "coal"): 3.0}}, "extracted_t has"),
    ],
)
def test_appraisals_that_make_no_sense_are_refused(rich, wrong, message):
    with pytest.raises(ParameterError, match=message):
        oc.appraise(rich, **wrong)


def test_an_adjustment_without_a_source_is_refused():
    with pytest.raises(ParameterError, match="has no source"):
        oc.Adjustment("beside", 50.0, class_="unlicensed")


def test_a_case_file_appraises(case_file, capsys):
    text = case_file.read_text(encoding="utf-8").replace('"cog"]', '"cog"]\noverwrite = true')
    more = """
[[layers]]
name = "seam"
roof = { point = [500000, 3940040, 99.5], dip_deg = 0, dip_direction_deg = 90 }
floor = 98.5
density_t_per_m3 = { low = 2.4, high = 2.6, source = "8 samples" }
recovery = 0.95
price = { value = 30.0, sigma = 1.0, per = "t", date = 2024-05-20, source = "price bureau" }

[[layers]]
name = "cover"
kind = "overburden"
[[layers.parts]]
roof = 200.0
floor = 99.5
polygon = [[499990, 3940000], [500050, 3940000], [500050, 3940050], [499990, 3940050]]

[appraisal]
limits = true
[[appraisal.adjustments]]
kind = "beside"
volume_m3 = { value = 10.0, sigma = 2.0 }
licence = "A"
class = "beyond_boundary"
layer = "seam"
source = "the geologist's map"

[output]"""
    case_file.write_text(text.replace("[output]", more), encoding="utf-8")
    assert main(["assess", str(case_file)]) == 0
    printed = capsys.readouterr().out
    assert "destroyed value, CNY" in printed
    assert "illegal mining, serious" in printed
    kept = json.loads((case_file.parent / "out/of it/pit.resources.json").read_text(encoding="utf-8"))
    totals = {row["quantity"]: row["value"] for row in kept["totals"]}
    assert totals["destroyed_t"] == pytest.approx(60.0 * 2.5)
    assert kept["limits"]["findings"][0]["verdict"] == "surely_not"
    case_file.write_text(
        case_file.read_text(encoding="utf-8").replace("limits = true", "limit_file = true"), encoding="utf-8"
    )
    with pytest.raises(ParameterError, match="limits"):
        oc.read_case(case_file)


def test_rectangles_are_where_they_should_be():
    assert rectangle((0, 10), (0, 10)).area == 100.0


def walled(**sigmas):
    """A box of 10 m x 10 m, 20 m deep from 100 m, half of it in a licence; under 60 m there is nothing to cut."""
    layers = [
        oc.Layer("cover", roof=200.0, floor=95.0, kind="overburden"),
        oc.Layer("seam", roof=95.0, floor=92.0, density_t_per_m3=2.0, **sigmas),
        oc.Layer("deep", roof=60.0, floor=50.0, density_t_per_m3=2.0, roof_sigma_m=2.0),
    ]
    return pit(layers, estimate_errors=False)


def test_errors_of_roof_and_floor_by_hand():
    found = walled(roof_sigma_m=oc.Stated(0.5, source="boreholes ZK1 to ZK4"), floor_sigma_m=0.2)
    effects = found.bound_effects.set_index(["layer", "bound", "class", "of_layer"])["volume_m3"]
    # Half of the pit, 50 m², on either side of the boundary.
    assert effects.loc[("seam", "floor", "within", "seam")] == pytest.approx(-10.0)
    assert effects.loc[("seam", "floor", "beyond_boundary", "seam")] == pytest.approx(-10.0)
    assert effects.loc[("seam", "floor", "beyond_boundary", "")] == pytest.approx(10.0), "what lies under it gains"
    # The roof is the floor of the cover, which stands first in the list: what the one gains, the other loses.
    assert effects.loc[("seam", "roof", "within", "seam")] == pytest.approx(25.0)
    assert effects.loc[("seam", "roof", "within", "cover")] == pytest.approx(-25.0)
    assert "deep" not in effects.index.get_level_values("layer"), "no column reaches it"
    total = oc.appraise(found).total("destroyed_t")
    without = oc.appraise(walled()).total("destroyed_t")
    assert total.value == without.value == pytest.approx(300.0)
    assert total.sigma**2 == pytest.approx(without.sigma**2 + (2.0 * 10.0) ** 2 + (2.0 * 25.0) ** 2)
    stated = oc.appraise(found).inputs.set_index(["layer", "property"])
    assert stated.loc[("seam", "roof_sigma_m"), ["value", "source"]].to_list() == [0.5, "boreholes ZK1 to ZK4"]
    assert oc.appraise(found).to_dict()["bounds"][0] == {
        "layer": "seam", "property": "roof_sigma_m", "value": 0.5, "source": "boreholes ZK1 to ZK4"
    }  # fmt: skip
    shares = oc.appraise(found).variance_shares
    assert {("roof", "seam"), ("floor", "seam")} <= set(zip(shares["source"], shares["of"], strict=True))
    drawn = oc.appraise(found).monte_carlo(10_000).set_index("quantity")
    assert drawn.loc["destroyed_t", "ratio"] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("contact", ["plane", "surface", "file"])
def test_a_contact_of_two_layers_moves_as_one(contact, tmp_path):
    plane = oc.Plane(x=500_000.0, y=3_940_000.0, z_m=95.0, east=0.0, north=0.0)
    dem = array_dem(level(height_m=95.0), "2021-05-01")
    if contact == "file":
        write_raster(tmp_path / "contact.tif", level(height_m=95.0))
    roof, floor = {
        "plane": (plane, oc.Plane(x=500_000.0, y=3_940_000.0, z_m=95.0, east=0.0, north=0.0)),
        "surface": (dem, dem),
        "file": (tmp_path / "contact.tif", tmp_path / "contact.tif"),
    }[contact]
    layers = [
        oc.Layer("cover", roof=200.0, floor=floor, kind="overburden"),
        oc.Layer("seam", roof=roof, floor=92.0, roof_sigma_m=0.5),
    ]
    effects = pit(layers, estimate_errors=False).bound_effects.set_index(["class", "of_layer"])["volume_m3"]
    assert effects.loc[("within", "seam")] == pytest.approx(25.0, rel=1e-6)
    assert effects.loc[("within", "cover")] == pytest.approx(-25.0, rel=1e-6)


def test_the_effect_of_a_dipping_roof_by_hand():
    # The roof falls by 1 m a metre to the east, from 100 m at the western wall of the pit, of which 5 m are dug.
    west = 500_000.0 + 10.0
    roof = oc.Plane(x=west, y=3_940_000.0, z_m=100.0, east=-1.0, north=0.0)
    layer = oc.Layer("seam", roof=roof, floor=0.0, density_t_per_m3=1.0, roof_sigma_m=0.5)
    surfaces = [array_dem(level(), "2021-05-01"), array_dem(dig(level(), PIT, PIT, 5.0), "2024-05-20")]
    found = oc.assess(surfaces, [], layers=[layer], estimate_errors=False)
    effects = found.bound_effects.set_index("of_layer")["volume_m3"]
    # Raised, the first 0.5 m hold 5 m of the seam, and then comes a triangle of 5 m; lowered, one of 4.5 m is left.
    above, below = (0.5 * 5.0 + 12.5) * 10.0, 10.125 * 10.0
    assert effects.loc["seam"] == pytest.approx((above - below) / 2.0)
    assert effects.loc[""] == pytest.approx((below - above) / 2.0)


def test_errors_of_bounds_need_the_surfaces(tmp_path):
    found = walled(floor_sigma_m=0.2)
    read = oc.read_assessment(found.to_json(tmp_path / "case.json"))
    with pytest.raises(ParameterError, match="holds no surfaces"):
        _ = read.bound_effects
    assert any("roofs and floors" in each for each in oc.appraise(read).assumptions)
    assert not any("roofs and floors" in each for each in oc.appraise(found).assumptions)
    with pytest.raises(ParameterError, match="floor_sigma_m of layer seam"):
        oc.Layer("seam", roof=95.0, floor=92.0, floor_sigma_m=-1.0)


@pytest.mark.parametrize(
    "stated", ["", "karst_rate", "moisture", "dilution", "karst_rate moisture", "karst_rate dilution"]
)
def test_assumptions_are_told_in_chinese(stated):
    exact = dict.fromkeys(stated.split(), 0.05)
    layer = seam(density_t_per_m3=2.6, grade=0.5, recovery=0.9, swell=1.5, **exact)
    told = oc.appraise(pit([layer], lod_m=0.1)).to_text("zh").split("假定\n")[1]
    assert told.count("seam") >= 5
    assert not re.search("[A-Za-z]", told.replace("seam", "")), told
