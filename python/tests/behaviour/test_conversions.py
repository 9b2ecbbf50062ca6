"""Licences of an old datum, bands of 1956, ellipsoidal heights: each is caught, and each works with the way out."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

import overcut as oc
from overcut import exceptions

from .conftest import CRS, NORTH, WEST, array_dem, dig, level, licence, rectangle, volumes, write_raster

SHEET = "parameters of the county survey, sheet 12 of 2019"

# Common points of Dushanzi and Xian 1980 (X north, Y east), and the parameters of the same published sheet
# (www.zixin.com.cn, document 7904602, of 2008).
PUBLISHED = {
    "IV005": ((53824.764, 103719.686), (4913852.6, 569053.351)),
    "IV020": ((53891.991, 101939.995), (4913420.7, 567325.607)),
    "IV022": ((53891.996, 102614.976), (4913609.0, 567973.778)),
    "IV025": ((53891.998, 103029.992), (4913724.8, 568372.29)),
    "IV038": ((53064.993, 101940.0), (4912626.6, 567556.312)),
    "IV061": ((52109.976, 101175.029), (4911496.2, 567088.116)),
    "IV065": ((51884.967, 101175.032), (4911280.1, 567150.868)),
}


def shift(**changed):
    """118 m east and 3 m south; the sheet has X north."""
    given = {"dx_m": -3.0, "dy_m": 118.0, "rotation_arcsec": 0.0, "scale_ppm": 0.0, "axes": "north_east"}
    crs = {"from_crs": "EPSG:2382", "to_crs": CRS}
    return oc.Transformation.four_parameters(**{**given, **crs, "source": SHEET, **changed})


def old_licence(**stated):
    """The licence of the scene as a paper in Xian 1980 has it."""
    ground = shapely.transform(rectangle((0, 15), (0, 40)), lambda corners: corners + np.array((-118.0, 3.0)))
    return licence(ground=ground, **stated)


def test_a_licence_in_xian_1980_is_refused_without_parameters_and_the_message_tells_the_mend(dems):
    licences = oc.read_licences([old_licence()], crs="EPSG:2382")
    with pytest.raises(exceptions.CrsError, match="ballpark") as refusal:
        oc.assess(dems, licences)
    for word in ("Xian 1980", "transformation", "common points", "officially converted"):
        assert word in str(refusal.value)


def test_with_four_parameters_it_gives_the_volumes_of_the_hand(dems, case):
    licences = oc.read_licences([old_licence()], crs="EPSG:2382", transformation=shift())
    for found in (
        oc.assess(dems, licences),
        oc.assess(dems, oc.read_licences([old_licence()], crs="EPSG:2382"), transformation=shift()),
    ):
        assert volumes(found) == pytest.approx({("A", "within"): 100.0, ("A", "beyond_boundary"): 100.0})
        assert volumes(found) == pytest.approx(volumes(case))
        said = " ".join(found.assumptions)
        assert SHEET in said
        # The root of 118² + 3².
        assert "moved the corners of the Licence objects by 118.038 to 118.038 m" in said
        (record,) = found.conversions
        assert record["transformation"]["method"]["axes"] == "north_east"
        assert record["transformation"]["source"] == SHEET


def test_the_record_of_a_transformation_survives_the_file(dems, tmp_path):
    licences = oc.read_licences([old_licence()], crs="EPSG:2382", transformation=shift())
    found = oc.assess(dems, licences)
    again = oc.read_assessment(found.to_json(tmp_path / "case.json"))
    assert again.conversions == found.conversions


def test_the_wrong_order_of_axes_moves_another_way_and_leaving_it_out_is_refused():
    (wrong,) = shift(axes="east_north").transform([(500_000.0, 3_940_000.0)])
    assert wrong == pytest.approx((499_997.0, 3_940_118.0))
    with pytest.raises(exceptions.ParameterError, match="axes is None"):
        shift(axes=None)
    with pytest.raises(exceptions.ParameterError, match="convention"):
        oc.Transformation.seven_parameters(
            **dict.fromkeys(("dx_m", "dy_m", "dz_m", "rx_arcsec", "ry_arcsec", "rz_arcsec", "scale_ppm"), 0.0),
            convention="bursa",
            from_crs=4610,
            to_crs=4490,
            source=SHEET,
        )


def test_officially_converted_coordinates_are_taken_as_they_are_with_the_word_of_the_office(dems, case):
    document = "coordinate download of the ministry, 2023-05-02"
    statement = oc.Transformation.officially_converted(from_crs="EPSG:2382", to_crs=CRS, source=document)
    licences = oc.read_licences([licence()], crs="EPSG:2382", transformation=statement)
    assert licences.crs == CRS
    found = oc.assess(dems, licences)
    assert volumes(found) == volumes(case)
    assert any(document in sentence for sentence in found.assumptions)


def test_a_published_set_of_common_points_gives_its_published_parameters():
    fitted = oc.Transformation.from_points(
        PUBLISHED, axes="north_east", from_crs="EPSG:2347", to_crs="EPSG:4509", source="published sheet"
    )
    # The sheet has -16°11'51.92738" and 0.999962330160001, from more points than it prints.
    turn = fitted.parameters["rotation_arcsec"]
    assert turn == pytest.approx(-(16 * 3600 + 11 * 60 + 51.92738), abs=5.0)
    assert fitted.parameters["scale_ppm"] == pytest.approx(-37.67, abs=20.0)
    assert fitted.rms_m < 0.05
    assert fitted.suspects == ()
    assert list(fitted.residuals["point"]) == list(PUBLISHED)


def test_the_point_with_a_gross_error_is_flagged():
    wrong = {**PUBLISHED, "IV025": ((53891.998, 103029.992), (4913724.8, 568373.29))}
    stated = {"axes": "north_east", "from_crs": "EPSG:2347", "to_crs": "EPSG:4509", "source": "sheet, one digit wrong"}
    fitted = oc.Transformation.from_points(wrong, **stated)
    assert fitted.suspects == ("IV025",)
    assert "suspect: IV025" in repr(fitted)


@pytest.mark.parametrize(
    ("pairs", "kind", "why"),
    [
        ([], "four_parameters", "no common points"),
        ([((1.0, 2.0), (3.0, 4.0))], "four_parameters", "at least 2"),
        ([((1.0, 2.0), (3.0, 4.0))] * 3, "four_parameters", "one place"),
        (
            [((0.0, 0.0), (0.0, 0.0)), ((0.0, 9.0), (9.0, 0.0)), ((9.0, 9.0), (9.0, 9.0))],
            "four_parameters",
            "exchanged",
        ),
        ([((1.0, 2.0), (3.0, 4.0))] * 3, "seven_parameters", "height above the ellipsoid"),
        ([((1.0,), (3.0, 4.0))] * 3, "four_parameters", "1 coordinates"),
        ([((1.0, "2"), (3.0, 4.0))] * 3, "four_parameters", "a coordinate of point 1"),
    ],
)
def test_points_that_fix_nothing_are_refused(pairs, kind, why):
    with pytest.raises(exceptions.ParameterError, match=why):
        oc.Transformation.from_points(
            pairs, kind=kind, axes="east_north", from_crs="EPSG:2382", to_crs=CRS, source=SHEET
        )


def test_two_points_fit_and_the_assessment_says_that_it_proves_nothing(dems):
    pairs = [((WEST - 118, NORTH + 3), (WEST, NORTH)), ((WEST + 882, NORTH + 2003), (WEST + 1000, NORTH + 2000))]
    fitted = oc.Transformation.from_points(pairs, axes="east_north", from_crs="EPSG:2382", to_crs=CRS, source=SHEET)
    assert fitted.sigma_m is None
    licences = oc.read_licences([old_licence()], crs="EPSG:2382", transformation=fitted)
    found = oc.assess(dems, licences)
    assert volumes(found) == pytest.approx({("A", "within"): 100.0, ("A", "beyond_boundary"): 100.0}, abs=1e-3)
    assert any("proves nothing" in sentence for sentence in found.assumptions)


def test_a_surface_in_the_old_datum_is_brought_over_too(dems, after):
    old = array_dem(
        after, "2024-05-20", transform=(1, 0, WEST - 118, 0, -1, NORTH + 3), crs="EPSG:2382", name="old datum"
    )
    with pytest.raises(exceptions.CrsError, match="transformation"):
        oc.assess([dems[0], old], [licence()])
    found = oc.assess([dems[0], old], [licence()], transformation=shift(), register=False)
    # The outermost half cells of a resampled surface have no height; the pit lies inside.
    assert volumes(found) == pytest.approx({("A", "within"): 100.0, ("A", "beyond_boundary"): 100.0}, abs=0.02)
    assert any("old datum" in each["applied_to"] for each in found.conversions)


def test_a_transformation_that_was_not_needed_is_said_to_be_idle(dems):
    for found in (
        oc.assess(dems, [licence()], transformation=shift()),
        oc.assess(dems, oc.read_licences([licence()], crs=CRS, transformation=shift())),
    ):
        assert found.conversions == ()
        assert sum("nothing had to be brought" in sentence for sentence in found.assumptions) == 1


def test_ellipsoidal_heights_over_two_ellipsoids_are_refused(before, after):
    """The ellipsoid of Xian 1980 has a radius of 6378140 m, that of CGCS2000 of 6378137 m."""
    new = array_dem(before, "2021-05-01", vertical_datum="ellipsoidal")
    place = {"transform": (1, 0, WEST - 118, 0, -1, NORTH + 3), "crs": "EPSG:2382"}
    old = array_dem(after, "2024-05-20", vertical_datum="ellipsoidal", **place)
    with pytest.raises(exceptions.VerticalDatumError, match="over the ellipsoid of"):
        oc.assess([new, old], [], transformation=shift())


def low_floor(**stated):
    """Floor at 98.5 m in 1985: of the pit's half inside, 0.5 m x 50 m² lies under it."""
    return licence(floor_m=98.5, ceiling_m=150.0, **stated)


