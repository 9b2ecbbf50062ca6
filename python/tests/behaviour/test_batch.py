"""Batches: one scene cut and done in many ways is one assessment; what fails stops nothing else."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

import overcut as oc
from overcut.batch.folder import RunFolder
from overcut.exceptions import FileReadError, NoOverlapError, OutputError, ParameterError

SIDE, CELL_M = 240, 2.0
WEST, NORTH = 500_000.0, 4_000_000.0
DAYS = ("2024-03-31", "2024-06-30")
PITS = ((60, 60, 14, 6.0), (120, 121, 30, 9.0), (180, 40, 11, 5.0), (235, 200, 12, 7.0))
"""Row, column, radius in cells, depth: in a licence, over the middle of the scene, outside, cut off by its edge."""


def heights():
    rows, cols = np.mgrid[:SIDE, :SIDE] + 0.5
    ground = 900 + 30 * np.sin(rows / 37) + 25 * np.cos(cols / 29) + 6 * np.sin((rows + cols) / 11)
    after = ground.copy()
    for row, col, radius, depth in PITS:
        after -= np.maximum(0, depth * (1 - ((rows - row) ** 2 + (cols - col) ** 2) / radius**2))
    random = np.random.default_rng(5)
    surveys = [(z + 0.1 * random.standard_normal(z.shape)).astype("float32") for z in (ground, after)]
    surveys[0][100:110, 10:50] = np.nan
    return surveys


def write(path, values, row=0, col=0, *, crs="EPSG:4546", **options):
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "nodata": -9999.0, "compress": "deflate"}
    profile |= {"tiled": True, "blockxsize": 64, "blockysize": 64}
    corner = from_origin(WEST + col * CELL_M, NORTH - row * CELL_M, CELL_M, CELL_M)
    size = {"height": values.shape[0], "width": values.shape[1]}
    with rasterio.open(path, "w", crs=crs, transform=corner, **{**profile, **size, **options}) as file:
        file.write(np.where(np.isnan(values), -9999.0, values).astype("float32"), 1)
    return str(path)


def pieces(kind):
    """Rows and columns of tiles."""
    if kind == "irregular":
        return [
            (0, 110, 0, 240),
            (100, 240, 0, 70),
            (90, 240, 50, 150),
            (105, 200, 130, 240),
            (190, 240, 110, 240),
            (50, 130, 30, 180),
        ]
    side = {"one": 240, "four": 120, "sixty-four": 30}[kind]
    return [(r, r + side, c, c + side) for r in range(0, SIDE, side) for c in range(0, SIDE, side)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Folders of tiles by kind of cutting, and the assessment of the two surveys as one file each."""
    root = tmp_path_factory.mktemp("批次")
    surveys = heights()
    for kind in ("one", "four", "sixty-four", "irregular"):
        for day, values in zip(DAYS, surveys, strict=True):
            folder = root / kind / day
            folder.mkdir(parents=True)
            for number, (r0, r1, c0, c1) in enumerate(pieces(kind)):
                write(folder / f"瓦片{number:02d}.tif", values[r0:r1, c0:c1], r0, c0)
    files = [root / "one" / day / "瓦片00.tif" for day in DAYS]
    dems = [oc.Dem(file, date=day) for file, day in zip(files, DAYS, strict=True)]
    return root, oc.assess(dems, licences(), vertical_datum="1985")


def licences():
    def square(row, col, half):
        x, y = WEST + col * CELL_M, NORTH - row * CELL_M
        return [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]

    return [
        oc.Licence(
            "C1", square(60, 60, 60), floor_m=850, ceiling_m=1000, valid_from="2020-01-01", valid_to="2030-01-01"
        ),
        oc.Licence(
            "C2", square(120, 130, 50), floor_m=890, ceiling_m=1000, valid_from="2020-01-01", valid_to="2030-01-01"
        ),
    ]


