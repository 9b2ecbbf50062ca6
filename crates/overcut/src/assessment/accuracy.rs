//! Before the pass: surveys are brought onto each other, their errors are estimated, and thresholds follow from both.

use geo::Polygon;
use serde::{Deserialize, Serialize};

use super::{Accuracy, AssessOptions, Detection, ErrorSource, Input, checks::common_grid};
use crate::{
    dem::SurfaceInfo,
    dod::{stated_sigma_m, two_sided_quantile},
    error::{Error, Result},
    grid::GridGeometry,
    pass::{
        detector::{Detector, Hysteresis},
        kernel::Footing,
    },
    registration::{Correction, Method, Registered, RegistrationOptions, register},
    surface::Surface,
    uncertainty::{self, ErrorModel},
};

/// Means of 3 x 3 differences beyond so many standard deviations belong to areas: one cell in 400 of unchanged ground, so that
/// specks of noise rarely touch an excavation, and on its rim no more is left out than the reach makes good.
const WEAK: f64 = 3.0;
/// Cells by which an area reaches beyond its weak ones.
const REACH: usize = 2;

/// What is known of one interval before the pass.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) accuracy: Accuracy,
    pub(super) detector: Detector,
    pub(super) footing: Option<Footing>,
    /// Of a difference on level ground, m.
    pub(super) sigma_m: Option<f64>,
    /// A level beyond which a difference on level ground is certain, m.
    pub(super) lod_m: f64,
    /// Share of the earlier survey in the variance of a difference.
    pub(super) earlier_share: f64,
    pub(super) later_moved: bool,
}

/// What is known before the pass.
pub(super) struct Before {
    pub(super) intervals: Vec<Known>,
    /// By surface.
    pub(super) corrections: Vec<Correction>,
    /// In sentences.
    pub(super) assumptions: Vec<String>,
}

/// Brings the surfaces of an input onto each other and models the errors of each interval, without assessing anything; and
/// what is to be known of it, in sentences.
///
/// # Errors
/// Those of [`crate::assess`] that concern surfaces and their errors.
pub fn accuracy(input: &Input<'_>, options: &AssessOptions) -> Result<(Vec<Accuracy>, Vec<String>)> {
    options.validate()?;
    let grid = common_grid(input)?;
    let polygons: Vec<_> = input.licences.iter().flat_map(|licence| &licence.parts).map(|part| &part.polygon).collect();
    let before = before_the_pass(input, &polygons, &grid, options)?;
    Ok((before.intervals.into_iter().map(|known| known.accuracy).collect(), before.assumptions))
}

/// Registers the surfaces in a chain from the reference outwards, and models the errors of each interval.
pub(super) fn before_the_pass(
    input: &Input<'_>,
    polygons: &[&Polygon<f64>],
    grid: &GridGeometry,
    options: &AssessOptions,
) -> Result<Before> {
    let surfaces = input.surfaces;
    if options.reference >= surfaces.len() {
        return Err(Error::InvalidParameter {
            name: "reference".to_owned(),
            found: options.reference.to_string(),
            expected: format!("the position of one of {} surfaces, from 0", surfaces.len()),
        });
    }
    let mut corrections = vec![Correction::default(); surfaces.len()];
    let mut registered: Vec<Option<Registered>> = surfaces.iter().map(|_| None).collect();
    let later = (options.reference + 1..surfaces.len()).map(|surface| (surface - 1, surface));
    let earlier = (0..options.reference).rev().map(|surface| (surface + 1, surface));
    if options.register || options.estimate_errors {
        let method = if options.register {
            options.registration.clone()
        } else {
            RegistrationOptions::default().method(Method::None)
        };
        for (to, surface) in later.chain(earlier) {
            let reference = (surfaces[to], &corrections[to]);
            let found =
                register(reference, surfaces[surface], polygons, &input.stable_ground, &options.stable, &method)?;
            corrections[surface] = found.registration.applied;
            registered[surface] = Some(found);
        }
    }
    let mut before = Before { intervals: Vec::new(), corrections: Vec::new(), assumptions: Vec::new() };
    for later in 1..surfaces.len() {
        let moved = if later > options.reference { later } else { later - 1 };
        let found = registered[moved].take();
        let (known, notes) = interval((surfaces[later - 1], surfaces[later]), found, grid, moved == later, options)?;
        let footing = known.footing.map(|footing| Footing { moved, ..footing });
        before.intervals.push(Known { footing, ..known });
        before.assumptions.extend(notes);
    }
    before.corrections = corrections;
    Ok(before)
}

