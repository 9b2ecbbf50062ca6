//! What a unit gives, as bytes that can be kept and sent.

use overcut::assessment::RegionResult;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// What files of results begin with: their kind, and the version of their structure.
const MARK: &[u8] = b"overcut unit 1\n";
const DIGEST: usize = 32;

/// What a unit knows of one of its tiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TileReport {
    /// Path as planned.
    pub path: String,
    /// Cells that were read, of the mosaic's grid.
    pub cells: u64,
    /// Those of them with a height.
    pub heights: u64,
    /// SHA-256 of the file, where this unit took it.
    pub sha256: Option<String>,
}

/// A tile that a unit did without.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Excluded {
    /// Path as planned.
    pub path: String,
    /// Why.
    pub why: String,
}

/// The result of a unit: no cell is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitResult {
    /// Digest of the job.
    pub job: String,
    /// Place in the plan.
    pub unit: u32,
    /// Sums, patches, and what joins those that go on.
    pub region: RegionResult,
    /// By epoch.
    pub tiles: Vec<Vec<TileReport>>,
    /// Tiles that could not be read.
    pub excluded: Vec<Excluded>,
    /// How long it took.
    pub seconds: f64,
}

impl UnitResult {
    /// As bytes: a mark, a digest, and the result.
    ///
    /// # Panics
    /// Never: a result has nothing that cannot be written.
    pub fn to_bytes(&self) -> Vec<u8> {
        let payload = postcard::to_stdvec(self).expect("a result has sequences of known lengths only");
        let mut bytes = Vec::with_capacity(MARK.len() + DIGEST + payload.len());
        bytes.extend_from_slice(MARK);
        bytes.extend_from_slice(&Sha256::digest(&payload));
        bytes.extend_from_slice(&payload);
        bytes
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`Error::UnitUnreadable`] for anything but whole bytes of [`Self::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let unreadable = |why: &str| Error::UnitUnreadable { why: why.to_owned() };
        let rest =
            bytes.strip_prefix(MARK).ok_or_else(|| unreadable("it does not begin as one of this version does"))?;
        let (digest, payload) = rest.split_at_checked(DIGEST).ok_or_else(|| unreadable("it ends too early"))?;
        if Sha256::digest(payload).as_slice() != digest {
            return Err(unreadable("its bytes are not those that were written"));
        }
        postcard::from_bytes(payload).map_err(|error| unreadable(&error.to_string()))
    }
}
