//! Thresholds that noise alone exceeds with a chosen probability.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::ErrorModel;
use crate::{grid::GridGeometry, stable::Random};

/// Draws of noise around a peak.
const DRAWS: usize = 4000;
/// Step of the integral over heights of peaks, in standard deviations.
const STEP: f64 = 0.01;
/// Heights of peaks go up to twelve standard deviations.
const LEVELS: usize = 1200;
/// Directions in which neighbours of a peak lie.
const DIRECTIONS: [(isize, isize); 8] = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)];

/// Covariance of two means of 3 x 3 standardised differences whose middles lie so many cells apart.
fn covariance_of_means(model: &ErrorModel, grid: &GridGeometry, rows: isize, cols: isize) -> f64 {
    let mut sum = 0.0;
    for du in -2..=2_isize {
        for dv in -2..=2_isize {
            let pairs = ((3 - du.abs()) * (3 - dv.abs())) as f64;
            let (down, right) = (rows + du, cols + dv);
            let own = if (down, right) == (0, 0) { model.variogram.nugget } else { 0.0 };
            sum += pairs * (own + model.covariance((down as f64 * grid.dy).hypot(right as f64 * grid.dx)));
        }
    }
    sum / 81.0
}

/// Standard deviation of the mean of 3 x 3 differences, in units of that of one.
pub fn smoothing_factor(model: &ErrorModel, grid: &GridGeometry) -> f64 {
    covariance_of_means(model, grid, 0, 0).sqrt()
}

/// Threshold for means of 3 x 3 differences, in their standard deviations, that `cells` cells of unchanged ground exceed anywhere,
/// up or down, with a probability.
///
/// What is counted are peaks: cells that exceed the threshold and all cells around them, near and as far as errors go together, so
/// that a bump of noise counts once however many cells it has. Their expected number for each cell is
/// `∫ φ(t) P(all neighbours < t | t) dt`, with the neighbours' distribution given the peak from the correlation of the errors; and
/// peaks are rare, so `P(any) = 1 - exp(-expected number)`. The standard deviation is itself estimated, from less than all cells: where it
/// comes out too small, more peaks exceed the threshold. The expected number is the mean over that error.
///
/// # References
/// For smooth fields the same expected number is Adler's (1981), The Geometry of Random Fields; here the field is rough, and on a
/// grid, so it is found by drawing.
pub fn strong_level(model: &ErrorModel, grid: &GridGeometry, cells: u64, false_alarm: f64) -> f64 {
    let tops = highest_needed(model, grid);
    let wanted = -(1.0 - false_alarm).ln();
    let spread = relative_error(model, grid);
    // Expected numbers of peaks above each level, for one cell, from the highest level down.
    let mut rates = vec![0.0; LEVELS + 1];
    for at in (0..LEVELS).rev() {
        let t = (at as f64 + 0.5) * STEP;
        let density = (-0.5 * t * t).exp() / std::f64::consts::TAU.sqrt();
        let lower = tops.partition_point(|top| *top < t) as f64 / tops.len() as f64;
        rates[at] = rates[at + 1] + STEP * density * lower;
    }
    let rate = |level: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the levels")]
        let at = (level / STEP).clamp(0.0, LEVELS as f64) as usize;
        rates[at]
    };
    // The mean over a normal error of the standard deviation, by three points (Gauss & Hermite).
    let expected = |level: f64| {
        let far = 3.0_f64.sqrt() * spread;
        let mean = (4.0 * rate(level) + rate(level * (1.0 - far)) + rate(level * (1.0 + far))) / 6.0;
        2.0 * cells as f64 * mean
    };
    let level = (0..LEVELS).rev().map(|at| at as f64 * STEP).find(|level| expected(*level) >= wanted);
    level.unwrap_or(0.0) + STEP
}

/// For draws of the noise around a peak: how high the peak must be to exceed all of it; ascending.
fn highest_needed(model: &ErrorModel, grid: &GridGeometry) -> Vec<f64> {
    let variance = covariance_of_means(model, grid, 0, 0);
    let cell_m = grid.dx.min(grid.dy);
    let farthest =
        (0.5 * model.variogram.structures.iter().map(|part| part.range_m).fold(0.0, f64::max) / cell_m).min(64.0);
    let mut places = vec![(0, 0)];
    for radius in
        [1, 2, 3, 5, 8, 12, 18, 27, 40, 60].into_iter().filter(|radius| *radius <= 3 || f64::from(*radius) <= farthest)
    {
        places.extend(DIRECTIONS.iter().map(|(down, right)| (down * radius as isize, right * radius as isize)));
    }
    let correlation =
        |a: (isize, isize), b: (isize, isize)| covariance_of_means(model, grid, a.0 - b.0, a.1 - b.1) / variance;
    let to_peak: Vec<f64> = places[1..].iter().map(|place| correlation(*place, (0, 0))).collect();
    let count = to_peak.len();
    let given = DMatrix::from_fn(count, count, |i, j| {
        let jitter = if i == j { 1e-6 } else { 0.0 };
        correlation(places[i + 1], places[j + 1]) - to_peak[i] * to_peak[j] + jitter
    });
    // A covariance that is none for the rounding of its structures: then each cell is a peak, and the threshold too high.
    let Some(root) = Cholesky::new(given).map(|cholesky| cholesky.l()) else { return vec![f64::NEG_INFINITY] };
    let mut random = Random(1);
    let mut tops: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let noise = &root * DVector::from_fn(count, |_, _| random.normal());
            // c t + noise < t
            let needed = noise.iter().zip(&to_peak).map(|(noise, c)| noise / (1.0 - c).max(1e-9));
            needed.fold(f64::NEG_INFINITY, f64::max)
        })
        .collect();
    tops.sort_unstable_by(f64::total_cmp);
    tops
}

