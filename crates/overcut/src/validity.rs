//! Later.
use serde::{Deserialize, Serialize};
/// Whether a licence was valid in an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidityOutcome {
    /// On every day.
    InForce,
    /// It starts later.
    NotYetInForce,
    /// It ended earlier.
    Expired,
    /// On some days.
    Undecided,
}
