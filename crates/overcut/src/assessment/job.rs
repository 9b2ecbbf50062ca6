//! The job from its inputs to its result.

use rayon::prelude::*;

use super::{AssessOptions, Assessment, Assessor, Input, Observer, Prepared};
use crate::{
    error::{Error, Result},
    layers::LayerBound,
    surface::Surface,
};

/// Version of the structure of [`Assessment`].
pub const SCHEMA: u32 = 3;

/// Assesses surfaces against licences.
///
/// Every cell is read once. The result is the same to the bit for any number of threads, any block shape and any storage.
///
/// # Errors
/// Invalid licences, options or dates; surfaces on different grids or without a common cell; undeclared vertical datums
/// where bands are to be tested; whatever reading finds; [`Error::Interrupted`].
pub fn assess(input: &Input<'_>, options: &AssessOptions, observer: &mut dyn Observer) -> Result<Assessment> {
    options.validate()?;
    let mut job = || {
        // Digests are taken beside the reading, by a worker that has nothing else to do.
        let (assessment, digests) = rayon::join(|| at_once(input, options, observer), || digests(input));
        let mut assessment = assessment?;
        let (of_surfaces, of_layers) = digests?;
        for (surface, digest) in assessment.surfaces.iter_mut().zip(of_surfaces) {
            surface.sha256 = digest;
        }
        let parts = assessment.layers.iter_mut().flat_map(|layer| &mut layer.parts);
        for (part, (roof, floor)) in parts.zip(of_layers) {
            (part.roof_sha256, part.floor_sha256) = (roof, floor);
        }
        Ok(assessment)
    };
    match options.threads {
        None => job(),
        Some(threads) => rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|error| Error::InvalidParameter {
                name: "threads".to_owned(),
                found: threads.to_string(),
                expected: format!("a number of threads that the system can start ({error})"),
            })?
            .install(job),
    }
}

type OfPart = (Option<String>, Option<String>);

/// Digests of the surfaces, and of roof and floor of each part of each layer.
fn digests(input: &Input<'_>) -> Result<(Vec<Option<String>>, Vec<OfPart>)> {
    let of_bound = |bound: &LayerBound<'_>| bound.surface().map_or(Ok(None), Surface::sha256);
    let surfaces = input.surfaces.par_iter().map(|surface| surface.sha256()).collect::<Result<_>>()?;
    let parts: Vec<_> = input.layers.iter().flat_map(|layer| &layer.parts).collect();
    let of_parts = parts.par_iter().map(|part| Ok((of_bound(&part.roof)?, of_bound(&part.floor)?)));
    Ok((surfaces, of_parts.collect::<Result<_>>()?))
}

/// The whole grid as one region.
fn at_once(input: &Input<'_>, options: &AssessOptions, observer: &mut dyn Observer) -> Result<Assessment> {
    let prepared = Prepared::new(input, options)?;
    let whole = prepared.grid().window();
    let assessor = Assessor::new(prepared, input.layers, observer.wants_cells())?;
    let found = assessor.region(input.surfaces, whole, observer);
    assessor.finish([found])
}
