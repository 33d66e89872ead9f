"""How much of a file is read: beyond these a file is refused in words, never half read."""

from __future__ import annotations

from typing import Final

MOST_FILE_BYTES: Final = 256 << 20
"""A file larger than this is not opened."""
MOST_UNPACKED_BYTES: Final = 512 << 20
"""A workbook that unpacks to more is not read: it would fill the memory (zip bombs)."""
MOST_ROWS: Final = 1_048_576
"""Rows of a sheet, as the .xlsx format has them."""
MOST_COLUMNS: Final = 16_384
"""Columns of a sheet, as the .xlsx format has them."""
MOST_CELLS: Final = 10_000_000
"""Cells of one sheet; each costs memory."""
MOST_CELL_CHARS: Final = 32_767
"""Characters of a cell, as the .xlsx format has them."""
MOST_CODE_CHARS: Final = 200
"""Characters of a code whose column declares no length of its own: keys are indexed by the database."""
MOST_NUMBER_CHARS: Final = 60
"""Characters of a number, a day or a yes written as text."""
MOST_DIGITS: Final = 15
"""Digits that a number of a workbook keeps; what is longer has lost its end."""
