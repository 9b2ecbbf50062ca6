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

/// Other work on the machine can only add: each job is done so many times, by turns, and its least time counts.
const ROUNDS: usize = 3;

fn main() -> Result<(), Failure> {
    let side: usize = std::env::args().nth(1).map_or(Ok(5000), |side| side.parse())?;
    let first = survey(side, EARLIER, &[], 4);
    let second = survey(side, "2022-10-15", &[5], 5);
    let third = survey(side, LATER, &[5, 9], 6);
    let layers = seams(&grid(side));
    let jobs = [
        ("two surveys", &[&first, &second][..], &[][..]),
        // All three surveys hold twice the pits of the first two, and what is found costs more than ground where nothing is. So
        // they are also held against the first and the last survey, which hold the same pits in one interval.
        ("two surveys, all pits", &[&first, &third], &[]),
        ("two surveys, three layers", &[&first, &second], &layers),
        ("three surveys", &[&first, &second, &third], &[]),
        ("three surveys, three layers", &[&first, &second, &third], &layers),
    ];
    let mut found = vec![(f64::INFINITY, String::new()); jobs.len()];
    for _ in 0..ROUNDS {
        for ((_, surveys, layers), (least, digest)) in jobs.iter().zip(&mut found) {
            let (seconds, figures) = cpu_seconds(surveys, layers, side)?;
            (*least, *digest) = (least.min(seconds), figures);
        }
    }
    println!("{:30} {:>9}  {:>8}  {:>8}", "", "CPU", "of plain", "all pits");
    for ((name, ..), (seconds, digest)) in jobs.iter().zip(&found) {
        let [of_plain, of_all] = [0, 1].map(|plain: usize| seconds / found[plain].0);
        println!("{name:30} {seconds:7.3} s  {of_plain:6.2} x  {of_all:6.2} x  {}", &digest[..8]);
    }
    Ok(())
}
