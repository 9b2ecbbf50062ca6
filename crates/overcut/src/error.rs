//! What can go wrong, as data: every variant names the thing, what was found and expected, and the way out.

use jiff::civil::Date;

use crate::{dem::VerticalDatum, licence::LicenceId};

/// The result of a core operation.
pub type Result<T> = std::result::Result<T, Error>;

/// A foreign error behind one of ours.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Errors of the core.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A grid that cannot be.
    #[error("invalid grid ({found}): {why}")]
    InvalidGrid {
        /// What was given.
        found: String,
        /// Why it is refused.
        why: String,
    },
    /// Two surfaces are not on one grid.
    #[error(
        "surfaces are on different grids: {first} has {first_grid}; {second} has {second_grid}; bring them onto one grid first"
    )]
    GridMismatch {
        /// The surface that sets the grid.
        first: String,
        /// Its grid.
        first_grid: String,
        /// The other surface.
        second: String,
        /// Its grid.
        second_grid: String,
    },
    /// Fewer than two surfaces.
    #[error("{found} surface(s) given; a change needs at least two, with different dates")]
    TooFewSurfaces {
        /// How many were given.
        found: usize,
    },
    /// Dates of surfaces are equal or fall.
    #[error(
        "surface {later} ({later_date}) does not come after {earlier} ({earlier_date}); give surfaces in the order of their survey dates, each later than the one before"
    )]
    DatesOutOfOrder {
        /// The surface listed first.
        earlier: String,
        /// Its date.
        earlier_date: Date,
        /// The surface listed next.
        later: String,
        /// Its date.
        later_date: Date,
    },
    /// Neither an error of the heights nor a level of detection is known.
    #[error(
        "surface {surface} states no error; give its standard deviation as `sigma_m`, or a level of detection for all as `lod_m`"
    )]
    ErrorNotStated {
        /// The surface without one.
        surface: String,
    },
    /// A number that makes no sense.
    #[error("{name} is {found}; expected {expected}")]
    InvalidParameter {
        /// The parameter.
        name: String,
        /// What was given.
        found: String,
        /// What is allowed.
        expected: String,
    },
    /// A region that cannot be asked about.
    #[error("the region cannot be used: {why}")]
    InvalidRegion {
        /// What is wrong and how to mend it.
        why: String,
    },
    /// Survey points that make no surface.
    #[error("the points make no surface ({found}): {why}")]
    InvalidPoints {
        /// What was given.
        found: String,
        /// What is needed.
        why: String,
    },
    /// No cell has a height in all surfaces of an interval.
    #[error("no cell has a height in both {earlier} and {later}: the surfaces do not overlap, or all of it is nodata")]
    NoCommonCells {
        /// Earlier surface.
        earlier: String,
        /// Later surface.
        later: String,
    },
    /// Heights cannot be compared with a band.
    #[error(
        "{what} has vertical datum `{found}`, {other} has `{other_found}`: elevation classes need one declared datum for all surfaces and bands; state it (`vertical_datum`), or ask for plan classes only"
    )]
    VerticalDatumUnknown {
        /// Surface or licence.
        what: String,
        /// Its datum.
        found: VerticalDatum,
        /// What it was compared with.
        other: String,
        /// The other's datum.
        other_found: VerticalDatum,
    },
    /// Heights are counted from different levels.
    #[error("{what} has heights of `{found}`, {other} of `{other_found}`: {mend}")]
    VerticalDatumsDiffer {
        /// Surface or licence.
        what: String,
        /// Its datum.
        found: VerticalDatum,
        /// What it was compared with.
        other: String,
        /// The other's datum.
        other_found: VerticalDatum,
        /// What the two differ by, and the way out.
        mend: String,
    },
    /// A change of heights that does not fit what it is applied to, or cannot be.
    #[error("the height shift of {what} cannot be applied: {why}")]
    HeightShift {
        /// Surface or licence.
        what: String,
        /// What is wrong and how to mend it.
        why: String,
    },
    /// Points that do not fix a transformation.
    #[error("no transformation can be estimated: {why}")]
    CommonPoints {
        /// What is wrong and how to mend it.
        why: String,
    },
    /// Two licences share an id.
    #[error(
        "licence id {id} occurs more than once; ids must be unique (a licence with several polygons or bands is one licence with several parts)"
    )]
    DuplicateLicence {
        /// The id.
        id: LicenceId,
    },
    /// A licence without any part.
    #[error("licence {licence} has no part; each needs at least one polygon")]
    EmptyLicence {
        /// The licence.
        licence: LicenceId,
    },
    /// A ring that bounds nothing sensible.
    #[error("licence {licence}, part {part}, {ring}: {why}")]
    InvalidRing {
        /// The licence.
        licence: LicenceId,
        /// Part number, from 1.
        part: usize,
        /// `outer ring` or `hole n`.
        ring: String,
        /// What is wrong and how to mend it.
        why: String,
    },
    /// A ring crosses itself.
    #[error(
        "licence {licence}, part {part}, {ring} crosses itself near ({x:.2}, {y:.2}); check the order of its corners"
    )]
    SelfCrossing {
        /// The licence.
        licence: LicenceId,
        /// Part number, from 1.
        part: usize,
        /// `outer ring` or `hole n`.
        ring: String,
        /// Where.
        x: f64,
        /// Where.
        y: f64,
    },
    /// Floor above ceiling, or not a number.
    #[error(
        "licence {licence}, part {part}: band from floor {floor_m} m to ceiling {ceiling_m} m; the floor must lie below the ceiling and both be finite"
    )]
    InvalidBand {
        /// The licence.
        licence: LicenceId,
        /// Part number, from 1.
        part: usize,
        /// Lower limit.
        floor_m: f64,
        /// Upper limit.
        ceiling_m: f64,
    },
    /// Validity ends before it starts.
    #[error("licence {licence}: validity from {from} to {to} ends before it starts")]
    InvalidValidity {
        /// The licence.
        licence: LicenceId,
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// The planar overlay could not be made consistent.
    #[error(
        "the boundaries of parts cannot be overlaid consistently near ({x:.3}, {y:.3}); look for corners of different licences there that differ by less than a millimetre, and make them equal"
    )]
    Overlay {
        /// Where.
        x: f64,
        /// Where.
        y: f64,
    },
    /// A surface could not be read.
    #[error("surface {surface} cannot be read")]
    Surface {
        /// Its name.
        surface: String,
        /// Why.
        #[source]
        source: Source,
    },
    /// An output that is written during the pass could not be written.
    #[error("output {output} cannot be written")]
    Output {
        /// Its name.
        output: String,
        /// Why.
        #[source]
        source: Source,
    },
    /// The caller asked to stop.
    #[error("interrupted before the end; no result was made")]
    Interrupted,
}
