"""Tiles of elevations: which there are, where, of what day; read from lists, indexes, VRTs and STAC."""

from overcut.tiles.reading import read_tiles
from overcut.tiles.tile import Tile
from overcut.tiles.tile_set import Tiles

__all__ = ["Tile", "Tiles", "read_tiles"]
