//! The last step of a fit, on more ground than it came to rest on.
//!
//! Errors that neighbours share are known the better the more places are looked at, so a fit that has come to rest on a sample is
//! taken further: many more blocks are read, once, and only their sums are kept. From so near one Newton step is enough.

use super::{
    Correction, RegistrationOptions,
    fit::{Active, COUNT, Fit, Ground, degrees, scale_m},
    normal::{Rows, Space, Sums, Tile, covariance, total},
};
use crate::{
    error::Result,
    grid::Window,
    stable::{Source, Square, grown},
};

/// All rows tell the scores, every fourth the matrices: these need not be more exact than the step is long.
const ALL: Rows = Rows { every: 1, matrix: 4 };
/// Cells around a difference that is an outlier which are left out with it.
const AROUND: usize = 3;

/// Sums of all ground about a fit.
pub(super) struct Refined {
    tiles: Vec<(Window, Sums)>,
    total: Sums,
    about: Fit,
    /// Cells that were read beyond the sample, and those of stable ground among them.
    pub(super) read_cells: u64,
    pub(super) stable_cells: u64,
}

/// Which cells of a window are stable ground: usable, and not near a difference beyond `limit_m`.
pub(super) fn unchanged(
    usable: &[bool],
    differences: impl Iterator<Item = (usize, f64)>,
    window: Window,
    limit_m: f64,
) -> Vec<bool> {
    let mut changed = vec![false; window.cells()];
    differences.filter(|(_, difference_m)| difference_m.abs() > limit_m).for_each(|(at, _)| changed[at] = true);
    if !changed.contains(&true) {
        return usable.to_vec();
    }
    let near = grown(&changed, window, AROUND, AROUND);
    usable.iter().zip(near).map(|(usable, near)| *usable && !near).collect()
}

impl Refined {
    /// Reads on, and sums about a fit; differences beyond `limit_m` are change.
    pub(super) fn about(
        fit: &Fit,
        ground: &Ground<'_>,
        source: &Source<'_>,
        limit_m: f64,
        options: &RegistrationOptions,
    ) -> Result<Self> {
        let scale_m = scale_m(fit.spread_m, options);
        let (mut tiles, _) = ground.sums(&fit.correction, scale_m, ALL);
        let of_square = |(square, _): (Square, [u64; 3])| {
            let mut space = Space::default();
            let of_tile = |window: Window| {
                let stable = stable_of(&square, window, &fit.correction, ground, limit_m);
                let tile = Tile { square: &square, window, stable: &stable };
                (window, tile.sums(&ground.frame, &fit.correction, scale_m, ALL, &mut space, None))
            };
            square.tiles(ground.grid()).into_iter().map(of_tile).collect::<Vec<_>>()
        };
        let further: Vec<(Window, Sums)> =
            source.read(&ground.sample.further, of_square)?.into_iter().flatten().collect();
        let read_cells = further.iter().map(|(window, _)| window.cells() as u64).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let stable_cells = further.iter().map(|(_, sums)| sums.cells).sum::<f64>() as u64;
        tiles.extend(further);
        Ok(Self { total: total(&tiles), tiles, about: fit.clone(), read_cells, stable_cells })
    }

    /// The fit of some of the parameters, the others being 0.
    pub(super) fn fit(&self, ground: &Ground<'_>, active: Active, options: &RegistrationOptions) -> Option<Fit> {
        let chosen: Vec<usize> = (0..COUNT).filter(|parameter| active[*parameter]).collect();
        let found = ground.parameters_of(&self.about.correction);
        let known = std::array::from_fn(|parameter| if active[parameter] { 0.0 } else { -found[parameter] });
        let step = self.total.step(&chosen, &known)?;
        let parameters = std::array::from_fn(|parameter| found[parameter] + step[parameter]);
        Some(Fit {
            correction: ground.correction(&parameters, options),
            covariance: covariance(&self.tiles, &self.total, &chosen, &ground.units())?,
            degrees: degrees(&self.tiles, chosen.len()),
            ..self.about.clone()
        })
    }
}

fn stable_of(square: &Square, window: Window, correction: &Correction, ground: &Ground<'_>, limit_m: f64) -> Vec<bool> {
    let usable: Vec<bool> = (window.row..window.row_end())
        .flat_map(|row| square.usable[square.at(row, window.col)..][..window.cols].iter().copied())
        .collect();
    let mut later = Vec::new();
    let wide = Tile { square, window, stable: &usable }.moved(correction, ground.grid(), &mut later);
    let grid = ground.grid();
    let differences = (window.row..window.row_end()).flat_map(|row| {
        let [a, b, c] = correction.along_row(grid.to_world(window.col as f64 + 0.5, row as f64 + 0.5), grid.dx);
        let line = &later[(row - wide.row) * wide.cols + window.col - wide.col..][..window.cols];
        let reference = &square.reference_m[square.at(row, window.col)..][..window.cols];
        let start = (row - window.row) * window.cols;
        line.iter().zip(reference).enumerate().map(move |(at, (later, reference))| {
            let along = at as f64;
            (start + at, later + (a + (b + c * along) * along) - reference)
        })
    });
    unchanged(&usable, differences, window, limit_m)
}
