//! Surfaces brought onto another grid: against hand numbers, closed forms, and the choice of windows.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::result_large_err)] // exact on purpose

mod raster_support;

use jiff::civil::date;
use overcut::{
    Dem, GridGeometry, GridShape, Window,
    surface::{Heights, Surface, SurfaceReader},
};
use overcut_io::{CoordinateOperation, Error, GridChoice, Resampled, crs_record, harmonise};
use raster_support::{NORTH, Random, WEST, all, assert_heights, part, read, wide};

const N: f64 = f64::NAN;

fn grid(west: f64, north: f64, cell: f64, rows: usize, cols: usize) -> GridGeometry {
    GridGeometry::new(west, north, cell, cell, GridShape { rows, cols }).unwrap()
}

fn dem(grid: GridGeometry, heights: Vec<f64>) -> Dem {
    Dem::new("dem", date(2021, 5, 1), grid, Heights::F64(heights)).unwrap().crs(crs_record("EPSG:4546").unwrap())
}

/// Heights by a formula of the cell centres.
fn shaped(grid: GridGeometry, height: impl Fn(f64, f64) -> f64) -> Dem {
    let cells = (0..grid.shape.rows).flat_map(|row| (0..grid.shape.cols).map(move |col| (row, col)));
    let heights = cells
        .map(|(row, col)| {
            let (x, y) = grid.to_world(col as f64 + 0.5, row as f64 + 0.5);
            height(x, y)
        })
        .collect();
    dem(grid, heights)
}

fn rough(grid: GridGeometry, seed: u64) -> Dem {
    let mut random = Random(seed);
    let heights = (0..grid.shape.cells()).map(|_| 1_000.0 + random.below(100_000) as f64 / 1e3).collect();
    dem(grid, heights)
}

#[test]
fn cells_twice_as_large_are_the_mean_of_four() {
    let source = dem(grid(WEST, NORTH, 1.0, 2, 4), vec![1.0, 2.0, 10.0, 20.0, 3.0, 6.0, 30.0, N]);
    let resampled = Resampled::new(&source, grid(WEST, NORTH, 2.0, 1, 2), None);
    assert_eq!(resampled.points_per_cell(), (2, 2));
    assert_heights(&all(&resampled), &[3.0, N]);
}

#[test]
fn thirds_of_a_cell_are_averaged_too() {
    // 0.3 / 0.1 is not 3 in binary.
    let source = dem(grid(WEST, NORTH, 0.1, 3, 3), (1..=9).map(f64::from).collect());
    let resampled = Resampled::new(&source, grid(WEST, NORTH, 0.3, 1, 1), None);
    assert_eq!(resampled.points_per_cell(), (3, 3));
    assert!((all(&resampled)[0] - 5.0).abs() < 1e-12);
}

#[test]
fn a_grid_half_a_cell_off_takes_the_mean_of_neighbours_and_loses_its_outer_half_cell() {
    let source = dem(grid(WEST, NORTH, 1.0, 2, 3), vec![1.0, 2.0, 4.0, 5.0, 6.0, 8.0]);
    let resampled = Resampled::new(&source, grid(WEST + 0.5, NORTH, 1.0, 2, 3), None);
    // The last column's centres lie on the outer edge of the source.
    assert_heights(&all(&resampled), &[1.5, 3.0, N, 5.5, 7.0, N]);
}

#[test]
fn a_finer_grid_interpolates_between_centres_only() {
    let source = dem(grid(WEST, NORTH, 1.0, 1, 2), vec![10.0, 14.0]);
    // Four cells of half the width, one row as high: centres at 0.25, 0.75, 1.25, 1.75; those of the source at 0.5 and 1.5.
    let target = GridGeometry::new(WEST, NORTH, 0.5, 1.0, GridShape { rows: 1, cols: 4 }).unwrap();
    assert_heights(&all(&Resampled::new(&source, target, None)), &[N, 11.0, 13.0, N]);
}

#[test]
fn one_missing_neighbour_of_any_weight_makes_a_cell_missing() {
    let source = dem(grid(WEST, NORTH, 1.0, 3, 3), vec![1.0, 1.0, 1.0, 1.0, N, 1.0, 1.0, 1.0, 1.0]);
    let a_little_off = Resampled::new(&source, grid(WEST + 0.001, NORTH - 0.001, 1.0, 2, 2), None);
    assert_heights(&all(&a_little_off), &[N, N, N, N]);
    // On the centres, only the missing cell itself is.
    let rounded = Resampled::new(&source, grid(WEST + 1e-8, NORTH, 1.0, 3, 3), None);
    assert_heights(&all(&rounded), &[1.0, 1.0, 1.0, 1.0, N, 1.0, 1.0, 1.0, 1.0]);
}

