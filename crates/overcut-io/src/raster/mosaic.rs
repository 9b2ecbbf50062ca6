//! Many tiles as one surface.

use std::{
    cmp::{Ordering, Reverse},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use jiff::civil::Date;
use overcut::{
    GridGeometry, GridShape, Window,
    dem::{CrsRecord, SurfaceInfo},
    surface::{BlockLayout, Heights, Surface, SurfaceReader},
};
use rstar::{AABB, RTree, primitives::GeomWithData, primitives::Rectangle};
use serde::{Deserialize, Serialize};

use super::{open::as_core, placed::Placed, tile::Tile};
use crate::error::{Error, Result};

/// Tiles that a reader holds open.
const OPEN_TILES: usize = 32;

/// Which height a cell gets that lies in several tiles. None depends on the order in which tiles are listed: what is equal in all
/// else goes by path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum MosaicRule {
    /// Of the latest survey; then of the smallest stated error, then of the smallest cells.
    #[default]
    Newest,
    /// Of the smallest stated error; then of the smallest cells, then of the latest survey.
    Best,
    /// The mean of all.
    Mean,
}

impl MosaicRule {
    /// The tile that counts first comes first.
    fn compare(self, a: &Tile, b: &Tile) -> Ordering {
        let date = |tile: &Tile| Reverse(tile.info().date);
        let by_date = || date(a).cmp(&date(b));
        let sigma = |tile: &Tile| tile.info().sigma_m.unwrap_or(f64::INFINITY);
        let by_sigma = || sigma(a).total_cmp(&sigma(b));
        let by_cell = || a.grid().cell_area_m2().total_cmp(&b.grid().cell_area_m2());
        let by_path = || a.path().cmp(b.path());
        match self {
            Self::Newest => by_date().then_with(by_sigma).then_with(by_cell).then_with(by_path),
            Self::Best | Self::Mean => by_sigma().then_with(by_cell).then_with(by_date).then_with(by_path),
        }
    }
}

/// What a mosaic is beside its tiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MosaicHeader {
    /// Name, day, error, datum and CRS of the whole.
    pub info: SurfaceInfo,
    /// Its grid.
    pub grid: GridGeometry,
    /// Which height counts.
    pub rule: MosaicRule,
    /// How its tiles are stored, on the grid.
    pub block: GridShape,
    /// Whether all heights fit 32-bit floats.
    pub narrow: bool,
}

/// How much of a tile was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TileUse {
    /// Path as given.
    pub path: String,
    /// Cells that were read, on the mosaic's grid.
    pub cells: u64,
    /// Those of them with a height.
    pub heights: u64,
}

type Footprint = GeomWithData<Rectangle<[f64; 2]>, usize>;

/// A surface made of tiles that may overlap, leave gaps, and lie on other grids or in other CRSs.
///
/// Cells of tiles that lie on the grid's lattice are taken as they are; other tiles are read through [`super::Resampled`], each on its
/// own, so that where two of them only touch, cells along the seam may have no height.
///
/// # Properties
/// - The height of a cell depends on the tiles that have it, not on the window, nor on the order in which tiles are listed.
/// - One raster cut into tiles is that raster again, to the bit.
#[derive(Debug)]
pub struct Mosaic {
    header: MosaicHeader,
    /// The one that counts first comes first.
    tiles: Vec<Placed>,
    used: Vec<[AtomicU64; 2]>,
    tree: RTree<Footprint>,
}

