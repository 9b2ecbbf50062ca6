//! Licences from files: columns, parts, dates, and everything that is refused with the row and the way out.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // exact on purpose
#![allow(clippy::result_large_err)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jiff::civil::date;
use overcut::{Band, dem::VerticalDatum};
use overcut_io::{
    Error, Result,
    licences::{LicenceOptions, LicencesRead, read_licences},
};
use serde_json::{Value, json};

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/licences.gpkg");

/// A square of 100 m in EPSG:4546.
fn square(east: f64) -> Value {
    let (w, s) = (498_000.0 + east, 3_940_000.0);
    json!({"type": "Polygon", "coordinates": [[[w, s], [w + 100.0, s], [w + 100.0, s + 100.0], [w, s + 100.0], [w, s]]]})
}

fn feature(geometry: &Value, properties: &Value) -> Value {
    json!({"type": "Feature", "geometry": geometry, "properties": properties})
}

fn save(folder: &Path, features: &[Value]) -> PathBuf {
    let path = folder.join("licences.geojson");
    let crs = json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4546"}});
    fs::write(&path, json!({"type": "FeatureCollection", "crs": crs, "features": features}).to_string()).unwrap();
    path
}

fn read_with(features: &[Value], options: &LicenceOptions) -> Result<LicencesRead> {
    let folder = tempfile::tempdir().unwrap();
    read_licences(save(folder.path(), features).to_str().unwrap(), None, options)
}

fn read(features: &[Value]) -> Result<LicencesRead> {
    read_with(features, &LicenceOptions::default())
}

fn one(properties: &Value) -> Result<LicencesRead> {
    read(&[feature(&square(0.0), properties)])
}

#[test]
fn the_licences_of_the_test_case_are_read_as_they_were_made() {
    let read = read_licences(TESTDATA, None, &LicenceOptions::default()).unwrap();
    assert_eq!(read.crs.code.as_deref(), Some("EPSG:4546"));
    assert_eq!(read.sha256.as_ref().unwrap().len(), 64);
    assert!(read.assumptions.is_empty(), "{:?}", read.assumptions);
    let ids: Vec<&str> = read.licences.iter().map(|licence| licence.id.0.as_str()).collect();
    assert_eq!(
        ids,
        [
            "C1408242016037110000101",
            "C1400002015063110000202",
            "C1408242017087110000303",
            "C1408242012047130000404",
            "C1408242019117110000505"
        ]
    );
    let a = &read.licences[0];
    assert_eq!(a.holder.as_deref(), Some("稷山县青石岭石料有限公司"));
    assert_eq!((a.mineral.as_deref(), a.method.as_deref()), (Some("石灰岩"), Some("露天开采")));
    assert_eq!((a.validity.from, a.validity.to), (Some(date(2016, 3, 18)), Some(date(2026, 3, 18))));
    assert_eq!(a.vertical_datum, VerticalDatum::Normal1985);
    assert_eq!(a.parts.len(), 2);
    assert_eq!(a.parts[0].polygon.interiors().len(), 1);
    assert_eq!(a.parts[0].band, Some(Band { floor_m: 1152.0, ceiling_m: 1230.0 }));
    assert_eq!(a.parts[1].band, Some(Band { floor_m: 1164.0, ceiling_m: 1230.0 }));
    assert_eq!(a.parts[0].layers, None);
    assert_eq!(read.licences[4].parts[0].layers, Some(vec!["O2f limestone".to_owned(), "O2s limestone".to_owned()]));
}

#[test]
fn numbers_and_days_may_be_text() {
    let read = one(&json!({
        "许可证号": "C1", "采矿权人": " 某公司 ", "floor_m": "1152.5", "ceiling_m": "1230 米",
        "valid_from": "20160318", "valid_to": "2026年3月18日", "vertical_datum": "1985国家高程基准"
    }))
    .unwrap();
    let licence = &read.licences[0];
    assert_eq!((licence.id.0.as_str(), licence.holder.as_deref()), ("C1", Some("某公司")));
    assert_eq!(licence.parts[0].band, Some(Band { floor_m: 1152.5, ceiling_m: 1230.0 }));
    assert_eq!((licence.validity.from, licence.validity.to), (Some(date(2016, 3, 18)), Some(date(2026, 3, 18))));
    assert_eq!(licence.vertical_datum, VerticalDatum::Normal1985);
}

