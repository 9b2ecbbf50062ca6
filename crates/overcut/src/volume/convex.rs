//! Convex pieces of the plan, with the heights of two surfaces at their corners.

use crate::licence::Band;

/// A corner of a piece: x, y, height of the earlier and of the later surface.
pub(crate) type Vertex = [f64; 4];

/// Position of the earlier height in a [`Vertex`].
pub(crate) const BEFORE: usize = 2;
/// Position of the later height.
pub(crate) const AFTER: usize = 3;

/// Keeps what lies where a linear function, given by its values at the corners, is not negative.
pub(crate) fn keep(piece: &[Vertex], value: impl Fn(&Vertex) -> f64, into: &mut Vec<Vertex>) {
    into.clear();
    let Some(mut previous) = piece.last() else { return };
    let mut at_previous = value(previous);
    for vertex in piece {
        let here = value(vertex);
        if (at_previous < 0.0) != (here < 0.0) {
            // The order of the two ends does not matter, so that neighbours cut their common edge in the same place.
            let (a, b, from, to) =
                if here < 0.0 { (vertex, previous, here, at_previous) } else { (previous, vertex, at_previous, here) };
            let share = from / (from - to);
            into.push(std::array::from_fn(|axis| a[axis] + share * (b[axis] - a[axis])));
        }
        if here >= 0.0 {
            into.push(*vertex);
        }
        (previous, at_previous) = (vertex, here);
    }
}

/// Keeps what lies left of the line from `p` to `q`.
pub(crate) fn keep_left(piece: &[Vertex], p: [f64; 2], q: [f64; 2], into: &mut Vec<Vertex>) {
    let (ux, uy) = (q[0] - p[0], q[1] - p[1]);
    keep(piece, |vertex| ux * (vertex[1] - p[1]) - uy * (vertex[0] - p[0]), into);
}

/// Keeps what lies inside a triangle that runs counter-clockwise; `spare` is for the work between.
pub(crate) fn keep_inside(piece: &[Vertex], triangle: [[f64; 2]; 3], spare: &mut Vec<Vertex>, into: &mut Vec<Vertex>) {
    let [a, b, c] = triangle;
    keep_left(piece, a, b, into);
    keep_left(into, b, c, spare);
    keep_left(spare, c, a, into);
}

/// Area, m²; counted from the first corner, so that large coordinates do not cost digits.
pub(crate) fn area_m2(piece: &[Vertex]) -> f64 {
    0.5 * fan(piece).map(|(doubled, _)| doubled).sum::<f64>()
}

/// Integral over the piece of a function that is linear on it, m³ for heights in m.
pub(crate) fn integral(piece: &[Vertex], value: impl Fn(&Vertex) -> f64) -> f64 {
    fan(piece).map(|(doubled, corners)| doubled * corners.iter().map(|corner| value(corner)).sum::<f64>()).sum::<f64>()
        / 6.0
}

/// Integral of a height that counts from `floor_m` to `ceiling_m` only: lower ground counts as the floor, higher as the ceiling.
pub(crate) fn integral_between(
    piece: &[Vertex],
    axis: usize,
    (floor_m, ceiling_m): (f64, f64),
    spare: &mut Vec<Vertex>,
) -> f64 {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for vertex in piece {
        low = low.min(vertex[axis]);
        high = high.max(vertex[axis]);
    }
    if high <= floor_m {
        return floor_m * area_m2(piece);
    }
    if low >= ceiling_m {
        return ceiling_m * area_m2(piece);
    }
    let mut sum = integral(piece, |vertex| vertex[axis]);
    if low < floor_m {
        keep(piece, |vertex| floor_m - vertex[axis], spare);
        sum += integral(spare, |vertex| floor_m - vertex[axis]);
    }
    if high > ceiling_m {
        keep(piece, |vertex| vertex[axis] - ceiling_m, spare);
        sum -= integral(spare, |vertex| vertex[axis] - ceiling_m);
    }
    sum
}

/// Leaves in `part` that part of a piece on which one surface lies over the other, with something of what is between them in the band.
pub(crate) fn void(
    piece: &[Vertex],
    (upper, lower): (usize, usize),
    band: Option<Band>,
    part: &mut Vec<Vertex>,
    spare: &mut Vec<Vertex>,
) {
    keep(piece, |vertex| vertex[upper] - vertex[lower], part);
    if let Some(Band { floor_m, ceiling_m }) = band {
        keep(part, |vertex| vertex[upper] - floor_m, spare);
        keep(spare, |vertex| ceiling_m - vertex[lower], part);
    }
    if part.len() < 3 || part.iter().all(|vertex| vertex[upper] <= vertex[lower]) {
        part.clear();
    }
}

fn fan(piece: &[Vertex]) -> impl Iterator<Item = (f64, [&Vertex; 3])> {
    let first = piece.first();
    piece.iter().skip(1).zip(piece.iter().skip(2)).filter_map(move |(b, c)| {
        let a = first?;
        let doubled = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
        Some((doubled, [a, b, c]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [Vertex; 4] =
        [[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 2.0, 0.0], [2.0, 2.0, 2.0, 0.0], [0.0, 2.0, 0.0, 0.0]];

    #[test]
    fn half_of_a_square_is_kept_along_its_diagonal() {
        let mut kept = Vec::new();
        keep_left(&SQUARE, [0.0, 0.0], [2.0, 2.0], &mut kept);
        assert_eq!(area_m2(&kept), 2.0);
    }

    #[test]
    fn heights_between_two_levels_by_hand() {
        // Height = x on a square of 2 x 2 m: between 0.5 and 1.5 the mean is 1.0; between 0.5 and 5 it is
        // (0.25 + 1.875) / 2 = 1.0625; all above 3 counts as 3.
        let mut spare = Vec::new();
        assert_eq!(integral_between(&SQUARE, BEFORE, (0.5, 1.5), &mut spare), 4.0);
        assert_eq!(integral_between(&SQUARE, BEFORE, (0.5, 5.0), &mut spare), 4.25);
        assert_eq!(integral_between(&SQUARE, BEFORE, (3.0, 5.0), &mut spare), 12.0);
        assert_eq!(integral(&SQUARE, |vertex| vertex[BEFORE]), 4.0);
    }
}
