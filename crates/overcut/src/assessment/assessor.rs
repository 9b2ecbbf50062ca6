//! A job that is set up: regions of its grid are assessed one by one, here or elsewhere, and put together.

use geo::Polygon;
use rstar::RTree;
use serde::{Deserialize, Serialize};

use super::{
    AssessOptions, Assessment, Elevation, Interval, Observer, Prepared, SCHEMA, SurfaceRecord,
    accuracy::Known,
    classes::ClassTable,
    gather::{Gathered, gather},
    patches::{NearbyPart, Surroundings},
    records::{digest, layer_record, licence_records, series},
    volumes::VolumeErrors,
};
use crate::{
    error::{Error, Result},
    faces::FaceMap,
    grid::{GridGeometry, Window},
    layers::{Layer, LayerBound, PlaneOnGrid},
    pass::{
        bins::{BinTable, parts_of},
        kernel::{Pair, Setting},
        layers::{Bound, LayerPlan, ListedPart, PartBounds},
        merged::{Merged, Partial},
        rows::Corrected,
        run,
        units::UnitPlan,
    },
    patches::{Component, Criteria},
    surface::Surface,
    tally::{Totals, value},
    validity::{ValidityOutcome, outcome},
};

/// Boundary inside patches is gathered over so many rows and columns: a block of it lies on one edge, or nearly.
const BOUNDARY_BLOCK: u32 = 4;

/// What a region of the grid gives: sums, patches, and what joins the patches that go on beyond its border. No cell is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionResult(Partial);

impl RegionResult {
    /// The cells that it is of.
    pub fn window(&self) -> Window {
        self.0.window
    }

    /// Cells with a height in both surveys, by interval.
    pub fn compared_cells(&self) -> Vec<u64> {
        self.0.totals.iter().map(|totals| totals.compared_cells).collect()
    }
}

/// Makes the pass over regions of a grid, and an assessment of what they give.
///
/// However the grid is cut into regions, and wherever they are done, the assessment is the same to the bit: sums are integers, and
/// what a cell gets depends on it and on cells around it, which are read beyond the border of a region.
pub struct Assessor<'a> {
    prepared: Prepared,
    layers: &'a [Layer<'a>],
    /// Surfaces of the layers.
    bounding: Vec<&'a dyn Surface>,
    /// By interval, then licence.
    outcomes: Vec<Vec<ValidityOutcome>>,
    faces: FaceMap,
    zones: Option<FaceMap>,
    classes: ClassTable,
    setting: Setting,
}

