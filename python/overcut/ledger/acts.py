"""Acts of subjects, from what the ledger counts, in the form in which `overcut.add_up` adds them up."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from overcut.appraising import OUTSIDE_CLASSES, appraise
from overcut.exceptions import ParameterError
from overcut.ledger.concluding import CONFIDENCE, chains
from overcut.ledger.reading import table_of
from overcut.limits import Act

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from overcut.ledger.store import Store

__all__ = ["acts_of"]

_NO_ACT = ("lawful", "false_change", "exempt")


def acts_of(
    store: Store, *, materials: Any, prices: Any, classes: Iterable[str] | None, subjects: Iterable[str] | None
) -> list[Act]:
    """One act for each counted observation with volume outside the rights, of a patch whose subject is known."""
    chosen = tuple(OUTSIDE_CLASSES if classes is None else classes)
    wanted = None if subjects is None else set(subjects)
    patches = table_of(store, "patches").drop(columns="geometry")
    subject_of = {
        row["patch_id"]: row["subject"]
        for row in patches.to_dict("records")
        if isinstance(row["subject"], str) and row["outcome"] not in _NO_ACT
    }
    if wanted is not None and wanted - set(subject_of.values()):
        missing = ", ".join(sorted(wanted - set(subject_of.values())))
        raise ParameterError(f"no patch has the subject {missing}; state it with describe(patch_id, subject=…, by=…)")
    settled = _settled(store)
    found = []
    for row in _observations(store):
        subject = subject_of.get(row["patch_id"])
        rows = [each for each in row["classes"] if each["volume_m3"]]
        outside = any(each["class"] in chosen for each in rows)
        if subject is None or not outside or (wanted is not None and subject not in wanted):
            continue
        resources = appraise(
            SimpleNamespace(_data=_record(row, rows)),  # type: ignore[arg-type]
            materials=materials,
            prices=prices,
            classes=chosen,
        )
        done = any(day >= row["later"] for day in settled.get(row["patch_id"], []))
        found.append(Act(resources, subject, day=row["later"], settled=done))
    return found


def _settled(store: Store) -> dict[str, list[datetime.date]]:
    inspections = table_of(store, "inspections")
    found: dict[str, list[datetime.date]] = {}
    for row in inspections[inspections["settled"].fillna(False)].to_dict("records"):
        found.setdefault(row["counts_for"], []).append(row["inspected_on"].date())
    return found


def _observations(store: Store) -> list[dict[str, Any]]:
    schema = store.schema
    observations, intervals, runs, patches = (
        schema.table(name) for name in ("observations", "intervals", "runs", "patches")
    )
    asked = (
        select(
            observations.c.patch,
            observations.c.classes,
            observations.c.volume_m3,
            observations.c.sigma_m3,
            intervals.c.earlier,
            intervals.c.later,
            runs.c.digest,
            runs.c.layers,
            runs.c.confidence,
        )
        .join(intervals, intervals.c.id == observations.c.interval)
        .join(runs, runs.c.id == intervals.c.run)
        .where(observations.c.counted, observations.c.change == "cut")
        .order_by(intervals.c.later, observations.c.id)
    )
    with store.reading() as connection:
        ends = chains(connection, schema)
        names = {row.id: row.patch_id for row in connection.execute(select(patches.c.id, patches.c.patch_id))}
        return [
            {
                **row._mapping,
                "patch_id": names[ends.get(row.patch, row.patch)],
                "classes": json.loads(row.classes or "[]"),
                "layers": json.loads(row.layers or "[]"),
            }
            for row in connection.execute(asked)
        ]


def _record(row: dict[str, Any], classes: list[dict[str, Any]]) -> dict[str, Any]:
    """As much of the record of an assessment as an appraisal asks for: one patch in one interval.

    The standard error of a patch is divided among its classes by volume, and taken to go together between them, so that
    its sum is that of the patch.
    """
    total_m3 = sum(each["volume_m3"] for each in classes)
    sigma = row["sigma_m3"]
    sigmas = [None if sigma is None else abs(sigma * each["volume_m3"] / total_m3) for each in classes]
    rows = [
        {
            "interval": 0,
            "licences": each["licences"],
            "class": each["class"],
            "layer": each["layer"],
            "cut_measured_m3": each["volume_m3"],
            "cut_again_m3": 0.0,
            "cut_error": None if error is None else {"sigma_m3": error},
        }
        for each, error in zip(classes, sigmas, strict=True)
    ]
    covariances = [
        {"a": a, "b": b, "covariance_m6": sigmas[a] * sigmas[b]}  # type: ignore[operator]
        for a in range(len(rows))
        for b in range(a + 1, len(rows))
        if sigma is not None
    ]
    return {
        "rows": rows,
        "covariances": covariances,
        "layers": row["layers"],
        "intervals": [None],
        "surfaces": [{"date": row[name].isoformat()} for name in ("earlier", "later")],
        "options": {"confidence": CONFIDENCE if row["confidence"] is None else row["confidence"]},
        "digest": row["digest"],
    }
