//! How cells are stored, and what heights they mean.

use gdal::raster::{GdalDataType, GdalType};
use overcut::surface::Heights;
use serde::{Deserialize, Serialize};

/// The type of a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stored {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Stored {
    /// The type of that GDAL name; `None` for complex and unknown ones.
    ///
    /// By name, since which of GDAL's types exist depends on its version.
    pub(super) fn of(stored: GdalDataType) -> Option<Self> {
        Some(match stored.name().as_str() {
            "Byte" => Self::U8,
            "Int8" => Self::I8,
            "UInt16" => Self::U16,
            "Int16" => Self::I16,
            "UInt32" => Self::U32,
            "Int32" => Self::I32,
            "UInt64" => Self::U64,
            "Int64" => Self::I64,
            "Float16" | "Float32" => Self::F32,
            "Float64" => Self::F64,
            _ => return None,
        })
    }
}

/// From stored numbers to heights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Decoding {
    /// The mark of missing cells, as the file or the caller states it, before scaling.
    pub(super) nodata: Option<f64>,
    /// Factor and addend that make heights of stored numbers.
    pub(super) scaling: Option<(f64, f64)>,
}

/// A number as bands store it.
pub(super) trait Number: GdalType + Copy + Default + PartialEq {
    /// The mark of missing cells as this type; `None` if no stored number can be equal to it.
    ///
    /// An integer is compared as integer: -9999.5 marks no cell, and -9999 none of unsigned ones.
    fn mark(nodata: f64) -> Option<Self>;
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Number for $integer {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_lossless,
                reason = "whole and inside the type's range"
            )]
            fn mark(nodata: f64) -> Option<Self> {
                let inside = nodata >= Self::MIN as f64 && nodata <= Self::MAX as f64;
                (inside && nodata.fract() == 0.0).then_some(nodata as Self)
            }
        }
    )*};
}
integers!(u8, u16, i16, u32, i32, u64, i64);

impl Number for f32 {
    /// The nearest float: what the program that wrote -3.40282346639e+38 (decimal) meant, and stored.
    fn mark(nodata: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "the value as the band itself stores it")]
        let mark = nodata as Self;
        (!mark.is_nan()).then_some(mark)
    }
}

impl Number for f64 {
    fn mark(nodata: f64) -> Option<Self> {
        (!nodata.is_nan()).then_some(nodata)
    }
}

impl Decoding {
    /// Heights of numbers that fit 32-bit floats exactly; in 64 bits once they are scaled, since products do not fit.
    pub(super) fn narrow<T: Number + Into<f32> + Into<f64>>(&self, stored: Vec<T>) -> Heights {
        if self.scaling.is_some() {
            return self.wide(stored, Into::into);
        }
        let mark = self.nodata.and_then(T::mark);
        Heights::F32(stored.into_iter().map(|n| if Some(n) == mark { f32::NAN } else { n.into() }).collect())
    }

    /// Heights of all others.
    pub(super) fn wide<T: Number>(&self, stored: Vec<T>, widened: impl Fn(T) -> f64) -> Heights {
        let mark = self.nodata.and_then(T::mark);
        let (factor, addend) = self.scaling.unwrap_or((1.0, 0.0));
        let height = |n| match widened(n) {
            n if self.scaling.is_some() => n * factor + addend,
            n => n,
        };
        Heights::F64(stored.into_iter().map(|n| if Some(n) == mark { f64::NAN } else { height(n) }).collect())
    }
}

/// Heights between these are possible on and under ground, metres; others are marks of missing cells that were not declared,
/// or another unit. -9999 and -32768, the commonest marks, lie outside.
const PLAUSIBLE_M: std::ops::RangeInclusive<f64> = -5_000.0..=9_500.0;

/// Position and value of the first height that cannot be one.
pub(super) fn implausible(heights: &Heights) -> Option<(usize, f64)> {
    const PIECE: usize = 1 << 12;
    fn first<T: Copy + Into<f64>>(values: &[T]) -> Option<(usize, f64)> {
        // NaN is neither below nor above.
        let outside = |height: &T| (*height).into() < *PLAUSIBLE_M.start() || (*height).into() > *PLAUSIBLE_M.end();
        // Whole pieces without a branch first: nearly always there is none.
        let piece =
            values.chunks(PIECE).position(|piece| piece.iter().fold(false, |found, height| found | outside(height)))?;
        let position = piece * PIECE + values[piece * PIECE..].iter().position(outside)?;
        Some((position, values[position].into()))
    }
    match heights {
        Heights::F32(values) => first(values),
        Heights::F64(values) => first(values),
    }
}

/// Makes the cells missing that a mask hides.
pub(super) fn hide(heights: &mut Heights, mask: &[u8]) {
    fn hide<T: Copy>(values: &mut [T], mask: &[u8], nothing: T) {
        values.iter_mut().zip(mask).filter(|(_, valid)| **valid == 0).for_each(|(value, _)| *value = nothing);
    }
    match heights {
        Heights::F32(values) => hide(values, mask, f32::NAN),
        Heights::F64(values) => hide(values, mask, f64::NAN),
    }
}

/// Rows in the opposite order.
pub(super) fn turned<T: Copy>(values: &[T], cols: usize) -> Vec<T> {
    values.chunks(cols.max(1)).rev().flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Decoding = Decoding { nodata: Some(-9999.0), scaling: None };

    fn f64s(heights: &Heights) -> Vec<f64> {
        let mut values = vec![0.0; heights.len()];
        heights.widen(0, &mut values);
        values
    }

    #[test]
    fn an_integer_band_compares_its_mark_as_an_integer() {
        assert_eq!(i16::mark(-9999.0), Some(-9999));
        assert_eq!(i16::mark(-9999.5), None);
        assert_eq!(u8::mark(-9999.0), None);
        assert_eq!(u8::mark(256.0), None);
        assert_eq!(i64::mark(f64::NAN), None);
    }

    #[test]
    fn a_mark_between_two_floats_is_the_nearer_one() {
        assert_eq!(f32::mark(-3.402_823_466_39e38), Some(f32::MIN));
        assert_eq!(f32::mark(f64::NAN), None);
        // 0.1 is not a 32-bit float; the cell holds the nearest.
        assert_eq!(f32::mark(0.1), Some(0.1_f32));
    }

    #[test]
    fn the_mark_is_compared_before_scaling_and_scaled_heights_are_wide() {
        let decoding = Decoding { nodata: Some(0.0), scaling: Some((0.5, 1_000.0)) };
        let heights = decoding.narrow(vec![0_i16, 3, -4]);
        assert!(matches!(heights, Heights::F64(_)));
        let values = f64s(&heights);
        assert!(values[0].is_nan());
        assert_eq!(values[1..], [1_001.5, 998.0]);
    }

    #[test]
    fn sixteen_bit_integers_stay_narrow_and_nan_stays_missing() {
        assert_eq!(PLAIN.narrow(vec![7_i16, 8]), Heights::F32(vec![7.0, 8.0]));
        let values = f64s(&PLAIN.narrow(vec![f32::NAN, 2.5, -9999.0]));
        assert!(values[0].is_nan() && values[2].is_nan());
        assert_eq!(values[1], 2.5);
    }

    #[test]
    fn the_usual_marks_of_missing_cells_are_no_heights() {
        for mark in [-9999.0, -32_768.0, 1e20, f64::from(f32::MIN), f64::INFINITY] {
            assert_eq!(implausible(&Heights::F64(vec![f64::NAN, 100.0, mark])), Some((2, mark)));
        }
        assert_eq!(implausible(&Heights::F64(vec![-430.0, 8_849.0, f64::NAN])), None);
    }
}
