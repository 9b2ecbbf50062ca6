//! The one setting of GDAL that has no safe function.
#![allow(unsafe_code, reason = "OSRSetPROJSearchPaths is not wrapped by the gdal crate")]

use std::{ffi::CString, path::Path, ptr};

/// Tells GDAL's own PROJ where its database is; `None` = where it looks itself.
pub(crate) fn set_proj_search_path(folder: Option<&Path>) {
    let folder = folder.and_then(|folder| CString::new(folder.to_string_lossy().into_owned()).ok());
    let paths = [folder.as_ref().map_or(ptr::null(), |folder| folder.as_ptr()), ptr::null()];
    // SAFETY: a NULL-terminated list of NUL-terminated strings, which GDAL copies before it returns.
    unsafe { gdal_sys::OSRSetPROJSearchPaths(paths.as_ptr()) };
}