fn interval(
    (earlier, later): (&dyn Surface, &dyn Surface),
    registered: Option<Registered>,
    grid: &GridGeometry,
    later_moved: bool,
    options: &AssessOptions,
) -> Result<(Known, Vec<String>)> {
    let between = format!("{} and {}", earlier.info().name, later.info().name);
    let mut notes = Vec::new();
    let (first, second) = (stated_sigma_m(earlier.info())?, stated_sigma_m(later.info())?);
    let stated = first.zip(second).map(|(first, second)| first.hypot(second));
    let (registration, residuals) =
        registered.map_or((None, Vec::new()), |found| (Some(found.registration), found.residuals));
    let registration = registration.filter(|_| options.register);
    if let Some(registration) = &registration {
        notes.extend(registration.reasons.iter().map(|reason| format!("registration of {between}: {reason}")));
    }
    let estimated = if options.estimate_errors {
        match uncertainty::error_model(&residuals, grid, &options.error_model) {
            Ok(model) => {
                notes.extend(model.variogram.notes.iter().map(|note| format!("errors of {between}: {note}")));
                Some(model)
            }
            Err(reason) => {
                notes.push(format!("errors of {between} could not be estimated ({reason})"));
                None
            }
        }
    } else {
        None
    };
    let (source, error_model) = match (estimated, stated) {
        (Some(model), _) => (ErrorSource::Estimated, Some(model)),
        (None, Some(sigma_m)) => {
            notes.push(format!(
                "errors of {between} are as stated ({sigma_m} m for a difference), and were taken to be the same for all cells of \
                 a volume: its interval is as wide as it can be"
            ));
            (ErrorSource::Stated, Some(ErrorModel::stated(sigma_m)))
        }
        (None, None) => (ErrorSource::Unknown, None),
    };
    let certain = two_sided_quantile(options.confidence);
    let sigma_m = error_model.as_ref().map(|model| model.sigma.flat_variance_m2.sqrt());
    let lod_m = match (options.lod_m, sigma_m) {
        (Some(lod_m), _) => lod_m,
        (None, Some(sigma_m)) => certain * sigma_m,
        (None, None) => return Err(not_stated(earlier.info(), later.info(), first)),
    };
    let detection =
        error_model.as_ref().filter(|_| source == ErrorSource::Estimated && options.lod_m.is_none()).map(|model| {
            let cells = grid.shape.cells() as u64;
            Detection {
                certain,
                smoothing: uncertainty::smoothing_factor(model, grid),
                weak: WEAK,
                // What does not even belong to an area cannot begin one.
                strong: uncertainty::strong_level(model, grid, cells, options.false_alarm).max(WEAK),
                reach_cells: REACH,
                false_alarm: options.false_alarm,
            }
        });
    let cell_m = (grid.dx, grid.dy);
    let detector = match (&detection, &error_model) {
        (Some(Detection { certain, smoothing, weak, reach_cells, .. }), Some(model)) => {
            Detector::Hysteresis(Hysteresis {
                sigma: model.sigma.clone(),
                certain: *certain,
                smoothing: *smoothing,
                weak: *weak,
                reach: *reach_cells,
                cell_m,
            })
        }
        _ => Detector::Level { lod_m },
    };
    let footing = error_model.as_ref().zip(sigma_m).map(|(model, sigma_m)| Footing {
        block: u32::try_from(uncertainty::block_size(model, grid)).unwrap_or(1),
        sigma_m,
        moved: 0,
        cell_m,
    });
    // Without a statement, both surveys err alike.
    let earlier_share = match (first, second) {
        (Some(first), Some(second)) if first.hypot(second) > 0.0 => first * first / (first * first + second * second),
        _ => 0.5,
    };
    let accuracy = Accuracy { source, registration, error_model, detection };
    Ok((Known { accuracy, detector, footing, sigma_m, lod_m, earlier_share, later_moved }, notes))
}

fn not_stated(earlier: &SurfaceInfo, later: &SurfaceInfo, first: Option<f64>) -> Error {
    let missing = if first.is_none() { earlier } else { later };
    Error::ErrorNotStated { surface: missing.name.clone() }
}
