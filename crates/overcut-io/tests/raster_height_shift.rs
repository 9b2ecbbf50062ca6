//! Heights brought to another datum while they are read.
#![allow(clippy::unwrap_used, clippy::float_cmp)] // exact on purpose

use std::{path::Path, sync::Arc};

use gdal::{DriverManager, raster::Buffer, spatial_ref::SpatialRef};
use overcut::{
    Dem, GridGeometry, GridShape, Window,
    dem::VerticalDatum,
    heights::{HeightShift, Interpolation, Shift},
    surface::{Heights, Surface},
};
use overcut_io::{Error, ShiftedSurface, crs_record};

const SHAPE: GridShape = GridShape { rows: 60, cols: 40 };

/// Level ground at 1000.5 m near Jishan, with one cell missing.
fn ground(datum: VerticalDatum) -> Arc<dyn Surface> {
    let grid = GridGeometry::new(498_000.0, 3_941_000.0, 10.0, 10.0, SHAPE).unwrap();
    let mut heights = vec![1_000.5_f32; SHAPE.cells()];
    heights[7] = f32::NAN;
    let dem = Dem::new("dem.tif", "2024-05-20".parse().unwrap(), grid, Heights::F32(heights)).unwrap();
    Arc::new(dem.vertical_datum(datum).crs(crs_record("EPSG:4546").unwrap()))
}

/// Undulation N = -30 + 10 (lon - 110.9) + 20 (lat - 35.5) on a grid of one minute of arc.
fn undulation(lon: f64, lat: f64) -> f64 {
    -30.0 + 10.0 * (lon - 110.9) + 20.0 * (lat - 35.5)
}

fn geoid(path: &Path, driver: &str, cols: usize, curved: f64) {
    overcut_io::initialise();
    let (west, north, step, rows) = (110.9, 35.7, 1.0 / 60.0, 12);
    let driver = DriverManager::get_driver_by_name(driver).unwrap();
    let mut dataset = driver.create_with_band_type::<f32, _>(path, cols, rows, 1).unwrap();
    dataset.set_geo_transform(&[west - step / 2.0, step, 0.0, north + step / 2.0, 0.0, -step]).unwrap();
    dataset.set_spatial_ref(&SpatialRef::from_epsg(4326).unwrap()).unwrap();
    let value = |at: usize| {
        let (lon, lat) = (west + (at % cols) as f64 * step, north - (at / cols) as f64 * step);
        undulation(lon, lat) + curved * ((lon - 110.98) * 60.0).powi(2)
    };
    #[expect(clippy::cast_possible_truncation, reason = "grids hold floats")]
    let values: Vec<f32> = (0..cols * rows).map(|at| value(at) as f32).collect();
    dataset.rasterband(1).unwrap().write((0, 0), (cols, rows), &mut Buffer::new((cols, rows), values)).unwrap();
}

fn grid(path: &Path, interpolation: Interpolation) -> HeightShift {
    HeightShift {
        from: VerticalDatum::Ellipsoidal,
        to: VerticalDatum::Normal1985,
        shift: Shift::Grid { path: path.to_str().unwrap().to_owned(), sha256: None, band: None, interpolation },
        source: "test".to_owned(),
    }
}

fn read(surface: &dyn Surface, window: Window) -> Vec<f64> {
    let Heights::F64(heights) = surface.open().unwrap().read(window).unwrap() else { panic!("narrow heights") };
    heights
}

#[test]
fn ground_of_1956_lies_29_millimetres_lower_in_1985_and_missing_cells_stay_missing() {
    let by = HeightShift::known(&VerticalDatum::Normal1956, &VerticalDatum::Normal1985).unwrap();
    let surface = ShiftedSurface::new(ground(VerticalDatum::Normal1956), &by).unwrap();
    let heights = read(&surface, surface.grid().window());
    assert_eq!(heights[0], 1_000.471);
    assert!(heights[7].is_nan());
    assert_eq!(surface.info().vertical_datum, VerticalDatum::Normal1985);
    assert!(surface.sentence().contains("by -0.029 m"), "{}", surface.sentence());
}

