//! Stable ground: terrain that did not change between two surveys, from which their errors are measured.

mod tiles;

pub use tiles::ResidualTile;
mod stub;
pub use stub::*;