#[test]
fn days_that_gdal_recognises_itself_are_the_same_days() {
    for written in ["2016-03-18", "2016/3/18", "2016/03/18", "2016-03-18T00:00:00Z", "2016/03/18 00:00:00+08"] {
        let read = one(&json!({"id": 1, "valid_from": written, "valid_to": "2026-01-01"})).unwrap();
        assert_eq!(read.licences[0].validity.from, Some(date(2016, 3, 18)), "{written}");
    }
}

#[test]
fn a_number_can_be_an_id() {
    assert_eq!(one(&json!({"id": 1_408_242_016_i64})).unwrap().licences[0].id.0, "1408242016");
}

#[test]
fn rows_with_one_id_are_parts_of_one_licence_in_their_order_and_multipolygons_several() {
    let both =
        json!({"type": "MultiPolygon", "coordinates": [square(300.0)["coordinates"], square(500.0)["coordinates"]]});
    let read = read(&[
        feature(&square(0.0), &json!({"licence": "A", "floor_m": 10, "ceiling_m": 20})),
        feature(&square(150.0), &json!({"licence": "B", "floor_m": 1, "ceiling_m": 2})),
        feature(&both, &json!({"licence": "A", "floor_m": 30, "ceiling_m": 40})),
    ])
    .unwrap();
    assert_eq!(read.licences.len(), 2);
    let a = &read.licences[0];
    let wests: Vec<f64> = a.parts.iter().map(|part| part.polygon.exterior().0[0].x - 498_000.0).collect();
    assert_eq!(wests, [0.0, 300.0, 500.0]);
    let floors: Vec<f64> = a.parts.iter().map(|part| part.band.unwrap().floor_m).collect();
    assert_eq!(floors, [10.0, 30.0, 30.0]);
}

