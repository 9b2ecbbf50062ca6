//! Whether a correction may be applied: it must be found on enough ground, told by it, better than none, and significant.

use geo::Polygon;
use statrs::function::beta::beta_reg;

use super::{
    Correction, Method, Outcome, Parameter, Registered, Registration, RegistrationOptions,
    diagnostics::{Diagnostics, residual_tiles},
    fit::{
        Active, COUNT, Cell, Fit, Ground, gradient_squares, nuth_kaab, robust_fit, spread_about_median,
        spread_about_zero,
    },
    normal::Frame,
    refine::{Refined, unchanged},
};
use crate::{
    error::Result,
    stable::{Sample, Source, StableGround, StableOptions, StableSummary},
    surface::Surface,
};

const NAMES: [(&str, &str); COUNT] = [
    ("east_m", "m"),
    ("north_m", "m"),
    ("up_m", "m"),
    ("tilt_east", "m/m"),
    ("tilt_north", "m/m"),
    ("bend_east", "1/m"),
    ("bend_both", "1/m"),
    ("bend_north", "1/m"),
];
const SHIFT: &[usize] = &[0, 1];
const HEIGHT: &[usize] = &[2];
const TILT: &[usize] = &[3, 4];
const BEND: &[usize] = &[5, 6, 7];

/// A shift of which not even so much of a cell is known is not told by the ground.
const VAGUE_CELLS: f64 = 0.3;
/// Ground falls to one side only if its gradients vary less than this share as much across as along.
const ONE_SIDED: f64 = 0.005;
/// About so many cells are enough for a fit to come to rest.
const MOST_CELLS: usize = 1 << 18;

/// Brings a survey onto a reference, if stable ground allows.
///
/// Both are on one grid; the reference may itself be corrected. What the ground does not allow is an outcome with its reasons,
/// and no error.
///
/// # Errors
/// Whatever reading finds; licences that cannot be overlaid.
pub fn register(
    reference: (&dyn Surface, &Correction),
    later: &dyn Surface,
    licences: &[&Polygon<f64>],
    ground: &StableGround<'_>,
    stable: &StableOptions,
    options: &RegistrationOptions,
) -> Result<Registered> {
    let source = Source { reference, later, licences, ground, options: stable };
    let sample = Sample::read(&source)?;
    let chosen = match ground {
        StableGround::Auto => "auto",
        StableGround::Polygons(_) => "polygons",
        StableGround::Raster(_) => "raster",
    };
    let mut ground = ground_of(&sample);
    let mut decision = Decision::new(options);
    let usable = ground.cells();
    let mut limit_m = f64::INFINITY;
    if usable >= stable.min_cells as u64 {
        // What changed would pull a first fit, but not far: weights leave it out. Then it is left out altogether.
        let first = decision.first_fit(&ground).map_or(Correction::default(), |fit| fit.correction);
        decision.start = ground.parameters_of(&first);
        limit_m = leave_out_changes(&mut ground, &first, stable.outlier_nmads);
    }
    let cells = ground.cells();
    if cells >= stable.min_cells as u64 {
        decision.decide(&ground, &source, limit_m)?;
    } else {
        let needed = stable.min_cells;
        decision.refuse(format!("{cells} cells of stable ground are too few (at least {needed} are needed)"));
    }
    let before = ground.tiles(&Correction::default());
    let after = if decision.applied.is_identity() { before.clone() } else { ground.tiles(&decision.applied) };
    let shift_m = (decision.found.east_m, decision.found.north_m);
    let Diagnostics { before: spread_before, after: spread_after, by_slope, by_aspect, aspect, histogram, tiles } =
        Diagnostics::new(&ground, &before, &after, shift_m);
    let (grid, applied) = (sample.grid, decision.applied);
    let read = sample.read_cells() + decision.further_cells;
    let summary = StableSummary {
        chosen: chosen.to_owned(),
        read_cells: read,
        read_share: read as f64 / grid.shape.cells() as f64,
        refining_cells: decision.refining_cells,
        stable_cells: cells,
        stable_area_m2: cells as f64 * grid.cell_area_m2(),
        without_data: sample.without_data,
        not_chosen: sample.not_chosen,
        too_steep: sample.too_steep,
        changed: usable - cells,
        tiles,
    };
    let registration = Registration {
        method: options.method,
        outcome: decision.outcome,
        reasons: decision.reasons,
        found: decision.found,
        applied: decision.applied,
        parameters: decision.parameters,
        covariance: decision.covariance.iter().map(|row| row.to_vec()).collect(),
        iterations: decision.iterations,
        converged: decision.converged,
        before: spread_before,
        after: spread_after,
        by_slope,
        by_aspect,
        aspect,
        histogram,
        stable: summary,
    };
    Ok(Registered { registration, residuals: residual_tiles(&ground, &ground.whole_tiles(&applied)) })
}

