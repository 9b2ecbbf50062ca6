//! One interval of one window: runs, faces, columns, row by row.

mod again;
mod column;
mod cut;
mod footing;

use std::ops::Range;

use self::column::ColumnPiece;
use super::{
    band::end_of,
    kernel::{Cells, Pair, Setting},
    lanes::CHUNK,
    line::{Line, RowRun},
    places::Places,
    rows::RowBuffers,
    series::SeriesRow,
    stack::Stack,
    sums::PlaceSums,
};
use crate::{
    assessment::Change,
    columns::{Ground, Seam, Splitter},
    coverage::{Contact, ContactSide, FaceRow, Piece, Segment},
    grid::Window,
    patches::{
        footprint::BoundarySums,
        history::EpochSums,
        labels::{Labeller, Summed, WindowLabels},
    },
    tally::{Sum, Sums, Tally, Totals, quanta},
};

/// One interval of one window.
pub(crate) struct IntervalWork {
    index: u16,
    pair: Pair,
    window: Window,
    halo: usize,
    line: Line,
    runs: Vec<RowRun>,
    labeller: Labeller,
    totals: Totals,
    splitter: Splitter,
    places: Places,
    stack: Stack,
    /// Positions of the cells whose columns are cut, in the row and among those whose places were found, and their lengths in quanta.
    cut: Vec<usize>,
    cut_picked: Vec<usize>,
    cut_wholes: Vec<i64>,
    /// Floors and roofs of a seam in them.
    bounds: [Vec<Ground>; 2],
    seams: Vec<Seam>,
    /// Pieces of the column in work.
    pieces: Vec<ColumnPiece>,
    /// Sums of the window, of what is in no run.
    sums: PlaceSums,
    /// Sums of a stretch by place and change, of what is in no run.
    scattered: Vec<[Sums; 2]>,
    /// Sums of a run by place, on the way to its label.
    gathered: Vec<Summed>,
    cells: Option<Cells>,
}

/// A row of an interval with all that its cells depend on.
#[derive(Clone, Copy)]
pub(crate) struct RowWork<'a> {
    pub(crate) setting: &'a Setting,
    pub(crate) buffers: &'a RowBuffers<'a>,
    pub(crate) series: &'a SeriesRow,
    pub(crate) row: usize,
    pub(crate) faces: &'a FaceRow<'a>,
    /// Zones of the plan by the parts of layers; `None` = one zone.
    pub(crate) zones: Option<&'a FaceRow<'a>>,
}

/// Cells whose places are found together where there are layers.
const LAYERED_CHUNK: usize = 128;

/// One face or zone that has a whole cell.
const WHOLE: [Piece; 1] = [Piece { face: 0, fraction: 1.0 }];

impl RowWork<'_> {
    /// The zones that share a cell.
    fn zones_at<'b>(&'b self, col: u32, one: &'b mut [Piece; 1]) -> &'b [Piece] {
        let Some(zones) = self.zones else { return one };
        let at = zones.segments.partition_point(|segment| end_of(segment) <= col);
        match zones.segments[at] {
            Segment::Run { face, .. } => {
                one[0].face = face;
                one
            }
            mixed @ Segment::Mixed { .. } => zones.pieces_of(mixed),
        }
    }
}

/// Where a stretch of cells lies.
#[derive(Clone, Copy)]
struct Place<'a> {
    work: &'a RowWork<'a>,
    face: u32,
    zone: u32,
}

impl Place<'_> {
    fn levels_m(&self) -> &[f64] {
        self.work.setting.bins.levels_m(self.face)
    }

    /// Whether anything can cut a column here.
    fn is_whole(&self) -> bool {
        self.levels_m().is_empty() && self.work.setting.layers.parts(self.zone).is_empty()
    }

    fn bin(&self, local: usize) -> u32 {
        self.work.setting.bins.place(self.face, local)
    }
}

impl IntervalWork {
    pub(crate) fn new(setting: &Setting, index: usize) -> Self {
        let window = setting.grid_window;
        Self {
            index: index as u16,
            pair: setting.pairs[index].clone(),
            window,
            halo: 1,
            line: Line::default(),
            runs: Vec::new(),
            labeller: Labeller::new(setting.grid_window, setting.connectivity, setting.epochs()),
            totals: Totals::default(),
            splitter: Splitter::default(),
            places: Places::default(),
            stack: Stack::default(),
            cut: Vec::new(),
            cut_picked: Vec::new(),
            cut_wholes: Vec::new(),
            bounds: Default::default(),
            seams: Vec::new(),
            pieces: Vec::new(),
            sums: PlaceSums::new(setting.bins.len()),
            scattered: Vec::new(),
            gathered: Vec::new(),
            cells: None,
        }
    }

