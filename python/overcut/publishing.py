"""A file that is whole or not there: written under another name beside it, and renamed."""

from __future__ import annotations

import os
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from overcut.exceptions import OutputError

__all__ = ["publish", "refuse_existing"]

_umask_lock = threading.Lock()


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Find out before the work that a file is in the way.

    Raises
    ------
    OutputError
        It exists, and may not be replaced.
    """
    if path.exists() and not overwrite:
        raise OutputError(f"{path} exists already; give another name, or allow it to be replaced with overwrite=True")


def _umask() -> int:
    """Mask of the process: it can only be read by setting it, which threads must not do at a time."""
    with _umask_lock:
        mask = os.umask(0)
        os.umask(mask)
    return mask


def publish(path: str | os.PathLike[str], data: bytes, *, overwrite: bool) -> Path:
    """Write a file.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    data : bytes
        What it holds.
    overwrite : bool
        Whether one that exists may be replaced.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        It exists, its folder is missing, or it cannot be written; what was there before is whole then.
    """
    target = Path(path)
    refuse_existing(target, overwrite=overwrite)
    staged: str | None = None
    try:
        handle, staged = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # Files of `mkstemp` are for the owner alone.
        Path(staged).chmod(0o666 & ~_umask())
        refuse_existing(target, overwrite=overwrite)
        Path(staged).replace(target)
    except OSError as error:
        if staged is not None:
            with suppress(OSError):
                Path(staged).unlink()
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{target} cannot be written: {error.strerror or error}") from error
    return target
