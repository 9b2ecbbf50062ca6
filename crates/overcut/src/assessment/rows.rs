//! Sums by licence, class and layer.

use std::collections::BTreeMap;

use super::{Change, Class, ClassRow, Layer, classes::ids};
use crate::{
    licence::Licence,
    tally::{Sums, value},
};

/// What a row is about: interval, licences, class, layer (0 = none).
pub(super) type RowKey = (usize, Vec<usize>, Class, usize);

/// Collects sums into rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Removed and added.
    sums: BTreeMap<RowKey, [Sums; 2]>,
}

impl Rows {
    pub(super) fn add(&mut self, key: RowKey, change: Change, sums: Sums) {
        self.sums.entry(key).or_default()[change as usize].add(sums);
    }

    /// The rows in the order of their keys.
    pub(super) fn finish(self, licences: &[Licence], layers: &[Layer<'_>], cell_area_m2: f64) -> Vec<ClassRow> {
        let row = |((interval, positions, class, layer), [cut, fill]): (RowKey, [Sums; 2])| {
            let raw = |sums: Sums| value(sums.certain.height + sums.not_excludable.height) * cell_area_m2;
            let certain = |sums: Sums| value(sums.certain.height) * cell_area_m2;
            let layer = layer.checked_sub(1).map(|index| &layers[index]);
            let cut_certain_m3 = certain(cut);
            let in_prism = matches!(class, Class::Within | Class::InsideBoundary | Class::UnauthorisedLayer);
            let at_most = in_prism || class == Class::ValidityUndecided;
            ClassRow {
                interval,
                licences: ids(licences, &positions),
                class,
                layer: layer.map(|layer| layer.name.clone()),
                cut_m3: raw(cut),
                fill_m3: raw(fill),
                cut_certain_m3,
                fill_certain_m3: certain(fill),
                cut_area_m2: value(cut.certain.share) * cell_area_m2,
                fill_area_m2: value(fill.certain.share) * cell_area_m2,
                in_validity_min_m3: if in_prism { cut_certain_m3 } else { 0.0 },
                in_validity_max_m3: if at_most { cut_certain_m3 } else { 0.0 },
                cut_certain_mass_t: layer
                    .and_then(|layer| layer.density_t_per_m3)
                    .map(|density_t_per_m3| cut_certain_m3 * density_t_per_m3),
            }
        };
        self.sums.into_iter().map(row).collect()
    }
}
