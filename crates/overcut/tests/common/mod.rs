//! Small scenes for the tests of the whole job.
#![allow(dead_code, reason = "each test file uses part of it")]
#![allow(
    clippy::float_cmp,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers worked by hand"
)]

use geo::{Coord, LineString, Polygon};
use overcut::{
    Assessment, Band, Dem, GridGeometry, GridShape, Licence, LicenceId, Part, Validity,
    assessment::{AssessOptions, Class, ClassRow, Input, Unobserved},
    dem::VerticalDatum,
    stable::StableGround,
    surface::{Heights, Surface},
};

pub(crate) const WEST: f64 = 498_000.0;
pub(crate) const NORTH: f64 = 3_941_000.0;

pub(crate) fn grid(rows: usize, cols: usize, cell_m: f64) -> GridGeometry {
    GridGeometry::new(WEST, NORTH, cell_m, cell_m, GridShape { rows, cols }).unwrap()
}

/// A surface from a function of the cell's centre, counted in metres east and south of the north-west corner.
pub(crate) fn dem(grid: GridGeometry, date: &str, height: impl Fn(f64, f64) -> f64) -> Dem {
    let mut heights = Vec::with_capacity(grid.shape.cells());
    for row in 0..grid.shape.rows {
        for col in 0..grid.shape.cols {
            heights.push(height((col as f64 + 0.5) * grid.dx, (row as f64 + 0.5) * grid.dy));
        }
    }
    Dem::new(date, date.parse().unwrap(), grid, Heights::F64(heights))
        .unwrap()
        .sigma_m(0.05)
        .vertical_datum(VerticalDatum::Normal1985)
}

/// A polygon from corners in metres east and south of the north-west corner.
pub(crate) fn polygon(corners: &[(f64, f64)]) -> Polygon<f64> {
    let ring = corners.iter().map(|(east, south)| Coord { x: WEST + east, y: NORTH - south }).collect();
    Polygon::new(LineString::new(ring), vec![])
}

pub(crate) fn rectangle(east: (f64, f64), south: (f64, f64)) -> Polygon<f64> {
    polygon(&[(east.0, south.0), (east.1, south.0), (east.1, south.1), (east.0, south.1)])
}

pub(crate) fn licence(id: &str, polygon: Polygon<f64>, floor_m: f64, ceiling_m: f64) -> Licence {
    Licence {
        id: LicenceId(id.to_owned()),
        holder: None,
        mineral: None,
        method: None,
        validity: Validity { from: Some("2015-01-01".parse().unwrap()), to: Some("2035-12-31".parse().unwrap()) },
        vertical_datum: VerticalDatum::Normal1985,
        parts: vec![Part { polygon, band: Some(Band { floor_m, ceiling_m }), layers: None }],
    }
}

pub(crate) fn assess(surfaces: &[&Dem], licences: &[Licence], options: &AssessOptions) -> Assessment {
    let surfaces: Vec<&dyn Surface> = surfaces.iter().map(|dem| *dem as &dyn Surface).collect();
    overcut::assess(
        &Input { surfaces: &surfaces, licences, layers: &[], stable_ground: StableGround::Auto },
        options,
        &mut Unobserved,
    )
    .unwrap()
}

/// The row of some licences and a class; panics if there is none.
pub(crate) fn row<'a>(assessment: &'a Assessment, interval: usize, licences: &[&str], class: Class) -> &'a ClassRow {
    assessment
        .rows
        .iter()
        .find(|row| {
            row.interval == interval
                && row.class == class
                && row.licences.iter().map(|id| id.0.as_str()).eq(licences.iter().copied())
        })
        .unwrap_or_else(|| panic!("no row {licences:?} {class:?} in {:#?}", assessment.rows))
}

#[track_caller]
pub(crate) fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected} to within {tolerance}");
}
