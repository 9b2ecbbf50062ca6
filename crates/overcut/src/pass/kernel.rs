//! One window: difference, threshold, faces, columns and labels, row by row.

use super::{
    bins::BinTable,
    line::{Line, RowRun},
    rows::RowBuffers,
    seams::Slab,
};
use crate::{
    assessment::{Change, Connectivity},
    columns::{Cuts, Ground, Splitter},
    coverage::{Contact, ContactSide, FaceRow, Piece, RowFaces, Segment},
    grid::Window,
    patches::{
        Criteria,
        labels::{Labeller, WindowLabels, certain},
    },
    tally::{Bin, Sum, Sums, Tally, Totals, quanta},
};

/// Two surfaces to compare.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) earlier: usize,
    pub(crate) later: usize,
    pub(crate) lod_m: f64,
}

/// Roof or floor of a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    Level(f64),
    /// Position among the surfaces of a slab.
    Surface(usize),
}

/// What stays the same over the whole pass.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) grid_window: Window,
    pub(crate) pairs: Vec<Pair>,
    /// Floor and roof.
    pub(crate) layers: Vec<(Bound, Bound)>,
    pub(crate) bins: BinTable,
    /// Class code by interval and place, for rasters; empty where none are wanted.
    pub(crate) codes: Vec<Vec<u8>>,
    pub(crate) connectivity: Connectivity,
    pub(crate) criteria: Criteria,
}

/// Cells of one interval for rasters.
#[derive(Debug)]
pub(crate) struct Cells {
    pub(crate) dod_m: Vec<f32>,
    pub(crate) class: Vec<u8>,
    pub(crate) standing: Vec<u8>,
}

/// What a window gives.
#[derive(Debug)]
pub(crate) struct WindowResult {
    pub(crate) window: Window,
    pub(crate) tally: Tally,
    /// By interval.
    pub(crate) totals: Vec<Totals>,
    pub(crate) labels: Vec<WindowLabels>,
    pub(crate) cells: Vec<Cells>,
}

/// Does one window. `slab` holds the heights of the window and of one cell around it, where the grid has one.
pub(crate) fn process(setting: &Setting, window: Window, slab: &Slab, faces: &RowFaces) -> WindowResult {
    let mut tally = Tally::default();
    let mut buffers = RowBuffers::new(slab, window);
    let mut intervals: Vec<IntervalWork> =
        (0..setting.pairs.len()).map(|index| IntervalWork::new(setting, index, window)).collect();
    if let Some(above) = window.row.checked_sub(1) {
        buffers.load(above);
        for work in &mut intervals {
            work.line.compare(
                buffers.row(work.pair.earlier, above),
                buffers.row(work.pair.later, above),
                work.pair.lod_m,
            );
        }
    }
    buffers.load(window.row);
    for row in window.row..window.row_end() {
        buffers.load(row + 1);
        let face_row = faces.row(row);
        for work in &mut intervals {
            work.row(setting, &buffers, row, &face_row, &mut tally);
        }
    }
    let mut result = WindowResult { window, tally, totals: Vec::new(), labels: Vec::new(), cells: Vec::new() };
    for (index, work) in intervals.into_iter().enumerate() {
        result.totals.push(work.totals);
        result.labels.push(work.labeller.finish(index as u16, setting.criteria, &mut result.tally));
        result.cells.extend(work.cells);
    }
    result
}

/// One interval of one window.
struct IntervalWork {
    index: u16,
    pair: Pair,
    window: Window,
    line: Line,
    runs: Vec<RowRun>,
    labeller: Labeller,
    totals: Totals,
    splitter: Splitter,
    layers: Vec<(Ground, Ground)>,
    /// Pieces of the column in work: place within the face, and height x share in quanta.
    pieces: Vec<(usize, i64)>,
    /// Sums of a stretch by place and change: of what is not excludable, and of one run beyond the level of detection.
    noise: Vec<[Sum; 2]>,
    patch: Vec<[Sum; 2]>,
    cells: Option<Cells>,
}

/// Where a stretch of cells lies.
#[derive(Clone, Copy)]
struct Place<'a> {
    setting: &'a Setting,
    buffers: &'a RowBuffers<'a>,
    row: usize,
    face: u32,
}

impl IntervalWork {
    fn new(setting: &Setting, index: usize, window: Window) -> Self {
        let cells = (!setting.codes.is_empty()).then(|| Cells {
            dod_m: Vec::with_capacity(window.cells()),
            class: vec![0; window.cells()],
            standing: Vec::with_capacity(window.cells()),
        });
        Self {
            index: index as u16,
            pair: setting.pairs[index],
            window,
            line: Line::new(window.cols),
            runs: Vec::new(),
            labeller: Labeller::new(window, setting.grid_window, setting.connectivity),
            totals: Totals::default(),
            splitter: Splitter::default(),
            layers: Vec::new(),
            pieces: Vec::new(),
            noise: Vec::new(),
            patch: Vec::new(),
            cells,
        }
    }

