//! The planar overlay of all polygons: each piece of the plan with the set of parts that cover it.
//!
//! Licences may be stacked, adjacent or overlap. A *face* is everything that is covered by one and the same set of parts,
//! so each cubic metre of ground belongs to exactly one face, and is counted once.
//!
//! # Method
//! Polygons are not intersected with each other; only their sides are. Sides are cut where they meet (*noding*), and
//! for every resulting edge the sets of parts on its left and on its right are found. [`crate::coverage`] needs no
//! more than that to give the share of every cell in every face.
//!
//! - Parts with equal polygons, whatever their first corner or direction, are one shape.
//! - A shape whose envelope meets no other goes straight to its edges.
//! - Others are noded in clusters, with a tolerance of 10⁻⁶ m: a corner that close to a side of another licence lies on
//!   it, and corners within twice that are one. Adjacent licences have neither gap nor overlap then. Corners that are
//!   near nothing else do not move, and no side moves by more than a few times the tolerance.
//! - The result is *checked*: at every corner, each face must have as many edges that arrive as edges that leave. If
//!   not (or if noding finds no end), the cluster is noded again with 10⁻⁵ and 10⁻⁴ m before it is refused.
//!
//! # References
//! Noding follows the idea of iterated snap rounding (Halperin & Packer 2002, Computational Geometry 23(2), 209-225), with
//! a tolerance instead of pixels, as in the snapping noder of the JTS Topology Suite.

mod disjoint;
mod noding;
mod planar;
mod shapes;

use std::ops::Range;

use disjoint::DisjointSets;
use geo::Polygon;
use noding::{Indexed, Linework, boxed, narrow};
use planar::Regions;
use rstar::{RTree, RTreeObject};
use shapes::{Shape, distinct_shapes};

use crate::{
    coverage::{Boundaries, Edge, LatticePoint, RowFaces},
    error::{Error, Result},
    grid::GridGeometry,
};

/// Tolerances of noding, metres, tried in turn. The first is above what f64 and files with seven decimals do to common
/// boundaries, and a thousandth of what licence corners are stated to: no real gap or overlap is lost.
const TOLERANCES_M: [f64; 3] = [1e-6, 1e-5, 1e-4];

/// The faces of all polygons on a grid.
#[derive(Debug, Clone)]
pub struct FaceMap {
    boundaries: Boundaries,
    /// Parts of all faces, one face after the other.
    parts: Vec<u32>,
    /// Where the parts of each face begin, and the end of the last.
    starts: Vec<usize>,
}

impl FaceMap {
    /// Overlays polygons in world coordinates (x east, y north). A part is known by its place in `polygons`.
    ///
    /// Polygons should be ones that [`crate::Licence::validate`] accepts. The direction of rings does not matter. A
    /// polygon wholly off the grid is left out.
    ///
    /// Faces are numbered by their sets of parts, in lexicographic order; a face may lie off the grid, and so have no
    /// cell.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] if a coordinate is not finite, or absurdly far from a grid that its polygon meets;
    /// [`Error::Overlay`] if the linework cannot be made consistent.
    ///
    /// # Examples
    /// Two squares of 2 m, the second 1 m farther east:
    /// ```
    /// use geo::{Rect, coord};
    /// use overcut::{GridGeometry, GridShape, faces::FaceMap};
    ///
    /// let grid = GridGeometry::new(0.0, 2.0, 1.0, 1.0, GridShape { rows: 2, cols: 4 })?;
    /// let first = Rect::new(coord! { x: 0.0, y: 0.0 }, coord! { x: 2.0, y: 2.0 }).to_polygon();
    /// let second = Rect::new(coord! { x: 1.0, y: 0.0 }, coord! { x: 3.0, y: 2.0 }).to_polygon();
    /// let faces = FaceMap::new(&[&first, &second], &grid)?;
    /// let sets: Vec<&[u32]> = (0..4).map(|face| faces.parts_of(face)).collect();
    /// assert_eq!(sets, [&[][..], &[0], &[0, 1], &[1]]);
    /// # Ok::<(), overcut::Error>(())
    /// ```
    pub fn new(polygons: &[&Polygon<f64>], grid: &GridGeometry) -> Result<Self> {
        let shapes = distinct_shapes(polygons, grid)?;
        let tree = tree_of_envelopes(&shapes, grid);
        let mut overlay = Overlay { edges: Vec::new(), sets: vec![Vec::new()] };
        for cluster in clusters(&shapes, &tree) {
            overlay.append(if let [lone] = cluster[..] {
                Overlay::of_one(&shapes[lone as usize])
            } else {
                Overlay::of_cluster(&cluster, &shapes, &tree, grid)?
            });
        }
        overlay.renumber();
        let mut starts = vec![0];
        let mut parts = Vec::new();
        for set in &overlay.sets {
            parts.extend(set);
            starts.push(parts.len());
        }
        Ok(Self { boundaries: Boundaries::new(grid, &overlay.edges), parts, starts })
    }

