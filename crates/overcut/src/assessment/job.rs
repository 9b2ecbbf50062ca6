//! The job from its inputs to its result.

use std::fmt::Write;

use geo::{Area, BoundingRect, Intersects, Polygon, Rect};
use rayon::prelude::*;
use rstar::RTree;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    AssessOptions, Assessment, Elevation, Input, Interval, LayerPartRecord, LayerRecord, LicenceRecord, Observer,
    PartRecord, Placement, Series, SurfaceRecord,
    accuracy::{Before, Known, before_the_pass},
    classes::ClassTable,
    gather::{Gathered, gather},
    patches::{NearbyPart, Surroundings},
    volumes::VolumeErrors,
};
use crate::{
    dem::{SurfaceInfo, VerticalDatum},
    error::{Error, Result},
    faces::FaceMap,
    grid::GridGeometry,
    heights::mend,
    layers::{Layer, LayerBound, PlaneOnGrid},
    licence::{Licence, validate_all},
    pass::{
        PassResult,
        bins::{BinTable, parts_of},
        kernel::{Pair, Setting},
        layers::{Bound, LayerPlan, ListedPart, PartBounds},
        run,
        units::UnitPlan,
    },
    patches::Criteria,
    surface::Surface,
    tally::{Closure, Totals, value},
    validity::{ValidityOutcome, outcome},
};

/// Boundary inside patches is gathered over so many rows and columns: a block of it lies on one edge, or nearly.
const BOUNDARY_BLOCK: u32 = 4;
/// Version of the structure of [`Assessment`].
pub const SCHEMA: u32 = 3;

/// Assesses surfaces against licences.
///
/// Every cell is read once. The result is the same to the bit for any number of threads, any block shape and any storage.
///
/// # Errors
/// Invalid licences, options or dates; surfaces on different grids or without a common cell; undeclared vertical datums
/// where bands are to be tested; whatever reading finds; [`Error::Interrupted`].
pub fn assess(input: &Input<'_>, options: &AssessOptions, observer: &mut dyn Observer) -> Result<Assessment> {
    options.validate()?;
    validate_all(input.licences)?;
    input.layers.iter().try_for_each(Layer::validate)?;
    let grid = common_grid(input)?;
    check_dates(input.surfaces)?;
    check_datums_of_layers(input)?;
    if options.elevation == Elevation::Tested {
        check_datums(input)?;
    }
    let mut licences = input.licences.to_vec();
    licences.sort_by(|a, b| a.id.cmp(&b.id));
    let mut job = || {
        // Digests are taken beside the reading, by a worker that has nothing else to do.
        let (assessment, digests) =
            rayon::join(|| with_licences(input, &licences, &grid, options, observer), || digests(input));
        let mut assessment = assessment?;
        let (of_surfaces, of_layers) = digests?;
        for (surface, digest) in assessment.surfaces.iter_mut().zip(of_surfaces) {
            surface.sha256 = digest;
        }
        let parts = assessment.layers.iter_mut().flat_map(|layer| &mut layer.parts);
        for (part, (roof, floor)) in parts.zip(of_layers) {
            (part.roof_sha256, part.floor_sha256) = (roof, floor);
        }
        Ok(assessment)
    };
    match options.threads {
        None => job(),
        Some(threads) => rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|error| Error::InvalidParameter {
                name: "threads".to_owned(),
                found: threads.to_string(),
                expected: format!("a number of threads that the system can start ({error})"),
            })?
            .install(job),
    }
}

type OfPart = (Option<String>, Option<String>);

/// Digests of the surfaces, and of roof and floor of each part of each layer.
fn digests(input: &Input<'_>) -> Result<(Vec<Option<String>>, Vec<OfPart>)> {
    let of_bound = |bound: &LayerBound<'_>| bound.surface().map_or(Ok(None), Surface::sha256);
    let surfaces = input.surfaces.par_iter().map(|surface| surface.sha256()).collect::<Result<_>>()?;
    let parts: Vec<_> = input.layers.iter().flat_map(|layer| &layer.parts).collect();
    let of_parts = parts.par_iter().map(|part| Ok((of_bound(&part.roof)?, of_bound(&part.floor)?)));
    Ok((surfaces, of_parts.collect::<Result<_>>()?))
}

