//! Differences on stable ground, tile by tile.

use crate::grid::Window;

/// What is left of the difference of two surveys on stable ground, in one tile of the sample.
#[derive(Debug, Clone, PartialEq)]
pub struct ResidualTile {
    /// Where the tile lies.
    pub window: Window,
    /// Later - earlier after registration, metres, row by row; NaN where the ground is not stable or a height is missing.
    pub dh_m: Vec<f64>,
    /// Square of the slope (rise / run, the steeper of the two surveys), row by row.
    pub slope_squared: Vec<f64>,
}