    /// Number of faces, with face 0, the outside of all polygons.
    pub fn face_count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The parts that cover a face, ascending; none for face 0.
    ///
    /// # Panics
    /// If there is no such face.
    pub fn parts_of(&self, face: u32) -> &[u32] {
        &self.parts[self.starts[face as usize]..self.starts[face as usize + 1]]
    }

    /// The faces of a band of rows, over all columns; the same bits for a row in whatever band it is asked for.
    ///
    /// Bands that begin and end at multiples of 64 rows cost least.
    ///
    /// # Panics
    /// If the band reaches beyond the grid.
    pub fn rows(&self, rows: Range<usize>) -> RowFaces {
        self.boundaries.rows(rows)
    }
}

/// Edges between sets of parts; faces of edges are indices of sets.
struct Overlay {
    edges: Vec<Edge>,
    /// The first is empty: the outside.
    sets: Vec<Vec<u32>>,
}

impl Overlay {
    fn of_one(shape: &Shape) -> Self {
        let edges = shape.sides().map(|(from, to)| Edge { from, to, left: 1, right: 0 }).collect();
        Self { edges, sets: vec![Vec::new(), shape.parts.clone()] }
    }

    fn of_cluster(cluster: &[u32], shapes: &[Shape], tree: &RTree<Indexed>, grid: &GridGeometry) -> Result<Self> {
        let members: Vec<&Shape> = cluster.iter().map(|&index| &shapes[index as usize]).collect();
        let mut place = members[0].rings[0][0];
        for (attempt, tolerance_m) in TOLERANCES_M.into_iter().enumerate() {
            // At first only sides in reach of another shape; should that fail, all.
            let near = |member: usize, from, to| {
                let side = boxed(from, to, 0.0, 0.0, cluster[member]);
                attempt > 0
                    || tree
                        .locate_in_envelope_intersecting(&side.geom().envelope())
                        .any(|other| other.data != side.data)
            };
            let overlay = Linework::new(&members, grid, tolerance_m, near).and_then(|linework| {
                let regions = Regions::new(&linework)?;
                let overlay = Self::of_regions(&linework, &regions, &members);
                overlay.check_balance().map(|()| overlay)
            });
            match overlay {
                Ok(overlay) => return Ok(overlay),
                Err(at) => place = at,
            }
        }
        let (x, y) = place.to_world(grid);
        Err(Error::Overlay { x, y })
    }

    fn of_regions(linework: &Linework, regions: &Regions, members: &[&Shape]) -> Self {
        let inside = regions.windings.iter().map(|winding| {
            let inside = winding.iter().filter(|gain| gain.net > 0);
            let mut parts: Vec<u32> =
                inside.flat_map(|gain| members[gain.shape as usize].parts.iter().copied()).collect();
            parts.sort_unstable();
            parts
        });
        let mut sets = vec![Vec::new()];
        sets.extend(inside);
        let edges = linework.sides.iter().zip(&regions.beside).map(|(side, &(left, right))| {
            let (from, to) = linework.ends(side);
            Edge { from, to, left: left + 1, right: right + 1 }
        });
        let mut overlay = Self { edges: edges.collect(), sets };
        overlay.renumber();
        overlay
    }

