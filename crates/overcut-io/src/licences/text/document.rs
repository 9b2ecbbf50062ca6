//! What a text says, before anything is made of it: outlines with corners as printed, and statements about coordinates.

use std::collections::BTreeMap;

use super::{
    finding::{Finding, Place},
    words::Word,
};
pub use crate::crs::zones::Datum;
use crate::crs::zones::Zone;

/// Most corners of a file.
pub const MAX_CORNERS: usize = 2_000_000;

/// Most rings of one parcel: nested in each other, as nobody digs, they are still sorted out in seconds.
pub const MAX_RINGS: usize = 2_000;

/// A file, read.
#[derive(Debug, Default)]
pub struct Document {
    /// Outlines in the order of the file.
    pub blocks: Vec<Block>,
    /// What the file says of its coordinates.
    pub stated: Stated,
    /// What was noticed.
    pub findings: Vec<Finding>,
}

/// What a file says of its coordinates.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Stated {
    /// Datums that are named.
    pub datums: Vec<Datum>,
    /// Degrees of a zone: 3 or 6.
    pub zone_degrees: Option<u8>,
    /// Number of the zone.
    pub zone: Option<u8>,
    /// Which column comes first.
    pub order: Option<StatedOrder>,
    /// How angles are written.
    pub angles: Option<Angles>,
    /// A code, such as `EPSG:4546`.
    pub epsg: Option<String>,
}

impl Stated {
    /// Takes notice of a datum.
    pub fn name_datum(&mut self, datum: Datum) {
        if !self.datums.contains(&datum) {
            self.datums.push(datum);
        }
    }

    /// Takes notice of a central meridian; 3-degree zones are where it fits one, and a 6-degree zone without prefix has the
    /// same coordinates.
    pub fn name_meridian(&mut self, degrees: f64) {
        let number = (degrees / 3.0).round();
        if (75.0..=135.0).contains(&degrees) && (number * 3.0 - degrees).abs() < 1e-9 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "25 to 45")]
            let number = number as u8;
            self.zone = self.zone.or(Zone::width_of(number).map(|_| number));
        }
    }
}

/// Order of the two coordinates of a corner in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// X, north, first: the Chinese rule.
    NorthEast,
    /// East first.
    EastNorth,
}

impl Order {
    /// The other one.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::NorthEast => Self::EastNorth,
            Self::EastNorth => Self::NorthEast,
        }
    }

    /// `north_east`, `east_north`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NorthEast => "north_east",
            Self::EastNorth => "east_north",
        }
    }
}

/// An order, and whether the words leave a doubt: `X` is north by the Chinese rule and east in a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedOrder {
    /// The order.
    pub order: Order,
    /// Said in so many words (`北坐标`, `easting`, `经度`), not by a letter or by the format.
    pub certain: bool,
}

/// How plain numbers stand for angles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Angles {
    /// Degrees with a decimal fraction.
    Decimal,
    /// Degrees, minutes and seconds packed as ddd.mmss.
    Packed,
}

/// A licence or a part of one.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// What is said of it, as text.
    pub about: BTreeMap<Word, String>,
    /// Name, where it is not the id.
    pub name: Option<String>,
    /// The area that it states.
    pub area: Option<StatedArea>,
    /// Its rings in the order of the file.
    pub rings: Vec<PrintedRing>,
    /// Where it begins.
    pub place: Place,
}

/// An area as printed.
#[derive(Debug, Clone, PartialEq)]
pub struct StatedArea {
    /// The text.
    pub text: String,
    /// The number.
    pub value: f64,
    /// Square metres of its unit.
    pub unit_m2: f64,
    /// The unit: `ha`, `km2`, `m2`, `mu`.
    pub unit: &'static str,
    /// Decimals printed.
    pub decimals: usize,
    /// Where.
    pub place: Place,
}

impl StatedArea {
    /// Square metres.
    pub fn m2(&self) -> f64 {
        self.value * self.unit_m2
    }

