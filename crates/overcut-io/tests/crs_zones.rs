//! The table of Gauss-Krueger zones against PROJ's own database: datum, central meridian, false easting and name of each code.
#![allow(clippy::unwrap_used)]

use overcut_io::crs::{
    crs_record,
    zones::{Datum, Width, Zone},
};

#[test]
fn every_code_is_the_zone_that_the_database_lists() {
    let mut count = 0;
    for zone in Zone::all() {
        let record = crs_record(&zone.definition()).unwrap();
        assert_eq!(record.code.as_deref(), Some(zone.definition().as_str()));
        let (name, datum) = match zone.datum {
            Datum::Cgcs2000 => ("CGCS2000", "China 2000"),
            Datum::Xian1980 => ("Xian 1980", "Xian 1980"),
            Datum::Beijing1954 => ("Beijing 1954", "Beijing 1954"),
            Datum::NewBeijing => ("New Beijing", "New Beijing"),
        };
        let width = if zone.width() == Width::Three { "3-degree Gauss-Kruger" } else { "Gauss-Kruger" };
        let tail = if zone.prefixed {
            format!("zone {}", zone.number)
        } else {
            format!("CM {}E", zone.central_meridian_deg())
        };
        assert_eq!(record.name, format!("{name} / {width} {tail}"), "{zone:?}");
        for part in [
            format!("DATUM[\"{datum}\""),
            format!("PARAMETER[\"Longitude of natural origin\",{}", zone.central_meridian_deg()),
            format!("PARAMETER[\"False easting\",{}", zone.false_easting_m()),
            "PARAMETER[\"Scale factor at natural origin\",1,".to_owned(),
            "PARAMETER[\"Latitude of natural origin\",0,".to_owned(),
            "METHOD[\"Transverse Mercator\"".to_owned(),
        ] {
            assert!(record.wkt.contains(&part), "{zone:?} lacks {part}: {}", record.wkt);
        }
        count += 1;
    }
    assert_eq!(count, 256);
}

#[test]
fn longitudes_and_latitudes_are_those_of_the_datum() {
    for datum in Datum::ALL {
        let record = crs_record(&format!("EPSG:{}", datum.geographic_epsg())).unwrap();
        let expected = if datum == Datum::Cgcs2000 { "China Geodetic Coordinate System 2000" } else { datum.name() };
        assert_eq!(record.name, expected);
    }
}
