//! Licences as texts of corners: the land-coordinate text, and a table that holds everything.

use std::{fmt::Write as _, fs, path::Path};

use geo::{Coord, LineString};
use overcut::{Licence, dem::CrsRecord};

use super::{Finding, Place, checks::area::ellipsoidal_m2, title_of};
use crate::{
    crs::{
        ToEllipsoid,
        zones::{Datum, Zone},
    },
    error::{Error, Result},
    write::Staging,
};

/// Encoding of a text that is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8 without a mark.
    #[default]
    Utf8,
    /// GBK (as its extension GB 18030), which older programs for this format expect.
    Gbk,
}

/// Writes the land-coordinate text (报盘, 界址点 format): lines end in CR LF, X north first, each ring closed. Gives what the
/// format cannot hold.
///
/// # Errors
/// A CRS that is no Gauss-Krueger zone of China; an id that the format cannot hold; whatever writing finds.
pub fn write_land_text(
    licences: &[Licence],
    crs: &CrsRecord,
    path: &Path,
    encoding: TextEncoding,
    overwrite: bool,
) -> Result<Vec<Finding>> {
    let text = land_text(licences, crs, path)?;
    let bytes = match encoding {
        TextEncoding::Utf8 => text.into_bytes(),
        TextEncoding::Gbk => encoding_rs::GB18030.encode(&text).0.into_owned(),
    };
    publish(path, &bytes, overwrite)?;
    Ok(not_carried(licences))
}

/// Writes a table of corners (CSV, UTF-8 with a byte order mark): one row per corner with all that is known of its part.
///
/// # Errors
/// Whatever writing finds.
pub fn write_corner_table(licences: &[Licence], crs: &CrsRecord, path: &Path, overwrite: bool) -> Result<()> {
    let failed = |source| Error::OutputFailed { path: path.display().to_string(), doing: "writing CSV", source };
    let bytes = corner_table(licences, crs)?.map_err(failed)?;
    publish(path, &bytes, overwrite)
}

fn publish(path: &Path, bytes: &[u8], overwrite: bool) -> Result<()> {
    let staging = Staging::single(path, overwrite)?;
    let written = fs::write(staging.path(0), bytes);
    written.map_err(|source| Error::OutputFailed { path: staging.target(0), doing: "writing text", source })?;
    staging.publish()?;
    Ok(())
}

fn land_text(licences: &[Licence], crs: &CrsRecord, path: &Path) -> Result<String> {
    let refuse = |why: String| Error::LicencesNotWritable { path: path.display().to_string(), why };
    let zone = crs.code.as_deref().and_then(Zone::of_definition).ok_or_else(|| {
        refuse(format!(
            "the land-coordinate text holds Gauss-Krueger zones of China only, and these are in {}; bring them to the zone, such as EPSG:4525, or write a corner table",
            title_of(crs)
        ))
    })?;
    let to = ToEllipsoid::of(crs)?;
    let mut text = String::new();
    let mut line = |content: String| {
        text.push_str(&content);
        text.push_str("\r\n");
    };
    line("[属性描述]".to_owned());
    for (key, value) in [
        ("格式版本号", "1.01".to_owned()),
        ("数据产生单位", String::new()),
        ("数据产生日期", String::new()),
        ("坐标系", chinese(zone.datum).to_owned()),
        ("几度分带", zone.width().degrees().to_string()),
        ("投影类型", "高斯克吕格".to_owned()),
        ("计量单位", "米".to_owned()),
        ("带号", zone.number.to_string()),
        ("精度", "0.001".to_owned()),
        ("转换参数", ",,,,,,".to_owned()),
    ] {
        line(format!("{key}={value}"));
    }
    line("[地块坐标]".to_owned());
    for licence in licences {
        let id = &licence.id.0;
        if id.contains([',', '，', '@', '\n', '\r']) {
            return Err(refuse(format!(
                "the id `{id}` holds a comma, an @ or a line end, which the format cannot hold; write a corner table"
            )));
        }
        for part in &licence.parts {
            let rings: Vec<&LineString<f64>> =
                std::iter::once(part.polygon.exterior()).chain(part.polygon.interiors()).collect();
            let count: usize = rings.iter().map(|ring| distinct(ring).len()).sum();
            let area = to.as_ref().map(|to| ellipsoidal_m2(&part.polygon, to)).transpose()?;
            let area = area.map_or_else(String::new, |m2| format!("{:.4}", m2 / 1e4));
            line(format!("{count},{area},{id},{id},面,,,,@"));
            let mut first = 1;
            for (ring, number) in rings.iter().zip(1..) {
                let corners = distinct(ring);
                for (corner, label) in corners.iter().zip(first..).chain(corners.first().map(|corner| (corner, first)))
                {
                    line(format!("J{label},{number},{},{}", metres(corner.y), metres(corner.x)));
                }
                first += corners.len();
            }
        }
    }
    Ok(text)
}

