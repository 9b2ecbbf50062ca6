//! CASS `.dat`: `id,code,Y (east),X (north),H` on each line; the code may be empty, the prefix of the zone often is dropped.

use super::{
    cell::coordinate,
    document::{Block, Corner, Document, Order, StatedOrder},
    finding::{Finding, Place, Refusal},
    numbers::plain,
    rings::{Rings, note_open, require_few},
};

/// Whether a text is in this format: lines of five fields, a few of them at least.
pub(super) fn is_cass(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(20).peekable();
    // Older files begin with the number of points.
    if lines.peek().is_some_and(|line| line.trim().bytes().all(|b| b.is_ascii_digit())) {
        lines.next();
    }
    let mut count = 0;
    lines.all(|line| {
        count += 1;
        let line = plain(line);
        let fields: Vec<&str> = line.trim().split(',').map(str::trim).collect();
        fields.len() == 5 && fields[2..].iter().all(|field| field.parse::<f64>().is_ok_and(f64::is_finite))
    }) && count > 0
}

/// Reads it: the points in their order are a ring; a new code starts a new one.
pub(super) fn read(text: &str) -> Result<Document, Refusal> {
    let mut document = Document::default();
    let mut rings = Rings::default();
    let (mut announced, mut codes, mut heights, mut total) = (None, false, None, 0_usize);
    let mut first_line = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let line = plain(line);
        let line = line.trim_matches(['\u{1a}', ' ', '\t', '\r']);
        if line.is_empty() {
            continue;
        }
        if first_line.is_none() && line.bytes().all(|b| b.is_ascii_digit()) {
            announced = line.parse::<usize>().ok().map(|count| (count, number));
            continue;
        }
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [label, code, east, north, height] = fields[..] else {
            return Err(Refusal::new("cass_line_unreadable", Place::line(number))
                .with("found", line)
                .with("fields", fields.len()));
        };
        first_line.get_or_insert(number);
        total += 1;
        require_few(total, number)?;
        let place = |column: &'static str| Place::line(number).corner(label).column(column);
        let at = [coordinate(east, || place("Y"))?, coordinate(north, || place("X"))?];
        if height.parse::<f64>().is_ok_and(|height| height != 0.0) {
            heights.get_or_insert(number);
        }
        codes |= !code.is_empty();
        rings.push(Some(code), Corner { label: label.into(), at, line: number });
    }
    let Some(first_line) = first_line else { return Err(Refusal::new("no_corners", Place::file())) };
    if let Some((count, line)) = announced.filter(|(count, _)| *count != total) {
        let note = Finding::warning("corner_count_differs", Place::line(line));
        document.findings.push(note.with("announced", count).with("found", total));
    }
    let mut block = Block { place: Place::line(first_line), ..Block::default() };
    block.rings = rings.finish(&mut document.findings);
    if block.rings.len() > 1 && codes {
        document.findings.push(Finding::info("rings_by_code", Place::file()).with("count", block.rings.len()));
    }
    document.findings.extend(heights.map(|line| Finding::info("heights_dropped", Place::line(line))));
    document.blocks.push(block);
    note_open(&document.blocks, &mut document.findings);
    document.stated.order = Some(StatedOrder { order: Order::EastNorth, certain: false });
    Ok(document)
}
