//! Licences: read from a file or from features, and brought into the CRS of the grid when that is known.

use std::collections::BTreeMap;

use overcut::{
    Licence, Part,
    assessment::{Conversion, Done, LicenceFile},
    dem::{CrsRecord, VerticalDatum},
    heights::{HeightShift, Shift, shift_bands},
    transformation::Transformation,
};
use overcut_io::{LicenceFeature, LicenceOptions, LicencesRead};
use pyo3::prelude::*;

use crate::{
    conversion::{height_shift_of, transformations_of, unused},
    datum::{datum_word, parse_datum},
    error::{LicenceError, to_python},
};

#[derive(Clone)]
enum Source {
    File(String),
    Features { features: Vec<LicenceFeature>, name: String },
}

/// Licences, wherever they come from.
#[pyclass(frozen, module = "overcut._overcut")]
pub(crate) struct LicenceTable {
    source: Source,
    options: LicenceOptions,
    height_shifts: Vec<HeightShift>,
    /// What was found when the table was made: in the source's own CRS. `None` for objects that name no CRS.
    found: Option<LicencesRead>,
}

type Ring = Vec<(f64, f64)>;
type PartTuple = (Vec<Ring>, Option<f64>, Option<f64>, Option<Vec<String>>);
type FeatureTuple = (String, BTreeMap<String, Option<String>>, Vec<u8>);
type LicenceTuple = (
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Vec<PartTuple>,
);

#[pymethods]
impl LicenceTable {
    /// Reads a file.
    #[staticmethod]
    fn from_file(
        py: Python<'_>,
        path: String,
        layer: Option<String>,
        crs: Option<String>,
        fields: BTreeMap<String, String>,
        vertical_datum: Option<&str>,
    ) -> PyResult<Self> {
        let options = LicenceOptions {
            layer,
            crs,
            fields,
            vertical_datum: vertical_datum.map(parse_datum),
            ..LicenceOptions::default()
        };
        py.detach(|| Self::new(Source::File(path), options, true)).map_err(to_python)
    }

    /// Takes features: `(place, attributes, WKB)`. Without a CRS they are taken to be in that of the surfaces, and the
    /// assessment lists that among its assumptions.
    #[staticmethod]
    fn from_features(
        py: Python<'_>,
        features: Vec<FeatureTuple>,
        name: String,
        crs: Option<String>,
        fields: BTreeMap<String, String>,
        vertical_datum: Option<&str>,
    ) -> PyResult<Self> {
        let read_now = crs.is_some();
        let features =
            features.into_iter().map(|(place, attributes, wkb)| LicenceFeature { place, attributes, wkb }).collect();
        let options = LicenceOptions {
            crs,
            fields,
            vertical_datum: vertical_datum.map(parse_datum),
            ..LicenceOptions::default()
        };
        py.detach(|| Self::new(Source::Features { features, name }, options, read_now)).map_err(to_python)
    }

    /// The same licences, with transformations between datums and shifts of their elevations that are applied when they are
    /// brought onto the grid, and a vertical datum for those that state none.
    fn converted(
        &self,
        py: Python<'_>,
        transformations: Vec<String>,
        height_shifts: Vec<String>,
        vertical_datum: Option<&str>,
    ) -> PyResult<Self> {
        let mut options = self.options.clone();
        options.transformations = transformations_of(&transformations)?;
        options.vertical_datum = vertical_datum.map(parse_datum).or(options.vertical_datum);
        let height_shifts = height_shifts.iter().map(|text| height_shift_of(text)).collect::<PyResult<_>>()?;
        let made = py.detach(|| Self::new(self.source.clone(), options, self.found.is_some()));
        made.map(|table| Self { height_shifts, ..table }).map_err(to_python)
    }

    /// Code of the CRS where there is one, else WKT; `None` if it is not known yet.
    #[getter]
    fn crs(&self) -> Option<String> {
        let crs = &self.found.as_ref()?.crs;
        Some(crs.code.clone().unwrap_or_else(|| crs.wkt.clone()))
    }

    /// What was taken for granted in reading, in sentences.
    #[getter]
    fn assumptions(&self) -> Vec<String> {
        self.found.as_ref().map(|found| found.assumptions.clone()).unwrap_or_default()
    }

    #[getter]
    fn sha256(&self) -> Option<String> {
        self.found.as_ref().and_then(|found| found.sha256.clone())
    }

    /// `(id, holder, mineral, method, valid_from, valid_to, vertical_datum, parts)` of each licence; a part is
    /// `(rings, floor_m, ceiling_m, layers)`.
    fn licences(&self) -> Vec<LicenceTuple> {
        self.found.iter().flat_map(|found| &found.licences).map(licence_tuple).collect()
    }
}

