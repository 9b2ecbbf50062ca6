//! Mining licences from vector files and from features that are already in memory.
//!
//! One row is one part: a polygon with its elevations. Rows with the same id form one licence; a `MultiPolygon` stands for
//! several parts with the same band.
//!
//! | word | also recognised | holds |
//! |---|---|---|
//! | `licence` | `licence_id`, `license`, `license_id`, 许可证号, 采矿许可证号, 采矿许可证, `id` | id; required |
//! | `part` | | not read: the order of the rows numbers the parts |
//! | `holder` | 采矿权人 | text |
//! | `mineral` | 开采矿种 | text |
//! | `method` | 开采方式 | text |
//! | `floor_m` | 下限标高, 最低开采标高 | metres; both or none |
//! | `ceiling_m` | 上限标高, 最高开采标高 | metres |
//! | `valid_from` | 有效期起 | day, open where empty |
//! | `valid_to` | 有效期止 | day, open where empty |
//! | `layers` | 许可层位 | names between semicolons; empty = all |
//! | `vertical_datum` | 高程基准 | what the elevations are counted from, such as `1985` |
//! | `area_km2` | 矿区面积 | the area as the document states it, square kilometres; compared by the checks |
//!
//! Upper and lower case are the same. Other columns are ignored. Rings, bands and validity are judged by the core
//! ([`overcut::licence`]); here is refused what could be read in two ways.
//!
//! Texts of corners (land-coordinate TXT, corner tables, CASS) and workbooks come through [`text`], everything else through
//! GDAL. Whatever departs from the rule is a [`Finding`].

mod areas;
mod assemble;
pub mod checks;
mod columns;
mod dbf;
mod drawing;
mod geometry;
mod plausible;
mod printed;
mod reproject;
mod source;
pub mod text;
mod values;
mod write_corners;

use std::collections::{BTreeMap, BTreeSet};

use overcut::{
    Licence,
    assessment::Conversion,
    dem::{CrsRecord, VerticalDatum},
    transformation::Transformation,
};

pub use areas::LicenceArea;
pub use checks::{CheckOptions, check};
pub use text::{
    document::{Angles, Order},
    finding::{Finding, Place, Refusal, Severity},
};
pub use values::vertical_datum;
pub use write_corners::{TextEncoding, write_corner_table, write_land_text};

use crate::{
    crs::{crs_record, require_projected_metres, title_of},
    error::{Error, Result},
};

/// How licences are read.
#[derive(Debug, Clone, Default)]
pub struct LicenceOptions {
    /// Layer of a file that has several.
    pub layer: Option<String>,
    /// CRS of the coordinates, where the file states none or a wrong one: any text that PROJ takes, such as `EPSG:4546`.
    pub crs: Option<String>,
    /// Column for a word of the table above, where it is not recognised by name.
    pub fields: BTreeMap<String, String>,
    /// What elevations are counted from, for licences that state nothing.
    pub vertical_datum: Option<VerticalDatum>,
    /// What leads from the datum of the coordinates to that of the grid, where no operation is known.
    pub transformations: Vec<Transformation>,
    /// Number of the zone, for texts whose eastings carry none.
    pub zone: Option<u8>,
    /// Which coordinate comes first in the file, where its magnitude does not tell, or where a vector file has them exchanged.
    pub axes: Option<Order>,
    /// How plain numbers of a text stand for angles.
    pub angles: Option<Angles>,
}

/// Licences, and what is to be known about how they were read.
#[derive(Debug, Clone)]
pub struct LicencesRead {
    /// In the order of their first rows.
    pub licences: Vec<Licence>,
    /// Whatever was taken for granted, in sentences.
    pub assumptions: Vec<String>,
    /// SHA-256 of the file, lower-case hexadecimal: of a Shapefile, of its `.shp`, `.dbf`, `.prj` and `.cpg` one after the
    /// other; `None` where there is no plain file.
    pub sha256: Option<String>,
    /// CRS of the coordinates as they were stored.
    pub crs: CrsRecord,
    /// Stated transformations that were used.
    pub conversions: Vec<Conversion>,
    /// What was noticed in reading.
    pub findings: Vec<Finding>,
    /// Areas that the document states.
    pub areas: Vec<LicenceArea>,
}