    /// Half a unit of the last printed place, square metres.
    pub fn half_unit_m2(&self) -> f64 {
        let places = i32::try_from(self.decimals).unwrap_or(i32::MAX);
        0.5 * 10_f64.powi(-places) * self.unit_m2
    }
}

/// Units of areas: name in findings, square metres, spellings.
pub const AREA_UNITS: [(&str, f64, &[&str]); 4] = [
    ("km2", 1e6, &["平方公里", "平方千米", "km²", "km2", "k㎡", "km^2", "㎢", "sq km"]),
    ("ha", 1e4, &["公顷", "ha", "hm²", "hm2", "hectare"]),
    ("mu", 2e3 / 3.0, &["亩"]),
    ("m2", 1.0, &["平方米", "m²", "m2", "㎡", "m^2"]),
];

/// A ring as printed.
#[derive(Debug, Clone, Default)]
pub struct PrintedRing {
    /// Its number or mark in the file.
    pub number: Option<String>,
    /// Corners; the first is not repeated at the end.
    pub corners: Vec<Corner>,
    /// Whether the file repeats the first corner at the end.
    pub closed: bool,
}

/// A corner as printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Corner {
    /// Its name: `J1`, `1`, or nothing.
    pub label: Box<str>,
    /// Coordinates in the order of the file.
    pub at: [Coordinate; 2],
    /// Line or row.
    pub line: usize,
}

/// A coordinate as printed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinate {
    /// The number; degrees, where written with minutes.
    pub value: f64,
    /// Decimals printed.
    pub decimals: u8,
    /// Written with minutes, or with a hemisphere: certainly degrees.
    pub is_angle: bool,
}

/// Datums that a text names.
pub fn datums_within(text: &str) -> Vec<Datum> {
    const NAMES: [(Datum, &[&str]); 4] = [
        (Datum::NewBeijing, &["新北京54", "新1954", "新54", "newbeijing"]),
        (
            Datum::Cgcs2000,
            &[
                "cgcs2000",
                "2000国家大地",
                "国家大地2000",
                "国家2000",
                "2000大地坐标",
                "2000坐标",
                "国家大地坐标系2000",
                "大地2000",
            ],
        ),
        (
            Datum::Xian1980,
            &[
                "西安80",
                "1980西安",
                "西安1980",
                "80西安",
                "1980年西安",
                "1980国家大地",
                "80国家大地",
                "xian1980",
                "xian80",
                "80坐标",
            ],
        ),
        (
            Datum::Beijing1954,
            &["北京54", "1954北京", "北京1954", "54北京", "1954年北京", "beijing1954", "beijing54", "54坐标"],
        ),
    ];
    let mut folded: String = super::numbers::plain(text).to_lowercase();
    folded.retain(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '/'));
    let mut found = Vec::new();
    for (datum, names) in NAMES {
        for name in names {
            if folded.contains(name) {
                folded = folded.replace(name, "|");
                if !found.contains(&datum) {
                    found.push(datum);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datums_are_found_under_their_many_names() {
        for (text, datums) in [
            ("坐标系：2000国家大地坐标系", &[Datum::Cgcs2000][..]),
            ("CGCS 2000", &[Datum::Cgcs2000]),
            ("1980西安坐标系", &[Datum::Xian1980]),
            ("80国家大地坐标系", &[Datum::Xian1980]),
            ("北京５４坐标系", &[Datum::Beijing1954]),
            ("新北京54坐标系", &[Datum::NewBeijing]),
            ("由1980西安坐标系转换为2000国家大地坐标系", &[Datum::Cgcs2000, Datum::Xian1980]),
            ("1985国家高程基准", &[]),
            ("2021-05-01", &[]),
        ] {
            assert_eq!(datums_within(text), datums, "{text}");
        }
    }

    #[test]
    fn an_area_is_known_to_half_its_last_place() {
        let area = StatedArea {
            text: "0.1234".to_owned(),
            value: 0.1234,
            unit_m2: 1e6,
            unit: "km2",
            decimals: 4,
            place: Place::file(),
        };
        assert!((area.m2() - 123_400.0).abs() < 1e-6 && (area.half_unit_m2() - 50.0).abs() < 1e-9);
    }
}