/// Everything usable, with its middle and extent.
fn ground_of(sample: &Sample) -> Ground<'_> {
    let stable = sample.tiles.iter().map(|tile| {
        let square = &sample.squares[tile.square];
        let rows = tile.window.row..tile.window.row_end();
        rows.flat_map(|row| square.usable[square.at(row, tile.window.col)..][..tile.window.cols].to_vec()).collect()
    });
    let grid = &sample.grid;
    let centre = (f64::midpoint(grid.west, grid.east()), f64::midpoint(grid.south(), grid.north));
    let extent_m = (grid.east() - grid.west).max(grid.north - grid.south()) / 2.0;
    let stable: Vec<Vec<bool>> = stable.collect();
    let cells = stable.iter().flatten().filter(|stable| **stable).count();
    let thinned = cells.div_ceil(MOST_CELLS).isqrt().max(1);
    Ground { sample, stable, frame: Frame { grid: *grid, centre, extent_m }, thinned }
}

/// Takes cells from the stable ground whose difference is an outlier after a first fit, and what lies around them; from which
/// difference on, m.
fn leave_out_changes(ground: &mut Ground<'_>, first: &Correction, nmads: f64) -> f64 {
    let tiles = ground.whole_tiles(first);
    let limit_m = nmads * spread_about_zero(&tiles);
    for (index, cells) in tiles.iter().enumerate() {
        let differences = cells.iter().map(|cell| (cell.at, cell.residual_m));
        ground.stable[index] =
            unchanged(&ground.stable[index], differences, ground.sample.tiles[index].window, limit_m);
    }
    limit_m
}

/// What is decided on the way.
struct Decision<'a> {
    options: &'a RegistrationOptions,
    outcome: Outcome,
    reasons: Vec<String>,
    found: Correction,
    applied: Correction,
    parameters: Vec<Parameter>,
    covariance: [[f64; COUNT]; COUNT],
    iterations: usize,
    converged: bool,
    /// What the first fit found, in units of the fit.
    start: [f64; COUNT],
    /// Cells that were read for the last step alone, and those of stable ground among them.
    further_cells: u64,
    refining_cells: u64,
}

impl<'a> Decision<'a> {
    fn new(options: &'a RegistrationOptions) -> Self {
        Self {
            options,
            outcome: if options.method == Method::None { Outcome::NotAsked } else { Outcome::Refused },
            reasons: Vec::new(),
            found: Correction::default(),
            applied: Correction::default(),
            parameters: Vec::new(),
            covariance: [[0.0; COUNT]; COUNT],
            iterations: 0,
            converged: false,
            start: [0.0; COUNT],
            further_cells: 0,
            refining_cells: 0,
        }
    }

    fn refuse(&mut self, reason: String) {
        if self.options.method != Method::None {
            self.reasons.push(reason);
        }
    }

    /// What the method seeks.
    fn sought(&self) -> Active {
        let mut active = [false; COUNT];
        let groups: &[&[usize]] = match self.options.method {
            Method::RobustLeastSquares => &[SHIFT, HEIGHT, TILT],
            Method::NuthKaab => &[SHIFT, HEIGHT],
            Method::VerticalOnly => &[HEIGHT],
            Method::Quadratic => &[SHIFT, HEIGHT, TILT, BEND],
            Method::None => &[],
        };
        groups.iter().copied().flatten().for_each(|parameter| active[*parameter] = true);
        active
    }

    /// Only to see what changed: the ground is not judged yet.
    fn first_fit(&self, ground: &Ground<'_>) -> Option<Fit> {
        let sought = self.sought();
        if !sought[2] || (sought[0] && Self::why_no_shift(ground, &ground.tiles(&Correction::default())).is_some()) {
            return None;
        }
        robust_fit(ground, sought, [0.0; COUNT], self.options)
    }

    fn fit(&self, ground: &Ground<'_>, active: Active) -> Option<Fit> {
        fit_of(ground, active, self.start, self.options)
    }

