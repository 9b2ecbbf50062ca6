//! What layers and more surveys cost beside the plain pass over two: CPU seconds on surfaces in memory, one thread.
#![allow(clippy::print_stdout)] // its result is what it prints

use std::error::Error;

use overcut::{
    Dem, assess,
    assessment::{AssessOptions, Input, Unobserved},
    layers::Layer,
    stable::StableGround,
    surface::Surface,
};
use overcut_benches::{EARLIER, LATER, disjoint_licences, grid, seams, survey, usage};

type Failure = Box<dyn Error>;

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
    let first = survey(side, EARLIER, &[], 4);
    let second = survey(side, "2022-10-15", &[5], 5);
    let third = survey(side, LATER, &[5, 9], 6);
    let layers = seams(&grid(side));
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
