//! How much of the plan changed, without a threshold.
//!
//! Cells beyond a level of detection leave out the thin rim of an excavation; cells within an outline hold unchanged ground.
//! Counting instead each cell of an outline as one if it moved with the patch and as minus one if it moved against it,
//! unchanged ground counts as nothing on average, and ground that sank by much more than the noise as one. What is still
//! lost is a rim that sank by no more than about the noise. On a rim that deepens evenly, by g metres a metre, normal noise
//! of standard deviation s costs a width of `s √(2/π) / g` by signs, and by a level of detection of z s a width of
//! `s (√(2/π) exp(-z²/2) + z erf(z/√2)) / g`: the mean of the folded normal distribution. So the difference of the two counts
//! tells what the first one lacks.

use std::f64::consts::{FRAC_2_SQRT_PI, SQRT_2};

/// Area that changed, from the count by signs and the one by a level of detection of `certain` standard deviations; in the
/// unit of the counts.
pub(super) fn changed_area(by_signs: f64, by_level: f64, certain: f64) -> f64 {
    let lost_by_signs = FRAC_2_SQRT_PI / SQRT_2;
    let lost_by_level =
        lost_by_signs * (-0.5 * certain * certain).exp() + certain * statrs::function::erf::erf(certain / SQRT_2);
    // Levels near the noise lose hardly more than signs do, and tell nothing.
    let share = (lost_by_signs / (lost_by_level - lost_by_signs)).clamp(0.0, 1.0);
    by_signs + share * (by_signs - by_level).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rim_that_deepens_evenly_is_found_whole() {
        // 10 m wide, 1 m deeper each metre, noise 0.5 m, level 1.96: the widths that are lost, from the printed formula.
        let (lost_by_signs, lost_by_level) = (0.5 * 0.797_884_6, 0.5 * 1.979_004);
        let area = changed_area(10.0 - lost_by_signs, 10.0 - lost_by_level, 1.96);
        assert!((area - 10.0).abs() < 1e-3, "{area}");
    }

    #[test]
    fn steep_walls_need_no_addition() {
        assert_eq!(changed_area(400.0, 400.0, 1.96), 400.0);
    }
}