#[test]
fn cells_that_coincide_are_copied_in_their_width_and_there_is_nothing_beyond() {
    let heights = Heights::F32(vec![1.5, 2.5, 3.5, 4.5]);
    let source = Dem::new("dem", date(2021, 5, 1), grid(WEST, NORTH, 1.0, 2, 2), heights).unwrap();
    // One row and one column more on the north-west, and not the southern row.
    let resampled = Resampled::new(&source, grid(WEST - 1.0, NORTH + 1.0, 1.0, 2, 4), None);
    assert!(resampled.copies());
    assert!(matches!(read(&resampled, resampled.grid().window()), Heights::F32(_)));
    assert_heights(&all(&resampled), &[N, N, N, N, N, 1.5, 2.5, N]);
    let beyond = read(&resampled, Window { row: 0, col: 0, rows: 1, cols: 1 });
    assert!(matches!(beyond, Heights::F32(_)));
    assert_heights(&wide(&beyond), &[N]);
    for (west, north) in [(WEST + 2.0, NORTH), (WEST - 4.0, NORTH), (WEST, NORTH - 2.0), (WEST, NORTH + 2.0)] {
        assert_heights(&all(&Resampled::new(&source, grid(west, north, 1.0, 2, 4), None)), &[N; 8]);
    }
}

#[test]
fn a_constant_stays_itself_to_the_bit_and_a_plane_to_rounding() {
    let own = grid(WEST, NORTH, 0.7, 60, 60);
    let targets = [grid(WEST + 3.1, NORTH - 2.9, 1.0, 30, 30), grid(WEST + 3.0, NORTH - 3.3, 0.31, 90, 90)];
    let height = 1_234.567_890_123;
    let plane = |x: f64, y: f64| 1_000.0 + 0.31 * (x - WEST) - 0.17 * (y - NORTH);
    for target in targets {
        let flat = shaped(own, |_, _| height);
        assert!(all(&Resampled::new(&flat, target, None)).iter().all(|found| *found == height));
        let sloped = shaped(own, plane);
        let expected = all(&shaped(target, plane));
        for (found, expected) in all(&Resampled::new(&sloped, target, None)).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }
}

#[test]
fn a_plane_in_another_zone_is_the_plane_of_the_transformed_places() {
    // A hillside known in zone 36 (CM 108°E), wanted in zone 37 (CM 111°E), where it lies 3 degrees off the meridian.
    let (from, to) = ("EPSG:4545", "EPSG:4546");
    let to_own = CoordinateOperation::new(to, from).unwrap();
    let target = GridGeometry::new(WEST, NORTH, 2.0, 2.0, GridShape { rows: 40, cols: 30 }).unwrap();
    let mut corner = [(WEST, NORTH)];
    to_own.transform(&mut corner).unwrap();
    let own = grid(corner[0].0.floor() - 60.0, corner[0].1.floor() + 60.0, 1.0, 260, 260);
    let plane = |x: f64, y: f64| 1_000.0 + 0.31 * (x - own.west) - 0.17 * (y - own.north);
    let source = shaped(own, plane);
    let resampled = Resampled::new(&source, target, Some(to_own.try_clone().unwrap()));
    for (index, found) in all(&resampled).iter().enumerate() {
        // The mean over the cell's points, each transformed alone.
        let (row, col) = ((index / 30) as f64, (index % 30) as f64);
        let points = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
        let mut places = points.map(|(right, down)| target.to_world(col + right, row + down));
        to_own.transform(&mut places).unwrap();
        let expected = places.iter().map(|(x, y)| plane(*x, *y)).sum::<f64>() / 4.0;
        assert!((found - expected).abs() < 1e-8, "{found} {expected}");
    }
}

#[test]
fn what_lies_where_the_other_projection_has_no_place_is_missing_and_no_error() {
    let source = rough(grid(WEST, NORTH, 1.0, 4, 4), 1);
    let operation = CoordinateOperation::new("EPSG:4545", "EPSG:4546").unwrap();
    let target = grid(5e7, 1e8, 1.0, 2, 2);
    assert_heights(&all(&Resampled::new(&source, target, Some(operation))), &[N; 4]);
}

