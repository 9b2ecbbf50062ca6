//! What is change and what is noise: the level of detection of a difference of two heights.
//!
//! # References
//! Lane, Westaway & Hicks (2003), Estimation of erosion and deposition volumes in a large, gravel-bed, braided river using
//! synoptic remote sensing, Earth Surf. Process. Landforms 28, 249-271; Wheaton et al. (2010),
//! Accounting for uncertainty in DEMs from repeat topographic surveys, Earth Surf. Process. Landforms 35, 136-156.

use crate::{
    dem::SurfaceInfo,
    error::{Error, Result},
};

/// Standard deviation of a difference of two heights with independent errors, metres: √(σ₁² + σ₂²).
pub fn difference_sigma_m(earlier_sigma_m: f64, later_sigma_m: f64) -> f64 {
    earlier_sigma_m.hypot(later_sigma_m)
}

/// The z on both sides of which `1 - confidence` of a standard normal distribution lies: 1.96 at 0.95. Infinite or NaN
/// outside `0 < confidence < 1`.
pub fn two_sided_quantile(confidence: f64) -> f64 {
    // P(|Z| <= z) = erf(z / sqrt 2)
    std::f64::consts::SQRT_2 * statrs::function::erf::erf_inv(confidence)
}

/// The standard deviation that a surface states of its heights, metres.
///
/// # Errors
/// [`Error::InvalidParameter`] for one that is not a number `>= 0`.
pub fn stated_sigma_m(info: &SurfaceInfo) -> Result<Option<f64>> {
    match info.sigma_m {
        Some(sigma) if !(sigma.is_finite() && sigma >= 0.0) => Err(Error::InvalidParameter {
            name: format!("sigma_m of {}", info.name),
            found: sigma.to_string(),
            expected: "metres, 0 or more".to_owned(),
        }),
        stated => Ok(stated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_printed_tables() {
        for (confidence, expected) in
            [(0.68, 0.994_457_883), (0.90, 1.644_853_627), (0.95, 1.959_963_985), (0.99, 2.575_829_304)]
        {
            assert!((two_sided_quantile(confidence) - expected).abs() < 1e-8, "{confidence}");
        }
    }

    #[test]
    fn three_and_four_make_five() {
        assert_eq!(difference_sigma_m(0.3, 0.4), 0.5);
    }
}
