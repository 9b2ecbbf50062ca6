//! Stated transformations: against hand numbers, published examples, and there and back.
#![allow(clippy::unwrap_used)]

use overcut::transformation::{Axes, Convention, Helmert, Method, Similarity, Transformation};
use overcut_io::{CoordinateOperation, Error, crs};

const SHEET: &str = "parameters of the county survey, sheet 12 of 2019";

fn stated(from: &str, to: &str, method: Method) -> Transformation {
    crs::from_points(from, to, method, SHEET, Vec::new()).unwrap()
}

fn moved(from: &str, to: &str, by: &Transformation, point: (f64, f64)) -> (f64, f64) {
    let (operation, used) = CoordinateOperation::with(from, to, std::slice::from_ref(by)).unwrap();
    assert_eq!(used, Some(0));
    let mut points = [point];
    operation.try_clone().unwrap().transform(&mut points).unwrap();
    points[0]
}

fn close(found: (f64, f64), expected: (f64, f64), by: f64) {
    assert!((found.0 - expected.0).abs() <= by && (found.1 - expected.1).abs() <= by, "{found:?} {expected:?}");
}

fn shift() -> Transformation {
    let similarity =
        Similarity { dx_m: -3.0, dy_m: 118.0, rotation_arcsec: 0.0, scale_ppm: 0.0, axes: Axes::NorthEast };
    stated("EPSG:2382", "EPSG:4546", Method::FourParameters(similarity))
}

/// WGS 72 to WGS 84, as EPSG guidance note 7-2 works it out for methods 9606 and 9607.
fn wgs72(rz_arcsec: f64, convention: Convention) -> Transformation {
    let helmert = Helmert {
        dx_m: 0.0,
        dy_m: 0.0,
        dz_m: 4.5,
        rx_arcsec: 0.0,
        ry_arcsec: 0.0,
        rz_arcsec,
        scale_ppm: 0.219,
        convention,
        height_m: 0.0,
    };
    stated("EPSG:4322", "EPSG:4326", Method::SevenParameters(helmert))
}

#[test]
fn the_worked_example_of_the_guidance_note_comes_out_in_both_conventions() {
    // 55° N, 4° E to 55°00'00.090" N, 4°00'00.554" E: three decimals of a second are 3 cm.
    for by in [wgs72(0.554, Convention::PositionVector), wgs72(-0.554, Convention::CoordinateFrame)] {
        let (lon, lat) = moved("EPSG:4322", "EPSG:4326", &by, (4.0, 55.0));
        assert!(((lat - 55.0) * 3_600.0 - 0.090).abs() < 0.000_6, "{}", (lat - 55.0) * 3_600.0);
        assert!(((lon - 4.0) * 3_600.0 - 0.554).abs() < 0.000_6, "{}", (lon - 4.0) * 3_600.0);
    }
}

#[test]
fn four_parameters_move_by_hand_and_hold_in_every_zone_of_both_datums() {
    let place = (498_187.664, 3_941_160.735);
    // dx is north in this sheet: 3 m south, 118 m east.
    close(moved("EPSG:2382", "EPSG:4546", &shift(), place), (498_305.664, 3_941_157.735), 1e-9);
    // With the prefix of zone 37 before and after.
    let prefixed = (place.0 + 37e6, place.1);
    close(moved("EPSG:2361", "EPSG:4525", &shift(), prefixed), (37_498_305.664, 3_941_157.735), 1e-6);
    // From degrees of Xian 1980.
    let mut degrees = [place];
    CoordinateOperation::new("EPSG:2382", "EPSG:4610").unwrap().transform(&mut degrees).unwrap();
    close(moved("EPSG:4610", "EPSG:4546", &shift(), degrees[0]), (498_305.664, 3_941_157.735), 1e-5);
}

#[test]
fn every_transformation_leads_back_to_where_it_came_from() {
    let helmert = Helmert {
        dx_m: -24.3,
        dy_m: 103.5,
        dz_m: 41.8,
        rx_arcsec: -8.25,
        ry_arcsec: 7.75,
        rz_arcsec: 9.5,
        scale_ppm: -4.2,
        convention: Convention::CoordinateFrame,
        height_m: 1_200.0,
    };
    let seven = stated("EPSG:4610", "EPSG:4490", Method::SevenParameters(helmert));
    let place = (498_187.664, 3_941_160.735);
    for by in [shift(), seven] {
        let there = moved("EPSG:2382", "EPSG:4546", &by, place);
        assert!((there.0 - place.0).hypot(there.1 - place.1) > 50.0, "{there:?}");
        close(moved("EPSG:4546", "EPSG:2382", &by, there), place, 2e-6);
    }
}

#[test]
fn a_transformation_between_other_datums_is_not_used_and_changes_nothing() {
    let refusal = CoordinateOperation::with("EPSG:2414", "EPSG:4546", &[shift()]).unwrap_err();
    assert!(matches!(refusal, Error::Ballpark { .. }), "{refusal}");
    let (operation, used) = CoordinateOperation::with("EPSG:4525", "EPSG:4546", &[shift()]).unwrap();
    assert_eq!(used, None);
    assert!(!operation.description().contains("parameter"), "{operation:?}");
}

