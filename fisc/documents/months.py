"""The month of the books to which a document belongs, as SQL over its row `n`: yyyymm, an integer."""

from __future__ import annotations

from typing import Final

#: How the key of an edition ends (`fisc.documents.editions`).
EDITION: Final = "~([0-9]+)$"
#: The day on which it was made.
MADE_ON: Final = "(n.trail -> 0 ->> 3)::date"


def month_of(day: str) -> str:
    """The month of a day that a document says: a column of `n`, or SQL."""
    day = day if "." in day else f"n.{day}"
    return f"(extract(year from {day}) * 100 + extract(month from {day}))::integer"


def kept_month(day: str) -> str:
    """The month of a day, the document's December after its year: what is put right then belongs to it."""
    own = f"extract(year from {day if '.' in day else f'n.{day}'}) = n.fiscal_year"
    return f"(case when {own} then {month_of(day)} else n.fiscal_year * 100 + 12 end)"


def is_anew(table: str, reversed_so: str = "true") -> str:
    """Whether it was entered anew, after one of its number (`e`) that had been posted and was reversed.

    `reversed_so` narrows the latter.
    """
    plain, before = "regexp_replace(n.doc_key, '~[0-9]+$', '')", f"substring(n.doc_key from '{EDITION}')"
    return (
        f"(n.doc_key ~ '{EDITION}' and exists (select from {table} e where e.state = 'reversed' "
        f"and {reversed_so} and e.doc_key in (select {plain} || case when g > 1 then '~' || g else '' end "
        f"from generate_series(1, {before}::integer - 1) g)))"
    )


def booked_month(table: str, column: str) -> str:
    """The month of the day that a document says; of what was entered anew, of the day on which that was.

    There stand the red entries of what was reversed, or before: its own month may be closed since.
    """
    return f"(case when {is_anew(table)} then {kept_month(MADE_ON)} else {month_of(column)} end)"
