//! Where a tile lies on the grid of its mosaic.

use std::sync::Arc;

use overcut::{
    GridGeometry, GridShape, Window,
    dem::CrsRecord,
    surface::{Surface, SurfaceReader},
};

use super::{resample::Resampled, tile::Tile};
use crate::{
    crs::CoordinateOperation,
    error::{Error, Result},
};

/// Points along each side of a tile that are transformed to see where it lies.
const STEPS: u32 = 8;
/// A tile on this share of a cell from the lattice lies on it.
const ON_LATTICE: f64 = 1e-6;

/// A tile of a mosaic.
pub(super) struct Placed {
    pub(super) tile: Tile,
    /// Its cells on the mosaic's grid.
    pub(super) window: Window,
    how: How,
}

/// How cells of the mosaic become cells of a tile.
enum How {
    /// They coincide: row and column of the tile's first cell on the mosaic, which may lie off it.
    Cells {
        row: i64,
        col: i64,
    },
    Resampled(Box<Resampled<'static>>),
}

impl std::fmt::Debug for Placed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Placed").field("tile", &self.tile).field("window", &self.window).finish_non_exhaustive()
    }
}

impl Placed {
    /// Lays a tile on a grid; nothing if it has no cell there. A tile without CRS is in that of the grid.
    pub(super) fn new(mut tile: Tile, grid: &GridGeometry, crs: Option<&CrsRecord>) -> Result<Option<Self>> {
        let own = tile.raster.info.crs.clone();
        let foreign = own.as_ref().zip(crs).filter(|(own, crs)| own != crs);
        let operations = match foreign {
            Some((own, crs)) => {
                let to_tile = CoordinateOperation::new(&crs.wkt, &own.wkt)?;
                (!to_tile.is_identity())
                    .then(|| CoordinateOperation::new(&own.wkt, &crs.wkt).map(|back| (to_tile, back)))
            }
            None => None,
        };
        if own.is_none() {
            tile.raster.info.crs = crs.cloned();
        }
        let (how, window) = match operations.transpose()? {
            None => match offset(tile.grid(), grid) {
                Some((row, col)) => {
                    let GridShape { rows, cols } = tile.grid().shape;
                    (How::Cells { row, col }, clipped((row, col), (rows as i64, cols as i64), grid))
                }
                None => (resampled(&tile, grid, None), extent(tile.grid(), grid, None)),
            },
            Some((to_tile, back)) => (resampled(&tile, grid, Some(to_tile)), extent(tile.grid(), grid, Some(&back))),
        };
        Ok((!window.is_empty()).then_some(Self { tile, window, how }))
    }

    /// Whether cells are taken as they are.
    pub(super) fn copies(&self) -> bool {
        matches!(self.how, How::Cells { .. })
    }

    /// Where a window of the mosaic lies on what [`Self::open`] reads.
    pub(super) fn there(&self, window: Window) -> Window {
        match self.how {
            How::Cells { row, col } => {
                let moved = |at: usize, by: i64| usize::try_from(at as i64 - by).expect("the window lies in the tile");
                Window { row: moved(window.row, row), col: moved(window.col, col), ..window }
            }
            How::Resampled(_) => window,
        }
    }

    pub(super) fn open(&self) -> overcut::Result<Box<dyn SurfaceReader + '_>> {
        match &self.how {
            How::Cells { .. } => self.tile.raster.open(),
            How::Resampled(surface) => surface.open(),
        }
    }

    /// A stored block, in cells of the mosaic.
    pub(super) fn stored_block(&self) -> GridShape {
        match &self.how {
            How::Cells { .. } => self.tile.raster.layout().block,
            How::Resampled(surface) => surface.layout().block,
        }
    }

    /// Whether another tile has the same size and lies a whole number of tiles away.
    pub(super) fn lies_as(&self, other: &Self) -> bool {
        match (&self.how, &other.how) {
            (How::Cells { row, col }, How::Cells { row: other_row, col: other_col }) => {
                let shape = self.tile.grid().shape;
                shape == other.tile.grid().shape
                    && (row - other_row) % shape.rows as i64 == 0
                    && (col - other_col) % shape.cols as i64 == 0
            }
            _ => false,
        }
    }

    /// What is read together: a small tile, or a block of a large one.
    pub(super) fn block(&self) -> GridShape {
        const SMALL: usize = 1 << 20;
        let shape = self.tile.grid().shape;
        if shape.cells() <= SMALL { shape } else { self.stored_block() }
    }
}

impl Tile {
    /// The tile, without its CRS if that is the one named.
    pub(super) fn without_crs(&self, crs: Option<&CrsRecord>) -> Self {
        let mut tile = self.clone();
        if tile.raster.info.crs.as_ref() == crs {
            tile.raster.info.crs = None;
        }
        tile
    }
}

fn resampled(tile: &Tile, grid: &GridGeometry, operation: Option<CoordinateOperation>) -> How {
    How::Resampled(Box::new(Resampled::of(Arc::new(tile.raster.clone()), *grid, operation)))
}

/// Row and column, on a grid, of the first cell of another whose cells coincide with it.
fn offset(own: &GridGeometry, grid: &GridGeometry) -> Option<(i64, i64)> {
    let along = |distance: f64, own: f64, step: f64, cells: usize| {
        let at_start = distance / step;
        let at_end = at_start + cells as f64 * own / step;
        let whole = at_start.round();
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 1e15")]
        let found = whole as i64;
        let on_lattice = (at_start - whole).abs() <= ON_LATTICE
            && (at_end - whole - cells as f64).abs() <= ON_LATTICE
            && whole.abs() < 1e15;
        on_lattice.then_some(found)
    };
    let row = along(grid.north - own.north, own.dy, grid.dy, own.shape.rows)?;
    let col = along(own.west - grid.west, own.dx, grid.dx, own.shape.cols)?;
    Some((row, col))
}

