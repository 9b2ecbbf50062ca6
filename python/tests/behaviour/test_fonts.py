"""Chinese labels never turn into boxes."""

from __future__ import annotations

import warnings
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import font_manager, pyplot

from overcut import fonts
from overcut.exceptions import ParameterError
from overcut.fonts import chinese_font, lettering

LATIN = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.delenv(fonts.VARIABLE, raising=False)
    yield
    pyplot.close("all")


@pytest.fixture
def no_font(monkeypatch):
    """A machine without any Chinese font."""
    latin = [entry for entry in font_manager.fontManager.ttflist if entry.name.startswith("DejaVu")]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", latin)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *_, **__: [str(LATIN)])
    fonts._installed.cache_clear()
    yield
    fonts._installed.cache_clear()


def drawn(*texts, lang="zh", **options):
    """Draw texts; a sign without a glyph is a warning, and a warning an error."""
    with lettering(lang, **options) as letters, warnings.catch_warnings():
        warnings.simplefilter("error")
        figure, ax = pyplot.subplots()
        ax.set_title("\n".join(letters.drawable(each) for each in texts))
        ax.plot([-1, 0], [-1, 0])
        figure.canvas.draw()
    return letters


def test_a_chinese_font_is_at_hand_for_the_tests():
    assert chinese_font() is not None, "scripts/setup-system.sh installs fonts-droid-fallback"


def test_chinese_minus_and_cubic_metres_are_drawn_without_a_missing_glyph():
    letters = drawn("越界开采体积 −1 200 ± 30 m³，标高 +1 050 m", "超深（有效期外）· θ°")
    assert letters.lang == "zh"
    assert letters.note is None


def test_chinese_names_are_drawn_with_english_labels_too():
    drawn("holder: 稷山县青石岭石料有限公司", lang="en")


def test_every_text_of_the_catalogue_can_be_drawn():
    from overcut.messages import catalogue

    for lang in ("en", "zh"):
        with lettering(lang) as letters:
            for message in catalogue(lang).values():
                assert fonts.MASK not in letters.drawable(message.replace("?", "")), message


def test_without_a_font_labels_are_english_names_are_masked_and_a_note_says_so(no_font):
    letters = drawn("KQ-001 青石岭")
    assert letters.lang == "en"
    assert letters.text("classes.below_floor") == "below floor"
    assert letters.drawable("KQ-001 青石岭") == "KQ-001 ???"
    assert fonts.VARIABLE in letters.note


def test_a_font_installed_after_matplotlib_made_its_list_is_found(monkeypatch):
    installed = chinese_font()
    others = [entry for entry in font_manager.fontManager.ttflist if entry.name.startswith("DejaVu")]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", others)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *_, **__: [str(LATIN), str(installed.path)])
    fonts._installed.cache_clear()
    assert chinese_font().path == installed.path
    drawn("越界")
    fonts._installed.cache_clear()


def test_a_sign_that_no_font_has_is_masked_not_boxed():
    letters = drawn("矿\U0010fffd区")
    assert letters.drawable("矿\U0010fffd区") == "矿?区"


def test_a_name_is_never_taken_for_a_formula():
    drawn(r"$\frac{a$ and $b$", "$x", "a\nb\tc")


def test_font_may_be_a_file_or_a_family_and_come_from_the_environment(monkeypatch):
    found = chinese_font()
    assert chinese_font(found.path).path == found.path
    assert chinese_font(found.family) == found
    monkeypatch.setenv(fonts.VARIABLE, str(found.path))
    assert chinese_font().path == found.path
    monkeypatch.setenv(fonts.VARIABLE, "")
    assert chinese_font() == found


@pytest.mark.parametrize(
    ("font", "why"), [("no/such/font.ttf", "neither a font file nor"), (LATIN, "is no font with Chinese signs")]
)
def test_a_font_that_will_not_do_is_refused_with_the_way_out(font, why):
    with pytest.raises(ParameterError, match=why) as caught:
        chinese_font(font)
    assert "Noto Sans CJK" in str(caught.value)


def test_a_wrong_font_in_the_environment_is_named_after_the_variable(monkeypatch, tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a font")
    monkeypatch.setenv(fonts.VARIABLE, str(broken))
    with pytest.raises(ParameterError, match=fonts.VARIABLE):
        chinese_font()


def test_settings_of_matplotlib_are_as_before():
    before = dict(mpl.rcParams)
    with lettering("zh"):
        pass
    assert dict(mpl.rcParams) == before
