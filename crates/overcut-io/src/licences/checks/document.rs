//! What a licence says apart from its corners: number, band, validity.

use jiff::civil::Date;
use overcut::{Licence, Validity, dem::VerticalDatum};

use super::{
    super::{Finding, Place},
    part_place,
};
use crate::write::FORMULA_STARTS;

/// Checks one licence.
pub(super) fn check(licence: &Licence, on: Option<Date>, findings: &mut Vec<Finding>) {
    let place = || Place::licence(&licence.id.0);
    findings.extend(number(&licence.id.0).map(|finding| finding(place()).with("found", &licence.id.0)));
    if licence.id.0.starts_with(FORMULA_STARTS) {
        findings.push(Finding::warning("text_like_formula", place()).with("found", &licence.id.0));
    }
    for (index, part) in licence.parts.iter().enumerate() {
        let Some(band) = part.band else { continue };
        if band.floor_m >= band.ceiling_m {
            findings.push(
                Finding::error("band_order", part_place(licence, index))
                    .with("floor_m", band.floor_m)
                    .with("ceiling_m", band.ceiling_m),
            );
        }
    }
    let without = licence.parts.iter().filter(|part| part.band.is_none()).count();
    if without > 0 {
        findings.push(Finding::info("band_missing", place()).with("count", without));
    }
    if without < licence.parts.len() && licence.vertical_datum == VerticalDatum::Unknown {
        findings.push(Finding::warning("vertical_datum_missing", place()));
    }
    validity(licence.validity, on, &place, findings);
}

fn validity(validity: Validity, on: Option<Date>, place: &impl Fn() -> Place, findings: &mut Vec<Finding>) {
    let Validity { from, to } = validity;
    if from.is_none() || to.is_none() {
        findings.push(Finding::info("validity_open", place()));
    }
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        findings.push(Finding::error("validity_order", place()).with("from", from).with("to", to));
        return;
    }
    if let Some(on) = on
        && (from.is_some_and(|from| on < from) || to.is_some_and(|to| on > to))
    {
        let shown = |day: Option<Date>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
        let finding = Finding::warning("not_in_force", place()).with("on", on);
        findings.push(finding.with("from", shown(from)).with("to", shown(to)));
    }
}

/// What to say of a number: 23 characters since 自然资办发〔2020〕32号, of which the first is C for mining; older ones differ.
fn number(id: &str) -> Option<fn(Place) -> Finding> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let characters = id.chars().count();
    let like_a_number = id.starts_with(['C', 'T', 'c', 't']) && id.bytes().filter(u8::is_ascii_digit).count() > 15;
    if characters == 23 && id.is_ascii() && like_a_number {
        return match (&id[..1], digits(&id[1..])) {
            ("C", true) => None,
            ("T", true) => Some(|place| Finding::warning("number_of_exploration", place)),
            ("c" | "t", true) => Some(|place| Finding::info("number_form", place)),
            // O for 0, l for 1: letters that stand for digits.
            _ => Some(|place| Finding::warning("number_letters", place)),
        };
    }
    if digits(id) && (10..=18).contains(&characters) {
        return Some(|place| Finding::info("number_old", place));
    }
    if id.starts_with('C') && id.len() > 15 && digits(&id[1..]) {
        return Some(|place| Finding::warning("number_length", place));
    }
    Some(|place| Finding::info("number_form", place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_licences_are_judged_by_their_shape() {
        let code = |id: &str| number(id).map(|finding| finding(Place::file()).code);
        assert_eq!(code("C1408242016037110000101"), None);
        assert_eq!(code("T1408242016037110000101"), Some("number_of_exploration"));
        assert_eq!(code("C14082420160371100O0101"), Some("number_letters"));
        assert_eq!(code("C140824201603711000010"), Some("number_length"));
        assert_eq!(code("1400000720123"), Some("number_old"));
        assert_eq!(code("青石岭"), Some("number_form"));
    }
}
