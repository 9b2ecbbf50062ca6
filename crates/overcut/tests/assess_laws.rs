//! Laws of the whole job, on random surfaces, polygons and bands.
#![allow(
    clippy::float_cmp,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers worked by hand"
)]

mod common;

use common::{assess, grid, licence, polygon};
use geo::Polygon;
use overcut::{
    Dem, GridGeometry, GridShape, Licence,
    assessment::{AssessOptions, Connectivity},
    dem::VerticalDatum,
    surface::Heights,
};
use proptest::prelude::*;

const ROWS: usize = 23;
const COLS: usize = 31;

/// Heights with hills, walls, noise and holes without data.
fn heights(seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let (step_at, step) = (random() * COLS as f64, random() * 12.0 - 6.0);
    (0..ROWS * COLS)
        .map(|cell| {
            let (row, col) = ((cell / COLS) as f64, (cell % COLS) as f64);
            let wall = if col > step_at { step } else { 0.0 };
            let noise = random() - 0.5;
            if random() < 0.02 { f64::NAN } else { 100.0 + 0.3 * row + wall + noise }
        })
        .collect()
}

fn surface(grid: GridGeometry, date: &str, heights: &[f64]) -> Dem {
    Dem::new(date, date.parse().unwrap(), grid, Heights::F64(heights.to_vec()))
        .unwrap()
        .sigma_m(0.1)
        .vertical_datum(VerticalDatum::Normal1985)
}

/// A star-shaped polygon, anywhere on or around the grid.
fn star() -> impl Strategy<Value = Polygon<f64>> {
    (-5.0..36.0_f64, -5.0..28.0_f64, prop::collection::vec(0.5..14.0_f64, 3..9)).prop_map(|(x, y, radii)| {
        let corners: Vec<(f64, f64)> = radii
            .iter()
            .enumerate()
            .map(|(index, radius)| {
                let angle = std::f64::consts::TAU * index as f64 / radii.len() as f64;
                (x + radius * angle.cos(), y + radius * angle.sin())
            })
            .collect();
        polygon(&corners)
    })
}