    fn decide(&mut self, ground: &Ground<'_>, source: &Source<'_>, limit_m: f64) -> Result<()> {
        let mut active = self.sought();
        if self.options.method == Method::None {
            return Ok(());
        }
        let as_they_lie = ground.tiles(&Correction::default());
        if active[0]
            && let Some(reason) = Self::why_no_shift(ground, &as_they_lie)
        {
            self.reasons.push(reason);
            SHIFT.iter().for_each(|parameter| active[*parameter] = false);
        }
        let mut fit = self.fit(ground, active);
        if active[0]
            && let Some(reason) = self.why_not(ground, fit.as_ref(), &as_they_lie)
        {
            self.reasons.push(reason);
            SHIFT.iter().for_each(|parameter| active[*parameter] = false);
            fit = self.fit(ground, active);
        }
        let Some(fit) = fit else {
            self.reasons.push("the fit does not come to rest, even in height".to_owned());
            return Ok(());
        };
        // The cosine's own estimate is what was asked for.
        if self.options.method == Method::NuthKaab {
            let (options, start) = (self.options, self.start);
            self.settle(active, &fit, |active| fit_of(ground, active, start, options));
            return Ok(());
        }
        let refined = Refined::about(&fit, ground, source, limit_m, self.options)?;
        (self.further_cells, self.refining_cells) = (refined.read_cells, refined.stable_cells);
        let options = self.options;
        let full = refined.fit(ground, active, options).unwrap_or(fit);
        self.settle(active, &full, |active| refined.fit(ground, active, options));
        Ok(())
    }

    /// Drops what is not significant, and applies the rest.
    fn settle(&mut self, mut active: Active, full: &Fit, fit: impl Fn(Active) -> Option<Fit>) {
        let found = parameters_of(&full.correction);
        let mut significant = [false; COUNT];
        for (group, what) in [(SHIFT, "shift"), (BEND, "bend"), (TILT, "tilt"), (HEIGHT, "change of height")] {
            if !active[group[0]] {
                continue;
            }
            let (f, confidence) = wald(&found, full, group);
            let is_significant = confidence >= self.options.significance;
            group.iter().for_each(|parameter| significant[*parameter] = is_significant);
            if !is_significant {
                self.reasons.push(format!(
                    "the {what} found does not differ from none (F = {f:.1} with {} and {} degrees of freedom) and is not \
                     applied",
                    group.len(),
                    full.degrees
                ));
                group.iter().for_each(|parameter| active[*parameter] = false);
            }
        }
        let kept = if active.contains(&true) {
            let changed = (0..COUNT).any(|parameter| significant[parameter] != (found[parameter] != 0.0));
            let again = if changed { fit(active) } else { None };
            again.unwrap_or_else(|| full.clone())
        } else {
            Fit { correction: Correction::default(), ..full.clone() }
        };
        let mut applied = parameters_of(&kept.correction);
        (0..COUNT).filter(|parameter| !active[*parameter]).for_each(|parameter| applied[parameter] = 0.0);
        // What is not applied may still be there: as much as was found, and its own error.
        self.covariance = kept.covariance;
        for i in 0..COUNT {
            for j in 0..COUNT {
                if !(active[i] && active[j]) {
                    let left_out = !active[i] && !active[j];
                    let found = if left_out { found[i] * found[j] } else { 0.0 };
                    self.covariance[i][j] = full.covariance[i][j] + found;
                }
            }
        }
        self.parameters = (0..COUNT)
            .filter(|parameter| full.covariance[*parameter][*parameter] > 0.0)
            .map(|parameter| Parameter {
                name: NAMES[parameter].0.to_owned(),
                value: if active[parameter] { applied[parameter] } else { found[parameter] },
                sigma: full.covariance[parameter][parameter].sqrt(),
                unit: NAMES[parameter].1.to_owned(),
                significant: significant[parameter],
                applied: active[parameter],
            })
            .collect();
        self.found = full.correction;
        self.applied = with_parameters(&kept.correction, &applied);
        self.iterations = kept.iterations;
        self.converged = kept.converged;
        self.outcome = if active[0] {
            Outcome::Applied
        } else if active.contains(&true) {
            Outcome::VerticalOnly
        } else {
            Outcome::NotSignificant
        };
    }

    /// Why the ground cannot tell a shift, if it cannot.
    fn why_no_shift(ground: &Ground<'_>, tiles: &[Vec<Cell>]) -> Option<String> {
        let [a, b, c] = gradient_squares(tiles);
        let (mean, half) = (f64::midpoint(a, c), (0.25 * (a - c).powi(2) + b * b).sqrt());
        let (least, most) = (mean - half, mean + half);
        // One height of a survey over the other says nothing of its errors.
        let differences: Vec<f64> = tiles.iter().flatten().map(|cell| cell.residual_m).collect();
        let (spread_m, _) = spread_about_median(differences.into_iter());
        // If errors of cells were independent; that they are not is allowed for by a tenth of the cells.
        let cell_m = ground.grid().dx.min(ground.grid().dy);
        let sigma_m = |square: f64| if square > 0.0 { spread_m / (0.1 * square).sqrt() } else { f64::INFINITY };
        if sigma_m(most) > VAGUE_CELLS * cell_m {
            return Some("the stable ground is too flat to tell a shift: heights alone are fitted".to_owned());
        }
        if least < ONE_SIDED * most && sigma_m(least) > 0.1 * VAGUE_CELLS * cell_m
            || sigma_m(least) > VAGUE_CELLS * cell_m
        {
            return Some(
                "the stable ground falls to one side and back only, so that it cannot tell a shift along its contours: heights \
                 alone are fitted"
                    .to_owned(),
            );
        }
        None
    }

