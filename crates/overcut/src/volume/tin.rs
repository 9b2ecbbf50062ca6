//! Survey points as facets: a Delaunay triangulation that keeps breaklines.

use serde::{Deserialize, Serialize};
use spade::{
    ConstrainedDelaunayTriangulation, FloatTriangulation, HasPosition, Point2, Triangulation,
    handles::FixedVertexHandle,
};

use super::{
    boxes::Boxes,
    facet::{Corner, Extent, Facet, Facets, holds},
};
use crate::{
    error::{Error, Result},
    grid::GridGeometry,
};

/// How points are joined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
pub struct TinOptions {
    /// Triangles with a longer side are left out: they bridge bays of the outline and gaps of the survey. Default: none is.
    pub max_edge_m: Option<f64>,
}

/// What was found while points were joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct TinSummary {
    /// Points given, corners of breaklines among them.
    pub points: usize,
    /// Points dropped because another has the same x and y; a corner of a breakline goes before a point.
    pub duplicates: usize,
    /// Greatest difference of height among them, m.
    pub worst_duplicate_m: f64,
    /// Breaklines.
    pub breaklines: usize,
    /// Places where a breakline crosses another; the height there is that of the one given later.
    pub crossings: usize,
    /// Triangles.
    pub facets: usize,
    /// Triangles left out because of a long side.
    pub too_long: usize,
    /// Triangles whose corners have one height, m² in plan: what contours make of tops, spurs and gullies.
    pub level_area_m2: f64,
    /// Plan area of all triangles, m².
    pub area_m2: f64,
}

/// Triangles between survey points.
///
/// The triangulation is Delaunay's with the breaklines as sides (kept crate `spade`, exact predicates). Points are sorted
/// first, so that their order does not matter.
#[derive(Debug, Clone)]
pub struct Tin {
    corners: Vec<Corner>,
    facets: Vec<[usize; 3]>,
    boxes: Boxes,
    summary: TinSummary,
    pace_m: f64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    at: Point2<f64>,
    pub(crate) height: f64,
}

impl HasPosition for Place {
    type Scalar = f64;

    fn position(&self) -> Point2<f64> {
        self.at
    }
}

pub(crate) type Net = ConstrainedDelaunayTriangulation<Place>;

impl Tin {
    /// Joins points and breaklines, both in world coordinates; `origin` is the local origin of what comes out.
    ///
    /// # Errors
    /// [`Error::InvalidPoints`] for fewer than three points, points in one line, a coordinate that is not finite, or a side that is
    /// not a positive length.
    pub fn new(
        points: &[[f64; 3]],
        breaklines: &[Vec<[f64; 3]>],
        origin: [f64; 2],
        options: &TinOptions,
    ) -> Result<Self> {
        if let Some(found) = options.max_edge_m.filter(|metres| !(metres.is_finite() && *metres > 0.0)) {
            return Err(Error::InvalidParameter {
                name: "max_edge_m".to_owned(),
                found: found.to_string(),
                expected: "metres, more than 0".to_owned(),
            });
        }
        let (net, mut summary) = net(points, breaklines, origin)?;
        let corners: Vec<Corner> =
            net.vertices().map(|vertex| [vertex.data().at.x, vertex.data().at.y, vertex.data().height]).collect();
        let limit = options.max_edge_m.unwrap_or(f64::INFINITY);
        let mut facets = Vec::with_capacity(net.num_inner_faces());
        for face in net.inner_faces() {
            let numbers = face.vertices().map(|vertex| vertex.fix().index());
            let facet = Facet { corners: numbers.map(|number| corners[number]) };
            let area = 0.5 * facet.doubled_area_m2();
            if longest_side_m(&facet) > limit {
                summary.too_long += 1;
            } else if area > 0.0 {
                let [a, b, c] = facet.corners.map(|corner| corner[2]);
                if a.total_cmp(&b).is_eq() && b.total_cmp(&c).is_eq() {
                    summary.level_area_m2 += area;
                }
                summary.area_m2 += area;
                facets.push(numbers);
            }
        }
        if facets.is_empty() {
            return Err(invalid(
                format!("{} points", points.len()),
                "they must not all lie in one line, nor all sides be longer than `max_edge_m`",
            ));
        }
        summary.facets = facets.len();
        let boxes =
            Boxes::new(facets.iter().map(|numbers| Facet { corners: numbers.map(|number| corners[number]) }.extent()));
        let pace_m = (summary.area_m2 / facets.len() as f64).sqrt();
        Ok(Self { corners, facets, boxes, summary, pace_m })
    }

    /// What was found while points were joined.
    pub fn summary(&self) -> &TinSummary {
        &self.summary
    }

    /// Corners, and the numbers of the three corners of each triangle.
    pub fn parts(&self) -> (&[Corner], &[[usize; 3]]) {
        (&self.corners, &self.facets)
    }

