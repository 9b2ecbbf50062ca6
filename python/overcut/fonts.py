"""A font for Chinese labels in figures, and what to do where there is none.

Chinese must never turn into boxes: a Chinese font is looked for among the installed ones, and is asked only for the
signs that matplotlib's own font has not, so that figures, minus signs and m³ look the same in both languages. Where no
font is found, labels are English, names that cannot be drawn are masked, and `Lettering.note` says so.

`OVERCUT_FONT` may name a font file or a font family; `font=` of the plots comes before it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.exceptions import ParameterError
from overcut.messages import Language, language, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.ft2font import FT2Font

__all__ = ["VARIABLE", "ChineseFont", "Lettering", "chinese_font", "lettering", "matplotlib_needed"]

VARIABLE = "OVERCUT_FONT"
"""Environment variable with a font file or family for Chinese labels."""

FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "思源黑体",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Heiti SC",
    "STHeiti",
    "DengXian",
    "Sarasa Gothic SC",
    "LXGW WenKai",
    "Arial Unicode MS",
    "SimSun",
    "NSimSun",
    "KaiTi",
    "FangSong",
    "STSong",
    "AR PL UMing CN",
    "AR PL UKai CN",
    "Noto Serif CJK SC",
    # The first face of a collection is all that an older matplotlib sees; it has the Chinese signs too.
    "Noto Sans CJK JP",
    "Noto Serif CJK JP",
)
"""Families of Windows, macOS and Linux, best first: sans serif before serif, simplified Chinese before others."""

_FILES = (
    "notosanscjk",
    "notosanssc",
    "notosanshans",
    "sourcehansans",
    "msyh",
    "pingfang",
    "hiragino sans gb",
    "simhei",
    "wqy-",
    "droidsansfallback",
    "stheiti",
    "deng",
    "sarasa",
    "lxgw",
    "arialuni",
    "simsun",
    "uming",
    "ukai",
    "notoserifcjk",
)
"""Beginnings of the names of their files: matplotlib's list of fonts does not know what was installed after it."""

PROBE = "越界超深体积标高证内无（），"
"""Signs that a font must have to be used."""
BASE = "DejaVu Sans"
"""Comes with matplotlib, and has the minus sign, ², ³ and ±."""
MASK = "?"


@dataclass(frozen=True)
class ChineseFont:
    """A font that has Chinese signs.

    Attributes
    ----------
    family : str
        Name by which matplotlib knows it.
    path : pathlib.Path
        Its file.
    """

    family: str
    path: Path


@dataclass(frozen=True)
class Lettering:
    """How to letter a figure.

    Attributes
    ----------
    lang : {"en", "zh"}
        Language that can be drawn: English where Chinese was asked for and there is no font for it.
    families : tuple of str
        Font families, in the order in which they are asked for a sign.
    note : str or None
        What a reader must be told about missing fonts.
    """

    lang: Language
    families: tuple[str, ...]
    note: str | None = None

    @property
    def bold(self) -> str:
        """Font weight of headings: bold where every family has it, so that none is sought in vain."""
        return "bold" if all(_has_bold(family) for family in self.families) else "normal"

    def text(self, key: str, /, **values: Any) -> str:
        """Text of a key of the catalogue; names among the values are made drawable."""
        return text(
            key,
            self.lang,
            **{name: self.drawable(value) if isinstance(value, str) else value for name, value in values.items()},
        )

    def drawable(self, name: str) -> str:
        r"""Mask the signs of a name that no font has, and take its ``$`` for what it is, not for a formula.

        Examples
        --------
        >>> Lettering("en", ("DejaVu Sans",)).drawable("KQ-001 青石岭 $5")
        'KQ-001 ??? \\$5'
        """
        known = _signs(self.families)
        shown = "".join(" " if sign.isspace() else sign if ord(sign) in known else MASK for sign in name)
        return shown.replace("$", r"\$")


def matplotlib_needed() -> None:
    """Say how to get matplotlib where it is missing."""
    try:
        import matplotlib as _  # noqa: F401
    except ImportError as error:
        raise ImportError('figures need matplotlib: pip install "overcut[plot]"') from error


def chinese_font(font: str | os.PathLike[str] | None = None) -> ChineseFont | None:
    """Find a font for Chinese.

    Parameters
    ----------
    font : str or os.PathLike, optional
        A font file, or the family of an installed font; otherwise what `OVERCUT_FONT` says, otherwise the best of the
        installed ones.

    Returns
    -------
    ChineseFont or None
        None where no installed font has Chinese signs.

    Raises
    ------
    ParameterError
        The font asked for is not there, is no font, or has no Chinese signs.
    """
    matplotlib_needed()
    asked = font if font is not None else os.environ.get(VARIABLE) or None
    return _installed() if asked is None else _asked(os.fspath(asked), "font" if font is not None else VARIABLE)


