//! From a document as printed to rows like those of any other file: polygons, statements, one CRS, stated areas.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use geo::{LineString, Polygon};

use super::{
    LicenceFeature, LicenceOptions, Rows,
    columns::Word,
    text::{
        self, Format,
        document::{Block, Document},
        finding::{Finding, Place, Refusal},
        parts::polygons,
        resolve::{StatedCrs, resolve},
        sense::{Sense, StatedSense, sense},
    },
};
use crate::error::{Error, Result};

/// Reads a text file or workbook.
pub(super) fn read(path: &str, format: Format, options: &LicenceOptions) -> Result<Rows> {
    let failed = |source| Error::LicencesFile { path: path.to_owned(), source };
    let refused = |refusal| Error::LicencesRefused { path: path.to_owned(), refusal };
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > text::MAX_BYTES {
        let refusal = Refusal::new("file_too_large", Place::file());
        return Err(refused(refusal.with("found", size).with("most", text::MAX_BYTES)));
    }
    let bytes = fs::read(path).map_err(failed)?;
    let stem = std::path::Path::new(path)
        .file_stem()
        .map_or_else(|| "1".to_owned(), |stem| stem.to_string_lossy().into_owned());
    rows(&bytes, format, &stem, options).map_err(refused)
}

/// The same for bytes; `stem` names licences that have no name of their own.
pub(super) fn rows(bytes: &[u8], format: Format, stem: &str, options: &LicenceOptions) -> Result<Rows, Refusal> {
    let mut document = text::read(bytes, format)?;
    let stated = StatedSense {
        axes: options.axes,
        angles: options.angles,
        crs: options.crs.is_some() || document.stated.epsg.is_some(),
    };
    let sense = sense(&mut document, stated)?;
    let crs = resolve(&mut document, sense, StatedCrs { crs: options.crs.as_deref(), zone: options.zone })?;
    let ids = identify(&mut document, stem);
    features(document, &ids, sense, crs, options)
}

/// Most parcels with a number that occurred before that are named.
const NAMED_AT_MOST: usize = 20;

/// An id for every block.
fn identify(document: &mut Document, stem: &str) -> Vec<String> {
    let given = |block: &Block| block.about.get(&Word::Licence).filter(|id| !id.trim().is_empty()).cloned();
    let nameless = document.blocks.iter().filter(|block| given(block).or_else(|| block.name.clone()).is_none()).count();
    let (mut by_name, mut by_file, mut number) = (None, None, 0);
    let ids: Vec<String> = document
        .blocks
        .iter()
        .map(|block| {
            if let Some(id) = given(block) {
                return id.trim().to_owned();
            }
            if let Some(name) = &block.name {
                by_name.get_or_insert_with(|| (block.place.clone(), name.clone()));
                return name.trim().to_owned();
            }
            by_file.get_or_insert_with(|| block.place.clone());
            number += 1;
            // Parts that are numbered belong to one licence.
            if nameless == 1 || block.about.contains_key(&Word::Part) {
                stem.to_owned()
            } else {
                format!("{stem}-{number}")
            }
        })
        .collect();
    if let Some((place, name)) = by_name {
        document.findings.push(Finding::info("identity_from_name", place).with("licence", name));
    }
    if let Some(place) = by_file {
        document.findings.push(Finding::info("identity_from_file", place).with("licence", stem));
    }
    let distinct: BTreeSet<&String> = ids.iter().collect();
    if distinct.len() > 1 {
        document.findings.push(Finding::info("licences_several", Place::file()).with("count", distinct.len()));
    }
    let mut seen = BTreeSet::new();
    let again = document
        .blocks
        .iter()
        .zip(&ids)
        .filter(|(block, id)| !seen.insert(*id) && !block.about.contains_key(&Word::Part));
    let places: Vec<Place> = again
        .take(NAMED_AT_MOST)
        .map(|(block, id)| Place { licence: Some(id.clone()), ..block.place.clone() })
        .collect();
    document.findings.extend(places.into_iter().map(|place| Finding::info("parts_of_one_number", place)));
    ids
}

fn features(
    document: Document,
    ids: &[String],
    sense: Sense,
    crs: String,
    options: &LicenceOptions,
) -> Result<Rows, Refusal> {
    let mut rows = Rows::default();
    let mut findings = document.findings;
    for (block, id) in document.blocks.iter().zip(ids) {
        let polygons = polygons(block, sense, &mut findings)?;
        let mut attributes: BTreeMap<String, Option<String>> =
            block.about.iter().map(|(word, text)| (word.as_str().to_owned(), Some(text.clone()))).collect();
        attributes.insert(Word::Licence.as_str().to_owned(), Some(id.clone()));
        rows.areas.push(block.area.clone());
        rows.features.push(LicenceFeature { place: spoken(&block.place), attributes, wkb: wkb(&polygons) });
    }
    rows.columns = Word::ALL.iter().map(|word| word.as_str().to_owned()).collect();
    // What the caller has stated is listed as such, what the file states is not.
    rows.crs = options.crs.is_none().then(|| crs.clone());
    rows.crs_in_place = options.crs.is_some().then_some(crs);
    rows.findings = findings;
    Ok(rows)
}

fn spoken(place: &Place) -> String {
    let line = place.line.map_or_else(|| "the table".to_owned(), |line| format!("line {line}"));
    place.sheet.as_ref().map_or_else(|| line.clone(), |sheet| format!("sheet {sheet}, {line}"))
}

/// A `MultiPolygon` as well-known binary.
pub(super) fn wkb(polygons: &[Polygon<f64>]) -> Vec<u8> {
    fn header(bytes: &mut Vec<u8>, kind: u32) {
        bytes.push(1);
        bytes.extend(kind.to_le_bytes());
    }
    fn count(bytes: &mut Vec<u8>, count: usize) {
        bytes.extend(u32::try_from(count).expect("limited when read").to_le_bytes());
    }
    let mut bytes = Vec::new();
    header(&mut bytes, 6);
    count(&mut bytes, polygons.len());
    for polygon in polygons {
        header(&mut bytes, 3);
        let rings: Vec<&LineString<f64>> = std::iter::once(polygon.exterior()).chain(polygon.interiors()).collect();
        count(&mut bytes, rings.len());
        for ring in rings {
            count(&mut bytes, ring.0.len());
            bytes.extend(ring.0.iter().flat_map(|corner| [corner.x.to_le_bytes(), corner.y.to_le_bytes()]).flatten());
        }
    }
    bytes
}
