"""Every finding that the readers and checks can make has its sentence, and no sentence is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from overcut.messages import catalogue

SOURCES = Path(__file__).parents[2] / "crates" / "overcut-io" / "src" / "licences"
# `Finding::info("code"`, `Refusal::new("code"`, and the helpers of single files that take a code first.
MADE = re.compile(
    r'(?:Finding::(?:info|warning|error)|Refusal::new|note|about|error|once|not_understood)\(\s*"([a-z_0-9]+)"'
)


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the sources are not here")
def test_codes_and_sentences_are_the_same_set() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SOURCES.rglob("*.rs")))
    made = set(MADE.findall(text))
    keys = {key.removeprefix("licences.") for key in catalogue("en") if key.startswith("licences.")}
    own = {
        key
        for key in keys
        if key.startswith(("place_", "severity_", "table_", "word_")) or key in ("summary", "refused", "written")
    }
    missing = made - keys
    assert not missing, f"findings without a sentence: {sorted(missing)}"
    unused = {key for key in keys - own if f'"{key}"' not in text}
    assert not unused, f"sentences that nothing makes: {sorted(unused)}"
