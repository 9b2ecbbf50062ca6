//! Parameters from common points: least squares, residuals, the point that does not fit.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::{ARCSEC_PER_RADIAN, Axes, Convention, Helmert, Similarity};
use crate::error::{Error, Result};

/// Points closer together than this do not fix a rotation, metres.
const LEAST_SPREAD_M: f64 = 1.0;
/// Points whose distance from a line is below this share of their length along it lie on that line.
const LEAST_WIDTH: f64 = 1e-3;
/// Residuals above this share of the spread: the two lists do not show the same points.
const MOST_MISFIT: f64 = 0.05;
/// Scales that differ from 1 by more cannot be meant.
const MOST_SCALE: f64 = 0.01;
/// Probability with which a set without any gross error has a point flagged.
const FALSE_FLAG: f64 = 0.01;

/// A point known in both systems, with what is left of it after the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommonPoint {
    /// Name or number.
    pub name: String,
    /// Coordinates in the first CRS, east first; then the height, if there is one.
    pub from: Vec<f64>,
    /// Coordinates in the second CRS.
    pub to: Vec<f64>,
    /// Transformed less given, east, metres.
    pub residual_east_m: f64,
    /// Transformed less given, north, metres.
    pub residual_north_m: f64,
    /// Transformed less given, up, metres; none for plane parameters.
    pub residual_up_m: Option<f64>,
    /// Length of the residual, metres.
    pub residual_m: f64,
    /// Whether it is a gross error at a significance of one in a hundred for the whole set.
    pub suspect: bool,
}

/// How well common points fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The points, as given.
    pub points: Vec<CommonPoint>,
    /// Root of the mean square of the residuals' lengths, metres.
    pub rms_m: f64,
    /// Standard error of one coordinate; none without a point more than needed.
    pub sigma_m: Option<f64>,
    /// Coordinates more than parameters.
    pub redundancy: usize,
    /// Position of the point with the greatest residual.
    pub worst: usize,
    /// `rms_m` of the other points if the worst one is left out; none where that leaves nothing to judge by.
    pub rms_without_worst_m: Option<f64>,
}

fn refused<T>(why: String) -> Result<T> {
    Err(Error::CommonPoints { why })
}

fn mean<const N: usize>(points: &[[f64; N]]) -> [f64; N] {
    // Counted from the first point, so that coordinates of millions of metres lose nothing.
    let first = points[0];
    std::array::from_fn(|axis| {
        let sum: f64 = points.iter().map(|point| point[axis] - first[axis]).sum();
        first[axis] + sum / points.len() as f64
    })
}

