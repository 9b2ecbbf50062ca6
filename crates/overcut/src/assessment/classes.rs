//! The class and the licences of every place in every interval.
#![expect(clippy::cast_possible_truncation, reason = "places are counted in 32 bits (`BinTable::new`)")]

use super::{CODE_OUTSIDE, Class, Elevation, class_code};
use crate::{
    classify::{PartHere, classify},
    faces::FaceMap,
    licence::{Licence, Part},
    pass::bins::BinTable,
    validity::ValidityOutcome,
};

/// By interval, then place: class, and positions of the licences concerned.
#[derive(Debug)]
pub(super) struct ClassTable {
    by_interval: Vec<Vec<(Class, Vec<usize>)>>,
}

impl ClassTable {
    /// `outcomes` by interval, then licence; `parts` as faces number them.
    pub(super) fn new(
        bins: &BinTable,
        faces: &FaceMap,
        parts: &[(usize, &Part)],
        layer_names: &[String],
        outcomes: &[Vec<ValidityOutcome>],
        elevation: Elevation,
    ) -> Self {
        let class_of = |place: u32, outcomes: &[ValidityOutcome]| {
            let place = bins.decode(place);
            let here: Vec<PartHere> = faces
                .parts_of(place.face)
                .iter()
                .map(|part| {
                    let (licence, part) = parts[*part as usize];
                    let named = |name: &String| part.layers.as_ref().is_none_or(|layers| layers.contains(name));
                    PartHere {
                        licence,
                        band: part.band.filter(|_| elevation == Elevation::Tested),
                        layer_authorised: place.layer.checked_sub(1).is_none_or(|layer| named(&layer_names[layer])),
                        outcome: outcomes[licence],
                    }
                })
                .collect();
            if here.is_empty() {
                return (Class::Unattributed, Vec::new());
            }
            classify(&here, bins.span_m(place))
        };
        let by_interval = outcomes
            .iter()
            .map(|outcomes| (0..bins.len() as u32).map(|place| class_of(place, outcomes)).collect())
            .collect();
        Self { by_interval }
    }

    pub(super) fn get(&self, interval: usize, place: u32) -> (Class, &[usize]) {
        let (class, licences) = &self.by_interval[interval][place as usize];
        (*class, licences)
    }

    /// Codes for the class raster, by interval and place.
    pub(super) fn codes(&self) -> Vec<Vec<u8>> {
        let code = |class: Class| if class == Class::Unattributed { CODE_OUTSIDE } else { class_code(class) };
        self.by_interval.iter().map(|places| places.iter().map(|(class, _)| code(*class)).collect()).collect()
    }
}

/// All licences named for several things, ascending and once each.
pub(super) fn union<'a>(sets: impl Iterator<Item = &'a [usize]>) -> Vec<usize> {
    let mut all: Vec<usize> = sets.flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Licence of each part, once each, ascending.
pub(super) fn licences_of(parts: &[(usize, &Part)], face_parts: &[u32]) -> Vec<usize> {
    let licences: Vec<usize> = face_parts.iter().map(|part| parts[*part as usize].0).collect();
    union(std::iter::once(licences.as_slice()))
}

/// Positions as ids.
pub(super) fn ids(licences: &[Licence], positions: &[usize]) -> Vec<crate::licence::LicenceId> {
    positions.iter().map(|position| licences[*position].id.clone()).collect()
}
