//! Stacks of seams with dip and fault against closed forms: the split of columns by layer is exact for planes.
#![allow(clippy::unwrap_used, reason = "scenes that are sound")]

mod common;

use common::{NORTH, WEST, dem, grid, licence, rectangle};
use overcut::{
    Assessment, GridGeometry, GridShape,
    assessment::{AssessOptions, Input, Unobserved},
    layers::{Layer, LayerBound, LayerKind, LayerPart, Plane},
    stable::StableGround,
    surface::Surface,
};

/// Relative.
const EXACT: f64 = 1e-9;

/// 100 m x 60 m of ground that falls to the south-east, dug down to a plane that dips to the north.
fn dug(grid: GridGeometry, layers: &[Layer<'_>], options: &AssessOptions) -> Assessment {
    let before = dem(grid, "2021-05-01", ground);
    let after = dem(grid, "2024-05-20", floor);
    let surfaces: [&dyn Surface; 2] = [&before, &after];
    let licences = [licence("A", rectangle((0.0, 40.0), (0.0, 60.0)), 0.0, 500.0)];
    let input = Input { surfaces: &surfaces, licences: &licences, layers, stable_ground: StableGround::Auto };
    overcut::assess(&input, options, &mut Unobserved).unwrap()
}

fn ground(east: f64, south: f64) -> f64 {
    200.0 - 0.05 * east - 0.03 * south
}

fn floor(_: f64, south: f64) -> f64 {
    140.0 + 0.02 * south
}

/// A plane from its height at the north-western corner and its falls to the east and south.
fn plane(height_m: f64, east_fall: f64, south_fall: f64) -> LayerBound<'static> {
    LayerBound::Plane(Plane { x: WEST, y: NORTH, z_m: height_m, east: -east_fall, north: south_fall })
}

fn of_layer(case: &Assessment, layer: Option<&str>) -> f64 {
    case.rows.iter().filter(|row| row.layer.as_deref() == layer).map(|row| row.cut_m3).sum()
}

/// All of the ground is dug: none is stable, and what is left of noise-free planes would be taken for it.
fn as_they_lie() -> AssessOptions {
    AssessOptions::default().register(false)
}

#[track_caller]
fn exact(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() <= EXACT, "{found} is not {expected}");
}

/// Mean over 100 m x 60 m of a plane with these falls.
fn mean(height_m: f64, east_fall: f64, south_fall: f64) -> f64 {
    height_m - 50.0 * east_fall - 30.0 * south_fall
}

#[test]
fn three_dipping_seams_have_the_volumes_of_prisms_between_planes() {
    // All bounds lie between ground and floor everywhere: each volume is plan area x difference of the means.
    let layers = [
        Layer::new("cover", LayerBound::Level(1000.0), plane(190.0, 0.04, 0.02)).kind(LayerKind::Overburden),
        Layer::new("upper", plane(185.0, 0.05, 0.03), plane(180.0, 0.05, 0.03)),
        Layer::new("lower", plane(175.0, 0.03, 0.04), plane(168.0, 0.04, 0.03)).density_t_per_m3(2.5),
    ];
    for (rows, cols, cell_m) in [(60, 100, 1.0), (12, 20, 5.0), (6, 10, 10.0)] {
        let grid = grid(rows, cols, cell_m);
        let case = dug(grid, &layers, &as_they_lie());
        exact(of_layer(&case, Some("cover")), 6000.0 * (mean(200.0, 0.05, 0.03) - mean(190.0, 0.04, 0.02)));
        exact(of_layer(&case, Some("upper")), 6000.0 * 5.0);
        let lower_m3 = 6000.0 * (mean(175.0, 0.03, 0.04) - mean(168.0, 0.04, 0.03));
        exact(of_layer(&case, Some("lower")), lower_m3);
        let all_m3 = 6000.0 * (mean(200.0, 0.05, 0.03) - mean(140.0, 0.0, -0.02));
        let in_layers: f64 = layers.iter().map(|layer| of_layer(&case, Some(&layer.name))).sum();
        exact(of_layer(&case, None), all_m3 - in_layers);
        let mass_t: f64 = case.rows.iter().filter_map(|row| row.cut_measured_mass_t).sum();
        exact(mass_t, 2.5 * lower_m3);
        // Patches carry their layers.
        let patch_m3: f64 = case.patches[0]
            .classes
            .iter()
            .filter(|row| row.layer.as_deref() == Some("lower"))
            .map(|row| row.volume_m3)
            .sum();
        exact(patch_m3, lower_m3);
    }
}

