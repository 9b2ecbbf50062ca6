//! The bytes of the text in a `.dbf`, for the one case in which GDAL cannot give them: nothing states their encoding.
//!
//! Layout (dBASE III): number of records at byte 4, length of header and of a record at 8 and 10, from byte 32 on 32 bytes for
//! each field (name 11, type 1, …, length at 16), closed by 0x0D; records begin with a blank, or `*` if deleted.

use super::text::legacy_encoding;

/// Names of columns and cells of text columns, decoded, in the order of the file; `None` where a column holds no text.
#[derive(Debug, PartialEq)]
pub(super) struct Decoded {
    /// `UTF-8` or `GBK`.
    pub encoding: &'static str,
    pub columns: Vec<String>,
    /// Rows that are not deleted.
    pub rows: Vec<Vec<Option<String>>>,
}

struct Field<'a> {
    name: &'a [u8],
    is_text: bool,
    length: usize,
}

/// Decodes a table; `None` if it is damaged or its encoding is not clear.
pub(super) fn decode(bytes: &[u8]) -> Option<Decoded> {
    let number = |at: usize| Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    let (header, length) = (number(8)?, number(10)?);
    let count = usize::try_from(u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?)).ok()?;
    let described = bytes.get(32..header)?.chunks_exact(32).take_while(|field| field[0] != 0x0D);
    let fields: Vec<Field<'_>> = described
        .map(|field| {
            let end = field[..11].iter().position(|byte| *byte == 0).unwrap_or(11);
            Field { name: &field[..end], is_text: field[11] == b'C', length: usize::from(field[16]) }
        })
        .collect();
    let records = bytes.get(header..)?.chunks_exact(length.max(1)).take(count).filter(|record| record[0] != b'*');
    let cells = |record: &'_ [u8]| -> Option<Vec<Option<Vec<u8>>>> {
        let mut at = 1;
        fields
            .iter()
            .map(|field| {
                let cell = record.get(at..at + field.length)?;
                at += field.length;
                Some(field.is_text.then(|| cell.trim_ascii_end().to_vec()))
            })
            .collect()
    };
    let rows: Vec<Vec<Option<Vec<u8>>>> = records.map(cells).collect::<Option<_>>()?;
    let names = fields.iter().map(|field| field.name.to_vec());
    let texts: Vec<Vec<u8>> =
        names.chain(rows.iter().flatten().flatten().cloned()).filter(|text| !text.is_ascii()).collect();
    let encoding = legacy_encoding(&texts)?;
    let text = |bytes: &[u8]| encoding.decode_without_bom_handling(bytes).0.trim_end_matches('\0').to_owned();
    Some(Decoded {
        encoding: if encoding == encoding_rs::UTF_8 { "UTF-8" } else { "GBK" },
        columns: fields.iter().map(|field| text(field.name)).collect(),
        rows: rows
            .iter()
            .map(|row| {
                row.iter().map(|cell| cell.as_ref().map(|cell| text(cell)).filter(|text| !text.is_empty())).collect()
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_corpus_comes_out_and_broken_text_does_not() {
        let read = |name: &str| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/licences/");
            decode(&std::fs::read(format!("{folder}{name}.dbf")).unwrap())
        };
        let decoded = read("shape_gbk_no_cpg").unwrap();
        assert_eq!((decoded.encoding, decoded.columns), ("GBK", vec!["许可证号".to_owned(), "采矿权人".to_owned()]));
        assert_eq!(decoded.rows[0][0].as_deref(), Some("晋采001号"));
        assert_eq!(read("shape_broken_text"), None);
        assert_eq!(decode(b"\x03"), None);
    }
}