/// The whole, and random windows of it in one reader.
fn windows_agree(surface: &dyn Surface, seed: u64, times: usize) {
    let shape = surface.grid().shape;
    let whole = all(surface);
    assert!(whole.iter().any(|height| !height.is_nan()) && whole.iter().any(|height| height.is_nan()));
    let (mut random, mut reader) = (Random(seed), surface.open().unwrap());
    for _ in 0..times {
        let window = random.window(shape.rows, shape.cols);
        assert_heights(&wide(&reader.read(window).unwrap()), &part(&whole, shape.cols, window));
    }
}

#[test]
fn the_height_of_a_cell_does_not_depend_on_the_window() {
    let own = grid(WEST, NORTH, 0.7, 200, 170);
    let mut heights = all(&rough(own, 5));
    heights.iter_mut().step_by(911).for_each(|height| *height = N);
    let source = dem(own, heights);
    windows_agree(&Resampled::new(&source, grid(WEST + 0.13, NORTH + 0.6, 1.0, 140, 120), None), 1, 60);
    windows_agree(&Resampled::new(&source, grid(WEST - 3.0, NORTH + 1.0, 0.37, 300, 290), None), 2, 60);
    windows_agree(&Resampled::new(&source, grid(WEST - 3.5, NORTH + 1.4, 0.7, 150, 160), None), 3, 60);

    let to_own = CoordinateOperation::new("EPSG:4545", "EPSG:4546").unwrap();
    let mut corner = [(WEST, NORTH)];
    CoordinateOperation::new("EPSG:4546", "EPSG:4545").unwrap().transform(&mut corner).unwrap();
    let target = grid(corner[0].0 - 3.0, corner[0].1 + 3.0, 1.0, 130, 110);
    windows_agree(&Resampled::new(&source, target, Some(to_own)), 4, 40);
}

/// Remembers the largest window that is asked for.
struct Watched {
    dem: Dem,
    largest: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

impl Surface for Watched {
    fn info(&self) -> &overcut::dem::SurfaceInfo {
        self.dem.info()
    }

    fn grid(&self) -> &GridGeometry {
        self.dem.grid()
    }

    fn layout(&self) -> overcut::surface::BlockLayout {
        self.dem.layout()
    }

    fn open(&self) -> overcut::Result<Box<dyn SurfaceReader + '_>> {
        struct Reader<'a>(Box<dyn SurfaceReader + 'a>, &'a Watched);
        impl SurfaceReader for Reader<'_> {
            fn read(&mut self, window: Window) -> overcut::Result<Heights> {
                self.1.largest.fetch_max(window.cells(), std::sync::atomic::Ordering::Relaxed);
                self.0.read(window)
            }
        }
        Ok(Box::new(Reader(self.dem.open()?, self)))
    }
}

#[test]
fn a_large_window_is_read_in_pieces_of_bounded_size() {
    let largest = std::sync::Arc::default();
    let source = Watched { dem: rough(grid(WEST, NORTH, 0.5, 3_000, 3_000), 9), largest };
    // 16 x 16 points in each of 187 x 187 cells: nine million points.
    let resampled = Resampled::new(&source, grid(WEST, NORTH, 8.0, 187, 187), None);
    let heights = all(&resampled);
    assert!(heights.iter().all(|height| (1_040.0..1_060.0).contains(height)));
    let largest = source.largest.load(std::sync::atomic::Ordering::Relaxed);
    assert!(largest < 1 << 20, "{largest}");
}

#[test]
fn surfaces_on_the_grid_pass_through_and_others_are_brought_to_it_and_it_is_said() {
    let first = rough(grid(WEST, NORTH, 1.0, 20, 20), 1);
    let cropped = rough(grid(WEST + 5.0, NORTH - 5.0, 1.0, 10, 30), 2);
    let finer = rough(grid(WEST, NORTH, 0.5, 40, 40), 3);
    let harmonised = harmonise(vec![&first, &cropped, &finer], &GridChoice::First).unwrap();
    assert!(harmonised.surfaces.iter().all(|surface| surface.grid() == first.grid()));
    assert_heights(&all(harmonised.surfaces[0].as_ref()), &all(&first));
    assert_eq!(harmonised.crs.code.as_deref(), Some("EPSG:4546"));
    assert_eq!(harmonised.assumptions.len(), 2, "{:?}", harmonised.assumptions);
    assert!(harmonised.assumptions[0].contains("taken as they are"), "{:?}", harmonised.assumptions);
    assert!(harmonised.assumptions[1].contains("2 x 2 points per cell"), "{:?}", harmonised.assumptions);
}