    fn row(&mut self, setting: &Setting, buffers: &RowBuffers<'_>, row: usize, faces: &FaceRow<'_>, tally: &mut Tally) {
        let Pair { earlier, later, lod_m } = self.pair;
        self.line.compare(buffers.row(earlier, row), buffers.row(later, row), lod_m);
        self.line.add_totals(&mut self.totals);
        self.labeller.start_row(row as u32);
        self.line.runs(self.window.col as u32, &mut self.runs);
        for run in &mut self.runs {
            run.label = self.labeller.add_run(run.start, run.end, run.change, run.max_depth_m);
        }
        if let Some(cells) = &mut self.cells {
            self.line.write(&mut cells.dod_m, &mut cells.standing);
        }
        let (start, end) = (self.window.col as u32, self.window.col_end() as u32);
        let first = faces.segments.partition_point(|segment| end_of(segment) <= start);
        let mut next_run = 0;
        for segment in &faces.segments[first..] {
            match *segment {
                Segment::Run { start: from, .. } if from >= end => break,
                Segment::Mixed { col, .. } if col >= end => break,
                Segment::Run { start: from, end: to, face } => {
                    let place = Place { setting, buffers, row, face };
                    self.stretch(&place, from.max(start), to.min(end), &mut next_run, tally);
                }
                Segment::Mixed { col, first, count } => {
                    let pieces = &faces.pieces[first as usize..(first + count) as usize];
                    let place = Place { setting, buffers, row, face: 0 };
                    self.mixed(&place, col, pieces, &mut next_run, tally);
                }
            }
        }
        let first = faces.contacts.partition_point(|contact| contact.col < start);
        for contact in faces.contacts[first..].iter().take_while(|contact| contact.col < end) {
            self.contact(contact);
        }
    }

    /// Cells `start..end`, all of one face.
    fn stretch(&mut self, place: &Place<'_>, start: u32, end: u32, next_run: &mut usize, tally: &mut Tally) {
        let bins = &place.setting.bins;
        let places = (bins.levels_m(place.face).len() + 1) * (place.setting.layers.len() + 1);
        let single = self.single_place(place, start, end);
        let (mut noise, mut patch) = (std::mem::take(&mut self.noise), std::mem::take(&mut self.patch));
        reset(&mut noise, places);
        let mut at = start;
        while at < end {
            let run = self.run_from(at, next_run).filter(|run| run.start < end);
            let gap_end = run.map_or(end, |run| run.start.max(at));
            self.add_cells(place, at, gap_end, single, &mut noise);
            at = gap_end;
            if let Some(run) = run {
                reset(&mut patch, places);
                at = run.end.min(end);
                self.add_cells(place, gap_end, at, single, &mut patch);
                for (local, sums) in patch.iter().enumerate() {
                    let sum = sums[run.change as usize];
                    if sum != Sum::default() {
                        self.labeller.add_sums(run.label, bins.place(place.face, local), certain(sum));
                    }
                }
            }
        }
        for (local, sums) in noise.iter().enumerate() {
            for (change, sum) in [Change::Cut, Change::Fill].into_iter().zip(*sums) {
                self.add_noise(tally, change, bins.place(place.face, local), sum);
            }
        }
        (self.noise, self.patch) = (noise, patch);
    }

    /// The first run that ends beyond a column.
    fn run_from(&self, col: u32, next_run: &mut usize) -> Option<RowRun> {
        while self.runs.get(*next_run).is_some_and(|run| run.end <= col) {
            *next_run += 1;
        }
        self.runs.get(*next_run).copied()
    }

    fn add_noise(&self, tally: &mut Tally, change: Change, place: u32, sum: Sum) {
        if sum != Sum::default() {
            let bin = Bin { interval: self.index, change, place };
            tally.add(bin, Sums { certain: Sum::default(), not_excludable: sum });
        }
    }

    /// The one place in which all columns of a stretch lie, where that can be told from the heights around it.
    fn single_place(&self, place: &Place<'_>, start: u32, end: u32) -> Option<usize> {
        if !place.setting.layers.is_empty() {
            return None;
        }
        let levels_m = place.setting.bins.levels_m(place.face);
        if levels_m.is_empty() {
            return Some(0);
        }
        let (from, to) = (self.offset(start), self.offset(end));
        let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
        for surface in [self.pair.earlier, self.pair.later] {
            for heights in place.buffers.around(surface, place.row) {
                for height in &heights[from - 1..=to] {
                    lowest = lowest.min(*height);
                    highest = highest.max(*height);
                }
            }
        }
        if lowest > highest {
            return Some(0); // no data at all
        }
        // The ground in a cell rises by at most half the difference to a neighbour in either direction: see `rise`.
        let reach = highest - lowest;
        let slot = levels_m.partition_point(|level| *level <= lowest - reach);
        let clear = levels_m.get(slot).is_none_or(|level| *level >= highest + reach);
        clear.then_some(slot)
    }

    fn offset(&self, col: u32) -> usize {
        col as usize - self.window.col + 1
    }

