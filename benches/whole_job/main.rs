//! The whole job from files, without Python: surfaces and licences in, the assessment out.
#![allow(clippy::print_stdout)] // its result is what it prints

use std::{error::Error, thread, time::Instant};

use overcut::{
    Assessment, assess,
    assessment::{AssessOptions, Class, Input, Unobserved},
    dem::VerticalDatum,
    layers::Layer,
    stable::StableGround,
    surface::Surface,
};
use overcut_benches::{seams, usage};
use overcut_io::{GridChoice, LicenceOptions, RasterSurface, SurfaceOptions, harmonise, read_licences};

type Failure = Box<dyn Error>;

const USAGE: &str = "usage: whole_job [--threads=N] [--as-they-lie] [--layers] LICENCES DATE=SURFACE DATE=SURFACE...";
/// Of one height; as the scenes are made.
const SIGMA_M: f64 = 0.05;

fn open(dated: &str) -> Result<RasterSurface, Failure> {
    let (date, path) = dated.split_once('=').ok_or(USAGE)?;
    let options = SurfaceOptions {
        date: Some(date.parse()?),
        sigma_m: Some(SIGMA_M),
        vertical_datum: Some(VerticalDatum::Normal1985),
        ..SurfaceOptions::default()
    };
    Ok(RasterSurface::open(path, &options)?)
}

fn job(
    licences: &str,
    surfaces: &[String],
    threads: usize,
    (as_they_lie, layered): (bool, bool),
) -> Result<Assessment, Failure> {
    overcut_io::initialise();
    let surfaces = surfaces.iter().map(|dated| open(dated)).collect::<Result<Vec<_>, _>>()?;
    let harmonised = harmonise(surfaces.iter().map(|surface| surface as &dyn Surface).collect(), &GridChoice::First)?;
    let read = read_licences(licences, Some(&harmonised.crs), &LicenceOptions::default())?;
    let on_grid: Vec<&dyn Surface> = harmonised.surfaces.iter().map(|surface| &**surface as &dyn Surface).collect();
    let layers: Vec<Layer<'_>> = if layered { seams(&harmonised.grid) } else { Vec::new() };
    let input =
        Input { surfaces: &on_grid, licences: &read.licences, layers: &layers, stable_ground: StableGround::Auto };
    Ok(assess(
        &input,
        &AssessOptions::default().threads(threads).register(!as_they_lie).estimate_errors(!as_they_lie),
        &mut Unobserved,
    )?)
}

/// Volume removed inside the boundaries of licences in plan, whatever the elevation and the day, m³.
fn cut_inside_m3(assessment: &Assessment) -> f64 {
    let outside = [Class::BeyondBoundary, Class::Unlicensed, Class::Unattributed];
    assessment.rows.iter().filter(|row| !outside.contains(&row.class)).map(|row| row.cut_m3).sum()
}

fn main() -> Result<(), Failure> {
    let mut threads = thread::available_parallelism().map_or(1, usize::from);
    // Without registration and error model, for comparison.
    let mut as_they_lie = false;
    // With three seams.
    let mut layered = false;
    let mut paths = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.strip_prefix("--threads=") {
            Some(number) => threads = number.parse()?,
            None if argument == "--as-they-lie" => as_they_lie = true,
            None if argument == "--layers" => layered = true,
            None => paths.push(argument),
        }
    }
    let (licences, surfaces) = paths.split_first().filter(|(_, surfaces)| surfaces.len() > 1).ok_or(USAGE)?;
    let start = Instant::now();
    let assessment = job(licences, surfaces, threads, (as_they_lie, layered))?;
    let result = serde_json::json!({
        "seconds": start.elapsed().as_secs_f64(),
        "cpu_seconds": usage::cpu_seconds(),
        "peak_rss_mb": usage::peak_rss_mb(),
        "digest": assessment.digest,
        "cut_m3": cut_inside_m3(&assessment),
        "patches": assessment.patches.len(),
    });
    println!("{result}");
    Ok(())
}
