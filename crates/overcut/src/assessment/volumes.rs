//! The error of a volume, by where it comes from.
//!
//! A volume is `A Σ w (z_later - z_earlier)`, over cells with shares w and area A. Its variance has four parts:
//!
//! - *random* and *correlated*: `A² ΣΣ w_i s_i w_j s_j ρ(d_ij)`, s the standard deviation of a difference, split into what no two
//!   cells share (the nugget) and what they do (Rolstad, Haug & Denby 2009; Hugonnet et al. 2022);
//! - *registration*: gᵀ C g, C the covariance of shift, height and tilt, g the volume's derivative by them;
//! - *boundary*: the corners of licences, see [`super::boundary`].
//!
//! Where a level cuts a column, only one of its ends is in a place. The errors of the two surveys are taken to be equal and
//! independent (or in the proportion that is stated of them), so each end has its share of the variance of the difference.

use super::{Accuracy, ErrorSource, VolumeError, area::Rims, boundary::CornerGradient};
use crate::{
    dod::two_sided_quantile,
    grid::GridGeometry,
    patches::Component,
    patches::footprint::{Ends, FootKey, FootSums, gather},
    registration::{Correction, Registration},
    tally::QUANTUM,
    uncertainty::{Block, CorrelationTables, Footprint},
};

/// Cells whose heights went into a volume, in blocks: by ends of columns.
#[derive(Debug, Clone, Default)]
pub(super) struct Region {
    /// Ascending once gathered.
    feet: Vec<(RegionKey, FootSums)>,
    pub(super) corners: CornerGradient,
}

/// Row and column.
type BlockKey = (u32, u32);
/// Nearly all columns of a block have both ends in one place: sums of the other ends are kept only where there are any.
type RegionKey = (BlockKey, Ends);

impl Region {
    /// Adds parts of a footprint, which come in the order of their blocks, place by place.
    pub(super) fn add(&mut self, feet: &[(FootKey, FootSums)]) {
        self.feet.reserve(feet.len());
        self.feet.extend(feet.iter().map(|(key, sums)| (((key.block_row, key.block_col), key.ends), *sums)));
    }

    /// Puts sums of one block together; to be done when all is added.
    pub(super) fn gather(&mut self) {
        gather(&mut self.feet, FootSums::add);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.feet.is_empty()
    }

    /// What was gathered of each block.
    fn blocks(&self) -> impl Iterator<Item = (BlockKey, &[(RegionKey, FootSums)])> {
        self.feet.chunk_by(|((a, _), _), ((b, _), _)| a == b).map(|feet| (feet[0].0.0, feet))
    }

    /// Sums over one end of the columns, by block.
    fn of_end(&self, end: Ends) -> impl Iterator<Item = (BlockKey, FootSums)> {
        self.blocks().map(move |(block, feet)| (block, of_ends(feet, [Ends::Both, end])))
    }

    /// Weights by block of so many rows and columns.
    fn weights(&self, end: Ends, block: u32) -> Footprint {
        let weights = self.of_end(end).filter(|(_, sums)| sums.weight != 0);
        let of_block = |((row, col), sums): (BlockKey, FootSums)| {
            let in_units = |sum: i64| sum as f64 * QUANTUM;
            let cells = in_units(sums.share);
            let place = |block_at: u32, inside: i64| cells * f64::from(block_at * block) + in_units(inside);
            let places = (place(row, sums.places.0), place(col, sums.places.1));
            Block { row, col, weight: in_units(sums.weight), cells, places }
        };
        Footprint::new(weights.map(of_block).collect())
    }

    /// Whether both ends of every column are here.
    fn is_whole(&self) -> bool {
        self.blocks().all(|(_, feet)| {
            let [later, earlier] = [Ends::Later, Ends::Earlier].map(|end| of_ends(feet, [end, end]));
            later == earlier
        })
    }
}

/// Sums of one block over some ends.
fn of_ends(feet: &[(RegionKey, FootSums)], ends: [Ends; 2]) -> FootSums {
    let mut sums = FootSums::default();
    feet.iter().filter(|((_, end), _)| ends.contains(end)).for_each(|(_, more)| sums.add(more));
    sums
}

