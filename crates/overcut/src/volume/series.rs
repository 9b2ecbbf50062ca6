//! From areas at positions to a volume: pairs of sections, pinch-outs, and what another spacing would have given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::formulas::{Formula, prismoid_m3};

/// Areas of one section, m².
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Areas {
    pub(crate) cut_m2: f64,
    pub(crate) fill_m2: f64,
}

/// Two neighbouring sections, or a section and the place where the ground pinches out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SectionPair {
    /// Where the two ends lie: metres across the sections, or elevations of benches.
    pub from_m: f64,
    /// See `from_m`.
    pub to_m: f64,
    /// Distance of the two ends, m.
    pub length_m: f64,
    /// Area at `from_m`, m²; 0 where the ground pinches out.
    pub s1_m2: f64,
    /// Area at `to_m`, m².
    pub s2_m2: f64,
    /// Area of a true section half way, m².
    pub middle_m2: f64,
    /// `|S1 - S2| / max(S1, S2)`: what chooses the formula.
    pub relative_difference: f64,
    /// The formula used.
    pub formula: Formula,
    /// Its volume, m³.
    pub volume_m3: f64,
    /// The prismoid with the section half way, as a check, m³.
    pub prismoid_m3: f64,
}

/// The volume of one change (removed or added) by sections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct SeriesVolume {
    /// Sum of the pairs, m³.
    pub volume_m3: f64,
    /// The same with half the spacing.
    pub halved_m3: f64,
    /// The same with twice the spacing.
    pub doubled_m3: f64,
    /// Sum of the prismoids.
    pub prismoid_m3: f64,
    /// What the spacing may have done to the volume, m³: the larger of 4/3 |V(s) - V(s/2)| and 1/3 |V(2s) - V(s)|, which is the
    /// error of V(s) if it falls with the square of the spacing.
    pub spacing_error_m3: f64,
    /// How fast the volume settles, log2 |V(2s) - V(s)| / |V(s) - V(s/2)|: 2 is what is expected; less, or none, says that sections
    /// are too far apart, or that the volumes are equal.
    pub order: Option<f64>,
    /// Pairs between which ground lies that no section cuts.
    pub missed: usize,
    /// The pairs, in order.
    pub pairs: Vec<SectionPair>,
}

/// How far the ground of one change reaches within a slot between two positions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reach {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Reach {
    pub(crate) const NOTHING: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };

    pub(crate) fn join(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    pub(crate) fn is_nothing(self) -> bool {
        self.low >= self.high
    }
}

/// Positions half a spacing apart. Every second one of them is a section; the ends are only ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ladder {
    /// Ascending; the first and the last are the ends of what is looked at.
    pub(crate) positions: Vec<f64>,
    /// For each position: how many halvings of twice the spacing it needs (0 = section at twice the spacing, 1 = at the spacing,
    /// 2 = at half of it); `None` for the ends.
    pub(crate) level: Vec<Option<u8>>,
}

impl Ladder {
    /// Positions `anchor + k · spacing / 2` strictly between two ends.
    #[expect(clippy::cast_possible_truncation, reason = "counts of sections; spacing is checked against the extent")]
    pub(crate) fn new(low: f64, high: f64, anchor: f64, spacing_m: f64) -> Self {
        let half = 0.5 * spacing_m;
        let first = ((low - anchor) / half).floor() as i64;
        let last = ((high - anchor) / half).ceil() as i64;
        let (mut positions, mut level) = (vec![low], vec![None]);
        for step in first..=last {
            let at = anchor + step as f64 * half;
            // Nearer to an end than this, a section is the end.
            if at > low + 1e-6 * half && at < high - 1e-6 * half {
                positions.push(at);
                level.push(Some(if step % 4 == 0 {
                    0
                } else if step % 2 == 0 {
                    1
                } else {
                    2
                }));
            }
        }
        positions.push(high);
        level.push(None);
        Self { positions, level }
    }

    /// Positions of the sections at the spacing itself.
    pub(crate) fn sections(&self) -> impl Iterator<Item = f64> {
        self.positions.iter().zip(&self.level).filter(|(_, level)| matches!(level, Some(0 | 1))).map(|(at, _)| *at)
    }
}

