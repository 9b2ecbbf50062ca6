//! Operations from parameters that somebody states, where no authority lists any.

use std::fmt;

use overcut::{
    dem::CrsRecord,
    transformation::{Convention, Helmert, Method, Similarity, Transformation},
};

use super::{
    CoordinateOperation, horizontal,
    operation::same,
    proj::{Context, Kind, Object, Operation},
    title, title_of,
};
use crate::error::{Error, Result};

/// Corrections of the way back. The small-angle formula and its transpose differ by the square of the rotations, a few
/// millimetres; each correction squares what is left.
const CORRECTIONS: usize = 2;

/// What was stated, ready for points.
pub(super) enum Stated {
    Similarity {
        by: Similarity,
        backward: bool,
    },
    /// Longitude and latitude in degrees, there and back.
    Helmert {
        there: Operation,
        back: Operation,
        backward: bool,
        text: String,
    },
}

impl Stated {
    pub(super) fn another(&self) -> Option<Self> {
        Some(match self {
            Self::Similarity { by, backward } => Self::Similarity { by: *by, backward: *backward },
            Self::Helmert { there, back, backward, text } => Self::Helmert {
                there: there.another()?,
                back: back.another()?,
                backward: *backward,
                text: text.clone(),
            },
        })
    }

    pub(super) fn transform(&self, points: &mut [(f64, f64)]) {
        match self {
            Self::Similarity { by, backward: false } => points.iter_mut().for_each(|point| *point = by.forward(*point)),
            Self::Similarity { by, backward: true } => points.iter_mut().for_each(|point| *point = by.backward(*point)),
            Self::Helmert { there, backward: false, .. } => there.transform(points),
            Self::Helmert { there, back, backward: true, .. } => {
                let wanted = points.to_vec();
                back.transform(points);
                for _ in 0..CORRECTIONS {
                    let mut images = points.to_vec();
                    there.transform(&mut images);
                    for ((point, image), wanted) in points.iter_mut().zip(images).zip(&wanted) {
                        *point = (point.0 + wanted.0 - image.0, point.1 + wanted.1 - image.1);
                    }
                }
            }
        }
    }
}

impl fmt::Display for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Similarity { by, backward } => {
                let sense = if *backward { "inverse of the similarity" } else { "similarity" };
                write!(
                    f,
                    "{sense} dx={} dy={} rotation={}\" scale={}ppm ({})",
                    by.dx_m,
                    by.dy_m,
                    by.rotation_arcsec,
                    by.scale_ppm,
                    match by.axes {
                        overcut::transformation::Axes::EastNorth => "x east, y north",
                        overcut::transformation::Axes::NorthEast => "x north, y east",
                    }
                )
            }
            Self::Helmert { backward, text, .. } => {
                f.write_str(if *backward { "inverse of " } else { "" })?;
                f.write_str(text)
            }
        }
    }
}

/// The geographic CRS below any other, if it is in degrees.
fn geographic<'c>(crs: &Object<'c>) -> Option<Object<'c>> {
    let geodetic = crs.geodetic()?;
    let in_degrees = geodetic.axes().iter().all(|axis| (axis.unit_factor - 1_f64.to_radians()).abs() < 1e-12);
    (geodetic.kind() == Kind::Geographic2d && in_degrees).then_some(geodetic)
}

/// The name of the geodetic datum of a CRS, by that of its geographic CRS, such as `Xian 1980`.
///
/// # Errors
/// [`Error::CrsUnreadable`].
pub fn datum_of(definition: &str) -> Result<String> {
    let context = Context::new();
    let crs = horizontal(&context, definition)?;
    Ok(geographic(&crs).map_or_else(|| crs.name(), |geographic| geographic.name()))
}

/// The operation from a CRS to the longitudes and latitudes that it is built on.
///
/// # Errors
/// [`Error::CrsUnreadable`], and those of [`CoordinateOperation::new`].
pub(crate) fn to_degrees(crs: &CrsRecord) -> Result<CoordinateOperation> {
    let context = Context::new();
    let object = horizontal(&context, &crs.wkt)?;
    let wkt = geographic(&object).and_then(|geographic| geographic.wkt());
    let wkt = wkt.ok_or_else(|| Error::CrsUnreadable { definition: title_of(crs) })?;
    CoordinateOperation::new(&crs.wkt, &wkt)
}

