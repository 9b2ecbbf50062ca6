//! How two surveys are brought to lie on each other, and whether they may be.
//!
//! The later survey is fitted to the reference on stable ground. See `docs/method.md`, 9.

mod admission;
mod correction;
mod diagnostics;
mod fit;
mod normal;
mod options;
mod refine;
mod resample;
mod result;

pub use admission::register;
pub use correction::{Correction, Interpolation};
pub use options::{Method, RegistrationOptions};
pub(crate) use resample::Resampler;
pub use result::{AspectBin, Histogram, Outcome, Parameter, Registered, Registration, ResidualBin};