BELOW = {("A", "within"): 75.0, ("A", "below_floor"): 25.0, ("A", "beyond_boundary"): 100.0}


def test_a_band_of_1956_is_caught_and_works_29_millimetres_lower(dems):
    old = licence(floor_m=98.529, ceiling_m=150.029, vertical_datum="1956")
    with pytest.raises(exceptions.VerticalDatumError, match=r"H\(1985\) = H\(1956\) - 0.029 m") as refusal:
        oc.assess(dems, [old])
    assert "HeightShift.known" in str(refusal.value)
    found = oc.assess(dems, oc.read_licences([old], height_shift=oc.HeightShift.known("1956", "1985")))
    assert volumes(found) == pytest.approx(BELOW)
    assert found.licences["floor_m"].iloc[0] == pytest.approx(98.5)
    assert any("by -0.029 m" in sentence for sentence in found.assumptions)
    assert found.conversions[0]["height_shift"]["shift"] == {"kind": "constant", "metres": -0.029}


def ellipsoidal(before, after, **stated):
    """The scene as satellite positioning sees it, where the height anomaly is -27.3 m."""
    given = {"vertical_datum": "ellipsoidal", **stated}
    return [array_dem(before - 27.3, "2021-05-01", **given), array_dem(after - 27.3, "2024-05-20", **given)]


