//! The common grid.

use overcut::{GridGeometry, dem::CrsRecord, surface::Surface};

use super::resample::Resampled;
use crate::{
    crs::{CoordinateOperation, crs_record, require_projected_metres},
    error::{Error, Result},
};

/// Whose grid is the common one.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum GridChoice {
    /// The first surface's.
    #[default]
    First,
    /// The last surface's.
    Last,
    /// That of the surface with the smallest cells, the first of several.
    Finest,
    /// That of the surface at this position.
    Like(usize),
    /// A grid of the caller's.
    Given {
        /// The grid.
        grid: GridGeometry,
        /// Its CRS: a code or WKT.
        crs: String,
    },
}

/// Surfaces on one grid.
pub struct Harmonised<'a> {
    /// The surfaces, in the order given.
    pub surfaces: Vec<Box<dyn Surface + 'a>>,
    /// The common grid.
    pub grid: GridGeometry,
    /// Its CRS.
    pub crs: CrsRecord,
    /// What was done to which surface, in sentences.
    pub assumptions: Vec<String>,
}

/// Brings surfaces onto one grid; those that are on it already pass through unchanged.
///
/// # Errors
/// [`Error::CrsMissing`], [`Error::NoOverlap`], those of [`CoordinateOperation::new`].
pub fn harmonise<'a>(surfaces: Vec<&'a dyn Surface>, choice: &GridChoice) -> Result<Harmonised<'a>> {
    let like = match choice {
        GridChoice::Given { .. } => None,
        GridChoice::First => Some(0),
        GridChoice::Last => Some(surfaces.len().saturating_sub(1)),
        GridChoice::Finest => (0..surfaces.len()).min_by(|a, b| {
            let area = |index: &usize| surfaces[*index].grid().cell_area_m2();
            area(a).total_cmp(&area(b))
        }),
        GridChoice::Like(index) => Some(*index),
    };
    let (grid, crs, name) = match (like, choice) {
        (_, GridChoice::Given { grid, crs }) => (*grid, crs_record(crs)?, "the grid".to_owned()),
        (Some(index), _) => {
            let surface = surfaces.get(index).ok_or_else(|| overcut::Error::InvalidParameter {
                name: "grid".to_owned(),
                found: index.to_string(),
                expected: format!("the position of one of {} surfaces, from 0", surfaces.len()),
            })?;
            (*surface.grid(), crs_of(*surface)?, surface.info().name.clone())
        }
        (None, _) => return Err(overcut::Error::TooFewSurfaces { found: 0 }.into()),
    };
    require_projected_metres(&crs, &name)?;
    let mut harmonised = Harmonised { surfaces: Vec::new(), grid, crs, assumptions: Vec::new() };
    for surface in surfaces {
        let (surface, done) = harmonised.bring(surface, &name)?;
        harmonised.surfaces.push(surface);
        harmonised.assumptions.extend(done);
    }
    Ok(harmonised)
}

fn crs_of(surface: &dyn Surface) -> Result<CrsRecord> {
    surface.info().crs.clone().ok_or_else(|| Error::CrsMissing { what: surface.info().name.clone() })
}

impl Harmonised<'_> {
    fn bring<'a>(&self, surface: &'a dyn Surface, of: &str) -> Result<(Box<dyn Surface + 'a>, Option<String>)> {
        let own = crs_of(surface)?;
        let operation = CoordinateOperation::new(&self.crs.wkt, &own.wkt)?;
        let same_crs = operation.is_identity();
        if same_crs && surface.grid().same_as(&self.grid) {
            return Ok((Box::new(Through(surface)), None));
        }
        self.require_overlap(surface, of, &operation)?;
        let definitions = (!same_crs).then(|| (self.crs.wkt.clone(), own.wkt.clone()));
        let resampled = Resampled::new(surface, self.grid, definitions)?;
        let (along, down) = resampled.points_per_cell();
        let by = if same_crs { String::new() } else { format!(", by the operation {}", operation.description()) };
        let sentence = format!(
            "{} ({}) was resampled to the grid of {of}: mean of {along} x {down} points per cell, bilinear{by}",
            surface.info().name,
            surface.grid()
        );
        Ok((Box::new(resampled), Some(sentence)))
    }

    /// Corners and middles of the common grid's sides and its centre, taken to the surface: a box around them must meet it.
    fn require_overlap(&self, surface: &dyn Surface, of: &str, operation: &CoordinateOperation) -> Result<()> {
        let (rows, cols) = (self.grid.shape.rows as f64, self.grid.shape.cols as f64);
        let mut points: Vec<(f64, f64)> = [0.0, 0.5, 1.0]
            .iter()
            .flat_map(|down| [0.0, 0.5, 1.0].map(|along| self.grid.to_world(along * cols, down * rows)))
            .collect();
        let own = surface.grid();
        let meets = operation.transform(&mut points).is_ok() && {
            let range = |values: Vec<f64>| {
                (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
            };
            let (west, east) = range(points.iter().map(|point| point.0).collect());
            let (south, north) = range(points.iter().map(|point| point.1).collect());
            west < own.east() && east > own.west && south < own.north && north > own.south()
        };
        if meets {
            return Ok(());
        }
        let swapped = own.west > self.grid.south() - 1e5 && own.west < self.grid.north + 1e5 && own.west > 1e6;
        let hint = if swapped {
            "; its x looks like a northing: are its axes swapped?"
        } else {
            "; check their zones and CRSs"
        };
        Err(Error::NoOverlap {
            first: of.to_owned(),
            first_extent: self.grid.to_string(),
            second: surface.info().name.clone(),
            second_extent: own.to_string(),
            hint: hint.to_owned(),
        })
    }
}

/// A surface that is on the grid already.
struct Through<'a>(&'a dyn Surface);

impl Surface for Through<'_> {
    fn info(&self) -> &overcut::dem::SurfaceInfo {
        self.0.info()
    }

    fn grid(&self) -> &GridGeometry {
        self.0.grid()
    }

    fn layout(&self) -> overcut::surface::BlockLayout {
        self.0.layout()
    }

    fn open(&self) -> overcut::Result<Box<dyn overcut::surface::SurfaceReader + '_>> {
        self.0.open()
    }
}
