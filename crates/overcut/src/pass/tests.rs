//! The pass with corrections and hysteresis: nothing depends on how the grid is cut.

use super::{
    bins::BinTable,
    detector::{Detector, Hysteresis},
    kernel::{Footing, Pair, Setting},
    layers::LayerPlan,
    merged::{Merged, Partial},
    rows::Corrected,
    run,
    units::UnitPlan,
};
use crate::{
    Dem, GridGeometry, GridShape, Window,
    assessment::{Connectivity, Unobserved},
    faces::FaceMap,
    patches::{Component, Criteria},
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

/// The whole grid at once.
fn pass(unit: Option<GridShape>, correction: &Correction, reach: usize) -> Partial {
    in_regions(&[grid().window()], unit, correction, reach)
}

/// Region by region, by ascending rows.
fn in_regions(regions: &[Window], unit: Option<GridShape>, correction: &Correction, reach: usize) -> Partial {
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
    let faces = FaceMap::new(&[], &grid()).unwrap();
    let mut merged = Merged::new(&setting, grid().window());
    for region in regions {
        let plan = UnitPlan::new(grid().shape, *region, &layouts, unit, setting.margin());
        let found = run(&surfaces, &plan, (&faces, None), &setting, &mut Unobserved).unwrap();
        let goes_on = found.labels[0].components.iter().any(|component| touches_inner_border(component, region));
        assert_eq!(!found.labels[0].border.is_empty(), goes_on);
        merged.close_north_of(region.row);
        merged.add(found);
    }
    merged.finish()
}

/// Whether a component has a cell on a border of the region beyond which the grid goes on.
fn touches_inner_border(component: &Component, region: &Window) -> bool {
    let (rows, cols) = (grid().shape.rows, grid().shape.cols);
    component.runs.iter().any(|run| {
        let row = run.row as usize;
        (region.row > 0 && row == region.row)
            || (region.row_end() < rows && row + 1 == region.row_end())
            || (region.col > 0 && run.start as usize <= region.col)
            || (region.col_end() < cols && run.end as usize >= region.col_end())
    })
}

#[test]
fn a_bowl_is_one_patch_whose_volume_loses_nothing_at_the_rim() {
    let found = pass(None, &Correction::default(), 2);
    assert_eq!(found.labels[0].components.len(), 1);
    let measured: f64 = found.labels[0].components[0].sums.iter().map(|(_, sums)| value(sums.measured.height)).sum();
    // A paraboloid of depth h over an area A holds h A / 2; A = π 3 / 0.01.
    let truth = 1.5 * std::f64::consts::PI * 300.0 - depth(60.5, 40.5);
    assert!((measured / truth - 1.0).abs() < 0.01, "{measured} against {truth}");
    let area = found.labels[0].components[0].found.net_cells;
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
        assert!(!whole.labels[0].components.is_empty());
        for (rows, cols) in [(32, 32), (37, 90), (90, 41)] {
            let cut = pass(Some(GridShape { rows, cols }), &correction, 2);
            assert_eq!(cut.totals, whole.totals);
            assert_eq!(cut.tally, whole.tally);
            assert_eq!(cut.labels, whole.labels, "{rows} x {cols}");
        }
    }
}

#[test]
fn the_same_for_any_regions_even_narrower_than_what_cells_look_at() {
    let correction = Correction { east_m: 1.6, north_m: -0.3, up_m: 0.2, x0_m: 5e5, y0_m: 4e6, ..Default::default() };
    let whole = pass(None, &correction, 2);
    assert_eq!(whole.labels[0].border, []);
    for (rows, cols) in [(90, 55), (30, 37), (45, 110), (7, 4), (90, 1), (1, 110)] {
        let starts = |length: usize, step: usize| (0..length).step_by(step);
        let end = |start: usize, step: usize, length: usize| (start + step).min(length);
        let regions: Vec<Window> = starts(90, rows)
            .flat_map(|row| starts(110, cols).map(move |col| (row, col)))
            .map(|(row, col)| Window::from_ranges(row..end(row, rows, 90), col..end(col, cols, 110)))
            .collect();
        let cut = in_regions(&regions, Some(GridShape { rows: 32, cols: 32 }), &correction, 2);
        assert_eq!(cut, whole, "{rows} x {cols}");
    }
}
