"""An assessment is computed again from its inputs, and whatever differs is named."""

from __future__ import annotations

import json
import random
import shutil

import pytest

import overcut as oc
from overcut import verify
from overcut.exceptions import FileReadError

from ..mutations import KINDS, check, found_and_named, make_case
from .conftest import array_dem, dig, level, licence, write_raster


@pytest.fixture
def assessed(files):
    """Case of the scene from files, with its record in a folder of its own."""
    surfaces = [
        oc.Dem(files / f"{year}.tif", date=date, sigma_m=0.05)
        for year, date in ((2021, "2021-05-01"), (2024, "2024-05-20"))
    ]
    case = oc.assess(surfaces, files / "licences.gpkg", vertical_datum="1985", min_area_m2=20.0)
    (files / "out").mkdir()
    case.to_json(files / "out" / "case.json")
    return files


def test_an_untouched_assessment_is_verified(assessed):
    found = verify(assessed / "out" / "case.json")
    assert found.ok
    assert found.first is None
    assert found.differences.empty
    assert found.compared > 100
    assert repr(found).startswith("verified: ")
    assert "<b>verified: " in found._repr_html_()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_it_is_verified_on_any_number_of_threads(assessed, threads):
    assert verify(assessed / "out" / "case.json", threads=threads).ok


def test_it_is_verified_whatever_the_blocks_it_was_made_in(files):
    surfaces = [oc.Dem(files / f"{year}.tif", date=f"{year}-05-01", sigma_m=0.05) for year in (2021, 2024)]
    case = oc.assess(surfaces, files / "licences.gpkg", vertical_datum="1985", block_shape=7, threads=2)
    case.to_json(files / "case.json")
    assert verify(files / "case.json").ok


def test_paths_in_the_record_are_relative_to_it_so_a_folder_can_be_moved(assessed, tmp_path_factory):
    record = json.loads((assessed / "out" / "case.json").read_text(encoding="utf-8"))
    assert [each["path"] for each in record["provenance"]["surfaces"]] == ["../2021.tif", "../2024.tif"]
    moved = tmp_path_factory.mktemp("moved") / "case"
    shutil.move(assessed, moved)
    assert verify(moved / "out" / "case.json").ok


def test_inputs_are_found_by_their_digest_beside_the_record_or_where_the_user_says(assessed, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "deep").mkdir()
    (assessed / "2021.tif").rename(elsewhere / "deep" / "before.tif")
    (assessed / "2024.tif").rename(assessed / "out" / "renamed.tif")
    lost = verify(assessed / "out" / "case.json")
    assert not lost.ok
    assert not lost.recomputed
    assert (lost.first.kind, lost.first.row.endswith("2021.tif"), lost.first.stated) == ("input", True, "not found")
    assert verify(assessed / "out" / "case.json", inputs=elsewhere).ok


def test_a_file_of_the_right_name_and_another_digest_is_named_with_both(assessed):
    with (assessed / "2024.tif").open("ab") as file:
        file.write(b"\0")
    found = verify(assessed / "out" / "case.json")
    assert not found.ok
    assert found.first.kind == "input"
    assert "2024.tif has SHA-256" in found.first.stated
    assert len(found.first.expected) == 64


def test_a_changed_figure_is_named_with_what_it_must_be(assessed):
    path = assessed / "out" / "case.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    beyond = next(row for row in record["rows"] if row["class"] == "beyond_boundary")
    assert beyond["cut_measured_m3"] == 100.0
    beyond["cut_measured_m3"] = 99.0
    path.write_text(json.dumps(record), encoding="utf-8")
    found = verify(path)
    assert [(each.table, each.row, each.column, each.stated, each.expected) for each in found.found] == [
        ("rows", "0/A/beyond_boundary/", "cut_measured_m3", "99.0", "100.0")
    ]
    assert "rows / 0/A/beyond_boundary/ / cut_measured_m3: 99.0, expected 100.0" in repr(found)


