//! Whether heights can be counted from what is declared: ground beside its bands, surveys beside each other, by as much as
//! ellipsoidal and normal heights differ.

use geo::{BoundingRect, Intersects, Point};

use super::Assessment;
use crate::{
    Licence, Window,
    error::Result,
    surface::{Surface, SurfaceReader},
};

/// Rows and columns of places at which the ground of a licence is looked at.
const PLACES: usize = 12;
/// Licences that are looked at, so that a county of them costs no second reading of the surface.
const MOST_LICENCES: usize = 50;
/// Places needed for a judgement.
const LEAST_PLACES: usize = 20;
/// Height anomalies reach from a few metres to 107 m (EGM2008, worldwide).
const ANOMALY_M: std::ops::RangeInclusive<f64> = 5.0..=110.0;
/// Surveys of one ground, in one system, do not lie farther apart, metres.
const MOST_OFFSET_M: f64 = 5.0;

/// Sentences on heights that are declared to be of one datum and do not look like it; empty if they do.
///
/// `first` is the earliest surface, before anything was dug in the intervals; it is read at a few places of each licence.
///
/// # Errors
/// Whatever reading finds.
pub fn height_findings(first: &dyn Surface, licences: &[Licence]) -> Result<Vec<String>> {
    let mut reader = first.open()?;
    let (mut judged, mut under, mut over) = (0, Vec::new(), Vec::new());
    for licence in licences.iter().take(MOST_LICENCES) {
        let bands: Vec<_> = licence.parts.iter().filter_map(|part| part.band).collect();
        if bands.is_empty() {
            continue;
        }
        let mut heights = ground(first, reader.as_mut(), licence)?;
        if heights.len() < LEAST_PLACES {
            continue;
        }
        heights.sort_by(f64::total_cmp);
        judged += 1;
        let (low, high) = (heights[heights.len() / 10], heights[heights.len() - 1 - heights.len() / 10]);
        let floor = bands.iter().map(|band| band.floor_m).fold(f64::INFINITY, f64::min);
        let ceiling = bands.iter().map(|band| band.ceiling_m).fold(f64::NEG_INFINITY, f64::max);
        if ANOMALY_M.contains(&(floor - high)) {
            under.push(floor - high);
        } else if ANOMALY_M.contains(&(low - ceiling)) {
            over.push(low - ceiling);
        }
    }
    let info = first.info();
    let say = |found: &[f64], where_: &str, what: &str| {
        let (low, high) = found.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(*v), h.max(*v)));
        format!(
            "the ground of {} of {judged} licences with elevations lies {where_} all of their bands on {}, by {low:.1} to \
             {high:.1} m: {what} Check that its heights are really of `{}`: ellipsoidal and normal heights differ by as much",
            found.len(),
            info.name,
            info.vertical_datum
        )
    };
    let mut findings = Vec::new();
    if !under.is_empty() {
        findings.push(say(&under, "under", "there would be nothing to dig."));
    }
    // Underground mines have ground over their bands; all licences together seldom have.
    if over.len() == judged && !over.is_empty() {
        findings.push(say(&over, "over", "so it is with underground mines, but not with quarries."));
    }
    Ok(findings)
}

/// Heights at places spread over the polygons of a licence.
fn ground(surface: &dyn Surface, reader: &mut dyn SurfaceReader, licence: &Licence) -> Result<Vec<f64>> {
    let grid = surface.grid();
    let mut heights = Vec::new();
    for part in &licence.parts {
        let Some(extent) = part.polygon.bounding_rect() else { continue };
        let share = |step: usize| (step as f64 + 0.5) / PLACES as f64;
        for row in 0..PLACES {
            let y = extent.min().y + share(row) * extent.height();
            let inside = |column: &usize| {
                let x = extent.min().x + share(*column) * extent.width();
                part.polygon.intersects(&Point::new(x, y)).then_some(x)
            };
            let places = (0..PLACES).filter_map(|column| inside(&column)).map(|x| grid.to_cells(x, y));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the grid")]
            let cells: Vec<(usize, usize)> = places
                .filter(|(col, row)| {
                    (0.0..grid.shape.cols as f64).contains(col) && (0.0..grid.shape.rows as f64).contains(row)
                })
                .map(|(col, row)| (row as usize, col as usize))
                .collect();
            let (Some((row, first)), Some((_, last))) = (cells.first(), cells.last()) else { continue };
            let window = Window::from_ranges(*row..row + 1, *first..last + 1);
            let read = reader.read(window)?;
            for (_, col) in &cells {
                let mut height = [0.0];
                read.widen(col - first, &mut height);
                heights.extend(height.into_iter().filter(|height| height.is_finite()));
            }
            reader.recycle(read);
        }
    }
    Ok(heights)
}

/// Sentences on surveys that registration found farther apart in height than surveys of one system are.
pub fn offset_findings(assessment: &Assessment) -> Vec<String> {
    let name = |index: usize| &assessment.surfaces[index].info.name;
    let offset = |interval: &super::Interval| {
        let up_m = interval.accuracy.registration.as_ref()?.found.up_m;
        (up_m.abs() > MOST_OFFSET_M).then(|| {
            format!(
                "{} lies {:.1} m {} {} on stable ground: surveys in one system do not; check the vertical datum of both, since \
                 ellipsoidal and normal heights differ by as much, and elevations are tested against the one that was not moved",
                name(interval.later),
                up_m.abs(),
                if up_m < 0.0 { "over" } else { "under" },
                name(interval.earlier)
            )
        })
    };
    assessment.intervals.iter().filter_map(offset).collect()
}
