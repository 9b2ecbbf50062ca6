"""The county of `benches/batch`: its truth, and that tiles of any cut show the same ground."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
import rasterio

import overcut as oc

from .conftest import ROOT

sys.path.append(str(ROOT / "benches" / "batch"))

from county import CRS, OTHER_CRS, County, CountyOptions
from county_tiles import FAULTS, QUANTUM_M, Cutting, write

OPTIONS = CountyOptions(seed=3, rows=640, columns=700, epochs=4, pits=12)


@pytest.fixture(scope="module")
def exact() -> County:
    return County(CountyOptions(**{**vars(OPTIONS), "sigma_m": 0.0}))


def test_sums_of_the_grid_are_the_truth(exact):
    truth = exact.workings.truth(exact.dates, exact.ground)
    for interval in range(len(exact.dates) - 1):
        before, after = (exact.window(interval + at, 0, 0, OPTIONS.rows, OPTIONS.columns) for at in (0, 1))
        change_m3 = (after - before) * OPTIONS.cell_m**2
        found = [each["intervals"][interval] for kind in ("pits", "dumps") for each in truth[kind]]
        cut_m3, fill_m3 = (sum(each[name] for each in found) for name in ("cut_m3", "fill_m3"))
        # Points 2 m apart against points 0.5 m apart, on pits of 10 m and more.
        assert -change_m3[change_m3 < 0].sum() == pytest.approx(cut_m3, rel=0.02, abs=20.0)
        assert change_m3[change_m3 > 0].sum() == pytest.approx(fill_m3, rel=0.02, abs=20.0)
        assert cut_m3 > 0


def test_pits_begin_grow_stop_and_are_backfilled(exact):
    found = {each["history"]: each for each in exact.workings.truth(exact.dates, exact.ground)["pits"]}
    assert set(found) == {"grows", "stops", "backfilled", "old", "late"}
    cut = {name: [each["cut_m3"] for each in pit["intervals"]] for name, pit in found.items()}
    assert cut["old"] == [0.0, 0.0, 0.0]
    assert cut["late"][:2] == [0.0, 0.0]
    assert cut["late"][2] > 0
    assert cut["grows"][2] > 0
    assert cut["stops"][2] == 0.0
    assert found["backfilled"]["intervals"][2]["fill_m3"] > 0
    # Nothing that was dug comes back by itself.
    assert all(each["fill_m3"] == 0.0 for name in ("grows", "stops", "late") for each in found[name]["intervals"])


def test_windows_grids_and_places_show_the_same_heights():
    county = County(OPTIONS)
    rows, columns = np.arange(300, 420), np.arange(250, 390)
    x, y = (columns + 0.5) * 2.0, (OPTIONS.rows - rows - 0.5) * 2.0
    window = county.window(2, 300, 250, 120, 140)
    assert np.abs(county.grid(2, x, y) - window).max() < 1e-9
    assert np.abs(county.at(2, *np.meshgrid(x, y)) - window).max() < 1e-9
    # Over the edge of what repeats, too.
    big = County(CountyOptions(seed=3, rows=1200, columns=1200, epochs=2, pits=0, sigma_m=0.0))
    steps = np.abs(np.diff(big.window(0, 0, 0, 1200, 1200), axis=1))
    assert steps[:, 1015:1033].max() <= steps.max()
    assert steps[:, 1023].max() <= 1.5 * steps[:, 900:1000].max()


def test_errors_have_the_sigma_that_is_asked_for_and_neighbours_share_them(exact):
    noisy = County(CountyOptions(seed=3, rows=1024, columns=1024, epochs=2, pits=0))
    error = noisy.errors[0].window(np.arange(1024), np.arange(1024))
    assert error.std() == pytest.approx(0.4, rel=0.1)
    assert 0.4 < np.corrcoef(error[:, :-1].ravel(), error[:, 1:].ravel())[0, 1] < 0.9
    assert not np.array_equal(error, noisy.errors[1].window(np.arange(1024), np.arange(1024)))


def test_files_are_the_county_for_any_number_of_workers_and_faults_are_told(tmp_path):
    cutting = Cutting(side=None, tiles=9, overlap=10, other_crs=0.2, coarse=0.2, faults=FAULTS)
    count = write(tmp_path / "one", OPTIONS, cutting, workers=1)
    write(tmp_path / "two", OPTIONS, cutting, workers=2)
    files = sorted(each.relative_to(tmp_path / "one") for each in (tmp_path / "one").rglob("*.tif"))
    # One is missing, one was copied.
    assert len(files) == count == 36
    assert all((tmp_path / "one" / each).read_bytes() == (tmp_path / "two" / each).read_bytes() for each in files)

    tiles = oc.read_tiles(tmp_path / "one" / "index.csv")
    assert sorted(each.code for each in tiles.rejected) == ["file_empty", "file_missing", "listed_twice"]
    truth = json.loads((tmp_path / "one" / "truth.json").read_text(encoding="utf-8"))
    faults = {each["path"]: each["fault"] for each in truth["faults"]}
    assert sorted({*faults.values()}) == sorted(FAULTS)

    county = County(OPTIONS)
    shown = 0
    for tile in tiles:
        fault = faults.get(str(tile.path).replace("\\", "/").partition("/one/")[2])
        with rasterio.open(tile.path) if fault not in ("corrupt", "truncated") else _Unreadable() as file:
            if file is None:
                continue
            heights = file.read(1)
            if fault == "all_nodata":
                assert (heights == -9999).all()
            elif fault == "wrong_crs":
                assert file.crs != rasterio.crs.CRS.from_user_input(tile.crs)
            elif file.res == (2.0, 2.0) and tile.crs == CRS:
                column, row = round((file.bounds.left - 498_000) / 2), round((county.north_m - file.bounds.top) / 2)
                epoch = county.dates.index(tile.date)
                expected = county.window(epoch, row, column, *heights.shape)
                assert np.abs(heights - expected).max() <= QUANTUM_M / 2 + 1e-4
                shown += 1
            elif tile.crs == OTHER_CRS:
                assert (heights != -9999).mean() > 0.8
    assert shown > 5

    items = oc.read_tiles(tmp_path / "one" / "items.json")
    known = {(each.path, each.date, each.crs, each.nodata) for each in tiles}
    assert {(each.path, each.date, each.crs, each.nodata) for each in items} < known
    licences = oc.read_licences(tmp_path / "one" / "licences.gpkg")
    assert len(licences) == len(truth["licences"]) > 3


class _Unreadable:
    """In place of a file that is not opened."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None
