"""Tables in files, .xlsx and .csv: the one reader and the one writer that all importers use.

What is hidden, an error cell, a number's format, encodings, unpaired quotes, short rows, merged
cells, signs nobody sees: known here, told as `Fault`s with sheet, cell, reason and remedy, never
passed over. See `fisc.sheets.reading` for reading, `fisc.sheets.columns` for declaring columns.
"""

from fisc.sheets.columns import BadCell, Column
from fisc.sheets.faults import Fault, FileRefused, RowsRefused
from fisc.sheets.reading import find_table, read_table
from fisc.sheets.source import Source, open_source
from fisc.sheets.table import Row, Table
from fisc.sheets.writing import write_table

__all__ = [
    "BadCell", "Column", "Fault", "FileRefused", "Row", "RowsRefused", "Source", "Table", "find_table",
    "open_source", "read_table", "write_table",
]  # fmt: skip