    /// Gives equal sets one number, in lexicographic order, and drops edges that part nothing.
    fn renumber(&mut self) {
        let mut sorted = self.sets.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let number = |set| narrow(sorted.binary_search(set).expect("all sets are in the list"));
        let numbers: Vec<u32> = self.sets.iter().map(number).collect();
        for edge in &mut self.edges {
            edge.left = numbers[edge.left as usize];
            edge.right = numbers[edge.right as usize];
        }
        self.edges.retain(|edge| edge.left != edge.right);
        self.sets = sorted;
    }

    /// Adds edges and sets of another cluster.
    fn append(&mut self, other: Self) {
        let base = narrow(self.sets.len());
        let moved = |face: u32| if face == 0 { 0 } else { base + face - 1 };
        self.edges.extend(other.edges.iter().map(|edge| Edge {
            left: moved(edge.left),
            right: moved(edge.right),
            ..*edge
        }));
        self.sets.extend(other.sets.into_iter().skip(1));
    }

    /// Whether, at every corner, each face has as many edges that arrive as edges that leave; where not, the corner.
    ///
    /// An unbalanced face would leak: its cover would not return to 0 after its last edge in a row.
    fn check_balance(&self) -> std::result::Result<(), LatticePoint> {
        let mut ends = Vec::with_capacity(4 * self.edges.len());
        for edge in &self.edges {
            ends.push((edge.from, edge.left, 1));
            ends.push((edge.to, edge.left, -1));
            ends.push((edge.from, edge.right, -1));
            ends.push((edge.to, edge.right, 1));
        }
        ends.sort_unstable();
        let unbalanced = |same: &&[(LatticePoint, u32, i32)]| same.iter().map(|end| end.2).sum::<i32>() != 0;
        ends.chunk_by(|p, q| (p.0, p.1) == (q.0, q.1)).find(unbalanced).map_or(Ok(()), |same| Err(same[0].0))
    }
}

/// The envelopes of the outer rings in cells, with room for the corners to move in noding.
fn tree_of_envelopes(shapes: &[Shape], grid: &GridGeometry) -> RTree<Indexed> {
    let room_m = 2.0 * noding::MAX_PASSES as f64 * TOLERANCES_M[0];
    let boxes = shapes.iter().enumerate().map(|(index, shape)| {
        let corners = shape.rings[0].iter().copied();
        let grow = |(low, high): (LatticePoint, LatticePoint), corner: LatticePoint| {
            let low = LatticePoint { east: low.east.min(corner.east), south: low.south.min(corner.south) };
            let high = LatticePoint { east: high.east.max(corner.east), south: high.south.max(corner.south) };
            (low, high)
        };
        let (low, high) = corners.fold((shape.rings[0][0], shape.rings[0][0]), grow);
        boxed(low, high, room_m / grid.dx + 1e-6, room_m / grid.dy + 1e-6, narrow(index))
    });
    RTree::bulk_load(boxes.collect())
}

/// Shapes whose envelopes hang together, each cluster ascending, in the order of their first shapes.
fn clusters(shapes: &[Shape], tree: &RTree<Indexed>) -> Vec<Vec<u32>> {
    let mut sets = DisjointSets::new(shapes.len());
    for (p, q) in tree.intersection_candidates_with_other_tree(tree) {
        if p.data < q.data {
            sets.join(p.data, q.data);
        }
    }
    let mut clusters: Vec<Vec<u32>> = vec![Vec::new(); shapes.len()];
    for shape in 0..narrow(shapes.len()) {
        clusters[sets.root(shape) as usize].push(shape);
    }
    clusters.retain(|cluster| !cluster.is_empty());
    clusters
}

#[cfg(test)]
mod tests;