#[test]
fn a_seam_that_leaves_the_pit_is_cut_by_ground_and_floor() {
    // The roof of a steep seam falls by 1 in 1 from 190 at x = 0; it is 12 m thick. Ground and floor are level here: 180 and 150.
    // Dug of it at x is the part of [178 - x, 190 - x] within [150, 180]: full for x from 10 to 28, at x < 10 the
    // part under 180, at x > 28 the part over 150 until x = 40.
    let layers = [Layer::new("seam", plane(190.0, 1.0, 0.0), plane(178.0, 1.0, 0.0))];
    // x < 10: 180 - (178 - x) = 2 + x: 20 + 50; 10..28: 12 each; 28..40: 12 down to 0: 72.
    let expected = 60.0 * (70.0 + 12.0 * 18.0 + 72.0);
    for (rows, cols, cell_m) in [(60, 100, 1.0), (30, 50, 2.0), (12, 20, 5.0), (6, 10, 10.0)] {
        let grid = grid(rows, cols, cell_m);
        let (before, after) = (dem(grid, "2021-05-01", |_, _| 180.0), dem(grid, "2024-05-20", |_, _| 150.0));
        let surfaces: [&dyn Surface; 2] = [&before, &after];
        let input = Input { surfaces: &surfaces, licences: &[], layers: &layers, stable_ground: StableGround::Auto };
        let case = overcut::assess(&input, &as_they_lie(), &mut Unobserved).unwrap();
        exact(of_layer(&case, Some("seam")), expected);
        exact(of_layer(&case, None), 6000.0 * 30.0 - expected);
    }
}

#[test]
fn a_faulted_seam_has_the_volume_of_its_parts_also_where_the_fault_runs_askew() {
    // West of the fault the seam lies 8 m higher. The fault runs from (20, 0) to (73, 60), through cells.
    let fault = |west: bool| {
        let side = if west { -1.0 } else { 200.0 };
        common::polygon(&[(side, -1.0), (20.0 - 53.0 / 60.0, -1.0), (73.0 + 53.0 / 60.0, 61.0), (side, 61.0)])
    };
    let part = |roof_m: f64, west: bool| LayerPart {
        roof: LayerBound::Level(roof_m),
        floor: LayerBound::Level(roof_m - 6.0),
        polygon: Some(fault(west)),
    };
    let layers = [
        Layer::faulted("seam", vec![part(178.0, true), part(170.0, false)]),
        Layer::new("under", LayerBound::Level(164.0), LayerBound::Level(160.0)),
    ];
    for (rows, cols, cell_m) in [(60, 100, 1.0), (12, 20, 5.0)] {
        let case = dug(grid(rows, cols, cell_m), &layers, &as_they_lie());
        exact(of_layer(&case, Some("seam")), 6000.0 * 6.0);
        exact(of_layer(&case, Some("under")), 6000.0 * 4.0);
        // In the licence, x < 40, the fault leaves the trapezoid west of it and the rest; both are 6 m thick.
        let inside: f64 = case
            .rows
            .iter()
            .filter(|row| row.layer.as_deref() == Some("seam") && row.licences.len() == 1)
            .filter(|row| row.class == overcut::assessment::Class::Within)
            .map(|row| row.cut_m3)
            .sum();
        exact(inside, 40.0 * 60.0 * 6.0);
    }
}

#[test]
fn a_fault_that_lifts_a_seam_out_of_the_pit_takes_its_share() {
    // East of x = 50 the seam lies over the ground: only the western half is dug.
    let side = |from: f64, to: f64| Some(rectangle((from, to), (-5.0, 65.0)));
    let bounds = |roof_m: f64| (plane(roof_m, 0.06, 0.01), plane(roof_m - 3.0, 0.06, 0.01));
    let part = |roof_m: f64, polygon| LayerPart { roof: bounds(roof_m).0, floor: bounds(roof_m).1, polygon };
    let layers = [Layer::faulted("seam", vec![part(180.0, side(-5.0, 50.0)), part(260.0, side(50.0, 105.0))])];
    let case = dug(grid(12, 20, 5.0), &layers, &as_they_lie());
    exact(of_layer(&case, Some("seam")), 3000.0 * 3.0);
}

#[test]
fn layers_do_not_depend_on_tiling_or_threads() {
    let polygon = Some(common::polygon(&[(10.0, 3.0), (77.0, 9.0), (90.0, 55.0), (14.0, 41.0)]));
    let roof = dem(grid(60, 100, 1.0), "2000-01-01", |east, south| 180.0 - 0.1 * east + (south / 7.0).sin());
    let surface = LayerPart { roof: LayerBound::Surface(&roof), floor: plane(168.0, 0.05, 0.0), polygon };
    let under = LayerPart { roof: plane(171.0, 0.02, 0.03), floor: LayerBound::Level(162.0), polygon: None };
    let layers = [Layer::faulted("A", vec![surface]), Layer::faulted("B", vec![under])];
    let whole = dug(grid(60, 100, 1.0), &layers, &as_they_lie().threads(1));
    for (rows, cols) in [(16, 16), (7, 100), (60, 33)] {
        let options = as_they_lie().threads(3).unit(GridShape { rows, cols });
        let cut = dug(grid(60, 100, 1.0), &layers, &options);
        assert_eq!(cut.digest, whole.digest, "{rows} x {cols}");
    }
}
