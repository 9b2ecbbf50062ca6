//! Dated surfaces: a raster file, or heights in memory.

use std::{ops::Deref, sync::Arc};

use geo::{LineString, Polygon};
use jiff::civil::Date;
use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};
use overcut::{
    GridShape,
    assessment::{Conversion, Done},
    dem::{SurfaceInfo, VerticalDatum},
    surface::{BlockLayout, Heights, Surface as CoreSurface, SurfaceReader},
};
use overcut_io::{RasterSurface, ShiftedSurface, SurfaceOptions};
use pyo3::prelude::*;

use crate::{
    conversion::height_shift_of,
    datum::{datum_word, parse_date, parse_datum},
    error::{ParameterError, to_python},
};

/// Day of a surface that has none because it bounds a layer; never printed.
const UNDATED: Date = jiff::civil::date(1, 1, 1);

/// A surface, wherever its heights are kept.
#[pyclass(frozen, module = "overcut._overcut")]
pub(crate) struct Surface {
    inner: Arc<dyn CoreSurface>,
    /// What was done to its heights, as a record and in sentences.
    done: Vec<(Conversion, String)>,
}

impl Surface {
    pub(crate) fn core(&self) -> &dyn CoreSurface {
        self.inner.as_ref()
    }

    pub(crate) fn done(&self) -> &[(Conversion, String)] {
        &self.done
    }

    fn new(inner: impl CoreSurface + 'static) -> Self {
        Self::shared(Arc::new(inner))
    }

    pub(crate) fn shared(inner: Arc<dyn CoreSurface>) -> Self {
        Self { inner, done: Vec::new() }
    }
}

#[pymethods]
impl Surface {
    #[getter]
    fn name(&self) -> &str {
        &self.inner.info().name
    }

    #[getter]
    fn vertical_datum(&self) -> Option<String> {
        datum_word(&self.inner.info().vertical_datum)
    }

    /// Code where there is one, else WKT; `None` if the surface states no CRS.
    #[getter]
    fn crs(&self) -> Option<String> {
        self.inner.info().crs.as_ref().map(|crs| crs.code.clone().unwrap_or_else(|| crs.wkt.clone()))
    }

    #[getter]
    fn sha256(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let taken = py.detach(|| self.inner.sha256());
        taken.map_err(|error| to_python(overcut_io::Error::from_core(error)))
    }

    /// The surface with its heights brought to another vertical datum while they are read.
    fn shifted(&self, py: Python<'_>, height_shift: &str) -> PyResult<Self> {
        let by = height_shift_of(height_shift)?;
        py.detach(|| {
            let surface = ShiftedSurface::new(Arc::clone(&self.inner), &by)?;
            let applied_to = format!("surface {}", surface.info().name);
            let record = Conversion { applied_to, done: Done::HeightShift(surface.shift().clone()) };
            let mut done = self.done.clone();
            done.push((record, surface.sentence().to_owned()));
            Ok(Self { inner: Arc::new(surface), done })
        })
        .map_err(to_python)
    }

    /// The surface higher, to try what an error of its heights does.
    fn raised(&self, metres: f64) -> Self {
        Self { inner: Arc::new(ShiftedSurface::raised(Arc::clone(&self.inner), metres)), done: self.done.clone() }
    }

    /// The surface with another statement of what its heights are counted from, if it states nothing itself.
    fn declared(&self, vertical_datum: &str) -> Self {
        let inner = Declared::new(Arc::clone(&self.inner), &parse_datum(vertical_datum));
        Self { inner: Arc::new(inner), done: self.done.clone() }
    }

    /// What was done to the heights, in sentences.
    #[getter]
    fn conversions(&self) -> Vec<String> {
        self.done.iter().map(|(_, sentence)| sentence.clone()).collect()
    }

    /// `(west, north, dx, dy, rows, cols)` of the surface's own grid, turned north-up.
    #[getter]
    fn grid(&self) -> (f64, f64, f64, f64, usize, usize) {
        let grid = self.inner.grid();
        (grid.west, grid.north, grid.dx, grid.dy, grid.shape.rows, grid.shape.cols)
    }
}

/// What may be stated about a surface, as keyword arguments.
#[derive(FromPyObject)]
pub(crate) struct Stated {
    #[pyo3(item)]
    name: Option<String>,
    #[pyo3(item)]
    date: Option<String>,
    #[pyo3(item)]
    sigma_m: Option<f64>,
    #[pyo3(item)]
    vertical_datum: Option<String>,
    #[pyo3(item)]
    crs: Option<String>,
    #[pyo3(item)]
    nodata: Option<f64>,
    #[pyo3(item)]
    band: Option<usize>,
}

