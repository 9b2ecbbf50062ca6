"""The test case against its truth, which its script computes in another way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import overcut as oc

from .conftest import DATES, TESTDATA

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {
    "C1408242016037110000101": "A",
    "C1400002015063110000202": "B",
    "C1408242017087110000303": "C",
    "C1408242012047130000404": "D",
}
TRUTH = json.loads((TESTDATA / "truth.json").read_text(encoding="utf-8"))


DOCUMENT = TESTDATA.parent / "docs" / "validation.md"


def compared(case: oc.Assessment) -> dict[str, tuple[float, float, float, float]]:
    """Truth, raw, measured volume and its standard error, m³, by name of each row of the truth with a volume."""
    rows = case.to_dict()["rows"]
    found = {}
    for change in ("cut", "fill"):
        for row in TRUTH["rows"]:
            expected = row.get(f"{change}_m3") or 0.0
            if expected > 1.0:
                key = (row["interval"], row["class"], sorted(row["licences"]))
                same = [r for r in rows if (r["interval"], r["class"], sorted(r["licences"])) == key]
                licences = "+".join(NAMES[licence] for licence in row["licences"]) or "–"
                name = f"{row['interval']} | {change} | `{row['class']}` | {licences}"
                raw, measured = (sum(r[column] for r in same) for column in (f"{change}_m3", f"{change}_measured_m3"))
                found[name] = (expected, raw, measured, sum(r[f"{change}_error"]["sigma_m3"] for r in same))
    return found


@pytest.fixture(scope="module")
def without_noise(noise_free: Path) -> oc.Assessment:
    surfaces = [oc.Dem(noise_free / f"dem_{date[:4]}.tif", date=date, sigma_m=0.05) for date in DATES]
    return oc.assess(surfaces, TESTDATA / "licences.gpkg", vertical_datum="1985")


def test_every_class_volume_of_every_licence_is_within_half_a_per_cent_without_noise(
    without_noise: oc.Assessment,
) -> None:
    rows = compared(without_noise)
    assert len(rows) == 19
    for name, (expected, found, *_) in rows.items():
        assert found == pytest.approx(expected, rel=0.005), name
    # Nothing but what the truth knows, except thin traces outside every polygon.
    classes = {row["class"] for row in TRUTH["rows"]} | {"unattributed"}
    assert {row["class"] for row in without_noise.to_dict()["rows"]} == classes


def test_with_noise_the_errors_are_small_and_stand_in_the_documents(
    case: oc.Assessment, without_noise: oc.Assessment
) -> None:
    clean, noisy = compared(without_noise), compared(case)
    lines = [
        "| interval | change | class | licence | truth | without noise | error | measured | error | ± at 95 % | z |",
        "|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    within = 0
    for name, (expected, found, *_) in clean.items():
        _, _, measured, sigma = noisy[name]
        assert measured == pytest.approx(expected, rel=0.005), name
        error, noise_error = (100.0 * (volume / expected - 1.0) for volume in (found, measured))
        z = (measured - expected) / sigma
        within += abs(z) < 1.96
        volumes = f"{expected:,.1f} | {found:,.1f} | {error:+.3f} % | {measured:,.1f} | {noise_error:+.2f} %"
        lines.append(f"| {name} | {volumes} | {1.96 * sigma:,.1f} | {z:+.1f} |")
    # 19 rows at 95 %.
    assert within >= 17
    table = "\n".join(lines)
    assert table in DOCUMENT.read_text(encoding="utf-8"), f"docs/validation.md should hold this table:\n{table}"


def test_patches_are_those_that_were_dug(case: oc.Assessment) -> None:
    found = case.to_dict()["patches"]
    for patch in TRUTH["patches"]:
        x, y = patch["centroid"]
        near = [
            other
            for other in found
            if other["interval"] == patch["interval"]
            and other["change"] == patch["kind"]
            and abs(other["x"] - x) < 3.0
            and abs(other["y"] - y) < 3.0
        ]
        assert len(near) == 1, patch["name"]
        assert near[0]["volume_m3"] == pytest.approx(patch["volume_m3"], rel=0.02), patch["name"]
        assert near[0]["attribution"] == patch["attribution"], patch["name"]


def test_the_digest_is_the_same_for_any_threads_and_blocks(case: oc.Assessment) -> None:
    surfaces = [oc.Dem(TESTDATA / f"dem_{date[:4]}.tif", date=date, sigma_m=0.05) for date in DATES]
    for threads, block in [(1, (64, 64)), (2, (256, 256)), (7, (1000, 1000)), (2, (37, 91))]:
        again = oc.assess(
            surfaces, TESTDATA / "licences.gpkg", vertical_datum="1985", threads=threads, block_shape=block
        )
        assert again.digest == case.digest, (threads, block)


@pytest.mark.gdal
def test_the_digest_is_the_same_for_tiled_striped_and_in_memory_surfaces(case: oc.Assessment, tmp_path: Path) -> None:
    import rasterio

    striped, arrays = [], []
    for date in DATES:
        with rasterio.open(TESTDATA / f"dem_{date[:4]}.tif") as source:
            heights, profile = source.read(1), source.profile
        profile |= {"tiled": False, "blockysize": 3, "compress": "lzw"}
        profile.pop("blockxsize", None)
        path = tmp_path / f"striped_{date[:4]}.tif"
        with rasterio.open(path, "w", **profile) as target:
            target.write(heights, 1)
        striped.append(oc.Dem(path, date=date, sigma_m=0.05))
        arrays.append(
            oc.Dem(heights, date=date, sigma_m=0.05, transform=profile["transform"], crs="EPSG:4546", nodata=-9999.0)
        )
    for surfaces in (striped, arrays):
        again = oc.assess(surfaces, TESTDATA / "licences.gpkg", vertical_datum="1985")
        assert again.digest == case.digest
