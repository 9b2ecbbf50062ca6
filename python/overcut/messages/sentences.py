"""Assumptions and reasons, which the computation states in English, in the language that is asked for.

The catalogue's topic `assumptions` holds each sentence in both languages; the English one is also the pattern by which
it is recognised. What is not recognised is shown as it stands: nothing is left out.
"""

from __future__ import annotations

import re
import string
from functools import cache

from overcut.messages import Language, catalogue

__all__ = ["assumption"]

TOPIC = "assumptions."
NUMBER = r"[-+.,\d]+"
NUMBERS = frozenset(
    (
        "cells",
        "needed",
        "sigma",
        "f",
        "first",
        "second",
        "iterations",
        "most",
        "before",
        "after",
        "date",
        "along",
        "down",
    )
)
"""Values of sentences that are numbers or days."""


def assumption(sentence: str, lang: Language) -> str:
    """Sentence in a language.

    Examples
    --------
    >>> assumption("licence A states no first day of validity: taken as valid from ever", "zh")
    '许可证 A 未载明有效期起始日：按自始有效处理'
    >>> assumption("something new", "zh")
    'something new'
    """
    if lang == "en":
        return sentence
    for key, pattern in _patterns():
        found = pattern.fullmatch(sentence)
        if found is not None:
            values = {name: assumption(value, lang) if value else "" for name, value in found.groupdict().items()}
            return catalogue(lang)[key].format_map(values)
    return sentence


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Patterns of the English sentences; those that begin with words of their own first, and longer ones first."""
    english = {key: text for key, text in catalogue("en").items() if key.startswith(TOPIC)}
    ordered = sorted(english.items(), key=lambda item: (item[1].startswith("{"), -len(_literal(item[1])), item[0]))
    return tuple((key, re.compile(_pattern(text), re.DOTALL)) for key, text in ordered)


def _literal(text: str) -> str:
    return "".join(literal for literal, *_ in string.Formatter().parse(text))


def _pattern(text: str) -> str:
    parts = []
    for literal, name, _, _ in string.Formatter().parse(text):
        parts.append(re.escape(literal))
        if name is not None:
            parts.append(f"(?P<{name}>{NUMBER if name in NUMBERS else '.+?'})")
    return "".join(parts)
