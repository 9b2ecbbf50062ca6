//! Sums by licence, class and layer.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    Change, Class, ClassRow, Layer, RowCovariance, VolumeError,
    boundary::CornerGradient,
    classes::ids,
    volumes::{Prepared, Region, VolumeErrors},
};
use crate::{
    licence::Licence,
    patches::{blocks::Blocks, footprint::Ends},
    tally::{Sums, value},
};

/// What a row is about: interval, licences, class, layer (0 = none).
pub(super) type RowKey = (usize, Vec<usize>, Class, usize);

/// Covariances are given for every pair of rows up to so many of them, and beyond only for rows that lie near each other.
const ALL_PAIRS: usize = 200;

/// What is summed of one change in one row.
#[derive(Debug, Default)]
struct RowSums {
    sums: Sums,
    region: Region,
    /// Cells that changed.
    changed: f64,
}

/// Collects sums into rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Removed and added.
    sums: BTreeMap<RowKey, [RowSums; 2]>,
}

impl Rows {
    pub(super) fn add(&mut self, key: RowKey, change: Change, sums: Sums) {
        self.sums.entry(key).or_default()[change as usize].sums.add(sums);
    }

    /// Adds cells of a patch that changed.
    pub(super) fn add_changed(&mut self, row: RowKey, change: Change, cells: f64) {
        self.sums.entry(row).or_default()[change as usize].changed += cells;
    }

    /// Adds the footprint of a patch in one place, with the ends of columns that lie there.
    pub(super) fn add_feet(&mut self, row: RowKey, change: Change, ends: Ends, feet: &Blocks) {
        self.sums.entry(row).or_default()[change as usize].region.add(ends, feet);
    }

    /// Adds what a row gains as the corners of licences move outwards, or loses with a `sign` of -1.
    pub(super) fn add_corners(&mut self, row: RowKey, change: Change, gradient: &CornerGradient, sign: f64) {
        self.sums.entry(row).or_default()[change as usize].region.corners.add(gradient, sign);
    }

    /// The rows in the order of their keys, and how their errors go together; `errors` by interval.
    pub(super) fn finish(
        self,
        licences: &[Licence],
        layers: &[Layer<'_>],
        cell_area_m2: f64,
        errors: &[VolumeErrors<'_>],
    ) -> (Vec<ClassRow>, Vec<RowCovariance>) {
        let row = |((interval, positions, class, layer), [of_cut, of_fill]): &(RowKey, [RowSums; 2])| {
            let RowSums { sums: cut, region: cut_region, changed: cut_cells } = of_cut;
            let RowSums { sums: fill, region: fill_region, changed: fill_cells } = of_fill;
            let errors = &errors[*interval];
            let raw = |sums: &Sums| value(sums.certain.height + sums.not_excludable.height) * cell_area_m2;
            let certain = |sums: &Sums| value(sums.certain.height) * cell_area_m2;
            let measured = |sums: &Sums| value(sums.measured.height) * cell_area_m2;
            let error = |region: &Region, volume_m3: f64| -> Option<VolumeError> {
                if region.is_empty() { None } else { errors.error(region, volume_m3) }
            };
            let layer = layer.checked_sub(1).map(|index| &layers[index]);
            let (cut_measured_m3, fill_measured_m3) = (measured(cut), measured(fill));
            let again = |sums: &Sums| value(sums.again) * cell_area_m2;
            let (cut_again_m3, backfill_m3) = (again(cut), again(fill));
            let in_prism = matches!(class, Class::Within | Class::InsideBoundary | Class::UnauthorisedLayer);
            let at_most = in_prism || *class == Class::ValidityUndecided;
            ClassRow {
                interval: *interval,
                licences: ids(licences, positions),
                class: *class,
                layer: layer.map(|layer| layer.name.clone()),
                cut_measured_m3,
                fill_measured_m3,
                cut_again_m3,
                backfill_m3,
                cut_error: error(cut_region, cut_measured_m3),
                fill_error: error(fill_region, fill_measured_m3),
                cut_m3: raw(cut),
                fill_m3: raw(fill),
                cut_certain_m3: certain(cut),
                fill_certain_m3: certain(fill),
                cut_area_m2: value(cut.certain.share) * cell_area_m2,
                fill_area_m2: value(fill.certain.share) * cell_area_m2,
                cut_measured_area_m2: cut_cells * cell_area_m2,
                fill_measured_area_m2: fill_cells * cell_area_m2,
                in_validity_min_m3: if in_prism { cut_measured_m3 } else { 0.0 },
                in_validity_max_m3: if at_most { cut_measured_m3 } else { 0.0 },
                cut_measured_mass_t: layer
                    .and_then(|layer| layer.density_t_per_m3)
                    .map(|density_t_per_m3| (cut_measured_m3 - cut_again_m3) * density_t_per_m3),
            }
        };
        let mut all: Vec<_> = self.sums.into_iter().collect();
        all.par_iter_mut()
            .for_each(|(_, by_change)| by_change.iter_mut().for_each(|of_change| of_change.region.settle()));
        let rows = all.par_iter().map(row).collect();
        (rows, covariances(&all, errors))
    }
}

/// Covariances of removed volumes, for pairs of one interval.
fn covariances(all: &[(RowKey, [RowSums; 2])], errors: &[VolumeErrors<'_>]) -> Vec<RowCovariance> {
    let measured: Vec<(usize, usize, Prepared)> = all
        .par_iter()
        .enumerate()
        .filter_map(|(row, (key, [of_cut, _]))| Some((row, key.0, errors[key.0].prepare(&of_cut.region)?)))
        .collect();
    let every_pair = measured.len() <= ALL_PAIRS;
    let of_row = |(at, (a, interval, region)): (usize, &(usize, usize, Prepared))| {
        let errors = &errors[*interval];
        measured[at + 1..]
            .iter()
            .take_while(|(_, other, _)| other == interval)
            .filter(|(.., other)| every_pair || errors.are_near(region, other))
            .map(|(b, _, other)| RowCovariance { a: *a, b: *b, covariance_m6: errors.covariance(region, other) })
            .filter(|covariance| covariance.covariance_m6 != 0.0)
            .collect::<Vec<_>>()
    };
    measured.par_iter().enumerate().map(of_row).collect::<Vec<_>>().concat()
}
