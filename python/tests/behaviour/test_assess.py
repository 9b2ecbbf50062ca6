"""The main job on scenes whose answer is worked by hand."""

from __future__ import annotations

import datetime
import hashlib

import numpy as np
import pytest

import overcut as oc
from overcut import exceptions

from .conftest import array_dem, dig, level, licence, rectangle, volumes


def test_a_pit_half_inside_is_half_within_and_half_beyond_the_boundary(case):
    assert volumes(case) == {("A", "within"): 100.0, ("A", "beyond_boundary"): 100.0}
    assert case.totals.loc[0, "cut_certain_m3"] == 200.0
    assert case.totals.loc[0, "net_m3"] == -200.0


def test_a_pit_is_one_patch_with_outline_and_the_length_of_boundary_in_it(case):
    assert len(case.patches) == 1
    patch = case.patches.iloc[0]
    assert (patch["area_m2"], patch["volume_m3"], patch["max_depth_m"]) == (100.0, 200.0, 2.0)
    assert (patch["within_m3"], patch["beyond_boundary_m3"]) == (100.0, 100.0)
    assert patch["attribution"] == "beyond_boundary"
    assert patch["licence"] == "A"
    assert patch.geometry.equals(rectangle((10, 20), (10, 20)))
    assert case.contacts.to_dict("records") == [{"patch": "C1-001", "licence": "A", "contact_m": pytest.approx(10.0)}]
    assert case.fills.empty


def test_a_pit_under_the_floor_is_cut_at_the_floor(dems):
    case = oc.assess(dems, [licence(floor_m=98.5)])
    # 5 m x 10 m inside: 1.5 m in the band, 0.5 m under it.
    assert volumes(case) == {("A", "within"): 75.0, ("A", "below_floor"): 25.0, ("A", "beyond_boundary"): 100.0}


def test_stacked_licences_take_a_column_apart_and_nothing_twice(dems):
    ground = rectangle((5, 25), (5, 25))
    upper = licence("upper", ground, floor_m=99.5, ceiling_m=101.0)
    lower = licence("lower", ground, floor_m=98.2, ceiling_m=99.0)
    case = oc.assess(dems, [upper, lower])
    assert volumes(case) == pytest.approx(
        {
            ("upper", "within"): 50.0,
            ("lower + upper", "between_bands"): 50.0,
            ("lower", "within"): 80.0,
            ("lower", "below_floor"): 20.0,
        }
    )
    assert not case.by_licence["conflict"].any()


def test_ground_under_two_claims_is_a_conflict_that_names_both(dems):
    case = oc.assess(dems, [licence("A", rectangle((0, 16), (0, 40))), licence("B", rectangle((14, 40), (0, 40)))])
    table = case.by_licence.set_index("licence")
    assert table.loc["A + B", "cut_certain_m3"] == pytest.approx(40.0)
    assert table["conflict"].to_dict() == {"A": False, "B": False, "A + B": True}
    assert "overlapping claims of A + B" in repr(case)


def test_a_licence_that_ends_between_the_surveys_is_undecided(dems):
    case = oc.assess(dems, [licence(valid_to=datetime.date(2022, 3, 31))])
    table = case.by_licence.set_index("class")
    assert table.loc["validity_undecided", "cut_certain_m3"] == 100.0
    assert table.loc["validity_undecided", ["in_validity_min_m3", "in_validity_max_m3"]].tolist() == [0.0, 100.0]


def test_a_licence_that_ended_before_is_outside_validity(dems):
    case = oc.assess(dems, [licence(valid_to="2020-12-31")])
    assert volumes(case)["A", "outside_validity"] == 100.0


def test_without_licences_everything_is_unlicensed(dems):
    case = oc.assess(dems, [])
    assert volumes(case) == {("", "unlicensed"): 200.0}
    assert case.by_licence.geometry.isna().all()
    assert case.patches.loc[0, "licence"] == ""


