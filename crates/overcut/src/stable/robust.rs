//! Medians and spreads that outliers do not move.

use serde::{Deserialize, Serialize};

/// Scales the median absolute deviation to the standard deviation of a normal distribution: 1 / Φ⁻¹(3/4) (Höhle & Höhle
/// 2009).
pub const NMAD_SCALE: f64 = 1.482_602_218_505_602;

/// The median; the order of the values is lost. NaN for none. Of an even number, the upper of the two in the middle.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// Centre and spread of differences.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Number of differences.
    pub cells: u64,
    /// Median, m.
    pub median_m: f64,
    /// Normalised median absolute deviation from the median, m.
    pub nmad_m: f64,
    /// Root of the mean square, m.
    pub rms_m: f64,
}

/// Centre and spread; `None` for no value. The order of the values is lost.
pub(crate) fn spread(values: &mut [f64]) -> Option<Spread> {
    if values.is_empty() {
        return None;
    }
    let mean_square = values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64;
    let cells = values.len() as u64;
    let median_m = median(values);
    values.iter_mut().for_each(|value| *value = (*value - median_m).abs());
    Some(Spread { cells, median_m, nmad_m: NMAD_SCALE * median(values), rms_m: mean_square.sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlier_moves_neither_median_nor_nmad() {
        // Deviations from 3: 2, 1, 0, 1, 997; their median is 1.
        let found = spread(&mut [1.0, 2.0, 3.0, 4.0, 1000.0]).unwrap();
        assert_eq!((found.median_m, found.nmad_m, found.cells), (3.0, NMAD_SCALE, 5));
        assert!(spread(&mut []).is_none());
    }
}
