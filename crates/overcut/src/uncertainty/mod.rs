//! How sure a difference and a volume are.
//!
//! | task | module |
//! |---|---|
//! | the error of one difference, and how errors go together, from stable ground | `estimate`, `variogram` |
//! | the error of a sum over many cells | `blocks`, `volume` |
//! | thresholds that noise exceeds with a chosen probability | `detection` |
//! | is a limit exceeded? | `decision` |

mod blocks;
mod decision;
mod detection;
mod estimate;
mod model;
mod variogram;
mod volume;

pub use blocks::{Block, Footprint};
pub use decision::{Verdict, decide};
pub use detection::{smoothing_factor, strong_level};
pub use estimate::{ErrorModelOptions, error_model};
pub use model::{ErrorModel, SlopeBin, SlopeError, Structure, StructureKind, Variogram, VariogramLag};
pub(crate) use volume::MOST_BLOCKS;
pub use volume::{CorrelationTables, block_size, exact_quadratic};
