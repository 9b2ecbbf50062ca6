//! Coordinate reference systems and the operations between them, by our own PROJ alone.
//!
//! Coordinates are always x east, y north. An operation that ignores the change of datum ("ballpark"), or whose best
//! variant needs a grid, is refused: results must not depend on what is installed.

pub(crate) mod proj;

use overcut::dem::{CrsRecord, VerticalDatum};
use proj::{Context, Kind, Object};

use crate::error::{Error, Result};

/// The horizontal CRS of a definition: the first part of a compound one, the base of one with a shift bound to it.
fn horizontal(context: &Context, definition: &str) -> Result<Object> {
    let unreadable = || Error::CrsUnreadable { definition: shortened(definition) };
    let mut crs = context.create(definition).ok_or_else(unreadable)?;
    loop {
        crs = match crs.kind() {
            Kind::Compound => context.sub_crs(&crs, 0).ok_or_else(unreadable)?,
            Kind::Bound => context.source_crs(&crs).ok_or_else(unreadable)?,
            Kind::NoCrs => return Err(unreadable()),
            Kind::Geographic | Kind::Projected | Kind::OtherCrs => return Ok(crs),
        };
    }
}

fn shortened(definition: &str) -> String {
    let mut short: String = definition.chars().take(80).collect();
    if short.len() < definition.len() {
        short.push('…');
    }
    short
}

fn record(context: &Context, crs: &Object) -> CrsRecord {
    CrsRecord {
        code: crs.code().or_else(|| context.identify(crs)),
        name: crs.name(),
        wkt: context.wkt(crs).unwrap_or_default(),
    }
}

/// The record of a horizontal CRS from any text that PROJ takes: a code such as `EPSG:4546`, WKT, PROJJSON.
///
/// # Errors
/// [`Error::CrsUnreadable`].
pub fn crs_record(definition: &str) -> Result<CrsRecord> {
    let context = Context::new();
    let crs = horizontal(&context, definition)?;
    Ok(record(&context, &crs))
}

/// The vertical datum that a compound definition names; `None` where it names none.
pub(crate) fn vertical_datum(definition: &str) -> Option<VerticalDatum> {
    let context = Context::new();
    let crs = context.create(definition).filter(|crs| crs.kind() == Kind::Compound)?;
    let vertical = context.sub_crs(&crs, 1)?;
    Some(match vertical.code().or_else(|| context.identify(&vertical)).as_deref() {
        Some("EPSG:5737") => VerticalDatum::Normal1985,
        Some("EPSG:5736") => VerticalDatum::Normal1956,
        Some("EPSG:5773") => VerticalDatum::Egm96,
        Some("EPSG:3855") => VerticalDatum::Egm2008,
        _ => VerticalDatum::Named(vertical.name()),
    })
}

/// Refuses a CRS in which cells are not squares of metres.
///
/// # Errors
/// [`Error::GeographicCrs`], [`Error::CrsUnsuitable`].
pub fn require_projected_metres(crs: &CrsRecord, what: &str) -> Result<()> {
    let context = Context::new();
    let object = horizontal(&context, &crs.wkt)?;
    let title = crs.code.as_ref().map_or_else(|| crs.name.clone(), |code| format!("{code} ({})", crs.name));
    let unsuitable = |why: String| Error::CrsUnsuitable { what: what.to_owned(), crs: title.clone(), why };
    match object.kind() {
        Kind::Geographic => Err(Error::GeographicCrs {
            what: what.to_owned(),
            crs: title,
            way_out: "to the zone's projected CRS, such as EPSG:4546 (CGCS2000 / 3-degree Gauss-Kruger CM 111E)".to_owned(),
        }),
        Kind::Projected => match context.axes(&object).into_iter().find(|(_, factor, _)| *factor != 1.0) {
            Some((unit, ..)) => Err(unsuitable(format!("its coordinates are in {unit}, not in metres"))),
            None => Ok(()),
        },
        _ => Err(unsuitable("it is not a projected CRS".to_owned())),
    }
}

/// A coordinate operation between two horizontal CRSs, chosen once and named.
///
/// May be sent to another thread, but is used by one at a time.
#[derive(Debug)]
pub struct CoordinateOperation {
    // Dropped before the context that it was made with.
    steps: Option<Object>,
    from: String,
    to: String,
    description: String,
    accuracy_m: Option<f64>,
    _context: Context,
}