fn licences() -> impl Strategy<Value = Vec<Licence>> {
    prop::collection::vec((star(), 90.0..105.0_f64, 0.5..12.0_f64), 0..5).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(index, (polygon, floor, thickness))| {
                licence(&format!("L{index}"), polygon, floor, floor + thickness)
            })
            .collect()
    })
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn classes_sum_to_the_whole_change(seeds in (any::<u64>(), any::<u64>()), licences in licences(), min_area_m2 in 0.0..30.0_f64) {
        let grid = grid(ROWS, COLS, 1.0);
        let (before, after) = (heights(seeds.0), heights(seeds.1));
        let surfaces = [surface(grid, "2021-05-01", &before), surface(grid, "2024-05-20", &after)];
        let options = AssessOptions::default().min_area_m2(min_area_m2);
        let case = assess(&[&surfaces[0], &surfaces[1]], &licences, &options);
        let interval = &case.intervals[0];
        let change = |sign: f64| -> f64 {
            before.iter().zip(&after).map(|(b, a)| sign * (a - b)).filter(|dz| *dz > 0.0).sum()
        };
        prop_assert!(close(interval.cut_m3, change(-1.0)));
        prop_assert!(close(interval.fill_m3, change(1.0)));
        prop_assert!(close(case.rows.iter().map(|row| row.cut_m3).sum(), interval.cut_m3));
        prop_assert!(close(case.rows.iter().map(|row| row.fill_m3).sum(), interval.fill_m3));
        prop_assert!(close(case.rows.iter().map(|row| row.cut_certain_m3).sum(), interval.cut_certain_m3));
        prop_assert!(close(case.rows.iter().map(|row| row.fill_certain_m3).sum(), interval.fill_certain_m3));
        for row in &case.rows {
            prop_assert!(row.cut_certain_m3 <= row.cut_m3 && row.fill_certain_m3 <= row.fill_m3 && row.cut_certain_m3 >= 0.0);
        }
        for patch in &case.patches {
            prop_assert!(close(patch.classes.iter().map(|class| class.volume_m3).sum(), patch.volume_m3));
            prop_assert!(close(geo::Area::unsigned_area(&patch.outline), patch.area_m2));
        }
    }

    #[test]
    fn units_and_threads_do_not_show_in_the_result(
        seeds in (any::<u64>(), any::<u64>(), any::<u64>()),
        licences in licences(),
        unit in (4_usize..30, 4_usize..40),
        eight in any::<bool>(),
    ) {
        let grid = grid(ROWS, COLS, 1.0);
        let surfaces = [
            surface(grid, "2021-05-01", &heights(seeds.0)),
            surface(grid, "2022-05-01", &heights(seeds.1)),
            surface(grid, "2024-05-20", &heights(seeds.2)),
        ];
        let surfaces: Vec<&Dem> = surfaces.iter().collect();
        let connectivity = if eight { Connectivity::Eight } else { Connectivity::Four };
        let options = AssessOptions::default().min_area_m2(3.0).connectivity(connectivity);
        let whole = assess(&surfaces, &licences, &options.clone().threads(1));
        let unit = GridShape { rows: unit.0, cols: unit.1 };
        let cut = assess(&surfaces, &licences, &options.threads(2).unit(unit));
        prop_assert_eq!(&whole.rows, &cut.rows);
        prop_assert_eq!(&whole.patches, &cut.patches);
        prop_assert_eq!(whole.digest, cut.digest);
    }

    #[test]
    fn swapping_the_epochs_swaps_cut_and_fill(seeds in (any::<u64>(), any::<u64>()), licences in licences()) {
        let grid = grid(ROWS, COLS, 1.0);
        let (one, two) = (heights(seeds.0), heights(seeds.1));
        let options = AssessOptions::default();
        let there = assess(&[&surface(grid, "2021-05-01", &one), &surface(grid, "2024-05-20", &two)], &licences, &options);
        let back = assess(&[&surface(grid, "2021-05-01", &two), &surface(grid, "2024-05-20", &one)], &licences, &options);
        prop_assert_eq!(there.intervals[0].cut_m3, back.intervals[0].fill_m3);
        prop_assert_eq!(there.intervals[0].fill_certain_m3, back.intervals[0].cut_certain_m3);
        for row in &there.rows {
            let same = back.rows.iter().find(|other| other.class == row.class && other.licences == row.licences);
            prop_assert_eq!(same.map(|other| other.fill_m3), Some(row.cut_m3));
        }
    }

    #[test]
    fn a_larger_level_of_detection_never_finds_more(seeds in (any::<u64>(), any::<u64>()), lods in (0.0..1.0_f64, 0.0..1.0_f64)) {
        let grid = grid(ROWS, COLS, 1.0);
        let (before, after) = (surface(grid, "2021-05-01", &heights(seeds.0)), surface(grid, "2024-05-20", &heights(seeds.1)));
        let certain = |lod_m: f64| {
            assess(&[&before, &after], &[], &AssessOptions::default().lod_m(lod_m)).intervals[0].cut_certain_m3
        };
        prop_assert!(certain(lods.0.max(lods.1)) <= certain(lods.0.min(lods.1)));
    }
}

#[test]
fn the_digest_is_the_same_for_1_2_and_7_threads() {
    let grid = grid(ROWS, COLS, 1.0);
    let (before, after) = (surface(grid, "2021-05-01", &heights(3)), surface(grid, "2024-05-20", &heights(4)));
    let digests: Vec<String> = [1, 2, 7]
        .into_iter()
        .map(|threads| {
            let options = AssessOptions::default().threads(threads).unit(GridShape { rows: 5, cols: 6 });
            assess(&[&before, &after], &[], &options).digest
        })
        .collect();
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
}
