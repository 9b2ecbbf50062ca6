//! A grid of heights of one zero above another: a geoid or quasi-geoid, in any format that GDAL reads.

use gdal::Dataset;
use overcut::{
    GridGeometry, GridShape, Window,
    dem::CrsRecord,
    heights::{Interpolation, Shift},
};

use super::{
    bilinear::{Along, height_at, place_on},
    digest::sha256_of_file,
    open::{choose_band, definition, open_dataset},
};
use crate::{
    crs::{CoordinateOperation, crs_record, is_in_degrees, to_degrees},
    error::{Error, Result},
};

/// Cells of the grid around the surface that are read with it: more than any interpolation needs.
const MARGIN: usize = 3;
/// Places along each side of a surface by which its extent on the grid is found.
const PLACES: usize = 32;
/// Cells that are held at most: a grid of a minute of arc over all of China has a tenth of it.
const MOST_CELLS: usize = 1 << 27;

/// The part of a grid that lies under one surface, in memory.
#[derive(Debug)]
pub(super) struct HeightGrid {
    pub(super) path: String,
    pub(super) sha256: Option<String>,
    /// Whether places are longitudes and latitudes.
    degrees: bool,
    /// Western edge and cell width, northern (or southern) edge and cell height with its sign.
    place: [f64; 4],
    shape: GridShape,
    window: Window,
    values: Vec<f64>,
    interpolation: Interpolation,
}

impl HeightGrid {
    /// Opens a grid, and reads what lies under `surface`; gives the operation that leads from the surface to it.
    ///
    /// Longitudes and latitudes of the surface's own datum are taken for those of the grid: a metre between two datums of
    /// today changes the height of a geoid by less than a millimetre.
    pub(super) fn open(
        shift: &Shift,
        surface: &GridGeometry,
        crs: &CrsRecord,
    ) -> Result<Option<(Self, CoordinateOperation)>> {
        let Shift::Grid { path, band, interpolation, .. } = shift else { return Ok(None) };
        let refuse = |why: String| Error::HeightGrid { path: path.clone(), why };
        let dataset = open_dataset(path).map_err(|error| match error {
            Error::FileMissing { .. } => refuse(
                "there is no such file, and heights are not left as they are without it; check the path".to_owned(),
            ),
            other => other,
        })?;
        let band = choose_band(&dataset, path, *band)?;
        let (cols, rows) = dataset.raster_size();
        let shape = GridShape { rows, cols };
        let [x0, dx, x_shear, y0, y_shear, dy] =
            dataset.geo_transform().map_err(|_| refuse("it states no place".to_owned()))?;
        if x_shear != 0.0 || y_shear != 0.0 || dx <= 0.0 || dy == 0.0 {
            return Err(refuse("it is rotated or mirrored; resample it to a north-up grid first".to_owned()));
        }
        let stated = definition(&dataset).ok_or_else(|| refuse("it states no CRS".to_owned()))?;
        let own = crs_record(&stated)?;
        let degrees = is_in_degrees(&own);
        let operation = if degrees { to_degrees(crs)? } else { CoordinateOperation::new(&crs.wkt, &own.wkt)? };
        let mut grid = Self {
            path: path.clone(),
            sha256: sha256_of_file(path)?,
            degrees,
            place: [x0, dx, y0, dy],
            shape,
            window: Window { row: 0, col: 0, rows: 0, cols: 0 },
            values: Vec::new(),
            interpolation: *interpolation,
        };
        grid.window = grid.under(surface, &operation)?;
        if grid.window.cells() > MOST_CELLS {
            return Err(refuse(format!(
                "{} of its cells lie under the surface; take a coarser one",
                grid.window.cells()
            )));
        }
        grid.values = read(&dataset, band, grid.window)
            .map_err(|source| Error::RasterUnreadable { path: path.clone(), source })?;
        Ok(Some((grid, operation)))
    }

