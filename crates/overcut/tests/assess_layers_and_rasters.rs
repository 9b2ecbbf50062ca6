//! Layers by hand, and what an observer sees of the pass.
#![allow(
    clippy::float_cmp,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers worked by hand"
)]

mod common;

use common::{assess, close, dem, grid, licence, rectangle};
use overcut::{
    Assessment, Error, GridShape, Licence, Result,
    assessment::{
        AssessOptions, CODE_OUTSIDE, CellBlock, Class, Input, Layer, LayerBound, Observer, Unobserved, class_code,
    },
    stable::StableGround,
    surface::Surface,
};

fn volume(case: &Assessment, class: Class, layer: Option<&str>) -> f64 {
    case.rows.iter().filter(|row| row.class == class && row.layer.as_deref() == layer).map(|row| row.cut_m3).sum()
}

fn naming(layers: &[&str], licence: Licence) -> Licence {
    let mut licence = licence;
    licence.parts[0].layers = Some(layers.iter().map(|name| (*name).to_owned()).collect());
    licence
}

#[test]
fn a_level_seam_that_the_licence_does_not_name_is_unauthorised() {
    let grid = grid(20, 20, 1.0);
    let (before, after) = (dem(grid, "2021-05-01", |_, _| 100.0), dem(grid, "2024-05-20", |_, _| 90.0));
    let surfaces: [&dyn Surface; 2] = [&before, &after];
    let seam = Layer::new("No. 5", LayerBound::Level(96.0), LayerBound::Level(92.0)).density_t_per_m3(2.5);
    let licences = [naming(&["No. 3"], licence("A", rectangle((0.0, 20.0), (0.0, 20.0)), 93.0, 150.0))];
    let input = Input { surfaces: &surfaces, licences: &licences, layers: &[seam], stable_ground: StableGround::Auto };
    let case = overcut::assess(&input, &AssessOptions::default(), &mut Unobserved).unwrap();
    // 400 m²: 100-96 host rock, 96-93 seam in the band, 93-92 seam below it, 92-90 host rock below it.
    close(volume(&case, Class::Within, None), 1600.0, 1e-6);
    close(volume(&case, Class::UnauthorisedLayer, Some("No. 5")), 1200.0, 1e-6);
    close(volume(&case, Class::BelowFloor, Some("No. 5")), 400.0, 1e-6);
    close(volume(&case, Class::BelowFloor, None), 800.0, 1e-6);
    let seam = case.rows.iter().find(|row| row.class == Class::UnauthorisedLayer).unwrap();
    close(seam.cut_measured_mass_t.unwrap(), 3000.0, 1e-6);
}

#[test]
fn a_dipping_seam_between_rasters_is_split_exactly() {
    // Seam 2 m thick dipping 1 in 4; ground level at 100, dug to 90. Its roof is at 98 - x / 4 on 0..40: the part dug is
    // 2 m wherever its floor is above 90 (x < 24), then 2 - (x - 24) / 4 until x = 32: 2 x 24 + 8 = 56 m³ per metre.
    let grid = grid(10, 40, 1.0);
    let (before, after) = (dem(grid, "2021-05-01", |_, _| 100.0), dem(grid, "2024-05-20", |_, _| 90.0));
    let roof = dem(grid, "2000-01-01", |x, _| 98.0 - x / 4.0);
    let floor = dem(grid, "2000-01-01", |x, _| 96.0 - x / 4.0);
    let surfaces: [&dyn Surface; 2] = [&before, &after];
    let seam = Layer::new("seam", LayerBound::Surface(&roof), LayerBound::Surface(&floor));
    let licences = [licence("A", rectangle((0.0, 40.0), (0.0, 10.0)), 50.0, 150.0)];
    let input = Input { surfaces: &surfaces, licences: &licences, layers: &[seam], stable_ground: StableGround::Auto };
    let case = overcut::assess(&input, &AssessOptions::default(), &mut Unobserved).unwrap();
    close(volume(&case, Class::Within, Some("seam")), 560.0, 1e-6);
    close(volume(&case, Class::Within, None), 4000.0 - 560.0, 1e-6);
}

/// Keeps the rasters, and stops after some calls if asked.
struct Keeper {
    shape: GridShape,
    dod_m: Vec<f32>,
    class: Vec<u8>,
    standing: Vec<u8>,
    calls_left: usize,
}

impl Keeper {
    fn new(shape: GridShape) -> Self {
        let cells = shape.cells();
        Self {
            shape,
            dod_m: vec![f32::INFINITY; cells],
            class: vec![99; cells],
            standing: vec![99; cells],
            calls_left: 1000,
        }
    }
}

impl Observer for Keeper {
    fn progress(&mut self, done: u64, all: u64) -> bool {
        assert!(done <= all);
        self.calls_left = self.calls_left.saturating_sub(1);
        self.calls_left > 0
    }

    fn wants_cells(&self) -> bool {
        true
    }

    fn cells(&mut self, block: &CellBlock<'_>) -> Result<()> {
        for row in 0..block.window.rows {
            for col in 0..block.window.cols {
                let from = row * block.window.cols + col;
                let to = (block.window.row + row) * self.shape.cols + block.window.col + col;
                assert_eq!(self.class[to], 99, "every cell comes once");
                self.dod_m[to] = block.dod_m[from];
                self.class[to] = block.class[from];
                self.standing[to] = block.standing[from];
            }
        }
        Ok(())
    }
}