    /// Begins a window.
    pub(crate) fn start(&mut self, setting: &Setting, window: Window, halo: usize) {
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
    pub(crate) fn take(&mut self, buffers: &RowBuffers<'_>, row: isize) {
        let Pair { earlier, later, detector, .. } = &self.pair;
        self.line.take(buffers, (*earlier, *later), row, detector);
    }

    /// Makes a row the one in work.
    pub(crate) fn settle(&mut self, setting: &Setting, row: isize) {
        let alone = setting.criteria[self.index as usize].cells > 1;
        self.line.settle(row, &self.pair.detector, alone);
    }

    /// The row in work.
    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    /// Its runs, by positions.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (Range<usize>, Change)> {
        self.runs.iter().map(|run| (self.offset(run.start)..self.offset(run.end), run.change))
    }

    pub(crate) fn row(&mut self, work: &RowWork<'_>) {
        self.line.add_totals(&mut self.totals);
        self.labeller.start_row(work.row as u32);
        self.line.runs(self.window.col as u32, &self.pair.detector, &mut self.runs);
        for run in &mut self.runs {
            run.label = self.labeller.add_run(run.start, run.end, run.change, &run.found);
        }
        if work.setting.epochs() > 0 {
            self.note_history(work);
        }
        if let Some(cells) = &mut self.cells {
            self.line.write(&mut cells.dod_m, &mut cells.standing);
        }
        let (start, end) = (self.window.col as u32, self.window.col_end() as u32);
        let mut next_run = 0;
        let faces = work.faces;
        let first = faces.segments.partition_point(|segment| end_of(segment) <= start);
        for segment in &faces.segments[first..] {
            match *segment {
                Segment::Run { start: from, .. } if from >= end => break,
                Segment::Mixed { col, .. } if col >= end => break,
                Segment::Run { start: from, end: to, face } => {
                    self.one_face(work, face, (from.max(start), to.min(end)), &mut next_run);
                }
                Segment::Mixed { col, .. } => self.mixed(work, col, faces.pieces_of(*segment), &mut next_run),
            }
        }
        let first = faces.contacts.partition_point(|contact| contact.col < start);
        for contact in faces.contacts[first..].iter().take_while(|contact| contact.col < end) {
            self.contact(work, contact);
        }
    }

    /// What every survey saw over the areas of this interval.
    fn note_history(&mut self, work: &RowWork<'_>) {
        for run in &self.runs {
            let (from, to) = (self.offset(run.start), self.offset(run.end));
            let new_cells = (from..to).filter(|at| !work.series.was_dug(*at)).count() as u64;
            self.labeller.add_new_cells(run.label, new_cells);
            let first = &work.buffers.row(0, work.row as isize)[from..to];
            for epoch in 0..work.setting.epochs() {
                let heights = &work.buffers.row(epoch, work.row as isize)[from..to];
                self.labeller.add_epoch(run.label, epoch, &EpochSums::of_cells(first, heights));
            }
        }
    }

    /// Cells `start..end`, all of one face.
    fn one_face(&mut self, work: &RowWork<'_>, face: u32, (start, end): (u32, u32), next_run: &mut usize) {
        let Some(zones) = work.zones else {
            return self.stretch(&Place { work, face, zone: 0 }, start, end, next_run);
        };
        let first = zones.segments.partition_point(|segment| end_of(segment) <= start);
        for segment in &zones.segments[first..] {
            match *segment {
                Segment::Run { start: from, .. } if from >= end => break,
                Segment::Mixed { col, .. } if col >= end => break,
                Segment::Run { start: from, end: to, face: zone } => {
                    self.stretch(&Place { work, face, zone }, from.max(start), to.min(end), next_run);
                }
                Segment::Mixed { col, .. } => self.mixed(work, col, &[Piece { face, fraction: 1.0 }], next_run),
            }
        }
    }

