//! One job over many tiles: cut into units that are done one by one, here or on other machines, and put together again.
//!
//! ```text
//!  mosaics ──► Prepared ──► plan: units ──► unit ──► UnitResult ──┐ ordered merge
//!  (headers)   (a sample)   (tiles of each) (pixels)  (no pixels)  └──► Assessment
//! ```
//!
//! A unit needs the job, which is the same for all, and its own entry of the plan; what it gives is a few kilobytes. However units are cut
//! and wherever they are done, the assessment is the one of the whole mosaic in one piece, to the bit.

mod job;
mod plan;
mod unit;

pub use job::{BatchJob, Dressing};
pub use plan::{Near, Plan, Unit, UnitTile, plan};
pub use unit::{Excluded, TileReport, UnitResult};
