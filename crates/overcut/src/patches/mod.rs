//! Connected excavated (and filled) areas, 图斑.
//!
//! Cells of areas that changed ([`crate::pass`]) are joined into runs along each row, runs into components inside one window
//! (`labels`), and components across windows by the cells on their borders (`merge`). All sums in a component are
//! integers, so a pit that was cut into four windows is the same patch, to the bit, as in one.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a window has fewer than 2^32 labels: rows and columns are at most 2^22"
)]

pub(crate) mod blocks;
pub(crate) mod footprint;
pub(crate) mod history;
pub(crate) mod labels;
pub(crate) mod merge;
pub(crate) mod outline;

use footprint::Footprint;
use history::History;
use serde::{Deserialize, Serialize};

use crate::{assessment::Change, grid::CellIndex, pass::line::Found, tally::Sums};

/// Cells `start..end` of a row that belong to one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) row: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A connected area, or the part of one that a window has seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Component {
    pub(crate) change: Change,
    pub(crate) cells: u64,
    /// First cell from the north-west: the name of a component that does not depend on how it was found.
    pub(crate) first: CellIndex,
    pub(crate) row_sum: u64,
    pub(crate) col_sum: u64,
    pub(crate) found: Found,
    /// Sums by place ([`crate::pass::bins::BinTable`]).
    pub(crate) sums: ByNumber<Sums>,
    /// Boundary between a face and the outside within the component, by face, in quanta of metres.
    pub(crate) contacts: ByNumber<i128>,
    pub(crate) runs: Vec<Run>,
    pub(crate) footprint: Footprint,
    pub(crate) history: History,
}

impl Component {
    pub(crate) fn absorb(&mut self, other: Self) {
        self.cells += other.cells;
        self.first = self.first.min(other.first);
        self.row_sum += other.row_sum;
        self.col_sum += other.col_sum;
        self.found.add(&other.found);
        for (place, sums) in other.sums {
            self.sums.at(place).add(sums);
        }
        for (face, length) in other.contacts {
            *self.contacts.at(face) += length;
        }
        self.runs.extend(other.runs);
        self.footprint.absorb(other.footprint);
        self.history.add(&other.history);
    }
}

/// Values by number, ascending. Nearly all components have one or two: a tree would be a hundred times as large.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct ByNumber<T>(Vec<(u32, T)>);

impl<T: Default> ByNumber<T> {
    /// The value of a number.
    pub(crate) fn at(&mut self, number: u32) -> &mut T {
        let index = self.0.binary_search_by_key(&number, |(number, _)| *number).unwrap_or_else(|index| {
            self.0.insert(index, (number, T::default()));
            index
        });
        &mut self.0[index].1
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, (u32, T)> {
        self.0.iter()
    }
}

impl<T> IntoIterator for ByNumber<T> {
    type Item = (u32, T);
    type IntoIter = std::vec::IntoIter<(u32, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// What makes a component a patch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Criteria {
    /// Fewest cells beyond the weak threshold.
    pub(crate) cells: u64,
    /// Least greatest change of height.
    pub(crate) depth_m: f64,
    /// Square of the strong threshold.
    pub(crate) strength: f64,
}

impl Criteria {
    pub(crate) fn meets(&self, found: &Found) -> bool {
        found.core_cells >= self.cells && found.max_depth_m >= self.depth_m && found.strength >= self.strength
    }
}

/// The root of `label`, with the path halved on the way.
pub(crate) fn find(parents: &mut [u32], mut label: u32) -> u32 {
    while parents[label as usize] != label {
        let above = parents[parents[label as usize] as usize];
        parents[label as usize] = above;
        label = above;
    }
    label
}

/// Joins two sets; the smaller label becomes the root. Returns the root and the label that was joined to it, if any.
pub(crate) fn unite(parents: &mut [u32], a: u32, b: u32) -> (u32, Option<u32>) {
    let (a, b) = (find(parents, a), find(parents, b));
    if a == b {
        return (a, None);
    }
    let (root, child) = (a.min(b), a.max(b));
    parents[child as usize] = root;
    (root, Some(child))
}
