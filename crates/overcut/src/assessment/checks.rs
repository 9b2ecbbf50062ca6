//! What surfaces, licences and layers must have in common before anything is compared.

use super::Input;
use crate::{
    dem::{SurfaceInfo, VerticalDatum},
    error::{Error, Result},
    grid::GridGeometry,
    heights::mend,
    layers::Layer,
    surface::Surface,
};

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

pub(super) fn check_dates(surfaces: &[&dyn Surface]) -> Result<()> {
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
pub(super) fn check_datums_of_layers(input: &Input<'_>) -> Result<()> {
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
pub(super) fn check_datums(input: &Input<'_>) -> Result<()> {
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