def planned(root, kind, *, unit_cells=60 * 60, reverse=False, **options):
    epochs = []
    for day in DAYS:
        files = sorted(str(path) for path in (root / kind / day).glob("*.tif"))
        epochs.append(oc.read_tiles(files[::-1] if reverse else files, date=day, name=day[:7]))
    return oc.batch.plan(epochs, licences(), vertical_datum="1985", unit_cells=unit_cells, **options)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", ["one", "four", "sixty-four", "irregular"])
def test_however_the_scene_is_cut_the_assessment_is_that_of_one_file(scene, tmp_path, kind, threads):
    root, whole = scene
    plan = planned(root, kind, reverse=threads == 2)
    result = oc.batch.run(plan, tmp_path / "run", threads=threads)
    assert result.complete
    assert len(plan.units) > 1 or kind == "one"
    assert result.assessment.digest == whole.digest
    # The digest is over the figures; here are some of them.
    assert len(whole.patches) == 4
    assert whole.patches["volume_m3"].tolist() == result.assessment.patches["volume_m3"].tolist()


def test_units_of_any_size_and_one_with_a_narrow_rest(scene, tmp_path):
    root, whole = scene
    for unit_cells in (1, 7 * 7, 150 * 150, 10**9):
        result = oc.batch.run(planned(root, "sixty-four", unit_cells=unit_cells), tmp_path / str(unit_cells))
        assert result.assessment.digest == whole.digest


def test_the_mosaic_rule_does_not_depend_on_the_order_of_the_list(tmp_path):
    first, second = (np.full((40, 40), height, dtype="float32") for height in (100.0, 104.0))
    second[:10] = np.nan
    old, new = write(tmp_path / "b_old.tif", first), write(tmp_path / "a_new.tif", second)
    later = write(tmp_path / "later.tif", np.full((40, 40), 90.0, dtype="float32"))
    tiles = [oc.Tile(old, date="2024-01-01", sigma_m=0.1), oc.Tile(new, date="2024-02-01", sigma_m=0.5)]
    # Removed, per cell of 4 m²: 30 rows of 40 cells from the one tile, 10 from the other.
    expected = {"newest": 30 * 14 + 10 * 10, "best": 40 * 10, "mean": 30 * 12 + 10 * 10}
    for rule, metres in expected.items():
        for listed in (tiles, tiles[::-1]):
            epochs = [oc.read_tiles(listed, name="before"), oc.read_tiles([later], date="2024-06-30", name="after")]
            plan = oc.batch.plan(epochs, [], rule=rule, register=False, estimate_errors=False, lod_m=0.5)
            result = oc.batch.run(plan, tmp_path / f"{rule}{listed is tiles}")
            assert result.assessment.totals["cut_m3"].sum() == metres * 40 * 4