impl CoordinateOperation {
    /// The best operation from one CRS to another.
    ///
    /// # Errors
    /// [`Error::CrsUnreadable`]; [`Error::Ballpark`] if none is known that honours the change of datum;
    /// [`Error::DatumGrid`] if the best one needs a grid; [`Error::OperationUnusable`] if PROJ cannot carry it out.
    pub fn new(from: &str, to: &str) -> Result<Self> {
        let context = Context::new();
        let (source, target) = (horizontal(&context, from)?, horizontal(&context, to)?);
        let title = |crs: &Object| crs.code().map_or_else(|| crs.name(), |code| format!("{code} ({})", crs.name()));
        let (from, to) = (title(&source), title(&target));
        if context.equivalent(&source, &target) {
            let description = "none (the same CRS)".to_owned();
            return Ok(Self { steps: None, from, to, description, accuracy_m: Some(0.0), _context: context });
        }
        let operations = context.operations(&source, &target);
        let Some(best) = operations.first() else { return Err(Error::Ballpark { from, to }) };
        let grids = context.missing_grids(best);
        if !grids.is_empty() {
            return Err(Error::DatumGrid { from, to, operation: best.name(), grids: grids.join(", ") });
        }
        let unusable = |why: &str| Error::OperationUnusable { from: from.clone(), to: to.clone(), why: why.to_owned() };
        if !context.is_usable(best) {
            return Err(unusable(&format!("`{}` cannot be carried out", best.name())));
        }
        let steps = context.east_first(best).ok_or_else(|| unusable("its axes cannot be put in order"))?;
        let (description, accuracy_m) = (best.name(), context.accuracy_m(best));
        drop((source, target, operations));
        Ok(Self { steps: Some(steps), from, to, description, accuracy_m, _context: context })
    }

    /// What the operation does, in PROJ's words.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Stated accuracy, metres; `None` where PROJ's database states none.
    pub fn accuracy_m(&self) -> Option<f64> {
        self.accuracy_m
    }

    /// Whether coordinates stay as they are.
    pub fn is_identity(&self) -> bool {
        self.steps.is_none()
    }

    /// Transforms points in place, each on its own.
    ///
    /// # Errors
    /// [`Error::PointNotTransformed`] with the first point that has no image.
    pub fn transform(&self, points: &mut [(f64, f64)]) -> Result<()> {
        let Some(steps) = &self.steps else { return Ok(()) };
        for point in points {
            let (x, y) = *point;
            *point = steps.forward(x, y).ok_or_else(|| Error::PointNotTransformed {
                x,
                y,
                from: self.from.clone(),
                to: self.to.clone(),
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(from: &str, to: &str, x: f64, y: f64) -> (f64, f64) {
        let mut points = [(x, y)];
        CoordinateOperation::new(from, to).unwrap().transform(&mut points).unwrap();
        points[0]
    }

    #[test]
    fn jishan_county_is_where_the_textbook_puts_it() {
        let (east, north) = moved("EPSG:4490", "EPSG:4546", 110.98, 35.60);
        assert!((east - 498_187.664).abs() < 1e-3 && (north - 3_941_160.735).abs() < 1e-3, "{east} {north}");
        let (east, _) = moved("EPSG:4546", "EPSG:4525", 498_187.664, 3_941_160.735);
        assert!((east - 37_498_187.664).abs() < 1e-6, "{east}");
    }

    #[test]
    fn a_change_of_datum_that_proj_can_only_guess_is_refused() {
        let refusal = CoordinateOperation::new("EPSG:2382", "EPSG:4546").unwrap_err();
        assert!(matches!(refusal, Error::Ballpark { .. }), "{refusal}");
        assert!(refusal.to_string().contains("officially converted"), "{refusal}");
    }

    #[test]
    fn an_operation_whose_best_variant_needs_a_grid_names_the_grid() {
        let refusal = CoordinateOperation::new("EPSG:4314", "EPSG:25832").unwrap_err();
        assert!(matches!(&refusal, Error::DatumGrid { grids, .. } if grids.contains("BETA2007")), "{refusal}");
    }

    #[test]
    fn the_same_crs_moves_nothing_to_the_bit() {
        assert_eq!(moved("EPSG:4546", "EPSG:4546", 0.1 + 0.2, 1e7 / 3.0), (0.1 + 0.2, 1e7 / 3.0));
    }

    #[test]
    fn the_height_part_of_a_compound_crs_is_read_and_left_out_of_the_plan() {
        assert_eq!(vertical_datum("EPSG:4546+5737"), Some(VerticalDatum::Normal1985));
        assert_eq!(vertical_datum("EPSG:4546"), None);
        assert_eq!(crs_record("EPSG:4546+5737").unwrap().code.as_deref(), Some("EPSG:4546"));
    }

    #[test]
    fn degrees_and_feet_are_refused() {
        let refuse = |code: &str| require_projected_metres(&crs_record(code).unwrap(), "dem.tif").unwrap_err();
        assert!(matches!(refuse("EPSG:4490"), Error::GeographicCrs { .. }));
        assert!(matches!(refuse("EPSG:2263"), Error::CrsUnsuitable { .. }));
        assert!(crs_record("EPSG:999999").is_err());
        assert!(require_projected_metres(&crs_record("EPSG:4546").unwrap(), "dem.tif").is_ok());
    }
}
