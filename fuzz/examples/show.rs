//! Prints what the readers make of a file: for people who look into a finding of the fuzzer.
use overcut_fuzz::licences::text::{Format, read};

fn main() {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).expect("a file");
        let format = if path.ends_with(".dat") { Format::Dat } else { Format::Text };
        println!("{path}: {:#?}", read(&bytes, format));
    }
}
