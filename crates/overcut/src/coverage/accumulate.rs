//! One row of cells: every edge in it adds what it bounds.
//!
//! A piece of edge that falls by `dy` within a cell bounds, towards the east, the part of that cell right of it and the
//! whole of all cells farther east over the height `dy`. So it adds an *area* to its own cell and a *cover* `dy` to the
//! cells beyond, with a plus for the face on its eastern side and a minus for the face on its western side. All of it is
//! kept in whole numbers of 2⁻⁵⁰ cell; the same number goes to both faces, and sums neither round nor depend on order.

use super::{
    Edge,
    lattice::{CELL, LATTICE_BITS, STEP, truncated},
    row_faces::ContactSide,
};

/// Binary digits of shares and covers.
const SHARE_BITS: u32 = 50;

/// The share of a whole cell.
pub(super) const WHOLE: i64 = 1 << SHARE_BITS;

/// One share, as part of a cell.
pub(super) const SHARE: f64 = 1.0 / WHOLE as f64;

/// Lengths of contacts are whole multiples of this part of the longer side of a cell.
pub(super) const LENGTH_STEP: f64 = 1.0 / (1_u64 << 44) as f64;

/// An edge that is not level, from its northern to its southern end: the same bits whichever way it was given.
#[derive(Debug, Clone, Copy)]
pub(super) struct SlopedEdge {
    x0: i64,
    y0: i64,
    x1: i64,
    y1: i64,
    /// Columns per row.
    slope: f64,
    east: u32,
    west: u32,
}

impl SlopedEdge {
    /// `None` if the edge is level.
    pub(super) fn new(edge: &Edge) -> Option<Self> {
        // Who walks south has the east to his left.
        let (north, south, east, west) = match edge.from.south.cmp(&edge.to.south) {
            std::cmp::Ordering::Less => (edge.from, edge.to, edge.left, edge.right),
            std::cmp::Ordering::Greater => (edge.to, edge.from, edge.right, edge.left),
            std::cmp::Ordering::Equal => return None,
        };
        let slope = (south.east - north.east) as f64 / (south.south - north.south) as f64;
        Some(Self { x0: north.east, y0: north.south, x1: south.east, y1: south.south, slope, east, west })
    }

    /// First and last row that the edge enters; touching a grid line from one side is not entering.
    pub(super) fn rows(&self) -> (i64, i64) {
        (self.y0 >> LATTICE_BITS, (self.y1 - 1) >> LATTICE_BITS)
    }

    /// The westernmost place, in lattice steps.
    pub(super) fn west_end(&self) -> i64 {
        self.x0.min(self.x1)
    }

    /// Column coordinate at height `y`, in cells: from the ends of the edge alone, so the rows above and below agree.
    fn col_at(&self, y: i64) -> f64 {
        if y == self.y0 {
            return self.x0 as f64 * STEP;
        }
        if y == self.y1 {
            return self.x1 as f64 * STEP;
        }
        let x = self.x0 as f64 + self.slope * (y - self.y0) as f64;
        let (low, high) = (self.x0.min(self.x1) as f64, self.x0.max(self.x1) as f64);
        x.clamp(low, high) * STEP
    }

    /// The face that this edge parts from the outside; 0 if it parts two faces.
    fn face_at_outside(&self) -> u32 {
        if self.east == 0 || self.west == 0 { self.east | self.west } else { 0 }
    }

    /// The grid line that the edge lies on.
    fn column_line(&self) -> Option<i64> {
        (self.x0 == self.x1 && self.x0 % CELL == 0).then_some(self.x0 >> LATTICE_BITS)
    }
}

/// A level edge: it bounds no area sideways, but the cells that it runs through are shared, and it may be contact.
#[derive(Debug, Clone, Copy)]
pub(super) struct LevelEdge {
    x0: i64,
    x1: i64,
    y: i64,
    /// One of its faces, not 0.
    face: u32,
    /// Whether the other is the outside.
    at_outside: bool,
}

impl LevelEdge {
    /// `None` if the edge is not level, or does nothing: it parts two faces along a grid line.
    pub(super) fn new(edge: &Edge) -> Option<Self> {
        let at_outside = edge.left == 0 || edge.right == 0;
        let level = Self {
            x0: edge.from.east.min(edge.to.east),
            x1: edge.from.east.max(edge.to.east),
            y: edge.from.south,
            face: edge.left.max(edge.right),
            at_outside,
        };
        (edge.from.south == edge.to.south && (at_outside || !level.on_line())).then_some(level)
    }

