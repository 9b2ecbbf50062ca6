//! From one vertical datum to another: what is added to heights, why, and on whose word.
//!
//! Here stand the record and what holds everywhere; grids are read in `overcut-io`.

use serde::{Deserialize, Serialize};

use crate::{
    dem::VerticalDatum,
    error::{Error, Result},
    licence::{Band, Licence},
};

/// The 1985 height of the zero of 1956, metres, with its sign turned: H85 = H56 - 0.029 (origin heights 72.260 m and 72.289 m).
const YELLOW_SEA_1956_OVER_1985_M: f64 = 0.029;

/// How a grid is read between its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// Between the four nearest points, as PROJ reads geoid grids (default).
    #[default]
    Bilinear,
    /// Between the sixteen nearest points (Keys 1981, a = -1/2); beside missing points and in the outermost cells bilinear.
    Bicubic,
}

/// What is added to a height.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shift {
    /// The same everywhere.
    Constant {
        /// What is added, metres.
        metres: f64,
    },
    /// From a grid of heights of one zero above the other, such as height anomalies above the ellipsoid.
    Grid {
        /// The file, as given.
        path: String,
        /// SHA-256 of its bytes; filled in when it is read.
        sha256: Option<String>,
        /// Band, if the file has several.
        band: Option<usize>,
        /// How it is read between its points.
        #[serde(default)]
        interpolation: Interpolation,
    },
}

/// A change of vertical datum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeightShift {
    /// What the heights were counted from.
    pub from: VerticalDatum,
    /// What they are counted from then.
    pub to: VerticalDatum,
    /// What is added.
    pub shift: Shift,
    /// On whose word.
    pub source: String,
}

impl HeightShift {
    /// The change between two datums that is the same everywhere and known: between 1956 and 1985.
    ///
    /// # Errors
    /// [`Error::HeightShift`] for any other pair: what lies between them must be measured or given.
    pub fn known(from: &VerticalDatum, to: &VerticalDatum) -> Result<Self> {
        let metres = match (from, to) {
            (VerticalDatum::Normal1956, VerticalDatum::Normal1985) => -YELLOW_SEA_1956_OVER_1985_M,
            (VerticalDatum::Normal1985, VerticalDatum::Normal1956) => YELLOW_SEA_1956_OVER_1985_M,
            _ => {
                return Err(Error::HeightShift {
                    what: format!("{from} to {to}"),
                    why: format!("nothing is known that holds everywhere; {}", mend(from, to)),
                });
            }
        };
        let source =
            "1985 national height = 1956 Yellow Sea height - 0.029 m (height of the origin 72.260 m and 72.289 m)";
        Ok(Self { from: from.clone(), to: to.clone(), shift: Shift::Constant { metres }, source: source.to_owned() })
    }

    /// Whether the values of its grid are added; otherwise they are taken away.
    ///
    /// A grid holds the height of one zero above the other. With an ellipsoid on one side that is the height of the geoid or
    /// quasi-geoid above it, whichever side it stands on: H = h - N, h = H + N. Between two others it is that of the zero
    /// of `to` above the zero of `from`, which is taken away.
    pub fn adds(&self) -> bool {
        self.to == VerticalDatum::Ellipsoidal
    }

    /// Refuses what says nothing, or contradicts itself.
    ///
    /// # Errors
    /// [`Error::HeightShift`].
    pub fn validate(&self) -> Result<()> {
        let refuse =
            |why: &str| Err(Error::HeightShift { what: format!("{} to {}", self.from, self.to), why: why.to_owned() });
        if self.from == VerticalDatum::Unknown || self.to == VerticalDatum::Unknown {
            return refuse("both datums must be named, such as \"ellipsoidal\" and \"1985\"");
        }
        if self.from == self.to {
            return refuse("both datums are the same");
        }
        if self.source.trim().is_empty() {
            return refuse("`source` is empty; say where it comes from, such as a document or the control points");
        }
        match self.shift {
            Shift::Constant { metres } if !metres.is_finite() => refuse("the constant is not a finite number"),
            Shift::Constant { metres } if metres.abs() > MOST_SHIFT_M => refuse(
                "the constant exceeds 200 m; no two datums differ by so much (the geoid lies within 107 m of the ellipsoid)",
            ),
            _ => Ok(()),
        }
    }
}

/// Beyond this no two zeros of heights lie apart, metres.
const MOST_SHIFT_M: f64 = 200.0;

