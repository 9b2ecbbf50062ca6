//! The common grid.

use overcut::{
    GridGeometry,
    assessment::{Conversion, Done},
    dem::{CrsRecord, SurfaceInfo, VerticalDatum},
    surface::Surface,
    transformation::Transformation,
};

use super::{Through, overlap::require_overlap, resample::Resampled};
use crate::{
    crs::{CoordinateOperation, crs_record, ellipsoid_of, require_projected_metres, title_of},
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
    /// That of the surface at this position, from 0.
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
    /// The surfaces, in the order given. What they state of themselves is as it was, also the CRS that they came from.
    pub surfaces: Vec<Box<dyn Surface + 'a>>,
    /// The common grid.
    pub grid: GridGeometry,
    /// Its CRS.
    pub crs: CrsRecord,
    /// What was done to which surface, in sentences.
    pub assumptions: Vec<String>,
    /// Stated transformations that were used.
    pub conversions: Vec<Conversion>,
}

/// Ellipsoids of which the one departs from the other by less are one: a millimetre in height.
const ONE_ELLIPSOID_M: f64 = 1e-3;

/// Brings surfaces onto one grid; those that are on it already pass through unchanged.
///
/// Others are read through [`Resampled`]: exactly, and independently of the windows that are asked for.
///
/// # Errors
/// [`Error::CrsMissing`] for a surface without CRS; [`Error::GeographicCrs`] or [`Error::CrsUnsuitable`] for the CRS of the
/// grid; [`Error::NoOverlap`] for a surface that does not meet the grid; those of [`CoordinateOperation::new`];
/// [`overcut::Error::TooFewSurfaces`] for none, [`overcut::Error::InvalidParameter`] for a position that is not there.
pub fn harmonise<'a>(surfaces: Vec<&'a dyn Surface>, choice: &GridChoice) -> Result<Harmonised<'a>> {
    harmonise_with(surfaces, choice, &[])
}

/// As [`harmonise`], with transformations between datums for which no operation is known.
///
/// # Errors
/// As [`harmonise`]; [`Error::TransformationUnusable`]; [`Error::EllipsoidsDiffer`] for ellipsoidal heights over two
/// ellipsoids.
pub fn harmonise_with<'a>(
    surfaces: Vec<&'a dyn Surface>,
    choice: &GridChoice,
    transformations: &[Transformation],
) -> Result<Harmonised<'a>> {
    let (grid, crs, name) = match (choice, chosen(&surfaces, choice)) {
        (GridChoice::Given { grid, crs }, _) => (*grid, crs_record(crs)?, "the grid".to_owned()),
        (_, Some(surface)) => (*surface.grid(), crs_of(surface)?, surface.info().name.clone()),
        (GridChoice::Like(index), None) => {
            let (found, expected) =
                (index.to_string(), format!("the position of one of {} surfaces, from 0", surfaces.len()));
            return Err(overcut::Error::InvalidParameter { name: "grid".to_owned(), found, expected }.into());
        }
        (_, None) => return Err(overcut::Error::TooFewSurfaces { found: 0 }.into()),
    };
    require_projected_metres(&crs, &name)?;
    require_one_ellipsoid(&surfaces)?;
    let mut harmonised =
        Harmonised { surfaces: Vec::new(), grid, crs, assumptions: Vec::new(), conversions: Vec::new() };
    for surface in surfaces {
        let (surface, done) = harmonised.bring(surface, &name, transformations)?;
        harmonised.surfaces.push(surface);
        harmonised.assumptions.extend(done);
    }
    Ok(harmonised)
}

/// The surface whose grid is taken.
fn chosen<'a>(surfaces: &[&'a dyn Surface], choice: &GridChoice) -> Option<&'a dyn Surface> {
    match choice {
        GridChoice::First => surfaces.first().copied(),
        GridChoice::Last => surfaces.last().copied(),
        GridChoice::Finest => {
            // The first of equal ones.
            surfaces.iter().copied().min_by(|a, b| a.grid().cell_area_m2().total_cmp(&b.grid().cell_area_m2()))
        }
        GridChoice::Like(index) => surfaces.get(*index).copied(),
        GridChoice::Given { .. } => None,
    }
}

fn crs_of(surface: &dyn Surface) -> Result<CrsRecord> {
    surface.info().crs.clone().ok_or_else(|| Error::CrsMissing { what: surface.info().name.clone() })
}

impl Harmonised<'_> {
    fn bring<'a>(
        &mut self,
        surface: &'a dyn Surface,
        of: &str,
        transformations: &[Transformation],
    ) -> Result<(Box<dyn Surface + 'a>, Vec<String>)> {
        let own = crs_of(surface)?;
        let name = &surface.info().name;
        let (operation, stated) = CoordinateOperation::with(&self.crs.wkt, &own.wkt, transformations)?;
        self.conversions.extend(stated.map(|position| Conversion {
            applied_to: format!("surface {name}"),
            done: Done::Transformation(transformations[position].clone()),
        }));
        let mut done = Vec::new();
        if operation.is_identity() && own.code != self.crs.code {
            let (own, common) = (title_of(&own), title_of(&self.crs));
            done.push(format!("the {own} of {name} and the {common} of {of} give the same coordinates"));
        }
        if operation.is_identity() && surface.grid().same_as(&self.grid) {
            return Ok((Box::new(Through(surface)), done));
        }
        require_overlap((of, &self.grid, &self.crs), (name, surface.grid(), &own), &operation)?;

        let by = (!operation.is_identity()).then(|| {
            let accuracy = operation.accuracy_m().map_or_else(|| "not stated".to_owned(), |m| format!("{m} m"));
            format!(
                ", each point taken from {} to {} by the operation {} (accuracy {accuracy}; {})",
                title_of(&self.crs),
                title_of(&own),
                operation.description(),
                operation.pipeline().unwrap_or("no pipeline")
            )
        });
        let resampled = Resampled::new(surface, self.grid, Some(operation));
        let (along, down) = resampled.points_per_cell();
        done.push(if resampled.copies() {
            format!("the cells of {name} ({}) are cells of the grid of {of} and were taken as they are", surface.grid())
        } else {
            format!(
                "{name} ({}) was resampled to the grid of {of}: the mean of {along} x {down} points per cell, bilinear between \
                 cell centres, no height beside missing cells and in its outer half cell{}",
                surface.grid(),
                by.unwrap_or_default()
            )
        });
        Ok((Box::new(resampled), done))
    }
}

/// Refuses ellipsoidal heights that are counted from two ellipsoids.
fn require_one_ellipsoid(surfaces: &[&dyn Surface]) -> Result<()> {
    let ellipsoidal = surfaces.iter().map(|surface| surface.info());
    let of = |info: &SurfaceInfo| info.crs.clone().and_then(|crs| ellipsoid_of(&crs).map(|shape| (crs, shape)));
    let mut found = ellipsoidal
        .filter(|info| info.vertical_datum == VerticalDatum::Ellipsoidal)
        .filter_map(|info| of(info).map(|(crs, shape)| (info, crs, shape)));
    let Some((first, first_crs, (first_a, first_b))) = found.next() else { return Ok(()) };
    for (info, crs, (a, b)) in found {
        if (a - first_a).abs() > ONE_ELLIPSOID_M || (b - first_b).abs() > ONE_ELLIPSOID_M {
            return Err(Error::EllipsoidsDiffer {
                what: first.name.clone(),
                crs: title_of(&first_crs),
                other: info.name.clone(),
                other_crs: title_of(&crs),
            });
        }
    }
    Ok(())
}