    /// Whether it lies on a grid line.
    fn on_line(&self) -> bool {
        self.y % CELL == 0
    }

    /// The row it lies in; the row south of it if it lies on a grid line.
    pub(super) fn row(&self) -> i64 {
        self.y >> LATTICE_BITS
    }
}

/// What one face gets in one cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    /// Column and face: column in the upper half.
    key: u64,
    /// Share added to every cell farther east.
    pub(super) cover: i64,
    /// Share added to this cell.
    pub(super) area: i64,
    /// Boundary to the outside within the cell.
    pub(super) contact: i64,
}

impl Event {
    pub(super) fn key(&self) -> u64 {
        self.key
    }

    pub(super) fn col(&self) -> u32 {
        (self.key >> 32) as u32
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    pub(super) fn face(&self) -> u32 {
        self.key as u32
    }
}

/// Boundary to the outside that is not part of an [`Event`].
#[derive(Debug, Clone, Copy)]
pub(super) struct RawContact {
    pub(super) col: u32,
    pub(super) side: ContactSide,
    pub(super) face: u32,
    pub(super) length: i64,
}

/// Everything that the edges of a row add up to.
#[derive(Debug)]
pub(super) struct RowSums {
    top: i64,
    cols: u32,
    /// Cell width and height, divided by the longer of the two.
    width: f64,
    height: f64,
    /// Cover of the faces that begin west of the grid.
    pub(super) before: Vec<(u32, i64)>,
    pub(super) events: Vec<Event>,
    pub(super) contacts: Vec<RawContact>,
}

impl RowSums {
    pub(super) fn new(cols: u32, dx: f64, dy: f64) -> Self {
        let longer = dx.max(dy);
        let (width, height) = (dx / longer, dy / longer);
        Self { top: 0, cols, width, height, before: Vec::new(), events: Vec::new(), contacts: Vec::new() }
    }

    /// Forgets the last row and begins another.
    pub(super) fn start(&mut self, row: i64) {
        self.top = row << LATTICE_BITS;
        self.before.clear();
        self.events.clear();
        self.contacts.clear();
    }

    /// Adds the part of an edge that lies in this row.
    pub(super) fn add(&mut self, edge: &SlopedEdge) {
        let (top, bottom) = (edge.y0.max(self.top), edge.y1.min(self.top + CELL));
        let (x_top, x_bottom) = (edge.col_at(top), edge.col_at(bottom));
        let share = |y: i64| (y - self.top) << (SHARE_BITS - LATTICE_BITS);
        let chord = if x_top <= x_bottom {
            Chord::new(x_top, share(top), x_bottom, share(bottom))
        } else {
            Chord::new(x_bottom, share(bottom), x_top, share(top))
        };
        let end = f64::from(self.cols);
        if chord.west >= end {
            return;
        }
        let (mut x, mut y) = (chord.west, chord.y_west);
        if x < 0.0 {
            let y_entry = if chord.east <= 0.0 { chord.y_east } else { chord.share_at(0.0) };
            self.cover_before(edge, (y_entry - y).abs());
            if chord.east <= 0.0 {
                return;
            }
            (x, y) = (0.0, y_entry);
        }
        let (x_end, y_end) = if chord.east > end { (end, chord.share_at(end)) } else { (chord.east, chord.y_east) };

        let face = edge.face_at_outside();
        let line = edge.column_line();
        let lengths = Lengths::of(&chord, self.width, self.height, face != 0 && line.is_none());
        let first = column(x);
        let last = column(x_end);
        // A piece that ends on a grid line does not enter the next cell; an edge along one lies in the cell east of it.
        let last = if x_end > x && x_end <= f64::from(last) { last - 1 } else { last };
        for col in first..=last {
            let west = f64::from(col);
            let (x_next, y_next) = if col == last { (x_end, y_end) } else { (west + 1.0, chord.share_at(west + 1.0)) };
            let cover = (y_next - y).abs();
            let mean = 0.5 * ((x - west) + (x_next - west));
            let area = truncated(cover as f64 * (1.0 - mean) + 0.5);
            self.push(edge, col, cover, area, lengths.of_piece(x_next - x, cover));
            (x, y) = (x_next, y_next);
        }
        if face != 0
            && let Some(line) = line
            && line > 0
        {
            let length =
                truncated(self.height * (chord.y_east - chord.y_west).abs() as f64 * (SHARE / LENGTH_STEP) + 0.5);
            self.contacts.push(RawContact { col: first, side: ContactSide::West, face, length });
        }
    }

