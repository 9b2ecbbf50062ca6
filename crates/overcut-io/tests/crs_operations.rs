//! CRSs and operations as surveys in China meet them.
#![allow(clippy::unwrap_used, clippy::float_cmp)] // exact on purpose

use overcut_io::{CoordinateOperation, Error, crs_record, require_projected_metres};

fn moved(from: &str, to: &str, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut points = points.to_vec();
    CoordinateOperation::new(from, to).unwrap().transform(&mut points).unwrap();
    points
}

/// WKT as Esri's programs write it into a `.prj`: no codes, names of their own.
const ESRI: &str = r#"PROJCS["CGCS2000_3_Degree_GK_CM_111E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",
DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],
PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],
PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;

#[test]
fn a_code_gives_code_name_and_definition() {
    let record = crs_record("EPSG:4546").unwrap();
    assert_eq!(record.code.as_deref(), Some("EPSG:4546"));
    assert_eq!(record.name, "CGCS2000 / 3-degree Gauss-Kruger CM 111E");
    assert!(record.wkt.starts_with("PROJCRS["), "{}", record.wkt);
    assert_eq!(crs_record(&record.wkt).unwrap(), record);
}

#[test]
fn what_esri_writes_is_recognised() {
    let record = crs_record(ESRI).unwrap();
    assert_eq!(record.code.as_deref(), Some("EPSG:4546"), "{record:?}");
    let operation = CoordinateOperation::new(ESRI, "EPSG:4546").unwrap();
    assert!(operation.is_identity(), "{operation:?}");
}

#[test]
fn a_code_that_the_definition_does_not_keep_is_not_believed() {
    let wkt = crs_record("EPSG:4546").unwrap().wkt;
    let other = wkt.replace("\"False easting\",500000", "\"False easting\",600000");
    assert_ne!(wkt, other);
    assert_eq!(crs_record(&other).unwrap().code, None);
    let (x, _) = moved("EPSG:4546", &other, &[(498_187.664, 3_941_160.735)])[0];
    assert!((x - 598_187.664).abs() < 1e-6, "{x}");
}

#[test]
fn a_proj_string_and_a_shift_bound_to_a_crs_are_taken_without_the_shift() {
    assert!(CoordinateOperation::new("+proj=utm +zone=49 +datum=WGS84", "EPSG:32649").unwrap().is_identity());
    // Krasovsky's ellipsoid and a shift to WGS 84 from somewhere: what it is worth nobody knows.
    let bound = "+proj=tmerc +lon_0=111 +x_0=500000 +ellps=krass +towgs84=10,20,30 +type=crs";
    assert!(matches!(CoordinateOperation::new(bound, "EPSG:4546").unwrap_err(), Error::Ballpark { .. }));
}

#[test]
fn no_text_is_taken_for_a_crs_that_is_none() {
    for text in ["", "EPSG:999999", "EPSG:5737", "+proj=pipeline +step +proj=axisswap +order=2,1", "mine grid", "4546"]
    {
        let error = crs_record(text).unwrap_err();
        assert!(matches!(error, Error::CrsUnreadable { .. }), "{text}: {error:?}");
    }
    assert!(crs_record(&"x".repeat(10_000)).unwrap_err().to_string().len() < 300);
    assert!(crs_record("EPSG:4546\0").is_err());
}

#[test]
fn axes_that_do_not_point_east_and_north_are_refused() {
    for (code, word) in [("EPSG:2046", "west"), ("EPSG:3031", "north and north"), ("EPSG:2263", "foot")] {
        let error = require_projected_metres(&crs_record(code).unwrap(), "a.tif").unwrap_err();
        assert!(matches!(error, Error::CrsUnsuitable { .. }), "{code}: {error:?}");
        assert!(error.to_string().contains(word), "{error}");
    }
    for code in ["EPSG:4546", "EPSG:4525", "EPSG:4508", "EPSG:32649", "EPSG:3358", "EPSG:2382", "EPSG:21459"] {
        require_projected_metres(&crs_record(code).unwrap(), "a.tif").unwrap();
    }
}

#[test]
fn zones_of_one_datum_agree_there_and_back() {
    let places = [(498_187.664, 3_941_160.735), (400_000.0, 3_900_000.0)];
    for zone in ["EPSG:4525", "EPSG:4545", "EPSG:4547", "EPSG:4508"] {
        let there = moved("EPSG:4546", zone, &places);
        let back = moved(zone, "EPSG:4546", &there);
        for (place, back) in places.iter().zip(back) {
            assert!((place.0 - back.0).hypot(place.1 - back.1) < 1e-6, "{zone}: {place:?} {back:?}");
        }
    }
}

