//! Ground that two licences cover: lawful where their bands are apart, otherwise to be looked at.

use geo::{Area as _, BooleanOps as _, BoundingRect as _};
use overcut::{Band, Licence};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};

use super::{super::Finding, area::ellipsoidal_m2, part_place};
use crate::{crs::ToEllipsoid, error::Result};

/// Overlaps up to this size are the rounding of a shared boundary, m².
const SLIVER_M2: f64 = 1.0;

/// Compares the parts of sound licences with each other, those of one licence too.
pub(super) fn check(
    licences: &[Licence],
    sound: &[usize],
    to: Option<&ToEllipsoid>,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let parts: Vec<(usize, usize)> = sound
        .iter()
        .flat_map(|licence| (0..licences[*licence].parts.len()).map(move |part| (*licence, part)))
        .collect();
    let part = |at: usize| &licences[parts[at].0].parts[parts[at].1];
    let boxes = (0..parts.len()).filter_map(|at| {
        let bounds = part(at).polygon.bounding_rect()?;
        let corners = AABB::from_corners([bounds.min().x, bounds.min().y], [bounds.max().x, bounds.max().y]);
        Some(GeomWithData::new(Rectangle::from_aabb(corners), at))
    });
    let tree = RTree::bulk_load(boxes.collect::<Vec<_>>());
    let mut pairs: Vec<(usize, usize)> = tree
        .intersection_candidates_with_other_tree(&tree)
        .map(|(a, b)| (a.data, b.data))
        .filter(|(a, b)| a < b)
        .collect();
    pairs.sort_unstable();
    for (a, b) in pairs {
        let common = part(a).polygon.intersection(&part(b).polygon);
        let mut area_m2 = 0.0;
        for polygon in &common {
            area_m2 += match to {
                Some(to) => ellipsoidal_m2(polygon, to)?,
                None => polygon.unsigned_area(),
            };
        }
        if area_m2 <= SLIVER_M2 {
            continue;
        }
        let ((licence_a, part_a), (licence_b, part_b)) = (parts[a], parts[b]);
        let place = part_place(&licences[licence_a], part_a);
        let other = &licences[licence_b];
        let other_part = if other.parts.len() > 1 { format!(" ({})", part_b + 1) } else { String::new() };
        let finding = if apart(part(a).band, part(b).band) {
            Finding::info("overlap_bands_apart", place)
        } else {
            Finding::warning("overlap", place)
        };
        findings
            .push(finding.with("other", format!("{}{other_part}", other.id)).with("area_m2", format!("{area_m2:.1}")));
    }
    Ok(())
}

fn apart(a: Option<Band>, b: Option<Band>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a.ceiling_m <= b.floor_m || b.ceiling_m <= a.floor_m)
}
