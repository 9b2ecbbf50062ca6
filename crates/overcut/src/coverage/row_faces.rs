//! What comes out: the faces of each cell, row by row.

use std::ops::Range;

/// The faces of a band of rows, over all columns of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct RowFaces {
    first_row: usize,
    ends: Vec<Ends>,
    segments: Vec<Segment>,
    pieces: Vec<Piece>,
    contacts: Vec<Contact>,
}

/// How far the lists reach after a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Ends {
    segments: usize,
    pieces: usize,
    contacts: usize,
}

/// The faces of one row of cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceRow<'a> {
    /// From west to east; every column of the grid is in exactly one.
    pub segments: &'a [Segment],
    /// The shares of the mixed cells, in the order of the segments.
    pub pieces: &'a [Piece],
    /// The boundary between faces and the outside, sorted by column, side and face.
    pub contacts: &'a [Contact],
}

impl<'a> FaceRow<'a> {
    /// The pieces of a mixed cell; none for a run.
    pub fn pieces_of(&self, segment: Segment) -> &'a [Piece] {
        match segment {
            Segment::Run { .. } => &[],
            Segment::Mixed { first, count, .. } => &self.pieces[first as usize..(first + count) as usize],
        }
    }
}

/// Cells next to each other in one face, or one cell with several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// The cells of columns `start .. end` lie wholly in one face; face 0 is the outside of all polygons.
    Run {
        /// First column.
        start: u32,
        /// First column beyond.
        end: u32,
        /// The face.
        face: u32,
    },
    /// The cell is shared by at least two faces: `pieces[first .. first + count]` of its row.
    Mixed {
        /// The column.
        col: u32,
        /// Index of its first piece.
        first: u32,
        /// Number of its pieces.
        count: u32,
    },
}

/// The share of one face in a mixed cell.
///
/// Shares are multiples of 2⁻⁵⁰, and those of a cell sum to 1 exactly, to the last bit and in any order of addition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// The face; ascending within a cell.
    pub face: u32,
    /// Share of the area of the cell, `0 < fraction < 1`.
    pub fraction: f64,
}

/// Where a boundary lies with respect to a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContactSide {
    /// It runs through the cell.
    Inside,
    /// It lies exactly on the western grid line of the cell: it parts the cell from column `col - 1`.
    West,
    /// It lies exactly on the northern grid line of the cell: it parts the cell from the row before.
    North,
}

/// A piece of boundary between a face and the outside of all polygons.
///
/// Each metre of boundary is in exactly one contact. Boundary on the outline of the grid is in none: one of its sides is
/// not on the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contact {
    /// The column of the cell.
    pub col: u32,
    /// Through the cell, or on one of its grid lines.
    pub side: ContactSide,
    /// The face on the one side; on the other is face 0.
    pub face: u32,
    /// Plan length, metres, `> 0`.
    pub length_m: f64,
}

impl RowFaces {
    /// The first row of the band.
    pub fn first_row(&self) -> usize {
        self.first_row
    }

    /// Number of rows in the band.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the band has no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One row, counted from the north of the grid (not of the band).
    ///
    /// # Panics
    /// If the row is not in the band.
    pub fn row(&self, row: usize) -> FaceRow<'_> {
        assert!(
            (self.first_row..self.first_row + self.len()).contains(&row),
            "row {row} is not in the band of {} rows from row {}",
            self.len(),
            self.first_row
        );
        let index = row - self.first_row;
        let start = if index == 0 { Ends::default() } else { self.ends[index - 1] };
        let end = self.ends[index];
        FaceRow {
            segments: &self.segments[start.segments..end.segments],
            pieces: &self.pieces[start.pieces..end.pieces],
            contacts: &self.contacts[start.contacts..end.contacts],
        }
    }

    /// The same rows over ranges of columns that follow one another.
    pub(crate) fn split(&self, columns: &[Range<u32>]) -> Vec<Self> {
        let mut parts: Vec<Self> = columns.iter().map(|_| Self::new(self.first_row, self.len())).collect();
        for row in self.first_row..self.first_row + self.len() {
            let FaceRow { mut segments, pieces, mut contacts } = self.row(row);
            for (part, columns) in parts.iter_mut().zip(columns) {
                while let [segment, rest @ ..] = segments {
                    let end = match *segment {
                        Segment::Run { start, end, face } => {
                            part.push_run(start.max(columns.start), end.min(columns.end), face);
                            end
                        }
                        Segment::Mixed { col, first, count } => {
                            part.push_mixed(col, pieces[first as usize..(first + count) as usize].iter().copied());
                            col + 1
                        }
                    };
                    // What goes on beyond the columns is the first of the next ones.
                    if end <= columns.end {
                        segments = rest;
                    }
                    if end >= columns.end {
                        break;
                    }
                }
                let here = contacts.partition_point(|contact| contact.col < columns.end);
                part.contacts.extend_from_slice(&contacts[..here]);
                contacts = &contacts[here..];
                part.finish_row();
            }
        }
        parts
    }

    pub(super) fn new(first_row: usize, rows: usize) -> Self {
        Self {
            first_row,
            ends: Vec::with_capacity(rows),
            segments: Vec::with_capacity(rows),
            pieces: Vec::new(),
            contacts: Vec::new(),
        }
    }

    /// Adds columns to the row in the making; a run of the same face goes on.
    pub(super) fn push_run(&mut self, start: u32, end: u32, face: u32) {
        if start == end {
            return;
        }
        let row_start = self.finished().segments;
        if let [.., Segment::Run { end: last_end, face: last_face, .. }] = &mut self.segments[row_start..]
            && *last_face == face
        {
            *last_end = end;
            return;
        }
        self.segments.push(Segment::Run { start, end, face });
    }

    /// Adds a shared cell to the row in the making.
    pub(super) fn push_mixed(&mut self, col: u32, pieces: impl Iterator<Item = Piece>) {
        let row_start = self.finished().pieces;
        let first = self.pieces.len();
        self.pieces.extend(pieces);
        let within_row = |index: usize| u32::try_from(index - row_start).expect("a row has fewer than 2³² pieces");
        let (first, end) = (within_row(first), within_row(self.pieces.len()));
        self.segments.push(Segment::Mixed { col, first, count: end - first });
    }

    /// Adds a contact to the row in the making.
    pub(super) fn push_contact(&mut self, contact: Contact) {
        self.contacts.push(contact);
    }

    /// Ends the row in the making.
    pub(super) fn finish_row(&mut self) {
        self.ends.push(Ends {
            segments: self.segments.len(),
            pieces: self.pieces.len(),
            contacts: self.contacts.len(),
        });
    }

    fn finished(&self) -> Ends {
        self.ends.last().copied().unwrap_or_default()
    }
}
