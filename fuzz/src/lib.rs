//! The readers of licence texts, compiled by their path: they build without C, or not at all.
#![allow(dead_code, unused_imports, clippy::all)]

pub mod crs;
pub mod licences;
