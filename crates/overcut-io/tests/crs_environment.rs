//! What other programs leave in the environment changes nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // what a process of its own says

mod raster_support;

use std::process::Command;

use overcut_io::{CoordinateOperation, Error, versions};
use raster_support::{Recipe, open, place};

/// Tells the process started by [`under`] to do the task.
const TASK: &str = "OVERCUT_TEST_ENVIRONMENT";

/// Runs `task` in a process with this environment and working folder; gives what it said.
fn under(environment: &[(&str, &str)], folder: &std::path::Path) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "task", "--nocapture"]).current_dir(folder).env(TASK, "1");
    for name in ["PROJ_DATA", "PROJ_LIB", "PROJ_NETWORK", "GDAL_DATA"] {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{environment:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said.lines().filter(|line| line.starts_with("result ")).collect::<Vec<_>>().join("\n")
}

/// What is run in other environments; nothing when run as a test of its own.
#[test]
fn task() {
    if std::env::var_os(TASK).is_none() {
        return;
    }
    // GDAL decodes the code in the file's keys with its own database.
    let (_folder, path) = place("a.tif");
    Recipe { crs: Some("EPSG:4546+5737"), ..Recipe::default() }.write::<f32>(&path, 2, &[1.0, 2.0]);
    let surface = open(&path);
    let info = overcut::surface::Surface::info(&surface);
    println!("result {:?} {:?}", info.crs, info.vertical_datum);
    for (from, to, place) in [
        ("EPSG:4490", "EPSG:4546", (110.98, 35.6)),
        ("EPSG:4326", "EPSG:32649", (110.98, 35.6)),
        ("EPSG:4546", "EPSG:4525", (498_187.664, 3_941_160.735)),
    ] {
        let operation = CoordinateOperation::new(from, to).unwrap();
        let mut points = [place];
        operation.transform(&mut points).unwrap();
        let [(x, y)] = points;
        println!("result {from} {to} {:x} {:x} {operation:?} {:?}", x.to_bits(), y.to_bits(), operation.accuracy_m());
    }
    // With the grid installed (Debian's proj-data has it) or not.
    for from in ["EPSG:4314", "EPSG:31468"] {
        let error = CoordinateOperation::new(from, "EPSG:4326").unwrap_err();
        assert!(matches!(error, Error::DatumGrid { .. }), "{error:?}");
        println!("result {error}");
    }
    println!("result {:?}", versions());
}

#[test]
fn a_hostile_environment_changes_no_bit_of_a_result() {
    let (empty, _) = place("nothing");
    let quiet = under(&[], empty.path());
    assert!(quiet.contains("EPSG:4546") && quiet.contains("Normal1985"), "{quiet}");

    // A folder with a database of another release, and with settings that would change projections.
    let (hostile, database) = place("proj.db");
    if std::fs::copy("/usr/share/proj/proj.db", &database).is_err() {
        std::fs::write(&database, "no database").unwrap();
    }
    std::fs::write(hostile.path().join("proj.ini"), "[general]\ntmerc_default_algo = evenden_snyder\nnetwork = on\n")
        .unwrap();
    // What stands in for a datum grid must not be found, and if it were, would be no grid.
    std::fs::write(hostile.path().join("BETA2007.gsb"), "no grid").unwrap();
    let (damaged, damaged_database) = place("proj.db");
    std::fs::write(&damaged_database, "no database").unwrap();

    let here = hostile.path().to_str().unwrap();
    let damaged = damaged.path().to_str().unwrap();
    for environment in [
        &[("PROJ_DATA", "/nonexistent"), ("PROJ_LIB", "/nonexistent"), ("GDAL_DATA", "/nonexistent")][..],
        &[("PROJ_DATA", "/usr/share/proj"), ("PROJ_NETWORK", "ON")],
        &[("PROJ_LIB", "/usr/share/proj")],
        &[("PROJ_DATA", here)],
        &[("PROJ_DATA", damaged), ("PROJ_LIB", damaged)],
        &[("HOME", here), ("XDG_DATA_HOME", here), ("PROJ_USER_WRITABLE_DIRECTORY", here)],
    ] {
        assert_eq!(under(environment, empty.path()), quiet, "{environment:?}");
    }
    // The working folder is no place to look either.
    assert_eq!(under(&[], hostile.path()), quiet);
}
