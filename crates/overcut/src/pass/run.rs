//! The driver: units in parallel, results merged in order.

use std::sync::Mutex;

use rayon::prelude::*;

use super::{
    band::{Band, Bands},
    kernel::{Cells, Kernel, Setting, WindowResult},
    merged::{Merged, Partial},
    seams::{Borders, Slab, strips},
    units::UnitPlan,
};
use crate::{
    assessment::{CellBlock, Observer},
    error::{Error, Result},
    faces::FaceMap,
    grid::{GridShape, Window},
    surface::{Surface, SurfaceReader},
};

/// About so many units are worked on between two merges.
const UNITS_AT_A_TIME: usize = 32;

/// Runs the pass over a region of the grid that surfaces share, that of the plan; layers' surfaces come after the dated ones.
pub(crate) fn run(
    surfaces: &[&dyn Surface],
    plan: &UnitPlan,
    (faces, zones): (&FaceMap, Option<&FaceMap>),
    setting: &Setting,
    observer: &mut dyn Observer,
) -> Result<Partial> {
    let workers = Workers::new(surfaces, setting);
    let mut merged = Merged::new(setting, plan.region);
    let Window { rows, cols, .. } = setting.grid_window;
    let grid = GridShape { rows, cols };
    let mut borders = Borders::default();
    let window_cuts = plan.window_cuts();
    let rows_at_a_time = UNITS_AT_A_TIME.div_ceil(plan.cols());
    let all = plan.region.cells() as u64;
    for first in (0..plan.rows()).step_by(rows_at_a_time) {
        let rows = first..(first + rows_at_a_time).min(plan.rows());
        let band = |map: &FaceMap, row: usize| Band::new(map.rows(with_margin(plan, row)), &window_cuts, cols);
        let bands: Vec<Bands> = rows
            .clone()
            .into_par_iter()
            .map(|row| Bands { faces: band(faces, row), zones: zones.map(|zones| band(zones, row)) })
            .collect();
        let keys: Vec<(usize, usize)> =
            rows.clone().flat_map(|row| (0..plan.cols()).map(move |col| (row, col))).collect();
        let seams = (plan.rows() * plan.cols() > 1).then_some(plan.margin);
        let units: Vec<Result<_>> = keys
            .par_iter()
            .map(|(row, col)| workers.unit(plan.unit(*row, *col), plan.inside(*row, *col), &bands[row - first], seams))
            .collect();
        for ((row, col), unit) in keys.iter().zip(units) {
            let (result, strips) = unit?;
            if let Some(result) = result {
                add(&mut merged, result, observer)?;
            }
            if let Some(strips) = strips {
                borders.keep(*row, *col, strips);
            }
        }
        let seams: Vec<WindowResult> = keys
            .par_iter()
            .flat_map_iter(|(row, col)| {
                let bands = &bands[row - first];
                let west = (*col > 0).then(|| plan.west_seam(*row, *col));
                let north = (*row > 0).then(|| plan.north_seam(*row, *col));
                let (borders, workers) = (&borders, &workers);
                west.into_iter().chain(north).filter(|seam| !seam.is_empty()).map(move |seam| {
                    let slab = borders.assemble(plan, *row, *col, seam, grid);
                    workers.lend(|worker| worker.kernel.process(seam, &slab, bands))
                })
            })
            .collect();
        for result in seams {
            add(&mut merged, result, observer)?;
        }
        let done = plan.unit_rows(rows.end - 1).end.min(plan.region.row_end());
        borders.forget_before(rows.end - 1);
        merged.close_north_of(done.saturating_sub(plan.margin));
        if !observer.progress(((done - plan.region.row) * plan.region.cols) as u64, all) {
            return Err(Error::Interrupted);
        }
    }
    Ok(merged.finish())
}

/// Adds a window to what was found, and shows its cells.
fn add(merged: &mut Merged, result: WindowResult, observer: &mut dyn Observer) -> Result<()> {
    let WindowResult { found, cells } = result;
    for (interval, Cells { dod_m, class, standing }) in cells.iter().enumerate() {
        observer.cells(&CellBlock { interval, window: found.window, dod_m, class, standing })?;
    }
    merged.add(found);
    Ok(())
}

/// Rows of a row of units and of the seam to the north of it.
fn with_margin(plan: &UnitPlan, row: usize) -> std::ops::Range<usize> {
    let rows = plan.unit_rows(row);
    rows.start.saturating_sub(plan.margin)..rows.end
}

/// What a worker needs: readers of all surfaces, and space to work in.
struct Worker<'a> {
    readers: Vec<Box<dyn SurfaceReader + 'a>>,
    kernel: Kernel<'a>,
}

impl<'a> Worker<'a> {
    fn read(&mut self, surfaces: &[&'a dyn Surface], window: Window) -> Result<Slab> {
        if self.readers.is_empty() {
            self.readers = surfaces.iter().map(|surface| surface.open()).collect::<Result<_>>()?;
        }
        let heights = self.readers.iter_mut().map(|reader| reader.read(window)).collect::<Result<_>>()?;
        Ok(Slab { window, heights })
    }

    /// Gives the heights of a slab back to the readers, which may read into them again.
    fn recycle(&mut self, slab: Slab) {
        for (reader, heights) in self.readers.iter_mut().zip(slab.heights) {
            reader.recycle(heights);
        }
    }
}

/// Workers, each lent to one task at a time: there are as many as tasks at once.
struct Workers<'a> {
    surfaces: &'a [&'a dyn Surface],
    setting: &'a Setting,
    idle: Mutex<Vec<Worker<'a>>>,
}

impl<'a> Workers<'a> {
    fn new(surfaces: &'a [&'a dyn Surface], setting: &'a Setting) -> Self {
        Self { surfaces, setting, idle: Mutex::new(Vec::new()) }
    }

    fn lend<T>(&self, task: impl FnOnce(&mut Worker<'a>) -> T) -> T {
        let idle = || self.idle.lock().expect("no worker panics while it holds the lock");
        let waiting = idle().pop();
        let mut worker = waiting.unwrap_or_else(|| Worker { readers: Vec::new(), kernel: Kernel::new(self.setting) });
        let done = task(&mut worker);
        idle().push(worker);
        done
    }

    /// Reads a unit and does its inside; gives what was found, and what its seams need if it has any with this margin.
    fn unit(
        &self,
        unit: Window,
        inside: Window,
        bands: &Bands,
        seams: Option<usize>,
    ) -> Result<(Option<WindowResult>, Option<[Slab; 4]>)> {
        self.lend(|worker| {
            let slab = worker.read(self.surfaces, unit)?;
            let result = (!inside.is_empty()).then(|| worker.kernel.process(inside, &slab, bands));
            let strips = seams.map(|margin| strips(&slab, margin));
            worker.recycle(slab);
            Ok((result, strips))
        })
    }
}