    /// Adds the columns of cells `start..end` of one face to `sums`.
    fn add_cells(&mut self, place: &Place<'_>, start: u32, end: u32, single: Option<usize>, sums: &mut [[Sum; 2]]) {
        let (from, to) = (self.offset(start), self.offset(end));
        if let Some(local) = single {
            self.line.add_whole(from, to, &mut sums[local]);
            if self.cells.is_some() {
                (from..to).for_each(|at| self.note_class(place, at, local));
            }
            return;
        }
        let share = i128::from(quanta(1.0));
        for at in from..to {
            let whole = self.line.quanta[at];
            let change = if whole < 0 { Change::Cut } else { Change::Fill };
            self.column(place, at, 1.0, whole.abs());
            for (local, height) in &self.pieces {
                sums[*local][change as usize].add(Sum { height: i128::from(*height), share });
            }
            self.note_class(place, at, self.most());
        }
    }

    /// Splits the column of a cell, of which `share` is in the face, into `self.pieces`: those that are not empty.
    fn column(&mut self, place: &Place<'_>, at: usize, share: f64, whole: i64) {
        self.pieces.clear();
        if whole == 0 {
            return;
        }
        let (setting, buffers) = (place.setting, place.buffers);
        let earlier = buffers.ground(self.pair.earlier, place.row, at);
        let later = buffers.ground(self.pair.later, place.row, at);
        let (low, high) = if earlier.centre_m <= later.centre_m { (earlier, later) } else { (later, earlier) };
        self.layers.clear();
        for (floor, roof) in &setting.layers {
            let ground = |bound: &Bound| match *bound {
                Bound::Level(level) => Ground::level(level),
                Bound::Surface(surface) => buffers.ground(surface, place.row, at),
            };
            self.layers.push((ground(floor), ground(roof)));
        }
        let cuts = Cuts { levels_m: setting.bins.levels_m(place.face), layers: &self.layers };
        if let Some(local) = cuts.single_place(&low, &high) {
            self.pieces.push((local, whole));
        } else {
            let parts = self.splitter.split_quanta(low, high, &cuts, share, whole);
            self.pieces.extend(parts.iter().copied().enumerate().filter(|(_, part)| *part > 0));
        }
    }

    /// The place of the largest piece.
    fn most(&self) -> usize {
        self.pieces.iter().max_by_key(|(local, part)| (*part, std::cmp::Reverse(*local))).map_or(0, |(local, _)| *local)
    }

    /// Notes the class of a cell for the raster, if one is wanted.
    fn note_class(&mut self, place: &Place<'_>, at: usize, local: usize) {
        if let Some(cells) = &mut self.cells {
            let code = place.setting.codes[self.index as usize][place.setting.bins.place(place.face, local) as usize];
            cells.class[(place.row - self.window.row) * self.window.cols + at - 1] = self.line.class(at, code);
        }
    }

    /// A cell that several faces share.
    fn mixed(&mut self, place: &Place<'_>, col: u32, pieces: &[Piece], next_run: &mut usize, tally: &mut Tally) {
        let at = self.offset(col);
        let change = if self.line.quanta[at] < 0 { Change::Cut } else { Change::Fill };
        let height_m = if self.line.quanta[at] == 0 { 0.0 } else { self.line.dod_m[at].abs() };
        let label = self.run_from(col, next_run).filter(|run| run.start <= col).map(|run| run.label);
        let mut largest = 0.0;
        for piece in pieces {
            let place = Place { face: piece.face, ..*place };
            self.column(&place, at, piece.fraction, quanta(height_m * piece.fraction));
            let share = i128::from(quanta(piece.fraction));
            for index in 0..self.pieces.len() {
                let (local, height) = self.pieces[index];
                let (sum, bin) =
                    (Sum { height: i128::from(height), share }, place.setting.bins.place(piece.face, local));
                match label {
                    Some(label) => self.labeller.add_sums(label, bin, certain(sum)),
                    None => self.add_noise(tally, change, bin, sum),
                }
            }
            if piece.fraction > largest {
                largest = piece.fraction;
                self.note_class(&place, at, self.most());
            }
        }
    }

    /// Boundary with the outside: counts for a patch where the ground on both sides of it is in the patch.
    fn contact(&mut self, contact: &Contact) {
        let at = self.offset(contact.col);
        let state = self.line.state[at];
        let both = match contact.side {
            ContactSide::Inside => true,
            ContactSide::West => self.line.state[at - 1] == state,
            ContactSide::North => self.line.state_above[at] == state,
        };
        if state == 0 || !both {
            return;
        }
        let index = self.runs.partition_point(|run| run.end <= contact.col);
        if let Some(run) = self.runs.get(index) {
            self.labeller.add_contact(run.label, contact.face, quanta(contact.length_m));
        }
    }
}

/// First column beyond a segment.
fn end_of(segment: &Segment) -> u32 {
    match *segment {
        Segment::Run { end, .. } => end,
        Segment::Mixed { col, .. } => col + 1,
    }
}

fn reset(sums: &mut Vec<[Sum; 2]>, places: usize) {
    sums.clear();
    sums.resize(places, [Sum::default(); 2]);
}
