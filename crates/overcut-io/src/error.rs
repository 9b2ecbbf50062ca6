//! What can go wrong with files and coordinates, as data: every variant names the file, what was found, and the way out.

use std::io;

use gdal::errors::GdalError;
use overcut::dem::VerticalDatum;

use crate::licences::Refusal;

/// The result of an operation on files.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Errors of reading, transforming and writing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An error of the core.
    #[error(transparent)]
    Core(#[from] overcut::Error),

    // Licences.
    /// A licence file that GDAL cannot open, or not read to its end.
    #[error(
        "licences {path} cannot be read; expected a vector file with polygons, such as GeoPackage, Shapefile or GeoJSON"
    )]
    LicencesUnreadable {
        /// The file.
        path: String,
        /// What GDAL says.
        #[source]
        source: GdalError,
    },
    /// A text or workbook of licences that the operating system does not give.
    #[error("licences {path} cannot be read")]
    LicencesFile {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A text or workbook of licences that cannot be understood, or could be in two ways.
    #[error("licences {path} are refused: {refusal}")]
    LicencesRefused {
        /// The file.
        path: String,
        /// Where, what was found, and what has to be stated or mended.
        refusal: Refusal,
    },
    /// A licence file whose digest cannot be taken.
    #[error("the digest of {path} cannot be taken")]
    LicencesDigest {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Which layer is meant is not clear.
    #[error("{path}: {why}; its layers are: {found}")]
    LayerChoice {
        /// The file.
        path: String,
        /// What is unclear.
        why: String,
        /// Names of the layers with geometry.
        found: String,
    },
    /// No row, or no layer with geometry.
    #[error("{place} holds no polygon at all; expected one row for each part of a licence")]
    NoLicences {
        /// File and layer.
        place: String,
    },
    /// A required column is missing.
    #[error(
        "{place} has no column for `{word}`; accepted names are: {accepted}; found: {found}; name the right one with `fields`, such as fields = {{ {word} = \"…\" }}"
    )]
    MissingColumn {
        /// The file.
        place: String,
        /// Our word for it.
        word: String,
        /// Names that are recognised.
        accepted: String,
        /// Names that are there.
        found: String,
    },
    /// Several columns could be meant.
    #[error(
        "{place}: columns {columns} could all be `{word}`; choose one with `fields`, such as fields = {{ {word} = \"…\" }}"
    )]
    AmbiguousColumn {
        /// The file.
        place: String,
        /// Our word.
        word: String,
        /// The columns.
        columns: String,
    },
    /// `fields` names something that is no word of ours.
    #[error("`fields` names `{word}`, which is not known; known words are: {known}")]
    UnknownField {
        /// What was given.
        word: String,
        /// The words.
        known: String,
    },
    /// `fields` names a column that does not exist.
    #[error("{place}: `fields` names column `{column}` for `{word}`, which is not there; found: {found}")]
    FieldColumnMissing {
        /// The file.
        place: String,
        /// Our word.
        word: String,
        /// The column asked for.
        column: String,
        /// Names that are there.
        found: String,
    },
    /// A cell does not hold what its column should.
    #[error("{place}, column {column}: found `{found}`; expected {expected}")]
    BadValue {
        /// File and row.
        place: String,
        /// The column.
        column: String,
        /// What the cell holds.
        found: String,
        /// What it should hold.
        expected: String,
    },
    /// Rows of one licence contradict each other.
    #[error(
        "licence {licence}, column {column}: {first}, {second}; rows with the same id are parts of one licence and must agree; mend the rows, or give different ids"
    )]
    ConflictingRows {
        /// The licence.
        licence: String,
        /// The column.
        column: String,
        /// File, row and value of the first row.
        first: String,
        /// File, row and value of the row that contradicts it.
        second: String,
    },
    /// One of floor and ceiling is missing.
    #[error(
        "{place}: licence {licence} states `{present}` but no `{missing}`; give both, or neither (then no elevation is tested)"
    )]
    HalfBand {
        /// File and row.
        place: String,
        /// The licence.
        licence: String,
        /// What is there.
        present: String,
        /// What is not.
        missing: String,
    },
    /// A row without a polygon.
    #[error("{place} has no geometry; give it a polygon, or remove the row")]
    NoGeometry {
        /// File and row.
        place: String,
    },
    /// A geometry that cannot be decoded.
    #[error("{place}: the geometry cannot be decoded")]
    GeometryUnreadable {
        /// File and row.
        place: String,
        /// What GDAL says.
        #[source]
        source: GdalError,
    },
    /// A geometry that is no polygon.
    #[error(
        "{place} has a geometry of type {found}; expected Polygon or MultiPolygon (arcs must be turned into straight pieces, lines closed to polygons, before)"
    )]
    GeometryType {
        /// File and row.
        place: String,
        /// What was found.
        found: String,
    },
    /// A ring that does not end where it starts.
    #[error(
        "{place} is not closed: it starts at ({first_x:.3}, {first_y:.3}) and ends at ({last_x:.3}, {last_y:.3}); repeat the first corner at the end, or add the corners that are missing"
    )]
    UnclosedRing {
        /// File, row, polygon and ring.
        place: String,
        /// First corner.
        first_x: f64,
        /// First corner.
        first_y: f64,
        /// Last corner.
        last_x: f64,
        /// Last corner.
        last_y: f64,
    },
    /// A corner that is not a place.
    #[error("{place}: corner {corner} is ({x}, {y}); expected two finite numbers")]
    CoordinateNotFinite {
        /// File, row, polygon and ring.
        place: String,
        /// Corner, from 1.
        corner: usize,
        /// What was found.
        x: f64,
        /// What was found.
        y: f64,
    },
    /// Nothing says in which CRS the coordinates are.
    #[error("{path} states no CRS; state it as `crs`, such as crs = \"EPSG:4546\"")]
    LicencesCrsMissing {
        /// The file.
        path: String,
    },
    /// Coordinates that the CRS cannot have.
    #[error("{place}: corner ({x}, {y}) does not fit {crs}: {why}")]
    ImplausibleCoordinates {
        /// File, licence and part.
        place: String,
        /// x as stored.
        x: f64,
        /// y as stored.
        y: f64,
        /// The CRS.
        crs: String,
        /// What is wrong and how to mend it.
        why: String,
    },
    /// Text that would be corrupted.
    #[error(
        "{path}: the encoding of its text is not stated (found `{found}` when read as Latin-1); put a file with the extension .cpg beside it that holds one word: UTF-8, or GBK"
    )]
    EncodingUnknown {
        /// The file.
        path: String,
        /// A text that is not plain ASCII.
        found: String,
    },

    // Outputs.
    /// Licences that a format cannot hold.
    #[error("licences cannot be written to {path}: {why}")]
    LicencesNotWritable {
        /// The file.
        path: String,
        /// What the format cannot hold, and the way out.
        why: String,
    },
    /// There is something already.
    #[error("{path} exists already; ask for `overwrite`, or write elsewhere")]
    OutputExists {
        /// The file.
        path: String,
    },
    /// The folder is not there.
    #[error("{path} cannot be written: there is no folder {directory}; create it first")]
    OutputFolderMissing {
        /// The file.
        path: String,
        /// The folder.
        directory: String,
    },
    /// A folder is where the file should be.
    #[error("{path} cannot be written: it is a folder; give the path of a file")]
    OutputIsFolder {
        /// The path.
        path: String,
    },
    /// The operating system refuses.
    #[error("{path} cannot be written ({doing}); nothing was left behind")]
    OutputFailed {
        /// The file.
        path: String,
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// GDAL refuses.
    #[error("{path} cannot be written ({doing}); nothing was left behind")]
    OutputGdal {
        /// The file.
        path: String,
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: GdalError,
    },
    /// GDAL gave no error, but what stands on the disk is not what was written.
    #[error("{path} cannot be written ({doing}): {found}; nothing was left behind")]
    OutputDamaged {
        /// The file.
        path: String,
        /// What was being done.
        doing: &'static str,
        /// What was found.
        found: String,
    },
    /// A result cannot be read.
    #[error("result {path} cannot be read")]
    ResultUnreadable {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that is no result.
    #[error("{path} is not a result of overcut (expected the JSON that overcut writes)")]
    NotAResult {
        /// The file.
        path: String,
        /// What does not fit.
        #[source]
        source: serde_json::Error,
    },
    /// A result of another version.
    #[error("{path} has schema {found}; this version reads schema {supported}; read it with the version that wrote it")]
    ResultSchema {
        /// The file.
        path: String,
        /// Its schema.
        found: u64,
        /// The schema that can be read.
        supported: u32,
    },

    // Rasters.
    /// There is nothing of that name.
    #[error("there is no file {path}; check the path")]
    FileMissing {
        /// The path.
        path: String,
    },
    /// A file that GDAL cannot open as a raster.
    #[error(
        "{path} cannot be opened as a raster; expected elevations in a format that GDAL reads, such as GeoTIFF, ASCII grid, IMG or VRT"
    )]
    RasterUnreadable {
        /// The file.
        path: String,
        /// What GDAL says.
        #[source]
        source: GdalError,
    },
    /// Cells that cannot be read, in a file of which the header is sound.
    #[error("{path} cannot be read at {window}; it is damaged or cut short: get it again from where it came from")]
    RasterDamaged {
        /// The file.
        path: String,
        /// Rows and columns as they are stored, counted from 0 as GDAL does.
        window: String,
        /// What GDAL says.
        #[source]
        source: GdalError,
    },
    /// A file that is not what it was when it was opened first.
    #[error(
        "{path} has changed since it was opened (found {found}, expected {expected}); run again with a file that nobody writes to"
    )]
    RasterChanged {
        /// The file.
        path: String,
        /// What it is now.
        found: String,
        /// What it was.
        expected: String,
    },
    /// A file without a byte.
    #[error("{path} is empty (0 bytes): it was not written to its end; make it again, or leave it out")]
    FileEmpty {
        /// The file.
        path: String,
    },
    /// A job of a batch that cannot be set up.
    #[error("the job of the batch cannot be read ({why}); plan it again with this version")]
    JobUnreadable {
        /// What is wrong.
        why: String,
    },
    /// The result of a unit that is not one.
    #[error("the result of a unit cannot be used: {why}; remove it, and resume: the unit is done again")]
    UnitUnreadable {
        /// What is wrong.
        why: String,
    },
    /// A mosaic of no tile.
    #[error("{what} has no tile on the grid; expected at least one raster that can be read and lies there")]
    MosaicEmpty {
        /// The mosaic.
        what: String,
    },
    /// Tiles whose heights are not counted from one datum.
    #[error(
        "the heights of {tile} are of `{found}`, those of {what} of `{datum}`; leave it out, or bring its heights to that datum first"
    )]
    MosaicDatums {
        /// The mosaic.
        what: String,
        /// Datum of the mosaic.
        datum: overcut::dem::VerticalDatum,
        /// The tile.
        tile: String,
        /// Datum of the tile.
        found: overcut::dem::VerticalDatum,
    },
    /// A container without raster bands of its own.
    #[error("{path} has no raster band of its own; {way_out}")]
    NoBand {
        /// The file.
        path: String,
        /// What it holds instead.
        way_out: String,
    },
    /// Which band holds elevations is not clear.
    #[error("{path} has {bands} bands; state which one holds the elevations, such as band = 1")]
    BandChoice {
        /// The file.
        path: String,
        /// How many there are.
        bands: usize,
    },
    /// A band that is not there.
    #[error("{path} has no band {band}; its bands are 1 to {bands}")]
    BandMissing {
        /// The file.
        path: String,
        /// What was asked for.
        band: usize,
        /// How many there are.
        bands: usize,
    },
    /// Cells that are no plain numbers.
    #[error(
        "{path} stores its cells as {found}; expected integers or floating-point numbers: convert it to Float32 or Float64 first"
    )]
    DataType {
        /// The file.
        path: String,
        /// The type.
        found: String,
    },
    /// Nothing says where the cells lie.
    #[error("{path} states no place: neither a geotransform nor a world file; georeference it first")]
    NoGeoreference {
        /// The file.
        path: String,
    },
    /// Rows that do not run east.
    #[error(
        "{what} is rotated or mirrored (geotransform {geotransform}); expected rows that run from west to east: resample it to a north-up grid first, such as with gdalwarp"
    )]
    Rotated {
        /// The surface.
        what: String,
        /// The six numbers.
        geotransform: String,
    },
    /// Nothing says in which CRS a surface is.
    #[error("{what} states no CRS; state it as `crs`, such as crs = \"EPSG:4546\"")]
    CrsMissing {
        /// The surface.
        what: String,
    },
    /// No survey date.
    #[error("{what} has no date; state the day of its survey as `date`, such as date = \"2021-05-01\"")]
    DateMissing {
        /// The surface.
        what: String,
    },
    /// Heights in another unit than metres.
    #[error("the heights of {what} are in {found}; expected metres: convert them first")]
    HeightUnit {
        /// The surface.
        what: String,
        /// The unit.
        found: String,
    },
    /// What a file says of its heights is not what the caller says.
    #[error(
        "{what} says that its heights are `{found}`, but `{stated}` was stated; leave the statement out, or mend the file"
    )]
    VerticalDatumConflict {
        /// The surface.
        what: String,
        /// What the file says.
        found: VerticalDatum,
        /// What the caller says.
        stated: VerticalDatum,
    },
    /// A height where no ground is.
    #[error(
        "{what} has a height of {height_m} m at {place}; no ground is so high or low: if it marks missing cells, state it as `nodata`; else the heights are damaged or not in metres"
    )]
    ImplausibleHeight {
        /// The surface.
        what: String,
        /// The height.
        height_m: f64,
        /// Row and column, counted from 0 from the north-west.
        place: String,
    },
    /// A raster whose digest cannot be taken.
    #[error("the digest of {path} cannot be taken")]
    RasterDigest {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Surfaces without a common place.
    #[error("{first} and {second} do not overlap: {first} has {first_extent}; {second} has {second_extent}{hint}")]
    NoOverlap {
        /// What sets the grid.
        first: String,
        /// Its extent.
        first_extent: String,
        /// The other surface.
        second: String,
        /// Its extent, in the same CRS.
        second_extent: String,
        /// What is probably wrong; empty, or starting with a semicolon.
        hint: String,
    },

    // Coordinates.
    /// A text that is no CRS.
    #[error(
        "`{definition}` is not a coordinate reference system that PROJ knows; give a code such as EPSG:4546, or WKT"
    )]
    CrsUnreadable {
        /// The text, shortened.
        definition: String,
    },
    /// Coordinates in degrees.
    #[error("{what} is in {crs}, in degrees: areas and volumes need metres; reproject it first, {way_out}")]
    GeographicCrs {
        /// The surface.
        what: String,
        /// Its CRS.
        crs: String,
        /// To what.
        way_out: String,
    },
    /// A CRS in which areas cannot be measured.
    #[error(
        "{what} is in {crs}: {why}; reproject it first to a CRS with east and north in metres, such as EPSG:4546 (CGCS2000 / 3-degree Gauss-Kruger CM 111E) for places near 111°E"
    )]
    CrsUnsuitable {
        /// The surface.
        what: String,
        /// Its CRS.
        crs: String,
        /// What is wrong with it.
        why: String,
    },
    /// A place where the CRS is not defined, or where it distorts areas.
    #[error("{what} lies at x {x:.2}, y {y:.2} in {crs}: {why}")]
    PlaceUnsuitable {
        /// The surface.
        what: String,
        /// Its CRS.
        crs: String,
        /// x of its centre.
        x: f64,
        /// y of its centre.
        y: f64,
        /// What is wrong and how to mend it.
        why: String,
    },
    /// Two datums, and nothing that relates them.
    #[error(
        "no operation is known that brings coordinates from {from} to {to}, only a ballpark one that ignores the change of datum (about a metre between WGS 84 and CGCS2000, tens of metres and more from older datums); state a `transformation` (four or seven parameters, or common points), or give the data in officially converted coordinates, in {to}; if they are in that datum already, state its CRS as `crs`{partial}"
    )]
    Ballpark {
        /// CRS of the coordinates.
        from: String,
        /// CRS wanted.
        to: String,
        /// Operations for a part of the area; empty, or starting with a semicolon.
        partial: String,
    },
    /// The best operation needs a file that is not used here.
    #[error(
        "the operation from {from} to {to} (`{operation}`) needs the datum grid {grids}, which is not used because results must not depend on what is installed; no worse one is taken in its place: state a `transformation` (four or seven parameters, or common points), or give the data in officially converted coordinates, in {to}"
    )]
    DatumGrid {
        /// CRS of the coordinates.
        from: String,
        /// CRS wanted.
        to: String,
        /// The operation.
        operation: String,
        /// Names of its grids.
        grids: String,
    },
    /// A stated transformation that does not fit its CRSs.
    #[error("the transformation from {from} to {to} cannot be used: {why}")]
    TransformationUnusable {
        /// CRS of the coordinates.
        from: String,
        /// CRS wanted.
        to: String,
        /// What is wrong and how to mend it.
        why: String,
    },
    /// A grid of heights that is not there or cannot be read.
    #[error("{path} cannot be used as a height grid: {why}")]
    HeightGrid {
        /// The file.
        path: String,
        /// What is wrong and how to mend it.
        why: String,
    },
    /// A place outside the grid of heights.
    #[error(
        "the height grid {path} has no value at longitude {lon:.6}, latitude {lat:.6}, where {what} has a height; give one that covers the whole surface, or cut the surface to it"
    )]
    HeightGridCoverage {
        /// The file.
        path: String,
        /// The surface.
        what: String,
        /// Degrees.
        lon: f64,
        /// Degrees.
        lat: f64,
    },
    /// Ellipsoidal heights over different ellipsoids.
    #[error(
        "{what} has ellipsoidal heights over the ellipsoid of {crs}, {other} over that of {other_crs}: they differ by metres to tens of metres; convert both to one vertical datum with `height_shift`"
    )]
    EllipsoidsDiffer {
        /// The surface.
        what: String,
        /// Its CRS.
        crs: String,
        /// The other surface.
        other: String,
        /// Its CRS.
        other_crs: String,
    },
    /// An operation that cannot be carried out.
    #[error(
        "coordinates cannot be brought from {from} to {to}: {why}; give the data in officially converted coordinates, in {to}"
    )]
    OperationUnusable {
        /// CRS of the coordinates.
        from: String,
        /// CRS wanted.
        to: String,
        /// What is wrong.
        why: String,
    },
    /// A point that an operation cannot transform.
    #[error(
        "the point x {x}, y {y} cannot be brought from {from} to {to}; check that its coordinates are in {from}, east first"
    )]
    PointNotTransformed {
        /// x as given.
        x: f64,
        /// y as given.
        y: f64,
        /// CRS of the coordinates.
        from: String,
        /// CRS wanted.
        to: String,
    },
}

impl Error {
    /// The error behind one of the core: an error of this crate that crossed the core's traits in a box comes out again.
    pub fn from_core(error: overcut::Error) -> Self {
        match error {
            overcut::Error::Surface { surface, source } => match source.downcast::<Self>() {
                Ok(own) => *own,
                Err(source) => Self::Core(overcut::Error::Surface { surface, source }),
            },
            overcut::Error::Output { output, source } => match source.downcast::<Self>() {
                Ok(own) => *own,
                Err(source) => Self::Core(overcut::Error::Output { output, source }),
            },
            other => Self::Core(other),
        }
    }
}
