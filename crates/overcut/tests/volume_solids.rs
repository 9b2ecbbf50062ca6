//! Volumes of solids that have a closed form, by every method: how wrong each is, and how fast that falls.
//!
//! `docs/volumes-validation.md` holds the table that this test makes, line by line.
#![allow(clippy::unwrap_used, reason = "what cannot be made in a test fails it")]

use std::{f64::consts::PI, fmt::Write, fs, path::Path};

use geo::{MultiPolygon, Polygon, polygon};
use overcut::{
    GridGeometry, GridShape,
    volume::{Lattice, Region, SectionOptions, benches, cells, prisms, sections},
};

/// Far from the origin, as projected coordinates are; and on no line of cells.
const MIDDLE: [f64; 2] = [498_203.37, 3_940_158.91];
const SIDE_M: f64 = 64.0;
const GROUND_M: f64 = 1160.0;

/// Depth of a pit at a place counted from its middle.
type Depth = fn(f64, f64) -> f64;

/// Turned by 20 degrees, so that no side runs along the grid.
fn turned(x: f64, y: f64) -> (f64, f64) {
    let (sin, cos) = 20.0_f64.to_radians().sin_cos();
    (x * cos + y * sin, y * cos - x * sin)
}

fn square(x: f64, y: f64) -> f64 {
    let (u, v) = turned(x, y);
    u.abs().max(v.abs())
}

const SOLIDS: [(&str, Depth, f64); 5] = [
    ("box, 24 x 24 x 5 m", |x, y| if square(x, y) < 12.0 { 5.0 } else { 0.0 }, 24.0 * 24.0 * 5.0),
    ("pyramid, base 40 m, 12 m deep", |x, y| 12.0 * (1.0 - square(x, y) / 20.0).max(0.0), 40.0 * 40.0 * 12.0 / 3.0),
    ("cone, radius 20 m, 10 m deep", |x, y| 10.0 * (1.0 - x.hypot(y) / 20.0).max(0.0), PI * 400.0 * 10.0 / 3.0),
    (
        "frustum, radii 22 and 12 m, 8 m deep",
        |x, y| (0.8 * (22.0 - x.hypot(y))).clamp(0.0, 8.0),
        PI * 8.0 / 3.0 * (22.0 * 22.0 + 22.0 * 12.0 + 12.0 * 12.0),
    ),
    (
        "half ellipsoid, 24 x 16 x 9 m",
        |x, y| {
            let (u, v) = turned(x, y);
            9.0 * (1.0 - (u / 24.0).powi(2) - (v / 16.0).powi(2)).max(0.0).sqrt()
        },
        2.0 / 3.0 * PI * 24.0 * 16.0 * 9.0,
    ),
];

fn grid(cell_m: f64) -> GridGeometry {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred cells")]
    let side = (SIDE_M / cell_m) as usize;
    let (west, north) = (MIDDLE[0].floor() - 0.5 * SIDE_M, MIDDLE[1].floor() + 0.5 * SIDE_M);
    GridGeometry::new(west, north, cell_m, cell_m, GridShape { rows: side, cols: side }).unwrap()
}

fn heights(grid: &GridGeometry, depth: Depth) -> Vec<f64> {
    let mut heights = Vec::with_capacity(grid.shape.cells());
    for row in 0..grid.shape.rows {
        for col in 0..grid.shape.cols {
            let (x, y) = grid.to_world(col as f64 + 0.5, row as f64 + 0.5);
            heights.push(GROUND_M - depth(x - MIDDLE[0], y - MIDDLE[1]));
        }
    }
    heights
}

fn around() -> MultiPolygon<f64> {
    let at = |x: f64, y: f64| (MIDDLE[0] + x, MIDDLE[1] + y);
    Polygon::new(vec![at(-28.0, -28.0), at(28.0, -28.0), at(28.0, 28.0), at(-28.0, 28.0)].into(), vec![]).into()
}

