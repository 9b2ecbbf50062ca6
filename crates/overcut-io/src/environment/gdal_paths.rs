//! The one setting of GDAL that has no safe function.
#![allow(unsafe_code, reason = "OSRSetPROJSearchPaths is not wrapped by the gdal crate")]

use std::{ffi::CString, path::Path, ptr};

/// Tells GDAL's own PROJ where its database is.
pub(crate) fn set_proj_search_path(folder: &Path) {
    let Ok(folder) = CString::new(folder.to_string_lossy().into_owned()) else { return };
    let paths = [folder.as_ptr(), ptr::null()];
    // SAFETY: a NULL-terminated list of NUL-terminated strings, which GDAL copies before it returns.
    unsafe { gdal_sys::OSRSetPROJSearchPaths(paths.as_ptr()) };
}
