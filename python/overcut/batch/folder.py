"""The folder of a run: its plan, a file for each unit that is done, a log. Each file is whole or not there."""

from __future__ import annotations

import contextlib
import datetime
import json
import threading
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from overcut import _overcut
from overcut.batch.planning import BatchPlan, Unit, text_of
from overcut.exceptions import FileReadError, OutputError, OvercutError
from overcut.findings import Finding, Findings
from overcut.publishing import publish

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["RunFolder", "read_plan"]

PLAN, JOB, UNITS, LOG, LOCK = "plan.json", "job.json", "units.jsonl", "log.jsonl", ".lock"
_A_FOLDER = 1000
_PART = ".part"


class RunFolder:
    """Where a run keeps what it has done.

    ::

        plan.json               what was planned, for people: tiles, what was left out and why
        job.json, units.jsonl   the same for workers
        units/000/000017.unit   result of a unit
        rasters/000017/*.tif    its rasters, where they were asked for
        log.jsonl               what happened when; lines are only added

    Files are written under another name and renamed. A process that is killed leaves at most such a part, which the
    next one removes.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._logging = threading.Lock()

    @contextlib.contextmanager
    def opened(self, plan: BatchPlan, *, resume: bool, overwrite: bool) -> Iterator[None]:
        """Prepare the folder for a plan, and keep other runs out of it meanwhile.

        Raises
        ------
        OutputError
            Another run works there; or results are there, of this job without `resume`, or of another job.
        """
        try:
            from filelock import FileLock, Timeout
        except ImportError as error:
            raise ImportError('runs of batches need filelock: pip install "overcut[batch]"') from error
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"folder {self.path} cannot be made: {error.strerror or error}") from error
        lock = FileLock(self.path / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise OutputError(f"another run works in {self.path}; wait for it, or give another folder") from None
        try:
            self._begin(plan, resume=resume, overwrite=overwrite)
            yield
        finally:
            lock.release()

    def _begin(self, plan: BatchPlan, *, resume: bool, overwrite: bool) -> None:
        found = self._job_digest()
        if found is not None and not (resume or overwrite):
            raise OutputError(
                f"{self.path} holds a run already; continue it with resume=True, replace it with overwrite=True, or "
                "give another folder"
            )
        if found is not None and found != plan.digest and not overwrite:
            raise OutputError(
                f"{self.path} holds a run of another job ({found[:12]}, this is {plan.digest[:12]}): tiles, licences "
                "or options differ; give another folder, or replace it with overwrite=True"
            )
        if overwrite and not resume:
            for old in [*self.path.glob("units/*/*.unit"), self.path / LOG, self.path / PLAN]:
                old.unlink(missing_ok=True)
        for part in [*self.path.glob(f"*{_PART}"), *self.path.glob(f"units/*/*{_PART}")]:
            part.unlink(missing_ok=True)
        if found == plan.digest and (self.path / PLAN).exists() and (self.path / UNITS).exists():
            return
        self._write(self.path / JOB, plan.job.encode())
        lines = (json.dumps(_entry(unit), ensure_ascii=False) for unit in plan.units)
        self._write(self.path / UNITS, "".join(f"{line}\n" for line in lines).encode())
        # Last: a folder with it is complete.
        self._write(self.path / PLAN, text_of(plan).encode())

    def _job_digest(self) -> str | None:
        try:
            return str(json.loads((self.path / PLAN).read_text(encoding="utf-8"))["job"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError) as error:
            raise OutputError(f"{self.path / PLAN} cannot be read ({error}); give another folder") from error

    def unit(self, number: int) -> Path:
        """File of a unit."""
        return self.path / "units" / f"{number // _A_FOLDER:03d}" / f"{number:06d}.unit"

    def rasters(self, number: int) -> Path:
        """Folder of the rasters of a unit."""
        return self.path / "rasters" / f"{number:06d}"

    def keep(self, number: int, result: bytes) -> None:
        """Keep the result of a unit."""
        self._write(self.unit(number), result)

    def done(self, plan: BatchPlan) -> dict[int, _overcut.UnitReport]:
        """Units with a whole result of this job; a file that is none is removed, and the unit is done again."""
        found: dict[int, _overcut.UnitReport] = {}
        for unit in plan.units:
            path = self.unit(unit.number)
            try:
                report = _overcut.unit_report(path.read_bytes())
            except FileNotFoundError:
                continue
            except (OSError, OvercutError):
                path.unlink(missing_ok=True)
                continue
            if report.job == plan.digest and report.unit == unit.number:
                found[unit.number] = report
            else:
                path.unlink(missing_ok=True)
        return found

    def log(self, event: str, **facts: Any) -> None:
        """Add a line to the log."""
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        line = json.dumps({"when": now, "event": event, **facts}, ensure_ascii=False)
        with self._logging, (self.path / LOG).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def logged(self) -> list[dict[str, Any]]:
        """Lines of the log; one that a kill has cut is left out."""
        try:
            lines = (self.path / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
        return found

    def _write(self, target: Path, data: bytes) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{target} cannot be written: {error.strerror or error}") from error
        publish(target, data, overwrite=True)


def _entry(unit: Unit) -> dict[str, Any]:
    return {
        "number": unit.number,
        "window": [unit.row, unit.col, unit.rows, unit.cols],
        "tiles": list(unit.tiles),
        "entry": unit.entry,
    }


def _unit(entry: dict[str, Any]) -> Unit:
    row, col, rows, cols = entry["window"]
    return Unit(entry["number"], row, col, rows, cols, tuple(entry["tiles"]), entry["entry"])


def read_plan(folder: str | os.PathLike[str]) -> BatchPlan:
    """Read the plan of a run that was begun, so that it can be continued without its inputs being looked at again.

    Parameters
    ----------
    folder : str or os.PathLike
        That of the run.

    Raises
    ------
    FileReadError
        There is no run, or its plan is damaged.
    """
    path = Path(folder)
    try:
        found = json.loads((path / PLAN).read_text(encoding="utf-8"))
        job = (path / JOB).read_text(encoding="utf-8")
        lines = (path / UNITS).read_text(encoding="utf-8").splitlines()
        units = tuple(_unit(json.loads(line)) for line in lines)
        epochs = tuple(
            {
                "name": each["name"],
                "date": each["date"],
                "paths": tuple(each["tiles"]),
                "left_out": Findings(
                    Finding(severity, code, MappingProxyType(place), MappingProxyType(values), topic)
                    for severity, code, place, values, topic in each["findings"]
                ),
            }
            for each in found["epochs"]
        )
        plan = BatchPlan(
            job=job,
            digest=found["job"],
            units=units,
            epochs=epochs,
            rule=found["rule"],
            grid=tuple(found["grid"]),
            without_pair=found["without_pair"],
            far=found["far"],
            sentences=tuple(found["sentences"]),
        )
    except FileNotFoundError as error:
        raise FileReadError(f"{path} holds no run: {error.filename} is missing") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileReadError(
            f"the plan in {path} cannot be read ({error}); plan it again into another folder"
        ) from error
    digest = _overcut.BatchJob(job, False).digest
    if digest != plan.digest or len(units) != found["units"]:
        raise FileReadError(f"the plan in {path} was changed after it was made; plan it again into another folder")
    return plan
