"""Where tiles are: local paths, addresses, and the names that GDAL has for them."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

__all__ = ["gdal_path", "is_address", "is_local", "key_of", "resolved", "shown"]

_STORES = {
    "s3": "/vsis3/",
    "gs": "/vsigs/",
    "az": "/vsiaz/",
    "abfs": "/vsiaz/",
    "oss": "/vsioss/",
    "swift": "/vsiswift/",
}
# At least two letters: one is a drive of Windows.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")


def is_address(path: str) -> bool:
    """Whether it is a URL of the web or of an object store.

    Examples
    --------
    >>> is_address("https://example.org/a.tif"), is_address("s3://b/a.tif"), is_address("C:/a.tif")
    (True, True, False)
    """
    found = _SCHEME.match(path)
    return found is not None and found[1].lower() in ("http", "https", *_STORES) and "//" in path


def is_local(path: str) -> bool:
    """Whether it is a plain path on this machine: no `/vsi…`, no address, no name of a part such as `NETCDF:…`.

    Examples
    --------
    >>> is_local("瓦片/a.tif"), is_local("C:/a.tif"), is_local("/vsis3/b/a.tif"), is_local('NETCDF:"a.nc":z')
    (True, True, False, False)
    """
    return not path.startswith("/vsi") and _SCHEME.match(path) is None


def gdal_path(path: str) -> str:
    """Name by which GDAL opens an address; everything else is left as it is. What signs an address stays.

    Examples
    --------
    >>> gdal_path("s3://bucket/2024/a.tif"), gdal_path("https://example.org/a.tif?sig=7")
    ('/vsis3/bucket/2024/a.tif', '/vsicurl/https://example.org/a.tif?sig=7')
    """
    found = _SCHEME.match(path)
    scheme = found[1].lower() if found else ""
    if scheme in ("http", "https"):
        return f"/vsicurl/{path}"
    if scheme in _STORES and path[len(scheme) :].startswith("://"):
        return _STORES[scheme] + path[len(scheme) + 3 :]
    if scheme == "file":
        parts = urlsplit(path)
        host = "" if parts.netloc in ("", "localhost") else f"//{parts.netloc}"
        return host + url2pathname(parts.path)
    return path


def resolved(path: str, base: str) -> str:
    r"""Path as seen from the file that names it, as GDAL opens it.

    Parameters
    ----------
    path : str
        As the file says: absolute, relative, or an address. Separators of Windows are understood everywhere.
    base : str
        The file that names it: local path, `/vsi…` name or address.

    Examples
    --------
    >>> resolved("t/a.tif", "/vsis3/bucket/index.csv"), resolved("./t/a.tif", "https://example.org/c/item.json")
    ('/vsis3/bucket/t/a.tif', '/vsicurl/https://example.org/c/t/a.tif')
    >>> resolved("tiles\\a.tif", "county/index.csv").replace(os.sep, "/")
    'county/tiles/a.tif'
    """
    if not is_local(path) or Path(path).is_absolute():
        return gdal_path(path)
    turned = path.replace("\\", "/")
    if is_address(base):
        return gdal_path(urljoin(base, turned))
    if base.startswith("/vsi"):
        return posixpath.normpath(posixpath.join(posixpath.dirname(base), turned))
    # As it is; written on Windows; as an address is written.
    folder = os.path.dirname(base)  # noqa: PTH120
    spelt = [os.path.normpath(os.path.join(folder, each)) for each in (path, turned, unquote(turned))]  # noqa: PTH118
    return next((each for each in spelt if os.path.lexists(each)), spelt[1])


def key_of(path: str, flavour: Any = os.path) -> str:
    r"""Key that is equal for equal files: links are followed, and on Windows letters have no case.

    Parameters
    ----------
    path : str
        Local path, or `/vsi…` name.
    flavour : module
        `ntpath` or `posixpath`, where it is not that of this machine.

    Examples
    --------
    >>> import ntpath
    >>> key_of("C:/Tiles/A.tif", ntpath) == key_of("c:\\tiles\\.\\a.TIF", ntpath)
    True
    >>> key_of("/vsis3/b//t/../a.tif") == key_of("/vsis3/b/a.tif")
    True
    """
    if path.startswith("/vsi"):
        # The address inside `/vsicurl/` has a double stroke of its own.
        return path if "://" in path else posixpath.normpath(path)
    if not is_local(path):
        return path
    return str(flavour.normcase(flavour.realpath(path)))


def shown(path: str) -> str:
    """Path for people: without what signs an address, which is a secret.

    Examples
    --------
    >>> shown("/vsicurl/https://example.org/a.tif?sig=secret")
    '/vsicurl/https://example.org/a.tif?…'
    """
    head, question, _ = path.partition("?")
    return f"{head}?…" if question and "://" in head else path
