//! How much of the plan changed, without a threshold.
//!
//! Inside the outline of a patch, a cell that moved with the patch counts as one and a cell that moved against it as minus one.
//! Unchanged ground so counts as nothing on average, and ground that sank by much more than the noise as one. Two things are
//! left: a cell that was dug in part counts whole, so that steep walls add half a cell all along the rim; and on a rim that
//! deepens gently, ground that sank by less than the noise counts as nothing. Which of the two holds depends on how steep the rim
//! is, in noise per cell, and that shows in a second count: of cells beyond the level of detection, which lie the further inside
//! the gentler the rim is.
//!
//! Across a straight rim that deepens by γ standard deviations a cell, a cell whose middle lies x cells inside it has sunk by
//! `d(x) = γ x` if it lies wholly inside (`x > 1/2`), and by `γ (x + 1/2)² / 2` if the rim crosses it. With normal noise, the count by
//! signs gains `h₀ = ∫ erf(d/√2) dx - [x > 0]` cells for each cell of rim, and the count beyond z standard deviations
//! `h₁ = ∫ Φ(d - z) dx - [x > 0]`. Their difference falls with γ, so it tells γ, and γ tells `h₀`.

use std::f64::consts::{FRAC_PI_4, SQRT_2};

use statrs::function::erf::{erf, erfc};

use crate::pass::line::Found;

/// Steps of the integral in one cell.
const STEPS: usize = 60;
/// Steepnesses for which gains are computed, evenly in the logarithm from 1/50 to 1000 standard deviations a cell;
/// steeper walls gain no more than a tenth of a cell beside that.
const STEEPNESSES: usize = 120;

/// Gains of the two counts by the steepness of the rim.
#[derive(Debug)]
pub(super) struct Rims {
    /// Share of unchanged ground beyond the level of detection on the patch's side.
    false_share: f64,
    /// `h₀ - h₁`, falling, and `h₀`.
    gains: Vec<(f64, f64)>,
}

impl Rims {
    /// For a level of detection of `certain` standard deviations.
    pub(super) fn new(certain: f64) -> Self {
        let above = |d: f64| 0.5 * erfc((certain - d) / SQRT_2);
        let false_share = above(0.0);
        let gains = (0..STEEPNESSES)
            .map(|at| {
                let gamma = 0.02 * 50_000_f64.powf(at as f64 / (STEEPNESSES - 1) as f64);
                let dx = 1.0 / STEPS as f64;
                let (mut by_sign, mut by_level) = (-0.5, -0.5);
                for step in 0..STEPS {
                    let inside = (step as f64 + 0.5) * dx;
                    let d = 0.5 * gamma * inside * inside;
                    by_sign += erf(d / SQRT_2) * dx;
                    by_level += (above(d) - false_share) / (1.0 - false_share) * dx;
                }
                // Beyond ten standard deviations past the level nothing is lost.
                let reach = (certain + 10.0) / gamma;
                let dx = reach / (20 * STEPS) as f64;
                for step in 0..20 * STEPS {
                    let d = gamma * (0.5 + (step as f64 + 0.5) * dx);
                    by_sign -= erfc(d / SQRT_2) * dx;
                    by_level -= (1.0 - above(d)) / (1.0 - false_share) * dx;
                }
                (by_sign - by_level, by_sign)
            })
            .collect();
        Self { false_share, gains }
    }

    /// Number of cells of a patch that changed, from its counts; `cells` are those inside its outline.
    pub(super) fn changed_cells(&self, found: &Found, cells: u64) -> f64 {
        let by_signs = found.net_cells as f64;
        // A staircase along a rim of any direction is longer by 4/π on average.
        let rim = FRAC_PI_4 * found.sides as f64;
        if rim == 0.0 || by_signs <= 0.0 {
            return by_signs.max(0.0);
        }
        let unchanged = (cells as f64 - by_signs).max(0.0);
        let by_level = found.certain_cells as f64 - self.false_share * unchanged;
        let difference = (by_signs - by_level) / rim;
        // Differences fall with the steepness.
        let at = self.gains.partition_point(|(gain, _)| *gain > difference);
        let gain = match at {
            0 => self.gains[0].1,
            at if at == self.gains.len() => self.gains[at - 1].1,
            at => {
                let ((high, gentle), (low, steep)) = (self.gains[at - 1], self.gains[at]);
                gentle + (high - difference) / (high - low) * (steep - gentle)
            }
        };
        (by_signs - rim * gain).clamp(0.0, cells as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(net_cells: i64, certain_cells: u64, sides: u64) -> Found {
        Found { net_cells, certain_cells, sides, ..Found::default() }
    }

    #[test]
    fn vertical_walls_count_half_a_cell_too_much_all_round() {
        // A square of 20.5 x 20.5 cells touches 21 x 21 of them, or 22 x 22: 21.5² on average; its rim has 82 cells,
        // which a staircase would make 104.
        let area = Rims::new(1.96).changed_cells(&found(441, 441, 104), 625);
        assert!((area - (441.0 - 0.5 * 82.0)).abs() < 8.0, "{area}");
    }

    #[test]
    fn a_gentle_rim_is_found_whole() {
        // Half a standard deviation a cell: signs lose 0.798 / 0.5 = 1.60 cells and the level 1.979 / 0.5 = 3.96 (the mean of the
        // folded normal distribution), of a rim of 100 cells round 1000; 2.5 % of the ground
        // around it lie beyond the level too.
        let area = Rims::new(1.96).changed_cells(&found(840, 604 + 29, 127), 2000);
        assert!((area - 1000.0).abs() < 15.0, "{area}");
    }

    #[test]
    fn gains_fall_with_the_steepness() {
        let rims = Rims::new(1.96);
        assert!(rims.gains.windows(2).all(|pair| pair[1].0 < pair[0].0), "{:?}", rims.gains);
    }
}
