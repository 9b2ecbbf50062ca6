//! From any bytes to polygons, on the way that a file takes. The first byte chooses what is stated.
#![no_main]

use libfuzzer_sys::fuzz_target;
use overcut_fuzz::licences::text::{
    Format,
    document::{Angles, Order},
    parts::polygons,
    read,
    resolve::{StatedCrs, resolve},
    sense::{StatedSense, sense},
};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let format = if choice & 1 == 0 { Format::Text } else { Format::Dat };
    let Ok(mut document) = read(bytes, format) else { return };
    let axes = match choice >> 1 & 3 {
        0 => None,
        1 => Some(Order::EastNorth),
        _ => Some(Order::NorthEast),
    };
    let angles = (choice & 8 != 0).then_some(Angles::Packed);
    let crs = (choice & 16 != 0).then_some("EPSG:4546");
    let Ok(found) = sense(&mut document, StatedSense { axes, angles, crs: crs.is_some() }) else { return };
    let _ = resolve(&mut document, found, StatedCrs { crs, zone: (choice & 32 != 0).then_some(37) });
    let mut findings = Vec::new();
    for block in &document.blocks {
        if let Ok(polygons) = polygons(block, found, &mut findings) {
            // Every corner that was printed is in a ring.
            let corners: usize = polygons
                .iter()
                .flat_map(|each| std::iter::once(each.exterior()).chain(each.interiors()))
                .map(|ring| ring.0.len().saturating_sub(1))
                .sum();
            let printed: usize = block.rings.iter().map(|ring| ring.corners.len()).sum();
            assert!(corners <= printed + block.rings.len());
        }
    }
    findings.extend(document.findings);
    findings.iter().for_each(|each| assert!(!each.to_string().is_empty()));
});
