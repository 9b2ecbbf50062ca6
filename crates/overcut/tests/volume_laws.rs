//! What holds for any two surfaces.
#![allow(clippy::unwrap_used, reason = "what cannot be made in a test fails it")]

use geo::{MultiPolygon, Polygon};
use overcut::{
    Band, GridGeometry, GridShape,
    volume::{Facets, Lattice, Region, SectionOptions, SeriesVolume, Tin, TinOptions, benches, prisms, sections},
};
use proptest::prelude::*;

const ORIGIN: [f64; 2] = [498_000.0, 3_941_000.0];
const SIDE: usize = 12;

fn lattice(heights: &[f64]) -> Lattice {
    let grid = GridGeometry::new(ORIGIN[0], ORIGIN[1] + 24.0, 2.0, 2.0, GridShape { rows: SIDE, cols: SIDE }).unwrap();
    Lattice::new(&grid, heights.to_vec(), ORIGIN)
}

fn tin(points: &[(f64, f64, f64)]) -> Tin {
    let rim = [(0.0, 0.0, 100.0), (24.0, 0.0, 102.0), (24.0, 24.0, 101.0), (0.0, 24.0, 99.0)];
    let world: Vec<_> = points.iter().chain(&rim).map(|(x, y, z)| [ORIGIN[0] + x, ORIGIN[1] + y, *z]).collect();
    Tin::new(&world, &[], ORIGIN, &TinOptions::default()).unwrap()
}

fn region(corners: &[(f64, f64)]) -> Region {
    let ring: Vec<_> = corners.iter().map(|(x, y)| (ORIGIN[0] + x, ORIGIN[1] + y)).collect();
    Region::new(&MultiPolygon::from(Polygon::new(ring.into(), vec![])), ORIGIN).unwrap()
}

fn heights() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(95.0..105.0_f64, SIDE * SIDE)
}

