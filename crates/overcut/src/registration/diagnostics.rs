//! Differences on stable ground before and after, by slope and aspect, for people to judge a registration by.

use std::f64::consts::TAU;

use super::{
    AspectBin, Histogram, ResidualBin,
    fit::{Cell, Ground},
};
use crate::stable::{ResidualTile, Spread, TileSummary, median, spread};

/// Ranges of aspect of the cosine fit: as in Nuth & Kääb's figures and in other programs.
const ASPECTS: usize = 72;
/// Ground below this slope has no aspect worth the name: 3 degrees.
const LEAST_SLOPE: f64 = 0.052;
const SLOPE_EDGES_DEG: [f64; 8] = [0.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 90.0];
/// Ranges of a histogram.
const RANGES: usize = 60;

/// Aspect of ground from its rise to the east and north: where it falls to, clockwise from north, and its slope.
fn aspect_and_slope((east, north): (f64, f64)) -> (f64, f64) {
    ((-east).atan2(-north).rem_euclid(TAU), east.hypot(north))
}

/// Middle of each range of aspects, with the median of difference over slope and the number of cells, where there is any.
pub(super) fn by_aspect_over_slope(tiles: &[Vec<Cell>], middle_m: f64) -> Vec<(f64, Option<(f64, usize)>)> {
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); ASPECTS];
    for cell in tiles.iter().flatten() {
        let (aspect, slope) = aspect_and_slope(cell.reference);
        if slope >= LEAST_SLOPE {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a turn")]
            let bin = ((aspect / TAU * ASPECTS as f64) as usize).min(ASPECTS - 1);
            values[bin].push((cell.residual_m - middle_m) / slope);
        }
    }
    let middle = |bin: usize| (bin as f64 + 0.5) / ASPECTS as f64 * TAU;
    let found = |values: &mut Vec<f64>| (!values.is_empty()).then(|| (median(values), values.len()));
    values.iter_mut().enumerate().map(|(bin, values)| (middle(bin), found(values))).collect()
}

/// About so many cells are shown: a median of a range of them is good to a hundredth of the spread.
const SHOWN: usize = 1 << 17;

/// Some cells of every tile.
fn some(tiles: &[Vec<Cell>]) -> Vec<Vec<Cell>> {
    let step = tiles.iter().map(Vec::len).sum::<usize>().div_ceil(SHOWN).max(1);
    tiles.iter().map(|cells| cells.iter().step_by(step).copied().collect()).collect()
}

/// Everything that figures and tables show.
pub(super) struct Diagnostics {
    pub(super) before: Option<Spread>,
    pub(super) after: Option<Spread>,
    pub(super) by_slope: Vec<ResidualBin>,
    pub(super) by_aspect: Vec<ResidualBin>,
    pub(super) aspect: Vec<AspectBin>,
    pub(super) histogram: Option<Histogram>,
    pub(super) tiles: Vec<TileSummary>,
}