impl Mosaic {
    /// Lays tiles on a grid. `info` is what holds for the whole; its day is the survey's.
    ///
    /// # Errors
    /// [`Error::MosaicEmpty`] for no tile; [`Error::MosaicDatums`] if the tiles' heights are not counted from one datum;
    /// those of [`crate::CoordinateOperation::new`] for a tile in another CRS.
    pub fn new(info: SurfaceInfo, grid: GridGeometry, rule: MosaicRule, tiles: Vec<Tile>) -> Result<Self> {
        let narrow = tiles.iter().all(|tile| tile.raster.is_narrow());
        let block = GridShape { rows: 1, cols: 1 };
        let mut mosaic = Self::of(&MosaicHeader { info, grid, rule, block, narrow }, tiles)?;
        if mosaic.is_empty() {
            return Err(Error::MosaicEmpty { what: mosaic.header.info.name });
        }
        let datum = &mosaic.header.info.vertical_datum;
        if let Some(other) = mosaic.tiles.iter().find(|other| other.tile.info().vertical_datum != *datum) {
            return Err(Error::MosaicDatums {
                what: mosaic.header.info.name.clone(),
                datum: datum.clone(),
                tile: other.tile.path().to_owned(),
                found: other.tile.info().vertical_datum.clone(),
            });
        }
        mosaic.header.block = block_of(&mosaic.tiles);
        mosaic.header.narrow &= mosaic.tiles.iter().all(Placed::copies);
        Ok(mosaic)
    }

    /// Some tiles of a mosaic, or all: what a header was made of.
    ///
    /// # Errors
    /// Those of [`crate::CoordinateOperation::new`].
    pub fn of(header: &MosaicHeader, tiles: Vec<Tile>) -> Result<Self> {
        let crs = header.info.crs.as_ref();
        let mut tiles = tiles
            .into_iter()
            .map(|tile| Placed::new(tile, &header.grid, crs))
            .filter_map(Result::transpose)
            .collect::<Result<Vec<_>>>()?;
        tiles.sort_by(|a, b| header.rule.compare(&a.tile, &b.tile));
        let footprint = |(index, tile): (usize, &Placed)| {
            let Window { row, col, .. } = tile.window;
            let (row_end, col_end) = (tile.window.row_end(), tile.window.col_end());
            let corners = ([col as f64, row as f64], [col_end as f64 - 1.0, row_end as f64 - 1.0]);
            GeomWithData::new(Rectangle::from_corners(corners.0, corners.1), index)
        };
        let tree = RTree::bulk_load(tiles.iter().enumerate().map(footprint).collect());
        let used = tiles.iter().map(|_| [AtomicU64::new(0), AtomicU64::new(0)]).collect();
        Ok(Self { header: header.clone(), tiles, used, tree })
    }

    /// What it is beside its tiles.
    pub fn header(&self) -> &MosaicHeader {
        &self.header
    }

    /// The tiles with a cell in a window, by what counts first; those in the mosaic's own CRS do not repeat it.
    pub fn tiles_in(&self, window: Window) -> Vec<Tile> {
        self.indices(window)
            .into_iter()
            .map(|index| self.tiles[index].tile.without_crs(self.header.info.crs.as_ref()))
            .collect()
    }

    /// The cells that tiles cover, tile by tile.
    pub fn windows(&self) -> impl Iterator<Item = Window> {
        self.tiles.iter().map(|tile| tile.window)
    }

    /// Number of tiles.
    pub fn len(&self) -> usize {
        self.tiles.len()
    }

    /// Whether no tile has a cell on the grid.
    pub fn is_empty(&self) -> bool {
        self.tiles.is_empty()
    }

    /// Days of the oldest and of the newest tile.
    pub fn days(&self) -> Option<(Date, Date)> {
        let days = || self.tiles.iter().map(|tile| tile.tile.info().date);
        days().min().zip(days().max())
    }

    /// What was read of each tile so far.
    pub fn used(&self) -> Vec<TileUse> {
        let of = |(tile, [cells, heights]): (&Placed, &[AtomicU64; 2])| TileUse {
            path: tile.tile.path().to_owned(),
            cells: cells.load(Relaxed),
            heights: heights.load(Relaxed),
        };
        self.tiles.iter().zip(&self.used).map(of).collect()
    }

