//! The error of one difference, from stable ground.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    ErrorModel, SlopeBin, SlopeError, Variogram,
    variogram::{empirical, fitted},
};
use crate::{
    grid::GridGeometry,
    stable::{NMAD_SCALE, ResidualTile, median},
};

/// Slopes at which ranges end, degrees; ranges with too few cells join the next.
const EDGES_DEG: [f64; 8] = [0.0, 4.0, 8.0, 12.0, 18.0, 25.0, 35.0, 90.0];

/// Options of [`error_model`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ErrorModelOptions {
    pub(crate) seed: u64,
    pub(crate) min_cells: usize,
    pub(crate) min_cells_per_slope: usize,
    pub(crate) max_structures: usize,
    pub(crate) pairs_per_lag: usize,
    pub(crate) robust: bool,
}

impl Default for ErrorModelOptions {
    fn default() -> Self {
        Self {
            seed: 20_240_520,
            min_cells: 2000,
            // An NMAD of 500 differences is good to 5 %.
            min_cells_per_slope: 500,
            max_structures: 3,
            pairs_per_lag: 20_000,
            robust: true,
        }
    }
}

impl ErrorModelOptions {
    /// What the choice of far pairs starts from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Fewer cells are too few (default 2000).
    #[must_use]
    pub fn min_cells(mut self, cells: usize) -> Self {
        self.min_cells = cells;
        self
    }

    /// Most parts of the correlation, beside the nugget (default 3).
    #[must_use]
    pub fn max_structures(mut self, structures: usize) -> Self {
        self.max_structures = structures;
        self
    }

    /// Dowd's robust semivariance (default) or Matheron's.
    #[must_use]
    pub fn robust(mut self, robust: bool) -> Self {
        self.robust = robust;
        self
    }
}

/// Models the error of a difference from what is left of it on stable ground.
///
/// # Errors
/// Why it cannot be done, as the end of a sentence: too few cells, or differences that are all the same.
///
/// # References
/// Höhle & Höhle (2009), ISPRS J. Photogramm. Remote Sens. 64, 398-406; Hugonnet et al. (2022), IEEE JSTARS 15, 6456-6472.
pub fn error_model(
    tiles: &[ResidualTile],
    grid: &GridGeometry,
    options: &ErrorModelOptions,
) -> Result<ErrorModel, String> {
    let cells: usize = tiles
        .par_iter()
        .map(|tile| tile.dh_m.iter().filter(|dh| !dh.is_nan()).count())
        .collect::<Vec<_>>()
        .iter()
        .sum();
    if cells < options.min_cells {
        return Err(format!("{cells} cells of stable ground are too few, at least {} are needed", options.min_cells));
    }
    let mut all: Vec<f64> = tiles.iter().flat_map(|tile| tile.dh_m.iter().copied()).filter(|dh| !dh.is_nan()).collect();
    let median_m = median(&mut all);
    all.iter_mut().for_each(|dh| *dh = (*dh - median_m).abs());
    let nmad_m = NMAD_SCALE * median(&mut all);
    if nmad_m <= 0.0 {
        return Err(
            "most differences on stable ground are exactly the same: the surveys are not independent there".to_owned()
        );
    }
    let sigma = error_by_slope(tiles, options);
    let standardised: Vec<Vec<f64>> = tiles
        .par_iter()
        .map(|tile| {
            let of = |(dh, slope): (&f64, &f64)| dh / sigma.variance_m2(*slope).sqrt();
            tile.dh_m.iter().zip(&tile.slope_squared).map(of).collect()
        })
        .collect();
    let lags = empirical(tiles, &standardised, grid, options);
    let area_m2 = cells as f64 * grid.cell_area_m2();
    let variogram: Variogram = fitted(lags, area_m2, grid, options);
    Ok(ErrorModel { cells: cells as u64, median_m, nmad_m, sigma, variogram })
}

/// First and last edge of a range of slopes, and its cells: square of the slope, difference.
type SlopeRange = (usize, usize, Vec<(f64, f64)>);

/// NMAD by slope, made to rise with it.
///
/// Deviations are counted from 0 and not from the median of a range: the surveys were brought onto each other, and what still
/// differs on average on some slopes is an error too.
fn error_by_slope(tiles: &[ResidualTile], options: &ErrorModelOptions) -> SlopeError {
    let edges = EDGES_DEG.map(|deg: f64| if deg < 90.0 { deg.to_radians().tan().powi(2) } else { f64::INFINITY });
    let mut sorted: Vec<Vec<(f64, f64)>> = vec![Vec::new(); edges.len() - 1];
    for tile in tiles {
        for (dh, slope) in tile.dh_m.iter().zip(&tile.slope_squared).filter(|(dh, _)| !dh.is_nan()) {
            let range = edges[1..].iter().position(|edge| slope < edge).unwrap_or(edges.len() - 2);
            sorted[range].push((*slope, *dh));
        }
    }
    // A range with too few cells joins the next, or the last one the one before.
    let mut ranges: Vec<SlopeRange> = Vec::new();
    for (range, cells) in sorted.into_iter().enumerate() {
        match ranges.last_mut() {
            Some((_, to, before)) if before.len() < options.min_cells_per_slope => {
                *to = range + 1;
                before.extend(cells);
            }
            _ => ranges.push((range, range + 1, cells)),
        }
    }
    if ranges.len() > 1 && ranges[ranges.len() - 1].2.len() < options.min_cells_per_slope {
        let (_, to, cells) = ranges.pop().expect("there are two");
        let last = ranges.last_mut().expect("one is left");
        last.1 = to;
        last.2.extend(cells);
    }
    let mut bins: Vec<SlopeBin> = ranges
        .into_iter()
        .map(|(from, to, cells)| {
            let mut slopes: Vec<f64> = cells.iter().map(|(slope, _)| *slope).collect();
            let mut values: Vec<f64> = cells.iter().map(|(_, dh)| *dh).collect();
            let median_m = median(&mut values);
            values.iter_mut().for_each(|dh| *dh = dh.abs());
            let nmad_m = NMAD_SCALE * median(&mut values);
            SlopeBin {
                from_deg: EDGES_DEG[from],
                to_deg: EDGES_DEG[to],
                slope_squared: median(&mut slopes),
                cells: cells.len() as u64,
                median_m,
                nmad_m,
                sigma_m: nmad_m,
            }
        })
        .collect();
    make_rise(&mut bins);
    let (flat_variance_m2, kinks) = kinks(&bins);
    SlopeError { bins, flat_variance_m2, kinks }
}

