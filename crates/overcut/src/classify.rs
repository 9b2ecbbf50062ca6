//! Where a piece of ground stands with respect to the licences that cover its place.

use crate::{assessment::Class, licence::Band, validity::ValidityOutcome};

/// One licence part at a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PartHere {
    /// Position of the licence.
    pub(crate) licence: usize,
    /// Its band; `None` = not tested.
    pub(crate) band: Option<Band>,
    /// Whether the piece's layer may be dug.
    pub(crate) layer_authorised: bool,
    /// Its validity in the interval.
    pub(crate) outcome: ValidityOutcome,
}

impl PartHere {
    fn covers(&self, piece: (f64, f64)) -> bool {
        self.band.is_none_or(|band| band.floor_m <= piece.0 && piece.1 <= band.ceiling_m)
    }

    fn in_force(&self) -> bool {
        self.outcome == ValidityOutcome::InForce
    }

    /// Valid on at least one day of the interval.
    fn alive(&self) -> bool {
        matches!(self.outcome, ValidityOutcome::InForce | ValidityOutcome::Undecided)
    }
}

type Rule<'a> = &'a dyn Fn(&PartHere) -> bool;

/// The class of a piece between two elevations (no band begins or ends inside it) where `parts`, at least one, cover the
/// plan; and the licences concerned, ascending.
///
/// The first rule that applies counts: dug lawfully under any licence is lawful; dug in time or not cannot be decided
/// comes before dug certainly out of time; and outside every band it stands relative to the bands of the licences that
/// were valid. Where none was valid, no band was in force, and the whole column is outside validity.
pub(crate) fn classify(parts: &[PartHere], piece: (f64, f64)) -> (Class, Vec<usize>) {
    let licences = |chosen: &dyn Fn(&PartHere) -> bool| {
        let mut found: Vec<usize> = parts.iter().filter(|part| chosen(part)).map(|part| part.licence).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let rules: [(Class, Rule<'_>); 5] = [
        (Class::Within, &|p| p.in_force() && p.layer_authorised && p.band.is_some() && p.covers(piece)),
        (Class::InsideBoundary, &|p| p.in_force() && p.layer_authorised && p.band.is_none()),
        (Class::ValidityUndecided, &|p| p.alive() && p.layer_authorised && p.covers(piece)),
        (Class::UnauthorisedLayer, &|p| p.alive() && p.covers(piece)),
        (Class::OutsideValidity, &|p| p.covers(piece)),
    ];
    for (class, rule) in rules {
        let found = licences(rule);
        if !found.is_empty() {
            return (class, found);
        }
    }
    let bands = || parts.iter().filter(|part| part.alive()).filter_map(|part| part.band);
    if bands().next().is_none() {
        return (Class::OutsideValidity, licences(&|_| true));
    }
    let lowest_floor_over = bands().map(|b| b.floor_m).filter(|floor| *floor >= piece.1).min_by(f64::total_cmp);
    let highest_ceiling_under = bands().map(|b| b.ceiling_m).filter(|top| *top <= piece.0).max_by(f64::total_cmp);
    let has_floor = |p: &PartHere| p.alive() && p.band.map(|b| b.floor_m) == lowest_floor_over;
    let has_ceiling = |p: &PartHere| p.alive() && p.band.map(|b| b.ceiling_m) == highest_ceiling_under;
    match (lowest_floor_over, highest_ceiling_under) {
        (Some(_), None) => (Class::BelowFloor, licences(&has_floor)),
        (None, Some(_)) => (Class::AboveCeiling, licences(&has_ceiling)),
        _ => (Class::BetweenBands, licences(&|p| has_floor(p) || has_ceiling(p))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validity::ValidityOutcome::{Expired, InForce, NotYetInForce, Undecided};

    fn part(licence: usize, floor_m: f64, ceiling_m: f64, outcome: ValidityOutcome) -> PartHere {
        PartHere { licence, band: Some(Band { floor_m, ceiling_m }), layer_authorised: true, outcome }
    }

    #[test]
    fn stacked_licences_have_five_kinds_of_ground_between_grass_and_depth() {
        let stacked = [part(0, 100.0, 150.0, InForce), part(1, 50.0, 80.0, InForce)];
        assert_eq!(classify(&stacked, (150.0, 170.0)), (Class::AboveCeiling, vec![0]));
        assert_eq!(classify(&stacked, (100.0, 150.0)), (Class::Within, vec![0]));
        assert_eq!(classify(&stacked, (80.0, 100.0)), (Class::BetweenBands, vec![0, 1]));
        assert_eq!(classify(&stacked, (50.0, 80.0)), (Class::Within, vec![1]));
        assert_eq!(classify(&stacked, (10.0, 50.0)), (Class::BelowFloor, vec![1]));
    }

    #[test]
    fn a_licence_that_ended_or_has_not_begun_gives_no_band_to_be_under() {
        for outcome in [Expired, NotYetInForce] {
            let gone = [part(0, 100.0, 150.0, outcome)];
            assert_eq!(classify(&gone, (100.0, 150.0)), (Class::OutsideValidity, vec![0]));
            assert_eq!(classify(&gone, (10.0, 100.0)), (Class::OutsideValidity, vec![0]));
        }
    }

    #[test]
    fn an_end_within_the_interval_is_undecided_in_the_band_and_too_deep_under_it() {
        let ending = [part(0, 100.0, 150.0, Undecided)];
        assert_eq!(classify(&ending, (100.0, 150.0)), (Class::ValidityUndecided, vec![0]));
        assert_eq!(classify(&ending, (10.0, 100.0)), (Class::BelowFloor, vec![0]));
    }

    #[test]
    fn ground_under_the_band_in_force_but_in_the_band_of_one_that_ended_is_outside_validity() {
        let mixed = [part(0, 100.0, 150.0, InForce), part(1, 50.0, 80.0, Expired)];
        assert_eq!(classify(&mixed, (50.0, 80.0)), (Class::OutsideValidity, vec![1]));
        assert_eq!(classify(&mixed, (80.0, 100.0)), (Class::BelowFloor, vec![0]));
    }

    #[test]
    fn a_licence_in_force_outranks_one_that_ended_in_the_same_band() {
        let renewed = [part(0, 100.0, 150.0, Expired), part(1, 100.0, 150.0, InForce)];
        assert_eq!(classify(&renewed, (100.0, 150.0)), (Class::Within, vec![1]));
    }

    #[test]
    fn two_licences_in_force_over_the_same_ground_are_both_named() {
        let contested = [part(3, 100.0, 150.0, InForce), part(1, 90.0, 150.0, InForce)];
        assert_eq!(classify(&contested, (100.0, 150.0)), (Class::Within, vec![1, 3]));
    }

    #[test]
    fn a_layer_that_is_not_named_is_unauthorised_only_inside_the_band() {
        let named = [PartHere { layer_authorised: false, ..part(0, 100.0, 150.0, InForce) }];
        assert_eq!(classify(&named, (100.0, 150.0)), (Class::UnauthorisedLayer, vec![0]));
        assert_eq!(classify(&named, (10.0, 100.0)), (Class::BelowFloor, vec![0]));
    }

    #[test]
    fn without_a_band_elevations_are_not_tested() {
        let plan = [PartHere { band: None, ..part(0, 0.0, 1.0, InForce) }];
        assert_eq!(classify(&plan, (-500.0, -400.0)), (Class::InsideBoundary, vec![0]));
    }
}
