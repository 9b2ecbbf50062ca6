//! From the sense of the numbers and all that is stated to one CRS; what is contradictory or missing is refused.

use super::{
    document::{Document, Stated},
    finding::{Finding, Place, Refusal},
    sense::{Kind, Sense},
};
use crate::crs::zones::{Datum, Zone};

/// What the caller states of the CRS.
#[derive(Debug, Clone, Copy, Default)]
pub struct StatedCrs<'a> {
    /// A definition, such as `EPSG:4546`.
    pub crs: Option<&'a str>,
    /// Number of a zone.
    pub zone: Option<u8>,
}

/// The definition of the CRS of the coordinates.
///
/// # Errors
/// A datum or zone that nothing states, or that statements contradict.
pub fn resolve(document: &mut Document, sense: Sense, caller: StatedCrs<'_>) -> Result<String, Refusal> {
    if let Some(zone) = caller.zone
        && Zone::width_of(zone).is_none()
    {
        return Err(Refusal::new("zone_unknown", Place::file()).with("stated", zone));
    }
    let stated = document.stated.epsg.clone();
    match caller.crs.map(str::to_owned).or(stated) {
        Some(crs) => with_crs(document, sense, &crs, caller.zone),
        None => without_crs(document, sense, caller.zone),
    }
}

fn with_crs(document: &mut Document, sense: Sense, crs: &str, zone: Option<u8>) -> Result<String, Refusal> {
    let Some(known) = Zone::of_definition(crs) else { return Ok(crs.to_owned()) };
    if let Some(zone) = zone.filter(|zone| *zone != known.number) {
        return Err(Refusal::new("zone_contradicts_crs", Place::file())
            .with("crs", crs)
            .with("crs_zone", known.number)
            .with("zone", zone)
            .with_all("state", Zone { number: zone, ..known }.definition()));
    }
    let Kind::GaussKrueger(prefix) = sense.kind else {
        if let Kind::Degrees(_) = sense.kind {
            return Err(Refusal::new("degrees_in_metres_crs", Place::file())
                .with("crs", crs)
                .with_all("state", format!("EPSG:{}", known.datum.geographic_epsg())));
        }
        return Ok(crs.to_owned());
    };
    if let Some(found) = prefix.filter(|found| *found != known.number) {
        return Err(Refusal::new("zone_contradicts_crs", Place::file())
            .with("crs", crs)
            .with("crs_zone", known.number)
            .with("zone", found)
            .with_all("state", Zone { number: found, prefixed: true, ..known }.definition()));
    }
    said_otherwise(document, known);
    let fitting = known.with_prefix(prefix.is_some());
    if fitting != known {
        let code = if fitting.prefixed { "crs_with_prefix" } else { "crs_without_prefix" };
        let note = Finding::info(code, Place::file()).with("stated", crs).with_all("used", fitting.definition());
        document.findings.push(note.with("zone", known.number));
    }
    Ok(fitting.definition())
}

/// What the file says against the CRS that the caller has stated.
fn said_otherwise(document: &mut Document, known: Zone) {
    let Stated { datums, zone, .. } = &document.stated;
    let other_datum = datums.first().filter(|_| !datums.contains(&known.datum)).map(ToString::to_string);
    let other_zone = zone.filter(|zone| *zone != known.number).map(|zone| zone.to_string());
    for (found, used, code) in [
        (other_datum, known.datum.to_string(), "datum_overridden"),
        (other_zone, known.number.to_string(), "zone_overridden"),
    ] {
        if let Some(found) = found {
            document.findings.push(Finding::warning(code, Place::file()).with("found", found).with("used", used));
        }
    }
}

fn without_crs(document: &mut Document, sense: Sense, caller_zone: Option<u8>) -> Result<String, Refusal> {
    let Kind::GaussKrueger(prefix) = sense.kind else {
        let datum = one_datum(&document.stated, None)?;
        return Ok(format!("EPSG:{}", datum.geographic_epsg()));
    };
    let stated = &document.stated;
    let number = match (prefix, caller_zone, stated.zone) {
        (Some(prefix), Some(caller), _) if prefix != caller => {
            return Err(Refusal::new("zone_contradicts_prefix", Place::file())
                .with("prefix", prefix)
                .with("zone", caller)
                .with_all("state", format!("zone={prefix}")));
        }
        (Some(prefix), None, Some(said)) if prefix != said => {
            return Err(Refusal::new("zone_contradicts_prefix", Place::file())
                .with("prefix", prefix)
                .with("zone", said)
                .with_all("state", format!("zone={prefix}")));
        }
        (Some(prefix), ..) => prefix,
        (None, Some(caller), _) => caller,
        (None, None, Some(said)) => said,
        (None, None, None) => {
            let example = stated.datums.first().copied().unwrap_or(Datum::Cgcs2000);
            let example = Zone { datum: example, number: 37, prefixed: false };
            return Err(Refusal::new("zone_missing", Place::file())
                .with_all("state", format!("zone=37, crs=\"{}\"", example.definition())));
        }
    };
    let datum = one_datum(stated, Some(Zone { datum: Datum::Cgcs2000, number, prefixed: prefix.is_some() }))?;
    let zone = Zone { datum, number, prefixed: prefix.is_some() };
    let said_zone = stated.zone.filter(|said| *said != number);
    let said_width = stated.zone_degrees.filter(|degrees| *degrees != zone.width().degrees());
    if let Some(said) = said_zone {
        let note = Finding::warning("zone_overridden", Place::file());
        document.findings.push(note.with("found", said).with("used", number));
    }
    if let Some(degrees) = said_width {
        document.findings.push(
            Finding::warning("zone_width_contradicts", Place::file())
                .with("stated", degrees)
                .with("zone", number)
                .with("found", zone.width().degrees()),
        );
    }
    Ok(zone.definition())
}

/// The datum that the file names; `zone` gives the codes to choose from in the refusal.
fn one_datum(stated: &Stated, zone: Option<Zone>) -> Result<Datum, Refusal> {
    let code = |datum: Datum| match zone {
        Some(zone) => Zone { datum, ..zone }.definition(),
        None => format!("EPSG:{}", datum.geographic_epsg()),
    };
    let listed = |datums: &[Datum]| {
        datums.iter().map(|datum| format!("crs=\"{}\" ({datum})", code(*datum))).collect::<Vec<_>>().join(", ")
    };
    match stated.datums[..] {
        [only] => Ok(only),
        [] => Err(Refusal::new("datum_missing", Place::file()).with_all("state", listed(&Datum::ALL[..3]))),
        ref several => Err(Refusal::new("datums_several", Place::file()).with_all("state", listed(several))),
    }
}