/// The corners of a ring without the closing one.
fn distinct(ring: &LineString<f64>) -> &[Coord<f64>] {
    match &ring.0[..] {
        [rest @ .., last] if rest.first() == Some(last) => rest,
        all => all,
    }
}

/// Millimetres where that is all there is, else every digit.
fn metres(value: f64) -> String {
    let short = format!("{value:.3}");
    let exact = short.parse::<f64>() == Ok(value);
    if exact { short } else { value.to_string() }
}

fn chinese(datum: Datum) -> &'static str {
    match datum {
        Datum::Cgcs2000 => "2000国家大地坐标系",
        Datum::Xian1980 => "1980西安坐标系",
        Datum::Beijing1954 => "1954北京坐标系",
        Datum::NewBeijing => "新北京54坐标系",
    }
}

/// What the land-coordinate text has no place for, where there is any.
fn not_carried(licences: &[Licence]) -> Vec<Finding> {
    let parts = || licences.iter().flat_map(|licence| &licence.parts);
    let any = |has: fn(&Licence) -> bool| licences.iter().any(has);
    let lost = [
        (parts().any(|part| part.band.is_some()), "floor_m, ceiling_m"),
        (any(|licence| licence.validity.from.is_some() || licence.validity.to.is_some()), "valid_from, valid_to"),
        (any(|licence| licence.holder.is_some()), "holder"),
        (any(|licence| licence.mineral.is_some() || licence.method.is_some()), "mineral, method"),
        (parts().any(|part| part.layers.is_some()), "layers"),
    ];
    let lost: Vec<&str> = lost.into_iter().filter(|(any, _)| *any).map(|(_, what)| what).collect();
    if lost.is_empty() {
        return Vec::new();
    }
    vec![Finding::warning("not_carried", Place::file()).with_all("what", lost.join(", "))]
}

fn corner_table(licences: &[Licence], crs: &CrsRecord) -> Result<Result<Vec<u8>, std::io::Error>> {
    let to = ToEllipsoid::of(crs)?;
    let degrees = to.is_some_and(|to| to.is_geographic);
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer("\u{feff}".as_bytes().to_vec());
    let mut rows: Vec<Vec<String>> = Vec::new();
    let system = crs.code.clone().unwrap_or_else(|| crs.name.clone());
    let unit = if degrees { "decimal degrees" } else { "metres" };
    rows.push(["crs", &system, unit].map(str::to_owned).to_vec());
    let (north, east) = if degrees { ("latitude", "longitude") } else { ("north_m", "east_m") };
    rows.push(
        [
            "licence",
            "part",
            "ring",
            "corner",
            north,
            east,
            "floor_m",
            "ceiling_m",
            "valid_from",
            "valid_to",
            "holder",
            "mineral",
            "method",
            "layers",
            "vertical_datum",
        ]
        .map(str::to_owned)
        .to_vec(),
    );
    let text =
        |text: &str| if text.starts_with(crate::write::FORMULA_STARTS) { format!("'{text}") } else { text.to_owned() };
    let maybe = |value: Option<&String>| value.map(|value| text(value)).unwrap_or_default();
    for licence in licences {
        for (part, number) in licence.parts.iter().zip(1..) {
            let mut about = String::new();
            let datum = &licence.vertical_datum;
            if *datum != overcut::dem::VerticalDatum::Unknown {
                write!(about, "{datum}").expect("a string takes everything");
            }
            let rings = std::iter::once(part.polygon.exterior()).chain(part.polygon.interiors());
            for (ring, ring_number) in rings.zip(1..) {
                for (corner, label) in distinct(ring).iter().zip(1..) {
                    let shown = |value: f64| if degrees { value.to_string() } else { metres(value) };
                    rows.push(vec![
                        text(&licence.id.0),
                        number.to_string(),
                        ring_number.to_string(),
                        label.to_string(),
                        shown(corner.y),
                        shown(corner.x),
                        part.band.map(|band| band.floor_m.to_string()).unwrap_or_default(),
                        part.band.map(|band| band.ceiling_m.to_string()).unwrap_or_default(),
                        licence.validity.from.map(|day| day.to_string()).unwrap_or_default(),
                        licence.validity.to.map(|day| day.to_string()).unwrap_or_default(),
                        maybe(licence.holder.as_ref()),
                        maybe(licence.mineral.as_ref()),
                        maybe(licence.method.as_ref()),
                        part.layers.as_ref().map(|layers| text(&layers.join(";"))).unwrap_or_default(),
                        about.clone(),
                    ]);
                }
            }
        }
    }
    let written = rows.iter().try_for_each(|row| writer.write_record(row)).map_err(std::io::Error::other);
    Ok(written.and_then(|()| writer.into_inner().map_err(csv::IntoInnerError::into_error)))
}
