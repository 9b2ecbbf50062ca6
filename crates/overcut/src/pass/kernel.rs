//! One window: difference, threshold, faces, columns and labels, row by row.

use std::ops::Range;

use super::{
    band::{Band, end_of},
    bins::BinTable,
    detector::Detector,
    lanes::{CHUNK, Slots},
    line::{Line, RowRun},
    rows::{Corrected, RowBuffers},
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
        footprint::{BoundarySums, Ends, FootKey, FootSums},
        labels::{Labeller, Summed, WindowLabels},
    },
    tally::{Sum, Sums, Tally, Totals, quanta},
};

/// Two surfaces to compare.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) earlier: usize,
    pub(crate) later: usize,
    pub(crate) detector: Detector,
    pub(crate) footing: Option<Footing>,
}

/// How footprints are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Footing {
    /// Rows and columns of a block.
    pub(crate) block: u32,
    /// Standard deviation of one difference, m, where the detector has none.
    pub(crate) sigma_m: f64,
    /// The surface whose place is uncertain.
    pub(crate) moved: usize,
    /// Width and height of a cell, m.
    pub(crate) cell_m: (f64, f64),
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
    /// By interval.
    pub(crate) criteria: Vec<Criteria>,
    /// Rows and columns of the blocks in which boundaries are gathered, if they are wanted.
    pub(crate) boundary_block: Option<u32>,
    /// By surface of a slab; shorter where the last ones have none.
    pub(crate) corrected: Vec<Option<Corrected>>,
}

impl Setting {
    /// Cells around a window whose corrected heights its kernel reads.
    fn halo(&self) -> usize {
        self.pairs.iter().map(|pair| pair.detector.halo()).max().unwrap_or(1)
    }

