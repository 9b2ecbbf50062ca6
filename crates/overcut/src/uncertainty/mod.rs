//! How sure a difference and a volume are.

mod model;

pub use model::{ErrorModel, SlopeBin, SlopeError, Structure, StructureKind, Variogram, VariogramLag};
mod stub;
pub use stub::*;