fn points() -> impl Strategy<Value = Vec<(f64, f64, f64)>> {
    proptest::collection::vec((0.5..23.5_f64, 0.5..23.5_f64, 95.0..105.0_f64), 5..40)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn swapping_the_surfaces_swaps_cut_and_fill(heights in heights(), points in points()) {
        let (first, second) = (lattice(&heights), tin(&points));
        let region = region(&[(2.0, 2.0), (21.0, 3.0), (15.0, 20.0), (4.0, 17.0)]);
        let (there, back) = (prisms(&first, &second, &region, None), prisms(&second, &first, &region, None));
        prop_assert!(close(there.cut_m3, back.fill_m3) && close(there.fill_m3, back.cut_m3));
        prop_assert!(close(there.compared_area_m2, region.area_m2()));
        prop_assert!(close(there.cut_area_m2 + there.fill_area_m2, region.area_m2()));
    }

    #[test]
    fn regions_side_by_side_and_bands_on_top_of_each_other_add_up(
        heights in heights(), points in points(), split in 5.0..18.0_f64, level in 96.0..104.0_f64,
    ) {
        let (before, after) = (lattice(&heights), tin(&points));
        let whole = region(&[(2.0, 2.0), (22.0, 2.0), (22.0, 20.0), (2.0, 20.0)]);
        let all = prisms(&before, &after, &whole, None);
        let left = region(&[(2.0, 2.0), (split, 2.0), (split + 2.0, 20.0), (2.0, 20.0)]);
        let right = region(&[(split, 2.0), (22.0, 2.0), (22.0, 20.0), (split + 2.0, 20.0)]);
        let parts = [left, right].map(|part| prisms(&before, &after, &part, None));
        prop_assert!(close(all.cut_m3, parts[0].cut_m3 + parts[1].cut_m3));
        prop_assert!(close(all.fill_m3, parts[0].fill_m3 + parts[1].fill_m3));
        let bands = [(0.0, level), (level, 1000.0)]
            .map(|(floor_m, ceiling_m)| prisms(&before, &after, &whole, Some(Band { floor_m, ceiling_m })));
        prop_assert!(close(all.cut_m3, bands[0].cut_m3 + bands[1].cut_m3));
        prop_assert!(close(all.fill_m3, bands[0].fill_m3 + bands[1].fill_m3));
    }

    #[test]
    fn net_volume_of_triangles_is_their_area_times_their_mean_height(heights in heights(), points in points()) {
        let (before, after) = (lattice(&heights), tin(&points));
        let inner = region(&[(1.0, 1.0), (23.0, 1.0), (23.0, 23.0), (1.0, 23.0)]);
        let found = prisms(&before, &after, &inner, None);
        // The lattice reaches from 1 to 23 m: all its triangles lie in the region. The TIN is measured against a level plane.
        let mean = |surface: &dyn Facets| (0..surface.count()).filter_map(|number| surface.facet(number)).map(|facet| {
            facet.doubled_area_m2() * facet.corners.iter().map(|corner| corner[2] - 90.0).sum::<f64>() / 6.0
        }).sum::<f64>();
        let corners = [[0.0, 0.0], [24.0, 0.0], [24.0, 24.0], [0.0, 24.0]];
        let level = corners.map(|[x, y]| [ORIGIN[0] + x, ORIGIN[1] + y, 90.0]);
        let flat = Tin::new(&level, &[], ORIGIN, &TinOptions::default()).unwrap();
        let below = prisms(&after, &flat, &inner, None).cut_m3;
        prop_assert!(close(found.cut_m3 - found.fill_m3, mean(&before) - below));
    }

    #[test]
    fn many_sections_and_many_levels_come_to_the_prisms_within_what_they_say_of_their_spacing(
        heights in heights(), points in points(), azimuth_deg in 0.0..180.0_f64,
    ) {
        let (before, after) = (lattice(&heights), tin(&points));
        let region = region(&[(2.0, 2.0), (21.0, 3.0), (15.0, 20.0), (4.0, 17.0)]);
        let exact = prisms(&before, &after, &region, None);
        // A spike of a few decimetres at the edge of the region has few sections, and its error is said to be large.
        let near = |found: &SeriesVolume, exact_m3: f64| {
            (found.volume_m3 - exact_m3).abs() < 2.0 * found.spacing_error_m3 + 1e-3 * (exact_m3 + 1.0)
        };
        let options = SectionOptions { azimuth_deg, spacing_m: 0.1, offset_m: 0.0 };
        let found = sections(&before, &after, &region, None, ORIGIN, &options).unwrap();
        prop_assert!(near(&found.cut, exact.cut_m3), "{:?} {}", found.cut, exact.cut_m3);
        prop_assert!(near(&found.fill, exact.fill_m3), "{:?} {}", found.fill, exact.fill_m3);
        let found = benches(&before, &after, &region, None, 0.05).unwrap();
        prop_assert!(near(&found.cut, exact.cut_m3), "{:?} {}", found.cut, exact.cut_m3);
        prop_assert!(near(&found.fill, exact.fill_m3), "{:?} {}", found.fill, exact.fill_m3);
    }
}

#[test]
fn the_number_of_threads_does_not_show() {
    let heights: Vec<f64> = (0..SIDE * SIDE).map(|cell| 100.0 + (cell as f64 * 0.7).sin() * 3.0).collect();
    let points: Vec<_> =
        (0..30).map(f64::from).map(|i| (1.0 + (i * 7.3) % 22.0, 1.0 + (i * 3.1) % 22.0, 100.0 + i.cos())).collect();
    let (before, after) = (lattice(&heights), tin(&points));
    let region = region(&[(2.0, 2.0), (21.0, 3.0), (15.0, 20.0), (4.0, 17.0)]);
    let options = SectionOptions { azimuth_deg: 25.0, spacing_m: 0.7, offset_m: 0.0 };
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let by_sections = sections(&before, &after, &region, None, ORIGIN, &options).unwrap();
            (prisms(&before, &after, &region, None), by_sections)
        })
    };
    assert_eq!(run(1), run(7));
}
