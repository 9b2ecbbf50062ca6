//! How much was dug where it was not allowed?
//!
//! `overcut` compares dated terrain surfaces with mining licences, each a plan polygon x an elevation band x a validity
//! period, and gives the volume excavated outside the boundary, outside the band and outside the validity, together with
//! the excavated patches and whom they are attributed to.
//!
//! This crate is the core: no files, no C, no Python. Surfaces come in through [`surface::Surface`] as blocks of heights;
//! results leave as an [`assessment::Assessment`].
//!
//! # The map
//!
//! | task | module |
//! |---|---|
//! | where a cell lies | [`grid`] |
//! | dated heights, in memory or in blocks | [`dem`], [`surface`] |
//! | licences, their parts, bands, validity | [`licence`], [`validity`] |
//! | the exact share of each cell inside each polygon | [`coverage`], [`faces`] |
//! | one cell's removed column cut by levels and layers | [`columns`] |
//! | from one datum to another, in plan and in height | [`transformation`], [`heights`] |
//! | seams and ore bodies between roof and floor | [`layers`] |
//! | what is change and what is noise | [`dod`] |
//! | associative sums | [`tally`] |
//! | stable ground, and bringing surveys onto each other | [`stable`], [`registration`] |
//! | how sure a difference and a volume are | [`uncertainty`] |
//! | connected excavated areas | [`patches`] |
//! | the fused pass over the blocks | [`pass`] |
//! | sums of a surface by polygon | [`zonal`] |
//! | volumes by triangles and by sections, to check those of the pass | [`volume`] |
//! | ground that was dug before anybody surveyed it | [`reconstruct`] |
//! | the whole result | [`assessment`] |
//!
//! # Conventions
//!
//! X is east and Y is north. Heights are metres, areas m², volumes m³. DoD = later - earlier; `cut` and `fill` are both
//! `>= 0`. No data is NaN. Sums are fixed-point integers, so results are the same bits for any tiling and thread count.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::float_cmp, reason = "numbers worked by hand are compared exactly"))]

pub mod assessment;
pub(crate) mod classify;
pub mod columns;
pub mod coverage;
pub mod dem;
pub mod dod;
pub mod error;
pub mod faces;
pub mod grid;
pub mod heights;
pub mod layers;
pub mod licence;
pub mod pass;
pub mod patches;
pub mod reconstruct;
pub mod registration;
pub mod stable;
pub mod surface;
pub mod tally;
pub mod transformation;
pub mod uncertainty;
pub mod validity;
pub mod volume;
pub mod zonal;

pub use assessment::{Assessment, assess};
pub use dem::Dem;
pub use error::{Error, Result};
pub use grid::{GridGeometry, GridShape, Window};
pub use licence::{Band, Licence, LicenceId, Part, Validity};
