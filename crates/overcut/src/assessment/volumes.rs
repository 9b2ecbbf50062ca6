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

use std::{borrow::Cow, collections::BTreeMap};

use super::{Accuracy, ErrorSource, VolumeError, area::Rims, boundary::CornerGradient};
use crate::{
    dod::two_sided_quantile,
    grid::GridGeometry,
    patches::{
        Component,
        blocks::{BlockKey, Blocks, Extent},
        footprint::{Ends, FootSums},
    },
    registration::{Correction, Registration},
    tally::QUANTUM,
    uncertainty::{Block, CorrelationTables, Footprint, MOST_BLOCKS},
};

/// Cells whose heights went into a volume, in blocks.
#[derive(Debug, Clone, Default)]
pub(super) struct Region {
    /// By ends of columns. Nearly all columns have both in one place.
    ends: BTreeMap<Ends, Blocks>,
    pub(super) corners: CornerGradient,
}

/// With more parts than that, their sums are put together on the way.
const UNSETTLED: usize = 16 * MOST_BLOCKS;

impl Region {
    /// Adds part of a footprint.
    pub(super) fn add(&mut self, ends: Ends, blocks: &Blocks) {
        let held = self.ends.entry(ends).or_insert_with(|| Blocks::new(blocks.side()));
        held.absorb(blocks);
        if held.iter().len() > UNSETTLED {
            held.settle();
        }
    }

    /// Puts sums of one block together; to be done when all is added.
    pub(super) fn settle(&mut self) {
        self.ends.values_mut().for_each(Blocks::settle);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Sums over one end of the columns, by block; `finest` is the width of the narrowest.
    fn of_end(&self, end: Ends, finest: u32) -> Cow<'_, Blocks> {
        match (self.ends.get(&Ends::Both), self.ends.get(&end)) {
            (Some(blocks), None) | (None, Some(blocks)) => Cow::Borrowed(blocks),
            (Some(both), Some(own)) => {
                let mut blocks = both.clone();
                blocks.absorb(own);
                blocks.settle();
                Cow::Owned(blocks)
            }
            (None, None) => Cow::Owned(Blocks::new(finest)),
        }
    }

    /// Whether both ends of every column are here.
    fn is_whole(&self) -> bool {
        match [Ends::Later, Ends::Earlier].map(|end| self.ends.get(&end)) {
            [None, None] => true,
            [Some(later), Some(earlier)] => {
                // Each was put together as far as it alone told.
                let [mut later, mut earlier] = [later.clone(), earlier.clone()];
                later.widen(earlier.side());
                earlier.widen(later.side());
                [&mut later, &mut earlier].into_iter().for_each(Blocks::settle);
                later == earlier
            }
            _ => false,
        }
    }
}

/// Weights by block, of which the finest have so many rows and columns.
fn weights(blocks: &Blocks, finest: u32) -> Footprint {
    let side = blocks.side();
    let of_block = |((row, col), sums): &(BlockKey, FootSums)| {
        let cells = in_units(sums.share);
        let place = |block_at: u32, inside: i64| cells * f64::from(block_at * side) + in_units(inside);
        let places = (place(*row, sums.places.0), place(*col, sums.places.1));
        Block { row: *row, col: *col, weight: in_units(sums.weight), cells, places }
    };
    let with_error = blocks.iter().filter(|(_, sums)| sums.weight != 0);
    Footprint::new((side / finest).ilog2() as usize, with_error.map(of_block).collect())
}

fn in_units(sum: i64) -> f64 {
    sum as f64 * QUANTUM
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
    extent: Extent,
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
        let of_blocks = |blocks: &Blocks| {
            let weights = weights(blocks, self.block);
            let squares: f64 = blocks.iter().map(|(_, sums)| in_units(sums.variance)).sum();
            (squares, tables.quadratic(&weights, &weights))
        };
        let (squares, correlated) = if region.is_whole() {
            of_blocks(&region.of_end(Ends::Later, self.block))
        } else {
            let of_end = |(end, share): &(Ends, f64)| {
                let (squares, correlated) = of_blocks(&region.of_end(*end, self.block));
                (share * squares, share * correlated)
            };
            let [later, earlier] = ends.each_ref().map(of_end);
            (later.0 + earlier.0, later.1 + earlier.1)
        };
        let random = squares * model.variogram.nugget;
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
        let of_end = |end: Ends| tables.coarsened(&weights(&region.of_end(end, self.block), self.block));
        let later = of_end(Ends::Later);
        let earlier = if region.is_whole() { later.clone() } else { of_end(Ends::Earlier) };
        let registration = self.accuracy.registration.as_ref();
        let gradient = registration.map_or([0.0; 8], |registration| self.gradient(region, registration));
        let mut extent = Extent::NONE;
        region.ends.values().for_each(|blocks| extent.join(blocks.extent()));
        Some(Prepared { ends: [later, earlier], gradient, extent })
    }

    /// Whether errors of two regions can be correlated by their nearness; never where errors were not estimated.
    pub(super) fn are_near(&self, a: &Prepared, b: &Prepared) -> bool {
        let Some(range_m) = self.range_m else { return false };
        let gap = |low: u32, high: u32| f64::from(low.saturating_sub(high));
        let (a, b) = (&a.extent, &b.extent);
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
        let blocks = region.of_end(end, self.block);
        let mut gradient = [0.0; 8];
        for ((row, col), sums) in blocks.iter().filter(|(_, sums)| sums.share != 0) {
            let share = in_units(sums.share);
            // The middle of the cells: what is linear in the place is exact.
            let middle =
                |block_at: u32, inside: i64| f64::from(block_at * blocks.side()) + in_units(inside) / share + 0.5;
            let (x, y) = self.grid.to_world(middle(*col, sums.places.1), middle(*row, sums.places.0));
            let (u, v) = (x - x0_m, y - y0_m);
            let terms = [
                // What is moved to the east is lower by its rise to the east.
                -in_units(sums.east),
                -in_units(sums.north),
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