    /// Heights at the centres of the cells of a grid, row by row from the north-west; NaN outside the triangles.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the grid")]
    pub fn to_grid(&self, grid: &GridGeometry, origin: [f64; 2]) -> Vec<f64> {
        let (west, north) = (grid.west - origin[0] + 0.5 * grid.dx, grid.north - origin[1] - 0.5 * grid.dy);
        let mut heights = vec![f64::NAN; grid.shape.cells()];
        let within = |low: f64, high: f64, count: usize| {
            low.ceil().clamp(0.0, count as f64) as usize..(high.floor() + 1.0).clamp(0.0, count as f64) as usize
        };
        for number in 0..self.facets.len() {
            let facet = self.triangle(number);
            let (extent, plane) = (facet.extent(), facet.plane());
            let rows = within((north - extent.north) / grid.dy, (north - extent.south) / grid.dy, grid.shape.rows);
            let cols = within((extent.west - west) / grid.dx, (extent.east - west) / grid.dx, grid.shape.cols);
            for row in rows {
                let y = north - row as f64 * grid.dy;
                for col in cols.clone() {
                    let x = west + col as f64 * grid.dx;
                    let height = &mut heights[row * grid.shape.cols + col];
                    if height.is_nan() && holds(&facet, x, y) {
                        *height = plane.at(x, y);
                    }
                }
            }
        }
        heights
    }

    fn triangle(&self, number: usize) -> Facet {
        Facet { corners: self.facets[number].map(|corner| self.corners[corner]) }
    }
}

impl Facets for Tin {
    fn count(&self) -> usize {
        self.facets.len()
    }

    fn facet(&self, number: usize) -> Option<Facet> {
        Some(self.triangle(number))
    }

    fn near(&self, extent: &Extent, into: &mut Vec<usize>) {
        self.boxes.near(extent, into);
    }

    fn pace_m(&self) -> f64 {
        self.pace_m
    }
}

/// The triangulation of points and breaklines.
pub(crate) fn net(points: &[[f64; 3]], breaklines: &[Vec<[f64; 3]>], origin: [f64; 2]) -> Result<(Net, TinSummary)> {
    let mut summary = TinSummary { breaklines: breaklines.len(), ..TinSummary::default() };
    // Corners of breaklines sort before points at the same place.
    let on_lines = breaklines.iter().flatten().map(|point| (0_u8, *point));
    let mut all: Vec<(u8, [f64; 3])> = on_lines.chain(points.iter().map(|point| (1_u8, *point))).collect();
    summary.points = all.len();
    for (_, point) in &mut all {
        if !point.iter().all(|value| value.is_finite()) {
            return Err(invalid(
                format!("({}, {}, {})", point[0], point[1], point[2]),
                "every coordinate must be finite",
            ));
        }
        // A negative zero is a zero.
        *point = [point[0] - origin[0] + 0.0, point[1] - origin[1] + 0.0, point[2]];
    }
    all.sort_by(|(a, p), (b, q)| {
        p[0].total_cmp(&q[0]).then(p[1].total_cmp(&q[1])).then(a.cmp(b)).then(p[2].total_cmp(&q[2]))
    });
    let mut places: Vec<Place> = Vec::with_capacity(all.len());
    for (_, [x, y, height]) in all {
        let at = Point2::new(x, y);
        match places.last() {
            Some(last) if last.at == at => {
                summary.duplicates += 1;
                summary.worst_duplicate_m = summary.worst_duplicate_m.max((height - last.height).abs());
            }
            _ => places.push(Place { at, height }),
        }
    }
    if places.len() < 3 {
        return Err(invalid(format!("{} different points", places.len()), "a surface needs at least three"));
    }
    let find = |point: &[f64; 3]| {
        let (x, y) = (point[0] - origin[0] + 0.0, point[1] - origin[1] + 0.0);
        places.binary_search_by(|place| place.at.x.total_cmp(&x).then(place.at.y.total_cmp(&y))).ok()
    };
    let sides: Vec<(usize, usize)> = breaklines
        .iter()
        .flat_map(|line| line.windows(2))
        .filter_map(|pair| Some((find(&pair[0])?, find(&pair[1])?)))
        .filter(|(from, to)| from != to)
        .collect();
    let before = places.len();
    // In the order given, so that numbers are handles.
    let mut net =
        Net::bulk_load_cdt(places, Vec::new()).map_err(|error| invalid("a point".to_owned(), &error.to_string()))?;
    for (from, to) in sides {
        let [from, to] = [from, to].map(FixedVertexHandle::from_index);
        let ends = [from, to].map(|end| *net.vertex(end).data());
        net.add_constraint_and_split(from, to, |at| Place { at, height: along(&ends, at) });
    }
    summary.crossings = net.num_vertices() - before;
    Ok((net, summary))
}

/// Height at a place in a triangulation; `None` outside.
pub(crate) fn height_in(net: &Net, x: f64, y: f64) -> Option<f64> {
    net.barycentric().interpolate(|vertex| vertex.data().height, Point2::new(x, y))
}

