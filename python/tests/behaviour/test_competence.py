"""Whose ground a patch lies on: shares of area and volume by hand, every department named."""

from __future__ import annotations

import pytest
from geopandas import GeoDataFrame

import overcut as oc
from overcut import exceptions

from .conftest import CRS, array_dem, dig, licence, rectangle

RIVER = [("汾河", rectangle((0, 15), (0, 40)))]
FOREST = [("State forest 3", rectangle((0, 40), (0, 12)))]
VILLAGES = [("甲村", rectangle((0, 12), (0, 40))), ("乙村", rectangle((12, 17), (0, 40)))]


@pytest.fixture
def pit(before):
    """10 m x 10 m: the western half 2 m deep, the eastern 4 m: 100 and 200 m³."""
    after = dig(dig(before, (10, 15), (10, 20), 2.0), (15, 20), (10, 20), 4.0)
    return [array_dem(before, "2021-05-01"), array_dem(after, "2024-05-20")]


def shares(report, kind):
    (row,) = [row for row in report.patches.itertuples() if row.kind == kind]
    return row.area_m2, row.area_share, row.volume_m3, row.volume_share


def test_area_and_measured_volume_in_each_zone_are_those_of_the_hand(pit):
    report = oc.zones(oc.assess(pit, []), {"river_management": RIVER, "forest": FOREST})
    # The western half: half of the area, a third of the volume.
    assert shares(report, "river_management") == pytest.approx((50.0, 0.5, 100.0, 1 / 3))
    # Two of ten rows of all.
    assert shares(report, "forest") == pytest.approx((20.0, 0.2, 60.0, 0.2))
    assert set(report.patches["volume_basis"]) == {"measured"}


def test_every_department_is_named_and_the_lead_besides(pit):
    case = oc.assess(pit, [])
    report = oc.zones(case, {"river_management": RIVER, "forest": FOREST}, lang="zh")
    assert list(report.notify["departments"]) == ["县水利局; 县林业局; 县自然资源局"]
    assert "县水利局" in repr(report)
    english = oc.zones(case, {"farmland": [("far away", rectangle((30, 40), (30, 40)))]})
    (row,) = english.patches.itertuples()
    assert (row.kind, row.departments) == ("other", "county natural resources bureau")


def test_a_patch_of_a_licensed_mine_says_so(pit):
    report = oc.zones(oc.assess(pit, [licence()]), {"forest": FOREST})
    assert set(report.patches["kind"]) == {"forest", "licensed_mine"}


def test_without_a_difference_the_volume_is_a_share_of_area_and_the_column_says_so(pit, tmp_path):
    case = oc.read_assessment(oc.assess(pit, []).to_json(tmp_path / "case.json"))
    report = oc.zones(case, {"river_management": RIVER})
    assert shares(report, "river_management") == pytest.approx((50.0, 0.5, 150.0, 0.5))
    assert set(report.patches["volume_basis"]) == {"area_share"}
    assert any("equally deep" in note for note in report.notes)


def test_rasters_that_were_written_are_used(pit, tmp_path):
    case = oc.assess(pit, [], rasters=tmp_path / "rasters")
    report = oc.zones(case, {"river_management": RIVER})
    assert shares(report, "river_management") == pytest.approx((50.0, 0.5, 100.0, 1 / 3))


def test_totals_of_units_add_up_with_what_lies_in_none(pit):
    report = oc.zones(oc.assess(pit, []), units={"village": VILLAGES})
    totals = {row.unit: (row.area_m2, row.volume_m3) for row in report.by_unit.itertuples()}
    # 2 m of the western half; 3 m of it and 2 m of the eastern; 3 m of the eastern.
    assert totals["甲村"] == pytest.approx((20.0, 40.0))
    assert totals["乙村"] == pytest.approx((50.0, 60.0 + 80.0))
    assert totals["outside every unit"] == pytest.approx((30.0, 120.0))
    assert report.by_unit["volume_m3"].sum() == pytest.approx(300.0)


def test_layers_come_from_files_in_other_zones_with_names_in_chinese_columns(pit, tmp_path):
    table = GeoDataFrame({"XZQMC": ["甲村", "乙村"]}, geometry=[ground for _, ground in VILLAGES], crs=CRS)
    table.to_crs("EPSG:4525").to_file(tmp_path / "villages.gpkg")
    report = oc.zones(oc.assess(pit, []), units={"village": tmp_path / "villages.gpkg"})
    totals = {row.unit: row.area_m2 for row in report.by_unit.itertuples()}
    assert totals == pytest.approx({"甲村": 20.0, "乙村": 50.0, "outside every unit": 30.0}, abs=1e-3)


