//! Components across windows: joined by the cells on the borders, whatever the order in which windows arrive.
//!
//! What windows make together is again what a window makes: patches, and the cells on the border by which those that go on
//! beyond it are joined. So regions of a grid are merged as the windows in them are.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Component, Criteria, Run, find,
    labels::{BorderRun, WindowLabels},
    unite,
};
use crate::{
    assessment::{Change, Connectivity},
    grid::{GridShape, Window},
    tally::{Bin, Sum, Sums, Tally},
};

/// Joins the components of the windows of one interval.
#[derive(Debug)]
pub(crate) struct Merger {
    interval: u16,
    criteria: Criteria,
    eight: bool,
    /// What the windows make together.
    region: Window,
    /// Whether the grid goes on beyond the northern, southern, western, eastern border of it.
    open_sides: [bool; 4],
    /// Cells along those.
    outer: Vec<(Run, u32)>,
    /// Cells on borders whose neighbours may still come: row, column to component.
    frontier: BTreeMap<(u32, u32), u32>,
    parents: Vec<u32>,
    /// Components that are not done, by root.
    open: BTreeMap<u32, Component>,
    patches: Vec<Component>,
    /// Sums of components that turned out too small.
    dropped: Tally,
}

impl Merger {
    /// For the windows of a region of a grid.
    pub(crate) fn new(
        interval: u16,
        criteria: Criteria,
        connectivity: Connectivity,
        region: Window,
        grid: GridShape,
    ) -> Self {
        Self {
            interval,
            criteria,
            eight: connectivity == Connectivity::Eight,
            region,
            open_sides: [region.row > 0, region.row_end() < grid.rows, region.col > 0, region.col_end() < grid.cols],
            outer: Vec::new(),
            frontier: BTreeMap::new(),
            parents: Vec::new(),
            open: BTreeMap::new(),
            patches: Vec::new(),
            dropped: Tally::default(),
        }
    }

    /// Adds what a window found. Windows may come in any order but must not overlap.
    pub(crate) fn add(&mut self, window: Window, labels: WindowLabels) {
        let mut ids: Vec<Option<u32>> = vec![None; labels.components.len()];
        for border in &labels.border {
            ids[border.component as usize] = Some(0);
        }
        for (component, id) in labels.components.into_iter().zip(&mut ids) {
            if id.is_some() {
                let new = self.parents.len() as u32;
                self.parents.push(new);
                self.open.insert(new, component);
                *id = Some(new);
            } else {
                self.close(component);
            }
        }
        for border in &labels.border {
            let id = ids[border.component as usize].expect("every component on the border was given an id");
            let run = border.run;
            for col in run.start..run.end {
                if on_border(window, run.row, col) {
                    self.join_neighbours(window, id, run.row, col);
                }
            }
        }
        for border in &labels.border {
            let id = ids[border.component as usize].expect("every component on the border was given an id");
            let run = border.run;
            for col in (run.start..run.end).filter(|col| on_border(window, run.row, *col)) {
                self.frontier.insert((run.row, col), id);
                if self.goes_on(run.row, col) {
                    self.note_outer(Run { row: run.row, start: col, end: col + 1 }, id);
                }
            }
        }
    }

    /// Whether a cell has neighbours beyond the region.
    fn goes_on(&self, row: u32, col: u32) -> bool {
        let [north, south, west, east] = self.open_sides;
        let (row, col) = (row as usize, col as usize);
        (north && row == self.region.row)
            || (south && row + 1 == self.region.row_end())
            || (west && col == self.region.col)
            || (east && col + 1 == self.region.col_end())
    }

    fn note_outer(&mut self, cell: Run, id: u32) {
        match self.outer.last_mut() {
            Some((run, last)) if (*last, run.row, run.end) == (id, cell.row, cell.start) => run.end = cell.end,
            _ => self.outer.push((cell, id)),
        }
    }

    fn join_neighbours(&mut self, window: Window, id: u32, row: u32, col: u32) {
        for (down, right) in [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)] {
            if !self.eight && down != 0 && right != 0 {
                continue;
            }
            let (Some(row), Some(col)) = (row.checked_add_signed(down), col.checked_add_signed(right)) else {
                continue;
            };
            let inside = (window.row..window.row_end()).contains(&(row as usize))
                && (window.col..window.col_end()).contains(&(col as usize));
            if inside {
                continue;
            }
            if let Some(other) = self.frontier.get(&(row, col)).copied()
                && self.change_of(other) == self.change_of(id)
                && let (root, Some(child)) = unite(&mut self.parents, id, other)
            {
                let absorbed = self.open.remove(&child).expect("a root on the frontier is open");
                self.open.get_mut(&root).expect("a root on the frontier is open").absorb(absorbed);
            }
        }
    }

    fn change_of(&mut self, id: u32) -> Change {
        let root = find(&mut self.parents, id);
        self.open[&root].change
    }

    /// Says that every cell north of `row` has arrived: what no longer reaches the frontier is done.
    pub(crate) fn close_north_of(&mut self, row: u32) {
        self.frontier = self.frontier.split_off(&(row.saturating_sub(1), 0));
        let mut alive = BTreeSet::new();
        for id in self.frontier.values().chain(self.outer.iter().map(|(_, id)| id)) {
            alive.insert(find(&mut self.parents, *id));
        }
        let (alive, done) =
            std::mem::take(&mut self.open).into_iter().partition::<BTreeMap<_, _>, _>(|(root, _)| alive.contains(root));
        self.open = alive;
        for (_, component) in done {
            self.close(component);
        }
    }

    fn close(&mut self, mut component: Component) {
        if self.criteria.meets(&component.found) {
            component.footprint.settle();
            // Runs were cut where windows end: put together again, they tell of the cells alone.
            component.runs.sort_unstable();
            component.runs.dedup_by(|next, run| {
                let joined = run.row == next.row && run.end == next.start;
                if joined {
                    run.end = next.end;
                }
                joined
            });
            self.patches.push(component);
        } else {
            for (place, sums) in component.sums {
                // What is in no patch is not measured.
                let sums = Sums { measured: Sum::default(), again: 0, ..sums };
                self.dropped.add(Bin { interval: self.interval, change: component.change, place }, sums);
            }
        }
    }

    /// The patches, by change and first cell, and after them what goes on beyond the region; and the sums of what is no patch.
    pub(crate) fn finish(mut self) -> (WindowLabels, Tally) {
        self.frontier.clear();
        self.close_north_of(u32::MAX);
        self.patches.sort_by_key(|patch| (patch.change, patch.first));
        let mut components = self.patches;
        let positions: BTreeMap<u32, u32> = self.open.keys().copied().zip(components.len() as u32..).collect();
        components.extend(self.open.into_values().map(|mut component| {
            component.footprint.settle();
            component
        }));
        let mut border = Vec::new();
        for (run, id) in self.outer {
            let component = positions[&find(&mut self.parents, id)];
            border.push(BorderRun { run, component });
        }
        (WindowLabels { components, border }, self.dropped)
    }
}

fn on_border(window: Window, row: u32, col: u32) -> bool {
    let (row, col) = (row as usize, col as usize);
    row == window.row || row + 1 == window.row_end() || col == window.col || col + 1 == window.col_end()
}
