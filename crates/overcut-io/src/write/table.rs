//! The tables of a result, defined once for every format. Columns are named like the fields of the result.

use std::collections::BTreeMap;

use geo::{
    MultiPolygon, Polygon,
    algorithm::{
        bool_ops::unary_union,
        orient::{Direction, Orient as _},
    },
};
use jiff::civil::Date;
use overcut::{
    Assessment, LicenceId,
    assessment::{LicenceRecord, Patch, SurfaceRecord},
};
use serde::Serialize;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Real,
    Text,
    Day,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Nothing,
    Int(i64),
    Real(f64),
    Text(String),
    Day(Date),
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        i64::try_from(value).map_or(Self::Nothing, Self::Int)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Date> for Value {
    fn from(value: Date) -> Self {
        Self::Day(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

/// The places of rows, one for each.
#[derive(Debug)]
pub(super) enum Outlines {
    /// The table is no map.
    None,
    Polygons(Vec<Polygon<f64>>),
    /// `None` where a row has no place.
    MultiPolygons(Vec<Option<MultiPolygon<f64>>>),
}

/// A table of a result.
#[derive(Debug)]
pub(super) struct Table {
    pub name: &'static str,
    pub columns: Vec<(&'static str, Kind)>,
    pub rows: Vec<Vec<Value>>,
    pub outlines: Outlines,
}

use Kind::{Day, Int, Real, Text};

/// Sums by interval, licences, class and layer, with the plan of the licences.
pub(super) fn licence_results(a: &Assessment) -> Table {
    let mut plans: BTreeMap<&[LicenceId], Option<MultiPolygon<f64>>> = BTreeMap::new();
    let columns = vec![
        ("interval", Int),
        ("from", Day),
        ("to", Day),
        ("licences", Text),
        ("class", Text),
        ("layer", Text),
        ("cut_measured_m3", Real),
        ("cut_sigma_m3", Real),
        ("cut_low_m3", Real),
        ("cut_high_m3", Real),
        ("cut_certain_m3", Real),
        ("cut_m3", Real),
        ("cut_measured_area_m2", Real),
        ("cut_area_m2", Real),
        ("fill_measured_m3", Real),
        ("fill_sigma_m3", Real),
        ("fill_low_m3", Real),
        ("fill_high_m3", Real),
        ("fill_certain_m3", Real),
        ("fill_m3", Real),
        ("fill_measured_area_m2", Real),
        ("fill_area_m2", Real),
        ("in_validity_min_m3", Real),
        ("in_validity_max_m3", Real),
        ("cut_again_m3", Real),
        ("backfill_m3", Real),
        ("cut_measured_mass_t", Real),
    ];
    let mut rows = Vec::with_capacity(a.rows.len());
    let mut outlines = Vec::with_capacity(a.rows.len());
    for row in &a.rows {
        let (from, to) = days(a, row.interval);
        rows.push(vec![
            row.interval.into(),
            from,
            to,
            joined(row.licences.iter()),
            row.class.as_str().into(),
            row.layer.clone().into(),
            row.cut_measured_m3.into(),
            row.cut_error.map(|error| error.sigma_m3).into(),
            row.cut_error.map(|error| error.low_m3).into(),
            row.cut_error.map(|error| error.high_m3).into(),
            row.cut_certain_m3.into(),
            row.cut_m3.into(),
            row.cut_measured_area_m2.into(),
            row.cut_area_m2.into(),
            row.fill_measured_m3.into(),
            row.fill_error.map(|error| error.sigma_m3).into(),
            row.fill_error.map(|error| error.low_m3).into(),
            row.fill_error.map(|error| error.high_m3).into(),
            row.fill_certain_m3.into(),
            row.fill_m3.into(),
            row.fill_measured_area_m2.into(),
            row.fill_area_m2.into(),
            row.in_validity_min_m3.into(),
            row.in_validity_max_m3.into(),
            row.cut_again_m3.into(),
            row.backfill_m3.into(),
            row.cut_measured_mass_t.into(),
        ]);
        outlines.push(plans.entry(&row.licences).or_insert_with(|| plan(a, &row.licences)).clone());
    }
    Table { name: "licence_results", columns, rows, outlines: Outlines::MultiPolygons(outlines) }
}

/// Excavated and filled areas.
pub(super) fn patches(a: &Assessment) -> Table {
    let columns = vec![
        ("id", Text),
        ("interval", Int),
        ("from", Day),
        ("to", Day),
        ("change", Text),
        ("area_m2", Real),
        ("certain_area_m2", Real),
        ("outline_area_m2", Real),
        ("volume_m3", Real),
        ("sigma_m3", Real),
        ("low_m3", Real),
        ("high_m3", Real),
        ("certain_volume_m3", Real),
        ("strength", Real),
        ("max_depth_m", Real),
        ("x", Real),
        ("y", Real),
        ("working", Text),
        ("attribution", Text),
        ("licences", Text),
        ("nearest_licence", Text),
        ("nearest_distance_m", Real),
        ("nearest_bearing_deg", Real),
        ("contacts", Text),
        ("classes", Text),
    ];
    let row = |patch: &Patch| {
        let (from, to) = days(a, patch.interval);
        let nearest = patch.nearest.as_ref();
        vec![
            patch.id.as_str().into(),
            patch.interval.into(),
            from,
            to,
            word(&patch.change),
            patch.area_m2.into(),
            patch.certain_area_m2.into(),
            patch.outline_area_m2.into(),
            patch.volume_m3.into(),
            patch.error.map(|error| error.sigma_m3).into(),
            patch.error.map(|error| error.low_m3).into(),
            patch.error.map(|error| error.high_m3).into(),
            patch.certain_volume_m3.into(),
            patch.strength.into(),
            patch.max_depth_m.into(),
            patch.x.into(),
            patch.y.into(),
            patch.working.clone().into(),
            word(&patch.attribution),
            joined(patch.contacts.iter().map(|contact| &contact.licence)),
            nearest.map(|nearest| nearest.licence.0.as_str()).into(),
            nearest.map(|nearest| nearest.distance_m).into(),
            nearest.map(|nearest| nearest.bearing_deg).into(),
            json(&patch.contacts),
            json(&patch.classes),
        ]
    };
    Table {
        name: "patches",
        columns,
        rows: a.patches.iter().map(row).collect(),
        outlines: Outlines::MultiPolygons(a.patches.iter().map(|patch| Some(patch.outline.clone())).collect()),
    }
}

/// Parts of licences, as used; can be read again as licences.
pub(super) fn licences(a: &Assessment) -> Table {
    let columns = vec![
        ("licence", Text),
        ("part", Int),
        ("holder", Text),
        ("mineral", Text),
        ("method", Text),
        ("floor_m", Real),
        ("ceiling_m", Real),
        ("valid_from", Day),
        ("valid_to", Day),
        ("layers", Text),
        ("vertical_datum", Text),
        ("area_m2", Real),
        ("placement", Text),
        ("validity", Text),
    ];
    let parts =
        || a.licences.iter().flat_map(|licence| licence.parts.iter().enumerate().map(move |part| (licence, part)));
    let rows = parts()
        .map(|(licence, (number, part))| {
            let validity: Vec<Value> = licence.validity.iter().map(word).collect();
            vec![
                licence.id.0.as_str().into(),
                (number + 1).into(),
                licence.holder.clone().into(),
                licence.mineral.clone().into(),
                licence.method.clone().into(),
                part.band.map(|band| band.floor_m).into(),
                part.band.map(|band| band.ceiling_m).into(),
                licence.valid_from.into(),
                licence.valid_to.into(),
                part.layers.as_ref().map(|layers| layers.join(";")).into(),
                licence.vertical_datum.to_string().into(),
                part.area_m2.into(),
                word(&licence.placement),
                joined(
                    validity.iter().filter_map(|value| if let Value::Text(text) = value { Some(text) } else { None }),
                ),
            ]
        })
        .collect();
    let outlines = parts().map(|(_, (_, part))| part.polygon.clone()).collect();
    Table { name: "licences", columns, rows, outlines: Outlines::Polygons(outlines) }
}

/// Comparisons of two surfaces.
pub(super) fn intervals(a: &Assessment) -> Table {
    let columns = vec![
        ("interval", Int),
        ("earlier", Int),
        ("later", Int),
        ("from", Day),
        ("to", Day),
        ("sigma_m", Real),
        ("lod_m", Real),
        ("compared_area_m2", Real),
        ("nodata_area_m2", Real),
        ("cut_measured_m3", Real),
        ("fill_measured_m3", Real),
        ("cut_certain_m3", Real),
        ("fill_certain_m3", Real),
        ("cut_m3", Real),
        ("fill_m3", Real),
        ("errors", Text),
        ("registration", Text),
        ("east_m", Real),
        ("north_m", Real),
        ("up_m", Real),
    ];
    let rows = a
        .intervals
        .iter()
        .enumerate()
        .map(|(number, interval)| {
            let registration = interval.accuracy.registration.as_ref();
            vec![
                number.into(),
                interval.earlier.into(),
                interval.later.into(),
                interval.from.into(),
                interval.to.into(),
                interval.sigma_m.into(),
                interval.lod_m.into(),
                interval.compared_area_m2.into(),
                interval.nodata_area_m2.into(),
                interval.cut_measured_m3.into(),
                interval.fill_measured_m3.into(),
                interval.cut_certain_m3.into(),
                interval.fill_certain_m3.into(),
                interval.cut_m3.into(),
                interval.fill_m3.into(),
                word(&interval.accuracy.source),
                registration.map_or(Value::Nothing, |registration| word(&registration.outcome)),
                registration.map(|registration| registration.applied.east_m).into(),
                registration.map(|registration| registration.applied.north_m).into(),
                registration.map(|registration| registration.applied.up_m).into(),
            ]
        })
        .collect();
    Table { name: "intervals", columns, rows, outlines: Outlines::None }
}

/// The surfaces, as used.
pub(super) fn surfaces(a: &Assessment) -> Table {
    let columns = vec![
        ("surface", Int),
        ("name", Text),
        ("date", Day),
        ("sigma_m", Real),
        ("vertical_datum", Text),
        ("crs", Text),
        ("sha256", Text),
    ];
    let rows = a
        .surfaces
        .iter()
        .enumerate()
        .map(|(number, SurfaceRecord { info, sha256 })| {
            vec![
                number.into(),
                info.name.as_str().into(),
                info.date.into(),
                info.sigma_m.into(),
                info.vertical_datum.to_string().into(),
                info.crs.as_ref().map(|crs| crs.code.clone().unwrap_or_else(|| crs.name.clone())).into(),
                sha256.clone().into(),
            ]
        })
        .collect();
    Table { name: "surfaces", columns, rows, outlines: Outlines::None }
}

/// What else is needed to recompute the result, as key and value.
pub(super) fn run(a: &Assessment) -> Table {
    let mut pairs: Vec<(String, Value)> = vec![
        ("schema".to_owned(), a.schema.to_string().into()),
        ("overcut_version".to_owned(), a.overcut_version.as_str().into()),
        ("digest".to_owned(), a.digest.as_str().into()),
        ("grid".to_owned(), a.grid.to_string().into()),
        ("crs".to_owned(), a.crs.as_ref().and_then(|crs| crs.code.clone()).into()),
        ("crs_name".to_owned(), a.crs.as_ref().map(|crs| crs.name.clone()).into()),
        ("crs_wkt".to_owned(), a.crs.as_ref().map(|crs| crs.wkt.clone()).into()),
        ("licence_file".to_owned(), a.licence_file.as_ref().map(|file| file.name.clone()).into()),
        ("licence_file_sha256".to_owned(), a.licence_file.as_ref().and_then(|file| file.sha256.clone()).into()),
        ("options".to_owned(), json(&a.options)),
        ("layers".to_owned(), json(&a.layers)),
        ("covariances".to_owned(), json(&a.covariances)),
    ];
    let accuracies = a.intervals.iter().enumerate();
    pairs.extend(accuracies.map(|(number, interval)| (format!("accuracy {number}"), json(&interval.accuracy))));
    let assumptions = a.assumptions.iter().enumerate();
    pairs.extend(assumptions.map(|(number, text)| (format!("assumption {}", number + 1), text.as_str().into())));
    let rows = pairs.into_iter().map(|(key, value)| vec![key.into(), value]).collect();
    Table { name: "run", columns: vec![("key", Text), ("value", Text)], rows, outlines: Outlines::None }
}

/// First and last day of an interval.
fn days(a: &Assessment, interval: usize) -> (Value, Value) {
    a.intervals
        .get(interval)
        .map_or((Value::Nothing, Value::Nothing), |interval| (interval.from.into(), interval.to.into()))
}

/// The plan of licences. Parts may lie over one another (stacked bands): they are united, so that the outline is valid.
fn plan(a: &Assessment, ids: &[LicenceId]) -> Option<MultiPolygon<f64>> {
    let named = |licence: &&LicenceRecord| ids.contains(&licence.id);
    let parts = a.licences.iter().filter(named).flat_map(|licence| &licence.parts);
    // `unary_union` takes it that all outer rings turn the same way.
    let polygons: Vec<Polygon<f64>> = parts.map(|part| part.polygon.orient(Direction::Default)).collect();
    match polygons.as_slice() {
        [] => None,
        [_] => Some(MultiPolygon(polygons)),
        several => Some(unary_union(several)),
    }
}

/// The word of a value, as in JSON.
fn word<T: Serialize>(value: &T) -> Value {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word.into(),
        _ => json(value),
    }
}

/// A list inside a cell, as JSON.
fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_string(value).map_or(Value::Nothing, Value::Text)
}

/// Names between semicolons; nothing for none.
fn joined<T: ToString>(names: impl Iterator<Item = T>) -> Value {
    let names: Vec<String> = names.map(|name| name.to_string()).collect();
    if names.is_empty() { Value::Nothing } else { Value::Text(names.join(";")) }
}
