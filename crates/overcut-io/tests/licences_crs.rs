//! Licences between coordinate reference systems, and coordinates that do not fit the one stated.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // exact on purpose
#![allow(clippy::result_large_err)]

use std::collections::{BTreeMap, BTreeSet};

use gdal::vector::Geometry;
use geo::Area as _;
use overcut_io::{
    Error, Result,
    crs::{CoordinateOperation, crs_record},
    licences::{LicenceFeature, LicenceOptions, LicencesRead, licences_from_features},
};

fn feature(place: &str, id: &str, wkt: &str) -> LicenceFeature {
    let attributes = BTreeMap::from([("licence".to_owned(), Some(id.to_owned())), ("floor_m".to_owned(), None)]);
    LicenceFeature { place: place.to_owned(), attributes, wkb: Geometry::from_wkt(wkt).unwrap().wkb().unwrap() }
}

fn read(wkt: &str, crs: Option<&str>, to: Option<&str>) -> Result<LicencesRead> {
    let to = to.map(|to| crs_record(to).unwrap());
    licences_from_features(
        vec![feature("row 3", "A", wkt)],
        "a GeoDataFrame",
        crs,
        to.as_ref(),
        &LicenceOptions::default(),
    )
}

/// Two kilometres a side, near Jishan, longitude and latitude.
const DEGREES: &str = "POLYGON((110.98 35.60,111.002 35.60,111.002 35.618,110.98 35.618,110.98 35.60))";

#[test]
fn features_in_memory_take_the_same_way_as_files() {
    let read = read("POLYGON((0 0,9 0,9 9,0 0))", Some("EPSG:4546"), None);
    // Far from Gauss-Kruger coordinates, but not impossible ones.
    let read = read.unwrap();
    assert_eq!((read.licences[0].id.0.as_str(), read.sha256), ("A", None));
    let error = licences_from_features(vec![], "a GeoDataFrame", None, None, &LicenceOptions::default()).unwrap_err();
    assert!(matches!(error, Error::NoLicences { .. }));
    let mut empty = feature("row 3", "A", DEGREES);
    empty.wkb.clear();
    let error =
        licences_from_features(vec![empty], "a GeoDataFrame", None, None, &LicenceOptions::default()).unwrap_err();
    assert!(matches!(&error, Error::NoGeometry { place } if place == "a GeoDataFrame, row 3 (licence A)"), "{error}");
}

#[test]
fn features_without_crs_ask_for_one() {
    assert!(matches!(read(DEGREES, None, None), Err(Error::LicencesCrsMissing { path }) if path == "a GeoDataFrame"));
}

#[test]
fn the_same_crs_changes_no_bit_and_needs_no_operation() {
    let wkt = "POLYGON((498000.123 3940000.456,498100.1 3940000.2,498100.3 3940100.4,498000.123 3940000.456))";
    let read = read(wkt, Some("EPSG:4546"), Some("EPSG:4546")).unwrap();
    assert_eq!(read.licences[0].parts[0].polygon.exterior().0[0].x.to_bits(), 498_000.123_f64.to_bits());
    assert!(read.assumptions.iter().all(|sentence| !sentence.contains("operation")), "{:?}", read.assumptions);
}

