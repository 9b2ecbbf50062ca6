"""Tables of a ledger as it is now: what a view says, with what is joined on reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from overcut.ledger.schema import Moment
from overcut.tables import days

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from overcut.ledger.settings import Settings
    from overcut.ledger.store import Store

__all__ = ["leads_of", "patches_of", "settings_text", "table_of"]


def table_of(store: Store, view: str) -> Any:
    """Rows of a view, in the order in which they were made; a GeoDataFrame if it has geometries."""
    import geopandas
    import pandas as pd
    from sqlalchemy import Boolean, Date, Float, Integer

    own = store.schema.view(view)
    with store.reading() as connection:
        rows = connection.execute(select(own).order_by(own.c.fid)).all()
    columns: dict[str, Any] = {}
    for at, column in enumerate(own.c):
        values = [row[at] for row in rows]
        if column.name in ("fid", "geom"):
            continue
        if isinstance(column.type, Moment):
            columns[column.name] = pd.to_datetime(values, utc=True)
        elif isinstance(column.type, Date):
            columns[column.name] = days(values)
        elif isinstance(column.type, Boolean):
            columns[column.name] = pd.array(values, dtype="boolean")
        elif isinstance(column.type, Integer):
            columns[column.name] = pd.array(values, dtype="Int64")
        elif isinstance(column.type, Float):
            columns[column.name] = pd.array(values, dtype="float64") if None not in values else _reals(values)
        else:
            columns[column.name] = pd.array(values, dtype="object")
    frame = pd.DataFrame(columns)
    if "geom" not in own.c:
        return frame
    geometry = [row[list(own.c.keys()).index("geom")] for row in rows]
    return geopandas.GeoDataFrame(frame, geometry=geometry, crs=store.crs)


def _reals(values: list[Any]) -> Any:
    import numpy as np

    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def settings_text(store: Store) -> str:
    """Give the settings that were stated last."""
    table = store.schema.table("settings")
    with store.reading() as connection:
        found = connection.execute(select(table.c.toml).order_by(table.c.id.desc()).limit(1)).scalar_one()
    return str(found)


def patches_of(store: Store, settings: Settings) -> GeoDataFrame:
    """Patches with what is joined to them: how many leads, and which watch areas."""
    import shapely

    patches = table_of(store, "patches")
    leads = leads_of(store, settings.lead_distance_m, patches)
    counts = leads["patch_id"].value_counts()
    place = list(patches.columns).index("geometry")
    patches.insert(place, "leads", [int(counts.get(each, 0)) for each in patches["patch_id"]])
    areas = table_of(store, "watch_areas")
    watched: list[list[str]] = [[] for _ in range(len(patches))]
    if len(areas) and len(patches):
        pairs = shapely.STRtree(areas.geometry.to_numpy()).query(patches.geometry.to_numpy(), predicate="intersects")
        for patch, area in sorted(zip(*pairs.tolist(), strict=True)):
            watched[patch].append(str(areas["name"].iloc[area]))
    names = ["; ".join(each) if each else None for each in watched]
    patches.insert(place + 1, "watched", names)
    return patches


def leads_of(store: Store, distance_m: float, patches: GeoDataFrame | None = None) -> GeoDataFrame:
    """Leads, each with the patch in which it lies, or the nearest within a distance (tie: that with the lower id).

    A patch that was merged is left out: its ground is that of the one that goes on.
    """
    import numpy as np
    import shapely

    leads = table_of(store, "leads")
    if patches is None:
        patches = table_of(store, "patches")
    living = patches[patches["state"] != "merged"]
    joined: list[str | None] = [None] * len(leads)
    distances = np.full(len(leads), np.nan)
    if len(living) and len(leads):
        shapes = living.geometry.to_numpy()
        points, near = shapely.STRtree(shapes).query(
            leads.geometry.to_numpy(), predicate="dwithin", distance=distance_m
        )
        for point, at in sorted(zip(points.tolist(), near.tolist(), strict=True)):
            away = float(shapely.distance(leads.geometry.iloc[point], shapes[at]))
            if joined[point] is None or away < distances[point]:
                joined[point], distances[point] = str(living["patch_id"].iloc[at]), away
    leads.insert(0, "patch_id", np.array(joined, dtype=object))
    leads.insert(1, "distance_m", distances)
    return leads
