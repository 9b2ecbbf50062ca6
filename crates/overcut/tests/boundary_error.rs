//! The error of a volume that comes from the corners of a licence, against volumes with corners that were moved at random.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{assess, dem, grid, licence, polygon, row};
use overcut::assessment::{AssessOptions, Class};

const CORNERS: [(f64, f64); 5] = [(20.0, 20.0), (130.0, 35.0), (118.0, 90.0), (90.0, 118.0), (30.0, 120.0)];
const SIGMA_M: f64 = 0.5;

/// Numbers of a standard normal distribution: the sum of twelve uniform ones.
struct Normal(u64);

impl Normal {
    fn next(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| uniform()).sum::<f64>() - 6.0
    }
}

#[test]
fn the_part_of_the_boundary_is_the_spread_of_volumes_with_moved_corners() {
    let grid = grid(150, 150, 1.0);
    let before = dem(grid, "2021-05-01", |x, y| 100.0 + 0.02 * x + 0.05 * y);
    // A bowl over the eastern and southern boundary, which a floor at 102 m cuts.
    let after = dem(grid, "2024-05-20", |x, y| {
        let depth = 9.0 - 0.009 * ((x - 105.0).powi(2) + (y - 95.0).powi(2));
        100.0 + 0.02 * x + 0.05 * y - depth.max(0.0)
    });
    let options = AssessOptions::default().register(false).estimate_errors(false);
    let volumes = |corners: &[(f64, f64)], options: &AssessOptions| {
        let case = assess(&[&before, &after], &[licence("A", polygon(corners), 102.0, 200.0)], options);
        [Class::Within, Class::BelowFloor, Class::BeyondBoundary].map(|class| row(&case, 0, &["A"], class).clone())
    };
    let found = volumes(&CORNERS, &options.clone().corner_sigma_m(SIGMA_M));
    let mut normal = Normal(7);
    let rounds = 400;
    let moved: Vec<[f64; 3]> = (0..rounds)
        .map(|_| {
            let corners = CORNERS.map(|(x, y)| (x + SIGMA_M * normal.next(), y + SIGMA_M * normal.next()));
            volumes(&corners, &options).map(|row| row.cut_measured_m3)
        })
        .collect();
    for (class, row) in found.iter().enumerate() {
        let mean = moved.iter().map(|volumes| volumes[class]).sum::<f64>() / f64::from(rounds);
        let square = moved.iter().map(|volumes| (volumes[class] - mean).powi(2)).sum::<f64>();
        let spread = (square / f64::from(rounds - 1)).sqrt();
        let boundary_m3 = row.cut_error.unwrap().boundary_m3;
        // 400 rounds tell a spread to 3.5 %.
        assert!((boundary_m3 / spread - 1.0).abs() < 0.1, "{:?}: {boundary_m3} against {spread}", row.class);
    }
}
