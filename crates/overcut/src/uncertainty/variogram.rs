//! How errors of neighbours go together.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use super::{ErrorModelOptions, Structure, StructureKind, Variogram, VariogramLag};
use crate::{
    grid::GridGeometry,
    stable::{Random, ResidualTile, median},
};

/// Distances within tiles, in cells.
const NEAR: [usize; 12] = [1, 2, 3, 4, 6, 8, 11, 16, 22, 30, 40, 52];
/// Far distances grow by this factor from class to class.
const FAR_STEP: f64 = 1.5;
/// A distance class with fewer pairs tells nothing.
const LEAST_PAIRS: usize = 200;
/// Pairs from which far classes are sorted out.
const FAR_PAIRS: usize = 400_000;
/// Ranges that are tried first, per tenfold distance.
const RANGES_PER_DECADE: f64 = 12.0;
const KINDS: [StructureKind; 3] = [StructureKind::Spherical, StructureKind::Gaussian, StructureKind::Exponential];

/// Semivariance of differences in pairs.
fn semivariance(differences: &mut [f64], robust: bool) -> f64 {
    if robust {
        // Dowd (1984): 2 γ = 2.198 x median²
        let middle = median(differences);
        0.5 * 2.198 * middle * middle
    } else {
        0.5 * differences.iter().map(|difference| difference * difference).sum::<f64>() / differences.len() as f64
    }
}

/// Empirical semivariance by distance.
pub(super) fn empirical(
    tiles: &[ResidualTile],
    standardised: &[Vec<f64>],
    grid: &GridGeometry,
    options: &ErrorModelOptions,
) -> Vec<VariogramLag> {
    let mut lags: Vec<VariogramLag> =
        NEAR.par_iter().filter_map(|lag| near(*lag, tiles, standardised, grid, options)).collect();
    let from_m = lags.last().map_or(0.0, |lag| lag.distance_m) * FAR_STEP.sqrt();
    lags.extend(far(from_m, tiles, standardised, grid, options));
    lags
}

/// Pairs in the same tile, along rows, columns and both diagonals.
fn near(
    lag: usize,
    tiles: &[ResidualTile],
    standardised: &[Vec<f64>],
    grid: &GridGeometry,
    options: &ErrorModelOptions,
) -> Option<VariogramLag> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
    let diagonal = ((lag as f64 / 2.0_f64.sqrt()).round() as usize).max(1);
    let steps: [(usize, isize); 4] =
        [(0, lag as isize), (lag, 0), (diagonal, diagonal as isize), (diagonal, -(diagonal as isize))];
    // At distance 1 a diagonal pair is farther by two fifths: it would belong to no class.
    let steps = if lag == 1 { &steps[..2] } else { &steps[..] };
    let cells: usize = standardised.iter().map(Vec::len).sum();
    let stride = (cells * steps.len() / options.pairs_per_lag.max(1)).max(1) | 1;
    let (mut differences, mut distance_m) = (Vec::new(), 0.0);
    for (tile, values) in tiles.iter().zip(standardised) {
        let (rows, cols) = (tile.window.rows, tile.window.cols);
        for (down, right) in steps {
            let length_m = (*down as f64 * grid.dy).hypot(*right as f64 * grid.dx);
            for at in (0..values.len()).step_by(stride) {
                let (row, col) = (at / cols, at % cols);
                let Some(col) = col.checked_add_signed(*right).filter(|col| *col < cols) else { continue };
                if row + down >= rows {
                    continue;
                }
                let difference = (values[at] - values[(row + down) * cols + col]).abs();
                if !difference.is_nan() {
                    differences.push(difference);
                    distance_m += length_m;
                }
            }
        }
    }
    let pairs = differences.len();
    (pairs >= LEAST_PAIRS).then(|| VariogramLag {
        distance_m: distance_m / pairs as f64,
        semivariance: semivariance(&mut differences, options.robust),
        pairs: pairs as u64,
    })
}

