//! Search paths and versions: what GDAL and our PROJ find must not depend on the machine.

pub(crate) mod gdal_paths;

use std::{
    path::{Path, PathBuf},
    sync::Once,
};

use gdal::spatial_ref::SpatialRef;

use crate::crs::proj;

/// A folder that is not there: a PROJ with its database compiled in looks no further, any other finds nothing.
const NO_FOLDER: &str = "/nonexistent/overcut";

/// Prepares GDAL; may be called any number of times.
///
/// Other packages in one process (rasterio, pyproj, …) set `PROJ_DATA`, `PROJ_LIB` and `GDAL_DATA` to folders of their own.
/// Our PROJ reads no file at all (see [`crate::crs`]); GDAL's own copy, which only decodes definitions of CRSs, is pointed
/// at the first of these with which it works: the database compiled into it, the system's folders, what it finds itself.
pub fn initialise() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // What GDAL has to say comes back in our errors; nothing is printed past the caller.
        gdal::config::set_error_handler(|_, _, _| {});
        // Blocks are read once, so a large cache of them would only hold memory: 64 MB, in bytes so that no unit is guessed.
        let _ = gdal::config::set_config_option("GDAL_CACHEMAX", "67108864");
        // Of a folder with ten thousand tiles, a list would be made for each of them. Files beside a raster (masks, world files,
        // statistics) are then asked for by name.
        let _ = gdal::config::set_config_option("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE");
        let compiled_in = std::iter::once(PathBuf::from(NO_FOLDER));
        let working = compiled_in.chain(folders_with("proj", "proj.db")).find(|folder| {
            gdal_paths::set_proj_search_path(Some(folder));
            // A database of another release is found, and yet of no use.
            SpatialRef::from_epsg(4490).is_ok()
        });
        if working.is_none() {
            gdal_paths::set_proj_search_path(None);
        }
        if let Some(folder) = folders_with("gdal", "gdalvrt.xsd").next() {
            let _ = gdal::config::set_config_option("GDAL_DATA", &folder.to_string_lossy());
        }
    });
}

/// Where system packages put their data, with the file that must be there.
fn folders_with(name: &str, file: &str) -> impl Iterator<Item = PathBuf> {
    ["/usr/share", "/usr/local/share", "/opt/homebrew/share", "/opt/local/share"]
        .iter()
        .map(move |root| Path::new(root).join(name))
        .filter(move |folder| folder.join(file).is_file())
}

/// Versions of this crate, of the libraries below it, and of the EPSG dataset in our PROJ, for the record.
pub fn versions() -> Vec<(&'static str, String)> {
    initialise();
    vec![
        ("overcut-io", env!("CARGO_PKG_VERSION").to_owned()),
        ("GDAL", gdal::version::version_info("RELEASE_NAME")),
        ("PROJ", proj::version()),
        ("EPSG", proj::epsg_version()),
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
