//! The sense of the numbers: which column is north, whether they are degrees, whether eastings carry a zone number.
//!
//! Decided by magnitude, for all corners together, and only where nothing else is possible within China: northings are 0.3 to
//! 6 million metres, eastings 50 to 950 km (with a zone number in millions before them), longitudes 73° to 136°, latitudes 3°
//! to 54°. What could be read in two ways is refused.

use super::{
    document::{Angles, Coordinate, Corner, Document, Order},
    finding::{Finding, Place, Refusal},
    numbers::unpacked,
};
use crate::crs::zones::{BARE_EASTINGS_M, Zone};

/// Northings of China, metres: 3° to 54° north, with room.
const NORTHINGS_M: std::ops::Range<f64> = 300_000.0..6_050_000.0;
const LONGITUDES_DEG: std::ops::Range<f64> = 73.0..136.0;
const LATITUDES_DEG: std::ops::Range<f64> = 3.0..54.0;

/// What the numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sense {
    /// Which column comes first.
    pub order: Order,
    /// What they count.
    pub kind: Kind,
}

/// What coordinates count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Degrees with a decimal fraction, or with minutes and seconds.
    Degrees(Angles),
    /// Metres of a Gauss-Krueger zone; the number before the eastings, if there is one.
    GaussKrueger(Option<u8>),
    /// Metres of nothing that is used in China: taken only as the caller has stated.
    OtherMetres,
}

/// What the caller states.
#[derive(Debug, Clone, Copy, Default)]
pub struct StatedSense {
    /// Order of the columns.
    pub axes: Option<Order>,
    /// How plain numbers stand for angles.
    pub angles: Option<Angles>,
    /// A CRS is stated: coordinates outside China are possible.
    pub crs: bool,
}

/// What one number can be.
fn is_northing(value: f64) -> bool {
    NORTHINGS_M.contains(&value)
}

/// What a number reads as, if it can be an easting.
fn easting(value: f64) -> Option<Reading> {
    if BARE_EASTINGS_M.contains(&value) {
        return Some(Reading::Metres(None));
    }
    Zone::prefix_of(value).map(|zone| Reading::Metres(Some(zone)))
}

/// One pair in one order: degrees, or metres with or without a zone number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Degrees,
    Metres(Option<u8>),
}

fn reading(corner: &Corner, order: Order) -> Option<Reading> {
    let (north, east) = match order {
        Order::NorthEast => (corner.at[0], corner.at[1]),
        Order::EastNorth => (corner.at[1], corner.at[0]),
    };
    if LATITUDES_DEG.contains(&north.value) && LONGITUDES_DEG.contains(&east.value) {
        return Some(Reading::Degrees);
    }
    if is_northing(north.value) && !north.is_angle && !east.is_angle {
        return easting(east.value);
    }
    None
}

/// Finds the sense of all corners.
///
/// # Errors
/// Numbers that could be read in two ways, that contradict what is stated or each other, or that are no place in China.
pub fn sense(document: &mut Document, stated: StatedSense) -> Result<Sense, Refusal> {
    const ORDERS: [Order; 2] = [Order::NorthEast, Order::EastNorth];
    let corners = || document.blocks.iter().flat_map(|block| &block.rings).flat_map(|ring| &ring.corners);
    let place = |corner: &Corner| Place::line(corner.line).corner(&corner.label);
    let Some(first) = corners().next() else { return Err(Refusal::new("no_corners", Place::file())) };

    let possible = |order: Order| corners().all(|corner| reading(corner, order).is_some());
    let fitting: Vec<Order> = ORDERS.into_iter().filter(|order| possible(*order)).collect();
    let order = match (fitting[..].first(), fitting.len(), stated.axes) {
        (Some(&only), 1, None) => only,
        (Some(&only), 1, Some(axes)) if only == axes => only,
        (Some(&only), 1, Some(axes)) => {
            return Err(Refusal::new("axes_contradict", place(first))
                .with("stated", axes.as_str())
                .with("first", shown(first.at[0]))
                .with("second", shown(first.at[1]))
                .with("state", only.as_str()));
        }
        (None, ..) => {
            let certain = document.stated.order.filter(|order| order.certain).map(|order| order.order);
            return outside(
                &corners().collect::<Vec<_>>(),
                first,
                StatedSense { axes: stated.axes.or(certain), ..stated },
            );
        }
        (_, _, Some(axes)) => axes,
        (_, _, None) => match document.stated.order.filter(|order| order.certain) {
            Some(order) => order.order,
            None => {
                return Err(Refusal::new("axes_ambiguous", place(first))
                    .with("first", shown(first.at[0]))
                    .with("second", shown(first.at[1])));
            }
        },
    };
    let kind = kind(&corners().collect::<Vec<_>>(), order)?;
    let kind = match kind {
        Reading::Metres(prefix) => Kind::GaussKrueger(prefix),
        Reading::Degrees => {
            let all: Vec<Coordinate> = corners().flat_map(|corner| corner.at).collect();
            Kind::Degrees(angles(&all, stated.angles.or(document.stated.angles), place(first))?)
        }
    };
    let contradicted = document.stated.order.filter(|said| said.order != order);
    if let (Some(said), None) = (contradicted, stated.axes) {
        let note = Finding::warning("axes_exchanged", place(first));
        document.findings.push(
            note.with("expected", said.order.as_str())
                .with("found", order.as_str())
                .with("first", shown(first.at[0]))
                .with("second", shown(first.at[1])),
        );
    }
    Ok(Sense { order, kind })
}