/// Errors of the volumes of one interval.
pub(super) struct VolumeErrors<'a> {
    accuracy: &'a Accuracy,
    tables: Option<CorrelationTables>,
    grid: &'a GridGeometry,
    block: u32,
    /// Share of the earlier survey in the variance of a difference.
    earlier_share: f64,
    /// Whether the later surface is the one that was brought onto the other.
    later_moved: bool,
    /// Half an interval in standard deviations.
    quantile: f64,
    corner_sigma_m: f64,
    /// Of the eight parameters of a correction.
    parameter_covariance: Option<[[f64; 8]; 8]>,
    rims: Option<Rims>,
    /// Up to which errors go together by nearness, if that was estimated.
    range_m: Option<f64>,
}

/// A region as pairs of them are compared.
pub(super) struct Prepared {
    /// Weights by block: later, earlier.
    ends: [Footprint; 2],
    gradient: [f64; 8],
    /// First and last block, by row and column.
    low: BlockKey,
    high: BlockKey,
}

impl<'a> VolumeErrors<'a> {
    pub(super) fn new(
        accuracy: &'a Accuracy,
        grid: &'a GridGeometry,
        block: u32,
        earlier_share: f64,
        later_moved: bool,
        (confidence, corner_sigma_m): (f64, f64),
    ) -> Self {
        let tables = accuracy.error_model.as_ref().map(|model| CorrelationTables::new(model, grid, block as usize));
        let quantile = two_sided_quantile(confidence);
        let rims = accuracy.detection.map(|detection| Rims::new(detection.certain));
        let parameter_covariance = accuracy.registration.as_ref().map(Registration::parameter_covariance);
        let estimated = accuracy.error_model.as_ref().filter(|_| accuracy.source == ErrorSource::Estimated);
        let range_m =
            estimated.map(|model| model.variogram.structures.iter().map(|part| part.range_m).fold(0.0, f64::max));
        Self {
            accuracy,
            tables,
            grid,
            block,
            earlier_share,
            later_moved,
            quantile,
            corner_sigma_m,
            parameter_covariance,
            rims,
            range_m,
        }
    }

    /// Whether patches were found by more than a level of detection.
    pub(super) fn by_hysteresis(&self) -> bool {
        self.rims.is_some()
    }

    /// Number of cells of a patch that changed.
    pub(super) fn changed_cells(&self, component: &Component) -> f64 {
        let Component { found, cells, .. } = component;
        self.rims.as_ref().map_or(found.certain_cells as f64, |rims| rims.changed_cells(found, *cells))
    }

    /// The error of a volume; `None` where errors are unknown.
    pub(super) fn error(&self, region: &Region, volume_m3: f64) -> Option<VolumeError> {
        let model = self.accuracy.error_model.as_ref()?;
        let tables = self.tables.as_ref()?;
        let area_m2 = self.grid.cell_area_m2();
        let ends = [(Ends::Later, 1.0 - self.earlier_share), (Ends::Earlier, self.earlier_share)];
        let squares = |end: Ends| -> f64 { region.of_end(end).map(|(_, sums)| sums.variance as f64 * QUANTUM).sum() };
        let random: f64 = ends.iter().map(|(end, share)| share * squares(*end)).sum::<f64>() * model.variogram.nugget;
        let correlated: f64 = if region.is_whole() {
            let weights = region.weights(Ends::Later, self.block);
            tables.quadratic(&weights, &weights)
        } else {
            let of_end = |(end, share): &(Ends, f64)| {
                let weights = region.weights(*end, self.block);
                share * tables.quadratic(&weights, &weights)
            };
            ends.iter().map(of_end).sum()
        };
        let gradient = self.accuracy.registration.as_ref().map(|registration| self.gradient(region, registration));
        let of_registration = gradient.map_or(0.0, |gradient| self.by_registration(&gradient, &gradient));
        let registration = of_registration.max(0.0).sqrt() * area_m2;
        let boundary_m3 = region.corners.square().sqrt() * self.corner_sigma_m;
        let (random_m3, correlated_m3) = (random.max(0.0).sqrt() * area_m2, correlated.max(0.0).sqrt() * area_m2);
        let parts = [random_m3, correlated_m3, registration, boundary_m3];
        let sigma_m3 = parts.iter().map(|part| part * part).sum::<f64>().sqrt();
        Some(VolumeError {
            sigma_m3,
            random_m3,
            correlated_m3,
            registration_m3: registration,
            boundary_m3,
            low_m3: (volume_m3 - self.quantile * sigma_m3).max(0.0),
            high_m3: (volume_m3 + self.quantile * sigma_m3).max(0.0),
        })
    }