/// Whether a CRS is one of longitudes and latitudes in degrees.
pub(crate) fn is_in_degrees(crs: &CrsRecord) -> bool {
    let context = Context::new();
    horizontal(&context, &crs.wkt).is_ok_and(|crs| crs.kind() == Kind::Geographic2d && geographic(&crs).is_some())
}

/// Semi-major and semi-minor axis of the ellipsoid of a CRS, metres.
pub(crate) fn ellipsoid_of(crs: &CrsRecord) -> Option<(f64, f64)> {
    let context = Context::new();
    horizontal(&context, &crs.wkt).ok()?.ellipsoid_m()
}

/// Whether two CRSs are built on one geographic CRS: then a conversion without any change of datum leads from one to the other.
fn one_datum(a: &Object<'_>, b: &Object<'_>) -> bool {
    geographic(a).zip(geographic(b)).is_some_and(|(a, b)| same(&a, &b))
}

/// The operation by a stated transformation, in its own sense or back; `None` if it does not lead between these datums.
pub(super) fn between(from: &str, to: &str, by: &Transformation) -> Result<Option<CoordinateOperation>> {
    let context = Context::new();
    let (source, target) = (horizontal(&context, from)?, horizontal(&context, to)?);
    if same(&source, &target) {
        return Ok(None);
    }
    let (first, second) = (horizontal(&context, &by.from.wkt)?, horizontal(&context, &by.to.wkt)?);
    let backward = match (
        one_datum(&source, &first) && one_datum(&second, &target),
        one_datum(&source, &second) && one_datum(&first, &target),
    ) {
        (true, _) => false,
        (false, true) => true,
        (false, false) => return Ok(None),
    };
    by.validate()?;
    let step = match &by.method {
        Method::OfficiallyConverted => return Ok(None),
        Method::FourParameters(similarity) => Stated::Similarity { by: *similarity, backward },
        Method::SevenParameters(helmert) => helmert_step(&context, by, helmert, backward)?,
    };
    // A similarity acts on the coordinates of its two CRSs, seven parameters on longitudes and latitudes.
    let ends = |crs: &Object<'_>| -> Result<String> {
        let missing = || unusable(by, "one of the two has no definition".to_owned());
        match step {
            Stated::Similarity { .. } => crs.wkt().ok_or_else(missing),
            Stated::Helmert { .. } => geographic(crs).and_then(|geographic| geographic.wkt()).ok_or_else(missing),
        }
    };
    let (near, far) = if backward { (ends(&second)?, ends(&first)?) } else { (ends(&first)?, ends(&second)?) };
    let name = |crs: &Object<'_>| title(crs.code().as_deref(), &crs.name());
    let description = format!(
        "{}{} from {} to {} ({}; source: {})",
        if backward { "inverse of the " } else { "" },
        what(&by.method),
        title_of(&by.from),
        title_of(&by.to),
        parameters(&by.method),
        by.source
    );
    let parts = vec![
        CoordinateOperation::new(from, &near)?,
        CoordinateOperation::stated(step, name(&source), name(&target)),
        CoordinateOperation::new(&far, to)?,
    ];
    // To the millimetre: more would pretend.
    let accuracy_m = by.fit.as_ref().and_then(|fit| fit.sigma_m).map(|sigma_m| (sigma_m * 1e3).ceil() / 1e3);
    Ok(Some(CoordinateOperation::chain(parts, description, accuracy_m)))
}

/// Every parameter, as it was given.
fn parameters(method: &Method) -> String {
    match method {
        Method::FourParameters(by) => Stated::Similarity { by: *by, backward: false }.to_string(),
        Method::SevenParameters(by) => helmert_text(by),
        Method::OfficiallyConverted => "none".to_owned(),
    }
}