def test_what_is_not_sound_is_refused(pit, tmp_path):
    case = oc.assess(pit, [])
    import shapely

    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    with pytest.raises(exceptions.ParameterError, match="not sound"):
        oc.zones(case, {"forest": [("bow", bow)]})
    with pytest.raises(exceptions.ParameterError, match="river_range"):
        oc.zones(case, {"river_range": RIVER})
    with pytest.raises(exceptions.FileReadError, match="nowhere"):
        oc.zones(case, {"forest": tmp_path / "nowhere.gpkg"})
    old = GeoDataFrame({"name": ["x"]}, geometry=[RIVER[0][1]], crs="EPSG:2382")
    with pytest.raises(exceptions.CrsError, match="ballpark"):
        oc.zones(case, {"forest": old})
    with pytest.raises(exceptions.ParameterError, match="no column"):
        oc.zones(case, {"forest": old.set_crs(CRS, allow_override=True)}, names={"forest": "MC"})


def test_a_table_of_ones_own_replaces_the_departments(pit, tmp_path):
    own = """\
source = "plan of another county"
[kinds.quarry_ban]
en = "no quarries"
zh = "禁采区"
departments = ["县应急局"]
basis = "county notice 7"
[licensed_mine]
en = "licensed mine"
zh = "持证矿山"
departments = ["县自然资源局"]
basis = "law"
[lead]
en = "other"
zh = "其他"
departments = ["县自然资源局"]
basis = "law"
"""
    path = tmp_path / "own.toml"
    path.write_text(own, encoding="utf-8")
    report = oc.zones(oc.assess(pit, []), {"quarry_ban": FOREST}, competence=path)
    assert list(report.notify["departments"]) == ["县应急局; 县自然资源局"]
    path.write_text(own.replace('departments = ["县应急局"]', ""), encoding="utf-8")
    with pytest.raises(exceptions.ParameterError, match=r"kinds\.quarry_ban"):
        oc.competence_table(path)


def test_tables_are_written_whole_harmless_and_not_over_others(pit, tmp_path):
    report = oc.zones(oc.assess(pit, []), {"forest": [("=HYPERLINK(1)", FOREST[0][1])]}, units={"village": VILLAGES})
    files = report.to_csv(tmp_path / "out")
    assert [file.name for file in files] == ["zones.csv", "notify.csv", "units.csv", "units_total.csv"]
    text = files[0].read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert ",-" not in text
    with pytest.raises(exceptions.OutputError, match="exists already"):
        report.to_csv(tmp_path / "out")
    report.to_csv(tmp_path / "out", overwrite=True)
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(file.name for file in files)


def test_a_case_file_names_zones_and_writes_their_tables(files, case_file):
    GeoDataFrame({"name": ["汾河"]}, geometry=[RIVER[0][1]], crs=CRS).to_file(files / "river.gpkg")
    GeoDataFrame({"CUN": ["甲村"]}, geometry=[VILLAGES[0][1]], crs=CRS).to_file(files / "villages.gpkg")
    text = case_file.read_text(encoding="utf-8")
    text += """
[[zones]]
kind = "river_management"
path = "river.gpkg"
[[units]]
level = "village"
path = "villages.gpkg"
name = "CUN"
"""
    case_file.write_text(text, encoding="utf-8")
    _, written = oc.read_case(case_file).run()
    names = [path.name for path in written]
    assert {"zones.csv", "notify.csv", "units.csv", "units_total.csv"} <= set(names)
    assert "甲村" in (files / "out/of it/units_total.csv").read_text(encoding="utf-8-sig")
    case_file.write_text(text.replace('kind = "river', 'kindness = "river'), encoding="utf-8")
    with pytest.raises(exceptions.ParameterError, match="did you mean `kind`"):
        oc.read_case(case_file)


def test_a_case_without_a_patch_has_empty_tables(before):
    unchanged = [array_dem(before, "2021-05-01"), array_dem(before, "2024-05-20")]
    report = oc.zones(oc.assess(unchanged, []), {"forest": FOREST}, units={"village": VILLAGES})
    assert [len(table) for table in (report.patches, report.notify, report.units, report.by_unit)] == [0, 0, 0, 0]
    assert report.patches.crs == CRS