#[test]
fn a_sloping_geoid_is_taken_away_exactly_at_every_cell_in_whatever_window() {
    let directory = tempfile::tempdir().unwrap();
    for (driver, name) in [("GTX", "geoid.gtx"), ("GTiff", "geoid.tif")] {
        let path = directory.path().join(name);
        geoid(&path, driver, 12, 0.0);
        let surface =
            ShiftedSurface::new(ground(VerticalDatum::Ellipsoidal), &grid(&path, Interpolation::Bilinear)).unwrap();
        let whole = surface.grid().window();
        let heights = read(&surface, whole);
        // Longitude and latitude of the centre of the last cell (498395, 3940405), by the operation that the textbook test pins.
        let mut last = [(498_395.0, 3_940_405.0)];
        overcut_io::CoordinateOperation::new("EPSG:4546", "EPSG:4490").unwrap().transform(&mut last).unwrap();
        // h = H + N; a plane is reproduced between points, to the float32 of the grid.
        let expected = 1_000.5 - undulation(last[0].0, last[0].1);
        assert!(
            (heights[SHAPE.cells() - 1] - expected).abs() < 1e-5,
            "{name}: {} {expected}",
            heights[SHAPE.cells() - 1]
        );
        let part = Window { row: 33, col: 11, rows: 5, cols: 9 };
        let found = read(&surface, part);
        for (at, height) in found.iter().enumerate() {
            let (row, col) = (33 + at / 9, 11 + at % 9);
            assert_eq!(height.to_bits(), heights[row * SHAPE.cols + col].to_bits());
        }
        let Shift::Grid { sha256: Some(digest), .. } = &surface.shift().shift else { panic!("no digest") };
        assert_eq!(digest.len(), 64);
    }
}

#[test]
fn heights_above_a_geoid_become_ellipsoidal_by_adding_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("geoid.gtx");
    geoid(&path, "GTX", 12, 0.0);
    let back = HeightShift {
        from: VerticalDatum::Normal1985,
        to: VerticalDatum::Ellipsoidal,
        ..grid(&path, Interpolation::Bilinear)
    };
    let there = ShiftedSurface::new(ground(VerticalDatum::Normal1985), &back).unwrap();
    let window = Window { row: 20, col: 20, rows: 1, cols: 1 };
    assert!(read(&there, window)[0] < 980.0);
    let again = ShiftedSurface::new(Arc::new(there), &grid(&path, Interpolation::Bilinear)).unwrap();
    assert!((read(&again, window)[0] - 1_000.5).abs() < 1e-12);
}

#[test]
fn a_curved_geoid_is_read_better_by_sixteen_points_than_by_four() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("geoid.gtx");
    geoid(&path, "GTX", 12, 0.5);
    let error = |interpolation: Interpolation| {
        let surface = ShiftedSurface::new(ground(VerticalDatum::Ellipsoidal), &grid(&path, interpolation)).unwrap();
        let mut place = [surface.grid().centre(overcut::grid::CellIndex { row: 30, col: 0 })];
        overcut_io::CoordinateOperation::new("EPSG:4546", "EPSG:4490").unwrap().transform(&mut place).unwrap();
        let (lon, lat) = place[0];
        let truth = undulation(lon, lat) + 0.5 * ((lon - 110.98) * 60.0).powi(2);
        (read(&surface, Window { row: 30, col: 0, rows: 1, cols: 1 })[0] - (1_000.5 - truth)).abs()
    };
    // A parabola is reproduced by Keys' weights; between four points its sagitta is 0.5 s (1 - s) m.
    assert!(error(Interpolation::Bicubic) < 1e-4, "{}", error(Interpolation::Bicubic));
    assert!(error(Interpolation::Bilinear) > 1e-2, "{}", error(Interpolation::Bilinear));
}

#[test]
fn a_grid_that_is_missing_is_named_and_never_nothing() {
    let by = grid(Path::new("/nowhere/cqg2000.gtx"), Interpolation::Bilinear);
    let Err(refusal) = ShiftedSurface::new(ground(VerticalDatum::Ellipsoidal), &by) else { panic!("no refusal") };
    assert!(matches!(&refusal, Error::HeightGrid { path, .. } if path.contains("cqg2000.gtx")), "{refusal}");
}

#[test]
fn a_grid_that_ends_under_the_surface_is_refused_where_a_height_needs_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("half.gtx");
    // The easternmost points lie at 110.9 + 4 / 60 degrees: west of the surface.
    geoid(&path, "GTX", 5, 0.0);
    let by = grid(&path, Interpolation::Bilinear);
    let surface = ShiftedSurface::new(ground(VerticalDatum::Ellipsoidal), &by).unwrap();
    let error = Error::from_core(surface.open().unwrap().read(surface.grid().window()).unwrap_err());
    assert!(matches!(&error, Error::HeightGridCoverage { lon, .. } if (lon - 110.978).abs() < 0.01), "{error}");
}

#[test]
fn a_shift_from_another_datum_than_that_of_the_surface_is_refused() {
    let by = HeightShift::known(&VerticalDatum::Normal1956, &VerticalDatum::Normal1985).unwrap();
    for datum in [VerticalDatum::Unknown, VerticalDatum::Normal1985, VerticalDatum::Ellipsoidal] {
        let Err(refusal) = ShiftedSurface::new(ground(datum), &by) else { panic!("no refusal") };
        assert!(refusal.to_string().contains("vertical_datum"), "{refusal}");
    }
}