impl<'a> Assessor<'a> {
    /// Sets a job up. Layers are the ones that it was prepared with; cells are shown to observers only if they are wanted here.
    ///
    /// # Errors
    /// [`Error::Overlay`] if boundaries cannot be laid over each other.
    pub fn new(prepared: Prepared, layers: &'a [Layer<'a>], wants_cells: bool) -> Result<Self> {
        let Prepared { grid, licences, options, .. } = &prepared;
        let parts = parts_of(licences);
        let polygons: Vec<_> = parts.iter().map(|(_, part)| &part.polygon).collect();
        let faces = FaceMap::new(&polygons, grid)?;
        let levels_m = |face: u32| match options.elevation {
            Elevation::PlanOnly => Vec::new(),
            Elevation::Tested => BinTable::levels_of(faces.parts_of(face).iter().map(|part| parts[*part as usize].1)),
        };
        let bins = BinTable::new((0..).take(faces.face_count()).map(levels_m).collect(), layers.len());
        let outcomes: Vec<Vec<ValidityOutcome>> = prepared
            .surfaces
            .windows(2)
            .map(|pair| licences.iter().map(|l| outcome(&l.validity, pair[0].date, pair[1].date)).collect())
            .collect();
        let classes = ClassTable::new(&bins, &faces, &parts, &names(layers), &outcomes, options.elevation);

        let mut bounding = Vec::new();
        let (parts_of_layers, zones) = bounds(layers, prepared.surfaces.len(), &mut bounding, grid);
        let zones = if zones.is_empty() { None } else { Some(FaceMap::new(&zones, grid)?) };
        let setting = Setting {
            grid_window: grid.window(),
            pairs: prepared.intervals.iter().enumerate().map(|(earlier, known)| pair(earlier, known)).collect(),
            layers: LayerPlan::new(layers.len(), &parts_of_layers, zones.as_ref()),
            bins,
            codes: if wants_cells { classes.codes() } else { Vec::new() },
            connectivity: options.connectivity,
            criteria: prepared.intervals.iter().map(|known| criteria(known, grid, options)).collect(),
            boundary_block: (options.corner_sigma_m > 0.0).then_some(BOUNDARY_BLOCK),
            corrected: prepared.corrections.iter().map(|correction| Corrected::new(correction, grid)).collect(),
        };
        Ok(Self { prepared, layers, bounding, outcomes, faces, zones, classes, setting })
    }

    /// What the job was set up from.
    pub fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Cells around a region whose heights are read.
    pub fn margin(&self) -> usize {
        self.setting.margin()
    }

    /// Assesses a region, in the threads of the pool that this is called in.
    ///
    /// `surfaces` are the dated ones of the job, on its grid; they need to hold heights in the region and [`Self::margin`] cells
    /// around it only. An assessor that was not set up to show cells shows none.
    ///
    /// # Errors
    /// [`Error::GridMismatch`] for surfaces that are not on the grid, [`Error::InvalidParameter`] for a region that is not in it,
    /// whatever reading finds; [`Error::Interrupted`].
    pub fn region(
        &self,
        surfaces: &[&dyn Surface],
        region: Window,
        observer: &mut dyn Observer,
    ) -> Result<RegionResult> {
        let Prepared { grid, options, .. } = &self.prepared;
        self.check(surfaces, region)?;
        let all = [surfaces, &self.bounding].concat();
        let layouts: Vec<_> = all.iter().map(|surface| surface.layout()).collect();
        let plan = UnitPlan::new(grid.shape, region, &layouts, options.unit, self.margin());
        run(&all, &plan, (&self.faces, self.zones.as_ref()), &self.setting, observer).map(RegionResult)
    }

    fn check(&self, surfaces: &[&dyn Surface], region: Window) -> Result<()> {
        let Prepared { grid, surfaces: infos, .. } = &self.prepared;
        if surfaces.len() != infos.len() {
            return Err(Error::TooFewSurfaces { found: surfaces.len() });
        }
        if let Some(other) = surfaces.iter().find(|surface| !surface.grid().same_as(grid)) {
            return Err(Error::GridMismatch {
                first: "the job".to_owned(),
                first_grid: grid.to_string(),
                second: other.info().name.clone(),
                second_grid: other.grid().to_string(),
            });
        }
        if region.is_empty() || region.intersection(&grid.window()) != region {
            return Err(Error::InvalidParameter {
                name: "region".to_owned(),
                found: format!("{region:?}"),
                expected: format!("cells of the {} x {} of the grid", grid.shape.rows, grid.shape.cols),
            });
        }
        Ok(())
    }

    /// Puts regions together. They must not overlap; cells in none count as ones without data. They may come in any order by columns,
    /// but by ascending first rows, so that what is complete need not be held open.
    ///
    /// # Errors
    /// Whatever the regions come with; [`Error::InvalidParameter`] if they are not in order; [`Error::NoCommonCells`].
    pub fn finish(&self, regions: impl IntoIterator<Item = Result<RegionResult>>) -> Result<Assessment> {
        let mut merged = Merged::new(&self.setting, self.prepared.grid.window());
        let mut first_row = 0;
        for region in regions {
            let RegionResult(partial) = region?;
            let row = partial.window.row;
            if row < first_row {
                return Err(Error::InvalidParameter {
                    name: "regions".to_owned(),
                    found: format!("one from row {row} after one from row {first_row}"),
                    expected: "ascending first rows".to_owned(),
                });
            }
            if row > first_row {
                merged.close_north_of(row);
                first_row = row;
            }
            merged.add(partial);
        }
        self.assessment(merged.finish())
    }

    fn assessment(&self, all: Partial) -> Result<Assessment> {
        let Prepared { grid, surfaces, licences, options, assumptions, .. } = &self.prepared;
        let mut intervals = intervals(&self.prepared);
        for (interval, totals) in intervals.iter_mut().zip(&all.totals) {
            fill_in(interval, totals, &self.prepared)?;
        }
        let parts = parts_of(licences);
        let nearby = parts.iter().filter_map(|(licence, part)| NearbyPart::new(*licence, &part.polygon)).collect();
        let surroundings = Surroundings {
            grid,
            licences,
            parts: &parts,
            faces: &self.faces,
            bins: &self.setting.bins,
            classes: &self.classes,
            layer_names: &names(self.layers),
            nearby: RTree::bulk_load(nearby),
        };
        let errors = errors(&self.prepared.intervals, grid, options);
        let components: Vec<Vec<Component>> = all.labels.into_iter().map(|labels| labels.components).collect();
        let Gathered { rows, covariances, patches } =
            gather(&surroundings, &all.tally, &components, &errors, self.layers);
        for row in &rows {
            intervals[row.interval].cut_measured_m3 += row.cut_measured_m3;
            intervals[row.interval].fill_measured_m3 += row.fill_measured_m3;
        }
        let record = |info| SurfaceRecord { info, sha256: None };
        let mut assessment = Assessment {
            schema: SCHEMA,
            overcut_version: env!("CARGO_PKG_VERSION").to_owned(),
            grid: *grid,
            crs: surfaces[0].crs.clone(),
            surfaces: surfaces.iter().cloned().map(record).collect(),
            licence_file: None,
            licences: licence_records(licences, &self.outcomes, grid),
            layers: self.layers.iter().map(layer_record).collect(),
            conversions: Vec::new(),
            options: options.clone(),
            assumptions: assumptions.clone(),
            intervals,
            rows,
            patches,
            series: (surfaces.len() > 2).then(|| series(&all.closure, grid)),
            covariances,
            digest: String::new(),
            provenance: None,
        };
        assessment.digest = digest(&assessment);
        Ok(assessment)
    }
}