fn shown(coordinate: Coordinate) -> String {
    if coordinate.decimals == u8::MAX {
        format!("{:.8}", coordinate.value)
    } else {
        format!("{:.*}", usize::from(coordinate.decimals), coordinate.value)
    }
}

/// Numbers of which some fit neither order: outside China where the caller has stated everything, else refused.
fn outside(corners: &[&Corner], first: &Corner, stated: StatedSense) -> Result<Sense, Refusal> {
    if let (Some(order), true) = (stated.axes, stated.crs) {
        return Ok(Sense { order, kind: Kind::OtherMetres });
    }
    let place = |corner: &Corner| Place::line(corner.line).corner(&corner.label);
    let either = |corner: &&&Corner| reading(corner, Order::NorthEast).or(reading(corner, Order::EastNorth)).is_none();
    if let Some(bad) = corners.iter().find(either) {
        return Err(Refusal::new("coordinates_impossible", place(bad))
            .with("first", shown(bad.at[0]))
            .with("second", shown(bad.at[1])));
    }
    // Each corner fits an order, and no order fits all: one of them is exchanged.
    let usual = if reading(first, Order::NorthEast).is_some() { Order::NorthEast } else { Order::EastNorth };
    let odd = corners.iter().find(|corner| reading(corner, usual).is_none()).unwrap_or(&corners[0]);
    Err(Refusal::new("axes_mixed", place(odd)).with("first", shown(odd.at[0])).with("second", shown(odd.at[1])))
}

/// The one reading of all corners.
fn kind(corners: &[&Corner], order: Order) -> Result<Reading, Refusal> {
    let readings = || corners.iter().filter_map(|corner| reading(corner, order).map(|each| (each, *corner)));
    let (usual, _) = readings().next().ok_or_else(|| Refusal::new("no_corners", Place::file()))?;
    let Some((other, odd)) = readings().find(|(each, _)| *each != usual) else { return Ok(usual) };
    let name = |reading: Reading| match reading {
        Reading::Degrees => "degrees".to_owned(),
        Reading::Metres(None) => "metres without zone number".to_owned(),
        Reading::Metres(Some(zone)) => format!("zone number {zone}"),
    };
    Err(Refusal::new("zones_mixed", Place::line(odd.line).corner(&odd.label))
        .with("usual", name(usual))
        .with("found", name(other)))
}

/// How plain numbers stand for angles.
fn angles(all: &[Coordinate], stated: Option<Angles>, place: Place) -> Result<Angles, Refusal> {
    let mut plain = all.iter().filter(|each| !each.is_angle).peekable();
    if plain.peek().is_none() {
        return Ok(Angles::Decimal);
    }
    let impossible = plain.find(|each| unpacked(each.value, usize::from(each.decimals)).is_none());
    match (impossible, stated) {
        (None, Some(angles)) => Ok(angles),
        (Some(_), Some(Angles::Decimal) | None) => Ok(Angles::Decimal),
        (Some(each), Some(Angles::Packed)) => Err(Refusal::new("packed_impossible", place).with("found", shown(*each))),
        (None, None) => Err(Refusal::new("angles_ambiguous", place).with("found", shown(all[0]))),
    }
}

impl Sense {
    /// East and north of a corner; longitude and latitude in degrees.
    pub fn east_north(self, corner: &Corner) -> (f64, f64) {
        let value = |coordinate: Coordinate| match self.kind {
            Kind::Degrees(Angles::Packed) if !coordinate.is_angle => {
                unpacked(coordinate.value, usize::from(coordinate.decimals)).unwrap_or(coordinate.value)
            }
            _ => coordinate.value,
        };
        let (first, second) = (value(corner.at[0]), value(corner.at[1]));
        match self.order {
            Order::NorthEast => (second, first),
            Order::EastNorth => (first, second),
        }
    }
}