/// The parameters in PROJ's words.
fn helmert_text(by: &Helmert) -> String {
    let convention = match by.convention {
        Convention::PositionVector => "position_vector",
        Convention::CoordinateFrame => "coordinate_frame",
    };
    format!(
        "+proj=helmert +x={} +y={} +z={} +rx={} +ry={} +rz={} +s={} +convention={convention}",
        by.dx_m, by.dy_m, by.dz_m, by.rx_arcsec, by.ry_arcsec, by.rz_arcsec, by.scale_ppm
    )
}

fn what(method: &Method) -> &'static str {
    match method {
        Method::FourParameters(_) => "four-parameter similarity",
        Method::SevenParameters(Helmert { convention: Convention::PositionVector, .. }) => {
            "seven-parameter transformation (position vector)"
        }
        Method::SevenParameters(_) => "seven-parameter transformation (coordinate frame)",
        Method::OfficiallyConverted => "official conversion",
    }
}

pub(super) fn unusable(by: &Transformation, why: String) -> Error {
    Error::TransformationUnusable { from: title_of(&by.from), to: title_of(&by.to), why }
}

/// Checks that the CRSs of a transformation are of the kind that its formula needs.
pub(super) fn check(by: &Transformation) -> Result<()> {
    by.validate()?;
    let context = Context::new();
    let (first, second) = (horizontal(&context, &by.from.wkt)?, horizontal(&context, &by.to.wkt)?);
    if matches!(by.method, Method::FourParameters(_)) {
        for crs in [&first, &second] {
            if !matches!(crs.kind(), Kind::Projected | Kind::DerivedProjected) {
                let why = "four parameters work on projected coordinates; state the projected CRS in which they hold, such as \
                           EPSG:2382, zone and prefix included"
                    .to_owned();
                return Err(unusable(by, why));
            }
        }
    }
    if geographic(&first).is_none() || geographic(&second).is_none() {
        return Err(unusable(by, "one of the two is not built on longitude and latitude".to_owned()));
    }
    if one_datum(&first, &second) && !matches!(by.method, Method::OfficiallyConverted) {
        let why = "both are in one datum, between which nothing has to be transformed; state the CRS in which the coordinates \
                   are, and the one in which they are wanted"
            .to_owned();
        return Err(unusable(by, why));
    }
    if let Method::SevenParameters(helmert) = &by.method {
        helmert_step(&context, by, helmert, false)?;
    }
    Ok(())
}

/// `+a=… +b=…` of the ellipsoid below a CRS.
pub(super) fn ellipsoid_text(crs: &Object<'_>) -> Option<String> {
    crs.ellipsoid_m().map(|(a_m, b_m)| format!("+a={a_m} +b={b_m}"))
}

fn helmert_step(context: &Context, by: &Transformation, helmert: &Helmert, backward: bool) -> Result<Stated> {
    let (first, second) = (horizontal(context, &by.from.wkt)?, horizontal(context, &by.to.wkt)?);
    let ellipsoids = ellipsoid_text(&first).zip(ellipsoid_text(&second));
    let (from, to) = ellipsoids.ok_or_else(|| unusable(by, "one of the two has no ellipsoid".to_owned()))?;
    let text = helmert_text(helmert);
    let degrees = "+step +proj=unitconvert +xy_in=deg +xy_out=rad";
    let radians = "+step +proj=unitconvert +xy_in=rad +xy_out=deg";
    let lifted = format!("+step +proj=affine +zoff={}", helmert.height_m);
    let there = format!(
        "+proj=pipeline {degrees} {lifted} +step +proj=cart {from} +step {text} +step +inv +proj=cart {to} {radians}"
    );
    let back = format!(
        "+proj=pipeline {degrees} {lifted} +step +proj=cart {to} +step +inv {text} +step +inv +proj=cart {from} {radians}"
    );
    let made = |pipeline: &str| {
        let made = context.object(pipeline).and_then(|made| made.detached());
        made.ok_or_else(|| unusable(by, format!("PROJ does not take the pipeline {pipeline}")))
    };
    Ok(Stated::Helmert { there: made(&there)?, back: made(&back)?, backward, text: there })
}
