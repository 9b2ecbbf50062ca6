//! Tables as CSV that opens in a spreadsheet as it is meant.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use overcut::Assessment;

use super::{
    staging::Staging,
    table::{self, Table, Value},
};
use crate::error::{Error, Result};

/// Tells a spreadsheet that the text is UTF-8; without it, Chinese text is read in the code page of the machine.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// First characters with which a spreadsheet takes a text for a formula, full-width ones (as East Asian versions do)
/// included. Holders and ids come from files of others.
pub(crate) const FORMULA_STARTS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Writes `rows.csv` (sums by licence and class), `patches.csv` and `intervals.csv` into an existing folder; gives their
/// paths.
///
/// UTF-8 with a byte order mark, lines ended by CR LF, points in numbers, days as `2021-05-01`, empty cells for nothing.
/// Text that a spreadsheet would take for a formula is preceded by an apostrophe.
///
/// # Errors
/// An existing file without `overwrite`; no folder; whatever the operating system refuses. All three appear, or none.
pub fn write_csv(assessment: &Assessment, directory: &Path, overwrite: bool) -> Result<Vec<PathBuf>> {
    let tables = [
        ("rows.csv", table::licence_results(assessment)),
        ("patches.csv", table::patches(assessment)),
        ("intervals.csv", table::intervals(assessment)),
    ];
    let names = tables.each_ref().map(|(name, _)| (*name).to_owned());
    let staging = Staging::new(directory, &names, overwrite)?;
    for (index, (_, table)) in tables.iter().enumerate() {
        write(table, &staging.path(index)).map_err(|source| Error::OutputFailed {
            path: staging.target(index),
            doing: "writing CSV",
            source,
        })?;
    }
    staging.publish()
}

fn write(table: &Table, path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(BYTE_ORDER_MARK)?;
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file);
    writer.write_record(table.columns.iter().map(|(name, _)| name))?;
    for row in &table.rows {
        writer.write_record(row.iter().map(cell))?;
    }
    let mut file = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    file.flush()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Nothing => String::new(),
        Value::Int(value) => value.to_string(),
        Value::Real(value) => value.to_string(),
        Value::Day(value) => value.to_string(),
        Value::Text(text) if text.starts_with(FORMULA_STARTS) => format!("'{text}"),
        Value::Text(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_looks_like_a_formula_is_made_harmless_and_negative_numbers_stay_numbers() {
        for text in ["=1+1", "+86 351", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"] {
            assert_eq!(cell(&text.into()), format!("'{text}"));
        }
        assert_eq!(cell(&Value::Real(-1.5)), "-1.5");
        assert_eq!(cell(&"青石岭=1".into()), "青石岭=1");
    }
}