@contextmanager
def lettering(lang: str = "en", *, font: str | os.PathLike[str] | None = None) -> Iterator[Lettering]:
    """Letter what is drawn inside of this so that neither Chinese nor minus signs turn into boxes.

    Parameters
    ----------
    lang : {"en", "zh"}
        Language of the labels.
    font : str or os.PathLike, optional
        As in `chinese_font`.

    Yields
    ------
    Lettering
        Texts in the language that can be drawn.

    Examples
    --------
    >>> with lettering("en") as letters:
    ...     letters.text("classes.below_floor")
    'below floor'
    """
    wanted = language(lang)
    found = chinese_font(font)
    import matplotlib as mpl

    families = [*mpl.rcParams["font.family"], BASE]
    if found is not None:
        families.append(found.family)
    note = text("fonts.missing", "en", variable=VARIABLE) if found is None and wanted == "zh" else None
    with mpl.rc_context({"font.family": families, "axes.unicode_minus": True}):
        yield Lettering("en" if found is None else wanted, tuple(dict.fromkeys(families)), note)


@cache
def _installed() -> ChineseFont | None:
    from matplotlib import font_manager

    for family in FAMILIES:
        found = _of_family(family)
        if found is not None:
            return found
    for file in sorted(font_manager.findSystemFonts(), key=_rank):
        if _rank(file) < len(_FILES):
            found = _of_file(Path(file))
            if found is not None:
                return found
    # Any font does that has the signs: a unit may have its own.
    for family in sorted({entry.name for entry in font_manager.fontManager.ttflist}):
        found = _of_family(family)
        if found is not None:
            return found
    return None


def _rank(file: str) -> int:
    stem = Path(file).stem.lower()
    return next((at for at, name in enumerate(_FILES) if stem.startswith(name)), len(_FILES))


@cache
def _asked(font: str, by: str) -> ChineseFont:
    path = Path(font)
    found = _of_file(path) if path.is_file() else _of_family(font)
    if found is None:
        why = "is no font with Chinese signs" if path.is_file() else "is neither a font file nor an installed family"
        raise ParameterError(
            f"{by} is {font!r}, which {why}; give a .ttf, .otf or .ttc file, for example of Noto Sans CJK"
        )
    return found


def _of_family(family: str) -> ChineseFont | None:
    from matplotlib import font_manager

    if not any(entry.name == family for entry in font_manager.fontManager.ttflist):
        return None
    # A file may have gone since the list was made: matplotlib then raises, or makes its list anew.
    try:
        place = font_manager.fontManager.findfont(
            font_manager.FontProperties(family=[family]), fallback_to_default=False, rebuild_if_missing=False
        )
        sound = _has_chinese(font_manager.get_font(place))
    except (OSError, RuntimeError, ValueError):
        return None
    return ChineseFont(family, Path(place)) if sound else None


def _of_file(path: Path) -> ChineseFont | None:
    from matplotlib import font_manager

    try:
        font = font_manager.get_font(str(path))
        sound = _has_chinese(font)
        if sound:
            font_manager.fontManager.addfont(str(path))
    except (OSError, RuntimeError):
        return None
    return ChineseFont(font.family_name, path) if sound else None


def _has_chinese(font: FT2Font) -> bool:
    signs = font.get_charmap()
    return all(ord(sign) in signs for sign in PROBE)


@cache
def _has_bold(family: str) -> bool:
    from matplotlib import font_manager

    heavy = ("bold", "heavy", "black", "semibold", "demibold")
    weights = [entry.weight for entry in font_manager.fontManager.ttflist if entry.name == family]
    # A generic name stands for matplotlib's own fonts, which have it.
    return not weights or any(weight in heavy or (isinstance(weight, int) and weight >= 600) for weight in weights)  # noqa: PLR2004


@cache
def _signs(families: tuple[str, ...]) -> frozenset[int]:
    """Every sign that one of the families has."""
    from matplotlib import font_manager

    signs: set[int] = set()
    for family in families:
        # Matplotlib's own font stands in for a family that is not there, when it draws as well as here.
        place = font_manager.fontManager.findfont(font_manager.FontProperties(family=[family]))
        signs.update(font_manager.get_font(place).get_charmap())
    return frozenset(signs)
