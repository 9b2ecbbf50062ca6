use super::*;
use crate::{GridGeometry, GridShape};

const SIDE: usize = 40;

fn grid() -> GridGeometry {
    GridGeometry::new(0.0, 40.0, 1.0, 1.0, GridShape { rows: SIDE, cols: SIDE }).unwrap()
}

fn heights(of: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    (0..SIDE * SIDE).map(|cell| of((cell % SIDE) as f64, (cell / SIDE) as f64)).collect()
}

/// A square of 10 x 10 cells, of which heights are spoilt.
fn hole(heights: &[f64]) -> (Vec<usize>, Vec<bool>, Vec<f64>) {
    let footprint: Vec<usize> = (15..25).flat_map(|row| (12..22).map(move |col| row * SIDE + col)).collect();
    let (mut disturbed, mut spoilt) = (vec![false; heights.len()], heights.to_vec());
    for cell in &footprint {
        disturbed[*cell] = true;
        spoilt[*cell] = -50.0;
    }
    (footprint, disturbed, spoilt)
}

fn worst(of: impl Fn(f64, f64) -> f64, method: Method) -> f64 {
    let (grid, truth) = (grid(), heights(of));
    let (footprint, disturbed, spoilt) = hole(&truth);
    let field = Field { grid: &grid, heights: &spoilt, disturbed: &disturbed };
    let made = fill(&field, &footprint, 6.0, method).unwrap();
    made.iter().zip(&footprint).map(|(made, cell)| (made - truth[*cell]).abs()).fold(0.0, f64::max)
}

#[test]
fn a_plane_is_made_again_by_every_method() {
    for method in [Method::ThinPlate, Method::Laplace, Method::NaturalNeighbour] {
        let found = worst(|x, y| 1000.0 + 0.3 * x - 0.2 * y, method);
        assert!(found < 1e-5, "{method:?}: {found}");
    }
}

#[test]
fn the_membrane_keeps_harmonic_ground_and_cuts_tops_which_the_plate_does_not() {
    // x² - y² is harmonic, also in steps of a cell; a dome is not.
    let saddle = |x: f64, y: f64| ((x - 20.0).powi(2) - (y - 20.0).powi(2)) / 20.0;
    assert!(worst(saddle, Method::Laplace) < 1e-5);
    let dome = |x: f64, y: f64| -((x - 17.0).powi(2) + (y - 20.0).powi(2)) / 40.0;
    let (membrane, plate) = (worst(dome, Method::Laplace), worst(dome, Method::ThinPlate));
    assert!(membrane > 0.5 && plate < 0.2 * membrane, "{membrane} {plate}");
}

#[test]
fn a_coarser_surface_is_raised_and_tilted_onto_the_ground_whatever_a_few_cells_say() {
    let grid = grid();
    let shape = |x: f64, y: f64| (x * 0.4).sin() + (y * 0.3).cos();
    let (truth, regional) = (heights(|x, y| shape(x, y) + 12.0 + 0.05 * x - 0.02 * y), heights(shape));
    let (footprint, disturbed, mut spoilt) = hole(&truth);
    // A house beside the pit.
    (10..14).for_each(|row| spoilt[row * SIDE + 11] += 6.0);
    let field = Field { grid: &grid, heights: &spoilt, disturbed: &disturbed };
    let (made, adjustment) = fill_from(&field, &regional, &footprint, 6.0).unwrap();
    for (made, cell) in made.iter().zip(&footprint) {
        assert!((made - truth[*cell]).abs() < 1e-6);
    }
    assert!(
        (adjustment.tilt_east - 0.05).abs() < 1e-7 && (adjustment.tilt_north - 0.02).abs() < 1e-7,
        "{adjustment:?}"
    );
}

#[test]
fn held_out_windows_lie_on_undisturbed_ground_and_their_interval_holds_the_error() {
    let grid = grid();
    let truth = heights(|x, y| 3.0 * (x * 0.35).sin() * (y * 0.28).cos() + 0.1 * x);
    let footprint: Vec<usize> = (30..34).flat_map(|row| (4..8).map(move |col| row * SIDE + col)).collect();
    let mut disturbed = vec![false; truth.len()];
    footprint.iter().for_each(|cell| disturbed[*cell] = true);
    let field = Field { grid: &grid, heights: &truth, disturbed: &disturbed };
    let options = HeldOutOptions { windows: 39, seed: 1, confidence: 0.9, rim_m: 3.0 };
    let found = hold_out(&field, None, &footprint, Method::ThinPlate, &options).unwrap();
    assert_eq!(found.windows.len(), 39);
    let made = fill(&field, &footprint, 3.0, Method::ThinPlate).unwrap();
    let error = made.iter().zip(&footprint).map(|(made, cell)| made - truth[*cell]).sum::<f64>() / 16.0;
    assert!(found.mean_low_m <= error && error <= found.mean_high_m, "{error} {found:?}");
    assert!(found.mean_low_m < 0.0 && found.mean_high_m > 0.0);
    // The same seed, the same windows.
    assert_eq!(hold_out(&field, None, &footprint, Method::ThinPlate, &options).unwrap(), found);
    let hungry = HeldOutOptions { confidence: 0.999, ..options };
    assert!(hold_out(&field, None, &footprint, Method::ThinPlate, &hungry).is_err());
}