#[test]
fn degrees_become_metres_with_enough_corners_and_the_operation_is_named() {
    let read = read(DEGREES, Some("EPSG:4490"), Some("EPSG:4546")).unwrap();
    let polygon = &read.licences[0].parts[0].polygon;
    assert!(polygon.exterior().0.len() > 5);
    // 1.9925 km x 1.9973 km on the ellipsoid (a degree of latitude at 35.609: 110.957 km, of longitude: 90.571 km).
    assert!((polygon.unsigned_area() / (1_992.56 * 1_997.23) - 1.0).abs() < 1e-3, "{}", polygon.unsigned_area());
    let sentence = read.assumptions.iter().find(|sentence| sentence.contains("operation")).unwrap();
    for part in ["EPSG:4490", "EPSG:4546", "corners were added", "1 mm"] {
        assert!(sentence.contains(part), "{part}: {sentence}");
    }
    assert_eq!(read.crs.code.as_deref(), Some("EPSG:4490"));
    // Points between the corners of the file lie on the edges of the result to within a millimetre.
    let operation =
        CoordinateOperation::new(&crs_record("EPSG:4490").unwrap().wkt, &crs_record("EPSG:4546").unwrap().wkt).unwrap();
    for step in 0..=1_000 {
        let mut points =
            [(110.98 + 0.022 * f64::from(step) / 1_000.0, 35.60), (110.98, 35.60 + 0.018 * f64::from(step) / 1_000.0)];
        operation.transform(&mut points).unwrap();
        for (x, y) in points {
            let nearest = polygon.exterior().lines().map(|line| distance((x, y), line)).fold(f64::INFINITY, f64::min);
            assert!(nearest < 1e-3, "{nearest}");
        }
    }
}

fn distance((x, y): (f64, f64), line: geo::Line<f64>) -> f64 {
    let (dx, dy) = (line.dx(), line.dy());
    let share = (((x - line.start.x) * dx + (y - line.start.y) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (x - line.start.x - share * dx).hypot(y - line.start.y - share * dy)
}

#[test]
fn neighbours_that_share_an_edge_share_all_its_corners_after_the_transformation() {
    let south = feature("row 1", "A", DEGREES);
    // The other way round, and started elsewhere.
    let north = "POLYGON((111.002 35.63,111.002 35.618,110.98 35.618,110.98 35.63,111.002 35.63))";
    let features = vec![south, feature("row 2", "B", north)];
    let to = crs_record("EPSG:4546").unwrap();
    let read =
        licences_from_features(features, "two", Some("EPSG:4490"), Some(&to), &LicenceOptions::default()).unwrap();
    let corners = |number: usize| -> BTreeSet<(u64, u64)> {
        let ring = read.licences[number].parts[0].polygon.exterior();
        ring.coords().map(|c| (c.x.to_bits(), c.y.to_bits())).collect()
    };
    // A parallel bends: 2 km of it take 16 pieces, so 17 corners are common.
    assert_eq!(corners(0).intersection(&corners(1)).count(), 17);
}

#[test]
fn exchanged_coordinates_are_refused_with_the_way_out() {
    let error = read("POLYGON((3940000 498000,3940100 498000,3940100 498100,3940000 498000))", Some("EPSG:4546"), None);
    let error = error.unwrap_err();
    assert!(
        matches!(&error, Error::ImplausibleCoordinates { place, .. } if place == "a GeoDataFrame, licence A, part 1"),
        "{error}"
    );
    assert!(error.to_string().contains("exchanged"), "{error}");
    let error =
        read("POLYGON((35.60 110.98,35.60 111.0,35.62 111.0,35.60 110.98))", Some("EPSG:4490"), None).unwrap_err();
    assert!(error.to_string().contains("exchanged"), "{error}");
}

#[test]
fn a_zone_prefix_that_does_not_belong_to_the_crs_is_refused_and_fits_the_other_crs() {
    let wkt = "POLYGON((37498000 3940000,37498100 3940000,37498100 3940100,37498000 3940000))";
    let error = read(wkt, Some("EPSG:4546"), None).unwrap_err().to_string();
    assert!(error.contains("zone prefix 37"), "{error}");
    let read = read(wkt, Some("EPSG:4525"), Some("EPSG:4546")).unwrap();
    let corner = read.licences[0].parts[0].polygon.exterior().0[0];
    assert!((corner.x - 498_000.0).abs() < 1e-6 && (corner.y - 3_940_000.0).abs() < 1e-6, "{corner:?}");
}

#[test]
fn metres_where_the_file_says_degrees_are_refused() {
    let error = read("POLYGON((498000 3940000,498100 3940000,498100 3940100,498000 3940000))", Some("EPSG:4326"), None);
    assert!(error.unwrap_err().to_string().contains("not degrees"));
}
