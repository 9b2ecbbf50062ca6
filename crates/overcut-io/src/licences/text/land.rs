//! The land-coordinate text (报盘, 界址点 format): `[属性描述]`, `[地块坐标]`, lines that end in `@`, lines of corners.
//!
//! It is written by many programs, and hardly two agree; each departure is a finding.

use super::{
    cell::coordinate,
    document::{Block, Corner, Document, Order, StatedArea, StatedOrder, datums_within},
    finding::{Finding, Place, Refusal},
    numbers::{Number, number, numbers_within, plain},
    rings::{Rings, note_open, require_few, require_few_findings},
    words::Word,
};

/// Fields of a parcel line by the rule, `@` included.
const RULED_FIELDS: usize = 9;

/// Whether a text looks like this format: a heading of its own, or a parcel line before any corner.
pub(super) fn is_land(text: &str) -> bool {
    text.lines().take(200).any(|line| {
        let line = plain(line);
        let line = line.trim();
        heading(line).is_some() || (line.ends_with('@') && line.matches(',').count() >= 3)
    })
}

fn heading(line: &str) -> Option<(&str, bool)> {
    let ruled = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(|name| (name, true));
    let name =
        ruled.or_else(|| line.strip_prefix('【').and_then(|rest| rest.strip_suffix('】')).map(|name| (name, false)));
    name.map(|(name, ruled)| (name.trim(), ruled)).filter(|(name, _)| matches!(*name, "属性描述" | "地块坐标"))
}

