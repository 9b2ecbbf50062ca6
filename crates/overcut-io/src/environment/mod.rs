//! Search paths and versions: what GDAL and our PROJ find must not depend on the machine.

pub(crate) mod gdal_paths;

use std::{path::PathBuf, sync::Once};

use crate::crs::proj;

/// Prepares GDAL; may be called any number of times.
///
/// Other packages in one process (rasterio, pyproj, …) set `PROJ_DATA`, `PROJ_LIB` and `GDAL_DATA` to folders of their own.
/// Our PROJ reads no file at all (see [`crate::crs`]); GDAL's own copy, which only decodes definitions of CRSs, is pointed
/// at the system's folder.
pub fn initialise() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Blocks are read once, so a large cache of them would only hold memory: 64 MB, in bytes so that no unit is guessed.
        let _ = gdal::config::set_config_option("GDAL_CACHEMAX", "67108864");
        if let Some(folder) = first_with("proj", "proj.db") {
            gdal_paths::set_proj_search_path(&folder);
        }
        if let Some(folder) = first_with("gdal", "gdalvrt.xsd") {
            let _ = gdal::config::set_config_option("GDAL_DATA", &folder.to_string_lossy());
        }
    });
}

/// Where system packages put their data, with the file that must be there.
fn first_with(name: &str, file: &str) -> Option<PathBuf> {
    ["/usr/share", "/usr/local/share", "/opt/homebrew/share", "/opt/local/share"]
        .iter()
        .map(|root| PathBuf::from(root).join(name))
        .find(|folder| folder.join(file).is_file())
}

/// Versions of this crate and of the libraries below it, for the record.
pub fn versions() -> Vec<(&'static str, String)> {
    initialise();
    vec![
        ("overcut-io", env!("CARGO_PKG_VERSION").to_owned()),
        ("GDAL", gdal::version::version_info("RELEASE_NAME")),
        ("PROJ", proj::version()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_gdal_and_of_our_own_proj() {
        let versions = versions();
        assert_eq!(versions[2].0, "PROJ");
        assert!(versions[2].1.starts_with("9."), "{versions:?}");
    }
}
