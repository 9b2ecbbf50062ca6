//! Which triangles of a set lie near a place: a packed tree of their extents.

use rstar::{AABB, RTree, RTreeObject};

use super::facet::Extent;

#[derive(Debug, Clone)]
struct Boxed {
    number: usize,
    envelope: AABB<[f64; 2]>,
}

impl RTreeObject for Boxed {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

/// Extents of numbered things.
#[derive(Debug, Clone)]
pub(crate) struct Boxes {
    tree: RTree<Boxed>,
}

impl Boxes {
    pub(crate) fn new(extents: impl Iterator<Item = Extent>) -> Self {
        let boxed = extents.enumerate().map(|(number, extent)| Boxed { number, envelope: envelope(&extent) }).collect();
        Self { tree: RTree::bulk_load(boxed) }
    }

    /// Adds the numbers of those that meet an extent, ascending.
    pub(crate) fn near(&self, extent: &Extent, into: &mut Vec<usize>) {
        let start = into.len();
        into.extend(self.tree.locate_in_envelope_intersecting(&envelope(extent)).map(|boxed| boxed.number));
        into[start..].sort_unstable();
    }
}

fn envelope(extent: &Extent) -> AABB<[f64; 2]> {
    AABB::from_corners([extent.west, extent.south], [extent.east, extent.north])
}