/// Pools neighbours that fall, weighted by their cells, until variances rise (Ayer et al. 1955).
fn make_rise(bins: &mut [SlopeBin]) {
    // Variance, cells, number of bins.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for bin in bins.iter() {
        pools.push((bin.nmad_m.powi(2), bin.cells as f64, 1));
        while let [.., (before, before_cells, before_bins), (last, cells, count)] = pools[..]
            && last < before
        {
            pools.pop();
            let all = before_cells + cells;
            let pooled = ((before * before_cells + last * cells) / all, all, before_bins + count);
            *pools.last_mut().expect("the one before is left") = pooled;
        }
    }
    let variances = pools.iter().flat_map(|(variance, _, count)| std::iter::repeat_n(*variance, *count));
    for (bin, variance) in bins.iter_mut().zip(variances) {
        bin.sigma_m = variance.sqrt();
    }
}

/// Lines from bin to bin, and beyond the last one as a straight line through all bins rises: errors in plan make the variance
/// grow with the square of the slope, and walls of pits are steeper than any stable ground.
fn kinks(bins: &[SlopeBin]) -> (f64, Vec<(f64, f64)>) {
    let points: Vec<(f64, f64, f64)> =
        bins.iter().map(|bin| (bin.slope_squared, bin.sigma_m.powi(2), bin.cells as f64)).collect();
    let cells: f64 = points.iter().map(|(.., cells)| cells).sum();
    let mean = |of: fn(&(f64, f64, f64)) -> f64| points.iter().map(|point| of(point) * point.2).sum::<f64>() / cells;
    let (q, v) = (mean(|point| point.0), mean(|point| point.1));
    let across: f64 = points.iter().map(|(slope, variance, cells)| cells * (slope - q) * (variance - v)).sum();
    let along: f64 = points.iter().map(|(slope, _, cells)| cells * (slope - q).powi(2)).sum();
    let beyond = if along > 0.0 { (across / along).max(0.0) } else { 0.0 };
    let mut kinks = Vec::new();
    let mut rise = 0.0_f64;
    for (at, (slope, variance, _)) in points.iter().enumerate() {
        let next = points.get(at + 1).map_or(beyond, |(next_slope, next_variance, _)| {
            if next_slope > slope { (next_variance - variance) / (next_slope - slope) } else { 0.0 }
        });
        if next.to_bits() != rise.to_bits() {
            kinks.push((*slope, next - rise));
            rise = next;
        }
    }
    (points.first().map_or(0.0, |(_, variance, _)| *variance), kinks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(slope_squared: f64, nmad_m: f64, cells: u64) -> SlopeBin {
        SlopeBin { from_deg: 0.0, to_deg: 0.0, slope_squared, cells, median_m: 0.0, nmad_m, sigma_m: nmad_m }
    }

    #[test]
    fn a_range_that_falls_is_pooled_with_the_one_before() {
        let mut bins = [bin(0.0, 0.1, 100), bin(0.1, 0.3, 100), bin(0.2, 0.1, 300), bin(0.3, 0.2, 10)];
        make_rise(&mut bins);
        // (100 x 0.09 + 300 x 0.01) / 400 = 0.03
        let expected = [0.1, 0.03_f64.sqrt(), 0.03_f64.sqrt(), 0.2];
        for (bin, expected) in bins.iter().zip(expected) {
            assert!((bin.sigma_m - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn the_variance_runs_through_its_bins_is_flat_before_and_rises_beyond() {
        let bins = [bin(0.01, 0.1, 100), bin(0.04, 0.2, 100), bin(0.09, 0.2, 100)];
        let (flat_variance_m2, kinks) = kinks(&bins);
        let error = SlopeError { bins: bins.to_vec(), flat_variance_m2, kinks };
        for (slope, expected) in [(0.0, 0.01), (0.01, 0.01), (0.025, 0.025), (0.04, 0.04), (0.09, 0.04)] {
            assert!((error.variance_m2(slope) - expected).abs() < 1e-12, "{slope}");
        }
        // The line through the three points rises by 0.3367 (by hand: 0.0011 / 0.003267).
        assert!((error.variance_m2(1.09) - 0.04 - 0.0011 / 0.003_266_666_7).abs() < 1e-6);
    }
}
