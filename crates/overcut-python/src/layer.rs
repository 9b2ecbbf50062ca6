//! Layers as Python hands them over.

use std::collections::BTreeMap;

use geo::{LineString, Polygon};
use overcut::{
    layers::{Layer, LayerBound, LayerKind, LayerPart, Plane, Stated},
    surface::Surface as CoreSurface,
};
use overcut_io::Harmonised;
use pyo3::prelude::*;

use crate::{error::ParameterError, surface::Surface};

/// Roof or floor of a layer.
#[derive(FromPyObject)]
pub(crate) enum Bound {
    Surface(Py<Surface>),
    Level(f64),
    /// x, y and elevation of a point, rise to the east and to the north.
    Plane((f64, f64, f64, f64, f64)),
}

impl Bound {
    fn surface(&self) -> Option<&Surface> {
        match self {
            Self::Surface(surface) => Some(surface.get()),
            Self::Level(_) | Self::Plane(_) => None,
        }
    }
}

/// Outer ring and holes.
type Rings = Vec<Vec<(f64, f64)>>;

/// A layer: its parts are roof, floor and polygon.
#[derive(FromPyObject)]
pub(crate) struct StatedLayer {
    #[pyo3(item)]
    name: String,
    #[pyo3(item)]
    kind: String,
    #[pyo3(item)]
    density_t_per_m3: Option<f64>,
    #[pyo3(item)]
    parts: Vec<(Bound, Bound, Option<Rings>)>,
    /// Value, standard deviation and source by name.
    #[pyo3(item)]
    stated: BTreeMap<String, (f64, f64, Option<String>)>,
}

impl StatedLayer {
    /// The surfaces that bound it, in the order in which [`Self::layer`] asks for them.
    pub(crate) fn surfaces(&self) -> impl Iterator<Item = &dyn CoreSurface> {
        self.stored().map(Surface::core)
    }

    /// The same, with what was done to their heights.
    pub(crate) fn stored(&self) -> impl Iterator<Item = &Surface> {
        self.parts.iter().flat_map(|(roof, floor, _)| [roof, floor]).filter_map(Bound::surface)
    }

    fn kind(&self) -> PyResult<LayerKind> {
        match self.kind.as_str() {
            "ore" => Ok(LayerKind::Ore),
            "overburden" => Ok(LayerKind::Overburden),
            "parting" => Ok(LayerKind::Parting),
            other => Err(ParameterError::new_err(format!(
                "kind of layer {} is `{other}`; expected `ore`, `overburden` or `parting`",
                self.name
            ))),
        }
    }

    fn layer<'a>(&self, bounds: &mut dyn Iterator<Item = &'a dyn CoreSurface>) -> PyResult<Layer<'a>> {
        let mut bound = |given: &Bound| match *given {
            Bound::Level(level_m) => LayerBound::Level(level_m),
            Bound::Plane((x, y, z_m, east, north)) => LayerBound::Plane(Plane { x, y, z_m, east, north }),
            Bound::Surface(_) => LayerBound::Surface(bounds.next().expect("one per bound that is a surface")),
        };
        let parts = self.parts.iter().map(|(roof, floor, rings)| LayerPart {
            roof: bound(roof),
            floor: bound(floor),
            polygon: rings.as_ref().map(polygon),
        });
        let stated = |(value, sigma, source): &(f64, f64, Option<String>)| Stated {
            value: *value,
            sigma: *sigma,
            source: source.clone(),
        };
        Ok(Layer {
            name: self.name.clone(),
            parts: parts.collect(),
            kind: self.kind()?,
            density_t_per_m3: self.density_t_per_m3,
            stated: self.stated.iter().map(|(name, given)| (name.clone(), stated(given))).collect(),
        })
    }
}

/// The layers, with their surfaces on the grid of the dated ones.
pub(crate) fn layers_on<'a>(given: &[StatedLayer], bounds: Option<&'a Harmonised<'_>>) -> PyResult<Vec<Layer<'a>>> {
    let mut surfaces = bounds.into_iter().flat_map(|bounds| &bounds.surfaces).map(|surface| surface.as_ref() as _);
    given.iter().map(|layer| layer.layer(&mut surfaces)).collect()
}

fn polygon(rings: &Rings) -> Polygon<f64> {
    let mut rings = rings.iter().map(|ring| LineString::from(ring.clone()));
    let exterior = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
    Polygon::new(exterior, rings.collect())
}