/// Pairs of any two cells, drawn by the seed, up to half of the extent.
fn far(
    from_m: f64,
    tiles: &[ResidualTile],
    standardised: &[Vec<f64>],
    grid: &GridGeometry,
    options: &ErrorModelOptions,
) -> Vec<VariogramLag> {
    let cells: usize = standardised.iter().map(Vec::len).sum();
    let stride = (cells / 50_000).max(1) | 1;
    let mut points = Vec::new();
    for (tile, values) in tiles.iter().zip(standardised) {
        for at in (0..values.len()).step_by(stride).filter(|at| !values[*at].is_nan()) {
            let (row, col) = (tile.window.row + at / tile.window.cols, tile.window.col + at % tile.window.cols);
            points.push((col as f64 * grid.dx, row as f64 * grid.dy, values[at]));
        }
    }
    let extent = |of: fn(&(f64, f64, f64)) -> f64| {
        let ends = points
            .iter()
            .map(of)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
        (ends.1 - ends.0).max(0.0)
    };
    let to_m = 0.5 * extent(|point| point.0).hypot(extent(|point| point.1));
    if points.len() < 2 || from_m <= 0.0 || to_m <= from_m {
        return Vec::new();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few classes")]
    let classes = (((to_m / from_m).ln() / FAR_STEP.ln()).floor() as usize).clamp(1, 20);
    let mut sorted: Vec<(Vec<f64>, f64)> = vec![(Vec::new(), 0.0); classes];
    let mut random = Random(options.seed);
    for _ in 0..FAR_PAIRS {
        let (a, b) = (points[random.below(points.len())], points[random.below(points.len())]);
        let distance_m = (a.0 - b.0).hypot(a.1 - b.1);
        if distance_m < from_m || distance_m >= to_m {
            continue;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the classes")]
        let class = (((distance_m / from_m).ln() / FAR_STEP.ln()) as usize).min(classes - 1);
        if sorted[class].0.len() < options.pairs_per_lag {
            sorted[class].0.push((a.2 - b.2).abs());
            sorted[class].1 += distance_m;
        }
    }
    sorted
        .into_iter()
        .filter(|(differences, _)| differences.len() >= LEAST_PAIRS)
        .map(|(mut differences, distances_m)| {
            let pairs = differences.len();
            let semivariance = semivariance(&mut differences, options.robust);
            VariogramLag { distance_m: distances_m / pairs as f64, semivariance, pairs: pairs as u64 }
        })
        .collect()
}

/// A fit of nugget and sills to given shapes.
#[derive(Debug, Clone)]
struct Sills {
    nugget: f64,
    structures: Vec<Structure>,
    misfit: f64,
}

/// Fits a nugget and up to three structures to semivariances.
///
/// Weights are those of Cressie (1985, Math. Geol. 17, 563-586), pairs over the square of the semivariance; but pairs at a
/// distance h hold no more independent differences than the area has squares of side h, however many are drawn.
pub(super) fn fitted(
    lags: Vec<VariogramLag>,
    area_m2: f64,
    grid: &GridGeometry,
    options: &ErrorModelOptions,
) -> Variogram {
    let mut notes = Vec::new();
    let Some(last) = lags.last() else {
        notes.push("too few pairs for a variogram: errors of cells are taken to be independent".to_owned());
        return Variogram { lags, nugget: 1.0, structures: Vec::new(), notes };
    };
    let (least_m, most_m) = (1.5 * grid.dx.min(grid.dy), last.distance_m.max(4.0 * grid.dx.max(grid.dy)));
    let weights: Vec<f64> = lags
        .iter()
        .map(|lag| {
            let independent = (area_m2 / lag.distance_m.powi(2)).max(1.0);
            (lag.pairs as f64).min(independent).min(2000.0) / lag.semivariance.max(1e-9).powi(2)
        })
        .collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few ranges")]
    let count = ((most_m / least_m).log10() * RANGES_PER_DECADE).ceil().max(1.0) as usize;
    let ranges: Vec<f64> = (0..=count).map(|at| least_m * (most_m / least_m).powf(at as f64 / count as f64)).collect();
    let candidates: Vec<Structure> = KINDS
        .iter()
        .flat_map(|kind| ranges.iter().map(|range_m| Structure { kind: *kind, sill: 1.0, range_m: *range_m }))
        .collect();
    let of = |shapes: &[Structure]| sills(&lags, &weights, shapes);
    // Akaike's criterion, which rather takes one structure more than Bayes': a weak one of long range hardly shows in the variogram,
    // but is most of the error of a large volume. A structure costs its sill and its range.
    let score = |fit: &Sills| {
        let (n, parameters) = (lags.len() as f64, 1.0 + 2.0 * fit.structures.len() as f64);
        n * (fit.misfit / n).max(1e-12).ln() + 2.0 * parameters
    };
    let mut best = of(&[]);
    for _ in 0..options.max_structures {
        let more: Vec<Sills> =
            candidates.par_iter().map(|candidate| of(&[&best.structures[..], &[*candidate]].concat())).collect();
        let Some(next) = more.into_iter().min_by(|a, b| a.misfit.total_cmp(&b.misfit)) else { break };
        let next = refined(next, &of, least_m, most_m);
        if score(&next) >= score(&best) {
            break;
        }
        best = next;
    }
    if best.structures.iter().any(|part| part.range_m >= 0.95 * most_m) {
        notes.push(format!(
            "the variogram still rises at {most_m:.0} m, as far as it could be seen: errors over longer distances are not known, and \
             those of large volumes may be larger than said"
        ));
    }
    let fitted = |h: f64| best.nugget + best.structures.iter().map(|part| part.sill - part.covariance(h)).sum::<f64>();
    if let [.., before, last] = &lags[..]
        && before.semivariance > 1.15 * fitted(before.distance_m)
        && last.semivariance > 1.15 * fitted(last.distance_m)
    {
        notes.push(format!(
            "at distances of {:.0} m and more, differences are larger than the fitted variogram says: errors of very large volumes \
             may be larger than said",
            before.distance_m
        ));
    }
    Variogram { lags, nugget: best.nugget, structures: best.structures, notes }
}

/// Moves ranges, one after another, as long as the fit gains.
fn refined(start: Sills, of: &impl Fn(&[Structure]) -> Sills, least_m: f64, most_m: f64) -> Sills {
    let mut best = start;
    let mut factor = 1.2_f64;
    while factor > 1.01 {
        let mut gained = false;
        for at in 0..best.structures.len() {
            for by in [factor, 1.0 / factor] {
                let mut shapes = best.structures.clone();
                shapes[at].range_m = (shapes[at].range_m * by).clamp(least_m, most_m);
                let tried = of(&shapes);
                // A structure of no sill is dropped: positions then shift.
                if tried.misfit < best.misfit * (1.0 - 1e-9) && tried.structures.len() == best.structures.len() {
                    best = tried;
                    gained = true;
                }
            }
        }
        if !gained {
            factor = factor.sqrt();
        }
    }
    best
}

/// Nugget and sills, none negative, by weighted least squares: the best of all sets of terms whose solution is positive.
fn sills(lags: &[VariogramLag], weights: &[f64], shapes: &[Structure]) -> Sills {
    let terms = shapes.len() + 1;
    let unit = |shape: &Structure| Structure { sill: 1.0, ..*shape };
    let value = |term: usize, distance_m: f64| match term {
        0 => 1.0,
        term => 1.0 - unit(&shapes[term - 1]).covariance(distance_m),
    };
    let rows: Vec<Vec<f64>> =
        lags.iter().map(|lag| (0..terms).map(|term| value(term, lag.distance_m)).collect()).collect();
    let misfit = |solved: &[f64]| -> f64 {
        let of = |((row, lag), weight): ((&Vec<f64>, &VariogramLag), &f64)| {
            let fitted: f64 = row.iter().zip(solved).map(|(term, sill)| term * sill).sum();
            weight * (lag.semivariance - fitted).powi(2)
        };
        rows.iter().zip(lags).zip(weights).map(of).sum()
    };
    let mut best: Option<(f64, Vec<f64>)> = None;
    for set in 1_usize..1 << terms {
        let chosen: Vec<usize> = (0..terms).filter(|term| set >> term & 1 == 1).collect();
        let matrix = DMatrix::from_fn(chosen.len(), chosen.len(), |i, j| {
            rows.iter().zip(weights).map(|(row, weight)| weight * row[chosen[i]] * row[chosen[j]]).sum()
        });
        let right = DVector::from_fn(chosen.len(), |i, _| {
            rows.iter()
                .zip(lags)
                .zip(weights)
                .map(|((row, lag), weight)| weight * row[chosen[i]] * lag.semivariance)
                .sum()
        });
        let Some(solved) = matrix.lu().solve(&right).filter(|solved| solved.iter().all(|sill| *sill > 0.0)) else {
            continue;
        };
        let mut all = vec![0.0; terms];
        chosen.iter().zip(solved.iter()).for_each(|(term, sill)| all[*term] = *sill);
        let misfit = misfit(&all);
        if best.as_ref().is_none_or(|(least, _)| misfit < *least) {
            best = Some((misfit, all));
        }
    }
    let (misfit, solved) = best.unwrap_or_else(|| (f64::INFINITY, vec![1.0; 1]));
    let structures = shapes
        .iter()
        .zip(&solved[1..])
        .filter(|(_, sill)| **sill > 0.0)
        .map(|(shape, sill)| Structure { sill: *sill, ..*shape })
        .collect();
    Sills { nugget: solved[0], structures, misfit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::GridShape;

    fn lags(of: impl Fn(f64) -> f64) -> Vec<VariogramLag> {
        let distances = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 16.0, 22.0, 30.0, 40.0, 52.0, 80.0, 120.0, 180.0, 260.0];
        distances.map(|distance_m| VariogramLag { distance_m, semivariance: of(distance_m), pairs: 20_000 }).to_vec()
    }

    fn fit(lags: Vec<VariogramLag>) -> Variogram {
        let grid = GridGeometry::new(0.0, 600.0, 1.0, 1.0, GridShape { rows: 600, cols: 600 }).unwrap();
        fitted(lags, 360_000.0, &grid, &ErrorModelOptions::default())
    }

    #[test]
    fn a_nugget_and_two_structures_are_found_again() {
        let parts = [
            Structure { kind: StructureKind::Gaussian, sill: 0.4, range_m: 15.0 },
            Structure { kind: StructureKind::Spherical, sill: 0.3, range_m: 100.0 },
        ];
        let truth = |h: f64| 0.3 + parts.iter().map(|part| part.sill - part.covariance(h)).sum::<f64>();
        let found = fit(lags(truth));
        for h in [0.5, 1.0, 5.0, 10.0, 20.0, 60.0, 150.0] {
            let fitted = found.nugget + found.structures.iter().map(|part| part.sill - part.covariance(h)).sum::<f64>();
            assert!((fitted - truth(h)).abs() < 0.02, "{h}: {fitted} {} {found:?}", truth(h));
        }
        assert!((found.nugget - 0.3).abs() < 0.03, "{found:?}");
        assert!(found.notes.is_empty());
    }

    #[test]
    fn a_level_variogram_is_a_nugget() {
        let found = fit(lags(|h| 1.0 + 0.004 * (7.0 * h).sin()));
        assert!(found.structures.iter().map(|part| part.sill).sum::<f64>() < 0.02, "{found:?}");
        assert!((found.nugget + found.structures.iter().map(|part| part.sill).sum::<f64>() - 1.0).abs() < 0.01);
    }

    #[test]
    fn one_that_rises_without_end_is_reported() {
        let found = fit(lags(|h| 0.2 + 0.003 * h));
        assert!(found.notes.iter().any(|note| note.contains("still rises")), "{found:?}");
    }

    #[test]
    fn semivariances_of_four_pairs_by_hand() {
        // Median (the upper of the middle two) of 1, 2, 3, 4 is 3; mean square 7.5.
        assert!((semivariance(&mut [1.0, 2.0, 3.0, 4.0], true) - 0.5 * 2.198 * 9.0).abs() < 1e-12);
        assert!((semivariance(&mut [1.0, 2.0, 3.0, 4.0], false) - 3.75).abs() < 1e-12);
    }
}
