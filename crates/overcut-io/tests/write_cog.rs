//! Rasters written during the pass: every cell in its place, no matter the order of the blocks.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // exact on purpose
#![allow(clippy::result_large_err)]

mod write_support;

use std::fs;

use gdal::{Dataset, Metadata as _};
use overcut::{
    GridGeometry, GridShape, Window,
    assessment::{CODE_OUTSIDE, CellBlock, Class, class_code},
};
use overcut_io::{
    Error,
    write::{CogLayers, CogWriter},
};
use write_support::{DAYS, names};

const INTERVALS: [(jiff::civil::Date, jiff::civil::Date); 2] = [(DAYS[0], DAYS[1]), (DAYS[1], DAYS[2])];

/// Larger than a tile, in neither direction a multiple of one, with cells that are not square.
fn grid() -> GridGeometry {
    GridGeometry::new(498_000.0, 3_942_000.0, 2.0, 1.0, GridShape { rows: 1_100, cols: 1_300 }).unwrap()
}

fn value(interval: usize, row: usize, col: usize) -> f32 {
    if (row + col).is_multiple_of(97) { f32::NAN } else { (row * 2_000 + col) as f32 / 64.0 - interval as f32 }
}

fn code(row: usize, col: usize) -> u8 {
    match (row / 50 + col / 50) % 4 {
        0 => 0,
        1 => class_code(Class::Within),
        2 => CODE_OUTSIDE,
        _ => 255,
    }
}

/// Hands every cell of an interval to the writer, in windows of `side`.
fn fill(writer: &mut CogWriter, interval: usize, side: usize) {
    let whole = grid().window();
    for row in (0..whole.rows).step_by(side) {
        for col in (0..whole.cols).step_by(side) {
            let window = Window { row, col, rows: side, cols: side }.intersection(&whole);
            let cells = || {
                (window.row..window.row_end()).flat_map(|row| (window.col..window.col_end()).map(move |col| (row, col)))
            };
            let dod: Vec<f32> = cells().map(|(row, col)| value(interval, row, col)).collect();
            let class: Vec<u8> = cells().map(|(row, col)| code(row, col)).collect();
            let standing: Vec<u8> = cells().map(|(row, col)| (row % 2 + col % 2) as u8).collect();
            let block = CellBlock { interval, window, dod_m: &dod, class: &class, standing: &standing };
            writer.cells(&block).unwrap();
        }
    }
}

fn create(folder: &std::path::Path, what: CogLayers, overwrite: bool) -> overcut_io::Result<CogWriter> {
    let crs = overcut_io::crs::crs_record("EPSG:4546").unwrap();
    CogWriter::create(folder, &grid(), Some(&crs), &INTERVALS, what, overwrite)
}

#[test]
fn cells_come_back_from_the_cogs_as_they_were_given() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(folder.path(), CogLayers::default(), false).unwrap();
    for interval in [0, 1] {
        fill(&mut writer, interval, 300);
    }
    let paths = writer.finish().unwrap();
    assert_eq!(
        names(folder.path()),
        [
            "class_2021-05-01_2022-10-15.tif",
            "class_2022-10-15_2024-05-20.tif",
            "dod_2021-05-01_2022-10-15.tif",
            "dod_2022-10-15_2024-05-20.tif",
            "standing_2021-05-01_2022-10-15.tif",
            "standing_2022-10-15_2024-05-20.tif",
        ]
    );
    assert_eq!(paths.len(), 6);
    for (interval, name) in ["dod_2021-05-01_2022-10-15.tif", "dod_2022-10-15_2024-05-20.tif"].iter().enumerate() {
        let dataset = Dataset::open(folder.path().join(name)).unwrap();
        assert_eq!(dataset.geo_transform().unwrap(), [498_000.0, 2.0, 0.0, 3_942_000.0, 0.0, -1.0]);
        assert_eq!(dataset.spatial_ref().unwrap().auth_code().unwrap(), 4546);
        let band = dataset.rasterband(1).unwrap();
        assert!(band.no_data_value().unwrap().is_nan());
        let read = band.read_band_as::<f32>().unwrap();
        for (cell, found) in read.data().iter().enumerate() {
            let expected = value(interval, cell / 1_300, cell % 1_300);
            assert_eq!(found.to_bits(), expected.to_bits(), "cell {cell}");
        }
    }
    let dataset = Dataset::open(folder.path().join("class_2021-05-01_2022-10-15.tif")).unwrap();
    let band = dataset.rasterband(1).unwrap();
    let read = band.read_band_as::<u8>().unwrap();
    assert!(read.data().iter().enumerate().all(|(cell, found)| *found == code(cell / 1_300, cell % 1_300)));
}