fn less<const N: usize>(a: [f64; N], b: [f64; N]) -> [f64; N] {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

fn dot<const N: usize>(a: [f64; N], b: [f64; N]) -> f64 {
    (0..N).map(|axis| a[axis] * b[axis]).sum()
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Sum of the squares of what centred points have in length.
fn spread<const N: usize>(centred: &[[f64; N]]) -> f64 {
    centred.iter().map(|point| dot(*point, *point)).sum()
}

fn require<const N: usize>(from: &[[f64; N]], to: &[[f64; N]], least: usize) -> Result<()> {
    if from.len() != to.len() || from.len() < least {
        return refused(format!(
            "{} common points given; expected at least {least}, and better {} to see how well they fit",
            from.len().min(to.len()),
            least + 2
        ));
    }
    if from.iter().chain(to).flatten().any(|value| !value.is_finite()) {
        return refused("a coordinate is not a finite number".to_owned());
    }
    Ok(())
}

/// The plane similarity that fits pairs of points (east, north) best in the sense of least squares.
///
/// # Errors
/// [`Error::CommonPoints`]: fewer than two points, points in one place, a scale that is far from 1.
pub fn fit_similarity(from: &[[f64; 2]], to: &[[f64; 2]], axes: Axes) -> Result<Similarity> {
    require(from, to, 2)?;
    let order = |points: &[[f64; 2]]| -> Vec<[f64; 2]> {
        points.iter().map(|[east, north]| axes.ordered((*east, *north)).into()).collect()
    };
    let (from, to) = (order(from), order(to));
    let (centre, centre_to) = (mean(&from), mean(&to));
    let source: Vec<_> = from.iter().map(|point| less(*point, centre)).collect();
    let target: Vec<_> = to.iter().map(|point| less(*point, centre_to)).collect();
    let square = spread(&source);
    if (square / source.len() as f64).sqrt() < LEAST_SPREAD_M {
        return refused("all points lie in one place; rotation and scale need points that lie apart".to_owned());
    }
    let pairs = || source.iter().zip(&target);
    let a = pairs().map(|([x, y], [u, v])| x * u + y * v).sum::<f64>() / square;
    let b = pairs().map(|([x, y], [u, v])| x * v - y * u).sum::<f64>() / square;
    let left: f64 = pairs().map(|([x, y], [u, v])| (a * x - b * y - u).powi(2) + (b * x + a * y - v).powi(2)).sum();
    let scale = a.hypot(b);
    if (left / square).sqrt() > MOST_MISFIT || (scale - 1.0).abs() > MOST_SCALE {
        return refused(format!(
            "the points do not fit each other (scale {scale:.4}, residuals of {:.2} m); check that both lists are in the same \
             order and that the axes are not exchanged in one of them",
            (left / source.len() as f64).sqrt()
        ));
    }
    Ok(Similarity {
        dx_m: centre_to[0] - (a * centre[0] - b * centre[1]),
        dy_m: centre_to[1] - (b * centre[0] + a * centre[1]),
        rotation_arcsec: b.atan2(a) * ARCSEC_PER_RADIAN,
        scale_ppm: (scale - 1.0) * 1e6,
        axes,
    })
}

/// The seven parameters (position vector) that fit pairs of geocentric positions best in the sense of least squares.
///
/// In coordinates from the centre of the points, scale and rotations part: `d = m x + r × x`, with d the difference.
///
/// # Errors
/// [`Error::CommonPoints`]: fewer than three points, points on one line, points that do not fit each other.
pub fn fit_helmert(from: &[[f64; 3]], to: &[[f64; 3]], height_m: f64) -> Result<Helmert> {
    require(from, to, 3)?;
    let (centre, centre_to) = (mean(from), mean(to));
    let source: Vec<_> = from.iter().map(|point| less(*point, centre)).collect();
    let target: Vec<_> = to.iter().map(|point| less(*point, centre_to)).collect();
    let difference: Vec<_> = source.iter().zip(&target).map(|(x, u)| less(*u, *x)).collect();
    let square = spread(&source);
    if (square / source.len() as f64).sqrt() < LEAST_SPREAD_M {
        return refused("all points lie in one place; rotations and scale need points that lie apart".to_owned());
    }
    let scale = source.iter().zip(&difference).map(|(x, d)| dot(*x, *d)).sum::<f64>() / square;
    let mut moment = nalgebra::Matrix3::<f64>::zeros();
    let mut right = nalgebra::Vector3::<f64>::zeros();
    for (x, d) in source.iter().zip(&difference) {
        let position = nalgebra::Vector3::from(*x);
        moment += nalgebra::Matrix3::identity() * dot(*x, *x) - position * position.transpose();
        right += nalgebra::Vector3::from(cross(*x, *d));
    }
    let least = moment.symmetric_eigenvalues().min();
    if (least / square).max(0.0).sqrt() < LEAST_WIDTH {
        return refused("the points lie on one line; the rotation about it needs a point beside it".to_owned());
    }
    let turn: [f64; 3] = match moment.cholesky() {
        Some(factor) => factor.solve(&right).into(),
        None => return refused("the points lie on one line; the rotation about it needs a point beside it".to_owned()),
    };
    let moved = |x: [f64; 3]| {
        let turned = cross(turn, x);
        std::array::from_fn::<f64, 3, _>(|axis| (1.0 + scale) * x[axis] + turned[axis])
    };
    let left: f64 = source.iter().zip(&target).map(|(x, u)| spread(&[less(moved(*x), *u)])).sum();
    if (left / square).sqrt() > MOST_MISFIT || scale.abs() > MOST_SCALE {
        return refused(format!(
            "the points do not fit each other (scale {:.4}, residuals of {:.2} m); check that both lists are in the same order \
             and that the axes are not exchanged in one of them",
            1.0 + scale,
            (left / source.len() as f64).sqrt()
        ));
    }
    let shift = less(centre_to, moved(centre));
    // The formula multiplies the rotations by the scale.
    let arcsec = |radians: f64| radians / (1.0 + scale) * ARCSEC_PER_RADIAN;
    Ok(Helmert {
        dx_m: shift[0],
        dy_m: shift[1],
        dz_m: shift[2],
        rx_arcsec: arcsec(turn[0]),
        ry_arcsec: arcsec(turn[1]),
        rz_arcsec: arcsec(turn[2]),
        scale_ppm: scale * 1e6,
        convention: Convention::PositionVector,
        height_m,
    })
}

/// A residual (east, north, up; up is zero in the plan) of each point, and the sum of squares without each of them.
pub struct Residuals {
    /// East, north, up, metres.
    pub left: Vec<[f64; 3]>,
    /// Sum of the squares of a fit without the point at this position.
    pub square_without: Vec<Option<f64>>,
    /// Coordinates per point: 2 or 3.
    pub dimensions: usize,
    /// Parameters of the fit: 4 or 7.
    pub parameters: usize,
}

/// Puts residuals into words: how well points fit, and which one does not.
///
/// A point is suspect if leaving it out reduces the sum of squares by more than chance would (an F test of the `dimensions`
/// coordinates that it adds, at a significance of 0.01 for the whole set).
pub fn judge(names: Vec<String>, from: Vec<Vec<f64>>, to: Vec<Vec<f64>>, residuals: &Residuals) -> Fit {
    let Residuals { left, square_without, dimensions, parameters } = residuals;
    let (count, dimensions) = (left.len(), *dimensions);
    let length = |residual: &[f64; 3]| dot(*residual, *residual).sqrt();
    let square: f64 = left.iter().map(|residual| dot(*residual, *residual)).sum();
    let redundancy = (count * dimensions).saturating_sub(*parameters);
    let rest = redundancy.saturating_sub(dimensions);
    let by_chance = |without: f64| {
        if rest == 0 || square <= 0.0 {
            return 1.0;
        }
        if without <= 0.0 {
            return 0.0;
        }
        let ratio = ((square - without) / dimensions as f64) / (without / rest as f64);
        FisherSnedecor::new(dimensions as f64, rest as f64).map_or(1.0, |f| f.sf(ratio.max(0.0)))
    };
    // Below a tenth of a millimetre it is rounding, however well the others fit.
    let suspect = |at: usize| {
        length(&left[at]) > 1e-4
            && square_without[at].is_some_and(|without| by_chance(without) * (count as f64) < FALSE_FLAG)
    };
    let worst = (0..count).fold(0, |worst, at| if length(&left[at]) > length(&left[worst]) { at } else { worst });
    let rms = |square: f64, count: usize| (square / count as f64).sqrt();
    let points = names.into_iter().zip(from).zip(to).enumerate();
    Fit {
        rms_m: rms(square, count),
        sigma_m: (redundancy > 0).then(|| rms(square, redundancy)),
        redundancy,
        worst,
        rms_without_worst_m: square_without[worst].filter(|_| rest > 0).map(|without| rms(without, count - 1)),
        points: points
            .map(|(at, ((name, from), to))| CommonPoint {
                name,
                from,
                to,
                residual_east_m: left[at][0],
                residual_north_m: left[at][1],
                residual_up_m: (dimensions == 3).then_some(left[at][2]),
                residual_m: length(&left[at]),
                // Of several that a gross error drags along, the worst one is meant.
                suspect: at == worst && suspect(at),
            })
            .collect(),
    }
}

/// Everything but the element at a position.
pub fn without<T: Copy>(values: &[T], at: usize) -> Vec<T> {
    values.iter().enumerate().filter(|(position, _)| *position != at).map(|(_, value)| *value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turned a quarter anticlockwise, then 10 east and 20 north.
    const SQUARE: [[f64; 2]; 4] = [[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]];
    const TURNED: [[f64; 2]; 4] = [[10.0, 20.0], [10.0, 120.0], [-90.0, 120.0], [-90.0, 20.0]];

    fn residuals(from: &[[f64; 2]], to: &[[f64; 2]]) -> Residuals {
        let square = |from: &[[f64; 2]], to: &[[f64; 2]]| -> (f64, Vec<[f64; 3]>) {
            let fitted = fit_similarity(from, to, Axes::EastNorth).unwrap();
            let left: Vec<[f64; 3]> = from
                .iter()
                .zip(to)
                .map(|([x, y], [u, v])| {
                    let (e, n) = fitted.forward((*x, *y));
                    [e - u, n - v, 0.0]
                })
                .collect();
            (spread(&left), left)
        };
        let (_, left) = square(from, to);
        let square_without = (0..from.len()).map(|at| Some(square(&without(from, at), &without(to, at)).0)).collect();
        Residuals { left, square_without, dimensions: 2, parameters: 4 }
    }

    #[test]
    fn two_points_fix_a_quarter_turn_by_hand() {
        let fitted = fit_similarity(&SQUARE[..2], &TURNED[..2], Axes::EastNorth).unwrap();
        assert!((fitted.dx_m - 10.0).abs() < 1e-9 && (fitted.dy_m - 20.0).abs() < 1e-9, "{fitted:?}");
        assert!((fitted.rotation_arcsec - 324_000.0).abs() < 1e-6 && fitted.scale_ppm.abs() < 1e-6, "{fitted:?}");
        let clockwise = fit_similarity(&SQUARE[..2], &TURNED[..2], Axes::NorthEast).unwrap();
        assert!((clockwise.rotation_arcsec + 324_000.0).abs() < 1e-6, "{clockwise:?}");
    }

    #[test]
    fn an_error_at_one_corner_of_a_square_leaves_residuals_that_can_be_worked_by_hand() {
        // d = 0.4 m east at the north-eastern corner (50, 50 from the centre): shift d/4, and a = 1 + d 50 / 20000,
        // b = -d 50 / 20000. Of the north-eastern corner d/2 is left to the west, of the opposite one d/2 ... - as follows.
        let mut to = SQUARE;
        to[2][0] += 0.4;
        let found = residuals(&SQUARE, &to);
        // Corner (50, 50): d/4 + 50 m + 50 b - d = d (1/4 + 1/8 + 1/8 - 1) = -d/2; north: 50 (a - 1) - 50 |b| = 0.
        assert!((found.left[2][0] + 0.2).abs() < 1e-9 && found.left[2][1].abs() < 1e-9, "{:?}", found.left);
        // Corner (-50, -50): d (1/4 - 1/8 - 1/8) = 0.
        assert!(found.left[0][0].abs() < 1e-9 && found.left[0][1].abs() < 1e-9);
        // Corner (50, -50): east d (1/4 + 1/8 - 1/8) = d/4, north d (-1/8 - 1/8) = -d/4.
        assert!((found.left[1][0] - 0.1).abs() < 1e-9 && (found.left[1][1] + 0.1).abs() < 1e-9);
    }

    #[test]
    fn the_gross_error_is_flagged_and_small_ones_are_not() {
        let from = [[0.0, 0.0], [5_000.0, 100.0], [4_800.0, 5_100.0], [-200.0, 4_900.0], [2_500.0, 2_400.0]];
        let noise = [[0.01, -0.02], [-0.015, 0.01], [0.02, 0.01], [-0.01, -0.01], [0.005, 0.015]];
        let mut to = from;
        for (point, error) in to.iter_mut().zip(noise) {
            *point = [point[0] + 88.0 + error[0], point[1] - 41.0 + error[1]];
        }
        let fit = |to: &[[f64; 2]]| {
            let given = |points: &[[f64; 2]]| points.iter().map(|point| point.to_vec()).collect();
            judge((1..=5).map(|n| format!("G{n}")).collect(), given(&from), given(to), &residuals(&from, to))
        };
        let good = fit(&to);
        assert!(good.points.iter().all(|point| !point.suspect) && good.rms_m < 0.03, "{good:?}");
        assert_eq!(good.redundancy, 6);
        to[3][1] += 10.0;
        let bad = fit(&to);
        assert_eq!(
            bad.points.iter().filter(|point| point.suspect).map(|p| p.name.as_str()).collect::<Vec<_>>(),
            ["G4"]
        );
        assert!(bad.rms_m > 1.0 && bad.rms_without_worst_m.unwrap() < 0.03, "{bad:?}");
    }

    #[test]
    fn too_few_one_place_and_exchanged_axes_are_refused() {
        let refuse =
            |from: &[[f64; 2]], to: &[[f64; 2]]| fit_similarity(from, to, Axes::EastNorth).unwrap_err().to_string();
        assert!(refuse(&SQUARE[..1], &TURNED[..1]).contains("at least 2"));
        assert!(refuse(&[[1.0, 1.0]; 3], &[[2.0, 2.0]; 3]).contains("one place"));
        let exchanged: Vec<[f64; 2]> = SQUARE.iter().map(|[x, y]| [*y, *x]).collect();
        assert!(refuse(&SQUARE, &exchanged).contains("exchanged"));
        assert!(refuse(&SQUARE, &[[f64::NAN, 0.0]; 4]).contains("finite"));
    }

    fn known() -> Helmert {
        Helmert {
            dx_m: -24.3,
            dy_m: 103.5,
            dz_m: 41.8,
            rx_arcsec: -1.25,
            ry_arcsec: 0.75,
            rz_arcsec: 3.5,
            scale_ppm: -4.2,
            convention: Convention::PositionVector,
            height_m: 0.0,
        }
    }

    /// About Jishan, some kilometres apart.
    const PLACES: [[f64; 3]; 4] = [
        [-1_858_500.0, 4_846_300.0, 3_692_000.0],
        [-1_866_100.0, 4_846_900.0, 3_688_400.0],
        [-1_860_400.0, 4_841_000.0, 3_698_700.0],
        [-1_852_000.0, 4_850_700.0, 3_690_100.0],
    ];

    #[test]
    fn seven_parameters_are_found_again_to_a_micrometre_at_the_points() {
        let known = known();
        let to: Vec<_> = PLACES.iter().map(|place| known.forward(*place)).collect();
        let found = fit_helmert(&PLACES, &to, 0.0).unwrap();
        assert!((found.rz_arcsec - 3.5).abs() < 1e-6 && (found.scale_ppm + 4.2).abs() < 1e-5, "{found:?}");
        for (place, to) in PLACES.iter().zip(&to) {
            assert!(spread(&[less(found.forward(*place), *to)]).sqrt() < 1e-6);
        }
    }

    #[test]
    fn three_points_on_a_line_do_not_fix_seven_parameters() {
        let line: Vec<[f64; 3]> = (0..4).map(|n| [f64::from(n) * 1_000.0, 5_000.0, 3_000_000.0]).collect();
        assert!(fit_helmert(&line, &line, 0.0).unwrap_err().to_string().contains("one line"));
        assert!(fit_helmert(&PLACES[..2], &PLACES[..2], 0.0).unwrap_err().to_string().contains("at least 3"));
    }
}
