//! The limit of the job: how long GDAL alone takes to read the rasters.
//!
//! Every stored block is read once, by `--threads` threads with one handle each, and forgotten. Nothing is summed. Blocks are
//! read as programs do, with `RasterIO` through GDAL's cache; with `--decode` they are only decoded, into memory that nobody
//! looks at: the least that can be done with the files.
#![allow(clippy::print_stdout)] // its result is what it prints

use std::{
    error::Error,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use gdal::{Dataset, raster::RasterBand};

type Failure = Box<dyn Error + Send + Sync>;

/// Blocks of the first band of one raster.
struct Blocks {
    path: String,
    cols: usize,
    count: usize,
}

impl Blocks {
    fn new(path: String) -> Result<Self, Failure> {
        let dataset = Dataset::open(&path)?;
        let band = dataset.rasterband(1)?;
        let (width, height) = band.block_size();
        let cols = band.x_size().div_ceil(width);
        Ok(Self { path, cols, count: cols * band.y_size().div_ceil(height) })
    }
}

/// Reads one block as float32; returns its size in bytes.
fn read(band: &RasterBand<'_>, block: (usize, usize), decode: bool, buffer: &mut Vec<f32>) -> Result<u64, Failure> {
    let (width, height) = band.block_size();
    if decode {
        return Ok(band.read_block::<f32>(block)?.len() as u64 * 4);
    }
    let (left, top) = (block.0 * width, block.1 * height);
    let size = (width.min(band.x_size() - left), height.min(band.y_size() - top));
    buffer.resize(size.0 * size.1, 0.0);
    band.read_into_slice((isize::try_from(left)?, isize::try_from(top)?), size, size, buffer, None)?;
    Ok(buffer.len() as u64 * 4)
}

/// Takes blocks until there are none left; returns the bytes read.
fn work(rasters: &[Blocks], decode: bool, next: &AtomicUsize) -> Result<u64, Failure> {
    let datasets = rasters.iter().map(|raster| Dataset::open(&raster.path)).collect::<Result<Vec<_>, _>>()?;
    let bands = datasets.iter().map(|dataset| dataset.rasterband(1)).collect::<Result<Vec<_>, _>>()?;
    let (mut bytes, mut buffer) = (0, Vec::new());
    loop {
        let mut index = next.fetch_add(1, Ordering::Relaxed);
        let Some((raster, band)) = rasters.iter().zip(&bands).find(|(raster, _)| {
            let here = index < raster.count;
            index -= if here { 0 } else { raster.count };
            here
        }) else {
            return Ok(bytes);
        };
        bytes += read(band, (index % raster.cols, index / raster.cols), decode, &mut buffer)?;
    }
}

fn main() -> Result<(), Failure> {
    let mut threads = thread::available_parallelism().map_or(1, usize::from);
    let (mut paths, mut decode) = (Vec::new(), false);
    for argument in std::env::args().skip(1) {
        match argument.strip_prefix("--threads=") {
            Some(number) => threads = number.parse()?,
            None if argument == "--decode" => decode = true,
            None => paths.push(argument),
        }
    }
    if paths.is_empty() {
        return Err("usage: read_limit [--threads=N] [--decode] RASTER...".into());
    }
    let start = Instant::now();
    let rasters = paths.into_iter().map(Blocks::new).collect::<Result<Vec<_>, _>>()?;
    let next = AtomicUsize::new(0);
    let bytes = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| work(&rasters, decode, &next))).collect();
        workers.into_iter().try_fold(0, |sum, worker| Ok::<_, Failure>(sum + worker.join().expect("no panic")?))
    })?;
    let result = serde_json::json!({
        "seconds": start.elapsed().as_secs_f64(),
        "bytes": bytes,
        "cpu_seconds": overcut_benches::usage::cpu_seconds(),
        "peak_rss_mb": overcut_benches::usage::peak_rss_mb(),
    });
    println!("{result}");
    Ok(())
}
