//! The trait that yields blocks: what the pass needs to know of a surface, wherever its heights are kept.
//!
//! In memory, one file, a mosaic of many tiles: they differ only in who implements [`Surface`].

use serde::{Deserialize, Serialize};

use crate::{
    dem::SurfaceInfo,
    error::Result,
    grid::{GridGeometry, GridShape, Window},
};

/// Heights of a window, row by row from the north-west, in the width in which they are stored. NaN = no data.
///
/// Heights stay in their stored width until a row is in use: half the memory traffic for the common float32 case, and no
/// rounding for float64.
#[derive(Debug, Clone, PartialEq)]
pub enum Heights {
    /// Stored as 32-bit floats (also 8- and 16-bit integers, which fit exactly).
    F32(Vec<f32>),
    /// Stored as 64-bit floats (also 32-bit integers).
    F64(Vec<f64>),
}

impl Heights {
    /// Number of heights.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Widens `into.len()` heights from position `start` on.
    ///
    /// # Panics
    /// If fewer heights than that are held.
    pub fn widen(&self, start: usize, into: &mut [f64]) {
        let end = start + into.len();
        match self {
            Self::F32(values) => {
                for (out, value) in into.iter_mut().zip(&values[start..end]) {
                    *out = f64::from(*value);
                }
            }
            Self::F64(values) => into.copy_from_slice(&values[start..end]),
        }
    }
}

/// How a surface is stored, so that blocks can be asked for in a shape that decodes each stored block once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockLayout {
    /// Rows and columns of one stored block on the common grid; the whole grid for a surface in memory.
    pub block: GridShape,
}

/// A dated surface on the common grid.
pub trait Surface: Sync + Send {
    /// Name, date, error, datum and identity.
    fn info(&self) -> &SurfaceInfo;

    /// The grid on which [`SurfaceReader::read`] gives heights.
    fn grid(&self) -> &GridGeometry;

    /// How the surface is stored.
    fn layout(&self) -> BlockLayout;

    /// SHA-256 of the stored bytes as they are now, lower-case hexadecimal; `None` if they are in no plain file.
    ///
    /// Called once, beside the reading, so it may take as long as reading.
    ///
    /// # Errors
    /// Whatever the source finds, wrapped in [`crate::Error::Surface`].
    fn sha256(&self) -> Result<Option<String>> {
        Ok(None)
    }

    /// Opens a reader of one's own: each worker has one, so a reader needs no lock.
    ///
    /// # Errors
    /// Whatever the source finds, wrapped in [`crate::Error::Surface`].
    fn open(&self) -> Result<Box<dyn SurfaceReader + '_>>;
}

/// Reads windows of one surface.
pub trait SurfaceReader: Send {
    /// The heights of `window` (inside the grid), row by row.
    ///
    /// The value of a cell must not depend on the window in which it is asked for.
    ///
    /// # Errors
    /// Whatever the source finds, wrapped in [`crate::Error::Surface`].
    fn read(&mut self, window: Window) -> Result<Heights>;

    /// Takes back heights that are no longer needed, so that the next reading need not ask the system for memory.
    fn recycle(&mut self, heights: Heights) {
        drop(heights);
    }
}
