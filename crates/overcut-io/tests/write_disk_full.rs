//! A disk that fills up midway: an error, and nothing left behind. GDAL before 3.7 reports none of this when it closes a file.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // exact on purpose
#![allow(clippy::result_large_err)]
#![cfg(unix)]

mod write_support;

use std::{path::Path, process::Command};

use overcut::{GridGeometry, GridShape, Window, assessment::CellBlock};
use overcut_io::{
    Error, Result,
    write::{CogLayers, CogWriter, write_csv, write_gpkg, write_json},
};
use write_support::{DAYS, assessment, names};

/// Tells the process started by [`under_limit`] what to write and where.
const TASK: &str = "OVERCUT_TEST_DISK_FULL";

/// Runs `task` in a process that may write files of so many blocks of 512 bytes and no longer; gives what it said.
fn under_limit(task: &str, blocks: u32) {
    let folder = tempfile::tempdir().unwrap();
    // Without the trap the kernel ends a process that goes over its limit; with it, writing fails as on a full disk.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" --exact task --nocapture");
    let output = Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(TASK, format!("{task}:{}", folder.path().display()))
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{task}: {said}");
    assert!(said.contains("refused as it should be"), "{task}: {said}");
    assert!(names(folder.path()).is_empty(), "{task} left {:?}", names(folder.path()));
}

/// What is run under the limit; nothing when run as a test of its own.
#[test]
fn task() {
    let Ok(task) = std::env::var(TASK) else { return };
    let (task, folder) = task.split_once(':').unwrap();
    let folder = Path::new(folder);
    let mut a = assessment();
    a.patches = (0..500).flat_map(|_| a.patches.clone()).collect();
    let written = match task {
        "json" => write_json(&a, &folder.join("a.json"), false),
        "csv" => write_csv(&a, folder, false).map(|_| ()),
        "gpkg" => write_gpkg(&a, &folder.join("a.gpkg"), false),
        "cog" => cogs(folder),
        _ => unreachable!(),
    };
    match written {
        Err(Error::OutputFailed { .. } | Error::OutputGdal { .. } | Error::OutputDamaged { .. }) => {
            eprintln!("refused as it should be");
        }
        other => panic!("{other:?}"),
    }
}

fn cogs(folder: &Path) -> Result<()> {
    let side = 1_500;
    let grid = GridGeometry::new(0.0, 0.0, 1.0, 1.0, GridShape { rows: side, cols: side }).unwrap();
    let what = CogLayers { class: false, standing: false, ..CogLayers::default() };
    let mut writer = CogWriter::create(folder, &grid, None, &[(DAYS[0], DAYS[1])], what, false)?;
    // Noise, so that it does not compress.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f32::from_bits((state >> 34) as u32)
    };
    let dod: Vec<f32> = (0..grid.shape.cells()).map(|_| noise()).collect();
    let codes = vec![0; dod.len()];
    let window = Window { row: 0, col: 0, rows: side, cols: side };
    writer
        .cells(&CellBlock { interval: 0, window, dod_m: &dod, class: &codes, standing: &codes })
        .map_err(Error::from_core)?;
    writer.finish().map(|_| ())
}

#[test]
fn json_on_a_full_disk() {
    under_limit("json", 16);
}

#[test]
fn csv_on_a_full_disk() {
    under_limit("csv", 16);
}

#[test]
fn geopackage_on_a_full_disk() {
    // The whole file takes 1072 blocks; its index is written last.
    for blocks in [8, 64, 300, 600, 900, 1_060] {
        under_limit("gpkg", blocks);
    }
}

#[test]
fn rasters_on_a_full_disk_in_the_pass_and_at_its_end() {
    // 1500 x 1500 cells fill 9 tiles of 1 MB in the pass, 18432 blocks; with overviews the COG takes more than 21000.
    for blocks in [8, 2_000, 10_000, 18_000, 19_000, 21_000] {
        under_limit("cog", blocks);
    }
}