    /// Adds a level edge of this row, cell by cell.
    pub(super) fn add_level(&mut self, edge: &LevelEdge) {
        if edge.on_line() && edge.y == 0 {
            return; // the outline of the grid
        }
        let end = edge.x1.min(i64::from(self.cols) << LATTICE_BITS);
        let mut x = edge.x0.max(0);
        while x < end {
            let col = u32::try_from(x >> LATTICE_BITS).expect("columns of a grid fit");
            let next = ((i64::from(col) + 1) << LATTICE_BITS).min(end);
            let length = truncated(self.width * (next - x) as f64 * (STEP / LENGTH_STEP) + 0.5);
            let length = if edge.at_outside { length } else { 0 };
            if edge.on_line() {
                self.contacts.push(RawContact { col, side: ContactSide::North, face: edge.face, length });
            } else {
                self.push_event(col, edge.face, 0, 0, length);
            }
            x = next;
        }
    }

    fn cover_before(&mut self, edge: &SlopedEdge, cover: i64) {
        for (face, cover) in [(edge.east, cover), (edge.west, -cover)] {
            if face != 0 && cover != 0 {
                self.before.push((face, cover));
            }
        }
    }

    /// Face 0 is left out: it gets what the others leave. A piece that adds nothing still marks its cell as shared.
    fn push(&mut self, edge: &SlopedEdge, col: u32, cover: i64, area: i64, contact: i64) {
        if edge.east != 0 {
            self.push_event(col, edge.east, cover, area, contact);
        }
        if edge.west != 0 {
            self.push_event(col, edge.west, -cover, -area, contact);
        }
    }

    fn push_event(&mut self, col: u32, face: u32, cover: i64, area: i64, contact: i64) {
        let key = u64::from(col) << 32 | u64::from(face);
        match self.events.last_mut() {
            // The next side of a bend within the cell.
            Some(last) if last.key == key => {
                last.cover = last.cover.wrapping_add(cover);
                last.area = last.area.wrapping_add(area);
                last.contact = last.contact.saturating_add(contact);
            }
            _ => self.events.push(Event { key, cover, area, contact }),
        }
    }
}

/// The part of an edge in one row, from west to east; heights as shares of a cell, counted from the top of the row.
struct Chord {
    west: f64,
    y_west: i64,
    east: f64,
    y_east: i64,
    shares_per_col: f64,
}

impl Chord {
    fn new(west: f64, y_west: i64, east: f64, y_east: i64) -> Self {
        // Not used where west == east: no grid line lies strictly between.
        let shares_per_col = (y_east - y_west) as f64 / (east - west);
        Self { west, y_west, east, y_east, shares_per_col }
    }

    /// Height where the chord crosses a grid line. A direct formula, rounded to whole shares once, and never beyond the
    /// ends: so the pieces of a chord add up to its whole fall, and none has the wrong sign.
    fn share_at(&self, col: f64) -> i64 {
        let fall = (col - self.west) * self.shares_per_col;
        let y = self.y_west + if fall < 0.0 { -truncated(0.5 - fall) } else { truncated(0.5 + fall) };
        y.clamp(self.y_west.min(self.y_east), self.y_west.max(self.y_east))
    }
}

/// Length of a piece of chord from its longer extent, so that the pieces add up to the chord.
struct Lengths {
    per_col: f64,
    per_share: f64,
}

impl Lengths {
    fn of(chord: &Chord, width: f64, height: f64, wanted: bool) -> Self {
        if !wanted {
            return Self { per_col: 0.0, per_share: 0.0 };
        }
        let (cols, shares) = (chord.east - chord.west, (chord.y_east - chord.y_west).abs() as f64);
        let (across, down) = (cols * width, shares * SHARE * height);
        let length = (across * across + down * down).sqrt() / LENGTH_STEP;
        if across >= down {
            Self { per_col: length / cols, per_share: 0.0 }
        } else {
            Self { per_col: 0.0, per_share: length / shares }
        }
    }

    fn of_piece(&self, cols: f64, shares: i64) -> i64 {
        truncated(cols * self.per_col + shares as f64 * self.per_share + 0.5)
    }
}

/// The column that a place on the grid lies in; the column east of it if it lies on a grid line.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 <= x <= 2²²; the cut-off fraction is meant"
)]
fn column(x: f64) -> u32 {
    x as u32
}
