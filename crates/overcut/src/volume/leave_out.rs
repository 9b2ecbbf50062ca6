//! How wrong a surface between survey points is: points are left out, and looked up in the surface of the others.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::tin::{height_in, net};
use crate::{
    error::{Error, Result},
    stable::{Random, spread},
};

/// Errors at points that were left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Parts into which the points were dealt; each was left out once.
    pub folds: usize,
    /// Seed of the dealing.
    pub seed: u64,
    /// Points that were looked up.
    pub points: usize,
    /// Points that lay outside the surface of the others.
    pub outside: usize,
    /// Root of the mean square of surface - point, m.
    pub rmse_m: f64,
    /// Their normalised median absolute deviation, m.
    pub nmad_m: f64,
    /// Their mean, m.
    pub bias_m: f64,
    /// The greatest, m.
    pub worst_m: f64,
    /// x, y of the worst, in world coordinates.
    pub worst_at: [f64; 2],
}

/// Errors of the points of one fold with their places, and how many lay outside.
type OfFold = (Vec<(f64, [f64; 2])>, usize);

/// Leaves points out, part by part, and looks them up in the surface of the others. Breaklines stay.
///
/// `groups` names, for each point, what it goes with: the corners of one contour are left out together, since their neighbours on the
/// same contour would tell their height.
///
/// What is found holds for a survey with `(folds - 1) / folds` of the points, so it is a little too large; it contains the error of
/// the left-out point itself.
///
/// # Errors
/// [`Error::InvalidParameter`] for fewer than two folds or groups, or groups that do not match; those of [`super::Tin::new`].
pub fn leave_out(
    points: &[[f64; 3]],
    groups: Option<&[u64]>,
    breaklines: &[Vec<[f64; 3]>],
    origin: [f64; 2],
    (folds, seed): (usize, u64),
) -> Result<LeftOut> {
    let invalid = |found: String, expected: &str| Error::InvalidParameter {
        name: "folds".to_owned(),
        found,
        expected: expected.to_owned(),
    };
    let own: Vec<u64>;
    let groups = if let Some(groups) = groups {
        groups
    } else {
        own = (0..points.len() as u64).collect();
        &own
    };
    if groups.len() != points.len() {
        return Err(invalid(format!("{} groups for {} points", groups.len(), points.len()), "one group per point"));
    }
    let mut distinct = groups.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if folds < 2 || distinct.len() < 2 {
        return Err(invalid(format!("{folds}, with {} groups", distinct.len()), "at least 2, of at least 2 groups"));
    }
    let folds = folds.min(distinct.len());
    // Fisher and Yates: groups are dealt in a drawn order.
    let mut random = Random(seed);
    let mut order: Vec<usize> = (0..distinct.len()).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, random.below(last + 1));
    }
    let mut fold_of_group = vec![0; distinct.len()];
    order.iter().enumerate().for_each(|(position, group)| fold_of_group[*group] = position % folds);
    let fold_of: Vec<usize> =
        groups.iter().map(|group| fold_of_group[distinct.partition_point(|other| other < group)]).collect();

    let found: Vec<OfFold> = (0..folds)
        .into_par_iter()
        .map(|fold| {
            let kept: Vec<_> =
                points.iter().zip(&fold_of).filter(|(_, of)| **of != fold).map(|(point, _)| *point).collect();
            let (net, _) = net(&kept, breaklines, origin)?;
            let (mut errors, mut outside) = (Vec::new(), 0);
            for (point, _) in points.iter().zip(&fold_of).filter(|(_, of)| **of == fold) {
                match height_in(&net, point[0] - origin[0], point[1] - origin[1]) {
                    Some(height) => errors.push((height - point[2], [point[0], point[1]])),
                    None => outside += 1,
                }
            }
            Ok((errors, outside))
        })
        .collect::<Result<_>>()?;
    let outside = found.iter().map(|(_, outside)| outside).sum();
    let errors: Vec<(f64, [f64; 2])> = found.into_iter().flat_map(|(errors, _)| errors).collect();
    let worst = errors.iter().max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
    let (worst_m, worst_at) = worst.map_or((f64::NAN, [f64::NAN; 2]), |(error, at)| (error.abs(), *at));
    let mut values: Vec<f64> = errors.iter().map(|(error, _)| *error).collect();
    let bias_m = values.iter().sum::<f64>() / values.len() as f64;
    let (rmse_m, nmad_m) = spread(&mut values).map_or((f64::NAN, f64::NAN), |spread| (spread.rms_m, spread.nmad_m));
    Ok(LeftOut { folds, seed, points: errors.len(), outside, rmse_m, nmad_m, bias_m, worst_m, worst_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_a_plane_are_found_again_and_the_rim_lies_outside() {
        let points: Vec<_> =
            (0..100).map(|i| (f64::from(i % 10), f64::from(i / 10))).map(|(x, y)| [x, y, 3.0 * x - y]).collect();
        let found = leave_out(&points, None, &[], [0.0, 0.0], (5, 1)).unwrap();
        assert!(found.rmse_m < 1e-12 && found.worst_m < 1e-12);
        assert_eq!(found.points + found.outside, 100);
        assert!(found.outside >= 1);
    }

    #[test]
    fn the_error_between_points_of_a_parabola_is_the_sag_of_the_chord() {
        // Along rows 10 m apart in y, z = x²: a lone missing point of spacing 1 sags by 1 (chord over two steps).
        let points: Vec<_> =
            (0..200).map(|i| (f64::from(i % 20), f64::from(i / 20))).map(|(x, y)| [x, 10.0 * y, x * x]).collect();
        let found = leave_out(&points, None, &[], [0.0, 0.0], (20, 7)).unwrap();
        assert!(found.bias_m > 0.9 && found.bias_m < 1.4, "{found:?}");
    }

    #[test]
    fn corners_of_a_contour_are_left_out_together() {
        // Contours at x = 0, 10, 20, … with heights x: left out alone, a corner is told by its neighbours on the line.
        let points: Vec<_> = (0..60)
            .map(|i| (f64::from(i / 10), f64::from(i % 10)))
            .map(|(line, y)| [10.0 * line, y, (10.0 * line).powi(2)])
            .collect();
        let lines: Vec<u64> = (0..60).map(|i| i / 10).collect();
        let alone = leave_out(&points, None, &[], [0.0, 0.0], (6, 1)).unwrap();
        let together = leave_out(&points, Some(&lines), &[], [0.0, 0.0], (6, 1)).unwrap();
        assert!(together.rmse_m > 90.0 && alone.rmse_m < 0.6 * together.rmse_m, "{alone:?} {together:?}");
    }
}