/// Two ends whose volume is wanted.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: f64,
    to: f64,
    /// Whether the ends are sections; otherwise the ground ends there.
    section: [bool; 2],
}

/// Plans pairs for the spacing, its half and its double, asks for all areas in one go, and sums.
pub(crate) fn volumes(
    ladder: &Ladder,
    reaches: &[[Reach; 2]],
    areas: impl FnOnce(&[f64]) -> Vec<Areas>,
) -> (BTreeMap<u64, Areas>, [SeriesVolume; 2]) {
    let plans: Vec<[Vec<Span>; 2]> =
        (0..3).map(|depth| [0, 1].map(|change| spans(ladder, reaches, change, depth))).collect();
    let mut wanted: Vec<f64> = plans.iter().flatten().flatten().flat_map(Span::asks).chain(ladder.sections()).collect();
    wanted.sort_by(f64::total_cmp);
    wanted.dedup();
    let found = areas(&wanted);
    let by_position: BTreeMap<u64, Areas> = wanted.iter().map(|at| at.to_bits()).zip(found).collect();
    let series = [0, 1].map(|change| {
        let area = |at: f64| {
            let found = by_position.get(&at.to_bits()).copied().unwrap_or_default();
            if change == 0 { found.cut_m2 } else { found.fill_m2 }
        };
        let pairs_at =
            |depth: usize| plans[depth][change].iter().map(|span| span.pair(&area)).collect::<Vec<SectionPair>>();
        let sum = |pairs: &[SectionPair]| pairs.iter().map(|pair| pair.volume_m3).sum::<f64>();
        let (doubled_m3, pairs, halved_m3) = (sum(&pairs_at(0)), pairs_at(1), sum(&pairs_at(2)));
        let volume_m3 = sum(&pairs);
        let (finer, coarser) = ((volume_m3 - halved_m3).abs(), (doubled_m3 - volume_m3).abs());
        SeriesVolume {
            volume_m3,
            halved_m3,
            doubled_m3,
            prismoid_m3: pairs.iter().map(|pair| pair.prismoid_m3).sum(),
            spacing_error_m3: (4.0 * finer / 3.0).max(coarser / 3.0),
            order: (finer > 1e-9 * volume_m3.abs() && coarser > 0.0).then(|| (coarser / finer).log2()),
            missed: pairs.iter().filter(|pair| pair.formula == Formula::Missed).count(),
            pairs,
        }
    });
    (by_position, series)
}

/// The pairs of one change with sections down to a level of the ladder.
fn spans(ladder: &Ladder, reaches: &[[Reach; 2]], change: usize, depth: u8) -> Vec<Span> {
    let chosen: Vec<usize> =
        (0..ladder.positions.len()).filter(|at| ladder.level[*at].is_none_or(|level| level <= depth)).collect();
    let mut spans = Vec::new();
    for ends in chosen.windows(2) {
        let (first, last) = (ends[0], ends[1]);
        let reach = reaches[first..last].iter().fold(Reach::NOTHING, |reach, slot| reach.join(slot[change]));
        if reach.is_nothing() {
            continue;
        }
        let (low, high) = (ladder.positions[first], ladder.positions[last]);
        let near = 1e-6 * (high - low);
        // Where the ground does not come up to a section, or not beyond it, it ends at its own reach.
        let comes_from = first > 0 && reaches[first - 1][change].high >= low - near;
        let goes_on = reaches.get(last).is_some_and(|slot| slot[change].low <= high + near);
        let section = [
            ladder.level[first].is_some() && reach.low <= low + near && comes_from,
            ladder.level[last].is_some() && reach.high >= high - near && goes_on,
        ];
        let from = if section[0] { low } else { reach.low.max(low) };
        let to = if section[1] { high } else { reach.high.min(high) };
        if to > from {
            spans.push(Span { from, to, section });
        }
    }
    spans
}