    /// Cells `start..end`, all of one face and zone.
    fn stretch(&mut self, place: &Place<'_>, start: u32, end: u32, next_run: &mut usize) {
        let layers = place.work.setting.layers.count;
        let places = (place.levels_m().len() + 1) * (layers + 1);
        self.scattered.clear();
        self.scattered.resize(places, [Sums::default(); 2]);
        self.gathered.resize(places, Summed::default());
        // With layers in shorter pieces, of which most are far from most layers.
        let step = if layers == 0 { CHUNK } else { LAYERED_CHUNK } as u32;
        let mut at = start;
        while at < end {
            let to = (at + step).min(end);
            if place.is_whole() {
                self.together(place, 0, at, to, next_run);
            } else {
                self.sorted(place, at, to, next_run);
            }
            at = to;
        }
        for local in 0..self.scattered.len() {
            for (change, sums) in [Change::Cut, Change::Fill].into_iter().zip(self.scattered[local]) {
                self.sums.add(place.bin(local), change, sums);
            }
        }
    }

    /// Cells `start..end` (at most [`CHUNK`]) of one face and zone, as many together as lie in one place.
    fn sorted(&mut self, place: &Place<'_>, start: u32, end: u32, next_run: &mut usize) {
        let RowWork { setting, buffers, row, .. } = *place.work;
        let (from, to) = (self.offset(start), self.offset(end));
        let around = [self.pair.earlier, self.pair.later]
            .map(|surface| buffers.around(surface, row as isize).map(|row| &row[from - 1..=to]));
        let mut finder = std::mem::take(&mut self.places);
        finder.begin(around, place.levels_m());
        for part in setting.layers.parts(place.zone) {
            let [floor, roof] = [&part.floor, &part.roof].map(|bound| bound.along(buffers, row, from, to));
            finder.add_layer(part.layer, &floor, &roof);
        }
        let found = finder.finish(setting.layers.count);
        let mut at = start;
        let mut run_of_cut = *next_run;
        self.cut.clear();
        for same in found.chunk_by(|a, b| a == b) {
            let to = at + same.len() as u32;
            match usize::try_from(same[0]) {
                Ok(local) => self.together(place, local, at, to, next_run),
                Err(_) => self.cut.extend(self.offset(at)..self.offset(to)),
            }
            at = to;
        }
        self.places = finder;
        self.cut_together(place, from, &mut run_of_cut);
        *next_run = (*next_run).max(run_of_cut);
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
            sums.add(Sums { certain: certain[change], not_excludable: uncertain[change], ..Sums::default() });
        }
        let bin = place.bin(local);
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
            let again = self.again_in_run(place, &run, self.offset(first)..self.offset(at));
            self.labeller.add_sums(run.label, bin, Summed { certain, not_excludable, measured, again });
            let sum = |(height, cells): (i64, i64)| Sum { height: height.into(), share: (cells * one).into() };
            self.scattered[local][1 - run.change as usize].add(Sums {
                certain: sum(moves.against_certain),
                not_excludable: sum(moves.against),
                ..Sums::default()
            });
            if let Some(footing) = self.pair.footing {
                self.foot_of_stretch(place, &footing, run.label, bin, first..at);
            }
        }
        if self.cells.is_some() {
            (from..to).for_each(|at| self.note_class(place, at, local));
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

    fn col(&self, at: usize) -> u32 {
        (at + self.window.col - self.halo) as u32
    }

    /// Boundary with the outside: counts for a patch where the ground on both sides of it is in the patch.
    fn contact(&mut self, work: &RowWork<'_>, contact: &Contact) {
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
            if let Some(block) = work.setting.boundary_block {
                let mut one = WHOLE;
                let zones = work.zones_at(contact.col, &mut one).iter();
                let zone = zones.max_by(|a, b| a.fraction.total_cmp(&b.fraction)).map_or(0, |zone| zone.face);
                let place = Place { work, face: contact.face, zone };
                let moved = quanta(self.line.dod_m()[at].abs() * contact.length_m);
                self.column(&place, at, contact.length_m, moved);
                for piece in &self.pieces {
                    let key = (place.bin(piece.local), work.row as u32 / block, contact.col / block);
                    let sums = BoundarySums::of_cell(piece.height, work.row as u32, contact.col);
                    self.labeller.add_boundary(label, key, sums);
                }
            }
        }
    }

    /// What the window gives, except for the tally, to which it is added.
    pub(crate) fn finish(&mut self, setting: &Setting, tally: &mut Tally) -> (Totals, WindowLabels, Option<Cells>) {
        self.sums.empty_into(self.index, tally);
        let side = self.pair.footing.map_or(1, |footing| footing.block);
        let labels = self.labeller.finish(self.index, setting.criteria[self.index as usize], side, tally);
        (self.totals, labels, self.cells.take())
    }
}
