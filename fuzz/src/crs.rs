#[path = "../../crates/overcut-io/src/crs/zones.rs"]
pub mod zones;
