//! Text to rows of cells: which sign parts the cells is found out, quotes are kept to.

use super::{
    document::MAX_CORNERS,
    finding::{Place, Refusal},
    numbers::{number, plain, plain_sign},
};

/// Rows of cells.
#[derive(Debug, Default)]
pub(super) struct Grid {
    pub sheet: Option<String>,
    /// Line or row from 1, and its cells without blanks around them.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// Most cells of a row that are looked at.
pub(super) const MAX_COLUMNS: usize = 200;

/// Signs that part cells, in the order in which they are tried.
const SEPARATORS: [char; 4] = ['\t', ';', ',', ' '];

/// Cells of a text.
pub(super) fn of_text(text: &str) -> Result<Grid, Refusal> {
    let separator = separator(text);
    let mut grid = Grid::default();
    if separator == ' ' {
        for (index, line) in text.lines().enumerate() {
            let cells = plain(line).split_whitespace().map(str::to_owned).collect();
            grid.push(index + 1, cells)?;
        }
        return Ok(grid);
    }
    // Full-width separators count too, but not within quotes, so they are made plain first; other letters stay as they are.
    let text: String = text.chars().map(|c| if plain_sign(c) == separator { separator } else { c }).collect();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(separator).unwrap_or(b','))
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    loop {
        let line = usize::try_from(reader.position().line()).unwrap_or(usize::MAX);
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Err(Refusal::new("table_unreadable", Place::line(line))),
        }
        let line = record.position().map_or(line, |position| usize::try_from(position.line()).unwrap_or(line));
        if record.iter().any(|cell| cell.lines().count() > 5) {
            return Err(Refusal::new("quote_not_closed", Place::line(line)));
        }
        let cells =
            record.iter().map(|cell| without_guard(cell.trim_matches([' ', '\u{3000}', '\u{1a}', '\r'])).to_owned());
        let cells = cells.collect();
        grid.push(line, cells)?;
    }
    Ok(grid)
}

/// A text without the apostrophe that keeps a spreadsheet from taking it for a formula, as our own writer sets it.
fn without_guard(cell: &str) -> &str {
    let starts = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(starts)).unwrap_or(cell)
}

impl Grid {
    pub(super) fn push(&mut self, line: usize, mut cells: Vec<String>) -> Result<(), Refusal> {
        if self.rows.len() > MAX_CORNERS {
            return Err(Refusal::new("too_many_corners", Place::line(line)).with("most", MAX_CORNERS));
        }
        cells.truncate(MAX_COLUMNS);
        if cells.iter().any(|cell| !cell.is_empty()) {
            self.rows.push((line, cells));
        }
        Ok(())
    }
}

/// The sign that parts the most lines into several numbers; of equals the first.
fn separator(text: &str) -> char {
    let lines: Vec<String> =
        text.lines().filter(|line| line.chars().any(char::is_numeric)).take(1000).map(plain).collect();
    let parts = |sign: char| {
        let several = |line: &&String| line.split(sign).filter(|cell| number(cell).is_ok()).count() > 1;
        lines.iter().filter(several).count()
    };
    let most = SEPARATORS.map(parts);
    let best = most.iter().max().copied().unwrap_or(0);
    let first = most.iter().position(|count| *count == best && best > 0);
    first.map_or(',', |index| SEPARATORS[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        of_text(text).unwrap().rows.into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn the_sign_between_cells_is_found_out() {
        for text in [
            "1,3941160.735,498187.664",
            "1\t3941160.735\t498187.664",
            "1;3941160.735;498187.664",
            "1  3941160.735 498187.664",
            "1，3941160.735，498187.664",
        ] {
            assert_eq!(cells(text), [["1", "3941160.735", "498187.664"]], "{text}");
        }
        assert_eq!(cells("1,\"3,941,160.735\",\"498,187.664\""), [["1", "3,941,160.735", "498,187.664"]]);
        assert_eq!(cells("1,111°02'30.1\",35°36'30.1\""), [["1", "111°02'30.1\"", "35°36'30.1\""]]);
    }

    #[test]
    fn a_quote_that_swallows_the_rest_is_refused() {
        let text = "1,3941160.735,\"498187.664\n2,3941160.735,498187.664\n3,3941160.735,498187.664\n4,3941160.735,498187.664\n5,3941160.7,498187.6\n6,3941160.7,498187.6\n";
        assert_eq!(of_text(text).unwrap_err().0.code, "quote_not_closed");
    }
}
