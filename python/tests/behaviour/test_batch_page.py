"""The page of a run says what was found, what was not seen and how it went; names from files never become code."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace

import pytest

import overcut as oc
from overcut.batch.page import result_html, run_page
from overcut.batch.page.course import course
from overcut.batch.page.drawing import LEFT, TOP, overview_svg
from overcut.batch.page.words import Words
from overcut.messages import catalogue
from overcut.plots.sums import cut_by_class, cut_of

from .conftest import NORTH, WEST, dig, level, licence, rectangle, write_raster

HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"
SIDE = 32


def write_tiles(folder, heights, missing=()):
    """Heights as tiles of 32 x 32 cells."""
    from affine import Affine

    folder.mkdir()
    paths = []
    for row in range(0, heights.shape[0], SIDE):
        for col in range(0, heights.shape[1], SIDE):
            path = folder / f"t{row:03d}_{col:03d}.tif"
            paths.append(path)
            if (row, col) not in missing:
                part = heights[row : row + SIDE, col : col + SIDE].astype("float32")
                place = Affine(1, 0, WEST + col, 0, -1, NORTH - row)
                write_raster(path, part, transform=place, tiled=True, blockxsize=SIDE, blockysize=SIDE)
    return paths


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Ground of 96 m x 96 m in nine tiles; three are missing later on, one is cut short after planning.

    A pit of 10 m x 10 m x 2 m lies outside the licence, one of 5 m x 5 m x 1 m inside of it.
    """
    folder = tmp_path_factory.mktemp("县 batch")
    before = level((96, 96))
    after = dig(dig(before, (40, 50), (10, 20), 2.0), (2, 7), (2, 7), 1.0)
    epochs = [
        oc.read_tiles(write_tiles(folder / "early", before), date="2021-05-01", sigma_m=0.05, name=HOSTILE),
        oc.read_tiles(
            write_tiles(folder / "later", after, missing={(64, 0), (64, 32), (64, 64)}),
            date="2024-05-20",
            sigma_m=0.05,
            name="later",
        ),
    ]
    licences = [licence(HOSTILE, rectangle((0, 15), (0, 40)))]
    plan = oc.batch.plan(epochs, licences, vertical_datum="1985", register=False, lod_m=0.1, unit_cells=SIDE * SIDE)
    cut_short = folder / "later" / "t032_064.tif"
    cut_short.write_bytes(cut_short.read_bytes()[:200])
    return oc.batch.run(plan, folder / "run", threads=1, retries=0)


def told(page):
    """Words of a page, without its elements."""
    body = page.partition("<body>")[2]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def test_volumes_places_and_gaps_are_those_of_the_scene(ran):
    text = told(run_page(ran))
    # 100 m² x 2 m, and the error shared by all its cells: 100 x 0.05 x sqrt(2) = 7.1, times 1.96.
    assert "unlicensed 200.0 186.1 – 213.9" in text
    assert "within 25.0 21.5 – 28.5" in text
    assert (
        "C1-002 2021-05-01 to 2024-05-20 200.0 200.0 186.1 – 213.9 100 2.0 500045 3940025 unlicensed; nearest" in text
    )
    assert "2 excavated patches; 1 of them have ground outside the rights." in text
    # Three tiles are missing, one was cut short: 4 of 9 were not seen.
    assert "0.005 0.004 44.4 %" in text
    assert f"SHA-256 {ran.assessment.digest}" in text or f"digest of the case {ran.assessment.digest}" in text
    assert ran.plan.digest in text


def test_tiles_of_one_reason_are_one_row(ran):
    page = run_page(ran)
    table = page.partition('<table class="reasons">')[2].partition("</table>")[0]
    rows = re.findall(r'<td class="n">(\d+)</td><td>([^<]*)</td><td>([^<]*)</td>', table)
    assert rows == [("3", "file is missing", "later"), ("1", "could not be read during the run", "later")]
    folded = page.partition("<details>")[2].partition("</details>")[0]
    assert "t064_000.tif and 2 more" in folded
    assert folded.count("<li>") == 2


