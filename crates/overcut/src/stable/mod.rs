//! Stable ground: terrain that did not change between two surveys, from which their errors are measured.

mod options;
mod places;
mod random;
mod robust;
mod sample;
mod summary;
mod tiles;

pub use options::{StableGround, StableOptions};
pub(crate) use places::TILE;
pub(crate) use random::Random;
pub use robust::{NMAD_SCALE, Spread};
pub(crate) use robust::{median, spread};
pub(crate) use sample::{Sample, SampleTile, Source, Square, grown};
pub use summary::{StableSummary, TileSummary};
pub use tiles::ResidualTile;
