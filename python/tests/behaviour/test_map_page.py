"""The map in a real browser that reaches no network."""

from __future__ import annotations

import time

import pytest

import overcut as oc

from .conftest import NORTH, TESTDATA, WEST, array_dem, dig, level, licence, rectangle

HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"
FORMULA = '=HYPERLINK("http://example.com")</script><b>'

LOCAL = {"file", "data", "blob", "chrome"}
"""What asks nothing of a network; chrome:// are pages of the browser's own, which it may open when it starts."""


class Opened:
    """A page on the screen."""

    def __init__(self, browser, path):
        self.browser = browser
        browser.get_log("browser")
        browser.get_log("performance")
        browser.get(path.as_uri())
        self.until(lambda: self.run("return document.body.dataset.ready") == "true")
        self.settled()

    def run(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def until(self, true, seconds=60):
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, self.browser.get_log("browser")
            time.sleep(0.1)

    def settled(self):
        """Wait until everything that was drawn is on the screen."""
        self.browser.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => setTimeout(done, 150))"
        )

    def find(self, selector):
        from selenium.webdriver.common.by import By

        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def screen(self, x, y):
        """Place on the screen of a place on the ground."""
        return self.run(
            """
            const plan = document.getElementById("plan"), { xaxis, yaxis } = plan._fullLayout;
            const { left, top } = plan.getBoundingClientRect();
            return [left + xaxis._offset + xaxis.d2p(arguments[0]), top + yaxis._offset + yaxis.d2p(arguments[1])];
            """,
            x,
            y,
        )

    def point(self, *places, press=False):
        """Move the pointer over places on the ground, with the button down between the first and the last if asked."""
        from selenium.webdriver.common.actions.action_builder import ActionBuilder

        self.run("window.scrollTo(0, 0)")
        actions = ActionBuilder(self.browser, duration=60)
        for at, place in enumerate(places):
            actions.pointer_action.move_to_location(*(round(each) for each in self.screen(*place)))
            if press and at == 0:
                actions.pointer_action.pointer_down()
        if press:
            actions.pointer_action.pointer_up()
        actions.perform()
        self.settled()

    def hover(self, x, y):
        self.point((x - 1.0, y), (x, y))
        self.until(lambda: self.run("return document.querySelector('#plan .hoverlayer').textContent"))
        return self.find("#plan .hoverlayer").text

    def errors(self):
        return [entry for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]

    def requests(self):
        import json

        messages = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        return [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """The map of a pit of 10 m x 10 m x 2 m, half of it inside a licence with a name that means harm."""
    before = level()
    after = dig(before, (10, 20), (10, 20), 2.0)
    hostile = oc.Licence(
        FORMULA,
        rectangle((0, 15), (0, 40)),
        holder=HOSTILE,
        mineral="$x$ & <b>",
        floor_m=99.0,
        ceiling_m=150.0,
        vertical_datum="1985",
    )
    case = oc.assess(
        [array_dem(before, "2021-05-01"), array_dem(after, "2024-05-20")], [hostile], register=False, lod_m=0.1
    )
    path = case.to_html(
        tmp_path_factory.mktemp("map") / "地图 map.html",
        sections=[[(WEST + 5, NORTH - 15), (WEST + 25, NORTH - 15)], [(WEST, NORTH - 35), (WEST + 30, NORTH - 35)]],
    )
    return Opened(browser, path)


def test_hover_over_a_patch_shows_its_row(page):
    text = page.hover(WEST + 12, NORTH - 12)
    assert "C1-001" in text
    assert "beyond a boundary" in text
    # Errors are shared by all cells: 100 m² x 0.05 m x sqrt(2) x 1.96.
    assert "volume: 200.0 ± 13.9 m³" in text
    assert "area: 100 m²" in text
    assert "greatest change: 2.0 m" in text
    # Half of the pit is inside, and a metre of each of its columns is under the floor.
    assert [part in text for part in ("within: 50.0 m³", "below floor: 50.0 m³", "beyond boundary: 100.0 m³")] == [
        True
    ] * 3


def test_hover_over_a_licence_shows_its_row_and_no_name_becomes_code(page):
    text = page.hover(WEST + 3, NORTH - 30)
    assert FORMULA in text
    assert HOSTILE in text
    assert "$x$ & <b>" in text
    assert "99 – 150 m" in text
    assert page.run("return window.hacked ?? null") is None
    assert page.run("return document.querySelectorAll('script').length") == 3


def test_pointer_reads_the_heights_of_a_pixel(page):
    page.point((WEST + 11.5, NORTH - 11.5))
    text = page.find("#readout").text
    for part in ("500,011", "3,940,028", "2021-05-01: 100.00 m", "2024-05-20: 98.00 m", "change: −2.00 m"):
        assert part in text


@pytest.mark.parametrize(
    ("layer", "images", "traces"), [("relief", 2, 0), ("change", 1, 0), ("patches", 0, 2), ("licences", 0, 2)]
)
def test_switch_hides_a_layer_and_shows_it_again(page, layer, images, traces):
    def drawn():
        page.settled()
        return page.run(
            "return [document.querySelectorAll('#plan .imagelayer image').length,"
            " document.querySelectorAll('#plan .scatterlayer .trace').length]"
        )

    before = drawn()
    page.find(f"#layer-{layer}").click()
    assert drawn() == [before[0] - images, before[1] - traces]
    page.find(f"#layer-{layer}").click()
    assert drawn() == before


def test_blending_shows_the_earlier_survey(page):
    def opacities():
        return page.run(
            "return [...document.querySelectorAll('#plan .imagelayer image')].map(of => +of.attributes.opacity.value)"
        )

    assert opacities()[:2] == [1.0, 1.0]
    page.run(
        "const blend = document.getElementById('blend'); blend.value = 0.25; blend.dispatchEvent(new Event('input'))"
    )
    page.settled()
    assert opacities()[:2] == [1.0, 0.25]
    page.run("const blend = document.getElementById('blend'); blend.value = 1; blend.dispatchEvent(new Event('input'))")


def test_profile_across_the_pit_measures_its_section(page):
    # 10 m wide and 2 m deep.
    assert "Profile of 20 m: cut 20 m², fill 0 m²" in page.find("#profile .gtitle").text
    found = page.run("return oc.profileOf(oc.data.sections[0].line)")
    assert found["cut_m2"] == pytest.approx(20.0, abs=0.01)
    assert found["fill_m2"] == 0.0
    assert min(found["after"]) == pytest.approx(98.0, abs=0.001)
    from selenium.webdriver.support.select import Select

    Select(page.find("#section")).select_by_index(2)
    page.until(lambda: "Profile of 30 m: cut 0 m²" in page.find("#profile .gtitle").text)


def test_profile_follows_a_line_that_is_drawn(page):
    page.find("#draw").click()
    page.settled()
    page.point((WEST + 5, NORTH - 15), (WEST + 15, NORTH - 15), (WEST + 25, NORTH - 15), press=True)
    page.until(lambda: "Profile of 20 m" in page.find("#profile .gtitle").text, seconds=10)
    assert page.run("return oc.profileOf(oc.state.line).cut_m2") == pytest.approx(20.0, rel=0.02)
    assert page.find("#section").get_attribute("value") == ""


def test_view_in_three_dimensions_is_drawn(page):
    page.find("#tab-space").click()
    page.until(lambda: page.run("return document.querySelectorAll('#space canvas').length") > 0)
    page.settled()
    kinds = page.run("return document.getElementById('space')._fullData.map(each => each.type)")
    # Surface; walls, edges, label and floor of the licence.
    assert kinds == ["surface", "mesh3d", "scatter3d", "scatter3d", "mesh3d"]
    lowest = page.run("return Math.min(...document.getElementById('space').data[0].z.flat())")
    assert lowest == pytest.approx(98.0, abs=0.001)
    assert "1 × 1 m" in page.find("#space_note").text
    page.find("#tab-plan").click()


def test_nothing_was_asked_of_a_network_and_nothing_went_wrong(page):
    assert page.errors() == []
    assert {url.partition(":")[0] for url in page.requests()} <= LOCAL


@pytest.mark.slow
def test_map_of_the_test_case_is_small_and_says_the_figures_of_its_tables(browser, tmp_path):
    surfaces = [
        oc.Dem(TESTDATA / f"dem_{day[:4]}.tif", date=day, sigma_m=0.05)
        for day in ("2021-05-01", "2022-10-15", "2024-05-20")
    ]
    case = oc.assess(surfaces, TESTDATA / "licences.gpkg", vertical_datum="1985")
    path = case.to_html(tmp_path / "map.html", lang="zh")
    assert path.stat().st_size < 15e6
    page = Opened(browser, path)
    row = case.patches.set_index("patch").loc["C2-001"]
    text = page.hover(row["x"] + 10, row["y"] + 10)
    assert f"{row['volume_m3']:,.0f} ± " in text
    assert "越界" in text
    assert page.find("h1").text == "动用范围图：2021-05-01 至 2024-05-20"
    from selenium.webdriver.support.select import Select

    Select(page.find("#interval")).select_by_index(0)
    page.settled()
    assert "C1-001" in page.find("#patches").text
    assert page.errors() == []
    assert {url.partition(":")[0] for url in page.requests()} <= LOCAL


def test_record_without_surfaces_is_mapped_by_its_change(browser, file_dems, tmp_path):
    case = oc.assess(file_dems, [licence()], register=False, lod_m=0.1, rasters=tmp_path / "rasters")
    read = oc.read_assessment(case.to_json(tmp_path / "case.json"))
    page = Opened(browser, read.to_html(tmp_path / "map.html", rasters=tmp_path / "rasters"))
    assert page.run("return document.querySelectorAll('#tab-space:not([hidden])').length") == 0
    assert page.run("return document.querySelectorAll('#layer-relief, #blend').length") == 0
    page.point((WEST + 11.5, NORTH - 11.5))
    assert "change: −2.00 m" in page.find("#readout").text
    assert "cut 20 m²" in page.find("#profile .gtitle").text
    assert page.errors() == []


def test_notebook_shows_the_map_in_a_frame(browser, tmp_path):
    after = dig(level(), (10, 20), (10, 20), 2.0)
    case = oc.assess(
        [array_dem(level(), "2021-05-01"), array_dem(after, "2024-05-20")], [licence()], register=False, lod_m=0.1
    )
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<!doctype html><meta charset=utf-8>{case.explore()._repr_html_()}", encoding="utf-8")
    browser.get_log("browser")
    browser.get(notebook.as_uri())
    browser.switch_to.frame(0)
    end = time.monotonic() + 60
    while browser.execute_script("return document.body.dataset.ready") != "true":
        assert time.monotonic() < end, browser.get_log("browser")
        time.sleep(0.2)
    assert browser.execute_script("return oc.data.intervals[0].patches[0].volume") == "200.0 ± 13.9 m³"
    browser.switch_to.default_content()
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
