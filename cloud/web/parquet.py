"""Rows as a Parquet file: the only door to pyarrow, which is loaded when the first file is asked for."""

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from cloud.store.tables import Cell, Column, Kind

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types

AT_ONCE = 20_000
"""Rows of one group."""


def parquet(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, timezone: str) -> bytes:
    """The file. Moments are timestamps in ms of `timezone`, days are dates; what is withheld or unknown is null."""
    import pyarrow as pa
    from pyarrow import parquet as files

    schema = pa.schema([pa.field(column.name, _type(column.kind, timezone)) for column in columns])
    out = io.BytesIO()
    with files.ParquetWriter(out, schema, compression="zstd") as writer:
        for some in _some(iter(rows)):
            arrays = [
                pa.array([_value(column.kind, row[place]) for row in some], type=schema.field(place).type)
                for place, column in enumerate(columns)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return out.getvalue()


def _some(rows: Iterator[Sequence[Cell]]) -> Iterator[list[Sequence[Cell]]]:
    while some := list(islice(rows, AT_ONCE)):
        yield some


def _type(kind: Kind, timezone: str) -> "pa.DataType":
    import pyarrow as pa

    match kind:
        case Kind.WORDS:
            return pa.string()
        case Kind.COUNT:
            return pa.int64()
        case Kind.MOMENT:
            return pa.timestamp("ms", tz=timezone)
        case Kind.DAY:
            return pa.date32()


def _value(kind: Kind, cell: Cell) -> object:
    match kind, cell:
        case Kind.DAY, int():
            return date.fromordinal(cell)
        case _:
            return cell
