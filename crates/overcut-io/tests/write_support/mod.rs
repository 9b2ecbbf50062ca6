//! A small result, written by hand, with everything that is awkward to write.
#![allow(dead_code, clippy::unwrap_used)]

use geo::{LineString, MultiPolygon, Polygon};
use jiff::civil::{Date, date};
use overcut::{
    Assessment, Band, GridGeometry, GridShape, LicenceId,
    assessment::{
        Accuracy, AssessOptions, Attribution, Change, Class, ClassRow, Contact, ErrorSource, Interval, LayerPartRecord,
        LayerRecord, LicenceFile, LicenceRecord, Nearest, PartRecord, Patch, PatchClass, PatchEpoch, Placement,
        RowCovariance, Series, SurfaceRecord, VolumeError,
    },
    dem::{SurfaceInfo, VerticalDatum},
    layers::{LayerKind, Stated},
    uncertainty::ErrorModel,
    validity::ValidityOutcome,
};

pub(crate) const DAYS: [Date; 3] = [date(2021, 5, 1), date(2022, 10, 15), date(2024, 5, 20)];

pub(crate) fn square(west: f64, south: f64, side: f64) -> Polygon<f64> {
    let corners =
        vec![(west, south), (west + side, south), (west + side, south + side), (west, south + side), (west, south)];
    Polygon::new(LineString::from(corners), Vec::new())
}

pub(crate) fn grid() -> GridGeometry {
    GridGeometry::new(498_000.0, 3_940_400.0, 1.0, 1.0, GridShape { rows: 400, cols: 480 }).unwrap()
}

fn error(volume_m3: f64) -> VolumeError {
    VolumeError {
        sigma_m3: 13.0,
        random_m3: 3.0,
        correlated_m3: 12.0,
        registration_m3: 4.0,
        boundary_m3: 0.0,
        low_m3: volume_m3 - 25.5,
        high_m3: volume_m3 + 25.5,
    }
}

fn row(interval: usize, licences: &[&str], class: Class, cut_m3: f64) -> ClassRow {
    ClassRow {
        interval,
        licences: licences.iter().map(|id| LicenceId((*id).to_owned())).collect(),
        class,
        layer: None,
        cut_measured_m3: cut_m3 * 0.95,
        fill_measured_m3: 0.0,
        cut_error: Some(error(cut_m3 * 0.95)),
        fill_error: None,
        cut_m3,
        fill_m3: 0.1 + 0.2,
        cut_certain_m3: cut_m3 * 0.9,
        fill_certain_m3: 0.0,
        cut_area_m2: 1_234.0,
        fill_area_m2: 0.0,
        cut_measured_area_m2: 1_250.0,
        fill_measured_area_m2: 0.0,
        in_validity_min_m3: 0.0,
        in_validity_max_m3: cut_m3 * 0.95,
        cut_again_m3: 0.5,
        backfill_m3: 0.25,
        cut_measured_mass_t: None,
    }
}

fn part(polygon: Polygon<f64>, band: Option<Band>, layers: Option<Vec<String>>) -> PartRecord {
    PartRecord { area_m2: 10_000.0, band, layers, polygon }
}

fn licence(id: &str, holder: &str, parts: Vec<PartRecord>) -> LicenceRecord {
    LicenceRecord {
        id: LicenceId(id.to_owned()),
        holder: Some(holder.to_owned()),
        mineral: Some("石灰岩".to_owned()),
        method: None,
        valid_from: Some(date(2016, 3, 18)),
        valid_to: None,
        vertical_datum: VerticalDatum::Normal1985,
        placement: Placement::PartlyOutside,
        validity: vec![ValidityOutcome::InForce, ValidityOutcome::Undecided],
        parts,
    }
}

fn interval(number: usize) -> Interval {
    Interval {
        earlier: number,
        later: number + 1,
        from: DAYS[number],
        to: DAYS[number + 1],
        sigma_m: Some(0.070_710_678_118_654_76),
        lod_m: 0.138_590_382_434_967_8,
        compared_area_m2: 190_000.0,
        nodata_area_m2: 2_000.0,
        cut_m3: 125_891.6,
        fill_m3: 26_481.3,
        cut_certain_m3: 125_000.1,
        fill_certain_m3: 26_000.2,
        cut_measured_m3: 125_400.5,
        fill_measured_m3: 26_100.0,
        accuracy: Accuracy {
            source: ErrorSource::Stated,
            registration: None,
            error_model: Some(ErrorModel::stated(0.070_710_678_118_654_76)),
            detection: None,
        },
    }
}