fn names(layers: &[Layer<'_>]) -> Vec<String> {
    layers.iter().map(|layer| layer.name.clone()).collect()
}

fn pair(earlier: usize, known: &Known) -> Pair {
    Pair { earlier, later: earlier + 1, detector: known.detector.clone(), footing: known.footing }
}

fn criteria(known: &Known, grid: &GridGeometry, options: &AssessOptions) -> Criteria {
    let min_cells = (options.min_area_m2 / grid.cell_area_m2() - 1e-9).ceil().max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at least 1, and no grid has 2^63 cells"
    )]
    Criteria {
        cells: min_cells as u64,
        depth_m: options.min_depth_m,
        strength: known.accuracy.detection.map_or(0.0, |detection| detection.strong.powi(2)),
    }
}

fn errors<'a>(known: &'a [Known], grid: &'a GridGeometry, options: &AssessOptions) -> Vec<VolumeErrors<'a>> {
    let precision = (options.confidence, options.corner_sigma_m);
    let of = |Known { accuracy, footing, earlier_share, later_moved, .. }: &'a Known| {
        let block = footing.map_or(1, |footing| footing.block);
        VolumeErrors::new(accuracy, grid, block, *earlier_share, *later_moved, precision)
    };
    known.iter().map(of).collect()
}

fn intervals(prepared: &Prepared) -> Vec<Interval> {
    let interval = |(earlier, known): (usize, &Known)| Interval {
        earlier,
        later: earlier + 1,
        from: prepared.surfaces[earlier].date,
        to: prepared.surfaces[earlier + 1].date,
        sigma_m: known.sigma_m,
        lod_m: known.lod_m,
        compared_area_m2: 0.0,
        nodata_area_m2: 0.0,
        cut_m3: 0.0,
        fill_m3: 0.0,
        cut_certain_m3: 0.0,
        fill_certain_m3: 0.0,
        cut_measured_m3: 0.0,
        fill_measured_m3: 0.0,
        accuracy: known.accuracy.clone(),
    };
    prepared.intervals.iter().enumerate().map(interval).collect()
}

fn fill_in(interval: &mut Interval, totals: &Totals, prepared: &Prepared) -> Result<()> {
    if totals.compared_cells == 0 {
        let name = |index: usize| prepared.surfaces[index].name.clone();
        return Err(Error::NoCommonCells { earlier: name(interval.earlier), later: name(interval.later) });
    }
    let area_m2 = prepared.grid.cell_area_m2();
    interval.compared_area_m2 = totals.compared_cells as f64 * area_m2;
    interval.nodata_area_m2 = (prepared.grid.shape.cells() as u64 - totals.compared_cells) as f64 * area_m2;
    interval.cut_m3 = value(totals.cut) * area_m2;
    interval.fill_m3 = value(totals.fill) * area_m2;
    interval.cut_certain_m3 = value(totals.cut_certain) * area_m2;
    interval.fill_certain_m3 = value(totals.fill_certain) * area_m2;
    Ok(())
}

/// Bounds of the parts of layers, each with its position among the polygons, if it has one; their surfaces are read after the
/// dated ones.
fn bounds<'a, 'b>(
    layers: &'b [Layer<'a>],
    dated: usize,
    surfaces: &mut Vec<&'a dyn Surface>,
    grid: &GridGeometry,
) -> (Vec<ListedPart>, Vec<&'b Polygon<f64>>) {
    let (mut parts, mut polygons) = (Vec::new(), Vec::new());
    let mut bound = |bound: LayerBound<'a>| match bound {
        LayerBound::Level(level) => Bound::Level(level),
        LayerBound::Plane(plane) => Bound::Plane(PlaneOnGrid::new(&plane, grid)),
        LayerBound::Surface(surface) => {
            surfaces.push(surface);
            Bound::Surface(dated + surfaces.len() - 1)
        }
    };
    for (layer, part) in
        (1..).zip(layers).flat_map(|(number, layer)| layer.parts.iter().map(move |part| (number, part)))
    {
        let bounds = PartBounds { layer, floor: bound(part.floor), roof: bound(part.roof) };
        let polygon = part.polygon.as_ref().map(|polygon| {
            polygons.push(polygon);
            u32::try_from(polygons.len() - 1).expect("parts of layers are few")
        });
        parts.push((bounds, polygon));
    }
    (parts, polygons)
}
