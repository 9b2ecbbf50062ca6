//! Coordinate reference systems and the operations between them, by our own PROJ alone.
//!
//! Coordinates are always x east, y north, whatever order a CRS has by its authority. Our PROJ opens no file: results do not
//! depend on `PROJ_DATA` and on what is installed. An operation that ignores the change of datum ("ballpark"), or whose best
//! variant needs a datum grid, is refused.

mod ellipsoid;
mod operation;
mod points;
pub(crate) mod proj;
pub(crate) mod remembered;
mod transformation;
pub mod zones;

use overcut::{
    GridGeometry,
    dem::{CrsRecord, VerticalDatum},
};
use proj::{Context, Kind, Object};

pub use ellipsoid::{Ellipsoid, ToEllipsoid};
pub use operation::CoordinateOperation;
pub use points::{Pair, from_points};
pub use transformation::datum_of;
pub(crate) use transformation::{ellipsoid_of, is_in_degrees, to_degrees};

use crate::error::{Error, Result};

/// Largest relative error of areas in the projection. A projection for surveys stays far below (a 3-degree Gauss-Kruger
/// zone: 0.05 %, UTM: 0.2 %); Web Mercator at 35° N has 50 %.
const MAX_AREA_ERROR: f64 = 0.01;

/// The record of a horizontal CRS from any text that PROJ takes: a code such as `EPSG:4546`, WKT, PROJJSON, a PROJ string.
///
/// Of a compound CRS it is the horizontal part, of a three-dimensional one the plan, of one with a shift bound to it
/// (`TOWGS84`) the CRS without the shift. The code is given only where the definition is the one that EPSG lists.
///
/// # Errors
/// [`Error::CrsUnreadable`].
pub fn crs_record(definition: &str) -> Result<CrsRecord> {
    let context = Context::new();
    let crs = horizontal(&context, definition)?;
    let wkt = crs.wkt().ok_or_else(|| unreadable(definition))?;
    Ok(CrsRecord { code: listed_code(&context, &crs), name: crs.name(), wkt })
}

/// Refuses a CRS in which cells are not rectangles of metres, east and north.
///
/// # Errors
/// [`Error::GeographicCrs`] for degrees; [`Error::CrsUnsuitable`] for another unit than the metre, axes that do not point
/// east and north, and what is no projection at all. `what` names the thing that is in this CRS.
pub fn require_projected_metres(crs: &CrsRecord, what: &str) -> Result<()> {
    let context = Context::new();
    let object = horizontal(&context, &crs.wkt)?;
    let unsuitable = |why: String| Error::CrsUnsuitable { what: what.to_owned(), crs: title_of(crs), why };
    match object.kind() {
        Kind::Geographic2d | Kind::Geographic3d => Err(Error::GeographicCrs {
            what: what.to_owned(),
            crs: title_of(crs),
            way_out: "to the zone's projected CRS, such as EPSG:4546 (CGCS2000 / 3-degree Gauss-Kruger CM 111E)"
                .to_owned(),
        }),
        Kind::Projected | Kind::DerivedProjected => {
            let axes = object.axes();
            #[expect(clippy::float_cmp, reason = "the factor of the metre is 1 exactly")]
            let foreign = axes.iter().find(|axis| axis.unit_factor != 1.0);
            if let Some(axis) = foreign {
                return Err(unsuitable(format!("its coordinates are in {}, not in metres", axis.unit)));
            }
            let points = |direction: &str| axes.iter().any(|axis| axis.direction == direction);
            if !(points("east") && points("north")) {
                let found: Vec<_> = axes.iter().map(|axis| axis.direction.as_str()).collect();
                return Err(unsuitable(format!("its axes point {}, not east and north", found.join(" and "))));
            }
            Ok(())
        }
        Kind::Engineering => Err(unsuitable("it is a local system that nothing relates to the earth".to_owned())),
        _ => Err(unsuitable("it is not a projected CRS".to_owned())),
    }
}

/// Refuses a grid at a place where its projection does not keep areas, or where it is not defined at all: the wrong zone,
/// a zone number too many or too few before the eastings, swapped axes, Web Mercator.
///
/// # Errors
/// [`Error::PlaceUnsuitable`], [`Error::CrsUnreadable`].
pub(crate) fn require_true_areas(crs: &CrsRecord, grid: &GridGeometry, what: &str) -> Result<()> {
    let (x, y) = (f64::midpoint(grid.west, grid.east()), f64::midpoint(grid.south(), grid.north));
    let refuse = |why: String| Err(Error::PlaceUnsuitable { what: what.to_owned(), crs: title_of(crs), x, y, why });
    match areal_scale(&crs.wkt, x, y)? {
        Some(scale) if (scale - 1.0).abs() <= MAX_AREA_ERROR => Ok(()),
        Some(scale) => refuse(format!(
            "areas and volumes there are {scale:.3} times the true ones; reproject it first to the projected CRS of the zone \
             that it lies in, and check that the CRS stated is the right one"
        )),
        None => refuse(
            "no place on earth has these coordinates; check that the CRS is the right one, that x is east and y is north, and \
             whether the eastings carry a zone number"
                .to_owned(),
        ),
    }
}

/// Area in the projection over area on the ellipsoid; `None` where the projection is not defined.
fn areal_scale(wkt: &str, x: f64, y: f64) -> Result<Option<f64>> {
    let context = Context::new();
    let crs = horizontal(&context, wkt)?;
    let Some(base) = crs.source_crs() else { return Ok(None) };
    let radians = base.axes().first().map_or(1.0, |axis| axis.unit_factor);
    let operations = context.operations(&crs, &base);
    let Some(to_base) = operations.first().and_then(Object::east_first).and_then(|operation| operation.detached())
    else {
        return Ok(None);
    };
    let mut place = [(x, y)];
    to_base.transform(&mut place);
    let (lon_rad, lat_rad) = (place[0].0 * radians, place[0].1 * radians);
    Ok(if lon_rad.is_finite() && lat_rad.is_finite() { crs.areal_scale(lon_rad, lat_rad) } else { None })
}

