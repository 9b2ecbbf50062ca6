//! The whole job: surfaces, licences and layers in, an [`Assessment`] out.

mod accuracy;
mod area;
mod assessor;
mod boundary;
mod checks;
mod classes;
mod conversion;
mod gather;
pub(crate) mod geojson;
mod job;
mod options;
mod patches;
mod plausible;
mod prepared;
mod records;
mod result;
mod rows;
mod volumes;
mod workings;

pub use accuracy::accuracy;
pub use assessor::{Assessor, RegionResult};
pub use conversion::{Conversion, Done};
pub use job::{SCHEMA, assess};
pub use options::{AssessOptions, Connectivity, Elevation};
pub use plausible::{height_findings, offset_findings};
pub use prepared::Prepared;
pub use result::{
    Accuracy, Assessment, Attribution, Change, Class, ClassRow, Contact, Detection, ErrorSource, Interval,
    LayerPartRecord, LayerRecord, LicenceFile, LicenceRecord, Nearest, PartRecord, Patch, PatchClass, PatchEpoch,
    Placement, RowCovariance, Series, SurfaceRecord, VolumeError,
};

pub use crate::layers::{Layer, LayerBound};
use crate::{Licence, Result, stable::StableGround, surface::Surface};

/// What an assessment starts from.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// At least two surfaces on one grid, in the order of their dates.
    pub surfaces: &'a [&'a dyn Surface],
    /// The licences, in the CRS of the grid; may be empty.
    pub licences: &'a [Licence],
    /// The layers, from the top down where they touch; may be empty. Where two overlap, the one listed first counts.
    pub layers: &'a [Layer<'a>],
    /// Where errors are measured.
    pub stable_ground: StableGround<'a>,
}

/// Cells of one window as the pass has seen them, for rasters written along the way.
#[derive(Debug)]
pub struct CellBlock<'a> {
    /// Position in [`Assessment::intervals`].
    pub interval: usize,
    /// Where the cells lie.
    pub window: crate::Window,
    /// Later - earlier, metres; NaN = no data.
    pub dod_m: &'a [f32],
    /// Code of the class that has most of the cell's change ([`class_code`]); 0 = no change, 255 = no data.
    /// Ground outside every polygon has code [`CODE_OUTSIDE`]: to whom it is attributed is known only when its patch is
    /// complete, and stands in the table of patches.
    pub class: &'a [u8],
    /// 0 = no change or not excludable, 1 = certain cut, 2 = certain fill, 255 = no data.
    pub standing: &'a [u8],
}

/// Code of ground outside every polygon in the class raster.
pub const CODE_OUTSIDE: u8 = 20;

/// Code of a class in the class raster: 1 + its position in [`Class::ALL`].
pub fn class_code(class: Class) -> u8 {
    (1..).zip(Class::ALL).find_map(|(code, each)| (each == class).then_some(code)).unwrap_or(0)
}

/// Watches a pass: progress, interruption, rasters.
pub trait Observer: Send {
    /// Called in order, now and then, with the cells done so far and in all. `false` asks to stop: the pass then ends with
    /// [`crate::Error::Interrupted`].
    fn progress(&mut self, done: u64, all: u64) -> bool {
        let _ = (done, all);
        true
    }

    /// Whether [`Self::cells`] is wanted.
    fn wants_cells(&self) -> bool {
        false
    }

    /// Called once for every cell of every interval, in windows that do not overlap, in a fixed order.
    ///
    /// # Errors
    /// [`crate::Error::Output`] ends the pass.
    fn cells(&mut self, block: &CellBlock<'_>) -> Result<()> {
        let _ = block;
        Ok(())
    }
}

/// An observer that sees nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Unobserved;

impl Observer for Unobserved {}