/// A row that does not come from a file of ours: what a `GeoDataFrame` or `__geo_interface__` hands over.
#[derive(Debug, Clone, PartialEq)]
pub struct LicenceFeature {
    /// Where it stands, for messages: `row 3`.
    pub place: String,
    /// Values by column, as text; days year first.
    pub attributes: BTreeMap<String, Option<String>>,
    /// Geometry as well-known binary; empty = none.
    pub wkb: Vec<u8>,
}

/// Reads licences from a file: a land-coordinate text, a corner table (text, CSV, workbook), CASS `.dat`, or a vector file
/// (GeoPackage, Shapefile, GeoJSON, DXF, KML, or anything else with polygons that GDAL opens).
///
/// With `to`, the polygons come out in that CRS; edges that bend on the way get more corners, so that none departs from
/// the straight line of the file by more than 1 mm.
///
/// # Errors
/// What cannot be opened or read to the end; no layer, several without a choice, no rows; a missing or doubtful column;
/// a cell that is not what its column should hold; only one of floor and ceiling; rows of one licence that contradict each
/// other; missing, wrong or unclosed geometry; no CRS; coordinates that do not fit the CRS; text of unknown encoding;
/// whatever the operation between two CRSs finds. Each names the row and the way out.
pub fn read_licences(path: &str, to: Option<&CrsRecord>, options: &LicenceOptions) -> Result<LicencesRead> {
    crate::initialise();
    let extension = std::path::Path::new(path).extension().and_then(|extension| extension.to_str());
    let printed = extension.and_then(text::Format::of_extension).filter(|_| std::path::Path::new(path).is_file());
    let rows = match printed {
        Some(format) => printed::read(path, format, options)?,
        None => vector_rows(path, options)?,
    };
    let mut read = rows.into_licences(path, to, options)?;
    read.sha256 = source::sha256(path)?;
    Ok(read)
}

/// Makes licences of features in memory; the same as [`read_licences`] in every other respect.
///
/// `source` names them in messages, `crs` is what they carry (the options can override it).
///
/// # Errors
/// As [`read_licences`].
pub fn licences_from_features(
    features: Vec<LicenceFeature>,
    source: &str,
    crs: Option<&str>,
    to: Option<&CrsRecord>,
    options: &LicenceOptions,
) -> Result<LicencesRead> {
    crate::initialise();
    if features.is_empty() {
        return Err(Error::NoLicences { place: source.to_owned() });
    }
    let columns: BTreeSet<&String> = features.iter().flat_map(|feature| feature.attributes.keys()).collect();
    let columns = columns.into_iter().cloned().collect();
    Rows { columns, features, crs: crs.map(str::to_owned), ..Rows::default() }.into_licences(source, to, options)
}

/// Rows of a vector file.
fn vector_rows(path: &str, options: &LicenceOptions) -> Result<Rows> {
    let mut rows = source::read(path, options.layer.as_deref(), &options.fields)?;
    if let Some(zone) = options.zone {
        let refusal = Refusal::new("zone_not_used", Place::file()).with("stated", zone);
        return Err(Error::LicencesRefused { path: path.to_owned(), refusal });
    }
    rows.exchanged = options.axes == Some(Order::NorthEast);
    Ok(rows)
}

/// Rows, wherever they come from.
#[derive(Default)]
struct Rows {
    columns: Vec<String>,
    features: Vec<LicenceFeature>,
    crs: Option<String>,
    /// What the CRS stated by the caller has become, with the coordinates seen: with or without prefix.
    crs_in_place: Option<String>,
    name_length: Option<usize>,
    /// North comes first, as the caller says.
    exchanged: bool,
    findings: Vec<Finding>,
    /// Areas of the rows; empty where a column states them.
    areas: Vec<Option<text::document::StatedArea>>,
}