#[test]
fn the_operation_says_which_parameters_from_which_source_it_used() {
    let (operation, _) = CoordinateOperation::with("EPSG:2361", "EPSG:4546", &[shift()]).unwrap();
    for part in [SHEET, "dx=-3 dy=118", "x north, y east"] {
        assert!(operation.description().contains(part), "{operation:?}");
    }
    assert!(operation.pipeline().unwrap().contains("x north, y east"), "{:?}", operation.pipeline());
}

#[test]
fn operations_for_a_part_of_the_area_are_named_and_not_taken() {
    // Beijing 1954 to WGS 84 is known for some oil fields and coasts only.
    let refusal = CoordinateOperation::new("EPSG:4214", "EPSG:32649").unwrap_err();
    let Error::Ballpark { partial, .. } = &refusal else { panic!("{refusal}") };
    assert!(partial.contains("Beijing 1954 to WGS 84"), "{partial}");
    assert!(refusal.to_string().contains("transformation"), "{refusal}");
}

#[test]
fn what_does_not_fit_is_refused_with_the_way_out() {
    let similarity = |scale_ppm: f64| {
        Method::FourParameters(Similarity {
            dx_m: 0.0,
            dy_m: 0.0,
            rotation_arcsec: 0.0,
            scale_ppm,
            axes: Axes::EastNorth,
        })
    };
    let refuse = |from: &str, to: &str, method: Method, source: &str| {
        crs::from_points(from, to, method, source, Vec::new()).unwrap_err().to_string()
    };
    assert!(refuse("EPSG:4610", "EPSG:4546", similarity(0.0), "x").contains("projected"));
    assert!(refuse("EPSG:4525", "EPSG:4546", similarity(0.0), "x").contains("one datum"));
    assert!(refuse("EPSG:2382", "EPSG:4546", similarity(1e6), "x").contains("millionths"));
    assert!(refuse("EPSG:2382", "EPSG:4546", similarity(0.0), "  ").contains("source"));
}

fn plane_points(north_error_m: f64) -> Vec<crs::Pair> {
    let places =
        [(498_000.0, 3_940_000.0), (503_000.0, 3_941_000.0), (501_500.0, 3_946_500.0), (497_200.0, 3_945_800.0)];
    let moved = |(at, (east, north)): (usize, (f64, f64))| {
        let error = if at == 2 { north_error_m } else { 0.0 };
        let name = format!("G{}", at + 1);
        (name, vec![east, north], vec![east + 118.0, north - 3.0 + error])
    };
    places.into_iter().enumerate().map(moved).collect()
}

#[test]
fn common_points_give_back_the_shift_that_was_put_into_them() {
    let zero = Method::FourParameters(Similarity {
        dx_m: 0.0,
        dy_m: 0.0,
        rotation_arcsec: 0.0,
        scale_ppm: 0.0,
        axes: Axes::NorthEast,
    });
    let fitted = crs::from_points("EPSG:2382", "EPSG:4546", zero, SHEET, plane_points(0.0)).unwrap();
    let Method::FourParameters(found) = fitted.method else { panic!("{fitted:?}") };
    assert!((found.dx_m + 3.0).abs() < 1e-5 && (found.dy_m - 118.0).abs() < 1e-5, "{found:?}");
    let fit = fitted.fit.as_ref().unwrap();
    assert!(fit.rms_m < 1e-6 && fit.redundancy == 4, "{fit:?}");
    close(moved("EPSG:2382", "EPSG:4546", &fitted, (500_000.0, 3_942_000.0)), (500_118.0, 3_941_997.0), 1e-6);
}

#[test]
fn seven_parameters_from_points_put_the_points_where_they_are() {
    let helmert = Helmert {
        dx_m: -24.3,
        dy_m: 103.5,
        dz_m: 41.8,
        rx_arcsec: -1.25,
        ry_arcsec: 0.75,
        rz_arcsec: 3.5,
        scale_ppm: -4.2,
        convention: Convention::CoordinateFrame,
        height_m: 0.0,
    };
    let truth = stated("EPSG:2382", "EPSG:4546", Method::SevenParameters(helmert));
    let pair = |(name, from, _): crs::Pair| {
        let to = moved("EPSG:2382", "EPSG:4546", &truth, (from[0], from[1]));
        (name, vec![from[0], from[1], 0.0], vec![to.0, to.1, 0.0])
    };
    let zero = Method::SevenParameters(Helmert { convention: Convention::PositionVector, ..helmert });
    let points: Vec<_> = plane_points(0.0).into_iter().map(pair).collect();
    // The height that the true parameters give is not 0, so the fit is not exact in height, but the plan is.
    let fitted = crs::from_points("EPSG:2382", "EPSG:4546", zero, SHEET, points).unwrap();
    let place = (500_000.0, 3_942_000.0);
    close(moved("EPSG:2382", "EPSG:4546", &fitted, place), moved("EPSG:2382", "EPSG:4546", &truth, place), 1e-3);
}