def test_ellipsoidal_heights_are_caught_and_work_with_a_measured_constant(before, after):
    with pytest.raises(exceptions.VerticalDatumError, match="tens of metres") as refusal:
        oc.assess(ellipsoidal(before, after), [low_floor()])
    for word in ("HeightShift.grid", "HeightShift.constant", "plan_only"):
        assert word in str(refusal.value)
    measured = oc.HeightShift.constant(27.3, from_datum="ellipsoidal", to_datum="1985", source="points G1 to G4, 2024")
    dems = ellipsoidal(before, after, height_shift=measured)
    assert dems[0].vertical_datum == "1985"
    assert "points G1 to G4" in dems[0].conversions[0]
    found = oc.assess(dems, [low_floor()])
    assert volumes(found) == pytest.approx(BELOW)
    assert sum("by +27.3 m everywhere" in sentence for sentence in found.assumptions) == 2


def test_ellipsoidal_heights_work_with_a_geoid_grid_whose_digest_is_in_the_record(before, after, tmp_path):
    from affine import Affine

    path = tmp_path / "anomaly.tif"
    # Over the scene, which lies at 111° E, 35.59° N, in cells of a minute of arc.
    place = Affine(1 / 60, 0, 110.95, 0, -1 / 60, 35.65)
    write_raster(path, np.full((8, 6), -27.3, dtype="float64"), crs="EPSG:4326", transform=place)
    by = oc.HeightShift.grid(path, to_datum="1985", source="anomalies of the county survey")
    found = oc.assess(ellipsoidal(before, after, height_shift=by), [low_floor()])
    assert volumes(found) == pytest.approx(BELOW)
    assert found.conversions[0]["height_shift"]["shift"]["sha256"] is not None
    missing = oc.HeightShift.grid(tmp_path / "none.gtx", to_datum="1985")
    with pytest.raises(exceptions.RasterReadError, match=r"none\.gtx"):
        ellipsoidal(before, after, height_shift=missing)


