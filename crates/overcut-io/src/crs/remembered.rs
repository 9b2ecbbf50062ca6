//! What was found out about definitions before: thousands of tiles state one CRS, and to look it up takes PROJ milliseconds.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use overcut::{GridGeometry, dem::CrsRecord};

use super::{Heights, crs_record, heights, require_projected_metres, require_true_areas};
use crate::error::Result;

/// Definitions are few; more than that are forgotten together.
const MOST: usize = 4096;
/// Places of one CRS closer than this are as good as one: areal scales change by less than 10⁻⁴ over it.
const PLACE_M: f64 = 10_000.0;

type Found = BTreeMap<String, (CrsRecord, Option<Heights>)>;

static DEFINITIONS: Mutex<Found> = Mutex::new(BTreeMap::new());
static KEYS: Mutex<BTreeMap<Vec<u8>, Option<String>>> = Mutex::new(BTreeMap::new());
/// Places that were found to be as they should be.
static PLACES: Mutex<BTreeSet<(String, i64, i64)>> = Mutex::new(BTreeSet::new());

/// Record and heights of a definition in which cells are rectangles of metres. Refusals are not remembered: they name what they concern.
pub(crate) fn projected(definition: &str, what: &str) -> Result<(CrsRecord, Option<Heights>)> {
    if let Some(found) = lock(&DEFINITIONS).get(definition) {
        return Ok(found.clone());
    }
    let crs = crs_record(definition)?;
    require_projected_metres(&crs, what)?;
    let found = (crs, heights(definition));
    keep(&DEFINITIONS, definition.to_owned(), found.clone());
    Ok(found)
}

/// The definition that stored keys stand for, found out once.
pub(crate) fn by_keys(keys: Vec<u8>, find_out: impl FnOnce() -> Option<String>) -> Option<String> {
    if let Some(found) = lock(&KEYS).get(&keys) {
        return found.clone();
    }
    let found = find_out();
    keep(&KEYS, keys, found.clone());
    found
}

/// As [`require_true_areas`], looked at once for each place of some kilometres.
pub(crate) fn true_areas(crs: &CrsRecord, grid: &GridGeometry, what: &str) -> Result<()> {
    let place = |from: f64, to: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "saturates, far beyond any place")]
        let place = (f64::midpoint(from, to) / PLACE_M).floor() as i64;
        place
    };
    let key = (crs.wkt.clone(), place(grid.west, grid.east()), place(grid.south(), grid.north));
    if lock(&PLACES).contains(&key) {
        return Ok(());
    }
    require_true_areas(crs, grid, what)?;
    let mut places = lock(&PLACES);
    if places.len() >= MOST {
        places.clear();
    }
    places.insert(key);
    Ok(())
}

fn lock<T>(memory: &Mutex<T>) -> MutexGuard<'_, T> {
    memory.lock().expect("no thread panics while it holds the lock")
}

fn keep<K: Ord, V>(memory: &Mutex<BTreeMap<K, V>>, key: K, value: V) {
    let mut memory = lock(memory);
    if memory.len() >= MOST {
        memory.clear();
    }
    memory.insert(key, value);
}
