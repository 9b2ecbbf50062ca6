//! From the text of a cell to numbers, days, layers and datums; what could be read in two ways is refused.

use jiff::civil::Date;
use overcut::dem::VerticalDatum;

use super::text::plain;

/// Why a text is not what its column should hold: what was expected.
pub(super) type Expected = &'static str;

/// Text without surrounding blanks; empty is nothing.
pub(super) fn text(raw: Option<&str>) -> Option<&str> {
    raw.map(str::trim).filter(|text| !text.is_empty())
}

/// An elevation in metres: a plain number, with or without a unit `m` or 米.
pub(super) fn metres(text: &str) -> Result<f64, Expected> {
    const EXPECTED: Expected = "a number of metres such as 1152 or 1152.5, without thousands separators";
    let plain = plain(text);
    let number = plain.trim_end_matches(['m', '米']).trim();
    // `parse` would also take words such as `inf` and `nan`.
    if !number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E')) {
        return Err(EXPECTED);
    }
    number.parse().ok().filter(|value: &f64| value.is_finite()).ok_or(EXPECTED)
}

/// A day, written year first.
///
/// `2021-05-01`, `2021/5/1`, `2021.5.1`, `2021年5月1日` and `20210501`, each with or without a time of day. A time of day in
/// a stated time zone names a moment, which may be another day elsewhere: taken only at midnight.
pub(super) fn day(text: &str) -> Result<Date, Expected> {
    const EXPECTED: Expected = "a day written year first, such as 2021-05-01, 2021/5/1 or 20210501";
    const MOMENT: Expected =
        "a day, not a moment in a time zone, which may fall on another day; write it as 2021-05-01";
    const RANGE: Expected = "a day of the calendar from 1900 on";
    let plain = plain(text);
    let plain = plain.trim();
    let (date, time) = match plain.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, time.trim()),
        None => (plain, ""),
    };
    if !time.is_empty() {
        let (zone_free, clock) = clock(time).ok_or(EXPECTED)?;
        if !zone_free && clock != (0, 0, 0) {
            return Err(MOMENT);
        }
    }
    let numbers: Vec<&str> = if date.contains('年') {
        let (year, rest) = date.split_once('年').ok_or(EXPECTED)?;
        let (month, rest) = rest.split_once('月').ok_or(EXPECTED)?;
        vec![year.trim(), month.trim(), rest.strip_suffix('日').ok_or(EXPECTED)?.trim()]
    } else if date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()) {
        vec![&date[..4], &date[4..6], &date[6..]]
    } else {
        let separator = date.chars().find(|c| matches!(c, '-' | '/' | '.')).ok_or(EXPECTED)?;
        date.split(separator).collect()
    };
    let [year, month, day] = numbers.as_slice() else { return Err(EXPECTED) };
    let number = |digits: &str, lengths: std::ops::RangeInclusive<usize>| {
        if lengths.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            digits.parse::<i16>().map_err(|_| EXPECTED)
        } else {
            Err(EXPECTED)
        }
    };
    // A year of four digits in front settles the order; 01/05/2021 does not.
    let (year, month, day) = (number(year, 4..=4)?, number(month, 1..=2)?, number(day, 1..=2)?);
    if year < 1900 {
        return Err(RANGE);
    }
    let small = |value: i16| i8::try_from(value).map_err(|_| RANGE);
    Date::new(year, small(month)?, small(day)?).map_err(|_| RANGE)
}

/// Hours, minutes and seconds of a time of day, and whether it is free of a time zone.
fn clock(time: &str) -> Option<(bool, (u8, u8, u8))> {
    let end = time.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(time.len());
    let (clock, zone) = time.split_at(end);
    let mut fields = clock.split(':');
    let mut next =
        |most: u8| fields.next().map_or(Some(0), |digits| digits.parse().ok().filter(|value| *value <= most));
    let (hours, minutes) = (next(24)?, next(59)?);
    let seconds = fields.next().unwrap_or("0");
    let seconds: f64 = seconds.parse().ok().filter(|value: &f64| (0.0..61.0).contains(value))?;
    let zone_known = zone.trim();
    let shape = zone_known.eq_ignore_ascii_case("z")
        || (zone_known.starts_with(['+', '-']) && zone_known[1..].bytes().all(|b| b.is_ascii_digit() || b == b':'));
    if fields.next().is_some() || !(zone_known.is_empty() || shape) {
        return None;
    }
    // Part of a second still makes it a moment other than midnight.
    let whole = u8::from(seconds > 0.0);
    Some((zone_known.is_empty(), (hours, minutes, whole)))
}

/// Names of layers between semicolons; none = all.
pub(super) fn layers(text: &str) -> Option<Vec<String>> {
    let names: Vec<String> =
        text.split([';', '；']).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    (!names.is_empty()).then_some(names)
}

