//! Some rows of every surface at a time, widened to f64 and corrected, with some cells more on either side.

use super::{lanes, seams::Slab};
use crate::{
    columns::Ground,
    grid::{GridGeometry, Window},
    registration::{Correction, Resampler},
};

/// Rows that are kept: more than a kernel is ahead of the row in work and looks back from it.
const DEPTH: usize = 8;
/// Added to rows, which may lie north of the grid, before they are counted modulo something.
const NORTH: isize = 1 << 20;

/// What is done to the heights of a surface as its rows are loaded.
#[derive(Debug, Clone)]
pub(crate) struct Corrected {
    correction: Correction,
    resampler: Option<Resampler>,
    grid: GridGeometry,
}

impl Corrected {
    /// `None` if there is nothing to do.
    pub(crate) fn new(correction: &Correction, grid: &GridGeometry) -> Option<Self> {
        let resampler = correction.moves().then(|| Resampler::new(correction, grid));
        (!correction.is_identity()).then_some(Self { correction: *correction, resampler, grid: *grid })
    }

    /// Cells around a cell that its height may need.
    pub(crate) fn reach(&self) -> usize {
        self.resampler.map_or(0, |resampler| resampler.reach())
    }

    /// Adds the polynomial to the heights of a row that begins at column `first`.
    fn raise(&self, row: isize, first: isize, heights: &mut [f64]) {
        let Correction { up_m, tilt_east, tilt_north, bend_east, bend_both, bend_north, x0_m, y0_m, .. } =
            self.correction;
        let v = self.grid.north - (row as f64 + 0.5) * self.grid.dy - y0_m;
        let u0 = self.grid.west + 0.5 * self.grid.dx - x0_m;
        let terms = [up_m + (tilt_north + bend_north * v) * v, tilt_east + bend_both * v, bend_east];
        lanes::add_polynomial(terms, (u0, self.grid.dx), first as f64, heights);
    }
}

/// Rows of the surfaces of a slab around the row in work. Position 0 of a row is the cell `halo` cells west of the window;
/// what lies beyond the slab is NaN.
#[derive(Debug)]
pub(crate) struct RowBuffers<'a> {
    slab: &'a Slab,
    corrected: &'a [Option<Corrected>],
    window: Window,
    pub(crate) halo: usize,
    /// By surface, then row modulo [`DEPTH`].
    rows: Vec<[Vec<f64>; DEPTH]>,
    /// Rows of the source of moved surfaces, by surface, then row modulo 4; and which rows they are.
    sources: Vec<[(Option<isize>, Vec<f64>); 4]>,
    column_sums: Vec<f64>,
}

impl<'a> RowBuffers<'a> {
    pub(crate) fn new(slab: &'a Slab, corrected: &'a [Option<Corrected>], window: Window, halo: usize) -> Self {
        let row = || vec![f64::NAN; window.cols + 2 * halo];
        let source = || (None, vec![f64::NAN; window.cols + 2 * halo + Resampler::EXTRA]);
        Self {
            slab,
            corrected,
            window,
            halo,
            rows: slab.heights.iter().map(|_| std::array::from_fn(|_| row())).collect(),
            sources: corrected
                .iter()
                .map(|corrected| match corrected {
                    Some(Corrected { resampler: Some(_), .. }) => std::array::from_fn(|_| source()),
                    _ => std::array::from_fn(|_| (None, Vec::new())),
                })
                .collect(),
            column_sums: Vec::new(),
        }
    }

    /// Brings a row in; it takes the place of the one [`DEPTH`] rows before.
    pub(crate) fn load(&mut self, row: isize) {
        let first = self.window.col as isize - self.halo as isize;
        for (surface, rows) in self.rows.iter_mut().enumerate() {
            let into = &mut rows[modulo(row, DEPTH)];
            let corrected = self.corrected.get(surface).and_then(Option::as_ref);
            match corrected.and_then(|corrected| corrected.resampler) {
                None => widen(self.slab, surface, row, first, into),
                Some(resampler) => {
                    let from = row + resampler.rows_south - Resampler::BEFORE as isize;
                    let sources = &mut self.sources[surface];
                    for source_row in from..from + 4 {
                        let (held, source) = &mut sources[modulo(source_row, 4)];
                        if *held != Some(source_row) {
                            let first = first + resampler.cols_east - Resampler::BEFORE as isize;
                            widen(self.slab, surface, source_row, first, source);
                            *held = Some(source_row);
                        }
                    }
                    let four = [0, 1, 2, 3].map(|ahead| &sources[modulo(from + ahead, 4)].1[..]);
                    resampler.row(four, &mut self.column_sums, into);
                }
            }
            if let Some(corrected) = corrected.filter(|corrected| corrected.correction.raises()) {
                corrected.raise(row, first, into);
            }
        }
    }

    /// Column of the grid at a position of a row that is in the window.
    #[inline]
    pub(crate) fn col(&self, at: usize) -> usize {
        self.window.col + at - self.halo
    }

    /// A row that is loaded.
    #[inline]
    pub(crate) fn row(&self, surface: usize, row: isize) -> &[f64] {
        &self.rows[surface][modulo(row, DEPTH)]
    }

    /// The row and the ones above and below it (NaN at the edge of the grid).
    pub(crate) fn around(&self, surface: usize, row: isize) -> [&[f64]; 3] {
        [self.row(surface, row - 1), self.row(surface, row), self.row(surface, row + 1)]
    }

    /// The ground in a cell.
    #[inline]
    pub(crate) fn ground(&self, surface: usize, row: isize, at: usize) -> Ground {
        let [north, here, south] = self.around(surface, row);
        Ground::from_neighbours(here[at], north[at], south[at], here[at - 1], here[at + 1])
    }
}

#[expect(clippy::cast_sign_loss, reason = "rows lie far less than 2^20 north of the grid")]
#[inline]
fn modulo(row: isize, of: usize) -> usize {
    (row + NORTH) as usize % of
}

/// Heights of a row of a slab from column `first` on; NaN beyond the slab.
#[expect(clippy::cast_sign_loss, reason = "clamped to the slab")]
fn widen(slab: &Slab, surface: usize, row: isize, first: isize, into: &mut [f64]) {
    let have = &slab.window;
    let length = into.len() as isize;
    let (top, left) = (have.row as isize, have.col as isize);
    let from = (left - first).clamp(0, length) as usize;
    let to = (left + have.cols as isize - first).clamp(0, length) as usize;
    if row < top || row >= top + have.rows as isize || from >= to {
        into.fill(f64::NAN);
        return;
    }
    into[..from].fill(f64::NAN);
    into[to..].fill(f64::NAN);
    let start = (row - top) as usize * have.cols + (first + from as isize - left) as usize;
    slab.heights[surface].widen(start, &mut into[from..to]);
}
