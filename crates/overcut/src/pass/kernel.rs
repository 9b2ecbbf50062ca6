//! One window: difference, threshold, faces, columns and labels, row by row.

use super::{
    band::{Band, end_of},
    bins::BinTable,
    lanes::{CHUNK, Slots},
    line::{Line, RowRun},
    rows::RowBuffers,
    seams::Slab,
    sums::PlaceSums,
};
use crate::{
    assessment::{Change, Connectivity},
    columns::{Cuts, Ground, Splitter},
    coverage::{Contact, ContactSide, FaceRow, Piece, Segment},
    grid::Window,
    patches::{
        Criteria,
        labels::{Labeller, WindowLabels},
    },
    tally::{Sum, Sums, Tally, Totals, quanta},
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

/// Does windows, one after another; its working space is kept from one to the next.
pub(crate) struct Kernel<'a> {
    setting: &'a Setting,
    intervals: Vec<IntervalWork>,
}

impl<'a> Kernel<'a> {
    pub(crate) fn new(setting: &'a Setting) -> Self {
        let intervals = (0..setting.pairs.len()).map(|index| IntervalWork::new(setting, index)).collect();
        Self { setting, intervals }
    }

    /// Does one window. `slab` holds the heights of the window and of one cell around it, where the grid has one.
    pub(crate) fn process(&mut self, window: Window, slab: &Slab, band: &Band) -> WindowResult {
        let setting = self.setting;
        let mut buffers = RowBuffers::new(slab, window);
        let above = window.row.checked_sub(1);
        if let Some(row) = above {
            buffers.load(row);
        }
        for work in &mut self.intervals {
            work.start(setting, window);
            if let Some(row) = above {
                work.advance(setting, &buffers, row);
            }
        }
        buffers.load(window.row);
        for work in &mut self.intervals {
            work.advance(setting, &buffers, window.row);
        }
        let faces = band.of(window);
        for row in window.row..window.row_end() {
            buffers.load(row + 1);
            let face_row = faces.row(row);
            for work in &mut self.intervals {
                work.row(setting, &buffers, row, &face_row);
            }
        }
        let tally = Tally::default();
        let mut result = WindowResult { window, tally, totals: Vec::new(), labels: Vec::new(), cells: Vec::new() };
        for work in &mut self.intervals {
            work.sums.empty_into(work.index, &mut result.tally);
            result.totals.push(work.totals);
            result.labels.push(work.labeller.finish(work.index, setting.criteria, &mut result.tally));
            result.cells.extend(work.cells.take());
        }
        result
    }
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
    slots: Slots,
    layers: Vec<(Ground, Ground)>,
    /// Pieces of the column in work: place within the face, and height x share in quanta.
    pieces: Vec<(usize, i64)>,
    /// Sums of the window, of what is in no run.
    sums: PlaceSums,
    /// Sums of a stretch by place and change, of what is in no run.
    scattered: Vec<[Sums; 2]>,
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
    fn new(setting: &Setting, index: usize) -> Self {
        let window = setting.grid_window;
        Self {
            index: index as u16,
            pair: setting.pairs[index],
            window,
            line: Line::default(),
            runs: Vec::new(),
            labeller: Labeller::new(setting.grid_window, setting.connectivity),
            totals: Totals::default(),
            splitter: Splitter::default(),
            slots: Slots::default(),
            layers: Vec::new(),
            pieces: Vec::new(),
            sums: PlaceSums::new(setting.bins.len()),
            scattered: Vec::new(),
            cells: None,
        }
    }

    /// Begins a window.
    fn start(&mut self, setting: &Setting, window: Window) {
        self.window = window;
        self.line.start(window.cols);
        self.labeller.start(window);
        self.totals = Totals::default();
        self.cells = (!setting.codes.is_empty()).then(|| Cells {
            dod_m: Vec::with_capacity(window.cells()),
            class: vec![0; window.cells()],
            standing: Vec::with_capacity(window.cells()),
        });
    }