#[test]
fn rasters_made_on_the_way_show_the_class_of_every_cell_whatever_the_units() {
    let grid = grid(21, 17, 1.0);
    let before = dem(grid, "2021-05-01", |x, _| if x < 1.0 { f64::NAN } else { 100.0 });
    let after = dem(grid, "2024-05-20", |x, _| {
        if x < 4.0 {
            100.0
        } else if x < 14.0 {
            80.0
        } else {
            100.5
        }
    });
    let licences = [licence("A", rectangle((0.0, 10.0), (0.0, 21.0)), 95.0, 150.0)];
    let surfaces: [&dyn Surface; 2] = [&before, &after];
    let input = Input { surfaces: &surfaces, licences: &licences, layers: &[], stable_ground: StableGround::Auto };
    for unit in [(4, 4), (5, 7), (21, 17)] {
        let mut keeper = Keeper::new(grid.shape);
        let options = AssessOptions::default().unit(GridShape { rows: unit.0, cols: unit.1 });
        overcut::assess(&input, &options, &mut keeper).unwrap();
        for row in 0..21 {
            let line = &keeper.class[row * 17..(row + 1) * 17];
            assert_eq!(line[0], 255);
            assert!(line[1..4].iter().all(|code| *code == 0));
            // 5 m within, 15 m below the floor: most of it.
            assert!(line[4..10].iter().all(|code| *code == class_code(Class::BelowFloor)), "{line:?}");
            assert!(line[10..].iter().all(|code| *code == CODE_OUTSIDE));
            let standing = &keeper.standing[row * 17..(row + 1) * 17];
            assert_eq!(standing, [255, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2]);
            assert!(keeper.dod_m[row * 17].is_nan());
            assert_eq!(keeper.dod_m[row * 17 + 5], -20.0);
        }
    }
}

#[test]
fn an_observer_that_says_stop_ends_the_pass_without_a_result() {
    let grid = grid(200, 8, 1.0);
    let (before, after) = (dem(grid, "2021-05-01", |_, _| 100.0), dem(grid, "2024-05-20", |_, _| 90.0));
    let surfaces: [&dyn Surface; 2] = [&before, &after];
    let mut keeper = Keeper { calls_left: 2, ..Keeper::new(grid.shape) };
    let options = AssessOptions::default().unit(GridShape { rows: 4, cols: 8 });
    let stopped = overcut::assess(
        &Input { surfaces: &surfaces, licences: &[], layers: &[], stable_ground: StableGround::Auto },
        &options,
        &mut keeper,
    );
    assert!(matches!(stopped, Err(Error::Interrupted)));
}

#[test]
fn bad_inputs_are_refused_with_the_way_out() {
    let grid = grid(8, 8, 1.0);
    let early = dem(grid, "2021-05-01", |_, _| 100.0);
    let late = dem(grid, "2024-05-20", |_, _| 90.0);
    let refuse = |surfaces: &[&dyn Surface], options: &AssessOptions| {
        overcut::assess(
            &Input { surfaces, licences: &[], layers: &[], stable_ground: StableGround::Auto },
            options,
            &mut Unobserved,
        )
        .unwrap_err()
        .to_string()
    };
    let plain = AssessOptions::default();
    assert!(refuse(&[&early], &plain).contains("at least two"));
    assert!(refuse(&[&late, &early], &plain).contains("in the order of their survey dates"));
    assert!(refuse(&[&early, &early], &plain).contains("in the order of their survey dates"));
    let other = dem(common::grid(8, 9, 1.0), "2024-05-20", |_, _| 90.0);
    assert!(refuse(&[&early, &other], &plain).contains("one grid"));
    let empty = dem(grid, "2024-05-20", |_, _| f64::NAN);
    assert!(refuse(&[&early, &empty], &plain).contains("nodata"));
    let unstated =
        overcut::Dem::new("x.tif", "2024-05-20".parse().unwrap(), grid, overcut::surface::Heights::F32(vec![90.0; 64]))
            .unwrap();
    assert!(refuse(&[&early, &unstated], &plain).contains("x.tif states no error"));
    assert!(refuse(&[&early, &late], &plain.clone().confidence(95.0)).contains("between 0 and 1"));
    assert!(refuse(&[&early, &late], &plain.lod_m(-1.0)).contains("0 or more"));
}

#[test]
fn a_surface_of_32_bit_heights_gives_the_same_result_as_the_same_heights_in_64_bits() {
    let grid = grid(16, 16, 1.0);
    let height = |x: f64, y: f64| f64::from((100.0 + (x * 0.7).sin() + (y * 0.3).cos()) as f32);
    let narrow = |date: &str, drop: f32| {
        let values = (0_u32..256).map(|i| height(f64::from(i % 16), f64::from(i / 16)) as f32 - drop).collect();
        overcut::Dem::new(date, date.parse().unwrap(), grid, overcut::surface::Heights::F32(values))
            .unwrap()
            .sigma_m(0.05)
            .vertical_datum(overcut::dem::VerticalDatum::Normal1985)
    };
    let wide = |date: &str, drop: f32| {
        let values =
            (0_u32..256).map(|i| f64::from(height(f64::from(i % 16), f64::from(i / 16)) as f32 - drop)).collect();
        overcut::Dem::new(date, date.parse().unwrap(), grid, overcut::surface::Heights::F64(values))
            .unwrap()
            .sigma_m(0.05)
            .vertical_datum(overcut::dem::VerticalDatum::Normal1985)
    };
    let licences = [licence("A", rectangle((2.3, 11.7), (1.1, 14.9)), 98.0, 100.2)];
    let (a, b) = (narrow("2021-05-01", 0.0), narrow("2024-05-20", 1.5));
    let (c, d) = (wide("2021-05-01", 0.0), wide("2024-05-20", 1.5));
    let options = AssessOptions::default();
    assert_eq!(assess(&[&a, &b], &licences, &options).digest, assess(&[&c, &d], &licences, &options).digest);
}
