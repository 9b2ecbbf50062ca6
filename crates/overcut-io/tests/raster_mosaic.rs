//! Mosaics: by hand, against the raster that tiles were cut from, and against other orders, windows and machines.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::result_large_err)] // exact on purpose

mod raster_support;

use std::path::Path;

use jiff::civil::{Date, date};
use overcut::{
    GridGeometry, GridShape, Window,
    dem::{SurfaceInfo, VerticalDatum},
    surface::{Heights, Surface},
};
use overcut_io::{
    CoordinateOperation, Error, Mosaic, MosaicRule, Resampled, SurfaceOptions, Tile, crs_record, grid_of_tiles, scan,
};
use raster_support::{NORTH, Random, Recipe, WEST, all, assert_heights, part, read, wide};

const N: f32 = f32::NAN;

fn tile(path: &Path, day: Date, sigma_m: Option<f64>) -> Tile {
    let options = SurfaceOptions { date: Some(day), sigma_m, ..SurfaceOptions::default() };
    Tile::open(path.to_str().unwrap(), &options).unwrap()
}

/// A tile with its corner so many metres east and south of ours.
fn written(path: &Path, east: f64, south: f64, cols: usize, values: &[f32]) {
    let geotransform = Some([WEST + east, 1.0, 0.0, NORTH - south, 0.0, -1.0]);
    Recipe { geotransform, nodata: Some(f64::NAN), ..Recipe::default() }.write(path, cols, values);
}

fn mosaic(tiles: Vec<Tile>, rule: MosaicRule) -> Mosaic {
    let (grid, crs) = grid_of_tiles("mosaic", &tiles).unwrap();
    let info = SurfaceInfo {
        name: "mosaic".to_owned(),
        date: date(2024, 5, 20),
        sigma_m: None,
        vertical_datum: VerticalDatum::Unknown,
        crs: Some(crs),
    };
    Mosaic::new(info, grid, rule, tiles).unwrap()
}

#[test]
fn where_tiles_overlap_the_rule_decides_and_not_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let [old, new, good] = ["c.tif", "a.tif", "b.tif"].map(|name| folder.path().join(name));
    // Columns 0 to 2, 1 to 3 and 2 to 4 of one row.
    written(&old, 0.0, 0.0, 3, &[1.0, 1.0, 1.0]);
    written(&new, 1.0, 0.0, 3, &[2.0, N, 2.0]);
    written(&good, 2.0, 0.0, 3, &[6.0, 6.0, N]);
    let tiles = [
        tile(&old, date(2023, 1, 1), Some(0.5)),
        tile(&new, date(2024, 1, 1), Some(0.9)),
        tile(&good, date(2022, 1, 1), Some(0.1)),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let listed = || order.map(|index: usize| tiles[index].clone()).to_vec();
        assert_heights(&all(&mosaic(listed(), MosaicRule::Newest)), &[1.0, 2.0, 1.0, 2.0, f64::NAN]);
        assert_heights(&all(&mosaic(listed(), MosaicRule::Best)), &[1.0, 1.0, 6.0, 6.0, f64::NAN]);
        assert_heights(&all(&mosaic(listed(), MosaicRule::Mean)), &[1.0, 1.5, 3.5, 4.0, f64::NAN]);
    }
}

