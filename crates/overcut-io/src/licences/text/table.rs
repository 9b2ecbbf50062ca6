//! Corner tables, from CSV, text or a sheet: headings, corners, and statements above, between and below.

use super::{
    cell::coordinate,
    document::{Block, Corner, Document, Stated},
    finding::{Finding, Place, Refusal},
    grid::Grid,
    heads::{Group, Heads, of_row},
    numbers::{Number, number},
    rings::{Rings, require_few, require_few_findings},
    side_by_side::{Cells, in_order},
    statements::{area, pairs, remark, take},
    words::Word,
};
use crate::crs::zones::Datum;

/// Reads one sheet into the document; gives whether it holds corners.
pub(super) fn read(grid: &Grid, document: &mut Document) -> Result<bool, Refusal> {
    let header = grid.rows.iter().enumerate().find_map(|(index, (_, row))| {
        let above = index.checked_sub(1).map(|above| grid.rows[above].1.as_slice());
        of_row(row, above).map(|heads| (index, heads))
    });
    let header_row = header.as_ref().map(|(index, _)| *index);
    let (start, heads) = if let Some((index, heads)) = header {
        (index + 1, heads)
    } else if let Some((first, heads)) = without_header(grid)? {
        let place = Place::line(grid.rows[first].0).sheet(grid.sheet.as_deref());
        document.findings.push(Finding::info("no_header", place));
        (first, heads)
    } else {
        // Without corners, statements alone make another refusal.
        let mut reader = Reader::new(grid, document, Heads::default());
        grid.rows.iter().for_each(|(line, row)| reader.text_row(*line, row));
        return Ok(false);
    };
    let mut reader = Reader::new(grid, document, heads);
    for (index, (line, row)) in grid.rows[..start].iter().enumerate() {
        if header_row == Some(index) {
            reader.remarks(row);
        } else {
            reader.text_row(*line, row);
        }
    }
    reader.choose_set()?;
    for (index, (line, row)) in grid.rows.iter().enumerate().skip(start) {
        let above = index.checked_sub(1).map(|above| grid.rows[above].1.as_slice());
        if let Some(heads) = of_row(row, above) {
            reader.flush()?;
            reader.heads = heads;
            reader.remarks(row);
            reader.choose_set()?;
        } else {
            reader.row(*line, row)?;
            require_few_findings(&reader.document.findings, *line)?;
        }
    }
    reader.finish()
}

/// Columns of a table without headings: two that look like coordinates, and a name before them.
fn without_header(grid: &Grid) -> Result<Option<(usize, Heads)>, Refusal> {
    let looks = |cell: &String| match number(cell) {
        Ok(Number::Degrees { .. }) => true,
        Ok(Number::Plain { value, decimals }) => value >= 50_000.0 || (decimals > 2 && value >= 3.0),
        Err(_) => false,
    };
    for (index, (line, row)) in grid.rows.iter().enumerate() {
        let columns: Vec<usize> = (0..row.len()).filter(|column| looks(&row[*column])).collect();
        if columns.len() < 2 {
            continue;
        }
        let filled = row.iter().filter(|cell| !cell.is_empty()).count();
        if columns.len() != 2 || filled > 3 || columns[0] > 1 {
            return Err(Refusal::new("columns_unclear", Place::line(*line).sheet(grid.sheet.as_deref()))
                .with("found", row.join(" ")));
        }
        let label = columns[0].checked_sub(1);
        let group = Group { label, at: [columns[0], columns[1]], order: None, degrees: false, datums: Vec::new() };
        return Ok(Some((index, Heads { groups: vec![group], ..Heads::default() })));
    }
    Ok(None)
}

struct Reader<'a> {
    grid: &'a Grid,
    document: &'a mut Document,
    heads: Heads,
    block: Block,
    rings: Rings,
    /// Rows of several groups that wait for their order.
    waiting: Vec<Vec<Option<Cells>>>,
    corners: usize,
    heights: Option<usize>,
    /// Corners came since the last statement.
    began_again: Option<Place>,
    found_any: bool,
}

impl<'a> Reader<'a> {
    fn new(grid: &'a Grid, document: &'a mut Document, heads: Heads) -> Self {
        Self {
            grid,
            document,
            heads,
            block: Block::default(),
            rings: Rings::default(),
            waiting: Vec::new(),
            corners: 0,
            heights: None,
            began_again: None,
            found_any: false,
        }
    }