def test_two_shifts_follow_each_other(before, after):
    chain = [
        oc.HeightShift.constant(27.329, from_datum="ellipsoidal", to_datum="1956", source="levelled in 1979"),
        oc.HeightShift.known("1956", "1985"),
    ]
    found = oc.assess(ellipsoidal(before, after, height_shift=chain), [low_floor()])
    assert volumes(found) == pytest.approx(BELOW)


def test_shifts_that_do_not_fit_are_refused():
    for wrong, error in (
        (lambda: oc.HeightShift.known("ellipsoidal", "1985"), exceptions.VerticalDatumError),
        (
            lambda: oc.HeightShift.constant(27.3, from_datum="1985", to_datum="1985", source="x"),
            exceptions.VerticalDatumError,
        ),
        (
            lambda: oc.HeightShift.constant(1150.0, from_datum="1956", to_datum="1985", source="x"),
            exceptions.VerticalDatumError,
        ),
        (
            lambda: oc.HeightShift.constant(1.0, from_datum="1956", to_datum="1985", source=""),
            exceptions.VerticalDatumError,
        ),
        (
            lambda: array_dem(level(), "2021-05-01", height_shift=oc.HeightShift.known("1956", "1985")),
            exceptions.VerticalDatumError,
        ),
        (lambda: array_dem(level(), "2021-05-01", height_shift="geoid.gtx"), exceptions.ParameterError),
    ):
        with pytest.raises(error):
            wrong()


def test_a_grid_cannot_shift_a_band(dems, tmp_path):
    by = oc.HeightShift.grid(tmp_path / "geoid.gtx", from_datum="egm2008", to_datum="1985")
    licences = oc.read_licences([licence(vertical_datum="egm2008")], height_shift=by)
    with pytest.raises(exceptions.VerticalDatumError, match="convert the surfaces"):
        oc.assess(dems, licences)


def test_ellipsoidal_heights_that_are_called_1985_are_noticed_by_the_bands(before, after):
    """Nothing can be dug where the ground lies under the floor already."""
    wrong = ellipsoidal(before, after, vertical_datum="1985")
    found = oc.assess(wrong, [licence(floor_m=90.0, ceiling_m=150.0)])
    (finding,) = [sentence for sentence in found.assumptions if "ellipsoidal and normal heights" in sentence]
    # Ground at 72.7 m, floor at 90 m.
    assert "by 17.3 to 17.3 m" in finding
    sound = oc.assess(ellipsoidal(before + 27.3, after + 27.3, vertical_datum="1985"), [licence(floor_m=90.0)])
    assert not any("ellipsoidal and normal heights" in sentence for sentence in sound.assumptions)


def test_surveys_that_lie_tens_of_metres_apart_are_noticed():
    rows, cols = np.mgrid[0:300, 0:300]
    hills = 1_000.0 + 20.0 * np.sin(rows / 23.0) + 15.0 * np.cos(cols / 17.0 + rows / 60.0)
    later = dig(hills, (140, 160), (140, 160), 5.0) - 27.3
    noise = np.random.default_rng(7).normal(0.0, 0.05, (2, 300, 300))
    dems = [array_dem(hills + noise[0], "2021-05-01"), array_dem(later + noise[1], "2024-05-20")]
    found = oc.assess(dems, [licence(ground=rectangle((130, 170), (130, 170)), floor_m=900.0, ceiling_m=1_100.0)])
    (finding,) = [sentence for sentence in found.assumptions if "check the vertical datum of both" in sentence]
    assert "lies 27.3 m under" in finding


