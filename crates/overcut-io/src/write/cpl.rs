//! What GDAL has complained about on this thread.
//!
//! Before 3.7, closing and flushing a dataset report no failure (a full disk, say), and a layer that cannot be read on
//! simply ends. The last error of the thread is then the only trace.
#![allow(unsafe_code)]

use std::ffi::CStr;

/// Forgets earlier complaints of this thread.
pub(crate) fn reset() {
    // SAFETY: takes no argument and only clears state that belongs to the calling thread.
    unsafe { gdal_sys::CPLErrorReset() };
}

/// The last complaint since [`reset`], if it was a failure (a warning is none).
pub(crate) fn failure() -> Option<String> {
    // SAFETY: reads state that belongs to the calling thread.
    let class = unsafe { gdal_sys::CPLGetLastErrorType() };
    if class < gdal_sys::CPLErr::CE_Failure {
        return None;
    }
    // SAFETY: the message is a NUL-terminated string that lives until the next error of this thread; it is copied here,
    // with no call to GDAL in between.
    let message = unsafe {
        let message = gdal_sys::CPLGetLastErrorMsg();
        if message.is_null() { String::new() } else { CStr::from_ptr(message).to_string_lossy().into_owned() }
    };
    Some(message)
}
