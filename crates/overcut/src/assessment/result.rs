//! The result as data: what is printed, tabled, written and verified.

use geo::MultiPolygon;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{conversion::Conversion, options::AssessOptions};
use crate::{
    dem::{CrsRecord, SurfaceInfo, VerticalDatum},
    grid::GridGeometry,
    layers::{LayerKind, Stated},
    licence::{Band, LicenceId},
    registration::Registration,
    uncertainty::ErrorModel,
    validity::ValidityOutcome,
};

/// Where a removed (or added) piece of ground stands with respect to the licences; each piece is in exactly one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 证内: inside polygon, band, validity and authorised layers of a licence.
    Within,
    /// 界内·标高未判: inside the polygon of a licence in force; elevations were not tested, as asked or for want of a band.
    InsideBoundary,
    /// 越层·超深: inside the polygon of a licence in force, under every band that covers it there.
    BelowFloor,
    /// 上限以上: inside the polygon, over every band (often lawful stripping; reported apart).
    AboveCeiling,
    /// 标高间隔: inside the polygons of stacked parts, in the gap between their bands.
    BetweenBands,
    /// 非许可层位: inside polygon and band, in a layer that the licence does not name.
    UnauthorisedLayer,
    /// 有效期外: inside the prism of a licence that was not valid on any day of the interval.
    OutsideValidity,
    /// 有效期待定: inside the prism of a licence that was valid on some days of the interval only.
    ValidityUndecided,
    /// 越界: outside every polygon, in a patch that also lies inside a licence: attributed to it.
    BeyondBoundary,
    /// 无证: outside every polygon, in a patch that lies inside none.
    Unlicensed,
    /// 未成图斑: outside every polygon and in no patch: too thin or too small to be told from noise. Kept, so that the
    /// classes sum to the whole.
    Unattributed,
}

impl Class {
    /// Every class, in the order of tables.
    pub const ALL: [Self; 11] = [
        Self::Within,
        Self::InsideBoundary,
        Self::BelowFloor,
        Self::AboveCeiling,
        Self::BetweenBands,
        Self::UnauthorisedLayer,
        Self::OutsideValidity,
        Self::ValidityUndecided,
        Self::BeyondBoundary,
        Self::Unlicensed,
        Self::Unattributed,
    ];

    /// The word used in JSON, tables and columns.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::InsideBoundary => "inside_boundary",
            Self::BelowFloor => "below_floor",
            Self::AboveCeiling => "above_ceiling",
            Self::BetweenBands => "between_bands",
            Self::UnauthorisedLayer => "unauthorised_layer",
            Self::OutsideValidity => "outside_validity",
            Self::ValidityUndecided => "validity_undecided",
            Self::BeyondBoundary => "beyond_boundary",
            Self::Unlicensed => "unlicensed",
            Self::Unattributed => "unattributed",
        }
    }
}

/// Whether ground was removed or added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Removed: the later surface is lower.
    Cut,
    /// Added: the later surface is higher.
    Fill,
}

/// One comparison of two dated surfaces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Position of the earlier surface.
    pub earlier: usize,
    /// Position of the later surface.
    pub later: usize,
    /// Day of the earlier survey.
    pub from: Date,
    /// Day of the later survey.
    pub to: Date,
    /// Standard deviation of a difference of two heights, metres; `None` where only a level of detection was given.
    pub sigma_m: Option<f64>,
    /// Level of detection, metres: a difference beyond it is `certain` at the chosen confidence.
    pub lod_m: f64,
    /// Area in which both surfaces have a height, m².
    pub compared_area_m2: f64,
    /// Area of the grid in which at least one of the two has none, m².
    pub nodata_area_m2: f64,
    /// Volume removed, summed over every cell, m³.
    pub cut_m3: f64,
    /// Volume added, summed over every cell, m³.
    pub fill_m3: f64,
    /// Volume removed in cells beyond the level of detection, m³.
    pub cut_certain_m3: f64,
    /// Volume added in cells beyond the level of detection, m³.
    pub fill_certain_m3: f64,
    /// Volume removed in patches, measured without a threshold, m³.
    pub cut_measured_m3: f64,
    /// Volume added in patches, measured without a threshold, m³.
    pub fill_measured_m3: f64,
    /// What is known of the errors of this comparison.
    pub accuracy: Accuracy,
}

/// Where the standard deviation of a difference comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorSource {
    /// From stable ground.
    Estimated,
    /// From what the surfaces state.
    Stated,
    /// Nowhere: only a level of detection was given, and volumes have no interval.
    Unknown,
}

