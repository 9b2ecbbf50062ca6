//! What an assessment records of its inputs, and the digest of its figures.

use std::fmt::Write;

use geo::{Area, BoundingRect, Intersects, Rect};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    AssessOptions, Assessment, Interval, LayerPartRecord, LayerRecord, LicenceRecord, PartRecord, Placement, Series,
};
use crate::{
    grid::GridGeometry,
    layers::Layer,
    licence::Licence,
    tally::{Closure, value},
    validity::ValidityOutcome,
};

pub(super) fn layer_record(layer: &Layer<'_>) -> LayerRecord {
    let parts = layer.parts.iter().map(|part| LayerPartRecord {
        roof: part.roof.describe(),
        floor: part.floor.describe(),
        roof_sha256: None,
        floor_sha256: None,
        polygon: part.polygon.clone(),
    });
    LayerRecord {
        name: layer.name.clone(),
        kind: layer.kind,
        density_t_per_m3: layer.density_t_per_m3,
        parts: parts.collect(),
        stated: layer.stated.clone(),
    }
}

pub(super) fn series(closure: &Closure, grid: &GridGeometry) -> Series {
    let area_m2 = grid.cell_area_m2();
    Series {
        compared_area_m2: closure.cells as f64 * area_m2,
        net_m3: value(closure.direct) * area_m2,
        net_by_intervals_m3: value(closure.by_intervals) * area_m2,
    }
}

pub(super) fn licence_records(
    licences: &[Licence],
    outcomes: &[Vec<ValidityOutcome>],
    grid: &GridGeometry,
) -> Vec<LicenceRecord> {
    licences
        .iter()
        .enumerate()
        .map(|(index, licence)| LicenceRecord {
            id: licence.id.clone(),
            holder: licence.holder.clone(),
            mineral: licence.mineral.clone(),
            method: licence.method.clone(),
            valid_from: licence.validity.from,
            valid_to: licence.validity.to,
            vertical_datum: licence.vertical_datum.clone(),
            placement: placement(licence, grid),
            validity: outcomes.iter().map(|outcomes| outcomes[index]).collect(),
            parts: licence
                .parts
                .iter()
                .map(|part| PartRecord {
                    area_m2: part.polygon.unsigned_area(),
                    band: part.band,
                    layers: part.layers.clone(),
                    polygon: part.polygon.clone(),
                })
                .collect(),
        })
        .collect()
}

fn placement(licence: &Licence, grid: &GridGeometry) -> Placement {
    let extent = Rect::new((grid.west, grid.south()), (grid.east(), grid.north));
    let inside = |bounds: Rect<f64>| {
        bounds.min().x >= extent.min().x
            && bounds.min().y >= extent.min().y
            && bounds.max().x <= extent.max().x
            && bounds.max().y <= extent.max().y
    };
    if licence.parts.iter().all(|part| part.polygon.bounding_rect().is_some_and(inside)) {
        Placement::Inside
    } else if licence.parts.iter().any(|part| part.polygon.intersects(&extent)) {
        Placement::PartlyOutside
    } else {
        Placement::Outside
    }
}

/// SHA-256 over the figures: not over names and storage of the inputs, nor over who made it.
pub(super) fn digest(assessment: &Assessment) -> String {
    #[derive(Serialize)]
    struct Figures<'a> {
        schema: u32,
        grid: &'a GridGeometry,
        options: &'a AssessOptions,
        licences: &'a [LicenceRecord],
        intervals: &'a [Interval],
        rows: &'a [super::ClassRow],
        patches: &'a [super::Patch],
        series: Option<&'a Series>,
        covariances: &'a [super::RowCovariance],
    }
    let Assessment { schema, grid, options, licences, intervals, rows, patches, series, covariances, .. } = assessment;
    let series = series.as_ref();
    let figures = Figures { schema: *schema, grid, options, licences, intervals, rows, patches, series, covariances };
    let text = serde_json::to_vec(&figures).expect("results have no maps with keys that are not text");
    Sha256::digest(text).iter().fold(String::new(), |mut hexadecimal, byte| {
        let _ = write!(hexadecimal, "{byte:02x}");
        hexadecimal
    })
}