    /// Goes on by a row, of which `below` is the next.
    fn advance(&mut self, setting: &Setting, buffers: &RowBuffers<'_>, below: usize) {
        let Pair { earlier, later, lod_m } = self.pair;
        let alone = setting.criteria.min_cells > 1;
        self.line.advance(buffers.row(earlier, below), buffers.row(later, below), lod_m, alone);
    }

    fn row(&mut self, setting: &Setting, buffers: &RowBuffers<'_>, row: usize, faces: &FaceRow<'_>) {
        self.advance(setting, buffers, row + 1);
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
        let mut next_run = 0;
        let first = faces.segments.partition_point(|segment| end_of(segment) <= start);
        for segment in &faces.segments[first..] {
            match *segment {
                Segment::Run { start: from, .. } if from >= end => break,
                Segment::Mixed { col, .. } if col >= end => break,
                Segment::Run { start: from, end: to, face } => {
                    let place = Place { setting, buffers, row, face };
                    self.stretch(&place, from.max(start), to.min(end), &mut next_run);
                }
                Segment::Mixed { col, first, count } => {
                    let pieces = &faces.pieces[first as usize..(first + count) as usize];
                    let place = Place { setting, buffers, row, face: 0 };
                    self.mixed(&place, col, pieces, &mut next_run);
                }
            }
        }
        let first = faces.contacts.partition_point(|contact| contact.col < start);
        for contact in faces.contacts[first..].iter().take_while(|contact| contact.col < end) {
            self.contact(contact);
        }
    }

    /// Cells `start..end`, all of one face.
    fn stretch(&mut self, place: &Place<'_>, start: u32, end: u32, next_run: &mut usize) {
        let (layers, levels_m) = (place.setting.layers.len(), place.setting.bins.levels_m(place.face));
        self.scattered.clear();
        self.scattered.resize((levels_m.len() + 1) * (layers + 1), [Sums::default(); 2]);
        let mut at = start;
        while at < end {
            let to = (at + CHUNK as u32).min(end);
            if layers > 0 {
                (at..to).for_each(|col| self.alone(place, col, next_run));
            } else if levels_m.is_empty() {
                self.together(place, 0, at, to, next_run);
            } else {
                self.sorted(place, at, to, next_run);
            }
            at = to;
        }
        for local in 0..self.scattered.len() {
            for (change, sums) in [Change::Cut, Change::Fill].into_iter().zip(self.scattered[local]) {
                self.sums.add(place.setting.bins.place(place.face, local), change, sums);
            }
        }
    }

    /// Cells `start..end` (at most [`CHUNK`]) of one face, as many together as lie in one place.
    fn sorted(&mut self, place: &Place<'_>, start: u32, end: u32, next_run: &mut usize) {
        let (from, to) = (self.offset(start), self.offset(end));
        let around = [self.pair.earlier, self.pair.later]
            .map(|surface| place.buffers.around(surface, place.row).map(|row| &row[from - 1..=to]));
        let mut finder = std::mem::take(&mut self.slots);
        let slots = finder.find(around, place.setting.bins.levels_m(place.face));
        let mut at = start;
        for same in slots.chunk_by(|a, b| a == b) {
            let to = at + same.len() as u32;
            match usize::try_from(same[0]) {
                Ok(slot) => self.together(place, slot, at, to, next_run),
                Err(_) => (at..to).for_each(|col| self.alone(place, col, next_run)),
            }
            at = to;
        }
        self.slots = finder;
    }

