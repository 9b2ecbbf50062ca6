//! What is done to a surface so that it lies on another.

use serde::{Deserialize, Serialize};

/// How heights between cell centres are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// Between the four nearest centres.
    Bilinear,
    /// Between the sixteen nearest centres (Keys 1981, a = -1/2); bilinear where one of them is missing (default: it
    /// smooths the ground and its noise less).
    #[default]
    Bicubic,
}

/// A shift, and a polynomial added to the heights:
///
/// `corrected(x, y) = surface(x - east_m, y - north_m) + up_m + tilt_east u + tilt_north v + bend_east u² + bend_both u v + bend_north v²`
///
/// with `u = x - x0_m`, `v = y - y0_m`. So `east_m` is how far the surface is moved to the east, and `up_m` how far it is
/// raised at (`x0_m`, `y0_m`).
///
/// # Units
/// Metres; tilts metres per metre; bends per metre.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
pub struct Correction {
    /// Moved to the east, m.
    pub east_m: f64,
    /// Moved to the north, m.
    pub north_m: f64,
    /// Raised, m.
    pub up_m: f64,
    /// Raised per metre to the east.
    pub tilt_east: f64,
    /// Raised per metre to the north.
    pub tilt_north: f64,
    /// Raised per square metre to the east.
    pub bend_east: f64,
    /// The mixed term.
    pub bend_both: f64,
    /// Raised per square metre to the north.
    pub bend_north: f64,
    /// Where tilts and bends are counted from.
    pub x0_m: f64,
    /// Where tilts and bends are counted from.
    pub y0_m: f64,
    /// How heights between cell centres are found.
    pub interpolation: Interpolation,
}

impl Correction {
    /// Whether nothing is done.
    pub fn is_identity(&self) -> bool {
        !self.moves() && !self.raises()
    }

    /// Whether the surface is moved in plan.
    pub fn moves(&self) -> bool {
        self.east_m != 0.0 || self.north_m != 0.0
    }

    /// Whether heights are changed.
    pub fn raises(&self) -> bool {
        [self.up_m, self.tilt_east, self.tilt_north, self.bend_east, self.bend_both, self.bend_north]
            .iter()
            .any(|term| *term != 0.0)
    }

    /// What is added to the height at a place, m.
    pub fn added_m(&self, x: f64, y: f64) -> f64 {
        let (u, v) = (x - self.x0_m, y - self.y0_m);
        self.up_m
            + self.tilt_east * u
            + self.tilt_north * v
            + (self.bend_east * u + self.bend_both * v) * u
            + self.bend_north * v * v
    }

    /// What is added along a row from a place on, as `a + b k + c k²` for the k-th cell to the east of it, m.
    pub(crate) fn along_row(&self, (x, y): (f64, f64), dx: f64) -> [f64; 3] {
        let (u, v) = (x - self.x0_m, y - self.y0_m);
        let rise = self.tilt_east + 2.0 * self.bend_east * u + self.bend_both * v;
        [self.added_m(x, y), rise * dx, self.bend_east * dx * dx]
    }
}
