//! Rows to licences: rows with one id are parts of one licence.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use jiff::civil::Date;
use overcut::{Band, Licence, LicenceId, Part, Validity, dem::VerticalDatum};

use super::{
    LicenceFeature,
    columns::{Columns, Word},
    geometry, values,
};
use crate::error::{Error, Result};

/// Most licences named in one assumption; the others are counted.
const NAMED_AT_MOST: usize = 20;

/// What the rows say.
#[derive(Debug)]
pub(super) struct Assembled {
    /// In the order of their first rows.
    pub licences: Vec<Licence>,
    pub assumptions: Vec<String>,
    /// What became of each row: the licence, by its place in the list, and which of its parts.
    pub placed: Vec<(usize, Range<usize>)>,
}

/// One row, read.
struct Row {
    place: String,
    id: String,
    about: About,
    part: Part,
    /// Further polygons of the same row.
    more: Vec<Part>,
    had_z: bool,
}

/// What must be the same in all rows of a licence.
#[derive(Debug, Clone, PartialEq)]
struct About {
    holder: Option<String>,
    mineral: Option<String>,
    method: Option<String>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    vertical_datum: Option<VerticalDatum>,
}

impl About {
    /// The first attribute in which two rows differ, with both values.
    fn difference(&self, other: &Self) -> Option<(Word, String, String)> {
        fn show<T: ToString>(value: Option<&T>) -> String {
            value.map_or_else(|| "nothing".to_owned(), |value| format!("`{}`", value.to_string()))
        }
        fn pair<T: ToString + PartialEq>(word: Word, a: Option<&T>, b: Option<&T>) -> Option<(Word, String, String)> {
            (a != b).then(|| (word, show(a), show(b)))
        }
        pair(Word::Holder, self.holder.as_ref(), other.holder.as_ref())
            .or_else(|| pair(Word::Mineral, self.mineral.as_ref(), other.mineral.as_ref()))
            .or_else(|| pair(Word::Method, self.method.as_ref(), other.method.as_ref()))
            .or_else(|| pair(Word::ValidFrom, self.valid_from.as_ref(), other.valid_from.as_ref()))
            .or_else(|| pair(Word::ValidTo, self.valid_to.as_ref(), other.valid_to.as_ref()))
            .or_else(|| pair(Word::VerticalDatum, self.vertical_datum.as_ref(), other.vertical_datum.as_ref()))
    }
}

/// Makes licences of rows. `default_datum` goes to those that state none.
pub(super) fn assemble(
    features: &[LicenceFeature],
    source: &str,
    columns: &Columns,
    default_datum: Option<&VerticalDatum>,
) -> Result<Assembled> {
    let rows: Vec<Row> = features.iter().map(|feature| read(feature, source, columns)).collect::<Result<_>>()?;
    let mut order: Vec<(&Row, Vec<Part>)> = Vec::new();
    let mut position: BTreeMap<&str, usize> = BTreeMap::new();
    let mut placed = Vec::with_capacity(rows.len());
    for row in &rows {
        let at = *position.entry(&row.id).or_insert_with(|| {
            order.push((row, Vec::new()));
            order.len() - 1
        });
        let (first, parts) = &mut order[at];
        if let Some((word, first_value, value)) = first.about.difference(&row.about) {
            return Err(Error::ConflictingRows {
                licence: row.id.clone(),
                column: columns.of(word).unwrap_or(word.as_str()).to_owned(),
                first: format!("{} has {first_value}", first.place),
                second: format!("{} has {value}", row.place),
            });
        }
        let before = parts.len();
        parts.push(row.part.clone());
        parts.extend(row.more.iter().cloned());
        placed.push((at, before..parts.len()));
    }

    let with_z: BTreeSet<&str> = rows.iter().filter(|row| row.had_z).map(|row| row.id.as_str()).collect();
    let mut notes = Notes::default();
    let licences = order
        .into_iter()
        .map(|(first, parts)| {
            notes.about(first, &parts, default_datum);
            if with_z.contains(first.id.as_str()) {
                notes.with_z.push(&first.id);
            }
            let About { holder, mineral, method, valid_from, valid_to, vertical_datum } = first.about.clone();
            Licence {
                id: LicenceId(first.id.clone()),
                holder,
                mineral,
                method,
                validity: Validity { from: valid_from, to: valid_to },
                vertical_datum: vertical_datum.or_else(|| default_datum.cloned()).unwrap_or_default(),
                parts,
            }
        })
        .collect();
    Ok(Assembled { licences, assumptions: notes.sentences(default_datum), placed })
}

