//! The sample: some squares of both surveys, read once.
//!
//! Of a small grid everything is read. Of a large one, blocks are drawn: the grid is cut into as many fields as blocks are
//! wanted, and one block of each field is drawn by the seed, so that the sample is spread over the whole grid and decodes few
//! blocks. From each block a few squares are taken.

use geo::{BoundingRect, Intersects, Polygon, Rect};
use rayon::prelude::*;

use super::{Random, StableGround, StableOptions};
use crate::{
    coverage::Segment,
    error::Result,
    faces::FaceMap,
    grid::{GridGeometry, Window},
    registration::{Correction, Resampler},
    surface::{Surface, SurfaceReader},
};

/// Side of a tile, cells: what is summed together, so that correlated errors of neighbours stay within it, mostly.
const TILE: usize = 64;
/// Side of a square that is read from a block of a large grid: two tiles and a margin for shifts.
const SQUARE: usize = 2 * TILE + 2 * MARGIN;
/// Cells around the tiles of a square, so that the later survey can be resampled.
const MARGIN: usize = 8;
/// Grids up to so many cells are read whole.
const WHOLE: usize = 1 << 21;
/// Of a larger one, one block in so many is drawn, but not fewer or more than these numbers.
const ONE_IN: usize = 16;
const FEWEST_BLOCKS: usize = 16;
const MOST_BLOCKS: usize = 24;

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

/// What was read, and which of it may be stable ground.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) grid: GridGeometry,
    pub(crate) squares: Vec<Square>,
    pub(crate) tiles: Vec<SampleTile>,
    pub(crate) without_data: u64,
    pub(crate) not_chosen: u64,
    pub(crate) too_steep: u64,
}

impl Square {
    pub(crate) fn at(&self, row: usize, col: usize) -> usize {
        (row - self.window.row) * self.window.cols + col - self.window.col
    }
}

impl Sample {
    /// Reads a sample of two surfaces on one grid; the correction is that of the reference.
    pub(crate) fn read(
        (reference, correction): (&dyn Surface, &Correction),
        later: &dyn Surface,
        licences: &[&Polygon<f64>],
        ground: &StableGround<'_>,
        options: &StableOptions,
    ) -> Result<Self> {
        let grid = *reference.grid();
        let places = places(&grid, reference, options);
        let read = |windows: &Vec<Window>| -> Result<Vec<Counted>> {
            let (mut of_reference, mut of_later) = (reference.open()?, later.open()?);
            let mut of_ground = match ground {
                StableGround::Raster(surface) => Some(surface.open()?),
                _ => None,
            };
            windows
                .iter()
                .map(|window| {
                    let reference_m = corrected(of_reference.as_mut(), correction, &grid, *window)?;
                    let later_m = heights(of_later.as_mut(), *window)?;
                    let chosen = match (ground, &mut of_ground) {
                        (StableGround::Raster(_), Some(reader)) => heights(reader.as_mut(), *window)?
                            .iter()
                            .map(|mark| !mark.is_nan() && *mark != 0.0)
                            .collect(),
                        (StableGround::Polygons(polygons), _) => {
                            inside(&polygons.iter().collect::<Vec<_>>(), &grid, *window, 0.0)?
                        }
                        _ => inside(licences, &grid, *window, options.licence_margin_m)?
                            .iter()
                            .map(|inside| !inside)
                            .collect(),
                    };
                    Ok(Square::new(*window, reference_m, later_m, &chosen, &grid, options))
                })
                .collect()
        };
        let read: Vec<Result<Vec<Counted>>> = places.par_iter().map(read).collect();
        let mut sample =
            Self { grid, squares: Vec::new(), tiles: Vec::new(), without_data: 0, not_chosen: 0, too_steep: 0 };
        for squares in read {
            for (square, [without_data, not_chosen, too_steep]) in squares? {
                sample.without_data += without_data;
                sample.not_chosen += not_chosen;
                sample.too_steep += too_steep;
                sample.take(square);
            }
        }
        Ok(sample)
    }

    /// Cuts a square into tiles.
    fn take(&mut self, square: Square) {
        let shape = self.grid.shape;
        // Beside the edge of the grid there is no margin.
        let inner = |start: usize, end: usize, whole: usize| {
            let from = if start == 0 { 0 } else { start + MARGIN };
            let to = if end == whole { end } else { end - MARGIN };
            from..to.max(from)
        };
        let rows = inner(square.window.row, square.window.row_end(), shape.rows);
        let cols = inner(square.window.col, square.window.col_end(), shape.cols);
        for row in rows.clone().step_by(TILE) {
            for col in cols.clone().step_by(TILE) {
                let window = Window::from_ranges(row..(row + TILE).min(rows.end), col..(col + TILE).min(cols.end));
                self.tiles.push(SampleTile { square: self.squares.len(), window });
            }
        }
        self.squares.push(square);
    }

    pub(crate) fn read_cells(&self) -> u64 {
        self.tiles.iter().map(|tile| tile.window.cells() as u64).sum()
    }
}

impl Square {
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

/// Windows to be read, by the block from which they come.
fn places(grid: &GridGeometry, surface: &dyn Surface, options: &StableOptions) -> Vec<Vec<Window>> {
    let shape = grid.shape;
    if shape.cells() <= WHOLE.max(options.target_cells) {
        return vec![vec![grid.window()]];
    }
    // Blocks, as high and as wide as a square at least.
    let block = surface.layout().block;
    let whole_blocks = |block: usize, whole: usize| SQUARE.div_ceil(block.max(1)).max(1) * block.clamp(1, whole);
    let (high, wide) =
        (whole_blocks(block.rows, shape.rows).min(shape.rows), whole_blocks(block.cols, shape.cols).min(shape.cols));
    let (block_rows, block_cols) = (shape.rows / high, shape.cols / wide);
    let blocks = block_rows * block_cols;
    let wanted = (blocks / ONE_IN).clamp(FEWEST_BLOCKS, MOST_BLOCKS).min(blocks);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
    let across = ((wanted as f64 * block_cols as f64 / block_rows as f64).sqrt().round() as usize)
        .clamp(1, block_cols.min(wanted));
    let down = wanted.div_ceil(across).min(block_rows);
    let squares = options.target_cells.div_ceil(4 * TILE * TILE).div_ceil(across * down);
    let mut random = Random(options.seed);
    let mut places = Vec::new();
    for field_row in 0..down {
        for field_col in 0..across {
            let between =
                |field: usize, fields: usize, blocks: usize| field * blocks / fields..(field + 1) * blocks / fields;
            let (rows, cols) = (between(field_row, down, block_rows), between(field_col, across, block_cols));
            let (row, col) =
                ((rows.start + random.below(rows.len())) * high, (cols.start + random.below(cols.len())) * wide);
            // Squares of one block, without overlap, in a seeded order.
            let mut all: Vec<(usize, usize)> = (0..high / SQUARE)
                .flat_map(|down| (0..wide / SQUARE).map(move |across| (row + down * SQUARE, col + across * SQUARE)))
                .collect();
            for at in (1..all.len()).rev() {
                all.swap(at, random.below(at + 1));
            }
            all.truncate(squares);
            all.sort_unstable();
            places.push(all.into_iter().map(|(row, col)| Window { row, col, rows: SQUARE, cols: SQUARE }).collect());
        }
    }
    places
}
