"""Case files and the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from affine import Affine

import overcut as oc
from overcut import exceptions
from overcut.cli import main
from overcut.parquet import digest_in

from .conftest import CRS, dig, level, write_raster

CSV = {"rows.csv", "patches.csv", "intervals.csv"}
COG = {f"{what}_2021-05-01_2024-05-20.tif" for what in ("dod", "class", "standing")}


def replaced(case_file, old, new):
    text = case_file.read_text(encoding="utf-8")
    assert old in text
    case_file.write_text(text.replace(old, new), encoding="utf-8")
    return case_file


def test_a_case_file_gives_what_the_same_call_gives(case_file, case, monkeypatch):
    monkeypatch.chdir(case_file.parent.parent)
    assessment, files = oc.read_case(case_file).run()
    assert assessment.totals.equals(case.totals)
    assert {path.name for path in files} == {"pit.json", "pit.gpkg"} | CSV | COG
    assert {path.parent for path in files} == {case_file.parent / "out/of it"}
    assert oc.read_assessment(case_file.parent / "out/of it/pit.json").digest == assessment.digest


def test_without_an_output_nothing_is_written(case_file):
    text = case_file.read_text(encoding="utf-8")
    case_file.write_text(text[: text.index("[output]")], encoding="utf-8")
    before = set(case_file.parent.rglob("*"))
    _, files = oc.read_case(case_file).run()
    assert files == []
    assert set(case_file.parent.rglob("*")) == before


def test_every_option_reaches_the_assessment(case_file):
    options = '[options]\nlod_m = 0.3\nconnectivity = 4\ngrid = "last"\nthreads = 1\nblock_shape = [8, 8]\n\n[output]'
    assessment, _ = oc.read_case(replaced(case_file, "[output]", options)).run()
    assert assessment.options["lod_m"] == 0.3
    assert assessment.options["connectivity"] == "four"


def test_layers_and_tables_of_licences_in_a_case_file(case_file, before):
    write_raster(case_file.parent / "roof.tif", (before - 0.5).astype("float32"))
    fields = 'fields = { licence = "licence" }'
    table = f'licences = {{ path = "licences.gpkg", layer = "licences", crs = "{CRS}", {fields} }}'
    replaced(case_file, 'licences = "licences.gpkg"', table)
    layer = '[[layers]]\nname = "seam"\nroof = "roof.tif"\nfloor = 98.5\ndensity_t_per_m3 = 2.5\n\n[output]'
    assessment, _ = oc.read_case(replaced(case_file, "[output]", layer)).run()
    rows = assessment.by_licence.set_index(["class", "layer"])
    assert rows.loc[("within", "seam"), "cut_measured_mass_t"].item() == pytest.approx(125.0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sigma_m", "sigma", r"unknown key `sigma` in \[\[surfaces\]\].*`sigma_m`"),
        ("[output]", "[ouput]", r"unknown key `ouput`.*`output`"),
        ("title", "name", r"unknown key `name`.*known: title"),
        ('"gpkg"', '"geopackage"', "unknown format `geopackage`"),
        ('formats = ["json", "gpkg", "csv", "cog"]', 'formats = "json"', "formats"),
        ("[[surfaces]]", "[surfaces]", r"pit\.toml"),
        ('licences = "licences.gpkg"', "", "`licences` is missing"),
        ("date = 2021-05-01", "", r"`date` is missing in \[\[surfaces\]\]"),
        ("[output]", "[options]\nconfidance = 0.9\n[output]", "did you mean `confidence`"),
        ("[output]", "[options]\nprogress = true\n[output]", "unknown key `progress`"),
        ('"Pit <b>"', "5", "title is 5"),
        ('path = "2021.tif"', "path = 5", "a path is 5"),
        ("=", "", "is not TOML"),
    ],
)
def test_case_files_that_cannot_be_meant_so(case_file, old, new, words):
    with pytest.raises(exceptions.ParameterError, match=rf"(?s)pit\.toml.*{words}" if "pit" not in words else words):
        oc.read_case(replaced(case_file, old, new))


def test_case_files_that_cannot_be_read(tmp_path):
    with pytest.raises(exceptions.FileReadError, match=r"none\.toml"):
        oc.read_case(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"')
    with pytest.raises(exceptions.ParameterError, match="not UTF-8"):
        oc.read_case(tmp_path / "latin.toml")


def test_tables_as_geoparquet(case_file):
    replaced(case_file, '"cog"', '"parquet"')
    assessment, files = oc.read_case(case_file).run()
    assert {path.name for path in files} >= {"by_licence.parquet", "patches.parquet", "intervals.parquet"}
    assert digest_in(case_file.parent / "out/of it" / "patches.parquet") == assessment.digest
    with pytest.raises(exceptions.OutputError, match="exists"):
        oc.read_case(case_file).run()


def test_results_in_the_way_are_found_before_the_work(case_file, monkeypatch):
    out = case_file.parent / "out/of it"
    out.mkdir(parents=True)
    (out / "patches.csv").write_text("precious")
    monkeypatch.setattr("overcut.case.assess", lambda *_, **__: pytest.fail("the work began"))
    with pytest.raises(exceptions.OutputError, match=r"patches\.csv exists.*overwrite"):
        oc.read_case(case_file).run()
    assert [path.name for path in out.iterdir()] == ["patches.csv"]


@pytest.mark.parametrize("failing", ["to_json", "to_gpkg", "to_csv"])
def test_a_failure_on_the_way_leaves_nothing_new_and_nothing_of_others_away(case_file, monkeypatch, failing):
    out = case_file.parent / "out/of it"
    out.mkdir(parents=True)
    (out / "notes.txt").write_text("mine")

    def fail(*_, **__):
        (out / "of another process.txt").write_text("meanwhile")
        raise exceptions.OutputError("disk full")

    monkeypatch.setattr(oc.Assessment, failing, fail)
    with pytest.raises(exceptions.OutputError, match="disk full"):
        oc.read_case(case_file).run()
    assert {path.name for path in out.iterdir()} == {"notes.txt", "of another process.txt"}


# The command line.


def test_the_table_at_the_end_and_exit_code_0(case_file, run):
    done = run("-m", "overcut", "assess", case_file)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("Pit <b>\n\nAssessment 2021-05-01 to 2024-05-20")
    for expected in ("beyond_boundary 越界", "100.0", "Written", "pit.gpkg"):
        assert expected in done.stdout


def test_quiet_prints_nothing_and_json_the_record(case_file, run):
    assert run("-m", "overcut", "assess", case_file, "--quiet").stdout == ""
    done = run("-m", "overcut", "assess", case_file, "--json", "--overwrite", "--threads", "1")
    assert json.loads(done.stdout)["digest"] == oc.read_assessment(case_file.parent / "out/of it/pit.json").digest


def test_another_output_directory(case_file, capsys):
    assert main(["assess", str(case_file), "--output", str(case_file.parent / "elsewhere")]) == 0
    assert (case_file.parent / "elsewhere" / "pit.json").exists()
    assert not (case_file.parent / "out").exists()
    capsys.readouterr()


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("sigma_m", "sigma"), 1, "did you mean `sigma_m`"),
        (("date = 2021-05-01", 'date = "2025-01-01"'), 1, "does not come after"),
        (('vertical_datum = "1985"', ""), 1, "vertical datum"),
        (('path = "2021.tif"', 'path = "2020.tif"'), 3, "2020.tif"),
        (('"licences.gpkg"', '"nothing.gpkg"'), 3, "nothing.gpkg"),
        (('directory = "out/of it"', 'directory = "2021.tif/out"'), 3, "2021.tif/out"),
    ],
)
def test_bad_input_ends_in_a_sentence_a_code_and_no_output(case_file, capsys, change, code, words):
    before = set(case_file.parent.rglob("*"))
    assert main(["assess", str(replaced(case_file, *change))]) == code
    message = capsys.readouterr()
    assert message.out == ""
    assert message.err.startswith("overcut: ")
    assert words in message.err
    assert message.err.count("\n") <= 2
    assert set(case_file.parent.rglob("*")) == before


def test_wrong_commands_end_with_2(capsys):
    for arguments in ([], ["asses"], ["assess"], ["assess", "case.toml", "--json", "--quiet"], ["info"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_help_has_an_example_that_is_a_case(capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        main(["assess", "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "exit codes" in shown
    example = shown[shown.index("  title =") : shown.index("Licences may also")]
    (tmp_path / "case.toml").write_text(example, encoding="utf-8")
    case = oc.read_case(tmp_path / "case.toml")
    assert len(case.surfaces) == 2
    assert case.layers[0]["floor"] == 1120.0


def test_info_tells_of_rasters_licences_and_records(case_file, files, capsys):
    assert main(["assess", str(case_file), "--quiet"]) == 0
    for file, words in (
        ("2021.tif", "state `vertical_datum`"),
        ("licences.gpkg", "<Licence A: 1 part, 50 to 150 m"),
        ("out/of it/pit.json", "Assessment 2021-05-01 to 2024-05-20"),
    ):
        assert main(["info", str(files / file)]) == 0
        assert words in capsys.readouterr().out
    assert main(["info", str(files / "2021.tif"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 40
    assert main(["info", str(case_file)]) == 3
    assert "pit.toml" in capsys.readouterr().err


def test_info_lists_what_would_stop_an_assessment(tmp_path, capsys):
    degrees = Affine(1e-5, 0, 111.0, 0, -1e-5, 35.6)
    path = write_raster(tmp_path / "degrees.tif", level().astype("float32"), crs="EPSG:4490", transform=degrees)
    assert main(["info", str(path)]) == 0
    assert "before an assessment" in capsys.readouterr().out
    info = oc.info(path)
    assert any("in degrees" in problem for problem in info.problems)
    assert info["rows"] == 40
    assert "in degrees" in info._repr_html_()


def test_a_reader_that_has_enough_of_it_is_no_error(case_file):
    script = f"{sys.executable} -m overcut info '{case_file.parent / '2021.tif'}' | head -1"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""


def test_a_terminal_without_chinese_letters_is_no_error(case_file, run):
    done = run("-m", "overcut", "assess", case_file, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert "beyond_boundary ??" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent the POSIX way")
def test_ctrl_c_ends_with_130_and_leaves_nothing_behind(case_file):
    # Large enough to be at work for seconds.
    heights = np.random.default_rng(1).normal(100.0, 5.0, (6000, 6000)).astype("float32")
    for name, values in (("2021.tif", heights), ("2024.tif", dig(heights, (0, 3000), (0, 3000), 1.0))):
        write_raster(case_file.parent / name, values, tiled=True)
    # Programs started in the background inherit that the signal is ignored.
    heed = "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heed}; runpy.run_module('overcut', run_name='__main__', alter_sys=True)"
    command = [sys.executable, "-c", code, "assess", str(case_file), "--threads", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    # The rasters' temporary files show that the pass has begun.
    out = case_file.parent / "out/of it"
    while not (out.exists() and any(out.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    shown, message = process.communicate(timeout=60)
    assert process.returncode == 130, message
    assert time.monotonic() - began < 5.0
    assert message == "overcut: interrupted; nothing was written\n"
    assert shown == ""
    assert not Path(out).exists()
