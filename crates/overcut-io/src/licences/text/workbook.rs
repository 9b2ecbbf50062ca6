//! Sheets of a workbook (XLSX, XLS, ODS), by `calamine`.

use std::io::Cursor;

use calamine::{Data, Reader as _, open_workbook_auto_from_rs};

use super::{
    document::MAX_CORNERS,
    finding::{Place, Refusal},
    grid::Grid,
};

/// Whether the bytes are those of a workbook: a ZIP, or an OLE container.
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
}

/// All sheets, hidden ones left out.
pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<Grid>, Refusal> {
    require_modest(bytes)?;
    let unreadable =
        |error: &dyn std::fmt::Display| Refusal::new("workbook_unreadable", Place::file()).with("why", error);
    let mut workbook = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let visible: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == calamine::SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut grids = Vec::new();
    for name in visible {
        let range = workbook.worksheet_range(&name).map_err(|error| unreadable(&error))?;
        let first = range.start().map_or(0, |(row, _)| row as usize);
        let left = range.start().map_or(0, |(_, column)| column as usize);
        let mut grid = Grid { sheet: Some(name), rows: Vec::new() };
        for (index, row) in range.rows().enumerate() {
            // Columns keep their places whatever the first one in use is.
            let cells = std::iter::repeat_n(String::new(), left.min(200)).chain(row.iter().map(text)).collect();
            grid.push(first + index + 1, cells)?;
        }
        grids.push(grid);
    }
    Ok(grids)
}

/// A ZIP that unfolds to more than any table of corners is not opened.
fn require_modest(bytes: &[u8]) -> Result<(), Refusal> {
    const MOST_UNPACKED: u64 = 1 << 28;
    if !bytes.starts_with(b"PK\x03\x04") {
        return Ok(());
    }
    let unreadable =
        |error: zip::result::ZipError| Refusal::new("workbook_unreadable", Place::file()).with("why", error);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut total = 0_u64;
    for index in 0..archive.len() {
        total = total.saturating_add(archive.by_index_raw(index).map_err(unreadable)?.size());
    }
    if total > MOST_UNPACKED {
        return Err(Refusal::new("file_too_large", Place::file()).with("found", total).with("most", MOST_UNPACKED));
    }
    Ok(())
}

/// A cell as text; whole numbers without a fraction, days year first.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.trim().to_owned(),
        Data::Float(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Bool(value) => value.to_string(),
        Data::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Error(error) => format!("#{error:?}"),
    }
}

const _: () = assert!(MAX_CORNERS < u32::MAX as usize, "rows of a sheet are counted in 32 bits");
