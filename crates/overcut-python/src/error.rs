//! Which Python exception each error becomes. The message is the chain of causes, joined by ": ".

use overcut::Error as Core;
use overcut_io::Error as Io;
use pyo3::{PyErr, Python, exceptions::PyKeyboardInterrupt, import_exception};

use crate::licence::finding_tuple;

import_exception!(overcut.exceptions, OvercutError);
import_exception!(overcut.exceptions, GridMismatchError);
import_exception!(overcut.exceptions, RasterReadError);
import_exception!(overcut.exceptions, TileReadError);
import_exception!(overcut.exceptions, LicenceError);
import_exception!(overcut.exceptions, LicenceReadError);
import_exception!(overcut.exceptions, LicenceRefusedError);
import_exception!(overcut.exceptions, FileReadError);
import_exception!(overcut.exceptions, CrsError);
import_exception!(overcut.exceptions, VerticalDatumError);
import_exception!(overcut.exceptions, DateError);
import_exception!(overcut.exceptions, ParameterError);
import_exception!(overcut.exceptions, NoOverlapError);
import_exception!(overcut.exceptions, OutputError);

/// The exception for an error.
pub(crate) fn to_python(error: Io) -> PyErr {
    let message = chain(&error);
    match error {
        Io::Core(error) => core(&error, message),
        Io::LicencesRefused { path, refusal } => LicenceRefusedError::new_err((path, finding_tuple(&refusal.0))),
        Io::LicencesUnreadable { .. } | Io::LicencesFile { .. } | Io::LicencesDigest { .. } => {
            LicenceReadError::new_err(message)
        }
        Io::LayerChoice { .. }
        | Io::NoLicences { .. }
        | Io::MissingColumn { .. }
        | Io::AmbiguousColumn { .. }
        | Io::UnknownField { .. }
        | Io::FieldColumnMissing { .. }
        | Io::BadValue { .. }
        | Io::ConflictingRows { .. }
        | Io::HalfBand { .. }
        | Io::NoGeometry { .. }
        | Io::GeometryUnreadable { .. }
        | Io::GeometryType { .. }
        | Io::UnclosedRing { .. }
        | Io::CoordinateNotFinite { .. }
        | Io::ImplausibleCoordinates { .. }
        | Io::EncodingUnknown { .. } => LicenceError::new_err(message),
        Io::LicencesNotWritable { .. }
        | Io::OutputExists { .. }
        | Io::OutputFolderMissing { .. }
        | Io::OutputIsFolder { .. }
        | Io::OutputFailed { .. }
        | Io::OutputGdal { .. }
        | Io::OutputDamaged { .. } => OutputError::new_err(message),
        Io::ResultUnreadable { .. }
        | Io::NotAResult { .. }
        | Io::ResultSchema { .. }
        | Io::JobUnreadable { .. }
        | Io::UnitUnreadable { .. } => FileReadError::new_err(message),
        Io::FileMissing { .. }
        | Io::FileEmpty { .. }
        | Io::RasterUnreadable { .. }
        | Io::RasterDamaged { .. }
        | Io::RasterChanged { .. }
        | Io::NoBand { .. }
        | Io::BandChoice { .. }
        | Io::BandMissing { .. }
        | Io::DataType { .. }
        | Io::NoGeoreference { .. }
        | Io::Rotated { .. }
        | Io::HeightUnit { .. }
        | Io::ImplausibleHeight { .. }
        | Io::HeightGrid { .. }
        | Io::RasterDigest { .. } => RasterReadError::new_err(message),
        Io::DateMissing { .. } => DateError::new_err(message),
        Io::MosaicDatums { .. }
        | Io::VerticalDatumConflict { .. }
        | Io::HeightGridCoverage { .. }
        | Io::EllipsoidsDiffer { .. } => VerticalDatumError::new_err(message),
        Io::NoOverlap { .. } | Io::MosaicEmpty { .. } => NoOverlapError::new_err(message),
        Io::LicencesCrsMissing { .. }
        | Io::CrsMissing { .. }
        | Io::CrsUnreadable { .. }
        | Io::GeographicCrs { .. }
        | Io::CrsUnsuitable { .. }
        | Io::PlaceUnsuitable { .. }
        | Io::Ballpark { .. }
        | Io::DatumGrid { .. }
        | Io::TransformationUnusable { .. }
        | Io::OperationUnusable { .. }
        | Io::PointNotTransformed { .. } => CrsError::new_err(message),
        // The enum may grow in another crate; a variant that is not listed here is still one of ours.
        _ => OvercutError::new_err(message),
    }
}

/// The exception for a tile that cannot be read, with the message of another one.
pub(crate) fn tile_unreadable(path: String, error: &PyErr) -> PyErr {
    let message = Python::attach(|py| error.value(py).to_string());
    TileReadError::new_err((path, message))
}

fn core(error: &Core, message: String) -> PyErr {
    match error {
        Core::GridMismatch { .. } => GridMismatchError::new_err(message),
        Core::TooFewSurfaces { .. }
        | Core::InvalidGrid { .. }
        | Core::ErrorNotStated { .. }
        | Core::CommonPoints { .. }
        | Core::InvalidRegion { .. }
        | Core::InvalidPoints { .. }
        | Core::InvalidParameter { .. } => ParameterError::new_err(message),
        Core::DatesOutOfOrder { .. } => DateError::new_err(message),
        Core::NoCommonCells { .. } => NoOverlapError::new_err(message),
        Core::VerticalDatumUnknown { .. } | Core::VerticalDatumsDiffer { .. } | Core::HeightShift { .. } => {
            VerticalDatumError::new_err(message)
        }
        Core::DuplicateLicence { .. }
        | Core::EmptyLicence { .. }
        | Core::InvalidRing { .. }
        | Core::SelfCrossing { .. }
        | Core::InvalidBand { .. }
        | Core::InvalidValidity { .. }
        | Core::Overlay { .. } => LicenceError::new_err(message),
        Core::Surface { .. } => RasterReadError::new_err(message),
        Core::Output { .. } => OutputError::new_err(message),
        Core::Interrupted => PyKeyboardInterrupt::new_err(message),
        // The enum may grow in another crate; a variant that is not listed here is still one of ours.
        _ => OvercutError::new_err(message),
    }
}

/// The message of an error and of everything behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !message.contains(&next) {
            message = format!("{message}: {next}");
        }
        cause = error.source();
    }
    message
}