def test_units_with_gaps_name_the_tile_that_they_did_without(ran):
    units = ran.units.query("status == 'with gaps'")
    assert len(units) > 0
    text = told(run_page(ran))
    assert "500064 – 500096 3939976 – 3940008 1 t032_064.tif" in text


def test_both_languages_say_the_same_figures(ran):
    english, chinese = told(run_page(ran, lang="en")), told(run_page(ran, lang="zh"))
    for word in (
        "批处理摘要：2021-05-01 至 2024-05-20",
        "未看到的部分",
        "文件不存在",
        "无证 200.0 186.1 – 213.9",
        "由 9 个瓦片拼接",
    ):
        assert word in chinese, word
    assert not re.search(r"\{\w+\}|batch\.\w+", english + chinese)
    figures = r"\d[\d,]*\.\d+"
    assert sorted(re.findall(figures, english)) == sorted(re.findall(figures, chinese))


def test_nothing_is_fetched_run_or_taken_for_code(ran):
    for page in (run_page(ran), run_page(ran, lang="zh"), result_html(ran)):
        assert HOSTILE not in page
        assert html.escape(HOSTILE) in page
        assert "<script" not in page
        assert not re.search(r"""(?:src|href)=|url\((?!#)|@import""", page.replace(html.escape(HOSTILE), ""))


