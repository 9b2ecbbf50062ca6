//! What `overcut info` tells of a raster.
#![allow(clippy::unwrap_used, clippy::float_cmp)] // exact on purpose

mod raster_support;

use overcut_io::{Error, raster_info};
use raster_support::{NORTH, Recipe, WEST, place};

fn info(path: &std::path::Path) -> overcut_io::RasterInfo {
    raster_info(path.to_str().unwrap()).unwrap()
}

#[test]
fn a_sound_raster_tells_its_facts_and_has_no_problem() {
    let (_folder, path) = place("a.tif");
    Recipe {
        crs: Some("EPSG:4546+5737"),
        nodata: Some(-9999.0),
        creation: &["COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=16"],
        ..Recipe::default()
    }
    .write::<f32>(&path, 2, &[1_001.5, -9999.0, 1_003.25, 1_002.0]);
    let info = info(&path);
    assert_eq!((info.driver.as_str(), info.rows, info.cols, info.bands), ("GTiff", 2, 2, 1));
    assert_eq!(
        (info.west, info.north, info.east, info.south),
        (Some(WEST), Some(NORTH), Some(WEST + 2.0), Some(NORTH - 2.0))
    );
    assert_eq!((info.min_m, info.max_m, info.valid_share), (Some(1_001.5), Some(1_003.25), Some(0.75)));
    assert_eq!((info.block_rows, info.block_cols, info.compression.as_deref()), (16, 32, Some("DEFLATE")));
    assert_eq!(info.crs.as_ref().unwrap().code.as_deref(), Some("EPSG:4546"));
    assert!(info.vertical.as_ref().unwrap().contains("1985"));
    assert_eq!((info.nodata, info.scale, info.offset, info.south_up), (Some(-9999.0), None, None, false));
    assert!(info.problems.is_empty(), "{:?}", info.problems);
    // Nothing is left beside the file.
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn every_problem_of_a_raster_is_listed_and_none_hides_another() {
    let (_folder, path) = place("a.tif");
    Recipe { bands: 2, crs: None, geotransform: Some([WEST, 1.0, 0.5, NORTH, 0.5, -1.0]), ..Recipe::default() }
        .write::<f32>(&path, 2, &[1.0, 2.0]);
    let problems = info(&path).problems.join("\n");
    for word in ["2 bands", "rotated", "no CRS"] {
        assert!(problems.contains(word), "{problems}");
    }
}

#[test]
fn what_only_the_cells_tell_is_a_problem_too() {
    let (_folder, path) = place("empty.tif");
    Recipe { nodata: Some(-1.0), ..Recipe::default() }.write::<f32>(&path, 2, &[-1.0, f32::NAN]);
    assert!(info(&path).problems.iter().any(|problem| problem.contains("all of it is nodata")));

    let (_folder, path) = place("mark.tif");
    Recipe::default().write::<f32>(&path, 2, &[1.0, -9999.0]);
    assert!(info(&path).problems.iter().any(|problem| problem.contains("-9999")));

    let (_folder, path) = place("datum.tif");
    Recipe::default().write::<f32>(&path, 2, &[1.0, 2.0]);
    assert!(info(&path).problems.iter().any(|problem| problem.contains("vertical_datum")));

    let (_folder, path) = place("cut.tif");
    let heights: Vec<f32> = (0..200 * 200_u16).map(|i| f32::from(i.wrapping_mul(7_919) % 997)).collect();
    Recipe::default().write(&path, 200, &heights);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 20_000]).unwrap();
    match raster_info(path.to_str().unwrap()) {
        Ok(info) => assert!(info.problems.iter().any(|problem| problem.contains("cut short")), "{:?}", info.problems),
        Err(error) => assert!(matches!(error, Error::RasterUnreadable { .. }), "{error:?}"),
    }
}

#[test]
fn what_is_no_raster_is_an_error() {
    let (_folder, path) = place("a.txt");
    assert!(matches!(raster_info(path.to_str().unwrap()), Err(Error::FileMissing { .. })));
    std::fs::write(&path, "text").unwrap();
    assert!(matches!(raster_info(path.to_str().unwrap()), Err(Error::RasterUnreadable { .. })));
}
