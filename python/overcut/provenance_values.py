"""Arguments as JSON can hold them, and back: numbers, days, files, surfaces, shapes, and objects of this package."""

from __future__ import annotations

import dataclasses
import datetime
import inspect
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from overcut.exceptions import ParameterError

__all__ = ["FILES", "IN_MEMORY", "decoded", "encoded", "file_of", "is_virtual"]

Record = dict[str, Any]

IN_MEMORY = "in_memory"
"""Key under which an input that is no file says what it was."""
FILES = ("roof", "floor")
"""Arguments whose text is the path of a file."""


def is_virtual(path: str) -> bool:
    """Whether a path is one of GDAL's own, which is no place on a disk."""
    return path.startswith("/vsi")


def file_of(value: Any, digest: Callable[[str], str | None]) -> Record:
    """Describe a file, with its digest; or say what an input in memory was."""
    if isinstance(value, (str, bytes, os.PathLike)):
        path = os.fsdecode(value)
        return {"path": path if is_virtual(path) else str(Path(path).absolute()), "sha256": digest(path)}
    return {IN_MEMORY: type(value).__name__}


def encoded(value: Any, digest: Callable[[str], str | None], name: str = "") -> Any:  # noqa: PLR0911
    """Make of a value what JSON can hold.

    Parameters
    ----------
    value : object
    digest : callable
        SHA-256 of a file.
    name : str
        Of the argument: text of some is a path.
    """
    if name in FILES and isinstance(value, (str, bytes, os.PathLike)):
        return {"file": file_of(value, digest)}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"number": str(value)}
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    if isinstance(value, (bytes, os.PathLike)):
        return os.fsdecode(value)
    if isinstance(value, Mapping):
        return {"mapping": {str(key): encoded(each, digest, str(key)) for key, each in value.items()}}
    if isinstance(value, (list, tuple)):
        return [encoded(each, digest) for each in value]
    if hasattr(value, "__geo_interface__"):
        return {"shape": _plain_shape(value.__geo_interface__)}
    stated = getattr(value, "_stated", None)
    if stated is not None:
        arguments = {
            key: encoded(each, digest, key) for key, each in stated.items() if key != "source" and each is not None
        }
        return {"surface": {**file_of(stated["source"], digest), "arguments": arguments}}
    if _is_ours(value):
        return {"object": type(value).__name__, "arguments": _made_of(value, digest)}
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        return encoded(value.item(), digest, name)
    if hasattr(value, "to_wkt"):
        return str(value.to_wkt())
    return {IN_MEMORY: type(value).__name__}


def decoded(value: Any, located: Callable[[Record], str]) -> Any:  # noqa: PLR0911
    """Make the value again.

    Parameters
    ----------
    value : object
        What `encoded` gave.
    located : callable
        Path at which a file was found.

    Raises
    ------
    ParameterError
        It was in memory, or is an object that this version does not know.
    """
    if isinstance(value, list):
        return [decoded(each, located) for each in value]
    if not isinstance(value, dict):
        return value
    if "file" in value:
        return located(value["file"])
    if "surface" in value:
        from overcut.dem import Dem

        source = value["surface"]
        return Dem(located(source), **{name: decoded(each, located) for name, each in source["arguments"].items()})
    if "shape" in value:
        from shapely.geometry import shape

        return shape(value["shape"])
    if "number" in value:
        return float(value["number"])
    if "mapping" in value:
        return {name: decoded(each, located) for name, each in value["mapping"].items()}
    if "object" in value:
        return _class(value["object"])(**{key: decoded(each, located) for key, each in value["arguments"].items()})
    raise ParameterError(f"a {value.get(IN_MEMORY, 'value')} was given in memory, and cannot be made again")


def _is_ours(value: Any) -> bool:
    import overcut

    return getattr(overcut, type(value).__name__, None) is type(value)


def _class(name: str) -> Any:
    import overcut

    found = getattr(overcut, name, None)
    if not inspect.isclass(found):
        raise ParameterError(f"the record states a {name}, which this version of overcut does not know")
    return found


def _made_of(value: Any, digest: Callable[[str], str | None]) -> Record:
    """Arguments of an object's constructor, which it keeps under their names."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value) if field.init]
    else:
        names = list(inspect.signature(type(value)).parameters)
    found = {name: getattr(value, name, getattr(value, f"_{name}", None)) for name in names}
    return {name: encoded(each, digest, name) for name, each in found.items() if each is not None}


def _plain_shape(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain_shape(each) for name, each in value.items()}
    return [_plain_shape(each) for each in value] if isinstance(value, (list, tuple)) else value
