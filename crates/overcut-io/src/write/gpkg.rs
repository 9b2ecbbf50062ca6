//! The result as a GeoPackage: for QGIS, and for anything else that opens one.

use std::path::Path;

use gdal::{
    Dataset, DriverManager,
    config::{clear_thread_local_config_option, set_thread_local_config_option},
    errors::GdalError,
    spatial_ref::SpatialRef,
    vector::{Feature, FieldDefn, LayerAccess as _, LayerOptions, OGRFieldType, OGRwkbGeometryType, ToGdal},
};
use overcut::Assessment;

use super::{
    cpl,
    staging::Staging,
    table::{self, Kind, Outlines, Table, Value},
};
use crate::error::{Error, Result};

/// Writes a result as a GeoPackage.
///
/// Layers: `licence_results` (one row for each interval, licence, class and layer, with the plan of the licence), `patches`,
/// `licences` (one row for each part; can be read again with [`crate::licences::read_licences`]). Tables: `intervals`,
/// `surfaces`, `run`. Equal results make equal bytes.
///
/// # Errors
/// An existing file without `overwrite`; no folder; whatever GDAL or the operating system refuse. Nothing is left behind.
pub fn write_gpkg(assessment: &Assessment, path: &Path, overwrite: bool) -> Result<()> {
    crate::initialise();
    let staging = Staging::single(path, overwrite)?;
    let staged = staging.path(0);
    let failed = |doing: &'static str, source| Error::OutputGdal { path: staging.target(0), doing, source };

    let tables = [
        table::licence_results(assessment),
        table::patches(assessment),
        table::licences(assessment),
        table::intervals(assessment),
        table::surfaces(assessment),
        table::run(assessment),
    ];
    let settings = Settings::new(assessment).map_err(|source| failed("preparing", source))?;
    cpl::reset();
    let reference = match &assessment.crs {
        Some(crs) => Some(SpatialRef::from_wkt(&crs.wkt).map_err(|source| failed("reading its CRS", source))?),
        None => None,
    };
    let write = || -> Result<(), GdalError> {
        let driver = DriverManager::get_driver_by_name("GPKG")?;
        let mut dataset = driver.create_vector_only(&staged)?;
        let mut transaction = dataset.start_transaction()?;
        let written = tables.iter().try_for_each(|table| write_table(&mut transaction, table, reference.as_ref()));
        // Also after a failure: GDAL complains aloud about layers that were rolled back, and the file goes in any case.
        let committed = transaction.commit();
        written.and(committed)?;
        dataset.close()
    };
    write().map_err(|source| failed("writing a GeoPackage", source))?;
    drop(settings);

    let damaged =
        |found: String| Error::OutputDamaged { path: staging.target(0), doing: "writing a GeoPackage", found };
    if let Some(message) = cpl::failure() {
        return Err(damaged(message));
    }
    // Rows in a journal beside the file would stay behind when it is renamed.
    let beside = std::fs::read_dir(staging.folder()).map_or(0, Iterator::count);
    if beside != 1 {
        return Err(damaged(format!("{beside} files in place of one: a journal was not closed")));
    }
    staging.publish().map(|_| ())
}

fn write_table(dataset: &mut Dataset, table: &Table, reference: Option<&SpatialRef>) -> Result<(), GdalError> {
    let ty = match &table.outlines {
        Outlines::None => OGRwkbGeometryType::wkbNone,
        Outlines::Polygons(_) => OGRwkbGeometryType::wkbPolygon,
        Outlines::MultiPolygons(_) => OGRwkbGeometryType::wkbMultiPolygon,
    };
    let layer = dataset.create_layer(LayerOptions {
        name: table.name,
        srs: reference.filter(|_| ty != OGRwkbGeometryType::wkbNone),
        ty,
        options: Some(&["GEOMETRY_NAME=geom", "FID=fid"]),
    })?;
    for (name, kind) in &table.columns {
        let field_type = match kind {
            Kind::Int => OGRFieldType::OFTInteger64,
            Kind::Real => OGRFieldType::OFTReal,
            Kind::Text => OGRFieldType::OFTString,
            Kind::Day => OGRFieldType::OFTDate,
        };
        FieldDefn::new(name, field_type)?.add_to_layer(&layer)?;
    }
    for (number, row) in table.rows.iter().enumerate() {
        let mut feature = Feature::new(layer.defn())?;
        for (column, value) in row.iter().enumerate() {
            match value {
                Value::Nothing => {}
                Value::Int(value) => feature.set_field_integer64(column, *value)?,
                Value::Real(value) => feature.set_field_double(column, *value)?,
                Value::Text(text) => feature.set_field_string(column, text)?,
                Value::Day(day) => feature.set_field_string(column, &day.to_string())?,
            }
        }
        let outline = match &table.outlines {
            Outlines::None => None,
            Outlines::Polygons(polygons) => Some(polygons[number].to_gdal()?),
            Outlines::MultiPolygons(polygons) => polygons[number].as_ref().map(ToGdal::to_gdal).transpose()?,
        };
        if let Some(outline) = outline {
            feature.set_geometry(outline)?;
        }
        feature.create(&layer)?;
    }
    Ok(())
}

/// Settings of GDAL for this thread while one file is written.
struct Settings;

impl Settings {
    /// The time of change that a GeoPackage holds is the day of the last survey, so that equal results make equal bytes.
    /// The disk is waited for once at the end, not after each step.
    fn new(a: &Assessment) -> Result<Self, GdalError> {
        let day = a.intervals.iter().map(|interval| interval.to).max().unwrap_or(jiff::civil::date(2000, 1, 1));
        set_thread_local_config_option("OGR_CURRENT_DATE", &format!("{day}T00:00:00.000Z"))?;
        set_thread_local_config_option("OGR_SQLITE_SYNCHRONOUS", "OFF")?;
        Ok(Self)
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        for key in ["OGR_CURRENT_DATE", "OGR_SQLITE_SYNCHRONOUS"] {
            // Fails only for a key with a NUL inside.
            let _ = clear_thread_local_config_option(key);
        }
    }
}
