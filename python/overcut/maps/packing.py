"""Numbers of a page as text: heights in two bytes, classes in one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BYTES_PER_HEIGHT", "NO_DATA", "packed", "packed_codes"]

NO_DATA = 65535
BYTES_PER_HEIGHT = 2


def packed(values: NDArray[Any]) -> dict[str, Any]:
    """Put numbers into two bytes each, the lower first: `offset + scale * stored`; 65535 is no data.

    Examples
    --------
    >>> found = packed(np.array([1100.0, 1165.534, np.nan]))
    >>> found["offset"], round(found["scale"], 9), base64.b64decode(found["bytes"]).hex()
    (1100.0, 0.001, '0000feffffff')
    """
    known = np.isfinite(values)
    low = float(values[known].min()) if known.any() else 0.0
    high = float(values[known].max()) if known.any() else 0.0
    scale = (high - low) / (NO_DATA - 1) or 1.0
    stored = np.full(values.shape, NO_DATA, dtype="<u2")
    stored[known] = np.rint((values[known].astype(np.float64) - low) / scale)
    return {"offset": low, "scale": scale, "bytes": base64.b64encode(stored.tobytes()).decode("ascii")}


def packed_codes(codes: NDArray[np.uint8]) -> str:
    """Put codes into one byte each."""
    return base64.b64encode(np.ascontiguousarray(codes, dtype=np.uint8).tobytes()).decode("ascii")