fn read(feature: &LicenceFeature, source: &str, columns: &Columns) -> Result<Row> {
    let place = format!("{source}, {}", feature.place);
    let cell = |word: Word| -> Option<(&str, &str)> {
        let column = columns.of(word)?;
        let raw = feature.attributes.get(column)?.as_deref();
        values::text(raw).map(|text| (column, text))
    };
    let refuse = |column: &str, found: &str, expected: &str| Error::BadValue {
        place: place.clone(),
        column: column.to_owned(),
        found: found.to_owned(),
        expected: expected.to_owned(),
    };
    let own = |word: Word| cell(word).map(|(_, text)| text.to_owned());
    let metres = |word: Word| {
        cell(word)
            .map(|(column, text)| values::metres(text).map_err(|expected| refuse(column, text, expected)))
            .transpose()
    };
    let day = |word: Word| {
        cell(word)
            .map(|(column, text)| values::day(text).map_err(|expected| refuse(column, text, expected)))
            .transpose()
    };

    let id = own(Word::Licence).ok_or_else(|| {
        let column = columns.of(Word::Licence).unwrap_or_default();
        refuse(column, "", "the id of the licence; rows with the same id are parts of one licence")
    })?;
    let band = match (metres(Word::FloorM)?, metres(Word::CeilingM)?) {
        (Some(floor_m), Some(ceiling_m)) => Some(Band { floor_m, ceiling_m }),
        (None, None) => None,
        (floor, _) => {
            let (present, missing) =
                if floor.is_some() { (Word::FloorM, Word::CeilingM) } else { (Word::CeilingM, Word::FloorM) };
            return Err(Error::HalfBand {
                place,
                licence: id,
                present: present.as_str().to_owned(),
                missing: missing.as_str().to_owned(),
            });
        }
    };
    let about = About {
        holder: own(Word::Holder),
        mineral: own(Word::Mineral),
        method: own(Word::Method),
        valid_from: day(Word::ValidFrom)?,
        valid_to: day(Word::ValidTo)?,
        vertical_datum: own(Word::VerticalDatum)
            .map(|text| values::vertical_datum(&text))
            .filter(|datum| *datum != VerticalDatum::Unknown),
    };
    let layers = own(Word::Layers).and_then(|text| values::layers(&text));
    let shape = geometry::shape(&feature.wkb, &format!("{place} (licence {id})"))?;
    let had_z = shape.had_z;
    let mut parts = shape.polygons.into_iter().map(|polygon| Part { polygon, band, layers: layers.clone() });
    let part = parts.next().expect("a shape has at least one polygon");
    Ok(Row { place, id, about, part, more: parts.collect(), had_z })
}

/// Ids of licences for which something is taken for granted.
#[derive(Default)]
struct Notes<'a> {
    no_band: Vec<&'a str>,
    partly_no_band: Vec<&'a str>,
    always_begun: Vec<&'a str>,
    never_ends: Vec<&'a str>,
    default_datum: Vec<&'a str>,
    with_z: Vec<&'a str>,
}

impl<'a> Notes<'a> {
    fn about(&mut self, row: &'a Row, parts: &[Part], default_datum: Option<&VerticalDatum>) {
        let id = row.id.as_str();
        let without = parts.iter().filter(|part| part.band.is_none()).count();
        if without == parts.len() {
            self.no_band.push(id);
        } else if without > 0 {
            self.partly_no_band.push(id);
        }
        if row.about.valid_from.is_none() {
            self.always_begun.push(id);
        }
        if row.about.valid_to.is_none() {
            self.never_ends.push(id);
        }
        if row.about.vertical_datum.is_none() && default_datum.is_some() && without < parts.len() {
            self.default_datum.push(id);
        }
    }

    fn sentences(self, default_datum: Option<&VerticalDatum>) -> Vec<String> {
        let datum = default_datum.map(ToString::to_string).unwrap_or_default();
        let say = |ids: &[&str], one: &str, many: &str, rest: &str| -> Option<String> {
            let (subject, verb) = subject(ids)?;
            let verb = if verb { one } else { many };
            Some(format!("{subject} {verb} {rest}"))
        };
        [
            say(&self.no_band, "states", "state", "no elevations: none are tested"),
            say(&self.partly_no_band, "states", "state", "no elevations for some parts: none are tested there"),
            say(&self.always_begun, "states", "state", "no first day of validity: taken as valid from ever"),
            say(&self.never_ends, "states", "state", "no last day of validity: taken as valid without end"),
            say(
                &self.default_datum,
                "states",
                "state",
                &format!("no vertical datum for the elevations: taken as {datum}, as given by the caller"),
            ),
            say(&self.with_z, "has", "have", "elevations at the corners: dropped, the plan alone is used"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// `licence A` or `licences A, B and 3 more`, and whether it is one; nothing for none.
fn subject(ids: &[&str]) -> Option<(String, bool)> {
    match ids {
        [] => None,
        [one] => Some((format!("licence {one}"), true)),
        several if several.len() <= NAMED_AT_MOST => Some((format!("licences {}", several.join(", ")), false)),
        many => {
            let named = many[..NAMED_AT_MOST].join(", ");
            Some((format!("licences {named} and {} more", many.len() - NAMED_AT_MOST), false))
        }
    }
}
