//! Triangles against triangles: the volume between two surfaces as a sum of exact prisms.

use serde::{Deserialize, Serialize};

use super::{
    convex::{AFTER, BEFORE, Vertex, area_m2, integral, integral_between, void},
    facet::Facets,
    overlay,
    region::Region,
};
use crate::licence::Band;

/// What lies between two surfaces inside a region.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
pub struct PrismVolume {
    /// Removed, m³.
    pub cut_m3: f64,
    /// Added, m³.
    pub fill_m3: f64,
    /// Plan area where something was removed, m².
    pub cut_area_m2: f64,
    /// Plan area where something was added, m².
    pub fill_area_m2: f64,
    /// Plan area on which both surfaces exist, m².
    pub compared_area_m2: f64,
    /// Plan area of the region, m².
    pub region_area_m2: f64,
    /// Number of pieces on which both surfaces are plane.
    pub pieces: u64,
}

/// Volume between two surfaces inside a region, and within a band of elevations where one is given.
///
/// Both surfaces and the region are laid over each other; on each piece of the overlay both are plane. A piece in which they cross
/// is parted along the line where they do, so `cut` and `fill` never cancel. Under a band, ground counts from the floor up to the
/// ceiling only, and pieces are parted along these levels. There is no error of method: what is summed is the integral of the two
/// surfaces as they are.
///
/// # Units
/// Heights m, areas m², volumes m³.
///
/// # Properties
/// Swapping the surfaces swaps cut and fill. Regions without common ground add up, and so do bands that meet. The result has the
/// same bits for any number of threads.
///
/// # Examples
/// ```
/// use geo::polygon;
/// use overcut::volume::{Region, Tin, TinOptions, prisms};
///
/// let corners = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];
/// let flat = |height: f64| corners.map(|[x, y]| [x, y, height]);
/// let tin = |height| Tin::new(&flat(height), &[], [0.0, 0.0], &TinOptions::default());
/// let square = polygon![(x: 2.0, y: 2.0), (x: 7.0, y: 2.0), (x: 7.0, y: 6.0), (x: 2.0, y: 6.0)];
/// let region = Region::new(&square.into(), [0.0, 0.0])?;
/// let found = prisms(&tin(100.0)?, &tin(98.0)?, &region, None);
/// assert!((found.cut_m3 - 40.0).abs() < 1e-12);
/// # Ok::<(), overcut::Error>(())
/// ```
pub fn prisms(before: &dyn Facets, after: &dyn Facets, region: &Region, band: Option<Band>) -> PrismVolume {
    let found = overlay::fold(
        before,
        after,
        region,
        |sums: &mut Sums, piece| sums.add(piece, band),
        |all, part| {
            let (a, b) = (&mut all.volume, part.volume);
            a.cut_m3 += b.cut_m3;
            a.fill_m3 += b.fill_m3;
            a.cut_area_m2 += b.cut_area_m2;
            a.fill_area_m2 += b.fill_area_m2;
            a.compared_area_m2 += b.compared_area_m2;
            a.pieces += b.pieces;
        },
    );
    PrismVolume { region_area_m2: region.area_m2(), ..found.volume }
}

#[derive(Default)]
struct Sums {
    volume: PrismVolume,
    part: Vec<Vertex>,
    spare: Vec<Vertex>,
}

impl Sums {
    fn add(&mut self, piece: &[Vertex], band: Option<Band>) {
        self.volume.compared_area_m2 += area_m2(piece);
        self.volume.pieces += 1;
        let (cut, cut_area) = self.between(piece, BEFORE, AFTER, band);
        let (fill, fill_area) = self.between(piece, AFTER, BEFORE, band);
        self.volume.cut_m3 += cut;
        self.volume.cut_area_m2 += cut_area;
        self.volume.fill_m3 += fill;
        self.volume.fill_area_m2 += fill_area;
    }

    /// Volume and area of what lies between the upper and the lower surface.
    fn between(&mut self, piece: &[Vertex], upper: usize, lower: usize, band: Option<Band>) -> (f64, f64) {
        void(piece, (upper, lower), band, &mut self.part, &mut self.spare);
        let volume = match band {
            None => integral(&self.part, |vertex| vertex[upper] - vertex[lower]),
            Some(Band { floor_m, ceiling_m }) => {
                let limits = (floor_m, ceiling_m);
                integral_between(&self.part, upper, limits, &mut self.spare)
                    - integral_between(&self.part, lower, limits, &mut self.spare)
            }
        };
        (volume.max(0.0), area_m2(&self.part))
    }
}
