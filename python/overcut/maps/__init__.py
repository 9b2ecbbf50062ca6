"""Maps of an assessment that a browser shows without a network: one HTML file with everything in it.

`Assessment.to_html` writes it, `Assessment.explore` shows it in a notebook. It has pan and zoom, switches of layers,
the row of the table under the pointer, heights and change of every pixel, blending of two surveys, profiles along
chosen and drawn lines, and a view in three dimensions with the prisms of the licences.
"""

from overcut.maps.pages import Page, page, save

__all__ = ["Page", "page", "save"]