#[test]
fn the_grid_may_be_anybodys() {
    let coarse = rough(grid(WEST, NORTH, 2.0, 20, 20), 1);
    let fine = rough(grid(WEST + 0.5, NORTH, 1.0, 40, 40), 2);
    let given = grid(WEST + 1.0, NORTH - 1.0, 4.0, 5, 5);
    let with = |choice: &GridChoice| harmonise(vec![&coarse, &fine], choice).map(|harmonised| harmonised.grid);
    assert_eq!(&with(&GridChoice::First).unwrap(), coarse.grid());
    for choice in [GridChoice::Last, GridChoice::Finest, GridChoice::Like(1)] {
        assert_eq!(&with(&choice).unwrap(), fine.grid(), "{choice:?}");
    }
    assert_eq!(with(&GridChoice::Given { grid: given, crs: "EPSG:4546".to_owned() }).unwrap(), given);

    assert!(matches!(with(&GridChoice::Like(2)), Err(Error::Core(overcut::Error::InvalidParameter { .. }))));
    let degrees = GridChoice::Given { grid: given, crs: "EPSG:4490".to_owned() };
    assert!(matches!(with(&degrees), Err(Error::GeographicCrs { .. })));
    let none = harmonise(Vec::new(), &GridChoice::First).map(|harmonised| harmonised.grid);
    assert!(matches!(none, Err(Error::Core(overcut::Error::TooFewSurfaces { .. }))));
}

#[test]
fn another_zone_of_one_datum_is_brought_over_and_another_datum_is_refused() {
    let first = rough(grid(WEST, NORTH, 1.0, 20, 20), 1);
    // The same ground with the zone number before its eastings.
    let prefixed = rough(grid(37_000_000.0 + WEST, NORTH, 1.0, 20, 20), 1).crs(crs_record("EPSG:4525").unwrap());
    let harmonised = harmonise(vec![&first, &prefixed], &GridChoice::First).unwrap();
    assert_heights(&all(harmonised.surfaces[1].as_ref()), &all(&first));
    let said = &harmonised.assumptions[0];
    assert!(said.contains("EPSG:4525") && said.contains("proj="), "{said}");

    let old = rough(grid(WEST, NORTH, 1.0, 20, 20), 1).crs(crs_record("EPSG:2382").unwrap());
    let refused = harmonise(vec![&first, &old], &GridChoice::First).map(|harmonised| harmonised.grid);
    assert!(matches!(refused, Err(Error::Ballpark { .. })));

    let nowhere = Dem::new("array", date(2021, 5, 1), *first.grid(), Heights::F64(vec![1.0; 400])).unwrap();
    let refused = harmonise(vec![&first, &nowhere], &GridChoice::First).map(|harmonised| harmonised.grid);
    assert!(matches!(refused, Err(Error::CrsMissing { what }) if what == "array"));
}

#[test]
fn surfaces_that_do_not_overlap_are_refused_with_both_extents_and_the_usual_reason() {
    let first = rough(grid(WEST, NORTH, 1.0, 20, 20), 1);
    for (west, north, crs, word) in [
        (WEST + 20.0, NORTH, "EPSG:4546", "same place"),
        (NORTH - 20.0, WEST + 20.0, "EPSG:4546", "swapped"),
        (WEST + 37e6, NORTH, "EPSG:4546", "zone number (37)"),
        (WEST, NORTH, "EPSG:4545", "states the CRS"),
    ] {
        let other = rough(grid(west, north, 1.0, 20, 20), 1).crs(crs_record(crs).unwrap());
        match harmonise(vec![&first, &other], &GridChoice::First) {
            Err(error @ Error::NoOverlap { .. }) => {
                let text = error.to_string();
                assert!(text.contains(word) && text.contains(&format!("{west:.2}")), "{text}");
            }
            other => panic!("{west} {north} {crs}: {:?}", other.map(|harmonised| harmonised.grid)),
        }
    }
}