#[test]
fn rows_of_one_licence_that_contradict_each_other_are_both_named() {
    let error = read(&[
        feature(&square(0.0), &json!({"licence": "A", "valid_to": "2026-01-01"})),
        feature(&square(150.0), &json!({"licence": "B"})),
        feature(&square(300.0), &json!({"licence": "A", "valid_to": "2027-01-01"})),
    ])
    .unwrap_err()
    .to_string();
    for part in ["licence A", "valid_to", "row 1 has `2026-01-01`", "row 3 has `2027-01-01`"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn a_value_that_is_missing_in_one_row_only_is_a_contradiction_too() {
    let error = read(&[
        feature(&square(0.0), &json!({"licence": "A", "holder": "甲"})),
        feature(&square(150.0), &json!({"licence": "A"})),
    ])
    .unwrap_err();
    assert!(matches!(&error, Error::ConflictingRows { second, .. } if second.ends_with("has nothing")), "{error}");
}

#[test]
fn an_elevation_that_a_row_does_not_state_is_not_zero() {
    let read = read(&[
        feature(&square(0.0), &json!({"licence": "A", "floor_m": 10.0, "ceiling_m": 20.0})),
        feature(&square(150.0), &json!({"licence": "B"})),
        feature(&square(300.0), &json!({"licence": "C", "floor_m": null, "ceiling_m": null})),
    ])
    .unwrap();
    let bands: Vec<Option<Band>> = read.licences.iter().map(|licence| licence.parts[0].band).collect();
    assert_eq!(bands, [Some(Band { floor_m: 10.0, ceiling_m: 20.0 }), None, None]);
    assert!(read.assumptions.contains(&"licences B, C state no elevations: none are tested".to_owned()));
}

#[test]
fn one_of_floor_and_ceiling_alone_is_refused() {
    let error = one(&json!({"id": "A", "floor_m": 10, "ceiling_m": null})).unwrap_err().to_string();
    assert!(error.contains("row 1") && error.contains("`floor_m` but no `ceiling_m`"), "{error}");
    assert!(matches!(one(&json!({"id": "A", "ceiling_m": 10})), Err(Error::HalfBand { .. })));
}

#[test]
fn what_is_taken_for_granted_is_said() {
    let read = one(&json!({"id": "A"})).unwrap();
    assert_eq!(
        read.assumptions,
        [
            "licence A states no elevations: none are tested",
            "licence A states no first day of validity: taken as valid from ever",
            "licence A states no last day of validity: taken as valid without end",
        ]
    );
    assert_eq!((read.licences[0].validity.from, read.licences[0].validity.to), (None, None));
}

#[test]
fn a_vertical_datum_given_by_the_caller_goes_to_those_that_state_none() {
    let options = LicenceOptions { vertical_datum: Some(VerticalDatum::Normal1985), ..LicenceOptions::default() };
    let band = |id: &str, datum: Value| json!({"licence": id, "floor_m": 1, "ceiling_m": 2, "vertical_datum": datum});
    let read = read_with(
        &[feature(&square(0.0), &band("A", json!("1956"))), feature(&square(150.0), &band("B", Value::Null))],
        &options,
    )
    .unwrap();
    let datums: Vec<&VerticalDatum> = read.licences.iter().map(|licence| &licence.vertical_datum).collect();
    assert_eq!(datums, [&VerticalDatum::Normal1956, &VerticalDatum::Normal1985]);
    let sentence = read.assumptions.iter().find(|sentence| sentence.contains("vertical datum")).unwrap();
    assert!(sentence.starts_with("licence B states no vertical datum"), "{sentence}");
    // Stated by nobody, it stays unknown: the core decides.
    assert_eq!(one(&json!({"id": "A"})).unwrap().licences[0].vertical_datum, VerticalDatum::Unknown);
}

#[test]
fn a_day_that_could_be_two_names_row_and_column() {
    let rows = [("A", "2021-05-01"), ("B", "01/05/2021")]
        .map(|(id, day)| feature(&square(0.0), &json!({"licence": id, "valid_to": day})));
    let error = read(&rows).unwrap_err().to_string();
    for part in ["licences.geojson, row 2", "column valid_to", "`01/05/2021`", "year first"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn an_elevation_that_is_no_number_names_row_and_column() {
    let error = one(&json!({"id": "A", "floor_m": "about 10", "ceiling_m": "20"})).unwrap_err();
    assert!(
        matches!(&error, Error::BadValue { column, found, .. } if column == "floor_m" && found == "about 10"),
        "{error}"
    );
}

#[test]
fn an_empty_id_is_refused() {
    assert!(matches!(one(&json!({"id": " ", "holder": "甲"})), Err(Error::BadValue { column, .. }) if column == "id"));
}

#[test]
fn fields_map_columns_of_any_name() {
    let properties = json!({"证号": "A", "底": 1, "顶": 2, "id": 7});
    assert_eq!(one(&properties).unwrap().licences[0].id.0, "7");
    let fields = [("licence", "证号"), ("floor_m", "底"), ("ceiling_m", "顶")];
    let fields: BTreeMap<String, String> =
        fields.into_iter().map(|(word, column)| (word.to_owned(), column.to_owned())).collect();
    let options = LicenceOptions { fields, ..LicenceOptions::default() };
    let read = read_with(&[feature(&square(0.0), &properties)], &options).unwrap();
    assert_eq!(read.licences[0].id.0, "A");
    assert_eq!(read.licences[0].parts[0].band, Some(Band { floor_m: 1.0, ceiling_m: 2.0 }));
}

#[test]
fn a_file_without_a_column_of_ids_says_what_it_has_and_what_is_accepted() {
    let error = one(&json!({"name": "A"})).unwrap_err().to_string();
    for part in ["licences.geojson", "`licence`", "采矿许可证号", "found: name", "fields"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn null_and_wrong_geometry_name_the_row() {
    let good = feature(&square(0.0), &json!({"licence": "A"}));
    let null = feature(&Value::Null, &json!({"licence": "B"}));
    let error = read(&[good.clone(), null]).unwrap_err();
    assert!(matches!(&error, Error::NoGeometry { place } if place.contains("row 2")), "{error}");
    let line = json!({"type": "LineString", "coordinates": [[498_000, 3_940_000], [498_100, 3_940_000]]});
    let error = read(&[good, feature(&line, &json!({"licence": "B"}))]).unwrap_err();
    assert!(
        matches!(&error, Error::GeometryType { place, found } if place.contains("row 2") && found == "LINESTRING"),
        "{error}"
    );
}

#[test]
fn an_unclosed_ring_of_a_geojson_is_refused_with_its_place() {
    let mut open = square(0.0);
    open["coordinates"][0].as_array_mut().unwrap().pop();
    let error = read(&[feature(&open, &json!({"licence": "A"}))]).unwrap_err();
    assert!(
        matches!(&error, Error::UnclosedRing { place, .. } if place.contains("row 1 (licence A), polygon 1, outer ring")),
        "{error}"
    );
}

#[test]
fn corners_with_elevations_lose_them_and_it_is_said() {
    let mut high = square(0.0);
    for corner in high["coordinates"][0].as_array_mut().unwrap() {
        corner.as_array_mut().unwrap().push(json!(1_200.0));
    }
    let read = read(&[feature(&high, &json!({"licence": "A"}))]).unwrap();
    assert!(
        read.assumptions
            .iter()
            .any(|sentence| sentence.starts_with("licence A has elevations at the corners: dropped"))
    );
}

#[test]
fn a_file_without_rows_and_one_that_is_no_vector_file_are_told_apart() {
    assert!(matches!(read(&[]), Err(Error::NoLicences { .. })));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.shp");
    fs::write(&path, "not a vector file").unwrap();
    for path in [path.to_str().unwrap(), "/no/such/file.gpkg"] {
        let error = read_licences(path, None, &LicenceOptions::default()).unwrap_err();
        assert!(matches!(&error, Error::LicencesUnreadable { path: named, .. } if named == path), "{error}");
    }
    let dem = TESTDATA.replace("licences.gpkg", "dem_2021.tif");
    assert!(matches!(read_licences(&dem, None, &LicenceOptions::default()), Err(Error::LicencesUnreadable { .. })));
}

#[test]
fn a_geopackage_cut_short_is_an_error_not_a_shorter_list() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.gpkg");
    let whole = fs::read(TESTDATA).unwrap();
    for share in [0.1, 0.3, 0.5, 0.7, 0.9, 0.98] {
        fs::write(&path, &whole[..(whole.len() as f64 * share) as usize]).unwrap();
        let read = read_licences(path.to_str().unwrap(), None, &LicenceOptions::default());
        if let Ok(read) = read {
            assert_eq!(read.licences.len(), 5, "{share}");
        }
    }
}

#[test]
fn several_layers_need_a_choice_and_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    // A folder of two files is a source with two layers.
    let square = square(0.0);
    for name in ["old", "new"] {
        save(folder.path(), &[feature(&square, &json!({"licence": name}))]);
        shapefile(folder.path(), name, "licence", name, None);
        fs::remove_file(folder.path().join("licences.geojson")).unwrap();
    }
    let path = folder.path().to_str().unwrap();
    let error = read_licences(path, None, &LicenceOptions::default()).unwrap_err().to_string();
    assert!(error.contains("old") && error.contains("new") && error.contains("`layer`"), "{error}");
    let options = |layer: &str| LicenceOptions {
        layer: Some(layer.to_owned()),
        crs: Some("EPSG:4546".to_owned()),
        ..LicenceOptions::default()
    };
    assert_eq!(read_licences(path, None, &options("new")).unwrap().licences[0].id.0, "new");
    let error = read_licences(path, None, &options("newer")).unwrap_err().to_string();
    assert!(error.contains("`newer`") && error.contains("old"), "{error}");
}

/// A Shapefile of one square with one text column, written byte by byte: also such as GDAL would not write.
fn shapefile(folder: &Path, name: &str, column: &str, value: &str, cpg: Option<&str>) -> PathBuf {
    let ring = [
        [498_000.0, 3_940_000.0],
        [498_000.0, 3_940_100.0],
        [498_100.0, 3_940_100.0],
        [498_100.0, 3_940_000.0],
        [498_000.0, 3_940_000.0_f64],
    ];
    let extent: Vec<u8> =
        [498_000.0, 3_940_000.0, 498_100.0, 3_940_100.0_f64].iter().flat_map(|v| v.to_le_bytes()).collect();
    let mut content = 5_i32.to_le_bytes().to_vec();
    content.extend(&extent);
    for number in [1_i32, 5, 0] {
        content.extend(number.to_le_bytes());
    }
    content.extend(ring.iter().flatten().flat_map(|v| v.to_le_bytes()));
    let header = |bytes: usize| {
        let mut header = 9994_i32.to_be_bytes().to_vec();
        header.extend([0; 20]);
        header.extend(i32::try_from(bytes / 2).unwrap().to_be_bytes());
        header.extend(1000_i32.to_le_bytes());
        header.extend(5_i32.to_le_bytes());
        header.extend(&extent);
        header.extend([0; 32]);
        header
    };
    let record = [1_i32.to_be_bytes(), i32::try_from(content.len() / 2).unwrap().to_be_bytes()].concat();
    let shp = [header(100 + 8 + content.len()), record, content.clone()].concat();
    let entry = [50_i32.to_be_bytes(), i32::try_from(content.len() / 2).unwrap().to_be_bytes()].concat();
    let shx = [header(108), entry].concat();

    let mut dbf = vec![3, 121, 1, 1, 1, 0, 0, 0, 65, 0, 41, 0];
    dbf.extend([0; 20]);
    let mut field = column.as_bytes().to_vec();
    field.resize(11, 0);
    field.extend([b'C', 0, 0, 0, 0, 40]);
    field.resize(32, 0);
    dbf.extend(field);
    dbf.push(0x0D);
    let mut cell = value.as_bytes().to_vec();
    cell.resize(40, b' ');
    dbf.push(b' ');
    dbf.extend(cell);
    dbf.push(0x1A);

    let path = folder.join(format!("{name}.shp"));
    fs::write(&path, shp).unwrap();
    fs::write(path.with_extension("shx"), shx).unwrap();
    fs::write(path.with_extension("dbf"), dbf).unwrap();
    if let Some(cpg) = cpg {
        fs::write(path.with_extension("cpg"), cpg).unwrap();
    }
    path
}

#[test]
fn a_shapefile_states_its_encoding_or_is_plain_ascii() {
    let folder = tempfile::tempdir().unwrap();
    let options = LicenceOptions { crs: Some("EPSG:4546".to_owned()), ..LicenceOptions::default() };
    let id =
        |path: PathBuf| read_licences(path.to_str().unwrap(), None, &options).map(|read| read.licences[0].id.0.clone());
    assert_eq!(id(shapefile(folder.path(), "ascii", "licence", "C14", None)).unwrap(), "C14");
    assert_eq!(id(shapefile(folder.path(), "utf8", "licence", "晋采证", Some("UTF-8"))).unwrap(), "晋采证");
    assert_eq!(id(shapefile(folder.path(), "none", "licence", "晋采证", None)).unwrap(), "晋采证");
    // Bytes that are neither UTF-8 nor GBK.
    let path = shapefile(folder.path(), "broken", "licence", "晋采证", None);
    let dbf = path.with_extension("dbf");
    let bytes = fs::read(&dbf).unwrap();
    let at = bytes.windows(3).position(|three| three == "晋".as_bytes()).unwrap();
    fs::write(&dbf, [&bytes[..at], &[0xFF, 0xFE, 0xFF], &bytes[at + 3..]].concat()).unwrap();
    let error = id(path).unwrap_err();
    assert!(matches!(error, Error::EncodingUnknown { .. }), "{error}");
    assert!(error.to_string().contains(".cpg"), "{error}");
}

#[test]
fn the_digest_of_a_shapefile_covers_its_attributes() {
    let folder = tempfile::tempdir().unwrap();
    let options = LicenceOptions { crs: Some("EPSG:4546".to_owned()), ..LicenceOptions::default() };
    let digest = |path: &Path| read_licences(path.to_str().unwrap(), None, &options).unwrap().sha256.unwrap();
    let a = digest(&shapefile(folder.path(), "a", "licence", "one", None));
    let b = digest(&shapefile(folder.path(), "b", "licence", "one", None));
    let c = digest(&shapefile(folder.path(), "c", "licence", "two", None));
    assert_eq!(a, b);
    assert_ne!(a, c);
}

#[test]
fn a_file_without_crs_asks_for_one_and_takes_the_one_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = shapefile(folder.path(), "bare", "licence", "A", None);
    let error = read_licences(path.to_str().unwrap(), None, &LicenceOptions::default()).unwrap_err().to_string();
    assert!(error.contains("bare.shp") && error.contains("crs = \"EPSG:4546\""), "{error}");
    let options = LicenceOptions { crs: Some("EPSG:4546".to_owned()), ..LicenceOptions::default() };
    let read = read_licences(path.to_str().unwrap(), None, &options).unwrap();
    assert_eq!(read.crs.code.as_deref(), Some("EPSG:4546"));
    assert!(
        read.assumptions.iter().any(|s| s.contains("as given by the caller because it states none")),
        "{:?}",
        read.assumptions
    );
}
