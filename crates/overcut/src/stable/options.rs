//! How stable ground is chosen.

use geo::Polygon;
use serde::{Deserialize, Serialize};

use crate::surface::Surface;

/// Where the ground did not change.
#[derive(Clone, Copy, Default)]
pub enum StableGround<'a> {
    /// Outside licences with a margin, not too steep, and outside what changed, as a first round of the fit finds it.
    #[default]
    Auto,
    /// Inside these polygons, in the CRS of the grid.
    Polygons(&'a [Polygon<f64>]),
    /// Where this surface on the common grid has a height that is not 0.
    Raster(&'a dyn Surface),
}

/// Options of the sample of stable ground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StableOptions {
    pub(crate) seed: u64,
    pub(crate) licence_margin_m: f64,
    pub(crate) max_slope_deg: f64,
    pub(crate) outlier_nmads: f64,
    pub(crate) target_cells: usize,
    pub(crate) refining_cells: usize,
    pub(crate) min_cells: usize,
}

impl Default for StableOptions {
    fn default() -> Self {
        Self {
            seed: 20_240_520,
            // Haul roads and spoil along a boundary, and the precision of old corners.
            licence_margin_m: 10.0,
            // Walls: interpolation errs there, and they rarely are natural ground.
            max_slope_deg: 45.0,
            outlier_nmads: 5.0,
            target_cells: 1 << 20,
            // With 2^20, a shift on hills is known to a few hundredths of a cell; four times the ground halves that.
            refining_cells: 1 << 22,
            min_cells: 2000,
        }
    }
}

impl StableOptions {
    /// What the choice of blocks starts from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Ground nearer than this to a licence is not taken, metres (default 10).
    #[must_use]
    pub fn licence_margin_m(mut self, margin_m: f64) -> Self {
        self.licence_margin_m = margin_m;
        self
    }

    /// Steeper ground is not taken, degrees (default 45).
    #[must_use]
    pub fn max_slope_deg(mut self, slope_deg: f64) -> Self {
        self.max_slope_deg = slope_deg;
        self
    }

    /// Differences beyond so many NMADs, and what lies around them, are taken for change (default 5).
    #[must_use]
    pub fn outlier_nmads(mut self, nmads: f64) -> Self {
        self.outlier_nmads = nmads;
        self
    }

    /// About so many cells are looked at (default 2^20); smaller grids are read whole.
    #[must_use]
    pub fn target_cells(mut self, cells: usize) -> Self {
        self.target_cells = cells;
        self
    }

    /// About so many further cells are read for the last step of a fit, where the grid has them (default 2^22).
    #[must_use]
    pub fn refining_cells(mut self, cells: usize) -> Self {
        self.refining_cells = cells;
        self
    }

    /// Fewer cells are too few (default 2000).
    #[must_use]
    pub fn min_cells(mut self, cells: usize) -> Self {
        self.min_cells = cells;
        self
    }
}
