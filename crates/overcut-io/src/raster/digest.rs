//! SHA-256 of rasters.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{open::open_dataset, sys};
use crate::error::{Error, Result};

/// SHA-256 of a file's bytes, lower-case hexadecimal; `None` for what is not a plain file (`/vsi…` paths, folders).
///
/// A VRT holds no heights of its own: of a file ending in `.vrt` it is the digest of its bytes followed by those of the
/// files that it is made of, in the order in which GDAL lists them; `None` if one of them is not a plain file.
///
/// # Errors
/// [`Error::RasterDigest`] if a file cannot be read; those of opening a VRT.
pub fn sha256_of_file(path: &str) -> Result<Option<String>> {
    let mut files = vec![path.to_owned()];
    let ends = |file: &str, extension: &str| {
        Path::new(file).extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
    };
    if ends(path, "vrt") && Path::new(path).is_file() {
        // Statistics and overviews are no part of the heights, and are added by viewers.
        let side = |file: &String| file.ends_with(".aux.xml") || ends(file, "ovr") || file == path;
        files.extend(sys::files(&open_dataset(path)?).into_iter().filter(|file| !side(file)));
    }
    let mut hasher = Sha256::new();
    for file in &files {
        if !Path::new(file).is_file() {
            return Ok(None);
        }
        feed(&mut hasher, file).map_err(|source| Error::RasterDigest { path: file.clone(), source })?;
    }
    Ok(Some(hexadecimal(&hasher.finalize())))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn feed(hasher: &mut Sha256, path: &str) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            count => hasher.update(&buffer[..count]),
        }
    }
}
