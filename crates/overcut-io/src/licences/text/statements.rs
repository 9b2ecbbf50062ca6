//! What stands above, beside and below a table of corners: `采矿许可证号：C14…`, `开采深度：由1230米至1150米标高`.

use super::{
    document::{AREA_UNITS, Angles, Block, Stated, StatedArea, datums_within},
    finding::{Finding, Place},
    numbers::{Number, number, numbers_within, plain},
    words::Word,
};
use crate::crs::zones::Zone;

/// What a heading or key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Word(Word),
    Name,
    Area,
    Band,
    Validity,
    System,
    Zone,
    ZoneWidth,
    Meridian,
}

/// The meaning of a key, if it has one.
pub(super) fn key(text: &str) -> Option<Key> {
    const MORE: [(Key, &[&str]); 12] = [
        (
            Key::Word(Word::Licence),
            &["证号", "采矿权证号", "许可证编号", "licencenumber", "licensenumber", "licenceno", "licenseno"],
        ),
        (Key::Word(Word::Holder), &["矿业权人", "采矿权人名称", "权利人"]),
        (Key::Word(Word::Mineral), &["矿种", "开采主矿种"]),
        (Key::Word(Word::VerticalDatum), &["高程系统", "高程系", "verticaldatum"]),
        (Key::Name, &["矿山名称", "项目名称", "名称", "name", "mine"]),
        (Key::Area, &["矿区面积", "面积", "area", "areakm2", "areaha"]),
        (Key::Band, &["开采深度", "开采标高", "标高", "采深", "band", "elevations", "depth"]),
        (Key::Validity, &["有效期限", "有效期", "validity", "valid"]),
        (Key::System, &["坐标系", "坐标系统", "大地基准", "crs", "coordinatesystem", "datum"]),
        (Key::Zone, &["带号", "zone"]),
        (Key::ZoneWidth, &["几度分带", "分带"]),
        (Key::Meridian, &["中央子午线", "中央经线", "centralmeridian"]),
    ];
    let folded = fold(text);
    if folded.is_empty() || folded.chars().count() > 20 {
        return None;
    }
    MORE.iter().find(|(_, names)| names.contains(&folded.as_str())).map(|(key, _)| *key).or_else(|| {
        // `id` and `part` are too common above a table to be believed there.
        let words = Word::ALL.into_iter().filter(|word| !matches!(word, Word::Part | Word::AreaKm2));
        words.filter(|word| word.names().iter().any(|name| *name != "id" && fold(name) == folded)).map(Key::Word).next()
    })
}

