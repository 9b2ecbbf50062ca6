//! Plane similarity: two shifts, a rotation and a scale.

use serde::{Deserialize, Serialize};

use super::{ARCSEC_PER_RADIAN, finite, within};
use crate::error::Result;

/// Which axis comes first in the parameters (and in tables of points).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axes {
    /// x is east, y north; a positive rotation turns points anticlockwise on the map.
    EastNorth,
    /// x is north, y east, as in Chinese tables; a positive rotation turns points clockwise on the map.
    NorthEast,
}

impl Axes {
    /// A pair in this order, from east and north; and back.
    pub fn ordered(self, (a, b): (f64, f64)) -> (f64, f64) {
        match self {
            Self::EastNorth => (a, b),
            Self::NorthEast => (b, a),
        }
    }
}

/// Plane similarity (四参数): with k = 1 + scale, in the order of `axes`,
///
/// ```text
/// x' = dx + k (x cos r - y sin r)
/// y' = dy + k (x sin r + y cos r)
/// ```
///
/// The formula is the same in both orders of axes, but the parameters are not: exchanged axes turn the other way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Similarity {
    /// Shift along the first axis, metres.
    pub dx_m: f64,
    /// Shift along the second axis, metres.
    pub dy_m: f64,
    /// Rotation from the first axis towards the second, seconds of arc.
    pub rotation_arcsec: f64,
    /// Scale less 1, millionths.
    pub scale_ppm: f64,
    /// Which axis is the first.
    pub axes: Axes,
}

/// Largest |scale| in millionths: beyond it lengths differ by a hundredth, and no two surveys do.
const MOST_SCALE_PPM: f64 = 10_000.0;

impl Similarity {
    pub(super) fn validate(&self) -> Result<()> {
        finite("dx_m", self.dx_m, "metres")?;
        finite("dy_m", self.dy_m, "metres")?;
        finite("rotation_arcsec", self.rotation_arcsec, "seconds of arc")?;
        let why = "it is the scale less 1; a factor k is (k - 1) x 1000000";
        within("scale_ppm", self.scale_ppm, MOST_SCALE_PPM, "millionths", why)
    }

    fn turn(&self) -> (f64, f64) {
        let k = 1.0 + self.scale_ppm * 1e-6;
        let (sin, cos) = (self.rotation_arcsec / ARCSEC_PER_RADIAN).sin_cos();
        (k * cos, k * sin)
    }

    /// The image of a point, east first.
    pub fn forward(&self, point: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.axes.ordered(point);
        let (a, b) = self.turn();
        self.axes.ordered((self.dx_m + a * x - b * y, self.dy_m + b * x + a * y))
    }

    /// The point of which this one is the image, east first.
    pub fn backward(&self, image: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.axes.ordered(image);
        let (x, y) = (x - self.dx_m, y - self.dy_m);
        let (a, b) = self.turn();
        let square = a * a + b * b;
        self.axes.ordered(((a * x + b * y) / square, (a * y - b * x) / square))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(axes: Axes) -> Similarity {
        Similarity { dx_m: 100.0, dy_m: 1_000.0, rotation_arcsec: 90.0 * 3_600.0, scale_ppm: 0.0, axes }
    }

    fn close(found: (f64, f64), expected: (f64, f64), by: f64) {
        assert!((found.0 - expected.0).abs() <= by && (found.1 - expected.1).abs() <= by, "{found:?} {expected:?}");
    }

    #[test]
    fn a_quarter_turn_by_hand_goes_anticlockwise_with_east_first_and_clockwise_with_north_first() {
        // (3 east, 4 north): anticlockwise to (-4, 3), then 100 east and 1000 north.
        close(turned(Axes::EastNorth).forward((3.0, 4.0)), (96.0, 1_003.0), 1e-9);
        // Clockwise to (4 east, -3 north); the first shift is north.
        close(turned(Axes::NorthEast).forward((3.0, 4.0)), (1_004.0, 97.0), 1e-9);
    }

    #[test]
    fn a_scale_of_thirty_millionths_stretches_a_northing_by_118_metres() {
        let similarity =
            Similarity { dx_m: 0.0, dy_m: 0.0, rotation_arcsec: 0.0, scale_ppm: 30.0, axes: Axes::NorthEast };
        close(similarity.forward((0.0, 3_940_000.0)), (0.0, 3_940_118.2), 1e-6);
    }

    /// Parameters and control points from a published sheet (formulas for Dushanzi, 2008: X north, Y east; coordinates to
    /// a millimetre or a centimetre). Its own points fit its parameters to 5 cm.
    #[test]
    fn a_published_set_takes_its_control_points_where_the_sheet_has_them() {
        let similarity = Similarity {
            dx_m: 4_833_234.524,
            dy_m: 484_468.643,
            rotation_arcsec: -(16.0 * 3_600.0 + 11.0 * 60.0 + 51.92738),
            scale_ppm: (0.999_962_330_160_001 - 1.0) * 1e6,
            axes: Axes::NorthEast,
        };
        for ((north, east), (to_north, to_east)) in [
            ((53_824.764, 103_719.686), (4_913_852.6, 569_053.351)),
            ((53_891.998, 103_029.992), (4_913_724.8, 568_372.29)),
            ((51_884.967, 101_175.032), (4_911_280.1, 567_150.868)),
        ] {
            close(similarity.forward((east, north)), (to_east, to_north), 0.05);
        }
    }

    #[test]
    fn there_and_back_is_the_same_point() {
        for axes in [Axes::EastNorth, Axes::NorthEast] {
            let similarity = Similarity { dx_m: -88.1, dy_m: 4.4, rotation_arcsec: 3_211.5, scale_ppm: -41.2, axes };
            let point = (37_498_187.664, 3_941_160.735);
            close(similarity.backward(similarity.forward(point)), point, 1e-7);
        }
    }

    #[test]
    fn a_factor_in_place_of_millionths_is_refused_only_where_it_cannot_be_meant() {
        let mut similarity = turned(Axes::EastNorth);
        similarity.scale_ppm = 999_962.3;
        assert!(similarity.validate().unwrap_err().to_string().contains("(k - 1) x 1000000"));
    }
}
