//! The faces of a row of units, laid out as windows read them.
//!
//! A row of a wide grid has hundreds of segments of which each window wants a few. To find them row by row, far apart in
//! memory, took as long as all sums; so the columns of each window are put together once, from north to south.

use std::ops::Range;

use crate::{
    coverage::{RowFaces, Segment},
    grid::Window,
};

/// Faces of some rows: over all columns, and over those of each window that has many rows.
#[derive(Debug)]
pub(crate) struct Band {
    whole: RowFaces,
    parts: Vec<(Range<u32>, RowFaces)>,
}

impl Band {
    /// `cuts` are the limits of the windows, ascending, in a grid of so many columns.
    pub(crate) fn new(whole: RowFaces, cuts: &[u32], cols: usize) -> Self {
        let columns: Vec<Range<u32>> = cuts.windows(2).map(|pair| pair[0]..pair[1]).collect();
        let is_whole = matches!(&columns[..], [one] if one.len() == cols);
        let parts = if is_whole { Vec::new() } else { whole.split(&columns) };
        Self { whole, parts: columns.into_iter().zip(parts).collect() }
    }

    /// Faces that hold the columns of a window, and perhaps more.
    pub(crate) fn of(&self, window: Window) -> &RowFaces {
        let (start, end) = (window.col as u32, window.col_end() as u32);
        let part = self.parts.partition_point(|(columns, _)| columns.end <= start);
        match self.parts.get(part) {
            Some((columns, faces)) if end <= columns.end => faces,
            _ => &self.whole,
        }
    }
}

/// Some rows of the plan: the faces of licences, and the zones of layers if there are several.
#[derive(Debug)]
pub(crate) struct Bands {
    pub(crate) faces: Band,
    pub(crate) zones: Option<Band>,
}

/// First column beyond a segment.
pub(crate) fn end_of(segment: &Segment) -> u32 {
    match *segment {
        Segment::Run { end, .. } => end,
        Segment::Mixed { col, .. } => col + 1,
    }
}