/// The cells of a grid that a tile covers, from its edge; with a cell more on each side where it was transformed.
fn extent(own: &GridGeometry, grid: &GridGeometry, to_grid: Option<&CoordinateOperation>) -> Window {
    let shares = || (0..=STEPS).map(|step| f64::from(step) / f64::from(STEPS));
    let (rows, cols) = (own.shape.rows as f64, own.shape.cols as f64);
    let mut points: Vec<(f64, f64)> = shares()
        .flat_map(|share| [(share * cols, 0.0), (share * cols, rows), (0.0, share * rows), (cols, share * rows)])
        .map(|(col, row)| own.to_world(col, row))
        .collect();
    if let Some(operation) = to_grid {
        operation.transform_where_defined(&mut points);
        points.retain(|(x, y)| x.is_finite() && y.is_finite());
    }
    let places = points.into_iter().map(|(x, y)| grid.to_cells(x, y));
    let bounds = places.fold(None, |bounds: Option<[f64; 4]>, (col, row)| {
        let [north, south, west, east] = bounds.unwrap_or([row, row, col, col]);
        Some([north.min(row), south.max(row), west.min(col), east.max(col)])
    });
    let Some([north, south, west, east]) = bounds else { return Window { row: 0, col: 0, rows: 0, cols: 0 } };
    // The sides of a transformed tile bend between the points that were looked at.
    let bend = if to_grid.is_some() { 2.0 } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, reason = "clipped to the grid")]
    let whole = |value: f64| value.clamp(-1e9, 1e9) as i64;
    let (row, col) = (whole((north - bend).floor()), whole((west - bend).floor()));
    let (row_end, col_end) = (whole((south + bend).ceil()), whole((east + bend).ceil()));
    clipped((row, col), (row_end - row, col_end - col), grid)
}

fn clipped((row, col): (i64, i64), (rows, cols): (i64, i64), grid: &GridGeometry) -> Window {
    let along = |start: i64, length: i64, limit: usize| {
        let inside = |at: i64| usize::try_from(at.max(0)).expect("not negative").min(limit);
        inside(start)..inside(start + length)
    };
    Window::from_ranges(along(row, rows, grid.shape.rows), along(col, cols, grid.shape.cols))
}

/// The lattice that most tiles lie on (of equal ones that with the smaller cells, then the first by CRS), and the extent of all tiles on
/// it.
pub(super) fn common_grid(what: &str, tiles: &[Tile]) -> Result<(GridGeometry, CrsRecord)> {
    let mut lattices: Vec<(GridGeometry, CrsRecord, usize)> = Vec::new();
    let mut by_path: Vec<&Tile> = tiles.iter().collect();
    by_path.sort_by(|a, b| a.path().cmp(b.path()));
    for tile in &by_path {
        let crs = tile.info().crs.clone().ok_or_else(|| Error::CrsMissing { what: tile.path().to_owned() })?;
        match lattices.iter_mut().find(|(grid, other, _)| *other == crs && offset(tile.grid(), grid).is_some()) {
            Some((.., count)) => *count += 1,
            None => lattices.push((*tile.grid(), crs, 1)),
        }
    }
    let most = lattices.into_iter().min_by(|(a, a_crs, a_count), (b, b_crs, b_count)| {
        let by_cell = a.cell_area_m2().total_cmp(&b.cell_area_m2());
        b_count.cmp(a_count).then(by_cell).then_with(|| a_crs.wkt.cmp(&b_crs.wkt))
    });
    let Some((lattice, crs, _)) = most else { return Err(Error::MosaicEmpty { what: what.to_owned() }) };
    let mut bounds: Option<[f64; 4]> = None;
    let mut operations: Vec<(String, Option<CoordinateOperation>)> = Vec::new();
    for tile in by_path {
        let own = tile.info().crs.as_ref().expect("looked at above");
        let known = operations.iter().position(|(wkt, _)| *wkt == own.wkt);
        let position = if let Some(position) = known {
            position
        } else {
            let operation = CoordinateOperation::new(&own.wkt, &crs.wkt)?;
            operations.push((own.wkt.clone(), Some(operation).filter(|operation| !operation.is_identity())));
            operations.len() - 1
        };
        let grid = tile.grid();
        let mut corners = vec![
            (grid.west, grid.north),
            (grid.east(), grid.north),
            (grid.west, grid.south()),
            (grid.east(), grid.south()),
        ];
        if let Some(operation) = &operations[position].1 {
            operation.transform_where_defined(&mut corners);
        }
        for (col, row) in corners.into_iter().map(|(x, y)| lattice.to_cells(x, y)).filter(|at| at.0.is_finite()) {
            let [north, south, west, east] = bounds.unwrap_or([row, row, col, col]);
            bounds = Some([north.min(row), south.max(row), west.min(col), east.max(col)]);
        }
    }
    let [north, south, west, east] = bounds.ok_or_else(|| Error::MosaicEmpty { what: what.to_owned() })?;
    // Corners on the lattice are whole numbers up to rounding.
    let (top, left) = ((north + ON_LATTICE).floor(), (west + ON_LATTICE).floor());
    let shape = GridShape { rows: length(top, south), cols: length(left, east) };
    let (x, y) = (lattice.west + left * lattice.dx, lattice.north - top * lattice.dy);
    Ok((GridGeometry::new(x, y, lattice.dx, lattice.dy, shape)?, crs))
}

/// Whole cells from `from` to at least `to`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive; a grid with too many is refused"
)]
fn length(from: f64, to: f64) -> usize {
    ((to - ON_LATTICE).ceil() - from).clamp(1.0, 1e15) as usize
}
