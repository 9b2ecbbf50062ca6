//! Rows of a vector file: attributes as text, geometry as well-known binary, the CRS, the digest.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use gdal::{
    Dataset, DatasetOptions, GdalOpenFlags, Metadata as _,
    errors::GdalError,
    vector::{Feature, FieldValue, Layer, LayerAccess as _, OGRFieldType},
};
use sha2::{Digest as _, Sha256};

use super::{
    LicenceFeature, Rows, dbf, drawing,
    text::finding::{Finding, Place, Refusal},
};
use crate::{
    error::{Error, Result},
    raster::hexadecimal,
    write::cpl,
};

/// Reads every row of one layer, of a KML of all.
pub(super) fn read(path: &str, wanted: Option<&str>, fields: &BTreeMap<String, String>) -> Result<Rows> {
    let unreadable = |source| Error::LicencesUnreadable { path: path.to_owned(), source };
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_READONLY
            | GdalOpenFlags::GDAL_OF_VECTOR
            | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..DatasetOptions::default()
    };
    let dataset = Dataset::open_ex(path, options).map_err(unreadable)?;
    let driver = dataset.driver().short_name();
    let (shapefile, drawing, map) =
        (driver == "ESRI Shapefile", driver == "DXF", matches!(driver.as_str(), "KML" | "LIBKML"));
    // The folders of a KML are layers to GDAL; they sort placemarks, not kinds of them.
    let layers =
        if map && wanted.is_none() { dataset.layers().collect() } else { vec![choose(&dataset, path, wanted)?] };
    let mut rows = Rows { name_length: shapefile.then_some(10), ..Rows::default() };
    for mut layer in layers {
        let (columns, types): (Vec<String>, Vec<_>) =
            layer.defn().fields().map(|field| (field.name(), field.field_type())).unzip();
        cpl::reset();
        for (index, feature) in layer.features().enumerate() {
            let place = format!("row {}", index + 1);
            let mut attributes = BTreeMap::new();
            for (number, (column, field_type)) in columns.iter().zip(&types).enumerate() {
                let value = cell(&feature, number, *field_type).map_err(unreadable)?;
                attributes.insert(column.clone(), value);
            }
            // Where there is none, `Feature::geometry` would give one around a null pointer; this gives an error.
            let wkb = match feature.geometry_by_index(0) {
                Ok(geometry) => geometry.wkb().map_err(unreadable)?,
                Err(_) => Vec::new(),
            };
            rows.features.push(LicenceFeature { place, attributes, wkb });
        }
        if let Some(message) = cpl::failure() {
            let method_name = "OGR_L_GetNextFeature";
            return Err(unreadable(GdalError::NullPointer { method_name, msg: message }));
        }
        if rows.features.is_empty() && !map {
            return Err(Error::NoLicences { place: format!("{path}, layer {}", layer.name()) });
        }
        if shapefile {
            known_encoding(&layer, path, &columns, &mut rows)?;
        } else {
            rows.columns.extend(columns);
        }
        if rows.crs.is_none() {
            rows.crs = definition(&layer).map_err(unreadable)?;
        }
    }
    if drawing && !fields.contains_key("licence") {
        rows.features = drawing::of_drawing(&rows.features, &mut rows.findings).map_err(unreadable)?;
    } else if map {
        rows.features = drawing::of_map(rows.features, &mut rows.findings).map_err(unreadable)?;
    }
    if drawing || map {
        rows.columns.push("licence".to_owned());
        rows.columns.sort();
        rows.columns.dedup();
    }
    if rows.features.is_empty() {
        return Err(no_area(path, &rows));
    }
    Ok(rows)
}

/// What to say of a drawing or map without any area: the open line, if there is one.
fn no_area(path: &str, rows: &Rows) -> Error {
    match rows.findings.iter().find(|each| each.code == "open_line") {
        Some(open) => Error::LicencesRefused { path: path.to_owned(), refusal: Refusal(Box::new(open.clone())) },
        None => Error::NoLicences { place: path.to_owned() },
    }
}

/// The layer asked for, or the only one with geometry.
fn choose<'a>(dataset: &'a Dataset, path: &str, wanted: Option<&str>) -> Result<Layer<'a>> {
    let spatial = |layer: &Layer<'_>| layer.defn().geom_fields().next().is_some();
    let refuse = |why: &str| {
        let names: Vec<String> = dataset.layers().filter(spatial).map(|layer| layer.name()).collect();
        Error::LayerChoice { path: path.to_owned(), why: why.to_owned(), found: names.join(", ") }
    };
    let mut candidates: Vec<Layer<'a>> = dataset.layers().filter(spatial).collect();
    if let Some(name) = wanted {
        candidates.retain(|layer| layer.name() == name);
        return candidates.pop().ok_or_else(|| refuse(&format!("there is no layer `{name}` with geometry")));
    }
    match candidates.len() {
        0 => Err(Error::NoLicences { place: path.to_owned() }),
        1 => Ok(candidates.remove(0)),
        _ => Err(refuse("there is more than one layer; choose one with `layer`")),
    }
}