impl Rows {
    fn into_licences(mut self, source: &str, to: Option<&CrsRecord>, options: &LicenceOptions) -> Result<LicencesRead> {
        let columns = columns::Columns::find(source, &self.columns, &options.fields, self.name_length)?;
        let default_datum = options.vertical_datum.as_ref().filter(|datum| **datum != VerticalDatum::Unknown);
        let assemble::Assembled { mut licences, mut assumptions, placed } =
            assemble::assemble(&self.features, source, &columns, default_datum)?;
        if self.exchanged {
            exchange(&mut licences);
            self.findings.push(Finding::info("axes_as_stated", Place::file()).with("found", Order::NorthEast.as_str()));
        }
        if self.areas.is_empty() {
            self.areas = self.features.iter().map(|feature| area_of(feature, &columns)).collect();
        }
        let areas = areas::of_rows(&self.areas, &placed);

        let stated = self.crs.as_deref().map(crs_record).transpose();
        let crs = match self.crs_in_place.as_ref().or(options.crs.as_ref()) {
            Some(given) => {
                let given = crs_record(given)?;
                let why = match stated {
                    Ok(Some(stated)) if same_crs(&stated, &given) => None,
                    Ok(Some(stated)) => Some(format!("in place of the {} that it states", title_of(&stated))),
                    Ok(None) => Some("because it states none".to_owned()),
                    Err(_) => Some("because the one that it states cannot be read".to_owned()),
                };
                assumptions.extend(why.map(|why| {
                    format!("the coordinates of {source} are in {}, as given by the caller {why}", title_of(&given))
                }));
                given
            }
            None => stated?.ok_or_else(|| Error::LicencesCrsMissing { path: source.to_owned() })?,
        };
        let mut conversions = Vec::new();
        let crs = match reproject::officially_converted(&options.transformations, &crs) {
            Some(official) => {
                assumptions.push(reproject::official_sentence(official, source));
                conversions.push(reproject::conversion(official, source));
                official.to.clone()
            }
            None => crs,
        };
        require_plausible(&licences, &crs, source)?;
        if let Some(to) = to {
            require_projected_metres(to, "the grid")?;
            if !same_crs(&crs, to) {
                let (sentences, stated) =
                    reproject::bring_to(&mut licences, &crs, to, source, &options.transformations)?;
                assumptions.extend(sentences);
                conversions.extend(stated);
            }
        }
        Ok(LicencesRead { licences, assumptions, sha256: None, crs, conversions, findings: self.findings, areas })
    }
}

/// East and north change places.
fn exchange(licences: &mut [Licence]) {
    use geo::MapCoordsInPlace as _;
    for part in licences.iter_mut().flat_map(|licence| &mut licence.parts) {
        part.polygon.map_coords_in_place(|at| geo::Coord { x: at.y, y: at.x });
    }
}

/// The area in the column of a row.
fn area_of(feature: &LicenceFeature, columns: &columns::Columns) -> Option<text::document::StatedArea> {
    let column = columns.of(columns::Word::AreaKm2)?;
    let text = values::text(feature.attributes.get(column)?.as_deref())?;
    let place = Place { column: Some(column.to_owned()), ..Place::file() };
    text::area("km2", text, place).map(|(area, _)| area)
}

fn same_crs(a: &CrsRecord, b: &CrsRecord) -> bool {
    a.wkt == b.wkt || (a.code.is_some() && a.code == b.code)
}

fn require_plausible(licences: &[Licence], crs: &CrsRecord, source: &str) -> Result<()> {
    let expected = plausible::Expected::of(crs);
    for licence in licences {
        for (number, part) in licence.parts.iter().enumerate() {
            let rings = std::iter::once(part.polygon.exterior()).chain(part.polygon.interiors());
            for corner in rings.flat_map(geo::LineString::coords) {
                if let Some(why) = expected.objection(corner.x, corner.y) {
                    return Err(Error::ImplausibleCoordinates {
                        place: format!("{source}, licence {}, part {}", licence.id, number + 1),
                        x: corner.x,
                        y: corner.y,
                        crs: title_of(crs),
                        why,
                    });
                }
            }
        }
    }
    Ok(())
}