#[test]
fn a_raster_in_pieces_is_that_raster_in_any_window() {
    let (rows, cols) = (90, 70);
    let mut random = Random(4);
    let whole: Vec<f32> = (0..rows * cols)
        .map(|_| if random.below(9) == 0 { N } else { 1e3 + random.below(9999) as f32 / 64.0 })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let pieces = [(0, 40, 0, 70), (30, 90, 0, 25), (35, 90, 20, 70), (40, 60, 10, 30)];
    let tiles = pieces.iter().enumerate().map(|(number, (top, bottom, left, right))| {
        let path = folder.path().join(format!("{number}.tif"));
        let values: Vec<f32> =
            (*top..*bottom).flat_map(|row| whole[row * cols + left..row * cols + right].to_vec()).collect();
        written(&path, *left as f64, *top as f64, right - left, &values);
        tile(&path, date(2024, 1, 1), None)
    });
    let mosaic = mosaic(tiles.collect(), MosaicRule::Newest);
    assert_eq!(mosaic.grid().shape, GridShape { rows, cols });
    let expected: Vec<f64> = whole.iter().copied().map(f64::from).collect();
    let mut windows = Random(5);
    for _ in 0..60 {
        let window = windows.window(rows, cols);
        let found = read(&mosaic, window);
        assert!(matches!(found, Heights::F32(_)), "narrow tiles stay narrow");
        assert_heights(&wide(&found), &part(&expected, cols, window));
    }
    // Cells that no earlier tile has were read, and their heights counted.
    assert!(mosaic.used().iter().all(|used| used.heights <= used.cells && used.cells > 0));
}

#[test]
fn tiles_of_a_window_make_the_same_mosaic_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let tiles: Vec<Tile> = (0_u8..4)
        .map(|number| {
            let path = folder.path().join(format!("{number}.tif"));
            written(&path, f64::from(number % 2) * 10.0, f64::from(number / 2) * 10.0, 10, &[f32::from(number); 100]);
            tile(&path, date(2024, 1, 1), None)
        })
        .collect();
    let mosaic = mosaic(tiles, MosaicRule::Newest);
    let window = Window { row: 8, col: 2, rows: 5, cols: 6 };
    let sent = serde_json::to_string(&(mosaic.header(), mosaic.tiles_in(window))).unwrap();
    let (header, few) = serde_json::from_str(&sent).unwrap();
    let elsewhere = Mosaic::of(&header, few).unwrap();
    assert_eq!(elsewhere.len(), 2);
    assert_heights(&wide(&read(&elsewhere, window)), &wide(&read(&mosaic, window)));
    assert_eq!(elsewhere.info(), mosaic.info());
}

#[test]
fn a_tile_of_another_lattice_or_zone_is_resampled_as_alone() {
    let folder = tempfile::tempdir().unwrap();
    let [own, coarse, foreign] = ["own.tif", "coarse.tif", "foreign.tif"].map(|name| folder.path().join(name));
    written(&own, 0.0, 0.0, 20, &[5.0; 400]);
    let values: Vec<f32> = (0_u8..100).map(f32::from).collect();
    let recipe = |x: f64, y: f64, crs| Recipe {
        geotransform: Some([x, 2.5, 0.0, y, 0.0, -2.5]),
        crs: Some(crs),
        ..Recipe::default()
    };
    recipe(WEST + 30.25, NORTH - 0.5, "EPSG:4546").write(&coarse, 10, &values);
    let to_zone = CoordinateOperation::new("EPSG:4546", "EPSG:4545").unwrap();
    let mut corner = [(WEST + 10.0, NORTH - 40.0)];
    to_zone.transform(&mut corner).unwrap();
    recipe(corner[0].0, corner[0].1, "EPSG:4545").write(&foreign, 10, &values);
    let tiles: Vec<Tile> = [&own, &coarse, &foreign].map(|path| tile(path, date(2024, 1, 1), None)).into();
    let (grid, _) = grid_of_tiles("mosaic", &tiles).unwrap();
    assert_eq!((grid.west, grid.north, grid.dx), (WEST, NORTH, 1.0));
    let together = mosaic(tiles.clone(), MosaicRule::Newest);
    let back = |from: &str| CoordinateOperation::new("EPSG:4546", from).unwrap();
    let alone = [
        all(&Resampled::new(&opened(&own), grid, None)),
        all(&Resampled::new(&opened(&coarse), grid, None)),
        all(&Resampled::new(&opened(&foreign), grid, Some(back("EPSG:4545")))),
    ];
    let expected: Vec<f64> = (0..grid.shape.cells())
        .map(|cell| alone.iter().map(|heights| heights[cell]).find(|height| !height.is_nan()).unwrap_or(f64::NAN))
        .collect();
    assert!(alone.iter().all(|heights| heights.iter().any(|height| !height.is_nan())));
    assert_heights(&all(&together), &expected);
    let mut windows = Random(6);
    for _ in 0..30 {
        let window = windows.window(grid.shape.rows, grid.shape.cols);
        assert_heights(&wide(&read(&together, window)), &part(&expected, grid.shape.cols, window));
    }
}

