//! One cell's removed column, cut by levels and layers.
//!
//! The ground inside a cell is not flat: where a floor, a ceiling or a layer cuts through it, taking each cell as a flat
//! block errs by whole per cents of the volume below the level at cells of 5 to 10 m. Here the ground in a cell is a plane
//! through the cell's height, with the slope of its neighbours; a level or a bound of a layer is a plane too. All is exact for
//! planes, in one of two ways: by a closed form where no two of the planes that cut the column meet each other in the cell,
//! else by dividing the cell along the lines in which they meet.

mod cuts;
mod division;
mod order;
mod split;
#[cfg(test)]
mod tests;

pub use cuts::{Cuts, Seam};
pub(crate) use order::{Order, Stand};
pub use split::Splitter;
pub(crate) use split::mean_positive;

/// The ground in one cell: a plane over the square `-1 <= s, t <= 1`, s to the east and t to the south.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ground {
    /// Height at the centre = mean height of the cell, metres.
    pub centre_m: f64,
    /// Rise from the centre to the eastern edge, metres.
    pub east_m: f64,
    /// Rise from the centre to the southern edge, metres.
    pub south_m: f64,
}

impl Ground {
    /// A level plane.
    pub fn level(height_m: f64) -> Self {
        Self { centre_m: height_m, east_m: 0.0, south_m: 0.0 }
    }

    /// The plane through a cell's height with the slope of its neighbours ([`rise`]).
    pub fn from_neighbours(centre: f64, north: f64, south: f64, west: f64, east: f64) -> Self {
        Self { centre_m: centre, east_m: rise(west, centre, east), south_m: rise(north, centre, south) }
    }

    /// Greatest difference between the ground in the cell and its centre, metres.
    #[inline]
    pub fn reach_m(&self) -> f64 {
        self.east_m.abs() + self.south_m.abs()
    }

    #[inline]
    fn at(&self, s: f64, t: f64) -> f64 {
        self.centre_m + self.east_m * s + self.south_m * t
    }

    /// Lowest and highest point in the cell, metres.
    #[inline]
    pub(crate) fn range_m(&self) -> (f64, f64) {
        let reach = self.reach_m();
        (self.centre_m - reach, self.centre_m + reach)
    }

    /// How far this plane lies over another.
    #[inline]
    fn over(&self, other: &Self) -> Self {
        Self {
            centre_m: self.centre_m - other.centre_m,
            east_m: self.east_m - other.east_m,
            south_m: self.south_m - other.south_m,
        }
    }

    /// Whether two planes cross inside the cell; where they only touch, they do not.
    #[inline]
    pub(crate) fn crosses(&self, other: &Self) -> bool {
        let gap = self.over(other);
        gap.centre_m.abs() < gap.reach_m()
    }
}

/// A plane along a row of cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Even {
    /// The plane in column 0.
    pub(crate) first: Ground,
    /// What a column adds to its height, metres.
    pub(crate) per_col_m: f64,
}

impl Even {
    pub(crate) fn level(height_m: f64) -> Self {
        Self { first: Ground::level(height_m), per_col_m: 0.0 }
    }

    /// The plane in the cell of a column.
    #[inline]
    pub(crate) fn ground(&self, col: usize) -> Ground {
        Ground { centre_m: self.first.centre_m + self.per_col_m * col as f64, ..self.first }
    }

    /// Lowest and highest point between two columns, metres.
    pub(crate) fn range_m(&self, first: usize, last: usize) -> (f64, f64) {
        let ([west_m, east_m], reach_m) = ([first, last].map(|col| self.ground(col).centre_m), self.first.reach_m());
        (west_m.min(east_m) - reach_m, west_m.max(east_m) + reach_m)
    }
}

/// Rise from the centre of a cell to its edge, metres, from the heights of the cell and of its two neighbours in one
/// direction (NaN = no data).
///
/// The slope is the monotonised central one: the central difference, but at most twice the smaller of the two one-sided
/// ones, and none where they differ in sign. On smooth ground that is the central difference; at the foot and the
/// brink of a wall, where a central difference would tilt the flat ground by half the wall, it keeps the ground level.
/// Where one neighbour has no data, the other side's difference is used; where both have none, the ground is level.
///
/// # References
/// Van Leer (1977), Towards the ultimate conservative difference scheme III, J. Comput. Phys. 23, 263-275 (the limiter).
#[inline]
pub fn rise(before: f64, centre: f64, after: f64) -> f64 {
    let (back, ahead) = (centre - before, after - centre);
    let smaller = |a: f64, b: f64| if a < b { a } else { b };
    let central = 0.5 * (back + ahead);
    let limited = smaller(central.abs(), 2.0 * smaller(back.abs(), ahead.abs()));
    let one_side = if back.is_nan() { ahead } else { back };
    // Chosen at the end and not on the way: rows of cells are done in vectors.
    if back * ahead > 0.0 {
        limited.copysign(central) / 2.0
    } else if back.is_nan() != ahead.is_nan() {
        one_side / 2.0
    } else {
        0.0
    }
}
