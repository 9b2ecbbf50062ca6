//! Scripts of digging, filling and digging again, with a ledger kept by hand.
#![allow(clippy::unwrap_used, reason = "scenes that are sound")]

mod common;

use common::{assess, close, dem, grid, licence, rectangle, row};
use overcut::{
    Assessment, Dem, GridShape,
    assessment::{AssessOptions, Change, Class, ClassRow, Patch},
};

const DATES: [&str; 5] = ["2020-05-01", "2021-05-01", "2022-05-01", "2023-05-01", "2024-05-01"];

/// A pit of 10 m x 10 m, half of it in a licence whose floor lies at 92 m, and a dump of 5 m x 10 m outside.
fn surveys() -> Vec<Dem> {
    let pit_m = [100.0, 90.0, 96.0, 85.0, 102.0];
    let dump_m = [100.0, 100.0, 103.0, 98.0, 99.5];
    let height = |epoch: usize, east: f64, south: f64| {
        let across = (5.0..15.0).contains(&south);
        if across && (5.0..15.0).contains(&east) {
            pit_m[epoch]
        } else if across && (20.0..25.0).contains(&east) {
            dump_m[epoch]
        } else {
            100.0
        }
    };
    (0..5).map(|epoch| dem(grid(20, 30, 1.0), DATES[epoch], |east, south| height(epoch, east, south))).collect()
}

/// The scenes change all over: there is no stable ground to register on.
fn options() -> AssessOptions {
    AssessOptions::default().register(false).estimate_errors(false)
}

fn series(surveys: &[Dem], options: &AssessOptions) -> Assessment {
    let licences = [licence("A", rectangle((0.0, 10.0), (0.0, 20.0)), 92.0, 150.0)];
    assess(&surveys.iter().collect::<Vec<_>>(), &licences, options)
}

fn sum(case: &Assessment, of: impl Fn(&ClassRow) -> f64) -> f64 {
    case.rows.iter().map(of).sum()
}

#[test]
fn what_is_dug_again_is_counted_once() {
    let case = series(&surveys(), &options());
    // Cut: 1000, then 1100 in the pit (of which 600 were fill) and 250 in the dump (of which 150 were the dump).
    close(sum(&case, |row| row.cut_measured_m3), 2350.0, 1e-6);
    close(sum(&case, |row| row.cut_again_m3), 750.0, 1e-6);
    // Fill: 600 and 150; then 1700 in the pit, 1500 of them up to the first ground, and 75 under the dump's place.
    close(sum(&case, |row| row.fill_measured_m3), 2525.0, 1e-6);
    close(sum(&case, |row| row.backfill_m3), 600.0 + 1500.0 + 75.0, 1e-6);
    // In the licence, 50 m². First to 90: 8 m in the band, 2 m below. Then fill from 96 to 90 goes, and ground from 90 to 85.
    let (within, below) = (row(&case, 0, &["A"], Class::Within), row(&case, 0, &["A"], Class::BelowFloor));
    close(within.cut_measured_m3, 400.0, 1e-6);
    close(below.cut_measured_m3, 100.0, 1e-6);
    close(within.cut_again_m3 + below.cut_again_m3, 0.0, 1e-9);
    let (within, below) = (row(&case, 2, &["A"], Class::Within), row(&case, 2, &["A"], Class::BelowFloor));
    close(within.cut_measured_m3, 200.0, 1e-6);
    close(within.cut_again_m3, 200.0, 1e-6);
    close(below.cut_measured_m3, 350.0, 1e-6);
    close(below.cut_again_m3, 100.0, 1e-6);
    // Fill from 85 to 102: 7 m below the floor; 8 m of backfill in the band, 2 m over the first ground.
    let within = row(&case, 3, &["A"], Class::Within);
    close(within.fill_measured_m3, 500.0, 1e-6);
    close(within.backfill_m3, 400.0, 1e-6);
}

