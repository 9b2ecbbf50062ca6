//! Coordinate operations: chosen once, named, exact for each point.

use overcut::transformation::Transformation;

use super::{
    horizontal,
    proj::{Context, Object, Operation},
    title,
    transformation::{self, Stated},
};
use crate::error::{Error, Result};

/// A coordinate operation between two horizontal CRSs.
///
/// # Properties
/// The choice depends on the two CRSs and on PROJ's database alone, which is compiled in. Each point is transformed on its
/// own. It may be sent to another thread, but is used by one at a time: each thread clones its own.
pub struct CoordinateOperation {
    /// One after the other; none = the same CRS.
    steps: Vec<Step>,
    from: String,
    to: String,
    description: String,
    pipeline: Option<String>,
    accuracy_m: Option<f64>,
}

/// A part of an operation.
pub(super) enum Step {
    Proj(Operation),
    Stated(Stated),
}

impl CoordinateOperation {
    /// The best operation from one CRS to another, each given by any text that PROJ takes.
    ///
    /// Best is the first that PROJ lists when no grid is missing, for the area in which the smaller of the two CRSs is used.
    /// An operation for a part of that area (such as the datum shift of one oil field) is not taken.
    ///
    /// # Errors
    /// [`Error::CrsUnreadable`]; [`Error::Ballpark`] if none is known that honours the change of datum;
    /// [`Error::DatumGrid`] if the best one needs a grid (a second best is never taken silently);
    /// [`Error::OperationUnusable`] if it cannot be carried out.
    pub fn new(from: &str, to: &str) -> Result<Self> {
        let context = Context::new();
        let (source, target) = (horizontal(&context, from)?, horizontal(&context, to)?);
        let name = |crs: &Object<'_>| title(crs.code().as_deref(), &crs.name());
        let (from, to) = (name(&source), name(&target));
        if same(&source, &target) {
            let description = "none (the same CRS)".to_owned();
            return Ok(Self { steps: Vec::new(), from, to, description, pipeline: None, accuracy_m: Some(0.0) });
        }

        let operations = context.operations(&source, &target);
        let Some(best) = operations.first().filter(|best| !best.is_ballpark()) else {
            let partial = regional(&context, &source, &target);
            return Err(Error::Ballpark { from, to, partial });
        };
        let grids = best.grids();
        if !grids.is_empty() {
            return Err(Error::DatumGrid { from, to, operation: best.name(), grids: grids.join(", ") });
        }
        let unusable = |why: &str| {
            let why = format!("the operation `{}` {why}", best.name());
            Error::OperationUnusable { from: from.clone(), to: to.clone(), why }
        };
        if best.needs_time() {
            return Err(unusable("needs the time of each point, which is not known"));
        }
        if !best.is_instantiable() {
            return Err(unusable("cannot be carried out"));
        }
        let ordered = best.east_first().ok_or_else(|| unusable("has axes that cannot be put in order"))?;
        let steps = ordered.detached().ok_or_else(|| unusable("cannot be copied"))?;
        Ok(Self {
            steps: vec![Step::Proj(steps)],
            description: best.name(),
            pipeline: ordered.pipeline(),
            accuracy_m: best.accuracy_m(),
            from,
            to,
        })
    }

    /// As [`Self::new`], but where one of `stated` leads from the datum of the one to that of the other, or back, it is
    /// taken; gives its position too.
    ///
    /// # Errors
    /// As [`Self::new`]; [`Error::TransformationUnusable`].
    pub fn with(from: &str, to: &str, stated: &[Transformation]) -> Result<(Self, Option<usize>)> {
        for (position, transformation) in stated.iter().enumerate() {
            if let Some(operation) = transformation::between(from, to, transformation)? {
                return Ok((operation, Some(position)));
            }
        }
        Ok((Self::new(from, to)?, None))
    }

