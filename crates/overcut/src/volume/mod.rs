//! Volumes that do not come from cells: a second and a third opinion on what the pass has summed.
//!
//! The pass sums cells ([`crate::pass`]; [`cells`] asks it about any region). Here the same two surfaces are seen as triangles, and what lies between them is found
//! - by exact prisms over the overlay of both triangulations ([`prisms`]),
//! - by parallel vertical sections ([`sections`]) and by level sections ([`benches`]), with the pair formulas of the reserve
//!   standards ([`Formula`]).
//!
//! A surface is a set of triangles ([`Facets`]): between the centres of cells ([`Lattice`]), or between survey points with their
//! breaklines ([`Tin`]). Coordinates are counted from a local origin that all parts of one question share.

mod boxes;
mod cells;
mod convex;
mod facet;
mod formulas;
mod ground;
mod lattice;
mod leave_out;
mod overlay;
mod prisms;
mod profile;
mod region;
mod sections;
mod series;
mod tin;

pub use cells::{CellVolume, cells};
pub use facet::{Corner, Extent, Facet, Facets};
pub use formulas::{Formula, SWITCH, cone_m3, end_area_m3, frustum_m3, oblique_wedge_m3, prismoid_m3, wedge_m3};
pub use ground::{corrected_heights, corrections, grid_of, moved, window_of};
pub use lattice::Lattice;
pub use leave_out::{LeftOut, leave_out};
pub use prisms::{PrismVolume, prisms};
pub use profile::{Line, Stretch, areas_along, stretches};
pub use region::Region;
pub use sections::{BenchVolume, Level, Section, SectionOptions, SectionVolume, benches, sections};
pub use series::{SectionPair, SeriesVolume};
pub use tin::{Tin, TinOptions, TinSummary};
