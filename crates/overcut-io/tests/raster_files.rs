//! What comes out of raster files of every kind that survey work brings.
#![allow(clippy::unwrap_used, clippy::float_cmp)] // exact on purpose

mod raster_support;

use std::path::Path;

use gdal::{
    Dataset, DriverManager,
    raster::{Buffer, RasterCreationOptions},
};
use overcut::{
    GridShape, Window,
    dem::VerticalDatum,
    surface::{Heights, Surface},
};
use overcut_io::{RasterSurface, SurfaceOptions, array_surface, sha256_of_file};
use raster_support::{NORTH, Random, Recipe, WEST, all, assert_heights, open, options, part, place, read, wide};

const N: f64 = f64::NAN;

fn ramp(rows: usize, cols: usize) -> Vec<f32> {
    let mut random = Random(7);
    (0..rows * cols).map(|_| 1_000.0 + f32::from(u16::try_from(random.below(4_000)).unwrap()) / 16.0).collect()
}

#[test]
fn tiles_strips_and_compression_give_the_same_heights_and_tell_their_blocks() {
    let heights = ramp(150, 200);
    let kinds: [(&str, &[&str], GridShape); 4] = [
        ("strips.tif", &["BLOCKYSIZE=8"], GridShape { rows: 8, cols: 200 }),
        ("tiles.tif", &["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=32"], GridShape { rows: 32, cols: 64 }),
        (
            "deflate.tif",
            &["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128", "COMPRESS=DEFLATE", "PREDICTOR=3"],
            GridShape { rows: 128, cols: 128 },
        ),
        ("whole.tif", &["BLOCKYSIZE=150", "COMPRESS=LZW"], GridShape { rows: 150, cols: 200 }),
    ];
    let expected: Vec<f64> = heights.iter().map(|height| f64::from(*height)).collect();
    let mut random = Random(1);
    for (name, creation, block) in kinds {
        let (_folder, path) = place(name);
        Recipe { creation, ..Recipe::default() }.write(&path, 200, &heights);
        let surface = open(&path);
        assert_eq!(surface.layout().block, block, "{name}");
        assert_heights(&all(&surface), &expected);
        for _ in 0..20 {
            let window = random.window(150, 200);
            assert_heights(&wide(&read(&surface, window)), &part(&expected, 200, window));
        }
    }
}

#[test]
fn nodata_is_compared_in_the_type_of_the_band() {
    let (_folder, path) = place("a.tif");
    Recipe { nodata: Some(-9999.0), ..Recipe::default() }.write::<i16>(&path, 2, &[7, -9999, -999, 8]);
    assert_eq!(read(&open(&path), Window { row: 0, col: 0, rows: 1, cols: 1 }), Heights::F32(vec![7.0]));
    assert_heights(&all(&open(&path)), &[7.0, N, -999.0, 8.0]);

    // As decimal text in the file's tag, this number is none of the floats; the nearest one is in the cells.
    let (_folder, path) = place("b.tif");
    Recipe { nodata: Some(-1_234.567), ..Recipe::default() }.write::<f32>(&path, 2, &[1.5, -1_234.567, f32::NAN, 2.0]);
    assert_heights(&all(&open(&path)), &[1.5, N, N, 2.0]);

    let (_folder, path) = place("c.tif");
    Recipe { nodata: Some(f64::from(f32::MIN)), ..Recipe::default() }.write::<f32>(&path, 2, &[1.5, f32::MIN]);
    assert_heights(&all(&open(&path)), &[1.5, N]);

    // A byte cannot be -9999: no cell is missing, and no cell of value 241 (its last byte) either.
    let (_folder, path) = place("d.tif");
    Recipe { nodata: Some(-9999.0), ..Recipe::default() }.write::<u8>(&path, 2, &[241, 255]);
    assert_heights(&all(&open(&path)), &[241.0, 255.0]);
}

#[test]
fn a_stated_nodata_takes_the_place_of_the_files() {
    let (_folder, path) = place("a.tif");
    Recipe { nodata: Some(0.0), ..Recipe::default() }.write::<f32>(&path, 3, &[0.0, -9999.0, 5.0]);
    let options = SurfaceOptions { nodata: Some(-9999.0), ..options() };
    let surface = RasterSurface::open(path.to_str().unwrap(), &options).unwrap();
    assert_heights(&all(&surface), &[0.0, N, 5.0]);
}

#[test]
fn wide_types_keep_their_precision() {
    let (_folder, path) = place("a.tif");
    Recipe::default().write::<f64>(&path, 2, &[1_234.567_890_123, N]);
    assert!(matches!(read(&open(&path), open(&path).grid().window()), Heights::F64(_)));
    assert_heights(&all(&open(&path)), &[1_234.567_890_123, N]);

    let (_folder, path) = place("b.tif");
    Recipe { nodata: Some(f64::from(i32::MIN)), ..Recipe::default() }.write::<i32>(&path, 2, &[1_500, i32::MIN]);
    assert!(matches!(read(&open(&path), open(&path).grid().window()), Heights::F64(_)));
    assert_heights(&all(&open(&path)), &[1_500.0, N]);

    let (_folder, path) = place("c.tif");
    Recipe { nodata: Some(-9999.0), ..Recipe::default() }.write::<i64>(&path, 2, &[1_500, -9999]);
    assert_heights(&all(&open(&path)), &[1_500.0, N]);
}