fn with_licences(
    input: &Input<'_>,
    licences: &[Licence],
    grid: &GridGeometry,
    options: &AssessOptions,
    observer: &mut dyn Observer,
) -> Result<Assessment> {
    let parts = parts_of(licences);
    let polygons: Vec<_> = parts.iter().map(|(_, part)| &part.polygon).collect();
    let faces = FaceMap::new(&polygons, grid)?;
    let levels_m = |face: u32| match options.elevation {
        Elevation::PlanOnly => Vec::new(),
        Elevation::Tested => BinTable::levels_of(faces.parts_of(face).iter().map(|part| parts[*part as usize].1)),
    };
    let bins = BinTable::new((0..).take(faces.face_count()).map(levels_m).collect(), input.layers.len());
    let before = before_the_pass(input, &polygons, grid, options)?;
    let mut intervals = intervals(input.surfaces, &before);
    let outcomes: Vec<Vec<ValidityOutcome>> = intervals
        .iter()
        .map(|interval| licences.iter().map(|l| outcome(&l.validity, interval.from, interval.to)).collect())
        .collect();
    let names: Vec<String> = input.layers.iter().map(|layer| layer.name.clone()).collect();
    let classes = ClassTable::new(&bins, &faces, &parts, &names, &outcomes, options.elevation);

    let mut surfaces = input.surfaces.to_vec();
    let (parts_of_layers, zones) = bounds(input.layers, &mut surfaces, grid);
    let zones = if zones.is_empty() { None } else { Some(FaceMap::new(&zones, grid)?) };
    let layers = LayerPlan::new(input.layers.len(), &parts_of_layers, zones.as_ref());
    let layouts: Vec<_> = surfaces.iter().map(|surface| surface.layout()).collect();
    let setting = Setting {
        grid_window: grid.window(),
        pairs: before.intervals.iter().enumerate().map(|(earlier, known)| pair(earlier, known)).collect(),
        layers,
        bins,
        codes: if observer.wants_cells() { classes.codes() } else { Vec::new() },
        connectivity: options.connectivity,
        criteria: before.intervals.iter().map(|known| criteria(known, grid, options)).collect(),
        boundary_block: (options.corner_sigma_m > 0.0).then_some(BOUNDARY_BLOCK),
        corrected: before.corrected,
    };
    let plan = UnitPlan::new(grid.shape, &layouts, options.unit, setting.margin());
    let PassResult { tally, totals, closure, patches: components } =
        run(&surfaces, grid, &plan, (&faces, zones.as_ref()), &setting, observer)?;
    for (interval, totals) in intervals.iter_mut().zip(&totals) {
        fill_in(interval, totals, grid, input.surfaces)?;
    }

    let nearby = parts.iter().filter_map(|(licence, part)| NearbyPart::new(*licence, &part.polygon)).collect();
    let surroundings = Surroundings {
        grid,
        licences,
        parts: &parts,
        faces: &faces,
        bins: &setting.bins,
        classes: &classes,
        layer_names: &names,
        nearby: RTree::bulk_load(nearby),
    };
    let errors = errors(&before.intervals, grid, options);
    let Gathered { rows, covariances, patches } = gather(&surroundings, &tally, &components, &errors, input.layers);
    for row in &rows {
        intervals[row.interval].cut_measured_m3 += row.cut_measured_m3;
        intervals[row.interval].fill_measured_m3 += row.fill_measured_m3;
    }

    let mut assessment = Assessment {
        schema: SCHEMA,
        overcut_version: env!("CARGO_PKG_VERSION").to_owned(),
        grid: *grid,
        crs: input.surfaces[0].info().crs.clone(),
        surfaces: input
            .surfaces
            .iter()
            .map(|surface| SurfaceRecord { info: surface.info().clone(), sha256: None })
            .collect(),
        licence_file: None,
        licences: licence_records(licences, &outcomes, grid),
        layers: input.layers.iter().map(layer_record).collect(),
        conversions: Vec::new(),
        options: options.clone(),
        assumptions: [assumptions(input, licences, options), before.assumptions].concat(),
        intervals,
        rows,
        patches,
        series: (input.surfaces.len() > 2).then(|| series(&closure, grid)),
        covariances,
        digest: String::new(),
        provenance: None,
    };
    assessment.digest = digest(&assessment);
    Ok(assessment)
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

/// The grid that all surfaces share.
pub(super) fn common_grid(input: &Input<'_>) -> Result<GridGeometry> {
    let [first, _, ..] = input.surfaces else {
        return Err(Error::TooFewSurfaces { found: input.surfaces.len() });
    };
    let of_layers = input.layers.iter().flat_map(Layer::surfaces);
    for other in input.surfaces.iter().copied().chain(of_layers) {
        if !first.grid().same_as(other.grid()) {
            return Err(Error::GridMismatch {
                first: first.info().name.clone(),
                first_grid: first.grid().to_string(),
                second: other.info().name.clone(),
                second_grid: other.grid().to_string(),
            });
        }
    }
    Ok(*first.grid())
}

fn check_dates(surfaces: &[&dyn Surface]) -> Result<()> {
    for pair in surfaces.windows(2) {
        let (earlier, later) = (pair[0].info(), pair[1].info());
        if earlier.date >= later.date {
            return Err(Error::DatesOutOfOrder {
                earlier: earlier.name.clone(),
                earlier_date: earlier.date,
                later: later.name.clone(),
                later_date: later.date,
            });
        }
    }
    Ok(())
}

/// Roofs and floors that state a datum must state that of the surfaces.
fn check_datums_of_layers(input: &Input<'_>) -> Result<()> {
    let of = |surface: &dyn Surface| (surface.info().name.clone(), surface.info().vertical_datum.clone());
    let known = |(_, datum): &(String, VerticalDatum)| *datum != VerticalDatum::Unknown;
    let Some((other, other_found)) = input.surfaces.iter().map(|surface| of(*surface)).find(known) else {
        return Ok(());
    };
    let of_layers = input.layers.iter().flat_map(Layer::surfaces).map(of).filter(known);
    match of_layers.into_iter().find(|(_, datum)| *datum != other_found) {
        Some((name, found)) => {
            let (what, other) = (format!("surface {name} of a layer"), format!("surface {other}"));
            Err(Error::VerticalDatumUnknown { what, found, other, other_found })
        }
        None => Ok(()),
    }
}

/// All surfaces and all bands must be counted from one declared datum.
fn check_datums(input: &Input<'_>) -> Result<()> {
    let named_surface = |info: &SurfaceInfo| format!("surface {}", info.name);
    let banded = input.licences.iter().filter(|licence| licence.parts.iter().any(|part| part.band.is_some()));
    let mut all: Vec<(String, VerticalDatum)> =
        banded.map(|licence| (format!("licence {}", licence.id), licence.vertical_datum.clone())).collect();
    if all.is_empty() {
        return Ok(());
    }
    all.extend(input.surfaces.iter().map(|s| (named_surface(s.info()), s.info().vertical_datum.clone())));
    let (other, other_found) = all[0].clone();
    match all.into_iter().find(|(_, datum)| *datum == VerticalDatum::Unknown || *datum != other_found) {
        Some((what, found)) if found == VerticalDatum::Unknown || other_found == VerticalDatum::Unknown => {
            Err(Error::VerticalDatumUnknown { what, found, other, other_found })
        }
        Some((what, found)) => {
            let mend = mend(&found, &other_found);
            Err(Error::VerticalDatumsDiffer { what, found, other, other_found, mend })
        }
        None => Ok(()),
    }
}

fn intervals(surfaces: &[&dyn Surface], before: &Before) -> Vec<Interval> {
    let interval = |(earlier, known): (usize, &Known)| Interval {
        earlier,
        later: earlier + 1,
        from: surfaces[earlier].info().date,
        to: surfaces[earlier + 1].info().date,
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
    before.intervals.iter().enumerate().map(interval).collect()
}

fn fill_in(interval: &mut Interval, totals: &Totals, grid: &GridGeometry, surfaces: &[&dyn Surface]) -> Result<()> {
    if totals.compared_cells == 0 {
        let name = |index: usize| surfaces[index].info().name.clone();
        return Err(Error::NoCommonCells { earlier: name(interval.earlier), later: name(interval.later) });
    }
    let area_m2 = grid.cell_area_m2();
    interval.compared_area_m2 = totals.compared_cells as f64 * area_m2;
    interval.nodata_area_m2 = (grid.shape.cells() as u64 - totals.compared_cells) as f64 * area_m2;
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
    surfaces: &mut Vec<&'a dyn Surface>,
    grid: &GridGeometry,
) -> (Vec<ListedPart>, Vec<&'b Polygon<f64>>) {
    let (mut parts, mut polygons) = (Vec::new(), Vec::new());
    let mut bound = |bound: LayerBound<'a>| match bound {
        LayerBound::Level(level) => Bound::Level(level),
        LayerBound::Plane(plane) => Bound::Plane(PlaneOnGrid::new(&plane, grid)),
        LayerBound::Surface(surface) => {
            surfaces.push(surface);
            Bound::Surface(surfaces.len() - 1)
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

fn layer_record(layer: &Layer<'_>) -> LayerRecord {
    let parts = layer.parts.iter().map(|part| LayerPartRecord {
        roof: part.roof.describe(),
        floor: part.floor.describe(),
        roof_sha256: None,
        floor_sha256: None,
        polygon: part.polygon.clone(),
    });
    LayerRecord {
        name: layer.name.clone(),
        kind: layer.kind,
        density_t_per_m3: layer.density_t_per_m3,
        parts: parts.collect(),
        stated: layer.stated.clone(),
    }
}

fn series(closure: &Closure, grid: &GridGeometry) -> Series {
    let area_m2 = grid.cell_area_m2();
    Series {
        compared_area_m2: closure.cells as f64 * area_m2,
        net_m3: value(closure.direct) * area_m2,
        net_by_intervals_m3: value(closure.by_intervals) * area_m2,
    }
}

fn licence_records(licences: &[Licence], outcomes: &[Vec<ValidityOutcome>], grid: &GridGeometry) -> Vec<LicenceRecord> {
    licences
        .iter()
        .enumerate()
        .map(|(index, licence)| LicenceRecord {
            id: licence.id.clone(),
            holder: licence.holder.clone(),
            mineral: licence.mineral.clone(),
            method: licence.method.clone(),
            valid_from: licence.validity.from,
            valid_to: licence.validity.to,
            vertical_datum: licence.vertical_datum.clone(),
            placement: placement(licence, grid),
            validity: outcomes.iter().map(|outcomes| outcomes[index]).collect(),
            parts: licence
                .parts
                .iter()
                .map(|part| PartRecord {
                    area_m2: part.polygon.unsigned_area(),
                    band: part.band,
                    layers: part.layers.clone(),
                    polygon: part.polygon.clone(),
                })
                .collect(),
        })
        .collect()
}

fn placement(licence: &Licence, grid: &GridGeometry) -> Placement {
    let extent = Rect::new((grid.west, grid.south()), (grid.east(), grid.north));
    let inside = |bounds: Rect<f64>| {
        bounds.min().x >= extent.min().x
            && bounds.min().y >= extent.min().y
            && bounds.max().x <= extent.max().x
            && bounds.max().y <= extent.max().y
    };
    if licence.parts.iter().all(|part| part.polygon.bounding_rect().is_some_and(inside)) {
        Placement::Inside
    } else if licence.parts.iter().any(|part| part.polygon.intersects(&extent)) {
        Placement::PartlyOutside
    } else {
        Placement::Outside
    }
}

fn assumptions(input: &Input<'_>, licences: &[Licence], options: &AssessOptions) -> Vec<String> {
    let mut all = vec![
        "a survey may have been made at any hour of its day: a licence is in force in an interval only if it is valid on \
         both survey days and all days between"
            .to_owned(),
    ];
    if options.elevation == Elevation::PlanOnly {
        all.push(
            "elevations were not tested: ground inside the polygon of a licence in force is `inside_boundary`"
                .to_owned(),
        );
    }
    for licence in licences {
        if options.elevation == Elevation::Tested && licence.parts.iter().any(|part| part.band.is_none()) {
            all.push(format!("licence {} has parts without elevations: none were tested there", licence.id));
        }
        if licence.validity.from.is_none() || licence.validity.to.is_none() {
            all.push(format!(
                "licence {} does not state both ends of its validity: an end not stated is open",
                licence.id
            ));
        }
    }
    if input
        .layers
        .iter()
        .flat_map(|layer| &layer.parts)
        .flat_map(|part| [part.roof, part.floor])
        .any(|bound| bound.surface().is_none_or(|surface| surface.info().vertical_datum == VerticalDatum::Unknown))
    {
        all.push("roofs and floors of layers are counted from the same vertical datum as the surfaces".to_owned());
    }
    if input.layers.iter().flat_map(|layer| &layer.parts).any(|part| part.polygon.is_some()) {
        all.push(
            "in a cell through which an end of a part of a layer runs, each part has its share of the plan, and the ground and \
             the bounds of the whole cell"
                .to_owned(),
        );
    }
    all
}

/// SHA-256 over the figures: not over names and storage of the inputs, nor over who made it.
fn digest(assessment: &Assessment) -> String {
    #[derive(Serialize)]
    struct Figures<'a> {
        schema: u32,
        grid: &'a GridGeometry,
        options: &'a AssessOptions,
        licences: &'a [LicenceRecord],
        intervals: &'a [Interval],
        rows: &'a [super::ClassRow],
        patches: &'a [super::Patch],
        series: Option<&'a Series>,
        covariances: &'a [super::RowCovariance],
    }
    let Assessment { schema, grid, options, licences, intervals, rows, patches, series, covariances, .. } = assessment;
    let series = series.as_ref();
    let figures = Figures { schema: *schema, grid, options, licences, intervals, rows, patches, series, covariances };
    let text = serde_json::to_vec(&figures).expect("results have no maps with keys that are not text");
    Sha256::digest(text).iter().fold(String::new(), |mut hexadecimal, byte| {
        let _ = write!(hexadecimal, "{byte:02x}");
        hexadecimal
    })
}
