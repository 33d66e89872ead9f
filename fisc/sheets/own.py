"""What our own workbooks say of themselves, that whoever reads one back knows it again."""

from __future__ import annotations

from typing import Final

#: The head of the sheet that names the tables which a book lacks, and why.
LACKING_HEAD: Final = ("未编的表", "原因")
