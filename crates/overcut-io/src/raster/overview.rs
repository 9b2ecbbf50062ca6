//! A surface small enough for a picture: squares of cells made one.

use overcut::{
    GridShape,
    grid::Window,
    surface::{Heights, Surface},
};

/// Rows that are read at a time, about: whole stored blocks then are decoded once or twice.
const ROWS_AT_A_TIME: usize = 512;

/// How the cells of a square become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summing {
    /// Mean of the cells with data: heights and differences.
    Mean,
    /// Commonest value, the smallest of equally common ones: codes.
    Commonest,
}

/// Values of squares of `step` x `step` cells from the north-west, row by row; NaN where no cell has data.
///
/// Squares at the eastern and southern edge may hold fewer cells. With a step of 1 values are as they are.
///
/// # Errors
/// Whatever the source finds, wrapped in [`overcut::Error::Surface`]; a step of 0 is
/// [`overcut::Error::InvalidParameter`].
pub fn overview(surface: &dyn Surface, step: usize, summing: Summing) -> overcut::Result<(GridShape, Vec<f32>)> {
    if step == 0 {
        let (name, found, expected) = ("step".to_owned(), "0".to_owned(), "cells, 1 or more".to_owned());
        return Err(overcut::Error::InvalidParameter { name, found, expected });
    }
    let GridShape { rows, cols } = surface.grid().shape;
    let shape = GridShape { rows: rows.div_ceil(step), cols: cols.div_ceil(step) };
    let mut reader = surface.open()?;
    let mut values = Vec::with_capacity(shape.cells());
    let strip = ROWS_AT_A_TIME.next_multiple_of(step);
    for first in (0..rows).step_by(strip) {
        let window = Window { row: first, col: 0, rows: strip.min(rows - first), cols };
        let heights = reader.read(window)?;
        for row in (0..window.rows).step_by(step) {
            let lines = row..(row + step).min(window.rows);
            values.extend((0..cols).step_by(step).map(|col| {
                let square = col..(col + step).min(cols);
                summing.of(lines.clone().flat_map(|line| square.clone().map(move |col| line * cols + col)), &heights)
            }));
        }
        reader.recycle(heights);
    }
    Ok((shape, values))
}

impl Summing {
    #[expect(clippy::cast_possible_truncation, reason = "a picture needs no more than a float holds")]
    fn of(self, cells: impl Iterator<Item = usize>, heights: &Heights) -> f32 {
        let found = cells.map(|at| match heights {
            Heights::F32(values) => f64::from(values[at]),
            Heights::F64(values) => values[at],
        });
        let found = found.filter(|value| !value.is_nan());
        match self {
            Self::Mean => mean(found) as f32,
            Self::Commonest => commonest(found.collect()) as f32,
        }
    }
}

/// NaN of none.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    // From the first one on: heights are large beside their differences.
    let mut origin = None;
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| {
        let origin = *origin.get_or_insert(value);
        (sum + (value - origin), count + 1.0)
    });
    origin.map_or(f64::NAN, |origin| origin + sum / count)
}

/// NaN of none.
fn commonest(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values
        .chunk_by(|a, b| a.total_cmp(b).is_eq())
        .fold((f64::NAN, 0), |best, run| if run.len() > best.1 { (run[0], run.len()) } else { best })
        .0
}

#[cfg(test)]
mod tests {
    use overcut::{Dem, GridGeometry};

    use super::*;

    fn surface(rows: usize, cols: usize, values: Vec<f32>) -> Dem {
        let grid = GridGeometry::new(500_000.0, 3_941_000.0, 1.0, 1.0, GridShape { rows, cols }).unwrap();
        Dem::new("made", jiff::civil::date(2021, 5, 1), grid, Heights::F32(values)).unwrap()
    }

    #[test]
    fn squares_at_the_edges_hold_fewer_cells_and_missing_ones_do_not_count() {
        let nan = f32::NAN;
        let dem = surface(3, 3, vec![1.0, 2.0, 7.0, 3.0, nan, 9.0, nan, nan, 5.0]);
        let (shape, values) = overview(&dem, 2, Summing::Mean).unwrap();
        assert_eq!(shape, GridShape { rows: 2, cols: 2 });
        assert_eq!((values[0], values[1], values[3]), (2.0, 8.0, 5.0));
        assert!(values[2].is_nan());
    }

    #[test]
    fn codes_are_not_averaged() {
        let dem = surface(2, 4, vec![3.0, 20.0, 1.0, 7.0, 20.0, f32::NAN, 7.0, 1.0]);
        assert_eq!(overview(&dem, 2, Summing::Commonest).unwrap().1, [20.0, 1.0]);
    }

    #[test]
    fn a_step_of_one_changes_nothing_and_a_step_over_the_grid_gives_one_value() {
        let dem = surface(2, 2, vec![1200.25, 1200.5, 1201.0, 1202.0]);
        assert_eq!(overview(&dem, 1, Summing::Mean).unwrap().1, [1200.25, 1200.5, 1201.0, 1202.0]);
        assert_eq!(overview(&dem, 9, Summing::Mean).unwrap(), (GridShape { rows: 1, cols: 1 }, vec![1200.9375]));
        assert!(overview(&dem, 0, Summing::Mean).is_err());
    }

    #[test]
    fn strips_of_rows_do_not_show() {
        let (rows, cols) = (1200, 3);
        let values: Vec<f32> = (0..rows * cols).map(|at| (at / cols) as f32).collect();
        let (shape, found) = overview(&surface(rows, cols, values), 7, Summing::Mean).unwrap();
        assert_eq!(shape.rows, 172);
        // Rows 511 to 517 are one row of squares.
        assert_eq!(found[73 * shape.cols], 514.0);
        assert_eq!(found[171 * shape.cols], 1198.0);
    }
}
