//! What a GeoTIFF says of its CRS, as it is stored: equal keys are one CRS, and to compare bytes takes no time.

use std::{fs::File, io::BufReader, path::Path};

use tiff::{decoder::Decoder, tags::Tag};

/// The keys of a plain GeoTIFF and their parameters; `None` for other files, for one without keys, and where a file beside it may say
/// otherwise.
pub(super) fn geo_keys(path: &str) -> Option<Vec<u8>> {
    const LEAST: usize = 4;
    let beside = Path::new(path).with_file_name(format!("{}.aux.xml", Path::new(path).file_name()?.to_str()?));
    if !Path::new(path).is_file() || beside.exists() {
        return None;
    }
    let mut decoder = Decoder::new(BufReader::new(File::open(path).ok()?)).ok()?;
    let directory = decoder.find_tag_unsigned_vec::<u16>(Tag::GeoKeyDirectoryTag).ok()??;
    if directory.len() <= LEAST {
        return None;
    }
    let doubles = match decoder.find_tag(Tag::GeoDoubleParamsTag).ok()? {
        Some(values) => values.into_f64_vec().ok()?,
        None => Vec::new(),
    };
    let texts = match decoder.find_tag(Tag::GeoAsciiParamsTag).ok()? {
        Some(value) => value.into_string().ok()?,
        None => String::new(),
    };
    let mut keys: Vec<u8> = directory.iter().flat_map(|word| word.to_le_bytes()).collect();
    keys.extend(doubles.iter().flat_map(|number| number.to_le_bytes()));
    keys.extend(texts.as_bytes());
    Some(keys)
}
