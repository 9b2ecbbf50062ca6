"""Tiles as rows of an index: CSV, GeoParquet, GeoPackage, GeoJSON, or a table in memory."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overcut.decoding import decoded
from overcut.exceptions import DateError, FileReadError, OvercutError, ParameterError
from overcut.records import frame_of
from overcut.tiles.dates import day_of
from overcut.tiles.paths import is_local, resolved
from overcut.tiles.tile import Tile, statements_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pandas import DataFrame

    from overcut.tiles.gathering import Gathering

__all__ = ["COLUMNS", "from_table", "read_table"]

COLUMNS: dict[str, tuple[str, ...]] = {
    word: tuple(names.split())
    for word, names in {
        "path": "path location filename file filepath file_path href url 路径 文件 文件名 文件路径",
        "date": "date survey_date acquired datetime start_datetime 日期 时间 采集日期 获取时间 成像时间 影像时相 时相",
        "sigma_m": "sigma_m 高程中误差 中误差",
        "crs": "crs srs src_srs epsg proj:code proj:epsg 坐标系",
        "nodata": "nodata nodata_value 无效值",
        "band": "band 波段",
        "vertical_datum": "vertical_datum 高程基准",
    }.items()
}
"""Names of columns by our word, in the order in which they are looked for; letters have no case."""

_PATHS = {each.casefold() for each in COLUMNS["path"]}
_SEPARATORS = (",", "\t", ";", "|")


def read_table(path: str, *, layer: str | None = None, headed: bool = False) -> DataFrame:
    """Read an index.

    Parameters
    ----------
    path : str
        CSV (also separated by tabs, semicolons or strokes), a text with a path in each line, Parquet with or without
        geometry, or what pyogrio reads.
    layer : str, optional
        Which layer of a file, where it has several.
    headed : bool
        Whether a text surely begins with the names of its columns.

    Raises
    ------
    FileReadError
        It cannot be read.
    """
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122
    if suffix in (".csv", ".txt", ".tsv"):
        return _read_text(path, headed)
    if suffix in (".parquet", ".geoparquet", ".pq"):
        return _read_parquet(path)
    return _read_vector(path, layer)


def from_table(table: DataFrame, gathering: Gathering, *, base: str, columns: Mapping[str, str] | None) -> None:
    """Take the rows of a table, in their order.

    Parameters
    ----------
    table : pandas.DataFrame
        With a column of paths.
    gathering : Gathering
        Where tiles and findings go.
    base : str
        The file of the index, from whose folder relative paths count; empty for the working directory.
    columns : mapping, optional
        Our word → name of the column.

    Raises
    ------
    ParameterError
        No column of paths.
    """
    words = _columns(table, columns or {}, base)
    cells = {word: table[column].tolist() for word, column in words.items()}
    label = os.path.basename(base) if base else "table"  # noqa: PTH119
    for position in range(len(table)):
        row = {word: values[position] for word, values in cells.items()}
        source = f"{label}, row {position + 1}"
        path = None if _is_blank(row["path"]) else str(row["path"]).strip()
        if path is None:
            gathering.reject("path_missing", base or label, line=position + 1)
            continue
        located = _located(path, base, gathering)
        try:
            stated = {word: _plain(word, row[word]) for word in row if word != "path"}
            gathering.tiles.append(Tile(located, source=source, **statements_of(stated, path)))
        except DateError as error:
            gathering.reject("date_unreadable", located, source=source, why=error)
        except (OvercutError, ValueError) as error:
            gathering.reject("statement_unreadable", located, source=source, why=error)


def _columns(table: DataFrame, stated: Mapping[str, str], base: str) -> dict[str, str]:
    """Find the column of each word."""
    names = {str(each).casefold(): str(each) for each in table.columns}
    listed = ", ".join(map(str, table.columns))
    found: dict[str, str] = {}
    for word, column in stated.items():
        if word not in COLUMNS:
            raise ParameterError(f"columns names {word!r}, which is not known; known: {', '.join(COLUMNS)}")
        if str(column) not in table.columns:
            raise ParameterError(f"index {base or 'table'} has no column {column!r}; its columns are: {listed}")
        found[word] = str(column)
    for word, known in COLUMNS.items():
        fitting = [names[each.casefold()] for each in known if each.casefold() in names]
        if word not in found and fitting:
            found[word] = fitting[0]
    if "path" not in found:
        raise ParameterError(
            f"index {base or 'table'} has no column of paths ({', '.join(COLUMNS['path'])}); "
            f"its columns are: {listed}; state it as columns={{'path': '…'}}"
        )
    return found


def _located(path: str, base: str, gathering: Gathering) -> str:
    found = resolved(path, base)
    # `gdaltindex` writes paths as seen from where it was started.
    if base and is_local(found) and not os.path.lexists(found) and not Path(path).is_absolute():
        here = resolved(path, "")
        if os.path.lexists(here):
            gathering.remark("path_from_working_directory", here, index=base)
            return here
    return found


def _plain(word: str, value: Any) -> Any:
    """Value of a cell: as Python's own types, empty ones as None."""
    if _is_blank(value):
        return None
    if word == "date":
        return day_of(value)
    text = str(value).strip()
    if word == "vertical_datum":
        return text.removesuffix(".0")
    if word in ("sigma_m", "nodata", "band"):
        return float(text)
    # A column of codes comes as whole numbers, or as fractions if a cell is empty.
    return f"EPSG:{text.removesuffix('.0')}" if text.removesuffix(".0").isdigit() else text


def _is_blank(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())  # noqa: PLR0124


def _read_text(path: str, headed: bool) -> DataFrame:
    import pandas as pd

    try:
        text = decoded(Path(path).read_bytes(), f"index {path}")
    except OSError as error:
        raise error if isinstance(error, FileReadError) else _unreadable(path, error) from error
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    if not headed and separator not in head and head.strip().casefold() not in _PATHS:
        # A plain list, one path in a line, as `gdalbuildvrt -input_file_list` takes it.
        return frame_of([{"path": line.strip()} for line in text.splitlines() if line.strip()], ["path"])
    try:
        table: DataFrame = pd.read_csv(
            io.StringIO(text), sep=separator, dtype=str, keep_default_na=False, skipinitialspace=True
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise _unreadable(path, error) from error
    return table


def _read_parquet(path: str) -> DataFrame:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise ImportError('Parquet indexes need pyarrow: pip install "overcut[batch]"') from error
    try:
        with parquet.ParquetFile(path) as file:
            # Footprints are of no use here, and may be the most of the file.
            known = [name for name in file.schema_arrow.names if name not in ("geometry", "bbox")]
            table: DataFrame = file.read(columns=known).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error
    return table


def _read_vector(path: str, layer: str | None) -> DataFrame:
    import pyogrio

    try:
        layers = [str(each) for each in pyogrio.list_layers(path)[:, 0]]
        if layer is None and len(layers) > 1:
            raise FileReadError(f"index {path} has several layers; state one as layer='…': {', '.join(layers)}")
        if layer is not None and layer not in layers:
            raise FileReadError(f"index {path} has no layer {layer!r}; its layers are: {', '.join(layers)}")
        table: DataFrame = pyogrio.read_dataframe(path, layer=layer, read_geometry=False)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise _unreadable(path, error) from error
    return table


def _unreadable(path: str, error: Exception) -> FileReadError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else error
    return FileReadError(f"index {path} cannot be read: {why}")
