//! Is a limit exceeded? Surely, possibly, or surely not.

use serde::{Deserialize, Serialize};

use crate::dod::two_sided_quantile;

/// Where a volume or a value stands with respect to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval lies over the limit.
    SurelyOver,
    /// The limit lies in the interval.
    Possibly,
    /// The whole interval lies at or under the limit.
    SurelyNot,
}

/// Compares the two-sided interval of a value at a confidence with a limit. For evidence take 0.95 or more; to find cases worth
/// a visit, less.
///
/// # Examples
/// ```
/// use overcut::uncertainty::{Verdict, decide};
/// assert_eq!(decide(1000.0, 50.0, 850.0, 0.95), Verdict::SurelyOver);
/// assert_eq!(decide(1000.0, 50.0, 950.0, 0.95), Verdict::Possibly);
/// assert_eq!(decide(1000.0, 50.0, 950.0, 0.50), Verdict::SurelyOver);
/// assert_eq!(decide(1000.0, 50.0, 1200.0, 0.95), Verdict::SurelyNot);
/// ```
pub fn decide(value: f64, sigma: f64, limit: f64, confidence: f64) -> Verdict {
    let half = two_sided_quantile(confidence) * sigma;
    if value - half > limit {
        Verdict::SurelyOver
    } else if value + half <= limit {
        Verdict::SurelyNot
    } else {
        // Also where something is not a number.
        Verdict::Possibly
    }
}
