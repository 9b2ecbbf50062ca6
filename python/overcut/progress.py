"""Progress: a bar, a callable of one's own, or nothing."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from overcut.exceptions import ParameterError

__all__ = ["reporting"]

Report = Callable[[int, int], object]


@contextmanager
def reporting(progress: Any, label: str = "assess") -> Iterator[Report | None]:
    """Give what is to be called with the cells done and all cells, or None.

    Parameters
    ----------
    progress : bool or callable
        False: nothing; True: a bar, by tqdm, else rich, else plain text on stderr; a callable: itself.
    label : str
        Before the bar.
    """
    if progress is None or progress is False:
        yield None
    elif progress is not True:
        if not callable(progress):
            raise ParameterError(f"progress is {progress!r}; expected True, False or a callable that takes (done, all)")
        yield progress
    elif importlib.util.find_spec("tqdm"):
        with _tqdm(label) as report:
            yield report
    elif importlib.util.find_spec("rich"):
        with _rich(label) as report:
            yield report
    else:
        yield from _plain(label)


@contextmanager
def _tqdm(label: str) -> Iterator[Report]:
    from tqdm.auto import tqdm

    with tqdm(desc=label, unit="cells", unit_scale=True, leave=False) as bar:

        def report(done: int, everything: int) -> None:
            bar.total = everything
            bar.update(done - bar.n)

        yield report


@contextmanager
def _rich(label: str) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def report(done: int, everything: int) -> None:
            bar.update(task, completed=done, total=everything)

        yield report


def _plain(label: str) -> Iterator[Report]:
    def report(done: int, everything: int) -> None:
        sys.stderr.write(f"\r{label} {100 * done // max(everything, 1):3d} %")
        sys.stderr.flush()

    try:
        yield report
    finally:
        sys.stderr.write("\n")