#[test]
fn scale_and_offset_make_heights_after_nodata_is_found() {
    let (_folder, path) = place("a.tif");
    Recipe { nodata: Some(0.0), scaling: Some((0.25, 1_000.0)), ..Recipe::default() }.write::<i16>(
        &path,
        2,
        &[1, 0, -4, 401],
    );
    let surface = open(&path);
    assert!(matches!(read(&surface, surface.grid().window()), Heights::F64(_)));
    assert_heights(&all(&surface), &[1_000.25, N, 999.0, 1_100.25]);
}

#[test]
fn cells_under_a_mask_are_missing() {
    let (_folder, path) = place("a.tif");
    let dataset = Recipe::default().open::<f32>(&path, 2, &[1.0, 2.0, 3.0, 4.0]);
    let mut band = dataset.rasterband(1).unwrap();
    band.create_mask_band(true).unwrap();
    let mut mask = band.open_mask_band().unwrap();
    mask.write((0, 0), (2, 2), &mut Buffer::new((2, 2), vec![255_u8, 0, 255, 255])).unwrap();
    dataset.close().unwrap();
    assert_heights(&all(&open(&path)), &[1.0, N, 3.0, 4.0]);
}

#[test]
fn an_alpha_band_is_no_second_choice_but_hides_cells() {
    let (_folder, path) = place("a.tif");
    let dataset =
        Recipe { bands: 2, creation: &["ALPHA=YES"], ..Recipe::default() }.open::<u16>(&path, 2, &[700, 800, 900, 950]);
    let mut alpha = dataset.rasterband(2).unwrap();
    alpha.write((0, 0), (2, 2), &mut Buffer::new((2, 2), vec![u16::MAX, u16::MAX, 0, u16::MAX])).unwrap();
    dataset.close().unwrap();
    assert_heights(&all(&open(&path)), &[700.0, 800.0, N, 950.0]);
}

#[test]
fn a_file_stored_from_the_south_is_turned() {
    let (_folder, path) = place("a.tif");
    // Five rows of two, in strips of two rows: the last strip has one.
    let recipe = Recipe {
        geotransform: Some([WEST, 1.0, 0.0, NORTH - 5.0, 0.0, 1.0]),
        creation: &["BLOCKYSIZE=2"],
        nodata: Some(-1.0),
        ..Recipe::default()
    };
    recipe.write::<f32>(&path, 2, &[50.0, 51.0, 40.0, 41.0, 30.0, 31.0, 20.0, -1.0, 10.0, 11.0]);
    let surface = open(&path);
    assert_eq!((surface.grid().west, surface.grid().north, surface.grid().dy), (WEST, NORTH, 1.0));
    let whole = [10.0, 11.0, 20.0, N, 30.0, 31.0, 40.0, 41.0, 50.0, 51.0];
    assert_heights(&all(&surface), &whole);
    let mut random = Random(3);
    for _ in 0..30 {
        let window = random.window(5, 2);
        assert_heights(&wide(&read(&surface, window)), &part(&whole, 2, window));
    }
}

#[test]
fn cells_need_not_be_square() {
    let (_folder, path) = place("a.tif");
    let recipe = Recipe { geotransform: Some([WEST, 2.0, 0.0, NORTH, 0.0, -0.5]), ..Recipe::default() };
    recipe.write::<f32>(&path, 2, &[1.0, 2.0, 3.0, 4.0]);
    let surface = open(&path);
    let grid = surface.grid();
    assert_eq!((grid.dx, grid.dy, grid.east(), grid.south()), (2.0, 0.5, WEST + 4.0, NORTH - 1.0));
}

#[test]
fn an_ascii_grid_keeps_its_decimals_also_where_they_come_late() {
    // GDAL guesses the type from the text, and 32 bits would make 1123.456 of it 1123.4560546875.
    let (_folder, path) = place("高程.asc");
    let (rows, cols) = (2_000, 20);
    let mut text = format!(
        "ncols {cols}\nnrows {rows}\nxllcorner {WEST}\nyllcorner {}\ncellsize 1\nNODATA_value -9999\n",
        NORTH - f64::from(rows)
    );
    for row in 0..rows {
        let cell = if row + 1 < rows { "-9999 " } else { "1123.456 " };
        text += &cell.repeat(cols);
        text += "\n";
    }
    std::fs::write(&path, text).unwrap();
    let options = SurfaceOptions { crs: Some("EPSG:4546".to_owned()), ..options() };
    let surface = RasterSurface::open(path.to_str().unwrap(), &options).unwrap();
    let last = read(&surface, Window { row: 1_998, col: 0, rows: 2, cols: 1 });
    assert_heights(&wide(&last), &[N, 1_123.456]);
}