impl Stated {
    pub(crate) fn into_options(self) -> PyResult<SurfaceOptions> {
        Ok(SurfaceOptions {
            name: self.name,
            date: Some(self.date.as_deref().map_or(Ok(UNDATED), parse_date)?),
            sigma_m: self.sigma_m,
            vertical_datum: self.vertical_datum.as_deref().map(parse_datum),
            band: self.band,
            crs: self.crs,
            nodata: self.nodata,
        })
    }
}

/// Opens a raster; its heights are read during the pass.
#[pyfunction]
pub(crate) fn open_raster(py: Python<'_>, path: &str, stated: Stated) -> PyResult<Surface> {
    let options = stated.into_options()?;
    let raster = py.detach(|| RasterSurface::open(path, &options)).map_err(to_python)?;
    Ok(Surface::new(raster))
}

/// Takes heights in memory, row by row; they are copied, so that what is done to the array later changes nothing.
#[pyfunction]
pub(crate) fn array_surface(
    py: Python<'_>,
    heights: &Bound<'_, PyAny>,
    geotransform: [f64; 6],
    stated: Stated,
) -> PyResult<Surface> {
    let (heights, shape) = copied(heights)?;
    let options = stated.into_options()?;
    let name = options.name.clone().unwrap_or_else(|| "array".to_owned());
    let date = options.date.unwrap_or(UNDATED);
    let (crs, nodata) = (options.crs.clone(), options.nodata);
    let dem = py
        .detach(|| {
            overcut_io::array_surface(&name, date, heights, geotransform, shape, crs.as_deref(), nodata, &options)
        })
        .map_err(to_python)?;
    Ok(Surface::new(dem))
}

/// `(volume, area)` of a surface inside each polygon, given by its rings.
#[pyfunction]
pub(crate) fn zonal_sums(
    py: Python<'_>,
    surface: &Surface,
    polygons: Vec<Vec<Vec<(f64, f64)>>>,
) -> PyResult<Vec<(f64, f64)>> {
    let polygon = |rings: Vec<Vec<(f64, f64)>>| {
        let mut rings = rings.into_iter().map(LineString::from);
        Polygon::new(rings.next().unwrap_or_else(|| LineString::new(Vec::new())), rings.collect())
    };
    py.detach(|| {
        let polygons: Vec<_> = polygons.into_iter().map(polygon).collect();
        let found = overcut::zonal::sums(surface.core(), &polygons.iter().collect::<Vec<_>>());
        found.map(|sums| sums.into_iter().map(|sum| (sum.volume_m3, sum.area_m2)).collect())
    })
    .map_err(|error| to_python(overcut_io::Error::from_core(error)))
}

fn copied(heights: &Bound<'_, PyAny>) -> PyResult<(Heights, GridShape)> {
    if let Ok(array) = heights.extract::<PyReadonlyArray2<'_, f32>>() {
        let shape = GridShape { rows: array.shape()[0], cols: array.shape()[1] };
        return Ok((Heights::F32(array.as_array().iter().copied().collect()), shape));
    }
    if let Ok(array) = heights.extract::<PyReadonlyArray2<'_, f64>>() {
        let shape = GridShape { rows: array.shape()[0], cols: array.shape()[1] };
        return Ok((Heights::F64(array.as_array().iter().copied().collect()), shape));
    }
    Err(ParameterError::new_err("heights must be a two-dimensional array of float32 or float64"))
}

/// A surface with the vertical datum that the caller states for all that state none.
pub(crate) struct Declared<S> {
    inner: S,
    info: SurfaceInfo,
}

impl<S: Deref<Target: CoreSurface>> Declared<S> {
    pub(crate) fn new(inner: S, default: &VerticalDatum) -> Self {
        let mut info = inner.info().clone();
        if info.vertical_datum == VerticalDatum::Unknown {
            info.vertical_datum = default.clone();
        }
        Self { inner, info }
    }
}

impl<S: Deref<Target: CoreSurface> + Send + Sync> CoreSurface for Declared<S> {
    fn info(&self) -> &SurfaceInfo {
        &self.info
    }

    fn grid(&self) -> &overcut::GridGeometry {
        self.inner.grid()
    }

    fn layout(&self) -> BlockLayout {
        self.inner.layout()
    }

    fn sha256(&self) -> overcut::Result<Option<String>> {
        self.inner.sha256()
    }

    fn open(&self) -> overcut::Result<Box<dyn SurfaceReader + '_>> {
        self.inner.open()
    }
}
