//! Checks of licences against themselves, each other and what their document states.
//!
//! | file | what |
//! |---|---|
//! | [`area`] | area on the ellipsoid and in plan, against the area stated |
//! | `shape` | crossings, spikes, corners that repeat or lie close together, direction of rings |
//! | `overlap` | ground that two licences cover |
//! | `document` | licence number, band, validity, vertical datum |
//! | [`distance`] | a licence far from the surfaces, and the zone that would bring it there |

pub mod area;
pub mod distance;
mod document;
mod overlap;
mod shape;

use jiff::civil::Date;

use super::{Finding, LicencesRead, Place};
use crate::{crs::ToEllipsoid, error::Result};

/// What the checks may be told.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckOptions {
    /// A day on which the licences should be in force.
    pub on: Option<Date>,
}

/// Checks licences in the CRS in which they were read; worst first within each licence, licences in their order.
///
/// # Errors
/// If the CRS cannot be brought to its ellipsoid. Whatever is wrong with a licence is a finding, not an error.
pub fn check(read: &LicencesRead, options: &CheckOptions) -> Result<Vec<Finding>> {
    let ellipsoid = ToEllipsoid::of(&read.crs)?;
    let mut findings = Vec::new();
    let mut sound = Vec::new();
    for (index, licence) in read.licences.iter().enumerate() {
        let from = findings.len();
        let faultless = shape::check(licence, ellipsoid.as_ref().is_some_and(|to| to.is_geographic), &mut findings);
        document::check(licence, options.on, &mut findings);
        if faultless {
            let areas: Vec<_> = read.areas.iter().filter(|area| area.licence == index).collect();
            area::check(licence, &areas, ellipsoid.as_ref(), &mut findings)?;
            sound.push(index);
        }
        findings[from..].sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    }
    overlap::check(&read.licences, &sound, ellipsoid.as_ref(), &mut findings)?;
    Ok(findings)
}

/// Place of a part; not named where a licence has one only.
fn part_place(licence: &overcut::Licence, part: usize) -> Place {
    Place { part: (licence.parts.len() > 1).then_some(part + 1), ..Place::licence(&licence.id.0) }
}
