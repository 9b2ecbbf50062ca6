//! The formulas of resampling: a place between cell centres, the height there, the mean over a cell.

use overcut::Window;

/// A place within this share of a cell from a line of centres lies on it. It is above the rounding of seven-digit coordinates
/// (1e-9 m, in cells of a centimetre 1e-7) and far below what a height shows.
const ON_LINE: f64 = 1e-6;

/// A place on one axis: between the centres `first` and `first + 1`, `share` of the way; at `first` itself if that is zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Along {
    pub(super) first: usize,
    pub(super) share: f64,
}

impl Along {
    /// The last cell that counts.
    pub(super) fn last(self) -> usize {
        if self.share == 0.0 { self.first } else { self.first + 1 }
    }
}

/// A position in cells (0 = outer edge of the first cell) as a place between centres; `None` beyond the outermost centres.
pub(super) fn place_on(position: f64, cells: usize) -> Option<Along> {
    let from_centre = position - 0.5;
    let below = from_centre.floor();
    let share = from_centre - below;
    let (below, share) = if share <= ON_LINE {
        (below, 0.0)
    } else if share >= 1.0 - ON_LINE {
        (below + 1.0, 0.0)
    } else {
        (below, share)
    };
    // What is not finite fails both comparisons.
    if !(below >= 0.0 && below < cells as f64) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number in 0..cells")]
    let first = below as usize;
    let along = Along { first, share };
    (along.last() < cells).then_some(along)
}

/// The height at a place; `heights` are those of `window`. NaN where a neighbour that counts is missing.
///
/// `a + t (b - a)` twice: a constant stays itself to the bit, which a sum of four weighted heights would not.
pub(super) fn height_at(heights: &[f64], window: Window, row: Along, col: Along) -> f64 {
    let on_row = |row: usize| {
        let at = (row - window.row) * window.cols + col.first - window.col;
        if col.share == 0.0 { heights[at] } else { between(heights[at], heights[at + 1], col.share) }
    };
    if row.share == 0.0 { on_row(row.first) } else { between(on_row(row.first), on_row(row.first + 1), row.share) }
}

fn between(a: f64, b: f64, share: f64) -> f64 {
    a + share * (b - a)
}

/// The mean of `count` heights, missing if one is; as the first plus the mean of the differences from it, so that equal
/// heights give their value to the bit.
pub(super) fn mean_of_points(mut heights: impl Iterator<Item = f64>, count: usize) -> f64 {
    let first = heights.next().unwrap_or(f64::NAN);
    if count == 1 || first.is_nan() {
        return first;
    }
    let differences: f64 = heights.map(|height| height - first).sum();
    first + differences / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { row: 0, col: 0, rows: 2, cols: 2 };

    fn at(first: usize, share: f64) -> Along {
        Along { first, share }
    }

    #[test]
    fn the_middle_of_a_cell_is_its_centre_and_its_edge_half_way_to_the_next() {
        assert_eq!(place_on(0.5, 3), Some(at(0, 0.0)));
        assert_eq!(place_on(1.0, 3), Some(at(0, 0.5)));
        assert_eq!(place_on(2.5, 3), Some(at(2, 0.0)));
    }

    #[test]
    fn the_outer_half_cell_has_no_place_but_its_inner_border_has() {
        assert_eq!(place_on(0.49, 3), None);
        assert_eq!(place_on(2.51, 3), None);
        assert_eq!(place_on(0.5 - 1e-7, 3), Some(at(0, 0.0)));
        assert_eq!(place_on(f64::NAN, 3), None);
        assert_eq!(place_on(f64::INFINITY, 3), None);
    }

    #[test]
    fn a_quarter_and_a_half_between_four_heights_by_hand() {
        // Rows 10, 14 and 20, 28: at a quarter of the columns 11 and 22, half way down 16.5.
        assert_eq!(height_at(&[10.0, 14.0, 20.0, 28.0], WINDOW, at(0, 0.5), at(0, 0.25)), 16.5);
    }

    #[test]
    fn only_neighbours_with_weight_make_a_point_missing() {
        let heights = [10.0, f64::NAN, 20.0, 28.0];
        assert_eq!(height_at(&heights, WINDOW, at(0, 0.5), at(0, 0.0)), 15.0);
        assert_eq!(height_at(&heights, WINDOW, at(1, 0.0), at(0, 0.5)), 24.0);
        assert!(height_at(&heights, WINDOW, at(0, 0.0), at(0, 0.001)).is_nan());
    }

    #[test]
    fn equal_heights_keep_their_bits_in_interpolation_and_mean() {
        let height = 1_234.567_890_123_4;
        let point = height_at(&[height; 4], WINDOW, at(0, 0.3), at(0, 0.7));
        assert_eq!(point, height);
        assert_eq!(mean_of_points(std::iter::repeat_n(height, 49), 49), height);
    }

    #[test]
    fn the_mean_of_four_by_hand_and_one_missing() {
        assert_eq!(mean_of_points([1.0, 2.0, 3.0, 6.0].into_iter(), 4), 3.0);
        assert!(mean_of_points([1.0, f64::NAN, 3.0, 6.0].into_iter(), 4).is_nan());
    }
}