def test_page_in_a_browser_asks_nothing_and_is_as_wide_as_the_window(ran, browser, tmp_path):
    path = tmp_path / "摘要 summary.html"
    path.write_text(run_page(ran, lang="zh"), encoding="utf-8")
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(path.as_uri())
    assert browser.execute_script("return window.hacked ?? null") is None
    assert browser.execute_script("return document.querySelectorAll('svg.overview circle').length") == 1
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    assert [each for each in browser.get_log("browser") if each["level"] == "SEVERE"] == []
    messages = [json.loads(each["message"])["message"] for each in browser.get_log("performance")]
    asked = [each["params"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    # Of this page: an empty tab asks for pages of the browser itself.
    asked = [each["request"]["url"] for each in asked if each["documentURL"].startswith("file:")]
    assert asked
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}


def test_dot_lies_where_the_patch_lies(ran):
    svg = overview_svg(ran, Words("en"))
    x, y = (float(re.search(rf'c{axis}="([\d.]+)"', svg)[1]) for axis in "xy")
    # The grid is 96 m wide and high; its frame says how large that is drawn.
    side = float(re.search(rf'<rect x="{LEFT:g}" y="{TOP:g}" width="([\d.]+)"', svg)[1])
    assert (x - LEFT) / side == pytest.approx(45 / 96, abs=0.002)
    assert (y - TOP) / side == pytest.approx(15 / 96, abs=0.002)
    assert "C1-002: 200 m³ outside the rights" in svg


def test_unit_that_failed_is_listed_first_and_drawn(ran):
    reports = {number: report for number, report in ran._reports.items() if number != 0}
    failed = replace(ran, failed={0: f"the worker died {HOSTILE}"}, _reports=reports)
    page = run_page(failed)
    assert "of the units, 1 failed" in page
    assert re.search(r'<td class="n">0</td><td>failed</td>.*?the worker died &lt;script', page)
    assert 'fill="#b2182b"' in page


def test_what_signs_an_address_is_not_shown(ran):
    fates = (
        *ran.fates,
        replace(
            ran.fates[0],
            path="/vsicurl/https://h.org/a.tif?sig=s3cret",
            status="left_out",
            why="gone: /vsicurl/https://h.org/a.tif?sig=s3cret",
        ),
    )
    page = run_page(replace(ran, fates=fates))
    assert "s3cret" not in page
    assert "/vsicurl/https://h.org/a.tif?…" in page
    assert "gone: a.tif" in page


def test_time_is_that_of_every_time_it_was_continued(ran, tmp_path):
    lines = [
        ("2026-01-01T08:00:00+00:00", "run", {"workers": "2 x 1 threads"}),
        ("2026-01-01T08:00:10+00:00", "done", {"unit": 0}),
        ("2026-01-02T09:00:00+08:00", "run", {"workers": "3 Dask workers, 3 threads"}),
        ("2026-01-02T09:00:03+08:00", "retry", {"unit": 1}),
        ("2026-01-02T09:00:05+08:00", "done", {"unit": 1}),
    ]
    log = "".join(json.dumps({"when": when, "event": event, **facts}) + "\n" for when, event, facts in lines)
    (tmp_path / "log.jsonl").write_text(log + '{"when": "2026-01-02T09', encoding="utf-8")
    facts = dict(course(replace(ran, folder=tmp_path), Words("en")))
    assert facts["time"] == "15 s"
    assert facts["run"] == "2026-01-01 08:00 UTC to 2026-01-02 01:00 UTC, begun or continued 2 times"
    assert facts["workers"] == "2 x 1 threads; 3 Dask workers, 3 threads"
    assert facts["tried again"] == "1"


def test_page_needs_no_log(ran, tmp_path):
    text = told(run_page(replace(ran, folder=tmp_path)))
    assert "in units" in text
    assert "million cells a second, all epochs counted" not in text


def test_page_is_the_same_each_time(ran):
    again = oc.batch.run(oc.batch.read_plan(ran.folder), ran.folder, threads=1, resume=True)
    assert run_page(again) == run_page(ran)


def test_pages_are_written_and_nothing_is_replaced_unasked(ran, tmp_path):
    ran.write(tmp_path / "out")
    for name, lang in (("summary.html", "en"), ("summary.zh.html", "zh")):
        assert (tmp_path / "out" / name).read_text(encoding="utf-8") == run_page(ran, lang=lang)
    with pytest.raises(oc.exceptions.OutputError, match="exists"):
        ran.write(tmp_path / "out")


def test_run_without_faults_says_so(tmp_path):
    before = level((32, 32))
    plan = oc.batch.plan(
        [
            oc.read_tiles(write_tiles(tmp_path / "early", before), date="2021-05-01", sigma_m=0.05),
            oc.read_tiles(write_tiles(tmp_path / "later", before), date="2024-05-20", sigma_m=0.05),
        ],
        [licence()],
        vertical_datum="1985",
        register=False,
        lod_m=0.1,
    )
    page = run_page(oc.batch.run(plan, tmp_path / "run", threads=1))
    assert "Every unit was done, and every tile that was named could be used." in page
    assert "No tile was left out." in page
    assert "0 excavated patches" in page


def test_error_of_a_sum_is_that_of_the_covariance_matrix(case):
    matrix = case.covariance
    rows = case._data["rows"]
    names = [(row["interval"], row["class"]) for row in rows if row["cut_error"] is not None]
    for word, found in cut_by_class(case, 0).items():
        places = [at for at, name in enumerate(names) if name == (0, word)]
        variance = matrix.to_numpy()[places][:, places].sum()
        assert found.sigma_m3 == pytest.approx(variance**0.5, rel=1e-12)
    both = cut_of(case, 0, ("within", "beyond_boundary"))
    places = [at for at, name in enumerate(names) if name[1] in ("within", "beyond_boundary")]
    assert both.sigma_m3 == pytest.approx(matrix.to_numpy()[places][:, places].sum() ** 0.5, rel=1e-12)


def test_every_reason_has_a_name():
    # Remarks leave nothing out.
    remarks = {"overruled", "path_from_working_directory", "vrt_window", "vrt_other_cells"}
    keys = catalogue("en")
    codes = {key.partition(".")[2] for key in keys if key.startswith("tiles.")} - remarks
    assert {code for code in codes if f"batch.reason_{code}" not in keys} == set()


def test_language_that_is_unknown_is_refused(ran):
    with pytest.raises(ValueError, match="expected 'en' or 'zh'"):
        run_page(ran, lang="fr")