    /// Operations one after the other, under a description of their own.
    pub(super) fn chain(parts: Vec<Self>, description: String, accuracy_m: Option<f64>) -> Self {
        let from = parts.first().map(|part| part.from.clone()).unwrap_or_default();
        let to = parts.last().map(|part| part.to.clone()).unwrap_or_default();
        let pipelines: Vec<String> = parts.iter().filter_map(|part| part.pipeline.clone()).collect();
        let pipeline = (!pipelines.is_empty()).then(|| pipelines.join(" | "));
        let steps = parts.into_iter().flat_map(|part| part.steps).collect();
        Self { steps, from, to, description, pipeline, accuracy_m }
    }

    /// One stated step.
    pub(super) fn stated(step: Stated, from: String, to: String) -> Self {
        let pipeline = Some(step.to_string());
        Self { steps: vec![Step::Stated(step)], from, to, description: String::new(), pipeline, accuracy_m: None }
    }

    /// A copy for another thread.
    ///
    /// # Errors
    /// [`Error::OperationUnusable`] if PROJ cannot copy it.
    pub fn try_clone(&self) -> Result<Self> {
        let copy = |step: &Step| {
            let copied = match step {
                Step::Proj(operation) => operation.another().map(Step::Proj),
                Step::Stated(stated) => stated.another().map(Step::Stated),
            };
            let why = "the operation cannot be copied".to_owned();
            copied.ok_or_else(|| Error::OperationUnusable { from: self.from.clone(), to: self.to.clone(), why })
        };
        Ok(Self {
            steps: self.steps.iter().map(copy).collect::<Result<_>>()?,
            from: self.from.clone(),
            to: self.to.clone(),
            description: self.description.clone(),
            pipeline: self.pipeline.clone(),
            accuracy_m: self.accuracy_m,
        })
    }

    /// What the operation does, in PROJ's words.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The operation as a PROJ pipeline, east first, for the record; `None` if coordinates stay as they are.
    pub fn pipeline(&self) -> Option<&str> {
        self.pipeline.as_deref()
    }

    /// Accuracy that the authority states, metres; `None` where none is stated.
    pub fn accuracy_m(&self) -> Option<f64> {
        self.accuracy_m
    }

    /// Whether coordinates stay as they are.
    pub fn is_identity(&self) -> bool {
        self.steps.is_empty()
    }

    /// Transforms points in place, each on its own: x east (or longitude, degrees), y north (or latitude).
    ///
    /// # Errors
    /// [`Error::PointNotTransformed`] with the first point that has no image; the points are then as they were.
    pub fn transform(&self, points: &mut [(f64, f64)]) -> Result<()> {
        if self.steps.is_empty() {
            return Ok(());
        }
        let given = points.to_vec();
        self.transform_where_defined(points);
        let Some(position) = points.iter().position(|(x, y)| !(x.is_finite() && y.is_finite())) else { return Ok(()) };
        points.copy_from_slice(&given);
        let (x, y) = given[position];
        Err(Error::PointNotTransformed { x, y, from: self.from.clone(), to: self.to.clone() })
    }

    /// As [`Self::transform`], but a point without an image becomes one that is not finite.
    pub(crate) fn transform_where_defined(&self, points: &mut [(f64, f64)]) {
        for step in &self.steps {
            match step {
                Step::Proj(operation) => operation.transform(points),
                Step::Stated(stated) => stated.transform(points),
            }
        }
    }
}

impl std::fmt::Debug for CoordinateOperation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} -> {}: {}", self.from, self.to, self.description)
    }
}

/// The names of operations for a part of the area in which the CRSs are used; empty, or a sentence that lists them.
fn regional(context: &Context, source: &Object<'_>, target: &Object<'_>) -> String {
    let found = context.operations_for_a_part(source, target);
    let names: Vec<String> = found.iter().filter(|found| !found.is_ballpark()).map(Object::name).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(
        "; PROJ lists operations for parts of their area ({}), which must not be used elsewhere: where one applies, state its \
         parameters",
        names.join("; ")
    )
}

/// Whether two CRSs give the same numbers to the same places, east first.
pub(super) fn same(a: &Object<'_>, b: &Object<'_>) -> bool {
    match (a.east_first(), b.east_first()) {
        (Some(a), Some(b)) => a.equivalent(&b),
        _ => a.equivalent(b),
    }
}
