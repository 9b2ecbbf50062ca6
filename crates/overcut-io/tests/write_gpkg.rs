//! The GeoPackage opens elsewhere, holds every figure, and is the same for the same result.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // exact on purpose

mod write_support;

use std::fs;

use gdal::{
    Dataset,
    vector::{FieldValue, LayerAccess as _, OGRFieldType, OGRwkbGeometryType},
};
use overcut_io::{
    Error,
    licences::{LicenceOptions, read_licences},
    write::write_gpkg,
};
use write_support::{assessment, names};

#[test]
fn every_layer_and_table_is_there_with_its_type_and_crs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("结果.gpkg");
    write_gpkg(&assessment(), &path, false).unwrap();
    assert_eq!(names(folder.path()), ["结果.gpkg"]);
    let dataset = Dataset::open(&path).unwrap();
    let mut found: Vec<String> = dataset.layers().map(|layer| layer.name()).collect();
    found.sort();
    assert_eq!(found, ["intervals", "licence_results", "licences", "patches", "run", "surfaces"]);
    for (name, ty, rows) in [
        ("licence_results", OGRwkbGeometryType::wkbMultiPolygon, 4),
        ("patches", OGRwkbGeometryType::wkbMultiPolygon, 2),
        ("licences", OGRwkbGeometryType::wkbPolygon, 3),
    ] {
        let layer = dataset.layer_by_name(name).unwrap();
        assert_eq!((layer.defn().geometry_type(), layer.feature_count()), (ty, rows), "{name}");
        assert_eq!(layer.spatial_ref().unwrap().auth_code().unwrap(), 4546);
    }
    for (name, rows) in [("intervals", 2), ("surfaces", 3), ("run", 15)] {
        let layer = dataset.layer_by_name(name).unwrap();
        assert_eq!((layer.defn().geom_fields().count(), layer.feature_count()), (0, rows), "{name}");
    }
    let types: Vec<(String, OGRFieldType::Type)> = dataset
        .layer_by_name("licence_results")
        .unwrap()
        .defn()
        .fields()
        .map(|field| (field.name(), field.field_type()))
        .collect();
    for expected in [
        ("from".to_owned(), OGRFieldType::OFTDate),
        ("cut_m3".to_owned(), OGRFieldType::OFTReal),
        ("licences".to_owned(), OGRFieldType::OFTString),
        ("interval".to_owned(), OGRFieldType::OFTInteger64),
    ] {
        assert!(types.contains(&expected), "{expected:?} in {types:?}");
    }
}

#[test]
fn figures_read_back_to_the_bit_and_nothing_is_null_not_zero() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    let written = assessment();
    write_gpkg(&written, &path, false).unwrap();
    let dataset = Dataset::open(&path).unwrap();
    let mut layer = dataset.layer_by_name("licence_results").unwrap();
    for (row, feature) in written.rows.iter().zip(layer.features()) {
        let value = |name: &str| feature.field(feature.field_index(name).unwrap()).unwrap();
        assert_eq!(value("cut_m3"), Some(FieldValue::RealValue(row.cut_m3)));
        assert_eq!(value("fill_m3"), Some(FieldValue::RealValue(row.fill_m3)));
        assert_eq!(value("cut_measured_m3"), Some(FieldValue::RealValue(row.cut_measured_m3)));
        assert_eq!(value("cut_sigma_m3"), Some(FieldValue::RealValue(13.0)));
        assert_eq!(value("fill_sigma_m3"), None);
        assert_eq!(value("cut_measured_mass_t"), None);
        assert_eq!(value("licences").is_none(), row.licences.is_empty());
        assert_eq!(feature.geometry_by_index(0).is_err(), row.licences.is_empty());
        let from = feature.field_as_string(feature.field_index("from").unwrap()).unwrap();
        assert_eq!(from.as_deref(), Some(if row.interval == 0 { "2021/05/01" } else { "2022/10/15" }));
    }
}

#[test]
fn the_plan_of_a_licence_with_stacked_parts_is_their_union() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    write_gpkg(&assessment(), &path, false).unwrap();
    let dataset = Dataset::open(&path).unwrap();
    let mut layer = dataset.layer_by_name("licence_results").unwrap();
    let areas: Vec<f64> = layer
        .features()
        .filter_map(|feature| feature.geometry_by_index(0).ok().map(gdal::vector::Geometry::area))
        .collect();
    // A: two squares of 100 m that share half of each; A and B: with 50 m x 50 m more; B alone.
    for (area, expected) in areas.iter().zip([15_000.0, 17_500.0, 2_500.0]) {
        assert!((area - expected).abs() < 1e-3, "{area} {expected}");
    }
}

#[test]
fn the_licences_layer_can_be_read_again_as_licences() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    let written = assessment();
    write_gpkg(&written, &path, false).unwrap();
    let options = LicenceOptions { layer: Some("licences".to_owned()), ..LicenceOptions::default() };
    let read = read_licences(path.to_str().unwrap(), written.crs.as_ref(), &options).unwrap();
    assert_eq!(read.licences.len(), written.licences.len());
    for (read, written) in read.licences.iter().zip(&written.licences) {
        assert_eq!(
            (&read.id, &read.holder, &read.vertical_datum),
            (&written.id, &written.holder, &written.vertical_datum)
        );
        assert_eq!((read.validity.from, read.validity.to), (written.valid_from, written.valid_to));
        for (read, written) in read.parts.iter().zip(&written.parts) {
            assert_eq!((&read.polygon, read.band, &read.layers), (&written.polygon, written.band, &written.layers));
        }
    }
}

#[test]
fn equal_results_make_equal_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.gpkg", "b.gpkg"].map(|name| folder.path().join(name));
    write_gpkg(&assessment(), &a, false).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    write_gpkg(&assessment(), &b, false).unwrap();
    assert!(fs::read(a).unwrap() == fs::read(b).unwrap());
}

#[test]
fn a_result_without_crs_or_rows_is_a_geopackage_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    let mut a = assessment();
    a.crs = None;
    a.licences.clear();
    a.rows.clear();
    a.patches.clear();
    write_gpkg(&a, &path, false).unwrap();
    assert_eq!(Dataset::open(&path).unwrap().layer_by_name("patches").unwrap().feature_count(), 0);
}

#[test]
fn licences_without_crs_come_back_without_crs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    let mut a = assessment();
    a.crs = None;
    write_gpkg(&a, &path, false).unwrap();
    let options = LicenceOptions { layer: Some("licences".to_owned()), ..LicenceOptions::default() };
    let error = read_licences(path.to_str().unwrap(), None, &options).unwrap_err();
    assert!(matches!(error, Error::LicencesCrsMissing { .. }), "{error}");
}

#[test]
fn an_existing_geopackage_stays_as_it_is_without_overwrite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    write_gpkg(&assessment(), &path, false).unwrap();
    let before = fs::read(&path).unwrap();
    let mut other = assessment();
    other.patches.clear();
    assert!(matches!(write_gpkg(&other, &path, false), Err(Error::OutputExists { .. })));
    assert!(fs::read(&path).unwrap() == before);
    write_gpkg(&other, &path, true).unwrap();
    assert!(fs::read(&path).unwrap() != before);
    assert_eq!(names(folder.path()), ["a.gpkg"]);
}

#[test]
fn a_failure_on_the_way_leaves_neither_file_nor_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    let mut a = assessment();
    // GDAL takes text up to its first NUL only, so this is refused after other tables have been written.
    a.assumptions.push("before\0after".to_owned());
    assert!(matches!(write_gpkg(&a, &path, false), Err(Error::OutputGdal { .. })));
    assert!(names(folder.path()).is_empty());
}