/// Relative standard error of the estimated standard deviation. An NMAD of n independent differences has 1.17 / √n; correlated ones
/// count as `A / ∫ρ²` independent ones.
fn relative_error(model: &ErrorModel, grid: &GridGeometry) -> f64 {
    if model.cells == 0 {
        return 0.0;
    }
    let total = model.variogram.nugget + model.covariance(0.0);
    let own = (model.variogram.nugget / total).powi(2) * grid.cell_area_m2();
    let (reach_m, steps) = (model.reach_m(), 400_u16);
    let ring = |step: u16| {
        let (r, dr) = ((f64::from(step) + 0.5) / f64::from(steps) * reach_m, reach_m / f64::from(steps));
        std::f64::consts::TAU * r * dr * (model.covariance(r) / total).powi(2)
    };
    let shared: f64 = (0..steps).map(ring).sum();
    // Each range of slopes has its own estimate.
    let ranges = model.sigma.bins.len().max(1) as f64;
    let area_m2 = model.cells as f64 * grid.cell_area_m2() / ranges;
    (1.17 * ((own + shared) / area_m2).sqrt()).min(0.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        grid::GridShape,
        uncertainty::{Structure, StructureKind},
    };

    /// White noise, and white noise smoothed by a bell: its correlation is that of a gaussian structure.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few cells")]
    fn field(side: usize, seed: u64, white: f64, bell: Option<(f64, f64)>) -> Vec<f64> {
        let mut random = Random(seed);
        let mut values: Vec<f64> = (0..side * side).map(|_| white * random.normal()).collect();
        let Some((sigma, width)) = bell else { return values };
        let reach = (4.0 * width).ceil() as usize;
        let wide = side + 2 * reach;
        let kernel: Vec<f64> =
            (0..=2 * reach).map(|at| (-0.5 * ((at as f64 - reach as f64) / width).powi(2)).exp()).collect();
        let norm = kernel.iter().map(|k| k * k).sum::<f64>();
        let noise: Vec<f64> = (0..wide * wide).map(|_| random.normal()).collect();
        let mut along = vec![0.0; wide * side];
        for row in 0..wide {
            for col in 0..side {
                along[row * side + col] = kernel.iter().zip(&noise[row * wide + col..]).map(|(k, n)| k * n).sum();
            }
        }
        for row in 0..side {
            for col in 0..side {
                let sum: f64 = kernel.iter().enumerate().map(|(at, k)| k * along[(row + at) * side + col]).sum();
                values[row * side + col] += sigma * sum / norm;
            }
        }
        values
    }

    #[test]
    fn noise_exceeds_the_level_as_often_as_was_chosen() {
        let side = 160;
        let grid = GridGeometry::new(0.0, 0.0, 1.0, 1.0, GridShape { rows: side, cols: side }).unwrap();
        // A bell of width w gives the correlation exp(-d² / 4w²): a gaussian structure of range √12 w.
        for (nugget, bell) in [(1.0, None), (0.0, Some(1.5)), (0.5, Some(4.0))] {
            let mut model = ErrorModel::stated(1.0);
            model.variogram.nugget = nugget;
            model.variogram.structures = bell
                .map(|width: f64| Structure {
                    kind: StructureKind::Gaussian,
                    sill: 1.0 - nugget,
                    range_m: 12.0_f64.sqrt() * width,
                })
                .into_iter()
                .collect();
            let level =
                strong_level(&model, &grid, ((side - 2) * (side - 2)) as u64, 0.3) * smoothing_factor(&model, &grid);
            let rounds = 80;
            let exceeded = (0..rounds)
                .filter(|seed| {
                    let sigma = (1.0_f64 - nugget).sqrt();
                    let values = field(side, 50 + seed, nugget.sqrt(), bell.map(|width| (sigma, width)));
                    (1..side - 1).any(|row| {
                        (1..side - 1).any(|col| {
                            let near = (row - 1..=row + 1).flat_map(|r| (col - 1..=col + 1).map(move |c| r * side + c));
                            (near.map(|at| values[at]).sum::<f64>() / 9.0).abs() > level
                        })
                    })
                })
                .count();
            // 30 % of 80: 24 with a standard deviation of 4.
            assert!((12..=36).contains(&exceeded), "{exceeded} of {rounds} for nugget {nugget}");
        }
    }

    #[test]
    fn more_cells_and_fewer_false_alarms_need_a_higher_level() {
        let grid = GridGeometry::new(0.0, 0.0, 1.0, 1.0, GridShape { rows: 10, cols: 10 }).unwrap();
        let model = ErrorModel {
            variogram: crate::uncertainty::Variogram {
                nugget: 1.0,
                structures: vec![],
                ..ErrorModel::stated(1.0).variogram
            },
            ..ErrorModel::stated(1.0)
        };
        let level = |cells, alarm| strong_level(&model, &grid, cells, alarm);
        assert!(level(10_000, 0.05) < level(1_000_000, 0.05));
        assert!(level(10_000, 0.05) < level(10_000, 0.01));
    }
}
