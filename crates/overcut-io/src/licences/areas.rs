//! The areas that documents state, and which parts each is stated for.

use std::ops::Range;

use super::text::document::StatedArea;

/// The area that a licence, or some of its parts, are stated to have.
#[derive(Debug, Clone, PartialEq)]
pub struct LicenceArea {
    /// Which licence, by its place in the list.
    pub licence: usize,
    /// Which of its parts.
    pub parts: Range<usize>,
    /// The statement.
    pub stated: StatedArea,
}

/// Areas of rows, where row `n` became the parts `placed[n].1` of licence `placed[n].0`.
///
/// Rows of one licence that all repeat one area state it for the whole; otherwise each row states its own.
pub(super) fn of_rows(areas: &[Option<StatedArea>], placed: &[(usize, Range<usize>)]) -> Vec<LicenceArea> {
    let mut found: Vec<LicenceArea> = Vec::new();
    for (stated, (licence, parts)) in areas.iter().zip(placed) {
        let Some(stated) = stated else { continue };
        let same = found.iter_mut().find(|each| each.licence == *licence && each.stated.text == stated.text);
        match same {
            Some(whole) => whole.parts = whole.parts.start.min(parts.start)..whole.parts.end.max(parts.end),
            None => found.push(LicenceArea { licence: *licence, parts: parts.clone(), stated: stated.clone() }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::text::finding::Place, *};

    fn area(text: &str) -> StatedArea {
        let value = text.parse().unwrap();
        StatedArea { text: text.to_owned(), value, unit_m2: 1e6, unit: "km2", decimals: 2, place: Place::file() }
    }

    #[test]
    fn an_area_that_every_row_repeats_is_that_of_the_whole() {
        let placed = [(0, 0..1), (1, 0..1), (0, 1..3)];
        let spans = |areas: &[Option<StatedArea>]| {
            of_rows(areas, &placed).into_iter().map(|each| (each.licence, each.parts)).collect::<Vec<_>>()
        };
        assert_eq!(spans(&[Some(area("0.25")), Some(area("0.10")), Some(area("0.25"))]), [(0, 0..3), (1, 0..1)]);
        assert_eq!(spans(&[Some(area("0.25")), None, Some(area("0.10"))]), [(0, 0..1), (0, 1..3)]);
    }
}
