"""Directories for results: made if need be, and gone again if nothing came of it."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from overcut.exceptions import OutputError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["results_in"]


@contextmanager
def results_in(directory: str | os.PathLike[str]) -> Iterator[Path]:
    """Make a directory with its parents; if the work in it fails, remove those that were made and are empty.

    Parameters
    ----------
    directory : str or os.PathLike
        It may exist already.

    Raises
    ------
    OutputError
        It cannot be made.
    """
    path = Path(directory)
    made = [each for each in (path, *path.parents) if not each.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"output directory {path} cannot be made: {error.strerror}") from error
    try:
        yield path
    except BaseException:
        # Whatever somebody else has put there meanwhile stays.
        with suppress(OSError):
            for each in made:
                each.rmdir()
        raise
