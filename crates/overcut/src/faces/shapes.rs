//! Polygons on the lattice: oriented, without repeats, and each distinct one once.

use geo::{LineString, Polygon};

use crate::{
    coverage::{CELL, LatticePoint, doubled_area},
    error::{Error, Result},
    grid::GridGeometry,
};

/// A ring without its last, repeated corner.
pub(super) type Ring = Vec<LatticePoint>;

/// A distinct polygon, and the parts that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// The outer ring counter-clockwise, then the holes clockwise, on a map: the inside is always on the left.
    pub(super) rings: Vec<Ring>,
    /// Indices of the parts, ascending.
    pub(super) parts: Vec<u32>,
}

impl Shape {
    /// The sides of all rings.
    pub(super) fn sides(&self) -> impl Iterator<Item = (LatticePoint, LatticePoint)> {
        self.rings.iter().flat_map(|ring| {
            let ends = ring.iter().copied().cycle().skip(1);
            ring.iter().copied().zip(ends)
        })
    }
}

/// The distinct polygons that meet the grid, in the order of their corners.
///
/// Stacked licences usually have the same polygon, perhaps written from another corner or the other way round: such
/// parts become one shape here, so that stacking costs nothing.
pub(super) fn distinct_shapes(polygons: &[&Polygon<f64>], grid: &GridGeometry) -> Result<Vec<Shape>> {
    let mut all = Vec::with_capacity(polygons.len());
    for (part, polygon) in polygons.iter().enumerate() {
        let part = u32::try_from(part).map_err(|_| invalid(part, "one of more than 2³² parts".to_owned()))?;
        if let Some(rings) = rings_on_lattice(polygon, grid, part)? {
            all.push((rings, part));
        }
    }
    all.sort_unstable();
    let mut shapes: Vec<Shape> = Vec::with_capacity(all.len());
    for (rings, part) in all {
        match shapes.last_mut() {
            Some(last) if last.rings == rings => last.parts.push(part),
            _ => shapes.push(Shape { rings, parts: vec![part] }),
        }
    }
    Ok(shapes)
}

/// `None` if the polygon does not meet the grid, or is too thin to have an area on the lattice.
fn rings_on_lattice(polygon: &Polygon<f64>, grid: &GridGeometry, part: u32) -> Result<Option<Vec<Ring>>> {
    if !polygon_meets_grid(polygon, grid, part)? {
        return Ok(None);
    }
    let Some(outer) = ring_on_lattice(polygon.exterior(), grid, part)? else { return Ok(None) };
    let mut rings = vec![oriented(outer, true)];
    for hole in polygon.interiors() {
        rings.extend(ring_on_lattice(hole, grid, part)?.map(|ring| oriented(ring, false)));
    }
    rings[1..].sort_unstable();
    let columns = rings[0].iter().map(|corner| corner.east);
    let rows = rings[0].iter().map(|corner| corner.south);
    let on_grid = overlaps(columns, grid.shape.cols) && overlaps(rows, grid.shape.rows);
    Ok(on_grid.then_some(rings))
}

/// Whether a closed line with these coordinates has anything between 0 and `cells` cells.
fn overlaps(mut steps: impl Iterator<Item = i64> + Clone, cells: usize) -> bool {
    let end = i64::try_from(cells).unwrap_or(i64::MAX / CELL) * CELL;
    steps.clone().any(|step| step > 0) && steps.any(|step| step < end)
}

/// Whether the envelope of the polygon meets the grid, in plain f64: polygons far off the grid need no lattice.
fn polygon_meets_grid(polygon: &Polygon<f64>, grid: &GridGeometry, part: u32) -> Result<bool> {
    let (mut west, mut east) = (f64::INFINITY, f64::NEG_INFINITY);
    let (mut south, mut north) = (f64::INFINITY, f64::NEG_INFINITY);
    for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
        for corner in &ring.0 {
            if !(corner.x.is_finite() && corner.y.is_finite()) {
                return Err(invalid(part as usize, format!("at ({}, {})", corner.x, corner.y)));
            }
        }
    }
    for corner in &polygon.exterior().0 {
        (west, east) = (west.min(corner.x), east.max(corner.x));
        (south, north) = (south.min(corner.y), north.max(corner.y));
    }
    // One cell of margin: the lattice may move corners onto grid lines.
    let (dx, dy) = (grid.dx, grid.dy);
    Ok(west < grid.east() + dx && east > grid.west - dx && south < grid.north + dy && north > grid.south() - dy)
}

/// `None` if nothing is left of the ring.
fn ring_on_lattice(line: &LineString<f64>, grid: &GridGeometry, part: u32) -> Result<Option<Ring>> {
    let mut ring = Ring::with_capacity(line.0.len());
    for corner in &line.0 {
        let (col, row) = grid.to_cells(corner.x, corner.y);
        let point = LatticePoint::from_cells(col, row)
            .ok_or_else(|| invalid(part as usize, format!("at ({}, {})", corner.x, corner.y)))?;
        if ring.last() != Some(&point) {
            ring.push(point);
        }
    }
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    Ok((doubled_area(&ring) != 0).then_some(ring))
}

/// The ring in the wanted direction, from its smallest corner: one way to write it.
fn oriented(mut ring: Ring, counter_clockwise: bool) -> Ring {
    if (doubled_area(&ring) > 0) != counter_clockwise {
        ring.reverse();
    }
    let first = ring.iter().enumerate().min_by_key(|&(_, corner)| corner).map_or(0, |(index, _)| index);
    ring.rotate_left(first);
    ring
}

fn invalid(part: usize, found: String) -> Error {
    Error::InvalidParameter {
        name: format!("corner of polygon {part}"),
        found,
        expected: "finite coordinates, at most 268,435,456 cells from the corner of the grid".to_owned(),
    }
}
