"""Computes an assessment again, from what its record says."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.assessing import assess
from overcut.dem import Dem
from overcut.exceptions import OvercutError, ParameterError
from overcut.layer import Layer
from overcut.licence import Licence, Part
from overcut.licence_reading import read_licences
from overcut.provenance_values import IN_MEMORY, decoded
from overcut.tables import datum_word
from overcut.verification.result import Difference
from overcut.verification.searching import find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from overcut.assessment import Assessment

__all__ = ["Inputs", "locate", "rerun"]

Record = dict[str, Any]


@dataclass
class Inputs:
    """Inputs of a record: what was found where, and what is missing or changed."""

    paths: dict[str, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def sources(record: Record) -> list[tuple[str, Record, str]]:
    """Every input of a record: its role, how it was given, and its name in the record."""
    provenance = record["provenance"]
    listed = [
        (f"surface {each['name']}", source, each["name"])
        for source, each in zip(provenance["surfaces"], record["surfaces"], strict=True)
    ]
    file = record["licence_file"]
    listed.append(("licences", provenance["licences"], "licences" if file is None else file["name"]))
    for source, layer in zip(provenance["layers"], record["layers"], strict=True):
        listed += [(_role(layer, file), file, file.get("path", "")) for file in _files(source["arguments"])]
    if provenance["stable_ground"] is not None:
        listed.append(("stable ground", provenance["stable_ground"], "stable ground"))
    return listed


def _files(value: Any) -> Iterator[Record]:
    """Every file, or input in memory, among arguments."""
    if isinstance(value, dict):
        if "sha256" in value or IN_MEMORY in value:
            yield value
        for each in value.values():
            yield from _files(each)
    elif isinstance(value, list):
        for each in value:
            yield from _files(each)


def _role(layer: Record, file: Record) -> str:
    return f"layer {layer['name']}: {Path(file['path']).name if 'path' in file else file[IN_MEMORY]}"


def locate(record: Record, document: str, folder: Path | None) -> Inputs:
    """Find every input, and say which are missing or changed."""
    beside = Path(document).absolute().parent
    inputs = Inputs()
    recorded = {f"surface {each['name']}": each["sha256"] for each in record["surfaces"]}
    if record["licence_file"] is not None:
        recorded["licences"] = record["licence_file"]["sha256"]
    for role, source, name in sources(record):
        if IN_MEMORY in source:
            _of_memory(inputs, document, role, source)
            continue
        stated = recorded.get(role, source["sha256"])
        if stated != source["sha256"]:
            told = ("sha256", str(source["sha256"]), str(stated))
            inputs.differences.append(Difference("input", document, "provenance", role, *told))
        found = find(source, beside, folder)
        if found.path is not None:
            inputs.paths[role] = found.path
            inputs.found.append(f"{role}: {found.path}")
        elif found.changed is not None:
            path, digest = found.changed
            told = ("sha256", f"{path} has SHA-256 {digest}", str(source["sha256"]))
            inputs.differences.append(Difference("input", document, "inputs", role, *told))
        else:
            told = ("file", "not found", f"{Path(name).name} with SHA-256 {source['sha256']}")
            inputs.differences.append(Difference("input", document, "inputs", role, *told))
    return inputs


def _of_memory(inputs: Inputs, document: str, role: str, source: Record) -> None:
    kind = source[IN_MEMORY]
    if role == "licences":
        inputs.notes.append(f"licences were given in memory ({kind}): those in the record were used")
        return
    told = ("file", f"given in memory ({kind})", "a file, from which it can be computed again")
    inputs.differences.append(Difference("input", document, "inputs", role, *told))


def rerun(record: Record, inputs: Inputs, *, threads: int | None, rasters: Path | None = None) -> Assessment:
    """Compute the assessment again."""
    provenance = record["provenance"]
    surfaces = [
        _dem(source, inputs.paths[f"surface {each['name']}"], name=each["name"])
        for source, each in zip(provenance["surfaces"], record["surfaces"], strict=True)
    ]
    licences = _licences(record, provenance["licences"], inputs)
    layers = [
        _layer(source, layer, inputs) for source, layer in zip(provenance["layers"], record["layers"], strict=True)
    ]
    stable = provenance["stable_ground"]
    if stable is not None:
        path = inputs.paths["stable ground"]
        stable = _dem(stable, path) if stable["kind"] == "surface" else path
    return assess(
        surfaces,
        licences,
        layers=layers,
        stable_ground=stable,
        threads=threads,
        rasters=rasters,
        **_known(assess, provenance["options"]),
    )


def _known(function: Callable[..., Any], arguments: Record) -> Record:
    """Refuse arguments that this version does not know: it cannot compute the same."""
    known = inspect.signature(function).parameters
    for name in arguments:
        if name not in known:
            raise ParameterError(f"the record states `{name}`, which this version of overcut does not know")
    return {name: decoded(value, _as_recorded) for name, value in arguments.items()}


def _dem(source: Record, path: str, **named: Any) -> Dem:
    return Dem(path, **_known(Dem.__init__, {**source["arguments"], **named}))


def _as_recorded(file: Record) -> str:
    """Path of a file that is not looked for elsewhere."""
    return str(file["path"])


def _licences(record: Record, source: Record, inputs: Inputs) -> Any:
    arguments = _known(read_licences, source["arguments"])
    if IN_MEMORY not in source:
        return read_licences(inputs.paths["licences"], **arguments)
    crs = record["crs"]
    arguments["crs"] = None if crs is None else crs["code"] or crs["wkt"]
    for each in ("fields", "layer", "vertical_datum"):
        arguments.pop(each, None)
    if not record["licences"]:
        return []
    return read_licences([_licence(each) for each in record["licences"]], **arguments)


def _licence(each: Record) -> Licence:
    from shapely.geometry import shape

    parts = [
        Part(
            shape(part["polygon"]),
            (part["band"] or {}).get("floor_m"),
            (part["band"] or {}).get("ceiling_m"),
            None if part["layers"] is None else tuple(part["layers"]),
        )
        for part in each["parts"]
    ]
    stated = {name: each[name] for name in ("valid_from", "valid_to", "holder", "mineral", "method")}
    return Licence(each["id"], parts=parts, vertical_datum=datum_word(each["vertical_datum"]), **stated)


def _layer(source: Record, layer: Record, inputs: Inputs) -> Layer:
    def located(file: Record) -> str:
        return inputs.paths[_role(layer, file)]

    arguments = {name: decoded(value, located) for name, value in source["arguments"].items()}
    known = inspect.signature(Layer.__init__).parameters
    for name in arguments:
        if name not in known:
            raise ParameterError(f"the record states `{name}`, which this version of overcut does not know")
    return Layer(**arguments)


def named_as_recorded(found: Record, record: Record) -> Record:
    """Record of the new run with files named as in the old one: they may have been moved or renamed."""
    names: dict[str, str] = {}
    old, new = record["licence_file"], found["licence_file"]
    if old is not None and new is not None:
        names[new["name"]] = old["name"]
    for old_layer, new_layer in zip(record["layers"], found["layers"], strict=False):
        for old_part, new_part in zip(old_layer["parts"], new_layer["parts"], strict=False):
            names |= {new_part[bound]: old_part[bound] for bound in ("roof", "floor")}
    names = {new: old for new, old in names.items() if new != old}

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walk(each) for name, each in value.items()}
        if isinstance(value, list):
            return [walk(each) for each in value]
        if isinstance(value, str):
            for new in sorted(names, key=len, reverse=True):
                value = value.replace(new, names[new])
        return value

    if not names:
        return found
    kept = {"licences", "rows", "patches", "options", "grid", "crs"}
    return {name: value if name in kept else walk(value) for name, value in found.items()}


RunFailed = OvercutError
"""What a run may end with: inputs that are refused now were not refused then."""