impl Diagnostics {
    /// `shift_m` is the shift that was found, to the east and north.
    pub(super) fn new(ground: &Ground<'_>, before: &[Vec<Cell>], after: &[Vec<Cell>], shift_m: (f64, f64)) -> Self {
        let (before, after) = (&some(before), &some(after));
        let values = |tiles: &[Vec<Cell>]| -> Vec<f64> { tiles.iter().flatten().map(|cell| cell.residual_m).collect() };
        let slope_deg = |cell: &Cell| aspect_and_slope(cell.reference).1.atan().to_degrees();
        let turned_deg = |cell: &Cell| {
            let (aspect, slope) = aspect_and_slope(cell.reference);
            // Sectors are centred on north, north-east and so on.
            if slope >= LEAST_SLOPE { (aspect.to_degrees() + 22.5).rem_euclid(360.0) } else { f64::NAN }
        };
        let by_slope = binned(before, after, &SLOPE_EDGES_DEG, slope_deg);
        let sectors: Vec<f64> = (0..=8).map(|sector| 45.0 * f64::from(sector)).collect();
        let mut by_aspect = binned(before, after, &sectors, turned_deg);
        for bin in &mut by_aspect {
            bin.from_deg -= 22.5;
            bin.to_deg -= 22.5;
        }
        let before_spread = spread(&mut values(before));
        let middle_m = before_spread.map_or(0.0, |spread| spread.median_m);
        let aspect = by_aspect_over_slope(before, middle_m)
            .into_iter()
            .map(|(aspect, found)| AspectBin {
                aspect_deg: aspect.to_degrees(),
                before_m: found.map(|(median_m, _)| median_m),
                fitted_m: -(shift_m.0 * aspect.sin() + shift_m.1 * aspect.cos()),
            })
            .collect();
        let medians = |tiles: &[Vec<Cell>]| -> Vec<Option<f64>> {
            let of = |cells: &Vec<Cell>| {
                let mut values: Vec<f64> = cells.iter().map(|cell| cell.residual_m).collect();
                (!values.is_empty()).then(|| median(&mut values))
            };
            tiles.iter().map(of).collect()
        };
        let windows = ground.sample.tiles.iter().map(|tile| tile.window);
        let tiles = windows
            .zip(before)
            .zip(medians(before).into_iter().zip(medians(after)))
            .map(|((window, cells), (median_before_m, median_after_m))| TileSummary {
                window,
                cells: cells.len() as u64,
                median_before_m,
                median_after_m,
            })
            .collect();
        Self {
            histogram: before_spread.map(|spread| histogram(&values(before), &values(after), &spread)),
            before: before_spread,
            after: spread(&mut values(after)),
            by_slope,
            by_aspect,
            aspect,
            tiles,
        }
    }
}

fn binned(
    before: &[Vec<Cell>],
    after: &[Vec<Cell>],
    edges: &[f64],
    angle_deg: impl Fn(&Cell) -> f64,
) -> Vec<ResidualBin> {
    let sort = |tiles: &[Vec<Cell>]| {
        let mut bins: Vec<Vec<f64>> = vec![Vec::new(); edges.len() - 1];
        for cell in tiles.iter().flatten() {
            let angle = angle_deg(cell);
            if let Some(bin) = edges.windows(2).position(|pair| pair[0] <= angle && angle < pair[1]) {
                bins[bin].push(cell.residual_m);
            }
        }
        bins
    };
    edges
        .windows(2)
        .zip(sort(before).into_iter().zip(sort(after)))
        .map(|(pair, (mut before, mut after))| ResidualBin {
            from_deg: pair[0],
            to_deg: pair[1],
            before: spread(&mut before),
            after: spread(&mut after),
        })
        .collect()
}

/// From five spreads below to five above what lies in the middle before.
fn histogram(before: &[f64], after: &[f64], spread: &Spread) -> Histogram {
    let half_m = 5.0 * spread.nmad_m.max(1e-3) + spread.median_m.abs();
    let width_m = 2.0 * half_m / RANGES as f64;
    let count = |values: &[f64]| {
        let mut counts = vec![0; RANGES];
        for value in values {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the ranges")]
            let range = ((value + half_m) / width_m).clamp(0.0, RANGES as f64 - 1.0) as usize;
            counts[range] += 1;
        }
        counts
    };
    Histogram { from_m: -half_m, width_m, before: count(before), after: count(after) }
}

/// What is left of the differences, for the error model.
pub(super) fn residual_tiles(ground: &Ground<'_>, after: &[Vec<Cell>]) -> Vec<ResidualTile> {
    ground
        .sample
        .tiles
        .iter()
        .zip(after)
        .filter(|(_, cells)| !cells.is_empty())
        .map(|(tile, cells)| {
            let mut dh_m = vec![f64::NAN; tile.window.cells()];
            let mut slope_squared = vec![0.0; tile.window.cells()];
            for cell in cells {
                let square = |(east, north): (f64, f64)| east * east + north * north;
                dh_m[cell.at] = cell.residual_m;
                slope_squared[cell.at] = square(cell.reference).max(square(cell.later));
            }
            ResidualTile { window: tile.window, dh_m, slope_squared }
        })
        .collect()
}
