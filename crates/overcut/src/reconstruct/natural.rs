//! Natural neighbours of the cells around a footprint.

use spade::{DelaunayTriangulation, HasPosition, Point2, Triangulation};

use super::{Field, laplace};
use crate::error::{Error, Result};

struct Node {
    at: Point2<f64>,
    height: f64,
}

impl HasPosition for Node {
    type Scalar = f64;

    fn position(&self) -> Point2<f64> {
        self.at
    }
}

/// Sibson's interpolation between the cells around (kept crate `spade`); where the footprint reaches beyond them, the membrane.
pub(super) fn fill(field: &Field<'_>, footprint: &[usize], rim: &[(usize, usize)]) -> Result<Vec<f64>> {
    // Rings further out are hidden behind the first ones.
    let nodes = rim.iter().filter(|(_, ring)| *ring < 2).map(|(cell, _)| {
        let [x, y] = field.place(*cell);
        Node { at: Point2::new(x, y), height: field.heights[*cell] }
    });
    let net = DelaunayTriangulation::<Node>::bulk_load(nodes.collect())
        .map_err(|error| Error::InvalidPoints { found: "cells around a patch".to_owned(), why: error.to_string() })?;
    let natural = net.natural_neighbor();
    let found: Vec<Option<f64>> = footprint
        .iter()
        .map(|cell| {
            let [x, y] = field.place(*cell);
            natural.interpolate(|node| node.data().height, Point2::new(x, y))
        })
        .collect();
    if found.iter().all(Option::is_some) {
        return Ok(found.into_iter().flatten().collect());
    }
    let membrane = laplace::fill(field, footprint);
    Ok(found.into_iter().zip(membrane).map(|(found, membrane)| found.unwrap_or(membrane)).collect())
}
