//! The two things that we want of GDAL and the `gdal` crate does not do.
#![allow(unsafe_code, reason = "the gdal crate neither lists files nor decodes blocks into memory that one has")]

use std::ffi::CStr;

use gdal::{
    Dataset,
    errors::{GdalError, Result},
    raster::{GdalType, RasterBand},
};

/// Decodes one stored block (column, row of blocks) into `values`, which is made as long as a block.
///
/// # Errors
/// Another type than the band's; what GDAL finds.
pub(super) fn read_block<T: GdalType + Copy + Default>(
    band: &RasterBand<'_>,
    block: (usize, usize),
    values: &mut Vec<T>,
) -> Result<()> {
    if T::gdal_ordinal() != band.band_type() as u32 {
        return Err(GdalError::BadArgument("a block is decoded into the type of its band".to_owned()));
    }
    let (cols, rows) = band.block_size();
    let (col, row) = (block.0.try_into()?, block.1.try_into()?);
    values.resize(cols * rows, T::default());
    // SAFETY: the band is open; GDAL writes one block of its own type, as many cells as `values` was made to hold.
    let outcome = unsafe { gdal_sys::GDALReadBlock(band.c_rasterband(), col, row, values.as_mut_ptr().cast()) };
    if outcome == gdal_sys::CPLErr::CE_None {
        return Ok(());
    }
    let msg = crate::write::cpl::failure().unwrap_or_else(|| "the block cannot be decoded".to_owned());
    Err(GdalError::CplError { class: outcome, number: 0, msg })
}

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
