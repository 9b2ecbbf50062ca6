//! Terrain with hills, pits and survey noise, and licences with irregular boundaries.
#![allow(
    clippy::cast_possible_truncation, // heights of some thousand metres, counts of some thousand cells
    clippy::cast_sign_loss,
    clippy::missing_panics_doc // a scene that cannot be made ends the measurement
)]

use std::f64::consts::TAU;

use geo::{LineString, Polygon};
use overcut::{
    Band, Dem, GridGeometry, GridShape, Licence, LicenceId, Part, Validity,
    dem::VerticalDatum,
    layers::{Layer, LayerBound, Plane},
    surface::Heights,
};

use crate::Random;

/// Day of the first survey.
pub const EARLIER: &str = "2021-05-01";
/// Day of the second survey.
pub const LATER: &str = "2024-05-20";

const WEST_M: f64 = 500_000.0;
const NORTH_M: f64 = 3_941_000.0;
/// Standard deviation of one height, metres.
const NOISE_M: f64 = 0.05;
/// Pits stand on a jittered lattice of this spacing, metres.
const PIT_SPACING_M: f64 = 250.0;

/// A square grid of `side` x `side` cells of 1 m.
pub fn grid(side: usize) -> GridGeometry {
    GridGeometry::new(WEST_M, NORTH_M, 1.0, 1.0, GridShape { rows: side, cols: side }).expect("the side is positive")
}

/// Height of undisturbed ground, metres, at metres from the north-western corner.
pub fn ground(east_m: f64, south_m: f64) -> f64 {
    let wave = |length_m: f64, shift: f64| {
        (east_m / length_m * TAU + shift).sin() * (south_m / (0.8 * length_m) * TAU + 2.0 * shift).cos()
    };
    1150.0 + 20.0 * wave(1700.0, 0.3) + 8.0 * wave(430.0, 1.1) + 2.0 * wave(97.0, 2.3)
}

/// One survey: hills and noise; with `pits`, bowls of 5 to 25 m depth dug into them.
pub fn surface(side: usize, date: &str, pits: bool, seed: u64) -> Dem {
    let dug = [seed];
    survey(side, date, if pits { &dug } else { &[] }, seed)
}

/// One survey of hills into which bowls of 5 to 25 m depth were dug, once for each seed of `pits`; with noise from another seed.
pub fn survey(side: usize, date: &str, pits: &[u64], seed: u64) -> Dem {
    let mut heights: Vec<f64> =
        (0..side * side).map(|cell| ground((cell % side) as f64 + 0.5, (cell / side) as f64 + 0.5)).collect();
    for pits in pits {
        dig(&mut heights, side, &mut Random::new(pits ^ 0x717));
    }
    let mut random = Random::new(seed);
    // To the millimetre, as surveys are stored.
    let heights =
        heights.iter().map(|height| (((height + NOISE_M * random.normal()) * 1e3).round() / 1e3) as f32).collect();
    Dem::new(format!("survey of {date}"), date.parse().expect("a date"), grid(side), Heights::F32(heights))
        .expect("one height for each cell")
        .sigma_m(NOISE_M)
        .vertical_datum(VerticalDatum::Normal1985)
}

/// Digs round bowls, about six on every ten places of the lattice.
fn dig(heights: &mut [f64], side: usize, random: &mut Random) {
    let places = (side as f64 / PIT_SPACING_M).ceil() as usize;
    for place in 0..places * places {
        let mut at = |index: usize| (index as f64 + random.between(0.2, 0.8)) * PIT_SPACING_M;
        let (x, y) = (at(place % places), at(place / places));
        let (radius, depth) = (random.between(40.0, 100.0), random.between(5.0, 25.0));
        if random.between(0.0, 1.0) > 0.6 {
            continue;
        }
        let span = |centre: f64| (centre - radius).max(0.0) as usize..((centre + radius) as usize + 1).min(side);
        for row in span(y) {
            for col in span(x) {
                let away = ((col as f64 + 0.5 - x).hypot(row as f64 + 0.5 - y) / radius).powi(2);
                if away < 1.0 {
                    heights[row * side + col] -= depth * (1.0 - away);
                }
            }
        }
    }
}

