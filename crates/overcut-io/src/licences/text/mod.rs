//! Readers of text formats and workbooks: from bytes to corners as printed, without a file, GDAL or PROJ.
//!
//! Everything here is a pure function over bytes that never panics and is limited in size, so that it can be fuzzed: the
//! crate in `fuzz/` compiles this folder by its path, and builds only as long as nothing here needs C.
//!
//! bytes → `encoding` → `land`, `cass`, `table` or `workbook` → [`document`] → [`sense`] (axes, degrees, zone number) →
//! [`resolve`] (one CRS) → [`parts`] (polygons and holes by containment).

mod cass;
mod cell;
pub mod document;
mod encoding;
pub mod finding;
mod grid;
mod heads;
mod land;
mod numbers;
pub mod parts;
pub mod resolve;
mod rings;
pub mod sense;
mod side_by_side;
mod statements;
mod table;
pub mod words;
mod workbook;

pub(in crate::licences) use encoding::legacy_encoding;
pub(in crate::licences) use numbers::plain;
pub(in crate::licences) use statements::area;

use document::Document;
use finding::{Place, Refusal};

/// Most bytes of a file.
pub const MAX_BYTES: u64 = 1 << 27;

/// What the name of a file says of its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.txt`, `.csv`, …: found out from the content.
    Text,
    /// `.dat`: CASS, unless the content says otherwise.
    Dat,
    /// `.xlsx`, `.xls`, `.ods`.
    Workbook,
}

impl Format {
    /// The format that an extension names; `None` for those that are not read here.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "txt" | "csv" | "tsv" | "prn" => Some(Self::Text),
            "dat" => Some(Self::Dat),
            "xlsx" | "xlsm" | "xls" | "ods" => Some(Self::Workbook),
            _ => None,
        }
    }
}

/// Reads a file.
///
/// # Errors
/// A [`Refusal`] with the place, what was found, and what has to be stated or mended.
pub fn read(bytes: &[u8], format: Format) -> Result<Document, Refusal> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Refusal::new("file_too_large", Place::file()).with("found", bytes.len()).with("most", MAX_BYTES));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::new("file_empty", Place::file()));
    }
    if workbook::is_workbook(bytes) {
        return of_sheets(&workbook::sheets(bytes)?);
    }
    if format == Format::Workbook {
        return Err(Refusal::new("workbook_unreadable", Place::file()).with("why", "neither ZIP nor OLE"));
    }
    let decoded = encoding::decode(bytes)?;
    let text = decoded.text.replace("\r\n", "\n").replace('\r', "\n");
    let mut document = if land::is_land(&text) {
        land::read(&text)?
    } else if format == Format::Dat || cass::is_cass(&text) {
        cass::read(&text)?
    } else {
        of_sheets(&[grid::of_text(&text)?])?
    };
    document.findings.splice(0..0, decoded.findings);
    if mixed_line_ends(&decoded.text) {
        document.findings.push(finding::Finding::info("line_ends_mixed", Place::file()));
    }
    Ok(document)
}

fn of_sheets(grids: &[grid::Grid]) -> Result<Document, Refusal> {
    let mut document = Document::default();
    let mut found = 0;
    for grid in grids {
        found += usize::from(table::read(grid, &mut document)?);
    }
    if found == 0 {
        return Err(table::nothing_found(&document.stated));
    }
    if found == 1 {
        // The name of an only sheet, `Sheet1`, is no name of a licence.
        let sheet = document.blocks.iter().find_map(|block| block.place.sheet.clone());
        let unnamed = |name: &Option<String>| name.is_some() && *name == sheet;
        document.blocks.iter_mut().filter(|block| unnamed(&block.name)).for_each(|block| block.name = None);
    }
    rings::note_open(&document.blocks, &mut document.findings);
    Ok(document)
}

/// Lines that end in different ways: several programs, or a person, have written the file.
fn mixed_line_ends(text: &str) -> bool {
    let all = text.matches('\n').count();
    let with_return = text.matches("\r\n").count();
    let lone = text.matches('\r').count() > with_return;
    (with_return > 0 && with_return < all) || (lone && all > 0)
}
