//! Numbers as people type them: full-width digits, degrees with minutes and seconds, units, separators of thousands.

/// A number of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// A plain number, with the count of its decimals: metres, degrees with a fraction, or degrees packed as ddd.mmss.
    Plain { value: f64, decimals: usize },
    /// Degrees written with minutes (and seconds), and the hemisphere if one is named.
    Degrees { value: f64, axis: Option<Axis> },
}

/// Which way a number is counted, where it says so itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    East,
    North,
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotANumber {
    Unreadable,
    /// Minutes or seconds of 60 and more.
    MinutesOrSeconds,
}

/// Full-width letters, digits and signs, as typed with a Chinese keyboard, to their plain forms.
pub(in crate::licences) fn plain(text: &str) -> String {
    text.chars().map(plain_sign).collect()
}

pub(super) fn plain_sign(c: char) -> char {
    match c {
        // The full-width forms of ASCII stand in the same order, from ！ to ～.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xff01 + 0x21).unwrap_or(c),
        '−' | '–' => '-',
        '。' => '.',
        '、' => ',',
        '\u{3000}' | '\u{a0}' | '\u{feff}' | '\u{200b}' => ' ',
        other => other,
    }
}

/// Reads a number.
pub(super) fn number(text: &str) -> Result<Number, NotANumber> {
    let text = plain(text);
    let (text, axis) = hemisphere(text.trim());
    if let Some(fields) = sexagesimal(text) {
        return degrees(&fields).map(|value| Number::Degrees { value, axis });
    }
    if axis.is_some() {
        let degrees = text.trim_end_matches(['°', '度']).trim();
        return decimal(degrees).map(|(value, _)| Number::Degrees { value, axis });
    }
    let metres = text.strip_suffix('m').or_else(|| text.strip_suffix('米')).unwrap_or(text).trim();
    if let Some(degrees) = text.strip_suffix('°').or_else(|| text.strip_suffix('度')) {
        return decimal(degrees.trim()).map(|(value, _)| Number::Degrees { value, axis: None });
    }
    let (value, decimals) = decimal(metres)?;
    Ok(Number::Plain { value, decimals })
}

/// `E111…`, `北纬35…`, `35…N`: without the mark, and what it says.
fn hemisphere(text: &str) -> (&str, Option<Axis>) {
    const MARKS: [(&str, Axis); 8] = [
        ("东经", Axis::East),
        ("北纬", Axis::North),
        ("E", Axis::East),
        ("N", Axis::North),
        ("e", Axis::East),
        ("n", Axis::North),
        ("东", Axis::East),
        ("北", Axis::North),
    ];
    for (mark, axis) in MARKS {
        if let Some(rest) = text.strip_prefix(mark).or_else(|| text.strip_suffix(mark)) {
            return (rest.trim(), Some(axis));
        }
    }
    (text, None)
}

/// Degrees, minutes and seconds between their signs, if that is what the text is.
fn sexagesimal(text: &str) -> Option<Vec<&str>> {
    let is_sign =
        |c: char| matches!(c, '°' | '度' | 'd' | '′' | '\'' | '’' | '‘' | '分' | '″' | '"' | '”' | '“' | '秒');
    let signs = text.chars().filter(|c| is_sign(*c)).count();
    let colon_like = |sign: char| {
        let fields: Vec<&str> = text.split(sign).map(str::trim).collect();
        (fields.len() == 3 && fields.iter().all(|field| digits(field))).then_some(fields)
    };
    if signs == 0 {
        return colon_like(':').or_else(|| colon_like('-')).or_else(|| colon_like(' '));
    }
    let fields: Vec<&str> = text.split(is_sign).map(str::trim).filter(|field| !field.is_empty()).collect();
    // One field with a sign is degrees with a fraction.
    ((2..=3).contains(&fields.len()) && text.contains(['°', '度', 'd'])).then_some(fields)
}

fn digits(field: &str) -> bool {
    !field.is_empty() && field.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn degrees(fields: &[&str]) -> Result<f64, NotANumber> {
    let mut value = 0.0;
    for (index, field) in fields.iter().enumerate() {
        if !digits(field) {
            return Err(NotANumber::Unreadable);
        }
        let number: f64 = field.parse().map_err(|_| NotANumber::Unreadable)?;
        if index + 1 < fields.len() && field.contains('.') {
            return Err(NotANumber::Unreadable);
        }
        if index > 0 && number >= 60.0 {
            return Err(NotANumber::MinutesOrSeconds);
        }
        value += number / [1.0, 60.0, 3600.0][index];
    }
    Ok(value)
}

/// A decimal number and the count of its decimals. Commas are taken for separators of thousands where nothing else is
/// possible: `498,187` could be a decimal comma, `3,941,160.735` could not.
fn decimal(text: &str) -> Result<(f64, usize), NotANumber> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(whole, part)| (whole, Some(part)));
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped = groups.len() > 1;
    let sound = groups.iter().enumerate().all(|(index, group)| {
        let length = if !grouped {
            1..=15
        } else if index == 0 {
            1..=3
        } else {
            3..=3
        };
        length.contains(&group.len()) && group.bytes().all(|b| b.is_ascii_digit())
    });
    let clear = !grouped || groups.len() > 2 || fraction.is_some_and(|part| !part.is_empty());
    let fraction = fraction.unwrap_or_default();
    if !sound || !clear || fraction.len() > 30 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotANumber::Unreadable);
    }
    let value: f64 = text.replace(',', "").parse().map_err(|_| NotANumber::Unreadable)?;
    Ok((value, fraction.len()))
}

