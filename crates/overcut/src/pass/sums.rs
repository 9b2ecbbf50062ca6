//! Sums of one window by place, found without a search: a window has thousands of stretches in a few places.

use crate::{
    assessment::Change,
    tally::{Bin, Sums, Tally},
};

const NONE: u32 = u32::MAX;

/// Sums by place and change; its space is used again for the next window.
#[derive(Debug)]
pub(crate) struct PlaceSums {
    /// Position in `held` of each place, or [`NONE`].
    positions: Vec<u32>,
    held: Vec<(u32, [Sums; 2])>,
}

impl PlaceSums {
    pub(crate) fn new(places: usize) -> Self {
        Self { positions: vec![NONE; places], held: Vec::new() }
    }

    pub(crate) fn add(&mut self, place: u32, change: Change, sums: Sums) {
        let position = &mut self.positions[place as usize];
        if *position == NONE {
            *position = self.held.len() as u32;
            self.held.push((place, [Sums::default(); 2]));
        }
        self.held[*position as usize].1[change as usize].add(sums);
    }

    /// Moves everything to a tally.
    pub(crate) fn empty_into(&mut self, interval: u16, tally: &mut Tally) {
        for (place, by_change) in self.held.drain(..) {
            self.positions[place as usize] = NONE;
            for (change, sums) in [Change::Cut, Change::Fill].into_iter().zip(by_change) {
                tally.add(Bin { interval, change, place }, sums);
            }
        }
    }
}
