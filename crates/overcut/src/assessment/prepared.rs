//! What is known before the pass, in a form that travels.

use serde::{Deserialize, Serialize};

use super::{
    AssessOptions, Elevation, Input,
    accuracy::{Before, Known, before_the_pass},
    checks::{check_dates, check_datums, check_datums_of_layers, common_grid},
};
use crate::{
    dem::{SurfaceInfo, VerticalDatum},
    error::Result,
    grid::GridGeometry,
    layers::Layer,
    licence::{Licence, validate_all},
    registration::Correction,
};

/// A job up to its pass: checked inputs, surveys brought onto each other, errors modelled. Heights are needed no more than here and
/// there for it, and none is held: it can be written, and the pass can be made from it anywhere ([`super::Assessor`]).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Prepared {
    pub(super) grid: GridGeometry,
    pub(super) surfaces: Vec<SurfaceInfo>,
    /// Ascending by id.
    pub(super) licences: Vec<Licence>,
    pub(super) options: AssessOptions,
    pub(super) intervals: Vec<Known>,
    /// By surface.
    pub(super) corrections: Vec<Correction>,
    /// In sentences.
    pub(super) assumptions: Vec<String>,
}

impl Prepared {
    /// Checks inputs, registers the surfaces and models their errors, reading a sample of stable ground.
    ///
    /// # Errors
    /// Invalid licences, layers, options or dates; surfaces on different grids; undeclared vertical datums where bands are to be
    /// tested; whatever reading finds.
    pub fn new(input: &Input<'_>, options: &AssessOptions) -> Result<Self> {
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
        let polygons: Vec<_> = licences.iter().flat_map(|licence| &licence.parts).map(|part| &part.polygon).collect();
        let Before { intervals, corrections, assumptions: of_errors } =
            before_the_pass(input, &polygons, &grid, options)?;
        Ok(Self {
            grid,
            surfaces: input.surfaces.iter().map(|surface| surface.info().clone()).collect(),
            assumptions: [assumptions(input, &licences, options), of_errors].concat(),
            licences,
            options: options.clone(),
            intervals,
            corrections,
        })
    }

    /// The common grid.
    pub fn grid(&self) -> &GridGeometry {
        &self.grid
    }

    /// The licences, ascending by id.
    pub fn licences(&self) -> &[Licence] {
        &self.licences
    }

    /// What is stated about the surfaces, in the order of their dates.
    pub fn surfaces(&self) -> &[SurfaceInfo] {
        &self.surfaces
    }

    /// Adds sentences on what was done to inputs before they came here, ahead of those that are known.
    #[must_use]
    pub fn assuming(mut self, sentences: Vec<String>) -> Self {
        self.assumptions.splice(0..0, sentences);
        self
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