#[test]
fn a_series_closes_and_its_patches_have_a_history() {
    let case = series(&surveys(), &options());
    let series = case.series.as_ref().unwrap();
    close(series.net_m3, 200.0 - 25.0, 1e-9);
    close(series.net_by_intervals_m3, series.net_m3, 1e-9 * series.net_m3);
    close(series.compared_area_m2, 600.0, 0.0);
    let cuts: Vec<&Patch> = case.patches.iter().filter(|patch| patch.change == Change::Cut).collect();
    let workings: Vec<_> = cuts.iter().map(|patch| (patch.id.as_str(), patch.working.as_deref().unwrap())).collect();
    assert_eq!(workings, [("C1-001", "W001"), ("C3-001", "W001"), ("C3-002", "W002")]);
    let voids: Vec<f64> = cuts[0].history.iter().map(|epoch| epoch.void_m3).collect();
    for (found, expected) in voids.iter().zip([0.0, 1000.0, 400.0, 1500.0, -200.0]) {
        close(*found, expected, 1e-6);
    }
    close(cuts[0].history[3].mean_height_m.unwrap(), 85.0, 1e-9);
    close(cuts[0].history[4].lowest_height_m.unwrap(), 102.0, 0.0);
    let new: Vec<f64> = cuts.iter().map(|patch| patch.new_area_m2.unwrap()).collect();
    assert_eq!(new, [100.0, 0.0, 50.0], "the second cut of the pit breaks no new ground");
    assert!(case.patches.iter().filter(|patch| patch.change == Change::Fill).all(|patch| patch.working.is_none()));
}

#[test]
fn two_surveys_are_no_series() {
    let surveys = surveys();
    let case = series(&surveys[..2], &options());
    assert!(case.series.is_none());
    assert!(case.patches.iter().all(|patch| patch.working.is_none() && patch.history.is_empty()));
}

#[test]
fn a_survey_with_a_hole_loses_only_what_it_did_not_see() {
    // The third survey has no height over half of the pit: there, neither the fill nor the second cut is known.
    let mut surveys = surveys();
    surveys[2] = dem(grid(20, 30, 1.0), DATES[2], |east, south| match (east, south) {
        (east, _) if (10.0..15.0).contains(&east) => f64::NAN,
        (east, south) if (5.0..15.0).contains(&south) && (5.0..10.0).contains(&east) => 96.0,
        (east, south) if (5.0..15.0).contains(&south) && (20.0..25.0).contains(&east) => 103.0,
        _ => 100.0,
    });
    let case = series(&surveys, &options());
    close(sum(&case, |row| row.cut_measured_m3), 1000.0 + 550.0 + 250.0, 1e-6);
    close(sum(&case, |row| row.cut_again_m3), 300.0 + 150.0, 1e-6);
    close(case.series.as_ref().unwrap().compared_area_m2, 500.0, 0.0);
}

#[test]
fn a_series_does_not_depend_on_tiling_or_threads() {
    let surveys: Vec<Dem> = (0..4)
        .map(|epoch| {
            dem(grid(60, 70, 1.0), DATES[epoch], move |east, south| {
                let wave = (east / 9.0 + epoch as f64).sin() * (south / 7.0 - 0.7 * epoch as f64).cos();
                100.0 + 0.1 * east + if wave.abs() > 0.3 { 4.0 * wave } else { 0.0 }
            })
        })
        .collect();
    let whole = series(&surveys, &options().threads(1));
    assert!(sum(&whole, |row| row.cut_again_m3) > 0.0 && sum(&whole, |row| row.backfill_m3) > 0.0);
    for (rows, cols) in [(16, 16), (9, 70), (60, 23)] {
        let cut = series(&surveys, &options().threads(3).unit(GridShape { rows, cols }));
        assert_eq!(cut.digest, whole.digest, "{rows} x {cols}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whole metres, so that every change is certain: what was cut for the first time is the ground between the first survey
    /// and the lowest one, whatever happened in between.
    #[test]
    fn first_cuts_add_up_to_the_deepest_void(
        heights in proptest::collection::vec(proptest::collection::vec(-6..6_i32, 36), 2..6),
    ) {
        let surveys: Vec<Dem> = heights
            .iter()
            .zip(DATES)
            .map(|(heights, date)| {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position of 36")]
                dem(grid(6, 6, 2.0), date, |east, south| {
                    100.0 + f64::from(heights[(south / 2.0) as usize * 6 + (east / 2.0) as usize])
                })
            })
            .collect();
        let case = series(&surveys, &options().min_area_m2(0.0));
        let least = |cell: usize| heights.iter().map(|heights| heights[cell]).min().unwrap();
        let deepest: i32 = (0..36).map(|cell| heights[0][cell] - least(cell)).sum();
        let first_cut = sum(&case, |row| row.cut_measured_m3 - row.cut_again_m3);
        proptest::prop_assert!((first_cut - 4.0 * f64::from(deepest)).abs() < 1e-6, "{first_cut} {deepest}");
        let net = f64::from((0..36).map(|cell| heights[heights.len() - 1][cell] - heights[0][cell]).sum::<i32>());
        if let Some(series) = &case.series {
            proptest::prop_assert!((series.net_m3 - 4.0 * net).abs() < 1e-6);
            proptest::prop_assert!((series.net_by_intervals_m3 - 4.0 * net).abs() < 1e-6);
        }
    }
}