fn along([from, to]: &[Place; 2], at: Point2<f64>) -> f64 {
    let (ux, uy) = (to.at.x - from.at.x, to.at.y - from.at.y);
    let share = ((at.x - from.at.x) * ux + (at.y - from.at.y) * uy) / (ux * ux + uy * uy);
    from.height + share * (to.height - from.height)
}

fn longest_side_m(facet: &Facet) -> f64 {
    let [a, b, c] = &facet.corners;
    [(a, b), (b, c), (c, a)].iter().map(|(p, q)| (p[0] - q[0]).hypot(p[1] - q[1])).fold(0.0, f64::max)
}

fn invalid(found: String, why: &str) -> Error {
    Error::InvalidPoints { found, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: [f64; 2] = [500_000.0, 3_941_000.0];

    fn at(x: f64, y: f64, z: f64) -> [f64; 3] {
        [ORIGIN[0] + x, ORIGIN[1] + y, z]
    }

    #[test]
    fn a_breakline_is_a_side_and_carries_its_heights_into_the_surface() {
        let square = [at(0.0, 0.0, 0.0), at(2.0, 0.0, 0.0), at(2.0, 2.0, 0.0), at(0.0, 2.0, 0.0)];
        let ridge = vec![at(0.0, 1.0, 4.0), at(2.0, 1.0, 4.0)];
        let tin = Tin::new(&square, &[ridge], ORIGIN, &TinOptions::default()).unwrap();
        assert_eq!(tin.height_at(1.0, 1.0), Some(4.0));
        assert_eq!(tin.height_at(1.0, 0.5), Some(2.0));
        assert_eq!(tin.height_at(3.0, 1.0), None);
        assert_eq!(tin.summary().area_m2, 4.0);
    }

    #[test]
    fn the_order_of_points_does_not_matter() {
        let mut points: Vec<_> =
            (0..50).map(f64::from).map(|i| at((i * 7.3) % 11.0, (i * 3.1) % 13.0, i.sin())).collect();
        let first = Tin::new(&points, &[], ORIGIN, &TinOptions::default()).unwrap();
        points.reverse();
        let second = Tin::new(&points, &[], ORIGIN, &TinOptions::default()).unwrap();
        assert_eq!(first.parts(), second.parts());
    }

    #[test]
    fn breaklines_that_cross_are_noded_and_counted() {
        let points = [at(0.0, 0.0, 0.0), at(4.0, 0.0, 0.0), at(4.0, 4.0, 0.0), at(0.0, 4.0, 0.0)];
        let lines = [vec![at(0.0, 2.0, 1.0), at(4.0, 2.0, 1.0)], vec![at(2.0, 0.5, 3.0), at(2.0, 3.5, 5.0)]];
        let tin = Tin::new(&points, &lines, ORIGIN, &TinOptions::default()).unwrap();
        assert_eq!(tin.summary().crossings, 1);
        assert_eq!(tin.height_at(2.0, 2.0), Some(4.0));
    }

    #[test]
    fn two_heights_at_one_place_are_counted_with_their_difference() {
        let points = [at(0.0, 0.0, 0.0), at(2.0, 0.0, 0.0), at(0.0, 2.0, 0.0), at(0.0, 2.0, 0.25)];
        let tin = Tin::new(&points, &[], ORIGIN, &TinOptions::default()).unwrap();
        assert_eq!((tin.summary().duplicates, tin.summary().worst_duplicate_m), (1, 0.25));
    }

    #[test]
    fn points_in_a_line_and_points_that_are_no_numbers_are_refused() {
        let line = [at(0.0, 0.0, 0.0), at(1.0, 0.0, 0.0), at(2.0, 0.0, 0.0)];
        assert!(matches!(Tin::new(&line, &[], ORIGIN, &TinOptions::default()), Err(Error::InvalidPoints { .. })));
        let hole = [at(0.0, 0.0, 0.0), at(1.0, 0.0, f64::NAN), at(2.0, 1.0, 0.0)];
        assert!(matches!(Tin::new(&hole, &[], ORIGIN, &TinOptions::default()), Err(Error::InvalidPoints { .. })));
    }

    #[test]
    fn a_plane_is_a_plane_on_the_grid_and_nothing_lies_outside_the_points() {
        let plane = |x: f64, y: f64| 100.0 + 0.5 * x - 0.25 * y;
        let points: Vec<_> = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (3.3, 4.7), (8.1, 2.2)]
            .iter()
            .map(|(x, y)| at(*x, *y, plane(*x, *y)))
            .collect();
        let tin = Tin::new(&points, &[], ORIGIN, &TinOptions::default()).unwrap();
        let grid =
            GridGeometry::new(ORIGIN[0], ORIGIN[1] + 12.0, 2.0, 2.0, crate::GridShape { rows: 6, cols: 5 }).unwrap();
        let heights = tin.to_grid(&grid, ORIGIN);
        assert!(heights[..5].iter().all(|height| height.is_nan()));
        // Seven-digit coordinates carry about 1e-9 m.
        assert!((heights[5] - plane(1.0, 9.0)).abs() < 1e-8);
        assert!((heights[29] - plane(9.0, 1.0)).abs() < 1e-8);
    }
}