def test_a_changed_parameter_is_named_although_no_figure_changes(assessed):
    path = assessed / "out" / "case.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["options"]["min_area_m2"] = 21.0
    path.write_text(json.dumps(record), encoding="utf-8")
    first = verify(path).first
    assert (first.kind, first.table, first.column, first.expected) == ("parameter", "options", "min_area_m2", "20.0")


def test_a_changed_holder_is_found_by_the_licence_file(assessed):
    path = assessed / "out" / "case.json"
    path.write_text(path.read_text(encoding="utf-8").replace("青石岭", "白石岭"), encoding="utf-8")
    first = verify(path).first
    assert (first.kind, first.table, first.row, first.column) == ("parameter", "licences", "A", "holder")


def test_layers_and_stable_ground_are_computed_again_too(files):
    from geopandas import GeoDataFrame

    from .conftest import CRS, rectangle

    write_raster(files / "roof.tif", level(height_m=99.0).astype("float32"))
    GeoDataFrame(geometry=[rectangle((25, 39), (1, 39))], crs=CRS).to_file(files / "stable.gpkg")
    surfaces = [oc.Dem(files / f"{year}.tif", date=f"{year}-05-01", sigma_m=0.05) for year in (2021, 2024)]
    layers = [
        oc.Layer(
            "5", roof=files / "roof.tif", floor=98.5, density_t_per_m3=oc.Stated(2.6, sigma=0.05, source="32 samples")
        ),
        oc.Layer(
            "6",
            parts=[oc.LayerPart(98.5, oc.Plane(500_000.0, 3_940_000.0, 90.0, 0.01, 0.0), rectangle((0, 40), (0, 40)))],
            kind="parting",
            price=oc.Price(30.0, date="2024-05-20"),
        ),
    ]
    case = oc.assess(
        surfaces, files / "licences.gpkg", layers=layers, stable_ground=files / "stable.gpkg", vertical_datum="1985"
    )
    case.to_json(files / "case.json")
    assert verify(files / "case.json").ok
    write_raster(files / "roof.tif", level(height_m=99.5).astype("float32"))
    first = verify(files / "case.json").first
    assert (first.kind, first.row) == ("input", "layer 5: roof.tif")


def test_licences_given_in_memory_are_taken_from_the_record(file_dems, tmp_path):
    case = oc.assess(file_dems, [licence("A", holder="甲"), licence("B")], elevation="plan_only")
    case.to_json(tmp_path / "case.json")
    found = verify(tmp_path / "case.json")
    assert found.ok, repr(found)
    assert "licences were given in memory" in repr(found)


def test_surfaces_given_in_memory_cannot_be_verified_and_it_is_said(tmp_path):
    before = level()
    surfaces = [array_dem(before, "2021-05-01"), array_dem(dig(before, (10, 20), (10, 20), 2.0), "2024-05-20")]
    oc.assess(surfaces, [licence()]).to_json(tmp_path / "case.json")
    found = verify(tmp_path / "case.json")
    assert not found.ok
    assert "given in memory" in found.first.stated


def test_a_record_without_provenance_or_no_record_at_all_is_a_file_that_cannot_be_read(assessed, tmp_path):
    path = assessed / "out" / "case.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["provenance"]
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(FileReadError, match="does not say how it was made"):
        verify(path)
    with pytest.raises(FileReadError):
        verify(tmp_path / "none.json")


def test_documents_are_verified_with_the_record(assessed):
    case = oc.read_assessment(assessed / "out" / "case.json")
    out = assessed / "out"
    surfaces = [
        oc.Dem(assessed / f"{year}.tif", date=date, sigma_m=0.05)
        for year, date in ((2021, "2021-05-01"), (2024, "2024-05-20"))
    ]
    rasters = oc.assess(
        surfaces, assessed / "licences.gpkg", vertical_datum="1985", min_area_m2=20.0, rasters=out / "cog"
    ).rasters
    documents = [
        case.to_gpkg(out / "case.gpkg"),
        *case.to_csv(out / "csv"),
        *(
            case.to_report(out / f"{lang}.{form}", lang=lang, figures=False)
            for form in ("docx", "html", "pdf", "xlsx")
            for lang in ("zh", "en")
        ),
        *rasters,
    ]
    found = verify(out / "case.json", documents=documents)
    assert found.ok, repr(found)
    assert len(found.documents) == len(documents)
    assert verify(out / "case.json", documents=[out / "csv"]).ok

    data = bytearray(rasters[0].read_bytes())
    data[-1] ^= 1
    rasters[0].write_bytes(data)
    assert verify(out / "case.json", documents=rasters[:1]).first.document == str(rasters[0])