/// The vertical datum that a text names.
///
/// Codes (`EPSG:5737`, `5737`), years (`1985`), Chinese names (`1985国家高程基准`, `1956年黄海高程系`) and the words of
/// [`VerticalDatum`] are recognised; any other text becomes [`VerticalDatum::Named`], which equals only itself.
pub fn vertical_datum(name: &str) -> VerticalDatum {
    let folded: String = plain(name).to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let is = |names: &[&str]| names.contains(&folded.as_str());
    if is(&["", "unknown", "未知"]) {
        VerticalDatum::Unknown
    } else if is(&[
        "1985",
        "normal1985",
        "epsg5737",
        "5737",
        "1985国家高程基准",
        "85国家高程基准",
        "国家85高程基准",
        "1985高程",
        "1985nationalheightdatum",
        "1985nationalheightdatumepsg5737",
        "china1985",
        "yellowsea1985height",
        "yellowsea1985",
    ]) {
        VerticalDatum::Normal1985
    } else if is(&[
        "1956",
        "normal1956",
        "epsg5736",
        "5736",
        "1956年黄海高程系",
        "1956黄海高程系",
        "1956年黄海高程",
        "1956黄海高程",
        "1956yellowseaheight",
        "1956yellowseaheightepsg5736",
        "yellowsea1956height",
        "yellowsea1956",
    ]) {
        VerticalDatum::Normal1956
    } else if is(&["ellipsoidal", "ellipsoidalheight", "大地高", "椭球高"]) {
        VerticalDatum::Ellipsoidal
    } else if is(&["egm96", "egm96height", "epsg5773", "5773", "egm96heightepsg5773"]) {
        VerticalDatum::Egm96
    } else if is(&["egm2008", "egm2008height", "epsg3855", "3855", "egm2008heightepsg3855"]) {
        VerticalDatum::Egm2008
    } else {
        VerticalDatum::Named(name.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_day_in_all_its_spellings() {
        let expected = jiff::civil::date(2021, 5, 1);
        for spelling in [
            "2021-05-01",
            "2021/5/1",
            "2021.5.1",
            "20210501",
            "2021年5月1日",
            "２０２１－０５－０１",
            "2021/05/01 00:00:00",
            "2021-05-01T08:30:00",
            "2021-05-01T00:00:00Z",
            "2021-05-01 00:00:00+00",
            "2021-05-01 00:00:00.000+08:00",
        ] {
            assert_eq!(day(spelling), Ok(expected), "{spelling}");
        }
    }

    #[test]
    fn what_could_be_another_day_is_refused() {
        for unclear in [
            "01/05/2021",
            "5/1/2021",
            "21-05-01",
            "202105",
            "2021-05",
            "44317",
            "1619827200",
            "2021-04-30T16:00:00Z",
            "2021-05-01 23:59:59+08:00",
            "2021-02-29",
            "2021-13-01",
            "12345678",
            "长期",
            "2021-05-01-02",
            "2021-05-01 noon",
        ] {
            assert!(day(unclear).is_err(), "{unclear}");
        }
    }

    #[test]
    fn elevations_given_as_text_are_numbers() {
        assert_eq!(metres("1152"), Ok(1152.0));
        assert_eq!(metres("1152.50 m"), Ok(1152.5));
        assert_eq!(metres("-30米"), Ok(-30.0));
        assert_eq!(metres("＋１１５２．５"), Ok(1152.5));
        for unclear in ["1,152", "nan", "inf", "1152-1230", "high", "", "m"] {
            assert!(metres(unclear).is_err(), "{unclear}");
        }
    }

    #[test]
    fn layers_stand_between_semicolons_and_nothing_means_all() {
        assert_eq!(
            layers("O2f limestone; O2s limestone；"),
            Some(vec!["O2f limestone".into(), "O2s limestone".into()])
        );
        assert_eq!(layers(" ; "), None);
    }

    #[test]
    fn datums_are_recognised_by_code_year_chinese_name_and_their_own_text() {
        for name in ["1985", "EPSG:5737", "1985国家高程基准", "normal_1985", "85 国家高程基准"] {
            assert_eq!(vertical_datum(name), VerticalDatum::Normal1985, "{name}");
        }
        for datum in [
            VerticalDatum::Unknown,
            VerticalDatum::Normal1985,
            VerticalDatum::Normal1956,
            VerticalDatum::Ellipsoidal,
            VerticalDatum::Egm96,
            VerticalDatum::Egm2008,
            VerticalDatum::Named("吴淞".to_owned()),
        ] {
            assert_eq!(vertical_datum(&datum.to_string()), datum);
        }
    }
}