    /// Why a fit with a shift is not taken, if it is not.
    fn why_not(&self, ground: &Ground<'_>, fit: Option<&Fit>, as_they_lie: &[Vec<Cell>]) -> Option<String> {
        let alone = "heights alone are fitted";
        let Some(fit) = fit else { return Some(format!("the fit of a shift does not come to rest: {alone}")) };
        let Correction { east_m, north_m, .. } = fit.correction;
        let grid = ground.grid();
        let (cells, most) = ((east_m / grid.dx).hypot(north_m / grid.dy), self.options.max_shift_cells);
        if !fit.converged {
            return Some(format!("the fit of a shift does not come to rest in {} iterations: {alone}", fit.iterations));
        }
        if cells > most {
            return Some(format!("the shift found, {cells:.1} cells, is beyond the limit of {most} cells: {alone}"));
        }
        let sigma_cells = (fit.covariance[0][0] / grid.dx.powi(2)).max(fit.covariance[1][1] / grid.dy.powi(2)).sqrt();
        if sigma_cells > VAGUE_CELLS {
            return Some(format!(
                "the stable ground tells a shift only to {sigma_cells:.2} cells (at most {VAGUE_CELLS}): {alone}"
            ));
        }
        let after = ground.tiles(&fit.correction);
        let (before_m, after_m) = (spread_about_zero(as_they_lie), spread_about_zero(&after));
        let (_, confidence) = wald(&parameters_of(&fit.correction), fit, SHIFT);
        (confidence >= self.options.significance && after_m > 1.001 * before_m).then(|| {
            format!(
                "the fit of a shift is no better than none (NMAD {before_m:.4} m before, {after_m:.4} m after): {alone}"
            )
        })
    }
}

/// The fit of some of the parameters, by the method that was asked for.
fn fit_of(ground: &Ground<'_>, active: Active, mut start: [f64; COUNT], options: &RegistrationOptions) -> Option<Fit> {
    if options.method == Method::NuthKaab && active[0] {
        return nuth_kaab(ground, options);
    }
    (0..COUNT).filter(|parameter| !active[*parameter]).for_each(|parameter| start[parameter] = 0.0);
    robust_fit(ground, active, start, options)
}

fn parameters_of(correction: &Correction) -> [f64; COUNT] {
    let Correction { east_m, north_m, up_m, tilt_east, tilt_north, bend_east, bend_both, bend_north, .. } = *correction;
    [east_m, north_m, up_m, tilt_east, tilt_north, bend_east, bend_both, bend_north]
}

fn with_parameters(correction: &Correction, parameters: &[f64; COUNT]) -> Correction {
    let [east_m, north_m, up_m, tilt_east, tilt_north, bend_east, bend_both, bend_north] = *parameters;
    Correction { east_m, north_m, up_m, tilt_east, tilt_north, bend_east, bend_both, bend_north, ..*correction }
}

/// Wald's test of a group of parameters against 0: F, and the confidence with which they differ. The covariance comes from a
/// few dozen tiles, so chi-squared would find too much (Hotelling 1931).
fn wald(found: &[f64; COUNT], fit: &Fit, group: &[usize]) -> (f64, f64) {
    let count = group.len();
    let matrix = nalgebra::DMatrix::from_fn(count, count, |i, j| fit.covariance[group[i]][group[j]]);
    let values = nalgebra::DVector::from_fn(count, |i, _| found[group[i]]);
    let chi_squared = matrix.lu().solve(&values).map_or(0.0, |solved| values.dot(&solved)).max(0.0);
    let degrees = (fit.degrees.saturating_sub(count - 1)).max(1) as f64;
    // T² (m - p + 1) / (m p) has the F distribution.
    let f = chi_squared * degrees / (fit.degrees as f64 * count as f64);
    let share = count as f64 * f / (count as f64 * f + degrees);
    (f, if share > 0.0 { beta_reg(0.5 * count as f64, 0.5 * degrees, share.min(1.0)) } else { 0.0 })
}