/// What a definition says of its heights.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heights {
    pub(crate) datum: VerticalDatum,
    /// The unit, if it is not the metre; or that the axis points down.
    pub(crate) foreign_unit: Option<String>,
}

/// The vertical part of a compound or three-dimensional definition; `None` where it has none.
pub(crate) fn heights(definition: &str) -> Option<Heights> {
    let context = Context::new();
    let mut crs = parsed(&context, definition)?;
    if crs.kind() == Kind::Bound {
        crs = crs.source_crs()?;
    }
    let (datum, axis) = if crs.kind() == Kind::Compound {
        let mut vertical = crs.sub_crs(1)?;
        if vertical.kind() == Kind::Bound {
            vertical = vertical.source_crs()?;
        }
        if vertical.kind() != Kind::Vertical {
            return None;
        }
        (named_datum(&context, &vertical), vertical.axes().into_iter().next()?)
    } else {
        (VerticalDatum::Ellipsoidal, crs.axes().into_iter().nth(2)?)
    };
    #[expect(clippy::float_cmp, reason = "the factor of the metre is 1 exactly")]
    let foreign_unit = if axis.direction != "up" {
        Some(format!("{}, counted {}", axis.unit, axis.direction))
    } else if axis.unit_factor != 1.0 {
        Some(axis.unit)
    } else {
        None
    };
    Some(Heights { datum, foreign_unit })
}

/// The vertical datum that a definition names; `None` where it names none.
pub(crate) fn vertical_datum(definition: &str) -> Option<VerticalDatum> {
    heights(definition).map(|heights| heights.datum)
}

fn named_datum(context: &Context, vertical: &Object<'_>) -> VerticalDatum {
    let known = [
        ("EPSG:5737", VerticalDatum::Normal1985),
        ("EPSG:5736", VerticalDatum::Normal1956),
        ("EPSG:5773", VerticalDatum::Egm96),
        ("EPSG:3855", VerticalDatum::Egm2008),
    ];
    let code = vertical.code();
    let same = |listed: &str| {
        code.as_deref() == Some(listed) || context.object(listed).is_some_and(|listed| listed.equivalent(vertical))
    };
    let found = known.into_iter().find(|(listed, _)| same(listed)).map(|(_, datum)| datum);
    found.unwrap_or_else(|| VerticalDatum::Named(vertical.name()))
}

/// Code and name, for messages.
pub(crate) fn title_of(crs: &CrsRecord) -> String {
    title(crs.code.as_deref(), &crs.name)
}

fn title(code: Option<&str>, name: &str) -> String {
    code.map_or_else(|| name.to_owned(), |code| format!("{code} ({name})"))
}

fn unreadable(definition: &str) -> Error {
    const LONGEST: usize = 80;
    let mut short: String = definition.chars().take(LONGEST).collect();
    if short.len() < definition.len() {
        short.push('…');
    }
    Error::CrsUnreadable { definition: short }
}

fn parsed<'c>(context: &'c Context, definition: &str) -> Option<Object<'c>> {
    let definition = definition.trim();
    // A PROJ string without a type is an operation, not a CRS.
    let as_crs =
        (definition.contains("+proj=") && !definition.contains("type=crs")).then(|| format!("{definition} +type=crs"));
    context.object(as_crs.as_deref().unwrap_or(definition)).filter(Object::is_crs)
}

/// The horizontal CRS of a definition, as its authority lists it if it names one truly.
fn horizontal<'c>(context: &'c Context, definition: &str) -> Result<Object<'c>> {
    let missing = || unreadable(definition);
    let mut crs = parsed(context, definition).ok_or_else(missing)?;
    loop {
        crs = match crs.kind() {
            Kind::Compound => crs.sub_crs(0).ok_or_else(missing)?,
            Kind::Bound => crs.source_crs().ok_or_else(missing)?,
            Kind::Vertical => return Err(missing()),
            _ if crs.axes().len() == 3 => {
                let plan = crs.without_heights().ok_or_else(missing)?;
                if plan.axes().len() == 3 {
                    return Err(missing());
                }
                plan
            }
            _ => break,
        };
    }
    // The definition of the authority knows the area of use, by which operations are chosen.
    let listed = crs.code().and_then(|code| context.object(&code)).filter(|listed| listed.equivalent(&crs));
    Ok(listed.unwrap_or(crs))
}

/// Confidence (%) of PROJ that two definitions are equivalent: 90 by another name, 100 by the same name.
const EQUIVALENT: i32 = 90;

/// Authority and code, if the definition is the one that it lists; none where several fit equally well (a 3-degree and a
/// 6-degree zone with one central meridian).
fn listed_code(context: &Context, crs: &Object<'_>) -> Option<String> {
    if let Some(code) = crs.code() {
        let listed = context.object(&code).filter(|listed| listed.equivalent(crs));
        return listed.map(|_| code);
    }
    let identified = crs.identified();
    let best = identified.iter().map(|(_, confidence)| *confidence).max().filter(|best| *best >= EQUIVALENT)?;
    let mut candidates = identified.iter().filter(|(_, confidence)| *confidence == best);
    match (candidates.next(), candidates.next()) {
        (Some((only, _)), None) => only.code(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