def test_the_interval_over_candidates_is_that_of_the_hand(before, after):
    """Heights of 1956 lie 29 mm lower in 1985: of 50 m² inside, 1.45 m³ more lie under the floor."""
    silent = [
        array_dem(before, "2021-05-01", vertical_datum=None),
        array_dem(after, "2024-05-20", vertical_datum=None),
    ]
    with pytest.raises(exceptions.VerticalDatumError):
        oc.assess(silent, [low_floor()])
    found = oc.assess_candidates(silent, [low_floor()])
    assert list(found.cases) == ["surfaces 1985", "surfaces 1956"]
    table = found.by_licence.set_index("class")
    below, within = table.loc["below_floor"], table.loc["within"]
    assert (below["cut_measured_min_m3"], below["cut_measured_max_m3"]) == pytest.approx((25.0, 26.45))
    assert (within["cut_measured_min_m3"], within["cut_measured_max_m3"]) == pytest.approx((73.55, 75.0))
    assert below["cut_most"] == "surfaces 1956"
    assert "surfaces 1956" in repr(found)


def test_candidates_for_bands_and_for_ellipsoidal_heights(before, after):
    silent = [array_dem(before, "2021-05-01"), array_dem(after, "2024-05-20")]
    found = oc.assess_candidates(silent, [low_floor(vertical_datum=None)], licences_in=("1985", "1956"))
    below = found.by_licence.set_index("class").loc["below_floor"]
    # A floor of 1956 lies 29 mm lower in 1985.
    assert (below["cut_measured_min_m3"], below["cut_measured_max_m3"]) == pytest.approx((23.55, 25.0))
    unknown = [
        array_dem(before, "2021-05-01", vertical_datum=None),
        array_dem(after, "2024-05-20", vertical_datum=None),
    ]
    with pytest.raises(exceptions.VerticalDatumError, match="height_shifts"):
        oc.assess_candidates(unknown, [low_floor()], surfaces_in=("1985", "ellipsoidal"))
    with pytest.raises(exceptions.ParameterError, match="nothing to vary"):
        oc.assess_candidates(silent, [low_floor()])


def test_a_case_file_states_both(files, case_file):
    text = case_file.read_text(encoding="utf-8")
    text = text.replace('licences = "licences.gpkg"\nvertical_datum = "1985"\n', "")
    text = text.replace(
        "sigma_m = 0.05\n",
        'sigma_m = 0.05\nvertical_datum = "ellipsoidal"\n'
        'height_shift = { constant_m = 0.5, from_datum = "ellipsoidal", to_datum = "1985", source = "G1" }\n',
    )
    text += """
[licences]
path = "licences.gpkg"
crs = "EPSG:2382"
[licences.transformation]
kind = "four_parameters"
dx_m = 0.0
dy_m = 5.0
rotation_arcsec = 0.0
scale_ppm = 0.0
axes = "north_east"
from_crs = "EPSG:2382"
to_crs = "EPSG:4546"
source = "sheet"
"""
    case_file.write_text(text, encoding="utf-8")
    found, _ = oc.read_case(case_file).run()
    # Five metres farther east the licence holds all of the pit.
    assert volumes(found) == pytest.approx({("A", "within"): 200.0})
    assert [list(each)[1] for each in found.conversions] == ["height_shift", "height_shift", "transformation"]
    case_file.write_text(text.replace('kind = "four_parameters"', 'kind = "five"'), encoding="utf-8")
    with pytest.raises(exceptions.ParameterError, match="kind of transformation is 'five'"):
        oc.read_case(case_file)
    case_file.write_text(text.replace("constant_m", "constant"), encoding="utf-8")
    with pytest.raises(exceptions.ParameterError, match="height_shift"):
        oc.read_case(case_file)


def test_records_are_plain_data():
    assert json.loads(json.dumps(shift().to_dict()))["method"]["dy_m"] == 118.0
    assert oc.HeightShift.known("1956", "1985").to_dict()["shift"]["metres"] == -0.029
