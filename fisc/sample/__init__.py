"""A published budget book to try the program with: `README.md` beside it says whose, and since when."""

from __future__ import annotations

from pathlib import Path

#: The sample book as published, in the installed package as in a checkout.
BOOK = Path(__file__).parent / "lijiang_2025_budget_attachment.xlsx"
