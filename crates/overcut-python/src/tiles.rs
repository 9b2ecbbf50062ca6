//! Tiles, and mosaics of them.

use std::sync::Arc;

use overcut::{
    GridGeometry, GridShape,
    dem::{SurfaceInfo, VerticalDatum},
    surface::Surface as CoreSurface,
};
use overcut_io::{MosaicRule, grid_of_tiles};
use pyo3::prelude::*;

use crate::{
    datum::{datum_word, parse_date},
    error::{ParameterError, to_python},
    surface::{Stated, Surface},
};

/// West, north, cell width and height, rows, columns.
type GridTuple = (f64, f64, f64, f64, usize, usize);

/// A raster whose header was read and found to be that of a surface.
#[pyclass(frozen, module = "overcut._overcut")]
pub(crate) struct Tile {
    inner: overcut_io::Tile,
}

#[pymethods]
impl Tile {
    #[getter]
    fn path(&self) -> &str {
        self.inner.path()
    }

    #[getter]
    fn date(&self) -> String {
        self.inner.info().date.to_string()
    }

    #[getter]
    fn sigma_m(&self) -> Option<f64> {
        self.inner.info().sigma_m
    }

    #[getter]
    fn vertical_datum(&self) -> Option<String> {
        datum_word(&self.inner.info().vertical_datum)
    }

    #[getter]
    fn crs(&self) -> Option<String> {
        self.inner.info().crs.as_ref().map(|crs| crs.code.clone().unwrap_or_else(|| crs.wkt.clone()))
    }

    /// `(west, north, dx, dy, rows, cols)` of the tile's own grid, turned north-up.
    #[getter]
    fn grid(&self) -> GridTuple {
        grid_tuple(self.inner.grid())
    }

    /// Size of the file; None if it is no plain one.
    #[getter]
    fn bytes(&self) -> Option<u64> {
        self.inner.stamp().map(|stamp| stamp.bytes)
    }
}

fn grid_tuple(grid: &GridGeometry) -> GridTuple {
    (grid.west, grid.north, grid.dx, grid.dy, grid.shape.rows, grid.shape.cols)
}

/// Reads the headers of many rasters: of each a tile, or why it is none.
#[pyfunction]
pub(crate) fn scan_tiles(
    py: Python<'_>,
    tiles: Vec<(String, Stated)>,
) -> PyResult<Vec<(Option<Tile>, Option<String>)>> {
    let tiles =
        tiles.into_iter().map(|(path, stated)| Ok((path, stated.into_options()?))).collect::<PyResult<Vec<_>>>()?;
    let found = py.detach(|| overcut_io::scan(&tiles));
    Ok(found
        .into_iter()
        .map(|tile| match tile {
            Ok(inner) => (Some(Tile { inner }), None),
            Err(error) => (None, Some(to_python(error).value(py).to_string())),
        })
        .collect())
}

/// The grid that most tiles lie on, over all of them, and its CRS as WKT.
#[pyfunction]
pub(crate) fn tiles_grid(py: Python<'_>, name: &str, tiles: Vec<Py<Tile>>) -> PyResult<(GridTuple, String)> {
    let tiles: Vec<_> = tiles.iter().map(|tile| tile.get().inner.clone()).collect();
    let (grid, crs) = py.detach(|| grid_of_tiles(name, &tiles)).map_err(to_python)?;
    Ok((grid_tuple(&grid), crs.wkt))
}

/// Many tiles as one dated surface.
#[pyclass(frozen, module = "overcut._overcut")]
pub(crate) struct Mosaic {
    inner: Arc<overcut_io::Mosaic>,
}

impl Mosaic {
    pub(crate) fn inner(&self) -> &overcut_io::Mosaic {
        &self.inner
    }
}

#[pymethods]
impl Mosaic {
    #[new]
    fn new(
        py: Python<'_>,
        tiles: Vec<Py<Tile>>,
        stated: (String, String, Option<f64>),
        rule: &str,
        grid: GridTuple,
        crs: &str,
    ) -> PyResult<Self> {
        let rule = match rule {
            "newest" => MosaicRule::Newest,
            "best" => MosaicRule::Best,
            "mean" => MosaicRule::Mean,
            other => {
                return Err(ParameterError::new_err(format!(
                    "rule of the mosaic is `{other}`; expected `newest`, `best` or `mean`"
                )));
            }
        };
        let (name, date, sigma_m) = stated;
        let date = parse_date(&date)?;
        let (west, north, dx, dy, rows, cols) = grid;
        let tiles: Vec<_> = tiles.iter().map(|tile| tile.get().inner.clone()).collect();
        let made = py.detach(|| {
            let grid = GridGeometry::new(west, north, dx, dy, GridShape { rows, cols })?;
            let vertical_datum =
                tiles.first().map_or(VerticalDatum::Unknown, |tile| tile.info().vertical_datum.clone());
            let crs = Some(overcut_io::crs_record(crs)?);
            overcut_io::Mosaic::new(SurfaceInfo { name, date, sigma_m, vertical_datum, crs }, grid, rule, tiles)
        });
        made.map(|inner| Self { inner: Arc::new(inner) }).map_err(to_python)
    }

    /// Number of tiles with a cell on the grid.
    fn __len__(&self) -> usize {
        self.inner.len()
    }

    /// Days of the oldest and of the newest tile.
    #[getter]
    fn days(&self) -> Option<(String, String)> {
        self.inner.days().map(|(first, last)| (first.to_string(), last.to_string()))
    }

    #[getter]
    fn vertical_datum(&self) -> Option<String> {
        datum_word(&self.inner.info().vertical_datum)
    }

    /// Of the grid, as WKT.
    #[getter]
    fn crs(&self) -> Option<&str> {
        self.inner.info().crs.as_ref().map(|crs| crs.wkt.as_str())
    }

    /// `(west, north, dx, dy, rows, cols)`.
    #[getter]
    fn grid(&self) -> GridTuple {
        grid_tuple(self.inner.grid())
    }

    /// The mosaic as a surface like any other.
    pub(crate) fn surface(&self) -> Surface {
        Surface::shared(Arc::clone(&self.inner) as Arc<dyn CoreSurface>)
    }

    /// `(path, cells read, cells with a height)` of each tile, so far.
    #[getter]
    fn used(&self) -> Vec<(String, u64, u64)> {
        self.inner.used().into_iter().map(|used| (used.path, used.cells, used.heights)).collect()
    }
}
