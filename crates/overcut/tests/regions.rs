//! Regions of a grid, done one by one as they would be on other machines: together they are the assessment in one piece.
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "scenes that are sound, and the same to the bit"
)]

mod common;

use common::{dem, grid, licence, polygon, rectangle};
use overcut::{
    Assessment, Dem, Error, Licence, Window,
    assessment::{AssessOptions, Assessor, Input, Layer, LayerBound, Prepared, RegionResult, Unobserved},
    stable::StableGround,
    surface::Surface,
};
use proptest::prelude::*;

const ROWS: usize = 60;
const COLS: usize = 84;
const DATES: [&str; 3] = ["2020-05-01", "2022-05-01", "2024-05-01"];

/// Rough ground, a pit that grows, a second one that is filled again, and noise from a seed.
fn surveys(seed: u64) -> Vec<Dem> {
    let noise = move |east: f64, south: f64, epoch: usize| {
        let mut state = (east * 8.0) as u64 ^ ((south * 8.0) as u64) << 20 ^ seed << 40 ^ (epoch as u64) << 60;
        for _ in 0..3 {
            state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            state ^= state >> 27;
        }
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let bowl = |east: f64, south: f64, centre: (f64, f64), radius: f64, depth: f64| {
        let square = (east - centre.0).powi(2) + (south - centre.1).powi(2);
        depth * (1.0 - square / (radius * radius)).max(0.0)
    };
    (0..DATES.len())
        .map(|epoch| {
            let grown = [0.0, 14.0, 19.0][epoch];
            let filled = [0.0, 6.0, 1.0][epoch];
            dem(grid(ROWS, COLS, 1.0), DATES[epoch], move |east, south| {
                let ground = 100.0 + 6.0 * (east / 9.0).sin() + 5.0 * (south / 7.0).cos();
                let pits = if epoch == 0 { 0.0 } else { bowl(east, south, (40.0, 30.0), grown, 8.0) };
                ground - pits - bowl(east, south, (70.0, 12.0), 9.0, filled) + 0.3 * noise(east, south, epoch)
            })
        })
        .collect()
}

fn licences() -> Vec<Licence> {
    let askew = polygon(&[(20.0, 12.0), (44.5, 20.25), (38.0, 47.0), (17.25, 40.0)]);
    vec![
        licence("A", askew, 95.0, 120.0),
        licence("B", rectangle((40.0, 63.7), (18.0, 42.0)), 60.0, 99.0),
        licence("C", rectangle((63.7, 80.0), (0.0, 30.0)), 60.0, 130.0),
    ]
}

/// Cuts a grid at random rows, and each of its bands at random columns.
fn windows(row_cuts: &[usize], col_cuts: &[Vec<usize>]) -> Vec<Window> {
    let limits = |cuts: &[usize], length: usize| {
        let mut all: Vec<usize> = cuts.iter().map(|cut| cut % length).chain([0, length]).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let rows = limits(row_cuts, ROWS);
    let bands = rows.windows(2).zip(col_cuts.iter().cycle());
    bands
        .flat_map(|(band, cuts)| {
            let cols = limits(cuts, COLS);
            let band = band[0]..band[1];
            cols.windows(2).map(|pair| Window::from_ranges(band.clone(), pair[0]..pair[1])).collect::<Vec<_>>()
        })
        .collect()
}

fn whole(surfaces: &[&dyn Surface], layers: &[Layer<'_>], options: &AssessOptions) -> Assessment {
    let input = Input { surfaces, licences: &licences(), layers, stable_ground: StableGround::Auto };
    overcut::assess(&input, options, &mut Unobserved).unwrap()
}

/// The same by regions, with the job and every result taken through text as it would travel.
fn by_regions(
    surfaces: &[&dyn Surface],
    layers: &[Layer<'_>],
    options: &AssessOptions,
    regions: &[Window],
) -> Assessment {
    let input = Input { surfaces, licences: &licences(), layers, stable_ground: StableGround::Auto };
    let prepared = serde_json::to_string(&Prepared::new(&input, options).unwrap()).unwrap();
    // Two machines, which know nothing but the text.
    let machines: Vec<Assessor<'_>> =
        (0..2).map(|_| Assessor::new(serde_json::from_str(&prepared).unwrap(), layers, false).unwrap()).collect();
    let found = regions.iter().enumerate().map(|(number, region)| {
        let result = machines[number % 2].region(surfaces, *region, &mut Unobserved).unwrap();
        Ok(result)
    });
    let found: Vec<overcut::Result<RegionResult>> = found.collect();
    machines[0].finish(found).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_regions_give_the_assessment_in_one_piece(
        seed in 0_u64..1000,
        row_cuts in prop::collection::vec(0_usize..ROWS, 0..5),
        col_cuts in prop::collection::vec(prop::collection::vec(0_usize..COLS, 0..6), 1..4),
        registered in any::<bool>(),
        layered in any::<bool>(),
    ) {
        let surveys = surveys(seed);
        let surfaces: Vec<&dyn Surface> = surveys.iter().map(|dem| dem as &dyn Surface).collect();
        let options = if registered {
            AssessOptions::default().min_area_m2(4.0)
        } else {
            AssessOptions::default().register(false).estimate_errors(false).lod_m(0.4)
        };
        let roof = dem(grid(ROWS, COLS, 1.0), "2000-01-01", |east, south| 99.0 - east / 30.0 + south / 40.0);
        let seam = Layer::new("seam", LayerBound::Surface(&roof), LayerBound::Level(93.0));
        let layers = if layered { vec![seam] } else { Vec::new() };
        let expected = whole(&surfaces, &layers, &options);
        let found = by_regions(&surfaces, &layers, &options, &windows(&row_cuts, &col_cuts));
        prop_assert!(!expected.patches.is_empty());
        prop_assert_eq!(&found.rows, &expected.rows);
        prop_assert_eq!(&found.patches, &expected.patches);
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn ground_in_no_region_counts_as_ground_without_data() {
    let surveys = surveys(7);
    let surfaces: Vec<&dyn Surface> = surveys.iter().map(|dem| dem as &dyn Surface).collect();
    let options = AssessOptions::default().register(false).estimate_errors(false).lod_m(0.4);
    let half = Window { row: 0, col: 0, rows: ROWS, cols: 42 };
    let found = by_regions(&surfaces, &[], &options, &[half]);
    // 60 x 42 cells of 1 m² were compared, as many were not.
    assert_eq!(found.intervals[0].compared_area_m2, 2520.0);
    assert_eq!(found.intervals[0].nodata_area_m2, 2520.0);
}

#[test]
fn what_cannot_be_put_together_is_refused() {
    let surveys = surveys(7);
    let surfaces: Vec<&dyn Surface> = surveys.iter().map(|dem| dem as &dyn Surface).collect();
    let licences = licences();
    let input = Input { surfaces: &surfaces, licences: &licences, layers: &[], stable_ground: StableGround::Auto };
    let options = AssessOptions::default().register(false).estimate_errors(false).lod_m(0.4);
    let assessor = Assessor::new(Prepared::new(&input, &options).unwrap(), &[], false).unwrap();
    let window = |row: usize| Window { row, col: 0, rows: 30, cols: COLS };
    let region = |window: Window| assessor.region(&surfaces, window, &mut Unobserved);
    let outside = region(Window { row: 40, col: 0, rows: 30, cols: COLS });
    assert!(matches!(outside, Err(Error::InvalidParameter { name, .. }) if name == "region"));
    assert!(matches!(
        assessor.region(&surfaces[..2], window(0), &mut Unobserved),
        Err(Error::TooFewSurfaces { found: 2 })
    ));
    let backwards = assessor.finish([region(window(30)), region(window(0))]);
    assert!(matches!(backwards, Err(Error::InvalidParameter { name, .. }) if name == "regions"));
    assert!(matches!(assessor.finish([]), Err(Error::NoCommonCells { .. })));
    assert!(assessor.finish([region(window(0)), region(window(30))]).is_ok());
}