def test_tiles_that_fail_are_listed_and_the_rest_is_unharmed(scene, tmp_path):
    root, _ = scene
    folder = tmp_path / "tiles"
    shutil.copytree(root / "sixty-four", folder)
    before = folder / DAYS[0]
    damaged = before / "瓦片09.tif"
    damaged.write_bytes(damaged.read_bytes()[:600] + b"\0" * (damaged.stat().st_size - 600))
    (before / "瓦片20.tif").write_bytes(b"")
    (before / "瓦片21.tif").write_bytes(b"not a raster at all")
    write(before / "瓦片22.tif", np.full((30, 30), 900.0), 60, 180, crs="EPSG:4490")
    write(before / "瓦片63.tif", np.full((30, 30), np.nan), 210, 210)
    shutil.copy(before / "瓦片50.tif", before / "copy.tif")
    files = [*sorted(str(path) for path in before.glob("*.tif")), str(before / "missing.tif")]
    epochs = [
        oc.read_tiles(files, date=DAYS[0], name="before"),
        oc.read_tiles(str(folder / DAYS[1]), date=DAYS[1], name="after"),
    ]
    plan = oc.batch.plan(epochs, licences(), vertical_datum="1985", unit_cells=60 * 60)
    result = oc.batch.run(plan, tmp_path / "run")
    tiles = result.tiles.assign(name=[Path(path).name for path in result.tiles["path"]])
    fate = {(row.epoch, row.name_): row.status for row in tiles.rename(columns={"name": "name_"}).itertuples()}
    assert fate["before", "瓦片09.tif"] in ("rejected", "left_out")
    for name in ("瓦片20.tif", "瓦片21.tif", "瓦片22.tif", "missing.tif", "瓦片50.tif"):
        assert fate["before", name] == "rejected", name
    assert fate["before", "copy.tif"] == "used"
    assert fate["before", "瓦片63.tif"] == "no_heights"
    assert sum(status == "used" for (epoch, _), status in fate.items() if epoch == "after") == 64
    # What is left is what one file has without these tiles.
    values = heights()
    for number in (9, 20, 21, 22, 63):
        row, col = 30 * (number // 8), 30 * (number % 8)
        values[0][row : row + 30, col : col + 30] = np.nan
    dems = [oc.Dem(write(tmp_path / f"{day}.tif", z), date=day) for day, z in zip(DAYS, values, strict=True)]
    assert result.assessment.digest == oc.assess(dems, licences(), vertical_datum="1985").digest
    assert any("瓦片20.tif" in sentence for sentence in result.assessment.assumptions)


def test_a_tile_that_is_damaged_where_the_plan_did_not_look_is_left_out_after_retries(scene, tmp_path):
    root, _ = scene
    folder = tmp_path / "tiles"
    shutil.copytree(root / "four", folder)
    plan = planned(tmp_path, "tiles", register=False, estimate_errors=False, lod_m=0.5)
    victim = folder / DAYS[1] / "瓦片03.tif"
    times = victim.stat()
    victim.write_bytes(victim.read_bytes()[:800] + b"\0" * (times.st_size - 800))
    os.utime(victim, ns=(times.st_atime_ns, times.st_mtime_ns))
    gone = folder / DAYS[0] / "瓦片00.tif"
    gone.unlink()
    result = oc.batch.run(plan, tmp_path / "run", retries=1)
    assert not result.complete
    assert not result.failed
    left_out = result.tiles[result.tiles["status"] == "left_out"]
    assert sorted(Path(path).name for path in left_out["path"]) == ["瓦片00.tif", "瓦片03.tif"]
    assert (result.units["status"] == "with gaps").sum() > 0
    events = [line["event"] for line in RunFolder(tmp_path / "run").logged()]
    assert "retry" in events
    assert "tile left out" in events


def test_where_heights_are_missing_is_known_without_the_pixels(scene, tmp_path):
    root, _ = scene
    whole = oc.batch.run(planned(root, "one"), tmp_path / "one")
    # One unit, one tile, with a hole: nothing is known to be whole.
    assert whole.looked[0].is_empty
    cut = oc.batch.run(planned(root, "sixty-four"), tmp_path / "cut")
    # The hole of 10 x 40 cells lies in rows 100 to 109 and columns 10 to 49: in tiles of 30 cells it spoils two.
    assert cut.looked[0].area == (64 - 2) * (30 * CELL_M) ** 2
    ledger = oc.Ledger.open(tmp_path / "county.gpkg", create=True, crs="EPSG:4546", by="Li")
    added = ledger.add(cut, by="Li")
    assert len(ledger.patches) == 4
    # Without that knowledge, as from the assessment alone, it says that no patch can become dormant.
    assert not any("dormant" in sentence for sentence in added.remarks)
    alone = oc.Ledger.open(tmp_path / "alone.gpkg", create=True, crs="EPSG:4546", by="Li")
    assert any("dormant" in sentence for sentence in alone.add(cut.assessment, by="Li").remarks)


def test_a_file_that_changed_after_planning_is_not_used(scene, tmp_path):
    root, _ = scene
    shutil.copytree(root / "four", tmp_path / "tiles")
    plan = planned(tmp_path, "tiles", register=False, estimate_errors=False, lod_m=0.5)
    changed = tmp_path / "tiles" / DAYS[1] / "瓦片02.tif"
    write(changed, np.full((120, 120), 1.0), 120, 0)
    result = oc.batch.run(plan, tmp_path / "run", retries=0)
    row = result.tiles[result.tiles["status"] == "left_out"].iloc[0]
    assert row["path"].endswith("瓦片02.tif")
    assert "changed since" in row["why"]


def test_a_run_goes_on_where_it_was_and_refuses_to_mix_jobs(scene, tmp_path):
    root, whole = scene
    plan = planned(root, "sixty-four")
    first = oc.batch.run(plan, tmp_path / "run")
    kept = RunFolder(tmp_path / "run")
    kept.unit(3).unlink()
    kept.unit(5).write_bytes(kept.unit(5).read_bytes()[:-1])
    kept.unit(6).write_bytes(b"")
    with pytest.raises(OutputError, match="resume=True"):
        oc.batch.run(plan, tmp_path / "run")
    with pytest.raises(OutputError, match="another job"):
        oc.batch.run(planned(root, "sixty-four", min_area_m2=50), tmp_path / "run", resume=True)
    again = oc.batch.run(oc.batch.read_plan(tmp_path / "run"), tmp_path / "run", resume=True)
    assert again.assessment.digest == first.assessment.digest == whole.digest
    begun = [line["unit"] for line in kept.logged() if line["event"] == "begun"]
    assert sorted(begun) == sorted([*range(len(plan.units)), 3, 5, 6])
    (tmp_path / "run" / "job.json").write_text("{}", encoding="utf-8")
    with pytest.raises(FileReadError):
        oc.batch.read_plan(tmp_path / "run")


def test_a_unit_that_fails_is_tried_again_and_then_listed(scene, tmp_path, monkeypatch):
    root, whole = scene
    plan = planned(root, "four", unit_cells=120 * 120)
    from overcut.batch import engines

    real, tried = engines.do_unit, []

    def flaky(task, job):
        number = json.loads(task.entry)["number"]
        tried.append(number)
        if number == 2 or (number == 1 and tried.count(1) < 3):
            raise OSError("the network share went away")
        return real(task, job)

    monkeypatch.setattr(engines, "do_unit", flaky)
    result = oc.batch.run(plan, tmp_path / "run", retries=2)
    assert result.failed == {2: "the network share went away"}
    assert (tried.count(1), tried.count(2)) == (3, 3)
    assert any("unit 2" in sentence for sentence in result.assessment.assumptions)
    monkeypatch.setattr(engines, "do_unit", real)
    assert oc.batch.run(plan, tmp_path / "run", resume=True).assessment.digest == whole.digest


def test_units_far_from_what_matters_are_left_out_if_asked(scene, tmp_path):
    root, whole = scene
    plan = planned(root, "sixty-four", unit_cells=30 * 30, near_m=10.0)
    assert 0 < len(plan.units) < 64
    assert len(plan.units) + plan.far == 64
    result = oc.batch.run(plan, tmp_path / "run")
    found = result.assessment.by_licence
    assert (found["licence"] == "C1").any()
    assert len(result.assessment.patches) < len(whole.patches)


def test_rasters_of_units_lie_side_by_side_and_make_a_stac_collection(scene, tmp_path):
    root, whole = scene
    result = oc.batch.run(planned(root, "four", unit_cells=120 * 120), tmp_path / "run", rasters=True)
    assert result.assessment.digest == whole.digest
    found = np.full((SIDE, SIDE), np.nan)
    for path in sorted((tmp_path / "run" / "rasters").glob("*/dod_*.tif")):
        with rasterio.open(path) as file:
            col = round((file.transform.c - WEST) / CELL_M)
            row = round((NORTH - file.transform.f) / CELL_M)
            values = file.read(1, masked=True).filled(np.nan)
            found[row : row + values.shape[0], col : col + values.shape[1]] = values
    before, after = heights()
    np.testing.assert_allclose(found, (after - before).astype("float32"), rtol=0, atol=1e-4)
    result.to_stac(tmp_path / "stac")
    # A folder with an item for each unit.
    assert len(list((tmp_path / "stac").glob("*/*.json"))) == 4


def test_bad_input_is_refused_with_a_way_out(scene, tmp_path):
    root, _ = scene
    with pytest.raises(ParameterError, match="at least two epochs"):
        oc.batch.plan(str(root / "four" / DAYS[0]), licences())
    with pytest.raises(ParameterError, match="rule"):
        planned(root, "four", rule="latest")
    with pytest.raises(ParameterError, match="threads is no option"):
        planned(root, "four", threads=2)
    far = write(tmp_path / "far.tif", np.full((20, 20), 1.0), 5000, 5000)
    epochs = [oc.read_tiles(str(root / "four" / DAYS[0]), date=DAYS[0]), oc.read_tiles([far], date=DAYS[1])]
    with pytest.raises(NoOverlapError, match="no tile"):
        oc.batch.plan(epochs, licences(), vertical_datum="1985")


@pytest.mark.slow
def test_workers_of_dask_in_processes_of_their_own_give_the_same(scene, tmp_path):
    root, whole = scene
    result = oc.batch.run(planned(root, "irregular"), tmp_path / "run", scheduler="dask", workers=2)
    assert result.complete
    assert result.assessment.digest == whole.digest


@pytest.mark.slow
def test_a_cluster_of_two_worker_processes_over_tcp_gives_the_same(scene, tmp_path):
    root, whole = scene
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    file = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    started = [
        subprocess.Popen(
            [*dask, "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file], **options
        )
    ]
    try:
        limit = time.monotonic() + 60
        while not file.exists() and time.monotonic() < limit:
            time.sleep(0.1)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
        started += [subprocess.Popen(worker, **options) for _ in range(2)]
        assert address.startswith("tcp://")
        result = oc.batch.run(planned(root, "sixty-four"), tmp_path / "run", scheduler=address)
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(timeout=30)
    assert result.complete
    assert result.assessment.digest == whole.digest


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill without a word")
def test_killed_at_any_moment_it_goes_on_and_gives_the_same(scene, tmp_path):
    root, whole = scene
    (tmp_path / "licences.gpkg").unlink(missing_ok=True)
    oc.read_licences(licences(), crs="EPSG:4546").to_file(tmp_path / "licences.gpkg")
    epochs = "".join(
        f'[[epochs]]\ntiles = "{(root / "sixty-four" / day).as_posix()}"\ndate = {day}\nname = "{day[:7]}"\n'
        for day in DAYS
    )
    batch = tmp_path / "batch.toml"
    batch.write_text(
        f'licences = "licences.gpkg"\nvertical_datum = "1985"\nunit_cells = 900\n{epochs}[output]\ndirectory = "run"\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "overcut", "batch", "run", str(batch), "--resume", "--threads", "1", "--quiet"]
    kept = RunFolder(tmp_path / "run")
    random = np.random.default_rng(3)
    kills = 0
    while kills < 6:
        process = subprocess.Popen(command)
        done = len(list((tmp_path / "run").glob("units/*/*.unit")))
        # Some time after it has done something, or earlier.
        limit = time.monotonic() + 60
        while time.monotonic() < limit and process.poll() is None:
            if len(list((tmp_path / "run").glob("units/*/*.unit"))) > done:
                break
            time.sleep(0.005)
        time.sleep(float(random.uniform(0, 0.05)))
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    assert subprocess.run(command, check=False).returncode == 0
    assert oc.read_assessment(tmp_path / "run" / "case.json").digest == whole.digest
    assert not list((tmp_path / "run").rglob("*.part"))
    begun = [line["unit"] for line in kept.logged() if line["event"] == "begun"]
    assert set(begun) == set(range(64))
    # One thread: nothing is done twice but the unit that was in work.
    assert len(begun) <= 64 + kills
