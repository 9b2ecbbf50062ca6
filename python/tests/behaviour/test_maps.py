"""What a map holds, without a browser."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import overcut as oc
from overcut.exceptions import OutputError, ParameterError
from overcut.maps.packing import NO_DATA, packed

from .conftest import NORTH, WEST, licence


@pytest.fixture
def case(dems):
    return oc.assess(dems, [licence(holder="</script><script>alert(1)</script>")], register=False, lod_m=0.1)


def data_of(html):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1])


@given(arrays(np.float64, (3, 4), elements=st.floats(-500.0, 9000.0) | st.just(float("nan"))))
def test_packed_heights_are_right_to_half_a_step_and_missing_ones_stay_missing(heights):
    found = packed(heights)
    stored = np.frombuffer(base64.b64decode(found["bytes"]), dtype="<u2").reshape(heights.shape)
    missing = np.isnan(heights)
    assert ((stored == NO_DATA) == missing).all()
    unpacked = found["offset"] + found["scale"] * stored[~missing].astype(float)
    assert np.abs(unpacked - heights[~missing]).max(initial=0.0) <= 0.5001 * found["scale"]


def test_page_holds_everything_and_asks_for_nothing(case, tmp_path):
    html = case.to_html(tmp_path / "map.html").read_text(encoding="utf-8")
    assert "connect-src" not in html
    assert "default-src 'none'" in html
    outside = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=")
    head, _, rest = html.partition('<script type="application/json"')
    assert not outside.search(head)
    assert rest.count("</script>") == 3


def test_names_cannot_end_the_data(case):
    page = case.explore()
    assert "<script>alert(1)" not in page.html
    licences = data_of(page.html)["licences"]
    assert ["holder", "</script><script>alert(1)</script>"] in licences[0]["lines"][0]
    assert "<script>alert" not in page._repr_html_()


def test_page_has_the_figures_of_the_tables(case):
    (interval,) = data_of(case.explore().html)["intervals"]
    (patch,) = interval["patches"]
    assert ["volume", "200.0 ± 13.9 m³"] in patch["lines"]
    assert [each["volume"] for each in interval["sums"]] == ["200.0 ± 13.9 m³", "100.0 ± 7.0 m³", "100.0 ± 7.0 m³"]
    assert interval["span_m"] == 2.0


def test_page_in_chinese_is_chinese(case):
    found = data_of(case.explore(lang="zh").html)
    assert found["title"] == "动用范围图：2021-05-01 至 2024-05-20"
    assert found["intervals"][0]["patches"][0]["attribution"] == "越界"


def test_sections_are_the_callers_or_the_long_axes_of_patches(case):
    given = [[(WEST, NORTH), (WEST + 5, NORTH - 5), (WEST + 9, NORTH - 5)]]
    (section,) = data_of(case.explore(sections=given).html)["sections"]
    assert section["line"] == [[WEST, NORTH], [WEST + 5, NORTH - 5], [WEST + 9, NORTH - 5]]
    (section,) = data_of(case.explore().html)["sections"]
    assert section["name"] == "along C1-001"
    # 10 m long, and 15 % more at each end.
    (x0, y0), (x1, y1) = section["line"]
    assert np.hypot(x1 - x0, y1 - y0) == pytest.approx(13.0)
    with pytest.raises(ParameterError, match="section 1 has 1 point"):
        case.explore(sections=[[(WEST, NORTH)]])
    with pytest.raises(ParameterError, match="section 1 is 'x'"):
        case.explore(sections=["x"])


def test_a_file_that_exists_is_replaced_only_if_told(case, tmp_path):
    path = case.to_html(tmp_path / "map.html")
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="exists already"):
        case.to_html(path)
    assert path.read_text(encoding="utf-8") == "mine"
    case.to_html(path, overwrite=True)
    assert path.read_text(encoding="utf-8") != "mine"


def test_a_large_raster_is_drawn_with_larger_pixels_and_says_so(case):
    found = data_of(case.explore(most_cells=100).html)
    assert (found["grid"]["rows"], found["grid"]["dx"]) == (10, 4.0)
    assert "Drawn with pixels of 4 × 4 m; assessed with cells of 1 × 1 m." in found["notes"]


def test_record_without_surfaces_is_mapped_without_heights(file_dems, tmp_path):
    case = oc.assess(file_dems, [licence()], register=False, lod_m=0.1, rasters=tmp_path / "rasters")
    read = oc.read_assessment(case.to_json(tmp_path / "case.json"))
    with pytest.raises(OutputError, match="give rasters"):
        read.explore()
    found = data_of(read.explore(rasters=tmp_path / "rasters").html)
    assert [survey["heights"] for survey in found["surveys"]] == [None, None]
    assert found["intervals"][0]["packed_dod"]["offset"] == -2.0
