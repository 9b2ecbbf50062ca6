//! The fused pass: each block of every surface is read once, and everything is done with it while it is in cache.
//!
//! ```text
//!  units     blocks of whole stored blocks; read in parallel, each by one worker        (units)
//!  windows   the inside of a unit, then the seams between units: what needs neighbours
//!            across a border is done from the heights kept along it, not read again     (seams)
//!  kernel    difference, threshold, faces, columns, labels of one window                (kernel)
//!  merge     tallies and patches, in order; of windows, and of regions done elsewhere    (run, merged)
//! ```
//!
//! What a cell gets depends on that cell and its neighbours alone, and all sums are integers: neither units nor threads
//! show in the result.
#![expect(
    clippy::cast_possible_truncation,
    reason = "rows and columns are at most 2^22 (`GridGeometry::MAX_SIDE`), intervals are few"
)]

pub(crate) mod band;
pub(crate) mod bins;
pub(crate) mod detector;
pub(crate) mod interval;
pub(crate) mod kernel;
pub(crate) mod lanes;
pub(crate) mod layers;
pub(crate) mod line;
pub(crate) mod merged;
pub(crate) mod places;
pub(crate) mod rows;
pub(crate) mod run;
pub(crate) mod seams;
pub(crate) mod series;
pub(crate) mod stack;
pub(crate) mod sums;
#[cfg(test)]
mod tests;
pub(crate) mod units;

pub(crate) use run::run;
