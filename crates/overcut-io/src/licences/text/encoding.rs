//! From bytes to text: UTF-8 and UTF-16 with and without mark, GB 18030 (which holds GBK and GB 2312).

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::finding::{Finding, Place, Refusal};

/// A text, and what was noticed in decoding it.
#[derive(Debug)]
pub(super) struct Decoded {
    pub text: String,
    pub findings: Vec<Finding>,
}

/// Decodes a file.
///
/// A mark at the start decides; then valid UTF-8; then zero bytes at every second place (UTF-16 without mark); then GB 18030,
/// where every byte is valid in it. A legacy encoding is never certain, so it is a finding; where the detector thinks of
/// another one, a warning.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Refusal> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::new("file_empty", Place::file()));
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, errors) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return if errors { Err(damaged(encoding.name(), bytes)) } else { finish(text.into_owned(), Vec::new()) };
    }
    if let Some(encoding) = utf_16_without_mark(bytes) {
        let (text, errors) = encoding.decode_without_bom_handling(bytes);
        if errors {
            return Err(damaged(encoding.name(), bytes));
        }
        let note = Finding::info("encoding_assumed", Place::file()).with("encoding", encoding.name());
        return finish(text.into_owned(), vec![note]);
    }
    if bytes.contains(&0) {
        return Err(Refusal::new("file_binary", Place::file()));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return finish(text.to_owned(), Vec::new());
    }
    let Some(text) = GB18030.decode_without_bom_handling_and_without_replacement(bytes) else {
        return Err(damaged("UTF-8, GB 18030", bytes));
    };
    let guess = detected(bytes);
    let note = if guess == encoding_rs::GBK || guess == GB18030 {
        Finding::info("encoding_assumed", Place::file()).with("encoding", "GBK")
    } else {
        Finding::warning("encoding_doubtful", Place::file()).with("encoding", "GBK").with("other", guess.name())
    };
    finish(text.into_owned(), vec![note])
}

/// The encoding that legacy text seems to have.
fn detected(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(Some(b"cn"), Utf8Detection::Deny)
}

/// The encoding of the texts of a table that does not state it (a `.dbf`), if it is clear: UTF-8, or GB 18030.
pub(in crate::licences) fn legacy_encoding(texts: &[Vec<u8>]) -> Option<&'static Encoding> {
    if texts.iter().all(|text| std::str::from_utf8(text).is_ok()) {
        return Some(UTF_8);
    }
    // Names of columns may be cut within a character: the errors that matter are those of whole texts.
    let sound = texts.iter().filter(|text| GB18030.decode_without_bom_handling_and_without_replacement(text).is_some());
    (sound.count() * 10 >= texts.len() * 9).then_some(GB18030)
}

/// UTF-16 has a zero byte beside each plain letter: in the upper half at most one place in two is zero, in the lower none.
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let probe = &bytes[..bytes.len().min(1 << 16)];
    if probe.len() < 4 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let zeros = |offset: usize| probe.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let enough = probe.len() / 8;
    match (even, odd) {
        (0, odd) if odd > enough => Some(UTF_16LE),
        (even, 0) if even > enough => Some(UTF_16BE),
        _ => None,
    }
}

/// Text with control characters is no text.
fn finish(text: String, findings: Vec<Finding>) -> Result<Decoded, Refusal> {
    let foreign = |c: &char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1a}');
    if let Some(position) = text.chars().position(|c| foreign(&c)) {
        let line = text.chars().take(position).filter(|c| *c == '\n').count() + 1;
        return Err(Refusal::new("file_binary", Place::line(line)));
    }
    if text.trim().is_empty() {
        return Err(Refusal::new("file_empty", Place::file()));
    }
    Ok(Decoded { text, findings })
}

fn damaged(tried: &str, bytes: &[u8]) -> Refusal {
    let valid = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
    let line = bytes[..valid].split(|byte| *byte == b'\n').count();
    Refusal::new("encoding_unknown", Place::line(line)).with("tried", tried)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "坐标系=2000国家大地坐标系\r\nJ1,1,3941160.735,37498187.664\r\n";

    fn utf_16(little: bool, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xFEFF).into_iter().chain(TEXT.encode_utf16());
        units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn the_same_text_comes_out_of_every_encoding() {
        let gbk = GB18030.encode(TEXT).0.into_owned();
        let marked = [b"\xEF\xBB\xBF", TEXT.as_bytes()].concat();
        for (bytes, notes) in [
            (TEXT.as_bytes().to_vec(), vec![]),
            (marked, vec![]),
            (gbk, vec!["encoding_assumed"]),
            (utf_16(true, true), vec![]),
            (utf_16(false, true), vec![]),
            (utf_16(true, false), vec!["encoding_assumed"]),
            (utf_16(false, false), vec!["encoding_assumed"]),
        ] {
            let decoded = decode(&bytes).unwrap();
            assert_eq!(decoded.text, TEXT);
            assert_eq!(decoded.findings.iter().map(|each| each.code).collect::<Vec<_>>(), notes);
        }
    }

    #[test]
    fn what_is_no_text_is_refused_and_says_why() {
        for (bytes, code) in [
            (&b""[..], "file_empty"),
            (b" \r\n\t", "file_empty"),
            (b"PK\x03\x04\x14\x00\x06\x00", "file_binary"),
            (b"J1,1,2\n\x01\x02\x03", "file_binary"),
            (b"J1,1\n\xFF\xFE\xFD\xFC\xFB!", "encoding_unknown"),
        ] {
            assert_eq!(decode(bytes).unwrap_err().0.code, code, "{bytes:?}");
        }
    }
}