/// The thresholds by which patches were found, in standard deviations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// A difference beyond it is certain.
    pub certain: f64,
    /// Standard deviation of the mean of 3 x 3 differences, in units of that of one.
    pub smoothing: f64,
    /// A mean beyond it belongs to an area, in units of its standard deviation.
    pub weak: f64,
    /// A mean beyond it makes its area a patch.
    pub strong: f64,
    /// Cells by which an area reaches beyond its weak ones.
    pub reach_cells: usize,
    /// Probability that an interval without any change has a patch.
    pub false_alarm: f64,
}

/// What is known of the errors of one comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Where the standard deviation comes from.
    pub source: ErrorSource,
    /// How the one survey was brought onto the other, if that was asked for.
    pub registration: Option<Registration>,
    /// The error of a difference; none if it is unknown.
    pub error_model: Option<ErrorModel>,
    /// The thresholds of patches; none where patches are the cells beyond one level of detection.
    pub detection: Option<Detection>,
}

/// Standard error of a volume, m³, by where it comes from. Parts are independent: their squares add up to that of `sigma_m3`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
pub struct VolumeError {
    /// All parts together.
    pub sigma_m3: f64,
    /// Errors that no two cells share.
    pub random_m3: f64,
    /// Errors that neighbours share.
    pub correlated_m3: f64,
    /// What is left of shift, height and tilt between the surveys, which all cells share.
    pub registration_m3: f64,
    /// Precision of the corners of licences.
    pub boundary_m3: f64,
    /// Lower end of the interval at the confidence of the assessment, not below 0.
    pub low_m3: f64,
    /// Upper end.
    pub high_m3: f64,
}

/// How far the errors of two rows go together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RowCovariance {
    /// Position of a row in [`Assessment::rows`](super::Assessment::rows).
    pub a: usize,
    /// Position of a row further down.
    pub b: usize,
    /// Covariance of their measured removed volumes, m⁶.
    pub covariance_m6: f64,
}

/// Sums of one licence (or several in conflict, or none), class and layer in one interval.
///
/// Three sums: `cut_measured_m3` over all cells of patches, with their signs, and without a threshold: the one to use, and the
/// one with an error. `cut_certain_m3` only over cells whose change exceeds the level of detection: it loses thin edges. `cut_m3`
/// over every cell that is lower, however little: it counts the noise of wide areas as digging.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassRow {
    /// Position in [`Assessment::intervals`](super::Assessment::intervals).
    pub interval: usize,
    /// The licences concerned, ascending: none outside all, one in the normal case, several where it is contested.
    pub licences: Vec<LicenceId>,
    /// The class.
    pub class: Class,
    /// Name of the layer, where layers were given; `None` outside them.
    pub layer: Option<String>,
    /// Volume removed in patches, measured without a threshold, m³.
    pub cut_measured_m3: f64,
    /// The same for volume added.
    pub fill_measured_m3: f64,
    /// Part of `cut_measured_m3` that was fill, put there earlier in the series: no resource.
    pub cut_again_m3: f64,
    /// Part of `fill_measured_m3` that fills ground dug earlier in the series, up to the ground of the first survey.
    pub backfill_m3: f64,
    /// Error of `cut_measured_m3`; none where errors are unknown or nothing was measured.
    pub cut_error: Option<VolumeError>,
    /// Error of `fill_measured_m3`.
    pub fill_error: Option<VolumeError>,
    /// Volume removed, m³.
    pub cut_m3: f64,
    /// Volume added, m³.
    pub fill_m3: f64,
    /// Volume removed beyond the level of detection, m³.
    pub cut_certain_m3: f64,
    /// Volume added beyond the level of detection, m³.
    pub fill_certain_m3: f64,
    /// Plan area of the cells with a removed piece in this row, beyond the level of detection, m². A column cut by a
    /// level is in the rows of both its pieces, so areas of classes may add to more than the plan.
    pub cut_area_m2: f64,
    /// The same for added pieces, m².
    pub fill_area_m2: f64,
    /// Plan area of the cells of patches with a removed piece in this row, estimated without a threshold, m².
    pub cut_measured_area_m2: f64,
    /// The same for added pieces, m².
    pub fill_measured_area_m2: f64,
    /// Least part of `cut_measured_m3` that was dug while a licence was valid, m³.
    pub in_validity_min_m3: f64,
    /// Greatest part of `cut_measured_m3` that was dug while a licence was valid, m³.
    pub in_validity_max_m3: f64,
    /// (`cut_measured_m3` - `cut_again_m3`) x bulk density of the layer, tonnes; `None` where the layer states no density.
    pub cut_measured_mass_t: Option<f64>,
}

