//! Was a licence in force while something was dug?
//!
//! Between two surveys, digging may have happened on any day from the first survey day to the second, both included: a
//! survey can have been made at any hour of its day. Validities include their first and last day too. So all of this is
//! about closed intervals of days.

use std::cmp::Ordering;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::licence::Validity;

/// What can be said of a licence between two surveys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidityOutcome {
    /// Valid on every day: whatever was dug was dug in its time.
    InForce,
    /// Valid on no day yet.
    NotYetInForce,
    /// Valid on no day any more.
    Expired,
    /// Valid on some of the days only: the surveys alone cannot tell what was dug in its time.
    Undecided,
}

/// What can be said of a licence for what was dug `from` one survey day `to` the next.
///
/// # Examples
/// ```
/// use jiff::civil::date;
/// use overcut::{Validity, validity::{ValidityOutcome, outcome}};
///
/// let validity = Validity { from: None, to: Some(date(2022, 12, 31)) };
/// assert_eq!(outcome(&validity, date(2021, 5, 1), date(2022, 5, 20)), ValidityOutcome::InForce);
/// assert_eq!(outcome(&validity, date(2022, 5, 20), date(2023, 5, 11)), ValidityOutcome::Undecided);
/// assert_eq!(outcome(&validity, date(2023, 5, 11), date(2024, 5, 20)), ValidityOutcome::Expired);
/// ```
pub fn outcome(validity: &Validity, from: Date, to: Date) -> ValidityOutcome {
    if validity.to.is_some_and(|last| last < from) {
        ValidityOutcome::Expired
    } else if validity.from.is_some_and(|first| first > to) {
        ValidityOutcome::NotYetInForce
    } else if validity.from.is_none_or(|first| first <= from) && validity.to.is_none_or(|last| last >= to) {
        ValidityOutcome::InForce
    } else {
        ValidityOutcome::Undecided
    }
}

/// How a validity lies to an interval: the thirteen relations of J. F. Allen, for closed intervals of days.
///
/// *Meets* means that the two share one day, and nothing else: the validity ends on the day on which the interval begins.
/// A validity that ends the day before is *before*. Where an interval is a single day, equal beginnings or ends come
/// first: a validity of the first day only *starts* the interval.
///
/// # References
/// Allen (1983), Maintaining knowledge about temporal intervals, Communications of the ACM 26(11), 832-843.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allen {
    /// The validity ends before the interval begins.
    Before,
    /// It ends on the first day of the interval.
    Meets,
    /// It begins before the interval and ends within.
    Overlaps,
    /// It begins with the interval and ends within.
    Starts,
    /// It begins and ends within.
    During,
    /// It begins within and ends with the interval.
    Finishes,
    /// The two are the same days.
    Equals,
    /// It begins before the interval and ends with it.
    FinishedBy,
    /// It begins before the interval and ends after it.
    Contains,
    /// It begins with the interval and ends after it.
    StartedBy,
    /// It begins within the interval and ends after it.
    OverlappedBy,
    /// It begins on the last day of the interval.
    MetBy,
    /// It begins after the interval ends.
    After,
}

impl Allen {
    /// All relations, in the order in which a validity that moves on in time goes through them.
    pub const ALL: [Self; 13] = [
        Self::Before,
        Self::Meets,
        Self::Overlaps,
        Self::Starts,
        Self::During,
        Self::Finishes,
        Self::Equals,
        Self::FinishedBy,
        Self::Contains,
        Self::StartedBy,
        Self::OverlappedBy,
        Self::MetBy,
        Self::After,
    ];

    /// What the relation means for a licence; the same as [`outcome`] of the days.
    pub fn outcome(self) -> ValidityOutcome {
        match self {
            Self::Before => ValidityOutcome::Expired,
            Self::After => ValidityOutcome::NotYetInForce,
            Self::Equals | Self::FinishedBy | Self::Contains | Self::StartedBy => ValidityOutcome::InForce,
            Self::Meets
            | Self::Overlaps
            | Self::Starts
            | Self::During
            | Self::Finishes
            | Self::OverlappedBy
            | Self::MetBy => ValidityOutcome::Undecided,
        }
    }
}

