//! The pass with corrections and hysteresis: nothing depends on how the grid is cut.

use super::{
    PassResult,
    bins::BinTable,
    detector::{Detector, Hysteresis},
    kernel::{Footing, Pair, Setting},
    layers::LayerPlan,
    rows::Corrected,
    run,
    units::UnitPlan,
};
use crate::{
    Dem, GridGeometry, GridShape,
    assessment::{Connectivity, Unobserved},
    faces::FaceMap,
    patches::Criteria,
    registration::Correction,
    surface::{Heights, Surface},
    tally::value,
    uncertainty::SlopeError,
};

const SIGMA_M: f64 = 0.1;

fn grid() -> GridGeometry {
    GridGeometry::new(500_000.0, 4_000_000.0, 1.0, 1.0, GridShape { rows: 90, cols: 110 }).unwrap()
}

/// Noise between -1 and 1 from a position.
fn noise(row: usize, col: usize, seed: u64) -> f64 {
    let mut state = (row as u64) << 32 ^ (col as u64) << 8 ^ seed;
    for _ in 0..3 {
        state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state ^= state >> 27;
    }
    (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn dem(date: &str, seed: u64, height: impl Fn(f64, f64) -> f64) -> Dem {
    let grid = grid();
    let heights = (0..grid.shape.cells()).map(|cell| {
        let (row, col) = (cell / grid.shape.cols, cell % grid.shape.cols);
        if (row, col) == (40, 60) {
            return f64::NAN;
        }
        height(col as f64 + 0.5, row as f64 + 0.5) + 1.5 * SIGMA_M * noise(row, col, seed)
    });
    Dem::new(date, date.parse().unwrap(), grid, Heights::F64(heights.collect())).unwrap()
}

fn ground(x: f64, y: f64) -> f64 {
    100.0 + 5.0 * (x / 17.0).sin() + 4.0 * (y / 13.0).cos()
}

/// A bowl with a gentle rim.
fn depth(x: f64, y: f64) -> f64 {
    (3.0 - 0.01 * ((x - 55.0).powi(2) + (y - 45.0).powi(2))).max(0.0)
}

fn pass(unit: Option<GridShape>, correction: &Correction, reach: usize) -> PassResult {
    let (before, after) = (dem("2021-01-01", 1, ground), dem("2022-01-01", 2, |x, y| ground(x, y) - depth(x, y)));
    let surfaces: [&dyn Surface; 2] = [&before, &after];
    let detector = Detector::Hysteresis(Hysteresis {
        sigma: SlopeError { bins: Vec::new(), flat_variance_m2: 1.5 * SIGMA_M * SIGMA_M, kinks: vec![(0.0, 0.002)] },
        certain: 1.96,
        smoothing: 1.0 / 3.0,
        weak: 3.0,
        reach,
        cell_m: (1.0, 1.0),
    });
    let footing = Some(Footing { block: 4, sigma_m: SIGMA_M, moved: 1, cell_m: (1.0, 1.0) });
    let setting = Setting {
        grid_window: grid().window(),
        pairs: vec![Pair { earlier: 0, later: 1, detector, footing }],
        layers: LayerPlan::default(),
        bins: BinTable::new(vec![Vec::new()], 0),
        codes: Vec::new(),
        connectivity: Connectivity::Eight,
        criteria: vec![Criteria { cells: 5, depth_m: 0.0, strength: 36.0 }],
        boundary_block: None,
        corrected: vec![None, Corrected::new(correction, &grid())],
    };
    let layouts = surfaces.map(Surface::layout);
    let plan = UnitPlan::new(grid().shape, &layouts, unit, setting.margin());
    let faces = FaceMap::new(&[], &grid()).unwrap();
    run(&surfaces, &grid(), &plan, (&faces, None), &setting, &mut Unobserved).unwrap()
}

#[test]
fn a_bowl_is_one_patch_whose_volume_loses_nothing_at_the_rim() {
    let found = pass(None, &Correction::default(), 2);
    assert_eq!(found.patches[0].len(), 1);
    let measured: f64 = found.patches[0][0].sums.iter().map(|(_, sums)| value(sums.measured.height)).sum();
    // A paraboloid of depth h over an area A holds h A / 2; A = π 3 / 0.01.
    let truth = 1.5 * std::f64::consts::PI * 300.0 - depth(60.5, 40.5);
    assert!((measured / truth - 1.0).abs() < 0.01, "{measured} against {truth}");
    let area = found.patches[0][0].found.net_cells;
    assert!((880..=942).contains(&area), "{area}");
}

#[test]
fn the_same_for_any_units_with_a_shift_of_several_cells_and_a_tilt() {
    for (east_m, north_m) in [(0.0, 0.0), (1.6, -0.3), (-2.0, 3.7)] {
        let correction = Correction {
            east_m,
            north_m,
            up_m: 0.2,
            tilt_east: 1e-3,
            bend_both: 1e-5,
            x0_m: 5e5,
            y0_m: 4e6,
            ..Default::default()
        };
        let whole = pass(None, &correction, 2);
        assert!(!whole.patches[0].is_empty());
        for (rows, cols) in [(32, 32), (37, 90), (90, 41)] {
            let cut = pass(Some(GridShape { rows, cols }), &correction, 2);
            assert_eq!(cut.totals, whole.totals);
            assert_eq!(cut.tally, whole.tally);
            assert_eq!(cut.patches, whole.patches, "{rows} x {cols}");
        }
    }
}