    /// Cells around a window of which the stored heights are needed.
    pub(crate) fn margin(&self) -> usize {
        self.halo() + self.corrected.iter().flatten().map(Corrected::reach).max().unwrap_or(0)
    }
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
        let (setting, halo) = (self.setting, self.setting.halo());
        let mut buffers = RowBuffers::new(slab, &setting.corrected, window, halo);
        for work in &mut self.intervals {
            work.start(setting, window, halo);
        }
        let faces = band.of(window);
        let (first, end, ahead) = (window.row as isize, window.row_end() as isize, halo as isize);
        for loaded in first - ahead..end + ahead {
            buffers.load(loaded);
            for work in &mut self.intervals {
                work.take(&buffers, loaded);
            }
            let row = loaded - ahead;
            // Of the row above the window, it is asked which cells are in areas.
            if row == first - 1 {
                self.intervals.iter_mut().for_each(|work| work.settle(setting, row));
            }
            let Some(row) = usize::try_from(row).ok().filter(|_| row >= first) else { continue };
            let face_row = faces.row(row);
            for work in &mut self.intervals {
                work.settle(setting, row as isize);
                work.row(setting, &buffers, row, &face_row);
            }
        }
        let tally = Tally::default();
        let mut result = WindowResult { window, tally, totals: Vec::new(), labels: Vec::new(), cells: Vec::new() };
        for work in &mut self.intervals {
            work.sums.empty_into(work.index, &mut result.tally);
            result.totals.push(work.totals);
            result.labels.push(work.labeller.finish(
                work.index,
                setting.criteria[work.index as usize],
                &mut result.tally,
            ));
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
    halo: usize,
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
            pair: setting.pairs[index].clone(),
            window,
            halo: 1,
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
    fn start(&mut self, setting: &Setting, window: Window, halo: usize) {
        self.window = window;
        self.halo = halo;
        self.line.start(window.cols, halo);
        self.labeller.start(window);
        self.totals = Totals::default();
        self.cells = (!setting.codes.is_empty()).then(|| Cells {
            dod_m: Vec::with_capacity(window.cells()),
            class: vec![0; window.cells()],
            standing: Vec::with_capacity(window.cells()),
        });
    }

    /// Takes a row that was loaded.
    fn take(&mut self, buffers: &RowBuffers<'_>, row: isize) {
        let Pair { earlier, later, detector, .. } = &self.pair;
        self.line.take(buffers, (*earlier, *later), row, detector);
    }

    /// Makes a row the one in work.
    fn settle(&mut self, setting: &Setting, row: isize) {
        let alone = setting.criteria[self.index as usize].cells > 1;
        self.line.settle(row, &self.pair.detector, alone);
    }

    fn row(&mut self, setting: &Setting, buffers: &RowBuffers<'_>, row: usize, faces: &FaceRow<'_>) {
        self.line.add_totals(&mut self.totals);
        self.labeller.start_row(row as u32);
        self.line.runs(self.window.col as u32, &self.pair.detector, &mut self.runs);
        for run in &mut self.runs {
            run.label = self.labeller.add_run(run.start, run.end, run.change, &run.found);
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
            self.contact(setting, buffers, row, contact);
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
            .map(|surface| place.buffers.around(surface, place.row as isize).map(|row| &row[from - 1..=to]));
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
            let measured = Sum::default();
            sums.add(Sums { certain: certain[change], not_excludable: uncertain[change], measured });
        }
        let bin = place.setting.bins.place(place.face, local);
        let mut at = start;
        while at < end
            && let Some(run) = self.run_from(at, next_run)
            && run.start < end
        {
            let first = run.start.max(start);
            at = run.end.min(end);
            let moves = self.line.moves(self.offset(first), self.offset(at), run.change);
            let in_quanta = |(height, cells): (i64, i64)| (height, cells * one);
            let [certain, not_excludable, measured] = [moves.certain, moves.uncertain, moves.measured()].map(in_quanta);
            self.labeller.add_sums(run.label, bin, Summed { certain, not_excludable, measured });
            let sum = |(height, cells): (i64, i64)| Sum { height: height.into(), share: (cells * one).into() };
            self.scattered[local][1 - run.change as usize].add(Sums {
                certain: sum(moves.against_certain),
                not_excludable: sum(moves.against),
                measured: Sum::default(),
            });
            if let Some(footing) = self.pair.footing {
                self.foot_of_stretch(place, &footing, run.label, bin, first..at);
            }
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
        let run = self.run_at(col, next_run);
        self.column(place, at, 1.0, whole.abs());
        for index in 0..self.pieces.len() {
            let (local, height) = self.pieces[index];
            let bin = place.setting.bins.place(place.face, local);
            if let Some(sums) = self.in_run(run, bin, at, height, share) {
                self.scattered[local][change as usize].add(sums);
            }
        }
        self.foot_of_cell(place, run, at, 1.0);
        self.note_class(place, at, self.most());
    }

    /// Adds a piece to the run in which it lies; gives what is counted apart from it, if anything is.
    fn in_run(&mut self, run: Option<RowRun>, bin: u32, at: usize, height: i64, share: i64) -> Option<Sums> {
        let Some(run) = run else { return Some(self.line.unmeasured(at, height, share)) };
        if self.line.moved_with(at, run.change) {
            let nothing = (0, 0);
            let (certain, not_excludable) =
                if self.line.is_certain(at) { ((height, share), nothing) } else { (nothing, (height, share)) };
            self.labeller.add_sums(run.label, bin, Summed { certain, not_excludable, measured: (height, share) });
            None
        } else {
            self.labeller.add_sums(run.label, bin, Summed { measured: (-height, -share), ..Summed::default() });
            Some(self.line.unmeasured(at, height, share))
        }
    }

    /// The first run that ends beyond a column.
    fn run_from(&self, col: u32, next_run: &mut usize) -> Option<RowRun> {
        while self.runs.get(*next_run).is_some_and(|run| run.end <= col) {
            *next_run += 1;
        }
        self.runs.get(*next_run).copied()
    }

    /// The run in which a cell lies.
    fn run_at(&self, col: u32, next_run: &mut usize) -> Option<RowRun> {
        self.run_from(col, next_run).filter(|run| run.start <= col)
    }

    fn offset(&self, col: u32) -> usize {
        col as usize - self.window.col + self.halo
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
        let earlier = buffers.ground(self.pair.earlier, place.row as isize, at);
        let later = buffers.ground(self.pair.later, place.row as isize, at);
        let (low, high) = if earlier.centre_m <= later.centre_m { (earlier, later) } else { (later, earlier) };
        self.bound_layers(place, at);
        let cuts = Cuts { levels_m: setting.bins.levels_m(place.face), layers: &self.layers };
        if let Some(local) = cuts.single_place(&low, &high) {
            self.pieces.push((local, whole));
        } else {
            let parts = self.splitter.split_quanta(low, high, &cuts, share, whole);
            self.pieces.extend(parts.iter().copied().enumerate().filter(|(_, part)| *part > 0));
        }
    }

    /// Floors and roofs of the layers in a cell.
    fn bound_layers(&mut self, place: &Place<'_>, at: usize) {
        self.layers.clear();
        for (floor, roof) in &place.setting.layers {
            let ground = |bound: &Bound| match *bound {
                Bound::Level(level) => Ground::level(level),
                Bound::Surface(surface) => place.buffers.ground(surface, place.row as isize, at),
            };
            self.layers.push((ground(floor), ground(roof)));
        }
    }

    /// Adds cells of one place to the footprint of a label.
    fn foot_of_stretch(&mut self, place: &Place<'_>, footing: &Footing, label: u32, bin: u32, cols: Range<u32>) {
        let mut at = cols.start;
        while at < cols.end {
            let block_col = at / footing.block;
            let end = cols.end.min((block_col + 1) * footing.block);
            let mut sums = FootSums::default();
            for col in at..end {
                if let Some(cell) = self.foot(place, footing, self.offset(col), 1.0) {
                    sums.add(&cell);
                }
            }
            let block_row = place.row as u32 / footing.block;
            self.labeller.add_foot(label, FootKey { place: bin, ends: Ends::Both, block_row, block_col }, sums);
            at = end;
        }
    }

    /// Adds a cell of which `share` is in a face to the footprint of a run, by the places in which its column ends.
    fn foot_of_cell(&mut self, place: &Place<'_>, run: Option<RowRun>, at: usize, share: f64) {
        let (Some(run), Some(footing)) = (run, self.pair.footing) else { return };
        let Some(sums) = self.foot(place, &footing, at, share) else { return };
        self.bound_layers(place, at);
        let cuts = Cuts { levels_m: place.setting.bins.levels_m(place.face), layers: &self.layers };
        let [earlier, later] = [self.pair.earlier, self.pair.later]
            .map(|surface| place.buffers.row(surface, place.row as isize)[at])
            .map(|height| place.setting.bins.place(place.face, cuts.place_at(height, 0.0, 0.0)));
        let block_row = place.row as u32 / footing.block;
        let block_col = (at - self.halo + self.window.col) as u32 / footing.block;
        let mut add = |place: u32, ends: Ends| {
            self.labeller.add_foot(run.label, FootKey { place, ends, block_row, block_col }, sums);
        };
        if earlier == later {
            add(later, Ends::Both);
        } else {
            add(later, Ends::Later);
            add(earlier, Ends::Earlier);
        }
    }

    /// What a cell adds to a footprint; nothing where there is no difference.
    fn foot(&self, place: &Place<'_>, footing: &Footing, at: usize, share: f64) -> Option<FootSums> {
        if self.line.dod_m()[at].is_nan() {
            return None;
        }
        let sigma_m = match self.pair.detector {
            Detector::Level { .. } => footing.sigma_m,
            Detector::Hysteresis(_) => self.line.sigma_m(at),
        };
        let [north, here, south] = place.buffers.around(footing.moved, place.row as isize);
        let (cell_width_m, cell_height_m) = footing.cell_m;
        let east = (here[at + 1] - here[at - 1]) / (2.0 * cell_width_m);
        let to_north = (north[at] - south[at]) / (2.0 * cell_height_m);
        let col = (at - self.halo + self.window.col) as u32 % footing.block;
        Some(FootSums::of_cell(share, sigma_m, (place.row as u32 % footing.block, col), (east, to_north)))
    }

    /// The place of the largest piece.
    fn most(&self) -> usize {
        self.pieces.iter().max_by_key(|(local, part)| (*part, std::cmp::Reverse(*local))).map_or(0, |(local, _)| *local)
    }

    /// Notes the class of a cell for the raster, if one is wanted.
    fn note_class(&mut self, place: &Place<'_>, at: usize, local: usize) {
        if let Some(cells) = &mut self.cells {
            let code = place.setting.codes[self.index as usize][place.setting.bins.place(place.face, local) as usize];
            cells.class[(place.row - self.window.row) * self.window.cols + at - self.halo] = self.line.class(at, code);
        }
    }

    /// A cell that several faces share.
    fn mixed(&mut self, place: &Place<'_>, col: u32, pieces: &[Piece], next_run: &mut usize) {
        let at = self.offset(col);
        let change = if self.line.quanta[at] < 0 { Change::Cut } else { Change::Fill };
        let height_m = if self.line.quanta[at] == 0 { 0.0 } else { self.line.dod_m()[at].abs() };
        let run = self.run_at(col, next_run);
        let mut largest = 0.0;
        for piece in pieces {
            let place = Place { face: piece.face, ..*place };
            self.column(&place, at, piece.fraction, quanta(height_m * piece.fraction));
            let share = quanta(piece.fraction);
            for index in 0..self.pieces.len() {
                let (local, height) = self.pieces[index];
                let bin = place.setting.bins.place(piece.face, local);
                if let Some(sums) = self.in_run(run, bin, at, height, share) {
                    self.sums.add(bin, change, sums);
                }
            }
            self.foot_of_cell(&place, run, at, piece.fraction);
            if piece.fraction > largest {
                largest = piece.fraction;
                self.note_class(&place, at, self.most());
            }
        }
    }

    /// Boundary with the outside: counts for a patch where the ground on both sides of it is in the patch.
    fn contact(&mut self, setting: &Setting, buffers: &RowBuffers<'_>, row: usize, contact: &Contact) {
        let at = self.offset(contact.col);
        let state = self.line.area[at];
        let both = match contact.side {
            ContactSide::Inside => true,
            ContactSide::West => self.line.area[at - 1] == state,
            ContactSide::North => self.line.area_above[at] == state,
        };
        if state == 0 || !both {
            return;
        }
        let index = self.runs.partition_point(|run| run.end <= contact.col);
        if let Some(run) = self.runs.get(index).filter(|run| run.start <= contact.col) {
            let label = run.label;
            self.labeller.add_contact(label, contact.face, quanta(contact.length_m));
            if let Some(block) = setting.boundary_block {
                let place = Place { setting, buffers, row, face: contact.face };
                let moved = quanta(self.line.dod_m()[at].abs() * contact.length_m);
                self.column(&place, at, contact.length_m, moved);
                for (local, moment) in &self.pieces {
                    let key = (setting.bins.place(contact.face, *local), row as u32 / block, contact.col / block);
                    self.labeller.add_boundary(label, key, BoundarySums::of_cell(*moment, row as u32, contact.col));
                }
            }
        }
    }
}
