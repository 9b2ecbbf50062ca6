//! The volume by cells inside any region: the pass itself, with the region in place of a licence.

use geo::MultiPolygon;
use serde::{Deserialize, Serialize};

use crate::{
    Dem, GridGeometry, Licence, LicenceId, Part, Validity,
    assessment::{AssessOptions, Class, Input, Unobserved, assess},
    coverage::Segment,
    dem::VerticalDatum,
    error::{Error, Result},
    faces::FaceMap,
    licence::Band,
    stable::StableGround,
    surface::Heights,
};

/// What the cells of a region say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
pub struct CellVolume {
    /// Removed, m³.
    pub cut_m3: f64,
    /// Added, m³.
    pub fill_m3: f64,
    /// Plan area inside the region of the cells in which both surfaces have a height, m².
    pub compared_area_m2: f64,
}

/// Volume by cells: difference x share of each cell inside the region, with the ground sloped where the band cuts it.
///
/// # Errors
/// [`Error::InvalidRegion`] if the region is no sound polygon, or its corners cannot be overlaid.
///
/// # Panics
/// If there are not as many heights as cells.
pub fn cells(
    grid: &GridGeometry,
    before: &[f64],
    after: &[f64],
    region: &MultiPolygon<f64>,
    band: Option<Band>,
) -> Result<CellVolume> {
    let dem = |date: jiff::civil::Date, heights: &[f64]| {
        Dem::new("window", date, *grid, Heights::F64(heights.to_vec()))
            .map(|dem| dem.vertical_datum(VerticalDatum::Normal1985))
    };
    let (earlier, later) = (dem(jiff::civil::date(2001, 1, 1), before)?, dem(jiff::civil::date(2002, 1, 1), after)?);
    let parts = region.iter().map(|polygon| Part { polygon: polygon.clone(), band, layers: None }).collect();
    let licence = Licence {
        id: LicenceId("region".to_owned()),
        holder: None,
        mineral: None,
        method: None,
        validity: Validity::default(),
        vertical_datum: VerticalDatum::Normal1985,
        parts,
    };
    licence.validate().map_err(|error| Error::InvalidRegion { why: error.to_string() })?;
    let options = AssessOptions::default().register(false).estimate_errors(false).lod_m(0.0);
    let input =
        Input { surfaces: &[&earlier, &later], licences: &[licence], layers: &[], stable_ground: StableGround::Auto };
    let found = match assess(&input, &options, &mut Unobserved) {
        Err(Error::NoCommonCells { .. }) => return Ok(CellVolume::default()),
        found => found?,
    };
    let mut volume =
        CellVolume { compared_area_m2: compared_area_m2(grid, before, after, region)?, ..CellVolume::default() };
    for row in &found.rows {
        let inside = matches!(row.class, Class::Within | Class::InsideBoundary);
        if inside && !row.licences.is_empty() {
            volume.cut_m3 += row.cut_m3;
            volume.fill_m3 += row.fill_m3;
        }
    }
    Ok(volume)
}

fn compared_area_m2(grid: &GridGeometry, before: &[f64], after: &[f64], region: &MultiPolygon<f64>) -> Result<f64> {
    let polygons: Vec<_> = region.iter().collect();
    let faces = FaceMap::new(&polygons, grid)?;
    let shares = faces.rows(0..grid.shape.rows);
    let mut cells = 0.0;
    for row in 0..grid.shape.rows {
        let line = shares.row(row);
        let known = |col: usize| {
            let cell = row * grid.shape.cols + col;
            !(before[cell].is_nan() || after[cell].is_nan())
        };
        for segment in line.segments {
            match *segment {
                Segment::Run { face: 0, .. } => {}
                Segment::Run { start, end, .. } => {
                    cells += (start as usize..end as usize).filter(|col| known(*col)).count() as f64;
                }
                Segment::Mixed { col, .. } => {
                    if known(col as usize) {
                        let inside = line.pieces_of(*segment).iter().filter(|piece| piece.face != 0);
                        cells += inside.map(|piece| piece.fraction).sum::<f64>();
                    }
                }
            }
        }
    }
    Ok(cells * grid.cell_area_m2())
}
