//! Where change begins: which cells are certain to have changed, and which make a patch.

use serde::{Deserialize, Serialize};

use crate::uncertainty::SlopeError;

/// How the change of an interval is told from its noise.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Detector {
    /// By one level of detection everywhere: a patch is made of the cells beyond it.
    Level {
        lod_m: f64,
    },
    Hysteresis(Hysteresis),
}

/// Detection with a threshold, measurement without one.
///
/// Differences are smoothed by the mean of 3 x 3 cells and standardised. Where one exceeds `weak`, the cell and those up to
/// `reach` cells beside it belong to an area; the area is a patch if one of its cells exceeds a
/// stronger threshold ([`crate::patches::Criteria`]). What is summed is the
/// difference itself over the whole area, whose rim lies on ground that did not change: there noise adds as much as it takes,
/// and no edge of the excavation is cut off.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Hysteresis {
    /// Standard deviation of one difference.
    pub(crate) sigma: SlopeError,
    /// In units of it: what is certain in one cell.
    pub(crate) certain: f64,
    /// Standard deviation of the mean of 3 x 3 differences, in units of that of one.
    pub(crate) smoothing: f64,
    /// In units of the standard deviation of the mean.
    pub(crate) weak: f64,
    /// Cells.
    pub(crate) reach: usize,
    /// Width and height of a cell, m.
    pub(crate) cell_m: (f64, f64),
}

impl Detector {
    /// Cells around a cell that decide on it.
    pub(crate) fn halo(&self) -> usize {
        match self {
            Self::Level { .. } => 1,
            // The mean reaches one cell further than the mask, and the mask is wanted one cell beyond the window.
            Self::Hysteresis(Hysteresis { reach, .. }) => reach + 2,
        }
    }
}
