//! Seven parameters between geocentric coordinates (Helmert, Bursa-Wolf).

use serde::{Deserialize, Serialize};

use super::{ARCSEC_PER_RADIAN, within};
use crate::error::Result;

/// In which sense the three rotations are meant. The same numbers in the other sense put points metres away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// Rotations turn the position vector (EPSG 1033, 9606): `-rz` stands in the first row of the matrix.
    PositionVector,
    /// Rotations turn the frame (EPSG 1032, 9607): `+rz` stands in the first row.
    CoordinateFrame,
}

/// Seven parameters (七参数), after the EPSG guidance note 7-2: with k = 1 + scale and small rotations in radians,
///
/// ```text
/// X'   dx        1  -rz   ry    X
/// Y' = dy + k   rz    1  -rx    Y      (position vector; for the coordinate frame the rotations change sign)
/// Z'   dz      -ry   rx    1    Z
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Helmert {
    /// Shift along X, metres.
    pub dx_m: f64,
    /// Shift along Y, metres.
    pub dy_m: f64,
    /// Shift along Z, metres.
    pub dz_m: f64,
    /// Rotation about X, seconds of arc.
    pub rx_arcsec: f64,
    /// Rotation about Y, seconds of arc.
    pub ry_arcsec: f64,
    /// Rotation about Z, seconds of arc.
    pub rz_arcsec: f64,
    /// Scale less 1, millionths.
    pub scale_ppm: f64,
    /// Sense of the rotations.
    pub convention: Convention,
    /// Height above the ellipsoid at which points of the plan are transformed, metres.
    pub height_m: f64,
}

/// Beyond these no two geodetic datums differ; parameters that do are in another unit, or mistyped.
const MOST_SHIFT_M: f64 = 10_000.0;
const MOST_ROTATION_ARCSEC: f64 = 600.0;
const MOST_SCALE_PPM: f64 = 1_000.0;

impl Helmert {
    pub(super) fn validate(&self) -> Result<()> {
        let far = "datums do not lie farther apart";
        for (name, value) in [("dx_m", self.dx_m), ("dy_m", self.dy_m), ("dz_m", self.dz_m)] {
            within(name, value, MOST_SHIFT_M, "metres", far)?;
        }
        for (name, value) in
            [("rx_arcsec", self.rx_arcsec), ("ry_arcsec", self.ry_arcsec), ("rz_arcsec", self.rz_arcsec)]
        {
            let why = "the formula is for small rotations; a radian has 206264.806 seconds";
            within(name, value, MOST_ROTATION_ARCSEC, "seconds of arc", why)?;
        }
        let why = "it is the scale less 1; a factor k is (k - 1) x 1000000";
        within("scale_ppm", self.scale_ppm, MOST_SCALE_PPM, "millionths", why)?;
        within("height_m", self.height_m, MOST_SHIFT_M, "metres", "no ground is so high or low")
    }

    /// The image of a geocentric position, metres.
    pub fn forward(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let sense = match self.convention {
            Convention::PositionVector => 1.0,
            Convention::CoordinateFrame => -1.0,
        };
        let radians = |arcsec: f64| sense * arcsec / ARCSEC_PER_RADIAN;
        let (rx, ry, rz) = (radians(self.rx_arcsec), radians(self.ry_arcsec), radians(self.rz_arcsec));
        let k = 1.0 + self.scale_ppm * 1e-6;
        [
            self.dx_m + k * (x - rz * y + ry * z),
            self.dy_m + k * (rz * x + y - rx * z),
            self.dz_m + k * (-ry * x + rx * y + z),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WGS 72 to WGS 84, the worked example of EPSG guidance note 7-2 for methods 1033 and 1032.
    fn wgs72(rz_arcsec: f64, convention: Convention) -> Helmert {
        Helmert {
            dx_m: 0.0,
            dy_m: 0.0,
            dz_m: 4.5,
            rx_arcsec: 0.0,
            ry_arcsec: 0.0,
            rz_arcsec,
            scale_ppm: 0.219,
            convention,
            height_m: 0.0,
        }
    }

    #[test]
    fn the_worked_examples_of_the_guidance_note_come_out_in_both_conventions() {
        for helmert in [wgs72(0.554, Convention::PositionVector), wgs72(-0.554, Convention::CoordinateFrame)] {
            let found = helmert.forward([3_657_660.66, 255_768.55, 5_201_382.11]);
            let expected = [3_657_660.78, 255_778.43, 5_201_387.75];
            for (found, expected) in found.iter().zip(expected) {
                // Two decimals on both sides.
                assert!((found - expected).abs() < 0.01, "{found} {expected}");
            }
        }
    }

    #[test]
    fn the_wrong_convention_is_twenty_metres_off() {
        let place = [3_657_660.66, 255_768.55, 5_201_382.11];
        let (right, wrong) = (wgs72(0.554, Convention::PositionVector), wgs72(0.554, Convention::CoordinateFrame));
        // 2 x 0.554" x 3657660 m.
        assert!((right.forward(place)[1] - wrong.forward(place)[1] - 19.648).abs() < 1e-3);
    }

    #[test]
    fn radians_and_factors_are_refused() {
        let mut helmert = wgs72(0.0, Convention::PositionVector);
        helmert.scale_ppm = 1_000_000.219;
        assert!(helmert.validate().is_err());
        helmert.scale_ppm = f64::NAN;
        assert!(helmert.validate().is_err());
    }
}