fn opened(path: &Path) -> overcut_io::RasterSurface {
    let options = SurfaceOptions { date: Some(date(2024, 1, 1)), ..SurfaceOptions::default() };
    overcut_io::RasterSurface::open(path.to_str().unwrap(), &options).unwrap()
}

#[test]
fn a_scan_tells_of_each_file_what_it_is_or_why_it_is_no_tile() {
    let folder = tempfile::tempdir().unwrap();
    let [good, empty, text, degrees, missing] =
        ["good.tif", "empty.tif", "text.tif", "degrees.tif", "missing.tif"].map(|name| folder.path().join(name));
    written(&good, 0.0, 0.0, 2, &[1.0; 4]);
    std::fs::write(&empty, "").unwrap();
    std::fs::write(&text, "no raster").unwrap();
    Recipe { crs: Some("EPSG:4490"), geotransform: Some([111.0, 1e-4, 0.0, 35.0, 0.0, -1e-4]), ..Recipe::default() }
        .write(&degrees, 2, &[1.0_f32; 4]);
    let options = SurfaceOptions { date: Some(date(2024, 1, 1)), ..SurfaceOptions::default() };
    let listed =
        [&good, &empty, &text, &degrees, &missing].map(|path| (path.to_str().unwrap().to_owned(), options.clone()));
    let found = scan(&listed);
    assert!(found[0].is_ok());
    assert!(matches!(found[1], Err(Error::FileEmpty { .. })));
    assert!(matches!(found[2], Err(Error::RasterUnreadable { .. })));
    assert!(matches!(found[3], Err(Error::GeographicCrs { .. })));
    assert!(matches!(found[4], Err(Error::FileMissing { .. })));
}

#[test]
fn a_tile_that_changed_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tile.tif");
    written(&path, 0.0, 0.0, 2, &[1.0; 4]);
    let mosaic = mosaic(vec![tile(&path, date(2024, 1, 1), None)], MosaicRule::Newest);
    std::fs::remove_file(&path).unwrap();
    written(&path, 0.0, 0.0, 3, &[2.0; 9]);
    let window = Window { row: 0, col: 0, rows: 2, cols: 2 };
    let refused = mosaic.open().unwrap().read(window).unwrap_err().to_string();
    assert!(refused.contains("tile.tif"), "{refused}");
}

#[test]
fn tiles_of_two_datums_make_no_mosaic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tile.tif");
    written(&path, 0.0, 0.0, 2, &[1.0; 4]);
    let with = |datum| {
        let options =
            SurfaceOptions { date: Some(date(2024, 1, 1)), vertical_datum: Some(datum), ..SurfaceOptions::default() };
        Tile::open(path.to_str().unwrap(), &options).unwrap()
    };
    let info = SurfaceInfo {
        name: "mosaic".to_owned(),
        date: date(2024, 5, 20),
        sigma_m: None,
        vertical_datum: VerticalDatum::Normal1985,
        crs: Some(crs_record("EPSG:4546").unwrap()),
    };
    let grid = GridGeometry::new(WEST, NORTH, 1.0, 1.0, GridShape { rows: 2, cols: 2 }).unwrap();
    let tiles = vec![with(VerticalDatum::Normal1985), with(VerticalDatum::Normal1956)];
    assert!(matches!(Mosaic::new(info.clone(), grid, MosaicRule::Mean, tiles), Err(Error::MosaicDatums { .. })));
    assert!(matches!(Mosaic::new(info, grid, MosaicRule::Mean, Vec::new()), Err(Error::MosaicEmpty { .. })));
}
