//! The error of a sum over many cells: `ΣΣ w_i w_j ρ(d_ij)`.
//!
//! Exactly, that is one product for each pair of cells. For large regions weights are summed by blocks of cells, and pairs of
//! blocks are multiplied with the correlation at the distance of their centroids, and with what the extent of blocks takes from it:
//! for full blocks that is the difference between the mean correlation of their cells and that of their middles, and for those
//! filled in part it is in proportion to the cells in them, as the spread of places in a square grows with its area. So the
//! sum is exact for full blocks, and nearly for others.

use std::{borrow::Cow, sync::OnceLock};

use super::{
    ErrorModel,
    blocks::{Block, Footprint},
};
use crate::grid::GridGeometry;

/// A footprint has at most about so many blocks when pairs of them are multiplied; finer ones are put together by four.
pub(crate) const MOST_BLOCKS: usize = 200;
/// No level of blocks is coarser than 2^24 times the finest.
const LEVELS: usize = 24;

/// A block as pairs of them are multiplied.
#[derive(Debug, Clone, Copy)]
struct Placed {
    block: Block,
    /// Row and column of the middle of its cells.
    middle: (f64, f64),
}

impl Placed {
    fn all(footprint: &Footprint) -> Vec<Self> {
        let middle = |block: &Block| (block.places.0 / block.cells, block.places.1 / block.cells);
        footprint.blocks.iter().map(|block| Self { block: *block, middle: middle(block) }).collect()
    }
}

/// Mean covariance of two full blocks by their offset, and what of it is due to their extent.
#[derive(Debug)]
struct Table {
    rows: usize,
    cols: usize,
    values: Vec<(f64, f64)>,
    /// Cells of a full block.
    full: f64,
}

impl Table {
    #[inline]
    fn mean(&self, row: usize, col: usize) -> f64 {
        if row < self.rows && col < self.cols { self.values[row * self.cols + col].0 } else { 0.0 }
    }

    #[inline]
    fn at(&self, row: usize, col: usize) -> f64 {
        if row < self.rows && col < self.cols { self.values[row * self.cols + col].1 } else { 0.0 }
    }
}

/// Mean correlations between blocks, at every level that is asked for.
#[derive(Debug)]
pub struct CorrelationTables {
    levels: [OnceLock<Table>; LEVELS],
    /// The same for every pair of cells, if the correlation does not fall within any grid.
    constant: Option<f64>,
    by_distance: ByDistance,
    cell_m: (f64, f64),
    block: usize,
}

/// Covariance by distance, looked up between values that stand close to each other.
#[derive(Debug)]
struct ByDistance {
    per_m: f64,
    values: Vec<f64>,
}

impl ByDistance {
    const STEPS: usize = 4096;

    fn new(model: &ErrorModel) -> Self {
        let reach_m = model.reach_m().max(f64::MIN_POSITIVE);
        let step_m = reach_m / Self::STEPS as f64;
        let mut values: Vec<f64> = (0..=Self::STEPS).map(|step| model.covariance(step as f64 * step_m)).collect();
        values.extend([0.0, 0.0]);
        Self { per_m: 1.0 / step_m, values }
    }

    /// From here on all values are 0.
    fn end_m(&self) -> f64 {
        (Self::STEPS + 1) as f64 / self.per_m
    }

    #[inline]
    fn at(&self, distance_m: f64) -> f64 {
        let at = (distance_m * self.per_m).min((Self::STEPS + 1) as f64);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the table")]
        let step = at as usize;
        let share = at - step as f64;
        self.values[step] + share * (self.values.get(step + 1).unwrap_or(&0.0) - self.values[step])
    }
}

impl CorrelationTables {
    /// Tables for blocks of `block` x `block` cells, and coarser ones. Only the structured part: the nugget belongs to single
    /// cells.
    pub fn new(model: &ErrorModel, grid: &GridGeometry, block: usize) -> Self {
        let extent_m = (grid.east() - grid.west).hypot(grid.north - grid.south());
        let constant = (model.variogram.structures.iter().all(|part| part.range_m > 1e3 * extent_m))
            .then(|| model.covariance(0.0));
        let cell_m = (grid.dx, grid.dy);
        let tables = Self {
            levels: [const { OnceLock::new() }; LEVELS],
            constant,
            by_distance: ByDistance::new(model),
            cell_m,
            block,
        };
        if constant.is_none() {
            tables.levels[0].get_or_init(|| finest(model, grid, block));
        }
        tables
    }

