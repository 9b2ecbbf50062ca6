//! Which column means what: the choice between the columns of a file for each of our words.

use std::collections::BTreeMap;

pub(super) use super::text::words::Word;
use crate::error::{Error, Result};

/// The column of each word that the file has.
#[derive(Debug, Default)]
pub(super) struct Columns {
    of: BTreeMap<Word, String>,
}

impl Columns {
    /// Finds the column of every word among `found`.
    ///
    /// `fields` (word → column) goes before recognition by name. `name_length` is the longest name that the format can
    /// store, in bytes, where it cuts longer ones (10 for a Shapefile).
    pub(super) fn find(
        place: &str,
        found: &[String],
        fields: &BTreeMap<String, String>,
        name_length: Option<usize>,
    ) -> Result<Self> {
        let mut columns = Self::default();
        for (word, column) in fields {
            let known = Word::ALL.into_iter().find(|each| each.as_str().eq_ignore_ascii_case(word.trim()));
            let Some(known) = known else {
                let words = Word::ALL.map(Word::as_str);
                return Err(Error::UnknownField { word: word.clone(), known: words.join(", ") });
            };
            let matching =
                found.iter().find(|each| *each == column).or_else(|| found.iter().find(|each| same(each, column)));
            let Some(matching) = matching else {
                return Err(Error::FieldColumnMissing {
                    place: place.to_owned(),
                    word: word.clone(),
                    column: column.clone(),
                    found: listed(found),
                });
            };
            columns.of.insert(known, matching.clone());
        }
        for word in Word::ALL {
            if columns.of.contains_key(&word) {
                continue;
            }
            let mut candidates: Vec<&String> =
                found.iter().filter(|column| word.names().iter().any(|name| same(column, name))).collect();
            // A column `id` is often no more than a row number: any other name goes before it.
            if candidates.len() > 1 {
                candidates.retain(|column| !same(column, "id"));
            }
            if candidates.is_empty()
                && let Some(length) = name_length
            {
                candidates = found.iter().filter(|column| cut_name_of(column, length) == Some(word)).collect();
            }
            match candidates.as_slice() {
                [] => {}
                [column] => {
                    columns.of.insert(word, (*column).clone());
                }
                several => {
                    let several: Vec<String> = several.iter().map(|column| (*column).clone()).collect();
                    return Err(Error::AmbiguousColumn {
                        place: place.to_owned(),
                        word: word.as_str().to_owned(),
                        columns: listed(&several),
                    });
                }
            }
        }
        if !columns.of.contains_key(&Word::Licence) {
            return Err(Error::MissingColumn {
                place: place.to_owned(),
                word: Word::Licence.as_str().to_owned(),
                accepted: Word::Licence.names().join(", "),
                found: listed(found),
            });
        }
        Ok(columns)
    }

    /// The column of a word, if the file has one.
    pub(super) fn of(&self, word: Word) -> Option<&str> {
        self.of.get(&word).map(String::as_str)
    }
}

fn same(column: &str, name: &str) -> bool {
    column.trim().to_lowercase() == name.trim().to_lowercase()
}

/// The one word of which `column` is a name cut to `length` bytes, in UTF-8 or in GBK (two bytes a character).
///
/// `有效期` is what is left of both 有效期起 and 有效期止: such a column means nothing by itself.
fn cut_name_of(column: &str, length: usize) -> Option<Word> {
    // The cut may fall within a character, of which a replacement character is left.
    let column = column.trim().trim_end_matches(char::REPLACEMENT_CHARACTER).to_lowercase();
    let characters = column.chars().count();
    let cut = |name: &&str| {
        let total = name.chars().count();
        if characters >= total || !name.to_lowercase().starts_with(&column) {
            return false;
        }
        let next = name.chars().nth(characters).expect("the name is longer");
        let full = |bytes: usize, width: usize| bytes <= length && bytes + width > length;
        let gbk = |c: char| if c.is_ascii() { 1 } else { 2 };
        full(column.len(), next.len_utf8()) || full(column.chars().map(gbk).sum(), gbk(next))
    };
    let mut words = Word::ALL.into_iter().filter(|word| word.names().iter().any(cut));
    match (words.next(), words.next()) {
        (Some(word), None) => Some(word),
        _ => None,
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "no columns".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(found: &[&str], fields: &[(&str, &str)]) -> Result<Columns> {
        let found: Vec<String> = found.iter().map(|name| (*name).to_owned()).collect();
        let fields = fields.iter().map(|(word, column)| ((*word).to_owned(), (*column).to_owned())).collect();
        Columns::find("l.shp", &found, &fields, Some(10))
    }

    #[test]
    fn chinese_names_are_recognised_as_they_stand_in_registers() {
        let columns = find(&["采矿许可证号", "采矿权人", "开采矿种", "开采方式"], &[]).unwrap();
        assert_eq!(columns.of(Word::Licence), Some("采矿许可证号"));
        assert_eq!(columns.of(Word::Method), Some("开采方式"));
        assert_eq!(columns.of(Word::FloorM), None);
    }

    #[test]
    fn case_does_not_matter_and_id_gives_way_to_a_better_name() {
        assert_eq!(find(&["ID", "Licence"], &[]).unwrap().of(Word::Licence), Some("Licence"));
        assert_eq!(find(&["ID"], &[]).unwrap().of(Word::Licence), Some("ID"));
    }

    #[test]
    fn two_columns_for_one_word_are_an_error_until_fields_chooses() {
        let error = find(&["licence", "许可证号"], &[]).unwrap_err().to_string();
        assert!(error.contains("licence, 许可证号") && error.contains("fields"), "{error}");
        let columns = find(&["licence", "许可证号"], &[("licence", "许可证号")]).unwrap();
        assert_eq!(columns.of(Word::Licence), Some("许可证号"));
    }

    #[test]
    fn names_cut_to_ten_bytes_by_a_shapefile_are_recognised_where_only_one_word_is_left() {
        // UTF-8: three characters; GBK: five.
        let columns = find(&["采矿许\u{fffd}", "开采矿种", "开采方", "vertical_d", "有效期"], &[]).unwrap();
        assert_eq!(columns.of(Word::Licence), Some("采矿许\u{fffd}"));
        assert_eq!(columns.of(Word::Method), Some("开采方"));
        assert_eq!(columns.of(Word::VerticalDatum), Some("vertical_d"));
        assert_eq!((columns.of(Word::ValidFrom), columns.of(Word::ValidTo)), (None, None));
    }

    #[test]
    fn a_missing_licence_column_names_what_was_found_and_what_is_accepted() {
        let error = find(&["name", "开采矿种"], &[]).unwrap_err().to_string();
        for expected in ["name, 开采矿种", "采矿许可证号", "fields"] {
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn fields_may_only_name_known_words_and_columns_that_exist() {
        assert!(find(&["id"], &[("permit", "id")]).unwrap_err().to_string().contains("valid_from"));
        let error = find(&["id"], &[("floor_m", "底")]).unwrap_err().to_string();
        assert!(error.contains("底") && error.contains("id"), "{error}");
    }
}
