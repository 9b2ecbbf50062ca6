//! What was taken for stable ground, for people to see.

use serde::{Deserialize, Serialize};

use crate::grid::Window;

/// One tile of the sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TileSummary {
    /// Where it lies.
    pub window: Window,
    /// Cells of stable ground in it.
    pub cells: u64,
    /// Median difference as the surveys lie, m; none without stable ground.
    pub median_before_m: Option<f64>,
    /// Median difference after registration, m.
    pub median_after_m: Option<f64>,
}

/// The sample of stable ground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StableSummary {
    /// How it was chosen: `auto`, `polygons` or `raster`.
    pub chosen: String,
    /// Cells that were looked at.
    pub read_cells: u64,
    /// Their share of the grid.
    pub read_share: f64,
    /// Cells of stable ground that were looked at closely.
    pub stable_cells: u64,
    /// Cells of stable ground that were read for the last step of the fit alone.
    pub refining_cells: u64,
    /// Area of these, m².
    pub stable_area_m2: f64,
    /// Cells left out because one of the surveys has no height there.
    pub without_data: u64,
    /// Cells left out because they lie in a licence or near it, or outside the ground that was named.
    pub not_chosen: u64,
    /// Cells left out because they are too steep.
    pub too_steep: u64,
    /// Cells left out because they changed.
    pub changed: u64,
    /// By tile.
    pub tiles: Vec<TileSummary>,
}
