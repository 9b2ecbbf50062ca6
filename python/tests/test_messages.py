"""Both languages say the same things."""

from __future__ import annotations

import string

import pytest

from overcut.messages import LANGUAGES, catalogue, language, text


def values_in(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}


def test_languages_have_the_same_keys_and_values() -> None:
    english, chinese = (catalogue(lang) for lang in LANGUAGES)
    assert set(english) == set(chinese)
    assert {key: values_in(message) for key, message in english.items()} == {
        key: values_in(message) for key, message in chinese.items()
    }


def test_no_message_is_empty_and_chinese_ones_are_chinese() -> None:
    assert all(message.strip() for lang in LANGUAGES for message in catalogue(lang).values())
    same = [key for key, message in catalogue("zh").items() if message == catalogue("en")[key]]
    # What is a formula, a unit or a name of a format is the same in both.
    assert all(not any(letters in catalogue("en")[key] for letters in (" the ", " is ", " of ")) for key in same)


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 'en' or 'zh'"):
        language("fr")


def test_every_class_has_a_name_in_both_languages() -> None:
    from overcut.classes import CLASSES

    assert [each.zh for each in CLASSES[:3]] == ["证内", "界内·标高未判", "越层·超深"]
    assert all(text(f"classes.{each.word}", lang) for each in CLASSES for lang in LANGUAGES)
