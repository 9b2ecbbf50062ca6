//! Gauss-Krueger zones of China and their EPSG codes.
//!
//! A 3-degree zone n has the central meridian 3n (25 to 45), a 6-degree zone n the meridian 6n - 3 (13 to 23): the numbers do
//! not overlap. With prefix, eastings carry the zone number in millions of metres; without, the zone must be known from
//! elsewhere. A test holds every row against PROJ's own database.

use std::fmt;

/// A horizontal datum in use in China.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Datum {
    /// China Geodetic Coordinate System 2000.
    Cgcs2000,
    /// Xian 1980.
    Xian1980,
    /// Beijing 1954.
    Beijing1954,
    /// New Beijing 1954: the network of Xian 1980 on the ellipsoid of Beijing 1954.
    NewBeijing,
}

impl Datum {
    /// All of them, the one in force first.
    pub const ALL: [Self; 4] = [Self::Cgcs2000, Self::Xian1980, Self::Beijing1954, Self::NewBeijing];

    /// The name by which it is known in English.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cgcs2000 => "CGCS2000",
            Self::Xian1980 => "Xian 1980",
            Self::Beijing1954 => "Beijing 1954",
            Self::NewBeijing => "New Beijing",
        }
    }

    /// EPSG code of its longitudes and latitudes.
    pub fn geographic_epsg(self) -> u32 {
        match self {
            Self::Cgcs2000 => 4490,
            Self::Xian1980 => 4610,
            Self::Beijing1954 => 4214,
            Self::NewBeijing => 4555,
        }
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Width of zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Width {
    /// 3 degrees.
    Three,
    /// 6 degrees.
    Six,
}

impl Width {
    /// In degrees.
    pub fn degrees(self) -> u8 {
        match self {
            Self::Three => 3,
            Self::Six => 6,
        }
    }
}

/// A Gauss-Krueger zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone {
    /// Datum.
    pub datum: Datum,
    /// Number: 25 to 45 of 3 degrees, 13 to 23 of 6 degrees.
    pub number: u8,
    /// Whether eastings carry the number.
    pub prefixed: bool,
}

impl Zone {
    /// The width that a zone number has; `None` for numbers that China does not use.
    pub fn width_of(number: u8) -> Option<Width> {
        match number {
            25..=45 => Some(Width::Three),
            13..=23 => Some(Width::Six),
            _ => None,
        }
    }

    /// Width of this zone; 3 degrees for a number that does not exist, which no constructor here gives.
    pub fn width(self) -> Width {
        Self::width_of(self.number).unwrap_or(Width::Three)
    }

    /// Central meridian, degrees east.
    pub fn central_meridian_deg(self) -> u16 {
        match self.width() {
            Width::Three => 3 * u16::from(self.number),
            Width::Six => 6 * u16::from(self.number) - 3,
        }
    }

    /// False easting, metres.
    pub fn false_easting_m(self) -> f64 {
        if self.prefixed { f64::from(self.number) * 1e6 + 5e5 } else { 5e5 }
    }

    /// The zone of an easting that carries a number, such as 37498187.664: the number.
    pub fn prefix_of(easting_m: f64) -> Option<u8> {
        (13..=45_u8).find(|number| {
            Self::width_of(*number).is_some() && BARE_EASTINGS_M.contains(&(easting_m - f64::from(*number) * 1e6))
        })
    }

    /// Its EPSG code.
    pub fn epsg(self) -> u32 {
        let number = u32::from(self.number);
        let row = |first: u32| first + number - if self.width() == Width::Three { 25 } else { 13 };
        match (self.datum, self.width(), self.prefixed) {
            (Datum::Cgcs2000, Width::Three, true) => row(4513),
            (Datum::Cgcs2000, Width::Three, false) => row(4534),
            (Datum::Cgcs2000, Width::Six, true) => row(4491),
            (Datum::Cgcs2000, Width::Six, false) => row(4502),
            (Datum::Xian1980, Width::Three, true) => row(2349),
            (Datum::Xian1980, Width::Three, false) => row(2370),
            (Datum::Xian1980, Width::Six, true) => row(2327),
            (Datum::Xian1980, Width::Six, false) => row(2338),
            (Datum::Beijing1954, Width::Three, true) => row(2401),
            (Datum::Beijing1954, Width::Three, false) => row(2422),
            (Datum::Beijing1954, Width::Six, true) => row(21413),
            (Datum::Beijing1954, Width::Six, false) => row(21453),
            // Beyond its first five zones the rows of New Beijing were listed later.
            (Datum::NewBeijing, Width::Three, true) if number < 30 => row(4652),
            (Datum::NewBeijing, Width::Three, true) => 4766 + number - 30,
            (Datum::NewBeijing, Width::Three, false) if number == 44 => 4812,
            (Datum::NewBeijing, Width::Three, false) if number == 45 => 4822,
            (Datum::NewBeijing, Width::Three, false) => row(4782),
            (Datum::NewBeijing, Width::Six, true) => row(4568),
            (Datum::NewBeijing, Width::Six, false) => row(4579),
        }
    }

    /// The code as a definition, such as `EPSG:4546`.
    pub fn definition(self) -> String {
        format!("EPSG:{}", self.epsg())
    }

    /// All zones of all datums, with and without prefix.
    pub fn all() -> impl Iterator<Item = Self> {
        Datum::ALL.into_iter().flat_map(|datum| {
            (13..=45_u8)
                .filter(|number| Self::width_of(*number).is_some())
                .flat_map(move |number| [true, false].map(|prefixed| Self { datum, number, prefixed }))
        })
    }

    /// The zone that a definition such as `EPSG:4546` names.
    pub fn of_definition(definition: &str) -> Option<Self> {
        let code: u32 = definition.trim().to_ascii_uppercase().strip_prefix("EPSG:")?.trim().parse().ok()?;
        Self::all().find(|zone| zone.epsg() == code)
    }

    /// The same zone with the number in the eastings, or without.
    #[must_use]
    pub fn with_prefix(self, prefixed: bool) -> Self {
        Self { prefixed, ..self }
    }
}

/// Eastings without zone number that a zone of China has, metres: 6-degree zones end 334 km from their meridian, and
/// boundaries reach a little into the neighbour.
pub const BARE_EASTINGS_M: std::ops::Range<f64> = 50_000.0..950_000.0;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn jishan_lies_in_zone_37_of_3_degrees() {
        // DOMAIN, section 3.2.
        let zone = Zone { datum: Datum::Cgcs2000, number: 37, prefixed: true };
        assert_eq!((zone.epsg(), zone.with_prefix(false).epsg()), (4525, 4546));
        assert_eq!((zone.central_meridian_deg(), zone.width()), (111, Width::Three));
        let six = Zone { number: 19, ..zone };
        assert_eq!((six.epsg(), six.central_meridian_deg()), (4497, 111));
        assert_eq!(Zone::prefix_of(37_498_187.664), Some(37));
        assert_eq!(Zone::prefix_of(498_187.664), None);
        assert_eq!(Zone::prefix_of(24_498_187.664), None);
        assert_eq!(Zone::of_definition("epsg:4546"), Some(zone.with_prefix(false)));
    }

    #[test]
    fn no_code_stands_for_two_zones() {
        let codes: BTreeSet<u32> = Zone::all().map(Zone::epsg).collect();
        assert_eq!(codes.len(), Zone::all().count());
        assert_eq!(codes.len(), 4 * 2 * (21 + 11));
    }
}
