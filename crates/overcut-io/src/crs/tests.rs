use super::*;

fn moved(from: &str, to: &str, x: f64, y: f64) -> (f64, f64) {
    let mut points = [(x, y)];
    CoordinateOperation::new(from, to).unwrap().transform(&mut points).unwrap();
    points[0]
}

#[test]
fn jishan_county_is_where_the_textbook_puts_it() {
    let (east, north) = moved("EPSG:4490", "EPSG:4546", 110.98, 35.60);
    assert!((east - 498_187.664).abs() < 1e-3 && (north - 3_941_160.735).abs() < 1e-3, "{east} {north}");
    let (east, _) = moved("EPSG:4546", "EPSG:4525", 498_187.664, 3_941_160.735);
    assert!((east - 37_498_187.664).abs() < 1e-6, "{east}");
}

#[test]
fn a_change_of_datum_that_proj_can_only_guess_is_refused() {
    let refusal = CoordinateOperation::new("EPSG:2382", "EPSG:4546").unwrap_err();
    assert!(matches!(refusal, Error::Ballpark { .. }), "{refusal}");
    assert!(refusal.to_string().contains("officially converted"), "{refusal}");
}

#[test]
fn an_operation_whose_best_variant_needs_a_grid_names_the_grid() {
    let refusal = CoordinateOperation::new("EPSG:4314", "EPSG:25832").unwrap_err();
    assert!(matches!(&refusal, Error::DatumGrid { grids, .. } if grids.contains("BETA2007")), "{refusal}");
}

#[test]
fn the_same_crs_moves_nothing_to_the_bit() {
    assert_eq!(moved("EPSG:4546", "EPSG:4546", 0.1 + 0.2, 1e7 / 3.0), (0.1 + 0.2, 1e7 / 3.0));
}

#[test]
fn the_height_part_of_a_compound_crs_is_read_and_left_out_of_the_plan() {
    assert_eq!(vertical_datum("EPSG:4546+5737"), Some(VerticalDatum::Normal1985));
    assert_eq!(vertical_datum("EPSG:4546"), None);
    assert_eq!(crs_record("EPSG:4546+5737").unwrap().code.as_deref(), Some("EPSG:4546"));
}

#[test]
fn degrees_and_feet_are_refused() {
    let refuse = |code: &str| require_projected_metres(&crs_record(code).unwrap(), "dem.tif").unwrap_err();
    assert!(matches!(refuse("EPSG:4490"), Error::GeographicCrs { .. }));
    assert!(matches!(refuse("EPSG:2263"), Error::CrsUnsuitable { .. }));
    assert!(crs_record("EPSG:999999").is_err());
    assert!(require_projected_metres(&crs_record("EPSG:4546").unwrap(), "dem.tif").is_ok());
}