impl LicenceTable {
    fn new(source: Source, options: LicenceOptions, read_now: bool) -> overcut_io::Result<Self> {
        let mut table = Self { source, options, height_shifts: Vec::new(), found: None };
        if read_now {
            table.found = Some(table.read(&table.options, None)?);
        }
        Ok(table)
    }

    fn read(&self, options: &LicenceOptions, to: Option<&CrsRecord>) -> overcut_io::Result<LicencesRead> {
        match &self.source {
            Source::File(path) => overcut_io::read_licences(path, to, options),
            Source::Features { features, name } => {
                overcut_io::licences_from_features(features.clone(), name, options.crs.as_deref(), to, options)
            }
        }
    }

    /// The file that `read` comes from, for the record; `None` for features.
    pub(crate) fn file(&self, read: &LicencesRead) -> Option<LicenceFile> {
        match &self.source {
            Source::File(path) => Some(LicenceFile { name: path.clone(), sha256: read.sha256.clone() }),
            Source::Features { .. } => None,
        }
    }

    /// The licences in the CRS of the grid. A file that has changed since the table was made is refused.
    pub(crate) fn on_grid(
        &self,
        crs: &CrsRecord,
        default_datum: Option<&VerticalDatum>,
        transformations: &[Transformation],
    ) -> Result<LicencesRead, Refused> {
        if matches!(&self.source, Source::Features { features, .. } if features.is_empty()) {
            let assumptions = vec!["no licence was given: all excavation is outside every licence".to_owned()];
            return Ok(LicencesRead {
                licences: Vec::new(),
                assumptions,
                sha256: None,
                crs: crs.clone(),
                conversions: Vec::new(),
            });
        }
        let mut options = self.options.clone();
        options.vertical_datum = options.vertical_datum.or_else(|| default_datum.cloned());
        options.transformations.extend_from_slice(transformations);
        let mut assumption = None;
        if let (Source::Features { name, .. }, None) = (&self.source, &options.crs) {
            options.crs = Some(crs.wkt.clone());
            assumption =
                Some(format!("{name} name no CRS and were taken to be in that of the surfaces ({})", crs.name));
        }
        let mut read = self.read(&options, Some(crs)).map_err(Refused::Read)?;
        let before = self.found.as_ref().and_then(|found| found.sha256.as_ref());
        if let (Source::File(path), Some(before), Some(now)) = (&self.source, before, &read.sha256)
            && before != now
        {
            return Err(Refused::Changed(path.clone()));
        }
        read.assumptions.extend(assumption);
        read.assumptions.extend(unused(&self.options.transformations, &read.conversions));
        for by in &self.height_shifts {
            shift_all(&mut read, by).map_err(|error| Refused::Read(error.into()))?;
        }
        Ok(read)
    }
}

/// Shifts the elevations of every licence that has some, and says so.
fn shift_all(read: &mut LicencesRead, by: &HeightShift) -> overcut::Result<()> {
    by.validate()?;
    for licence in &mut read.licences {
        let before = licence.vertical_datum.clone();
        shift_bands(licence, by)?;
        if licence.vertical_datum != before {
            let applied_to = format!("elevations of licence {}", licence.id);
            read.assumptions.push(format!(
                "the {applied_to} were brought from {} to {}{} (source: {})",
                by.from,
                by.to,
                if let Shift::Constant { metres } = by.shift { format!(" by {metres:+} m") } else { String::new() },
                by.source
            ));
            read.conversions.push(Conversion { applied_to, done: Done::HeightShift(by.clone()) });
        }
    }
    Ok(())
}

/// Why licences could not be brought onto the grid.
pub(crate) enum Refused {
    Read(overcut_io::Error),
    Changed(String),
}

impl From<Refused> for PyErr {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Read(error) => to_python(error),
            Refused::Changed(path) => {
                LicenceError::new_err(format!("licences in {path} have changed since they were read; read them again"))
            }
        }
    }
}

fn licence_tuple(licence: &Licence) -> LicenceTuple {
    (
        licence.id.0.clone(),
        licence.holder.clone(),
        licence.mineral.clone(),
        licence.method.clone(),
        licence.validity.from.map(|date| date.to_string()),
        licence.validity.to.map(|date| date.to_string()),
        datum_word(&licence.vertical_datum),
        licence.parts.iter().map(part_tuple).collect(),
    )
}

fn part_tuple(part: &Part) -> PartTuple {
    let rings = std::iter::once(part.polygon.exterior()).chain(part.polygon.interiors());
    (
        rings.map(|ring| ring.coords().map(|c| (c.x, c.y)).collect()).collect(),
        part.band.map(|band| band.floor_m),
        part.band.map(|band| band.ceiling_m),
        part.layers.clone(),
    )
}