def test_elevations_are_not_tested_when_only_the_plan_is_asked_for(before, after):
    dems = [array_dem(before, "2021-05-01", vertical_datum=None), array_dem(after, "2024-05-20", vertical_datum=None)]
    case = oc.assess(dems, [licence(floor_m=98.5)], elevation="plan_only")
    assert volumes(case) == {("A", "inside_boundary"): 100.0, ("A", "beyond_boundary"): 100.0}


def test_a_datum_stated_for_the_assessment_is_an_assumption(before, after):
    dems = [array_dem(before, "2021-05-01", vertical_datum=None), array_dem(after, "2024-05-20")]
    case = oc.assess(dems, [licence()], vertical_datum="EPSG:5737")
    stated = [sentence for sentence in case.assumptions if "as stated for the assessment" in sentence]
    assert len(stated) == 1
    assert "2021-05-01" in stated[0]
    assert "2024-05-20" not in stated[0]
    assert case.surfaces["vertical_datum"].tolist() == ["1985", "1985"]


def test_change_under_the_level_of_detection_is_counted_but_not_certain(before):
    after = dig(before, (10, 20), (10, 20), 0.1)
    case = oc.assess([array_dem(before, "2021-05-01"), array_dem(after, "2024-05-20")], [licence()])
    # sigma 0.05 twice, 95 %: 1.96 * 0.0707 = 0.139 m.
    assert case.intervals.loc[0, "lod_m"] == pytest.approx(0.1386, abs=1e-4)
    assert case.totals.loc[0, "cut_m3"] == pytest.approx(10.0)
    assert case.totals.loc[0, "cut_certain_m3"] == 0.0
    assert case.patches.empty
    table = case.by_licence.set_index("class")
    assert table.loc["within", "cut_m3"] == pytest.approx(5.0)
    assert table.loc["unattributed", "cut_m3"] == pytest.approx(5.0)


def test_a_level_of_detection_may_be_given_instead_of_errors(before, after):
    dems = [array_dem(before, "2021-05-01", sigma_m=None), array_dem(after, "2024-05-20", sigma_m=None)]
    with pytest.raises(exceptions.ParameterError, match="states no error"):
        oc.assess(dems, [licence()])
    case = oc.assess(dems, [licence()], lod_m=0.2)
    assert case.intervals.loc[0, "lod_m"] == 0.2
    assert np.isnan(case.intervals.loc[0, "sigma_m"])


def test_three_surveys_are_two_intervals(before, after):
    filled = dig(after, (10, 20), (10, 20), -1.0)
    dems = [array_dem(z, date) for z, date in ((before, "2021-05-01"), (after, "2022-10-15"), (filled, "2024-05-20"))]
    case = oc.assess(dems, [licence()])
    assert case.totals["cut_certain_m3"].tolist() == [200.0, 0.0]
    assert case.totals["fill_certain_m3"].tolist() == [0.0, 100.0]
    assert case.patches["interval"].tolist() == [0]
    assert case.fills["interval"].tolist() == [1]
    assert case.fills["beyond_boundary_m3"].tolist() == [50.0]
    assert case.dates == (datetime.date(2021, 5, 1), datetime.date(2022, 10, 15), datetime.date(2024, 5, 20))


def test_layers_take_the_column_apart_and_weigh_it(dems, before):
    seam = oc.Layer("seam", roof=99.5, floor=array_dem(before - 1.5, "2000-01-01"), density_t_per_m3=2.5)
    case = oc.assess(dems, [licence(layers=["seam"])], layers=[seam])
    table = case.by_licence.set_index(["class", "layer"])
    assert table.loc[("within", "seam"), "cut_certain_m3"].item() == pytest.approx(50.0)
    assert table.loc[("within", "seam"), "cut_measured_mass_t"].item() == pytest.approx(125.0)
    assert table["cut_certain_m3"].sum() == pytest.approx(200.0)