    fn level(&self, level: usize) -> &Table {
        if let Some(table) = self.levels[level].get() {
            return table;
        }
        let finer = self.level(level - 1);
        self.levels[level].get_or_init(|| {
            let side = (self.block << level) as f64;
            coarser(finer, |row, col| {
                self.by_distance.at((row * side * self.cell_m.1).hypot(col * side * self.cell_m.0))
            })
        })
    }

    /// The footprint with few enough blocks to be multiplied with others.
    #[must_use]
    pub fn coarsened(&self, footprint: &Footprint) -> Footprint {
        few(footprint).into_owned()
    }

    /// `ΣΣ a_i b_j ρ_ij` over two regions, without the nugget.
    pub fn quadratic(&self, a: &Footprint, b: &Footprint) -> f64 {
        if let Some(constant) = self.constant {
            let sum = |footprint: &Footprint| footprint.blocks.iter().map(|block| block.weight).sum::<f64>();
            return constant * sum(a) * sum(b);
        }
        if a == b {
            let few = few(a);
            let (table, near, blocks) = (self.level(few.level), self.near(few.level), Placed::all(&few));
            let pair = |(i, first): (usize, &Placed)| {
                let others: f64 = near.of(first, &blocks[i + 1..]).map(|other| self.product(table, first, other)).sum();
                self.product(table, first, first) + 2.0 * others
            };
            return blocks.iter().enumerate().map(pair).sum();
        }
        let (a, b) = (few(a), few(b));
        let level = a.level.max(b.level);
        let (table, near) = (self.level(level), self.near(level));
        let (a, b) = (Placed::all(&a.at_level(level)), Placed::all(&b.at_level(level)));
        let pairs = |first: &Placed| near.of(first, &b).map(|other| self.product(table, first, other)).sum::<f64>();
        a.iter().map(pairs).sum()
    }

    /// How far apart blocks of a level can be and still go together.
    fn near(&self, level: usize) -> Near {
        let (table, side) = (self.level(level), (self.block << level) as f64);
        // Middles of cells lie less than a block nearer to each other than their blocks do.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts saturate")]
        let blocks = |cell_m: f64| (self.by_distance.end_m() / (side * cell_m)).ceil() as u32 + 2;
        let at_least = |blocks: u32, table: usize| blocks.max(u32::try_from(table).unwrap_or(u32::MAX));
        Near { rows: at_least(blocks(self.cell_m.1), table.rows), cols: at_least(blocks(self.cell_m.0), table.cols) }
    }

    #[inline]
    fn product(&self, table: &Table, Placed { block: a, middle: here }: &Placed, other: &Placed) -> f64 {
        let Placed { block: b, middle: there } = other;
        let by_extent = table.at(a.row.abs_diff(b.row) as usize, a.col.abs_diff(b.col) as usize);
        let filled = (0.5 * (a.cells + b.cells) / table.full).min(1.0);
        let south_m = (here.0 - there.0) * self.cell_m.1;
        let east_m = (here.1 - there.1) * self.cell_m.0;
        let between = self.by_distance.at((south_m * south_m + east_m * east_m).sqrt());
        a.weight * b.weight * (between + filled * by_extent)
    }
}

/// Offsets of blocks beyond which every product is 0: most pairs of a large region are that far apart.
#[derive(Debug, Clone, Copy)]
struct Near {
    rows: u32,
    cols: u32,
}

impl Near {
    /// Those of some blocks, ascending, that are near to one.
    #[inline]
    fn of<'a>(self, first: &Placed, blocks: &'a [Placed]) -> impl Iterator<Item = &'a Placed> {
        let Block { row, col, .. } = first.block;
        let start = blocks.partition_point(|other| other.block.row.saturating_add(self.rows) < row);
        blocks[start..]
            .iter()
            .take_while(move |other| other.block.row <= row.saturating_add(self.rows))
            .filter(move |other| other.block.col.abs_diff(col) <= self.cols)
    }
}

/// Few enough blocks to be multiplied.
fn few(footprint: &Footprint) -> Cow<'_, Footprint> {
    footprint.halved_while(|found| found.blocks.len() > MOST_BLOCKS && found.level + 1 < LEVELS)
}

