//! Columns by hand, and the closed form against the division.

use super::*;

fn split(low: Ground, high: Ground, levels_m: &[f64], layers: &[(Ground, Ground)]) -> Vec<f64> {
    let seams = seams(layers);
    Splitter::default().split(low, high, &Cuts { levels_m, seams: &seams, layers: layers.len() }).to_vec()
}

/// Floors and roofs as layers of their own.
fn seams(layers: &[(Ground, Ground)]) -> Vec<Seam> {
    (1..).zip(layers).map(|(layer, (floor, roof))| Seam { layer, floor: *floor, roof: *roof }).collect()
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-12, "{found:?} is not {expected:?}");
    }
}

#[test]
fn level_ground_is_cut_like_a_block() {
    // 12 m down to 7 m, band 8..10: 1 m below, 2 m within, 2 m above.
    close(&split(Ground::level(7.0), Ground::level(12.0), &[8.0, 10.0], &[]), &[1.0, 2.0, 2.0]);
}

#[test]
fn half_a_sloping_cell_lies_below_a_level_through_its_centre() {
    // Ground from -1 m to +1 m across the cell, dug down to -1 m everywhere. Below 0: a half cell 1 m deep and a
    // triangle of mean 1/2 m over the other half = 0.75 m; above: mean 0.5 m over a half = 0.25 m.
    let before = Ground { centre_m: 0.0, east_m: 1.0, south_m: 0.0 };
    close(&split(Ground::level(-1.0), before, &[0.0], &[]), &[0.75, 0.25]);
}

#[test]
fn a_corner_above_the_level_is_a_pyramid() {
    // z = s + t on the square; above 1: triangle with legs 1 (area 1/2 of 4), a pyramid of height 1: 1/3 x 1/2 / 4.
    let before = Ground { centre_m: 0.0, east_m: 1.0, south_m: 1.0 };
    close(&split(Ground::level(-2.0), before, &[1.0], &[]), &[2.0 - 1.0 / 24.0, 1.0 / 24.0]);
}

#[test]
fn a_dipping_seam_takes_its_share_of_a_level_column() {
    // Seam from roof z = s to floor z = s - 1, column from -1 to 0: at s the part is min(0, s) - max(-1, s - 1);
    // for s < 0: s + 1; for s > 0: 1 - s. Mean 1/2.
    let seam = |centre_m| Ground { centre_m, east_m: 1.0, south_m: 0.0 };
    close(&split(Ground::level(-1.0), Ground::level(0.0), &[], &[(seam(-1.0), seam(0.0))]), &[0.5, 0.5]);
}

#[test]
fn a_seam_without_data_is_absent() {
    let absent = (Ground::level(f64::NAN), Ground::level(5.0));
    close(&split(Ground::level(0.0), Ground::level(2.0), &[1.0], &[absent]), &[1.0, 0.0, 1.0, 0.0]);
}

#[test]
fn surfaces_that_cross_in_the_cell_keep_the_net_and_nothing_is_negative() {
    let before = Ground { centre_m: 0.1, east_m: 1.0, south_m: 0.0 };
    let after = Ground { centre_m: 0.0, east_m: -1.0, south_m: 0.3 };
    let lengths = split(after, before, &[-0.5, 0.0, 0.5], &[]);
    assert!(lengths.iter().all(|length| *length >= 0.0), "{lengths:?}");
    assert!((lengths.iter().sum::<f64>() - 0.1).abs() < 1e-12);
}

#[test]
fn depths_under_a_level_by_hand() {
    let ground = |centre_m, east_m, south_m| Ground { centre_m, east_m, south_m };
    // Flat; wholly above; half a wedge of 1 m: 1/4; a pyramid of height 1 over legs of 1, 1/6 of 4 cells.
    for (ground, expected) in [
        (ground(3.0, 0.0, 0.0), 2.0),
        (ground(7.0, 1.0, 1.0), 0.0),
        (ground(5.0, 0.0, -1.0), 0.25),
        (ground(6.0, 1.0, -1.0), 1.0 / 24.0),
        (ground(4.0, 1.0, 1.0), 1.0 + 1.0 / 24.0),
    ] {
        assert!((mean_positive(&Ground::level(5.0).over(&ground)) - expected).abs() < 1e-15, "{ground:?}");
    }
}

proptest::proptest! {
    #[test]
    fn levels_by_formula_and_by_division_agree(
        low in (-3.0..3.0_f64, -2.0..2.0_f64, -2.0..2.0_f64),
        more in (0.0..4.0_f64, -2.0..2.0_f64, -2.0..2.0_f64),
        levels in (-3.0..3.0_f64, 0.0..3.0_f64),
    ) {
        let high = Ground { centre_m: low.0 + more.0, east_m: more.1, south_m: more.2 };
        let low = Ground { centre_m: low.0, east_m: low.1, south_m: low.2 };
        let levels_m = [levels.0, levels.0 + levels.1];
        let cuts = Cuts { levels_m: &levels_m, seams: &[], layers: 0 };
        let mut by_division = Splitter::default();
        by_division.lengths.resize(cuts.places(), 0.0);
        by_division.split_by_division(low, high, &cuts);
        by_division.settle(more.0);
        let by_formula = split(low, high, &levels_m, &[]);
        for (one, other) in by_formula.iter().zip(&by_division.lengths) {
            proptest::prop_assert!((one - other).abs() < 1e-12, "{by_formula:?} {:?}", by_division.lengths);
        }
    }
}