/// One cell as text that loses nothing: floats in their shortest exact form, dates year first, lists between semicolons.
fn cell(feature: &Feature<'_>, number: usize, field_type: OGRFieldType::Type) -> Result<Option<String>, GdalError> {
    // An unset field is not null to GDAL, and asking for its number would give 0: as text it is empty.
    let Some(text) = feature.field_as_string(number)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    // Dates and times are taken as text: `2021/05/01`, with a time zone only where one is stored.
    if !matches!(field_type, OGRFieldType::OFTReal | OGRFieldType::OFTStringList) {
        return Ok(Some(text));
    }
    Ok(Some(match feature.field(number)? {
        Some(FieldValue::RealValue(value)) => value.to_string(),
        Some(FieldValue::StringListValue(values)) => values.join(";"),
        _ => text,
    }))
}

/// `EPSG:code` where the file names one, else the whole definition as PROJJSON, which loses nothing.
///
/// A GeoPackage can state that its coordinates are metres or degrees of nothing in particular: that is no CRS.
fn definition(layer: &Layer<'_>) -> Result<Option<String>, GdalError> {
    let Some(reference) = layer.spatial_ref() else { return Ok(None) };
    if reference.name().is_some_and(|name| name.starts_with("Undefined ")) {
        return Ok(None);
    }
    match reference.authority() {
        Ok(code) => Ok(Some(code)),
        Err(_) => reference.to_projjson().map(Some),
    }
}

/// Finds the encoding of the text of a Shapefile that does not state it, and decodes columns and cells.
///
/// A `.dbf` without `.cpg` and without a language mark is taken for Latin-1 by GDAL, or handed over byte by byte. So the text
/// is read from its bytes: UTF-8 where they are valid in it, else GBK where that is valid; anything else is refused.
fn known_encoding(layer: &Layer<'_>, path: &str, columns: &[String], rows: &mut Rows) -> Result<()> {
    let item = |key| layer.metadata_item(key, "SHAPEFILE").unwrap_or_default();
    let stated = !item("ENCODING_FROM_CPG").is_empty() || !matches!(item("LDID_VALUE").as_str(), "" | "0" | "87");
    let cells = || rows.features.iter().flat_map(|feature| feature.attributes.values()).flatten();
    let Some(text) = columns.iter().chain(cells()).find(|text| !text.is_ascii()).filter(|_| !stated) else {
        rows.columns = columns.to_vec();
        return Ok(());
    };
    let unknown = || Error::EncodingUnknown { path: path.to_owned(), found: text.clone() };
    let table = members(Path::new(path)).into_iter().find(|file| is(file, "dbf")).ok_or_else(unknown)?;
    let bytes =
        std::fs::read(&table).map_err(|source| Error::LicencesFile { path: table.display().to_string(), source })?;
    let decoded = dbf::decode(&bytes).ok_or_else(unknown)?;
    if decoded.columns.len() != columns.len() || decoded.rows.len() != rows.features.len() {
        return Err(unknown());
    }
    rows.findings.push(Finding::info("encoding_assumed", Place::file()).with("encoding", decoded.encoding));
    for (feature, cells) in rows.features.iter_mut().zip(decoded.rows) {
        let mut old = std::mem::take(&mut feature.attributes);
        let new = columns.iter().zip(&decoded.columns).zip(cells).map(|((raw, column), cell)| {
            // Numbers and days are as GDAL gives them.
            (column.clone(), cell.or_else(|| old.remove(raw).flatten().filter(|text| text.is_ascii())))
        });
        feature.attributes = new.collect();
    }
    rows.columns = decoded.columns;
    Ok(())
}

/// SHA-256 of a plain file; of a Shapefile, of its `.shp`, `.dbf`, `.prj` and `.cpg` one after the other.
///
/// `None` where there is no plain file (`/vsi` paths, folders, connections).
pub(super) fn sha256(path: &str) -> Result<Option<String>> {
    let main = Path::new(path);
    if !main.is_file() {
        return Ok(None);
    }
    let mut hasher = Sha256::new();
    for file in members(main) {
        let failed = |source| Error::LicencesDigest { path: file.display().to_string(), source };
        let mut file_handle = File::open(&file).map_err(failed)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file_handle.read(&mut buffer).map_err(failed)? {
                0 => break,
                count => hasher.update(&buffer[..count]),
            }
        }
    }
    Ok(Some(hexadecimal(&hasher.finalize())))
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn members(main: &Path) -> Vec<PathBuf> {
    if !is(main, "shp") {
        return vec![main.to_owned()];
    }
    let folder = match main.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut beside: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.filter_map(|entry| entry.ok().map(|entry| folder.join(entry.file_name()))).collect())
        .unwrap_or_default();
    beside.sort();
    let other = |extension: &str| {
        beside.iter().find(|path| path.file_stem() == main.file_stem() && is(path, extension)).cloned()
    };
    std::iter::once(main.to_owned()).chain(["dbf", "prj", "cpg"].into_iter().filter_map(other)).collect()
}
