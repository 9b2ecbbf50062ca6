//! What was found in several windows, put together.

use serde::{Deserialize, Serialize};

use super::kernel::Setting;
use crate::{
    grid::{GridShape, Window},
    patches::{labels::WindowLabels, merge::Merger},
    tally::{Closure, Tally, Totals},
};

/// What was found in a window: sums, patches, and what joins the patches that go on beyond its border. Of a region of many windows
/// it says the same things, so that regions are merged as windows are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Partial {
    pub(crate) window: Window,
    pub(crate) tally: Tally,
    /// By interval.
    pub(crate) totals: Vec<Totals>,
    /// Nothing where two surveys are compared.
    pub(crate) closure: Closure,
    /// By interval: patches by change and first cell, then what goes on.
    pub(crate) labels: Vec<WindowLabels>,
}

/// Everything that was found so far in a region. All sums are integers: the order in which it came does not show.
#[derive(Debug)]
pub(crate) struct Merged {
    region: Window,
    tally: Tally,
    totals: Vec<Totals>,
    closure: Closure,
    mergers: Vec<Merger>,
}

impl Merged {
    pub(crate) fn new(setting: &Setting, region: Window) -> Self {
        let Window { rows, cols, .. } = setting.grid_window;
        let merger = |interval: usize| {
            let criteria = setting.criteria[interval];
            Merger::new(interval as u16, criteria, setting.connectivity, region, GridShape { rows, cols })
        };
        let intervals = setting.pairs.len();
        Self {
            region,
            tally: Tally::default(),
            totals: vec![Totals::default(); intervals],
            closure: Closure::default(),
            mergers: (0..intervals).map(merger).collect(),
        }
    }

    /// Adds a window; windows must not overlap.
    pub(crate) fn add(&mut self, found: Partial) {
        self.tally.merge(&found.tally);
        for (totals, more) in self.totals.iter_mut().zip(&found.totals) {
            totals.add(more);
        }
        self.closure.add(&found.closure);
        for (merger, labels) in self.mergers.iter_mut().zip(found.labels) {
            merger.add(found.window, labels);
        }
    }

    /// Says that every cell of the region north of `row` has arrived.
    pub(crate) fn close_north_of(&mut self, row: usize) {
        for merger in &mut self.mergers {
            merger.close_north_of(row as u32);
        }
    }

    pub(crate) fn finish(self) -> Partial {
        let Self { region, mut tally, totals, closure, mergers } = self;
        let mut labels = Vec::new();
        for merger in mergers {
            let (found, dropped) = merger.finish();
            tally.merge(&dropped);
            labels.push(found);
        }
        Partial { window: region, tally, totals, closure, labels }
    }
}