/// Reads it.
pub(super) fn read(text: &str) -> Result<Document, Refusal> {
    let mut reader = Reader::default();
    for (index, line) in text.lines().enumerate() {
        reader.line(line.trim_matches(['\u{1a}', '\u{c}', ' ', '\t', '\r']), index + 1)?;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    document: Document,
    block: Option<Open>,
    corners: usize,
    seen: Seen,
}

/// What is said once a file.
#[derive(Default)]
struct Seen {
    attributes: bool,
    full_width_brackets: bool,
    ring_numbers: bool,
    bare_labels: Option<usize>,
    no_ring_number: Option<usize>,
    field_count: Option<(usize, usize)>,
    empty_zone: Option<usize>,
}

/// A parcel that is being read.
struct Open {
    block: Block,
    rings: Rings,
    /// Corners that the parcel line announces.
    announced: Option<usize>,
    /// Lines of corners that came.
    lines: usize,
    /// Not an area: `点`, `线`.
    shape: Option<String>,
}

impl Reader {
    fn line(&mut self, line: &str, number: usize) -> Result<(), Refusal> {
        if line.is_empty() {
            return Ok(());
        }
        require_few_findings(&self.document.findings, number)?;
        if let Some((name, ruled)) = heading(line) {
            self.seen.attributes |= name == "属性描述";
            self.seen.full_width_brackets |= !ruled;
            return Ok(());
        }
        let plain = plain(line);
        if plain.trim_end().ends_with('@') {
            self.parcel(&plain, number);
            return Ok(());
        }
        if let Some((key, value)) = plain.split_once(['=', ':'])
            && self.block.is_none()
            && key.chars().any(|c| !c.is_ascii_digit() && c != '.')
        {
            self.attribute(key.trim(), value.trim(), number);
            return Ok(());
        }
        self.corner(&plain, number)
    }

    fn attribute(&mut self, key: &str, value: &str, line: usize) {
        let stated = &mut self.document.stated;
        let place = || Place::line(line).column(key);
        let note = |code, severity: fn(&'static str, Place) -> Finding| severity(code, place()).with("found", value);
        match key {
            "坐标系" | "坐标系统" => {
                let datums = datums_within(value);
                if datums.is_empty() && !value.is_empty() {
                    self.document.findings.push(note("datum_not_understood", Finding::warning));
                }
                datums.into_iter().for_each(|datum| stated.name_datum(datum));
            }
            "几度分带" => match numbers_within(value).first() {
                Some(&3.0) => stated.zone_degrees = Some(3),
                Some(&6.0) => stated.zone_degrees = Some(6),
                _ if value.is_empty() => {}
                _ => self.document.findings.push(note("zone_width_not_understood", Finding::warning)),
            },
            "带号" if value.is_empty() => self.seen.empty_zone = Some(line),
            "带号" => {
                match value.parse::<u8>().ok().filter(|zone| crate::crs::zones::Zone::width_of(*zone).is_some()) {
                    Some(zone) => stated.zone = Some(zone),
                    None => self.document.findings.push(note("zone_not_understood", Finding::warning)),
                }
            }
            "投影类型" if !(value.is_empty() || value.contains("高斯") || value.to_lowercase().contains("gauss")) =>
            {
                self.document.findings.push(note("projection_not_understood", Finding::warning));
            }
            "计量单位" if !(value.is_empty() || matches!(value, "米" | "m" | "M" | "度" | "度分秒")) => {
                self.document.findings.push(note("unit_not_understood", Finding::warning));
            }
            "精度" if !value.is_empty() => match number(value) {
                Ok(Number::Plain { value: precision, .. }) if precision > 0.0 && precision < 1.0 => {}
                _ => self.document.findings.push(note("precision_form", Finding::info)),
            },
            "转换参数" if numbers_within(value).iter().any(|each| *each != 0.0) => {
                self.document.findings.push(note("parameters_not_applied", Finding::warning));
            }
            _ => {}
        }
    }

    fn parcel(&mut self, line: &str, number: usize) {
        self.end_block();
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        if fields.len() != RULED_FIELDS {
            self.seen.field_count.get_or_insert((number, fields.len()));
        }
        let field = |index: usize| fields.get(index).copied().filter(|text| !matches!(*text, "" | "@"));
        let mut block = Block { place: Place::line(number), ..Block::default() };
        if let Some(id) = field(2) {
            block.about.insert(Word::Licence, id.to_owned());
        }
        block.name = field(3).map(str::to_owned);
        block.area = field(1).and_then(|text| match self::number(text) {
            Ok(Number::Plain { value, decimals }) if value > 0.0 => Some(StatedArea {
                text: text.to_owned(),
                value,
                unit_m2: 1e4,
                unit: "ha",
                decimals,
                place: Place::line(number),
            }),
            _ => None,
        });
        let shape = field(4).filter(|shape| !matches!(*shape, "面" | "面状" | "polygon")).map(str::to_owned);
        let announced = field(0).and_then(|text| text.parse().ok());
        if announced.is_none() && field(0).is_some() {
            let count = field(0).unwrap_or_default();
            self.document
                .findings
                .push(Finding::warning("corner_count_not_understood", Place::line(number)).with("found", count));
        }
        self.block = Some(Open { block, rings: Rings::default(), announced, lines: 0, shape });
    }

    fn corner(&mut self, line: &str, number: usize) -> Result<(), Refusal> {
        let fields: Vec<&str> = line.split([',', '\t']).map(str::trim).collect();
        let used = fields.iter().rposition(|field| !field.is_empty()).map_or(0, |last| last + 1);
        let (label, ring, coordinates) = match fields[..used] {
            [label, ring, first, second] => {
                self.seen.ring_numbers = true;
                (label, Some(ring), [first, second])
            }
            // Where other lines have four fields, one with three is cut short.
            [label, first, second] if !self.seen.ring_numbers => {
                self.seen.no_ring_number.get_or_insert(number);
                (label, None, [first, second])
            }
            _ => return Err(Refusal::new("corner_line_unreadable", Place::line(number)).with("found", line)),
        };
        if label.starts_with(|c: char| c.is_ascii_digit()) {
            self.seen.bare_labels.get_or_insert(number);
        }
        self.corners += 1;
        require_few(self.corners, number)?;
        let place = |column: &'static str| Place::line(number).corner(label).column(column);
        let at = [coordinate(coordinates[0], || place("X"))?, coordinate(coordinates[1], || place("Y"))?];
        let open = self.block.get_or_insert_with(|| Open {
            block: Block { place: Place::line(number), ..Block::default() },
            rings: Rings::default(),
            announced: None,
            lines: 0,
            shape: None,
        });
        open.lines += 1;
        open.rings.push(ring, Corner { label: label.into(), at, line: number });
        Ok(())
    }

    fn end_block(&mut self) {
        let Some(Open { mut block, rings, announced, lines, shape }) = self.block.take() else { return };
        let findings = &mut self.document.findings;
        let place = block.place.clone();
        let about = |code, severity: fn(&'static str, Place) -> Finding| severity(code, place.clone());
        if let Some(shape) = shape {
            findings.push(about("parcel_is_no_area", Finding::error).with("found", shape));
            return;
        }
        if rings.is_empty() {
            findings.push(about("parcel_without_corners", Finding::error));
            return;
        }
        block.rings = rings.finish(findings);
        if let Some(announced) = announced {
            let distinct = block.rings.iter().map(|ring| ring.corners.len()).sum::<usize>();
            if announced == lines && lines != distinct {
                findings.push(about("corner_count_with_closing", Finding::info).with("count", announced));
            } else if announced != distinct {
                findings.push(
                    about("corner_count_differs", Finding::warning)
                        .with("announced", announced)
                        .with("found", distinct),
                );
            }
        }
        self.document.blocks.push(block);
    }

    fn finish(mut self) -> Result<Document, Refusal> {
        self.end_block();
        let Self { mut document, seen, .. } = self;
        if document.blocks.is_empty() {
            let code = if document.findings.iter().any(|each| each.code == "parcel_is_no_area") {
                "only_points_and_lines"
            } else {
                "no_corners"
            };
            return Err(Refusal::new(code, Place::file()));
        }
        let findings = &mut document.findings;
        let mut once =
            |code, line: Option<usize>| findings.extend(line.map(|line| Finding::info(code, Place::line(line))));
        once("attributes_missing", (!seen.attributes).then_some(1));
        once("label_without_j", seen.bare_labels);
        once("ring_number_missing", seen.no_ring_number);
        once("zone_empty", seen.empty_zone.filter(|_| document.stated.zone.is_none()));
        if let Some((line, count)) = seen.field_count {
            findings.push(
                Finding::info("parcel_fields", Place::line(line)).with("found", count).with("expected", RULED_FIELDS),
            );
        }
        if seen.full_width_brackets {
            findings.push(Finding::info("heading_brackets", Place::file()));
        }
        note_open(&document.blocks, findings);
        document.stated.order = Some(StatedOrder { order: Order::NorthEast, certain: false });
        Ok(document)
    }
}
