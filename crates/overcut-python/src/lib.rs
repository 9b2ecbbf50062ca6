//! The Python module `overcut._overcut`: conversion only, no algorithm.
//!
//! It is private. What people import is the package `overcut` in `python/overcut`, which gives these handles their names,
//! defaults and documentation. Each file here wraps one concept; this one only registers.
#![allow(clippy::needless_pass_by_value)] // Python hands arguments over by value

use pyo3::prelude::*;

mod assess;
mod batch;
mod conversion;
mod datum;
mod decision;
mod error;
mod ground;
mod info;
mod layer;
mod licence;
mod overview;
mod record;
mod surface;
mod tiles;
mod volume;
mod watch;

#[pymodule]
mod _overcut {
    use super::{Bound, PyModule, PyModuleMethods, PyResult};
    #[pymodule_export]
    use super::{
        assess::{accuracy, assess},
        batch::{BatchJob, BatchPlan, UnitReport, plan_batch, unit_report},
        conversion::{height_shift, transform_points, transformation},
        decision::decide,
        ground::{Ground, detection_levels, profile},
        info::{crs_record, raster_info, versions},
        licence::LicenceTable,
        overview::overview,
        record::Record,
        surface::{Surface, array_surface, open_raster, zonal_sums},
        tiles::{Mosaic, Tile, scan_tiles, tiles_grid},
        volume::{bench_volume, cell_volume, leave_out, prism_volume, reconstruct_patch, section_volume},
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        overcut_io::initialise();
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("DEBUG_BUILD", cfg!(debug_assertions))
    }
}
