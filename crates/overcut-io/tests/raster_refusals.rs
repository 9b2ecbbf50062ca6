//! What is refused, with the file, what was found, and the way out.
#![allow(clippy::unwrap_used, clippy::result_large_err)]

mod raster_support;

use std::path::Path;

use gdal::{Dataset, DriverManager, Metadata as _, raster::RasterCreationOptions};
use overcut::{
    GridShape,
    dem::VerticalDatum,
    surface::{Heights, Surface},
};
use overcut_io::{Error, RasterSurface, SurfaceOptions, array_surface};
use raster_support::{NORTH, Recipe, WEST, open, options, place, refusal};

/// The message holds each of these.
#[track_caller]
fn says(error: &Error, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "{text:?} does not say {word:?}");
    }
}

fn read_error(surface: &dyn Surface) -> Error {
    match surface.open() {
        Ok(mut reader) => Error::from_core(reader.read(surface.grid().window()).unwrap_err()),
        Err(error) => Error::from_core(error),
    }
}

/// Where the bytes of tile (1, 1) are, and how many.
fn last_tile(path: &Path) -> (usize, usize) {
    let dataset = Dataset::open(path).unwrap();
    let band = dataset.rasterband(1).unwrap();
    let number = |what: &str| band.metadata_item(&format!("BLOCK_{what}_1_1"), "TIFF").unwrap().parse().unwrap();
    (number("OFFSET"), number("SIZE"))
}

#[test]
fn a_missing_file_is_told_apart_from_one_that_is_no_raster() {
    let (_folder, path) = place("nothing.tif");
    let error = refusal(&path);
    assert!(matches!(error, Error::FileMissing { .. }), "{error:?}");
    says(&error, &["nothing.tif", "check the path"]);

    std::fs::write(&path, "not a raster at all").unwrap();
    let error = refusal(&path);
    assert!(matches!(error, Error::RasterUnreadable { .. }), "{error:?}");
    says(&error, &["nothing.tif", "GeoTIFF"]);

    std::fs::write(&path, "").unwrap();
    assert!(matches!(refusal(&path), Error::RasterUnreadable { .. }));
    assert!(matches!(refusal(Path::new("/vsizip/no.zip/a.tif")), Error::RasterUnreadable { .. }));
}

#[test]
fn a_geotiff_that_is_cut_short_is_found_while_it_is_read() {
    for creation in [&["COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"][..], &["BLOCKYSIZE=16"][..]] {
        let (_folder, path) = place("cut.tif");
        // A copy has its directory at the start, as downloads that break off do.
        let heights: Vec<f32> = (0..200 * 200_u16).map(|i| f32::from(i.wrapping_mul(7_919) % 997)).collect();
        let (_other, whole) = place("whole.tif");
        Recipe::default().write(&whole, 200, &heights);
        let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
        let options = creation.iter().copied().collect::<RasterCreationOptions>();
        Dataset::open(&whole).unwrap().create_copy(&driver, &path, &options).unwrap().close().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();

        let surface = open(&path);
        let error = read_error(&surface);
        assert!(matches!(error, Error::RasterDamaged { .. }), "{error:?}");
        says(&error, &["cut.tif", "rows 0 to 199, columns 0 to 199", "cut short"]);
    }
}

#[test]
fn a_compressed_tile_with_wrong_bytes_is_found_while_it_is_read() {
    let (_folder, path) = place("bad.tif");
    let heights: Vec<f32> = (0..128 * 128_u16).map(|i| f32::from(i.wrapping_mul(7_919) % 997)).collect();
    Recipe { creation: &["COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"], ..Recipe::default() }
        .write(&path, 128, &heights);
    let (start, size) = last_tile(&path);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[start + size / 2..start + size / 2 + 50].fill(0x55);
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(read_error(&open(&path)), Error::RasterDamaged { .. }));
}

#[test]
fn damage_is_an_error_even_where_gdal_is_told_to_overlook_it() {
    let (_folder, path) = place("cut.tif");
    let heights: Vec<f32> = (0..128 * 128_u16).map(f32::from).collect();
    Recipe { creation: &["COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"], ..Recipe::default() }
        .write(&path, 128, &heights);
    let (start, size) = last_tile(&path);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[start..start + size].fill(0x55);
    std::fs::write(&path, bytes).unwrap();
    // As an environment variable of that name would; GDAL then hands out zeros.
    gdal::config::set_thread_local_config_option("GTIFF_IGNORE_READ_ERRORS", "YES").unwrap();
    let error = read_error(&open(&path));
    gdal::config::clear_thread_local_config_option("GTIFF_IGNORE_READ_ERRORS").unwrap();
    assert!(matches!(error, Error::RasterDamaged { .. }), "{error:?}");
}

