//! The one question to GDAL about a dataset that the `gdal` crate does not ask.
#![allow(unsafe_code, reason = "GDALGetFileList is not wrapped by the gdal crate")]

use std::ffi::CStr;

use gdal::Dataset;

/// The files that a dataset is stored in, its own first; also those that a VRT is made of.
pub(super) fn files(dataset: &Dataset) -> Vec<String> {
    let mut files = Vec::new();
    // SAFETY: the dataset is open; the list is NULL-terminated, its strings are NUL-terminated and copied before the list,
    // which is ours, is freed.
    unsafe {
        let list = gdal_sys::GDALGetFileList(dataset.c_dataset());
        let mut next = list;
        while !next.is_null() && !(*next).is_null() {
            files.push(CStr::from_ptr(*next).to_string_lossy().into_owned());
            next = next.add(1);
        }
        gdal_sys::CSLDestroy(list);
    }
    files
}
