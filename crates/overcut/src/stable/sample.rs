//! The sample: some squares of both surveys, read once.

use geo::{BoundingRect, Intersects, Polygon, Rect};
use rayon::prelude::*;

use super::{
    StableGround, StableOptions,
    places::{MARGIN, Places, TILE},
};
use crate::{
    coverage::Segment,
    error::Result,
    faces::FaceMap,
    grid::{GridGeometry, Window},
    registration::{Correction, Resampler},
    surface::{Surface, SurfaceReader},
};

/// Heights of both surveys in one window, row by row.
#[derive(Debug)]
pub(crate) struct Square {
    pub(crate) window: Window,
    pub(crate) reference_m: Vec<f64>,
    pub(crate) later_m: Vec<f64>,
    /// Whether a cell may be stable ground.
    pub(crate) usable: Vec<bool>,
}

/// A tile of a square.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SampleTile {
    pub(crate) square: usize,
    pub(crate) window: Window,
}

/// A square, and how many of its cells are left out: without data, not chosen, too steep.
type Counted = (Square, [u64; 3]);

/// From what squares are read: two surfaces on one grid, and what is known of the ground.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The survey that stays, and the correction of its own.
    pub(crate) reference: (&'a dyn Surface, &'a Correction),
    pub(crate) later: &'a dyn Surface,
    pub(crate) licences: &'a [&'a Polygon<f64>],
    pub(crate) ground: &'a StableGround<'a>,
    pub(crate) options: &'a StableOptions,
}

/// What was read, and which of it may be stable ground.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) grid: GridGeometry,
    pub(crate) squares: Vec<Square>,
    pub(crate) tiles: Vec<SampleTile>,
    /// What may still be read for a last step, by block.
    pub(crate) further: Vec<Vec<Window>>,
    pub(crate) without_data: u64,
    pub(crate) not_chosen: u64,
    pub(crate) too_steep: u64,
}