/// Sums of one class inside one patch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatchClass {
    /// The licences concerned.
    pub licences: Vec<LicenceId>,
    /// The class.
    pub class: Class,
    /// Name of the layer, where layers were given; `None` outside them.
    pub layer: Option<String>,
    /// Volume, m³ (removed for a cut patch, added for a fill patch).
    pub volume_m3: f64,
}

/// Boundary of a licence that runs through a patch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// The licence.
    pub licence: LicenceId,
    /// Plan length, metres, of the licence's boundary with unlicensed ground inside the patch.
    pub contact_m: f64,
}

/// The licence nearest to a patch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nearest {
    /// The licence.
    pub licence: LicenceId,
    /// Least plan distance between patch and licence, metres.
    pub distance_m: f64,
    /// Direction from the patch's centroid to the nearest point of the licence, degrees clockwise from grid north.
    pub bearing_deg: f64,
}

/// To whom the ground outside every polygon in a patch is attributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// The patch lies wholly inside licences.
    Inside,
    /// The patch crosses the boundary of one licence and is attributed to it.
    BeyondBoundary,
    /// The patch crosses the boundaries of several licences: a conflict that names all of them.
    Conflict,
    /// The patch touches no excavation inside a licence.
    Unlicensed,
}

/// A connected excavated (or filled) area, 图斑.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Patch {
    /// Name in this assessment, such as `C1-003`: cut or fill, interval from 1, number by the first cell from the north-west.
    pub id: String,
    /// Position in the intervals.
    pub interval: usize,
    /// Cut or fill.
    pub change: Change,
    /// Plan area that changed, m², estimated without a threshold.
    pub area_m2: f64,
    /// Plan area of its cells beyond the level of detection, m².
    pub certain_area_m2: f64,
    /// Plan area inside its outline, m²: with the rim of unchanged ground over which it was measured.
    pub outline_area_m2: f64,
    /// Volume, m³, over the whole outline, without a threshold.
    pub volume_m3: f64,
    /// Volume of its cells beyond the level of detection, m³.
    pub certain_volume_m3: f64,
    /// Error of `volume_m3`; none where errors are unknown.
    pub error: Option<VolumeError>,
    /// Greatest standardised mean of 3 x 3 differences: how sure it is that anything changed here at all; none for patches
    /// found by one level of detection.
    pub strength: Option<f64>,
    /// Greatest change of height, metres, `>= 0`.
    pub max_depth_m: f64,
    /// x of the centroid of its cells.
    pub x: f64,
    /// y of the centroid of its cells.
    pub y: f64,
    /// To whom its part outside every polygon is attributed.
    pub attribution: Attribution,
    /// Licences whose boundary with unlicensed ground runs through the patch and inside which it also lies, with lengths;
    /// ascending.
    pub contacts: Vec<Contact>,
    /// For `unlicensed`: the nearest licence, if there is any.
    pub nearest: Option<Nearest>,
    /// Sums per licence, class and layer; they add to `volume_m3`.
    pub classes: Vec<PatchClass>,
    /// Of several intervals: the working to which this cut belongs, with all cuts that lie over each other in plan.
    pub working: Option<String>,
    /// Of several intervals: plan area inside its outline that was in no area of cut before, m².
    pub new_area_m2: Option<f64>,
    /// Of several intervals: what every survey saw inside its outline.
    pub history: Vec<PatchEpoch>,
    /// Outline along cell edges, in the CRS of the grid.
    #[serde(with = "super::geojson")]
    pub outline: MultiPolygon<f64>,
}

/// What a survey saw inside the outline of a patch, where it and the first survey have heights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatchEpoch {
    /// Position of the surface.
    pub surface: usize,
    /// Plan area compared, m².
    pub area_m2: f64,
    /// Volume between the ground of the first survey and this one, m³: the void, or less than 0 where ground was raised.
    pub void_m3: f64,
    /// Mean height, metres.
    pub mean_height_m: Option<f64>,
    /// Lowest height, metres.
    pub lowest_height_m: Option<f64>,
}

/// All surveys together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Area in which every survey has a height, m².
    pub compared_area_m2: f64,
    /// Last survey less the first over that area, m³.
    pub net_m3: f64,
    /// The same as the sum over all intervals, m³: a check of both.
    pub net_by_intervals_m3: f64,
}

