//! Registration against shifts that were put in, on analytic ground.
#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

mod common;

use common::{NORTH, WEST, close, dem, grid, rectangle};
use overcut::{
    Dem, GridGeometry, GridShape,
    dem::VerticalDatum,
    registration::{Correction, Method, Outcome, Registered, Registration, RegistrationOptions, register},
    stable::{StableGround, StableOptions},
    surface::Heights,
};

/// Noise of a standard normal distribution, from a seed (Box & Muller on splitmix64).
struct Normal(u64);

impl Normal {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Hills with slopes of 5 to 35 degrees.
fn hills(x: f64, y: f64) -> f64 {
    let wave = |period: f64, east: f64, north: f64| (std::f64::consts::TAU * (x * east + y * north) / period).sin();
    100.0 + 9.0 * wave(170.0, 0.8, 0.6) + 5.0 * wave(90.0, -0.5, 0.87) + 2.5 * wave(55.0, 0.97, -0.25) + 0.1 * x
}

fn noisy(grid: GridGeometry, seed: u64, sigma_m: f64, height: impl Fn(f64, f64) -> f64) -> Dem {
    let mut noise = Normal(seed);
    let heights = (0..grid.shape.cells()).map(|cell| {
        let (row, col) = (cell / grid.shape.cols, cell % grid.shape.cols);
        height(col as f64 + 0.5, row as f64 + 0.5) + sigma_m * noise.next()
    });
    Dem::new("noisy", "2024-05-20".parse().unwrap(), grid, Heights::F64(heights.collect()))
        .unwrap()
        .vertical_datum(VerticalDatum::Normal1985)
}

/// A pair of which the later survey has to be moved by (east, north) and raised by `up`.
fn pair(side: usize, seed: u64, (east, north, up): (f64, f64, f64)) -> (Dem, Dem) {
    let grid = grid(side, side, 1.0);
    let sigma_m = 0.15 / 2.0_f64.sqrt();
    // South is down: what is moved north by n lay n further south.
    (noisy(grid, seed, sigma_m, hills), noisy(grid, seed + 1, sigma_m, move |x, y| hills(x + east, y - north) - up))
}

fn registered(earlier: &Dem, later: &Dem, method: Method) -> Registered {
    let options = RegistrationOptions::default().method(method);
    let nothing = Correction::default();
    register((earlier, &nothing), later, &[], &StableGround::Auto, &StableOptions::default(), &options).unwrap()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn shifts_of_tenths_of_a_cell_are_found() {
    let (mut plan, mut height, mut pull) = (Vec::new(), Vec::new(), 0.0);
    for (number, tenths) in
        [(0, 0), (3, 1), (5, -4), (-2, 5), (7, 7), (-5, -5), (16, -9), (1, -8), (4, 2)].iter().enumerate()
    {
        let (east, north) = (f64::from(tenths.0) / 10.0, f64::from(tenths.1) / 10.0);
        let (earlier, later) = pair(300, 100 + 2 * number as u64, (east, north, 0.2));
        let found = registered(&earlier, &later, Method::RobustLeastSquares).registration;
        assert!(found.outcome != Outcome::Refused, "{:?}", found.reasons);
        let (e, n) = (found.found.east_m - east, found.found.north_m - north);
        plan.push(e.hypot(n));
        height.push((found.found.up_m - 0.2).abs());
        // Towards the nearest half cell?
        pull += e * ((east.rem_euclid(1.0) - 0.5) * std::f64::consts::TAU).sin();
    }
    assert!(median(plan.clone()) < 0.02, "{plan:?}");
    assert!(median(height.clone()) < 0.01, "{height:?}");
    close(pull / 9.0, 0.0, 0.006);
}

#[test]
fn the_cosine_of_nuth_and_kaab_finds_the_shift_too() {
    let (earlier, later) = pair(300, 7, (1.3, -0.6, -0.25));
    let found = registered(&earlier, &later, Method::NuthKaab).registration;
    assert_eq!(found.outcome, Outcome::Applied, "{:?}", found.reasons);
    close(found.applied.east_m, 1.3, 0.04);
    close(found.applied.north_m, -0.6, 0.04);
    close(found.applied.up_m, -0.25, 0.01);
}

#[test]
fn a_tilt_is_found_within_five_per_cent() {
    let grid = grid(300, 300, 1.0);
    let earlier = noisy(grid, 11, 0.1, hills);
    let later = noisy(grid, 12, 0.1, |x, y| hills(x + 0.4, y) - 0.3 - 2e-3 * (x - 150.0) + 1e-3 * (y - 150.0));
    let found = registered(&earlier, &later, Method::RobustLeastSquares).registration.applied;
    close(found.tilt_east, 2e-3, 1e-4);
    // South is down.
    close(found.tilt_north, 1e-3, 5e-5);
    assert_eq!((found.x0_m, found.y0_m), (WEST + 150.0, NORTH - 150.0));
}

#[test]
fn a_dome_is_found_by_the_quadratic_surface_only_where_there_is_one() {
    let grid = grid(300, 300, 1.0);
    let earlier = noisy(grid, 21, 0.1, hills);
    let domed = noisy(grid, 22, 0.1, |x, y| hills(x, y) - 2e-5 * ((x - 150.0).powi(2) + (y - 150.0).powi(2)));
    let found = registered(&earlier, &domed, Method::Quadratic).registration.applied;
    close(found.bend_east, 2e-5, 1e-6);
    close(found.bend_north, 2e-5, 1e-6);
    let (earlier, later) = pair(300, 31, (0.5, 0.0, 0.1));
    let found = registered(&earlier, &later, Method::Quadratic).registration;
    assert_eq!(found.applied.bend_east, 0.0, "{:?}", found.parameters);
    assert_eq!(found.outcome, Outcome::Applied);
}

#[test]
fn no_shift_between_surveys_gives_no_correction() {
    let applied = (0..20)
        .filter(|seed| {
            let (earlier, later) = pair(200, 1000 + 2 * seed, (0.0, 0.0, 0.0));
            registered(&earlier, &later, Method::RobustLeastSquares).registration.outcome != Outcome::NotSignificant
        })
        .count();
    // Three tests at 99 % each: one pair in thirty or so, and four of twenty in a thousandth of all cases.
    assert!(applied <= 3, "{applied} of 20");
}

#[test]
fn flat_ground_is_fitted_in_height_only_and_says_so() {
    let grid = grid(200, 200, 1.0);
    let (earlier, later) = (noisy(grid, 1, 0.1, |_, _| 50.0), noisy(grid, 2, 0.1, |_, _| 49.7));
    let found = registered(&earlier, &later, Method::RobustLeastSquares).registration;
    assert_eq!(found.outcome, Outcome::VerticalOnly);
    assert!(found.reasons.iter().any(|reason| reason.contains("too flat")), "{:?}", found.reasons);
    assert_eq!((found.applied.east_m, found.applied.north_m), (0.0, 0.0));
    close(found.applied.up_m, 0.3, 0.01);
}

#[test]
fn ground_that_falls_to_one_side_cannot_tell_a_shift_along_it() {
    let grid = grid(200, 200, 1.0);
    let ridge = |x: f64, _: f64| 100.0 + 8.0 * (x / 14.0).sin();
    let (earlier, later) = (noisy(grid, 1, 0.05, ridge), noisy(grid, 2, 0.05, move |x, y| ridge(x + 0.5, y)));
    let found = registered(&earlier, &later, Method::RobustLeastSquares).registration;
    assert_eq!(found.applied.north_m, 0.0);
    assert!(found.reasons.iter().any(|reason| reason.contains("one side")), "{:?}", found.reasons);
}

#[test]
fn too_little_stable_ground_is_refused_with_the_number_of_cells() {
    let (earlier, later) = pair(40, 1, (0.5, 0.5, 0.0));
    let found = registered(&earlier, &later, Method::RobustLeastSquares).registration;
    assert_eq!(found.outcome, Outcome::Refused);
    assert!(found.applied.is_identity());
    assert!(found.reasons[0].contains("1444 cells"), "{:?}", found.reasons);
    // Surveys of which only one has heights anywhere.
    let nothing = dem(grid(100, 100, 1.0), "2024-05-20", |_, _| f64::NAN);
    let something = dem(grid(100, 100, 1.0), "2021-05-20", hills);
    let found = registered(&something, &nothing, Method::RobustLeastSquares);
    assert_eq!(found.registration.outcome, Outcome::Refused);
    assert!(found.residuals.is_empty());
}

#[test]
fn holes_and_an_edge_without_data_do_not_pull_the_shift() {
    let grid = grid(260, 260, 1.0);
    let hole = |x: f64, y: f64| (x + y < 120.0) || ((x / 23.0).floor() + (y / 31.0).floor()) % 7.0 == 0.0;
    let earlier = noisy(grid, 5, 0.1, |x, y| if hole(x, y) { f64::NAN } else { hills(x, y) });
    let later = noisy(grid, 6, 0.1, |x, y| if hole(x + 9.0, y) { f64::NAN } else { hills(x - 0.7, y + 0.3) });
    let found = registered(&earlier, &later, Method::RobustLeastSquares).registration;
    close(found.applied.east_m, -0.7, 0.03);
    close(found.applied.north_m, -0.3, 0.03);
}

#[test]
fn pits_and_licences_are_left_out_and_counted() {
    let grid = grid(300, 300, 1.0);
    let pit = |x: f64, y: f64| if (x - 150.0).hypot(y - 150.0) < 30.0 { 6.0 } else { 0.0 };
    let earlier = noisy(grid, 5, 0.1, hills);
    let later = noisy(grid, 6, 0.1, move |x, y| hills(x + 1.0, y) - pit(x, y));
    let licence = rectangle((10.0, 60.0), (10.0, 60.0));
    let options = RegistrationOptions::default();
    let stable = StableOptions::default();
    let nothing = Correction::default();
    let found = register((&earlier, &nothing), &later, &[&licence], &StableGround::Auto, &stable, &options)
        .unwrap()
        .registration;
    close(found.applied.east_m, 1.0, 0.02);
    // 50 m and a margin of 10 m on each side.
    assert_eq!(found.stable.not_chosen, 70 * 70);
    assert!((2827..4500).contains(&found.stable.changed), "{}", found.stable.changed);
    // Only inside a polygon of the user's.
    let ground = [rectangle((200.0, 300.0), (0.0, 300.0))];
    let found =
        register((&earlier, &nothing), &later, &[], &StableGround::Polygons(&ground), &stable, &options).unwrap();
    assert_eq!(found.registration.stable.not_chosen, 200 * 300);
}

#[test]
fn the_standard_error_of_a_shift_is_its_spread() {
    let scores: Vec<f64> = (0..30)
        .map(|seed| {
            let (earlier, later) = pair(200, 5000 + 2 * seed, (0.35, 0.2, 0.0));
            let found = registered(&earlier, &later, Method::RobustLeastSquares).registration;
            (found.found.east_m - 0.35) / found.covariance[0][0].sqrt()
        })
        .collect();
    let spread = (scores.iter().map(|score| score * score).sum::<f64>() / scores.len() as f64).sqrt();
    assert!((0.7..1.4).contains(&spread), "{spread}");
}

#[test]
fn the_same_bits_for_any_threads_and_blocks() {
    let (earlier, later) = pair(200, 77, (0.3, 0.8, 0.1));
    let one = registered(&earlier, &later, Method::RobustLeastSquares);
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let other = later.clone().stored_in_blocks(GridShape { rows: 16, cols: 32 });
        let found = pool.install(|| registered(&earlier, &other, Method::RobustLeastSquares));
        assert_eq!(found.registration, one.registration);
        let bits = |found: &Registered| -> Vec<u64> {
            found.residuals.iter().flat_map(|tile| &tile.dh_m).map(|dh| dh.to_bits()).collect()
        };
        assert_eq!(bits(&found), bits(&one));
    }
}

#[test]
fn further_ground_makes_a_shift_surer_and_storage_does_not_show() {
    // 1600 x 1600 cells are more than are read whole.
    let (earlier, later) = pair(1600, 91, (0.3, -0.4, 0.1));
    let nothing = Correction::default();
    let fit = |later: &Dem, refining_cells: usize| {
        let stable = StableOptions::default().refining_cells(refining_cells);
        let options = RegistrationOptions::default();
        register((&earlier, &nothing), later, &[], &StableGround::Auto, &stable, &options).unwrap().registration
    };
    let (alone, refined) = (fit(&later, 0), fit(&later, 1 << 22));
    assert_eq!(alone.stable.refining_cells, 0);
    assert!(refined.stable.refining_cells > 500_000, "{}", refined.stable.refining_cells);
    let sigma = |found: &Registration| (found.covariance[0][0] + found.covariance[1][1]).sqrt();
    assert!(sigma(&refined) < 0.9 * sigma(&alone), "{} and {}", sigma(&refined), sigma(&alone));
    let error_m = (refined.found.east_m - 0.3).hypot(refined.found.north_m + 0.4);
    assert!(error_m < 4.0 * sigma(&refined) && error_m < 0.004, "{error_m}");

    let stored = later.clone().stored_in_blocks(GridShape { rows: 1, cols: 1600 });
    assert_eq!(fit(&stored, 1 << 22), refined);
}

#[test]
fn a_change_of_height_without_any_noise_is_found_and_rounding_is_none() {
    let grid = grid(200, 200, 1.0);
    let earlier = noisy(grid, 1, 0.0, hills);
    let raised = registered(&earlier, &noisy(grid, 1, 0.0, |x, y| hills(x, y) - 0.3), Method::RobustLeastSquares);
    assert_eq!(raised.registration.outcome, Outcome::VerticalOnly, "{:?}", raised.registration.reasons);
    close(raised.registration.applied.up_m, 0.3, 1e-6);
    let same =
        registered(&earlier, &noisy(grid, 1, 0.0, |x, y| hills(x, y) * (1.0 + 1e-15)), Method::RobustLeastSquares);
    assert_eq!(same.registration.outcome, Outcome::NotSignificant);
}

#[test]
fn a_shift_is_found_also_where_one_survey_lies_27_m_over_the_other() {
    let (earlier, later) = pair(300, 51, (0.6, -0.3, 27.31));
    let found = registered(&earlier, &later, Method::RobustLeastSquares).registration;
    assert_eq!(found.outcome, Outcome::Applied, "{:?}", found.reasons);
    close(found.applied.east_m, 0.6, 0.05);
    close(found.applied.north_m, -0.3, 0.05);
    close(found.applied.up_m, 27.31, 0.02);
}