impl Span {
    /// Where areas are needed: just inside an end of the ground, where a steep wall still has an area; and half way.
    fn asks(&self) -> [f64; 3] {
        let inset = 1e-6 * (self.to - self.from);
        let from = if self.section[0] { self.from } else { self.from + inset };
        let to = if self.section[1] { self.to } else { self.to - inset };
        [from, 0.5 * (self.from + self.to), to]
    }

    fn pair(&self, area: &impl Fn(f64) -> f64) -> SectionPair {
        let [s1, middle_m2, s2] = self.asks().map(area);
        // An end of the ground has an area only behind a steep wall; what a slope shows so near to its end is next to nothing.
        let nothing = 1e-3 * s1.max(s2).max(middle_m2);
        let end = |area: f64, section: bool| if !section && area < nothing { 0.0 } else { area };
        let (s1_m2, s2_m2) = (end(s1, self.section[0]), end(s2, self.section[1]));
        let length_m = self.to - self.from;
        let larger = s1_m2.max(s2_m2);
        let formula = Formula::choose(s1_m2, s2_m2, middle_m2);
        SectionPair {
            from_m: self.from,
            to_m: self.to,
            length_m,
            s1_m2,
            s2_m2,
            middle_m2,
            relative_difference: if larger > 0.0 { (s1_m2 - s2_m2).abs() / larger } else { 0.0 },
            formula,
            volume_m3: formula.volume_m3(s1_m2, middle_m2, s2_m2, length_m),
            prismoid_m3: prismoid_m3(s1_m2, middle_m2, s2_m2, length_m),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One body from `low` to `high` with an area at each position, cut at a spacing.
    fn body(low: f64, high: f64, spacing_m: f64, area: impl Fn(f64) -> f64) -> SeriesVolume {
        let ladder = Ladder::new(low - 3.0, high + 5.0, 0.0, spacing_m);
        let reach = |slot: usize| {
            let (from, to) = (ladder.positions[slot], ladder.positions[slot + 1]);
            let cut = Reach { low: low.max(from), high: high.min(to) };
            [if cut.is_nothing() { Reach::NOTHING } else { cut }, Reach::NOTHING]
        };
        let reaches: Vec<_> = (0..ladder.positions.len() - 1).map(reach).collect();
        let areas = |positions: &[f64]| {
            let of = |at: &f64| if *at > low && *at < high { area(*at) } else { 0.0 };
            positions.iter().map(|at| Areas { cut_m2: of(at), fill_m2: 0.0 }).collect()
        };
        let (_, [cut, _]) = volumes(&ladder, &reaches, areas);
        cut
    }

    #[test]
    fn a_box_is_exact_at_any_spacing_and_any_place_between_sections() {
        for spacing in [2.0, 3.7, 11.0] {
            let found = body(1.3, 17.9, spacing, |_| 12.0);
            assert!((found.volume_m3 - 12.0 * 16.6).abs() < 1e-4, "{spacing}: {found:?}");
            assert!(found.spacing_error_m3 < 1e-3);
        }
    }

    #[test]
    fn a_cone_is_exact_for_the_frustum_and_nearly_so_for_the_mean_area() {
        // Apex at 0, area (20 - x)² at x from 0.
        let found = body(0.0, 20.0, 4.0, |x| (20.0 - x).powi(2));
        let truth = 20.0_f64.powi(3) / 3.0;
        assert!(found.volume_m3 >= truth && found.volume_m3 < 1.01 * truth, "{found:?}");
        assert_eq!(found.pairs.last().unwrap().formula, Formula::Cone);
        assert!((found.prismoid_m3 - truth).abs() < 1e-3 * truth);
    }

    #[test]
    fn ground_between_two_sections_is_missed_and_said_to_be() {
        let found = body(1.0, 3.0, 20.0, |_| 5.0);
        // Sections at … 0 and 20: none cuts it, but the box has walls, so its ends have areas.
        assert_eq!((found.missed, found.volume_m3), (0, 10.0));
        let lens = body(1.0, 3.0, 20.0, |x| (x - 1.0) * (3.0 - x));
        assert_eq!((lens.missed, lens.volume_m3), (1, 0.0));
    }
}
