"""Numbers of documents from above, in the form in which they stand here.

The one form is that of official numbers (`official_number`). What an installed database has under another
form stands under it: only where nothing stands so, the one form is meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from fisc.kernel.coding import numbers_in
from fisc.sheets.official import official_number
from fisc.sheets.text import paper_number


def above_number(text: str) -> str:
    """`text` in the form of official numbers, or in the normal form of numbers where it is none."""
    return official_number(text) or paper_number(text)


def both_forms(texts: Iterable[str]) -> list[str]:
    """The forms under which numbers may stand: the one form, and that of before."""
    return sorted({form for text in texts for form in (above_number(text), paper_number(text)) if form})


def standing_forms(conn: psycopg.Connection[Any], texts: Iterable[str]) -> dict[str, str]:
    """Number as written -> the form under which coding blocks here have it, else its one form."""
    found = {text: above_number(text) for text in set(texts)}
    before = {text: paper_number(text) for text, form in found.items() if form != paper_number(text)}
    if before:
        standing = numbers_in(conn, before.values())
        found |= {text: form for text, form in before.items() if form in standing}
    return found