    /// Positions of the tiles with a cell in a window, ascending.
    fn indices(&self, window: Window) -> Vec<usize> {
        if window.is_empty() {
            return Vec::new();
        }
        let (row_end, col_end) = (window.row_end() as f64 - 1.0, window.col_end() as f64 - 1.0);
        let envelope = AABB::from_corners([window.col as f64, window.row as f64], [col_end, row_end]);
        let mut found: Vec<usize> =
            self.tree.locate_in_envelope_intersecting(&envelope).map(|footprint| footprint.data).collect();
        found.sort_unstable();
        found
    }
}

/// What is read together: whole tiles where the most are small and lie side by side, else the largest stored block of those whose cells
/// are taken as they are. Tiles that are resampled have no say: their blocks lie askew to the grid whatever it is cut into.
fn block_of(tiles: &[Placed]) -> GridShape {
    const SIDE: usize = 256;
    let copied: Vec<&Placed> = tiles.iter().filter(|tile| tile.copies()).collect();
    let alike = |first: &Placed| copied.iter().filter(|tile| tile.lies_as(first)).count();
    // Of the first few: in a mosaic with tiles of one kind one of them is of it.
    let regular = copied.iter().take(8).map(|tile| (alike(tile), *tile)).max_by_key(|(count, _)| *count);
    match regular {
        Some((count, tile)) if 2 * count > copied.len() => tile.block(),
        _ => {
            let blocks = copied.iter().map(|tile| tile.stored_block());
            blocks.max_by_key(|block| block.cells()).unwrap_or(GridShape { rows: SIDE, cols: SIDE })
        }
    }
}

/// The lattice that most tiles lie on, and the extent of all of them on it.
///
/// # Errors
/// [`Error::MosaicEmpty`] for no tile; [`overcut::Error::InvalidGrid`] for an extent beyond any grid.
pub fn grid_of_tiles(what: &str, tiles: &[Tile]) -> Result<(GridGeometry, CrsRecord)> {
    super::placed::common_grid(what, tiles)
}

impl Surface for Mosaic {
    fn info(&self) -> &SurfaceInfo {
        &self.header.info
    }

    fn grid(&self) -> &GridGeometry {
        &self.header.grid
    }

    fn layout(&self) -> BlockLayout {
        BlockLayout { block: self.header.block }
    }

    fn open(&self) -> overcut::Result<Box<dyn SurfaceReader + '_>> {
        Ok(Box::new(MosaicReader { mosaic: self, open: Vec::new(), spare: Vec::new() }))
    }
}

struct MosaicReader<'a> {
    mosaic: &'a Mosaic,
    /// Readers of tiles, the latest used last.
    open: Vec<(usize, Box<dyn SurfaceReader + 'a>)>,
    /// Memory of heights that were given back.
    spare: Vec<f32>,
}

impl SurfaceReader for MosaicReader<'_> {
    fn read(&mut self, window: Window) -> overcut::Result<Heights> {
        let tiles = self.mosaic.indices(window);
        if let [only] = tiles[..]
            && let Some(tile) = Some(&self.mosaic.tiles[only]).filter(|tile| tile.copies())
            && tile.window.intersection(&window) == window
            && (self.mosaic.header.narrow || !tile.tile.raster.is_narrow())
        {
            return self.piece(only, window);
        }
        if self.mosaic.header.rule == MosaicRule::Mean {
            return self.mean(&tiles, window);
        }
        if self.mosaic.header.narrow {
            let mut memory = std::mem::take(&mut self.spare);
            memory.clear();
            memory.resize(window.cells(), f32::NAN);
            self.first(&tiles, window, &mut memory, |heights| match heights {
                Heights::F32(values) => values,
                Heights::F64(_) => unreachable!("tiles of a narrow mosaic are narrow"),
            })?;
            return Ok(Heights::F32(memory));
        }
        let mut heights = vec![f64::NAN; window.cells()];
        self.first(&tiles, window, &mut heights, wide)?;
        Ok(Heights::F64(heights))
    }

    fn recycle(&mut self, heights: Heights) {
        if let Heights::F32(values) = heights {
            self.spare = values;
        }
    }
}