impl Source<'_> {
    pub(crate) fn grid(&self) -> GridGeometry {
        *self.reference.0.grid()
    }

    /// Reads squares, block by block in parallel, and does with each what is wanted; in their order.
    pub(crate) fn read<T: Send>(&self, places: &[Vec<Window>], each: impl Fn(Counted) -> T + Sync) -> Result<Vec<T>> {
        let of_block = |windows: &Vec<Window>| -> Result<Vec<T>> {
            let (mut of_reference, mut of_later) = (self.reference.0.open()?, self.later.open()?);
            let mut of_ground = match self.ground {
                StableGround::Raster(surface) => Some(surface.open()?),
                _ => None,
            };
            let grid = self.grid();
            windows
                .iter()
                .map(|window| {
                    let reference_m = corrected(of_reference.as_mut(), self.reference.1, &grid, *window)?;
                    let later_m = heights(of_later.as_mut(), *window)?;
                    let chosen = self.chosen(of_ground.as_deref_mut(), *window)?;
                    Ok(each(Square::new(*window, reference_m, later_m, &chosen, &grid, self.options)))
                })
                .collect()
        };
        let read: Vec<Result<Vec<T>>> = places.par_iter().map(of_block).collect();
        Ok(read.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// Which cells of a window are where the ground may be stable.
    fn chosen(&self, of_ground: Option<&mut (dyn SurfaceReader + '_)>, window: Window) -> Result<Vec<bool>> {
        let grid = self.grid();
        match (self.ground, of_ground) {
            (StableGround::Raster(_), Some(reader)) => {
                Ok(heights(reader, window)?.iter().map(|mark| !mark.is_nan() && *mark != 0.0).collect())
            }
            (StableGround::Polygons(polygons), _) => inside(&polygons.iter().collect::<Vec<_>>(), &grid, window, 0.0),
            _ => {
                let near = inside(self.licences, &grid, window, self.options.licence_margin_m)?;
                Ok(near.iter().map(|inside| !inside).collect())
            }
        }
    }
}

impl Square {
    pub(crate) fn at(&self, row: usize, col: usize) -> usize {
        (row - self.window.row) * self.window.cols + col - self.window.col
    }
}

impl Sample {
    /// Reads a sample.
    pub(crate) fn read(source: &Source<'_>) -> Result<Self> {
        let grid = source.grid();
        let Places { first, further } = Places::new(&grid, source.options);
        let mut sample = Self {
            grid,
            squares: Vec::new(),
            tiles: Vec::new(),
            further,
            without_data: 0,
            not_chosen: 0,
            too_steep: 0,
        };
        for (square, [without_data, not_chosen, too_steep]) in source.read(&first, |counted| counted)? {
            sample.without_data += without_data;
            sample.not_chosen += not_chosen;
            sample.too_steep += too_steep;
            let tiles = square.tiles(&grid);
            let position = sample.squares.len();
            sample.tiles.extend(tiles.into_iter().map(|window| SampleTile { square: position, window }));
            sample.squares.push(square);
        }
        Ok(sample)
    }

    pub(crate) fn read_cells(&self) -> u64 {
        self.tiles.iter().map(|tile| tile.window.cells() as u64).sum()
    }
}

impl Square {
    /// The tiles into which it is cut.
    pub(crate) fn tiles(&self, grid: &GridGeometry) -> Vec<Window> {
        let shape = grid.shape;
        // Beside the edge of the grid there is no margin.
        let inner = |start: usize, end: usize, whole: usize| {
            let from = if start == 0 { 0 } else { start + MARGIN };
            let to = if end == whole { end } else { end - MARGIN };
            from..to.max(from)
        };
        let rows = inner(self.window.row, self.window.row_end(), shape.rows);
        let cols = inner(self.window.col, self.window.col_end(), shape.cols);
        let across = |row: usize| {
            let cols = cols.clone();
            let rows = row..(row + TILE).min(rows.end);
            cols.clone()
                .step_by(TILE)
                .map(move |col| Window::from_ranges(rows.clone(), col..(col + TILE).min(cols.end)))
        };
        rows.clone().step_by(TILE).flat_map(across).collect()
    }

    fn new(
        window: Window,
        reference_m: Vec<f64>,
        later_m: Vec<f64>,
        chosen: &[bool],
        grid: &GridGeometry,
        options: &StableOptions,
    ) -> (Self, [u64; 3]) {
        let steepest = options.max_slope_deg.to_radians().tan().powi(2);
        let mut left_out = [0; 3];
        let mut usable = vec![false; window.cells()];
        for row in 0..window.rows {
            for col in 0..window.cols {
                let at = row * window.cols + col;
                let slopes = [&reference_m, &later_m].map(|heights| slope_squared(heights, window, row, col, grid));
                let reason = if reference_m[at].is_nan() || later_m[at].is_nan() {
                    Some(0)
                } else if !chosen[at] {
                    Some(1)
                } else if slopes[0].is_nan() || slopes[1].is_nan() {
                    Some(0)
                } else if slopes[0] > steepest || slopes[1] > steepest {
                    Some(2)
                } else {
                    None
                };
                match reason {
                    Some(reason) => left_out[reason] += 1,
                    None => usable[at] = true,
                }
            }
        }
        (Self { window, reference_m, later_m, usable }, left_out)
    }
}

/// Square of the slope by central differences; NaN where a neighbour is missing.
pub(crate) fn slope_squared(heights: &[f64], window: Window, row: usize, col: usize, grid: &GridGeometry) -> f64 {
    if row == 0 || col == 0 || row + 1 == window.rows || col + 1 == window.cols {
        return f64::NAN;
    }
    let at = row * window.cols + col;
    let east = (heights[at + 1] - heights[at - 1]) / (2.0 * grid.dx);
    let north = (heights[at - window.cols] - heights[at + window.cols]) / (2.0 * grid.dy);
    east * east + north * north
}

fn heights(reader: &mut (dyn SurfaceReader + '_), window: Window) -> Result<Vec<f64>> {
    let read = reader.read(window)?;
    let mut heights = vec![f64::NAN; window.cells()];
    read.widen(0, &mut heights);
    Ok(heights)
}

/// Heights of a window of a surface that is itself corrected.
fn corrected(
    reader: &mut (dyn SurfaceReader + '_),
    correction: &Correction,
    grid: &GridGeometry,
    window: Window,
) -> Result<Vec<f64>> {
    if correction.is_identity() {
        return heights(reader, window);
    }
    let resampler = Resampler::new(correction, grid);
    let read = window.grown(resampler.reach(), grid.shape);
    let stored = heights(reader, read)?;
    let mut found = vec![f64::NAN; window.cells()];
    resampler.window(&stored, read, window, &mut found);
    for (at, height) in found.iter_mut().enumerate() {
        let (row, col) = (window.row + at / window.cols, window.col + at % window.cols);
        let (x, y) = grid.to_world(col as f64 + 0.5, row as f64 + 0.5);
        *height += correction.added_m(x, y);
    }
    Ok(found)
}

/// Which cells of a window touch a polygon, or lie within a margin of one.
fn inside(polygons: &[&Polygon<f64>], grid: &GridGeometry, window: Window, margin_m: f64) -> Result<Vec<bool>> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a margin is a few cells")]
    let (rows, cols) = ((margin_m / grid.dy).ceil().max(0.0) as usize, (margin_m / grid.dx).ceil().max(0.0) as usize);
    let wide = window.grown(rows.max(cols), grid.shape);
    let (west, north) = grid.to_world(wide.col as f64, wide.row as f64);
    let (east, south) = grid.to_world(wide.col_end() as f64, wide.row_end() as f64);
    let extent = Rect::new((west, south), (east, north));
    let near: Vec<&Polygon<f64>> = polygons
        .iter()
        .copied()
        .filter(|polygon| polygon.bounding_rect().is_some_and(|bounds| bounds.intersects(&extent)))
        .collect();
    let mut touched = vec![false; wide.cells()];
    if near.is_empty() {
        return Ok(vec![false; window.cells()]);
    }
    let faces = FaceMap::new(&near, grid)?.rows(wide.row..wide.row_end());
    for row in wide.row..wide.row_end() {
        for segment in faces.row(row).segments {
            let (start, end) = match *segment {
                Segment::Run { face: 0, .. } => continue,
                Segment::Run { start, end, .. } => (start as usize, end as usize),
                Segment::Mixed { col, .. } => (col as usize, col as usize + 1),
            };
            let line = (row - wide.row) * wide.cols;
            let (start, end) = (start.max(wide.col), end.min(wide.col_end()));
            if start < end {
                touched[line + start - wide.col..line + end - wide.col].fill(true);
            }
        }
    }
    let near = grown(&touched, wide, rows, cols);
    let kept = (window.row..window.row_end()).flat_map(|row| {
        let start = (row - wide.row) * wide.cols + window.col - wide.col;
        near[start..start + window.cols].iter().copied()
    });
    Ok(kept.collect())
}

/// Marks what lies within so many rows and columns of a mark.
pub(crate) fn grown(marks: &[bool], window: Window, rows: usize, cols: usize) -> Vec<bool> {
    let mut along = vec![false; marks.len()];
    for row in 0..window.rows {
        let line = &marks[row * window.cols..(row + 1) * window.cols];
        for (col, _) in line.iter().enumerate().filter(|(_, mark)| **mark) {
            let (from, to) = (col.saturating_sub(cols), (col + cols + 1).min(window.cols));
            along[row * window.cols + from..row * window.cols + to].fill(true);
        }
    }
    let mut both = vec![false; marks.len()];
    for row in 0..window.rows {
        for near in row.saturating_sub(rows)..(row + rows + 1).min(window.rows) {
            let (into, from) = (row * window.cols, near * window.cols);
            for col in 0..window.cols {
                both[into + col] |= along[from + col];
            }
        }
    }
    both
}