#[test]
fn they_are_cogs_with_tiles_overviews_colours_and_the_meaning_of_codes() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(folder.path(), CogLayers::default(), false).unwrap();
    fill(&mut writer, 0, 512);
    writer.finish().unwrap();
    for name in ["dod", "class", "standing"] {
        let dataset = Dataset::open(folder.path().join(format!("{name}_2021-05-01_2022-10-15.tif"))).unwrap();
        assert_eq!(dataset.metadata_item("LAYOUT", "IMAGE_STRUCTURE").as_deref(), Some("COG"), "{name}");
        assert_eq!(dataset.metadata_item("COMPRESSION", "IMAGE_STRUCTURE").as_deref(), Some("DEFLATE"));
        assert_eq!(dataset.metadata_item("OVERCUT_INTERVAL", "").as_deref(), Some("2021-05-01/2022-10-15"));
        let band = dataset.rasterband(1).unwrap();
        assert_eq!(band.block_size(), (512, 512));
        assert_eq!(band.overview_count().unwrap(), 2);
        assert!(!band.description().unwrap().is_empty());
    }
    let dataset = Dataset::open(folder.path().join("class_2021-05-01_2022-10-15.tif")).unwrap();
    let band = dataset.rasterband(1).unwrap();
    assert_eq!(band.no_data_value(), Some(255.0));
    assert_eq!(band.metadata_item("CODE_1", "").as_deref(), Some("within"));
    assert!(band.metadata_item("CODE_20", "").unwrap().contains("outside"));
    assert_eq!(band.color_table().unwrap().entry_as_rgb(3).unwrap().r, 230);
    // Overviews of codes hold codes only.
    let overview = band.overview(0).unwrap().read_band_as::<u8>().unwrap();
    assert!(overview.data().iter().all(|code| matches!(code, 0 | 1 | 20 | 255)));
}

#[test]
fn cells_that_no_block_covers_are_no_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(folder.path(), CogLayers { class: false, ..CogLayers::default() }, false).unwrap();
    let window = Window { row: 0, col: 0, rows: 1, cols: 1 };
    writer.cells(&CellBlock { interval: 0, window, dod_m: &[-1.5], class: &[1], standing: &[1] }).unwrap();
    writer.finish().unwrap();
    let read = |name: &str| {
        Dataset::open(folder.path().join(name)).unwrap().rasterband(1).unwrap().read_band_as::<f64>().unwrap()
    };
    let dod = read("dod_2021-05-01_2022-10-15.tif");
    assert_eq!(dod.data()[0], -1.5);
    assert!(dod.data()[1..].iter().all(|value| value.is_nan()));
    assert!(read("dod_2022-10-15_2024-05-20.tif").data().iter().all(|value| value.is_nan()));
    assert!(read("standing_2022-10-15_2024-05-20.tif").data().iter().all(|value| *value == 255.0));
    assert!(!names(folder.path()).iter().any(|name| name.starts_with("class")));
}

#[test]
fn the_order_and_shape_of_blocks_do_not_change_a_byte() {
    let bytes = |side: usize| {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = create(folder.path(), CogLayers { standing: false, ..CogLayers::default() }, false).unwrap();
        for interval in [1, 0] {
            fill(&mut writer, interval, side);
        }
        let paths = writer.finish().unwrap();
        paths.iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>()
    };
    assert!(bytes(256) == bytes(1_000));
}

#[test]
fn an_output_that_cannot_be_fails_before_the_pass() {
    let folder = tempfile::tempdir().unwrap();
    let existing = folder.path().join("class_2022-10-15_2024-05-20.tif");
    fs::write(&existing, "mine").unwrap();
    assert!(matches!(create(folder.path(), CogLayers::default(), false), Err(Error::OutputExists { .. })));
    assert_eq!(names(folder.path()), ["class_2022-10-15_2024-05-20.tif"]);
    assert_eq!(fs::read_to_string(&existing).unwrap(), "mine");
    let absent = folder.path().join("absent");
    assert!(matches!(create(&absent, CogLayers::default(), true), Err(Error::OutputFolderMissing { .. })));
}

#[test]
fn dropped_on_the_way_it_leaves_nothing_and_keeps_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let existing = folder.path().join("dod_2021-05-01_2022-10-15.tif");
    fs::write(&existing, "mine").unwrap();
    let mut writer = create(folder.path(), CogLayers::default(), true).unwrap();
    fill(&mut writer, 0, 512);
    drop(writer);
    assert_eq!(names(folder.path()), ["dod_2021-05-01_2022-10-15.tif"]);
    assert_eq!(fs::read_to_string(&existing).unwrap(), "mine");
}

#[test]
fn equal_ends_of_overwriting_replace_the_old_rasters() {
    let folder = tempfile::tempdir().unwrap();
    let existing = folder.path().join("dod_2021-05-01_2022-10-15.tif");
    fs::write(&existing, "old").unwrap();
    let mut writer =
        create(folder.path(), CogLayers { class: false, standing: false, ..CogLayers::default() }, true).unwrap();
    fill(&mut writer, 0, 512);
    writer.finish().unwrap();
    assert!(Dataset::open(&existing).is_ok());
    assert_eq!(names(folder.path()).len(), 2);
}
