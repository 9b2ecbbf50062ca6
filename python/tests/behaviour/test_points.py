"""Surfaces from points and contours, as people have them."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely

import overcut as oc

CRS = "EPSG:4546"


def plane(x, y):
    return 1100.0 + 0.12 * (x - 500_000) - 0.08 * (y - 3_940_000)


def scattered(count=400, seed=3):
    random = np.random.default_rng(seed)
    x = 500_000 + random.uniform(0, 100, count)
    y = 3_940_000 + random.uniform(0, 80, count)
    return np.column_stack([x, y, plane(x, y)])


def heights_of(dem):
    from overcut import _overcut

    return _overcut.Ground.window(dem._surface, None, 0).heights()


def check_plane(dem, tolerance=1e-6):
    west, _, _, north = dem.bounds
    heights = heights_of(dem)
    rows, cols = np.indices(heights.shape)
    truth = plane(west + (cols + 0.5) * dem.cell_m[0], north - (rows + 0.5) * dem.cell_m[1])
    known = np.isfinite(heights)
    assert known.mean() > 0.8
    assert np.abs(heights - truth)[known].max() < tolerance


def test_cass_points_with_a_count_line_and_chinese_codes_make_a_surface(tmp_path):
    points = scattered()
    lines = [f"{len(points)}"]
    lines += [f"{i},坡顶,{x:.6f},{y:.6f},{z:.9f}" for i, (x, y, z) in enumerate(points, 1)]
    file = tmp_path / "采场.dat"
    file.write_bytes("\r\n".join(lines).encode("gb18030"))
    dem = oc.surface_from_points(file, date="2021-05-01", cell_m=2.0, crs=CRS)
    check_plane(dem, 1e-5)
    assert dem.quality.points == 400
    assert dem.quality.rmse_m < 1e-5
    assert dem.sigma_m == dem.quality.rmse_m


@pytest.mark.parametrize(
    ("name", "header"), [("a.csv", "点号,X,Y,高程\n"), ("b.csv", "id,easting,northing,elevation\n"), ("c.xyz", "")]
)
def test_tables_with_and_without_headers(tmp_path, name, header):
    points = scattered()
    rows = [
        (f"{i},{x:.6f},{y:.6f},{z:.9f}" if header else f"{x:.6f} {y:.6f} {z:.9f}") for i, (x, y, z) in enumerate(points)
    ]
    file = tmp_path / name
    file.write_text(header + "\n".join(rows), encoding="utf-8")
    check_plane(oc.surface_from_points(file, date="2021-05-01", cell_m=2.0, crs=CRS), 1e-5)


def test_a_line_that_is_no_point_is_named(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("x,y,z\n500000,3940000,1100\n500001,?,1100\n", encoding="utf-8")
    with pytest.raises(oc.exceptions.FileReadError, match="line 3"):
        oc.read_points(file)
    with pytest.raises(oc.exceptions.FileReadError, match="no such file"):
        oc.read_points(tmp_path / "missing.dat")


def test_las_points_are_read_in_chunks_ground_first(tmp_path, monkeypatch):
    laspy = pytest.importorskip("laspy")
    points = scattered(3000)
    header = laspy.LasHeader(point_format=3, version="1.2")
    header.scales, header.offsets = [1e-4, 1e-4, 1e-5], [500_000, 3_940_000, 1100]
    las = laspy.LasData(header)
    las.x, las.y, las.z = points[:, 0], points[:, 1], points[:, 2].copy()
    las.classification = np.where(np.arange(3000) % 5 == 0, 5, 2)
    trees = las.z.copy()
    trees[::5] += 12.0
    las.z = trees
    for name in ("a.las", "a.laz"):
        las.write(tmp_path / name)
        monkeypatch.setattr("overcut.points._LAS_CHUNK", 700)
        found = oc.read_points(tmp_path / name)
        assert len(found) == 2400
        assert "2400 of 3000" in found.notes[0]
        check_plane(oc.surface_from_points(found, date="2021-05-01", cell_m=2.0, crs=CRS), 1e-2)
    thinned = oc.read_points(tmp_path / "a.las", thin_m=10.0)
    assert len(thinned) == 80


@pytest.mark.parametrize("name", ["contours.shp", "contours.gpkg", "contours.dxf"])
def test_contours_become_a_surface_and_are_left_out_line_by_line(tmp_path, name):
    levels = np.arange(1096.0, 1112.1, 1.0)
    lines = []
    for level in levels:
        # 1100 + 0.12 u - 0.08 v = level, for v from 0 to 80.
        v = np.linspace(0, 80, 33)
        u = (level - 1100 + 0.08 * v) / 0.12
        lines.append(np.column_stack([500_000 + u, 3_940_000 + v]))
    flat = name != "contours.dxf"
    geometry = [
        shapely.LineString(line if flat else np.column_stack([line, np.full(33, level)]))
        for line, level in zip(lines, levels, strict=True)
    ]
    columns = {"高程" if name.endswith("gpkg") else "ELEV": levels} if flat else {"Layer": ["DGX"] * len(levels)}
    geopandas.GeoDataFrame(columns, geometry=geometry, crs=CRS).to_file(tmp_path / name)
    dem = oc.surface_from_points(tmp_path / name, date="1998-01-01", cell_m=2.0, crs=CRS)
    assert dem.quality.rmse_m < 1e-4
    west, _, _, north = dem.bounds
    heights = heights_of(dem)
    rows, cols = np.indices(heights.shape)
    truth = plane(west + (cols + 0.5) * 2, north - (rows + 0.5) * 2)
    assert np.nanmax(np.abs(heights - truth)) < 1e-4


def test_contours_of_a_dome_make_level_triangles_and_say_so():
    rings = [shapely.Point(500_050, 3_940_050).buffer(radius).exterior.segmentize(3.0) for radius in (40, 30, 20, 10)]
    table = geopandas.GeoDataFrame({"elevation": [100.0, 110.0, 120.0, 130.0]}, geometry=rings, crs=CRS)
    dem = oc.surface_from_points(table, date="1998-01-01", cell_m=1.0, crs=CRS)
    # The top inside the innermost ring is cut flat: π 10² of π 40².
    assert dem.quality.level_share == pytest.approx(1 / 16, rel=0.2)


def test_the_error_of_points_with_noise_is_about_that_noise_and_feeds_the_sigma():
    points = scattered(2500)
    random = np.random.default_rng(9)
    points[:, 2] += random.normal(0, 0.10, len(points))
    quality = oc.surface_from_points(points, date="2021-05-01", cell_m=2.0, crs=CRS).quality
    # The point's own error, and that of three corners with random weights: 0.1 · sqrt(1 + 0.5).
    assert 0.11 < quality.rmse_m < 0.14
    assert abs(quality.bias_m) < 0.01
    assert quality.nmad_m == pytest.approx(quality.rmse_m, rel=0.15)
    assert quality.tested + quality.outside == 2500


def test_a_surface_like_another_lies_on_its_cells():
    like = oc.Dem(
        np.zeros((30, 20)),
        date="2024-05-20",
        transform=(500_010.0, 2.0, 0, 3_940_070.0, 0, -2.0),
        crs=CRS,
        vertical_datum="1985",
    )
    dem = oc.surface_from_points(scattered(), date="2021-05-01", like=like)
    assert (dem.shape, dem.bounds, dem.crs, dem.vertical_datum) == (like.shape, like.bounds, like.crs, "1985")
    check_plane(dem)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({}, "cell_m"),
        ({"cell_m": 0}, "cell_m"),
        ({"cell_m": 1.0, "folds": 1}, "at least 2"),
        ({"cell_m": 1e-5}, "too many"),
    ],
)
def test_what_makes_no_sense_is_refused(options, match):
    with pytest.raises(oc.OvercutError, match=match):
        oc.surface_from_points(scattered(60), date="2021-05-01", crs=CRS, **options)


def test_points_in_a_line_make_no_surface():
    line = np.column_stack([np.arange(10.0), np.arange(10.0), np.ones(10)])
    with pytest.raises(oc.OvercutError, match="line"):
        oc.surface_from_points(line, date="2021-05-01", cell_m=1.0, crs=CRS)