struct Scene {
    grid: GridGeometry,
    flat: Vec<f64>,
    dug: Vec<f64>,
}

impl Scene {
    fn new(depth: Depth, cell_m: f64) -> Self {
        let grid = grid(cell_m);
        Self { grid, flat: heights(&grid, |_, _| 0.0), dug: heights(&grid, depth) }
    }

    fn lattices(&self) -> [Lattice; 2] {
        [&self.flat, &self.dug].map(|heights| Lattice::new(&self.grid, heights.clone(), MIDDLE))
    }
}

/// Volumes at three steps, each half of the one before.
fn by(method: &str, depth: Depth) -> [f64; 3] {
    let region = Region::new(&around(), MIDDLE).unwrap();
    [0, 1, 2].map(|halvings| {
        let step = 0.5_f64.powi(halvings);
        let fine = || Scene::new(depth, 0.25).lattices();
        match method {
            "grid" => {
                let scene = Scene::new(depth, 2.0 * step);
                cells(&scene.grid, &scene.flat, &scene.dug, &around(), None).unwrap().cut_m3
            }
            "TIN" => {
                let [before, after] = Scene::new(depth, 2.0 * step).lattices();
                prisms(&before, &after, &region, None).cut_m3
            }
            "sections" => {
                let [before, after] = fine();
                let options = SectionOptions { azimuth_deg: 33.0, spacing_m: 8.0 * step, offset_m: 1.1 };
                sections(&before, &after, &region, None, MIDDLE, &options).unwrap().cut.volume_m3
            }
            _ => {
                let [before, after] = fine();
                benches(&before, &after, &region, None, 3.0 * step).unwrap().cut.volume_m3
            }
        }
    })
}