def test_a_report_of_another_assessment_is_found_out(assessed):
    case = oc.read_assessment(assessed / "out" / "case.json")
    other = oc.assess(
        [oc.Dem(assessed / f"{year}.tif", date=f"{year}-05-01", sigma_m=0.05) for year in (2021, 2024)],
        assessed / "licences.gpkg",
        vertical_datum="1985",
    )
    assert other.digest != case.digest
    report = other.to_report(assessed / "other.docx", figures=False)
    first = verify(assessed / "out" / "case.json", documents=report).first
    assert (first.table, first.column, first.expected) == ("report", "assessment", case.digest)


def test_a_pdf_with_another_figure_is_found_out(assessed):
    out = assessed / "out"
    record = json.loads((out / "case.json").read_text(encoding="utf-8"))
    record["rows"][-1]["cut_measured_m3"] += 7.0
    from overcut.report import content_of, write

    write(content_of(record), out / "r.pdf")
    found = verify(out / "case.json", documents=[out / "r.pdf"])
    assert not found.ok
    assert any(each.table.startswith("by_licence") and "pages" in each.stated for each in found.found)


def test_a_filled_in_docx_is_still_verified(assessed):
    import docx

    case = oc.read_assessment(assessed / "out" / "case.json")
    path = case.to_report(assessed / "r.docx", figures=False)
    document = docx.Document(path)
    document.tables[0].cell(1, 1).text = "2024-07"
    document.paragraphs[0].insert_paragraph_before("某某市自然资源局：")
    document.save(path)
    assert verify(assessed / "out" / "case.json", documents=[path]).ok


def test_a_changed_picture_is_found_out(assessed):
    import zipfile

    case = oc.read_assessment(assessed / "out" / "case.json")
    path = case.to_report(assessed / "r.docx")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    picture = next(name for name in members if name.endswith(".png"))
    members[picture] = members[picture][:-1] + b"\0"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    first = verify(assessed / "out" / "case.json", documents=[path]).first
    assert (first.table, first.column) == ("figures", "SHA-256 of the picture")


def test_a_document_of_no_known_kind_is_refused(assessed):
    (assessed / "notes.txt").write_text("", encoding="utf-8")
    with pytest.raises(FileReadError, match=r"notes\.txt"):
        verify(assessed / "out" / "case.json", documents=[assessed / "notes.txt"])


def test_the_command_line_says_what_differs_and_by_its_exit_code(assessed, run):
    path = assessed / "out" / "case.json"
    found = run("-m", "overcut", "verify", path)
    assert (found.returncode, found.stdout.startswith("verified: ")) == (0, True), found.stderr
    as_json = json.loads(run("-m", "overcut", "verify", path, "--json", "--threads", "1").stdout)
    assert as_json["ok"] is True
    (assessed / "2021.tif").unlink()
    lost = run("-m", "overcut", "verify", path)
    assert lost.returncode == 1
    assert "2021.tif" in lost.stdout
    assert run("-m", "overcut", "verify", assessed / "none.json").returncode == 3


@pytest.mark.slow
def test_random_single_changes_are_found_and_named(tmp_path):
    """Two of each kind; `python/tests/mutations.py --count 200` makes more."""
    original = tmp_path / "original"
    original.mkdir()
    make_case(original)
    assert verify(original / "case.json", documents=[original / "case.gpkg", original / "csv"]).ok
    chance = random.Random(6)
    for kind in KINDS:
        for number in range(2):
            mutation, outcome = check(original, tmp_path / f"{kind} {number}", kind, chance.randrange(2**32))
            assert found_and_named(mutation, outcome), (mutation, outcome)