    /// What pairs of regions are compared by; `None` where errors are unknown or the region is empty.
    pub(super) fn prepare(&self, region: &Region) -> Option<Prepared> {
        let tables = self.tables.as_ref().filter(|_| !region.is_empty())?;
        let of_end = |end: Ends| tables.coarsened(&region.weights(end, self.block));
        let later = of_end(Ends::Later);
        let earlier = if region.is_whole() { later.clone() } else { of_end(Ends::Earlier) };
        let registration = self.accuracy.registration.as_ref();
        let gradient = registration.map_or([0.0; 8], |registration| self.gradient(region, registration));
        let (mut low, mut high) = ((u32::MAX, u32::MAX), (0, 0));
        for ((row, col), _) in region.blocks() {
            low = (low.0.min(row), low.1.min(col));
            high = (high.0.max(row), high.1.max(col));
        }
        Some(Prepared { ends: [later, earlier], gradient, low, high })
    }

    /// Whether errors of two regions can be correlated by their nearness; never where errors were not estimated.
    pub(super) fn are_near(&self, a: &Prepared, b: &Prepared) -> bool {
        let Some(range_m) = self.range_m else { return false };
        let gap = |low: u32, high: u32| f64::from(low.saturating_sub(high)) * f64::from(self.block);
        let rows = gap(a.low.0, b.high.0).max(gap(b.low.0, a.high.0)) * self.grid.dy;
        let cols = gap(a.low.1, b.high.1).max(gap(b.low.1, a.high.1)) * self.grid.dx;
        // The pairs are so many that most should not cost a root.
        rows <= range_m && cols <= range_m && rows.hypot(cols) <= range_m
    }

    /// Covariance of two volumes, m⁶: of the correlated parts, and of the registration that they share.
    pub(super) fn covariance(&self, a: &Prepared, b: &Prepared) -> f64 {
        let Some(tables) = &self.tables else { return 0.0 };
        let area_m2 = self.grid.cell_area_m2();
        let shares = [1.0 - self.earlier_share, self.earlier_share];
        let correlated: f64 = (0..2).map(|end| shares[end] * tables.quadratic(&a.ends[end], &b.ends[end])).sum();
        (correlated + self.by_registration(&a.gradient, &b.gradient)) * area_m2 * area_m2
    }

    /// gᵀ C g, in units of the square of the area of a cell.
    fn by_registration(&self, a: &[f64; 8], b: &[f64; 8]) -> f64 {
        let Some(covariance) = &self.parameter_covariance else { return 0.0 };
        (0..8).map(|i| (0..8).map(|j| a[i] * covariance[i][j] * b[j]).sum::<f64>()).sum()
    }

    /// Derivatives of a volume by east, north, up, the tilts and the bends of a correction.
    fn gradient(&self, region: &Region, registration: &Registration) -> [f64; 8] {
        let end = if self.later_moved { Ends::Later } else { Ends::Earlier };
        let Correction { x0_m, y0_m, .. } = registration.found;
        let block = f64::from(self.block);
        let mut gradient = [0.0; 8];
        for ((row, col), sums) in region.of_end(end) {
            let (x, y) = self.grid.to_world((f64::from(col) + 0.5) * block, (f64::from(row) + 0.5) * block);
            let (u, v, share) = (x - x0_m, y - y0_m, sums.share as f64 * QUANTUM);
            let terms = [
                // What is moved to the east is lower by its rise to the east.
                -(sums.east as f64) * QUANTUM,
                -(sums.north as f64) * QUANTUM,
                share,
                share * u,
                share * v,
                share * u * u,
                share * u * v,
                share * v * v,
            ];
            for (sum, term) in gradient.iter_mut().zip(terms) {
                *sum += term;
            }
        }
        gradient
    }
}
