//! What layers and more surveys cost beside the plain pass over two: CPU seconds on surfaces in memory, one thread.
#![allow(clippy::print_stdout)] // its result is what it prints

use std::error::Error;

use overcut::{
    Dem, assess,
    assessment::{AssessOptions, Input, Unobserved},
    layers::{Layer, LayerBound, Plane},
    stable::StableGround,
    surface::Surface,
};
use overcut_benches::{EARLIER, LATER, disjoint_licences, grid, surface, usage};

type Failure = Box<dyn Error>;

/// Three dipping seams of 4 to 8 m through the hills of the scene.
fn layers(side: usize) -> Vec<Layer<'static>> {
    let grid = grid(side);
    let plane = |height_m: f64, east: f64, north: f64| {
        LayerBound::Plane(Plane { x: grid.west, y: grid.north, z_m: height_m, east, north })
    };
    vec![
        Layer::new("upper", plane(1172.0, -0.002, 0.003), plane(1166.0, -0.002, 0.003)).density_t_per_m3(2.6),
        Layer::new("middle", plane(1154.0, 0.001, 0.002), plane(1146.0, 0.0, 0.002)).density_t_per_m3(2.5),
        Layer::new("lower", plane(1137.0, 0.0, -0.002), plane(1133.0, 0.001, -0.002)).density_t_per_m3(1.4),
    ]
}

fn cpu_seconds(surveys: &[&Dem], layers: &[Layer<'_>], side: usize) -> Result<(f64, String), Failure> {
    let surfaces: Vec<&dyn Surface> = surveys.iter().map(|survey| *survey as &dyn Surface).collect();
    let licences = disjoint_licences(&grid(side), side / 20, 6);
    let input = Input { surfaces: &surfaces, licences: &licences, layers, stable_ground: StableGround::Auto };
    let used = || usage::cpu_seconds().ok_or("this system does not tell what a process has used");
    let before = used()?;
    let case = assess(&input, &AssessOptions::default().threads(1), &mut Unobserved)?;
    Ok((used()? - before, case.digest))
}

fn main() -> Result<(), Failure> {
    let side: usize = std::env::args().nth(1).map_or(Ok(5000), |side| side.parse())?;
    let first = surface(side, EARLIER, false, 4);
    let second = surface(side, "2022-10-15", true, 5);
    let third = surface(side, LATER, true, 9);
    let layers = layers(side);
    let mut plain = f64::NAN;
    for (name, surveys, layers) in [
        ("two surveys", &[&first, &second][..], &[][..]),
        ("two surveys, three layers", &[&first, &second], &layers),
        ("three surveys", &[&first, &second, &third], &[]),
        ("three surveys, three layers", &[&first, &second, &third], &layers),
    ] {
        // The better of two: other work on the machine can only add.
        let (one, digest) = cpu_seconds(surveys, layers, side)?;
        let seconds = one.min(cpu_seconds(surveys, layers, side)?.0);
        plain = if plain.is_nan() { seconds } else { plain };
        println!("{name:30} {seconds:7.3} s  {:5.2} x  {}", seconds / plain, &digest[..8]);
    }
    Ok(())
}