/// A polygon of 8 to 12 corners around a place, each 0.6 to 1 `radius_m` away; its sides never cross.
pub fn polygon(x: f64, y: f64, radius_m: f64, random: &mut Random) -> Polygon<f64> {
    let corners = random.between(8.0, 13.0) as usize;
    let ring: LineString<f64> = (0..corners)
        .map(|corner| {
            let angle = (corner as f64 + random.between(-0.35, 0.35)) / corners as f64 * TAU;
            let radius = radius_m * random.between(0.6, 1.0);
            (x + radius * angle.cos(), y + radius * angle.sin())
        })
        .collect();
    Polygon::new(ring, Vec::new())
}

/// `count` licences of up to 300 m across that do not overlap.
pub fn disjoint_licences(grid: &GridGeometry, count: usize, seed: u64) -> Vec<Licence> {
    let mut random = Random::new(seed);
    places(grid, count)
        .into_iter()
        .enumerate()
        .map(|(index, (x, y, spacing))| {
            let radius = (0.48 * spacing).min(150.0) * random.between(0.6, 1.0);
            licence(index, grid, (x, y), polygon(x, y, radius, &mut random))
        })
        .collect()
}

/// Three dipping seams of 4 to 8 m through the hills of the scene, for as many parts of its pits.
pub fn seams(grid: &GridGeometry) -> Vec<Layer<'static>> {
    let plane = |height_m: f64, east: f64, north: f64| {
        LayerBound::Plane(Plane { x: grid.west, y: grid.north, z_m: height_m, east, north })
    };
    vec![
        Layer::new("upper", plane(1172.0, -0.002, 0.003), plane(1166.0, -0.002, 0.003)).density_t_per_m3(2.6),
        Layer::new("middle", plane(1154.0, 0.001, 0.002), plane(1146.0, 0.0, 0.002)).density_t_per_m3(2.5),
        Layer::new("lower", plane(1137.0, 0.0, -0.002), plane(1133.0, 0.001, -0.002)).density_t_per_m3(1.4),
    ]
}

/// `pairs` pairs of licences; the second of a pair covers about half of the first, 30 m deeper.
pub fn stacked_licences(grid: &GridGeometry, pairs: usize, seed: u64) -> Vec<Licence> {
    let mut random = Random::new(seed);
    let mut licences = Vec::with_capacity(2 * pairs);
    for (x, y, spacing) in places(grid, pairs) {
        let radius = (0.3 * spacing).min(120.0);
        licences.push(licence(licences.len(), grid, (x, y), polygon(x, y, radius, &mut random)));
        let mut deeper = licence(licences.len(), grid, (x, y), polygon(x + 0.5 * radius, y, radius, &mut random));
        for part in &mut deeper.parts {
            part.band = part.band.map(|band| Band { floor_m: band.floor_m - 30.0, ceiling_m: band.floor_m });
        }
        licences.push(deeper);
    }
    licences
}

/// Places on a lattice over the grid, with its spacing in metres.
fn places(grid: &GridGeometry, count: usize) -> Vec<(f64, f64, f64)> {
    let across = (count as f64).sqrt().ceil() as usize;
    let spacing = (grid.east() - grid.west) / across as f64;
    let middle = |index: usize| (index as f64 + 0.5) * spacing;
    (0..count).map(|index| (grid.west + middle(index % across), grid.north - middle(index / across), spacing)).collect()
}

fn licence(index: usize, grid: &GridGeometry, (x, y): (f64, f64), polygon: Polygon<f64>) -> Licence {
    let level_m = ground(x - grid.west, grid.north - y);
    let band = Band { floor_m: level_m - 10.0, ceiling_m: level_m + 30.0 };
    let day = |text: &str| Some(text.parse().expect("a date"));
    Licence {
        id: LicenceId(format!("C{index:05}")),
        holder: None,
        mineral: Some("limestone".to_owned()),
        method: None,
        // One in ten expires between the surveys.
        validity: Validity {
            from: day("2018-01-01"),
            to: day(if index.is_multiple_of(10) { "2023-01-01" } else { "2030-12-31" }),
        },
        vertical_datum: VerticalDatum::Normal1985,
        parts: vec![Part { polygon, band: Some(band), layers: None }],
    }
}
