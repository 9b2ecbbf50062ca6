"""Every text for people in English and Chinese: one catalogue for findings, plots, maps and reports.

Texts stand in ``en/TOPIC.toml`` and ``zh/TOPIC.toml``, as ``key = "text with {values}"``; a key is asked for as
``"TOPIC.key"``. A test holds that both languages have the same keys with the same values.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from overcut.exceptions import ParameterError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["LANGUAGES", "Language", "catalogue", "language", "text"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@cache
def catalogue(lang: Language) -> dict[str, str]:
    """All texts of a language by key."""
    found: dict[str, str] = {}
    for file in sorted((files(__name__) / lang).iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            topic = file.name.removesuffix(".toml")
            texts = tomllib.loads(file.read_text(encoding="utf-8"))
            found |= {f"{topic}.{key}": text for key, text in texts.items()}
    return found


def language(lang: str) -> Language:
    """Check a language.

    Examples
    --------
    >>> language("zh")
    'zh'
    """
    for known in LANGUAGES:
        if lang == known:
            return known
    raise ParameterError(f"lang is {lang!r}; expected 'en' or 'zh'")


def text(key: str, lang: Language = "en", /, **values: Any) -> str:
    """Text of a key, with its values put in.

    Examples
    --------
    >>> text("classes.beyond_boundary", "zh")
    '越界'
    """
    return catalogue(lang)[key].format_map(values)