#[test]
fn a_six_degree_zone_with_the_same_meridian_is_the_same_crs() {
    let operation = CoordinateOperation::new("EPSG:4546", "EPSG:4508").unwrap();
    assert!(operation.is_identity(), "{operation:?}");
    assert_eq!(operation.pipeline(), None);
}

#[test]
fn degrees_come_longitude_first_whatever_the_authority_says() {
    let operation = CoordinateOperation::new("EPSG:4546", "EPSG:4490").unwrap();
    let mut points = [(498_187.664, 3_941_160.735)];
    operation.transform(&mut points).unwrap();
    assert!((points[0].0 - 110.98).abs() < 1e-8 && (points[0].1 - 35.6).abs() < 1e-8, "{points:?}");
    assert!(operation.pipeline().unwrap().contains("proj=tmerc"), "{:?}", operation.pipeline());
}

#[test]
fn old_chinese_datums_cannot_be_brought_to_the_new_one() {
    // Xian 1980, Beijing 1954 (3 degrees, and 6 degrees with a zone number), New Beijing.
    for old in ["EPSG:2382", "EPSG:2361", "EPSG:4610", "EPSG:2434", "EPSG:21419", "EPSG:4214", "EPSG:4794"] {
        for new in ["EPSG:4546", "EPSG:4490"] {
            let error = CoordinateOperation::new(old, new).unwrap_err();
            let text = error.to_string();
            assert!(matches!(error, Error::Ballpark { .. }), "{old} {new}: {text}");
            assert!(text.contains(old) && text.contains(new) && text.contains("officially converted"), "{text}");
        }
    }
}

#[test]
fn the_oil_fields_shifts_of_beijing_54_are_not_used_elsewhere() {
    for to in ["EPSG:4326", "EPSG:32649"] {
        let error = CoordinateOperation::new("EPSG:2434", to).unwrap_err();
        assert!(matches!(error, Error::Ballpark { .. }), "{error}");
    }
}

#[test]
fn gps_coordinates_are_not_taken_for_cgcs2000_unless_it_is_stated() {
    // EPSG lists no operation; the two have drifted apart by the motion of the plate since 2000, 3 to 4 cm a year.
    for (from, to) in [("EPSG:4326", "EPSG:4546"), ("EPSG:4326", "EPSG:4490"), ("EPSG:32649", "EPSG:4546")] {
        let error = CoordinateOperation::new(from, to).unwrap_err();
        assert!(matches!(error, Error::Ballpark { .. }), "{error}");
        assert!(error.to_string().contains("state its CRS"), "{error}");
    }
}

#[test]
fn an_operation_that_shifts_the_datum_states_its_accuracy() {
    // Seven parameters of Geoscience Australia, EPSG:8048, 1 cm; the grids that describe the same are listed after it.
    let operation = CoordinateOperation::new("EPSG:4283", "EPSG:7844").unwrap();
    assert_eq!(operation.accuracy_m(), Some(0.01), "{operation:?}");
    assert_eq!(operation.description(), "GDA94 to GDA2020 (1)");
}

#[test]
fn a_point_without_image_is_named_and_none_is_changed() {
    let operation = CoordinateOperation::new("EPSG:4490", "EPSG:4546").unwrap();
    let given = [(110.98, 35.6), (f64::NAN, 35.6), (110.98, 1e9)];
    let mut points = given;
    let error = operation.transform(&mut points).unwrap_err();
    assert!(matches!(error, Error::PointNotTransformed { .. }), "{error:?}");
    assert_eq!(points[0], given[0]);
    operation.transform(&mut []).unwrap();
}

#[test]
fn a_point_is_transformed_the_same_alone_and_among_others() {
    let operation = CoordinateOperation::new("EPSG:4546", "EPSG:4545").unwrap();
    let places: Vec<(f64, f64)> =
        (0..500).map(|i| (498_000.0 + 7.3 * f64::from(i), 3_941_000.0 - 3.1 * f64::from(i))).collect();
    let mut together = places.clone();
    operation.transform(&mut together).unwrap();
    let copy = operation.try_clone().unwrap();
    let alone = std::thread::spawn(move || {
        places
            .into_iter()
            .map(|place| {
                let mut one = [place];
                copy.transform(&mut one).unwrap();
                one[0]
            })
            .collect::<Vec<_>>()
    });
    assert_eq!(together, alone.join().unwrap());
}
