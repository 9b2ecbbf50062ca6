"""The words for where a piece of ground stands, in one place: for tables, summaries and reports."""

from __future__ import annotations

from dataclasses import dataclass

from overcut.messages import text

__all__ = ["CLASSES", "CLASS_OF", "ClassWord", "chinese"]


@dataclass(frozen=True)
class ClassWord:
    """A class.

    Attributes
    ----------
    word : str
        As in columns and records.
    description : str
        What it means, in English.
    """

    word: str
    description: str

    @property
    def zh(self) -> str:
        """As a Chinese appraisal writes it."""
        return text(f"classes.{self.word}", "zh")


CLASSES: tuple[ClassWord, ...] = (
    ClassWord("within", "inside polygon, band, validity and authorised layers of a licence"),
    ClassWord("inside_boundary", "inside the polygon of a licence in force; elevations were not tested"),
    ClassWord("below_floor", "inside the polygon of a licence in force, under every band that covers it there"),
    ClassWord("above_ceiling", "inside the polygon, over every band; often lawful stripping"),
    ClassWord("between_bands", "inside the polygons of stacked parts, in the gap between their bands"),
    ClassWord("unauthorised_layer", "inside polygon and band, in a layer that the licence does not name"),
    ClassWord("outside_validity", "inside a licence that was not valid on any day of the interval"),
    ClassWord("validity_undecided", "inside a licence that was valid on some days of the interval only"),
    ClassWord("beyond_boundary", "outside every polygon, in a patch that also lies inside a licence"),
    ClassWord("unlicensed", "outside every polygon, in a patch that lies inside no licence"),
    ClassWord("unattributed", "outside every polygon, too thin or too small to be told from noise"),
)
"""Every class, in the order of tables."""

CLASS_OF: dict[str, ClassWord] = {each.word: each for each in CLASSES}
"""The class of each word."""


def chinese(word: str) -> str:
    """Chinese name of a class; the word itself where it is not known.

    Examples
    --------
    >>> chinese("beyond_boundary")
    '越界'
    """
    known = CLASS_OF.get(word)
    return known.zh if known else word
