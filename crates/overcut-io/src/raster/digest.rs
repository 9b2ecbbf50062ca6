//! SHA-256 of files.

use std::{fmt::Write as _, fs::File, io, path::Path};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// SHA-256 of a file's bytes, lower-case hexadecimal; `None` for what is not a plain file (`/vsi…` paths, folders).
///
/// # Errors
/// [`Error::RasterDigest`] if the file cannot be read.
pub fn sha256_of_file(path: &str) -> Result<Option<String>> {
    sha256_of_local_file(Path::new(path)).map_err(|source| Error::RasterDigest { path: path.to_owned(), source })
}

fn sha256_of_local_file(path: &Path) -> io::Result<Option<String>> {
    if !path.is_file() {
        return Ok(None);
    }
    let mut hasher = Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = io::Read::read(&mut file, &mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    Ok(Some(hasher.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })))
}
