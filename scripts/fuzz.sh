#!/usr/bin/env bash
# Fuzzes the readers of licence texts with libFuzzer, on stable Rust and without cargo-fuzz: scripts/fuzz.sh [SECONDS] [MORE OPTIONS]
# The corpus grows in fuzz/corpus/licence_text, inputs that fail are left in fuzz/artifacts; testdata/licences gives the seeds.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
seconds="${1:-600}"
shift || true
target="$(rustc -vV | sed -n 's/^host: //p')"
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1"
cargo build --quiet --release --features run --target "$target" --bin licence_text
mkdir -p corpus/licence_text artifacts
# The first byte of an input chooses what is stated (fuzz_targets/licence_text.rs).
for file in ../testdata/licences/*.{txt,csv,dat,xlsx}; do
    { printf '\0'; cat "$file"; } > "corpus/licence_text/seed-$(basename "$file")"
done
"target/$target/release/licence_text" corpus/licence_text -max_total_time="$seconds" -max_len=4096 -timeout=10 \
    -rss_limit_mb=2048 -artifact_prefix=artifacts/ -print_final_stats=1 "$@"
