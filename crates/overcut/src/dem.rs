//! Dated heights: what is stated about a surface, and a surface held in memory.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    grid::{GridGeometry, Window},
    surface::{BlockLayout, Heights, Surface, SurfaceReader},
};

/// What heights are counted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum VerticalDatum {
    /// Not declared: bands cannot be tested against such heights.
    #[default]
    Unknown,
    /// 1985 national height datum of China (EPSG:5737).
    Normal1985,
    /// 1956 Yellow Sea height (EPSG:5736).
    Normal1956,
    /// Height above the ellipsoid.
    Ellipsoidal,
    /// EGM96 height (EPSG:5773).
    Egm96,
    /// EGM2008 height (EPSG:3855).
    Egm2008,
    /// Any other datum, by name; equal only to itself.
    Named(String),
}

impl std::fmt::Display for VerticalDatum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::Normal1985 => "1985 national height datum (EPSG:5737)",
            Self::Normal1956 => "1956 Yellow Sea height (EPSG:5736)",
            Self::Ellipsoidal => "ellipsoidal height",
            Self::Egm96 => "EGM96 height (EPSG:5773)",
            Self::Egm2008 => "EGM2008 height (EPSG:3855)",
            Self::Named(name) => name,
        })
    }
}

/// A horizontal coordinate reference system, as a record: the core never transforms coordinates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrsRecord {
    /// Authority and code such as `EPSG:4546`, where the definition is one that an authority lists.
    pub code: Option<String>,
    /// Name, for people.
    pub name: String,
    /// Definition as WKT2.
    pub wkt: String,
}

/// What is stated about a surface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurfaceInfo {
    /// Name in messages and results: usually the path as given.
    pub name: String,
    /// Day of the survey.
    pub date: Date,
    /// Standard deviation of one height, metres, if stated.
    pub sigma_m: Option<f64>,
    /// What the heights are counted from.
    pub vertical_datum: VerticalDatum,
    /// Horizontal CRS, if known (a surface made in memory may have none).
    pub crs: Option<CrsRecord>,
}

/// A surface in memory.
///
/// # Examples
/// ```
/// use overcut::{Dem, GridGeometry, GridShape, surface::Heights};
/// let grid = GridGeometry::new(500_000.0, 3_941_000.0, 1.0, 1.0, GridShape { rows: 2, cols: 2 })?;
/// let dem = Dem::new("before", "2021-05-01".parse()?, grid, Heights::F32(vec![10.0, 10.0, 10.0, f32::NAN]))?.sigma_m(0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dem {
    info: SurfaceInfo,
    grid: GridGeometry,
    heights: Heights,
    block: crate::grid::GridShape,
}

impl Dem {
    /// Heights of the whole grid, row by row from the north-west, NaN = no data.
    ///
    /// # Errors
    /// [`Error::InvalidGrid`] if there are not exactly as many heights as cells.
    pub fn new(name: impl Into<String>, date: Date, grid: GridGeometry, heights: Heights) -> Result<Self> {
        let name = name.into();
        if heights.len() != grid.shape.cells() {
            return Err(Error::InvalidGrid {
                found: format!("{} heights for {name}", heights.len()),
                why: format!("the grid has {} x {} cells", grid.shape.rows, grid.shape.cols),
            });
        }
        let info = SurfaceInfo { name, date, sigma_m: None, vertical_datum: VerticalDatum::Unknown, crs: None };
        Ok(Self { info, grid, heights, block: grid.shape })
    }

    /// States the standard deviation of one height, metres.
    #[must_use]
    pub fn sigma_m(mut self, sigma_m: f64) -> Self {
        self.info.sigma_m = Some(sigma_m);
        self
    }

    /// States what the heights are counted from.
    #[must_use]
    pub fn vertical_datum(mut self, datum: VerticalDatum) -> Self {
        self.info.vertical_datum = datum;
        self
    }

    /// States the horizontal CRS, for the record.
    #[must_use]
    pub fn crs(mut self, crs: CrsRecord) -> Self {
        self.info.crs = Some(crs);
        self
    }

    /// Pretends to be stored in blocks of this shape (for trying out tilings; results do not depend on it).
    #[must_use]
    pub fn stored_in_blocks(mut self, block: crate::grid::GridShape) -> Self {
        self.block = block;
        self
    }
}

impl Surface for Dem {
    fn info(&self) -> &SurfaceInfo {
        &self.info
    }

    fn grid(&self) -> &GridGeometry {
        &self.grid
    }

    fn layout(&self) -> BlockLayout {
        BlockLayout { block: self.block }
    }

    fn open(&self) -> Result<Box<dyn SurfaceReader + '_>> {
        Ok(Box::new(MemoryReader { dem: self }))
    }
}

struct MemoryReader<'a> {
    dem: &'a Dem,
}

impl SurfaceReader for MemoryReader<'_> {
    fn read(&mut self, window: Window) -> Result<Heights> {
        let cols = self.dem.grid.shape.cols;
        let rows =
            (window.row..window.row_end()).map(|row| row * cols + window.col).map(|start| start..start + window.cols);
        Ok(match &self.dem.heights {
            Heights::F32(values) => Heights::F32(gather(values, rows, window)),
            Heights::F64(values) => Heights::F64(gather(values, rows, window)),
        })
    }
}

fn gather<T: Copy>(values: &[T], rows: impl Iterator<Item = std::ops::Range<usize>>, window: Window) -> Vec<T> {
    let mut gathered = Vec::with_capacity(window.cells());
    rows.for_each(|row| gathered.extend_from_slice(&values[row]));
    gathered
}