    fn place(&self, line: usize) -> Place {
        Place::line(line).sheet(self.grid.sheet.as_deref())
    }

    /// Of several sets of coordinates for the same corners, the one in CGCS2000; side by side, all groups stay.
    fn choose_set(&mut self) -> Result<(), Refusal> {
        let groups = &self.heads.groups;
        let line = self.grid.rows.first().map_or(1, |(line, _)| *line);
        if let Some(order) = groups[0].order {
            let stated = self.document.stated.order;
            // Headings that change their order within a file leave it to the magnitudes.
            let same = stated.is_none_or(|known| known.order == order.order);
            self.document.stated.order = if same { Some(order) } else { None };
        }
        if self.heads.degrees_beside {
            self.document.findings.push(Finding::info("degrees_not_read", self.place(line)));
        }
        if groups.len() < 2 || groups[1..].iter().all(|group| group.label.is_some()) {
            return Ok(());
        }
        let newest: Vec<usize> =
            (0..groups.len()).filter(|index| groups[*index].datums[..] == [Datum::Cgcs2000]).collect();
        let [newest] = newest[..] else {
            return Err(Refusal::new("coordinate_sets_several", self.place(line)).with("count", groups.len()));
        };
        let label = groups.iter().find_map(|group| group.label);
        let mut chosen = groups[newest].clone();
        chosen.label = label;
        let others: Vec<String> = groups
            .iter()
            .flat_map(|group| &group.datums)
            .filter(|datum| **datum != Datum::Cgcs2000)
            .map(ToString::to_string)
            .collect();
        self.document.stated.datums = vec![Datum::Cgcs2000];
        self.heads.groups = vec![chosen];
        let note = Finding::info("coordinate_set_chosen", self.place(line)).with("used", Datum::Cgcs2000);
        self.document.findings.push(note.with("other", others.join(", ")));
        Ok(())
    }

    fn row(&mut self, line: usize, row: &[String]) -> Result<(), Refusal> {
        let cell = |column: usize| row.get(column).map_or("", String::as_str);
        let given = |group: &Group| group.at.map(|column| !cell(column).is_empty());
        let with_corner: Vec<&Group> = self.heads.groups.iter().filter(|group| given(group).contains(&true)).collect();
        let numeric = |group: &&Group| group.at.iter().any(|column| number(cell(*column)).is_ok());
        let words = row
            .iter()
            .any(|cell| cell.chars().any(|c| c.is_alphabetic() && !matches!(c, 'E' | 'N' | 'm' | '东' | '北')));
        if with_corner.is_empty() || (words && !with_corner.iter().any(numeric)) {
            self.flush()?;
            self.text_row(line, row);
            return Ok(());
        }
        let mut cells = Vec::new();
        for group in &self.heads.groups {
            if !given(group).contains(&true) {
                cells.push(None);
                continue;
            }
            let label = group.label.map_or("", cell);
            let place = |at: usize| self.place(line).corner(label).column(&Self::heading(group, at));
            let at = [coordinate(cell(group.at[0]), || place(0))?, coordinate(cell(group.at[1]), || place(1))?];
            let ring = self.heads.ring.map(cell).filter(|text| !text.is_empty()).map(str::to_owned);
            cells.push(Some(Cells { ring, corner: Corner { label: label.into(), at, line } }));
        }
        self.corners += cells.iter().flatten().count();
        require_few(self.corners, line)?;
        if self.heads.height.is_some_and(|column| !cell(column).is_empty()) {
            self.heights.get_or_insert(line);
        }
        self.words_of(line, row)?;
        self.waiting.push(cells);
        if self.heads.groups.len() == 1 {
            self.flush()?;
        }
        Ok(())
    }

    /// Name of a coordinate column for messages: its letter.
    fn heading(group: &Group, at: usize) -> String {
        let north_first = group.order.is_none_or(|stated| stated.order == super::document::Order::NorthEast);
        let names = if group.degrees { ["B", "L"] } else { ["X", "Y"] };
        if group.order.is_none() {
            return (group.at[at] + 1).to_string();
        }
        names[if north_first { at } else { 1 - at }].to_owned()
    }

