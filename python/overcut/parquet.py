"""Tables of an assessment as GeoParquet, with the digest of the assessment in each file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.directories import results_in
from overcut.publishing import publish, refuse_existing
from overcut.stated import path_text

if TYPE_CHECKING:
    import os

    from overcut.assessment import Assessment

__all__ = ["PARQUET_TABLES", "digest_in", "write_parquet"]

PARQUET_TABLES = ("by_licence", "patches", "fills", "licences", "patch_classes", "contacts", "intervals", "totals")
"""Properties of `Assessment` that are written, each into a file of its name; the first four have geometries."""

_DIGEST, _VERSION, _TABLE = b"overcut:digest", b"overcut:version", b"overcut:table"


def write_parquet(assessment: Assessment, directory: str | os.PathLike[str], *, overwrite: bool) -> list[Path]:
    """Write the tables of an assessment into a directory.

    Parameters
    ----------
    assessment : Assessment
        What was found.
    directory : str or os.PathLike
        Made if need be.
    overwrite : bool
        Whether files that exist may be replaced.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of `PARQUET_TABLES`.

    Raises
    ------
    OutputError
        A file exists or cannot be written; none that was not there before is left then.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise ImportError('Parquet needs pyarrow: pip install "overcut[batch]"') from error
    with results_in(path_text(directory, "directory")) as folder:
        targets = {name: folder / f"{name}.parquet" for name in PARQUET_TABLES}
        for target in targets.values():
            refuse_existing(target, overwrite=overwrite)
        # Made before the first is written: what cannot be made leaves everything as it was.
        made = {name: _bytes(parquet, getattr(assessment, name), assessment, name) for name in PARQUET_TABLES}
        new = [target for target in targets.values() if not target.exists()]
        try:
            return [publish(targets[name], data, overwrite=overwrite) for name, data in made.items()]
        except BaseException:
            for target in new:
                target.unlink(missing_ok=True)
            raise


def digest_in(path: str | os.PathLike[str]) -> str | None:
    """Digest of the assessment that a file of `write_parquet` comes from; None if it comes from none.

    Parameters
    ----------
    path : str or os.PathLike
        File.
    """
    from pyarrow import parquet

    found: bytes | None = (parquet.read_schema(Path(path)).metadata or {}).get(_DIGEST)
    return None if found is None else found.decode()


def _bytes(parquet: Any, table: Any, assessment: Assessment, name: str) -> bytes:
    """Write a table into memory: as (Geo)Pandas does, and then once more with what identifies it."""
    plain = io.BytesIO()
    table.to_parquet(plain, index=False)
    plain.seek(0)
    found = parquet.read_table(plain)
    own = {_DIGEST: assessment.digest.encode(), _VERSION: assessment.version.encode(), _TABLE: name.encode()}
    marked = io.BytesIO()
    parquet.write_table(
        found.replace_schema_metadata({**(found.schema.metadata or {}), **own}), marked, compression="zstd"
    )
    return marked.getvalue()
