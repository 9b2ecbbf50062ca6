//! Licences: read from a file or from features, and brought into the CRS of the grid when that is known.

use std::{collections::BTreeMap, path::PathBuf};

use overcut::{
    Licence, Part,
    assessment::{Conversion, Done, LicenceFile},
    dem::{CrsRecord, VerticalDatum},
    heights::{HeightShift, Shift, shift_bands},
    transformation::Transformation,
};
use overcut_io::{
    Finding, LicenceFeature, LicenceOptions, LicencesRead, Severity,
    licences::{
        Angles, CheckOptions, Order, TextEncoding, check,
        checks::distance::{self, Extent},
        write_corner_table, write_land_text,
    },
};
use pyo3::prelude::*;

use crate::{
    conversion::{height_shift_of, transformations_of, unused},
    datum::{datum_word, parse_datum},
    error::{CrsError, LicenceError, to_python},
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
/// Severity, code, place and values of a finding.
pub(crate) type FindingTuple = (&'static str, &'static str, Vec<(&'static str, String)>, Vec<(&'static str, String)>);
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
        sense: (Option<u8>, Option<String>, Option<String>),
    ) -> PyResult<Self> {
        let (zone, axes, angles) = sense;
        // The words are checked in Python.
        let axes = axes.map(|word| if word == "east_north" { Order::EastNorth } else { Order::NorthEast });
        let angles = angles.map(|word| if word == "packed" { Angles::Packed } else { Angles::Decimal });
        let vertical_datum = vertical_datum.map(parse_datum);
        let options =
            LicenceOptions { layer, crs, fields, vertical_datum, zone, axes, angles, ..LicenceOptions::default() };
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
        let vertical_datum = vertical_datum.map(parse_datum);
        let options = LicenceOptions { crs, fields, vertical_datum, ..LicenceOptions::default() };
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

    /// What was noticed in reading.
    #[getter]
    fn findings(&self) -> Vec<FindingTuple> {
        self.found.iter().flat_map(|found| &found.findings).map(finding_tuple).collect()
    }

    /// Checks the licences, and how far they are from surfaces: `(CRS, (west, south, east, north))` of each.
    fn check(
        &self,
        py: Python<'_>,
        on: Option<String>,
        surfaces: Vec<(String, [f64; 4])>,
    ) -> PyResult<Vec<FindingTuple>> {
        let read = self.known()?;
        let on = on.map(|day| day.parse()).transpose().map_err(|_| LicenceError::new_err("`on` is no day"))?;
        py.detach(|| {
            let mut findings = check(read, &CheckOptions { on })?;
            for (crs, bounds_m) in surfaces {
                findings.extend(distance::check(read, &Extent { crs: overcut_io::crs_record(&crs)?, bounds_m })?);
            }
            Ok(findings.iter().map(finding_tuple).collect())
        })
        .map_err(to_python)
    }

    /// Writes the land-coordinate text; gives what it cannot hold.
    fn write_land_text(
        &self,
        py: Python<'_>,
        path: PathBuf,
        gbk: bool,
        overwrite: bool,
    ) -> PyResult<Vec<FindingTuple>> {
        let read = self.known()?;
        let encoding = if gbk { TextEncoding::Gbk } else { TextEncoding::Utf8 };
        let lost = py.detach(|| write_land_text(&read.licences, &read.crs, &path, encoding, overwrite));
        Ok(lost.map_err(to_python)?.iter().map(finding_tuple).collect())
    }

    /// Writes a table of corners, CSV.
    fn write_corner_table(&self, py: Python<'_>, path: PathBuf, overwrite: bool) -> PyResult<()> {
        let read = self.known()?;
        py.detach(|| write_corner_table(&read.licences, &read.crs, &path, overwrite)).map_err(to_python)
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
    /// What was read; an error for objects of which the CRS is not known.
    fn known(&self) -> PyResult<&LicencesRead> {
        self.found.as_ref().ok_or_else(|| {
            CrsError::new_err(
                "these licences name no CRS; state the one of their coordinates as crs='EPSG:…' when they are read",
            )
        })
    }

    /// Licences far from a grid, in sentences for its assumptions.
    pub(crate) fn far_from(&self, crs: &CrsRecord, grid: &overcut::GridGeometry) -> overcut_io::Result<Vec<String>> {
        let Some(read) = &self.found else { return Ok(Vec::new()) };
        let extent = Extent { crs: crs.clone(), bounds_m: [grid.west, grid.south(), grid.east(), grid.north] };
        Ok(distance::check(read, &extent)?.iter().map(far_sentence).collect())
    }

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
            let (findings, areas) = (Vec::new(), Vec::new());
            return Ok(LicencesRead {
                licences: Vec::new(),
                assumptions,
                sha256: None,
                crs: crs.clone(),
                conversions: Vec::new(),
                findings,
                areas,
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
        // What was odd about the file belongs to the evidence.
        let odd = read.findings.iter().filter(|finding| finding.severity >= Severity::Warning);
        read.assumptions.extend(odd.map(|finding| format!("the file of licences, {finding}")).collect::<Vec<_>>());
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

pub(crate) fn finding_tuple(finding: &Finding) -> FindingTuple {
    (finding.severity.as_str(), finding.code, finding.place.stated(), finding.values.clone())
}

/// A licence that is far from the surfaces, as an assumption of the assessment.
fn far_sentence(finding: &Finding) -> String {
    let value = |name: &str| finding.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    let hint = value("state").map_or_else(
        || "check its CRS, its zone and the order of its axes".to_owned(),
        |state| format!("the same numbers would lie at the surfaces in {state}"),
    );
    format!("{} lies {} km from the surfaces: {hint}", finding.place, value("distance_km").unwrap_or("∞"))
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
