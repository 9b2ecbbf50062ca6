//! Transformations from common points: coordinates to metres, the fit, its residuals.

use overcut::transformation::{
    Axes, Convention, Fit, Helmert, Method, Residuals, Transformation, fit_helmert, fit_similarity, judge, without,
};

use super::{
    CoordinateOperation, crs_record, horizontal,
    proj::{Context, Operation},
    transformation::{check, ellipsoid_text, unusable},
};
use crate::error::{Error, Result};

/// A name, and the coordinates in both systems: east, north, and for seven parameters the height above the ellipsoid.
pub type Pair = (String, Vec<f64>, Vec<f64>);

/// Checks a transformation that was stated; without parameters of its own but with `pairs`, estimates them.
///
/// `method` gives the kind; its numbers are what is kept without pairs.
///
/// # Errors
/// What [`Transformation::validate`] finds, [`Error::TransformationUnusable`], [`overcut::Error::CommonPoints`].
pub fn from_points(from: &str, to: &str, method: Method, source: &str, pairs: Vec<Pair>) -> Result<Transformation> {
    let (from, to) = (crs_record(from)?, crs_record(to)?);
    let mut made = Transformation { from, to, method, source: source.to_owned(), fit: None };
    check(&made)?;
    if pairs.is_empty() {
        return Ok(made);
    }
    let (method, fit) = match made.method {
        Method::FourParameters(given) => plane(given.axes, pairs)?,
        Method::SevenParameters(given) => space(&made, given, pairs)?,
        Method::OfficiallyConverted => return Ok(made),
    };
    made.method = method;
    made.fit = Some(fit);
    check(&made)?;
    Ok(made)
}

/// The same points in both systems.
type Both<const N: usize> = (Vec<[f64; N]>, Vec<[f64; N]>);
/// The same points by longitude and latitude, and from the centre of the earth.
type Placed = (Vec<(f64, f64)>, Vec<[f64; 3]>);

fn coordinates<const N: usize>(pairs: &[Pair]) -> Result<Both<N>> {
    let point = |name: &str, values: &[f64]| -> Result<[f64; N]> {
        <[f64; N]>::try_from(values).map_err(|_| {
            let kind = if N == 2 { "east and north" } else { "east, north and the height above the ellipsoid" };
            let why = format!("point {name} has {} coordinates; expected {kind}", values.len());
            Error::Core(overcut::Error::CommonPoints { why })
        })
    };
    let mut found = (Vec::new(), Vec::new());
    for (name, from, to) in pairs {
        found.0.push(point(name, from)?);
        found.1.push(point(name, to)?);
    }
    Ok(found)
}

fn square(left: &[[f64; 3]]) -> f64 {
    left.iter().flatten().map(|value| value * value).sum()
}

fn judged(pairs: Vec<Pair>, residuals: &Residuals) -> Fit {
    let (mut names, mut from, mut to) = (Vec::new(), Vec::new(), Vec::new());
    for (name, source, target) in pairs {
        names.push(name);
        from.push(source);
        to.push(target);
    }
    judge(names, from, to, residuals)
}

fn plane(axes: Axes, pairs: Vec<Pair>) -> Result<(Method, Fit)> {
    let (from, to) = coordinates::<2>(&pairs)?;
    let fitted = fit_similarity(&from, &to, axes)?;
    let left = |by: &overcut::transformation::Similarity, from: &[[f64; 2]], to: &[[f64; 2]]| -> Vec<[f64; 3]> {
        let pairs = from.iter().zip(to);
        pairs
            .map(|([x, y], [u, v])| {
                let (east, north) = by.forward((*x, *y));
                [east - u, north - v, 0.0]
            })
            .collect()
    };
    let square_without = |at: usize| {
        let (from, to) = (without(&from, at), without(&to, at));
        fit_similarity(&from, &to, axes).ok().map(|by| square(&left(&by, &from, &to)))
    };
    let residuals = Residuals {
        left: left(&fitted, &from, &to),
        square_without: (0..from.len()).map(square_without).collect(),
        dimensions: 2,
        parameters: 4,
    };
    Ok((Method::FourParameters(fitted), judged(pairs, &residuals)))
}

fn space(made: &Transformation, given: Helmert, pairs: Vec<Pair>) -> Result<(Method, Fit)> {
    let (from, to) = coordinates::<3>(&pairs)?;
    let (_, source) = geocentric(made, &made.from.wkt, &from)?;
    let (places, target) = geocentric(made, &made.to.wkt, &to)?;
    let fitted = fit_helmert(&source, &target, given.height_m)?;
    let left = |by: &Helmert, source: &[[f64; 3]], target: &[[f64; 3]]| -> Vec<[f64; 3]> {
        source
            .iter()
            .zip(target)
            .map(|(from, to)| {
                let image = by.forward(*from);
                std::array::from_fn(|axis| image[axis] - to[axis])
            })
            .collect()
    };
    let square_without = |at: usize| {
        let (source, target) = (without(&source, at), without(&target, at));
        fit_helmert(&source, &target, 0.0).ok().map(|by| square(&left(&by, &source, &target)))
    };
    let square_without = (0..source.len()).map(square_without).collect();
    let local =
        left(&fitted, &source, &target).into_iter().zip(places).map(|(left, place)| local(left, place)).collect();
    let residuals = Residuals { left: local, square_without, dimensions: 3, parameters: 7 };
    let fitted = in_sense(fitted, given.convention);
    Ok((Method::SevenParameters(fitted), judged(pairs, &residuals)))
}

/// The same transformation, written in the other convention if that is asked for.
fn in_sense(fitted: Helmert, convention: Convention) -> Helmert {
    match convention {
        Convention::PositionVector => fitted,
        Convention::CoordinateFrame => Helmert {
            rx_arcsec: -fitted.rx_arcsec,
            ry_arcsec: -fitted.ry_arcsec,
            rz_arcsec: -fitted.rz_arcsec,
            convention,
            ..fitted
        },
    }
}

/// Longitudes and latitudes in degrees, and geocentric positions.
fn geocentric(by: &Transformation, crs: &str, points: &[[f64; 3]]) -> Result<Placed> {
    let context = Context::new();
    let object = horizontal(&context, crs)?;
    let missing = || unusable(by, "one of the two has no ellipsoid".to_owned());
    let base = object.geodetic().and_then(|base| base.wkt()).ok_or_else(missing)?;
    let mut places: Vec<(f64, f64)> = points.iter().map(|[x, y, _]| (*x, *y)).collect();
    CoordinateOperation::new(crs, &base)?.transform(&mut places)?;
    let ellipsoid = ellipsoid_text(&object).ok_or_else(missing)?;
    let pipeline =
        format!("+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart {ellipsoid}");
    let to_space: Operation = context.object(&pipeline).and_then(|made| made.detached()).ok_or_else(missing)?;
    let mut space: Vec<[f64; 3]> =
        places.iter().zip(points).map(|((lon, lat), [_, _, height])| [*lon, *lat, *height]).collect();
    to_space.transform_space(&mut space);
    Ok((places, space))
}

/// A difference of geocentric positions as east, north, up at a place.
fn local([x, y, z]: [f64; 3], (lon_deg, lat_deg): (f64, f64)) -> [f64; 3] {
    let ((sin_lon, cos_lon), (sin_lat, cos_lat)) = (lon_deg.to_radians().sin_cos(), lat_deg.to_radians().sin_cos());
    let outward = cos_lon * x + sin_lon * y;
    [-sin_lon * x + cos_lon * y, -sin_lat * outward + cos_lat * z, cos_lat * outward + sin_lat * z]
}