#[test]
fn every_method_comes_near_the_closed_form_and_the_table_says_how_near() {
    let mut table =
        String::from("| solid | method | steps, m | error at each step, % | order |\n|---|---|---|---|---:|\n");
    for (name, depth, truth_m3) in SOLIDS {
        for (method, steps, allowed) in [
            ("grid", "2, 1, 0.5", 3.0),
            ("TIN", "2, 1, 0.5", 3.0),
            ("sections", "8, 4, 2", 3.0),
            ("benches", "3, 1.5, 0.75", 3.0),
        ] {
            let errors = by(method, depth).map(|volume_m3| 100.0 * (volume_m3 / truth_m3 - 1.0));
            // From the first to the last: the step is a quarter.
            let order = if errors[2].abs() < 5e-4 {
                "–".to_owned()
            } else {
                format!("{:.1}", 0.5 * (errors[0] / errors[2]).abs().log2())
            };
            let shown = errors.map(|error| format!("{error:+.3}")).join(", ");
            writeln!(table, "| {name} | {method} | {steps} | {shown} | {order} |").unwrap();
            assert!(errors[2].abs() < allowed, "{name} by {method}: {errors:?} %");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/volumes-validation.md");
    let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    assert!(text.contains(&table), "docs/volumes-validation.md should hold this table:\n{table}");
}

#[test]
fn a_prism_cut_by_two_planes_is_exact_by_every_method() {
    // Earlier 100 + 0.1 u + 0.05 v, later 97 - 0.02 u + 0.01 v over the triangle (0,0), (30,0), (0,24), at 1 m cells: the depth is
    // linear, so the volume is area x its mean at the corners: 360 · (3 + (3 + 3.6) + (3 + 0.96)) / 3 = 360 · 4.52.
    let grid = grid(1.0);
    let plane = |of: &dyn Fn(f64, f64) -> f64| {
        let cell = |index: usize| {
            let (x, y) = grid.to_world((index % grid.shape.cols) as f64 + 0.5, (index / grid.shape.cols) as f64 + 0.5);
            of(x - MIDDLE[0], y - MIDDLE[1])
        };
        (0..grid.shape.cells()).map(cell).collect::<Vec<f64>>()
    };
    let (before, after) = (plane(&|u, v| 100.0 + 0.1 * u + 0.05 * v), plane(&|u, v| 97.0 - 0.02 * u + 0.01 * v));
    let [x, y] = MIDDLE;
    let triangle: MultiPolygon<f64> = polygon![(x: x, y: y), (x: x + 30.0, y: y), (x: x, y: y + 24.0)].into();
    let region = Region::new(&triangle, MIDDLE).unwrap();
    let truth = 360.0 * 4.52;
    let lattices = [&before, &after].map(|heights| Lattice::new(&grid, heights.clone(), MIDDLE));
    let [earlier, later] = &lattices;
    let exact = prisms(earlier, later, &region, None);
    assert!((exact.cut_m3 / truth - 1.0).abs() < 1e-12, "{exact:?}");
    assert!(exact.fill_m3.abs() < 1e-12);
    assert!((exact.compared_area_m2 - 360.0).abs() < 1e-9);
    // Areas of sections of a prism between planes are quadratic in the position: the prismoid is exact.
    for azimuth_deg in [0.0, 90.0, 17.0] {
        let options = SectionOptions { azimuth_deg, spacing_m: 2.0, offset_m: 0.0 };
        let found = sections(earlier, later, &region, None, MIDDLE, &options).unwrap();
        assert!((found.cut.volume_m3 / truth - 1.0).abs() < 0.01, "{azimuth_deg}: {:?}", found.cut.volume_m3);
        // Across one corner of the triangle the pieces are not one prismoid; elsewhere they are.
        assert!((found.cut.prismoid_m3 / truth - 1.0).abs() < 2e-3, "{azimuth_deg}: {:?}", found.cut.prismoid_m3);
    }
    let found = cells(&grid, &before, &after, &triangle, None).unwrap();
    assert!((found.cut_m3 / truth - 1.0).abs() < 2e-3, "{found:?}");
}

#[test]
fn half_a_wedge_between_two_levels_by_hand() {
    // Ground rises from 100 to 110 over 10 m; the floor lies level at 100; 10 m wide. From 102 to 105 the wedge holds
    // (8 + 5) / 2 · 3 · 10 = 195 m³; all of it 500.
    let cell = GridGeometry::new(0.0, 12.0, 1.0, 1.0, GridShape { rows: 12, cols: 12 }).unwrap();
    let ramp: Vec<f64> = (0..144).map(|index| 99.5 + f64::from(index % 12)).collect();
    let lattices = [ramp, vec![100.0; 144]].map(|heights| Lattice::new(&cell, heights, [0.0, 0.0]));
    let square: MultiPolygon<f64> =
        polygon![(x: 1.0, y: 1.0), (x: 11.0, y: 1.0), (x: 11.0, y: 11.0), (x: 1.0, y: 11.0)].into();
    let region = Region::new(&square, [0.0, 0.0]).unwrap();
    let [before, after] = &lattices;
    let whole = prisms(before, after, &region, None);
    assert!((whole.cut_m3 - 500.0).abs() < 1e-9, "{whole:?}");
    let band = Some(overcut::Band { floor_m: 102.0, ceiling_m: 105.0 });
    let found = prisms(before, after, &region, band);
    assert!((found.cut_m3 - 195.0).abs() < 1e-9 && (found.cut_area_m2 - 80.0).abs() < 1e-9, "{found:?}");
    let options = SectionOptions { azimuth_deg: 90.0, spacing_m: 2.5, offset_m: 0.0 };
    let cut = sections(before, after, &region, band, [0.0, 0.0], &options).unwrap().cut;
    assert!((cut.volume_m3 - 195.0).abs() < 1e-3, "{}", cut.volume_m3);
    // Level areas fall evenly from 80 to 50 m²: mean areas are exact.
    let cut = benches(before, after, &region, band, 1.0).unwrap().cut;
    assert!((cut.volume_m3 - 195.0).abs() < 1e-3, "{}", cut.volume_m3);
}
