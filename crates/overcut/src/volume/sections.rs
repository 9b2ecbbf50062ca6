//! Volumes by sections: parallel vertical planes, and level planes for benches.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    convex::{AFTER, BEFORE, Vertex, area_m2, keep, void},
    facet::Facets,
    overlay,
    profile::{Line, areas_m2, inside, pairs, stretches},
    region::Region,
    series::{Areas, Ladder, Reach, SeriesVolume, volumes},
};
use crate::{
    error::{Error, Result},
    licence::Band,
};

/// Sections of one question, at most: half of the spacing is looked at too.
const MOST_SECTIONS: f64 = 50_000.0;

/// Which way sections run and how far apart they are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SectionOptions {
    /// Direction in which each section runs, degrees clockwise from grid north.
    pub azimuth_deg: f64,
    /// Distance of neighbouring sections, m.
    pub spacing_m: f64,
    /// Where a section lies, m to the right of the middle of the region, looking along them (default 0).
    pub offset_m: f64,
}

/// One vertical section.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Number, from 1.
    pub number: usize,
    /// Metres across the sections, to the right, from the middle of the region.
    pub position_m: f64,
    /// Start of its line, in world coordinates.
    pub from: [f64; 2],
    /// End of its line.
    pub to: [f64; 2],
    /// Area removed, m².
    pub cut_m2: f64,
    /// Area added, m².
    pub fill_m2: f64,
    /// Length inside the region, m.
    pub length_m: f64,
    /// Length inside the region on which both surfaces exist, m.
    pub compared_length_m: f64,
}

/// Volumes by parallel vertical sections, with everything that a section sheet prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SectionVolume {
    /// What was asked.
    pub options: SectionOptions,
    /// The sections.
    pub sections: Vec<Section>,
    /// Removed.
    pub cut: SeriesVolume,
    /// Added.
    pub fill: SeriesVolume,
}

/// One level section.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Elevation, m.
    pub elevation_m: f64,
    /// Area removed at this elevation, m²: the earlier surface lies above it, the later one below.
    pub cut_m2: f64,
    /// Area added, m².
    pub fill_m2: f64,
}

/// Volumes by level sections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchVolume {
    /// Distance of neighbouring levels, m.
    pub bench_m: f64,
    /// The levels.
    pub levels: Vec<Level>,
    /// Removed.
    pub cut: SeriesVolume,
    /// Added.
    pub fill: SeriesVolume,
}

/// Volume between two surfaces by parallel vertical sections.
///
/// Both surfaces are cut exactly along each section, wherever they bend, and the area between them is summed inside the region and the
/// band. Pairs of sections, and the ends where the ground pinches out, get their volume by [`super::Formula`].
///
/// # Errors
/// [`Error::InvalidParameter`] for an azimuth that is not finite, or a spacing that is not positive or too small.
pub fn sections(
    before: &dyn Facets,
    after: &dyn Facets,
    region: &Region,
    band: Option<Band>,
    origin: [f64; 2],
    options: &SectionOptions,
) -> Result<SectionVolume> {
    let frame = Frame::new(region, options)?;
    let ladder = Ladder::new(frame.across[0], frame.across[1], options.offset_m, options.spacing_m);
    let reaches = reaches(before, after, region, band, &ladder.positions, |part, _| {
        part.iter().fold(Reach::NOTHING, |reach, vertex| {
            let across = frame.across_of(vertex[0], vertex[1]);
            reach.join(Reach { low: across, high: across })
        })
    });
    let cut_at = |position: &f64| frame.section(before, after, region, band, *position);
    let (found, [cut, fill]) =
        volumes(&ladder, &reaches, |positions| positions.par_iter().map(|at| cut_at(at).0).collect());
    let sections = ladder
        .sections()
        .enumerate()
        .map(|(index, position_m)| {
            let (areas, length_m, compared_length_m) = cut_at(&position_m);
            debug_assert_eq!(found.get(&position_m.to_bits()), Some(&areas));
            let line = frame.line(position_m);
            let world =
                |metres: f64| std::array::from_fn(|axis| line.from[axis] + metres * line.along[axis] + origin[axis]);
            Section {
                number: index + 1,
                position_m,
                from: world(0.0),
                to: world(line.length_m),
                cut_m2: areas.cut_m2,
                fill_m2: areas.fill_m2,
                length_m,
                compared_length_m,
            }
        })
        .collect();
    Ok(SectionVolume { options: *options, sections, cut, fill })
}