/// What two datums differ by, and the way out.
pub fn mend(from: &VerticalDatum, to: &VerticalDatum) -> String {
    use VerticalDatum as D;
    let grid = "give a geoid grid, `height_shift = HeightShift.grid(path, …)`, or a constant measured at control points, \
                `HeightShift.constant(metres, …, source=…)`";
    let also = "or ask for plan classes only (`elevation = \"plan_only\"`)";
    match (from, to) {
        (D::Normal1956, D::Normal1985) | (D::Normal1985, D::Normal1956) => format!(
            "H(1985) = H(1956) - 0.029 m; convert the one to the other with `height_shift = HeightShift.known(\"1956\", \
             \"1985\")` on the licences or surfaces that are in 1956, {also}"
        ),
        (D::Ellipsoidal, _) | (_, D::Ellipsoidal) => format!(
            "ellipsoidal heights, as satellite positioning gives them, differ from the others by the height anomaly, tens of \
             metres in most of China; {grid}, on the surface; {also}"
        ),
        (D::Unknown, _) | (_, D::Unknown) => format!("state what heights are counted from (`vertical_datum`), {also}"),
        _ => format!("elevation classes need one datum for all; {grid}, {also}"),
    }
}

/// Brings the bands of licences to another datum.
///
/// # Errors
/// [`Error::HeightShift`]: the bands are counted from something else; the shift is a grid, whose values are not the same
/// all over a licence.
pub fn shift_bands(licence: &mut Licence, by: &HeightShift) -> Result<()> {
    if licence.vertical_datum == by.to || licence.parts.iter().all(|part| part.band.is_none()) {
        return Ok(());
    }
    let refuse = |why: String| Err(Error::HeightShift { what: format!("licence {}", licence.id), why });
    if licence.vertical_datum != by.from {
        return refuse(format!(
            "its elevations are of `{}`, the shift is from `{}`; state what they are counted from, or give the shift that fits",
            licence.vertical_datum, by.from
        ));
    }
    let Shift::Constant { metres } = by.shift else {
        return refuse(
            "a grid differs from place to place, a licence has one floor and ceiling; convert the surfaces to the datum of the \
             licence instead"
                .to_owned(),
        );
    };
    for band in licence.parts.iter_mut().filter_map(|part| part.band.as_mut()) {
        *band = Band { floor_m: band.floor_m + metres, ceiling_m: band.ceiling_m + metres };
    }
    licence.vertical_datum = by.to.clone();
    Ok(())
}

#[cfg(test)]
mod tests {
    use geo::{LineString, Polygon};

    use super::*;
    use crate::licence::{LicenceId, Part, Validity};

    fn licence(datum: VerticalDatum) -> Licence {
        Licence {
            id: LicenceId("A".to_owned()),
            holder: None,
            mineral: None,
            method: None,
            validity: Validity::default(),
            vertical_datum: datum,
            parts: vec![Part {
                polygon: Polygon::new(LineString::from(vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]), Vec::new()),
                band: Some(Band { floor_m: 1_150.0, ceiling_m: 1_230.0 }),
                layers: None,
            }],
        }
    }

    #[test]
    fn a_band_of_1956_lies_29_millimetres_lower_in_1985() {
        let mut found = licence(VerticalDatum::Normal1956);
        let known = HeightShift::known(&VerticalDatum::Normal1956, &VerticalDatum::Normal1985).unwrap();
        shift_bands(&mut found, &known).unwrap();
        assert_eq!(found.parts[0].band, Some(Band { floor_m: 1_149.971, ceiling_m: 1_229.971 }));
        assert_eq!(found.vertical_datum, VerticalDatum::Normal1985);
        // Asked again, it is there already.
        shift_bands(&mut found, &known).unwrap();
        assert_eq!(found.parts[0].band.unwrap().floor_m, 1_149.971);
    }

    #[test]
    fn no_constant_is_known_between_ellipsoidal_and_normal_heights() {
        let refusal = HeightShift::known(&VerticalDatum::Ellipsoidal, &VerticalDatum::Normal1985).unwrap_err();
        assert!(refusal.to_string().contains("HeightShift.grid"), "{refusal}");
    }

    #[test]
    fn bands_of_another_or_no_datum_and_grids_on_bands_are_refused() {
        let known = HeightShift::known(&VerticalDatum::Normal1956, &VerticalDatum::Normal1985).unwrap();
        assert!(shift_bands(&mut licence(VerticalDatum::Unknown), &known).is_err());
        let grid =
            Shift::Grid { path: "g.gtx".to_owned(), sha256: None, band: None, interpolation: Interpolation::Bilinear };
        let by = HeightShift { shift: grid, ..known };
        let refusal = shift_bands(&mut licence(VerticalDatum::Normal1956), &by).unwrap_err();
        assert!(refusal.to_string().contains("convert the surfaces"), "{refusal}");
    }

    #[test]
    fn a_shift_says_where_it_comes_from_and_is_no_datum_in_itself() {
        let known = HeightShift::known(&VerticalDatum::Normal1956, &VerticalDatum::Normal1985).unwrap();
        known.validate().unwrap();
        let wrong = |change: fn(&mut HeightShift)| {
            let mut shift = known.clone();
            change(&mut shift);
            assert!(shift.validate().is_err(), "{shift:?}");
        };
        wrong(|shift| shift.source = " ".to_owned());
        wrong(|shift| shift.to = VerticalDatum::Normal1956);
        wrong(|shift| shift.from = VerticalDatum::Unknown);
        wrong(|shift| shift.shift = Shift::Constant { metres: 1_150.0 });
    }
}