#[test]
fn chinese_names_and_vsi_paths_are_read() {
    let (folder, path) = place("稷山县 2021年.tif");
    Recipe::default().write::<f32>(&path, 2, &[1.0, 2.0]);
    assert_heights(&all(&open(&path)), &[1.0, 2.0]);

    let inner = format!("/vsisubfile/0_{},{}", std::fs::metadata(&path).unwrap().len(), path.display());
    let surface = open(Path::new(&inner));
    assert_heights(&all(&surface), &[1.0, 2.0]);
    assert_eq!(surface.sha256().unwrap(), None);
    drop(folder);
}

#[test]
fn img_and_vrt_are_read_and_the_digest_of_a_vrt_covers_its_parts() {
    let (folder, path) = place("a.tif");
    Recipe::default().write::<f32>(&path, 2, &[1.0, 2.0, 3.0, 4.0]);
    let copy = |driver: &str, name: &str| {
        let copied = folder.path().join(name);
        let driver = DriverManager::get_driver_by_name(driver).unwrap();
        let source = Dataset::open(&path).unwrap();
        source.create_copy(&driver, &copied, &RasterCreationOptions::default()).unwrap().close().unwrap();
        copied
    };
    assert_heights(&all(&open(&copy("HFA", "a.img"))), &[1.0, 2.0, 3.0, 4.0]);
    let vrt = copy("VRT", "a.vrt");
    assert_heights(&all(&open(&vrt)), &[1.0, 2.0, 3.0, 4.0]);

    let before = open(&vrt).sha256().unwrap().unwrap();
    Recipe::default().write::<f32>(&path, 2, &[1.0, 2.0, 3.0, 5.0]);
    assert_ne!(open(&vrt).sha256().unwrap().unwrap(), before);
}

#[test]
fn the_digest_is_the_one_that_sha256sum_gives() {
    let (_folder, path) = place("abc");
    std::fs::write(&path, "abc").unwrap();
    // FIPS 180-2, example B.1.
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sha256_of_file(path.to_str().unwrap()).unwrap().as_deref(), Some(expected));
    assert_eq!(sha256_of_file("/vsimem/nothing").unwrap(), None);
}

#[test]
fn a_compound_crs_states_the_vertical_datum() {
    let (_folder, path) = place("a.tif");
    Recipe { crs: Some("EPSG:4546+5737"), ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    let surface = open(&path);
    assert_eq!(surface.info().vertical_datum, VerticalDatum::Normal1985);
    assert_eq!(surface.info().crs.as_ref().unwrap().code.as_deref(), Some("EPSG:4546"));

    let (_folder, path) = place("b.tif");
    Recipe { crs: Some("EPSG:32649+5703"), ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    assert_eq!(open(&path).info().vertical_datum, VerticalDatum::Named("NAVD88 height".to_owned()));
}

#[test]
fn a_file_without_crs_takes_the_one_stated_and_a_wrong_one_is_overruled() {
    for crs in [None, Some("EPSG:2382")] {
        let (_folder, path) = place("a.tif");
        Recipe { crs, ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
        let options = SurfaceOptions { crs: Some("EPSG:4546".to_owned()), ..options() };
        let surface = RasterSurface::open(path.to_str().unwrap(), &options).unwrap();
        assert_eq!(surface.info().crs.as_ref().unwrap().code.as_deref(), Some("EPSG:4546"));
    }
}

#[test]
fn readers_in_several_threads_give_the_same_heights() {
    let (_folder, path) = place("a.tif");
    let heights = ramp(300, 300);
    Recipe { creation: &["TILED=YES", "COMPRESS=DEFLATE"], ..Recipe::default() }.write(&path, 300, &heights);
    let surface = open(&path);
    let expected: Vec<f64> = heights.iter().map(|height| f64::from(*height)).collect();
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (surface, expected) = (&surface, &expected);
            scope.spawn(move || {
                let (mut reader, mut random) = (Surface::open(surface).unwrap(), Random(seed));
                for _ in 0..50 {
                    let window = random.window(300, 300);
                    assert_heights(&wide(&reader.read(window).unwrap()), &part(expected, 300, window));
                }
            });
        }
    });
}

#[test]
fn an_array_from_the_south_is_turned_and_its_marks_are_missing() {
    let shape = GridShape { rows: 2, cols: 2 };
    let geotransform = [WEST, 1.0, 0.0, NORTH - 2.0, 0.0, 1.0];
    let heights = Heights::F32(vec![3.0, -9999.0, 1.0, 2.0]);
    let stated = SurfaceOptions { vertical_datum: Some(VerticalDatum::Normal1985), sigma_m: Some(0.1), ..options() };
    let date = jiff::civil::date(2021, 5, 1);
    let crs = Some("EPSG:4546");
    let dem = array_surface("before", date, heights, geotransform, shape, crs, Some(-9999.0), &stated).unwrap();
    assert_heights(&all(&dem), &[1.0, 2.0, 3.0, N]);
    assert_eq!((dem.grid().north, dem.info().sigma_m), (NORTH, Some(0.1)));
    assert_eq!(dem.info().vertical_datum, VerticalDatum::Normal1985);
}