/// Without blanks, brackets and what stands in them, in small plain letters.
pub(super) fn fold(text: &str) -> String {
    let mut depth = 0_u32;
    let mut folded = String::new();
    for c in plain(text).chars() {
        match c {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            _ if depth > 0 || c.is_whitespace() || matches!(c, '_' | '-' | '.' | ':' | '#') => {}
            _ => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// Reads a row of text above, between or below corners; each text is taken as `key: value`, or a key with its value in the
/// next cell. Gives whether anything was understood.
pub(super) fn pairs(cells: &[String]) -> Vec<(Key, String, String)> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < cells.len() {
        let cell = &cells[index];
        index += 1;
        let plain_cell = plain(cell);
        let signs = plain_cell.matches([':', '=']).count();
        // `坐标系：EPSG:4546` is one statement, whatever its colons.
        let is_code = plain_cell.to_ascii_uppercase().contains("EPSG:");
        let segments: Vec<&str> = if signs > 1 && !is_code {
            plain_cell.split([' ', ';', '\t']).filter(|part| !part.is_empty()).collect()
        } else {
            vec![&plain_cell]
        };
        for segment in segments {
            let (name, value) = segment.split_once([':', '=']).unwrap_or((segment, ""));
            let Some(key) = key(name) else { continue };
            let value = value.trim();
            if value.is_empty() {
                if let Some(next) = cells.get(index).filter(|next| !next.is_empty() && self::key(next).is_none()) {
                    found.push((key, name.trim().to_owned(), next.trim().to_owned()));
                    index += 1;
                }
            } else {
                found.push((key, name.trim().to_owned(), value.to_owned()));
            }
        }
    }
    found
}

/// Takes notice of datums, zones and the writing of angles anywhere in a text.
pub(super) fn remark(text: &str, stated: &mut Stated) -> bool {
    let datums = datums_within(text);
    let folded = fold(&text.replace(['(', ')', '（', '）', '[', ']'], " "));
    let packed = ["度分秒", "dddmmss"].iter().any(|name| folded.contains(name)) && plain(text).contains('.');
    let decimal = ["十进制", "decimaldegrees"].iter().any(|name| folded.contains(name));
    if packed != decimal {
        stated.angles = Some(if packed { Angles::Packed } else { Angles::Decimal });
    }
    for (mark, degrees) in [("3度带", 3), ("三度带", 3), ("6度带", 6), ("六度带", 6), ("3度分带", 3), ("6度分带", 6)]
    {
        if folded.contains(mark) {
            stated.zone_degrees = Some(degrees);
        }
    }
    for mark in ["带号", "中央子午线", "中央经线", "中央经度"] {
        let Some(at) = folded.find(mark) else { continue };
        let Some(value) = numbers_within(&folded[at..]).first().copied() else { continue };
        if mark == "带号" {
            stated.zone = stated.zone.or_else(|| zone(&value.to_string()));
        } else {
            stated.name_meridian(value);
        }
    }
    let any = !datums.is_empty() || packed || decimal;
    datums.into_iter().for_each(|datum| stated.name_datum(datum));
    any
}

fn zone(text: &str) -> Option<u8> {
    let value = *numbers_within(text).first()?;
    (13..=45_u8).find(|number| f64::from(*number).total_cmp(&value).is_eq() && Zone::width_of(*number).is_some())
}

/// Takes over one statement.
pub(super) fn take(
    (key, name, value): (Key, String, String),
    place: &Place,
    block: &mut Block,
    stated: &mut Stated,
    findings: &mut Vec<Finding>,
) {
    let place = || place.clone().column(&name);
    let not_understood = |code| Finding::warning(code, place()).with("found", &value);
    match key {
        Key::Word(word) => {
            block.about.insert(word, value.clone());
        }
        Key::Name => block.name = Some(value.clone()),
        Key::Area => match area(&name, &value, place()) {
            Some((area, certain)) => {
                if !certain {
                    findings.push(not_understood("area_unit_missing"));
                }
                block.area = Some(area);
            }
            None => findings.push(not_understood("area_not_understood")),
        },
        Key::Band => match numbers_within(&value)[..] {
            [a, b] => {
                block.about.insert(Word::FloorM, a.min(b).to_string());
                block.about.insert(Word::CeilingM, a.max(b).to_string());
            }
            _ => findings.push(not_understood("band_not_understood")),
        },
        Key::Validity => match validity(&value) {
            Some((from, to)) => {
                from.map(|day| block.about.insert(Word::ValidFrom, day));
                block.about.insert(Word::ValidTo, to);
            }
            None => findings.push(not_understood("validity_not_understood")),
        },
        Key::System => {
            let code = value.to_ascii_uppercase();
            let code =
                code.strip_prefix("EPSG:").map(str::trim).filter(|code| code.len() < 7 && code.parse::<u32>().is_ok());
            if let Some(code) = code {
                stated.epsg = Some(format!("EPSG:{code}"));
            } else if !remark(&value, stated) {
                findings.push(not_understood("datum_not_understood"));
            }
        }
        Key::Zone => match zone(&value) {
            Some(number) => stated.zone = Some(number),
            None => findings.push(not_understood("zone_not_understood")),
        },
        Key::ZoneWidth => match numbers_within(&value).first() {
            Some(&3.0) => stated.zone_degrees = Some(3),
            Some(&6.0) => stated.zone_degrees = Some(6),
            _ => findings.push(not_understood("zone_width_not_understood")),
        },
        Key::Meridian => match numbers_within(&value).first() {
            Some(degrees) => stated.name_meridian(*degrees),
            None => findings.push(not_understood("zone_not_understood")),
        },
    }
}

/// An area with its unit from the value or the key; `false` where neither has one: square kilometres by the rule of licences.
pub(in crate::licences) fn area(name: &str, value: &str, place: Place) -> Option<(StatedArea, bool)> {
    let (name_lower, value_lower) = (plain(name).to_lowercase(), plain(value).to_lowercase());
    let unit_in = |text: &str| {
        // The longest spelling counts: 平方公里 holds no 公里 of its own, and `km2` ends in `m2`.
        let all = AREA_UNITS.iter().flat_map(|(unit, m2, names)| names.iter().map(move |name| (*unit, *m2, *name)));
        all.filter(|(.., name)| text.contains(name)).max_by_key(|(.., name)| name.len())
    };
    let unit = unit_in(&value_lower).or_else(|| unit_in(&name_lower));
    let digits: String =
        value_lower.trim_start().chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let Ok(Number::Plain { value: amount, decimals }) = number(digits.trim_end_matches(['.', ','])) else {
        return None;
    };
    let (unit_name, unit_m2, _) = unit.unwrap_or(("km2", 1e6, ""));
    let area = StatedArea { text: digits, value: amount, unit_m2, unit: unit_name, decimals, place };
    (amount > 0.0).then_some((area, unit.is_some()))
}

/// First and last day of `自2020年3月18日至2026年3月18日` and its like, year first.
fn validity(text: &str) -> Option<(Option<String>, String)> {
    let numbers = numbers_within(text);
    let day = |y: f64, m: f64, d: f64| format!("{y:04}-{m:02}-{d:02}");
    let packed = |value: f64| {
        let text = format!("{value:.0}");
        (text.len() == 8).then(|| format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]))
    };
    match numbers[..] {
        [a, b, c, d, e, f] => Some((Some(day(a, b, c)), day(d, e, f))),
        [a, b, c] if text.contains(['至', '止', '到']) => Some((None, day(a, b, c))),
        [from, to] => Some((Some(packed(from)?), packed(to)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> (Block, Stated, Vec<Finding>) {
        let (mut block, mut stated, mut findings) = (Block::default(), Stated::default(), Vec::new());
        for line in lines {
            let cells: Vec<String> = line.split('|').map(str::to_owned).collect();
            for pair in pairs(&cells) {
                take(pair, &Place::line(1), &mut block, &mut stated, &mut findings);
            }
        }
        (block, stated, findings)
    }

    #[test]
    fn the_statements_of_a_licence_are_understood_as_they_are_printed() {
        let (block, stated, findings) = read(&[
            "采矿许可证号：C1408242016037110000101",
            "采矿权人|青石岭石料有限公司",
            "开采深度：由1230米至1150米标高",
            "矿区面积：0.1234平方公里",
            "有效期限：自2016年3月18日至2026年3月18日",
            "坐标系：2000国家大地坐标系（3度带） 中央子午线：111°",
        ]);
        assert_eq!(block.about[&Word::Licence], "C1408242016037110000101");
        assert_eq!(block.about[&Word::Holder], "青石岭石料有限公司");
        assert_eq!((block.about[&Word::FloorM].as_str(), block.about[&Word::CeilingM].as_str()), ("1150", "1230"));
        assert_eq!(
            (block.about[&Word::ValidFrom].as_str(), block.about[&Word::ValidTo].as_str()),
            ("2016-03-18", "2026-03-18")
        );
        let area = block.area.unwrap();
        assert_eq!((area.m2(), area.decimals, area.unit), (123_400.0, 4, "km2"));
        assert_eq!((stated.zone, stated.zone_degrees), (Some(37), Some(3)));
        assert_eq!(findings, []);
    }

    #[test]
    fn a_statement_that_is_not_understood_is_said() {
        let (_, _, findings) = read(&["开采标高：见附图", "面积：12.34", "有效期：长期"]);
        let codes: Vec<&str> = findings.iter().map(|each| each.code).collect();
        assert_eq!(codes, ["band_not_understood", "area_unit_missing", "validity_not_understood"]);
    }

    #[test]
    fn a_code_is_a_statement_of_the_crs() {
        for line in ["坐标系：EPSG:4546", "crs|EPSG:4546|metres", "crs: epsg: 4546"] {
            assert_eq!(read(&[line]).1.epsg.as_deref(), Some("EPSG:4546"), "{line}");
        }
    }

    #[test]
    fn units_of_areas_are_told_apart() {
        for (text, m2) in [
            ("12.5公顷", 125_000.0),
            ("0.125 km²", 125_000.0),
            ("125000平方米", 125_000.0),
            ("187.5亩", 125_000.0),
            ("125000 m2", 125_000.0),
        ] {
            let (area, certain) = area("面积", text, Place::file()).unwrap();
            assert!(certain && (area.m2() - m2).abs() < 1e-6, "{text}");
        }
    }
}
