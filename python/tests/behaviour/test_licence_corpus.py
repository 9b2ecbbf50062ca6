"""Every file of testdata/licences gives exactly what expected.toml says of it."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import overcut as oc
from overcut.exceptions import LicenceRefusedError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CORPUS = Path(__file__).parents[3] / "testdata" / "licences"
CASES = tomllib.loads((CORPUS / "expected.toml").read_text(encoding="utf-8"))["case"]
USUAL = {"number_form", "band_missing", "validity_open", "area_computed"}
CORNER_DEG = 1e-9


def name_of(case: dict[str, Any]) -> str:
    stated = ",".join(f"{name}={value}" for name, value in case.get("options", {}).items())
    return f"{case['file']}[{stated}]" if stated else case["file"]


def matches(found: list[oc.Finding], expected: list[str]) -> bool:
    """Whether both hold the same findings; a line counts where it is expected."""
    left = list(found)
    for entry in expected:
        what, _, line = entry.partition("@")
        same = [
            each
            for each in left
            if f"{each.severity} {each.code}" == what and (not line or each.place.get("line") == line)
        ]
        if not same:
            return False
        left.remove(same[0])
    return not left


def shown(found: list[oc.Finding]) -> list[str]:
    return [
        f"{each.severity} {each.code}" + (f"@{each.place['line']}" if "line" in each.place else "") for each in found
    ]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_file_gives_what_is_expected(case: dict[str, Any]) -> None:
    path = CORPUS / case["file"]
    options = case.get("options", {})
    if "refused" in case:
        with pytest.raises(LicenceRefusedError) as refused:
            oc.read_licences(path, **options)
        finding = refused.value.finding
        assert matches([finding], [f"error {case['refused']}"]), shown([finding])
        assert all(len(finding.text(lang)) > 8 for lang in ("en", "zh"))
        assert str(refused.value).startswith(str(path))
        return
    if "error" in case:
        with pytest.raises(getattr(oc.exceptions, case["error"]), match=case["says"]):
            oc.read_licences(path, **options)
        return

    licences = oc.read_licences(path, **options)
    assert licences.crs == case["crs"]
    assert [licence.id for licence in licences] == list(case["licences"])
    for licence in licences:
        parts = case["licences"][licence.id]
        assert [[len(part.polygon.exterior.coords) - 1, len(part.polygon.interiors)] for part in licence.parts] == [
            part[:2] for part in parts
        ]
        for part, expected in zip(licence.parts, parts, strict=True):
            if len(expected) > 2:
                assert part.polygon.area == pytest.approx(expected[2], abs=1e-3)
    first = licences[0]
    if "first_corner" in case:
        assert first.parts[0].polygon.exterior.coords[0] == pytest.approx(case["first_corner"], abs=CORNER_DEG)
    if "holder" in case:
        assert first.holder == case["holder"]
    if "band" in case:
        assert [first.parts[0].floor_m, first.parts[0].ceiling_m] == case["band"]
    if "validity" in case:
        assert [str(first.valid_from), str(first.valid_to)] == case["validity"]
    if "vertical_datum" in case:
        assert first.vertical_datum == case["vertical_datum"]

    assert matches(list(licences.findings), case["findings"]), shown(list(licences.findings))
    # `check` gives the findings of reading again, and its own after them.
    checked = licences.check()
    assert checked[: len(licences.findings)] == licences.findings
    own = [each for each in checked[len(licences.findings) :] if each.code not in USUAL]
    assert matches(own, case["checks"]), shown(own)
    assert all(each.text(lang) for each in checked for lang in ("en", "zh"))


def test_every_file_has_an_expected_outcome() -> None:
    beside = {".shx", ".dbf", ".cpg", ".toml", ".py"}
    files = {path.name for path in CORPUS.iterdir() if path.is_file() and path.suffix not in beside}
    named = Counter(case["file"] for case in CASES)
    assert files == set(named)
    assert len(files) >= 60
