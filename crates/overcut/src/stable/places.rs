//! Which squares of a grid are read.
//!
//! Of a small grid everything is read. Of a large one, blocks of cells are drawn by a seed, spread over a few bands of rows: of some
//! a few squares are kept, others are read whole for the last step of a fit. Where they lie depends on the grid alone, never on how
//! a surface is stored; bands keep the reading of surfaces short that are stored row by row.

use super::{Random, StableOptions};
use crate::grid::{GridGeometry, GridShape, Window};

/// Side of a tile, cells: what is summed together, so that correlated errors of neighbours stay within it, mostly.
pub(crate) const TILE: usize = 64;
/// Cells around the tiles of a square, so that the later survey can be resampled.
pub(super) const MARGIN: usize = 8;
/// Side of a square that is kept of a block: two tiles and a margin for shifts.
const SQUARE: usize = 2 * TILE + 2 * MARGIN;
/// Side of a block: a multiple of the usual sides of stored blocks.
const BLOCK: usize = 512;
/// Grids up to so many cells are read whole.
const WHOLE: usize = 1 << 21;
/// About so many blocks give squares, in so many bands or more.
const BLOCKS: usize = 12;
const BANDS: usize = 5;

/// Windows to be read, by the band from which they come.
pub(super) struct Places {
    /// Read and kept.
    pub(super) first: Vec<Vec<Window>>,
    /// Other blocks.
    pub(super) further: Vec<Vec<Window>>,
}

impl Places {
    pub(super) fn new(grid: &GridGeometry, options: &StableOptions) -> Self {
        let shape = grid.shape;
        if shape.cells() <= WHOLE.max(options.target_cells) {
            return Self { first: vec![vec![grid.window()]], further: Vec::new() };
        }
        let side = |cells: usize| cells.min(BLOCK);
        let block = GridShape { rows: side(shape.rows), cols: side(shape.cols) };
        let (down, across) = (shape.rows / block.rows, shape.cols / block.cols);
        let kept = BLOCKS.min((down * across).div_ceil(2));
        let whole = options.refining_cells.div_ceil(block.cells()).min(down * across - kept);
        let bands = (kept + whole).div_ceil(across).max(BANDS).min(down);
        let squares = options.target_cells.div_ceil(4 * TILE * TILE).div_ceil(kept);
        let mut random = Random(options.seed);
        let (mut first, mut further) = (Vec::new(), Vec::new());
        for band in 0..bands {
            let row = block.rows * one_of(share(down, bands, band), &mut random);
            let (of_first, drawn) = (share(kept, bands, band).len(), share(kept + whole, bands, band).len());
            let cols: Vec<usize> =
                (0..drawn).map(|field| block.cols * one_of(share(across, drawn, field), &mut random)).collect();
            // Those that give squares lie evenly between the others.
            let gives = |field: usize| !share(of_first, drawn, field).is_empty();
            let corners = |wanted: bool| {
                cols.iter()
                    .enumerate()
                    .filter(move |(field, _)| gives(*field) == wanted)
                    .map(move |(_, col)| (row, *col))
            };
            further.push(
                corners(false).map(|(row, col)| Window { row, col, rows: block.rows, cols: block.cols }).collect(),
            );
            first.push(corners(true).flat_map(|corner| some_squares(corner, block, squares, &mut random)).collect());
        }
        Self { first, further }
    }
}

/// The part of some things in order that falls to one of several.
fn share(things: usize, parts: usize, part: usize) -> std::ops::Range<usize> {
    part * things / parts..(part + 1) * things / parts
}

fn one_of(range: std::ops::Range<usize>, random: &mut Random) -> usize {
    range.start + random.below(range.len())
}

/// Some squares of a block, without overlap.
fn some_squares((row, col): (usize, usize), block: GridShape, count: usize, random: &mut Random) -> Vec<Window> {
    let (rows, cols) = (block.rows.min(SQUARE), block.cols.min(SQUARE));
    let mut all: Vec<(usize, usize)> = (0..block.rows / rows)
        .flat_map(|down| (0..block.cols / cols).map(move |across| (row + down * rows, col + across * cols)))
        .collect();
    for at in (1..all.len()).rev() {
        all.swap(at, random.below(at + 1));
    }
    all.truncate(count);
    all.sort_unstable();
    all.into_iter().map(|(row, col)| Window { row, col, rows, cols }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(rows: usize, cols: usize, refining_cells: usize) -> Places {
        let grid = GridGeometry::new(0.0, 0.0, 1.0, 1.0, GridShape { rows, cols }).unwrap();
        Places::new(&grid, &StableOptions::default().refining_cells(refining_cells))
    }

    #[test]
    fn a_small_grid_is_read_whole_and_once() {
        let found = places(1000, 1000, 1 << 22);
        assert_eq!(found.first, [[Window { row: 0, col: 0, rows: 1000, cols: 1000 }]]);
        assert!(found.further.is_empty());
    }

    #[test]
    fn blocks_of_a_large_grid_lie_inside_it_in_a_few_bands_and_apart() {
        for (rows, cols) in [(10_000, 10_000), (4000, 4000), (100, 40_000), (40_000, 60), (1500, 1500), (3000, 90_000)]
        {
            let found = places(rows, cols, 1 << 22);
            let all: Vec<Window> = found.first.iter().chain(&found.further).flatten().copied().collect();
            assert!(all.iter().all(|w| w.row_end() <= rows && w.col_end() <= cols), "{rows} x {cols}");
            for (at, a) in all.iter().enumerate() {
                assert!(all[..at].iter().all(|b| a.intersection(b).cells() == 0), "{rows} x {cols}: {a:?}");
            }
            let of = |windows: &[Vec<Window>]| windows.iter().flatten().map(Window::cells).sum::<usize>();
            assert!(of(&found.first) > 300_000, "{rows} x {cols}: {}", of(&found.first));
        }
        let found = places(10_000, 10_000, 1 << 22);
        assert_eq!(found.first.len(), BANDS);
        assert_eq!(found.further.iter().flatten().map(Window::cells).sum::<usize>(), 1 << 22);
    }

    #[test]
    fn everything_may_be_asked_for() {
        let found = places(3000, 3000, usize::MAX);
        let blocks = found.further.iter().flatten().count();
        // 5 x 5 whole blocks, of which twelve give squares.
        assert_eq!(blocks, 25 - BLOCKS);
    }
}
