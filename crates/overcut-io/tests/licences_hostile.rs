//! Bytes of all kinds into the readers of texts: they answer, with licences or with a refusal, and never panic or hang.
#![allow(clippy::unwrap_used)]

use std::{fmt::Write as _, fs, path::PathBuf, time::Instant};

use overcut_io::licences::{
    Angles, LicenceOptions, Order, read_licences,
    text::{
        Format,
        parts::polygons,
        read,
        resolve::{StatedCrs, resolve},
        sense::{StatedSense, sense},
    },
};
use proptest::prelude::*;

fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/licences");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let known = |path: &PathBuf| Format::of_extension(path.extension().unwrap_or_default().to_str().unwrap()).is_some();
    files.retain(known);
    files.into_iter().map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

/// The whole way from bytes to polygons, whatever is stated.
fn all_the_way(bytes: &[u8]) {
    for format in [Format::Text, Format::Dat] {
        for (axes, angles) in [(None, None), (Some(Order::EastNorth), Some(Angles::Packed))] {
            let Ok(mut document) = read(bytes, format) else { continue };
            let Ok(found) = sense(&mut document, StatedSense { axes, angles, crs: axes.is_some() }) else { continue };
            let _ = resolve(&mut document, found, StatedCrs { crs: None, zone: Some(37) });
            let mut findings = Vec::new();
            for block in &document.blocks {
                let _ = polygons(block, found, &mut findings);
            }
            findings.extend(document.findings);
            findings.iter().for_each(|each| assert!(!each.to_string().is_empty()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        all_the_way(&bytes);
    }

    #[test]
    fn any_text_of_the_signs_of_the_formats_is_answered(text in "[0-9.,;:=@J\\[\\]【】属性描述地块坐标点号XY°′″带面\\n\\t 37\"-]{0,400}") {
        all_the_way(text.as_bytes());
    }

    #[test]
    fn files_of_the_corpus_with_bytes_changed_are_answered(
        pick in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let corpus = corpus();
        let (_, mut bytes) = corpus[pick.index(corpus.len())].clone();
        if bytes.is_empty() {
            return Ok(());
        }
        for (at, byte) in changes {
            let length = bytes.len();
            bytes[at.index(length)] = byte;
        }
        let kept = cut.index(bytes.len()) + 1;
        all_the_way(&bytes);
        all_the_way(&bytes[..kept]);
    }
}

#[test]
fn every_prefix_of_a_file_is_answered() {
    for (name, bytes) in
        corpus().into_iter().filter(|(name, _)| name.ends_with("land_gbk.txt") || name.ends_with("table_licence.csv"))
    {
        for kept in 0..bytes.len() {
            all_the_way(&bytes[..kept]);
        }
        assert!(!bytes.is_empty(), "{name}");
    }
}

/// A ring like a star with so many corners, which does not cross itself.
fn many_corners(count: u32) -> String {
    let mut text = String::from("[属性描述]\n坐标系=2000国家大地坐标系\n[地块坐标]\n,,A,A,面,,,,@\n");
    for corner in 0..count {
        let turn = f64::from(corner) / f64::from(count) * std::f64::consts::TAU;
        let (north, east) = (3_941_000.0 + 900.0 * turn.cos(), 37_498_000.0 + 900.0 * turn.sin());
        writeln!(text, "J{corner},1,{north:.6},{east:.6}").unwrap();
    }
    text
}

#[test]
fn a_million_corners_are_read_in_seconds_and_more_than_the_limit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("million.txt");
    fs::write(&path, many_corners(1_000_000)).unwrap();
    let start = Instant::now();
    let read_now = read_licences(path.to_str().unwrap(), None, &LicenceOptions::default()).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(read_now.licences[0].parts[0].polygon.exterior().0.len(), 1_000_001);
    // Two seconds on an idle machine; what grows with the square of the corners would take hours.
    assert!(seconds < 120.0, "{seconds}");
    let refusal = read(many_corners(2_000_001).as_bytes(), Format::Text).unwrap_err();
    assert_eq!(refusal.0.code, "too_many_corners");
}

#[test]
fn rings_nested_by_the_thousand_are_sorted_out_or_refused() {
    let nest = |count: u32| {
        let mut text = String::from("坐标系=2000国家大地坐标系\n[地块坐标]\n,,A,A,面,,,,@\n");
        for ring in 0..count {
            let inset = f64::from(ring) * 0.01;
            let (n, s, w, e) = (3_941_500.0 - inset, 3_941_000.0 + inset, 37_498_000.0 + inset, 37_498_500.0 - inset);
            for (label, (x, y)) in [(n, w), (n, e), (s, e), (s, w)].into_iter().enumerate() {
                writeln!(text, "J{label},{},{x:.3},{y:.3}", ring + 1).unwrap();
            }
        }
        text
    };
    let mut document = read(nest(2_000).as_bytes(), Format::Text).unwrap();
    let found = sense(&mut document, StatedSense::default()).unwrap();
    let polygons_found = polygons(&document.blocks[0], found, &mut Vec::new()).unwrap();
    assert_eq!(polygons_found.len(), 1_000);
    assert!(polygons_found.iter().all(|polygon| polygon.interiors().len() == 1));
    let document = read(nest(2_001).as_bytes(), Format::Text).unwrap();
    assert_eq!(polygons(&document.blocks[0], found, &mut Vec::new()).unwrap_err().0.code, "too_many_rings");
}