    /// Cells `start..end` (at most [`CHUNK`]) of one face whose columns all lie in one place.
    fn together(&mut self, place: &Place<'_>, local: usize, start: u32, end: u32, next_run: &mut usize) {
        let (from, to) = (self.offset(start), self.offset(end));
        let one = quanta(1.0);
        let [uncertain, certain] = self.line.scattered(from, to).map(|moved| {
            let sum = |height: i64, cells: i64| Sum { height: height.into(), share: (cells * one).into() };
            [sum(moved.removed, moved.cells_removed), sum(moved.added, moved.cells_added)]
        });
        for (change, sums) in self.scattered[local].iter_mut().enumerate() {
            sums.add(Sums { certain: certain[change], not_excludable: uncertain[change] });
        }
        let bin = place.setting.bins.place(place.face, local);
        let mut at = start;
        while at < end
            && let Some(run) = self.run_from(at, next_run)
            && run.start < end
        {
            at = run.end.min(end);
            let (height, cells) = self.line.certain(self.offset(run.start.max(start)), self.offset(at));
            self.labeller.add_sums(run.label, bin, height, cells * one);
        }
        if self.cells.is_some() {
            (from..to).for_each(|at| self.note_class(place, at, local));
        }
    }

    /// A cell of one face whose column may be cut.
    fn alone(&mut self, place: &Place<'_>, col: u32, next_run: &mut usize) {
        let at = self.offset(col);
        let (whole, share) = (self.line.quanta[at], quanta(1.0));
        let change = if whole < 0 { Change::Cut } else { Change::Fill };
        let label = self.label_at(col, next_run);
        self.column(place, at, 1.0, whole.abs());
        for (local, height) in &self.pieces {
            if let Some(label) = label {
                self.labeller.add_sums(label, place.setting.bins.place(place.face, *local), *height, share);
            } else {
                self.scattered[*local][change as usize].add(self.line.in_no_run(at, *height, share));
            }
        }
        self.note_class(place, at, self.most());
    }

    /// The first run that ends beyond a column.
    fn run_from(&self, col: u32, next_run: &mut usize) -> Option<RowRun> {
        while self.runs.get(*next_run).is_some_and(|run| run.end <= col) {
            *next_run += 1;
        }
        self.runs.get(*next_run).copied()
    }

    /// The label of the run in which a cell lies.
    fn label_at(&self, col: u32, next_run: &mut usize) -> Option<u32> {
        self.run_from(col, next_run).filter(|run| run.start <= col).map(|run| run.label)
    }

    fn offset(&self, col: u32) -> usize {
        col as usize - self.window.col + 1
    }

    /// Splits the column of a cell, of which `share` is in the face, into `self.pieces`: those that are not empty.
    fn column(&mut self, place: &Place<'_>, at: usize, share: f64, whole: i64) {
        self.pieces.clear();
        if whole == 0 {
            return;
        }
        let (setting, buffers) = (place.setting, place.buffers);
        if setting.layers.is_empty() && setting.bins.levels_m(place.face).is_empty() {
            self.pieces.push((0, whole));
            return;
        }
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
    fn mixed(&mut self, place: &Place<'_>, col: u32, pieces: &[Piece], next_run: &mut usize) {
        let at = self.offset(col);
        let change = if self.line.quanta[at] < 0 { Change::Cut } else { Change::Fill };
        let height_m = if self.line.quanta[at] == 0 { 0.0 } else { self.line.dod_m[at].abs() };
        let label = self.label_at(col, next_run);
        let mut largest = 0.0;
        for piece in pieces {
            let place = Place { face: piece.face, ..*place };
            self.column(&place, at, piece.fraction, quanta(height_m * piece.fraction));
            let share = quanta(piece.fraction);
            for (local, height) in &self.pieces {
                let bin = place.setting.bins.place(piece.face, *local);
                if let Some(label) = label {
                    self.labeller.add_sums(label, bin, *height, share);
                } else {
                    self.sums.add(bin, change, self.line.in_no_run(at, *height, share));
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
        if let Some(run) = self.runs.get(index).filter(|run| run.start <= contact.col) {
            self.labeller.add_contact(run.label, contact.face, quanta(contact.length_m));
        }
    }
}
