//! Sheets of a workbook (XLSX, XLS, ODS), by `calamine`.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{Data, Reader as _, Sheets, open_workbook_auto_from_rs};

use super::{
    document::MAX_CORNERS,
    finding::{Place, Refusal},
    grid::{Grid, MAX_COLUMNS},
};

/// Whether the bytes are those of a workbook: a ZIP, or an OLE container.
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
}

/// All sheets, hidden ones left out.
pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<Grid>, Refusal> {
    require_modest(bytes)?;
    // A damaged workbook is not to end the program, wherever in the library it is found out.
    std::panic::catch_unwind(|| read_sheets(bytes)).unwrap_or_else(|_| Err(unreadable("it is damaged")))
}

fn unreadable(why: impl std::fmt::Display) -> Refusal {
    Refusal::new("workbook_unreadable", Place::file()).with("why", why)
}

fn read_sheets(bytes: &[u8]) -> Result<Vec<Grid>, Refusal> {
    let mut workbook = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(unreadable)?;
    let visible: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == calamine::SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut grids = Vec::new();
    for name in visible {
        let mut cells = Cells::default();
        // One by one where that is possible: a range holds all cells between the first and the last, of which a damaged number
        // makes more than any memory has.
        match &mut workbook {
            Sheets::Xlsx(xlsx) => {
                let mut reader = xlsx.worksheet_cells_reader(&name).map_err(unreadable)?;
                while let Some(cell) = reader.next_cell().map_err(unreadable)? {
                    cells.add(cell.get_position(), &cell.get_value().clone().into())?;
                }
            }
            Sheets::Xlsb(xlsb) => {
                let mut reader = xlsb.worksheet_cells_reader(&name).map_err(unreadable)?;
                while let Some(cell) = reader.next_cell().map_err(unreadable)? {
                    cells.add(cell.get_position(), &cell.get_value().clone().into())?;
                }
            }
            Sheets::Xls(_) | Sheets::Ods(_) => {
                let range = workbook.worksheet_range(&name).map_err(unreadable)?;
                let (top, left) = range.start().unwrap_or_default();
                for (row, column, value) in range.used_cells() {
                    let place =
                        |first: u32, index: usize| first.saturating_add(u32::try_from(index).unwrap_or(u32::MAX));
                    cells.add((place(top, row), place(left, column)), value)?;
                }
            }
        }
        grids.push(cells.grid(name)?);
    }
    Ok(grids)
}

/// Cells of a sheet that hold something, by row.
#[derive(Debug, Default)]
struct Cells(BTreeMap<u32, Vec<String>>);

impl Cells {
    /// Most rows and columns that a sheet can have.
    const MOST: (u32, u32) = (1 << 20, 1 << 14);

    fn add(&mut self, (row, column): (u32, u32), value: &Data) -> Result<(), Refusal> {
        if row >= Self::MOST.0 || column >= Self::MOST.1 {
            let (row, column) = (u64::from(row) + 1, u64::from(column) + 1);
            return Err(unreadable(format!("a cell in row {row}, column {column}: no sheet has so many")));
        }
        let value = text(value);
        if (column as usize) < MAX_COLUMNS && !value.is_empty() {
            let cells = self.0.entry(row).or_default();
            // Columns keep their places whatever the first one in use is.
            cells.resize(cells.len().max(column as usize + 1), String::new());
            cells[column as usize] = value;
        }
        Ok(())
    }

    fn grid(self, sheet: String) -> Result<Grid, Refusal> {
        let mut grid = Grid { sheet: Some(sheet), rows: Vec::new() };
        for (row, cells) in self.0 {
            grid.push(row as usize + 1, cells)?;
        }
        Ok(grid)
    }
}

/// A ZIP that unfolds to more than any table of corners is not opened.
fn require_modest(bytes: &[u8]) -> Result<(), Refusal> {
    const MOST_UNPACKED: u64 = 1 << 28;
    if !bytes.starts_with(b"PK\x03\x04") {
        return Ok(());
    }
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// A workbook of one sheet with the given cells: reference, number.
    fn workbook(cells: &[(&str, f64)]) -> Vec<u8> {
        let cell = |(at, value): &(&str, f64)| format!("<c r=\"{at}\"><v>{value}</v></c>");
        let cells = cells.iter().map(cell).collect::<Vec<_>>().concat();
        let relationships = "http://schemas.openxmlformats.org/package/2006/relationships";
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let files = [
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"{relationships}\"><Relationship Id=\"a\" Type=\"{office}/officeDocument\" \
                     Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"b\"/>\
                     </sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"{relationships}\"><Relationship Id=\"b\" Type=\"{office}/worksheet\" \
                     Target=\"worksheets/sheet1.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!("<worksheet xmlns=\"{main}\"><sheetData><row>{cells}</row></sheetData></worksheet>"),
            ),
        ];
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn a_cell_far_from_the_others_costs_nothing_between_them() {
        let grids = sheets(&workbook(&[("B2", 1.5), ("A1048576", 2.0), ("XFD3", 3.0)])).unwrap();
        let rows = [(2, vec![String::new(), "1.5".to_owned()]), (1_048_576, vec!["2".to_owned()])];
        assert_eq!(grids[0].rows, rows, "columns beyond those that are looked at are left out");
    }

    #[test]
    fn a_cell_beyond_any_sheet_is_refused() {
        for at in ["A1048577", "XFE1", "A9999999999", "ZZZZZZZZZ1"] {
            let refused = sheets(&workbook(&[("A1", 1.0), (at, 2.0)])).unwrap_err();
            assert_eq!(refused.0.code, "workbook_unreadable", "{at}");
        }
    }
}