/// Degrees packed as ddd.mmss(s…), if minutes and seconds are below 60.
pub(super) fn unpacked(value: f64, decimals: usize) -> Option<f64> {
    // Through text, since 0.6 is not a sum of powers of two: 111.0230 must not become 111.022999….
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole: f64 = whole.parse().ok()?;
    let padded = format!("{fraction:0<4}");
    let minutes: f64 = padded[..2].parse().ok()?;
    let seconds: f64 = format!("{}.{}", &padded[2..4], &padded[4..]).trim_end_matches('.').parse().ok()?;
    (minutes < 60.0 && seconds < 60.0 && value >= 0.0).then(|| whole + minutes / 60.0 + seconds / 3600.0)
}

/// Every number in a running text, in order: `由1230米至1150米标高` → 1230, 1150. A sign counts where no digit is before it.
pub(super) fn numbers_within(text: &str) -> Vec<f64> {
    let text = plain(text);
    let mut found = Vec::new();
    let mut current = String::new();
    let mut before = ' ';
    for c in text.chars().chain([' ']) {
        let starts = current.is_empty() && matches!(c, '-' | '+') && !before.is_alphanumeric();
        if c.is_ascii_digit() || (c == '.' && !current.is_empty() && !current.contains('.')) || starts {
            current.push(c);
        } else {
            if let Ok(value) = current.trim_end_matches('.').parse::<f64>()
                && value.is_finite()
            {
                found.push(value);
            }
            current.clear();
        }
        before = c;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn degrees_of(text: &str) -> f64 {
        match number(text) {
            Ok(Number::Degrees { value, .. }) => value,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn one_angle_in_all_its_spellings() {
        // 111 + 2/60 + 30.5/3600.
        for text in [
            "111°02′30.5″",
            "111°02'30.5\"",
            "111° 2’ 30.5”",
            "111度02分30.5秒",
            "111d02'30.5\"",
            "111:02:30.5",
            "111-02-30.5",
            "111 02 30.5",
            "１１１°０２′３０．５″",
            "东经111°02′30.5″",
            "E111°02'30.5\"",
            "111°02'30.5''",
            "111°02′30.5″E",
        ] {
            assert!((degrees_of(text) - 111.041_805_555_555_56).abs() < 1e-12, "{text}");
        }
        assert!((degrees_of("35°36.5′") - 35.608_333_333_333_33).abs() < 1e-12);
        assert_eq!(degrees_of("111.5°"), 111.5);
    }

    #[test]
    fn an_angle_that_is_none_is_refused() {
        assert_eq!(number("111°60′00″"), Err(NotANumber::MinutesOrSeconds));
        assert_eq!(number("111°02′60.0″"), Err(NotANumber::MinutesOrSeconds));
        for text in ["111°02.5′30″", "111°0x′30″", "°′″", "1°2′3″4", "111:02", "2021-05-01-02"] {
            assert_eq!(number(text), Err(NotANumber::Unreadable), "{text}");
        }
    }

    #[test]
    fn metres_in_all_their_spellings() {
        for text in [
            "3941160.735",
            "３９４１１６０．７３５",
            "3,941,160.735",
            " 3941160.735 m",
            "3941160.735米",
            "+3941160.735",
        ] {
            assert_eq!(number(text), Ok(Number::Plain { value: 3_941_160.735, decimals: 3 }), "{text}");
        }
        for text in ["498,187", "4,98187.664", "nan", "inf", "1e6", "", "=1+1", "😀", "0x10", "12 34", "1.2.3", "--5"]
        {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn packed_degrees_are_taken_apart_by_their_digits() {
        assert!((unpacked(111.02305, 5).unwrap() - 111.041_805_555_555_56).abs() < 1e-12);
        assert_eq!(unpacked(111.3, 1), Some(111.5));
        assert_eq!(unpacked(111.0, 0), Some(111.0));
        assert_eq!(unpacked(111.6, 1), None);
        assert_eq!(unpacked(111.0260, 4), None);
    }

    #[test]
    fn numbers_stand_out_of_running_text() {
        assert_eq!(numbers_within("由1230米至1150米标高"), [1230.0, 1150.0]);
        assert_eq!(numbers_within("+1230.5m~-30m"), [1230.5, -30.0]);
        assert_eq!(numbers_within("1230-1150"), [1230.0, 1150.0]);
        assert_eq!(numbers_within("无"), [0.0; 0]);
    }
}
