//! Which parts of the grid are done as one, and which tiles each of them needs.

use std::collections::BTreeSet;

use overcut::{GridShape, Window, surface::Surface};
use rstar::{AABB, RTree, primitives::Rectangle};
use serde::{Deserialize, Serialize};

use crate::raster::{Mosaic, Tile};

/// A tile of a unit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnitTile {
    /// The tile.
    pub tile: Tile,
    /// Whether this unit takes the digest of its bytes: one unit does.
    pub digest: bool,
}

/// An entry of a plan: all that a unit needs beside the job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Unit {
    /// Place in the plan, from 0.
    pub number: u32,
    /// The cells that it does.
    pub window: Window,
    /// Tiles with cells in it or in the margin around it, by epoch.
    pub tiles: Vec<Vec<UnitTile>>,
}

/// Ground that matters, where not all does.
#[derive(Debug, Clone)]
pub struct Near {
    /// Rectangles around it: west, south, east, north.
    pub places: Vec<[f64; 4]>,
    /// Units farther from all of them are left out, metres.
    pub within_m: f64,
}

/// The units of a job, by rows from the north, each by columns from the west.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Entries.
    pub units: Vec<Unit>,
    /// Units in which no two consecutive epochs have a tile: nothing can be compared there.
    pub without_pair: usize,
    /// Units that are far from what matters.
    pub far: usize,
}

/// Cuts the common grid of the mosaics into units of about `cells` cells that hold whole tiles, or whole stored blocks of them.
///
/// # Panics
/// If there would be 2^32 units.
pub fn plan(mosaics: &[&Mosaic], margin: usize, cells: usize, near: Option<&Near>) -> Plan {
    let Some(first) = mosaics.first() else {
        return Plan { units: Vec::new(), without_pair: 0, far: 0 };
    };
    let grid = *first.grid();
    let blocks: Vec<GridShape> = mosaics.iter().map(|mosaic| mosaic.layout().block).collect();
    let shape = unit_shape(&blocks, cells, grid.shape);
    let touched: Vec<BTreeSet<(usize, usize)>> = mosaics.iter().map(|mosaic| units_of(mosaic, shape)).collect();
    let any: BTreeSet<(usize, usize)> = touched.iter().flatten().copied().collect();
    let places = near.map(|near| (tree_of(&near.places), near.within_m));
    let mut seen: Vec<BTreeSet<String>> = vec![BTreeSet::new(); mosaics.len()];
    let mut plan = Plan { units: Vec::new(), without_pair: 0, far: 0 };
    for (down, across) in any {
        if !touched.windows(2).any(|pair| pair.iter().all(|units| units.contains(&(down, across)))) {
            plan.without_pair += 1;
            continue;
        }
        let window = Window { row: down * shape.rows, col: across * shape.cols, rows: shape.rows, cols: shape.cols }
            .intersection(&grid.window());
        if let Some((tree, within_m)) = &places {
            let (west, north) = grid.to_world(window.col as f64, window.row as f64);
            let (east, south) = grid.to_world(window.col_end() as f64, window.row_end() as f64);
            let reach = AABB::from_corners([west - within_m, south - within_m], [east + within_m, north + within_m]);
            if tree.locate_in_envelope_intersecting(&reach).next().is_none() {
                plan.far += 1;
                continue;
            }
        }
        let tiles = mosaics.iter().zip(&mut seen).map(|(mosaic, seen)| {
            let own: BTreeSet<String> = mosaic.tiles_in(window).iter().map(|tile| tile.path().to_owned()).collect();
            let around = mosaic.tiles_in(window.grown(margin, grid.shape)).into_iter();
            around
                .map(|tile| {
                    let digest = own.contains(tile.path()) && seen.insert(tile.path().to_owned());
                    UnitTile { tile, digest }
                })
                .collect()
        });
        let tiles = tiles.collect();
        let number = u32::try_from(plan.units.len()).expect("fewer units than cells along a side, squared");
        plan.units.push(Unit { number, window, tiles });
    }
    plan
}

/// Whole blocks of the first mosaic, towards a square of about `cells` cells; of all mosaics where that is no more.
fn unit_shape(blocks: &[GridShape], cells: usize, grid: GridShape) -> GridShape {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the root of a count")]
    let side = (cells.max(1) as f64).sqrt().round() as usize;
    let along = |sizes: &mut dyn Iterator<Item = usize>, length: usize| {
        let sizes: Vec<usize> = sizes.map(|size| size.clamp(1, length)).collect();
        let common = sizes.iter().fold(1, |all: usize, size| least_common_multiple(all, *size));
        let block = if common <= side.max(sizes[0]) { common } else { sizes[0] };
        (side / block).max(1).saturating_mul(block).min(length)
    };
    GridShape {
        rows: along(&mut blocks.iter().map(|block| block.rows), grid.rows),
        cols: along(&mut blocks.iter().map(|block| block.cols), grid.cols),
    }
}

fn least_common_multiple(a: usize, b: usize) -> usize {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).saturating_mul(b)
}

/// Units in which a mosaic has tiles, by row and column of units.
fn units_of(mosaic: &Mosaic, shape: GridShape) -> BTreeSet<(usize, usize)> {
    let span = |start: usize, end: usize, size: usize| start / size..end.div_ceil(size);
    mosaic
        .windows()
        .flat_map(|window| {
            let cols = span(window.col, window.col_end(), shape.cols);
            span(window.row, window.row_end(), shape.rows).flat_map(move |row| cols.clone().map(move |col| (row, col)))
        })
        .collect()
}

fn tree_of(places: &[[f64; 4]]) -> RTree<Rectangle<[f64; 2]>> {
    let boxes =
        places.iter().map(|[west, south, east, north]| Rectangle::from_corners([*west, *south], [*east, *north]));
    RTree::bulk_load(boxes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(rows: usize, cols: usize) -> GridShape {
        GridShape { rows, cols }
    }

    #[test]
    fn units_hold_whole_tiles_near_the_size_asked_for() {
        let grid = shape(25_600, 25_600);
        assert_eq!(unit_shape(&[shape(256, 256), shape(256, 256)], 2048 * 2048, grid), shape(2048, 2048));
        // 256 and 192 have 768 in common.
        assert_eq!(unit_shape(&[shape(256, 256), shape(192, 192)], 2000 * 2000, grid), shape(1536, 1536));
        // A tile larger than asked for is a unit; a grid smaller than a tile, too.
        assert_eq!(unit_shape(&[shape(5000, 4000)], 1000, grid), shape(5000, 4000));
        assert_eq!(unit_shape(&[shape(5000, 4000)], 1000, shape(300, 200)), shape(300, 200));
    }
}
