#[path = "../../crates/overcut-io/src/licences/text/mod.rs"]
pub mod text;
