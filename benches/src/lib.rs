//! Scenes to measure with, and what a process has used: seeded, so that two runs measure the same work.
#![forbid(unsafe_code)]

mod random;
mod scene;
pub mod usage;

pub use random::Random;
pub use scene::{EARLIER, LATER, disjoint_licences, grid, ground, polygon, seams, stacked_licences, surface, survey};
