//! Places: a face, a slot between its levels, and a layer, counted through from 0.

use crate::licence::{Licence, Part};

/// The places of a pass, in the order in which [`crate::columns::Cuts`] numbers those of one face. Face 0 is the outside; it has no levels.
#[derive(Debug)]
pub(crate) struct BinTable {
    layers: usize,
    /// First place of each face, and the end.
    first: Vec<u32>,
    /// Ascending levels of each face.
    levels_m: Vec<Vec<f64>>,
}

/// A place taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) face: u32,
    /// Between level `slot - 1` and level `slot`.
    pub(crate) slot: usize,
    /// 0 = in no layer, else 1 + the layer's position.
    pub(crate) layer: usize,
}

impl BinTable {
    /// `levels_m` of each face, from face 0 on, ascending and without repetition.
    pub(crate) fn new(levels_m: Vec<Vec<f64>>, layers: usize) -> Self {
        let mut first = vec![0];
        let mut next = 0;
        for levels in &levels_m {
            next += (levels.len() + 1) * (layers + 1);
            first.push(u32::try_from(next).expect("faces x bands x layers fit 32 bits"));
        }
        Self { layers, first, levels_m }
    }

    /// Levels of a face: the floors and ceilings of its parts.
    pub(crate) fn levels_of<'a>(parts: impl Iterator<Item = &'a Part>) -> Vec<f64> {
        let mut levels: Vec<f64> =
            parts.filter_map(|part| part.band).flat_map(|band| [band.floor_m, band.ceiling_m]).collect();
        levels.sort_unstable_by(f64::total_cmp);
        levels.dedup();
        levels
    }

    pub(crate) fn len(&self) -> usize {
        self.first[self.first.len() - 1] as usize
    }

    #[inline]
    pub(crate) fn levels_m(&self, face: u32) -> &[f64] {
        &self.levels_m[face as usize]
    }

    /// The place of a position in the cuts of a face.
    #[inline]
    pub(crate) fn place(&self, face: u32, local: usize) -> u32 {
        self.first[face as usize] + local as u32
    }

    pub(crate) fn decode(&self, place: u32) -> Place {
        let face = self.first.partition_point(|first| *first <= place) - 1;
        let local = (place - self.first[face]) as usize;
        Place { face: face as u32, slot: local / (self.layers + 1), layer: local % (self.layers + 1) }
    }

    /// Elevations between which a slot of a face lies, metres.
    pub(crate) fn span_m(&self, place: Place) -> (f64, f64) {
        let levels = self.levels_m(place.face);
        let below = place.slot.checked_sub(1).map_or(f64::NEG_INFINITY, |under| levels[under]);
        (below, levels.get(place.slot).copied().unwrap_or(f64::INFINITY))
    }
}

/// Parts of all licences in one list, with the licence of each: what faces number.
pub(crate) fn parts_of(licences: &[Licence]) -> Vec<(usize, &Part)> {
    licences
        .iter()
        .enumerate()
        .flat_map(|(index, licence)| licence.parts.iter().map(move |part| (index, part)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_through_faces_slots_and_layers() {
        let table = BinTable::new(vec![vec![], vec![100.0, 150.0]], 1);
        assert_eq!(table.len(), 2 + 6);
        let place = table.place(1, 3);
        assert_eq!(table.decode(place), Place { face: 1, slot: 1, layer: 1 });
        assert_eq!(table.span_m(table.decode(place)), (100.0, 150.0));
        assert_eq!(table.span_m(table.decode(table.place(1, 4))), (150.0, f64::INFINITY));
        assert_eq!(table.decode(1), Place { face: 0, slot: 0, layer: 1 });
    }
}
