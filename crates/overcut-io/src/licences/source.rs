//! Rows of a vector file: attributes as text, geometry as well-known binary, the CRS, the digest.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
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

use super::LicenceFeature;
use crate::{
    error::{Error, Result},
    write::cpl,
};

/// A vector file, read.
pub(super) struct Source {
    /// Columns, in the order of the file.
    pub columns: Vec<String>,
    /// Rows, in the order of the file.
    pub features: Vec<LicenceFeature>,
    /// Definition of the CRS, if the file has one.
    pub crs: Option<String>,
    /// Longest name of a column that the format can store, in bytes, if it cuts names.
    pub name_length: Option<usize>,
}

/// Reads every row of one layer.
pub(super) fn read(path: &str, wanted: Option<&str>) -> Result<Source> {
    let unreadable = |source| Error::LicencesUnreadable { path: path.to_owned(), source };
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_READONLY
            | GdalOpenFlags::GDAL_OF_VECTOR
            | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..DatasetOptions::default()
    };
    let dataset = Dataset::open_ex(path, options).map_err(unreadable)?;
    let mut layer = choose(&dataset, path, wanted)?;
    let shapefile = dataset.driver().short_name() == "ESRI Shapefile";
    let (columns, types): (Vec<String>, Vec<_>) =
        layer.defn().fields().map(|field| (field.name(), field.field_type())).unzip();
    if shapefile {
        require_known_encoding(&layer, path, columns.iter().map(String::as_str))?;
    }

    cpl::reset();
    let mut features = Vec::new();
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
        features.push(LicenceFeature { place, attributes, wkb });
    }
    if let Some(message) = cpl::failure() {
        let method_name = "OGR_L_GetNextFeature";
        return Err(unreadable(GdalError::NullPointer { method_name, msg: message }));
    }
    if features.is_empty() {
        return Err(Error::NoLicences { place: format!("{path}, layer {}", layer.name()) });
    }
    if shapefile {
        let values = features.iter().flat_map(|feature| feature.attributes.values()).flatten();
        require_known_encoding(&layer, path, values.map(String::as_str))?;
    }
    let crs = definition(&layer).map_err(unreadable)?;
    Ok(Source { columns, features, crs, name_length: shapefile.then_some(10) })
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

/// Refuses text of which the encoding is anybody's guess.
///
/// A `.dbf` without `.cpg` and without a language mark is read as Latin-1 by GDAL: Chinese text would be corrupted silently.
fn require_known_encoding<'a>(layer: &Layer<'_>, path: &str, mut texts: impl Iterator<Item = &'a str>) -> Result<()> {
    let item = |key| layer.metadata_item(key, "SHAPEFILE").unwrap_or_default();
    if !item("ENCODING_FROM_CPG").is_empty() || !matches!(item("LDID_VALUE").as_str(), "" | "0" | "87") {
        return Ok(());
    }
    match texts.find(|text| !text.is_ascii()) {
        Some(text) => Err(Error::EncodingUnknown { path: path.to_owned(), found: text.to_owned() }),
        None => Ok(()),
    }
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
    let mut hexadecimal = String::with_capacity(64);
    for byte in hasher.finalize() {
        write!(hexadecimal, "{byte:02x}").expect("a string takes everything");
    }
    Ok(Some(hexadecimal))
}

fn members(main: &Path) -> Vec<PathBuf> {
    let is = |path: &Path, extension: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
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
