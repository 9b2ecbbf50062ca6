//! Components inside one window, found row by row while the window is in cache.
//!
//! What belongs to a label is written to flat lists; only components that can still become a patch are assembled at the
//! end. Noise beyond the level of detection makes millions of specks, and each must cost next to nothing.

use serde::{Deserialize, Serialize};

use super::{
    ByNumber, Component, Criteria, Run, find,
    footprint::{BoundaryKey, BoundarySums, FootKey, FootSums, Footprint},
    history::{EpochSums, History},
    unite,
};
use crate::{
    assessment::{Change, Connectivity},
    grid::{CellIndex, Window},
    pass::line::Found,
    tally::{Bin, Sum, Sums, Tally},
};

/// How many of the latest entries are looked at for one of the same kind.
const LOOK_BACK: usize = 4;
/// Entries with sums beyond this are left as they are, so that none overflows: what is added at a time is below 2^61.
const FULL: i64 = 1 << 61;

#[derive(Debug, Clone, Copy)]
struct RowRun {
    start: u32,
    end: u32,
    change: Change,
    label: u32,
}

#[derive(Debug, Clone, Copy)]
struct LabelStats {
    change: Change,
    cells: u64,
    first: CellIndex,
    row_sum: u64,
    col_sum: u64,
    found: Found,
    on_border: bool,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    label: u32,
    place: u32,
    sums: Summed,
}

/// Heights x shares, and shares, in quanta: what a stretch of a run adds to its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Summed {
    /// With the label's change, beyond the level of detection.
    pub(crate) certain: (i64, i64),
    /// With the label's change, up to it.
    pub(crate) not_excludable: (i64, i64),
    /// All, with signs.
    pub(crate) measured: (i64, i64),
    /// Height of what was moved before, of `measured`.
    pub(crate) again: i64,
}

impl Summed {
    fn has_room(&self) -> bool {
        let heights = [self.certain.0, self.not_excludable.0, self.measured.0, self.again];
        heights.iter().all(|height| height.abs() < FULL)
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (into, more) in [
            (&mut self.certain, other.certain),
            (&mut self.not_excludable, other.not_excludable),
            (&mut self.measured, other.measured),
        ] {
            *into = (into.0 + more.0, into.1 + more.1);
        }
        self.again += other.again;
    }

    /// As sums; what is in no patch is not measured.
    fn sums(&self, measured: bool) -> Sums {
        let sum = |(height, share): (i64, i64)| Sum { height: height.into(), share: share.into() };
        Sums {
            certain: sum(self.certain),
            not_excludable: sum(self.not_excludable),
            measured: if measured { sum(self.measured) } else { Sum::default() },
            again: if measured { self.again.into() } else { 0 },
        }
    }
}

/// Cells of a component on the border of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BorderRun {
    pub(crate) run: Run,
    /// Position in [`WindowLabels::components`].
    pub(crate) component: u32,
}

/// What a window knows of patches: whole ones, parts of ones that go on beyond its border, and the cells by which those
/// are joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WindowLabels {
    pub(crate) components: Vec<Component>,
    pub(crate) border: Vec<BorderRun>,
}

/// Labels windows of one interval, one after another; its lists keep their space from one to the next.
#[derive(Debug)]
pub(crate) struct Labeller {
    grid_window: Window,
    window: Window,
    /// Whether cells lie beyond the northern, southern, western, eastern border.
    open: [bool; 4],
    reach: u32,
    row: u32,
    previous: Vec<RowRun>,
    current: Vec<RowRun>,
    parents: Vec<u32>,
    stats: Vec<LabelStats>,
    runs: Vec<(Run, u32)>,
    entries: Vec<Entry>,
    feet: Vec<(u32, FootKey, FootSums)>,
    boundary: Vec<(u32, BoundaryKey, BoundarySums)>,
    contacts: Vec<(u32, u32, i64)>,
    /// Surveys whose heights over each label are gathered; 0 = not wanted.
    epochs: usize,
    /// By label.
    new_cells: Vec<u64>,
    /// By label, then survey.
    histories: Vec<EpochSums>,
    searched: usize,
}

impl Labeller {
    pub(crate) fn new(grid_window: Window, connectivity: Connectivity, epochs: usize) -> Self {
        Self {
            grid_window,
            window: grid_window,
            open: [false; 4],
            reach: u32::from(connectivity == Connectivity::Eight),
            row: 0,
            previous: Vec::new(),
            current: Vec::new(),
            parents: Vec::new(),
            stats: Vec::new(),
            runs: Vec::new(),
            entries: Vec::new(),
            feet: Vec::new(),
            boundary: Vec::new(),
            contacts: Vec::new(),
            epochs,
            new_cells: Vec::new(),
            histories: Vec::new(),
            searched: 0,
        }
    }