    /// Statements in columns: a new licence or part begins a new block.
    fn words_of(&mut self, line: usize, row: &[String]) -> Result<(), Refusal> {
        let stated: Vec<(Word, String)> = self
            .heads
            .words
            .iter()
            .filter_map(|(word, column)| {
                row.get(*column).filter(|text| !text.is_empty()).map(|text| (*word, text.clone()))
            })
            .collect();
        let changed = stated.iter().any(|(word, text)| {
            matches!(word, Word::Licence | Word::Part) && self.block.about.get(word).is_some_and(|known| known != text)
        });
        if changed && !(self.rings.is_empty() && self.waiting.is_empty()) {
            self.end_block()?;
        }
        for (word, text) in stated {
            if word == Word::AreaKm2 {
                let place = self.place(line).column("area_km2");
                self.block.area = self.block.area.take().or(area("km2", &text, place).map(|(area, _)| area));
            } else {
                self.block.about.entry(word).or_insert(text);
            }
        }
        if self.block.place.line.is_none() {
            self.block.place = self.place(line);
        }
        Ok(())
    }

    /// Datums, zones and the writing of angles, named anywhere in a row.
    fn remarks(&mut self, row: &[String]) {
        row.iter().for_each(|cell| {
            remark(cell, &mut self.document.stated);
        });
    }

    /// A row without corners: statements, or words for people.
    fn text_row(&mut self, line: usize, row: &[String]) {
        let place = self.place(line);
        let pairs = pairs(row);
        let another = |word: Word, value: &String| self.block.about.get(&word).is_some_and(|known| known != value);
        let begins = pairs.iter().any(|(key, _, value)| match key {
            super::statements::Key::Word(word) => another(*word, value),
            _ => false,
        });
        let next_licence = pairs.iter().any(|(key, ..)| matches!(key, super::statements::Key::Word(Word::Licence)));
        if (begins || next_licence) && !self.rings.is_empty() {
            // `flush` has been called before each row of text: what waits has its order.
            let _ = self.end_block();
        }
        self.remarks(row);
        for pair in pairs {
            take(pair, &place, &mut self.block, &mut self.document.stated, &mut self.document.findings);
        }
    }

    /// Puts the corners that wait in order.
    fn flush(&mut self) -> Result<(), Refusal> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        let groups = waiting[0].len();
        let line = waiting[0].iter().flatten().next().map_or(1, |cells| cells.corner.line);
        let (cells, order) =
            in_order(&waiting).map_err(|refusal| Refusal::new(refusal, self.place(line)).with("groups", groups))?;
        if let Some(order) = order {
            self.document.findings.push(Finding::info(order, self.place(line)).with("groups", groups));
        }
        if self.block.place.line.is_none() {
            self.block.place = self.place(line);
        }
        for Cells { ring, corner } in cells {
            self.rings.push(ring.as_deref(), corner);
        }
        Ok(())
    }

    fn end_block(&mut self) -> Result<(), Refusal> {
        self.flush()?;
        let rings = std::mem::take(&mut self.rings);
        if rings.is_empty() {
            return Ok(());
        }
        self.began_again = self.began_again.take().or_else(|| rings.began_again.clone());
        let mut block = std::mem::take(&mut self.block);
        block.rings = rings.finish(&mut self.document.findings);
        if block.name.is_none() {
            block.name.clone_from(&self.grid.sheet);
        }
        self.document.blocks.push(block);
        self.found_any = true;
        Ok(())
    }

    fn finish(mut self) -> Result<bool, Refusal> {
        self.end_block()?;
        let sheet = self.grid.sheet.as_deref();
        if let Some(line) = self.heights {
            self.document.findings.push(Finding::info("heights_dropped", self.place(line)));
        }
        if let Some(place) = self.began_again.take() {
            self.document.findings.push(Finding::info("ring_by_names", place.sheet(sheet)));
        }
        Ok(self.found_any)
    }
}

/// What the first document statements say is kept for all sheets.
pub(super) fn nothing_found(stated: &Stated) -> Refusal {
    let code = if stated == &Stated::default() { "no_corners" } else { "no_corners_but_statements" };
    Refusal::new(code, Place::file())
}