/// How a validity lies to the days `from ..= to`. Open ends lie infinitely far away.
pub fn relation(validity: &Validity, from: Date, to: Date) -> Allen {
    let starts = validity.from.map_or(Ordering::Less, |first| first.cmp(&from));
    let ends = validity.to.map_or(Ordering::Greater, |last| last.cmp(&to));
    match (starts, ends) {
        (Ordering::Equal, Ordering::Equal) => Allen::Equals,
        (Ordering::Equal, Ordering::Less) => Allen::Starts,
        (Ordering::Equal, Ordering::Greater) => Allen::StartedBy,
        (Ordering::Greater, Ordering::Equal) => Allen::Finishes,
        (Ordering::Less, Ordering::Equal) => Allen::FinishedBy,
        (Ordering::Less, Ordering::Greater) => Allen::Contains,
        (Ordering::Greater, Ordering::Less) => Allen::During,
        (Ordering::Less, Ordering::Less) => match validity.to.map(|last| last.cmp(&from)) {
            Some(Ordering::Less) => Allen::Before,
            Some(Ordering::Equal) => Allen::Meets,
            Some(Ordering::Greater) | None => Allen::Overlaps,
        },
        (Ordering::Greater, Ordering::Greater) => match validity.from.map(|first| first.cmp(&to)) {
            Some(Ordering::Greater) => Allen::After,
            Some(Ordering::Equal) => Allen::MetBy,
            Some(Ordering::Less) | None => Allen::OverlappedBy,
        },
    }
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::date};

    use super::*;

    /// Surveys on 2021-05-01 and 2024-05-20, and a validity for each relation.
    #[test]
    fn each_of_the_thirteen_relations_has_its_outcome() {
        use ValidityOutcome::{Expired, InForce, NotYetInForce, Undecided};
        let (first_survey, second_survey) = (date(2021, 5, 1), date(2024, 5, 20));
        let cases = [
            // The last valid day is the day before the first survey: nothing of the interval is valid.
            (Allen::Before, date(2016, 1, 1), date(2021, 4, 30), Expired),
            // One day of more than a thousand is valid, and who can tell that nothing was dug on it?
            (Allen::Meets, date(2016, 1, 1), date(2021, 5, 1), Undecided),
            (Allen::Overlaps, date(2016, 1, 1), date(2022, 12, 31), Undecided),
            (Allen::Starts, date(2021, 5, 1), date(2022, 12, 31), Undecided),
            (Allen::During, date(2021, 5, 2), date(2024, 5, 19), Undecided),
            (Allen::Finishes, date(2021, 5, 2), date(2024, 5, 20), Undecided),
            (Allen::Equals, date(2021, 5, 1), date(2024, 5, 20), InForce),
            (Allen::FinishedBy, date(2021, 4, 30), date(2024, 5, 20), InForce),
            (Allen::Contains, date(2021, 4, 30), date(2024, 5, 21), InForce),
            (Allen::StartedBy, date(2021, 5, 1), date(2024, 5, 21), InForce),
            (Allen::OverlappedBy, date(2023, 1, 1), date(2030, 12, 31), Undecided),
            (Allen::MetBy, date(2024, 5, 20), date(2030, 12, 31), Undecided),
            (Allen::After, date(2024, 5, 21), date(2030, 12, 31), NotYetInForce),
        ];
        assert_eq!(cases.map(|case| case.0), Allen::ALL);
        for (expected, from, to, in_law) in cases {
            let validity = Validity { from: Some(from), to: Some(to) };
            assert_eq!(relation(&validity, first_survey, second_survey), expected);
            assert_eq!(expected.outcome(), in_law, "{expected:?}");
            assert_eq!(outcome(&validity, first_survey, second_survey), in_law, "{expected:?}");
        }
    }

    #[test]
    fn an_open_end_lies_infinitely_far_away() {
        let (from, to) = (date(2021, 5, 1), date(2024, 5, 20));
        let cases = [
            (None, None, Allen::Contains),
            (None, Some(date(2021, 4, 30)), Allen::Before),
            (None, Some(date(2021, 5, 1)), Allen::Meets),
            (None, Some(date(2024, 5, 19)), Allen::Overlaps),
            (None, Some(date(2024, 5, 20)), Allen::FinishedBy),
            (Some(date(2021, 5, 1)), None, Allen::StartedBy),
            (Some(date(2021, 5, 2)), None, Allen::OverlappedBy),
            (Some(date(2024, 5, 20)), None, Allen::MetBy),
            (Some(date(2024, 5, 21)), None, Allen::After),
        ];
        for (first, last, expected) in cases {
            let validity = Validity { from: first, to: last };
            assert_eq!(relation(&validity, from, to), expected);
            assert_eq!(outcome(&validity, from, to), expected.outcome());
        }
    }

    /// Counts valid days one by one, for every validity and interval within a week.
    #[test]
    fn outcomes_are_those_of_counting_days() {
        let monday = date(2024, 1, 1);
        let week: Vec<Date> = (0..7).map(|days| monday.saturating_add(days.days())).collect();
        let mut met = [false; 13];
        for (index, &from) in week.iter().enumerate() {
            for &to in &week[index..] {
                for (index, &first) in week.iter().enumerate() {
                    for &last in &week[index..] {
                        let validity = Validity { from: Some(first), to: Some(last) };
                        let days = week.iter().filter(|&&day| from <= day && day <= to);
                        let valid = days.clone().filter(|&&day| first <= day && day <= last).count();
                        let expected = match valid {
                            0 if last < from => ValidityOutcome::Expired,
                            0 => ValidityOutcome::NotYetInForce,
                            some if some == days.count() => ValidityOutcome::InForce,
                            _ => ValidityOutcome::Undecided,
                        };
                        let relation = relation(&validity, from, to);
                        assert_eq!(outcome(&validity, from, to), expected, "{first} to {last}, {from} to {to}");
                        assert_eq!(relation.outcome(), expected, "{relation:?}");
                        met[Allen::ALL.iter().position(|&other| other == relation).unwrap()] = true;
                    }
                }
            }
        }
        assert_eq!(met, [true; 13]);
    }

    #[test]
    fn outcomes_are_written_in_snake_case() {
        assert_eq!(serde_json::to_string(&ValidityOutcome::NotYetInForce).unwrap(), "\"not_yet_in_force\"");
        assert_eq!(serde_json::to_string(&Allen::OverlappedBy).unwrap(), "\"overlapped_by\"");
    }
}
