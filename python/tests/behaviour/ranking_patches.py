"""Patches to be ranked, and a model that knows nothing of them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

import overcut as oc
from overcut.ranking import RankingModel

from .conftest import CRS


def table_of(rows, crs=CRS):
    """Patches with an outline each."""
    return gpd.GeoDataFrame(rows, geometry="outline", crs=crs).rename_geometry("geometry")


def places(*shapes, crs=CRS, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def two_patches():
    """A pit of 100 m x 50 m, and one of 20 m x 20 m that lies a kilometre to the east."""
    return table_of(
        [
            {
                "patch": "A",
                "interval": 0,
                "volume_m3": 8000.0,
                "sigma_m3": 400.0,
                "area_m2": 4000.0,
                "certain_area_m2": 2500.0,
                "max_depth_m": 5.0,
                "lod_m": 2.0,
                "strength": 12.0,
                "attribution": "beyond_boundary",
                "contact_m": 126.49110640673517,
                "within_m3": 2000.0,
                "beyond_boundary_m3": 5000.0,
                "below_floor_m3": 1000.0,
                "nearest_distance_m": np.nan,
                "outline": shapely.box(0, 0, 100, 50),
            },
            {
                "patch": "B",
                "interval": 0,
                "volume_m3": 400.0,
                "sigma_m3": 100.0,
                "area_m2": 400.0,
                "certain_area_m2": 100.0,
                "max_depth_m": 2.0,
                "lod_m": 2.0,
                "strength": 4.0,
                "attribution": "unlicensed",
                "contact_m": 0.0,
                "within_m3": 0.0,
                "beyond_boundary_m3": 0.0,
                "below_floor_m3": 0.0,
                "unlicensed_m3": 400.0,
                "nearest_distance_m": 900.0,
                "outline": shapely.box(1000, 0, 1020, 20),
            },
        ]
    )


def features(patches, **beside):
    return oc.rank(patches, **beside).features


def bare(intercept, sigma):
    """A model that knows nothing but a base rate."""
    return RankingModel(intercept, (), np.array([[sigma**2]]))