/// How a licence lies with respect to the surfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Wholly on the grid.
    Inside,
    /// Partly beyond the edge of the grid.
    PartlyOutside,
    /// Wholly beyond it: nothing can be said of it.
    Outside,
}

/// One part of a licence, as used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartRecord {
    /// Plan area, m².
    pub area_m2: f64,
    /// Permitted elevations.
    pub band: Option<Band>,
    /// Permitted layers; `None` = all.
    pub layers: Option<Vec<String>>,
    /// Polygon in the CRS of the grid.
    #[serde(with = "super::geojson::polygon")]
    pub polygon: geo::Polygon<f64>,
}

/// A licence, as used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LicenceRecord {
    /// Identity.
    pub id: LicenceId,
    /// Holder.
    pub holder: Option<String>,
    /// Mineral.
    pub mineral: Option<String>,
    /// Mining method.
    pub method: Option<String>,
    /// First valid day.
    pub valid_from: Option<Date>,
    /// Last valid day.
    pub valid_to: Option<Date>,
    /// What its bands are counted from.
    pub vertical_datum: VerticalDatum,
    /// Where it lies with respect to the surfaces.
    pub placement: Placement,
    /// Its validity in each interval.
    pub validity: Vec<ValidityOutcome>,
    /// Its parts.
    pub parts: Vec<PartRecord>,
}

/// A part of a layer, as used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerPartRecord {
    /// Its roof: an elevation, a plane, or the name of a surface.
    pub roof: String,
    /// Its floor.
    pub floor: String,
    /// SHA-256 of the surface of its roof, as for [`SurfaceRecord`]; none for an elevation or a plane.
    pub roof_sha256: Option<String>,
    /// The same of its floor.
    pub floor_sha256: Option<String>,
    /// Where it is valid, in the CRS of the grid; none = everywhere.
    #[serde(with = "super::geojson::maybe_polygon")]
    pub polygon: Option<geo::Polygon<f64>>,
}

/// A layer, as used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerRecord {
    /// Name.
    pub name: String,
    /// Ore, overburden or parting.
    pub kind: LayerKind,
    /// Bulk density, t/m³.
    pub density_t_per_m3: Option<f64>,
    /// Its parts.
    pub parts: Vec<LayerPartRecord>,
    /// Whatever else was stated of it, by name.
    pub stated: std::collections::BTreeMap<String, Stated>,
}

/// A surface, as used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurfaceRecord {
    /// What is stated about it.
    #[serde(flatten)]
    pub info: SurfaceInfo,
    /// SHA-256 of the stored bytes as they were during the assessment, lower-case hexadecimal; none in memory.
    pub sha256: Option<String>,
}

/// The file that licences were read from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LicenceFile {
    /// Path as given.
    pub name: String,
    /// SHA-256 of its bytes, lower-case hexadecimal; none if they are in no plain file.
    pub sha256: Option<String>,
}

/// The whole result: from it anybody can recompute every figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// Version of this structure.
    pub schema: u32,
    /// Version of the program.
    pub overcut_version: String,
    /// The common grid.
    pub grid: GridGeometry,
    /// CRS of the grid.
    pub crs: Option<CrsRecord>,
    /// The surfaces, in the order of their dates.
    pub surfaces: Vec<SurfaceRecord>,
    /// The file of the licences, filled in by whoever read it; none if they were given in memory.
    pub licence_file: Option<LicenceFile>,
    /// The licences, ascending by id.
    pub licences: Vec<LicenceRecord>,
    /// The layers.
    pub layers: Vec<LayerRecord>,
    /// What was done to coordinates and heights before they were compared, filled in by whoever did it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversions: Vec<Conversion>,
    /// Every option, with its value.
    pub options: AssessOptions,
    /// Whatever was taken for granted, in sentences.
    pub assumptions: Vec<String>,
    /// The comparisons.
    pub intervals: Vec<Interval>,
    /// Sums by interval, licences, class and layer, in that order.
    pub rows: Vec<ClassRow>,
    /// Patches, by interval, change and first cell.
    pub patches: Vec<Patch>,
    /// All surveys together, where there are more than two.
    pub series: Option<Series>,
    /// How far the errors of rows go together: pairs of one interval whose covariance is not nothing.
    pub covariances: Vec<RowCovariance>,
    /// SHA-256 over every figure above: equal for any tiling and any number of threads.
    pub digest: String,
    /// How to ask for the same assessment again: files and arguments, filled in by whoever asked. It has no say in figures,
    /// and is no part of the digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<serde_json::Value>,
}