    /// Begins a window.
    pub(crate) fn start(&mut self, window: Window) {
        let grid = self.grid_window;
        self.window = window;
        self.open = [
            window.row > grid.row,
            window.row_end() < grid.row_end(),
            window.col > grid.col,
            window.col_end() < grid.col_end(),
        ];
        self.previous.clear();
        self.current.clear();
        self.parents.clear();
        self.stats.clear();
        self.runs.clear();
        self.entries.clear();
        self.feet.clear();
        self.boundary.clear();
        self.contacts.clear();
        self.new_cells.clear();
        self.histories.clear();
    }

    pub(crate) fn start_row(&mut self, row: u32) {
        std::mem::swap(&mut self.previous, &mut self.current);
        self.current.clear();
        self.row = row;
        self.searched = 0;
    }

    /// Adds the next run of the row, from west to east, and gives its label.
    pub(crate) fn add_run(&mut self, start: u32, end: u32, change: Change, found: &Found) -> u32 {
        let (from, to) = (start.saturating_sub(self.reach), end + self.reach);
        while self.searched < self.previous.len() && self.previous[self.searched].end <= from {
            self.searched += 1;
        }
        let mut label = None;
        for above in &self.previous[self.searched..] {
            if above.start >= to {
                break;
            }
            if above.change == change {
                label = Some(match label {
                    None => find(&mut self.parents, above.label),
                    Some(label) => unite(&mut self.parents, label, above.label).0,
                });
            }
        }
        let (row, cells) = (self.row, u64::from(end - start));
        let label = label.unwrap_or_else(|| {
            let new = u32::try_from(self.parents.len()).expect("fewer labels than cells in a window");
            self.parents.push(new);
            self.stats.push(LabelStats {
                change,
                cells: 0,
                first: CellIndex { row: row as usize, col: start as usize },
                row_sum: 0,
                col_sum: 0,
                found: Found::default(),
                on_border: false,
            });
            if self.epochs > 0 {
                self.new_cells.push(0);
                self.histories.resize(self.histories.len() + self.epochs, EpochSums::default());
            }
            new
        });
        let on_border = self.touches_border(start, end);
        let stats = &mut self.stats[label as usize];
        stats.cells += cells;
        stats.row_sum += u64::from(row) * cells;
        stats.col_sum += (u64::from(start) + u64::from(end) - 1) * cells / 2;
        stats.found.add(found);
        stats.on_border |= on_border;
        self.runs.push((Run { row, start, end }, label));
        self.current.push(RowRun { start, end, change, label });
        label
    }

    fn touches_border(&self, start: u32, end: u32) -> bool {
        let [north, south, west, east] = self.open;
        let row = self.row as usize;
        (north && row == self.window.row)
            || (south && row + 1 == self.window.row_end())
            || (west && start as usize == self.window.col)
            || (east && end as usize == self.window.col_end())
    }

    /// Adds to a label. Cells that levels or layers cut come one by one, each with the same few places as the one before it: what
    /// goes to the same label and place is put together at once.
    pub(crate) fn add_sums(&mut self, label: u32, place: u32, sums: Summed) {
        let latest = self.entries.iter_mut().rev().take(LOOK_BACK);
        match latest.into_iter().find(|entry| (entry.label, entry.place) == (label, place) && entry.sums.has_room()) {
            Some(entry) => entry.sums.add(&sums),
            None => self.entries.push(Entry { label, place, sums }),
        }
    }

    /// Adds to the footprint of a label.
    pub(crate) fn add_foot(&mut self, label: u32, key: FootKey, sums: FootSums) {
        let latest = self.feet.iter_mut().rev().take(LOOK_BACK);
        match latest.into_iter().find(|(other, held, _)| (*other, held) == (label, &key)) {
            Some((.., held)) => held.add(&sums),
            None => self.feet.push((label, key, sums)),
        }
    }

    /// Adds boundary to the footprint of a label.
    pub(crate) fn add_boundary(&mut self, label: u32, key: BoundaryKey, sums: BoundarySums) {
        self.boundary.push((label, key, sums));
    }

    /// Adds cells that were not dug before.
    pub(crate) fn add_new_cells(&mut self, label: u32, cells: u64) {
        self.new_cells[label as usize] += cells;
    }

    /// Adds what a survey saw of a label.
    pub(crate) fn add_epoch(&mut self, label: u32, epoch: usize, sums: &EpochSums) {
        self.histories[label as usize * self.epochs + epoch].add(sums);
    }

    pub(crate) fn add_contact(&mut self, label: u32, face: u32, length: i64) {
        self.contacts.push((label, face, length));
    }