fn wide(heights: Heights) -> Vec<f64> {
    match heights {
        Heights::F64(values) => values,
        narrow @ Heights::F32(_) => {
            let mut values = vec![0.0; narrow.len()];
            narrow.widen(0, &mut values);
            values
        }
    }
}

/// A height that may be missing.
trait Height: Copy {
    fn is_missing(self) -> bool;
}

impl Height for f32 {
    fn is_missing(self) -> bool {
        self.is_nan()
    }
}

impl Height for f64 {
    fn is_missing(self) -> bool {
        self.is_nan()
    }
}

impl MosaicReader<'_> {
    /// In each cell the height of the first tile that has one.
    fn first<T: Height>(
        &mut self,
        tiles: &[usize],
        window: Window,
        heights: &mut [T],
        values_of: impl Fn(Heights) -> Vec<T>,
    ) -> overcut::Result<()> {
        let mut done: Vec<Window> = Vec::new();
        for index in tiles {
            let piece = self.mosaic.tiles[*index].window.intersection(&window);
            let fresh = done.iter().all(|other| other.intersection(&piece).is_empty());
            let start = |row: usize| (row - window.row) * window.cols + piece.col - window.col;
            let rows = piece.row..piece.row_end();
            let full =
                |row: usize| !heights[start(row)..start(row) + piece.cols].iter().any(|height| height.is_missing());
            if !fresh && rows.clone().all(full) {
                continue;
            }
            let values = values_of(self.piece(*index, piece)?);
            for (row, values) in rows.zip(values.chunks_exact(piece.cols)) {
                let into = &mut heights[start(row)..start(row) + piece.cols];
                if fresh {
                    into.copy_from_slice(values);
                } else {
                    into.iter_mut().zip(values).filter(|(into, _)| into.is_missing()).for_each(|(into, v)| *into = *v);
                }
            }
            done.push(piece);
        }
        Ok(())
    }

    /// In each cell the mean of all tiles that have a height; summed in their order.
    fn mean(&mut self, tiles: &[usize], window: Window) -> overcut::Result<Heights> {
        let mut sums = vec![0.0; window.cells()];
        let mut counts = vec![0_u32; window.cells()];
        for index in tiles {
            let piece = self.mosaic.tiles[*index].window.intersection(&window);
            let values = wide(self.piece(*index, piece)?);
            for (row, values) in (piece.row..).zip(values.chunks_exact(piece.cols)) {
                let start = (row - window.row) * window.cols + piece.col - window.col;
                for (at, value) in (start..).zip(values).filter(|(_, value)| !value.is_nan()) {
                    sums[at] += value;
                    counts[at] += 1;
                }
            }
        }
        for (sum, count) in sums.iter_mut().zip(&counts) {
            *sum = if *count == 0 { f64::NAN } else { *sum / f64::from(*count) };
        }
        Ok(Heights::F64(sums))
    }

    /// The heights of one tile in a window of the mosaic that lies in the tile's.
    fn piece(&mut self, index: usize, window: Window) -> overcut::Result<Heights> {
        let tile = &self.mosaic.tiles[index];
        let mut held = if let Some(position) = self.open.iter().position(|(open, _)| *open == index) {
            self.open.remove(position)
        } else {
            if self.open.len() == OPEN_TILES {
                self.open.remove(0);
            }
            tile.tile.check().map_err(|error| as_core(tile.tile.path(), error))?;
            (index, tile.open()?)
        };
        if !self.spare.is_empty() && self.mosaic.header.narrow {
            held.1.recycle(Heights::F32(std::mem::take(&mut self.spare)));
        }
        let heights = held.1.read(tile.there(window))?;
        self.open.push(held);
        let [cells, with_height] = &self.mosaic.used[index];
        let count = match &heights {
            Heights::F32(values) => values.iter().filter(|height| !height.is_nan()).count(),
            Heights::F64(values) => values.iter().filter(|height| !height.is_nan()).count(),
        };
        cells.fetch_add(window.cells() as u64, Relaxed);
        with_height.fetch_add(count as u64, Relaxed);
        Ok(heights)
    }
}