/// Volume between two surfaces by level sections: the areas of the void at elevations that are multiples of `bench_m`.
///
/// At each elevation the void is where the one surface lies above it and the other below; its area is exact.
///
/// # Errors
/// [`Error::InvalidParameter`] for a height of benches that is not positive or too small.
pub fn benches(
    before: &dyn Facets,
    after: &dyn Facets,
    region: &Region,
    band: Option<Band>,
    bench_m: f64,
) -> Result<BenchVolume> {
    positive("bench_m", bench_m)?;
    let everything = [f64::NEG_INFINITY, f64::INFINITY];
    let whole = reaches(before, after, region, band, &everything, |part, _| heights(part, band));
    let all = whole[0][0].join(whole[0][1]);
    if all.is_nothing() {
        let nothing = SeriesVolume::default;
        return Ok(BenchVolume { bench_m, levels: Vec::new(), cut: nothing(), fill: nothing() });
    }
    few("bench_m", bench_m, all.high - all.low)?;
    let ladder = Ladder::new(all.low, all.high, 0.0, bench_m);
    let reaches = reaches(before, after, region, band, &ladder.positions, |part, _| heights(part, band));
    let (found, [cut, fill]) = volumes(&ladder, &reaches, |elevations| level_areas(before, after, region, elevations));
    let levels = ladder
        .sections()
        .map(|elevation_m| {
            let areas = found.get(&elevation_m.to_bits()).copied().unwrap_or_default();
            Level { elevation_m, cut_m2: areas.cut_m2, fill_m2: areas.fill_m2 }
        })
        .collect();
    Ok(BenchVolume { bench_m, levels, cut, fill })
}

/// Elevations between the surfaces on a part, within the band.
fn heights(part: &[Vertex], band: Option<Band>) -> Reach {
    let reach = part.iter().fold(Reach::NOTHING, |reach, vertex| {
        reach.join(Reach { low: vertex[BEFORE].min(vertex[AFTER]), high: vertex[BEFORE].max(vertex[AFTER]) })
    });
    match band {
        Some(Band { floor_m, ceiling_m }) => Reach { low: reach.low.max(floor_m), high: reach.high.min(ceiling_m) },
        None => reach,
    }
}

/// Areas of the void at ascending elevations.
fn level_areas(before: &dyn Facets, after: &dyn Facets, region: &Region, elevations: &[f64]) -> Vec<Areas> {
    #[derive(Default)]
    struct Sums {
        areas: Vec<Areas>,
        spare: Vec<Vertex>,
        part: Vec<Vertex>,
    }
    let count = elevations.len();
    let found = overlay::fold(
        before,
        after,
        region,
        |sums: &mut Sums, piece| {
            sums.areas.resize(count, Areas::default());
            for (upper, lower, cut) in [(BEFORE, AFTER, true), (AFTER, BEFORE, false)] {
                let low = piece.iter().map(|vertex| vertex[lower]).fold(f64::INFINITY, f64::min);
                let high = piece.iter().map(|vertex| vertex[upper]).fold(f64::NEG_INFINITY, f64::max);
                let first = elevations.partition_point(|elevation| *elevation <= low);
                let end = elevations.partition_point(|elevation| *elevation < high).max(first);
                for (elevation, areas) in elevations[first..end].iter().zip(&mut sums.areas[first..end]) {
                    keep(piece, |vertex| vertex[upper] - elevation, &mut sums.spare);
                    keep(&sums.spare, |vertex| elevation - vertex[lower], &mut sums.part);
                    *(if cut { &mut areas.cut_m2 } else { &mut areas.fill_m2 }) += area_m2(&sums.part);
                }
            }
        },
        |all, part| {
            all.areas.resize(count, Areas::default());
            for (sum, more) in all.areas.iter_mut().zip(part.areas) {
                sum.cut_m2 += more.cut_m2;
                sum.fill_m2 += more.fill_m2;
            }
        },
    );
    let mut areas = found.areas;
    areas.resize(count, Areas::default());
    areas
}

/// How far what was removed, and what was added, reaches within each slot between ascending positions.
fn reaches(
    before: &dyn Facets,
    after: &dyn Facets,
    region: &Region,
    band: Option<Band>,
    positions: &[f64],
    of: impl Fn(&[Vertex], usize) -> Reach + Sync,
) -> Vec<[Reach; 2]> {
    #[derive(Default)]
    struct Gathered {
        slots: Vec<[Reach; 2]>,
        spare: Vec<Vertex>,
        part: Vec<Vertex>,
    }
    let slots = positions.len() - 1;
    let found = overlay::fold(
        before,
        after,
        region,
        |gathered: &mut Gathered, piece| {
            gathered.slots.resize(slots, [Reach::NOTHING; 2]);
            for (change, ends) in [(BEFORE, AFTER), (AFTER, BEFORE)].into_iter().enumerate() {
                void(piece, ends, band, &mut gathered.part, &mut gathered.spare);
                let reach = of(&gathered.part, change);
                if reach.is_nothing() {
                    continue;
                }
                let first = positions.partition_point(|position| *position <= reach.low).max(1) - 1;
                for slot in first..slots {
                    let (low, high) = (positions[slot].max(reach.low), positions[slot + 1].min(reach.high));
                    if low >= high {
                        break;
                    }
                    let known = &mut gathered.slots[slot][change];
                    *known = known.join(Reach { low, high });
                }
            }
        },
        |all, part| {
            all.slots.resize(slots, [Reach::NOTHING; 2]);
            for (known, more) in all.slots.iter_mut().zip(part.slots) {
                *known = [known[0].join(more[0]), known[1].join(more[1])];
            }
        },
    );
    let mut reaches = found.slots;
    reaches.resize(slots, [Reach::NOTHING; 2]);
    reaches
}

