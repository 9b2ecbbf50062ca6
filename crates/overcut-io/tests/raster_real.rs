//! Real lidar surfaces, where they are at hand (they are no part of the project).
#![allow(clippy::unwrap_used)]

mod raster_support;

use std::path::PathBuf;

use overcut_io::{GridChoice, Resampled, harmonise};
use raster_support::{all, open};

fn fort_bragg(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fort_bragg").join(name);
    path.exists().then_some(path)
}

#[test]
fn three_epochs_of_a_gully_are_on_one_grid_and_their_difference_is_the_authors() {
    let names = ["elevation_2004.tif", "elevation_2016.tif", "difference_2004_2016.tif"];
    let [Some(before), Some(after), Some(difference)] = names.map(fort_bragg) else { return };
    let (before, after, difference) = (open(&before), open(&after), open(&difference));
    let harmonised = harmonise(vec![&before, &after], &GridChoice::First).unwrap();
    assert_eq!(harmonised.crs.code.as_deref(), Some("EPSG:3358"));
    assert_eq!(harmonised.assumptions, Vec::<String>::new());

    let (before, after, difference) =
        (all(harmonised.surfaces[0].as_ref()), all(harmonised.surfaces[1].as_ref()), all(&difference));
    assert_eq!(before.len(), 450 * 450);
    let mut compared = 0;
    for ((before, after), difference) in before.iter().zip(&after).zip(&difference) {
        if !(before.is_nan() || after.is_nan() || difference.is_nan()) {
            assert!((after - before - difference).abs() < 1e-3, "{before} {after} {difference}");
            compared += 1;
        }
    }
    assert!(compared > 450 * 450 / 2, "{compared}");
}

#[test]
fn coarser_cells_keep_the_mean_height_of_real_ground() {
    let Some(path) = fort_bragg("elevation_2016.tif") else { return };
    let surface = open(&path);
    let own = overcut::surface::Surface::grid(&surface);
    let shape = overcut::GridShape { rows: own.shape.rows / 5, cols: own.shape.cols / 5 };
    let grid = overcut::GridGeometry::new(own.west, own.north, 5.0 * own.dx, 5.0 * own.dy, shape).unwrap();
    let (fine, coarse) = (all(&surface), all(&Resampled::new(&surface, grid, None)));
    for (index, found) in coarse.iter().enumerate() {
        let (row, col) = (index / shape.cols * 5, index % shape.cols * 5);
        let cells = (row..row + 5).flat_map(|row| (col..col + 5).map(move |col| row * own.shape.cols + col));
        let mean = cells.map(|cell| fine[cell]).sum::<f64>() / 25.0;
        assert!((found - mean).abs() < 1e-9 || (found.is_nan() && mean.is_nan()), "{found} {mean}");
    }
}
