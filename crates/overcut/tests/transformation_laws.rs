//! Laws of stated and estimated transformations.
#![allow(clippy::unwrap_used, clippy::float_cmp)] // exact on purpose

use overcut::transformation::{Axes, Convention, Helmert, Similarity, fit_helmert, fit_similarity};
use proptest::prelude::*;

fn axes() -> impl Strategy<Value = Axes> {
    prop_oneof![Just(Axes::EastNorth), Just(Axes::NorthEast)]
}

prop_compose! {
    fn similarity()(
        dx_m in -5e6..5e6,
        dy_m in -5e6..5e6,
        rotation_arcsec in -648_000.0..648_000.0,
        scale_ppm in -200.0..200.0,
        axes in axes(),
    ) -> Similarity {
        Similarity { dx_m, dy_m, rotation_arcsec, scale_ppm, axes }
    }
}

prop_compose! {
    fn helmert()(
        shift in prop::array::uniform3(-500.0..500.0),
        turn in prop::array::uniform3(-20.0..20.0),
        scale_ppm in -50.0..50.0,
    ) -> Helmert {
        Helmert {
            dx_m: shift[0],
            dy_m: shift[1],
            dz_m: shift[2],
            rx_arcsec: turn[0],
            ry_arcsec: turn[1],
            rz_arcsec: turn[2],
            scale_ppm,
            convention: Convention::PositionVector,
            height_m: 0.0,
        }
    }
}

/// Corners of a triangle of kilometres, and points about it.
fn spread() -> impl Strategy<Value = Vec<[f64; 2]>> {
    let more = prop::collection::vec(prop::array::uniform2(0.0..9_000.0), 0..6);
    more.prop_map(|mut points| {
        points.extend([[0.0, 0.0], [8_000.0, 500.0], [1_000.0, 7_000.0]]);
        points.iter().map(|[x, y]| [498_000.0 + x, 3_940_000.0 + y]).collect()
    })
}

proptest! {
    #[test]
    fn a_similarity_leads_back(by in similarity(), east in 0.0..4.6e7, north in 0.0..6e6) {
        let (x, y) = by.backward(by.forward((east, north)));
        prop_assert!((x - east).abs() < 1e-6 && (y - north).abs() < 1e-6);
    }

    #[test]
    fn distances_are_multiplied_by_the_scale(by in similarity(), dx in -9e3..9e3, dy in -9e3..9e3) {
        let (a, b) = (by.forward((5e5, 3.9e6)), by.forward((5e5 + dx, 3.9e6 + dy)));
        let expected = (1.0 + by.scale_ppm * 1e-6) * f64::hypot(dx, dy);
        prop_assert!(((a.0 - b.0).hypot(a.1 - b.1) - expected).abs() < 1e-6);
    }

    #[test]
    fn a_fit_to_exact_pairs_reproduces_them_in_whatever_order_they_come(by in similarity(), points in spread(), axes in axes()) {
        let image = |point: &[f64; 2]| -> [f64; 2] { by.forward((point[0], point[1])).into() };
        let to: Vec<_> = points.iter().map(image).collect();
        let found = fit_similarity(&points, &to, axes).unwrap();
        let reversed: Vec<_> = points.iter().rev().copied().collect();
        let to_reversed: Vec<_> = to.iter().rev().copied().collect();
        let again = fit_similarity(&reversed, &to_reversed, axes).unwrap();
        for (from, to) in points.iter().zip(&to) {
            for fitted in [found, again] {
                let (x, y) = fitted.forward((from[0], from[1]));
                prop_assert!((x - to[0]).abs() < 1e-6 && (y - to[1]).abs() < 1e-6, "{fitted:?}");
            }
        }
        // The scale does not depend on which axis is called the first.
        prop_assert!((found.scale_ppm - by.scale_ppm).abs() < 1e-5);
    }

    #[test]
    fn seven_parameters_of_exact_pairs_reproduce_them(by in helmert(), points in spread()) {
        // About 35.6° N, 111° E; heights that differ, so that the points are on no plane.
        let from: Vec<[f64; 3]> = points
            .iter()
            .enumerate()
            .map(|(at, [x, y])| [-1_860_000.0 + x - 498_000.0, 4_846_000.0 + 30.0 * at as f64, 3_690_000.0 + y - 3_940_000.0])
            .collect();
        let to: Vec<_> = from.iter().map(|point| by.forward(*point)).collect();
        let found = fit_helmert(&from, &to, 0.0).unwrap();
        for (from, to) in from.iter().zip(&to) {
            let image = found.forward(*from);
            for axis in 0..3 {
                prop_assert!((image[axis] - to[axis]).abs() < 1e-5, "{found:?}");
            }
        }
    }

    #[test]
    fn the_two_conventions_are_one_transformation_with_rotations_turned(by in helmert(), place in prop::array::uniform3(-6e6..6e6)) {
        let other = Helmert {
            rx_arcsec: -by.rx_arcsec,
            ry_arcsec: -by.ry_arcsec,
            rz_arcsec: -by.rz_arcsec,
            convention: Convention::CoordinateFrame,
            ..by
        };
        prop_assert_eq!(by.forward(place), other.forward(place));
    }
}