    /// Assembles what can become a patch; the sums of everything else go to `tally`.
    /// Blocks of footprints have `side` x `side` cells.
    pub(crate) fn finish(&mut self, interval: u16, criteria: Criteria, side: u32, tally: &mut Tally) -> WindowLabels {
        for label in 0..self.parents.len() {
            let root = find(&mut self.parents, label as u32) as usize;
            if root != label {
                let child = self.stats[label];
                let stats = &mut self.stats[root];
                stats.cells += child.cells;
                stats.first = stats.first.min(child.first);
                stats.row_sum += child.row_sum;
                stats.col_sum += child.col_sum;
                stats.found.add(&child.found);
                stats.on_border |= child.on_border;
            }
        }
        let mut components = Vec::new();
        let mut position = vec![None; self.parents.len()];
        for (label, stats) in self.stats.iter().enumerate() {
            let is_root = self.parents[label] as usize == label;
            if is_root && (stats.on_border || criteria.meets(&stats.found)) {
                position[label] = Some(components.len());
                components.push(Component {
                    change: stats.change,
                    cells: stats.cells,
                    first: stats.first,
                    row_sum: stats.row_sum,
                    col_sum: stats.col_sum,
                    found: stats.found,
                    sums: ByNumber::default(),
                    contacts: ByNumber::default(),
                    runs: Vec::new(),
                    footprint: Footprint::default(),
                    history: History::default(),
                });
            }
        }
        if self.epochs > 0 {
            for label in 0..self.parents.len() {
                if let Some(index) = position[find(&mut self.parents, label as u32) as usize] {
                    let epochs = self.histories[label * self.epochs..(label + 1) * self.epochs].to_vec();
                    components[index].history.add(&History { new_cells: self.new_cells[label], epochs });
                }
            }
        }
        // Neighbouring specks mostly lie in one place: their sums are put together before the tally is looked up.
        let mut specks = [(0, Sums::default()); 2];
        for entry in &self.entries {
            let root = find(&mut self.parents, entry.label) as usize;
            if let Some(index) = position[root] {
                components[index].sums.at(entry.place).add(entry.sums.sums(true));
                continue;
            }
            let sums = entry.sums.sums(false);
            let change = self.stats[root].change;
            let (place, gathered) = &mut specks[change as usize];
            if *place == entry.place {
                gathered.add(sums);
            } else {
                tally.add(Bin { interval, change, place: *place }, *gathered);
                (*place, *gathered) = (entry.place, sums);
            }
        }
        for (change, (place, gathered)) in [Change::Cut, Change::Fill].into_iter().zip(specks) {
            tally.add(Bin { interval, change, place }, gathered);
        }
        for (label, key, sums) in &self.feet {
            if let Some(index) = position[find(&mut self.parents, *label) as usize] {
                let FootKey { place, ends, block_row, block_col } = *key;
                components[index].footprint.part((place, ends), side).add((block_row, block_col), *sums);
            }
        }
        for (label, key, sums) in &self.boundary {
            if let Some(index) = position[find(&mut self.parents, *label) as usize] {
                components[index].footprint.boundary.push((*key, *sums));
            }
        }
        for component in &mut components {
            component.footprint.settle();
        }
        for (label, face, length) in &self.contacts {
            if let Some(index) = position[find(&mut self.parents, *label) as usize] {
                *components[index].contacts.at(*face) += i128::from(*length);
            }
        }
        let mut border = Vec::new();
        for at in 0..self.runs.len() {
            let (run, label) = self.runs[at];
            if let Some(index) = position[find(&mut self.parents, label) as usize] {
                components[index].runs.push(run);
                self.row = run.row;
                if self.touches_border(run.start, run.end) {
                    border.push(BorderRun { run, component: index as u32 });
                }
            }
        }
        WindowLabels { components, border }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Tally;

    /// Labels a picture: `#` cut, `+` fill, anything else nothing.
    fn label(picture: &[&str], connectivity: Connectivity) -> Vec<(Change, u64)> {
        let window = Window { row: 0, col: 0, rows: picture.len(), cols: picture[0].len() };
        let mut labeller = Labeller::new(window, connectivity, 0);
        labeller.start(window);
        let found = Found::default();
        for (row, line) in picture.iter().enumerate() {
            labeller.start_row(row as u32);
            let cells = line.as_bytes();
            let mut col = 0;
            while col < cells.len() {
                let end = col + cells[col..].iter().take_while(|cell| **cell == cells[col]).count();
                match cells[col] {
                    b'#' => drop(labeller.add_run(col as u32, end as u32, Change::Cut, &found)),
                    b'+' => drop(labeller.add_run(col as u32, end as u32, Change::Fill, &found)),
                    _ => {}
                }
                col = end;
            }
        }
        let criteria = Criteria { cells: 0, depth_m: 0.0, strength: 0.0 };
        let labels = labeller.finish(0, criteria, 1, &mut Tally::default());
        labels.components.iter().map(|component| (component.change, component.cells)).collect()
    }

    #[test]
    fn arms_that_meet_further_down_are_one_component() {
        assert_eq!(label(&["#.#.#", "#.###", "###.."], Connectivity::Four), [(Change::Cut, 10)]);
    }

    #[test]
    fn a_corner_joins_only_with_eight_neighbours() {
        assert_eq!(label(&["#..", ".#.", "..#"], Connectivity::Eight), [(Change::Cut, 3)]);
        assert_eq!(label(&["#..", ".#.", "..#"], Connectivity::Four).len(), 3);
    }

    #[test]
    fn cut_and_fill_never_join() {
        assert_eq!(label(&["##++"], Connectivity::Eight), [(Change::Cut, 2), (Change::Fill, 2)]);
    }
}