/// The mean over all pairs of cells: pairs that lie (du, dv) cells further apart than their blocks are `(b - |du|)(b - |dv|)`.
fn finest(model: &ErrorModel, grid: &GridGeometry, block: usize) -> Table {
    let reach_m = model.reach_m();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of blocks")]
    let count = |cell_m: f64, cells: usize| {
        let most = cells.div_ceil(block) + 1;
        ((reach_m / (cell_m * block as f64)).ceil() as usize + 2).min(most)
    };
    let (rows, cols) = (count(grid.dy, grid.shape.rows), count(grid.dx, grid.shape.cols));
    let side = block as isize;
    let mut values = Vec::with_capacity(rows * cols);
    for row in 0..rows as isize {
        for col in 0..cols as isize {
            let mut sum = 0.0;
            for du in 1 - side..side {
                for dv in 1 - side..side {
                    let pairs = ((side - du.abs()) * (side - dv.abs())) as f64;
                    let south = (row * side + du) as f64 * grid.dy;
                    let east = (col * side + dv) as f64 * grid.dx;
                    sum += pairs * model.covariance(south.hypot(east));
                }
            }
            let middle = ((row * side) as f64 * grid.dy).hypot((col * side) as f64 * grid.dx);
            let mean = sum / (block as f64).powi(4);
            values.push((mean, mean - model.covariance(middle)));
        }
    }
    Table { rows, cols, values, full: (block * block) as f64 }
}

/// Blocks of 2 x 2 blocks: the mean over the sixteen pairs; and the correlation of their middles by their offset.
fn coarser(finer: &Table, middle: impl Fn(f64, f64) -> f64) -> Table {
    let (rows, cols) = (finer.rows.div_ceil(2) + 1, finer.cols.div_ceil(2) + 1);
    let mut values = Vec::with_capacity(rows * cols);
    for row in 0..rows as isize {
        for col in 0..cols as isize {
            let mut sum = 0.0;
            for (du, row_pairs) in [(-1, 1.0), (0, 2.0), (1, 1.0)] {
                for (dv, col_pairs) in [(-1, 1.0), (0, 2.0), (1, 1.0)] {
                    sum += row_pairs
                        * col_pairs
                        * finer.mean((2 * row + du).unsigned_abs(), (2 * col + dv).unsigned_abs());
                }
            }
            values.push((sum / 16.0, sum / 16.0 - middle(row as f64, col as f64)));
        }
    }
    Table { rows, cols, values, full: 4.0 * finer.full }
}

/// Rows and columns of the finest blocks in which footprints are kept: a third of the shortest range, so that where in a block a
/// cell lies hardly matters.
pub fn block_size(model: &ErrorModel, grid: &GridGeometry) -> usize {
    let shortest_m = model.variogram.structures.iter().map(|part| part.range_m).fold(f64::INFINITY, f64::min);
    let cells = shortest_m / (3.0 * grid.dx.max(grid.dy));
    [32_u8, 16, 8, 4, 2].iter().find(|block| f64::from(**block) <= cells).map_or(1, |block| usize::from(*block))
}