fn patch(id: &str, interval: usize, attribution: Attribution) -> Patch {
    let licensed = attribution == Attribution::BeyondBoundary;
    Patch {
        id: id.to_owned(),
        interval,
        change: Change::Cut,
        area_m2: 400.0,
        certain_area_m2: 390.0,
        outline_area_m2: 484.0,
        volume_m3: 812.5,
        certain_volume_m3: 801.25,
        error: Some(error(812.5)),
        strength: Some(40.0),
        max_depth_m: 3.25,
        x: 498_110.0,
        y: 3_940_210.0,
        attribution,
        contacts: if licensed { vec![Contact { licence: LicenceId("A".to_owned()), contact_m: 20.0 }] } else { vec![] },
        nearest: (!licensed).then(|| Nearest {
            licence: LicenceId("B".to_owned()),
            distance_m: 60.5,
            bearing_deg: 271.25,
        }),
        classes: vec![PatchClass {
            licences: vec![],
            class: Class::Unlicensed,
            layer: Some("上层".to_owned()),
            volume_m3: 812.5,
        }],
        working: Some("W001".to_owned()),
        new_area_m2: Some(441.0),
        history: vec![PatchEpoch {
            surface: 1,
            area_m2: 484.0,
            void_m3: 812.5,
            mean_height_m: Some(1_148.25),
            lowest_height_m: None,
        }],
        outline: MultiPolygon(vec![square(498_100.0, 3_940_200.0, 20.0)]),
    }
}

/// Two intervals; licence A has two parts over one another, B lies apart, one row is contested, one has no licence.
pub(crate) fn assessment() -> Assessment {
    let crs = overcut_io::crs::crs_record("EPSG:4546").unwrap();
    let surfaces = DAYS
        .iter()
        .map(|day| SurfaceRecord {
            info: SurfaceInfo {
                name: format!("地形_{day}.tif"),
                date: *day,
                sigma_m: Some(0.05),
                vertical_datum: VerticalDatum::Normal1985,
                crs: Some(crs.clone()),
            },
            sha256: Some("ab".repeat(32)),
        })
        .collect();
    let low = Band { floor_m: 1_132.0, ceiling_m: 1_149.0 };
    let high = Band { floor_m: 1_156.0, ceiling_m: 1_164.0 };
    Assessment {
        schema: 3,
        overcut_version: "0.1.0".to_owned(),
        grid: grid(),
        crs: Some(crs),
        surfaces,
        licence_file: Some(LicenceFile { name: "licences.gpkg".to_owned(), sha256: Some("cd".repeat(32)) }),
        licences: vec![
            licence(
                "A",
                "=HYPERLINK(\"http://example.org\")",
                vec![
                    part(
                        square(498_050.0, 3_940_150.0, 100.0),
                        Some(low),
                        Some(vec!["上层".to_owned(), "下层".to_owned()]),
                    ),
                    part(square(498_100.0, 3_940_150.0, 100.0), Some(high), None),
                ],
            ),
            licence("B", "稷山县青石岭石料有限公司", vec![part(square(498_300.0, 3_940_200.0, 50.0), None, None)]),
        ],
        layers: vec![LayerRecord {
            name: "上层".to_owned(),
            kind: LayerKind::Ore,
            density_t_per_m3: Some(2.6),
            parts: vec![LayerPartRecord {
                roof: "roof.tif".to_owned(),
                floor: "1120 m".to_owned(),
                roof_sha256: Some("ef".repeat(32)),
                floor_sha256: None,
                polygon: Some(square(498_050.0, 3_940_150.0, 75.0)),
            }],
            stated: [("grade".to_owned(), Stated { value: 0.52, sigma: 0.01, source: Some("化验".to_owned()) })].into(),
        }],
        conversions: Vec::new(),
        options: AssessOptions::default().min_area_m2(50.0),
        assumptions: vec!["licence B states no elevations: none are tested".to_owned()],
        intervals: vec![interval(0), interval(1)],
        rows: vec![
            row(0, &["A"], Class::Within, 30_019.9),
            row(0, &["A", "B"], Class::BeyondBoundary, 12.5),
            row(0, &[], Class::Unlicensed, 8_482.8),
            row(1, &["B"], Class::InsideBoundary, 1.0 / 3.0),
        ],
        patches: vec![patch("C1-001", 0, Attribution::BeyondBoundary), patch("C2-001", 1, Attribution::Unlicensed)],
        series: Some(Series { compared_area_m2: 190_000.0, net_m3: -1.5, net_by_intervals_m3: -1.5 }),
        covariances: vec![RowCovariance { a: 0, b: 1, covariance_m6: -2.5 }],
        digest: "cd".repeat(32),
        provenance: None,
    }
}

/// Names in a folder, sorted.
pub(crate) fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