proptest::proptest! {
    /// Seams in order, seams that cross each other, thin out or are absent, and levels between them.
    #[test]
    fn seams_by_formula_and_by_division_agree(
        low in (-3.0..3.0_f64, -0.5..0.5_f64, -0.5..0.5_f64),
        more in (0.0..6.0_f64, -0.5..0.5_f64, -0.5..0.5_f64),
        level in -3.0..6.0_f64,
        bounds in proptest::collection::vec((-3.0..7.0_f64, -0.4..0.4_f64, -0.4..0.4_f64), 6),
        numbers in proptest::collection::vec(1..3_usize, 3),
        absent in 0..4_usize,
    ) {
        let high = Ground { centre_m: low.0 + more.0, east_m: more.1, south_m: more.2 };
        let low = Ground { centre_m: low.0, east_m: low.1, south_m: low.2 };
        let plane = |(centre_m, east_m, south_m): (f64, f64, f64)| Ground { centre_m, east_m, south_m };
        let mut seams: Vec<Seam> = (0..3)
            .map(|at| Seam { layer: numbers[at], floor: plane(bounds[2 * at]), roof: plane(bounds[2 * at + 1]) })
            .collect();
        if let Some(seam) = seams.get_mut(absent) {
            seam.floor.centre_m = f64::NAN;
        }
        let levels_m = [level];
        let cuts = Cuts { levels_m: &levels_m, seams: &seams, layers: 3 };
        let mut by_division = Splitter::default();
        by_division.lengths.resize(cuts.places(), 0.0);
        by_division.split_by_division(low, high, &cuts);
        by_division.settle(more.0);
        let mut splitter = Splitter::default();
        let found = splitter.split(low, high, &cuts);
        for (one, other) in found.iter().zip(&by_division.lengths) {
            proptest::prop_assert!((one - other).abs() < 1e-9, "{found:?} {:?}", by_division.lengths);
        }
        if let Some(place) = cuts.single_place(&low, &high) {
            proptest::prop_assert!((found[place] - more.0).abs() < 1e-9, "{found:?} {place}");
        }
    }
}

#[test]
fn of_two_seams_that_overlap_the_first_has_the_common_ground() {
    let seam = |layer, floor, roof| Seam { layer, floor: Ground::level(floor), roof: Ground::level(roof) };
    let seams = [seam(2, 3.0, 6.0), seam(1, 5.0, 8.0)];
    let cuts = Cuts { levels_m: &[], seams: &seams, layers: 2 };
    close(Splitter::default().split(Ground::level(0.0), Ground::level(10.0), &cuts), &[5.0, 2.0, 3.0]);
}

#[test]
fn a_seam_that_pinches_out_inside_the_cell_ends_where_roof_and_floor_meet() {
    // Roof at 5 + s, floor at 5: 1 m thick at the eastern edge, nothing from the middle on to the west: 1/4 m.
    let roof = Ground { centre_m: 5.0, east_m: 1.0, south_m: 0.0 };
    close(&split(Ground::level(0.0), Ground::level(10.0), &[], &[(Ground::level(5.0), roof)]), &[9.75, 0.25]);
}

#[test]
fn the_foot_of_a_wall_stays_level() {
    assert_eq!(rise(0.0, 0.0, 20.0), 0.0);
    assert_eq!(rise(1.0, 2.0, 3.0), 0.5);
    assert_eq!(rise(f64::NAN, 2.0, 3.0), 0.5);
    assert_eq!(rise(f64::NAN, 2.0, f64::NAN), 0.0);
    assert_eq!(rise(3.0, 2.0, 3.0), 0.0);
}

#[test]
fn a_column_clear_of_all_levels_has_one_place() {
    let cuts = Cuts { levels_m: &[8.0, 10.0], seams: &[], layers: 0 };
    let sloping = |centre_m| Ground { centre_m, east_m: 0.4, south_m: 0.4 };
    assert_eq!(cuts.single_place(&sloping(8.9), &sloping(9.1)), Some(1));
    assert_eq!(cuts.single_place(&sloping(8.5), &sloping(9.1)), None);
    assert_eq!(cuts.single_place(&sloping(1.0), &sloping(2.0)), Some(0));
    assert_eq!(cuts.single_place(&sloping(11.0), &sloping(20.0)), Some(2));
}