/// The exact sum over pairs of cells, with the nugget: rows, columns and weights. For regions of up to some thousand cells.
pub fn exact_quadratic(cells: &[(u32, u32, f64)], model: &ErrorModel, grid: &GridGeometry) -> f64 {
    let pair = |a: &(u32, u32, f64), b: &(u32, u32, f64)| {
        let south = f64::from(a.0.abs_diff(b.0)) * grid.dy;
        let east = f64::from(a.1.abs_diff(b.1)) * grid.dx;
        a.2 * b.2 * model.covariance(south.hypot(east))
    };
    let correlated: f64 = cells.iter().map(|a| cells.iter().map(|b| pair(a, b)).sum::<f64>()).sum();
    correlated + model.variogram.nugget * cells.iter().map(|(.., weight)| weight * weight).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        grid::GridShape,
        uncertainty::{Structure, StructureKind},
    };

    fn grid(cell_m: f64) -> GridGeometry {
        GridGeometry::new(0.0, 0.0, cell_m, cell_m, GridShape { rows: 2000, cols: 2000 }).unwrap()
    }

    fn model(nugget: f64, parts: &[(StructureKind, f64, f64)]) -> ErrorModel {
        let mut model = ErrorModel::stated(1.0);
        model.variogram.nugget = nugget;
        model.variogram.structures = parts
            .iter()
            .map(|(kind, sill, range_m)| Structure { kind: *kind, sill: *sill, range_m: *range_m })
            .collect();
        model
    }

    fn by_blocks(cells: &[(u32, u32, f64)], model: &ErrorModel, grid: &GridGeometry) -> f64 {
        let side = block_size(model, grid);
        let block = u32::try_from(side).unwrap();
        let mut blocks = std::collections::BTreeMap::<(u32, u32), [f64; 4]>::new();
        for (row, col, weight) in cells {
            let sums = blocks.entry((row / block, col / block)).or_default();
            let more = [*weight, 1.0, f64::from(*row), f64::from(*col)];
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
        let block = |((row, col), [weight, cells, rows, cols]): ((u32, u32), [f64; 4])| Block {
            row,
            col,
            weight,
            cells,
            places: (rows, cols),
        };
        let footprint = Footprint::new(0, blocks.into_iter().map(block).collect());
        let tables = CorrelationTables::new(model, grid, side);
        tables.quadratic(&footprint, &footprint)
            + model.variogram.nugget * cells.iter().map(|(.., weight)| weight * weight).sum::<f64>()
    }

    fn shape(inside: impl Fn(f64, f64) -> bool) -> Vec<(u32, u32, f64)> {
        let cells = (0..140_u32).flat_map(|row| (0..140_u32).map(move |col| (row, col)));
        cells
            .filter(|(row, col)| inside(f64::from(*row), f64::from(*col)))
            .map(|(row, col)| (row + 501, col + 307, 0.1))
            .collect()
    }

    #[test]
    fn blocks_agree_with_single_cells_for_all_kinds_of_shapes_and_correlations() {
        use StructureKind::{Exponential, Gaussian, Spherical};
        let shapes = [
            shape(|y, x| (y - 40.0).hypot(x - 40.0) < 30.0),
            shape(|y, x| (y - 20.0).hypot(x - 20.0) < 4.0),
            shape(|y, x| (y - 0.3 * x - 10.0).abs() < 2.0),
            shape(|y, x| y < 50.0 && x < 12.0 || y < 12.0 && x < 50.0),
        ];
        let scattered = shape(|y, x| (y * 7.0 + x * 13.0) % 31.0 < 1.0 && y < 70.0);
        let grid = grid(1.0);
        let models = [
            model(0.5, &[(Gaussian, 0.5, 15.0)]),
            model(0.2, &[(Exponential, 0.4, 6.0), (Spherical, 0.4, 60.0)]),
            model(0.0, &[(Spherical, 1.0, 100.0)]),
            model(0.1, &[(Gaussian, 0.9, 3.0)]),
            model(0.1, &[(Gaussian, 0.9, 30.0)]),
        ];
        let mut worst: f64 = 0.0;
        for model in &models {
            for cells in &shapes {
                let ratio = (by_blocks(cells, model, &grid) / exact_quadratic(cells, model, &grid)).sqrt();
                worst = worst.max((ratio - 1.0).abs());
            }
            // Scattered cells fill their blocks worst: their error is never taken for too small.
            let ratio = (by_blocks(&scattered, model, &grid) / exact_quadratic(&scattered, model, &grid)).sqrt();
            assert!((0.97..1.4).contains(&ratio), "{ratio}");
        }
        assert!(worst < 0.03, "{worst}");
    }

    #[test]
    fn a_hectare_has_the_error_that_other_programs_and_closed_forms_give() {
        // 50 x 50 cells of 2 m, 1 m each: independent 200 m³, fully correlated 10,000 m³, spherical over 100 m 5,813 m³.
        let grid = grid(2.0);
        let cells: Vec<(u32, u32, f64)> = (0..50).flat_map(|row| (0..50).map(move |col| (row, col, 1.0))).collect();
        let error_m3 = |model: &ErrorModel| by_blocks(&cells, model, &grid).sqrt() * 4.0;
        assert!((error_m3(&model(1.0, &[])) - 200.0).abs() < 1e-6);
        assert!((error_m3(&ErrorModel::stated(1.0)) - 10_000.0).abs() < 1e-6);
        // The mean of the spherical model over a square as wide as its range is 0.3379 (by adaptive quadrature).
        let spherical = model(0.0, &[(StructureKind::Spherical, 1.0, 100.0)]);
        assert!((error_m3(&spherical) - 0.3379_f64.sqrt() * 10_000.0).abs() < 60.0, "{}", error_m3(&spherical));
    }

    #[test]
    fn a_large_disc_has_the_error_of_rolstad_haug_and_denby() {
        // σ² (a / A) / 5 x π a²: for an area A much larger than the range a (2009, eq. 8), here 40 m and a disc of 300 m.
        let (range_m, radius) = (40.0, 300.0);
        let model = model(0.0, &[(StructureKind::Spherical, 1.0, range_m)]);
        let cells: Vec<(u32, u32, f64)> = (0..601_u32)
            .flat_map(|row| (0..601_u32).map(move |col| (row, col, 1.0)))
            .filter(|(row, col, _)| (f64::from(*row) - 300.0).hypot(f64::from(*col) - 300.0) < radius)
            .collect();
        let area = cells.len() as f64;
        let mean_variance = by_blocks(&cells, &model, &grid(1.0)) / (area * area);
        let expected = std::f64::consts::PI * range_m * range_m / (5.0 * area);
        assert!((mean_variance / expected - 1.0).abs() < 0.1, "{mean_variance} against {expected}");
    }

    #[test]
    fn neighbours_share_errors_and_far_regions_do_not() {
        let (model, grid) = (model(0.3, &[(StructureKind::Spherical, 0.7, 50.0)]), grid(1.0));
        let tables = CorrelationTables::new(&model, &grid, 8);
        let full = |row: u32, col: u32| {
            let places = (64.0 * (8.0 * f64::from(row) + 3.5), 64.0 * (8.0 * f64::from(col) + 3.5));
            Block { row, col, weight: 64.0, cells: 64.0, places }
        };
        let square =
            |row: u32, col: u32| Footprint::new(0, (0..16).map(|at| full(row + at / 4, col + at % 4)).collect());
        let (a, beside, far) = (square(0, 0), square(0, 4), square(100, 0));
        assert!(tables.quadratic(&a, &beside) > 0.1 * tables.quadratic(&a, &a));
        assert_eq!(tables.quadratic(&a, &far), 0.0);
        // var(a + b) = var(a) + var(b) + 2 cov(a, b)
        let both = Footprint::new(0, (0..32).map(|at| full(at / 8, at % 8)).collect());
        let sum = 2.0 * tables.quadratic(&a, &a) + 2.0 * tables.quadratic(&a, &beside);
        assert!((tables.quadratic(&both, &both) / sum - 1.0).abs() < 1e-9);
    }

    proptest::proptest! {
        /// Blocks too far apart are passed over: every pair of them multiplied gives the same to the bit.
        #[test]
        fn what_is_passed_over_is_nothing(
            one in proptest::collection::btree_map((0..60_u32, 0..60_u32), 0.1..5.0_f64, 1..90),
            other in proptest::collection::btree_map((0..60_u32, 0..60_u32), 0.1..5.0_f64, 1..90),
            range_m in 1.0..40.0_f64,
        ) {
            let model = model(0.2, &[(StructureKind::Exponential, 0.5, range_m), (StructureKind::Spherical, 0.3, 2.0)]);
            let tables = CorrelationTables::new(&model, &grid(1.0), 2);
            let footprint = |weights: &std::collections::BTreeMap<(u32, u32), f64>| {
                let places = |row: u32, col: u32| (4.0 * f64::from(2 * row) + 2.0, 4.0 * f64::from(2 * col) + 2.0);
                let block = |((row, col), weight): (&(u32, u32), &f64)| {
                    Block { row: *row, col: *col, weight: *weight, cells: 4.0, places: places(*row, *col) }
                };
                Footprint::new(0, weights.iter().map(block).collect())
            };
            let (a, b) = (footprint(&one), footprint(&other));
            let (these, those) = (Placed::all(&a), Placed::all(&b));
            let of_one = |one: &Placed| {
                those.iter().map(|other| tables.product(tables.level(0), one, other)).sum::<f64>()
            };
            if a != b {
                proptest::prop_assert_eq!(tables.quadratic(&a, &b), these.iter().map(of_one).sum::<f64>());
            }
        }
    }
}