#[test]
fn an_ascii_grid_that_breaks_off_is_found_while_it_is_read() {
    let (_folder, path) = place("cut.asc");
    let head = format!("ncols 3\nnrows 3\nxllcorner {WEST}\nyllcorner {NORTH}\ncellsize 1\n");
    std::fs::write(&path, format!("{head}1 2 3\n4 5")).unwrap();
    let options = SurfaceOptions { crs: Some("EPSG:4546".to_owned()), ..options() };
    let surface = RasterSurface::open(path.to_str().unwrap(), &options).unwrap();
    assert!(matches!(read_error(&surface), Error::RasterDamaged { .. }));
}

#[test]
fn a_vrt_whose_tile_is_gone_is_an_error_and_not_a_hole() {
    let (folder, path) = place("tile.tif");
    Recipe::default().write::<f32>(&path, 2, &[1.0, 2.0]);
    let vrt = folder.path().join("a.vrt");
    let driver = DriverManager::get_driver_by_name("VRT").unwrap();
    let source = Dataset::open(&path).unwrap();
    source.create_copy(&driver, &vrt, &RasterCreationOptions::default()).unwrap().close().unwrap();
    drop(source);
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(read_error(&open(&vrt)), Error::RasterDamaged { .. }));
}

#[test]
fn two_bands_need_a_choice() {
    let (_folder, path) = place("two.tif");
    Recipe { bands: 2, ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    let error = refusal(&path);
    assert!(matches!(error, Error::BandChoice { bands: 2, .. }), "{error:?}");
    says(&error, &["two.tif", "2 bands", "band = 1"]);

    let with = |band| RasterSurface::open(path.to_str().unwrap(), &SurfaceOptions { band: Some(band), ..options() });
    assert!(with(2).is_ok());
    assert!(matches!(with(3).unwrap_err(), Error::BandMissing { band: 3, bands: 2, .. }));
    assert!(matches!(with(0).unwrap_err(), Error::BandMissing { .. }));
}

#[test]
fn a_rotated_mirrored_or_unplaced_raster_is_refused() {
    for geotransform in
        [[WEST, 1.0, 0.1, NORTH, 0.1, -1.0], [WEST, 0.0, 1.0, NORTH, -1.0, 0.0], [WEST, -1.0, 0.0, NORTH, 0.0, -1.0]]
    {
        let (_folder, path) = place("turned.tif");
        Recipe { geotransform: Some(geotransform), ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
        let error = refusal(&path);
        assert!(matches!(error, Error::Rotated { .. }), "{error:?}");
        says(&error, &["turned.tif", "north-up"]);
    }
    let (_folder, path) = place("nowhere.tif");
    Recipe { geotransform: None, ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    assert!(matches!(refusal(&path), Error::NoGeoreference { .. }));
}

#[test]
fn no_crs_degrees_and_feet_are_refused_with_the_way_out() {
    let (_folder, path) = place("a.tif");
    Recipe { crs: None, ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    let error = refusal(&path);
    assert!(matches!(error, Error::CrsMissing { .. }), "{error:?}");
    says(&error, &["a.tif", "crs = \"EPSG:4546\""]);

    let (_folder, path) = place("b.tif");
    let geotransform = Some([110.98, 1e-5, 0.0, 35.6, 0.0, -1e-5]);
    Recipe { crs: Some("EPSG:4490"), geotransform, ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    let error = refusal(&path);
    assert!(matches!(error, Error::GeographicCrs { .. }), "{error:?}");
    says(&error, &["b.tif", "EPSG:4490", "EPSG:4546"]);

    let (_folder, path) = place("c.tif");
    Recipe { crs: Some("EPSG:2263"), ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    let error = refusal(&path);
    assert!(matches!(error, Error::CrsUnsuitable { .. }), "{error:?}");
    says(&error, &["c.tif", "US survey foot"]);

    let (_folder, path) = place("d.tif");
    Recipe { crs: Some("LOCAL_CS[\"mine\",UNIT[\"metre\",1]]"), ..Recipe::default() }.write::<f32>(
        &path,
        2,
        &[1.0, 2.0],
    );
    assert!(
        matches!(refusal(&path), Error::CrsUnsuitable { .. } | Error::CrsUnreadable { .. }),
        "{:?}",
        refusal(&path)
    );
}

#[test]
fn a_projection_that_does_not_keep_areas_is_refused() {
    // The quarry in Web Mercator: areas there are 1 / cos² 35.6° = 1.51 times the true ones.
    let (_folder, path) = place("web.tif");
    let geotransform = Some([12_354_237.0, 1.0, 0.0, 4_245_900.0, 0.0, -1.0]);
    Recipe { crs: Some("EPSG:3857"), geotransform, ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    let error = refusal(&path);
    assert!(matches!(error, Error::PlaceUnsuitable { .. }), "{error:?}");
    says(&error, &["web.tif", "1.5", "zone"]);
}

#[test]
fn a_zone_number_that_the_crs_does_not_have_is_refused() {
    let (_folder, path) = place("prefix.tif");
    let geotransform = Some([37_498_000.0, 1.0, 0.0, NORTH, 0.0, -1.0]);
    Recipe { geotransform, ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    let error = refusal(&path);
    assert!(matches!(error, Error::PlaceUnsuitable { .. }), "{error:?}");
    // With the CRS that has it, the same numbers are right.
    let options = SurfaceOptions { crs: Some("EPSG:4525".to_owned()), ..options() };
    assert!(RasterSurface::open(path.to_str().unwrap(), &options).is_ok());
}

#[test]
fn heights_in_feet_are_refused() {
    let (_folder, path) = place("feet.tif");
    Recipe { crs: Some("EPSG:32649+6360"), ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    let error = refusal(&path);
    assert!(matches!(error, Error::HeightUnit { .. }), "{error:?}");
    says(&error, &["feet.tif", "US survey foot", "metres"]);
}

#[test]
fn a_datum_that_contradicts_the_file_is_refused() {
    let (_folder, path) = place("a.tif");
    Recipe { crs: Some("EPSG:4546+5737"), ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    let with = |datum| SurfaceOptions { vertical_datum: Some(datum), ..options() };
    let stated = |datum| RasterSurface::open(path.to_str().unwrap(), &with(datum));
    let error = stated(VerticalDatum::Normal1956).unwrap_err();
    assert!(matches!(error, Error::VerticalDatumConflict { .. }), "{error:?}");
    says(&error, &["a.tif", "1985", "1956"]);
    assert!(stated(VerticalDatum::Normal1985).is_ok());
    assert_eq!(stated(VerticalDatum::Unknown).unwrap().info().vertical_datum, VerticalDatum::Normal1985);
}

#[test]
fn a_surface_without_a_date_is_refused() {
    let (_folder, path) = place("a.tif");
    Recipe::default().write::<f32>(&path, 2, &[1.0, 2.0]);
    let error = RasterSurface::open(path.to_str().unwrap(), &SurfaceOptions::default()).unwrap_err();
    assert!(matches!(error, Error::DateMissing { .. }), "{error:?}");
}

#[test]
fn complex_numbers_are_no_heights() {
    let (_folder, path) = place("complex.vrt");
    let text = format!(
        "<VRTDataset rasterXSize=\"2\" rasterYSize=\"1\"><SRS>EPSG:4546</SRS>\
         <GeoTransform>{WEST}, 1, 0, {NORTH}, 0, -1</GeoTransform>\
         <VRTRasterBand dataType=\"CFloat32\" band=\"1\"/></VRTDataset>"
    );
    std::fs::write(&path, text).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, Error::DataType { .. }), "{error:?}");
}

#[test]
fn an_undeclared_mark_of_missing_cells_is_found_while_it_is_read() {
    let (_folder, path) = place("a.tif");
    Recipe::default().write::<f32>(&path, 2, &[1_000.0, 1_001.0, -9999.0, 1_002.0]);
    let error = read_error(&open(&path));
    assert!(matches!(error, Error::ImplausibleHeight { .. }), "{error:?}");
    says(&error, &["a.tif", "-9999", "row 1, column 0", "nodata"]);

    let shape = GridShape { rows: 1, cols: 2 };
    let geotransform = [WEST, 1.0, 0.0, NORTH, 0.0, -1.0];
    let heights = Heights::F64(vec![1.0, 1e20]);
    let date = jiff::civil::date(2021, 5, 1);
    let error = array_surface("a", date, heights, geotransform, shape, None, None, &options()).unwrap_err();
    says(&error, &["row 0, column 1"]);
}

#[test]
fn a_file_that_was_replaced_is_noticed_by_the_next_reader() {
    let (_folder, path) = place("a.tif");
    Recipe::default().write::<f32>(&path, 2, &[1.0, 2.0]);
    let surface = open(&path);
    Recipe::default().write::<f32>(&path, 2, &[1.0, 2.0, 3.0, 4.0]);
    let error = read_error(&surface);
    assert!(matches!(error, Error::RasterChanged { .. }), "{error:?}");
}
