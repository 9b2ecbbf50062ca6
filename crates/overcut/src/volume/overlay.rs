//! Two surfaces and a region laid over each other: pieces of the plan on which both surfaces are plane.

use rayon::prelude::*;

use super::{
    convex::{AFTER, BEFORE, Vertex, area_m2, keep_inside},
    facet::{Extent, Facet, Facets},
    region::Region,
};

/// Facets of the earlier surface that are worked on together: a constant, so that sums do not depend on the number of threads.
const CHUNK: usize = 4096;

/// Shows every piece inside the region to `visit`, chunk by chunk of the earlier surface, and joins what the chunks gathered in
/// their order.
pub(crate) fn fold<T: Default + Send>(
    before: &dyn Facets,
    after: &dyn Facets,
    region: &Region,
    visit: impl Fn(&mut T, &[Vertex]) + Sync,
    join: impl Fn(&mut T, T),
) -> T {
    let mut near = Vec::new();
    before.near(&region.extent(), &mut near);
    let gathered: Vec<T> = near
        .par_chunks(CHUNK)
        .map(|numbers| {
            let mut gathered = T::default();
            let mut work = Work::default();
            for facet in numbers.iter().filter_map(|number| before.facet(*number)) {
                work.pieces(&facet, after, region, |piece| visit(&mut gathered, piece));
            }
            gathered
        })
        .collect();
    let mut all = T::default();
    gathered.into_iter().for_each(|part| join(&mut all, part));
    all
}

/// Room for the work, used again and again.
#[derive(Default)]
struct Work {
    regions: Vec<usize>,
    facets: Vec<usize>,
    spare: Vec<Vertex>,
    inside: Vec<Vertex>,
    piece: Vec<Vertex>,
}

impl Work {
    fn pieces(&mut self, facet: &Facet, after: &dyn Facets, region: &Region, mut visit: impl FnMut(&[Vertex])) {
        let plane = facet.plane();
        let whole = facet.corners.map(|[x, y, height]| [x, y, height, 0.0]);
        self.regions.clear();
        region.near(&facet.extent(), &mut self.regions);
        for number in 0..self.regions.len() {
            let triangle = region.triangles()[self.regions[number]];
            keep_inside(&whole, triangle, &mut self.spare, &mut self.inside);
            if self.inside.len() < 3 {
                continue;
            }
            let mut extent = Extent::NOTHING;
            self.inside.iter().for_each(|vertex| extent.reach(vertex[0], vertex[1]));
            self.facets.clear();
            after.near(&extent, &mut self.facets);
            for other in self.facets.iter().filter_map(|number| after.facet(*number)) {
                let corners = other.corners.map(|[x, y, _]| [x, y]);
                keep_inside(&self.inside, corners, &mut self.spare, &mut self.piece);
                if self.piece.len() < 3 || area_m2(&self.piece) <= 0.0 {
                    continue;
                }
                let later = other.plane();
                for vertex in &mut self.piece {
                    vertex[BEFORE] = plane.at(vertex[0], vertex[1]);
                    vertex[AFTER] = later.at(vertex[0], vertex[1]);
                }
                visit(&self.piece);
            }
        }
    }
}
