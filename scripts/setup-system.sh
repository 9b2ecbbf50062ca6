#!/usr/bin/env bash
# Looks for what the build needs from the system and installs what is missing (Debian, Ubuntu). Where that needs rights
# that the user has not, says exactly what to install. Changes nothing when everything is there.
# With the argument `tests`: also what only the tests need.
set -euo pipefail

fail() { printf '\novercut: %s\n' "$*" >&2; exit 1; }

command -v cargo >/dev/null 2>&1 ||
  fail "no Rust toolchain found. Install one with rustup (https://rustup.rs); the distribution's rustc is usually too old."
minimum=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
found=$(rustc --version | cut -d' ' -f2 | cut -d- -f1)
[ "$(printf '%s\n%s\n' "$minimum" "$found" | sort -V | head -n1)" = "$minimum" ] ||
  fail "rustc $found is too old: $minimum or later is needed. Take it from rustup (https://rustup.rs): 'rustup update stable'."
PYTHON=${PYTHON:-python3}
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
  fail "$PYTHON is missing or older than 3.10. Set PYTHON to a newer one: make test PYTHON=python3.12"

missing=()
command -v c++ >/dev/null 2>&1 || missing+=(g++)
command -v pkg-config >/dev/null 2>&1 || missing+=(pkg-config)
{ command -v pkg-config >/dev/null 2>&1 && pkg-config --exists gdal; } || missing+=(libgdal-dev)
command -v cmake >/dev/null 2>&1 || missing+=(cmake)         # builds PROJ
command -v sqlite3 >/dev/null 2>&1 || missing+=(sqlite3)     # writes PROJ's database while it is built
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if [ "${1:-}" = tests ]; then
  # Figures with Chinese labels, and pages in a browser. OVERCUT_NO_BROWSER=1 leaves the browser out: its tests are skipped.
  { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list ":charset=8d8a 754c" family)" ]; } ||
    missing+=(fontconfig fonts-droid-fallback)
  if [ -z "${OVERCUT_NO_BROWSER:-}" ]; then
    { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null 2>&1 || missing+=(chromium)
    command -v chromedriver >/dev/null 2>&1 || missing+=(chromium-driver)
  fi
fi
[ ${#missing[@]} -eq 0 ] && exit 0

command -v apt-get >/dev/null 2>&1 ||
  fail "missing: ${missing[*]} (names of Debian's packages). Install GDAL >= 3.4 with its headers, pkg-config, cmake, a C++ compiler and sqlite3."
if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
  as_root=(sudo)
else
  fail "missing: ${missing[*]}. You have no right to install them; ask for:

    sudo apt-get install ${missing[*]}"
fi
echo "overcut: installing ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
