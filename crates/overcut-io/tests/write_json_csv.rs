//! JSON reads back to the bit; CSV opens in a spreadsheet as it is meant.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // exact on purpose

mod write_support;

use std::fs;

use overcut_io::{
    Error,
    write::{read_json, write_csv, write_json},
};
use write_support::{assessment, names};

#[test]
fn json_reads_back_equal_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("结果.json");
    let written = assessment();
    write_json(&written, &path, false).unwrap();
    assert_eq!(read_json(&path).unwrap(), written);
    assert_eq!(names(folder.path()), ["结果.json"]);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"schema\": 3") && text.contains("\"from\": \"2021-05-01\"") && text.ends_with("}\n"));
}

#[test]
fn equal_results_make_equal_json() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.json", "b.json"].map(|name| folder.path().join(name));
    write_json(&assessment(), &a, false).unwrap();
    write_json(&assessment(), &b, false).unwrap();
    assert_eq!(fs::read(a).unwrap(), fs::read(b).unwrap());
}

#[test]
fn json_of_another_schema_names_both_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, r#"{"schema": 7, "something": "else"}"#).unwrap();
    let error = read_json(&path).unwrap_err();
    assert!(matches!(error, Error::ResultSchema { found: 7, supported: 3, .. }));
    assert!(error.to_string().contains("schema 7"), "{error}");
}

#[test]
fn json_that_is_no_result_or_not_there_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    assert!(matches!(read_json(&path), Err(Error::ResultUnreadable { .. })));
    for text in ["", "[]", "{}", r#"{"schema": 3}"#] {
        fs::write(&path, text).unwrap();
        assert!(matches!(read_json(&path), Err(Error::NotAResult { .. })), "{text}");
    }
}

#[test]
fn an_existing_file_stays_as_it_is_without_overwrite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, "mine").unwrap();
    assert!(matches!(write_json(&assessment(), &path, false), Err(Error::OutputExists { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(names(folder.path()), ["a.json"]);
    write_json(&assessment(), &path, true).unwrap();
    assert!(read_json(&path).is_ok());
    assert_eq!(names(folder.path()), ["a.json"]);
}

#[test]
fn a_folder_that_is_missing_or_in_the_way_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent");
    let error = write_json(&assessment(), &absent.join("a.json"), true).unwrap_err();
    assert!(matches!(&error, Error::OutputFolderMissing { directory, .. } if directory.ends_with("absent")), "{error}");
    assert!(matches!(write_csv(&assessment(), &absent, true), Err(Error::OutputFolderMissing { .. })));
    assert!(matches!(write_json(&assessment(), folder.path(), true), Err(Error::OutputIsFolder { .. })));
    assert!(names(folder.path()).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_in_which_nothing_can_be_written_is_an_error_with_its_cause() {
    // Not even the superuser makes files in /proc.
    let error = write_json(&assessment(), "/proc/overcut.json".as_ref(), true).unwrap_err();
    assert!(matches!(&error, Error::OutputFailed { path, .. } if path == "/proc/overcut.json"), "{error}");
}

#[test]
fn csv_is_utf8_with_a_mark_and_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write_csv(&assessment(), folder.path(), false).unwrap();
    assert_eq!(names(folder.path()), ["intervals.csv", "patches.csv", "rows.csv"]);
    assert!(paths.iter().all(|path| path.exists()));
    let bytes = fs::read(folder.path().join("rows.csv")).unwrap();
    assert_eq!(&bytes[..3], [0xEF, 0xBB, 0xBF]);
    let mut reader = csv::Reader::from_reader(&bytes[3..]);
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cell = |row: usize, name: &str| rows[row].get(header.iter().position(|each| each == name).unwrap()).unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!((cell(0, "licences"), cell(0, "class"), cell(0, "from")), ("A", "within", "2021-05-01"));
    assert_eq!((cell(1, "licences"), cell(2, "licences"), cell(2, "layer")), ("A;B", "", ""));
    // Every digit is there.
    assert_eq!(cell(3, "cut_m3").parse::<f64>().unwrap(), 1.0 / 3.0);
    assert_eq!(cell(3, "fill_m3").parse::<f64>().unwrap(), 0.1 + 0.2);
}

#[test]
fn csv_tables_are_written_together_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("intervals.csv"), "mine").unwrap();
    assert!(matches!(write_csv(&assessment(), folder.path(), false), Err(Error::OutputExists { .. })));
    assert_eq!(names(folder.path()), ["intervals.csv"]);
    assert_eq!(fs::read_to_string(folder.path().join("intervals.csv")).unwrap(), "mine");
}

#[test]
fn text_of_others_cannot_become_a_formula() {
    let folder = tempfile::tempdir().unwrap();
    let mut a = assessment();
    a.patches[0].id = "=cmd|' /C calc'!A0".to_owned();
    write_csv(&a, folder.path(), false).unwrap();
    let text = fs::read_to_string(folder.path().join("patches.csv")).unwrap();
    assert!(text.contains("\n'=cmd|' /C calc'!A0,"), "{text}");
}
