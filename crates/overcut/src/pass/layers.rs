//! Layers as rows of cells see them.

use super::{places::BoundRow, rows::RowBuffers, stack::Cutting};
use crate::{
    columns::{Even, Ground, Seam},
    faces::FaceMap,
    layers::PlaneOnGrid,
};

/// Roof or floor of a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    Level(f64),
    Plane(PlaneOnGrid),
    /// Position among the surfaces of a slab.
    Surface(usize),
}

/// A part of a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PartBounds {
    /// Number of the layer, from 1.
    pub(crate) layer: usize,
    pub(crate) floor: Bound,
    pub(crate) roof: Bound,
}

/// A part with its position among the polygons of parts, if it has one.
pub(crate) type ListedPart = (PartBounds, Option<u32>);

/// All layers, by the zones of the plan in which one and the same parts of them are valid.
#[derive(Debug, Default)]
pub(crate) struct LayerPlan {
    /// How many layers there are.
    pub(crate) count: usize,
    /// Parts by zone, in the order in which they were listed; zone 0 has those that are valid everywhere.
    by_zone: Vec<Vec<PartBounds>>,
}

impl LayerPlan {
    /// `parts` as they were listed; `zones` are the faces of their polygons.
    pub(crate) fn new(count: usize, parts: &[ListedPart], zones: Option<&FaceMap>) -> Self {
        let of_zone = |valid: &[u32]| -> Vec<PartBounds> {
            let here = |polygon: &Option<u32>| polygon.is_none_or(|polygon| valid.contains(&polygon));
            parts.iter().filter(|(_, polygon)| here(polygon)).map(|(part, _)| *part).collect()
        };
        let by_zone = match zones {
            None => vec![of_zone(&[])],
            Some(zones) => (0..).take(zones.face_count()).map(|zone| of_zone(zones.parts_of(zone))).collect(),
        };
        Self { count, by_zone }
    }

    #[inline]
    pub(crate) fn parts(&self, zone: u32) -> &[PartBounds] {
        self.by_zone.get(zone as usize).map_or(&[], Vec::as_slice)
    }
}

impl Bound {
    #[inline]
    pub(crate) fn ground(&self, buffers: &RowBuffers<'_>, row: usize, at: usize) -> Ground {
        match self {
            Self::Level(level) => Ground::level(*level),
            Self::Plane(plane) => plane.ground(row, buffers.col(at)),
            Self::Surface(surface) => buffers.ground(*surface, row as isize, at),
        }
    }

    /// The bound over the cells from position `from` to `to` of a row.
    pub(crate) fn along<'a>(&self, buffers: &'a RowBuffers<'_>, row: usize, from: usize, to: usize) -> BoundRow<'a> {
        let around = |surface: usize| buffers.around(surface, row as isize).map(|heights| &heights[from - 1..=to]);
        match self {
            Self::Level(level) => BoundRow::Even(Even::level(*level), buffers.col(from)),
            Self::Plane(plane) => BoundRow::Even(plane.along(row), buffers.col(from)),
            Self::Surface(surface) => BoundRow::Uneven(around(*surface)),
        }
    }

    /// The bound in the cells at some positions of a row; `grounds` is room for it.
    pub(crate) fn cutting<'a>(
        &self,
        buffers: &RowBuffers<'_>,
        row: usize,
        cells: &[usize],
        grounds: &'a mut Vec<Ground>,
    ) -> Cutting<'a> {
        match self {
            Self::Level(level) => Cutting::Even(Even::level(*level)),
            Self::Plane(plane) => Cutting::Even(plane.along(row)),
            Self::Surface(surface) => {
                grounds.clear();
                grounds.extend(cells.iter().map(|at| buffers.ground(*surface, row as isize, *at)));
                Cutting::Each(grounds)
            }
        }
    }
}

impl PartBounds {
    /// The part in a cell.
    pub(crate) fn seam(&self, buffers: &RowBuffers<'_>, row: usize, at: usize) -> Seam {
        let [floor, roof] = [self.floor, self.roof].map(|bound| bound.ground(buffers, row, at));
        Seam { layer: self.layer, floor, roof }
    }
}
