//! Kernels of the core, on scenes from a seed.
#![allow(missing_docs)] // criterion's macros make functions without any

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use overcut::{
    Licence, assess,
    assessment::{AssessOptions, Input, Unobserved},
    columns::{Cuts, Ground, Seam, Splitter},
    faces::FaceMap,
    stable::StableGround,
    surface::Surface,
};
use overcut_benches::{EARLIER, LATER, Random, disjoint_licences, grid, stacked_licences, surface};

/// Rows of one unit of the pass.
const BAND_ROWS: usize = 512;

fn polygons(licences: &[Licence]) -> Vec<&geo::Polygon<f64>> {
    licences.iter().flat_map(|licence| &licence.parts).map(|part| &part.polygon).collect()
}

fn coverage(criterion: &mut Criterion) {
    let grid = grid(10_000);
    let licences = disjoint_licences(&grid, 1000, 1);
    let faces = FaceMap::new(&polygons(&licences), &grid).expect("the licences are sound");
    let mut group = criterion.benchmark_group("coverage");
    group.throughput(Throughput::Elements((BAND_ROWS * grid.shape.cols) as u64));
    group.bench_function("512 rows of 10,000 columns, 1,000 licences", |bencher| {
        bencher.iter(|| black_box(faces.rows(5120..5120 + BAND_ROWS)));
    });
    group.finish();
}

fn faces(criterion: &mut Criterion) {
    let grid = grid(10_000);
    let mut group = criterion.benchmark_group("faces");
    for (name, licences) in [
        ("1,000 licences apart", disjoint_licences(&grid, 1000, 1)),
        ("200 stacked pairs", stacked_licences(&grid, 200, 2)),
    ] {
        let polygons = polygons(&licences);
        group.throughput(Throughput::Elements(polygons.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| FaceMap::new(black_box(&polygons), &grid).expect("the licences are sound"));
        });
    }
    group.finish();
}

fn columns(criterion: &mut Criterion) {
    let mut random = Random::new(3);
    let mut sloping = |centre_m: f64| Ground {
        centre_m: centre_m + random.between(-2.0, 2.0),
        east_m: random.between(-0.5, 0.5),
        south_m: random.between(-0.5, 0.5),
    };
    let cells: Vec<(Ground, Ground)> = (0..1000).map(|_| (sloping(1140.0), sloping(1150.0))).collect();
    let seams = [Seam { layer: 1, floor: sloping(1141.0), roof: sloping(1146.0) }];
    let mut group = criterion.benchmark_group("columns");
    group.throughput(Throughput::Elements(cells.len() as u64));
    for (name, cuts) in [
        ("floor and ceiling", Cuts { levels_m: &[1140.0, 1150.0], seams: &[], layers: 0 }),
        ("floor, ceiling and a seam", Cuts { levels_m: &[1140.0, 1150.0], seams: &seams, layers: 1 }),
    ] {
        group.bench_function(name, |bencher| {
            let mut splitter = Splitter::default();
            bencher.iter(|| {
                for (low, high) in &cells {
                    black_box(splitter.split(*low, *high, &cuts));
                }
            });
        });
    }
    group.finish();
}

/// Everything from surfaces in memory to the result; `threads` = 1, so that kernels are seen and not cores.
fn whole(criterion: &mut Criterion, group: &str, name: &str, side: usize, pits: bool, licences: &[Licence]) {
    let (earlier, later) = (surface(side, EARLIER, false, 4), surface(side, LATER, pits, 5));
    let surfaces: [&dyn Surface; 2] = [&earlier, &later];
    let options = AssessOptions::default().threads(1);
    let mut group = criterion.benchmark_group(group);
    group.sample_size(10).throughput(Throughput::Elements((side * side) as u64));
    group.bench_function(name, |bencher| {
        bencher.iter_batched(
            || Input { surfaces: &surfaces, licences, layers: &[], stable_ground: StableGround::Auto },
            |input| assess(&input, &options, &mut Unobserved).expect("the scene is sound"),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn pass(criterion: &mut Criterion) {
    let licences = disjoint_licences(&grid(2000), 100, 6);
    whole(criterion, "pass", "2,000 x 2,000 in memory, 100 licences", 2000, true, &licences);
}

fn patches(criterion: &mut Criterion) {
    whole(criterion, "patches", "2,000 x 2,000, noise alone, no licence", 2000, false, &[]);
}

criterion_group!(kernels, coverage, faces, columns, pass, patches);
criterion_main!(kernels);
