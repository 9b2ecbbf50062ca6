//! The driver: units in parallel, results merged in order.

use std::sync::Mutex;

use rayon::prelude::*;

use super::{
    band::{Band, Bands},
    kernel::{Cells, Kernel, Setting, WindowResult},
    seams::{Borders, Slab, strips},
    units::UnitPlan,
};
use crate::{
    assessment::{CellBlock, Observer},
    error::{Error, Result},
    faces::FaceMap,
    grid::{GridGeometry, Window},
    patches::{Component, merge::Merger},
    surface::{Surface, SurfaceReader},
    tally::{Closure, Tally, Totals},
};

/// About so many units are worked on between two merges.
const UNITS_AT_A_TIME: usize = 32;

/// What a pass gives.
#[derive(Debug)]
pub(crate) struct PassResult {
    pub(crate) tally: Tally,
    /// By interval.
    pub(crate) totals: Vec<Totals>,
    /// Nothing where two surveys are compared.
    pub(crate) closure: Closure,
    /// By interval: patches by change and first cell.
    pub(crate) patches: Vec<Vec<Component>>,
}

/// Everything that has been merged so far.
struct Merged<'a> {
    tally: Tally,
    totals: Vec<Totals>,
    closure: Closure,
    mergers: Vec<Merger>,
    observer: &'a mut dyn Observer,
}

impl Merged<'_> {
    fn add(&mut self, result: WindowResult) -> Result<()> {
        self.tally.merge(&result.tally);
        for (totals, more) in self.totals.iter_mut().zip(&result.totals) {
            totals.add(more);
        }
        self.closure.add(&result.closure);
        for (merger, labels) in self.mergers.iter_mut().zip(result.labels) {
            merger.add(result.window, labels);
        }
        for (interval, Cells { dod_m, class, standing }) in result.cells.iter().enumerate() {
            self.observer.cells(&CellBlock { interval, window: result.window, dod_m, class, standing })?;
        }
        Ok(())
    }
}

/// Runs the pass over surfaces that share `grid`; layers' surfaces come after the dated ones.
pub(crate) fn run(
    surfaces: &[&dyn Surface],
    grid: &GridGeometry,
    plan: &UnitPlan,
    (faces, zones): (&FaceMap, Option<&FaceMap>),
    setting: &Setting,
    observer: &mut dyn Observer,
) -> Result<PassResult> {
    let workers = Workers::new(surfaces, setting);
    let mut merged = Merged {
        tally: Tally::default(),
        totals: vec![Totals::default(); setting.pairs.len()],
        closure: Closure::default(),
        mergers: (0..setting.pairs.len())
            .map(|interval| Merger::new(interval as u16, setting.criteria[interval], setting.connectivity))
            .collect(),
        observer,
    };
    let mut borders = Borders::default();
    let window_cuts = plan.window_cuts();
    let rows_at_a_time = UNITS_AT_A_TIME.div_ceil(plan.cols());
    let all = grid.shape.cells() as u64;
    for first in (0..plan.rows()).step_by(rows_at_a_time) {
        let rows = first..(first + rows_at_a_time).min(plan.rows());
        let band = |map: &FaceMap, row: usize| Band::new(map.rows(with_margin(plan, row, grid)), &window_cuts);
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
                merged.add(result)?;
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
                    let slab = borders.assemble(plan, *row, *col, seam, grid.shape);
                    workers.lend(|worker| worker.kernel.process(seam, &slab, bands))
                })
            })
            .collect();
        for result in seams {
            merged.add(result)?;
        }
        let done = plan.unit_rows(rows.end - 1).end;
        borders.forget_before(rows.end - 1);
        for merger in &mut merged.mergers {
            merger.close_north_of((done - plan.margin) as u32);
        }
        if !merged.observer.progress((done * grid.shape.cols) as u64, all) {
            return Err(Error::Interrupted);
        }
    }
    let Merged { mut tally, totals, closure, mergers, observer: _ } = merged;
    let mut patches = Vec::new();
    for merger in mergers {
        let (found, dropped) = merger.finish();
        tally.merge(&dropped);
        patches.push(found);
    }
    Ok(PassResult { tally, totals, closure, patches })
}

/// Rows of a row of units and of the seam to the north of it.
fn with_margin(plan: &UnitPlan, row: usize, grid: &GridGeometry) -> std::ops::Range<usize> {
    let rows = plan.unit_rows(row);
    rows.start.saturating_sub(plan.margin)..rows.end.min(grid.shape.rows)
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
