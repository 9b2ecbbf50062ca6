//! How two surveys are brought to lie on each other, and whether they may be.

mod correction;
mod resample;

pub use correction::{Correction, Interpolation};
pub(crate) use resample::Resampler;
mod stub;
pub use stub::*;
