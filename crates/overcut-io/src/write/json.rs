//! The whole result as JSON: what `overcut verify` reads.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use overcut::{Assessment, assessment::SCHEMA};
use serde::Deserialize;

use super::staging::Staging;
use crate::error::{Error, Result};

/// Writes a result as JSON, indented, UTF-8. Numbers read back to the same bits.
///
/// # Errors
/// An existing file without `overwrite`; no folder; whatever the operating system refuses. Nothing is left behind.
pub fn write_json(assessment: &Assessment, path: &Path, overwrite: bool) -> Result<()> {
    let staging = Staging::single(path, overwrite)?;
    let write = || -> std::io::Result<()> {
        let mut file = BufWriter::new(File::create(staging.path(0))?);
        serde_json::to_writer_pretty(&mut file, assessment)?;
        file.write_all(b"\n")?;
        file.flush()
    };
    write().map_err(|source| Error::OutputFailed { path: staging.target(0), doing: "writing JSON", source })?;
    staging.publish().map(|_| ())
}

/// Reads a result that [`write_json`] wrote.
///
/// # Errors
/// A file that cannot be read, is not such a result, or has another schema.
pub fn read_json(path: &Path) -> Result<Assessment> {
    #[derive(Deserialize)]
    struct Versioned {
        schema: u64,
    }
    let shown = path.display().to_string();
    let text = std::fs::read(path).map_err(|source| Error::ResultUnreadable { path: shown.clone(), source })?;
    let foreign = |source| Error::NotAResult { path: shown.clone(), source };
    // The version first: another structure would fail with a message about some field.
    let Versioned { schema } = serde_json::from_slice(&text).map_err(foreign)?;
    if schema != u64::from(SCHEMA) {
        return Err(Error::ResultSchema { path: shown, found: schema, supported: SCHEMA });
    }
    serde_json::from_slice(&text).map_err(foreign)
}