def test_a_layer_that_the_licence_does_not_name_is_unauthorised(dems):
    seam = oc.Layer("seam", roof=99.5, floor=98.5)
    case = oc.assess(dems, [licence(layers="other")], layers=[seam])
    assert volumes(case)["A", "unauthorised_layer"] == pytest.approx(50.0)


def test_a_licence_beyond_the_surfaces_is_stated_not_refused(dems):
    case = oc.assess(dems, [licence(), licence("far", rectangle((900, 950), (0, 40)))])
    assert case.licences.set_index("licence").loc["far", "placement"] == "outside"
    assert "licence far" in repr(case)


def test_surfaces_on_another_grid_are_resampled_and_that_is_said(before, after):
    coarse = array_dem(level((20, 20)), "2021-05-01", transform=(2, 0, 500_000, 0, -2, 3_940_040))
    case = oc.assess([coarse, array_dem(after, "2024-05-20")], [licence()], grid="last")
    assert case.grid.rows == 40
    assert volumes(case) == pytest.approx({("A", "within"): 100.0, ("A", "beyond_boundary"): 100.0})
    assert any("resampled" in sentence for sentence in case.assumptions)
    finest = oc.assess([coarse, array_dem(after, "2024-05-20")], [licence()], grid="finest")
    second = oc.assess([coarse, array_dem(after, "2024-05-20")], [licence()], grid=1)
    assert case.digest == finest.digest == second.digest


@pytest.mark.parametrize("connectivity", [4, 8])
def test_pits_that_share_a_corner_are_one_patch_or_two(before, connectivity):
    after = dig(dig(before, (10, 20), (10, 20), 2.0), (20, 30), (20, 30), 2.0)
    dems = [array_dem(before, "2021-05-01"), array_dem(after, "2024-05-20")]
    assert len(oc.assess(dems, [], connectivity=connectivity).patches) == {4: 2, 8: 1}[connectivity]


def test_patches_smaller_than_asked_for_are_unattributed(dems):
    case = oc.assess(dems, [licence()], min_area_m2=101.0)
    assert case.patches.empty
    assert volumes(case) == {("A", "within"): 100.0, ("", "unattributed"): 100.0}
    assert oc.assess(dems, [licence()], min_depth_m=2.1).patches.empty


def test_the_same_bits_for_any_number_of_threads_and_any_block_shape(before):
    random = np.random.default_rng(7)
    rough = before + random.normal(0.0, 3.0, before.shape)
    dems = [array_dem(before, "2021-05-01"), array_dem(rough, "2024-05-20")]
    ground = [licence("A"), licence("B", rectangle((12.3, 33.7), (3.1, 28.9)), floor_m=99.0, ceiling_m=100.5)]
    digests = {
        oc.assess(dems, ground, min_area_m2=1, threads=threads, block_shape=shape).digest
        for threads in (1, 2, 7)
        for shape in (None, 5, (7, 64), (1000, 3))
    }
    assert len(digests) == 1


def test_options_are_recorded(case):
    assert case.options["confidence"] == 0.95
    assert case.options["connectivity"] == "eight"
    assert "threads" not in case.options


def test_every_file_that_was_read_is_identified_by_its_digest(case, file_dems, files):
    seam = oc.Layer("seam", roof=files / "2021.tif", floor=90.0)
    record = oc.assess(file_dems, files / "licences.gpkg", layers=[seam], vertical_datum="1985").to_dict()

    def sha256(name):
        return hashlib.sha256((files / name).read_bytes()).hexdigest()

    assert [surface["sha256"] for surface in record["surfaces"]] == [sha256("2021.tif"), sha256("2024.tif")]
    assert record["licence_file"]["sha256"] == sha256("licences.gpkg")
    assert record["licence_file"]["name"].endswith("licences.gpkg")
    assert case.to_dict()["licence_file"] is None
    assert (record["layers"][0]["parts"][0]["roof_sha256"], record["layers"][0]["parts"][0]["floor_sha256"]) == (
        sha256("2021.tif"),
        None,
    )