    /// The cells that a surface needs, by places all over it.
    fn under(&self, surface: &GridGeometry, operation: &CoordinateOperation) -> Result<Window> {
        let mut points = spread(surface, PLACES);
        operation.transform(&mut points)?;
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for point in points {
            let (col, row) = self.position(point);
            for (axis, at) in [row, col].into_iter().enumerate() {
                low[axis] = low[axis].min(at);
                high[axis] = high[axis].max(at);
            }
        }
        let range = |axis: usize, cells: usize| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the grid")]
            let clamped = |at: f64| at.clamp(0.0, cells as f64) as usize;
            clamped(low[axis].floor() - MARGIN as f64)..clamped(high[axis].ceil() + MARGIN as f64)
        };
        Ok(Window::from_ranges(range(0, self.shape.rows), range(1, self.shape.cols)))
    }

    /// Column and row of a place, in cells from the outer edge of the first.
    pub(super) fn position(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let [x0, dx, y0, dy] = self.place;
        // A grid may count longitudes from -180 or from 0.
        let east = if self.degrees { (x - x0).rem_euclid(360.0) } else { x - x0 };
        (east / dx, (y - y0) / dy)
    }

    /// The value at a place in the CRS of the grid; NaN where there is none.
    pub(super) fn at(&self, place: (f64, f64)) -> f64 {
        self.at_position(self.position(place))
    }

    /// The value at a column and row, in cells; NaN where there is none.
    pub(super) fn at_position(&self, (col, row): (f64, f64)) -> f64 {
        let (Some(row), Some(col)) = (place_on(row, self.shape.rows), place_on(col, self.shape.cols)) else {
            return f64::NAN;
        };
        let inside = |along: Along, from: usize, to: usize| along.first >= from && along.last() < to;
        if !(inside(row, self.window.row, self.window.row_end()) && inside(col, self.window.col, self.window.col_end()))
        {
            return f64::NAN;
        }
        let bilinear = || height_at(&self.values, self.window, row, col);
        match self.interpolation {
            Interpolation::Bilinear => bilinear(),
            Interpolation::Bicubic => self.bicubic(row, col).unwrap_or_else(bilinear),
        }
    }

    /// Keys (1981), a = -1/2, eq. 4; `None` where one of the sixteen is missing.
    fn bicubic(&self, row: Along, col: Along) -> Option<f64> {
        let Window { row: top, col: left, cols, .. } = self.window;
        let (first_row, first_col) = (row.first.checked_sub(top + 1)?, col.first.checked_sub(left + 1)?);
        if first_row + 4 > self.window.rows || first_col + 4 > cols {
            return None;
        }
        let (down, along) = (keys(row.share), keys(col.share));
        let mut sum = 0.0;
        for (step, weight) in down.into_iter().enumerate() {
            let start = (first_row + step) * cols + first_col;
            let on_row: f64 =
                self.values[start..start + 4].iter().zip(along).map(|(value, weight)| value * weight).sum();
            sum += weight * on_row;
        }
        sum.is_finite().then_some(sum)
    }
}

/// Weights of the four points around a place that lies `s` of the way from the second to the third.
fn keys(s: f64) -> [f64; 4] {
    [
        ((-0.5 * s + 1.0) * s - 0.5) * s,
        (1.5 * s - 2.5) * s * s + 1.0,
        ((-1.5 * s + 2.0) * s + 0.5) * s,
        (0.5 * s - 0.5) * s * s,
    ]
}

/// Places all over a surface, its corners among them.
pub(super) fn spread(surface: &GridGeometry, places: usize) -> Vec<(f64, f64)> {
    let share = |step: usize, cells: usize| step as f64 / places as f64 * cells as f64;
    (0..=places)
        .flat_map(|row| (0..=places).map(move |col| (row, col)))
        .map(|(row, col)| surface.to_world(share(col, surface.shape.cols), share(row, surface.shape.rows)))
        .collect()
}

/// Values of a window as they are meant: scaled, and NaN where the file has none.
fn read(dataset: &Dataset, band: usize, window: Window) -> gdal::errors::Result<Vec<f64>> {
    if window.is_empty() {
        return Ok(Vec::new());
    }
    let band = dataset.rasterband(band)?;
    let start = (window.col as isize, window.row as isize);
    let size = (window.cols, window.rows);
    let mut values = band.read_as::<f64>(start, size, size, None)?.data().to_vec();
    let nodata = band.no_data_value();
    let (scale, offset) = (band.scale().unwrap_or(1.0), band.offset().unwrap_or(0.0));
    for value in &mut values {
        // The mark of a file of float32 comes as the nearest float64 or as a rounded decimal.
        let missing = nodata.is_some_and(|nodata| (*value - nodata).abs() <= 1e-6 * nodata.abs().max(1e-6));
        *value = if missing { f64::NAN } else { *value * scale + offset };
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_keys_add_to_one_and_reproduce_a_parabola() {
        for s in [0.0, 0.25, 0.5, 0.9] {
            let weights = keys(s);
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-15);
            // x² at -1, 0, 1, 2.
            let value = weights[0] + weights[2] + 4.0 * weights[3];
            assert!((value - s * s).abs() < 1e-15, "{s}: {value}");
        }
    }
}
