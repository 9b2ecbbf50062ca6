//! One cell that holds a coordinate.

use super::{
    document::Coordinate,
    finding::{Place, Refusal},
    numbers::{Axis, NotANumber, Number, number},
};

/// Reads a coordinate; `place` is where it stands, for the refusal.
pub(super) fn coordinate(text: &str, place: impl Fn() -> Place) -> Result<Coordinate, Refusal> {
    match number(text) {
        Ok(Number::Plain { value, decimals }) => {
            Ok(Coordinate { value, decimals: u8::try_from(decimals).unwrap_or(u8::MAX), is_angle: false })
        }
        Ok(Number::Degrees { value, axis }) => {
            // A hemisphere that is not where the degrees can be is a typing error.
            let possible = value <= if axis == Some(Axis::North) { 90.0 } else { 180.0 };
            if !possible {
                return Err(Refusal::new("number_unreadable", place()).with("found", text));
            }
            Ok(Coordinate { value, decimals: u8::MAX, is_angle: true })
        }
        Err(NotANumber::MinutesOrSeconds) => Err(Refusal::new("minutes_or_seconds", place()).with("found", text)),
        Err(NotANumber::Unreadable) if text.trim().is_empty() => Err(Refusal::new("coordinate_missing", place())),
        Err(NotANumber::Unreadable) => Err(Refusal::new("number_unreadable", place()).with("found", text)),
    }
}