/// Directions along and across the sections, and how far the region reaches in them.
struct Frame {
    along: [f64; 2],
    right: [f64; 2],
    middle: [f64; 2],
    /// Along, from the middle.
    reach: [f64; 2],
    across: [f64; 2],
}

impl Frame {
    fn new(region: &Region, options: &SectionOptions) -> Result<Self> {
        if !options.azimuth_deg.is_finite() || !options.offset_m.is_finite() {
            let found = format!("{}, {}", options.azimuth_deg, options.offset_m);
            let expected = "degrees clockwise from grid north, and metres".to_owned();
            return Err(Error::InvalidParameter { name: "azimuth_deg, offset_m".to_owned(), found, expected });
        }
        positive("spacing_m", options.spacing_m)?;
        let (sin, cos) = options.azimuth_deg.to_radians().sin_cos();
        let extent = region.extent();
        let mut frame = Self {
            along: [sin, cos],
            right: [cos, -sin],
            middle: [0.5 * (extent.west + extent.east), 0.5 * (extent.south + extent.north)],
            reach: [f64::INFINITY, f64::NEG_INFINITY],
            across: [f64::INFINITY, f64::NEG_INFINITY],
        };
        for [x, y] in region.triangles().iter().flatten() {
            let (u, v) = (x - frame.middle[0], y - frame.middle[1]);
            let (along, across) = (u * sin + v * cos, u * cos - v * sin);
            frame.reach = [frame.reach[0].min(along), frame.reach[1].max(along)];
            frame.across = [frame.across[0].min(across), frame.across[1].max(across)];
        }
        few("spacing_m", options.spacing_m, frame.across[1] - frame.across[0])?;
        Ok(frame)
    }

    fn across_of(&self, x: f64, y: f64) -> f64 {
        (x - self.middle[0]) * self.right[0] + (y - self.middle[1]) * self.right[1]
    }

    fn line(&self, position_m: f64) -> Line {
        // A metre more at each end, so that the line leaves the region.
        let start = self.reach[0] - 1.0;
        let from =
            std::array::from_fn(|axis| self.middle[axis] + position_m * self.right[axis] + start * self.along[axis]);
        Line { from, along: self.along, length_m: self.reach[1] - self.reach[0] + 2.0 }
    }

    /// Areas, length inside the region, and the part of it on which both surfaces exist.
    fn section(
        &self,
        before: &dyn Facets,
        after: &dyn Facets,
        region: &Region,
        band: Option<Band>,
        position_m: f64,
    ) -> (Areas, f64, f64) {
        let line = self.line(position_m);
        let within = inside(region, &line);
        let length_m = within.iter().map(|stretch| stretch.to_m - stretch.from_m).sum();
        let (earlier, later) = (stretches(before, &line), stretches(after, &line));
        let (mut areas, mut compared_length_m) = (Areas::default(), 0.0);
        for pair in pairs(&earlier, &later, Some(&within)) {
            let (cut_m2, fill_m2) = areas_m2(&pair, band);
            areas.cut_m2 += cut_m2;
            areas.fill_m2 += fill_m2;
            compared_length_m += pair.to_m - pair.from_m;
        }
        (areas, length_m, compared_length_m)
    }
}

fn positive(name: &str, metres: f64) -> Result<()> {
    if metres.is_finite() && metres > 0.0 {
        return Ok(());
    }
    let expected = "metres, more than 0".to_owned();
    Err(Error::InvalidParameter { name: name.to_owned(), found: metres.to_string(), expected })
}

fn few(name: &str, metres: f64, extent_m: f64) -> Result<()> {
    if extent_m / metres <= MOST_SECTIONS {
        return Ok(());
    }
    let expected = format!("at least {:.3} m: {extent_m:.1} m are to be cut into sections", extent_m / MOST_SECTIONS);
    Err(Error::InvalidParameter { name: name.to_owned(), found: metres.to_string(), expected })
}
