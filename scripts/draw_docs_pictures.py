"""Draws the pictures of the documentation from the test case; those of the map need Chromium and its driver."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import matplotlib as mpl
from PIL import Image

import overcut as oc

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--window-size=1380,1340",
)


def main() -> None:
    """Draw all of them."""
    mpl.use("Agg")
    PICTURES.mkdir(exist_ok=True)
    testdata = ROOT / "testdata"
    days = ("2021-05-01", "2022-10-15", "2024-05-20")
    surfaces = [oc.Dem(testdata / f"dem_{day[:4]}.tif", date=day, sigma_m=0.05) for day in days]
    case = oc.assess(surfaces, testdata / "licences.gpkg", vertical_datum="1985")
    for name, kind, lang in (
        ("change_en", "map", "en"),
        ("change_zh", "map", "zh"),
        ("classes_en", "classes", "en"),
        ("waterfall_en", "waterfall", "en"),
    ):
        ax = case.plot(kind, lang=lang)
        ax.figure.savefig(PICTURES / f"{name}.png", dpi=110)
        reduced(PICTURES / f"{name}.png")
    draw_ranking()
    with tempfile.TemporaryDirectory() as directory:
        photograph(case.to_html(Path(directory) / "map.html"))


def draw_ranking() -> None:
    """Draw what the benchmark of ranking found."""
    sys.path.append(str(ROOT / "benches" / "ranking"))
    import figures

    found = json.loads((ROOT / "benches" / "results" / "ranking.json").read_text(encoding="utf-8"))
    for name, draw in (("ranking_precision", figures.precision), ("ranking_calibration", figures.calibration)):
        draw(found).savefig(PICTURES / f"{name}.png", dpi=110)
        reduced(PICTURES / f"{name}.png")


def photograph(page: Path) -> None:
    """Take pictures of the map and of the view in three dimensions."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By

    # Named here, because selenium would otherwise look for them in the network.
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for flag in FLAGS:
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        browser.get(page.as_uri())
        wait(lambda: browser.execute_script("return document.body.dataset.ready") == "true")
        time.sleep(1.0)
        save(browser, "map_en")
        browser.find_element(By.ID, "tab-space").click()
        wait(lambda: browser.execute_script("return document.querySelectorAll('#space canvas').length") > 0)
        time.sleep(5.0)
        save(browser, "space_en")
    finally:
        browser.quit()


def save(browser: Any, name: str) -> None:
    """Save what is on the screen."""
    path = PICTURES / f"{name}.png"
    browser.save_screenshot(str(path))
    reduced(path)


def wait(true: Any) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 90.0
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("the page is not ready after 90 s")
        time.sleep(0.2)


def reduced(path: Path) -> None:
    """Put a picture into a tenth of its bytes, with its colours as they are."""
    Image.open(path).convert("RGB").save(path.with_suffix(".webp"), quality=85, method=6)
    path.unlink()


if __name__ == "__main__":
    main()
